# SPDX-License-Identifier: Apache-2.0
"""What limits count outlives the daemon: killed at any moment, ended in order, without a disk, under other limits, clocks
and versions."""

import itertools
import os
import random
import signal
import subprocess
import threading
import time
from datetime import datetime

import pytest
from daemon_rig import LIMIT, Stepped, until
from policy_rig import Limited, request

MANY = 10**9
ALL = f'name: all, recipients: {MANY}/1d, text: "used {{used}}"'
LOGINS = [f"login{number}" for number in range(7)]
ROUNDS = int(os.environ.get("TODOKU_TEST_KILLS", "6"))


def begin(rig):
    rig.start().until_it_listens()


class Probe:
    """Asks for more than can ever pass: the refusal says what is used."""

    number = 0

    def __call__(self, rig, login="taro"):
        Probe.number += 1
        one = rig.asker()
        answer = one.ask(login, recipients=MANY + 1, instance=f"probe.{Probe.number}")
        one.close()
        return int(answer.rsplit(" ", 1)[1])


used = Probe()


@pytest.fixture
def rig(todoku, tmp_path):
    with Limited(todoku, tmp_path, [ALL]) as one:
        begin(one)
        yield one


def journal(rig):
    return sorted(rig.state.glob("charges.*.journal"))


def saved(rig):
    """Seconds by the clock: what was counted before is on the disk, says the daemon."""
    said = (rig.status()["limit_counts"] or {}).get("saved")
    return datetime.fromisoformat(said).timestamp() if said else 0


def kept(rig):
    """Until all that was counted is on the disk."""
    asked = time.time()
    until(lambda: saved(rig) > asked, rig.said)


class Load:
    """Connections that send message after message until the daemon is gone, so slowly that it remembers them all."""

    def __init__(self, rig, name, seed, connections=4):
        self.sent, self.lock = [], threading.Lock()  # [login, recipients, instance, answered at or None]
        self.wrong = []  # answers
        self.threads = [threading.Thread(target=self.run, args=(rig.connect(), f"{name}.{number}", f"{seed}.{number}"))
                        for number in range(connections)]
        for thread in self.threads:
            thread.start()

    def run(self, connection, name, seed):
        number, chance = 0, random.Random(seed)
        while True:
            number += 1
            message = [chance.choice(LOGINS), chance.randint(1, 9), f"{name}.{number}", None]
            with self.lock:
                self.sent.append(message)
            try:
                connection.say(request(message[0], message[1], instance=message[2]))
                answer = connection.hear()
            except OSError:
                answer = ""
            if not answer:
                break
            if answer != "DUNNO":
                self.wrong.append(answer)
            message[3] = time.time()
            time.sleep(0.001)
        connection.close()

    def end(self):
        for thread in self.threads:
            thread.join(LIMIT)
            assert not thread.is_alive()
        assert not self.wrong
        return self.sent


def total(messages, login):
    return sum(message[1] for message in messages if message[0] == login)


def ask_again(rig, messages):
    one = rig.asker()
    for message in messages:
        assert one.ask(message[0], message[1], instance=message[2]) == "DUNNO"
        message[3] = time.time()
    one.close()


def test_killed_at_any_moment(rig):
    """Nothing is lost that was said to be saved, nothing is invented, and who asks again is not counted twice."""
    seed = time.time_ns()
    print(f"seed {seed}")
    chance, messages, safe = random.Random(seed), [], 0
    for number in range(ROUNDS):
        load = Load(rig, f"round{number}", chance.random())
        time.sleep(chance.choice((0.05, 0.3, 0.7, 3)) * chance.random())
        safe = max(safe, saved(rig))
        rig.kill()
        messages += load.end()
        begin(rig)
        sure = [one for one in messages if one[3] is not None and one[3] < safe]
        for login in LOGINS:
            assert total(sure, login) <= used(rig, login) <= total(messages, login)
        ask_again(rig, [one for one in messages if one[3] is None or one[3] >= safe])
        for login in LOGINS:
            assert used(rig, login) == total(messages, login)
    until(lambda: len(journal(rig)) == 1, lambda: f"{journal(rig)}")  # the files of before are gone


def test_an_orderly_end_loses_nothing(rig):
    messages = []
    for number in range(3):
        load = Load(rig, f"round{number}", number)
        time.sleep(0.3)
        rig.process.send_signal(signal.SIGTERM)
        sent = load.end()
        assert rig.process.wait(LIMIT) == 0
        messages += sent
        begin(rig)
        before = {login: used(rig, login) for login in LOGINS}
        assert all(before[login] >= total((one for one in messages if one[3] is not None), login) for login in LOGINS)
        ask_again(rig, sent[-2000:])
        assert {login: total(messages, login) for login in LOGINS} == {login: used(rig, login) for login in LOGINS}


