# SPDX-License-Identifier: Apache-2.0
"""Exact mode in a real daemon, without a Postfix: tables are read back, questions are put over the socket. What a reload,
an orderly end, a crash and a standstill leave. With a real Postfix: test_exact_postfix.py."""

import fcntl
import os
import re
import signal
import socket
import subprocess

import pytest
from conftest import clean_environment
from daemon_rig import LIMIT, stand_still, until
from routed_rig import PROVIDER, Routed
from socketmap import ask

KEY = f"someone@{PROVIDER}"
ROWS = {PROVIDER: f"@{PROVIDER}"}
NEAREST = {PROVIDER: "out-b:10"}  # of 17 %, of what the tables have
NONE, BY_B = "9:NOTFOUND ,", "9:OK out-b:,"


class Exact(Routed):
    """Observes, with a share by hand."""

    def __init__(self, todoku, folder, **more):
        self.socket = folder / "routes.sock"
        super().__init__(todoku, folder, "observe", self.on(), **more)

    def on(self, path=None):
        return f"exact: true, exact_socket: {path or self.socket}"

    def reload(self, respond):
        """To other settings, until they are in effect."""
        count = len(self.events("reloaded"))
        self.settings("observe", respond)
        self.process.send_signal(signal.SIGHUP)
        until(lambda: len(self.events("reloaded")) > count, self.said)

    def share(self, percent=17):
        self.usual()
        self.until_read(5 * self.number)
        self.verb("--to", "out-b", "--share", f"{percent}%", "--for", "2h", "set", PROVIDER)

    def asks(self):
        """Postfix asks, and gets answers."""
        until(lambda: self.table("exact") == ROWS, self.said)
        until(lambda: self.table("shares") == {}, self.said)
        until(self.hundred, self.said)

    def hundred(self):
        """Of a hundred questions, how many were answered with the share's source."""
        answers = [ask(self.socket, KEY, LIMIT) for _ in range(100)]
        assert set(answers) <= {NONE, BY_B}, answers
        return answers.count(BY_B)

    def asks_nobody(self):
        until(lambda: self.table("exact") == {} and self.table("shares") == NEAREST, self.said)
        until(lambda: not os.path.lexists(self.socket), self.said)

    def shown(self):
        return self.routes().get("exact")

    def questions(self, answer):
        return self.metric(f'todoku_route_questions_total{{answer="{answer}"}}')

    def expire(self, *words):
        done = subprocess.run([self.program, "route", "expire", "-c", self.config, *words], capture_output=True, text=True,
                              timeout=LIMIT, env=clean_environment(), check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def rig(todoku, tmp_path):
    with Exact(todoku, tmp_path) as one:
        yield one.start()


# --- Answers


def test_a_share_by_hand_is_exact_and_shown(rig):
    assert rig.shown() == {"socket": str(rig.socket), "answers": True, "overrides": 0, "routed": 0, "unrouted": 0,
                           "unfed": 0, "connections": 0, "cut_off": 0}
    assert ask(rig.socket, KEY, LIMIT) == NONE
    rig.share()
    until(lambda: rig.table("exact") == ROWS and not rig.table("shares"), rig.said)
    assert rig.hundred() == 17 and rig.hundred() == 17
    assert ask(rig.socket, "someone@other.example", LIMIT) == ask(rig.socket, "*", LIMIT) == NONE
    until(lambda: (rig.shown()["overrides"], rig.shown()["routed"], rig.shown()["unrouted"]) == (1, 34, 169), rig.shown)
    until(lambda: [rig.questions(answer) for answer in ("route", "none", "unfed")] == [34, 169, 0], rig.shown)
    assert rig.metric("todoku_route_questions_trouble") == 0
    said = "Postfix may ask about 1 route; 203 questions so far, 34 had a route for an answer"
    assert said in " ".join(rig.verb("list").split())
    status = subprocess.run([rig.program, "status", "-c", rig.config], capture_output=True, text=True, timeout=LIMIT,
                            env=clean_environment(COLUMNS="200"), check=False).stdout
    assert f"Exact mode  {said}" in status
    rig.verb("--to", "out-b", "--share", "99%", "--for", "2h", "set", PROVIDER)
    until(lambda: rig.hundred() == 99, rig.said)
    rig.verb("clear", PROVIDER)
    until(lambda: not rig.table("exact"), rig.said)
    assert ask(rig.socket, KEY, LIMIT) == NONE and not rig.trail("warn")


def test_the_lease_is_renewed_and_rows_that_were_taken_out_come_back(rig):
    rig.share()
    rig.asks()
    first = rig.ends("exact")
    assert list(rig.ends("exact")) == [one["id"] for one in rig.overrides()]
    assert rig.expire() == "nothing is over\n"
    assert rig.expire("--stopped") == "taken out: 3 rows of 1 overrides that are over\n"
    until(lambda: rig.table("exact") == ROWS, rig.said)  # with the next lease
    assert all(rig.ends("exact")[one] > first[one] for one in first)


def test_mail_that_waits_is_not_let_go_with_every_lease(rig):
    rig.queue([("4F000001", f"u1@{PROVIDER}")])
    rig.share()
    rig.asks()
    until(lambda: rig.called("postqueue -i"), rig.said)
    called = rig.called("postqueue -i")
    first = rig.ends("exact")
    until(lambda: rig.ends("exact") != first, rig.said)
    rig.settled()
    assert len(called) <= 2 and set(called) == {"postqueue -i 4F000001"}
    assert len(rig.called("postqueue -i")) <= 2  # 31 s later once more, for what Postfix remembers


# --- Reload


def test_off_and_on_by_a_reload(rig):
    rig.share()
    rig.asks()
    for _ in range(2):
        rig.reload("")
        rig.asks_nobody()
        assert rig.shown() is None
        rig.reload(rig.on())
        rig.asks()
    until(lambda: rig.shown()["routed"] >= 17 * 3, rig.shown)  # counted on
    assert not rig.trail("warn")
    assert rig.metric("todoku_route_questions_trouble") == 0


def test_a_reload_that_says_the_same_keeps_the_socket_and_who_asks(rig):
    rig.share()
    rig.asks()
    before = os.lstat(rig.socket)
    with socket.socket(socket.AF_UNIX) as client:  # as Postfix does: one connection for many questions
        client.settimeout(LIMIT)
        client.connect(str(rig.socket))
        for i in range(3):
            rig.reload(f"{rig.on()}, expiry: {i + 2}h")
            assert rig.table("exact") == ROWS
            client.sendall(b"23:transport @mail.example,")
            assert client.recv(100).decode() in (NONE, BY_B)
    assert os.lstat(rig.socket).st_ino == before.st_ino
    until(lambda: rig.shown()["connections"] % 100 == 1, rig.shown)  # beside hundreds of others


def test_another_socket_by_a_reload(rig):
    rig.share()
    rig.asks()
    old, rig.socket = rig.socket, rig.folder / "elsewhere.sock"
    rig.reload(rig.on())
    until(rig.socket.exists, rig.said)
    rig.asks()
    assert not old.exists() and rig.shown()["socket"] == str(rig.socket)


def test_a_reload_of_everything(rig):
    """Another history: the daemon goes down and up again."""
    rig.share()
    rig.asks()
    rig.more = "store: { keep: 20d }\n"
    rig.reload(rig.on())
    rig.asks()


# --- The end


def test_an_orderly_end_leaves_the_plain_tables(rig):
    rig.share()
    rig.asks()
    rig.stop()
    assert not rig.table("exact") and rig.table("shares") == NEAREST and not os.path.lexists(rig.socket)
    rig.start()
    rig.asks()


def test_a_table_that_is_locked_at_the_end_is_told(rig):
    """Its rows end by their lease."""
    rig.share()
    rig.asks()
    with open(rig.state / "postfix" / "exact.lmdb", "rb+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        rig.stop()
    assert "locked" in rig.events("tables_not_written")[0]
    assert rig.table("exact") == ROWS and rig.expire("--stopped").startswith("taken out: 3 rows")


def test_killed(rig):
    rig.share()
    rig.asks()
    rig.kill()
    assert rig.table("exact") == ROWS and os.path.lexists(rig.socket)
    assert rig.expire("--stopped").startswith("taken out: 3 rows")  # what the service manager calls
    assert not rig.table("exact")
    rig.start()
    rig.asks()
    rig.kill()
    rig.settings("observe")  # and off when it comes back: the rows of the dead one go
    rig.start()
    until(lambda: rig.table("exact") == {} and rig.table("shares") == NEAREST, rig.said)


def test_hung(rig):
    """Nobody ends it: the lease does, for what is not asked yet. Then it goes on."""
    rig.share()
    rig.asks()
    first = rig.ends("exact")
    until(lambda: rig.ends("exact") != first, rig.said)
    rig.settled()  # it is not writing, and will not for a while
    stand_still(rig.process)
    try:
        until(lambda: rig.expire() != "nothing is over\n", "the end of the lease")
        assert not rig.table("exact")
    finally:
        rig.process.send_signal(signal.SIGCONT)
    rig.asks()


# --- A socket that cannot be had


def test_a_socket_that_cannot_be_opened_is_told_and_opened_later(todoku, tmp_path):
    with Exact(todoku, tmp_path) as rig:
        rig.socket.write_text("in the way")
        rig.start()
        rig.share()
        until(lambda: rig.table("shares") == NEAREST and not rig.table("exact"), rig.said)
        assert "is no socket" in rig.faults()["exact_fault"] and "is no socket" in " ".join(rig.verb("list").split())
        assert rig.shown()["answers"] is False
        until(lambda: rig.metric("todoku_route_questions_trouble") == 1, rig.said)
        assert rig.metric('todoku_route_failures_total{what="exact"}') == 1
        assert [one["urgent"] for one in rig.trail("warn")] == [True]
        rig.reload(rig.on() + ", expiry: 2h")  # told once
        assert [one["urgent"] for one in rig.trail("warn")] == [True] and rig.socket.read_text() == "in the way"
        rig.socket.unlink()
        until(lambda: not rig.faults(), rig.said)
        rig.asks()
        until(lambda: [one["urgent"] for one in rig.trail("warn")] == [True, False], rig.said)
        until(lambda: rig.metric("todoku_route_questions_trouble") == 0, rig.said)


def test_a_socket_that_was_removed_is_made_anew(rig):
    rig.share()
    rig.asks()
    rig.socket.unlink()
    until(lambda: os.path.lexists(rig.socket), rig.said)
    rig.asks()


def test_a_group_that_is_not_there_is_told(todoku, tmp_path):
    with Exact(todoku, tmp_path) as rig:
        rig.settings("observe", rig.on() + ", exact_group: nobody-has-this")
        rig.start()
        assert re.search("there is no group nobody-has-this", rig.faults()["exact_fault"])
