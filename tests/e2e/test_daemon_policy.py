# SPDX-License-Identifier: Apache-2.0
"""The policy listener of a real daemon: what it answers, to whom, however the bytes come; reloads; bad and many peers."""

import os
import signal
import subprocess
import threading

import pytest
from daemon_rig import LIMIT, free_port, until
from policy_rig import Limited, request

OVER = "450 4.7.1 limit user-hour"


@pytest.fixture
def rig(todoku, tmp_path):
    with Limited(todoku, tmp_path, ["name: user-hour, recipients: 500/1h"]) as one:
        yield one.start().until_it_listens()


def test_a_limit_is_kept_and_told(rig):
    one = rig.connect()
    assert one.ask(recipients=499, instance="a.1") == "DUNNO"
    assert one.ask(recipients=2, instance="a.2").startswith(f"{OVER}: 499 of 500 recipients in 1h are used; try again in ")
    assert one.ask("TARO", recipients=1, instance="a.3") == "DUNNO"
    assert one.ask(stage="RCPT", recipients=0, instance="a.4", queue_id="").startswith(OVER)
    assert one.ask("jiro", stage="RCPT", recipients=0, instance="a.5") == "DUNNO"
    until(lambda: len(rig.events("limit_reached")) == 2, rig.said)
    told = rig.events("limit_reached")[0]
    assert "limit=user-hour action=defer login=taro" in told and "used=499 most=500 wanted=2" in told
    until(lambda: rig.metric('todoku_policy_answers_total{result="defer"}') == 2, rig.said)
    assert rig.metric('todoku_limit_reached_total{limit="user-hour"}') == 2
    assert rig.metric('todoku_policy_requests_total{stage="end_of_message"}') == 3


def test_a_request_that_comes_again_counts_once(rig):
    for _ in range(3):  # each on a connection of its own, as Postfix does it
        one = rig.connect(by_file=False)
        assert one.ask(recipients=300, instance="a.1") == "DUNNO"
        assert one.ask(recipients=300, instance="a.1", stage="DATA") == "DUNNO"
        one.close()
    assert rig.connect().ask(recipients=200, instance="a.2") == "DUNNO"


def test_however_the_bytes_come(rig):
    one = rig.connect()
    data = request(instance="a.1") + request("jiro", instance="a.2", sender="SRS0=a=b@x") + request(instance="a.3")
    for at in range(0, len(data), 7):
        one.say(data[at:at + 7])
    assert [one.hear() for _ in range(3)] == ["DUNNO"] * 3
    one.say(data * 40)
    assert [one.hear() for _ in range(120)] == ["DUNNO"] * 120


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\n", b"request=other\n\n", request(recipients=-1),
                                  request(recipients=2**32), request(size=2**63), b"x" * 70000, request()[:-1] + b"\r\n\n",
                                  request(sender="a\0b")])
def test_nonsense_ends_a_connection_without_an_answer(rig, data):
    one, bad = rig.connect(), rig.connect(by_file=False)
    bad.say(request(instance="a.1") + data)
    assert bad.hear() == "DUNNO" and bad.hear() == ""
    assert one.ask(instance="a.2") == "DUNNO"
    until(lambda: rig.metric("todoku_policy_bad_requests_total") == 1, rig.said)


def test_never_more_than_the_limit_whoever_asks_at_once(rig):
    passed, lock = [], threading.Lock()

    def work(number):
        one = rig.connect(by_file=number % 2 == 0)
        for at in range(40):
            if one.ask(recipients=1, instance=f"{number}.{at}") == "DUNNO":
                with lock:
                    passed.append(number)
        one.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(48)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 500


def test_a_reload_drops_no_question_and_no_count(rig):
    one = rig.connect()
    assert one.ask(recipients=400, instance="a.1") == "DUNNO"
    rig.settings(["name: less, recipients: 300/1h, action: reject", "name: shadow, messages: 1/1d, shadow: true"])
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: rig.events("reloaded"), rig.said)
    until(lambda: one.ask(instance="a.2", stage="RCPT", recipients=0).startswith("550 5.7.1 limit less"), rig.said)
    rig.settings(["name: more, recipients: 402/1h"])
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: len(rig.events("reloaded")) == 2, rig.said)
    until(lambda: one.ask(instance="a.3", stage="RCPT", recipients=0) == "DUNNO", rig.said)
    assert one.ask(recipients=2, instance="a.4") == "DUNNO"
    assert one.ask(recipients=1, instance="a.5").startswith("450 4.7.1 limit more")


def test_another_address_and_none(rig):
    assert rig.connect().ask(recipients=400, instance="a.1") == "DUNNO"
    rig.port = free_port()
    rig.settings(["name: user-hour, recipients: 500/1h"])
    rig.process.send_signal(signal.SIGHUP)

    def moved():
        try:
            return rig.connect(by_file=False).ask(recipients=101, instance="a.2").startswith(OVER)  # the count came along
        except ConnectionRefusedError:
            return False
    until(moved, rig.said)
    rig.configure([], "", [f"file: {rig.log}"])
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: not os.path.exists(rig.place), rig.said)


