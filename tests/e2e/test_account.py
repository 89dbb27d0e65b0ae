# SPDX-License-Identifier: Apache-2.0
"""Flags of accounts: they act on the next request of an open connection, are kept over kill -9 with who and why, end by
themselves, and are told. A real daemon, the verb and the API."""

import itertools
import json
import signal
import subprocess

import pytest
from conftest import clean_environment
from daemon_rig import LIMIT, Stepped, until
from policy_rig import Limited


@pytest.fixture
def rig(todoku, tmp_path):
    with Limited(todoku, tmp_path, ["name: user-hour, recipients: 500/1h"], "  default_domain: jp.test\n") as one:
        one.start().until_it_listens()
        yield one


def verb(rig, *words):
    return rig.verb("account", *words)


def done(rig, *words):
    return rig.done("account", *words)


def flags(rig, login=None):
    shown = json.loads(done(rig, "--format", "json", *(["show", login] if login else ["list"])))
    return [one["flag"] for one in shown["flags"]] if login else {one["login"]: [flag["flag"] for flag in one["flags"]]
                                                                  for one in shown}


def test_a_suspension_acts_on_the_next_request(rig):
    one = rig.asker()
    assert one.ask(instance="a.1") == "DUNNO"
    assert "suspended" in done(rig, "suspend", "Taro@JP.test", "--reason", "phished")
    assert one.ask(instance="a.2", stage="RCPT", recipients=0) == "550 5.7.1 taro@jp.test is suspended: ask your administrator"
    assert one.ask(instance="a.3", stage="DATA").startswith("550 5.7.1 ")
    assert one.ask("jiro", instance="a.4") == "DUNNO"
    assert "no flag is set" in done(rig, "resume", "taro")
    assert one.ask(instance="a.5", recipients=499) == "DUNNO"  # what was refused was not counted
    until(lambda: len(rig.events("flag_acted")) == 2, rig.said)
    assert "flag=suspended action=reject login=taro@jp.test" in rig.events("flag_acted")[0]
    until(lambda: rig.metric('todoku_policy_answers_total{result="reject"}') == 2, rig.said)
    assert rig.metric('todoku_account_flag_acted_total{flag="suspended"}') == 2
    told = rig.events("account_flag_set")
    assert len(told) == 1 and "login=taro@jp.test flag=suspended until=never by=kato reason=phished" in told[0]
    assert len(rig.events("account_flag_cleared")) == 1


@pytest.mark.parametrize("flag, rcpt, end", [("hold", "DUNNO", "HOLD "), ("slow", "DUNNO", "WARN "), ("defer", "450 4.7.1 ", "450 4.7.1 "),
                                             ("no-send", "550 5.7.1 ", "550 5.7.1 "), ("note", "DUNNO", "DUNNO"),
                                             ("no-login", "DUNNO", "DUNNO"), ("password-reset", "DUNNO", "DUNNO")])
def test_what_each_flag_does(rig, flag, rcpt, end):
    one = rig.asker(by_file=False)
    done(rig, "flag", "taro", flag)
    assert flags(rig) == {"taro@jp.test": [flag]}
    assert one.ask(instance="a.1", stage="RCPT", recipients=0).startswith(rcpt)
    assert one.ask(instance="a.1").startswith(end)
    until(lambda: rig.metric(f'todoku_account_flags{{flag="{flag}"}}') == 1, rig.said)
    done(rig, "flag", "taro", flag, "--clear")
    assert one.ask(instance="a.2") == "DUNNO"
    assert flags(rig) == {}


def test_the_sterner_of_flag_and_limit(rig):
    one = rig.asker()
    done(rig, "flag", "taro", "hold,slow")
    assert one.ask(instance="a.1", recipients=300).startswith("HOLD ")
    assert one.ask(instance="a.1", recipients=300).startswith("HOLD ")  # the same again, counted once
    assert one.ask(instance="a.2", recipients=201).startswith("450 4.7.1 limit user-hour")
    assert one.ask(instance="a.3", recipients=200).startswith("HOLD ")


def test_kept_over_a_kill_with_who_and_why(rig):
    done(rig, "suspend", "taro", "--reason", "phished \x1b[31m")
    done(rig, "flag", "jiro", "hold", "--for", "2h")
    rig.kill()
    rig.start().until_it_listens()
    one = rig.asker()
    assert one.ask(instance="a.1").startswith("550 5.7.1 ")
    assert one.ask("jiro", instance="a.2").startswith("HOLD ")
    done(rig, "flag", "taro", "suspended", "--clear", "--reason", "new password")
    shown = json.loads(done(rig, "--format", "json", "show", "taro"))
    assert [(one["action"], one["what"], one["by"], one["reason"]) for one in shown["trail"]] == [
        ("cleared", "suspended", "kato", "new password"), ("set", "suspended", "kato", "phished \x1b[31m")]
    text = done(rig, "show", "taro@jp.test")
    assert "\x1b" not in text and "new password" in text
    rig.kill()
    rig.start().until_it_listens()
    assert flags(rig) == {"jiro@jp.test": ["hold"]}
    assert rig.asker().ask(instance="a.3") == "DUNNO"


