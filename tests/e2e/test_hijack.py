# SPDX-License-Identifier: Apache-2.0
"""A hijack of one of 500 accounts: slowed, held and suspended before 200 messages are out, while nobody else is touched;
what a person says about it; what the modes do.

The daemon learns three days of the fleet from its log; the thief then sends as Postfix would ask about it.
"""

import os
import signal
from collections import Counter

import pytest
from daemon_rig import until
from hijack_rig import CAREFUL, THIEF, Fleet, client_of, steal

OTHER = "user78@jp.test"
NEAR = CAREFUL / 2  # "slow" may be left out


class Watched(Fleet):
    """What Postfix would ask, said by the test itself."""

    def __init__(self, program, folder, mode):
        super().__init__(program, folder, mode)
        self.learn().until_it_listens()
        self.door, self.number = self.asker(), 0

    def send(self, login, client, to, sender=None):
        """As Postfix asks about one message: what is said in the end."""
        self.number += 1
        more = {"client_address": client, "sender": sender or login, "queue_id": f"F{self.number:X}"}
        for stage, count in (("RCPT", 0), ("END-OF-MESSAGE", 1)):
            action = self.door.ask(login, count, stage, str(self.number), recipient=to, **more)
            if action != "DUNNO":
                return action
        return action

    def thief(self, number, login=THIEF):
        return self.send(login, f"45.{number % 250}.9.9", f"victim{number}@target{number}.example",
                         f"offer{number}@brand{number}.example")

    def honest(self, number):
        account = 100 + number % 300
        return self.send(f"user{account}@jp.test", client_of(account), f"friend{number % 7}@g{account}.example")


@pytest.fixture
def watched(todoku, tmp_path, request):
    with Watched(todoku, tmp_path, request.param) as rig:
        yield rig
        rig.door.close()


def steal_until(rig, last):
    """The thief sends until this is the answer, and others beside; {action: how often} of the thief, actions of the others."""
    thief, others = Counter(), set()

    def send(number):
        thief[rig.thief(number).split(" ")[0]] += 1
        others.add(rig.honest(number))
    steal(rig, send, lambda: last in thief, careful=NEAR)
    return thief, others


def assert_forgiven(rig):
    """The thief goes on and nothing is done, while another one is stopped: what judged that one has judged him, too."""
    told = rig.steps().count((THIEF, "hold"))

    def send(number):
        assert rig.thief(1000 + number) == "DUNNO"
        rig.thief(number, OTHER)
    steal(rig, send, lambda: OTHER in rig.flags() and (OTHER, "hold") in rig.steps(), OTHER, NEAR)
    assert list(rig.flags()) == [OTHER] and rig.steps().count((THIEF, "hold")) == told


@pytest.mark.parametrize("watched", ["auto"], indirect=True)
def test_a_thief_is_stopped_and_nobody_else(watched, todoku, run):
    rig = watched
    rig.guess()
    thief, others = steal_until(rig, "550")
    assert others == {"DUNNO"}
    assert thief["DUNNO"] + thief["FILTER"] < 200 and thief["HOLD"] > 0, thief
    until(lambda: rig.hijacks(), rig.said)
    found = rig.hijacks()
    assert [one["login"] for one in found] == [THIEF]
    assert "score" in found[0]["evidence"][0] and found[0]["severity"] == "critical"
    assert list(rig.flags()) == [THIEF] and "suspended" in rig.flags()[THIEF]
    until(lambda: rig.metric('todoku_account_verdicts_total{step="suspend"}') >= 1, rig.said)
    # The owner did it: closing the incident takes everything back, and the same again is no hijack.
    run("incident", "close", "-c", rig.config, found[0]["id"])
    until(lambda: not rig.flags(), rig.said)
    until(lambda: not rig.hijacks(), rig.said)
    assert_forgiven(rig)


@pytest.mark.parametrize("watched", ["auto"], indirect=True)
def test_resumed_by_its_flag(watched, run):
    """A person who clears the flag says the same as one who closes the incident."""
    rig = watched
    rig.guess()
    steal_until(rig, "550")
    run("account", "resume", "-c", rig.config, THIEF)
    until(lambda: not rig.flags(), rig.said)
    until(lambda: rig.events("account_pardoned"), rig.said)
    until(lambda: not rig.hijacks(), rig.said)
    assert rig.thief(2000) == "DUNNO"


def restart(rig):
    """Without the lines that it has learned from."""
    rig.door.close()
    rig.stop()
    os.remove(rig.log)
    rig.start().until_it_listens()
    until(lambda: len(rig.events("caught_up")) == 2, rig.said)
    rig.door = rig.asker()


@pytest.mark.parametrize("watched", ["auto"], indirect=True)
def test_resumed_after_a_restart(watched, run):
    """The flag outlives the daemon, and so does what it means to clear it."""
    rig = watched
    rig.guess()
    steal_until(rig, "550")
    restart(rig)
    assert rig.thief(2000).startswith("550")
    run("account", "resume", "-c", rig.config, THIEF)
    until(lambda: rig.events("account_pardoned"), rig.said)
    assert_forgiven(rig)


def read_another_log(rig):
    text = rig.config.read_text()
    rig.config.write_text(text.replace(f"  - file: {rig.log}\n", f"  - file: {rig.folder}/another.log\n"))
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: len(rig.events("caught_up")) == 2, rig.said)


@pytest.mark.parametrize("how", [restart, read_another_log])
@pytest.mark.parametrize("watched", ["auto"], indirect=True)
def test_the_past_is_kept(watched, how):
    """Who is a newcomer may send twice as much, and nobody is new to him."""
    rig = watched
    how(rig)
    thief, others = steal_until(rig, "HOLD")
    assert others == {"DUNNO"} and thief["HOLD"] > 0
    said = until(lambda: rig.events("account_verdict"), rig.said)[0]
    assert "up to 50 would be normal" in said and "addresses never written to" in said


@pytest.mark.parametrize("watched, said", [("observe", False), ("propose", True)], indirect=["watched"])
def test_without_a_yes_nothing_is_done(watched, said):
    rig = watched
    rig.guess()
    number = 0

    def is_sure():
        nonlocal number
        number += 1
        assert rig.thief(number) == "DUNNO"
        return any("(suspend)" in one["evidence"][-1] for one in rig.hijacks())
    until(is_sure, rig.said)
    assert all(("to do it: todoku account suspend" in one["evidence"][-1]) == said for one in rig.hijacks())
    assert not rig.flags()
