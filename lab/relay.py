# SPDX-License-Identifier: Apache-2.0
"""The relay: a Postfix that belongs to one run, unprivileged, on loopback only.

nss_wrapper gives it private passwd, group and hosts files; uid_wrapper lets it believe that it is
root, so that `master` starts and its set*id calls succeed without doing anything. DNS is switched
off: names come from the private hosts file. Owned by the stage; made after the drop of privileges.
"""

import dataclasses
import json
import os
import random
import re
import signal
import socket
import subprocess
import time

import package
import prctl
import replies
import shops
from settings_file import laid_over, main_key, master_key
from trouble import Trouble

QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
          "maildrop", "pid", "private", "public", "saved", "trace")
HOST = "relay.lab.example"
PASSED = ("MAIL_CONFIG", "LD_PRELOAD", "LD_LIBRARY_PATH", "NSS_WRAPPER_PASSWD",
          "NSS_WRAPPER_GROUP", "NSS_WRAPPER_HOSTS", "UID_WRAPPER", "UID_WRAPPER_ROOT", "TZ")
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
# Names come from the private hosts file; nothing asks the DNS.
smtp_host_lookup = native
lmtp_host_lookup = native
smtp_dns_support_level = disabled
# The recipient's domain gives the provider, the sender's address the source.
transport_maps = texthash:{work}/etc/transport
sender_dependent_default_transport_maps = texthash:{work}/etc/sources
# Retries within the life of the lab.
queue_run_delay = 2s
minimal_backoff_time = 4s
maximal_backoff_time = 10s
default_destination_concurrency_limit = 6
default_process_limit = 40
smtpd_client_connection_count_limit = 0
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
"""
MASTER_CF = """\
{ip}:{port} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_sasl_auth_enable=yes
pickup    unix       n - n 60 1    pickup
cleanup   unix       n - n - 0     cleanup
qmgr      unix       n - n 300 1   qmgr
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
relay     unix       - - n - -     smtp
  -o syslog_name=postfix/relay
"""
SOURCE_CF = """\
{name}     unix       - - n - -     smtp
  -o syslog_name=postfix/{name}
  -o smtp_bind_address={ip}
  -o smtp_bind_address_enforce=yes
  -o smtp_helo_name={name}.lab.example
