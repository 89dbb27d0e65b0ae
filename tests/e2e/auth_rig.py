# SPDX-License-Identifier: Apache-2.0
"""What stands around todoku where it says who may log in: a real nginx with its mail module before it, a real Dovecot
and a real Postfix behind, as an ordinary user, on free ports of loopback, in a folder of their own.

    with neighbours() as rig:
        with rig.front("unix:/run/x:/auth", key="k"):      # nginx; asks that address
            login(rig, "imap", "plain", "alice@example.jp", "secret")   # auth_clients.py

                ┌ nginx ─────────────┐ PROXY  ┌ Dovecot ───┐
    client ───▶ │ imap pop3 (+s)     │ ─────▶ │ imap, pop3 │   knows one password, nginx' (INTERNAL)
    PROXY  ───▶ │ *_proxied          │        └────────────┘
                │ smtp (+s, proxied) │ ─────▶ Postfix (XCLIENT), asks Dovecot's auth, sends nothing on
                │ inbound            │ auth_http: whom the test says
                └────────────────────┘

Started once a module; each is ended by its own process. Skipped where the packages cannot be fetched.
"""

import contextlib
import grp
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from auth_certificates import HOST, Authority
from daemon_rig import LIMIT, free_port, until

import auth_packages  # isort: skip; it names lab/ as a place of modules
import prctl
import workdir

ROOT = Path(__file__).resolve().parents[2]
POSTFIX = ROOT / "build" / "lab-postfix"
INTERNAL = "behind-nginx-7Jq2"  # what Dovecot lets anybody in with
SERVERS = {  # name: (protocol, TLS, whether clients' addresses come by the PROXY protocol)
    "imap": ("imap", False, False), "imaps": ("imap", True, False), "imap_proxied": ("imap", False, True),
    "pop3": ("pop3", False, False), "pop3s": ("pop3", True, False), "pop3_proxied": ("pop3", False, True),
    "smtp": ("smtp", False, False), "smtps": ("smtp", True, False), "smtp_proxied": ("smtp", False, True),
    "inbound": ("smtp", False, False),
}
METHODS = {
    "imap": "imap_auth plain login cram-md5 external;",
    "pop3": "pop3_auth plain apop cram-md5 external;",
    "smtp": "smtp_auth plain login cram-md5 external; xclient on;",
}
NGINX = """\
load_module {module};
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
daemon off;
worker_processes 1;
events {{ worker_connections 512; }}
"""
MAIL = """\
mail {{
  server_name {host};
  auth_http {auth_http};
  auth_http_timeout {timeout};
  {key}
  proxy_pass_error_message on;
  ssl_certificate {certificate};
  ssl_certificate_key {private};
  ssl_client_certificate {authority};
  ssl_verify_client optional;
  resolver off;
{servers}}}
"""
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
protocols = imap pop3
listen = 127.0.0.1
ssl = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service auth {{
  user = {user}
  unix_listener {folder}/sasl {{
    mode = 0666
  }}
}}
"""
BEHIND = """\
disable_plaintext_auth = no
passdb {{
  driver = static
  args = password={internal}
}}
haproxy_trusted_networks = 127.0.0.0/8
service imap-login {{
  inet_listener imap {{
    haproxy = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    haproxy = yes
  }}
}}
"""
SUBMISSION = """\
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {sasl}
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
"""
KEEPS = """\
relay_domains = example.com
default_transport = discard:
relay_transport = discard:
"""
DIVIDER = "# ---- master.cf ----\n"
SERVICES = """\
qmgr      unix  n - n 300 1 qmgr
discard   unix  - - n - -   discard
"""


def account():
    """Whom the neighbours run as: `nobody` for root, else who we are."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def group_name():
    return grp.getgrgid(account().pw_gid).gr_name


