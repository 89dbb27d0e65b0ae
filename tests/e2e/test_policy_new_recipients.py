# SPDX-License-Identifier: Apache-2.0
"""Limits on new recipients of a real daemon: messages as Postfix asks about them, tries again, reloads, a restart."""

import signal

import pytest
from daemon_rig import until
from policy_rig import Limited

OVER = "450 4.7.1 limit fresh"
LIMIT = "name: fresh, new_recipients: 3/1h"


@pytest.fixture
def rig(todoku, tmp_path):
    with Limited(todoku, tmp_path, [LIMIT]) as one:
        yield one.start().until_it_listens()


def send(peer, instance, *recipients, login="taro"):
    """A message as Postfix asks about it; what was said last."""
    for recipient in recipients:
        said = peer.ask(login, stage="RCPT", recipients=0, instance=instance, queue_id="", recipient=recipient)
        if said != "DUNNO":
            return said
    only = recipients[0] if len(recipients) == 1 else ""
    for stage in ("DATA", "END-OF-MESSAGE"):
        said = peer.ask(login, stage=stage, recipients=len(recipients), instance=instance, recipient=only)
        if said != "DUNNO":
            return said
    return said


def test_who_is_new_is_counted_and_told(rig):
    one = rig.asker()
    assert send(one, "a.1", "a@x.test", "b@x.test") == "DUNNO"
    assert send(one, "a.2", "A@X.test", "b@x.test") == "DUNNO"
    said = send(one, "a.3", "a@x.test", "c@x.test", "d@x.test")
    assert said.startswith(f"{OVER}: 2 of 3 new recipients in 1h are used"), said
    assert send(one, "a.4", "c@x.test") == "DUNNO"
    assert send(one, "a.5", "d@x.test").startswith(OVER)
    assert send(one, "a.6", "a@x.test", "b@x.test", "c@x.test") == "DUNNO"
    assert send(one, "b.1", "d@x.test", login="jiro") == "DUNNO"
    until(lambda: len(rig.events("limit_reached")) == 2, rig.said)
    assert "limit=fresh action=defer login=taro" in rig.events("limit_reached")[0]
    assert "used=2 most=3 wanted=2" in rig.events("limit_reached")[0]
    assert "used=3 most=3 wanted=1" in rig.events("limit_reached")[1]


def test_a_try_on_other_connections_does_not_get_around_it(rig):
    people = [f"{number}@x.test" for number in range(4)]
    for number in range(5):
        one = rig.asker(by_file=number % 2 == 0)
        assert send(one, f"a.{number}", *people).startswith(OVER)
        one.close()
    assert send(rig.asker(), "b.1", *people[:3]) == "DUNNO"
    assert send(rig.asker(), "b.2", people[3]).startswith(OVER)


def test_a_reload_forgets_nobody(rig):
    one = rig.asker()
    assert send(one, "a.1", "a@x.test", "b@x.test", "c@x.test") == "DUNNO"
    rig.settings(["name: other, new_recipients: 4/1h, action: reject"])
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: rig.events("reloaded"), rig.said)
    until(lambda: send(one, "a.2", "d@x.test", "e@x.test").startswith("550 5.7.1 limit other"), rig.said)
    assert send(one, "a.3", "a@x.test", "b@x.test", "d@x.test") == "DUNNO"
    assert send(one, "a.4", "e@x.test").startswith("550 5.7.1 limit other")


def test_after_a_restart_the_count_holds_and_people_are_learned_anew(rig):
    assert send(rig.asker(), "a.1", "a@x.test", "b@x.test") == "DUNNO"
    rig.stop()
    rig.start().until_it_listens()
    until(lambda: rig.metric("todoku_policy_keys") == 1, rig.said)
    one = rig.asker()
    assert send(one, "a.2", "a@x.test", "c@x.test").startswith(f"{OVER}: 2 of 3")
    assert send(one, "a.3", "a@x.test") == "DUNNO"
    assert send(one, "a.4", "a@x.test") == "DUNNO"
    assert send(one, "a.5", "b@x.test").startswith(OVER)


@pytest.mark.parametrize("limit, said", [
    ("new_recipients: 10/400d", "limits[0].new_recipients"),
    ("new_recipients: 10/1h, recipients: 5/1h", "recipients"),
    ("new_recipients: 10", "new_recipients"),
])
def test_wrong_limits(todoku, tmp_path, run, limit, said):
    with Limited(todoku, tmp_path, [limit]) as rig:
        done = run("config", "check", "-c", rig.config)
        assert done.returncode == 1 and said in done.stderr and "todoku.yaml:" in done.stderr, done.stderr
