# SPDX-License-Identifier: Apache-2.0
"""Limits of single accounts: raised for a time or for good, begun anew, explained. They act on the next request of an open
connection and are kept over kill -9 with who and why. A real daemon, the verb and the API."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios

import pytest
from conftest import clean_environment
from daemon_rig import LIMIT, Stepped, until
from openapi import items, properties
from policy_rig import Limited

LIMITS = ["name: user-hour, recipients: 500/1h, levels: [ { domain: shop.test, count: 2000 } ]",
          "name: at-once, per_message: 400, action: reject", "name: web-form, recipients: 50/1h, key: [client_address], shadow: true"]
DOMAIN = "  default_domain: jp.test\n"


@pytest.fixture
def rig(todoku, tmp_path):
    with Limited(todoku, tmp_path, LIMITS, DOMAIN) as one:
        one.start().until_it_listens()
        yield one


def verb(rig, *words, name="limit"):
    return rig.verb(name, *words)


def done(rig, *words, name="limit"):
    return rig.done(name, *words)


def show(rig, login="taro"):
    """With what is counted: the thread that answers may be late."""
    def counted():
        shown = json.loads(done(rig, "--format", "json", "show", login))
        return shown if shown["counted"] else None
    return until(counted, rig.said)


def limit(rig, name="user-hour", login="taro"):
    return next(one for one in show(rig, login)["limits"] if one["limit"] == name)


class SteppedLimits(Stepped, Limited):
    """Counts by a clock that the test sets."""


@pytest.fixture
def stepped(todoku, tmp_path):
    with SteppedLimits(todoku, tmp_path, [LIMITS[0].replace("500/1h", "500/1d"), *LIMITS[1:]], DOMAIN) as one:
        one.start().until_it_listens()
        yield one


def test_a_raise_acts_on_the_next_request_and_ends(stepped):
    rig, one = stepped, stepped.asker()
    assert one.ask(instance="a.1", recipients=400) == "DUNNO"
    assert one.ask(instance="a.2", recipients=101).startswith("450 4.7.1 ")
    text = done(rig, "set", "Taro@JP.test", "user-hour", "2000", "--for", "2h", "--reason", "campaign")
    assert re.search(r"in place of 500 until (\S+ )?\d\d:\d\d, by kato: campaign\n", text), text  # with the day, unless it is today
    assert one.ask(instance="a.3", recipients=101) == "DUNNO"
    found = limit(rig)
    assert (found["used"], found["most"], found["left"], found["level"], found["by"]) == (501, 2000, 1499, "account", "kato")
    assert one.ask("jiro", instance="b.1", recipients=300) == "DUNNO"
    assert one.ask("jiro", instance="b.2", recipients=300).startswith("450 4.7.1 ")
    done(rig, "set", "taro", "user-hour", "3000", "--for", "3h")  # in its place
    assert limit(rig)["most"] == 3000
    rig.set_clock(3 * 3600 + 1)
    until(lambda: limit(rig)["level"] == "default", rig.said)
    assert one.ask(instance="a.4").startswith("450 4.7.1 limit user-hour: 501 of 500")
    until(lambda: rig.events("account_limit_ended"), rig.said)
    trail = json.loads(done(rig, "--format", "json", "show", "taro", name="account"))["trail"]
    assert [(one["action"], one["what"]) for one in trail] == [
        ("ended", "limit user-hour"), ("set", "limit user-hour to 3000"), ("set", "limit user-hour to 2000")]


def test_for_good_and_back(rig):
    one = rig.asker()
    done(rig, "set", "taro", "user-hour", "5", "--for", "2h")
    done(rig, "set", "taro", "user-hour", "3")  # ends the other, too
    assert one.ask(instance="a.1", recipients=4).startswith("450 ")
    done(rig, "set", "taro", "user-hour", "0")
    assert one.ask(instance="a.2", stage="RCPT", recipients=0) == "450 4.7.1 limit user-hour: sending is not allowed"
    assert "The next message is refused (450): limit user-hour lets nothing pass." in done(rig, "show", "taro")
    shown = show(rig)
    assert shown["next"]["ways"][0] == "todoku limit set taro@jp.test user-hour default" and shown["next"]["at"] is None
    done(rig, "set", "taro", "user-hour", "default")
    assert one.ask(instance="a.3", recipients=400) == "DUNNO"
    assert json.loads(done(rig, "--format", "json", "list"))["overrides"] == []


def test_counts_are_forgotten(rig):
    one = rig.asker()
    assert one.ask(instance="a.1", recipients=400) == "DUNNO"
    assert one.ask("jiro", instance="b.1", recipients=300) == "DUNNO"
    assert done(rig, "reset", "taro", "--reason", "false alarm").startswith("all counts were forgotten\n")
    assert one.ask(instance="a.2", recipients=400) == "DUNNO"
    assert limit(rig)["used"] == 400 and limit(rig, login="jiro")["used"] == 300
    trail = json.loads(done(rig, "--format", "json", "show", "taro", name="account"))["trail"]
    assert [(one["action"], one["what"], one["by"], one["reason"]) for one in trail] == [("forgot", "counts", "kato", "false alarm")]
    assert "limit=user-hour" not in rig.events("account_counts_forgotten")[0]


def test_openapi_has_what_is_said_of_limits_and_of_the_trail(rig):
    done(rig, "set", "taro", "user-hour", "2000", "--for", "2h")
    done(rig, "set", "taro", "user-hour", "default")
    done(rig, "reset", "taro", "user-hour", "--reason", "false alarm")
    told = json.loads(done(rig, "--format", "json", "list"))["limits"]
    assert all(set(one) <= properties("Limit")[0] for one in told)
    levels = [level for one in told for level in one["levels"]]
    assert levels and all(set(level) <= items("Limit", "levels")[0] for level in levels)
    names, text = items("Account", "trail")
    words = re.search(r"action: .*enum: \[(.*)\]", text)[1].split(", ")
    trail = json.loads(done(rig, "--format", "json", "show", "taro", name="account"))["trail"]
    assert [one["action"] for one in trail] == ["forgot", "cleared", "set"]
    assert all(set(one) <= names and one["action"] in words for one in trail)


def test_what_is_told_of_an_account(rig):
    one = rig.asker()
    assert one.ask(instance="a.1", recipients=300) == "DUNNO"
    assert show(rig)["next"] == {"passes": True, "recipients": 200, "recipients_by": "user-hour", "ways": []}
    for _ in range(3):  # Postfix tries again: one decision
        assert one.ask(instance="a.2", stage="RCPT", recipients=0) == "DUNNO"
    assert one.ask(instance="a.3", recipients=200) == "DUNNO"
    for _ in range(3):
        assert one.ask(instance="a.4", stage="RCPT", recipients=0).startswith("450 ")
    assert one.ask(instance="a.5", recipients=401).startswith("550 ")

    def decided():
        return [one for one in show(rig)["decisions"] if one["action"] != "none"]
    until(lambda: len(decided()) == 2, rig.said)
    assert [(one["limit"], one["action"], one["used"], one["most"], one["wanted"], one["client"]) for one in decided()] == [
        ("at-once", "reject", 0, 400, 401, "192.0.2.7"), ("user-hour", "defer", 500, 500, 1, "192.0.2.7")]
    assert all(one["times"] >= least for one, least in zip(decided(), (1, 3)))
    shown = show(rig)
    assert not shown["next"]["passes"] and shown["next"]["limit"] == "user-hour" and shown["next"]["at"]
    assert shown["next"]["ways"] == ["todoku limit set taro@jp.test user-hour 1000 --for 2h", "todoku limit reset taro@jp.test"]
    web = next(one for one in shown["limits"] if one["limit"] == "web-form")
    assert "used" not in web and web["key"] == ["client_address"] and web["shadow"]
    text = done(rig, "show", "taro")
    assert "is refused for now (450): limit user-hour is full" in text and "What would let it pass" in text
    assert "401 recipients, at most 400" in text and "1 wanted, 500 of 500 used" in text
    assert done(rig, "reset", "jiro", "user-hour").startswith("counts of user-hour were forgotten\n")
    assert len(text.splitlines()) <= 24
    assert limit(rig, login="x@shop.test")["most"] == 2000 and limit(rig, login="x@shop.test")["level"] == "domain"
    done(rig, "suspend", "taro", name="account")
    shown = show(rig)
    assert shown["flags"] == ["suspended"] and shown["next"]["ways"] == ["todoku account resume taro@jp.test"]


def test_what_is_usual(rig):
    rig.write(rig.lives(3))
    until(lambda: rig.events("caught_up"), rig.said)
    result = verb(rig, "show", "nobody@never.test")
    assert result.returncode == 0 and 'no login "nobody@never.test" was seen in the logs' in result.stderr
    assert show(rig, "nobody@never.test")["baseline"] is None
    for words in (["reset", "nobody@never.test"], ["set", "nobody@never.test", "user-hour", "5"]):
        assert 'no login "nobody@never.test" was seen in the logs' in verb(rig, *words).stderr


def test_kept_over_a_kill_and_a_reload(rig):
    done(rig, "set", "taro", "user-hour", "3", "--reason", "\x1b[31m")
    done(rig, "set", "jiro", "user-hour", "4", "--for", "2h")
    rig.kill()
    rig.start().until_it_listens()
    one = rig.asker()
    assert one.ask(instance="a.1", recipients=4).startswith("450 ")
    assert one.ask("jiro", instance="b.1", recipients=4) == "DUNNO"
    assert "\x1b" not in done(rig, "list") + done(rig, "show", "taro")
    rig.settings(LIMITS[:1], DOMAIN + "  language: ja\n")
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: rig.events("reloaded"), rig.said)
    number = iter(range(1000))
    until(lambda: "送信制限" in one.ask(instance=f"c.{next(number)}", recipients=4), rig.said)
    assert limit(rig)["most"] == 3 and limit(rig, login="jiro")["used"] == 4


def test_without_a_listener(todoku, tmp_path):
    with Limited(todoku, tmp_path, []) as rig:
        rig.configure([], "policy:\n  limits:\n    - { name: user-hour, recipients: 5/1h }\n", [f"file: {rig.log}"])
        rig.start()
        assert "policy.limits: nobody can ask: policy.listen is empty" in rig.events("policy_limits_idle")[0]
        done(rig, "set", "taro", "user-hour", "3")
        shown = json.loads(done(rig, "--format", "json", "show", "taro"))
        assert not shown["counted"] and shown["limits"] == []
        asks_nobody = "warning: Postfix does not ask todoku (policy.listen is empty): nothing is refused; see the runbook surge, step 2"
        for words in (["show", "taro"], ["set", "taro", "user-hour", "3"], ["reset", "taro"]):
            said = verb(rig, *words)
            assert "there is no policy listener (policy.listen)" in said.stdout and asks_nobody in said.stderr, said
        for words in (["suspend", "taro"], ["show", "taro"], ["flag", "taro", "hold"]):
            assert asks_nobody in verb(rig, *words, name="account").stderr
        for words in (["resume", "taro"], ["show", "taro"], ["flag", "taro", "note"]):  # there is nothing to be refused
            assert "warning: Postfix" not in verb(rig, *words, name="account").stderr
        rig.settings(["name: user-hour, recipients: 5/1h"])
        rig.process.send_signal(signal.SIGHUP)
        until(lambda: rig.events("reloaded"), rig.said)

        def answers():
            try:
                return rig.connect().ask(recipients=4).startswith("450 ")
            except OSError:
                return False
        until(answers, rig.said)


@pytest.mark.parametrize("words, code, says", [
    (["shwo", "taro"], 2, "show"), (["show"], 2, "one LOGIN"), (["list", "taro"], 2, "no further word"), (["set", "taro", "user-hour"], 2, "NUMBER"),
    (["set", "taro", "user-hour", "lots"], 2, "no number"), (["set", "taro", "user-hour", "-1"], 2, ""), (["set", "taro", "user-hour", "1000000001"], 2, "no number"),
    (["set", "taro", "user-hour", "default", "--for", "2h"], 2, "--for"), (["reset", "taro", "--for", "2h"], 2, "--for"),
    (["set", "taro", "user-hour", "5", "--for", "2h", "--until", "+3h"], 2, "one end"), (["show", "taro", "--reason", "x"], 2, "--reason"),
    (["set", "taro", "user-huor", "5"], 1, "did you mean user-hour?"), (["set", "taro", "nothing-like-it", "5"], 1, "there are user-hour, at-once"),
    (["set", "taro", "web-form", "5"], 1, "does not count by login"), (["reset", "taro", "user-huor"], 1, "did you mean user-hour?")])
def test_wrong_words(rig, words, code, says):
    result = verb(rig, *words)
    assert result.returncode == code and says in result.stderr, result.stderr
    assert json.loads(done(rig, "--format", "json", "list"))["overrides"] == []


@pytest.mark.parametrize("path, wish", [
    ("", {}), ("", {"login": "taro", "limit": "user-hour"}), ("", {"login": "taro", "limit": "user-hour", "count": "5"}),
    ("/reset", {}), ("/reset", []), ("/reset", {"login": "taro", "limit": "none"})])
def test_wrong_wishes(rig, path, wish):
    status, body = rig.ask("/api/v1/limits" + path, "POST", json.dumps(wish))
    assert status == 400 and body["error"]["what"]


def rows(text):
    return [re.sub(" +", " ", line.strip()) for line in text.splitlines()]


def test_levels_and_bursts_are_shown(todoku, tmp_path):
    limits = ["name: user-hour, recipients: 500/1h, levels: [ { domain: shop.test, count: 2000 }, { class: vip, count: 9000 } ]",
              "name: bucket, messages: 100/1h, burst: 10, action: reject, shadow: true"]
    with Limited(todoku, tmp_path, limits, DOMAIN) as rig:
        rig.start().until_it_listens()
        said = rows(done(rig, "list"))
        first = said.index("user-hour 500 recipients 1h by sasl_username defer")
        assert said[first + 1:first + 4] == ["domain shop.test 2,000", "class vip 9,000",
                                             "bucket 100 messages 1h, at most 10 at once by sasl_username reject (shadow)"]
        assert "bucket 0 100 messages 1h, at most 10 at once 10 reject (shadow) default" in rows(done(rig, "show", "taro"))


def on_a_screen(rig, *words, columns=80):
    """What a terminal of that width gets."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([rig.program, "limit", "-c", rig.config, "--color", "never", *words], stdout=slave, env=clean_environment()) as verb:
        os.close(slave)
        said = b""
        try:
            while got := os.read(master, 65536):
                said += got
        except OSError:  # the end of a terminal
            pass
        assert verb.wait(timeout=LIMIT) == 0
    os.close(master)
    return said.decode().replace("\r", "")


