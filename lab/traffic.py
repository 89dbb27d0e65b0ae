# SPDX-License-Identifier: Apache-2.0
"""Steady traffic of known numbers, by Postfix' own smtp-source(1).

A `Stream` is one smtp-source: one message after the other at an even pace, each to a recipient of
its own (its option -N counts them), so that a message is known by its recipient wherever it
appears. The streams of a path end their local parts with different digits, as addresses do. A lap
is what is sent in one go: streams that begin and end together, more or less.
"""

import asyncio
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import package
import prctl
import replies
import shops
from trouble import Trouble

TAILS = "0123456789"
BODY_BYTES = 800
LETTERS = "abcdefghijklmnopqrstuvwxyz"
POLL_SECONDS = 0.1
SAID_BYTES = 1000  # of a failure


@dataclass(frozen=True)
class Stream:
    """`count` messages, one every `pause` seconds (a whole number, smtp-source knows no other), of
    which the first is sent `begins` seconds after the lap began."""

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


def steady(seconds, pause, lap=0):
    """Even volume on every path for so long: a message a second for a `pause` of len(TAILS). Each
    lap, up to len(LETTERS), has recipients of its own."""
    found = []
    for place, source in enumerate(shops.SOURCES):
        word = LETTERS[place] + (LETTERS[lap - 1] if lap else "")
        for spec in replies.PROVIDERS:
            found += spread(source, spec, word, 0, seconds, pause)
    return found


def surge(source, spec, begins, seconds):
    """A campaign: len(TAILS) messages a second more on one path."""
    return spread(source, spec, "sale", begins, seconds, 1)


def spread(source, spec, word, begins, seconds, pause):
    """Streams that take turns."""
    steps = [pause * place / len(TAILS) for place in range(len(TAILS))]
    return [Stream(source, spec, word, tail, begins + step, pause,
                   math.ceil((seconds - step) / pause))
            for tail, step in zip(TAILS, steps) if step < seconds]


class Traffic:
    """Plays laps against `relay`, one after the other, from a process of its own: starting streams
    would stop the event loop, and the providers in it, for the time of as many forks. Make it
    before there are threads; `begin` a lap when the relay is ready; `stop` ends all.

    `messages`: {recipient: (source, provider)} of the laps that have begun."""

    def __init__(self, relay, laps):
        self.relay, self.laps, self.begun = relay, laps, 0
        self.messages = {}
        waits, self.go = os.pipe()
        self.said, says = os.pipe()
        self.player = os.fork()
        if self.player == 0:
            os.close(self.go)
            os.close(self.said)
            os._exit(play_apart(self.relay, self.laps, waits, says))
        os.close(waits)
        os.close(says)

    def begin(self):
        """The next lap; not after the last."""
        lap = self.laps[self.begun]
        self.messages |= {rcpt: (one.source, one.spec.name)
                          for one in lap for rcpt in one.recipients()}
        self.begun += 1
        try:
            os.write(self.go, b"!")
        except BrokenPipeError:
            pass  # finish() says why

    async def finish(self):
        """No more laps: all messages are with the relay when this returns."""
        self.hang_up()
        while (done := os.waitpid(self.player, os.WNOHANG)) == (0, 0):
            await asyncio.sleep(POLL_SECONDS)
        self.player = 0
        if done[1]:
            raise Trouble("smtp-source failed: " + os.read(self.said, SAID_BYTES).decode().strip(),
                          "mail.log of this run", "look there near `submission/smtpd`")

    def hang_up(self):
        if self.go is not None:
            os.close(self.go)
            self.go = None

    def stop(self):
        if self.player:
            os.kill(self.player, signal.SIGTERM)
            os.waitpid(self.player, 0)
            self.player = 0
        self.hang_up()
        os.close(self.said)


def play_apart(relay, laps, waits, says):
    """The player's life: waits for the word, starts the streams of a lap in their time, and so on
    until nobody holds the other end; outlives them all. Its exit status is 1 when one failed; what
    that one said goes to `says`."""
    running = []
    try:
        prctl.die_with_parent()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        for lap in laps:
            if not os.read(waits, 1):
                break
            began = time.monotonic()
            for one in sorted(lap, key=lambda one: one.begins):
                time.sleep(max(0.0, began + one.begins - time.monotonic()))
                running.append(launch(relay, one))
        failed = [process for process in running if process.wait()]
        for process in failed[:1]:
            os.write(says, process.stderr.read()[:SAID_BYTES])
        return 1 if failed else 0
    except BaseException as err:  # it must never return into its parent's code
        os.write(says, repr(err).encode()[:SAID_BYTES])
        return 1
    finally:
        for process in running:
            if process.poll() is None:
                process.terminate()


def launch(relay, one):
    command = [relay.tree / "usr/sbin/smtp-source", "-4", "-M", "pos.shop1.example", "-N",
               "-m", one.count, "-w", one.pause, "-l", BODY_BYTES, "-S", "Your order",
               "-f", one.sender, "-t", one.address, f"{relay.ip}:{relay.port}"]
    return subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": package.library_path(relay.tree)})
