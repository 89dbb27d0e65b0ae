# SPDX-License-Identifier: Apache-2.0
"""The run of `lab/loop`: known traffic, a block by volume, and what comes of each message.

A campaign makes one source too loud for one provider, which blocks it until it lifts the block at a
known second. The others greylist, limit rates, and answer slowly or not at all. Leaves
summary.json; the timeline goes to stdout as it happens.
"""

import asyncio
import time

import conduct
import replies
import shops
import summary
from ledger import Ledger, LogBook
from loop_relay import LoopRelay
from provider import Provider
from stage import Stage
from traffic import TAILS, Traffic, steady, surge
from trouble import Trouble
from witness import Witness

PROVIDER, SOURCE = "google", "out-b"
CAMPAIGN_SECONDS = 6
PATIENCE_SECONDS = 4  # after which the source is blocked even if a busy machine kept it quiet
SETTLE_POLL_SECONDS = LOOK_SECONDS = 0.5
PORT_TRIES = 20


def usual_conducts(begins, ends, per_second):
    """{name of provider: conducts as text} of a run whose campaign begins then and whose block is
    lifted then (seconds after the traffic began); a path has so many messages per second."""
    # A campaign reaches the first of the volumes, a reckless detour of all that waits the second.
    loud, everything = int(10 * per_second) + 15, int(5 * per_second * len(shops.SOURCES)) + 220
    limit = max(1, int(1.5 * per_second))
    third = f"begins={begins / 3:g},ends={begins * 2 / 3:g}"
    return {
        PROVIDER: [f"volume-block:source={SOURCE},limit={loud},window=10,recovery=600,"
                   f"ends={ends:g}",
                   f"block:source={SOURCE},begins={begins + PATIENCE_SECONDS:g},ends={ends:g}",
                   f"volume-block:limit={everything},window=5"],
        "microsoft": [f"rate-limit:limit={limit},window=2,at=rcpt,{third}"],
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
        self.traffic = Traffic(relay, steady(options.seconds, options.pause)
                               + surge(SOURCE, loud, options.block, CAMPAIGN_SECONDS))
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
        await self.watch(asyncio.create_task(self.traffic.play()))
        await self.watch(asyncio.create_task(self.settle()))
        await self.drain()
        self.queued = self.relay.queued()

    async def settle(self):
        """Retries go on until only full mailboxes are left, for options.settle seconds at most."""
        deadline = time.monotonic() + self.options.settle
        while time.monotonic() < deadline:
            queued = await asyncio.to_thread(self.relay.queued)
            if all(replies.verdict(rcpt) == "quota" for rcpt in queued):
                return
            await asyncio.sleep(SETTLE_POLL_SECONDS)

    def status(self):
        return (f"{time.time() - self.began:.0f} of {self.options.seconds:g} s, "
                f"{self.tally.total()} answers of providers")

    def note(self, seconds, text):
        """A moment of the story, seconds after the traffic began."""
        self.timeline.append({"s": round(seconds, 2), "what": text})
        self.progress.end()
        print(f"{seconds:6.1f} s  {text}", flush=True)

    def look(self):
        """Tell what has happened since, each moment once."""
        if time.time() < self.looked + LOOK_SECONDS:
            return
        self.looked = time.time()
        self.tell(summary.summary(self.facts()))

    def tell(self, found):
        known = self.moments(found) | self.decisions()
        for at, text in sorted((at, text) for text, at in known.items() if text not in self.told):
            self.note(at, text)
        self.told |= known.keys()

    def moments(self, found):
        """{text: seconds after the traffic began} of what has happened."""
        options, first = self.options, found["first_block_s"]
        path = f"{SOURCE} to {PROVIDER}"
        rows = (
            (0, 0, f"traffic begins: {len(self.traffic.messages)} messages in "
                   f"{options.seconds:g} s, {len(shops.SOURCES)} sources, "
                   f"{len(replies.PROVIDERS)} providers"),
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
        )
        now = time.time() - self.began
        return {text: since + after for since, after, text in rows
                if after is not None and since + after <= now}

    def decisions(self):
        """The same of what todoku decided about the path."""
        if not self.witness:
            return {}
        return {decision_text(one): at - self.began
                for at, one in self.witness.decisions(SOURCE, PROVIDER)}

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
            "seconds": self.options.seconds, "began": self.began, "ended": time.time(),
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
