# SPDX-License-Identifier: Apache-2.0
"""A follower that is killed again and again while logs are written and rotated: each line comes out exactly once.

The follower is tests/unit/io/follow_demo.c, which keeps lines and positions in one file. Nothing here measures time;
random moments come from a seed that is printed when a test fails.
"""

import gzip
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from conftest import SANITIZER, clean_environment

DEADLINE = 120  # seconds until a test gives up; it takes a few


@pytest.fixture
def program(todoku):
    """tests/unit/follow_demo of the build that the program under test is from."""
    path = todoku.parent / "tests" / "unit" / "follow_demo"
    if not path.exists():
        pytest.skip("follow_demo is not built (meson was set up without tests)")
    return path


class Follower:
    """follow_demo on some sources, started and killed at will."""

    def __init__(self, program, folder, options, sources):
        self.program, self.folder, self.options, self.sources = program, folder, options, sources
        self.out, self.errors = folder / "out", folder / "errors"
        self.process = None
        self.deadline = time.monotonic() + DEADLINE

    def start(self):
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen([self.program, *self.options, self.out, *self.sources], cwd=self.folder,
                                            stderr=errors, stdin=subprocess.DEVNULL, env=clean_environment())

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait(DEADLINE)
        assert self.process.returncode in (0, -number), self.said()

    def kill(self):
        self.end(signal.SIGKILL)

    def stop(self):
        self.end(signal.SIGTERM)
        assert not SANITIZER.search(self.said()), self.said()

    def said(self):
        return self.errors.read_text("utf-8", "replace")

    def kept(self, source=None):
        """(peer, text) of the lines up to the last position."""
        if not self.out.exists():
            return []
        text = self.out.read_text("utf-8", "surrogateescape")
        found, batch = [], []
        for line in text.splitlines(keepends=True):
            if not line.endswith("\n"):
                break
            if line.startswith("P "):
                found += batch
                batch = []
            elif source is None or line.startswith(f"L {source} "):
                _, _, peer, words = line.rstrip("\n").split(" ", 3)
                batch.append((peer, words))
        return found

    def texts(self, source=None):
        return [text for _, text in self.kept(source)]

    def wait_for(self, done, what):
        while not done():
            assert self.process.poll() is None, f"the follower ended: {self.said()}"
            assert time.monotonic() < self.deadline, f"waited in vain for {what}: {self.said()}"
            time.sleep(0.02)


@pytest.fixture
def follower(program, tmp_path):
    """follower(SOURCE..., options=[...]) -> a Follower; all are ended with the test."""
    made = []

    def make(*sources, options=()):
        made.append(Follower(program, tmp_path, options, sources))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.process.kill()
            one.process.wait()


class Log:
    """A log that is written in pieces and rotated in every way."""

    def __init__(self, path, chance):
        self.path, self.chance = path, chance
        self.file = open(path, "ab", buffering=0)
        self.written = []

    def write(self, count=1):
        for _ in range(count):
            text = f"{self.path.name} line {len(self.written)} " + "x" * self.chance.randrange(200)
            whole = (text + "\n").encode()
            half = self.chance.randrange(len(whole))
            self.file.write(whole[:half])
            self.file.write(whole[half:])
            self.written.append(text)

    def shift(self):
        """NAME.1 -> NAME.2 ..., the older ones packed as logrotate does with delaycompress."""
        numbered = {}
        for path in self.path.parent.glob(self.path.name + ".*"):
            if found := re.fullmatch(r".*\.(\d+)(\.gz)?", path.name):
                numbered[int(found[1])] = path
        for number in sorted(numbered, reverse=True):
            suffix = ".gz" if numbered[number].suffix == ".gz" else ""
            numbered[number].rename(f"{self.path}.{number + 1}{suffix}")

    def pack(self):
        plain = Path(f"{self.path}.2")
        if plain.exists():
            facts = plain.stat()
            with open(f"{plain}.gz", "wb") as packed:
                packed.write(gzip.compress(plain.read_bytes()))
            os.utime(f"{plain}.gz", ns=(facts.st_atime_ns, facts.st_mtime_ns))
            plain.unlink()

    def rotate_by_name(self):
        """The daemon goes on writing to the old file until it is told."""
        self.shift()
        self.path.rename(f"{self.path}.1")
        self.write(self.chance.randrange(5))
        self.file.close()
        self.file = open(self.path, "ab", buffering=0)
        self.write(self.chance.randrange(5))
        self.pack()

    def rotate_by_copy(self):
        """Nobody writes between copy and truncation: what would be written then, no reader could ever see."""
        self.shift()
        Path(f"{self.path}.1").write_bytes(self.path.read_bytes())
        os.truncate(self.path, 0)
        self.write(self.chance.randrange(5))
        self.pack()


