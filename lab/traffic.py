# SPDX-License-Identifier: Apache-2.0
"""Steady traffic of known numbers, by Postfix' own smtp-source(1).

A `Stream` is one smtp-source: one message after the other at an even pace, each to a recipient of
its own (its option -N counts them), so that a message is known by its recipient wherever it
appears. The streams of a path end their local parts with different digits, as addresses do.
"""

import asyncio
import math
import subprocess
from dataclasses import dataclass

import package
import replies
import shops
from trouble import Trouble

TAILS = "0123456789"
BODY_BYTES = 800
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Stream:
    """`count` messages, one every `pause` seconds (a whole number, smtp-source knows no other), of
    which the first is sent `begins` seconds after the traffic began."""

    source: str
    spec: replies.Spec
    word: str
    tail: str
    begins: float
    pause: int
    count: int

    @property
    def sender(self):
        stream = next(name for name, source in shops.STREAMS.items() if source == self.source)
        domains = shops.domains()
        return f"{stream}@{domains[int(self.tail) % len(domains)]}"

    @property
    def address(self):
        """What smtp-source puts its number in front of."""
        return f".{self.word}{self.tail}@{self.spec.domain}"

    def recipients(self):
        return [f"{number}{self.address}" for number in range(1, self.count + 1)]


def steady(seconds, pause):
    """Even volume on every path for so long: a message a second for a `pause` of len(TAILS)."""
    found = []
    for place, source in enumerate(shops.SOURCES):
        for spec in replies.PROVIDERS:
            found += spread(source, spec, "abc"[place], 0, seconds, pause)
    return found


def surge(source, spec, begins, seconds):
    """A campaign: len(TAILS) messages a second more on one path."""
    return spread(source, spec, "sale", begins, seconds, 1)


def spread(source, spec, word, begins, seconds, pause):
    """Streams that take turns."""
    steps = [pause * place / len(TAILS) for place in range(len(TAILS))]
    return [Stream(source, spec, word, tail, begins + step, pause,
                   math.ceil((seconds - step) / pause)) for tail, step in zip(TAILS, steps)]


class Traffic:
    """Plays streams against `relay`. Owned by the stage's event loop; `stop` ends all."""

    def __init__(self, relay, streams):
        self.relay, self.streams = relay, sorted(streams, key=lambda one: one.begins)
        self.running = []  # (Stream, Popen)
        self.messages = {rcpt: (one.source, one.spec.name)
                         for one in streams for rcpt in one.recipients()}

    async def play(self):
        """All messages are with the relay when this returns."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for one in self.streams:
            await asyncio.sleep(max(0.0, began + one.begins - loop.time()))
            self.running.append((one, self.launch(one)))
        while any(process.poll() is None for _, process in self.running):
            await asyncio.sleep(POLL_SECONDS)
        for one, process in self.running:
            if process.returncode:
                said = process.stderr.read().decode("utf-8", "replace").strip()
                raise Trouble(f"smtp-source to {one.address} ended with {process.returncode}: {said}",
                              "mail.log of this run", "look there near `submission/smtpd`")

    def launch(self, one):
        """It ends by itself when the relay is gone. No preexec_fn: with one, each start would stop
        the event loop, and the providers in it, for the time of a fork."""
        relay = self.relay
        command = [relay.tree / "usr/sbin/smtp-source", "-4", "-M", "pos.shop1.example", "-N",
                   "-m", one.count, "-w", one.pause, "-l", BODY_BYTES, "-S", "Your order",
                   "-f", one.sender, "-t", one.address, f"{relay.ip}:{relay.port}"]
        return subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": package.library_path(relay.tree)})

    def stop(self):
        for _, process in self.running:
            if process.poll() is None:
                process.terminate()
            process.wait()
            process.stderr.close()
