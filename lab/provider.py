# SPDX-License-Identifier: Apache-2.0
"""A fake mailbox provider: an SMTP server (RFC 5321, just what Postfix asks) on a loopback address.

Runs in the stage's event loop; one `Session` lives as long as its connection. Bounds: lines of
64 KiB (asyncio's limit), messages of MESSAGE_BYTES, idle sessions of IDLE_SECONDS.
"""

import asyncio
import random
import time

import replies

IDLE_SECONDS = 60
MESSAGE_BYTES = 1 << 20
EHLO = ("PIPELINING", "SIZE 1048576", "8BITMIME", "ENHANCEDSTATUSCODES")


class Provider:
    """`spec` says how it behaves, `tally` counts; `blocked_ip` is refused from `block_at` to
    `lift_at` (epoch seconds, set by the stage when the traffic begins)."""

    def __init__(self, spec, tally, seed, blocked_ip=None):
        self.spec, self.tally = spec, tally
        self.blocked_ip = blocked_ip
        self.block_at = self.lift_at = float("inf")
        self.random = random.Random(f"{seed}/{spec.name}")
        self.known = set()  # (source, sender) pairs past the greylist; the plan bounds them
        self.open_mails = 0
        self.blocks = 0
        self.port = 0
        self.server = None

    async def start(self):
        self.server = await asyncio.start_server(self.serve, self.spec.ip, 0)
        self.port = self.server.sockets[0].getsockname()[1]

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

    def judge_recipient(self, source_ip, sender, rcpt):
        """(reply lines, why) for RCPT TO; reply None = this one is fine."""
        verdict = replies.verdict(rcpt)
        if verdict == "dead" and self.spec.dead:
            return self.spec.dead, "dead"
        if verdict == "quota" and self.spec.quota:
            return self.spec.quota, "quota"
        if self.spec.greylist and (source_ip, sender) not in self.known:
            self.known.add((source_ip, sender))
            return self.spec.greylist, "greylist"
        return None, "fine"

    def judge_message(self, source_ip):
        """(reply lines, why) at the end of DATA."""
        blocked = self.block_at <= time.time() < self.lift_at and source_ip == self.blocked_ip
        if self.spec.block and blocked:
            self.blocks += 1
            return self.spec.block[self.blocks % len(self.spec.block)], "block"
        return self.spec.accepted, "fine"


class Session:
    """One SMTP connection."""

    def __init__(self, provider, reader, writer):
        self.provider, self.reader, self.writer = provider, reader, writer
        self.ip = writer.get_extra_info("peername")[0]
        self.sender, self.rcpts = None, []

    async def talk(self):
        await self.say(["220 " + self.provider.spec.banner])
        while True:
            line = await asyncio.wait_for(self.reader.readline(), IDLE_SECONDS)
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
        return await self.say(["250 2.1.0 Ok"])

    async def rcpt(self, rest):
        rcpt, provider = address_in(rest), self.provider
        if self.sender is None:
            return await self.say(["503 5.5.1 Error: need MAIL command"])
        reply, why = provider.judge_recipient(self.ip, self.sender, rcpt)
        if reply:
            provider.tally.add(provider.spec.name, self.ip, reply, why)
            return await self.say(reply, rcpt=rcpt)
        self.rcpts.append(rcpt)
        return await self.say(["250 2.1.5 Ok"])

    async def data(self, _rest):
        if not self.rcpts:
            return await self.say(["554 5.5.1 Error: no valid recipients"])
        await self.say(["354 End data with <CR><LF>.<CR><LF>"])
        await self.read_message()
        provider = self.provider
        await asyncio.sleep(provider.random.uniform(*provider.spec.latency_ms) / 1000)
        reply, why = provider.judge_message(self.ip)
        provider.tally.add(provider.spec.name, self.ip, reply, why, len(self.rcpts))
        await self.say(reply)
        self.forget_mail()
        return not reply[0].startswith("421")

    async def read_message(self):
        size = 0
        while True:
            line = await asyncio.wait_for(self.reader.readline(), IDLE_SECONDS)
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
