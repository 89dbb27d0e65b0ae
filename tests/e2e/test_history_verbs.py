# SPDX-License-Identifier: Apache-2.0
"""trace, report, incident and status on what the daemon keeps: the same answers as from the log that it read, while it
runs and after it has stopped; and what they say when there is nothing to read."""

import json
import sqlite3
from datetime import datetime, timedelta, timezone

import pytest

from daemon_rig import Rig, until
from log_lines import BLOCK, life

GOOGLE = "gmail-smtp-in.l.google.com[142.250.1.26]"
BEGIN = datetime.now(timezone.utc) - timedelta(hours=30)
NO_SUCH_USER = f"host {GOOGLE} said: 550 5.1.1 no such user (in reply to RCPT TO command)"
LATER = f"host {GOOGLE} said: 450 4.2.1 try later (in reply to RCPT TO command)"
KEYS = ("bob@example.org", "ann", "ann@shop.example", "<three@shop.example>", "AAAAAA000005", "AAAAAA000004")


class Past:
    """Lines of one relay, `minutes` after BEGIN."""

    def __init__(self):
        self.lines = []

    def add(self, minutes, tag, text):
        stamp = (BEGIN + timedelta(minutes=minutes)).isoformat(timespec="microseconds")
        self.lines.append((minutes, f"{stamp} relay1 {tag}[7]: {text}\n"))

    def born(self, minutes, id, message_id, sender="ann@shop.example", more="", nrcpt=1):
        self.add(minutes, "postfix/smtpd", f"{id}: client=pc.example.org[192.0.2.7]{more}")
        self.add(minutes, "postfix/cleanup", f"{id}: message-id=<{message_id}>")
        self.add(minutes, "postfix/qmgr", f"{id}: from=<{sender}>, size=1234, nrcpt={nrcpt} (queue active)")

    def tried(self, minutes, id, to, status, reason, relay=GOOGLE + ":25", tag="postfix/out-a/smtp"):
        dsn = {"sent": "2.0.0", "deferred": "4.2.1"}.get(status, "5.1.1")
        self.add(minutes, tag, f"{id}: to=<{to}>, relay={relay}, delay=1.2, delays=0.1/0/0.5/0.6, dsn={dsn}, "
                               f"status={status} ({reason})")

    def removed(self, minutes, id, tag="postfix/qmgr"):
        self.add(minutes, tag, f"{id}: removed")

    def text(self):
        return "".join(line for _, line in sorted(self.lines, key=lambda one: one[0]))


def make_past():
    """One message of every fate; each has ended long before the newest line."""
    past = Past()
    past.born(0, "AAAAAA000001", "one@shop.example", more=", sasl_method=PLAIN, sasl_username=ann")
    past.tried(1, "AAAAAA000001", "bob@example.org", "sent", "250 2.0.0 OK 1772 abc-12si - gsmtp")
    past.removed(1, "AAAAAA000001")
    past.born(2, "AAAAAA000002", "two@shop.example", nrcpt=2)
    past.tried(3, "AAAAAA000002", "bob@example.org", "bounced", NO_SUCH_USER)
    past.tried(3, "AAAAAA000002", "carl@example.net", "sent", "250 2.0.0 Ok", relay="mx.example.net[198.51.100.8]:25")
    past.removed(3, "AAAAAA000002")
    past.born(4, "AAAAAA000003", "three@shop.example")  # through a filter
    past.born(5, "AAAAAA000004", "three@shop.example")
    past.tried(5, "AAAAAA000003", "bob@example.org", "sent", "250 2.0.0 Ok: queued as AAAAAA000004",
               relay="127.0.0.1[127.0.0.1]:10024", tag="postfix/amavis/smtp")
    past.removed(5, "AAAAAA000003")
    past.tried(6, "AAAAAA000004", "bob@example.org", "sent", "250 2.0.0 OK x - gsmtp")
    past.removed(6, "AAAAAA000004")
    past.born(7, "AAAAAA000005", "four@else.example", sender="zed@else.example")
    past.tried(8, "AAAAAA000005", "bob@example.org", "sent", "delivered to maildir", relay="virtual",
               tag="postfix/virtual")
    past.removed(8, "AAAAAA000005")
    past.born(9, "AAAAAA000006", "five@shop.example")
    for i in range(4):
        past.tried(10 + 60 * i, "AAAAAA000006", "bob@example.org", "deferred", LATER)
    past.add(400, "postfix/qmgr", "AAAAAA000006: from=<ann@shop.example>, status=expired, returned to sender")
    past.removed(400, "AAAAAA000006")
    past.born(500, "AAAAAA000007", "six@shop.example")
    past.tried(501, "AAAAAA000007", "bob@example.org", "deferred", LATER)
    past.removed(502, "AAAAAA000007", tag="postfix/postsuper")
    past.born(1795, "AAAAAA000008", "seven@shop.example")  # waits
    past.tried(1796, "AAAAAA000008", "bob@example.org", "deferred", LATER)
    past.add(1796, "postfix/smtpd", "warning: x[192.0.2.1]: SASL LOGIN authentication failed: bad, sasl_username=ann")
    return past.text()


