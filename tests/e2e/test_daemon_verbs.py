# SPDX-License-Identifier: Apache-2.0
"""todoku run, and the verbs that ask it: status, incident, top. A real daemon in a folder of its own."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from datetime import datetime, timedelta, timezone

import pytest

from conftest import SANITIZER, clean_environment
from log_lines import lives
from screen import Screen

WAIT_SECONDS = 60
HOSTILE = ("550 5.7.1 \x1b[31mService\x07 \u202eunavailable; client host [192.0.2.11] blocked using "
           "zen.spamhaus.org")
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


def until(ask, what):
    """The first true answer of ask(), which is asked again and again for a bounded time."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.05)
    pytest.fail(f"waited {WAIT_SECONDS} s for {what}")


class Daemon:
    """`todoku run` over one log file, and the verbs with -c of its configuration."""

    def __init__(self, todoku, run, folder, extra=""):
        self.folder, self.call = folder, run
        self.log, self.socket = folder / "mail.log", folder / "control.sock"
        self.config = folder / "todoku.yaml"
        self.config.write_text(f"state: {folder}/state\ncontrol: {self.socket}\n"
                               f"logs:\n  - {{ file: {self.log} }}\nfleet: {{ relay: relay1 }}\n"
                               "detect: { slo: { least_outcomes: 1000000 } }  # only blocks are told\n"
                               f"{extra}")
        (folder / "state").mkdir()
        self.log.touch()
        self.errors = folder / "daemon.log"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen([todoku, "run", "-c", self.config], stderr=errors,
                                            stdout=errors, stdin=subprocess.DEVNULL,
                                            env=clean_environment(), cwd=folder)
        until(lambda: self.verb("status").returncode == 0, "the daemon to answer")
        until(lambda: "event=caught_up" in self.errors.read_text(), "the logs to be read")

    def verb(self, *words, **more):
        return self.call(*words[:1], "-c", self.config, *words[1:], **more)

    def json(self, *words):
        return json.loads(self.verb(*words, "--format", "json").stdout)

    def write(self, text):
        with self.log.open("a", encoding="utf-8") as log:
            log.write(text)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(WAIT_SECONDS) == 0, self.errors.read_text()
        assert not SANITIZER.search(self.errors.read_text()), self.errors.read_text()


@pytest.fixture
def daemon(todoku, run, tmp_path):
    made = []

    def start(extra=""):
        made.append(Daemon(todoku, run, tmp_path, extra))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.stop()


@pytest.fixture
def blocked(daemon):
    """A daemon that has just seen a block, and the incident's id."""
    one = daemon("web: { url: 'https://todoku.example/x/' }\n")
    one.begin = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=20)
    second = timedelta(seconds=1)
    one.write(lives(60, start=one.begin, step=second, domain="docomo.ne.jp"))
    one.write(lives(40, HOSTILE, start=one.begin + 60 * second, step=second, first=100, domain="docomo.ne.jp"))
    one.id = until(lambda: one.json("incident", "list"), "an incident")[0]["id"]
    return one


# ---- no daemon, wrong use ----

@pytest.mark.parametrize("words", [["status"], ["incident", "list"], ["incident", "show", "abc"],
                                   ["incident", "ack", "abc"]])
def test_without_a_daemon(run, tmp_path, words):
    done = run(*words, "--socket", tmp_path / "none.sock")
    assert (done.returncode, done.stdout) == (3, "")
    assert str(tmp_path / "none.sock") in done.stderr and "is it running?" in done.stderr
    (tmp_path / "t.yaml").write_text(f"control: {tmp_path}/other.sock\n")
    done = run(*words, "-c", tmp_path / "t.yaml")
    assert done.returncode == 3 and str(tmp_path / "other.sock") in done.stderr


def test_a_bad_configuration_is_named(run, tmp_path):
    (tmp_path / "t.yaml").write_text("contrl: /x\n")
    done = run("status", "-c", tmp_path / "t.yaml")
    assert done.returncode == 3 and "t.yaml:1: " in done.stderr
    done = run("status", "-c", tmp_path / "missing.yaml")
    assert done.returncode == 3 and "missing.yaml" in done.stderr


