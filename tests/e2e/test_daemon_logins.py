# SPDX-License-Identifier: Apache-2.0
"""What is normal for a login survives a restart, and nothing of it is counted twice."""

import os

import pytest
from daemon_rig import Rig, until

HOUR = 3600
WEEKS = 2
CAMPAIGN = 900  # below least_recipients of the other surges
THEFT = 2500


@pytest.fixture
def rig(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False, logs=[f"{{file: {tmp_path}/mail.log, backfill: 60d}}"]) as made:
        yield made


def live(rig, between=lambda past: None):
    """Two weeks go by: a fleet of small senders, and a shop with a campaign a week at this time. Then the daemon is
    started anew, without the lines."""
    for hour in range(WEEKS * 168, 0, -6):
        for number in range(15):
            rig.write(rig.lives(1, ago=hour * HOUR, login=f"small{number}"))
        rig.write(rig.lives(20 + (CAMPAIGN if hour % 168 == 0 else 0), ago=hour * HOUR, login="shop"))
    rig.start()
    until(lambda: rig.events("caught_up"), rig.said)
    until(lambda: rig.deliveries().total() == rig.number, rig.said)
    rig.stop()
    between(rig.state / "logins.past")
    os.remove(rig.log)
    rig.start()
    until(lambda: len(rig.events("caught_up")) == 2, rig.said)


def start_again(rig):
    before = len(rig.events("caught_up"))
    rig.start()
    until(lambda: len(rig.events("caught_up")) == before + 1, rig.said)


def fleet_sends(rig):
    return "".join(rig.lives(2, login=f"small{number}") for number in range(15))


def of_logins(rig):
    return [one for one in rig.incidents() if one["kind"] == "surge" and one.get("login")]


def read(rig):
    return [line for line in rig.events("past_read") if "of=logins" in line]


def not_read(rig):
    return [line for line in rig.events("past_not_read") if "of=logins" in line]


def taken(rig):
    until(lambda: rig.deliveries().total() == rig.number, rig.said)


def test_a_campaign_of_every_week_is_no_surge_after_a_restart(rig):
    live(rig)
    assert len(read(rig)) == 1 and "logins=16" in read(rig)[0], rig.said()
    rig.write(fleet_sends(rig) + rig.lives(CAMPAIGN, login="shop"))
    taken(rig)
    assert of_logins(rig) == []
    rig.stop()  # these lines come again, and are known
    start_again(rig)
    assert of_logins(rig) == []
    rig.write(rig.lives(THEFT, login="shop"))
    found = until(lambda: of_logins(rig), rig.said)
    assert [one["login"] for one in found] == ["shop"]
    rig.stop()
    start_again(rig)
    assert [(one["login"], one["opened"]) for one in of_logins(rig)] == [("shop", found[0]["opened"])]


def test_without_the_file_it_is_one(rig):
    live(rig, os.remove)
    assert read(rig) == [] and not_read(rig) == [], rig.said()
    rig.write(fleet_sends(rig) + rig.lives(CAMPAIGN, login="shop"))
    found = until(lambda: of_logins(rig), rig.said)
    assert [one["login"] for one in found] == ["shop"]


def damage(past):
    bytes_kept = bytearray(past.read_bytes())
    bytes_kept[len(bytes_kept) // 2] ^= 0xFF
    past.write_bytes(bytes_kept)


def cut(past):
    past.write_bytes(past.read_bytes()[:-1])


def foreign(past):
    past.write_text("{}")


@pytest.mark.parametrize("between", [damage, cut, foreign])
def test_a_file_that_is_not_whole_is_told_and_left(rig, between):
    live(rig, between)
    assert read(rig) == [] and len(not_read(rig)) == 1, rig.said()
    rig.write(fleet_sends(rig) + rig.lives(CAMPAIGN, login="shop"))
    until(lambda: of_logins(rig), rig.said)