DELIVERIES = 13


def lived(todoku, folder, start=True, more=""):
    """A daemon that has read the past of `folder`, and whose history has it."""
    rig = Rig(todoku, folder, start=False, more=f"postfix: {{ commands: {folder}/bin }}\n{more}")
    (folder / "bin").mkdir()
    rig.write(make_past())
    rig.start()
    until(lambda: rig.events("caught_up"), rig.said)
    until(lambda: sum(rig.deliveries().values()) >= DELIVERIES, rig.said)
    if not start:
        rig.stop()
    return rig


@pytest.fixture
def rig(todoku, tmp_path):
    with lived(todoku, tmp_path) as made:
        yield made


@pytest.fixture
def stopped(todoku, tmp_path):
    made = lived(todoku, tmp_path, start=False)
    yield made
    for receiver in made.receivers:
        receiver.close()


def told(run, *words, expect=0):
    done = run(*words, "--format", "json")
    assert done.returncode == expect, done.stderr
    return json.loads(done.stdout), done.stderr


def essence(story):
    """What a story says, without what only lines have."""
    def recipient(one):
        names = ("address", "outcome", "reply", "class", "permanence", "provider", "relay", "attempts", "reason", "queue_id")
        return {name: one.get(name) for name in names}

    def message(one):
        return {"title": one["title"], "from": one.get("from"), "login": one.get("login"),
                "message_id": one.get("message_id"), "client_ip": one.get("client_ip"),
                "hops": [hop["queue_id"] for hop in one["hops"]], "others": one["other_recipients"],
                "what": [event["what"] for event in one["events"]],
                "source": [event.get("source") for event in one["events"] if event.get("to")],
                "recipients": [recipient(each) for each in one["recipients"]]}
    return [message(one) for one in story["messages"]]


# --- trace

@pytest.mark.parametrize("key", KEYS)
def test_a_story_of_the_history_is_that_of_the_log(rig, run, key):
    from_history, _ = told(run, "trace", "-c", rig.config, "--no-queue", key)
    from_log, _ = told(run, "trace", key, rig.log)
    assert from_history["source"] == "history" and from_log["source"] == "logs"
    assert from_history["messages"] and essence(from_history) == essence(from_log)


def test_it_is_told_after_the_daemon_has_gone_and_by_text(stopped, run):
    done = run("trace", "-c", stopped.config, "--history", "--no-queue", "bob@example.org")
    assert done.returncode == 0, done.stderr
    assert f"the history in {stopped.state}" in " ".join(done.stdout.split())
    assert "only in the logs" in " ".join(done.stdout.split())  # what a row does not hold
    assert "Put into the mailbox" in done.stdout and "7 messages" in done.stdout
    story, _ = told(run, "trace", "-c", stopped.config, "--no-queue", "bob@example.org")
    assert story["refused"] is None and story["login_failures"] is None and "line" in story["not_kept"]
    assert all("line" not in event for one in story["messages"] for event in one["events"])


def test_windows_limits_and_what_is_not_there(rig, run):
    ask = ("trace", "-c", rig.config, "--no-queue")
    story, _ = told(run, *ask, "--limit", "2", "bob@example.org")
    assert len(story["messages"]) == 2 and story["truncated"]["messages"] > 0
    assert story["messages"][-1]["message_id"] == "<seven@shop.example>"
    in_all = 2 + story["truncated"]["messages"]
    assert f"bob@example.org: 2 of about {in_all} messages" in run(*ask, "--limit", "2", "bob@example.org").stdout
    until_us = (BEGIN + timedelta(minutes=4)).isoformat(timespec="seconds")
    story, _ = told(run, *ask, "--until", until_us, "bob@example.org")
    assert [one["message_id"] for one in story["messages"]] == ["<one@shop.example>", "<two@shop.example>"]
    done = run(*ask, "nobody@nowhere.example")
    assert done.returncode == 1 and "Nothing about nobody@nowhere.example in the history" in done.stdout
    story, _ = told(run, *ask, "@example.net")
    assert [one["address"] for one in story["messages"][0]["recipients"]] == ["carl@example.net"]


