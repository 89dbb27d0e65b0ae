# SPDX-License-Identifier: Apache-2.0
"""`todoku run` beside a log, in a folder of its own: configuration, state, control socket.

Owned by whoever makes it, who must call `stop`; the daemon also ends when its owner dies.
"""

import http.client
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import prctl
from trouble import Trouble

SOCKET_BYTES = 107  # of a unix socket's path (unix(7))
START_SECONDS = 60
STOP_SECONDS = 15
ASK_SECONDS = 10
PORT_TRIES = 5  # a port that was free may be taken when the daemon listens
UNANSWERED = (OSError, ValueError, http.client.HTTPException)
CONFIGURATION = """\
# Made by lab/daemon.py; all keys: todoku config example
state: {state}
control: {control}
web: {{ listen: ["127.0.0.1:{port}"], url: "http://127.0.0.1:{port}" }}
store: {{ max_size: 1GiB }}
logs:
  - {{ {log} }}
"""
SLACK = """\
notify:
  - {{ slack: "{url}" }}
"""


POLICY = """\
policy:
  listen: [127.0.0.1:{port}]
  limits:
    - {{ name: user-hour, recipients: 500/1h, shadow: true }}
"""
POLICY_PORT, POLICY_PORTS = 8500, 20  # beside those of lab/own
AUTH = """\
auth:
  listen: [127.0.0.1:{port}]
  health: false
  backends: {{ imap: 127.0.0.1:143, pop3: 127.0.0.1:110, smtp: 127.0.0.1:587 }}
accounts: {{ driver: sqlite, path: {folder}/accounts.db }}
"""
AUTH_PORT, AUTH_PORTS = 8520, 20  # beside those


QUOTA = """\
quota:
  listen: [127.0.0.1:{port}]
  servers: [{{ name: here, address: 127.0.0.1:12340 }}]
  mailboxes: ["static:here"]
"""
QUOTA_PORT, QUOTA_PORTS = 8540, 20  # beside those


def policy():
    """The section of a configuration: a policy listener, and a limit that is only told of."""
    return POLICY.format(port=free_port((*range(POLICY_PORT, POLICY_PORT + POLICY_PORTS), 0)))


def auth(folder):
    """The sections of a configuration: an auth listener, and accounts in a file of the folder, none so far."""
    return AUTH.format(port=free_port((*range(AUTH_PORT, AUTH_PORT + AUTH_PORTS), 0)), folder=folder)


def quota():
    """The section of a configuration: a quota listener, and this host as the one mailbox server."""
    return QUOTA.format(port=free_port((*range(QUOTA_PORT, QUOTA_PORT + QUOTA_PORTS), 0)))


class Daemon:
    """`log`: a file to follow, None for the journal; `slack`: address of a webhook or None; `said`:
    where its own log goes (a file, None for our stderr); `ports`: tried in turn, 0 for any; `more`:
    what else its configuration says (YAML)."""

    def __init__(self, todoku, folder, log, slack=None, said=None, ports=(0,), more=""):
        self.todoku, self.folder, self.log, self.slack = todoku, folder, log, slack
        self.said, self.ports, self.more = said, ports, more
        self.configuration = folder / "todoku.yaml"
        self.short = None  # a folder for the socket when its path would be too long
        self.control = folder / "control.sock"
        self.process, self.port = None, 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Running and answering when this returns."""
        for _ in range(PORT_TRIES):
            self.configure()
            self.launch()
            if self.wait_ready():
                return
            if free_port((self.port, 0)) == self.port:
                break  # the port was not what it lacked
        raise Trouble("todoku run ended at once", self.said or "its lines above",
                      f"try: {self.todoku} run -c {self.configuration}")

    def configure(self):
        """Writes the configuration; start() does so by itself."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.short is None and len(str(self.control).encode()) > SOCKET_BYTES:
            self.short = Path(tempfile.mkdtemp(prefix="todoku-"))
            self.control = self.short / "control.sock"
        self.port = free_port(self.ports)
        log = f"file: {quoted(self.log)}" if self.log else "journald: true"
        text = CONFIGURATION.format(state=quoted(self.folder / "state"), port=self.port, log=log,
                                    control=quoted(self.control))
        if self.slack:
            text += SLACK.format(url=self.slack)
        text += self.more
        self.configuration.write_text(text, encoding="utf-8")

    def launch(self):
        err = open(self.said, "ab") if self.said else None
        try:
            self.process = subprocess.Popen(
                [str(self.todoku), "run", "-c", str(self.configuration)],
                stdin=subprocess.DEVNULL, stderr=err, preexec_fn=prctl.die_with_parent)
        finally:
            if err:
                err.close()

    def wait_ready(self):
        """False when it ended instead."""
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None:
            try:
                self.get("/api/v1/status")
                return True
            except UNANSWERED:
                if time.monotonic() > deadline:
                    raise Trouble(f"todoku did not answer within {START_SECONDS} s", self.control,
                                  "the machine may be too busy: try again") from None
                time.sleep(0.05)
        return False

    def ask(self, path):
        """The JSON of a GET on the control socket; raises Trouble when there is no answer."""
        try:
            return self.get(path)
        except UNANSWERED as err:
            status = self.process.poll()
            what = "does not answer" if status is None else f"ended with status {status}"
            raise Trouble(f"todoku run {what}: {err}", self.said or "its lines above",
                          "look there; run again") from err

    def get(self, path):
        connection = ControlConnection(str(self.control))
        try:
            connection.request("GET", path)
            return json.load(connection.getresponse())
        finally:
            connection.close()

    def listener(self, name, line):
        """The line for a neighbour that /api/v1/`name` shows, once it does."""
        deadline = time.monotonic() + ASK_SECONDS
        while line not in (shown := self.ask(f"/api/v1/{name}")):
            if time.monotonic() > deadline:
                raise Trouble(f"the {name} listener is not shown", self.said or "its lines above",
                              "run again")
            time.sleep(0.05)
        return shown[line]

    def show(self, *words):
        """Lets `todoku WORDS -c FILE` print, which knows the terminal if there is one."""
        sys.stdout.flush()
        subprocess.run([str(self.todoku), *words, "-c", str(self.configuration)],
                       stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, timeout=ASK_SECONDS,
                       check=False)

    def stop(self):
        """Ended when this returns; True when it did so by itself."""
        good = True
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            try:
                good = self.process.wait(STOP_SECONDS) == 0
            except subprocess.TimeoutExpired:
                good = False
                self.process.kill()
                self.process.wait()
        if self.short:
            shutil.rmtree(self.short, ignore_errors=True)
        return good


class ControlConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=ASK_SECONDS)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def quoted(path):
    """A path in YAML: a string of JSON is one of YAML."""
    return json.dumps(str(path), ensure_ascii=False)


def free_port(ports):
    """The first of `ports` that nobody has on 127.0.0.1."""
    for port in ports:
        with socket.socket() as sock:
            try:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return sock.getsockname()[1]
    raise Trouble("no free port", f"127.0.0.1:{ports[0]} and the next", "stop what listens there")
