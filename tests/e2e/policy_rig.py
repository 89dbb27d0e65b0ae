# SPDX-License-Identifier: Apache-2.0
"""The Rig of daemon_rig.py with a policy listener, and requests as Postfix sends them."""

import socket
import subprocess

from conftest import clean_environment
from daemon_rig import LIMIT, Rig, free_port, until


def request(login="taro", recipients=1, stage="END-OF-MESSAGE", instance="1", **more):
    """Bytes of a request; `more`: further attributes, or other values."""
    attributes = {"request": "smtpd_access_policy", "protocol_state": stage, "client_address": "192.0.2.7",
                  "sender": f"{login}@jp.test", "recipient_count": recipients, "queue_id": f"Q{instance}",
                  "instance": instance, "size": 1000, "sasl_username": login, **more}
    return "".join(f"{name}={value}\n" for name, value in attributes.items()).encode() + b"\n"


class Connection:
    """To the listener; a connection that ends says so as ""."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self.socket.settimeout(LIMIT)
        self.socket.connect(address)
        self.left = b""

    def say(self, data):
        self.socket.sendall(data)

    def hear(self):
        """The next action."""
        while b"\n\n" not in self.left:
            got = self.socket.recv(65536)
            if not got:
                return ""
            self.left += got
        answer, self.left = self.left.split(b"\n\n", 1)
        assert answer.startswith(b"action=") and b"\r" not in answer, answer
        return answer.decode().removeprefix("action=")

    def ask(self, *arguments, **more):
        self.say(request(*arguments, **more))
        return self.hear()

    def close(self):
        self.socket.close()


class Asker:
    """Asks on one connection, and as Postfix does again on a new one where that was closed: a listener whose loop stood
    still for 2 s hangs up."""

    def __init__(self, rig, by_file):
        self.rig, self.by_file, self.connection = rig, by_file, None
        until(self.connects, rig.said)

    def ask(self, *arguments, **more):
        for _ in range(5):
            try:
                if answer := self.connection.ask(*arguments, **more):
                    return answer
            except OSError:
                pass
            until(self.connects, self.rig.said)
        return ""

    def connects(self):
        self.close()
        try:
            self.connection = self.rig.connect(self.by_file)
            return True
        except OSError:
            return False

    def close(self):
        if self.connection is not None:
            self.connection.close()


class Limited(Rig):
    """`limits`: rows of the section policy."""

    def __init__(self, program, folder, limits, more=""):
        self.port = free_port()
        super().__init__(program, folder, start=False)
        self.settings(limits, more)

    @property
    def place(self):
        """Of the unix socket."""
        return str(self.folder / "policy")

    def settings(self, limits, more=""):
        """Writes them; read at the next start or SIGHUP."""
        rows = "".join(f"    - {{ {limit} }}\n" for limit in limits)
        self.configure([], f"policy:\n  listen: [\"unix:{self.place}\", 127.0.0.1:{self.port}]\n"
                           f"  limits:\n{rows}{more}", [f"file: {self.log}"])

    def connect(self, by_file=True):
        return Connection(self.place if by_file else ("127.0.0.1", self.port))

    def asker(self, by_file=True):
        return Asker(self, by_file)

    def until_it_listens(self):
        """At both places; that by TCP is the last to be opened. The file of the other outlives a kill -9."""
        def listens():
            try:
                self.connect(by_file=False).close()
                return True
            except OSError:
                return False
        until(listens, self.said)
        return self

    def verb(self, name, *words):
        """As kato calls it."""
        return subprocess.run([self.program, name, "-c", self.config, *words], capture_output=True, text=True, timeout=LIMIT,
                              check=False, env=clean_environment(SUDO_USER="kato"))

    def done(self, name, *words):
        """What it printed."""
        result = self.verb(name, *words)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout
