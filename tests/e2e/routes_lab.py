# SPDX-License-Identifier: Apache-2.0
"""A real Postfix that is configured by what todoku prints, fake providers, and the writer of routes (route_demo.c).

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import grp
import json
import os
import pwd
import re
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from daemon_rig import LIMIT, until
from smtp_peer import Peers

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "lab-postfix"
A, B, C = "127.0.0.11", "127.0.0.12", "127.0.0.13"
NAMES = {"g.example": "127.0.0.2", "d.example": "127.0.0.3", "relay2.example": "127.0.0.4"}
CONFIG = """\
state: {state}
control: {state}/control.sock
respond: {{ exact: {exact}, exact_socket: {state}/routes.sock{group} }}
fleet:
  relay: relay  # as its log says
  sources:
    - {{ name: out-a, address: 127.0.0.11, helo: a.lab.example }}
    - {{ name: out-b, address: 127.0.0.12, helo: b.lab.example }}
    - {{ name: out-c, address: 127.0.0.13, helo: c.lab.example }}
    - {{ name: out-x, relay: relay2, next_hop: "[127.0.0.4]:{port}" }}
"""


def group_of_postfix():
    """A member of respond:, where Postfix runs as somebody else (lab/workdir.py)."""
    if os.geteuid() != 0:
        return ""
    return f", exact_group: {grp.getgrgid(pwd.getpwnam('nobody').pw_gid).gr_name}"


class Lab:
    """Postfix, providers, and the writer of routes. exact: which answers Postfix' questions, too; `printed` may change
    what todoku prints for Postfix, and `settings` what stands in the settings."""

    def __init__(self, todoku, folder, exact=False, printed=str, settings=str):
        self.todoku, self.folder = todoku, folder
        self.demo = todoku.parent / "tests" / "e2e" / "route_demo"
        self.peers = Peers(NAMES)
        (folder / "state").mkdir(mode=0o755)
        self.config = folder / "todoku.yaml"
        text = CONFIG.format(state=folder / "state", port=self.peers.port, exact=str(exact).lower(),
                             group=group_of_postfix())
        self.config.write_text(settings(text))
        text = self.run("config", "postfix", "--write", "-c", self.config).stdout
        (folder / "printed").write_text(printed(text))
        self.postfix = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("routed_postfix.py"), CACHE, folder / "printed",
             str(self.peers.port), *(f"{name}={ip}" for name, ip in NAMES.items())],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.postfix.stdout.readline()
        if not line:
            errors = self.postfix.communicate(timeout=LIMIT)[1]
            self.peers.close()
            if "apt-get download failed" in errors:
                pytest.skip("Postfix cannot be fetched")
            pytest.fail(errors)
        place = json.loads(line)
        self.commands, self.log, self.port = place["commands"], place["log"], place["port"]
        self.postfix_config = Path(place["config"])
        with open(self.config, "a", encoding="utf-8") as config:
            config.write(f"postfix: {{ commands: {self.commands}, instances: [{self.postfix_config}] }}\n")
        self.writer = self.begin(exact)
        if exact:
            until(self.socket.exists, "the socket")

    def begin(self, exact):
        """The writer, started."""
        return subprocess.Popen([self.demo, self.config, "exact" if exact else ""], text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)

    def end(self):
        """It has ended."""
        self.writer.communicate(timeout=LIMIT)
        assert self.writer.returncode in (0, -9)

    def run(self, *arguments, status=0):
        done = subprocess.run([self.todoku, *map(str, arguments)], text=True, capture_output=True, timeout=LIMIT,
                              check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    @property
    def socket(self):
        """By which the writer is asked, in exact mode."""
        return self.folder / "state" / "routes.sock"

    def tell(self, line):
        self.writer.stdin.write(line + "\n")
        self.writer.stdin.flush()

    def route(self, line):
        self.tell(line)
        assert self.writer.stdout.readline() == "written\n"

    def send(self, recipients):
        """One mail a recipient."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=LIMIT) as client:
            for recipient in recipients:
                client.sendmail("shop@lab.example", [recipient], "Subject: x\r\n\r\nbody\r\n")

    def queue(self):
        """{recipient: (queue id, queue, reason)}"""
        done = subprocess.run([f"{self.commands}/postqueue", "-j"], text=True, capture_output=True, timeout=LIMIT,
                              check=True)
        return {recipient["address"]: (message["queue_id"], message["queue_name"], recipient.get("delay_reason", ""))
                for message in map(json.loads, done.stdout.splitlines()) for recipient in message["recipients"]}

    def waiting(self, count):
        """The queue, once so many wait in its deferred part and nothing is on its way."""
        def settled():
            queue = self.queue()
            return len(queue) == count and all(name == "deferred" for _, name, _ in queue.values()) and (queue or True)
        return until(settled, lambda: f"{count} deferred, there are {self.queue()}")

    def release(self, queue=None):
        for queue_id in {queue_id for queue_id, name, _ in self.queue().values() if queue in (None, name)}:
            subprocess.run([f"{self.commands}/postqueue", "-i", queue_id], timeout=LIMIT, check=True)

    def forget(self):
        """The queue manager remembers for 30 s how the last address went; another one makes it forget."""
        another = f"another{time.monotonic_ns()}@relay2.example"

        def is_taken():
            try:
                self.send([another])
                return True
            except smtplib.SMTPRecipientsRefused:  # 451: a table has been made anew, its readers begin anew, too
                return False
        until(is_taken, self.log_text)
        until(lambda: another in self.peers.taken("relay2.example"), self.log_text)

    def log_text(self):
        return Path(self.log).read_text("latin-1")

    def bounced(self):
        return re.findall(r"to=<([^>]+@[dg]\.example)>.* status=bounced", self.log_text())

    def close(self):
        said = "".join(line for line in self.log_text().splitlines(True) if "/postmap[" not in line)
        try:
            self.end()
        finally:
            self.end_postfix(said)

    def end_postfix(self, said):
        _, errors = self.postfix.communicate(timeout=LIMIT)
        self.peers.close()
        assert self.postfix.returncode == 0, errors
        assert "fatal:" not in said and "panic:" not in said, said


@contextmanager
def laboratory(todoku, lab=Lab, **how):
    """A Lab, cleared away at the end."""
    if not shutil.which("dpkg-deb"):
        pytest.skip("needs Debian's tools")
    if not (todoku.parent / "tests" / "e2e" / "route_demo").exists():
        pytest.fail("route_demo is not there: build it", pytrace=False)
    folder = Path(tempfile.mkdtemp(prefix="todoku-routes-", dir="/tmp"))
    folder.chmod(0o755)  # Postfix runs as somebody else
    try:
        one = lab(todoku, folder, **how)
        try:
            yield one
        finally:
            one.close()
    finally:
        shutil.rmtree(folder)


def people(count, domain, first="user"):
    return [f"{first}{i}@{domain}" for i in range(count)]
