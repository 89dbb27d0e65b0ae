# SPDX-License-Identifier: Apache-2.0
"""A run itself, in a child of the watcher that has dropped its privileges.

Starts providers, servers and Postfix, plays what the kind of run is made of, lets the queue drain,
stops all, and writes what came of it into the work folder. Imports happen before the drop: the
child may not be able to read this folder afterwards.
"""

import asyncio
import codecs
import concurrent.futures.thread  # noqa: F401  of asyncio.to_thread, loaded before the drop
import json
import os
import shutil
import signal
import threading
import time

import prctl
from progress import Progress
from trouble import Trouble

POLL_SECONDS = 0.1
STUCK_SECONDS = 60
QUIET_SECONDS = 0.6


class Stopped(Exception):
    """Somebody asked for the end."""


class Stage:
    """What all runs have in common. A kind of run says what is played (`act`), what is shown
    meanwhile (`status`, `look`), and what came of it (`result`, for the file `leaves`).

    `servers`: what else answers Postfix, with `start` (a coroutine) and `stop`."""

    leaves = None

    def __init__(self, work, relay, providers, tally, servers=()):
        self.work, self.relay, self.providers, self.servers = work, relay, providers, servers
        self.tally = tally
        self.progress = Progress()
        self.parent, self.stopping = os.getppid(), threading.Event()
        self.began = 0.0  # epoch seconds: when the traffic began

    async def play(self):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.stopping.set)
        try:
            await self.open()
            await self.act()
            result = self.result()
        finally:
            self.progress.end()
            await self.close()
        (self.work / self.leaves).write_text(json.dumps(result, indent=1) + "\n", encoding="ascii")

    async def open(self):
        await self.open_providers()
        self.relay.prepare(self.providers)
        for one in self.servers:
            await one.start()
        self.relay.start()
        self.progress.step(f"Postfix starts on {self.relay.ip}:{self.relay.port}")
        await self.watch(asyncio.create_task(asyncio.to_thread(self.relay.wait_ready)))

    async def open_providers(self):
        for one in self.providers:
            await one.start()

    def begin(self, now):
        """The traffic begins now (epoch seconds)."""
        for one in self.providers:
            one.traffic_begins(now)
        self.began = now

    async def watch(self, task):
        """Wait for the task; meanwhile show progress and look whether all still lives."""
        try:
            while not task.done():
                await asyncio.wait([task], timeout=POLL_SECONDS)
                self.alive()
                if self.began:
                    self.look()
                    self.progress.update(self.status())
            return task.result()
        finally:
            task.cancel()

    def alive(self):
        if self.stopping.is_set() or os.getppid() != self.parent:
            raise Stopped
        self.relay.check()

    def look(self):
        """Called while the run is watched, some times a second."""

    async def drain(self):
        """Until nothing is under way: no mail in the active queue, log and counts at rest. A busy
        machine has time for it, as long as something goes on."""
        self.progress.step("traffic is over; the queue drains")
        state, since = None, time.monotonic()
        while time.monotonic() - since < STUCK_SECONDS:
            self.alive()
            self.relay.postpone_deferred()
            self.relay.hasten_incoming()
            busy = self.relay.waiting() + sum(one.open_mails for one in self.providers)
            now = (busy, self.tally.total(), self.relay.log.stat().st_size)
            if now != state:
                state, since = now, time.monotonic()
            elif not busy and time.monotonic() - since >= QUIET_SECONDS:
                return
            await asyncio.sleep(0.1)
        raise Trouble(f"the queue does not drain: nothing went on for {STUCK_SECONDS} s",
                      "private Postfix", "the machine may be too busy: try again when it is idle")

    async def close(self):
        self.relay.stop()
        for one in (*self.servers, *self.providers):
            one.stop()
        open_ends = asyncio.all_tasks() - {asyncio.current_task()}
        if open_ends:  # connections whose other side is gone now
            await asyncio.wait(open_ends, timeout=5)


def warm_up():
    """Load what Python loads on first use: its library may be unreadable after the drop."""
    for name in ("ascii", "latin-1", "utf-8", "idna"):
        codecs.lookup(name)


def drop_privileges(account):
    """Become `account` (a pwd entry) for good."""
    os.setgroups([])
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)


def run(make, work, account):
    """The child's whole life; `make` makes its Stage after the drop. Returns its exit status."""
    prctl.adopt_orphans()
    os.umask(0o022)
    parent = os.getppid()
    try:
        warm_up()
        if account:
            drop_privileges(account)
        asyncio.run(make().play())
    except Stopped:
        if os.getppid() != parent:  # nobody else will tidy up
            shutil.rmtree(work, ignore_errors=True)
        return 3
    except Trouble as err:
        (work / "trouble").write_text(str(err), encoding="utf-8")
        return 1
    return 0
