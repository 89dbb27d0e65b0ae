# SPDX-License-Identifier: Apache-2.0
"""Routes in a real daemon, without a Postfix: lines of a log make the block, tables are read back, fake commands stand
in. What is decided by whom, what a crash leaves, and what happens when a table or a command fails."""

import fcntl
import json
import re
import resource
import signal
import struct

import pytest
from daemon_rig import until
from routed_rig import PROVIDER, QUICK_PROBES, Routed

BY_B = {PROVIDER: "out-b:"}
REGULAR = f"regular@{PROVIDER}"


def make(todoku, folder, *arguments, **more):
    return Routed(todoku, folder, *arguments, **more)


def detoured(rig):
    """Blocked, and its mail goes by out-b."""
    rig.block()
    until(lambda: rig.table("routes") == BY_B, rig.said)
    rig.settled()


# --- Modes


def test_observe_writes_nothing_and_calls_nothing(todoku, tmp_path):
    with make(todoku, tmp_path, "observe") as rig:
        rig.start()
        rig.block()
        until(rig.trail, rig.said)
        rig.refusals(count=5)
        rig.until_read(5 * rig.number)
        assert [one["action"] for one in rig.trail()] == ["observe"] and not rig.overrides() + rig.overrides("proposed")
        assert not (rig.state / "postfix").exists() and not rig.called("postfix")
        assert not rig.called("postqueue -i")


def test_propose_waits_for_a_yes(todoku, tmp_path):
    with make(todoku, tmp_path, "propose") as rig:
        rig.start()
        rig.queue([("4F000001", f"u1@{PROVIDER}"), ("4F000002", "u2@other.example")])
        rig.block()
        asked = until(lambda: rig.overrides("proposed"), rig.said)[0]
        assert (asked["kind"], asked["source"], asked["target"]) == ("detour", "out-a", "out-b")
        assert not rig.table("routes") and not rig.called("postqueue -i")
        assert asked["id"] in rig.verb("list") and "proposed" in rig.verb("list")
        rig.verb("approve", asked["id"])
        until(lambda: rig.table("routes") == BY_B, rig.said)
        until(lambda: rig.called("postqueue -i") == ["postqueue -i 4F000001"], rig.said)  # only mail for this provider
        assert rig.overrides()[0]["actor"] == rig.trail("approve")[0]["actor"] != "todoku"
        assert "there is no override" in rig.verb("approve", asked["id"], status=1)
        until(lambda: rig.told("approve"), rig.said)


def test_a_no_holds(todoku, tmp_path):
    with make(todoku, tmp_path, "propose") as rig:
        rig.start()
        rig.block()
        asked = until(lambda: rig.overrides("proposed"), rig.said)[0]
        rig.verb("deny", asked["id"])
        rig.refusals()
        rig.until_read(5 * rig.number)
        assert not rig.overrides() + rig.overrides("proposed") and not rig.table("routes")
        assert [one["override"] for one in rig.trail("deny")] == [asked["id"]]