def test_the_answer_of_before_is_given_again(rig):
    rig.settings(["name: few, recipients: 5/1h"])
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: rig.events("reloaded"), rig.said)
    one = rig.asker()
    until(lambda: one.ask(recipients=6, instance="").startswith("450"), rig.said)
    assert one.ask(recipients=4, instance="a.1", client_address="2001:db8::1") == "DUNNO"
    refused = one.ask(recipients=2, instance="a.2")
    assert refused.startswith("450 4.7.1 limit few: 4 of 5")
    kept(rig)
    rig.kill()
    begin(rig)
    one = rig.asker()
    assert one.ask(recipients=2, instance="a.2") == refused
    assert one.ask(recipients=4, instance="a.1", client_address="2001:db8::1") == "DUNNO"
    assert one.ask(recipients=1, instance="a.3") == "DUNNO"
    assert one.ask(recipients=1, instance="a.4").startswith("450")


@pytest.mark.parametrize("limits, left", [
    ([ALL.replace("name: all", "name: other")], 7),
    (["name: first, messages: 100000/1h", ALL], 7),
    (["name: of-client, recipients: 100000/1d, key: [client_address], shadow: true", ALL], 7),
    ([ALL.replace("/1d", "/1h")], 0),
    ([ALL.replace("recipients", "messages")], 0),
    ([ALL + ", burst: 1000"], 0),
])
def test_other_limits_than_before(rig, limits, left):
    """What counts the same goes on, by whatever name; what counts something else begins anew."""
    assert rig.asker().ask(recipients=7, instance="a.1") == "DUNNO"
    kept(rig)
    rig.kill()
    rig.settings(limits)
    begin(rig)
    one = rig.asker()
    if left == 0:
        answer = one.ask(recipients=MANY, instance="a.2")
        assert answer in ("DUNNO", "450 4.7.1 used 0"), answer
    else:
        assert used(rig) == left


def test_a_reload_makes_room_for_more_logins(todoku, tmp_path):
    with Limited(todoku, tmp_path, [ALL], "  accounts: 1000\n") as rig:
        begin(rig)
        rig.settings([ALL], "  accounts: 2000\n")
        rig.process.send_signal(signal.SIGHUP)
        until(lambda: rig.events("reloaded"), rig.said)
        one = rig.connect()
        for number in range(1500):
            assert one.ask(f"user{number}", instance=f"a.{number}") == "DUNNO"
        until(lambda: rig.metric("todoku_policy_keys") == 1500, rig.said)
        rig.settings([ALL], "  accounts: 1000\n")
        rig.process.send_signal(signal.SIGHUP)
        until(lambda: len(rig.events("reloaded")) == 2, rig.said)
        until(lambda: rig.metric("todoku_policy_keys") == 1000, rig.said)
        assert rig.metric('todoku_left_out_total{table="limit_keys"}') == 500
        assert used(rig, "user500") == 1


def test_what_was_forgotten_stays_forgotten(rig):
    """`todoku limit reset` is a count like any other: on the disk before a kill, also of keys with more than the login."""
    limits = [ALL, f"name: with-client, recipients: {MANY}/1d, key: [sasl_username, client_address], text: \"used {{used}}\""]
    rig.settings(limits)
    rig.kill()
    begin(rig)
    one = rig.asker()
    assert one.ask(recipients=7, instance="a.1") == one.ask("jiro", recipients=5, instance="b.1") == "DUNNO"
    subprocess.run([rig.program, "limit", "-c", rig.config, "reset", "taro"], check=True, timeout=LIMIT, capture_output=True)
    kept(rig)
    rig.kill()
    begin(rig)
    assert (used(rig), used(rig, "jiro")) == (0, 5)
    rig.settings(limits[1:])
    rig.kill()
    begin(rig)
    assert (used(rig), used(rig, "jiro")) == (0, 5)


def test_what_is_cut_damaged_or_foreign_is_passed_over(rig):
    assert rig.asker().ask(recipients=7, instance="a.1") == "DUNNO"
    kept(rig)
    rig.kill()
    [good] = journal(rig)
    data = good.read_bytes()
    for number, at in enumerate((4, 7, 12, len(data) - 1)):  # cut off within the head, a mark, the last record
        (rig.state / f"charges.{number + 1}000000000000000.journal").write_bytes(data[:at])
        begin(rig)
        assert used(rig) == 7
        rig.kill()
    (rig.state / "charges.8000000000000000.journal").write_bytes(b"TDCJ" + b"\xff\0\0\0" + data[8:])
    (rig.state / "charges.a000000000000000.journal").write_bytes(data[:8] + bytes(byte ^ 0x55 for byte in data[8:]))
    (rig.state / "charges.9000000000000000.journal").mkdir()
    (rig.state / "charges.1.journal").write_text("not one of ours")
    begin(rig)
    assert used(rig) == 7
    assert "another version of todoku" in rig.events("limit_counts_unread")[-1]
    assert (rig.state / "charges.1.journal").exists()


