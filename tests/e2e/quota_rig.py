# SPDX-License-Identifier: Apache-2.0
"""What a quota proxy asks: real mailbox servers (Dovecot: quota-status, LMTP, quota counted), and ones that are not.

    with place() as make:
        mb1 = make("mb1")
        mb1.keep("half@example.com", 524288)       # a mailbox of so many bytes; a limit of 1 MiB
        with mb1:
            mb1.quota, mb1.lmtp, mb1.socket        # two ports of loopback; quota-status by a unix socket, too
    with FakeQuota(conduct) as fake:               # conduct(recipient, size): bytes, None (silence) or an Exception (ends)
        fake.port, fake.questions, fake.most_open

As an ordinary user, in folders of their own, ended by their process.
"""

import contextlib
import os
import shutil
import smtplib
import socket
import socketserver
import threading
import time

from auth_rig import account, end, group_name, handed_over, spawn
from daemon_rig import LIMIT, free_port, until

import auth_packages  # isort: skip; it names lab/ as a place of modules
import workdir

LIMIT_BYTES = 1 << 20
FULL, LARGE, NOBODY = "552 5.2.2 Mailbox is full", "552 5.2.3 Message is larger than the mailbox may be", "REJECT Unknown user"
DOVECOT = """\
base_dir = {folder}/base
state_dir = {folder}/state
libexec_dir = {tree}/usr/lib/dovecot
mail_plugin_dir = {tree}/usr/lib/dovecot/modules
log_path = {folder}/log
import_environment = TZ LD_LIBRARY_PATH LD_PRELOAD DOVECOT_HOME
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
protocols = lmtp
listen = 127.0.0.1
ssl = no
mail_location = maildir:{folder}/mail/%u
mail_plugins = quota
first_valid_uid = 1
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
recipient_delimiter = +
postmaster_address = postmaster@example.com
plugin {{
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0%%
  quota_max_mail_size = 5M
  quota_status_success = DUNNO
  quota_status_nouser = {nobody}
  quota_status_overquota = {full}
  quota_status_toolarge = {large}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service auth {{
  user = {user}
}}
service auth-worker {{
  user = {user}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service quota-status {{
  executable = {tree}/usr/lib/dovecot/quota-status -p postfix
  user = {user}
  inet_listener {{
    port = {quota}
  }}
  unix_listener {folder}/quota {{
    mode = 0666
  }}
  client_limit = 1
}}
"""


class MailboxServer:
    """One Dovecot, its mailboxes made by keep(). grace: as it is by default, a tenth of the limit more; else none.
    clone: the port of a Redis, where quota_clone keeps usage under the prefix "mail/"."""

    def __init__(self, folder, tree, grace=False, clone=None):
        self.folder, self.tree, self.process, self.made, self.kept = handed_over(folder), tree, None, 0, []
        self.quota, self.lmtp = free_port(), free_port()
        self.config, self.users, self.socket = folder / "dovecot.conf", folder / "users", folder / "quota"
        who = account()
        text = DOVECOT.format(folder=folder, tree=tree, user=who.pw_name, group=group_name(), lmtp=self.lmtp,
                              quota=self.quota, full=FULL, large=LARGE, nobody=NOBODY)
        if grace:
            text = text.replace("  quota_grace = 0%%\n", "")
        if clone:
            text = text.replace("mail_plugins = quota\n", "mail_plugins = quota quota_clone\n").replace(
                "  quota_vsizes", f"  quota_clone_dict = redis:host=127.0.0.1:port={clone}:prefix=mail/\n  quota_vsizes")
        self.config.write_text(text)
        self.users.touch()

    def keep(self, address, used=0, messages=1, rule=f"*:bytes={LIMIT_BYTES}"):
        """A mailbox with so many bytes in so many messages, before the start; rule: its quota_rule, None: no limit."""
        who = account()
        self.kept.append(address)
        folder = self.folder / "mail" / address
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True)
        for i in range(messages if used else 0):
            size = used // messages + (used % messages if i == 0 else 0)
            self.made += 1
            head = b"Subject: kept\r\n\r\n"
            text = head + b"x" * (size - len(head) - 2) + b"\r\n"
            (folder / "cur" / f"{self.made}.M1P1.kept,S={size},W={size}:2,S").write_bytes(text)
        if os.geteuid() == 0:
            for path in (self.folder / "mail", folder, *folder.rglob("*")):
                os.chown(path, who.pw_uid, who.pw_gid)
        extra = f"userdb_quota_rule={rule}" if rule else ""
        with open(self.users, "a", encoding="ascii") as users:
            users.write(f"{address}:{{PLAIN}}x:{who.pw_uid}:{who.pw_gid}::{self.folder}/home/{address}::{extra}\n")

    def start(self):
        """doveconf hands the settings over: what is unpacked does not find its own doveconf."""
        doveconf, dovecot = self.tree / auth_packages.DOVECONF, self.tree / auth_packages.DOVECOT
        self.process = spawn([doveconf, "-c", self.config, "-f", "service=master", "-e", dovecot, "-F", "-c", self.config],
                             self.folder, self.tree)
        until(lambda: self.alive() and self.answers(), self.said)
        for address in self.kept:  # two processes that count a mailbox for the first time at once are wrong now and then
            self.ask(address, 0)
        return self

    def answers(self):
        with contextlib.suppress(OSError):
            return self.ask("nobody-yet@example.com", 0).startswith("action=")
        return False

    def ask(self, recipient, size):
        """One question by hand, without todoku: the whole answer."""
        with socket.create_connection(("127.0.0.1", self.quota), LIMIT) as link:
            link.settimeout(LIMIT)
            link.sendall(question(recipient, size))
            said = b""
            while not said.endswith(b"\n\n") and (more := link.recv(4096)):
                said += more
        return said.decode()

    def deliver(self, address, text):
        """By LMTP; (code, words) of the reply of the recipient's delivery."""
        with smtplib.LMTP("127.0.0.1", self.lmtp, timeout=LIMIT) as link:
            link.ehlo("relay.example.com")
            assert link.mail("s@example.net")[0] == 250
            code, words = link.rcpt(address)
            return link.data(text) if code == 250 else (code, words)

    def alive(self):
        assert self.process.poll() is None, self.said()
        return True

    def stop(self):
        if self.process is not None:
            end(self.process)
            self.process = None

    def said(self):
        parts = [path.read_text(errors="backslashreplace")[-3000:] for path in (self.folder / "out", self.folder / "log")
                 if path.exists()]
        return "\n".join(parts)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


