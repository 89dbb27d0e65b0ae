# SPDX-License-Identifier: Apache-2.0
"""Each message of each log has one row of its end, whatever the clocks of the logs say and whenever the daemon is killed:
what was settled before is not settled again, and what was not is not left out."""

import random
import signal
import socket
import time

import pytest
from daemon_rig import Rig, free_port, until

DETECT = "detect: { correlation: { late_lines: 1s }, slo: { least_outcomes: 1000000 }, silence: { after: 7d } }\n"


@pytest.fixture
def rig(todoku, tmp_path):
    logs = [tmp_path / f"{name}.log" for name in "abc"]
    with Rig(todoku, tmp_path, more=DETECT, logs=[f"file: {log}" for log in logs]) as made:
        made.logs = logs
        yield made


def again(rig, end):
    seen = len(rig.events("caught_up"))
    getattr(rig, end)()
    rig.start()
    until(lambda: len(rig.events("caught_up")) > seen, rig.said)


def check(rig):
    """Lines of now let the time of all others pass."""
    for log in rig.logs:
        rig.write(rig.lives(1), log)
    until(lambda: len(rig.messages()) >= rig.number, lambda: f"{len(rig.messages())} of {rig.number}: {rig.said()}")
    assert max(rig.messages().values()) == 1 and max(rig.deliveries().values()) == 1
    assert len(rig.deliveries()) == rig.number


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_log_that_is_behind(rig, end):
    """Its messages wait by the clock of the log that is ahead, and are read again by their own."""
    for i in range(6):
        rig.write(rig.lives(3), rig.logs[0])
        rig.write(rig.lives(3, ago=600), rig.logs[1])
        until(lambda: len(rig.deliveries()) == rig.number, rig.said)
        if i % 2:
            again(rig, end)
    check(rig)


def test_ends_that_are_told_before_a_line_is_new(rig):
    """The log that is behind comes first: its ends are due as soon as all has been read again, while both are written on."""
    rig.write(rig.lives(12000, ago=600), rig.logs[0])
    rig.write(rig.lives(12000), rig.logs[1])
    for _ in range(3):
        rig.write(rig.lives(9, ago=600), rig.logs[0])
        rig.write(rig.lives(1), rig.logs[1])
        until(lambda: len(rig.deliveries()) == rig.number, rig.said)
        rig.kill()
        rig.spawn()
        seen = len(rig.events("caught_up"))
        while len(rig.events("caught_up")) == seen:
            assert rig.process.poll() is None, rig.said()
            rig.write(rig.lives(1, ago=600), rig.logs[0])
            rig.write(rig.lives(1), rig.logs[1])
            time.sleep(0.02)
    check(rig)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_stamps_that_were_ahead(rig, end):
    """All that comes within the hour after them waits for nothing, and is read again without having waited."""
    rig.write(rig.lives(5), rig.logs[0])
    rig.write(rig.lives(2, ago=-3600), rig.logs[0])
    for log in rig.logs:
        rig.write(rig.lives(10), log)
    until(lambda: len(rig.deliveries()) == rig.number, rig.said)
    again(rig, end)
    rig.write(rig.lives(3, ago=-7200), rig.logs[2])
    check(rig)


@pytest.mark.parametrize("seed", range(2))
def test_any_clock_and_any_moment(rig, seed):
    dice = random.Random(seed)
    for _ in range(6):
        for _ in range(dice.randrange(1, 8)):
            ago = dice.choice([0, 0, 0, 1, 5, 300, -600, 7200])
            rig.write(rig.lives(dice.randrange(1, 6), ago=ago), dice.choice(rig.logs))
            time.sleep(dice.random() / 5)
        rig.kill()
        rig.start()
    check(rig)


def send(rig, port, count):
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(b"".join(b"<22>" + line.encode() + b"\n" for line in rig.lives(count).splitlines()))


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_more_than_comes_again_had_ended(todoku, tmp_path, end):
    """A listener keeps few lines to be read again: what waits for late lines is told before they are let go."""
    port = free_port()
    with Rig(todoku, tmp_path, more=DETECT.replace("1s", "5m"),
             logs=[f"{{ syslog: tcp:127.0.0.1:{port}, spool: 1MiB }}"]) as rig:
        until(lambda: rig.events("caught_up"), rig.said)
        for _ in range(20):
            send(rig, port, 50)
            time.sleep(0.05)
        until(lambda: len(rig.deliveries()) == rig.number, rig.said)
        again(rig, end)
        again(rig, end)
        rig.config.write_text(rig.config.read_text().replace("5m", "1s"))
        rig.process.send_signal(signal.SIGHUP)
        send(rig, port, 1)
        until(lambda: len(rig.messages()) == rig.number, lambda: f"{len(rig.messages())} of {rig.number}: {rig.said()}")
        assert max(rig.messages().values()) == 1