def test_auto_acts_and_an_undone_route_does_not_come_again(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        detoured(rig)
        one = rig.overrides()[0]
        assert (one["kind"], one["target"], one["actor"]) == ("detour", "out-b", "todoku")
        until(lambda: rig.called("postfix reload"), rig.said)  # for the new filter
        assert (rig.state / "postfix" / "hold.pcre").exists()
        said = json.loads(rig.verb("--format", "json", "undo", one["id"]))
        assert not [row for row in said["overrides"] if row["state"] == "active"]
        until(lambda: not rig.table("routes"), rig.said)
        rig.refusals()
        rig.until_read(5 * rig.number)
        assert not rig.overrides() and not rig.table("routes") and rig.trail("undo")


# --- A person's route


def test_a_manual_route_wins_and_ends_by_clear(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        detoured(rig)
        rig.verb("--to", "out-c", "--for", "2h", "--reason", "moving", "set", PROVIDER)
        until(lambda: rig.table("routes") == {PROVIDER: "out-c:"}, rig.said)
        assert [one["kind"] for one in rig.overrides()] == ["manual"] and "moving" in rig.verb("list")
        rig.refusals()
        rig.until_read(5 * rig.number)
        assert rig.table("routes") == {PROVIDER: "out-c:"}
        rig.verb("--hold", "--for", "1h", "set", PROVIDER)  # replaces it
        until(lambda: PROVIDER in rig.table("holds") and not rig.table("routes"), rig.said)
        assert rig.table("holds")[PROVIDER].startswith("retry:")
        rig.verb("clear", PROVIDER)
        until(lambda: not rig.table("holds"), rig.said)
        assert "nobody has set a route" in rig.verb("clear", PROVIDER, status=1)


def test_a_share_by_hand(todoku, tmp_path):
    with make(todoku, tmp_path, "observe") as rig:
        rig.start()
        rig.usual()
        rig.until_read(5 * rig.number)
        rig.verb("--to", "out-b", "--share", "50%", "--until", "2099-01-01 00:00", "set", PROVIDER)
        until(lambda: rig.table("shares") == {PROVIDER: "out-b:50"}, rig.said)


def test_a_route_that_was_hardly_meant_is_said(todoku, tmp_path):
    """To a source that is refused there; for more than a month. It is done all the same."""
    with make(todoku, tmp_path) as rig:
        rig.start()
        detoured(rig)
        said = rig.verb_said("--to", "out-a", "--for", "2h", "set", PROVIDER)
        assert "todoku route: warning: out-a is blocked at this provider itself" in said
        until(lambda: rig.table("routes") == {PROVIDER: "out-a:"}, rig.said)
        answer = json.loads(rig.verb("--format", "json", "--to", "out-c", "--for", "40d", "set", PROVIDER))
        assert answer["warnings"] == ["it ends in more than a month"]
        said = rig.verb_said("--to", "out-c", "--share", "10%", "--for", "2h", "set", PROVIDER)
        assert "warning: the other 90 % go their usual way, also by out-a, which is blocked there" in said
        assert "warning" not in rig.verb_said("--to", "out-c", "--for", "30d", "set", PROVIDER)


def test_a_route_that_moves_nothing_says_so(todoku, tmp_path):
    """No domain of the provider is known: at once to who sets it, then in the list, until mail for one is seen."""
    with make(todoku, tmp_path, "observe") as rig:
        rig.start()
        rig.usual()
        rig.until_read(5 * rig.number)
        assert "warning" not in rig.verb_said("--to", "out-b", "--for", "2h", "set", PROVIDER)
        said = rig.verb_said("--to", "out-b", "--for", "2h", "set", "mail.examples")
        assert 'todoku route: warning: no domain of "mail.examples" is known' in said and f"did you mean {PROVIDER}?" in said
        answer = json.loads(rig.verb("--format", "json", "--hold", "--for", "2h", "set", "other.example"))
        assert answer["warnings"] == ['no domain of "other.example" is known: the route moves nothing until mail for one is seen']
        number = {one["provider"]: one["id"] for one in answer["overrides"]}

        def idle():
            return {line.split()[0] for line in rig.verb("list").splitlines() if "moves nothing" in line}

        until(lambda: idle() == {number["mail.examples"], number["other.example"]}, rig.said)
        domains = {one["provider"]: one["domains"] for one in rig.overrides()}
        assert domains == {PROVIDER: 1, "mail.examples": 0, "other.example": 0}
        rig.write(rig.lives(5, domain="other.example").replace("out-a/smtp", "out-b/smtp"))
        until(lambda: rig.table("holds"), rig.said)
        assert idle() == {number["mail.examples"]}
        assert "warning" not in rig.verb_said("--hold", "--for", "3h", "set", "other.example")


WRONG = [
    (["set", PROVIDER], 2, "say where"),
    (["--to", "out-b", "set", PROVIDER], 2, "--for or --until"),
    (["--to", "out-b", "--hold", "--for", "1h", "set", PROVIDER], 2, "say where"),
    (["--to", "out-b", "--for", "0s", "set", PROVIDER], 2, "--for"),
    (["--to", "out-b", "--for", "1h", "--share", "0", "set", PROVIDER], 2, "1% to 100%"),
    (["--to", "out-z", "--for", "1h", "set", PROVIDER], 1, "out-z"),
    (["--to", "out-b", "--for", "1h", "set", "a b"], 2, "no name of a provider"),
    (["--to", "out-b", "--for", "9999d", "set", PROVIDER], 2, "no duration"),
    (["approve", "12"], 2, "no id"),
    (["approve", "o999"], 1, "there is no override"),
    (["undo", "o999"], 1, "there is no override"),
    (["approve"], 2, "one ID"),
    (["list", "x"], 2, "no further word"),
    (["clear", "nobody.example"], 1, "nobody has set"),
    (["wander"], 2, "wander"),
]


def test_wrong_words_are_told(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        for words, status, said in WRONG:
            assert said in rig.verb(*words, status=status), words
        assert rig.verb("list") == "All mail takes its usual route.\n" and not rig.trail()


# --- kill -9 at each stage


def probed(rig):
    """A probe is under way; its override."""
    rig.delivered(REGULAR, "out-b", count=5)
    return until(lambda: rig.overrides(kind="probe"), rig.said)[0]


def get_through(rig, count):
    """So many probes are answered as they come."""
    for _ in range(count):
        probe = until(lambda: rig.overrides(kind="probe"), rig.said)[0]
        rig.delivered(probe.get("recipient") or REGULAR, "out-a")
        until(lambda: probe["id"] not in [one["id"] for one in rig.overrides(kind="probe")], rig.said)


def again(rig):
    rig.kill()
    rig.start()


def test_killed_before_the_table_is_written(todoku, tmp_path):
    """A folder that cannot be made: what was decided is on disk, and nowhere else."""
    with make(todoku, tmp_path) as rig:
        (rig.state / "postfix").write_text("in the way")
        rig.start()
        rig.block()
        one = until(rig.overrides, rig.said)[0]
        until(lambda: "tables_fault" in rig.faults(), rig.said)
        rig.kill()
        (rig.state / "postfix").unlink()
        rig.start()
        until(lambda: rig.table("routes") == BY_B, rig.said)
        assert [row["id"] for row in rig.overrides()] == [one["id"]]
        until(lambda: rig.called("postqueue -j"), rig.said)  # what waits is looked for


def test_killed_while_detoured(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        detoured(rig)
        before = rig.overrides()
        rig.kill()
        assert rig.table("routes") == BY_B  # Postfix goes on with it
        rig.start()
        assert [one["id"] for one in rig.overrides()] == [one["id"] for one in before] and rig.stage() == "blocked"
        rig.refusals(count=3)
        rig.until_read(15)
        rig.settled()
        assert rig.table("routes") == BY_B and len(rig.trail("detour")) == 1


def test_killed_while_probing(todoku, tmp_path):
    with make(todoku, tmp_path, respond=f"probe: {{ {QUICK_PROBES} }}") as rig:
        rig.start()
        detoured(rig)
        probe = probed(rig)
        rig.settled()
        before = {name: rig.table(name) for name in ("routes", "shares")}
        assert before != {"routes": BY_B, "shares": {}}
        rig.kill()
        assert {name: rig.table(name) for name in before} == before
        rig.start()
        assert [one["id"] for one in rig.overrides(kind="probe")] == [probe["id"]] and rig.stage() == "probing"
        get_through(rig, 2)  # the rest is as if nothing had been
        until(lambda: rig.stage() == "ramping", rig.said)


def test_killed_while_ramping(todoku, tmp_path):
    """And then given back, by itself."""
    slow = f"probe: {{ {QUICK_PROBES} }}, ramp: {{ steps: [50%], step: 7d, patience: 7d }}"
    with make(todoku, tmp_path, respond=slow) as rig:
        rig.start()
        detoured(rig)
        probed(rig)
        get_through(rig, 2)
        until(lambda: rig.table("shares") == {PROVIDER: "out-a:50"}, rig.said)
        rig.kill()
        assert rig.table("shares") == {PROVIDER: "out-a:50"} and rig.table("routes") == BY_B
        rig.settings("auto", slow.replace("step: 7d", "step: 1s, volume: 0"))
        rig.start()
        until(lambda: not rig.table("shares") and not rig.table("routes"), rig.said)
        until(lambda: rig.trail("return"), rig.said)
        assert rig.stage() in ("ok", None)
        assert not rig.overrides()


def test_killed_between_the_filter_and_the_reload(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.behave("postfix", "fail")  # as if it had not come to that
        rig.start()
        until(lambda: "reload_fault" in rig.faults(), rig.said)
        rig.kill()
        (rig.tools / "called").write_text("")
        rig.behave("postfix")
        rig.start()
        until(lambda: rig.called("postfix reload"), rig.said)
        until(lambda: json.loads((rig.state / "routes.json").read_text()).get("filter"), rig.said)
        again(rig)
        rig.usual(1)
        rig.until_read(1)
        assert rig.called("postfix reload") == ["postfix reload"]  # Postfix knows it


def hold(rig, *queue):
    """A person's, with no trouble at the provider: the plan knows it for no other reason."""
    rig.queue(queue)
    rig.start()
    rig.usual()
    rig.until_read(5 * rig.number)
    rig.verb("--hold", "--for", "2h", "set", PROVIDER)
    until(lambda: PROVIDER in rig.table("holds"), rig.said)
    rig.settled()
    assert not rig.called("postqueue -i")


def test_killed_between_the_return_and_the_release(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        hold(rig, ("4F000001", f"u1@{PROVIDER}"), ("4F000002", "u2@other.example"))
        rig.behave("postqueue", "fail")  # as if it had not come to that
        rig.verb("clear", PROVIDER)
        until(lambda: not rig.table("holds") and "queue_fault" in rig.faults(), rig.said)
        rig.kill()
        rig.behave("postqueue")
        rig.start()
        until(lambda: rig.called("postqueue -i") == ["postqueue -i 4F000001"], rig.said)


def test_killed_between_the_return_and_its_table(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        hold(rig, ("4F000001", f"u1@{PROVIDER}"))
        with open(rig.state / "postfix" / "holds.lmdb", "rb+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            rig.verb("clear", PROVIDER)
            rig.kill()
        assert PROVIDER in rig.table("holds")
        rig.start()
        until(lambda: not rig.table("holds"), rig.said)
        until(lambda: rig.called("postqueue -i") == ["postqueue -i 4F000001"], rig.said)


def test_what_was_let_go_is_not_let_go_again(todoku, tmp_path):
    """The second look is made up for, not more."""
    with make(todoku, tmp_path) as rig:
        hold(rig, ("4F000001", f"u1@{PROVIDER}"))
        rig.verb("clear", PROVIDER)
        until(lambda: rig.called("postqueue -i"), rig.said)
        rig.queue([])  # it has left
        rig.kill()
        rig.start()
        until(lambda: json.loads((rig.state / "routes.json").read_text())["release"] == [], rig.said)
        assert rig.called("postqueue -i") == ["postqueue -i 4F000001"]


def test_expiries_are_renewed(todoku, tmp_path):
    """A daemon that was dead for most of the time of a route renews it when it is back."""
    with make(todoku, tmp_path, respond="expiry: 5m") as rig:
        rig.start()
        detoured(rig)
        first = rig.ends()
        rig.kill()
        state = json.loads((rig.state / "routes.json").read_text())
        text = json.dumps(state)
        one = next(iter(first))
        assert one in text
        rig.settings("auto", "expiry: 1h")
        rig.start()
        until(lambda: rig.ends().get(one, 0) > first[one], rig.said)
        assert rig.table("routes") == BY_B


# --- Tables that cannot be written


def test_tables_that_cannot_be_written_are_told_and_written_later(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        (rig.state / "postfix").mkdir()
        for name in ("routes", "shares", "holds"):
            (rig.state / "postfix" / f"{name}.lmdb").mkdir()
        rig.start()
        rig.block()
        until(lambda: "tables_fault" in rig.faults(), rig.said)
        assert "routes.lmdb" in rig.faults()["tables_fault"]  # the first of them
        assert rig.metric('todoku_route_failures_total{what="tables"}') >= 1
        assert rig.metric("todoku_route_tables_behind") == 1
        until(lambda: [one for one in rig.trail("warn") if "cannot be written" in one["reason"] and one["urgent"]], rig.said)
        assert "Could not be done" in rig.verb("list") and not rig.called("postqueue -i")
        for name in ("routes", "shares", "holds"):
            (rig.state / "postfix" / f"{name}.lmdb").rmdir()
        until(lambda: rig.table("routes") == BY_B, rig.said)
        until(lambda: not rig.faults(), rig.said)
        assert [one for one in rig.trail("warn") if "written again" in one["reason"]]
        assert len([one for one in rig.trail("warn") if "tables of Postfix cannot" in one["reason"]]) == 1
        assert rig.metric("todoku_route_tables_behind") == 0


def test_a_filter_that_cannot_be_written_is_written_later(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        (rig.state / "postfix" / "hold.pcre").mkdir(parents=True)
        rig.start()
        assert "hold.pcre" in rig.faults()["filter_fault"]
        assert "hold.pcre" in rig.verb("list").replace("\n    ", "")  # a long path is broken
        assert rig.metric('todoku_route_failures_total{what="filter"}') == 1
        assert [one["urgent"] for one in rig.trail("warn")] == [True] and not rig.called("postfix")
        (rig.state / "postfix" / "hold.pcre").rmdir()
        until(lambda: (rig.state / "postfix" / "hold.pcre").is_file(), rig.said)
        until(lambda: rig.called("postfix reload"), rig.said)
        until(lambda: not rig.faults(), rig.said)
        assert [one["urgent"] for one in rig.trail("warn")] == [True, False]


def test_a_table_that_was_removed_is_made_anew(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        detoured(rig)
        (rig.state / "postfix" / "routes.lmdb").unlink()
        rig.verb("--to", "out-c", "--for", "2h", "set", PROVIDER)
        until(lambda: rig.table("routes") == {PROVIDER: "out-c:"}, rig.said)


def test_a_damaged_table_is_told(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        (rig.state / "postfix").mkdir()
        (rig.state / "postfix" / "routes.lmdb").write_bytes(b"no table\n" * 2000)
        rig.start()
        rig.block()
        reason = until(lambda: rig.faults().get("tables_fault"), rig.said)
        assert "routes.lmdb" in reason and "remove it" in reason
        (rig.state / "postfix" / "routes.lmdb").unlink()
        until(lambda: rig.table("routes") == BY_B, rig.said)


def test_a_full_disk_is_told_and_nothing_is_lost(todoku, tmp_path):
    """No file of the daemon may grow: neither its state nor a table."""
    with make(todoku, tmp_path) as rig:
        rig.start(preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
        rig.usual()
        rig.until_read(5 * rig.number)
        soft, hard = resource.prlimit(rig.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(rig.process.pid, resource.RLIMIT_FSIZE, (1, hard))
        rig.refusals()
        until(lambda: rig.overrides() and "tables_fault" in rig.faults(), rig.said)
        assert not rig.table("routes")
        assert rig.metric('todoku_route_failures_total{what="tables"}') >= 1
        resource.prlimit(rig.process.pid, resource.RLIMIT_FSIZE, (soft, hard))
        until(lambda: rig.table("routes") == BY_B and not rig.faults(), rig.said)
        one = rig.overrides()[0]["id"]
        until(lambda: one in (rig.state / "routes.json").read_text(), rig.said)
        again(rig)
        assert [row["id"] for row in rig.overrides()] == [one]


def test_a_table_that_another_holds_is_written_later(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        detoured(rig)
        with open(rig.state / "postfix" / "routes.lmdb", "rb+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)  # of another process, as Postfix' are
            rig.verb("--to", "out-c", "--for", "2h", "set", PROVIDER)
            reason = until(lambda: rig.faults().get("tables_fault"), rig.said)
            assert "locked" in reason
        until(lambda: rig.table("routes") == {PROVIDER: "out-c:"}, rig.said)


def test_a_route_that_cannot_be_kept(todoku, tmp_path):
    """Who sets it is told; what cannot be kept is kept later."""
    with make(todoku, tmp_path) as rig:
        rig.start()
        rig.usual()
        rig.until_read(5 * rig.number)
        rig.cannot_keep()
        said = rig.verb("--to", "out-b", "--for", "2h", "set", PROVIDER, status=3)
        assert "it is done, but a restart forgets it" in said
        until(lambda: rig.table("routes") == BY_B, rig.said)
        one = rig.overrides()[0]["id"]
        rig.can_keep()
        until(lambda: (rig.state / "routes.json").is_file(), rig.said)
        again(rig)
        assert [row["id"] for row in rig.overrides()] == [one] and rig.table("routes") == BY_B


def test_damaged_state_is_set_aside(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        detoured(rig)
        rig.kill()
        path = rig.state / "routes.json"
        path.write_text(path.read_text()[:-100])
        rig.start()
        assert [one for one in rig.trail("warn") if "begin anew" in one["reason"] and one["urgent"]]
        assert (rig.state / "routes.json.damaged").exists()
        rig.refusals()
        until(lambda: rig.overrides() and rig.table("routes") == BY_B, rig.said)  # found again


# --- Commands of Postfix that fail


@pytest.mark.parametrize("how", ["fail", "hang", "missing"])
def test_postqueue_fails_and_mail_is_let_go_later(todoku, tmp_path, how):
    with make(todoku, tmp_path) as rig:
        rig.queue([("4F000001", f"u1@{PROVIDER}")])
        rig.behave("postqueue", how)
        if how == "missing":
            (rig.tools / "postqueue").rename(rig.tools / "away")
        rig.start()
        rig.block()
        until(lambda: rig.table("routes") == BY_B, rig.said)  # not held up by the queue
        until(lambda: "queue_fault" in rig.faults(), rig.said)
        assert "postqueue" in rig.faults()["queue_fault"]
        assert rig.metric('todoku_route_failures_total{what="queue"}') >= 1
        until(lambda: [one for one in rig.trail("warn") if "cannot be let go" in one["reason"]], rig.said)
        assert "postqueue" in rig.verb("list")
        rig.verb("--to", "out-c", "--for", "2h", "set", PROVIDER)  # people are answered meanwhile
        if how == "missing":
            (rig.tools / "away").rename(rig.tools / "postqueue")
        rig.behave("postqueue")
        until(lambda: rig.called("postqueue -i 4F000001"), rig.said)
        until(lambda: not rig.faults(), rig.said)


def test_a_hung_postqueue_does_not_hold_up_the_end(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.behave("postqueue", "hang")
        rig.start()
        rig.block()
        until(lambda: rig.called("postqueue -j"), rig.said)
        rig.stop()
        assert rig.table("routes") == BY_B


def test_a_reload_that_fails_is_tried_again(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.behave("postfix", "fail")
        rig.start()
        rig.block()
        until(lambda: "reload_fault" in rig.faults(), rig.said)
        assert "Operation not permitted" in rig.faults()["reload_fault"]
        assert [one for one in rig.trail("warn") if "cannot be reloaded" in one["reason"] and one["urgent"]]
        assert rig.metric('todoku_route_failures_total{what="reload"}') >= 1
        rig.behave("postfix")
        rig.usual(1)
        until(lambda: not rig.faults(), rig.said)
        assert rig.metric("todoku_route_reloads_total") == 1
        until(lambda: [one for one in rig.trail("warn") if "work again" in one["reason"]], rig.said)


# --- A reload of the settings


def test_a_target_that_leaves_the_fleet_is_followed_by_another(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        detoured(rig)
        fleet = "fleet:\n  relay: relay1\n  sources:\n    - { name: out-a, address: 192.0.2.11 }\n" \
                "    - { name: out-c, address: 192.0.2.13 }\n"
        rig.settings("auto", "", fleet)
        rig.process.send_signal(signal.SIGHUP)
        until(lambda: rig.table("routes").get(PROVIDER) != "out-b:", rig.said)
        assert all(one.get("target") != "out-b" for one in rig.overrides())
        rig.settled()
        assert rig.table("routes") == {PROVIDER: "out-c:"} or PROVIDER in rig.table("holds")


def test_a_reload_to_observe_takes_routes_back_and_keeps_a_persons(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        detoured(rig)
        rig.verb("--hold", "--for", "2h", "set", "other.example")
        rig.settings("observe")
        rig.process.send_signal(signal.SIGHUP)
        until(lambda: not rig.table("routes"), rig.said)
        assert [one["provider"] for one in rig.overrides()] == ["other.example"]


# --- Hostile texts

EVIL = "\x1b[31m<!channel> `rm` \\x00 %s ${x} \"},{\"id\":\"o666"


def test_hostile_replies_stay_texts(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        rig.usual()
        rig.refusals(reply=f"550 5.7.1 Service unavailable; client host [192.0.2.11] blocked using zen.spamhaus.org {EVIL}")
        until(lambda: rig.table("routes") == BY_B, rig.said)
        shown = rig.verb("list")
        assert "\x1b" not in shown and "o666" not in [one["id"] for one in rig.overrides()]
        assert "\x1b" not in "".join(rig.events("route_detour"))
        incident = rig.overrides()[0]["incident"]
        assert "\x1b" not in rig.verb("--format", "json", "list") and rig.ask(f"/api/v1/incidents/{incident}")[0] == 200


def test_a_hostile_provider_makes_no_row(todoku, tmp_path):
    """Names of hosts come from logs."""
    with make(todoku, tmp_path) as rig:
        rig.start()
        evil = "*.mail.example"
        rig.write(rig.lives(40, domain=evil).replace("out-a/smtp", "out-b/smtp"))
        rig.refusals(domain=evil)
        until(rig.incidents, rig.said)
        rig.until_read(5 * rig.number)
        assert not [key for key in rig.table("routes") if "*" in key]


def test_a_hostile_reason_stays_a_text(todoku, tmp_path):
    with make(todoku, tmp_path) as rig:
        rig.start()
        rig.verb("--hold", "--for", "2h", "--reason", EVIL, "set", "other.example")
        assert rig.overrides()[0]["reason"] == EVIL and "\x1b" not in rig.verb("list")
        line = rig.events("route_set")[0]
        assert "\x1b" not in line and re.search(r"channel", line)