def test_an_address_that_is_taken_is_told_and_tried_again(todoku, tmp_path):
    with Limited(todoku, tmp_path, ["name: user-hour, recipients: 500/1h"]) as rig:
        os.mkdir(rig.place)
        rig.start()
        until(lambda: rig.events("policy_does_not_answer"), rig.said)
        until(lambda: rig.metric("todoku_policy_trouble") == 1, rig.said)
        os.rmdir(rig.place)
        until(lambda: rig.events("policy_answers"), rig.said)
        assert rig.connect().ask() == "DUNNO"


@pytest.mark.parametrize("asked, event", [
    ({"stage": "RCPT"}, "policy_counts_nothing"),
    ({"login": "", "sender": "x@jp.test"}, "policy_without_logins"),
    ({"stage": "MAIL"}, "policy_asked_in_vain"),
])
def test_questions_that_limit_nobody_are_told(rig, asked, event):
    one = rig.connect()
    for number in range(250):
        assert one.ask(instance=f"a.{number}", **asked) == "DUNNO"
    until(lambda: rig.events(event), rig.said)
    assert len(rig.events(event)) == 1
    until(lambda: rig.ask("/api/v1/policy")[1].get("doubts"), rig.said)
    doubt, = rig.ask("/api/v1/policy")[1]["doubts"]
    assert doubt in rig.events(event)[0] and doubt in status_text(rig)


@pytest.mark.parametrize("stages", [("DATA", "END-OF-MESSAGE"), ("END-OF-MESSAGE", "END-OF-MESSAGE")])
def test_two_questions_a_message_are_told(rig, stages):
    one = rig.asker()
    for number in range(250):
        for stage in stages:
            assert one.ask(instance=f"a.{number}", stage=stage) == "DUNNO"
    until(lambda: rig.metric('todoku_policy_doubts{event="policy_asked_twice"}') == 1, rig.said)
    assert len(rig.events("policy_asked_twice")) == 1
    assert rig.metric('todoku_policy_doubts{event="policy_counts_nothing"}') == 0


def test_a_flag_that_slows_nothing_is_told(rig):
    rig.done("account", "flag", "taro", "slow")
    assert rig.asker().ask(instance="a.1").startswith("WARN")
    until(lambda: rig.events("policy_slows_nothing"), rig.said)


def status_text(rig):
    return subprocess.run([rig.program, "status", "-c", rig.config], capture_output=True, text=True, timeout=LIMIT,
                          check=False, env={**os.environ, "COLUMNS": "200"}).stdout


def test_the_listener_is_shown(rig):
    one = rig.connect(by_file=False)
    for number in range(6):
        one.ask(recipients=100, instance=f"a.{number}")
    until(lambda: rig.ask("/api/v1/policy")[1].get("today", {}).get("defer") == 1, rig.said)
    shown = rig.ask("/api/v1/policy")[1]
    assert (shown["state"], shown["limits"], shown["keys"], shown["connections"]) == ("answers", 1, 1, 1)
    assert (shown["requests"], shown["today"]["pass"], shown["bad"]) == (6, 5, 0)
    assert shown["listen"] == [f"unix:{rig.place}", f"127.0.0.1:{rig.port}"]
    assert shown["postfix"] == (f"todoku_policy = check_policy_service {{ inet:127.0.0.1:{rig.port}, timeout=2s, "
                                "try_limit=1, default_action=DUNNO }")
    assert rig.status()["policy"]["state"] == "answers"
    said = status_text(rig)
    assert "1 over today; 1 limit, 1 key; " in said, said
    rig.configure([], "", [f"file: {rig.log}"])
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: rig.ask("/api/v1/policy")[1].get("state") == "off", rig.said)
    assert "Limits" not in status_text(rig)


def test_an_address_that_is_taken_is_shown(todoku, tmp_path):
    with Limited(todoku, tmp_path, ["recipients: 500/1h"]) as rig:
        os.mkdir(rig.place)
        rig.start()
        until(lambda: rig.ask("/api/v1/policy")[1].get("state") == "trouble", rig.said)
        assert rig.ask("/api/v1/policy")[1]["reason"]
        assert "nobody answers Postfix, which takes mail without limits" in status_text(rig)


WRONG = [
    ("recipients: 0/1h", "recipients"),
    ("recipients: 10/400d", "longer time than a year"),
    ("recipients: 10/1h, messages: 5/1h", "messages"),
    ("recipients: 10/1h, action: slow", "slow_transport"),
    ("recipients: 10/1h, action: defer_if_reject", "action"),
    ("recipients: 10/1h, key: [from]", "key"),
    ("name: x", "limits[0]"),
]


@pytest.mark.parametrize("limit, said", WRONG)
def test_wrong_limits(todoku, tmp_path, run, limit, said):
    with Limited(todoku, tmp_path, [limit]) as rig:
        done = run("config", "check", "-c", rig.config)
        assert done.returncode == 1 and said in done.stderr and "todoku.yaml:" in done.stderr, done.stderr
