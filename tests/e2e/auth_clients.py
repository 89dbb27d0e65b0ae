# SPDX-License-Identifier: Apache-2.0
"""Mail clients that log in, and what became of it.

    login("imap", "plain", port, "alice@example.jp", "secret") -> Outcome
    with Client("pop3", port, source="198.51.100.7") as client:     # several tries in one connection
        client.login("apop", user, password)

These speak the protocols themselves, by bytes, since libraries refuse odd passwords; `by_library` and `by_curl` are the
same logins by Python's own clients and by curl. Users and passwords are text, or bytes.
"""

import base64
import contextlib
import dataclasses
import hashlib
import hmac
import imaplib
import poplib
import re
import smtplib
import socket
import ssl
import subprocess

from daemon_rig import LIMIT

METHODS = {  # what each protocol of nginx has for a password
    "imap": ("clear", "plain", "login", "cram-md5"),  # clear: LOGIN, USER and PASS
    "pop3": ("clear", "plain", "login", "apop", "cram-md5"),
    "smtp": ("plain", "login", "cram-md5"),
}
CODE = {
    "imap": re.compile(r"\[([A-Z-]+)\]"),
    "pop3": re.compile(r"\[([A-Z/]+)\]"),
    "smtp": re.compile(r"^(\d{3}(?: \d\.\d{1,3}\.\d{1,3})?)"),
}


@dataclasses.dataclass
class Outcome:
    """`code`: what stands in brackets, or SMTP's two codes; `closed`: the connection ended with it."""

    ok: bool
    text: str
    code: str = ""
    closed: bool = False

    def __bool__(self):
        return self.ok


class Ended(Exception):
    """The other side has closed."""


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def base(data):
    return base64.b64encode(data)


def cram_md5(challenge, user, password):
    return base(user + b" " + hmac.new(password, challenge, hashlib.md5).hexdigest().encode())


class Client:
    """One connection to nginx. tls: an ssl.SSLContext, from the first byte; source: the client's address, said by the
    PROXY protocol to a port that wants it."""

    def __init__(self, protocol, port, tls=None, source=None):
        self.protocol, self.number, self.closed, self.held = protocol, 0, False, b""
        link = socket.create_connection(("127.0.0.1", port), LIMIT)
        try:
            if source:
                family, own = ("TCP6", "::1") if ":" in source else ("TCP4", "127.0.0.1")
                link.sendall(f"PROXY {family} {source} {own} 40000 {port}\r\n".encode())
            self.link = tls.wrap_socket(link) if tls else link
        except BaseException:
            link.close()
            raise
        self.greeting = self.line()
        if protocol == "smtp":
            self.ask(b"EHLO client.example")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.link.close()

    # --- lines

    def line(self):
        while b"\n" not in self.held:
            try:
                data = self.link.recv(4096)
            except (ConnectionResetError, BrokenPipeError):
                data = b""
            if not data:
                self.closed = True
                raise Ended(self.held.decode("latin-1"))
            self.held += data
        line, _, self.held = self.held.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "backslashreplace")

    def send(self, line):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # an answer may lie there
            self.link.sendall(line + b"\r\n")

    def answer(self):
        """The line that ends the answer to a command."""
        while True:
            line = self.line()
            if self.protocol == "smtp" and line[3:4] == "-" or self.protocol == "imap" and line.startswith("* ") \
                    and not line.startswith(("* BAD", "* BYE")):
                continue
            return line

    def ask(self, line):
        self.send(line)
        return self.answer()

    def is_more(self, line):
        """The server wants more of this login."""
        return line.startswith(("334", "+ ") if self.protocol != "pop3" else "+ ") or line == "+"

    def is_closed(self):
        """Whether the server has closed, after an answer: else it answers a command that does nothing."""
        if not self.closed:
            with contextlib.suppress(Ended):
                self.ask(b"z NOOP" if self.protocol == "imap" else b"NOOP")
        return self.closed

    # --- logins

    def login(self, method, user, password=""):
        """One try; a connection that ends without an answer is an outcome as well."""
        user, password = as_bytes(user), as_bytes(password)
        try:
            return self.outcome(getattr(self, method.replace("-", "_"))(user, password))
        except Ended as end:
            return Outcome(False, str(end), closed=True)

    def outcome(self, line):
        good = {"imap": f"{self.tag()} OK", "pop3": "+OK", "smtp": "235"}[self.protocol]
        code = CODE[self.protocol].search(line)
        return Outcome(line.startswith(good), line, code.group(1) if code else "")

    def tag(self):
        return f"a{self.number}"

    def begin(self, mechanism, initial=None):
        """The challenge, decoded; or, as text, the answer that ends it."""
        self.number += 1
        word = {"imap": f"{self.tag()} AUTHENTICATE", "pop3": "AUTH", "smtp": "AUTH"}[self.protocol]
        line = self.ask(f"{word} {mechanism}".encode() + (b" " + initial if initial is not None else b""))
        return self.challenge(line)

    def challenge(self, line):
        if not self.is_more(line):
            return line
        text = line[4:] if self.protocol == "smtp" else line[2:]
        return base64.b64decode(text) if text else b""

    def clear(self, user, password):
        if self.protocol == "pop3":
            line = self.ask(b"USER " + user)
            return self.ask(b"PASS " + password) if line.startswith("+OK") else line
        self.number += 1
        line = self.ask(self.tag().encode() + b" LOGIN {%d}" % len(user))
        if line.startswith("+"):
            line = self.ask(user + b" {%d}" % len(password))
        return self.ask(password) if line.startswith("+") else line

    def plain(self, user, password):
        said = self.begin("PLAIN")
        return said if isinstance(said, str) else self.ask(base(b"\0" + user + b"\0" + password))

    def login_word(self, user, password):
        said = self.begin("LOGIN")
        if not isinstance(said, str):
            said = self.challenge(self.ask(base(user)))
        return said if isinstance(said, str) else self.ask(base(password))

    def cram_md5(self, user, password):
        said = self.begin("CRAM-MD5")
        return said if isinstance(said, str) else self.ask(cram_md5(said, user, password))

    def apop(self, user, password):
        stamp = re.search(r"<[^>]+>", self.greeting).group().encode()
        return self.ask(b"APOP " + user + b" " + hashlib.md5(stamp + password).hexdigest().encode())

    def external(self, user, _password):
        """By the certificate of the connection."""
        said = self.begin("EXTERNAL", base(user) if self.protocol == "smtp" else None)
        return said if isinstance(said, str) else self.ask(base(user))

    # --- what comes after

    def mail(self, sender, *recipients):
        """The answers of SMTP to a whole mail."""
        lines = [self.ask(b"MAIL FROM:<" + as_bytes(sender) + b">")]
        lines += [self.ask(b"RCPT TO:<" + as_bytes(recipient) + b">") for recipient in recipients]
        if not lines[-1].startswith("250"):
            return lines
        return [*lines, self.ask(b"DATA"), self.ask(b"Subject: x\r\n\r\nbody\r\n.")]

    def is_in(self):
        """Whether the mailbox behind it answers."""
        if self.protocol == "smtp":
            return self.ask(b"NOOP").startswith("250")
        if self.protocol == "pop3":
            return self.ask(b"STAT").startswith("+OK")
        self.number += 1
        return self.ask(self.tag().encode() + b" SELECT INBOX").startswith(f"{self.tag()} OK")


