# SPDX-License-Identifier: Apache-2.0
"""A fake mailbox provider: an SMTP server (RFC 5321, just what Postfix asks) on a loopback address.

Runs in the stage's event loop; one `Session` lives as long as its connection. Bounds: lines of
64 KiB (asyncio's limit), messages of MESSAGE_BYTES, idle sessions of IDLE_SECONDS.
"""

import asyncio
import dataclasses
import random
import socket
import struct
import time

from conduct import RESET, Contact

IDLE_SECONDS = 60
MESSAGE_BYTES = 1 << 20
EHLO = ("PIPELINING", "SIZE 1048576", "8BITMIME", "ENHANCEDSTATUSCODES")


class Provider:
    """`spec` says what it answers, `conducts` when it refuses (conduct.py), `tally` counts."""

    def __init__(self, spec, tally, seed, conducts):
        self.spec, self.tally, self.conducts = spec, tally, conducts
        self.random = random.Random(f"{seed}/{spec.name}")
        self.open_mails = 0
        self.blocks = 0
        self.port = 0
        self.server = None

    async def start(self, port=0):
        """Listen on `port`; 0: on a free one."""
        self.server = await asyncio.start_server(self.serve, self.spec.ip, port)
        self.port = self.server.sockets[0].getsockname()[1]

    def traffic_begins(self, now):
        for one in self.conducts:
            one.start(now)

    def stop(self):
        if self.server:
            self.server.close()

    async def serve(self, reader, writer):
        session = Session(self, reader, writer)
        try:
            await session.talk()
        except (OSError, EOFError, ValueError, asyncio.TimeoutError):
            pass  # the peer went away or sat idle: Postfix logs its side
        finally:
            session.forget_mail()
            writer.close()

    def reply_id(self):
        return f"{self.random.getrandbits(40):010X}"

    def judge(self, contact):
        """(why, reply lines); None when nobody minds; no lines: the connection is cut."""
        for one in self.conducts:
            why = one.judge(contact)
            if why == RESET:
                return why, None
            if why and (words := getattr(self.spec, why)):
                return why, self.next_block() if why == "block" else words
        return None

    def next_block(self):
        self.blocks += 1
        return self.spec.block[self.blocks % len(self.spec.block)]


class Session:
    """One SMTP connection."""

    def __init__(self, provider, reader, writer):
        self.provider, self.reader, self.writer = provider, reader, writer
        self.ip = writer.get_extra_info("peername")[0]
        self.sender, self.rcpts = None, []

    async def talk(self):
        if await self.refused("connect") is not None:
            return
        await self.say(["220 " + self.provider.spec.banner])
        while True:
            async with asyncio.timeout(IDLE_SECONDS):
                line = await self.reader.readline()
            if not line or not await self.obey(line.decode("latin-1").strip()):
                return

    async def obey(self, line):
        """Answer one command; False = close the connection."""
        verb, _, rest = line.partition(" ")
        handler = {"EHLO": self.ehlo, "HELO": self.ehlo, "MAIL": self.mail, "RCPT": self.rcpt,
                   "DATA": self.data, "QUIT": self.quit, "RSET": self.rset,
                   "NOOP": self.noop}.get(verb.upper())
        if handler:
            return await handler(rest)
        return await self.say(["502 5.5.2 Error: command not recognized"])

    async def refused(self, at, rcpts=()):
        """None when nothing is against this step about `rcpts`; else the refusal is said and
        counted, and the result is that of a command."""
        provider, rcpt = self.provider, rcpts[0] if at == "rcpt" else ""
        contact = Contact(at, self.ip, self.sender or "", rcpt, time.time())
        if wait := sum(one.delay(contact) for one in provider.conducts):
            provider.tally.add_slow(provider.spec.name, self.ip)
            await asyncio.sleep(wait)
        verdict = provider.judge(dataclasses.replace(contact, now=time.time()))
        if not verdict:
            return None
        why, reply = verdict
        provider.tally.add(provider.spec.name, self.ip, reply, why, rcpts)
        if why == RESET:
            return self.cut()
        await self.say(reply, rcpt=rcpt)
        return not reply[0].startswith("421")

    def cut(self):
        """End the connection by RST: close(2) with nothing allowed to linger."""
        self.writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        return False

    async def say(self, lines, **words):
        spec = self.provider.spec
        words = {"host": spec.host, "ip": self.ip, "rcpt": "", **words,
                 "id": self.provider.reply_id()}
        text = "".join(line.format(**words) + "\r\n" for line in lines)
        self.writer.write(text.encode("latin-1"))
        await self.writer.drain()
        return True

    async def ehlo(self, _rest):
        lines = [self.provider.spec.host, *EHLO]
        return await self.say([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"])

    async def mail(self, rest):
        self.forget_mail()
        self.sender = address_in(rest)
        self.provider.open_mails += 1
        if (done := await self.refused("mail")) is not None:
            self.forget_mail()
            return done
        return await self.say(["250 2.1.0 Ok"])

    async def rcpt(self, rest):
        rcpt = address_in(rest)
        if self.sender is None:
            return await self.say(["503 5.5.1 Error: need MAIL command"])
        if (done := await self.refused("rcpt", [rcpt])) is not None:
            return done
        self.rcpts.append(rcpt)
        return await self.say(["250 2.1.5 Ok"])

    async def data(self, _rest):
        if not self.rcpts:
            return await self.say(["554 5.5.1 Error: no valid recipients"])
        await self.say(["354 End data with <CR><LF>.<CR><LF>"])
        await self.read_message()
        provider = self.provider
        await asyncio.sleep(provider.random.uniform(*provider.spec.latency_ms) / 1000)
        if (done := await self.refused("eod", self.rcpts)) is None:
            accepted = provider.spec.accepted
            provider.tally.add(provider.spec.name, self.ip, accepted, "fine", self.rcpts)
            done = await self.say(accepted)
        self.forget_mail()
        return done

    async def read_message(self):
        size = 0
        async with asyncio.timeout(IDLE_SECONDS):
            while True:
                line = await self.reader.readline()
                if line in (b".\r\n", b".\n"):
                    return
                size += len(line)
                if not line or size > MESSAGE_BYTES:
                    raise EOFError

    async def rset(self, _rest):
        self.forget_mail()
        return await self.say(["250 2.0.0 Ok"])

    async def noop(self, _rest):
        return await self.say(["250 2.0.0 Ok"])

    async def quit(self, _rest):
        await self.say(["221 2.0.0 Bye"])
        return False

    def forget_mail(self):
        if self.sender is not None:
            self.provider.open_mails -= 1
        self.sender, self.rcpts = None, []


def address_in(text):
    """The address of `FROM:<a@b> SIZE=1`; empty for <>."""
    return text.partition("<")[2].partition(">")[0]
