# SPDX-License-Identifier: Apache-2.0
"""The run of `lab/run`: shops send through the relay, a provider blocks a source half way, and a
login is hijacked at the same moment. Leaves truth.json."""

import asyncio
import secrets
import time

import replies
import shops
from client import Clients
from conduct import Block, Greylist, Mailboxes
from login import LoginServer
from provider import Provider
from relay import Relay
from stage import Stage
from tally import Tally
from trouble import Trouble

MAILS_PER_SECOND = 22
BLOCKED = ("google", "out-b")
GREYLISTS = "softbank"
SAID_BLOCKED = f"{BLOCKED[0]} blocks {BLOCKED[1]} from now on"
SAID_LIFTED = f"{BLOCKED[0]} takes mail of {BLOCKED[1]} again"
OVERHEAD_SECONDS = 4  # of --seconds, for start and drain


class ShopStage(Stage):
    """`options` as of lab/run; its `block` is how long the block lasts; None: until the end."""

    leaves = "truth.json"

    def __init__(self, work, tree, options):
        self.seconds, self.seed, self.block_seconds = options.seconds, options.seed, options.block
        self.traffic = traffic_seconds(options.seconds)
        tally = Tally(shops.SOURCES)
        providers = [self.provider(spec, tally) for spec in (*replies.PROVIDERS, replies.HOME)]
        password = secrets.token_hex(8)
        self.logins = LoginServer(str(work / "q/private/auth"), shops.logins(), password)
        super().__init__(work, Relay(work, tree), providers, tally, [self.logins])
        self.clients = Clients(self.relay, password, self.seed)
        self.news = []  # (epoch seconds, what is said then), what comes next first

    def provider(self, spec, tally):
        conducts = [Mailboxes()]
        if spec.name == GREYLISTS:
            conducts.append(Greylist())
        if spec.name == BLOCKED[0]:
            begins = self.traffic / 2
            conducts.append(Block(source=BLOCKED[1], begins=begins,
                                  ends=begins + (self.block_seconds or float("inf"))))
        return Provider(spec, tally, self.seed, conducts)

    async def act(self):
        await self.watch(asyncio.create_task(asyncio.to_thread(self.send)))
        await self.drain()
        self.judge()

    def send(self):
        """Runs in a thread: the whole traffic."""
        mails = shops.plan(self.traffic, MAILS_PER_SECOND, self.seed)
        now = time.time()
        self.plan_news(now + self.traffic / 2)
        self.begin(now)
        self.clients.send(mails, now, now + self.traffic + 3)

    def plan_news(self, begins):
        """The block begins then (epoch seconds), and ends if it is to end."""
        ends = begins + (self.block_seconds or float("inf"))
        self.tally.block_began, self.tally.block_ended = begins, ends
        self.news = [(begins, f"{SAID_BLOCKED}; {shops.HIJACKED} is hijacked"), (ends, SAID_LIFTED)]

    def look(self):
        while self.news and time.time() >= self.news[0][0]:
            self.progress.step(self.news.pop(0)[1])

    def status(self):
        return (f"{time.time() - self.began:.0f} of {self.traffic:.0f} s, {self.clients.sent} "
                f"mails sent in, {self.tally.total()} answers of providers")

    def judge(self):
        clients = self.clients
        if clients.failed or not clients.sent:
            raise Trouble(f"{clients.failed} submissions failed: {clients.errors[:1]}",
                          "mail.log of this run", "look there near `submission/smtpd`")

    async def close(self):
        self.clients.stopping.set()
        await super().close()

    def result(self):
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


def warm_up():
    """As stage.warm_up: what the clients load on first use."""
    Clients(None, "", 0).message(0, shops.plan(1, 5, 1)[0])