def test_a_limit_counts_messages_whoever_delivers(rig, run):
    """Our own mailboxes are behind a socket: that is no queue of ours on the way."""
    for i in range(40):
        past = Past()
        past.born(1796.5, f"EEEEEE0001{i:02}", f"local{i}@shop.example")
        past.tried(1796.6, f"EEEEEE0001{i:02}", "dora@example.jp", "sent", "250 2.0.0 <dora@example.jp> abc Saved",
                   relay="mb1[private/dovecot-lmtp]", tag="postfix/lmtp")
        past.removed(1796.7, f"EEEEEE0001{i:02}")
        rig.write(past.text())
    ask = ("trace", "-c", rig.config, "--no-queue", "--limit", "3", "dora@example.jp")
    until(lambda: run(*ask).returncode == 0 and
          sum(rig.deliveries().values()) >= DELIVERIES + 40, rig.said)
    story, _ = told(run, *ask)
    assert len(story["messages"]) == 3 and story["truncated"]["messages"] == 37
    assert {one["recipients"][0]["outcome"] for one in story["messages"]} == {"delivered"}


# --- which one answers

def test_logs_come_first_and_flags_force_either(rig, run):
    story, _ = told(run, "trace", "-c", rig.config, "--no-queue", "bob@example.org", rig.log)
    assert story["source"] == "logs"
    for verb, words in (("trace", ["bob@example.org"]), ("report", [])):
        done = run(verb, "-c", rig.config, "--history", *words, rig.log)
        assert done.returncode == 2 and "--history reads no logs" in done.stderr
        done = run(verb, "-c", rig.config, "--history", "--no-history", *words)
        assert done.returncode == 2 and "exclude each other" in done.stderr
        done = run(verb, "-c", rig.config, "--no-history", *words)  # this machine's own log, if it has one
        assert "the history" not in done.stdout


def test_without_a_history_it_says_so(run, todoku, tmp_path):
    config = tmp_path / "todoku.yaml"
    config.write_text(f"state: {tmp_path}/state\n")
    for words in (["trace", "-c", config, "--history", "--no-queue", "x@y.example"], ["report", "-c", config, "--history"],
                  ["incident", "-c", config, "--history", "list"]):
        done = run(*words)
        assert done.returncode == 3 and str(tmp_path) in done.stderr and done.stdout == "", done.stderr
    done = run("trace", "-c", tmp_path / "absent.yaml", "x@y.example")
    assert done.returncode == 3 and "absent.yaml" in done.stderr
    config.write_text("stat: x\n")
    done = run("report", "-c", config, "--history")
    assert done.returncode == 3 and "did you mean state" in done.stderr


def test_a_history_that_is_none(stopped, run):
    path = stopped.state / "history.db"
    path.write_bytes(b"no database at all, " * 500)
    for log in ("-wal", "-shm"):
        path.with_name(path.name + log).unlink(missing_ok=True)
    for words in (["trace", "--no-queue", "bob@example.org"], ["report"]):
        done = run(words[0], "-c", stopped.config, "--history", *words[1:])
        assert done.returncode == 3 and str(path) in done.stderr and done.stdout == ""
        done = run(words[0], "-c", stopped.config, *words[1:])  # then the log of the machine, and it is said
        assert str(path) in done.stderr and "instead" in done.stderr


def test_a_history_that_somebody_locks(stopped, run):
    with sqlite3.connect(stopped.state / "history.db", isolation_level=None) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        for words in (["trace", "--no-queue", "bob@example.org"], ["report"]):
            done = run(words[0], "-c", stopped.config, "--history", *words[1:])
            assert done.returncode == 3 and "lock" in done.stderr, done.stderr
    other.close()
    assert run("report", "-c", stopped.config, "--history").returncode == 0