"""
COMMAND = """#!/bin/sh
# As the command of an installed Postfix.
{environment}
exec {program} "$@"
"""
COMMANDS = ("postconf", "postmap", "postqueue", "postsuper", "postfix")
COMMAND_SECONDS = 30
PORTS = range(10240, 32768)  # below those of connections (Linux' ip_local_port_range)
PORT_TRIES = 50
SCAN_INCOMING = b"I"  # a trigger of qmgr(8)
FATAL = re.compile(r": (fatal|panic): ")
BY_COMMAND = re.compile(rf"/({'|'.join(COMMANDS)}|postfix-script)\[\d+\]: ")


@dataclasses.dataclass
class Additions:
    """What is laid over the relay's own configuration: text of main.cf and master.cf, and files
    (name: bytes) beside them, where `$config_directory/NAME` finds them. A `NAME.lmdb` is given as
    the text that postmap(1) makes it of."""

    main: str = ""
    master: str = ""
    files: dict = dataclasses.field(default_factory=dict)


class Relay:
    """`work`: the run's folder (a Path); `tree`: the unpacked package; `additions`: see there."""

    ip = "127.0.0.1"
    passed = PASSED

    def __init__(self, work, tree, additions=None):
        self.work, self.tree, self.additions = work, tree, additions or Additions()
        self.queue, self.log = work / "q", work / "mail.log"
        self.port = free_port(self.ip)
        self.process = None
        self.checked = 0  # bytes of the log that check() has seen

    def prepare(self, providers):
        """Write every file that Postfix needs; `providers` listen already."""
        for name in QUEUES:
            (self.queue / name).mkdir(parents=True)
        (self.work / "data").mkdir()
        (self.work / "etc").mkdir()
        for name, text in self.files(providers).items():
            (self.work / "etc" / name).write_text(text, encoding="utf-8")
        self.write_commands()
        self.lay_over(self.kind(providers))
        self.lay_over(self.additions)

    def lay_over(self, additions):
        """To be done between prepare() and start(); later ones go over earlier ones."""
        etc = self.work / "etc"
        for name, text, key in (("main.cf", additions.main, main_key),
                                ("master.cf", additions.master, master_key)):
            base = (etc / name).read_text("utf-8")
            (etc / name).write_text(laid_over(base, text, key), encoding="utf-8")
        for name, data in additions.files.items():
            self.add_file(etc / name, data)

    def add_file(self, path, data):
        if path.suffix != ".lmdb":
            path.write_bytes(data)
            return
        source = path.with_suffix("")
        source.write_bytes(data)
        self.command("postmap", f"lmdb:{source}")

    def files(self, providers):
        sources = "".join(SOURCE_CF.format(name=name, ip=ip) for name, ip in shops.SOURCES.items())
        return {
            "main.cf": MAIN_CF.format(work=self.work, tree=self.tree, host=HOST,
                                      passed=" ".join(self.passed)),
            "master.cf": MASTER_CF.format(ip=self.ip, port=self.port) + sources,
            "dynamicmaps.cf": package.dynamic_maps(self.tree),
            "transport": transport_map(providers),
            "sources": "".join(f"{address} {name}:\n" for address, name in shops.sender_routes()),
            "passwd": passwd(), "group": group(), "hosts": hosts(),
        }

    def kind(self, _providers):
        """What a kind of relay lays over the configuration, before the additions."""
        return Additions()

    def environment(self):
        etc = self.work / "etc"
        wrappers = [str(package.wrapper(self.tree, name)) for name in package.WRAPPERS]
        wrappers.append(str(package.owner(self.tree)))
        env = {"PATH": "/usr/bin:/bin", "MAIL_CONFIG": str(etc), "LD_PRELOAD": " ".join(wrappers),
               "LD_LIBRARY_PATH": package.library_path(self.tree), "UID_WRAPPER": "1",
               "UID_WRAPPER_ROOT": "1"}
        env |= {f"NSS_WRAPPER_{name.upper()}": str(etc / name)
                for name in ("passwd", "group", "hosts")}
        if "TZ" in os.environ:
            env["TZ"] = os.environ["TZ"]
        return env

    @property
    def bin(self):
        """The folder with Postfix' commands, for a caller that knows nothing of the wrappers."""
        return self.work / "commands"

    def write_commands(self):
        self.bin.mkdir()
        environment = "\n".join(f"export {name}='{value}'"
                                for name, value in self.environment().items())
        for name in COMMANDS:
            file = self.bin / name
            file.write_text(COMMAND.format(environment=environment,
                                           program=self.tree / "usr/sbin" / name), encoding="utf-8")
            file.chmod(0o755)

    def command(self, name, *arguments):
        """What a command of Postfix prints; Trouble when it fails."""
        try:
            done = subprocess.run([str(self.bin / name), *arguments], capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=COMMAND_SECONDS, check=False)
        except subprocess.TimeoutExpired as err:
            raise Trouble(str(err), name, "the machine may be too busy: try again") from err
        if done.returncode:
            raise Trouble(done.stderr.decode("utf-8", "replace").strip(), name,
                          "look at what was added to the relay's configuration")
        return done.stdout.decode("utf-8", "replace")

    def queued(self):
        """What waits: {recipient: name of its queue}."""
        found = {}
        for line in self.command("postqueue", "-j").splitlines():
            message = json.loads(line)
            for recipient in message["recipients"]:
                found[recipient["address"]] = message["queue_name"]
        return found

    def start(self):
        """Start `master` as leader of its own process group, in which all daemons stay."""
        master = self.tree / package.DAEMONS / "master"
        with open(self.work / "master.out", "wb") as out:
            self.process = subprocess.Popen(
                [str(master), "-c", str(self.work / "etc"), "-d"], env=self.environment(),
                cwd=self.work, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=prctl.die_with_parent)
        (self.work / "master.pid").write_text(str(self.process.pid), encoding="ascii")

    def check(self):
        """Raise when `master` is gone or a daemon met a fatal error; that of a command is its
        caller's business."""
        fatal = [line for line in self.new_lines()
                 if FATAL.search(line) and not BY_COMMAND.search(line)]
        ended = self.process.poll() is not None
        if ended and not fatal:
            fatal = (self.work / "master.out").read_text("latin-1").splitlines()
        if ended or fatal:
            raise Trouble("Postfix: " + (fatal[-1] if fatal else "master ended"), "mail.log of this run",
                          "run again; if it stays, report the line above")

    def new_lines(self):
        """Whole lines of the log since the last call."""
        if not self.log.exists():
            return []
        with open(self.log, "rb") as log:
            log.seek(self.checked)
            data = log.read()
        end = data.rfind(b"\n") + 1
        self.checked += end
        return data[:end].decode("latin-1").splitlines()

    def wait_ready(self, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            try:
                with socket.create_connection((self.ip, self.port), 5) as conn:
                    if conn.recv(200).startswith(b"220"):
                        return
            except OSError:
                time.sleep(0.1)
        raise Trouble(f"Postfix did not answer within {seconds} s", f"{self.ip}:{self.port}",
                      "the machine may be too busy: try again")

    def waiting(self):
        """Mails that are being delivered or about to be."""
        return sum(len(list((self.queue / name).iterdir()))
                   for name in ("incoming", "active", "maildrop"))

    def hasten_incoming(self):
        """What was being delivered when Postfix was reloaded lies there for a minute, and then
        until qmgr has another reason to look (qmgr_active.c, 3.7): now is the time."""
        now, late = time.time(), False
        for path in (self.queue / "incoming").iterdir():
            try:
                if path.stat().st_mtime > now:
                    os.utime(path, (now, now))
                    late = True
            except FileNotFoundError:
                pass
        if late:
            with socket.socket(socket.AF_UNIX) as qmgr:
                qmgr.connect(str(self.queue / "public" / "qmgr"))
                qmgr.sendall(SCAN_INCOMING)

    def postpone_deferred(self):
        """No more retries: a deferred mail is tried when its file's time has come."""
        later = time.time() + 86400
        for path in (self.queue / "deferred").rglob("*"):
            try:
                if path.is_file():
                    os.utime(path, (later, later))
            except FileNotFoundError:
                pass  # moved by qmgr just now: it is counted by waiting()

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                pass
            end_group(self.process.pid)
            self.process.wait()


def end_group(pid, seconds=5):
    """Kill what is left in the process group `pid` and wait until it is empty."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
        reap(pid)
        time.sleep(0.02)


def reap(group):
    """Wait for the ended children and adopted orphans of a process group."""
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def free_port(ip):
    """A port that nobody has, and that no connection is given until master binds it."""
    for port in random.sample(PORTS, PORT_TRIES):
        with socket.socket() as sock:
            try:
                sock.bind((ip, port))
            except OSError:
                continue
            return port
    raise Trouble("no port is free", ip, "stop what listens there")


def transport_map(providers):
    """Domain to next hop; an empty transport keeps the one that the sender chose."""
    lines = []
    for one in providers:
        hop = f"[{one.spec.host}]:{one.port}"
        if one.spec is replies.HOME:
            lines += [f"{domain} relay:{hop}" for domain in shops.domains()]
            continue
        lines.append(f"{one.spec.domain} :{hop}")
    return "\n".join(lines) + "\n"


def accounts():
    """Private (name, uid, gid). The mail owner must be who we are: fchown(2) is not wrapped."""
    uid, gid = os.getuid(), os.getgid()
    return (("root", 0, 0), ("postfix", uid, gid), ("labuser", uid + 1, gid + 1),
            ("postdrop", uid + 2, gid + 2))


def passwd():
    return "".join(f"{name}:x:{uid}:{gid}::/:/bin/false\n" for name, uid, gid in accounts())


def group():
    return "".join(f"{name}:x:{gid}:\n" for name, _uid, gid in accounts())


def hosts():
    rows = [("127.0.0.1", f"{HOST} localhost"), shops.STRANGER]
    rows += [(one.ip, one.host) for one in (*replies.PROVIDERS, replies.HOME)]
    rows += sorted({(login.ip, login.host) for login in shops.logins().values()})
    return "".join(f"{ip} {names}\n" for ip, names in rows)