def test_what_matters_is_not_cut(todoku, tmp_path):
    limits = ["name: new-addresses, new_recipients: 200/1d, shadow: true, action: discard, levels: [ { domain: shop.example.test, count: 5 } ]",
              "name: user-hour, recipients: 500/1h"]
    with Limited(todoku, tmp_path, limits, DOMAIN) as rig:
        rig.start().until_it_listens()
        done(rig, "set", "x@shop.example.test", "user-hour", "2000", "--for", "2h", "--reason", "why " * 60)
        for said in (on_a_screen(rig, "show", "x@shop.example.test"), done(rig, "show", "x@shop.example.test")):
            line = next(line for line in said.splitlines() if line.startswith("  new-addresses "))
            assert "discard" in line and "(shadow)" in line and line.endswith("domain shop.example.test")
            own = " ".join(rows(said[said.index("user-hour: 2,000"):]))
            assert re.match(r"user-hour: 2,000 in place of 500 until (\d{4}-\d\d-\d\d )?\d\d:\d\d(, by \w+)?: (why ){59}why", own), own
        assert all(len(line) <= 80 for line in on_a_screen(rig, "show", "x@shop.example.test").splitlines())


def test_an_account_of_the_driver_is_no_slip(todoku, tmp_path):
    (tmp_path / "passwd").write_text("hana@jp.test:x::::::\n")
    with Limited(todoku, tmp_path, LIMITS[:1], DOMAIN + f"accounts: {{ driver: passwd-file, path: {tmp_path}/passwd }}\n") as rig:
        rig.write(rig.lives(3))
        rig.start().until_it_listens()
        until(lambda: rig.events("caught_up"), rig.said)
        for words, name in ((["show", "hana"], "limit"), (["reset", "hana"], "limit"), (["flag", "hana", "note"], "account")):
            assert verb(rig, *words, name=name).stderr == ""
        assert "was seen in the logs" in verb(rig, "flag", "hanna", "note", name="account").stderr
