# SPDX-License-Identifier: Apache-2.0
"""What is normal survives a restart: it is learned from the history, not from lines that are gone."""

import os

import pytest
from daemon_rig import Rig, until

HOUR = 3600
WEEKS = 4
AN_HOUR = 30  # messages, usually


@pytest.fixture
def rig(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False, logs=[f"{{file: {tmp_path}/mail.log, backfill: 60d}}"]) as made:
        yield made


def live(rig, campaign=0):
    """Four weeks go by, with a campaign every week at this time; then the daemon and the log are new ones."""
    for hour in range(WEEKS * 168, 0, -1):
        rig.write(rig.lives(AN_HOUR + (campaign if hour % 168 == 0 else 0), ago=hour * HOUR, login="shop"))
    rig.start()
    until(lambda: rig.deliveries().total() == rig.number, lambda: str(rig.status()["history"]))
    assert rig.incidents() == []
    until(lambda: len(rig.events("caught_up")) == 1, rig.said)
    rig.stop()
    os.remove(rig.log)
    rig.start()
    until(lambda: len(rig.events("past_read")) >= 4, rig.said)  # of logins, growth, traffic, volume
    until(lambda: len(rig.events("caught_up")) == 2, rig.said)


def found(rig, kind):
    return [one for one in rig.incidents() if one["kind"] == kind]


def test_far_above_normal_is_told_after_a_restart(rig):
    live(rig)
    rig.write(rig.lives(2000, login="shop"))
    of_domain = until(lambda: [one for one in found(rig, "surge") if one.get("domain") == "c.example"], rig.said)
    of_path = until(lambda: [one for one in found(rig, "surge") if one.get("source") == "out-a"], rig.said)
    of_all = until(lambda: [one for one in found(rig, "surge") if one["scope"] == "the whole fleet"], rig.said)
    for surge in (of_domain, of_path, of_all):
        assert AN_HOUR * 0.8 <= surge[0]["normal"] <= AN_HOUR * 1.2, surge
    growth = until(lambda: found(rig, "growth"), rig.said)
    assert growth[0]["provider"] == "mail.example", growth
    assert AN_HOUR * 24 * 0.8 <= growth[0]["normal"] <= AN_HOUR * 24 * 1.2, growth


def test_a_campaign_of_every_week_is_none_after_a_restart(rig):
    live(rig, campaign=1300)
    rig.write(rig.lives(1300, login="shop"))
    rig.until_read(5 * 1300)
    until(lambda: rig.deliveries().total() == rig.number, rig.said)
    assert found(rig, "surge") == []
    rig.write(rig.lives(2000, login="shop"))  # and what is above it is told
    until(lambda: found(rig, "surge"), rig.said)
