# SPDX-License-Identifier: Apache-2.0
"""The run itself, in a child of `lab/run` that has dropped its privileges.

Starts providers, login server and Postfix, plays the plan, lets the queue drain, stops all, and
writes truth.json into the work folder. Imports happen before the drop: the child may not be able
to read this folder afterwards.
"""

import asyncio
import codecs
import json
import os
import secrets
import shutil
import signal
import threading
import time

import prctl
import replies
import shops
from client import Clients
from login import LoginServer
from progress import Progress
from provider import Provider
from relay import Relay
from tally import Tally
from trouble import Trouble

MAILS_PER_SECOND = 22
BLOCKED = ("google", "out-b")
SAID_BLOCKED = f"{BLOCKED[0]} blocks {BLOCKED[1]} from now on"
SAID_LIFTED = f"{BLOCKED[0]} takes mail of {BLOCKED[1]} again"
OVERHEAD_SECONDS = 4  # of --seconds, for start and drain
DRAIN_SECONDS = 25
QUIET_SECONDS = 0.6


class Stopped(Exception):
    """Somebody asked for the end."""


class Stage:
    """`block_seconds`: how long the block lasts; None: until the end."""

    def __init__(self, work, tree, options):
        self.work, self.seconds, self.seed = work, options.seconds, options.seed
        self.block_seconds = options.block
        self.traffic = traffic_seconds(options.seconds)
        self.tally = Tally(shops.SOURCES)
        self.providers = [self.provider(spec) for spec in (*replies.PROVIDERS, replies.HOME)]
        self.relay = Relay(work, tree)
        password = secrets.token_hex(8)
        self.logins = LoginServer(str(work / "q/private/auth"), shops.logins(), password)
        self.clients = Clients(self.relay, password, self.seed)
        self.progress = Progress()
        self.parent, self.stopping = os.getppid(), threading.Event()
        self.began = 0.0
        self.news = []  # (epoch seconds, what is said then), what comes next first

    def provider(self, spec):
        blocked = shops.SOURCES[BLOCKED[1]] if spec.name == BLOCKED[0] else None
        return Provider(spec, self.tally, self.seed, blocked)

    async def play(self):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.stopping.set)
        try:
            await self.open()
            await self.watch(asyncio.create_task(asyncio.to_thread(self.send)))
            await self.drain()
            self.judge()
        finally:
            self.progress.end()
            await self.close()
        (self.work / "truth.json").write_text(json.dumps(self.truth(), indent=1) + "\n",
                                              encoding="ascii")

    async def open(self):
        for one in self.providers:
            await one.start()
        self.relay.prepare(self.providers)
        await self.logins.start()
        self.relay.start()
        self.progress.step(f"Postfix starts on {self.relay.ip}:{self.relay.port}")
        await self.watch(asyncio.create_task(asyncio.to_thread(self.relay.wait_ready)))

    def send(self):
        """Runs in a thread: the whole traffic."""
        mails = shops.plan(self.traffic, MAILS_PER_SECOND, self.seed)
        began = time.time()
        self.plan_block(began + self.traffic / 2)
        self.began = began
        self.clients.send(mails, self.began, self.began + self.traffic + 3)

    def plan_block(self, begins):
        """The block begins then (epoch seconds), and ends if it is to end."""
        ends = begins + (self.block_seconds or float("inf"))
        self.tally.block_began, self.tally.block_ended = begins, ends
        for one in self.providers:
            one.block_at, one.lift_at = begins, ends
        self.news = [(begins, f"{SAID_BLOCKED}; {shops.HIJACKED} is hijacked"), (ends, SAID_LIFTED)]

    async def watch(self, task):
        """Wait for the task; meanwhile show progress and look whether all still lives."""
        while not task.done():
            await asyncio.wait([task], timeout=0.25)
            self.alive()
            if not self.began:
                continue
            while self.news and time.time() >= self.news[0][0]:
                self.progress.step(self.news.pop(0)[1])
            self.progress.update(self.status())
        return task.result()

    def alive(self):
        if self.stopping.is_set() or os.getppid() != self.parent:
            raise Stopped
        self.relay.check()

    def status(self):
        return (f"{time.time() - self.began:.0f} of {self.traffic:.0f} s, {self.clients.sent} "
                f"mails sent in, {self.tally.total()} answers of providers")

    async def drain(self):
        """Until nothing is under way: no mail in the active queue, log and counts at rest."""
        self.progress.step("traffic is over; the queue drains")
        deadline, state, since = time.monotonic() + DRAIN_SECONDS, None, 0.0
        while time.monotonic() < deadline:
            self.alive()
            self.relay.postpone_deferred()
            busy = self.relay.waiting() + sum(one.open_mails for one in self.providers)
            now = (busy, self.tally.total(), self.relay.log.stat().st_size)
            if busy or now != state:
                state, since = now, time.monotonic()
            elif time.monotonic() - since >= QUIET_SECONDS:
                return
            await asyncio.sleep(0.1)
        raise Trouble(f"the queue did not drain within {DRAIN_SECONDS} s", "private Postfix",
                      "the machine is too busy: try again when it is idle")

    def judge(self):
        clients = self.clients
        if clients.failed or not clients.sent:
            raise Trouble(f"{clients.failed} submissions failed: {clients.errors[:1]}",
                          "mail.log of this run", "look there near `submission/smtpd`")

    async def close(self):
        self.clients.stopping.set()
        self.relay.stop()
        self.logins.stop()
        for one in self.providers:
            one.stop()
        open_ends = asyncio.all_tasks() - {asyncio.current_task()}
        if open_ends:  # connections whose other side is gone now
            await asyncio.wait(open_ends, timeout=5)

    def truth(self):
        clients, tally = self.clients, self.tally
        return {
            "version": 1, "seed": self.seed, "seconds": self.seconds,
            "began": self.began, "block_began": tally.block_began,
            "block_ended": tally.block_ended if self.block_seconds else None, "ended": time.time(),
            "block": {"provider": BLOCKED[0], "source": BLOCKED[1]},
            "hijacked": shops.HIJACKED,
            "sources": shops.SOURCES,
            "clients": {"sent": clients.sent, "failed": clients.failed,
                        "skipped": clients.skipped, "refused_logins": clients.guesses},
            "logins": dict(sorted(clients.logins.items())),
            "providers": {one.spec.name: self.place(one) for one in self.providers[:-1]},
            "home": self.place(self.providers[-1]),
        }

    def place(self, provider):
        spec = provider.spec
        return {"host": spec.host, "ip": spec.ip, "port": provider.port,
                "domain": spec.domain, **self.tally.report(spec.name)}


def traffic_seconds(seconds):
    """How long mails are sent in a run of so many seconds; the block begins half way."""
    return max(4.0, seconds - OVERHEAD_SECONDS)


def warm_up(clients):
    """Load what Python loads on first use: its library may be unreadable after the drop."""
    for name in ("ascii", "latin-1", "utf-8", "idna"):
        codecs.lookup(name)
    clients.message(0, shops.plan(1, 5, 1)[0])


def drop_privileges(account):
    """Become `account` (a pwd entry) for good."""
    os.setgroups([])
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)


def run(work, tree, account, options):
    """The child's whole life; `options` as of lab/run. Returns its exit status."""
    prctl.adopt_orphans()
    os.umask(0o022)
    parent = os.getppid()
    try:
        warm_up(Clients(None, "", options.seed))
        if account:
            drop_privileges(account)
        asyncio.run(Stage(work, tree, options).play())
    except Stopped:
        if os.getppid() != parent:  # nobody else will tidy up
            shutil.rmtree(work, ignore_errors=True)
        return 3
    except Trouble as err:
        (work / "trouble").write_text(str(err), encoding="utf-8")
        return 1
    return 0