def test_a_newer_form_is_left_alone(stopped, run):
    with sqlite3.connect(stopped.state / "history.db") as other:
        other.execute("PRAGMA user_version=999")
    other.close()
    done = run("report", "-c", stopped.config, "--history")
    assert done.returncode == 3 and "newer todoku" in done.stderr


# --- report

def same_parts(rows, lines):
    for key in ("attempts", "outcomes", "sli", "classes", "messages", "logins_distinct", "unknown_replies",
                "unknown_suffixes", "providers", "sources", "paths", "logins", "slowest"):
        yield key, rows[key], lines[key]


def without(value, names):
    if isinstance(value, dict):
        return {key: without(one, names) for key, one in value.items() if key not in names}
    return [without(one, names) for one in value] if isinstance(value, list) else value


def test_a_report_of_the_history_is_that_of_the_log(rig, run):
    rows, _ = told(run, "report", "-c", rig.config)
    lines, _ = told(run, "report", rig.log)
    for key, of_rows, of_lines in same_parts(rows, lines):
        dropped = ("probes", "discarded", "auth_failures", "first", "last")
        assert without(of_rows, dropped) == without(of_lines, dropped), key
    assert rows["outcomes"]["discarded"] == lines["outcomes"]["discarded"] == 1
    assert rows["source"] == "history" and lines["source"] == "logs"
    assert rows["lines"] is None and rows["rows"] > DELIVERIES
    assert rows["login_failures"] is None and lines["login_failures"] == 1
    assert rows["attempts"]["left_out"]["probes"] is None and rows["logins"][0]["auth_failures"] is None
    assert rows["records"]["sent"] == lines["records"]["sent"] and rows["records"]["deliverable"] is None


def test_its_windows_and_forms(stopped, run):
    ask = ("report", "-c", stopped.config, "--history")
    rows, _ = told(run, *ask, "--since", (BEGIN + timedelta(minutes=1790)).isoformat(timespec="seconds"))
    assert rows["attempts"]["total"] == 1 and rows["outcomes"]["open"] == 1
    text = run(*ask).stdout
    assert "of the history" in text and "only in the logs" in " ".join(text.split()) and "not kept" in text
    assert "lines read" not in text
    page = run(*ask, "--format", "html").stdout
    assert "of the history" in page and "lines read" not in page
    done = run(*ask, "--until", "2020-01-01")
    assert done.returncode == 0 and "no deliveries of this time" in done.stdout


def age_sums(state, days):
    """As if the sums were older than the rows that are kept."""
    with sqlite3.connect(state / "history.db") as other:
        assert other.execute("UPDATE rollup SET hour = hour - 24 * ?", (days,)).rowcount > 0
    other.close()


def test_of_a_time_without_rows_it_tells_the_sums(stopped, run):
    ask = ("report", "-c", stopped.config, "--history")
    rows, _ = told(run, *ask)
    assert rows["older"] is None  # every hour has its rows
    assert rows["lines_ever"]["read"] == len(make_past().splitlines()) and rows["lines_ever"]["unknown"] == 0
    age_sums(stopped.state, 200)
    both, _ = told(run, *ask)
    older = both.pop("older")
    assert {**both, "older": None} == rows  # the rows themselves are told as before
    assert older["attempts"] == {key: rows["attempts"][key] for key in ("total", "sent", "deferred", "bounced")}
    assert older["expired"] == 1 and older["providers"][0]["provider"] == "google"
    assert older["since"] == (BEGIN - timedelta(days=200)).strftime("%Y-%m-%dT%H:00:00Z")
    text = " ".join(run(*ask).stdout.split())
    assert "OLDER: SUMS BY THE HOUR" in text and "deliveries are not kept so long" in text
    window = ("--since", "-260d", "--until", "-150d")
    sums, _ = told(run, *ask, *window)
    assert sums["rows"] == 0 and sums["older"] == older
    done = run(*ask, *window)
    assert done.returncode == 0 and "no deliveries of this time any more" in done.stdout
    assert "Older: sums by the hour" in run(*ask, *window, "--format", "html").stdout
    sums, _ = told(run, *ask, "--since", "-150d")
    assert sums["older"] is None and sums["rows"] == rows["rows"]


# --- incidents

def open_block(rig):
    rig.write(rig.lives(60))
    rig.write(rig.lives(30, BLOCK))
    until(lambda: [one for one in rig.incidents() if one["kind"] == "block"], rig.said)
    return next(one for one in rig.incidents() if one["kind"] == "block")