@pytest.mark.parametrize("words, says", [
    (["status", "x"], "takes no arguments"),
    (["status", "--format", "html"], "text or json"),
    (["incident"], "say one of list, show, delist, ack and close"),
    (["incident", "mend", "abc"], "not \"mend\""),
    (["incident", "list", "abc"], "takes no id"),
    (["incident", "show"], "takes one ID"),
    (["incident", "ack", "a", "b"], "takes one ID"),
    (["incident", "show", "../../status"], "is no id"),
    (["incident", "show", ""], "is no id"),
    (["incident", "show", "--all", "abc"], "--all and --since are for list"),
    (["incident", "list", "--note", "x"], "--note is for ack and close"),
    (["incident", "ack", "abc", "--note", "n" * 257], "at most 256 bytes"),
    (["top", "x"], "takes no arguments"),
    (["top", "--socket"], "needs a value"),
    (["top"], "standard output is no terminal"),
])
def test_wrong_use(run, words, says):
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr and "--help" in done.stderr


def test_something_else_answers(run, tmp_path):
    """A server that speaks HTTP, but is no todoku."""
    server = subprocess.Popen(
        ["python3", "-c", "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.bind('s.sock')\ns.listen(9)\n"
         "print(1,flush=True)\nfor body in (b'hello', b'[]', b'{\"version\":1}', b'['*5000):\n"
         " c=s.accept()[0]\n c.recv(9999)\n"
         " c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n'%len(body)+body)\n c.close()\n"],
        cwd=tmp_path, stdout=subprocess.PIPE)
    assert server.stdout.readline() == b"1\n"
    try:
        for _ in range(4):
            done = run("status", "--socket", tmp_path / "s.sock")
            assert (done.returncode, done.stdout) == (3, "") and "version" in done.stderr
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


# ---- a quiet daemon ----

def test_all_is_well(daemon):
    one = daemon()
    done = one.verb("status")
    assert done.returncode == 0
    assert "Nothing is wrong: no incident is open." in done.stdout
    assert "1, all up to date" in until(
        lambda: "all up to date" in one.verb("status").stdout and one.verb("status").stdout, "the state")
    assert one.verb("incident", "list").stdout == "No incident is open.\n"
    assert one.verb("incident", "list", "--all").stdout == "There has been no incident.\n"
    assert one.json("incident", "list") == []
    done = one.verb("incident", "show", "nosuch1")
    assert done.returncode == 1 and "there is no such incident" in done.stderr
    one.stop()
    assert one.verb("status").returncode == 3


# ---- a block ----

def test_status_of_a_block(blocked):
    done = blocked.verb("status")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("WRONG NOW"))
    assert "Blocked" in lines[at + 1] and "relay1/out-a → docomo" in lines[at + 1]
    assert "refused" in lines[at + 2]
    assert lines[at + 3].strip() == f"todoku incident show {blocked.id}"
    assert lines[0].startswith("todoku status  relay1")
    status = until(lambda: (got := blocked.json("status"))["mail"] and got["mail"]["attempts"]["total"] == 100 and got,
                   "all lines")
    assert [path["provider"] for path in status["mail"]["paths"]] == ["docomo"]
    assert status["mail"]["logs"][0]["name"] == f"file:{blocked.log}"
    assert status["mail"]["logs"][0]["behind_bytes"] == 0
    assert "60.0 %" in blocked.verb("status").stdout


def test_show(blocked):
    done = blocked.verb("incident", "show", blocked.id)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout and "\x07" not in done.stdout
    assert r"\x1b[31m" in done.stdout
    for word in ("Blocked", "First line", "Newest line", "Send this provider's mail by another source",
                 "https://todoku.example/x/runbooks/block", f"todoku incident ack {blocked.id}"):
        assert word in done.stdout
    shown = blocked.json("incident", "show", blocked.id)
    assert shown["kind"] == "block" and shown["state"] == "open" and len(shown["evidence"]) == 2
    text = blocked.config.read_text()  # the page is where this host finds it, whatever people elsewhere go by
    for web, runbook in (("{ listen: ['0.0.0.0:8480'] }", "http://127.0.0.1:8480/runbooks/block"),
                         ("{ listen: ['unix:/x/y', '[2001:db8::1]:80'] }", "http://[2001:db8::1]:80/runbooks/block"),
                         ("{}", "docs/runbooks/block.md")):
        blocked.config.write_text(re.sub("web: .*", f"web: {web}", text))
        done = blocked.verb("incident", "show", blocked.id)
        assert runbook in done.stdout, done.stderr + done.stdout


