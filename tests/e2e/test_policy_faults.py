# SPDX-License-Identifier: Apache-2.0
"""The policy listener of a real daemon in bad company: half requests, floods, many connects, endless lines, numbers at
their ends, steps of the clock, reloads under load, no descriptor left. What test_daemon_policy.py says of single peers
holds beside all of them."""

import itertools
import os
import resource
import signal
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from daemon_rig import LIMIT, Stepped, until
from policy_rig import Limited, request

HOURLY = "name: user-hour, recipients: 1000000/1h"
GROWTH_MB = 32  # of the daemon's memory, whatever is sent


@pytest.fixture
def rig(todoku, tmp_path):
    with Limited(todoku, tmp_path, [HOURLY]) as one:
        yield one.start().until_it_listens()


def resident_mb(rig):
    status = Path(f"/proc/{rig.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def assert_no_growth(rig, before_mb):
    """A sanitizer keeps what was freed: nothing is said of a program with one."""
    sanitized = any(name in Path(f"/proc/{rig.process.pid}/maps").read_text() for name in ("libasan", "libtsan"))
    assert sanitized or resident_mb(rig) - before_mb < GROWTH_MB


def is_closed(connection):
    """Whether the daemon has hung up; never waits, and takes what was answered before."""
    connection.socket.setblocking(False)
    try:
        while connection.socket.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


class Asking:
    """Somebody who asks on a connection of its own until it is told to stop; every answer is kept."""

    numbers = itertools.count()

    def __init__(self, rig, **what):
        self.connection, self.what, self.answers, self.over = rig.connect(), what, [], threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while not self.over.is_set():
            self.answers.append(self.connection.ask(instance=f"b.{next(self.numbers)}", **self.what))
            if not self.answers[-1]:
                return

    def end(self):
        self.over.set()
        self.thread.join(LIMIT)
        assert not self.thread.is_alive()
        self.connection.close()
        return self.answers


@contextmanager
def others(rig, count=2, **what):
    """Others who ask all the while, and are all let pass."""
    asking = [Asking(rig, **what) for _ in range(count)]
    try:
        yield asking
        seen = [len(one.answers) for one in asking]
        until(lambda: all(len(one.answers) > before for one, before in zip(asking, seen)), rig.said)  # after it, too
    finally:
        answers = [one.end() for one in asking]
    assert all(set(of) == {"DUNNO"} for of in answers), answers


def test_half_requests_hold_nobody_up(rig):
    """Half of one and no more, and one that comes byte by byte, are given up after 5 s without an answer."""
    whole = request(instance="half")
    halves = [rig.connect(by_file=number % 2 == 0) for number in range(100)]
    for number, one in enumerate(halves):
        one.say(whole[:1 + number * (len(whole) - 2) // 100])
    slow, left = rig.connect(), iter(whole[:-1])

    def a_byte_more():
        if is_closed(slow):
            return True
        slow.socket.setblocking(True)
        try:
            slow.say(bytes([next(left, ord("x"))]))
        except ConnectionError:
            return True
        return False
    with others(rig):
        until(a_byte_more, "the slow one to be closed")
        until(lambda: all(is_closed(one) for one in halves), "the halves to be closed")
    until(lambda: rig.metric("todoku_policy_connections") == 0, rig.said)


def test_who_takes_no_answer_is_not_kept(rig):
    """Requests without end, and nobody who reads: what waits stays small, and the connection ends."""
    flood, before = rig.connect(), resident_mb(rig)
    data = b"".join(request(instance=f"f.{number}") for number in range(500))
    with others(rig):
        flood.socket.settimeout(0.2)
        left = b""

        def is_ended():
            nonlocal left
            left = left or data
            try:
                left = left[flood.socket.send(left):]
            except TimeoutError:
                return False
            except ConnectionError:
                return True
            return False
        until(is_ended, "the flood to be cut off")
    assert rig.metric("todoku_policy_bad_requests_total") == 0
    assert_no_growth(rig, before)


def test_a_line_without_end(rig):
    """A gigabyte of one line: it goes no further than 64 KiB and what the sockets hold."""
    before, chunk = resident_mb(rig), b"x" * (1 << 20)
    with others(rig):
        for by_file, begin in itertools.product((True, False), (b"", b"sender=", request(instance="g")[:-1])):
            one, sent = rig.connect(by_file), 0
            with pytest.raises(ConnectionError):
                one.say(begin)
                while sent < 1 << 30:
                    one.say(chunk)
                    sent += len(chunk)
            assert sent < 64 << 20
            one.close()
    assert_no_growth(rig, before)
    until(lambda: rig.metric("todoku_policy_bad_requests_total") == 6, rig.said)


def test_many_connects(rig):
    """A connection a request, as fast as two can; none is lost, and none stays."""
    answers = []

    def connect_often(by_file):
        for number in range(1500):
            one = rig.connect(by_file)
            answers.append(one.ask(instance=f"{by_file}.{number}"))
            one.close()
    with others(rig, 1):
        threads = [threading.Thread(target=connect_often, args=(by_file,)) for by_file in (True, False)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == ["DUNNO"] * 3000
    until(lambda: rig.metric("todoku_policy_connections") == 0, rig.said)


def test_numbers_at_their_ends(todoku, tmp_path):
    limits = ["name: people, recipients: 10/1h", "name: bytes, size: 1MiB, within: 1h"]
    with Limited(todoku, tmp_path, limits) as rig:
        one = rig.start().until_it_listens().connect()
        for number in range(3):  # sums of these would wrap
            assert "no more than 10 can pass" in one.ask(recipients=2**32 - 1, instance=f"r.{number}")
            assert "no more than 1024 can pass" in one.ask(size=2**63 - 1, instance=f"s.{number}")
        assert one.ask(recipients=10, size=0, instance="a.1") == "DUNNO"
        assert one.ask(recipients=1, instance="a.2").startswith("450 4.7.1 limit people: 10 of 10")


class SteppedLimits(Stepped, Limited):
    """Counts by a clock that the test sets."""


def test_steps_of_the_clock(todoku, tmp_path):
    """Nobody is let pass early by a step back, and nobody locked out for longer than it."""
    with SteppedLimits(todoku, tmp_path, ["name: user-hour, recipients: 5/1h"]) as rig:
        one = rig.start().until_it_listens().connect()
        assert one.ask(recipients=5, instance="a.1") == "DUNNO"
        rig.set_clock(-1800)
        assert one.ask(instance="a.2").startswith("450")
        rig.set_clock(7200)
        assert one.ask(recipients=5, instance="a.3") == "DUNNO"
        assert one.ask(instance="a.4").startswith("450")
        rig.set_clock(0)  # by more than the window
        assert one.ask(recipients=5, instance="a.5") == "DUNNO"
        assert one.ask(instance="a.6").startswith("450")
        rig.set_clock(-86400 * 3650)
        assert one.ask(recipients=5, instance="a.7") == "DUNNO"
        rig.set_clock(86400 * 36500)
        assert one.ask(recipients=5, instance="a.8") == "DUNNO"
        assert one.ask(instance="a.9").startswith("450")


def test_reloads_under_load_drop_nothing_and_forget_nothing(rig):
    """While eight ask, the limits change six times; all that was let pass is counted at the end, once."""
    with others(rig, 8, login="busy") as asking:
        for number in range(1, 7):
            rig.settings([HOURLY] + [f"name: more-{number}, messages: 1000000/1d, key: [client_address]"] * (number % 2))
            rig.process.send_signal(signal.SIGHUP)
            until(lambda number=number: len(rig.events("reloaded")) == number, rig.said)
    counted = sum(len(one.answers) for one in asking)
    rig.settings([f"name: user-hour, recipients: {counted + 1}/1h"])
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: len(rig.events("reloaded")) == 7, rig.said)
    one = rig.connect()

    def is_new():  # the terms: it is asked for more than they allow
        return one.ask("busy", recipients=counted + 2, instance=f"n.{next(Asking.numbers)}", stage="DATA") != "DUNNO"
    until(is_new, rig.said)
    assert one.ask("busy", recipients=1, instance="e.1") == "DUNNO"
    assert one.ask("busy", recipients=1, instance="e.2").startswith(f"450 4.7.1 limit user-hour: {counted + 1} of {counted + 1}")


def test_no_descriptor_left(rig):
    """New ones are turned away at once, old ones served; with descriptors they are let in again."""
    old = [rig.connect(by_file=number % 2 == 0) for number in range(4)]
    assert [one.ask(instance=f"o.{number}") for number, one in enumerate(old)] == ["DUNNO"] * 4
    bounds = resource.prlimit(rig.process.pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{rig.process.pid}/fd"))
    resource.prlimit(rig.process.pid, resource.RLIMIT_NOFILE, (used, bounds[1]))
    try:
        more, turned_away = [], 0
        while turned_away < 20:  # a place that is free here and there is taken first
            one = rig.connect(by_file=len(more) % 2 == 0)
            try:
                answer = one.ask(instance=f"m.{len(more)}")
            except ConnectionError:
                answer = ""
            turned_away += not answer
            more.append(one)
            assert len(more) < 200
        assert [one.ask(instance=f"p.{number}") for number, one in enumerate(old)] == ["DUNNO"] * 4
    finally:
        resource.prlimit(rig.process.pid, resource.RLIMIT_NOFILE, bounds)
    assert rig.connect().ask(instance="q.1") == "DUNNO"