def test_a_folder_that_cannot_be_written(rig):
    """Limits go on, and it is told; then all is kept as if nothing had been."""
    subprocess.run(["chattr", "+i", rig.state], check=False)
    if subprocess.run(["touch", rig.state / "try"], capture_output=True, check=False).returncode == 0:
        pytest.skip("no folder can be made read-only here")
    try:
        one = rig.asker()
        rig.settings([ALL, "name: second, messages: 1000/1h"])  # other rules: a whole image, in a new file
        rig.process.send_signal(signal.SIGHUP)
        until(lambda: rig.events("reloaded"), rig.said)
        until(lambda: rig.metric("todoku_limit_counts_trouble") == 1, rig.said)
        assert one.ask(recipients=7, instance="a.1") == "DUNNO"
        assert used(rig) == 7
        until(lambda: rig.events("limit_counts_not_kept"), rig.said)
        assert "cannot be made" in rig.ask("/api/v1/status")[1]["limit_counts"]["reason"]
        said = subprocess.run([rig.program, "status", "-c", rig.config], capture_output=True, text=True, check=False)
        assert "Limits" in said.stdout and "a restart would begin it anew" in said.stdout, said.stdout + said.stderr
    finally:
        subprocess.run(["chattr", "-i", rig.state], check=True)
    until(lambda: rig.events("limit_counts_kept"), rig.said)
    kept(rig)
    rig.kill()
    begin(rig)
    assert used(rig) == 7


def test_a_file_that_may_not_grow_is_a_disk_that_is_full(todoku, tmp_path):
    with Limited(todoku, tmp_path, [ALL]) as rig:
        rig.start(preexec_fn=lambda: __import__("resource").setrlimit(__import__("resource").RLIMIT_FSIZE, (60000, 60000)))
        one, numbers = rig.until_it_listens().asker(), itertools.count()

        def is_full():
            for number in itertools.islice(numbers, 200):
                login = f"{random.getrandbits(128):x}"
                assert one.ask(login, recipients=1, instance=f"a.{number}", sender=f"{login}@jp.test") == "DUNNO"
            return rig.metric("todoku_limit_counts_trouble") == 1
        until(is_full, rig.said)
        assert one.ask(recipients=3, instance="b.1") == "DUNNO" and used(rig) == 3
        until(lambda: rig.events("limit_counts_not_kept"), rig.said)
        rig.kill()
        begin(rig)
        assert rig.asker().ask(recipients=3, instance="b.1") == "DUNNO"
        assert used(rig) == 3


def test_a_second_daemon_changes_nothing(rig):
    assert rig.asker().ask(recipients=7, instance="a.1") == "DUNNO"
    kept(rig)
    second = subprocess.run([rig.program, "run", "-c", rig.config], capture_output=True, timeout=LIMIT, check=False)
    assert second.returncode != 0
    assert rig.asker().ask(recipients=1, instance="a.2") == "DUNNO"
    kept(rig)
    rig.kill()
    begin(rig)
    assert used(rig) == 8


def test_another_state_directory_gets_a_whole_image(rig):
    assert rig.asker().ask(recipients=7, instance="a.1") == "DUNNO"
    rig.state = rig.folder / "elsewhere"
    rig.settings([ALL])
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: rig.events("reloaded"), rig.said)
    rig.until_it_listens()
    assert used(rig) == 7
    kept(rig)
    rig.kill()
    begin(rig)
    assert used(rig) == 7


class SteppedLimits(Stepped, Limited):
    """Counts by a clock that the test sets."""


@pytest.mark.parametrize("step_s", [-86400 * 30, -3600, 7200])
def test_a_clock_that_is_set(todoku, tmp_path, step_s):
    """Set back while it was down: what was counted counts for a while, as when it is set while it runs. Never corrupt."""
    with SteppedLimits(todoku, tmp_path, [ALL]) as rig:
        begin(rig)
        assert rig.asker().ask(recipients=7, instance="a.1") == "DUNNO"
        kept(rig)
        rig.kill()
        rig.set_clock(step_s)
        begin(rig)
        before = used(rig)
        assert before == 7 if step_s == 7200 else before in (0, 7)
        assert rig.asker().ask(recipients=2, instance="a.2") == "DUNNO"
        assert used(rig) == before + 2