class SteppedLimits(Stepped, Limited):
    """Counts by a clock that the test sets."""


def test_it_ends_by_itself(todoku, tmp_path):
    with SteppedLimits(todoku, tmp_path, ["name: user-hour, recipients: 500/1h"], "  default_domain: jp.test\n") as rig:
        rig.start().until_it_listens()
        one = rig.asker()
        done(rig, "suspend", "jiro", "--for", "3h")
        done(rig, "suspend", "taro", "--for", "2h")
        assert one.ask(instance="a.0").startswith("550 ")
        rig.set_clock(7201)
        number = itertools.count()
        until(lambda: one.ask(instance=f"b.{next(number)}") == "DUNNO", rig.said)
        until(lambda: flags(rig) == {"jiro@jp.test": ["suspended"]}, rig.said)
        assert len(rig.events("account_flag_ended")) == 1
        trail = json.loads(done(rig, "--format", "json", "show", "taro"))["trail"]
        assert [one["action"] for one in trail] == ["ended", "set"]


def test_a_reload_keeps_them(rig):
    done(rig, "suspend", "taro")
    one = rig.asker()
    rig.settings(["name: user-hour, recipients: 500/1h"], "  default_domain: jp.test\n  language: ja\n")
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: rig.events("reloaded"), rig.said)
    until(lambda: "停止" in one.ask(instance="a.1"), rig.said)
    assert flags(rig, "taro") == ["suspended"]


def test_without_a_listener_first(todoku, tmp_path):
    with Limited(todoku, tmp_path, []) as rig:
        rig.configure([], "", [f"file: {rig.log}"])
        rig.start()
        done(rig, "suspend", "taro@jp.test")
        rig.settings(["name: user-hour, recipients: 500/1h"])
        rig.process.send_signal(signal.SIGHUP)
        rig.until_it_listens()
        assert rig.asker().ask("taro@jp.test", sender="taro@jp.test").startswith("550 ")