def test_delist(blocked):
    """What to send, with the source's address and without names of our customers; where to."""
    done = blocked.verb("incident", "delist", blocked.id)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
    first, rest = done.stdout.split("\n", 1)
    assert "out-a" in first and "Where to send it:" in rest and "@" not in rest.split("Where to")[0].replace("@...", "")
    said = blocked.json("incident", "delist", blocked.id)
    assert said["subject"] == first and said["body"] and all(place["url"].startswith(("http", "mailto"))
                                                            for place in said["places"])
    assert said["places"]
    assert blocked.verb("incident", "delist", "--language", "ja", blocked.id).stdout != done.stdout
    fleet = "fleet: { relay: relay1, sources: [ { name: out-a, address: 192.0.2.11, helo: a.mx.example.jp } ] }"
    blocked.config.write_text(re.sub("fleet: .*", fleet, blocked.config.read_text()))
    done = blocked.verb("incident", "delist", blocked.id)
    assert "192.0.2.11" in done.stdout and "a.mx.example.jp" in done.stdout
    assert blocked.verb("incident", "delist", "nosuch1").returncode == 1


def test_ack_and_close_by_recovered_traffic(blocked):
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    note = "I look \x1b[31mat it"
    done = blocked.verb("incident", "ack", blocked.id, "--note", note, env={"SUDO_USER": ""})
    assert done.returncode == 0 and f"acknowledged by {user}: I look \\x1b[31mat it" in done.stdout
    taken = blocked.json("incident", "show", blocked.id)
    assert (taken["state"], taken["by"], taken["note"]) == ("acknowledged", user, note)
    assert "Take it" not in blocked.verb("incident", "show", blocked.id).stdout
    assert blocked.verb("status").returncode == 1
    second = timedelta(seconds=1)
    blocked.write(lives(300, start=blocked.begin + 110 * second, step=2 * second, first=1000, domain="docomo.ne.jp"))
    until(lambda: blocked.verb("status").returncode == 0, "the incident to close")
    assert blocked.verb("incident", "list").stdout == "No incident is open.\n"
    assert blocked.json("incident", "list", "--all")[0]["state"] == "closed"
    assert blocked.id in blocked.verb("incident", "list", "--all").stdout
    done = blocked.verb("incident", "close", blocked.id)
    assert done.returncode == 1 and done.stderr != ""


def test_close_by_hand(blocked):
    done = blocked.verb("incident", "close", blocked.id, "--note", "moved away", "--format", "json")
    assert done.returncode == 0
    closed = json.loads(done.stdout)
    assert (closed["state"], closed["note"]) == ("closed", "moved away")
    assert (closed["closed_by_hand"], closed["reopens_after_hits"]) == (True, 3)
    assert blocked.verb("status").returncode == 0


def test_closed_by_hand_opens_again_when_it_goes_on(blocked):
    done = blocked.verb("incident", "close", blocked.id)
    assert done.returncode == 0 and "opens again after 3 new hits, should it go on" in " ".join(done.stdout.split())
    later = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=2)
    second = timedelta(seconds=1)

    def read(text):
        before = blocked.json("status")["mail"]["lines"]["read"]
        blocked.write(text)
        until(lambda: blocked.json("status")["mail"]["lines"]["read"] >= before + text.count("\n"), "the lines to be read")

    until(lambda: blocked.json("status")["mail"]["lines"]["read"] >= 500, "the lines before")
    # late lines of before the close prove nothing, nor do two refusals after it
    read(lives(20, HOSTILE, start=blocked.begin + 100 * second, step=second, first=200, domain="docomo.ne.jp"))
    read(lives(2, HOSTILE, start=later, step=second, first=300, domain="docomo.ne.jp"))
    assert blocked.verb("incident", "list").stdout == "No incident is open.\n"
    blocked.write(lives(2, HOSTILE, start=later + 5 * second, step=second, first=310, domain="docomo.ne.jp"))
    again = until(lambda: blocked.json("incident", "list"), "the incident to open again")[0]
    assert (again["id"], again["state"], again["flaps"]) == (blocked.id, "open", 1)
    assert "closed_by_hand" not in again


