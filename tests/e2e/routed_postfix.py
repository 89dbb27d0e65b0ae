#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A private Postfix of the lab whose sources and routes are those that `todoku config postfix` prints.

  routed_postfix.py CACHE PRINTED PORT NAME=IP...

PRINTED is a file with that text. Every mail leaves by out-a unless a route says otherwise; names lead to addresses of
loopback, all at PORT. Prints one JSON line when it takes mail: {"commands", "config", "log", "port"}; `commands`
has postqueue, postconf, postmap, postsuper and postcat as an ordinary Postfix has them. Stops and leaves nothing behind when its
standard input ends.
"""

import json
import os
import shutil
import sys
import traceback
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lab"))

import package  # noqa: E402
import prctl  # noqa: E402
import relay  # noqa: E402
import stage  # noqa: E402
import workdir  # noqa: E402

COMMAND = """#!/bin/sh
# As the command of an installed Postfix.
{environment}
exec {program} "$@"
"""
DIVIDER = "# ---- master.cf ----\n"
MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {work}/q
data_directory = {work}/data
daemon_directory = {tree}/usr/lib/postfix/sbin
command_directory = {tree}/usr/sbin
shlib_directory = {tree}/usr/lib/postfix
meta_directory = {work}/etc
import_environment = {passed}
mail_owner = postfix
setgid_group = postdrop
default_privs = labuser
maillog_file = {work}/mail.log
maillog_file_prefixes = {work}
myhostname = {host}
mydestination =
mynetworks = 127.0.0.1/32
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
local_transport = error:5.1.1 no local mail here
smtp_host_lookup = native
smtp_dns_support_level = disabled
smtp_tcp_port = {port}
default_transport = out-a
queue_run_delay = 120s
minimal_backoff_time = 7m
maximal_backoff_time = 2h
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
"""
MASTER_CF = """\
{ip}:{port} inet n - n - - smtpd
cleanup   unix       n - n - 0     cleanup
rewrite   unix       - - n - -     trivial-rewrite
bounce    unix       - - n - 0     bounce
defer     unix       - - n - 0     bounce
trace     unix       - - n - 0     bounce
flush     unix       n - n 1000? 0 flush
proxymap  unix       - - n - -     proxymap
error     unix       - - n - -     error
retry     unix       - - n - -     error
anvil     unix       - - n - 1     anvil
scache    unix       - - n - 1     scache
showq     unix       n - n - -     showq
postlog   unix-dgram n - n - 1     postlogd
smtp      unix       - - n - -     smtp
"""


def without(text, main):
    """`text` without the parameters that `main` sets: Postfix warns of those that are there twice."""
    own = {line.split(" =")[0] for line in main.splitlines()}
    return "".join(line for line in text.splitlines(True) if line.split(" =")[0] not in own)


class Routed(relay.Relay):
    """Takes mail from loopback without login; `printed`, `smtp_port` and `names` as in the head."""

    def __init__(self, work, tree, printed, smtp_port, names):
        super().__init__(work, tree)
        self.printed, self.smtp_port, self.names = printed, smtp_port, names
        self.tools = work / "tools"

    def prepare(self, _providers):
        for folder in (*(f"q/{name}" for name in relay.QUEUES), "data", "etc", "tools"):
            (self.work / folder).mkdir(parents=True)
        for digit in "0123456789ABCDEF":  # else root's postsuper makes them, who is a stranger to this Postfix
            (self.work / "q/deferred" / digit).mkdir()
        for name, text in self.files([]).items():
            (self.work / "etc" / name).write_text(text, encoding="utf-8")
        environment = "\n".join(f"export {name}='{value}'" for name, value in self.environment().items())
        for name in ("postqueue", "postconf", "postmap", "postsuper", "postcat"):
            (self.tools / name).write_text(COMMAND.format(environment=environment, program=self.tree / "usr/sbin" / name),
                                         encoding="utf-8")
            (self.tools / name).chmod(0o755)

    def files(self, _providers):
        main, master = self.printed.split(DIVIDER)
        return {
            "main.cf": without(MAIN_CF.format(work=self.work, tree=self.tree, host=relay.HOST, port=self.smtp_port,
                                              passed=" ".join(relay.PASSED)), main) + main,
            "master.cf": MASTER_CF.format(ip=self.ip, port=self.port) + master,
            "dynamicmaps.cf": package.dynamic_maps(self.tree),
            "hosts": relay.hosts() + "".join(f"{ip} {name}\n" for name, ip in self.names.items()),
            "passwd": relay.passwd(), "group": relay.group(),
        }

    def environment(self):
        """Also lets Postfix load the plug-ins for tables, which it takes from root alone."""
        env = super().environment()
        owner = str(package.owner(self.tree))
        if owner not in env["LD_PRELOAD"].split():
            env["LD_PRELOAD"] += f" {owner}"
        return env


def serve(routed):
    routed.prepare([])
    routed.start()
    routed.wait_ready()
    print(json.dumps({"commands": str(routed.tools), "config": str(routed.work / "etc"), "log": str(routed.log),
                      "port": routed.port}), flush=True)
    sys.stdin.read()


def main():
    printed = Path(sys.argv[2]).read_text(encoding="utf-8")
    names = dict(pair.split("=") for pair in sys.argv[4:])
    account = workdir.runner()
    work = workdir.make(account)
    tree = workdir.reachable_tree(package.ensure(Path(sys.argv[1])), work, account)
    prctl.adopt_orphans()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if account:
                stage.drop_privileges(account)
            routed = Routed(work, tree, printed, int(sys.argv[3]), names)
            try:
                serve(routed)
                status = 0
            finally:
                routed.stop()
        except BaseException:  # the child must never return into the parent's code
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    shutil.rmtree(work, ignore_errors=True)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    raise SystemExit(main())
