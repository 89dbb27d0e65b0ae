# SPDX-License-Identifier: Apache-2.0
"""The script that counts for all relays, in a real Redis under a clock of the test: held against what a window and a
bucket promise (src/gate/meter.h), and against messages that come again, late, or not at all."""

import random
import socket
from fractions import Fraction
from pathlib import Path

import pytest
from daemon_rig import LIMIT
from redis_peer import PROGRAM, Server

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Redis")

SCRIPT = (Path(__file__).parents[2] / "data" / "policy_shared.lua").read_text()
NOW = 1_790_000_000_000_000
HOUR = 3600_000_000


class Asked:
    """A connection that reads answers of integers, texts and lists of them."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        self.file = self.socket.makefile("rb")

    def __call__(self, *words):
        parts = [str(word).encode() for word in words]
        self.socket.sendall(f"*{len(parts)}\r\n".encode() + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        return self.read()

    def read(self):
        line = self.file.readline().decode()[:-2]
        assert line and line[0] != "-", line
        if line[0] == "*":
            return [self.read() for _ in range(int(line[1:]))]
        if line[0] == "$":
            return self.file.read(int(line[1:]) + 2)[:-2] if line != "$-1" else None
        return int(line[1:]) if line[0] == ":" else line[1:]

    def close(self):
        self.file.close()
        self.socket.close()


class Limits:
    """One key with rules: (field, unit, kind, limit, burst, span)."""

    def __init__(self, ask, rules, key="m"):
        self.ask, self.rules, self.key = ask, rules, key

    def call(self, operation, now, recipients, instance="", messages=1, age=0):
        timed = SCRIPT.replace("redis.call('TIME')", f"{{{now // 1000000}, {now % 1000000}}}")
        words = [operation, age, 3600000, int(instance != ""), recipients, messages, 0, 0, len(self.rules), 100000000]
        for rule in self.rules:
            words += rule
        return self.ask("EVAL", timed, 2, f"i:{instance}", self.key, *words)

    def passes(self, *arguments, **more):
        said = self.call("charge", *arguments, **more)
        assert said[1] == arguments[0]
        return said[0] == 1


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("script") / "redis") as redis:
        one = Asked(redis.port)
        yield one
        one.close()


@pytest.fixture
def ask(asked):
    asked("FLUSHALL")
    return asked


def window(limit, within=HOUR, field="rw", kind="W", unit=1):
    return (field, unit, kind, limit, 0, -(-within // 10))


def test_a_window_keeps_its_promise(ask):
    random.seed(7)
    limits = Limits(ask, [window(100)])
    passed, now = [], NOW
    for _ in range(1500):
        now += int(random.expovariate(1 / (HOUR / 60)))
        count = random.choice([1, 1, 2, 5, 30, 101])
        if limits.passes(now, count):
            passed.append((now, count))
            assert sum(n for at, n in passed if at > now - HOUR) <= 100
        else:  # a tenth longer, and the part that runs
            assert sum(n for at, n in passed if at > now - HOUR - HOUR // 10) + count > 100
    assert len(passed) > 300


def test_a_bucket_is_exact(ask):
    random.seed(8)
    limits = Limits(ask, [("rb", 1, "B", 7, 20, 1_000_000)])  # 7 a second, 20 saved up
    tokens, now, passed = Fraction(20), NOW, 0
    for _ in range(1500):
        step = int(random.expovariate(1 / 400_000))
        now += step
        tokens = min(Fraction(20), tokens + Fraction(7 * step, 1_000_000))
        count = random.choice([1, 2, 3, 21])
        if abs(tokens - count) < Fraction(1, 10_000):
            continue  # times are whole microseconds
        assert limits.passes(now, count) == (tokens >= count)
        if tokens >= count:
            tokens -= count
            passed += 1
    assert passed > 300


def test_all_rules_or_none(ask):
    limits = Limits(ask, [window(10, field="rw1"), window(2, field="mw", unit=2), window(3, field="rw2", kind="w")])
    assert limits.call("charge", NOW, 4) == [1, NOW, 2, b""]  # the soft one is over, and lets it pass
    assert limits.call("charge", NOW, 7)[:3] == [0, NOW, 0]
    assert limits.call("look", NOW, 6)[0] == 1
    assert limits.passes(NOW, 6)
    said = limits.call("charge", NOW, 0)
    assert said[:3] == [0, NOW, 1] and len(said[3]) == 52


def test_a_message_that_comes_again(ask):
    limits = Limits(ask, [window(10)])
    assert limits.passes(NOW, 6, "a") and limits.passes(NOW, 6, "a")  # the answer was lost
    assert limits.passes(NOW + 1000, 8, "a")                          # two more at the second stage
    assert limits.passes(NOW, 7, "a")
    assert not limits.passes(NOW, 3, "b") and limits.passes(NOW, 2, "b")
    assert not limits.passes(NOW, 1, "c")


def test_what_is_given_back(ask):
    limits = Limits(ask, [window(10), ("rb", 1, "B", 10, 10, HOUR)])
    assert limits.passes(NOW, 6, "a") and limits.passes(NOW + HOUR // 4, 4, "b")
    assert limits.call("back", NOW + HOUR // 2, 0, "a")[0] == 1
    assert limits.call("back", NOW + HOUR // 2, 0, "a")[0] == 1  # once is enough
    assert limits.passes(NOW + HOUR // 2, 6, "c") and not limits.passes(NOW + HOUR // 2, 1, "d")
    assert limits.passes(NOW + HOUR // 2, 6, "a")                # it is known, and asks for nothing


def test_given_back_before_it_was_counted(ask):
    limits = Limits(ask, [window(10)])
    assert limits.call("back", NOW, 0, "a")[0] == 1
    assert limits.passes(NOW, 10, "a") and limits.call("add", NOW, 10, "a")[0] == 1  # late, from another connection
    assert limits.passes(NOW, 10, "b")


def test_what_was_counted_elsewhere_has_its_own_time(ask):
    limits = Limits(ask, [window(10)])
    assert limits.passes(NOW, 4, "a")
    assert limits.call("add", NOW, 9, "b", age=HOUR // 2)[0] == 1  # room or not
    assert limits.call("add", NOW, 9, "b", age=HOUR // 2)[0] == 1  # once
    assert limits.call("add", NOW, 9, "c", age=3 * HOUR)[0] == 1   # too old to matter
    assert not limits.passes(NOW, 1, "d")
    assert limits.passes(NOW + HOUR // 2 + HOUR // 5, 6, "e") and not limits.passes(NOW + HOUR // 2 + HOUR // 5, 1, "f")


@pytest.mark.parametrize("step, room", [(-HOUR // 2, 0), (-HOUR * 5, 10), (HOUR // 2, 0), (HOUR * 2, 10)])
def test_a_clock_that_steps(ask, step, room):
    """As after a failover: what was counted stays for as long as the step, or a window."""
    limits = Limits(ask, [window(10)])
    assert limits.passes(NOW, 10)
    assert limits.passes(NOW + step, 1) == (room > 0)


def test_a_meter_that_is_none(ask):
    ask("HSET", "m", "rw", "nonsense")
    assert Limits(ask, [window(10)]).passes(NOW, 10)
    ask("SET", "i:a", "nonsense")
    assert not Limits(ask, [window(10)]).passes(NOW, 1, "a")


def test_relays_live_as_long_as_they_say_so(ask):
    def live(now, name):
        timed = SCRIPT.replace("redis.call('TIME')", f"{{{now // 1000000}, {now % 1000000}}}")
        return ask("EVAL", timed, 1, "relays", "live", name, 5000000)[0]
    assert [live(NOW, "a"), live(NOW + 1, "b"), live(NOW + 2, "a")] == [1, 2, 2]
    assert live(NOW + 5_000_001, "a") == 1
    assert live(NOW + 5_000_003, "b") == 2
    assert ask("PTTL", "relays") > 0