@contextlib.contextmanager
def place():
    """make(name, ...) -> MailboxServer, in a folder that is gone afterwards. Skips where Dovecot cannot be fetched."""
    who = account() if os.geteuid() == 0 else None
    tree = auth_packages.ensure()
    folder = workdir.make(who)
    try:
        reachable = workdir.reachable_tree(tree, folder, who)
        yield lambda name, **more: MailboxServer(folder / name, reachable, **more)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def question(recipient, size):
    return (f"request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nrecipient={recipient}\n"
            f"size={size}\n\n").encode()


# ---- servers that are not as they should be ----

def dunno(_recipient, _size):
    return b"action=DUNNO\n\n"


def silent(_recipient, _size):
    return None


def slow(seconds):
    """Answers each question so much later; those of a connection one after the other."""
    def conduct(_recipient, _size):
        time.sleep(seconds)
        return b"action=DUNNO\n\n"
    return conduct


def junk(_recipient, _size):
    return b"* OK [CAPABILITY IMAP4rev1] ready.\r\n"


def endless(_recipient, _size):
    return b"action=" + b"x" * 65536


def ends(_recipient, _size):
    return ConnectionError("no byte of an answer")


class FakeQuota:
    """A quota server in a thread; `conduct` may be changed while it runs."""

    def __init__(self, conduct=dunno):
        self.conduct, self.lock = conduct, threading.Lock()
        self.questions, self.open, self.most_open = [], 0, 0
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                fake.count(1)
                with contextlib.suppress(OSError):
                    self.talk()
                fake.count(-1)

            def talk(self):
                asked = {}
                for line in self.rfile:
                    name, _, value = line.decode("utf-8", "backslashreplace").rstrip("\n").partition("=")
                    asked[name] = value
                    if name:
                        continue
                    said = fake.answer(asked)
                    asked = {}
                    if isinstance(said, Exception):
                        return
                    if said is not None:
                        self.wfile.write(said)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True
            request_queue_size = 64

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def count(self, by):
        with self.lock:
            self.open += by
            self.most_open = max(self.most_open, self.open)

    def answer(self, asked):
        with self.lock:
            self.questions.append((asked.get("recipient"), asked.get("size")))
            conduct = self.conduct
        return conduct(asked.get("recipient"), int(asked.get("size") or 0))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join(LIMIT)
        self.server.server_close()


@contextlib.contextmanager
def never_accepts():
    """A port whose connections are made by the kernel alone: as a Dovecot at its process_limit."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]
