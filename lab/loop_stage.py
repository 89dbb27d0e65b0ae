# SPDX-License-Identifier: Apache-2.0
"""The run of `lab/loop`: known traffic, a block by volume, and what comes of each message.

A campaign makes one source too loud for one provider, which blocks it until it lifts the block at a
known second. The others greylist, limit rates, and answer slowly or not at all. Leaves
summary.json; the timeline goes to stdout as it happens.
"""

import asyncio
import math
import os
import select
import sys
import time

import conduct
import replies
import shops
import summary
from ledger import Ledger, LogBook
from loop_relay import LoopRelay
from progress import wrapped
from provider import Provider
from stage import Stage
from traffic import LETTERS, TAILS, Traffic, steady, surge
from trouble import Trouble
from witness import Witness

PROVIDER, SOURCE = "google", "out-b"
CAMPAIGN_SECONDS = 6
PATIENCE_SECONDS = 4  # after which the source is blocked even if a busy machine kept it quiet
LAP_SECONDS = 10  # by which the traffic goes on
LAPS_MAX = len(LETTERS)  # besides the first
REPLACED = "another takes its place"
MARGIN = " " * len("  10.0 s  ")
GO_ON, ENOUGH = b"+", b"."  # to the run beside
SETTLE_POLL_SECONDS = LOOK_SECONDS = 0.5
PORT_TRIES = 20


def usual_conducts(begins, ends, per_second):
    """{name of provider: conducts as text} of a run whose campaign begins then and whose block is
    lifted then (seconds after the traffic began); a path has so many messages per second."""
    # A campaign reaches the first of the volumes, a reckless detour of all that waits the second.
    loud, everything = int(10 * per_second) + 15, int(5 * per_second * len(shops.SOURCES)) + 220
    limit = max(1, int(5 * per_second))
    return {
        PROVIDER: [f"volume-block:source={SOURCE},limit={loud},window=10,recovery=600,"
                   f"ends={ends:g}",
                   f"block:source={SOURCE},begins={begins + PATIENCE_SECONDS:g},ends={ends:g}",
                   f"volume-block:limit={everything},window=5"],
        "microsoft": [f"rate-limit:limit={limit},window=8,at=rcpt,ends={2 * begins:g}"],
        "softbank": ["greylist:wait=2"],
        "docomo": ["tarpit:seconds=0.2,at=rcpt", "reset:every=40"],
    }