def method_name(method):
    return "login-word" if method == "login" else method


def login(protocol, method, port, user, password="", tls=None, source=None):
    """One try in a connection of its own; that of `ok` was seen to lead somewhere."""
    with Client(protocol, port, tls, source) as client:
        outcome = client.login(method_name(method), user, password)
        if outcome.ok:
            outcome.ok = client.is_in()
        outcome.closed = client.is_closed()
        return outcome


def by_library(protocol, method, port, user, password, tls=None):
    """By imaplib, poplib or smtplib, as most programs of users are made. None: it has no such method."""
    maker = {"imap": by_imaplib, "pop3": by_poplib, "smtp": by_smtplib}[protocol]
    return maker(method, port, user, password, tls)


def by_imaplib(method, port, user, password, tls):
    calls = {"clear": lambda box: box.login(user, password), "cram-md5": lambda box: box.login_cram_md5(user, password),
             "plain": lambda box: box.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())}
    if method not in calls:
        return None
    box = imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=tls, timeout=LIMIT) if tls else \
        imaplib.IMAP4("127.0.0.1", port, timeout=LIMIT)
    try:
        calls[method](box)
        return Outcome(box.select()[0] == "OK", "")
    except imaplib.IMAP4.error as err:
        text = str(err)
        code = CODE["imap"].search(text)
        return Outcome(False, text, code.group(1) if code else "")
    finally:
        box.shutdown()  # after a denial there is nobody to say LOGOUT to


def by_poplib(method, port, user, password, tls):
    if method not in ("clear", "apop"):
        return None
    box = poplib.POP3_SSL("127.0.0.1", port, context=tls, timeout=LIMIT) if tls else poplib.POP3("127.0.0.1", port, LIMIT)
    try:
        if method == "apop":
            box.apop(user, password)
        else:
            box.user(user)
            box.pass_(password)
        return Outcome(box.stat()[0] == 0, "")
    except poplib.error_proto as err:
        text = str(err)
        code = CODE["pop3"].search(text)
        return Outcome(False, text, code.group(1) if code else "")
    finally:
        box.close()


def by_smtplib(method, port, user, password, tls):
    box = smtplib.SMTP_SSL("127.0.0.1", port, context=tls, timeout=LIMIT) if tls else \
        smtplib.SMTP("127.0.0.1", port, timeout=LIMIT)
    try:
        box.ehlo("client.example")
        box.user, box.password = user, password
        code, text = box.auth(method.upper(), getattr(box, "auth_" + method.replace("-", "_")))
    except smtplib.SMTPAuthenticationError as err:
        code, text = err.smtp_code, err.smtp_error
    finally:
        box.close()
    line = f"{code} {text.decode('utf-8', 'backslashreplace')}"
    return Outcome(code == 235, line, CODE["smtp"].search(line).group(1))


def by_curl(protocol, method, port, user, password, tls=None, certificate=None):
    """curl's own; tls: the file of the authority. Asks for nothing but what a login allows."""
    mechanism = {"clear": "*", "apop": "+APOP"}.get(method, method.upper())
    command = ["curl", "-sS", "-k", "--max-time", str(LIMIT), "--user", f"{user}:{password}",
               f"{protocol}{'s' if tls else ''}://127.0.0.1:{port}{'/' if protocol != 'smtp' else ''}"]
    if method != "clear":
        command += ["--login-options", f"AUTH={mechanism}"]
    if certificate:
        command += ["--cert", str(certificate[0]), "--key", str(certificate[1])]
    if protocol == "smtp":
        command += ["--request", "NOOP"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2 * LIMIT, check=False)
    return Outcome(done.returncode == 0, done.stdout + done.stderr)


def certificate_error(port, tls):
    """What nginx' TLS says to a client that it does not want; "": nothing."""
    try:
        with Client("imap", port, tls):
            return ""
    except (ssl.SSLError, Ended) as err:
        return str(err)