def write_and_rotate(log, rotate, lines, stop):
    """What runs beside the follower. About 20 rotations."""
    while len(log.written) < lines and not stop.is_set():
        log.write(log.chance.randrange(40))
        time.sleep(log.chance.random() * 0.01)
        if log.chance.random() < 0.1:
            rotate()
    log.write(1)
    log.file.close()


def kill_while(follower, threads, chance):
    kills = 0
    while any(thread.is_alive() for thread in threads):
        follower.start()
        time.sleep(chance.random() * 0.3)
        follower.kill()
        kills += 1
        time.sleep(chance.random() * 0.1)
    return kills


def assert_exactly_once(got, written, said, seed):
    lost, found = Counter(written) - Counter(got), Counter(got) - Counter(written)
    assert not lost and not found, f"seed {seed}: lost {list(lost)[:5]}, twice or wrong {list(found)[:5]}\n{said}"


@pytest.mark.parametrize("way", ["rotate_by_name", "rotate_by_copy"])
def test_killed_while_rotated(follower, tmp_path, way):
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    logs = [Log(tmp_path / name, random.Random(seed + i)) for i, name in enumerate(("mail.log", "relay2.log", "mail.err"))]
    one = follower(*(log.path for log in logs))
    stop = threading.Event()
    threads = [threading.Thread(target=write_and_rotate, args=(log, getattr(log, way), 4000, stop)) for log in logs]
    for thread in threads:
        thread.start()
    try:
        kills = kill_while(one, threads, chance)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert kills > 3
    one.start()
    for i, log in enumerate(logs):
        one.wait_for(lambda i=i, log=log: len(one.texts(i)) >= len(log.written), f"{log.path.name}, seed {seed}")
    one.stop()
    for i, log in enumerate(logs):
        assert_exactly_once(one.texts(i), log.written, one.said(), seed)


def test_order_is_kept(follower, tmp_path):
    """One writer that has its file reopened at once: lines come in the order in which they were written."""
    log = Log(tmp_path / "mail.log", random.Random(1))
    one = follower(log.path)
    one.start()
    for _ in range(6):
        log.write(500)
        one.wait_for(lambda: len(one.texts()) == len(log.written), "lines")
        log.rotate_by_name()
    one.wait_for(lambda: len(one.texts()) == len(log.written), "the last lines")
    one.stop()
    assert sorted(one.texts()) == sorted(log.written)
    assert [text for text in one.texts() if text.startswith("mail.log line 2")][0] == log.written[2]


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sender:
    """Sends numbered messages to one listener; what a kill swallowed on its way is sent again."""

    def __init__(self, transport, folder):
        self.transport, self.folder = transport, folder
        kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
        self.address = str(folder / "log.sock") if transport == "unix" else ("127.0.0.1", free_port(kind))
        self.family = socket.AF_UNIX if transport == "unix" else socket.AF_INET
        self.kind = kind
        self.source = f"{transport}:{self.address if transport == 'unix' else '127.0.0.1:%d' % self.address[1]}"

    def is_heard(self):
        """Does somebody listen? A datagram into the void is no error."""
        with socket.socket(self.family, self.kind) as sock:
            try:
                if self.transport == "udp":
                    sock.bind(self.address)
                else:
                    sock.connect(self.address)
            except OSError:
                return self.transport == "udp"
            return self.transport != "udp"

    def send(self, texts):
        """False: nobody listens (any more). Counted and newline framing take turns."""
        try:
            with socket.socket(self.family, self.kind) as sock:
                sock.connect(self.address)
                for i, text in enumerate(texts):
                    frame = text.encode()
                    if self.transport == "tcp":
                        frame = b"%d %s" % (len(frame), frame) if i % 2 else frame + b"\n"
                    sock.sendall(frame)
            return True
        except OSError:
            return False


