# SPDX-License-Identifier: Apache-2.0
"""What cannot be done about routes for long is an incident of kind `routing` in a real daemon, beside fake commands of
Postfix. What is tried again, and when: test_daemon_routes.py."""

import fcntl
import os

import pytest
from daemon_rig import until
from routed_rig import PROVIDER, Routed

BY_B = {PROVIDER: "out-b:"}


def make(todoku, folder, *arguments, **more):
    return Routed(todoku, folder, *arguments, **more)


def stuck(rig, name):
    """The incident about this part that is open; None: there is none."""
    found = [one for one in rig.incidents() if (one["kind"], one.get("name")) == ("routing", name)]
    assert len(found) <= 1
    return found[0] if found else None


def told(rig, *transitions):
    """Incidents of this kind that people were told of; once where a notice was repeated after a crash."""
    pages = {page["key"]: page for page in rig.hook.pages(*transitions)}
    return [one for page in pages.values() for one in page["incidents"] if one["kind"] == "routing"]


def closed(rig, name):
    until(lambda: not stuck(rig, name), rig.said)
    until(lambda: [one for one in told(rig, "closed") if one["name"] == name], rig.said)
    assert len([one for one in told(rig, "opened") if one["name"] == name]) == 1


def test_a_table_that_cannot_be_written_is_an_incident_until_it_is(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        until(lambda: rig.called("postfix reload"), rig.said)
        with open(rig.state / "postfix" / "routes.lmdb", "rb+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            rig.block()
            one = until(lambda: stuck(rig, "routes.lmdb"), rig.said)
            assert (one["relay"], one["severity"], "provider" in one) == ("relay1", "critical", False)
            assert "the tables of Postfix cannot be written" in one["evidence"][0] and "locked" in one["evidence"][0]
            until(lambda: told(rig, "opened"), rig.said)
        closed(rig, "routes.lmdb")
        assert rig.table("routes") == BY_B


@pytest.mark.parametrize("program, name", [("postqueue", "postqueue"), ("postfix", "postfix reload")])
def test_a_command_that_fails_for_long_is_an_incident_also_over_a_restart(todoku, tmp_path, program, name):
    with make(todoku, tmp_path) as rig:
        rig.behave(program, "fail")
        rig.start()
        rig.block()
        one = until(lambda: stuck(rig, name), rig.said)
        assert (one["severity"], one["evidence"][0].endswith("Operation not permitted")) == ("warning", True)
        until(lambda: told(rig, "opened"), rig.said)
        rig.kill()
        rig.start()
        until(lambda: rig.faults(), rig.said)
        assert stuck(rig, name)["id"] == one["id"]
        rig.behave(program)
        closed(rig, name)


def test_a_state_that_cannot_be_kept_is_an_incident(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        rig.cannot_keep()
        rig.verb("--hold", "--for", "2h", "set", PROVIDER, status=3)
        assert "routes.json" in rig.faults()["state_fault"] and "routes.json" in rig.verb("list")
        assert [one["urgent"] for one in rig.trail("warn")] == [True]
        until(lambda: stuck(rig, "routes.json"), rig.said)
        rig.can_keep()
        closed(rig, "routes.json")
        assert not rig.faults() and [one["urgent"] for one in rig.trail("warn")] == [True, False]


def test_a_damaged_state_is_an_incident_for_a_moment(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        (rig.state / "routes.json").write_text("{")
        rig.start()
        until(lambda: told(rig, "opened"), rig.said)
        assert "routes.json.damaged" in told(rig, "opened")[0]["evidence"][0]
        closed(rig, "routes.json")
        assert os.path.exists(rig.state / "routes.json.damaged")