def hold(path, how="BEGIN IMMEDIATE"):
    """Another process that has a database locked, until it is communicated with."""
    holder = subprocess.Popen(["python3", "-c", "import sqlite3, sys\n"
                               f"base = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
                               f"base.executescript({how!r})\nprint(flush=True)\nsys.stdin.read()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    return holder


def test_a_state_that_cannot_be_written_is_told(rig):
    path = next(rig.folder.rglob("accounts-state.db"))
    holder = hold(path)
    result = verb(rig, "suspend", "taro")
    assert result.returncode == 3 and "a restart forgets it" in result.stderr
    assert rig.asker().ask(instance="a.1").startswith("550 ")  # it holds all the same
    assert rig.metric("todoku_account_state_trouble") == 1
    holder.communicate()
    until(lambda: rig.metric("todoku_account_state_trouble") == 0, rig.said)
    rig.kill()
    rig.start().until_it_listens()
    assert flags(rig, "taro") == ["suspended"]


def test_a_state_that_is_read_late_holds_from_then_on(rig):
    done(rig, "suspend", "taro")
    limit = subprocess.run([rig.program, "limit", "-c", rig.config, "set", "jiro", "user-hour", "5"], capture_output=True,
                           text=True, timeout=LIMIT, check=False, env=clean_environment(SUDO_USER="kato"))
    assert limit.returncode == 0, limit.stderr
    rig.stop()
    holder = hold(next(rig.folder.rglob("accounts-state.db")), "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE")
    rig.start().until_it_listens()
    one = rig.connect()
    until(lambda: rig.metric("todoku_account_state_trouble") == 1, rig.said)
    assert one.ask(instance="a.1") == "DUNNO"
    holder.communicate()
    until(lambda: flags(rig, "taro") == ["suspended"], rig.said)
    assert one.ask(instance="a.2").startswith("550 5.7.1 ")
    assert one.ask("jiro", recipients=6, instance="a.3").startswith("450 4.7.1 limit user-hour")


def test_a_damaged_state_is_set_aside(rig):
    done(rig, "suspend", "taro")
    rig.stop()
    path = next(rig.folder.rglob("accounts-state.db"))
    path.write_bytes(b"no database" * 1000)
    rig.start().until_it_listens()
    assert flags(rig) == {}
    assert rig.events("account_state_damaged") and list(path.parent.glob("accounts-state.db.damaged-*"))
    done(rig, "suspend", "taro")


@pytest.mark.parametrize("words, says", [
    (["suspnd", "taro"], "suspend"), (["flag", "taro", "held"], "mean hold?"), (["flag", "taro"], "flag takes a LOGIN"),
    (["flag", "taro", ","], "flag"), (["suspend"], "one LOGIN"), (["list", "taro"], "no further word"), (["suspend", ""], "a login is"),
    (["resume", "taro", "--for", "2h"], "--for"), (["suspend", "taro", "--for", "2h", "--until", "+3h"], "one end"),
    (["suspend", "taro", "--clear"], "--clear"), (["show", "taro", "--reason", "x"], "--reason"), (["suspend", "taro", "--for", "x"], "x")])
def test_wrong_words(rig, words, says):
    result = verb(rig, *words)
    assert result.returncode == 2 and says in result.stderr, result.stderr


@pytest.mark.parametrize("wish, says", [
    ([], "object"), ({}, "login"), ({"login": "taro"}, "which flags"), ({"login": "", "set": ["hold"]}, "login"),
    ({"login": "x" * 513, "set": ["hold"]}, "login"), ({"login": "taro", "set": "hold"}, "list"), ({"login": "taro", "set": [1]}, "flag"),
    ({"login": "taro", "set": ["hold"], "clear": ["hold"]}, "at once"), ({"login": "taro", "set": ["hold"], "for": "-2h"}, "for"),
    ({"login": "taro", "set": ["hold"], "until": "2001-01-01T00:00:00Z"}, "to come"), ({"login": "taro", "set": ["hold"], "by": 7}, "by"),
    ({"login": "taro", "set": ["hold"], "for": "2h", "until": "2999-01-01T00:00:00Z"}, "not both")])
def test_wrong_wishes(rig, wish, says):
    status, body = rig.ask("/api/v1/accounts/flags", "POST", json.dumps(wish))
    assert status == 400 and says in body["error"]["what"], body
    assert flags(rig) == {}


def test_a_login_that_was_never_seen_is_doubted(rig):
    rig.write(rig.lives(3))
    result = verb(rig, "suspend", "nobody@never.test")
    assert result.returncode == 0 and 'no login "nobody@never.test" was seen in the logs' in result.stderr


def test_slow_without_a_transport_is_a_line_in_the_log(rig):
    only = "warning: slow is only a line in Postfix' log: policy.slow_transport is not set"
    assert only in verb(rig, "flag", "taro", "slow").stderr and only in verb(rig, "show", "taro").stderr
    limit = subprocess.run([rig.program, "limit", "-c", rig.config, "show", "taro"], capture_output=True, text=True, timeout=LIMIT, check=False)
    assert "The next message passes, with a line in the log: the account is flagged slow" in limit.stdout and only in limit.stderr
    rig.settings(["name: user-hour, recipients: 500/1h"], "  default_domain: jp.test\n  slow_transport: slow\n")
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: rig.events("reloaded"), rig.said)
    assert only not in verb(rig, "show", "taro").stderr


@pytest.mark.parametrize("name, words", [("account", ["show"]), ("account", ["suspend"]), ("limit", ["show"]), ("limit", ["reset"])])
def test_a_login_that_is_no_text(rig, name, words):
    """As U+FFFD it would be set on nobody."""
    for login in (b"ta\xffro", "ta\ufffdro".encode(), b"x" * 513):
        result = subprocess.run([rig.program, name, "-c", rig.config, *words, login], capture_output=True, timeout=LIMIT, check=False)
        assert result.returncode == 2 and b"a login is UTF-8, of 1 to 512 bytes" in result.stderr
    assert flags(rig) == {}
    for path in ("accounts/flags", "limits"):
        assert rig.ask(f"/api/v1/{path}?login=ta%FFro")[0] == 400
        assert rig.ask(f"/api/v1/{path}", "POST", '{"login": "ta\\ufffdro", "set": ["hold"], "limit": "user-hour", "count": 5}')[0] == 400


def test_no_command_for_a_login_that_cannot_be_typed(rig):
    def ways(login):
        done(rig, "suspend", login)
        shown = subprocess.run([rig.program, "limit", "-c", rig.config, "--format", "json", "show", login], capture_output=True, text=True,
                               timeout=LIMIT, check=False)
        return json.loads(shown.stdout)["next"]["ways"]
    assert ways("ta\x1bro") == [] and ways("ta\u202ero") == []
    assert ways("it's me") == ["todoku account resume 'it'\\''s me@jp.test'"]
