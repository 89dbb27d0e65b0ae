# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon at each stage of its loop, beside a real Postfix: mail goes on as the stage has it while there is
no daemon, the next one takes the stage up, and the loop comes to its end with nothing bounced, lost or twice. The same
with fake commands, stage by stage: test_daemon_routes.py.

A stage lasts until the test goes on with it: the next one needs mail, or a provider that takes it.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import json
import time

import pytest
from daemon_rig import until
from routes_lab import A, B, C, laboratory
from test_exact_postfix import Daemon

LONG = 240  # seconds: what failed or went the old way is tried again half a minute later
D = "d.example"
AUTO = ("mode: auto, probe: { first: %s, interval: 1s, timeout: 1d, successes: 2, longest: 1m }, "
        "ramp: { steps: [50%%], step: 1s, volume: 10, patience: 1d }")
ALONE = "pool: mass } # of a purpose that stands in for nobody else's"


class Loop(Daemon):
    """That decides by itself. Every recipient gets one mail, so that one which comes twice is seen."""

    def __init__(self, *arguments, first="1s", alone=False, **how):
        def settings(text):
            text = text.replace("respond: {", f"respond: {{ {AUTO % first},")
            if alone:
                for ip, name in ((B, "b"), (C, "c")):
                    text = text.replace(f"address: {ip}, helo: {name}.lab.example }}",
                                        f"address: {ip}, helo: {name}.lab.example, {ALONE}")
                text = text.replace("name: out-x, relay", "name: out-x, pool: mass, relay")
                text += "  pools: [ { name: mass, purpose: marketing } ]\n"
            return text
        self.sent = []
        super().__init__(*arguments, settings=settings, **how)

    def mail(self, count=5):
        """To as many people; who they are."""
        recipients = [f"user{len(self.sent) + i}@{D}" for i in range(count)]
        self.sent += recipients
        self.send(recipients)
        return recipients

    def by(self, recipients, *sources):
        """All of it has come, by these."""
        until(lambda: set(recipients) <= set(self.peers.taken(D)), self.log_text, LONG)
        assert {self.peers.taken(D)[recipient] for recipient in recipients} <= set(sources)

    def begin_block(self):
        """Usual mail; then the provider refuses its source, until the daemon knows it."""
        self.by(self.mail(40), A)
        self.peers.blocked[D] = {A}

        self.reaches(lambda: self.stage() != "ok")

    def lift(self):
        self.peers.blocked.clear()

    def stage(self):
        return {(one["provider"], one["source"]): one["stage"] for one in self.said_of_routes()["paths"]}.get((D, "out-a"), "ok")

    def overrides(self):
        return {one["kind"]: one["id"] for one in self.said_of_routes()["overrides"] if one["state"] == "active"}

    def settled(self):
        """The tables say what was decided, and nothing is to be let go."""
        until(lambda: not (self.said_of_routes()["postfix"]["behind"] or self.said_of_routes()["postfix"]["to_release"]),
              self.said, LONG)

    def reaches(self, condition):
        """Mail flows until it is so: no more than a slow machine can take."""
        due = 0.0

        def so():
            nonlocal due
            if time.monotonic() >= due:
                self.mail()
                due = time.monotonic() + 0.5
            return condition()
        until(so, lambda: json.dumps(self.said_of_routes(), indent=1) + self.said(), LONG)

    def die(self):
        self.writer.kill()
        self.writer.wait()

    def ends_well(self):
        """The path is back, everybody has their mail, once, and nothing bounced."""
        self.reaches(lambda: self.stage() == "ok")
        until(lambda: not self.overrides(), self.said, LONG)
        self.settled()
        self.forget()
        self.by(self.mail(), A)
        until(lambda: set(self.sent) == set(self.peers.taken(D)),
              lambda: f"{set(self.sent) - set(self.peers.taken(D))} {self.queue()}", LONG)
        self.waiting(0)
        assert not self.bounced()


@pytest.fixture
def loop(todoku):
    with laboratory(todoku, Loop) as lab:
        yield lab


def test_killed_while_held(todoku):
    """Nobody may stand in: the mail waits, and is not tried."""
    with laboratory(todoku, Loop, alone=True) as lab:
        lab.begin_block()
        until(lambda: "hold" in lab.overrides(), lab.said, LONG)
        lab.settled()
        held = lab.overrides()["hold"]
        lab.die()
        until(lambda: all(name != "active" for _, name, _ in lab.queue().values()), lab.log_text)
        refused = len(lab.peers.refused(D))
        waits = lab.mail()
        def are_held():
            queue = lab.queue()  # a message that moves is missed at times
            return all(f"held by todoku ({held})" in queue.get(one, ("", "", ""))[2] for one in waits)
        until(are_held, lab.log_text)
        assert len(lab.peers.refused(D)) == refused
        lab.lift()
        lab.start()
        lab.ends_well()


def test_killed_while_detoured(todoku):
    with laboratory(todoku, Loop, first="20s") as lab:
        lab.begin_block()
        until(lambda: "detour" in lab.overrides(), lab.said, LONG)
        lab.settled()
        lab.forget()
        detour = lab.overrides()["detour"]
        lab.die()
        lab.by(lab.mail(), B)
        lab.start()
        assert lab.overrides()["detour"] == detour and lab.stage() in ("blocked", "probing")
        lab.lift()
        lab.ends_well()


def test_killed_while_probing(loop):
    """With a probe that waits for a message, or for more of them."""
    loop.begin_block()
    until(lambda: {"detour", "probe"} <= set(loop.overrides()), loop.said, LONG)
    loop.settled()
    before = loop.overrides()
    loop.die()
    loop.lift()
    loop.by(loop.mail(20), A, B)
    loop.start()
    assert loop.overrides()["detour"] == before["detour"]
    loop.ends_well()


def test_killed_while_ramping(loop):
    loop.begin_block()
    loop.lift()
    loop.reaches(lambda: loop.stage() == "ramping")
    until(lambda: not loop.queue(), loop.log_text, LONG)
    loop.settled()
    before = loop.overrides()
    loop.die()
    loop.by(loop.mail(10), *((A, B) if before else (A,)))
    loop.start()
    assert loop.stage() in ("ramping", "ok")
    loop.ends_well()


def test_killed_while_returning(loop):
    """All of its own mail is its own again, and has yet to get through."""
    loop.begin_block()
    loop.lift()
    loop.reaches(lambda: loop.stage() == "ramping")
    loop.reaches(lambda: not loop.overrides())
    loop.settled()
    loop.die()
    loop.forget()
    loop.by(loop.mail(), A)
    loop.start()
    loop.ends_well()


def test_a_block_that_begins_while_there_is_no_daemon(loop):
    """The filter holds what is refused; the next daemon reads of it."""
    loop.by(loop.mail(40), A)
    loop.settled()
    loop.die()
    loop.peers.blocked[D] = {A}
    refused = loop.mail(40)
    loop.waiting(40)
    loop.start()
    until(lambda: "detour" in loop.overrides(), loop.said, LONG)
    loop.by(refused, B)
    loop.lift()
    loop.ends_well()