def saved(run, rig, *words):
    return json.loads(run("incident", "-c", rig.config, *words, "--format", "json").stdout)


def test_incidents_outlive_the_daemon(rig, run):
    block = open_block(rig)
    ask = ("incident", "-c", rig.config)
    until(lambda: run(*ask, "--history", "show", block["id"]).returncode == 0, rig.said)
    live, _ = told(run, *ask, "list")
    report, _ = told(run, "report", "-c", rig.config)
    assert [one["kind"] for one in report["incidents"]] == [one["kind"] for one in live]
    assert report["incidents"][0]["opened"] == block["opened"] and report["incidents"][0]["closed"] is None
    rig.stop()
    kept, said = told(run, *ask, "list")
    assert [one["id"] for one in kept] == [one["id"] for one in live]
    assert "what was saved up to" in said and str(rig.control) in said
    one, said = told(run, *ask, "show", block["id"])
    assert one["id"] == block["id"] and "what was saved up to" in said
    for words in (["ack", block["id"]], ["close", block["id"]]):
        done = run(*ask, *words)
        assert done.returncode == 3 and str(rig.control) in done.stderr and "saved" not in done.stderr
    done = run(*ask, "--history", "show", "00000000")
    assert done.returncode == 1 and "no incident 00000000" in done.stderr
    done = run("status", "-c", rig.config)
    assert done.returncode == 3 and done.stdout == "" and "incident list" in done.stderr


def test_since_chooses_among_them(rig, run):
    block = open_block(rig)
    ask = ("incident", "-c", rig.config)
    until(lambda: run(*ask, "--history", "show", block["id"]).returncode == 0, rig.said)
    for where in ((), ("--history",)):
        assert [one["id"] for one in saved(run, rig, *where, "--since", "-1h", "list")] == [block["id"]]
    assert run(*ask, "close", block["id"]).returncode == 0
    until(lambda: saved(run, rig, "--history", "list") == [], rig.said)
    for where in ((), ("--history",)):
        assert [one["id"] for one in saved(run, rig, *where, "--since", "-1h", "list")] == [block["id"]]
        later = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat(timespec="seconds")
        assert saved(run, rig, *where, "--since", later, "list") == []
    done = run(*ask, "--since", "-1h", "show", block["id"])
    assert done.returncode == 2 and "--since" in done.stderr
    done = run(*ask, "--history", "close", block["id"])
    assert done.returncode == 2 and "--history" in done.stderr


# --- the queue

QUEUED = {"queue_name": "deferred", "queue_id": "AAAAAA000008", "message_size": 1234, "forced_expire": False,
          "sender": "ann@shop.example", "recipients": [{"address": "bob@example.org", "delay_reason": LATER}]}


def command(rig, name, text):
    """A double of a command of Postfix, that writes down how it was called."""
    file = rig.folder / "bin" / name
    file.write_text(f"#!/bin/sh\necho \"$@\" >>{rig.folder}/{name}.calls\n{text}\n")
    file.chmod(0o755)


def queue_of(rig, *mails, settings="printf '300s\\n4000s\\n300s\\n5d\\n5d\\n'"):
    (rig.folder / "queue").write_text("".join(json.dumps(mail) + "\n" for mail in mails))
    command(rig, "postqueue", f"cat {rig.folder}/queue")
    command(rig, "postconf", settings)


def at(minutes):
    return int((BEGIN + timedelta(minutes=minutes)).timestamp())


