# SPDX-License-Identifier: Apache-2.0
"""Routes while the clock of the daemon is set forward and back: those that are right stay, nothing ends early by a small
step, and nothing lasts for ever after one. The daemon is stepped_todoku (stepped_clock.c); what the planner makes of
steps at each of its stages: tests/scenario/route/clock_*.scn."""

import subprocess
from datetime import datetime

import pytest
from conftest import clean_environment
from daemon_rig import LIMIT, Stepped, until
from routed_rig import PROVIDER, Routed

BY_B = {PROVIDER: "out-b:"}
MINUTE, HOUR, DAY = 60, 3600, 86400
EXPIRY = HOUR  # the default of respond: expiry


class SteppedRoutes(Stepped, Routed):
    def lives(self, count, reply=None, ago=0.0, **more):
        return super().lives(count, reply, ago - self.step, **more)

    def lived(self):
        """The daemon has decided something by the clock as it is now."""
        self.verb("--hold", "--for", "2h", "set", f"other{len(self.trail())}.example")
        newest = max(self.trail("set"), key=lambda entry: entry["number"])
        assert abs(newest["time_us"] / 1e6 - self.now()) < LIMIT, newest
        self.settled()

    def left(self):
        """{id: seconds until its rows end}, by its clock."""
        return {one: end / 1e6 - self.now() for one, end in self.ends().items()}

    def expire(self):
        """What the timer does, by the same clock."""
        done = subprocess.run([self.program.parent / "tests" / "e2e" / "stepped_todoku", "route", "expire", "-c", self.config],
                              cwd=self.folder, capture_output=True, text=True, timeout=LIMIT, env=clean_environment(),
                              check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def rig(todoku, tmp_path):
    with SteppedRoutes(todoku, tmp_path) as one:
        one.start()
        one.block()
        until(lambda: one.table("routes") == BY_B, one.said)
        one.settled()
        yield one


def detour(rig):
    found = rig.overrides(kind="detour")
    assert [(one["provider"], one["target"]) for one in found] == [(PROVIDER, "out-b")], found
    return found[0]["id"]


def test_small_steps_end_nothing(rig):
    """Either way, one after the other; and by the clock of the timer too."""
    first = detour(rig)
    rig.verb("--to", "out-c", "--for", "2h", "set", "by-hand.example")
    by_hand = rig.overrides(kind="manual")[0]["id"]
    for step in (10, -10, 2 * MINUTE, -2 * MINUTE, 10 * MINUTE, 0, -10 * MINUTE, 20 * MINUTE, 0):
        rig.set_clock(step)
        rig.lived()
        assert rig.expire() == "nothing is over\n"
        assert detour(rig) == first and rig.table("routes") == BY_B
        assert by_hand in [one["id"] for one in rig.overrides(kind="manual")]
        until(lambda: 0 < rig.left()[first] <= EXPIRY, rig.said)
    assert len(rig.trail("detour")) == 1 and not rig.trail("end")


@pytest.mark.parametrize("step", [-2 * HOUR, -2 * DAY, -400 * DAY])
def test_nothing_lasts_for_ever_after_a_step_back(rig, step):
    first = detour(rig)
    rig.verb("--to", "out-c", "--for", "2h", "set", "by-hand.example")
    rig.set_clock(step)
    rig.lived()
    until(lambda: 0 < rig.left()[first] <= EXPIRY, rig.said)
    assert rig.table("routes") == BY_B and detour(rig) == first
    by_hand = next(one for one in rig.overrides(kind="manual") if one["provider"] == "by-hand.example")
    assert 0 < datetime.fromisoformat(by_hand["expires"].replace("Z", "+00:00")).timestamp() - rig.now() <= 2 * HOUR
    # A daemon that dies now leaves nothing behind for long.
    rig.kill()
    rig.set_clock(step + EXPIRY + MINUTE)
    assert "taken out" in rig.expire()
    assert not rig.table("routes")


@pytest.mark.parametrize("step", [2 * HOUR, 2 * DAY])
def test_a_step_forward_beyond_the_end_leaves_what_is_right(rig, step):
    """The block goes on, and so does its detour; a person's route is over, as it would be by a right clock."""
    first = detour(rig)
    rig.set_clock(step)
    rig.lived()
    until(lambda: 0 < rig.left().get(first, 0) <= EXPIRY, rig.said)
    assert rig.table("routes") == BY_B and detour(rig) == first
    rig.set_clock(0)
    rig.lived()
    until(lambda: 0 < rig.left().get(first, 0) <= EXPIRY, rig.said)
    assert rig.table("routes") == BY_B and detour(rig) == first
    assert len(rig.trail("detour")) == 1


def test_a_step_while_the_daemon_was_dead(rig):
    first = detour(rig)
    for step in (-2 * DAY, 0):
        rig.kill()
        rig.set_clock(step)
        rig.start()
        rig.lived()
        until(lambda: 0 < rig.left().get(first, 0) <= EXPIRY, rig.said)
        assert rig.table("routes") == BY_B and detour(rig) == first
