# SPDX-License-Identifier: Apache-2.0
"""The Rig of daemon_rig.py with a quota listener, asked as Postfix asks it (test_quota_postfix.py has Postfix itself)."""

import itertools
import subprocess

from conftest import clean_environment
from daemon_rig import LIMIT, Rig, free_port, until
from policy_rig import Connection


class Quota(Rig):
    """servers: {name: port}; rows: of mailboxes; more: lines of the section."""

    def __init__(self, program, folder, servers, rows=None, more=""):
        self.port = free_port()
        super().__init__(program, folder, start=False)
        self.numbers = itertools.count(1)
        self.table = self.folder / "mailboxes"
        self.put(rows if rows is not None else [f"@example.com {next(iter(servers))}"])
        self.settings(servers, more)

    def put(self, rows):
        """The table, as postmap reads it; put in place in one piece."""
        new = self.table.with_suffix(".new")
        new.write_text("".join(row + "\n" for row in rows))
        new.rename(self.table)

    def settings(self, servers, more=""):
        """Read at the next start or SIGHUP."""
        rows = "".join(f"    - {{ name: {name}, address: \"127.0.0.1:{port}\" }}\n" for name, port in servers.items())
        mailboxes = "" if "mailboxes:" in more else f"  mailboxes: \"text:{self.table}\"\n"
        self.configure([], f"quota:\n  listen: 127.0.0.1:{self.port}\n{mailboxes}  servers:\n{rows}{more}",
                       [f"file: {self.log}"])

    def connect(self):
        return Connection(("127.0.0.1", self.port))

    def until_it_listens(self):
        def listens():
            try:
                self.connect().close()
                return True
            except OSError:
                return False
        until(listens, self.said)
        return self

    def verb(self, *words):
        return subprocess.run([self.program, *words, "-c", self.config], capture_output=True, text=True, timeout=LIMIT,
                              check=False, env=clean_environment())

    def message(self, size=0):
        return Message(self, size)

    def shown(self):
        return self.ask("/api/v1/quota")[1]

    def server(self, name):
        """As it is shown; {} as long as it is not."""
        return next((server for server in self.shown()["servers"] if server["name"] == name), {})


class Message:
    """One on its way in, on a connection of its own: rcpt() and end() give what Postfix is told."""

    def __init__(self, rig, size):
        self.link, self.size, self.instance, self.recipients = rig.connect(), size, f"i{next(rig.numbers)}", []

    def ask(self, stage, recipient, size, count):
        self.link.say(question(stage, recipient, size, count, self.instance))
        return self.link.hear()

    def rcpt(self, recipient):
        said = self.ask("RCPT", recipient, self.size, 0)
        if said == "DUNNO":
            self.recipients.append(recipient)
        return said

    def end(self, size, recipients=None):
        """recipients: those that Postfix let in, where it refused some itself."""
        let_in = self.recipients if recipients is None else recipients
        return self.ask("END-OF-MESSAGE", let_in[0] if len(let_in) == 1 else "", size, len(let_in))


def question(stage, recipient, size, count, instance):
    attributes = {"request": "smtpd_access_policy", "protocol_state": stage, "protocol_name": "ESMTP",
                  "client_address": "192.0.2.7", "sender": "s@example.net", "recipient": recipient,
                  "recipient_count": count, "queue_id": "", "instance": instance, "size": size}
    return "".join(f"{name}={value}\n" for name, value in attributes.items()).encode() + b"\n"
