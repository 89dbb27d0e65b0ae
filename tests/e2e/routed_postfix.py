#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A private Postfix of the lab whose sources and routes are those that `todoku config postfix` prints.

  routed_postfix.py CACHE PRINTED PORT NAME=IP...

PRINTED is a file with that text. Every mail leaves by out-a unless a route says otherwise; names lead to addresses of
loopback, all at PORT. Prints one JSON line when it takes mail: {"commands", "config", "log", "port"}; `commands`
has postqueue, postconf and postmap as an ordinary Postfix has them. Stops and leaves nothing behind when its
standard input ends. Needs root to begin with: Postfix loads its plug-ins for tables only from files of root.
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
from held_postfix import COMMAND  # noqa: E402

DIVIDER = "# ---- master.cf ----\n"
MAIN = """\
default_transport = out-a
smtp_tcp_port = {port}
smtpd_peername_lookup = no
"""


class Routed(relay.Relay):
    """Takes mail from loopback without login; `printed`, `smtp_port` and `names` as in the head."""

    def __init__(self, work, tree, printed, smtp_port, names):
        super().__init__(work, tree)
        self.printed, self.smtp_port, self.names = printed, smtp_port, names

    def files(self, providers):
        files = super().files(providers)
        main, master = self.printed.split(DIVIDER)
        dropped = ("transport_maps", "sender_dependent_default_transport_maps", "smtpd_relay_restrictions",
                   "queue_run_delay", "minimal_backoff_time", "maximal_backoff_time")
        ours = "".join(line + "\n" for line in relay.MAIN_CF.format(
            work=self.work, tree=self.tree, host=relay.HOST, passed=" ".join(relay.PASSED)).splitlines()
            if line.split(" =")[0] not in dropped)
        files["main.cf"] = (ours + "smtpd_relay_restrictions = permit_mynetworks, reject\n"
                            + "queue_run_delay = 120s\nminimal_backoff_time = 7m\nmaximal_backoff_time = 2h\n"
                            + MAIN.format(port=self.smtp_port) + main)
        services = "".join(line + "\n" for line in relay.MASTER_CF.format(ip=self.ip, port=self.port).splitlines()
                           if not line.startswith("qmgr ") and "smtpd_sasl" not in line)
        files["master.cf"] = services + "showq     unix       n - n - -     showq\n" + master
        files["hosts"] += "".join(f"{ip} {name}\n" for name, ip in self.names.items())
        files["main.cf"] = files["main.cf"].replace(f"meta_directory = {self.work}/etc",
                                                    f"meta_directory = {self.work}/meta")
        return files

    def commands(self):
        """A folder with the commands, for a caller that knows nothing of the wrappers."""
        folder = self.work / "bin"
        folder.mkdir()
        environment = "\n".join(f"export {name}='{value}'" for name, value in self.environment().items())
        for name in ("postqueue", "postconf", "postmap"):
            file = folder / name
            file.write_text(COMMAND.format(environment=environment, program=self.tree / "usr/sbin" / name),
                            encoding="utf-8")
            file.chmod(0o755)
        return folder


def serve(routed):
    routed.prepare([])
    commands = routed.commands()
    routed.start()
    routed.wait_ready()
    print(json.dumps({"commands": str(commands), "config": str(routed.work / "etc"), "log": str(routed.log),
                      "port": routed.port}), flush=True)
    sys.stdin.read()


def main():
    printed = Path(sys.argv[2]).read_text(encoding="utf-8")
    names = dict(pair.split("=") for pair in sys.argv[4:])
    account = workdir.runner()
    work = workdir.make(account)
    tree = workdir.reachable_tree(package.ensure(Path(sys.argv[1])), work, account)
    (work / "meta").mkdir()
    (work / "meta/dynamicmaps.cf").write_text(package.dynamic_maps(tree), encoding="ascii")
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
