# SPDX-License-Identifier: Apache-2.0
"""`todoku run` at its work: a block becomes a page, a page is told once, every kind of receiver gets its message.

Times are printed (pytest -s), never judged.
"""

import os
import random
import socket
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from daemon_rig import LIMIT, Receiver, Rig, free_port, until
from log_lines import BLOCK

KILLS = 8


@pytest.fixture
def rig(todoku, tmp_path):
    with Rig(todoku, tmp_path) as made:
        yield made


def open_block(rig, count=30):
    """Traffic, then refusals; the moment before the refusals were written."""
    rig.write(rig.lives(40))
    rig.until_read(200)
    before = time.time()
    rig.write(rig.lives(count, BLOCK))
    return before


def test_a_block_becomes_a_page_and_closes_by_traffic(rig):
    before = open_block(rig)
    until(lambda: rig.hook.pages("opened"), rig.said)
    print(f"written to page: {(rig.hook.taken()[0][0] - before) * 1000:.0f} ms")
    page = rig.hook.pages("opened")[0]
    assert page["incidents"][0]["kind"] == "block" and page["state"] == "open"
    assert [one["kind"] for one in rig.incidents()] == ["block"]
    id = rig.incidents()[0]["id"]
    for _ in range(LIMIT):
        rig.write(rig.lives(50))
        if rig.hook.pages("closed"):
            break
        time.sleep(0.1)
    until(lambda: rig.hook.pages("closed"), rig.said)
    assert rig.incidents() == []
    assert rig.ask(f"/api/v1/incidents/{id}")[1]["state"] == "closed"
    assert not rig.hook.repeats()


def test_nothing_is_told_twice_after_a_clean_restart(rig):
    open_block(rig)
    until(lambda: rig.hook.pages("opened"), rig.said)
    for _ in range(3):
        rig.stop()
        rig.start()
        rig.write(rig.lives(5, BLOCK))
        until(lambda: rig.events("caught_up"), rig.said)
    rig.until_read(1)
    rig.stop()
    assert len(rig.hook.pages("opened")) == 1 and not rig.hook.repeats()
    rig.start()
    assert [one["kind"] for one in rig.incidents()] == ["block"]


def test_a_block_that_ended_while_nobody_looked_is_closed(rig):
    open_block(rig)
    until(lambda: rig.hook.pages("opened"), rig.said)
    rig.stop()
    rig.write(rig.lives(2000))
    rig.start()
    until(lambda: rig.hook.pages("closed"), rig.said)