def spawn(command, folder, tree):
    """A process as account(), with the tree's libraries; what it says goes to folder/out."""
    with open(folder / "out", "ab") as out:
        return subprocess.Popen([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
                                stderr=out, env=environment(tree), preexec_fn=prctl.die_with_parent, **as_account())


def as_account():
    """Of subprocess: become account()."""
    who = account()
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


def environment(tree):
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "LD_LIBRARY_PATH": auth_packages.library_path(tree),
            "LD_PRELOAD": str(tree / auth_packages.MODULES), "DOVECOT_HOME": str(tree / auth_packages.DAEMONS)}


def end(process):
    """By its own process: nginx and Dovecot end theirs."""
    process.terminate()
    try:
        process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def greets(port, proxied=False):
    """Whether a server says something there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as link:
        if proxied:
            link.sendall(b"PROXY TCP4 192.0.2.1 127.0.0.1 40000 143\r\n")
        return bool(link.recv(200))
    return False


def handed_over(path):
    """A new folder that belongs to account()."""
    path.mkdir()
    who = account()
    if os.geteuid() == 0:
        os.chown(path, who.pw_uid, who.pw_gid)
    return path


class Dovecot:
    """IMAP and POP3. `behind`: lines that say how it lets nginx in, default those of BEHIND."""

    def __init__(self, folder, tree, behind=None, proxied=True):
        self.folder, self.tree, self.proxied = handed_over(folder), tree, proxied
        self.ports = {"imap": free_port(), "pop3": free_port()}
        self.sasl, self.config, self.process = folder / "sasl", folder / "dovecot.conf", None
        self.configure(BEHIND.format(internal=INTERNAL) if behind is None else behind)

    def configure(self, behind):
        who = account()
        text = DOVECOT.format(folder=self.folder, tree=self.tree, user=who.pw_name, uid=who.pw_uid, gid=who.pw_gid,
                              group=group_name(), **self.ports)
        self.config.write_text(text + behind)

    def doveconf(self, *arguments, config=None):
        """`doveconf -n` accepts it, and prints what is set."""
        return subprocess.run([self.tree / auth_packages.DOVECONF, "-c", config or self.config, "-n", *arguments],
                              capture_output=True, text=True, timeout=LIMIT, env=environment(self.tree), check=False)

    def start(self):
        """doveconf hands the settings over: what is unpacked does not find its own doveconf."""
        doveconf, dovecot = self.tree / auth_packages.DOVECONF, self.tree / auth_packages.DOVECOT
        self.process = spawn([doveconf, "-c", self.config, "-f", "service=master", "-e", dovecot, "-F", "-c", self.config],
                             self.folder, self.tree)
        for port in self.ports.values():
            until(lambda port=port: self.alive() and greets(port, self.proxied), self.said)
        return self

    def alive(self):
        assert self.process.poll() is None, self.said()
        return True

    def stop(self):
        if self.process is not None:
            end(self.process)
            self.process = None

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="backslashreplace") if path.exists() else ""

    def said(self):
        return (self.folder / "out").read_text(errors="backslashreplace") + self.log()


class Postfix:
    """Submission behind nginx, and where inbound mail goes: what it takes is thrown away. `printed`: parts of main.cf
    for it, default those of SUBMISSION."""

    def __init__(self, folder, sasl, printed=None):
        folder.mkdir()
        text = folder / "printed"
        text.write_text((SUBMISSION if printed is None else printed).format(sasl=sasl) + KEEPS + DIVIDER + SERVICES)
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("routed_postfix.py"), POSTFIX, text, str(free_port())], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            errors = self.process.communicate(timeout=LIMIT)[1]
            if "apt-get download failed" in errors:
                pytest.skip("Postfix cannot be fetched")
            raise AssertionError(errors)
        place = json.loads(line)
        self.port, self.path, self.commands, self.config = place["port"], Path(place["log"]), place["commands"], place["config"]

    def log(self):
        return self.path.read_text(errors="backslashreplace") if self.path.exists() else ""

    def stop(self):
        self.process.communicate(timeout=LIMIT)


class Nginx:
    """The proxy. `ports`: by the names of SERVERS."""

    def __init__(self, folder, tree, authority):
        self.folder, self.tree, self.authority = handed_over(folder), tree, authority
        self.ports = {name: free_port() for name in SERVERS}
        self.config, self.process = folder / "nginx.conf", None

    def head(self):
        return NGINX.format(module=self.tree / auth_packages.MODULE, folder=self.folder)

    def mail(self, auth_http, key=None, timeout="3s"):
        """A whole configuration."""
        servers = "".join(self.server(name) for name in SERVERS)
        return self.head() + MAIL.format(host=HOST, auth_http=auth_http, timeout=timeout, key=f"auth_http_header X-Auth-Key {key};" if key else "",
                           certificate=self.authority.certificate, private=self.authority.key,
                           authority=self.authority.root, servers=servers)

    def server(self, name):
        protocol, tls, proxied = SERVERS[name]
        words = "".join((" ssl" if tls else "", " proxy_protocol" if proxied else ""))
        rows = [f"listen 127.0.0.1:{self.ports[name]}{words};", f"protocol {protocol};"]
        rows.append("smtp_auth none; xclient on;" if name == "inbound" else METHODS[protocol])
        if proxied:
            rows.append("set_real_ip_from 127.0.0.0/8;")
        if protocol != "smtp":
            rows.append("proxy_protocol on;")
        return "  server { " + " ".join(rows) + " }\n"

    def test(self, text):
        """`nginx -t` of a configuration."""
        path = self.folder / "tested.conf"
        path.write_text(text)
        return subprocess.run([self.tree / auth_packages.NGINX, "-p", self.folder, "-e", self.folder / "tested.log", "-t", "-c", path],
                              capture_output=True, text=True, timeout=LIMIT, env=environment(self.tree), check=False, **as_account())

    def start(self, text):
        self.config.write_text(text)
        self.process = spawn([self.tree / auth_packages.NGINX, "-p", self.folder, "-e", self.folder / "error.log", "-c", self.config],
                             self.folder, self.tree)
        until(self.answers, self.said)
        return self

    def answers(self):
        assert self.process.poll() is None, self.said()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.ports["imap"]), 5):
            return True
        return False

    def stop(self):
        if self.process is not None:
            end(self.process)
            self.process = None

    def log(self):
        path = self.folder / "error.log"
        return path.read_text(errors="backslashreplace") if path.exists() else ""

    def said(self):
        return (self.folder / "out").read_text(errors="backslashreplace") + self.log()


class Rig:
    """All of them; nginx by `front`. `folder`: also for the test's own files, open to all, with a short path. started:
    Dovecot and Postfix run."""

    def __init__(self, folder, stack, started=True):
        self.folder, self.nginx, self.stack = folder, None, stack
        self.tree = workdir.reachable_tree(auth_packages.ensure(), folder, account() if os.geteuid() == 0 else None)
        self.authority = Authority(folder / "tls")
        for path in (folder / "tls").iterdir():  # nginx is somebody else; they are worth nothing
            path.chmod(0o644)
        self.dovecot = self.ended(Dovecot(folder / "dovecot", self.tree))
        if started:
            self.start()

    def start(self):
        self.dovecot.start()
        self.postfix = self.ended(Postfix(self.folder / "submission", self.dovecot.sasl))
        self.backends = {"imap": ("127.0.0.1", self.dovecot.ports["imap"]), "pop3": ("127.0.0.1", self.dovecot.ports["pop3"]),
                         "smtp": ("127.0.0.1", self.postfix.port)}

    def ended(self, one):
        self.stack.callback(one.stop)
        return one

    @contextlib.contextmanager
    def front(self, auth_http, key=None, **more):
        """nginx, asking `auth_http` (as nginx.conf has it: `unix:PATH:/auth`, `127.0.0.1:PORT/auth`)."""
        if self.nginx is None:
            self.nginx = Nginx(self.folder / "nginx", self.tree, self.authority)
        self.nginx.start(self.nginx.mail(auth_http, key, **more))
        try:
            yield self.nginx
        finally:
            self.nginx.stop()


@contextlib.contextmanager
def neighbours(started=True):
    """A rig, whole; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="todoku-auth-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        with contextlib.ExitStack() as stack:
            yield Rig(folder, stack, started)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
