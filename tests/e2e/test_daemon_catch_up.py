# SPDX-License-Identifier: Apache-2.0
"""A history that takes nothing more, neither into memory nor into a spool: the daemon watches on, leaves the lines where
they are, and records them all once when it can, from files that were rotated, listeners and all."""

import os
import socket
import threading

import pytest
from daemon_rig import Locked, Rig, free_port, until
from log_lines import BLOCK


def life_of(rig, count, relay="relay1", **more):
    """Each source is the log of another relay."""
    return rig.lives(count, login="x", **more).replace(" relay1 ", f" {relay} ")


@pytest.fixture
def rig(todoku, tmp_path):
    """Two files, a folder of many, a listener; a history that is full soon."""
    port = free_port()
    logs = [f"file: {tmp_path}/mail.log", f"file: {tmp_path}/other.log", f"syslog: udp:127.0.0.1:{port}",
            *(f"file: {tmp_path}/quiet{i}.log" for i in range(4))]
    with Rig(todoku, tmp_path, more="store: { memory: 1MiB, spool: 0B }\n", logs=logs) as made:
        made.other = tmp_path / "other.log"
        made.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.to = ("127.0.0.1", port)
        yield made
        made.link.close()


def send(rig, count):
    for line in life_of(rig, count, "relay3").splitlines():
        rig.link.sendto(b"<22>" + line.encode(), rig.to)


def some(rig, count=20):
    """From everywhere."""
    rig.write(life_of(rig, count))
    rig.write(life_of(rig, count, "relay2"), rig.other)
    send(rig, count)


def spooled(rig):
    """What was sent is on disk: it survives a kill."""
    last = f"u{rig.number}@".encode()
    until(lambda: any(last in file.read_bytes() for file in (rig.state / "syslog").iterdir()), rig.said)


def all_rows(rig):
    until(lambda: len(rig.deliveries()) >= rig.number, lambda: f"{rig.number}: {rig.missing()} {rig.said()}")
    assert max(rig.deliveries().values()) == 1 and len(rig.deliveries()) == rig.number
    assert rig.counter("lines") == 5 * rig.number


def begin(rig):
    """All sources are known, and have a position."""
    until(lambda: len(rig.events("log_waiting")) >= 6 and rig.events("caught_up"), rig.said)
    some(rig)
    all_rows(rig)


def fill(rig, times=1):
    """Until the daemon gives up recording."""
    def write():
        some(rig, 60)
        return len(rig.events("history_full")) >= times
    until(write, rig.said)


def blocks(rig, *transitions):
    return [one for one in rig.hook.pages(*transitions) if one["incidents"][0]["kind"] == "block"]


def test_all_is_recorded_once_afterwards(rig):
    begin(rig)
    with Locked(rig):
        fill(rig)
        rig.rotate()
        os.rename(rig.other, rig.other.with_suffix(".log.1"))
        some(rig)
        spooled(rig)
        rig.write(life_of(rig, 30, reply=BLOCK))
        until(lambda: blocks(rig, "opened"), rig.said)  # it watches on
    until(lambda: rig.events("history_catches_up"), rig.said)
    all_rows(rig)
    assert len(blocks(rig, "opened")) == 1
    assert [one["kind"] for one in rig.incidents() if one["kind"] == "block"]  # catching up did not end it
    rig.write(life_of(rig, 400))
    until(lambda: blocks(rig, "closed"), rig.said)
    assert len(blocks(rig, "opened")) == 1
    all_rows(rig)


def test_again_and_again(rig):
    begin(rig)
    for times in range(1, 4):
        with Locked(rig):
            fill(rig, times)
        until(lambda n=times: len(rig.events("history_catches_up")) >= n, rig.said)
    all_rows(rig)


def test_killed_while_full(rig):
    begin(rig)
    with Locked(rig):
        fill(rig)
        spooled(rig)
        rig.kill()
    rig.start()
    until(lambda: len(rig.events("caught_up")) == 2, rig.said)
    some(rig)
    all_rows(rig)


def test_killed_while_it_catches_up(rig):
    begin(rig)
    with Locked(rig):
        fill(rig)
        for _ in range(20):
            some(rig, 100)
        spooled(rig)
    until(lambda: rig.events("history_catches_up"), rig.said)
    rig.kill()
    rig.start()
    all_rows(rig)


def test_a_reload_while_full(rig):
    """What is not recorded yet is found again by the reload too."""
    begin(rig)
    with Locked(rig):
        fill(rig)
        text = rig.config.read_text()
        rig.config.write_text(text.replace("after: 7d", "after: 6d"))
        rig.process.send_signal(1)
        until(lambda: rig.events("reloaded"), rig.said)
        some(rig)
    until(lambda: rig.status()["history"]["state"] == "ok", lambda: str(rig.status()["history"]))
    all_rows(rig)


def test_much_comes_while_it_catches_up(rig):
    """Writers that do not wait."""
    begin(rig)
    ended = threading.Event()

    def write():
        while not ended.wait(0.01):
            rig.write(life_of(rig, 5))

    writer = threading.Thread(target=write)
    with Locked(rig):
        fill(rig)
        writer.start()
    until(lambda: rig.events("history_catches_up"), rig.said)
    until(lambda: len(rig.events("caught_up")) >= 2, rig.said)
    ended.set()
    writer.join()
    all_rows(rig)