def test_backfill_raises_no_alarm_for_the_past(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        for hour in range(24):  # some blocks of reading, in the midst of which the block is open
            rig.write(rig.lives(700, BLOCK if 2 <= hour <= 3 else None, ago=(24 - hour) * 3600))
        rig.start()
        until(lambda: rig.events("caught_up"), rig.said)
        assert rig.status()["mail"]["paths"], "nothing was read"
        rig.write(rig.lives(10))
        rig.until_read(5 * rig.number)
        assert rig.hook.taken() == [] and rig.incidents() == []
        rig.write(rig.lives(60, BLOCK))
        until(lambda: rig.hook.pages("opened"), rig.said)


class Writer(threading.Thread):
    """Writes lives of messages in pieces of any length, rotates by renaming, and goes on for a while in the renamed
    file, as a syslog daemon does until it is told to reopen."""

    def __init__(self, rig, seed, total):
        super().__init__()
        self.rig, self.random, self.total = rig, random.Random(seed), total
        self.written, self.blocked = 0, False

    def late(self, file):
        """What comes into the old file after the new one was begun."""
        file.write(self.rig.lives(self.random.randint(1, 5)))
        file.flush()

    def run(self):
        file = open(self.rig.log, "a", encoding="utf-8")
        while self.rig.number < self.total:
            text = self.rig.lives(self.random.randint(1, 12), BLOCK if self.blocked else None)
            cut = self.random.randrange(len(text))
            file.write(text[:cut])
            file.flush()
            time.sleep(self.random.random() / 100)
            file.write(text[cut:])
            file.flush()
            if self.random.random() < 0.02:
                self.rig.rotate()
                new = open(self.rig.log, "a", encoding="utf-8")
                for _ in range(self.random.randint(0, 3)):
                    self.late(file)
                    new.write(self.rig.lives(self.random.randint(1, 5)))
                    new.flush()
                    time.sleep(self.random.random() / 20)
                self.late(file)
                file.close()
                file = new
        file.close()


@pytest.mark.parametrize("seed", range(2))
def test_killed_again_and_again(rig, seed):
    """Every delivery once, counters of lines exact, each incident told once a transition."""
    writer, dice = Writer(rig, seed, 6000), random.Random(seed + 100)
    writer.start()
    for i in range(KILLS):
        time.sleep(dice.random() * 0.7)
        if i == 3:
            writer.blocked = True
        rig.kill()
        time.sleep(dice.random() * 0.2)
        rig.start() if i % 2 else rig.spawn()
    writer.join()
    until(rig.answers)
    last = rig.lives(1)
    rig.write(last)
    until(lambda: rig.deliveries().total() >= rig.number, lambda: str(rig.missing()), limit=20)
    until(lambda: rig.hook.pages("opened"), rig.said)
    rig.stop()
    deliveries = rig.deliveries()
    assert [one for one, n in deliveries.items() if n != 1] == [] and len(deliveries) == rig.number, f"seed {seed}"
    assert rig.counter("lines") == 5 * rig.number, f"seed {seed}"
    told = Counter((one["page"], one["transition"], one["serial"]) for one in rig.hook.documents())
    assert len(rig.hook.pages("opened")) <= 1 + len(rig.hook.repeats()), rig.hook.documents()
    assert sum(n - 1 for n in told.values()) <= KILLS and max(told.values()) <= 2, told


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_quiet_log_is_settled_by_time_once(todoku, tmp_path, end):
    """No line follows the last message: it ends all the same, and a restart does not end it again."""
    detect = "detect: { correlation: { late_lines: 1s }, slo: { least_outcomes: 1000000 }, silence: { after: 7d } }\n"
    with Rig(todoku, tmp_path, more=detect) as rig:
        rig.write(rig.lives(20))
        until(lambda: rig.status()["mail"] and rig.status()["mail"]["outcomes"]["sent"] == 20, rig.said)
        until(lambda: rig.messages().total() == 20, rig.said)
        for _ in range(2):
            getattr(rig, end)()
            rig.start()
            until(lambda: rig.events("caught_up"), rig.said)
            until(lambda: (rig.status()["mail"] or {}).get("outcomes", {}).get("sent") == 20, rig.said)  # ended anew
        rig.write(rig.lives(5))
        until(lambda: rig.messages().total() >= 25, rig.said)
        assert max(rig.messages().values()) == 1 and rig.deliveries().total() == 25


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_logs_that_come_again_one_after_the_other_settle_once(todoku, tmp_path, end):
    """Written side by side and read again one by one: a message is not younger for the log that was read before."""
    detect = "detect: { correlation: { late_lines: 1s }, slo: { least_outcomes: 1000000 }, silence: { after: 7d } }\n"
    logs = [tmp_path / "a.log", tmp_path / "b.log"]
    with Rig(todoku, tmp_path, more=detect, logs=[f"file: {log}" for log in logs]) as rig:
        for _ in range(10):
            for log in logs:
                rig.write(rig.lives(5), log)
            time.sleep(0.3)
        until(lambda: rig.messages().total() >= 40, rig.said)
        getattr(rig, end)()
        rig.start()
        until(lambda: rig.events("caught_up"), rig.said)
        until(lambda: (rig.status()["mail"] or {}).get("outcomes", {}).get("sent") == rig.number, rig.said)  # ended anew
        for log in logs:
            rig.write(rig.lives(5), log)
        until(lambda: len(rig.messages()) >= rig.number, rig.said)
        assert max(rig.messages().values()) == 1 and rig.deliveries().total() == rig.number


def test_only_one_kind_of_line_counts(rig):
    """Lines of other programs are counted, and those not understood by themselves."""
    rig.write("2026-01-01T00:00:00+00:00 h cron[1]: x\nnot a line\n" + rig.lives(1))
    until(lambda: rig.counter("lines") == 7, rig.said)


def fake_sendmail(folder):
    script = folder / "sendmail"
    script.write_text('#!/bin/sh\ncat > "$(mktemp "%s/mail.XXXXXX")"\n' % folder)
    script.chmod(0o755)
    return script


def test_every_kind_of_receiver_gets_its_message(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        slack, alerts, pager = rig.receiver(), rig.receiver(), rig.receiver()
        sendmail = fake_sendmail(tmp_path)
        command = tmp_path / "page"
        command.write_text('#!/bin/sh\ncat > "%s/command.$2"\n' % tmp_path)
        command.chmod(0o755)
        rig.configure([f"slack: {slack.url}/services/X", f"webhook: {rig.hook.url}/hook\n    secret: s3cret",
                       f"alertmanager: {alerts.url}", f"pagerduty: KEY\n    pagerduty_url: {pager.url}",
                       f"command: [{command}, --to, '{{transition}}']",
                       f"mail: [oncall@example.jp]\n    from: todoku@example.jp\n    sendmail: [{sendmail}, -t]"],
                      "", [f"file: {rig.log}"])
        rig.start()
        open_block(rig)
        for receiver in (slack, rig.hook, alerts, pager):
            until(receiver.taken, rig.said)
        until(lambda: (tmp_path / "command.opened").exists(), rig.said)
        assert slack.documents()[0]["blocks"]
        assert rig.hook.taken()[0][2]["X-Todoku-Signature"].startswith("sha256=")
        assert alerts.taken()[0][1] == "/api/v2/alerts" and alerts.documents()[0][0]["labels"]
        assert pager.taken()[0][1] == "/v2/enqueue" and pager.documents()[0]["event_action"] == "trigger"
        until(lambda: any("To: oncall@example.jp" in mail.read_text() for mail in tmp_path.glob("mail.??????")), rig.said)
        until(lambda: all(one["sent"] >= 1 and one["pending"] == 0 for one in rig.status()["notifiers"]),
              lambda: str(rig.status()["notifiers"]))


def test_mail_has_a_sender_without_being_told_one(todoku, tmp_path):
    with Rig(todoku, tmp_path, [f"mail: [oncall@example.jp]\n    sendmail: [{fake_sendmail(tmp_path)}]"]) as rig:
        open_block(rig)
        sender = f"\nFrom: todoku@{socket.gethostname()}\n"
        until(lambda: any(sender in one.read_text() for one in tmp_path.glob("mail.??????")), rig.said)


def test_a_receiver_in_trouble_holds_up_no_other(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        hangs, broken, busy = rig.receiver(), rig.receiver(), rig.receiver()
        hangs.answers = [hangs.hang] * 3
        broken.answers = [500]
        busy.answers = [lambda handler: handler.say(429, Retry_After=1)]
        nobody = free_port()
        rig.configure([f"webhook: {url}/hook\n    name: {name}" for name, url in
                       [("hangs", hangs.url), ("broken", broken.url), ("busy", busy.url),
                        ("nobody", f"http://127.0.0.1:{nobody}"), ("good", rig.hook.url)]], "", [f"file: {rig.log}"])
        rig.start()
        open_block(rig)
        until(lambda: rig.hook.pages("opened"), rig.said)
        until(lambda: len(broken.taken()) >= 2 and len(busy.taken()) >= 2, rig.said)
        assert not rig.hook.repeats()
        for receiver in (broken, busy):  # the same message, under the same key
            assert len({one["key"] for one in receiver.documents()}) == 1
        late = [int(moment * 1000) for moment, *_ in busy.taken()]
        print("Retry-After 1 s: came again after", late[1] - late[0], "ms")
        until(lambda: {one["name"]: one["pending"] for one in rig.status()["notifiers"]}["nobody"] == 1, "pending")
        rig.receivers.append(back := Receiver(nobody))
        until(back.taken, lambda: str(rig.status()["notifiers"]))
        assert rig.process.poll() is None and os.path.exists(rig.control)


def test_strangers_at_the_syslog_door_are_counted(todoku, tmp_path):
    """They are no losses: what a sender that is not allowed sends is nobody's log."""
    port = free_port()
    address = f"udp:127.0.0.1:{port}"
    with Rig(todoku, tmp_path, logs=[f"syslog: {address}\n    allow: [127.0.0.1/32]"]) as rig, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as friend, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        until(lambda: f":{port:04X} " in Path("/proc/net/udp").read_text(), rig.said)
        for _ in range(3):
            stranger.sendto(b"<22>" + rig.lives(1).splitlines()[0].encode(), ("127.0.0.1", port))
        for line in rig.lives(2).splitlines():
            friend.sendto(b"<22>" + line.encode(), ("127.0.0.1", port))
        labels = f'source="syslog:{address}",reason="sender_not_allowed"'
        until(lambda: f"todoku_syslog_lost_total{{{labels}}} 3" in rig.ask("/metrics")[1], rig.said)
        rig.until_read(10)
        assert rig.ask("/api/v1/status")[1]["mail"]["logs"][0]["lost"] == 0


def test_a_forged_host_name_acts_on_no_terminal(rig):
    """Names from logs become labels: none of their control bytes goes out."""
    rig.write(rig.lives(3).replace("relay1", "relay\x1b[31m\x07"))
    rig.write(rig.lives(3))
    rig.until_read(30)
    text = rig.ask("/metrics")[1]
    assert not [c for c in text if ord(c) < 0x20 and c != "\n" or 0x7f <= ord(c) < 0xa0]
    assert r"\\x1b[31m" in text