class LoopStage(Stage):
    """`options` as of lab/loop."""

    leaves = "summary.json"

    def __init__(self, work, tree, options):
        self.options = options
        tally = Ledger(shops.SOURCES, time.time)
        self.book = LogBook(time.time)
        relay = LoopRelay(work, tree, options.additions, self.book)
        conducts = {**usual_conducts(options.block, options.lift, len(TAILS) / options.pause),
                    **options.conducts}
        providers = [Provider(spec, tally, 1, [conduct.parse(text) for text in conducts[spec.name]]
                              + [conduct.Mailboxes()]) for spec in replies.PROVIDERS]
        self.home = Provider(replies.HOME, tally, 1, [])
        self.witness = None
        if options.program:
            self.witness = Witness(options.program, relay, options.more, options.routes,
                                   time.time)
        super().__init__(work, relay, [*providers, self.home], tally,
                         [self.witness] if self.witness else [])
        loud = next(spec for spec in replies.PROVIDERS if spec.name == PROVIDER)
        more = math.ceil((options.longest - options.seconds) / LAP_SECONDS)
        self.traffic = Traffic(relay, [
            steady(options.seconds, options.pause)
            + surge(SOURCE, loud, options.block, CAMPAIGN_SECONDS),
            *(steady(LAP_SECONDS, options.pause, lap) for lap in range(1, more + 1))])
        self.planned = 0  # messages of the first lap
        self.ends = 0.0  # seconds of traffic in the laps that have begun
        self.timeline, self.told, self.looked = [], set(), 0.0
        self.queued = {}

    async def open_providers(self):
        """All on one port, as on 25."""
        for _ in range(PORT_TRIES):
            try:
                await self.providers[0].start()
                for one in self.providers[1:]:
                    await one.start(self.providers[0].port)
                return
            except OSError:  # another has it on one of the addresses
                for one in self.providers:
                    one.stop()
        raise Trouble("no port is free on all of the providers' addresses", replies.PROVIDERS[0].ip,
                      "stop what listens there")

    async def act(self):
        self.begin(time.time())
        await self.lap(self.options.seconds)
        while await self.goes_on():
            await self.lap(LAP_SECONDS)
        await self.watch(asyncio.create_task(self.traffic.finish()))
        await self.watch(asyncio.create_task(self.settle()))
        await self.drain()
        self.queued = self.relay.queued()

    async def lap(self, seconds):
        self.traffic.begin()
        self.planned = self.planned or len(self.traffic.messages)
        self.ends += seconds
        await self.watch(asyncio.create_task(asyncio.sleep(self.began + self.ends - time.time())))

    async def goes_on(self):
        """Is there another lap? As long as the path is not back, and no longer than
        options.longest; the run beside follows us."""
        if self.traffic.begun == len(self.traffic.laps):
            return False
        if self.options.led:
            word = asyncio.create_task(self.word())
            return await self.watch(word)
        more = not self.is_back()
        self.options.tell_beside(more)
        return more

    async def word(self):
        """The one whom we run beside says whether the traffic goes on; its end is a no."""
        while not select.select([sys.stdin], [], [], 0)[0]:
            await asyncio.sleep(SETTLE_POLL_SECONDS)
        return os.read(sys.stdin.fileno(), 1) == GO_ON

    def is_back(self):
        """The blocked path has its mail again, and the daemon has nothing more to do there."""
        if not self.witness:
            return True
        done = [one["action"] for _, one in self.witness.decisions(SOURCE, PROVIDER)]
        found = summary.times(self.facts())
        return "return" in done and found["returned"] and found["closed_s"] is not None

    async def settle(self):
        """Retries go on until only full mailboxes are left, for options.settle seconds at most."""
        deadline = time.monotonic() + self.options.settle
        while time.monotonic() < deadline:
            queued = await asyncio.to_thread(self.relay.queued)
            if all(replies.verdict(rcpt) == "quota" for rcpt in queued):
                return
            await asyncio.sleep(SETTLE_POLL_SECONDS)

    def status(self):
        passed = time.time() - self.began
        known = f" of {self.ends:g}" if passed < self.ends else ""
        return f"{passed:.0f}{known} s, {self.tally.total()} answers of providers"

    def note(self, seconds, text):
        """A moment of the story, seconds after the traffic began."""
        self.timeline.append({"s": round(seconds, 2), "what": text})
        self.progress.clear()
        print(wrapped(f"{seconds:6.1f} s  {text}", MARGIN), flush=True)

    def look(self):
        """Tell what has happened since, each moment once."""
        if time.time() < self.looked + LOOK_SECONDS:
            return
        self.looked = time.time()
        self.tell(summary.times(self.facts()))

    def tell(self, found):
        known = self.moments(found) | self.decisions()
        news = [(at, text) for text, at in known.items() if text not in self.told]
        for at, text in sorted(news, key=lambda one: one[0]):
            self.note(at, text)
        self.told |= known.keys()

    def moments(self, found):
        """{text: seconds after the traffic began} of what has happened."""
        options, first = self.options, found["first_block_s"]
        path = f"{SOURCE} to {PROVIDER}"
        rows = (
            (0, 0, f"traffic begins: {self.planned} messages in {options.seconds:g} s, "
                   f"{len(shops.SOURCES)} sources, {len(replies.PROVIDERS)} providers"),
            (0, options.block, f"a campaign by {path} begins"),
            (0, first, "the first blocked reply"),
            (first, found["bounce_s"], "the first message bounces for the block"),
            (first, found["hold_s"], "the first blocked message is held"),
            (first, found["detect_s"], "todoku has an incident of it"),
            (first, found["detour_s"], f"the first message of {path} leaves by another source"),
            (0, options.lift, f"{PROVIDER} lifts the block"),
            (options.lift, found["reopened_s"], f"{PROVIDER} takes mail of {SOURCE} again"),
            (options.lift, found["return_s"], f"{path} is back: nothing leaves by another source"),
            (options.lift, found["closed_s"], "todoku has closed the incident"),
            (0, options.seconds if self.traffic.begun > 1 else None,
             "the traffic goes on until the path is back"),
        )
        now = time.time() - self.began
        return {text: since + after for since, after, text in rows
                if after is not None and since + after <= now}

    def decisions(self):
        """The same of what todoku decided about the path, in its order; an override that only made
        room for the next is of no interest."""
        if not self.witness:
            return {}
        return {decision_text(one): at - self.began
                for at, one in self.witness.decisions(SOURCE, PROVIDER)
                if one.get("reason") != REPLACED}

    def facts(self):
        witness, seen = self.witness, {}
        if witness:
            seen = {"detected": witness.first(witness.opened, SOURCE, PROVIDER),
                    "closed": witness.first(witness.closed, SOURCE, PROVIDER)}
        return summary.Facts(self.traffic.messages, (SOURCE, PROVIDER), self.tally.answers,
                             self.book.bounced, self.book.held, set(self.queued), self.began,
                             self.began + self.options.lift, **seen)

    def result(self):
        found = summary.summary(self.facts())
        self.tell(found)
        return {
            "version": 1, "todoku": "on" if self.witness else "off", **found,
            "block": {"provider": PROVIDER, "source": SOURCE, "campaign_s": self.options.block,
                      "lift_s": self.options.lift},
            "seconds": self.ends, "began": self.began, "ended": time.time(),
            "log": {"sent": sum(self.book.sent[rcpt] for rcpt in self.traffic.messages),
                    "bounced": len(self.book.bounced)},
            "bounce_mails": self.tally.report(self.home.spec.name)["accepted"],
            "unanswered": self.witness.unanswered if self.witness else None,
            "decisions": [one for _, one in self.witness.decisions(SOURCE, PROVIDER)]
                         if self.witness else None,
            "timeline": self.timeline,
            "providers": {one.spec.name: self.tally.report(one.spec.name)
                          for one in self.providers[:-1]},
        }

    async def close(self):
        self.traffic.stop()
        await super().close()


def decision_text(entry):
    """A line of the timeline; those of one override differ by its name."""
    name = " ".join(filter(None, (entry["action"], entry.get("override"))))
    ways = [entry.get("before"), entry.get("after")]
    way = f" ({ways[0]} → {ways[1]})" if all(ways) and ways[0] != ways[1] else ""
    return f"todoku: {name}{way}: {entry.get('reason', '')}"