@pytest.mark.parametrize("width", [60, 80, 132])
def test_lines_fit(blocked, todoku, width):
    """On a terminal of that width no line is longer, and colours are our own."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    done = subprocess.run([todoku, "status", "-c", blocked.config], stdout=slave, stderr=slave, timeout=WAIT_SECONDS,
                          env=clean_environment(NO_COLOR="1"), check=False)
    os.close(slave)
    text = drain(master).decode()
    os.close(master)
    assert done.returncode == 1 and "WRONG NOW" in text and "\x1b" not in text
    assert max(len(line) for line in text.replace("\r", "").splitlines()) <= width


# ---- top ----

def drain(descriptor):
    """What there is to read, until nothing more comes or all writers are gone."""
    got = b""
    while select.select([descriptor], [], [], 0.2)[0]:
        try:
            part = os.read(descriptor, 65536)
        except OSError:
            break
        if not part:
            break
        got += part
    return got


class Top:
    """todoku top on a pseudo-terminal of its own."""

    def __init__(self, todoku, one, rows=40, columns=100):
        self.master, self.slave = pty.openpty()
        self.screen = Screen(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.got = b""

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([todoku, "top", "-c", one.config], stdin=self.slave,
                                        stdout=self.slave, stderr=subprocess.PIPE, preexec_fn=own_terminal,
                                        env=clean_environment(TERM="xterm"))

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def shows(self, rows, columns, *words):
        """Waits until the last whole picture has so many lines, none too wide, and the words in this order."""
        picture = re.compile(".*".join(re.escape(word) for word in words), re.S)

        def seen():
            self.got += drain(self.master)
            frames = self.got.split(b"\x1b[H")
            if len(frames) < 3:  # the last one may still come
                return None
            self.screen.resize(rows, columns)
            self.screen.feed(frames[-2].decode())
            lines = self.screen.lines()
            return lines if len(frames[-2].split(b"\r\n")) == rows and picture.search("\n".join(lines)) else None
        return until(seen, lambda: f"{words}\n{self.screen.text()}")

    def wait_for(self, *words):
        def seen():
            self.got += drain(self.master)
            return all(word in self.got for word in words)
        until(seen, words)
        self.got = b""

    def end(self):
        got = b""
        while self.process.poll() is None:
            got += drain(self.master)
        got += drain(self.master)
        errors = self.process.stderr.read().decode()
        self.process.stderr.close()
        after = termios.tcgetattr(self.slave)
        os.close(self.master)
        os.close(self.slave)
        assert LEAVE in got and b"\x1b[?25h" in got and b"\x1b[?7h" in got
        assert after == self.before
        assert not SANITIZER.search(errors), errors
        return self.process.returncode


@pytest.mark.parametrize("how", ["q", "Q", "\x03", signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_top_ends_and_restores_the_terminal(daemon, todoku, how):
    top = Top(todoku, daemon())
    top.wait_for(ENTER, b"todoku top", b"Nothing is wrong", b"q quits")
    if isinstance(how, str):
        os.write(top.master, how.encode())
    else:
        top.process.send_signal(how)
    assert top.end() == 0


def test_top_shows_rates_and_takes_a_new_size(blocked, todoku):
    top = Top(todoku, blocked)
    top.wait_for(b"Blocked", "relay1/out-a → docomo".encode(), b"PATHS, A SECOND", b"TODOKU ITSELF")
    start = blocked.begin + timedelta(seconds=120)
    blocked.write(lives(500, start=start, step=timedelta(0), first=5000, domain="gmail.com"))
    top.wait_for("relay1/out-a → gmail.com".encode(), b"attempts/s: ")
    order = ("todoku top", "attempts/s", "WRONG NOW", "Blocked", "TODOKU ITSELF", "Notifiers", "PATHS, A SECOND",
             "attempts", "→", "q quits")
    for rows, columns in ((24, 80), (20, 60), (10, 60), (50, 200), (24, 80)):
        top.resize(rows, columns)
        lines = top.shows(rows, columns, *order)
        headings = [line for line in lines if re.fullmatch("[A-Z ,]+ ─+", line)]
        assert len(headings) == 3 and {len(line) for line in headings} == {min(columns, 160)}  # not a column is lost
        paths = lines[lines.index(headings[2]):]
        assert "docomo" in next(line for line in paths if "→" in line)  # in trouble, though another is busier
    assert any(line.endswith("since start") for line in lines)  # as wide as the screen
    os.write(top.master, b"q")
    assert top.end() == 0


def test_top_says_when_the_daemon_goes(daemon, todoku):
    one = daemon()
    top = Top(todoku, one)
    top.wait_for(b"Nothing is wrong")
    one.stop()
    top.wait_for(b"NO ANSWER, shown is the last one: ")
    os.write(top.master, b"q")
    assert top.end() == 0


def test_top_without_a_daemon(run, todoku, tmp_path):
    master, slave = pty.openpty()
    done = subprocess.run([todoku, "top", "--socket", tmp_path / "none.sock"], stdin=slave, stdout=slave,
                          stderr=subprocess.PIPE, env=clean_environment(TERM="xterm"), timeout=WAIT_SECONDS, check=False)
    os.close(slave)
    assert done.returncode == 3 and b"is it running?" in done.stderr
    assert drain(master) == b""
    os.close(master)
