# SPDX-License-Identifier: Apache-2.0
"""The Rig of daemon_rig.py with an auth listener, mailbox servers that greet, and questions as nginx sends them."""

import contextlib
import hashlib
import hmac
import socket
import sqlite3
import threading
from urllib.parse import quote_from_bytes

from conftest import LIMIT
from daemon_rig import Rig, free_port, until

GREETINGS = {"imap": b"* OK ready\r\n", "pop3": b"+OK ready\r\n", "smtp": b"220 mx.jp.test ESMTP\r\n"}
KEEP = bytes(byte for byte in range(0x21, 256) if byte != 0x25)


def escape(value):
    """As nginx does: only 0x00 to 0x20 and % become %XX."""
    data = value.encode() if isinstance(value, str) else value
    return b"".join(bytes([byte]) if byte in KEEP else b"%%%02X" % byte for byte in data)


class Greeter:
    """A mailbox server, as far as it greets. `mute`: it accepts and says nothing. `proxied`: it greets who says a PROXY line
    first (True), or who says nothing before it has greeted (False) and for `patience` seconds; None: anybody."""

    patience = 0.3

    def __init__(self, protocol, port=0):
        self.greeting, self.mute, self.proxied = GREETINGS[protocol], False, None
        self.greeted, self.refused = 0, 0
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.socket.accept()
                with client, contextlib.suppress(OSError):
                    right = self.is_right(client)
                    self.greeted, self.refused = self.greeted + right, self.refused + (not right)
                    if not self.mute and right:
                        client.sendall(self.greeting)
                    client.settimeout(1)
                    client.recv(100)

    def is_right(self, client):
        """As Dovecot with haproxy = yes, and as a server that looks for early talkers."""
        if self.proxied is None:
            return True
        client.settimeout(LIMIT if self.proxied else self.patience)
        try:
            said = client.recv(107)
        except TimeoutError:
            return not self.proxied
        return bool(self.proxied) and said.startswith(b"PROXY TCP4 127.0.0.1 127.0.0.1 ")

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(LIMIT)


class Reply(dict):
    """Header lines; `text` is all of it, as it came."""

    def __init__(self, raw):
        head, _, _ = raw.partition(b"\r\n\r\n")
        self.raw = raw
        self.text = head.decode("latin-1")
        lines = self.text.split("\r\n")
        super().__init__(line.split(": ", 1) for line in lines[1:])
        self.code = int(lines[0].split(" ")[1]) if lines[0] else 0

    @property
    def passed(self):
        return self.get("Auth-Status") == "OK"

    @property
    def where(self):
        return f"{self['Auth-Server']}:{self['Auth-Port']}"


class Logins(Rig):
    """`more`: further rows of the section auth; `rest`: further sections. Accounts are put into accounts.db by SQL."""

    def __init__(self, program, folder, more="", rest="", backends=("imap", "pop3", "smtp")):
        self.port = free_port()
        self.servers = {protocol: Greeter(protocol) for protocol in backends}
        super().__init__(program, folder, start=False)
        self.settings(more, rest)

    @property
    def place(self):
        return str(self.folder / "auth")

    def settings(self, more="", rest=""):
        """Writes them; read at the next start or SIGHUP."""
        backends = ", ".join(f"{name}: 127.0.0.1:{server.port}" for name, server in self.servers.items())
        self.configure([], f"auth:\n  listen: [\"unix:{self.place}\", 127.0.0.1:{self.port}]\n"
                           f"  backends: {{ {backends} }}\n  health_every: 1s\n{more}"
                           f"accounts: {{ driver: sqlite, path: {self.folder}/accounts.db }}\n{rest}", [f"file: {self.log}"])

    def __exit__(self, *arguments):
        try:
            return super().__exit__(*arguments)
        finally:
            for server in self.servers.values():
                with contextlib.suppress(OSError):
                    server.close()

    def until_it_listens(self):
        def listens():
            try:
                with socket.create_connection(("127.0.0.1", self.port), LIMIT):
                    return True
            except OSError:
                return False
        until(listens, self.said)
        return self

    def sql(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.folder / "accounts.db", timeout=LIMIT)) as database, database:
            return database.execute(statement, values).fetchall()

    def account(self, login, secret="{PLAIN}secret", **columns):
        names = ["login", "secret", *columns]
        self.sql(f"INSERT INTO account({','.join(names)}) VALUES({','.join('?' * len(names))})", login, secret, *columns.values())

    def question(self, lines, by_file=True):
        """Header lines (bytes) as they are; the Reply."""
        made = socket.socket(socket.AF_UNIX if by_file else socket.AF_INET)
        with made:
            made.settimeout(LIMIT)
            made.connect(self.place if by_file else ("127.0.0.1", self.port))
            made.sendall(b"GET /auth HTTP/1.0\r\nHost: localhost\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n")
            answer = b""
            while got := made.recv(65536):
                answer += got
        return Reply(answer)

    def login(self, user="taro@jp.test", secret="secret", method="plain", protocol="imap", ip="192.0.2.7", attempt=1, more=(),
              by_file=True):
        """As nginx asks. cram-md5, apop: the digest is made of the secret."""
        salt = b"<1.2@mx.jp.test>"
        lines = [b"Auth-Method: " + method.encode(), b"Auth-User: " + escape(user)]
        if method == "cram-md5":
            secret = hmac.new(secret.encode(), salt, hashlib.md5).hexdigest()
        if method == "apop":
            secret = hashlib.md5(salt + secret.encode()).hexdigest()
        lines += [b"Auth-Pass: " + escape(secret)]
        if method in ("cram-md5", "apop"):
            lines += [b"Auth-Salt: " + salt]
        lines += [b"Auth-Protocol: " + protocol.encode(), b"Auth-Login-Attempt: %d" % attempt, b"Client-IP: " + ip.encode(), *more]
        return self.question(lines, by_file)


def quoted(text):
    return quote_from_bytes(text.encode())