def spooled(folder):
    """Texts of whole lines that are in the spool."""
    found = set()
    for path in (folder / "out.spool").glob("*.spool*"):
        try:
            lines = path.read_text().split("\n")[:-1]
        except FileNotFoundError:
            continue
        found.update(line.split(" ", 1)[1] for line in lines)
    return found


@pytest.mark.parametrize("transport", ["udp", "tcp", "unix"])
def test_killed_while_messages_come(follower, tmp_path, transport):
    """What reached the spool comes out exactly once. What had not reached it when the process died is lost
    (src/io/syslog_receiver.h); here the sender looks and sends it again."""
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    sender = Sender(transport, tmp_path)
    one = follower(sender.source, options=["--spool-max", "1048576"])
    sent = [f"<22>message {i} " + "y" * chance.randrange(900) for i in range(1500)]
    missing, at = [], 0
    one.start()
    one.wait_for(sender.is_heard, "the listener")
    while at < len(sent) or missing:
        batch = missing or sent[at:at + chance.randrange(1, 60)]
        at += 0 if missing else len(batch)
        if not sender.send(batch) or chance.random() < 0.3:
            one.kill()
        else:
            waiting = set(batch)
            one.wait_for(lambda: waiting <= spooled(tmp_path) | set(one.texts()), f"the spool, seed {seed}")
        if one.process.poll() is not None:
            reached = spooled(tmp_path) | set(one.texts())
            missing = [text for text in batch if text not in reached]
            one.start()
            one.wait_for(sender.is_heard, "the listener")
        else:
            missing = []
    one.wait_for(lambda: len(one.texts()) >= len(sent), f"all messages, seed {seed}")
    one.stop()
    assert_exactly_once(one.texts(), sent, one.said(), seed)
    assert {peer for peer, _ in one.kept()} == {"-" if transport == "unix" else "127.0.0.1"}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_forged_hosts(follower, tmp_path, transport):
    """A sender that is not allowed is not heard, whatever host it says it is; it is told once."""
    sender = Sender(transport, tmp_path)
    one = follower(sender.source, options=["--allow", "127.0.0.2", "--allow", "127.9.0.0/16"])
    one.start()
    one.wait_for(sender.is_heard, "the listener")

    def send_from(address, text):
        with socket.socket(socket.AF_INET, sender.kind) as sock:
            sock.bind((address, 0))
            try:
                sock.connect(sender.address)
                sock.sendall(text)
            except OSError:
                return

    def heard(text):
        def look():
            send_from("127.9.9.9", text + b"\n")
            return text.decode() in one.texts()
        return look

    one.wait_for(heard(b"<22>up"), "the listener")
    for _ in range(5):
        send_from("127.0.0.1", b"<22>Mar  2 08:00:00 127.9.9.9 postfix/smtp[1]: forged\n")
    send_from("127.0.0.2", b"<22>second\n")
    one.wait_for(heard(b"<22>last"), "the last message")
    one.wait_for(lambda: "<22>second" in one.texts(), "the other allowed sender")
    one.wait_for(lambda: "127.0.0.1 may not send" in one.said(), "what is said about it")
    one.stop()
    assert not [text for text in one.texts() if "forged" in text]
    assert {peer for peer, _ in one.kept()} == {"127.9.9.9", "127.0.0.2"}
    assert one.said().count("may not send") == 1


def test_cannot_listen(follower, tmp_path):
    """A taken address stops nobody else, says what to do, and is taken when it is free."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    (tmp_path / "mail.log").write_text("first\n")
    one = follower(f"tcp:127.0.0.1:{port}", "udp:nonsense", "unix:" + str(tmp_path / "no" / "folder"), tmp_path / "mail.log")
    one.start()
    one.wait_for(lambda: one.texts(3) == ["first"], "the file")
    one.wait_for(lambda: one.said().count(" trouble ") == 3, "the troubles")
    assert f"0 trouble tcp 127.0.0.1:{port}: cannot listen: Address already in use (another program" in one.said()
    assert "1 trouble 'nonsense' is no address to listen at: write 127.0.0.1:5514" in one.said()
    assert "2 trouble unix " in one.said() and "No such file or directory" in one.said()
    taken.close()
    one.wait_for(lambda: f"0 recovered tcp 127.0.0.1:{port}: listens now" in one.said(), "the free address")
    one.stop()
    assert one.said().count(" trouble ") == 3
