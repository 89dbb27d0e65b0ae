# SPDX-License-Identifier: Apache-2.0
"""The login server that Postfix' smtpd asks: Dovecot's auth protocol 1.1, PLAIN only.

So far as smtpd speaks it (Dovecot documentation "Authentication Protocol"; Postfix
xsasl_dovecot_server.c): one unix socket, lines with tab-separated fields. Every name of `users`
may log in with the password given at start; all others are refused.
"""

import asyncio
import base64
import binascii
import os

HELLO = "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t{}\nDONE\n"


class LoginServer:
    """Runs in the stage's event loop; the socket's folder must exist."""

    def __init__(self, path, users, password):
        self.path, self.users, self.password = path, frozenset(users), password
        self.refused = 0
        self.server = None

    async def start(self):
        self.server = await asyncio.start_unix_server(self.serve, self.path)

    def stop(self):
        if self.server:
            self.server.close()

    async def serve(self, reader, writer):
        try:
            writer.write(HELLO.format(os.urandom(16).hex()).encode())
            while line := await reader.readline():
                answer = self.answer(line.decode("utf-8", "replace").rstrip("\n").split("\t"))
                writer.write(answer.encode())
                await writer.drain()
        except (OSError, ValueError):
            pass  # smtpd went away
        finally:
            writer.close()

    def answer(self, fields):
        """The line for one request of smtpd, empty for its greeting lines."""
        if fields[0] != "AUTH" or len(fields) < 3:
            return ""
        resp = next((item[5:] for item in fields if item.startswith("resp=")), "")
        user, password = plain(resp)
        if user in self.users and password == self.password:
            return f"OK\t{fields[1]}\tuser={user}\n"
        self.refused += 1
        return f"FAIL\t{fields[1]}\tuser={user}\treason=Invalid credentials\n"


def plain(resp):
    """(user, password) of a SASL PLAIN initial response, RFC 4616; empty when it is not one."""
    try:
        parts = base64.b64decode(resp, validate=True).decode().split("\0")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (parts[1], parts[2]) if len(parts) == 3 else ("", "")