@pytest.mark.parametrize("words", [(), ("--queue", "LOG")], ids=["history", "log"])
def test_what_waits_is_told_with_its_reason_and_its_time(rig, run, words):
    queue_of(rig, {**QUEUED, "arrival_time": at(1795)},
             {**QUEUED, "queue_id": "CCCCCC000001", "queue_name": "hold", "sender": "MAILER-DAEMON",
              "arrival_time": at(1000)},
             {**QUEUED, "queue_id": "DDDDDD000001", "sender": "else@x.example", "arrival_time": at(1),
              "recipients": [{"address": "dora@example.org"}]})
    ask = ["trace", "-c", rig.config, *words[:1], "bob@example.org", *([rig.log] if words else [])]
    story, _ = told(run, *ask)
    waiting = next(one for one in story["messages"] if one["message_id"] == "<seven@shop.example>")
    queued, = waiting["queue"]
    assert queued["queue"] == "deferred" and queued["recipients"] == [{"address": "bob@example.org", "reason": LATER}]
    # The last try at minute 1796, a minute old: minimal_backoff_time, then the next queue run.
    begin = BEGIN + timedelta(minutes=1796, seconds=300)
    assert queued["next_try"]["from"] == begin.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert queued["next_try"]["to"] == (begin + timedelta(seconds=300)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert queued["next_try"]["estimate"] is True and queued["next_try"]["settings"]["defaults"] is False
    assert [one["queue_id"] for one in story["queue"]["others"]] == ["CCCCCC000001"]
    assert story["queue"]["others"][0]["next_try"]["when"] == "held" and story["queue"]["whole"] is True
    assert sum(len(one["queue"]) for one in story["messages"]) == 1
    text = run(*ask).stdout
    assert "In the queue now (deferred) as AAAAAA000008" in text and "an estimate" in text
    assert (rig.folder / "postqueue.calls").read_text().splitlines()[0] == "-j"


def test_an_id_used_before_is_not_the_one_in_the_queue(rig, run):
    queue_of(rig, {**QUEUED, "queue_id": "AAAAAA000001", "arrival_time": at(1700)})
    story, _ = told(run, "trace", "-c", rig.config, "bob@example.org")
    assert all(one["queue"] == [] for one in story["messages"])
    assert [one["queue_id"] for one in story["queue"]["others"]] == ["AAAAAA000001"]


def test_instances_are_asked_one_by_one(rig, run):
    queue_of(rig)
    rig.config.write_text(rig.config.read_text().replace("/bin }", "/bin, instances: [/etc/pa, /etc/pb] }"))
    told(run, "trace", "-c", rig.config, "bob@example.org")
    told(run, "trace", "-c", rig.config, "--postfix-config", "/etc/pc", "bob@example.org")
    assert (rig.folder / "postqueue.calls").read_text().split("\n")[:3] == [
        "-c /etc/pa -j", "-c /etc/pb -j", "-c /etc/pc -j"]
    done = run("trace", "--postfix-config", "etc", "bob@example.org")
    assert done.returncode == 2 and "from the root" in done.stderr


@pytest.mark.parametrize("double, said", [
    (None, "cannot run"),
    ("echo 'postqueue: fatal: mail system is down' >&2; exit 69", "mail system is down"),
    ("exit 3", "status 3"),
    ("echo nonsense; echo '{}'", "2 lines were not understood"),
    ("sleep 100", "no answer within 10 s"),
], ids=["absent", "fails", "fails-silently", "nonsense", "hangs"])
def test_a_queue_that_cannot_be_asked_ends_no_story(stopped, run, double, said):
    if double:
        command(stopped, "postqueue", double)
    done = run("trace", "-c", stopped.config, "bob@example.org")
    assert done.returncode == 0 and "Waiting" in done.stdout
    assert said in " ".join(done.stdout.split())
    assert "Not in the queue" not in done.stdout


def test_without_postconf_the_defaults_are_said(stopped, run):
    queue_of(stopped, {**QUEUED, "arrival_time": at(1795)}, settings="echo soon")
    story, _ = told(run, "trace", "-c", stopped.config, "AAAAAA000008")
    queued, = story["messages"][0]["queue"]
    assert queued["next_try"]["settings"]["defaults"] is True
    assert queued["next_try"]["settings"]["maximal_backoff_time"] == 4000
    assert "is no time of Postfix" in story["queue"]["problems"][0]
    text = run("trace", "-c", stopped.config, "AAAAAA000008").stdout
    assert "the defaults of Postfix" in " ".join(text.split())


def test_gone_from_the_queue(stopped, run):
    queue_of(stopped)
    done = run("trace", "-c", stopped.config, "AAAAAA000008")
    assert "Not in the queue of this machine now" in " ".join(done.stdout.split())
    assert not (stopped.folder / "postconf.calls").exists()  # nothing waits: nobody asks when


def test_lines_that_are_written_now_are_found(rig, run):
    now = datetime.now(timezone.utc)
    rig.write(life(77, now, domain="fresh.example"))
    until(lambda: run("trace", "-c", rig.config, "--no-queue", "u77@fresh.example").returncode == 0, rig.said)
