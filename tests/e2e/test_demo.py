# SPDX-License-Identifier: Apache-2.0
"""What `make demo` is: a real Postfix is blocked, todoku sends its mail another way and gives it back by itself.

Counts, states and the order of things, no times: those are judged by `make demo` (lab/bounds.py), for an idle machine.
The traffic goes on until the path is back. With the program of the gcc build only, as test_bench.py: it takes more than a
minute. Skipped where the private Postfix cannot be fetched.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from lab_rig import LOOP, ROOT, alive, follow, launch, said, skip_without_network

sys.path.insert(0, str(ROOT / "lab"))

import bounds  # noqa: E402
import summary  # noqa: E402

TRAFFIC = ("--seconds", "36", "--longest", "176", "--block", "8", "--lift", "26")
needs_debian = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs Debian's tools")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """(place, pids, exit status) of a run that has ended."""
    program = Path(os.environ.get("TODOKU", ROOT / "build" / "todoku")).absolute()
    place = tmp_path_factory.mktemp("demo")
    process = launch(place, LOOP, "--todoku", str(program), "--routes", "--config", str(ROOT / "lab" / "auto.yaml"),
                     "--bounds", "--beside", "--json", str(place / "copy.json"), *TRAFFIC)
    seen = follow(process)
    skip_without_network(place)
    assert (place / "copy.json").exists(), said(place)
    return place, seen, process.returncode


@pytest.fixture
def found(demo):
    return json.loads((demo[0] / "out" / "summary.json").read_text("ascii"))


@needs_debian
def test_no_message_bounces_for_the_block_and_none_is_lost_or_doubled(found):
    assert found["blocked"] > 0
    assert [found[key] for key in ("bounced_by_block", "lost", "duplicated", "disputed")] == [0] * 4
    assert found["messages"] == found["delivered"] + found["bounced"] + found["held"]


@needs_debian
def test_without_todoku_the_same_traffic_bounces_for_the_block(found, demo):
    without = json.loads((demo[0] / "copy.json").read_text("ascii"))["without"]
    assert without["bounced_by_block"] > 0 and without["detoured"] is None
    assert [without[key] for key in ("messages", "lost", "duplicated")] == [found["messages"], 0, 0]


@needs_debian
def test_mail_leaves_by_another_source_and_the_held_is_released(found):
    assert found["detect_s"] is not None and found["detour_s"] is not None
    assert found["detoured"] > found["released"] > 0


@needs_debian
def test_the_path_has_its_mail_back_by_itself(found, demo):
    assert found["returned"] and found["probes"]["tried"] > 0, said(demo[0])
    assert found["seconds"] < float(TRAFFIC[3]), "the traffic was over before the path was back"


@needs_debian
def test_one_comes_after_the_other(found):
    """Detection, hold and detour follow the first blocked reply; the rest is of the timeline."""
    assert min(found[key] for key in ("detect_s", "hold_s", "detour_s", "reopened_s", "return_s")) >= 0
    order = ("a campaign by out-b", "the first blocked reply", "todoku: detour", "todoku: probe", "todoku: ramp",
             "out-b to google is back")
    moments = [next(one["s"] for one in found["timeline"] if words in one["what"]) for words in order]
    assert moments == sorted(moments)


@needs_debian
def test_every_provider_has_its_way(found, demo):
    ways = (("google", "block"), ("microsoft", "rate"), ("softbank", "greylist"), ("docomo", "slow"), ("docomo", "reset"))
    assert [way for way in ways if not summary.times_of(found["providers"][way[0]], way[1])] == []
    assert all(f"  {name} {summary.WAYS[why]} " in said(demo[0]) for name, why in ways)


@needs_debian
def test_every_decision_is_told(found, demo):
    actions = [one["action"] for one in found["decisions"]]
    order = [actions.index(action) for action in ("detour", "probe", "ramp", "return")]
    assert order == sorted(order)
    assert all(one["actor"] == "todoku" and one["reason"] for one in found["decisions"])
    assert all(f"todoku: {action}" in said(demo[0]) for action in ("detour", "probe", "ramp", "return"))


@needs_debian
def test_the_status_and_the_copy_are_of_the_bounds(found, demo):
    missed, copy = bounds.missed(found), json.loads((demo[0] / "copy.json").read_text("ascii"))
    assert demo[2] == (1 if missed else 0)
    assert copy == found | {"bounds_missed": missed, "without": copy["without"]}
    assert all(line in said(demo[0]) for line in bounds.lines(found))


@needs_debian
def test_nothing_is_left_of_the_demo(demo):
    assert len(demo[1]) > 20 and not alive(demo[1])


GOOD = {"bounced_by_block": 0, "lost": 0, "duplicated": 0, "detect_s": 2.0, "detour_s": 10.0, "returned": True}


@pytest.mark.parametrize("key,value", [
    ("bounced_by_block", 1), ("lost", 1), ("duplicated", 1), ("detect_s", 2.01), ("detour_s", 10.01),
    ("detect_s", None), ("detour_s", None), ("returned", None), ("returned", False),
])
def test_a_bound_is_missed(key, value):
    assert not bounds.missed(GOOD)
    assert bounds.missed(GOOD | {key: value}) == [key]
    shown = list(bounds.lines(GOOD | {key: value}))
    assert [line.startswith("MISSED") for line in shown].count(True) == 1
