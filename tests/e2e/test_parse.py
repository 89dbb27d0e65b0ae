# SPDX-License-Identifier: Apache-2.0
"""`todoku parse` as a user: one JSON object a line, whatever the line holds."""

import gzip
import json
import os
import re
from datetime import datetime, timedelta, timezone

import pytest

MIXED = """\
2026-03-02T08:01:02.5+09:00 relay1 postfix/submission/smtpd[11]: 4jX2vK2WbVz1bY4J: client=unknown[192.0.2.9]:50001, sasl_method=PLAIN, sasl_username=ann@example.jp
Mar  2 08:01:02 relay1 postfix/cleanup[12]: 3A1B2C3D4E5: message-id=<a@b.example>
Mar 02 08:01:02 relay1 postfix/qmgr[13]: 3A1B2C3D4E5: from=<>, size=1234, nrcpt=2 (queue active)
<22>1 2026-03-02T08:01:02.1+09:00 relay1 postfix/out-a/smtp 14 - - 3A1B2C3D4E5: to=<b@mail.example>, orig_to=<c@x.example>, relay=mx.mail.example[198.51.100.7]:25, conn_use=3, delay=12.5, delays=0.1/0.2/5/7.2, dsn=5.7.1, status=bounced (host mx.mail.example[198.51.100.7] said: 550-5.7.1 No 550 5.7.1 thanks (in reply to end of DATA command))
2026-03-02T08:01:03+09:00 relay1 postfix/smtpd[11]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <d@x.example>: Relay access denied; from=<e@y.example> to=<d@x.example> proto=ESMTP helo=<h>
2026-03-02T08:01:03+09:00 relay1 postfix/smtpd[11]: disconnect from unknown[192.0.2.9] ehlo=1 auth=0/1 mail=1 rcpt=1/2 quit=1 commands=4/6
2026-03-02T08:01:04+09:00 relay1 postfix/bounce[15]: 3A1B2C3D4E5: sender non-delivery notification: 3B000000001
2026-03-02T08:01:05+09:00 relay1 postfix/error[16]: 3A1B2C3D4E5: to=<f@gone.example>, relay=none, delay=3, delays=3/0/0/0, dsn=4.4.1, status=deferred (connect to mx.gone.example[198.51.100.8]:25: Connection timed out)
2026-03-02T08:01:06+09:00 relay1 postfix/qmgr[13]: warning: 3A1B2C3D4E5: something of its own
2026-03-02T08:01:06+09:00 relay1 dovecot: imap-login: Login: user=<ann>, method=PLAIN, rip=192.0.2.9, lip=192.0.2.1, mpid=7, TLS, session=<abc>
2026-03-02T08:01:07+09:00 relay1 kernel: [12.3] eth0: link up
2026-03-02T08:01:07+09:00 relay1 postfix/smtp[14]: words that Postfix never says
this is no log line at all

2026-03-02T08:01:08+09:00 relay1 postfix/qmgr[13]: 3A1B2C3D4E5: removed
"""
NUMBERS = ("line", "pid", "size", "nrcpt", "conn_use", "delay", "client_port", "relay_port", "code")
DOCUMENTED = set(
    "line kind time host instance service program pid severity queue_id repeated client_name client_ip client_port"
    " server_ip server_port sasl_method sasl_username sasl_sender orig_queue_id orig_client uid message_id from size"
    " nrcpt to orig_to relay relay_host relay_ip relay_port conn_use delay delays tls dsn status reason next_id"
    " bounce_id action stage helo proto code warning counts session mailbox list detail reply cut text".split())


@pytest.fixture
def parse(run):
    """parse(TEXT) -> the objects, one for each line."""

    def call(text, *arguments):
        done = run("parse", *(arguments or ("-",)), input=text)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return call


@pytest.fixture
def mixed(parse):
    return parse(MIXED)


@pytest.fixture(scope="module")
def sample(root):
    """Lines of a real Postfix 3.7.11; its notes left out."""
    text = (root / "tests" / "data" / "postfix-sample.log").read_text("utf-8")
    return [line for line in text.splitlines(keepends=True) if not line.startswith("## ")]


def test_one_object_a_line(mixed):
    assert [one["line"] for one in mixed] == list(range(1, MIXED.count("\n") + 1))
    assert [one["kind"] for one in mixed] == [
        "client", "message-id", "queued", "delivery", "reject", "disconnect", "notification", "delivery",
        "warning", "login", "service", "unknown", "unknown", "unknown", "removed"]


def test_keys_are_documented_and_numbers_are_numbers(mixed):
    for one in mixed:
        assert set(one) <= DOCUMENTED, one
        for name in NUMBERS:
            assert isinstance(one.get(name, 0), (int, float)), one
        assert "" not in [one[name] for name in one if name not in ("from", "text")], one
        assert None not in one.values()


def test_envelope_of_each_form(mixed):
    envelope = [(one["time"], one["host"], one["program"], one["pid"]) for one in mixed[:4]]
    assert envelope[0] == ("2026-03-01T23:01:02.500000Z", "relay1", "smtpd", 11)
    assert envelope[3] == ("2026-03-01T23:01:02.100000Z", "relay1", "smtp", 14)
    assert all(re.fullmatch(r"\d{4}-03-02T08:01:02Z", one[0]) for one in envelope[1:3])
    assert (mixed[0]["instance"], mixed[0]["service"]) == ("postfix", "submission")
    assert "service" not in mixed[1]
    assert (mixed[0]["severity"], mixed[8]["severity"]) == ("info", "warning")


def test_fields_of_the_kinds(mixed):
    client, _, queued, _, reject, disconnect, notification = mixed[:7]
    assert client["queue_id"] == "4jX2vK2WbVz1bY4J"
    assert (client["client_name"], client["client_ip"], client["client_port"]) == (
        "unknown", "192.0.2.9", 50001)
    assert (client["sasl_method"], client["sasl_username"]) == ("PLAIN", "ann@example.jp")
    assert (queued["from"], queued["size"], queued["nrcpt"]) == ("", 1234, 2)
    assert "queue_id" not in reject
    assert (reject["action"], reject["stage"], reject["code"], reject["dsn"], reject["helo"]) == (
        "reject", "RCPT", 554, "5.7.1", "h")
    assert disconnect["counts"]["rcpt"] == {"ok": 1, "total": 2}
    assert disconnect["counts"]["mail"] == {"ok": 1, "total": 1}
    assert notification["bounce_id"] == "3B000000001"
    assert mixed[8]["warning"] == "something of its own"


def test_counts_of_a_session_that_no_postfix_wrote(run):
    """Names are foreign bytes, may come twice and a thousand times."""
    text = b"2026-03-02T08:01:03Z relay1 postfix/smtpd[11]: disconnect from x[192.0.2.9] "
    done = run("parse", "-", input=text + b"ehlo=1 \xff=2 =3 four ehlo=4/5 rcpt=x\n"
               + text + b" ".join(b"n%d=1" % number for number in range(9000)) + b"\n")
    assert done.returncode == 0, done.stderr
    odd, many = (json.loads(line)["counts"] for line in done.stdout.splitlines())
    assert odd == {"\ufffd": {"ok": 2, "total": 2}, "ehlo": {"ok": 4, "total": 5},
                   "rcpt": {"ok": "x", "total": "x"}}
    assert len(many) == 64 and many["n0"] == {"ok": 1, "total": 1}


def test_delivery(mixed):
    bounced, deferred = mixed[3], mixed[7]
    assert (bounced["to"], bounced["orig_to"], bounced["status"], bounced["dsn"]) == (
        "b@mail.example", "c@x.example", "bounced", "5.7.1")
    assert (bounced["relay_host"], bounced["relay_ip"], bounced["relay_port"], bounced["conn_use"]) == (
        "mx.mail.example", "198.51.100.7", 25, 3)
    assert bounced["delay"] == 12.5
    assert bounced["delays"] == {"before_qmgr": 0.1, "qmgr": 0.2, "connect": 5, "transmit": 7.2}
    assert bounced["reply"] == {"host": "mx.mail.example", "ip": "198.51.100.7", "code": 550, "dsn": "5.7.1",
                                "text": "No thanks", "stage": "eod"}
    assert deferred["relay"] == "none" and "relay_ip" not in deferred and "orig_to" not in deferred
    assert "code" not in deferred["reply"] and deferred["reply"]["host"] == "mx.gone.example"


def test_what_is_not_understood_is_kept(mixed):
    kernel, foreign, nonsense, empty = mixed[10:14]
    assert (kernel["program"], kernel["detail"]) == ("kernel", "[12.3] eth0: link up")
    assert foreign["program"] == "smtp" and foreign["text"] == MIXED.splitlines()[11]
    assert nonsense["text"] == "this is no log line at all"
    assert set(empty) <= {"line", "kind", "text"}


def test_addresses_cannot_forge_fields(parse):
    forged = '"x>, relay=evil[6.6.6.6]:25, status=sent (250 ok)"@y.example'
    one, = parse("Mar  2 08:01:02 r postfix/smtp[1]: 3A1B2C3D4E5: to=<" + forged + ">, relay=none, delay=1, "
                 "delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to mx.y.example[192.0.2.1]:25: refused)\n")
    assert (one["to"], one["relay"], one["status"]) == (forged, "none", "deferred")


def test_hostile_bytes(run):
    lines = [b"Mar  2 08:01:02 r postfix/smtpd[1]: connect from \x1b]0;title\x07\x9b[192.0.2.1]",
             b"Mar  2 08:01:02 r postfix/cleanup[1]: 3A1B2C3D4E5: message-id=<\xff\xfe\x00\x01@x>",
             b"\x00\x01\x02", "Mar  2 08:01:02 r postfix/smtpd[1]: connect from \u202egnp.exe[192.0.2.1]".encode(),
             b"Mar  2 08:01:02 r postfix/qmgr[1]: 3A1B2C3D4E5: removed\r"]
    done = run("parse", "-", input=b"\n".join(lines) + b"\n")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == len(lines)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]|\\\\x", done.stdout)  # \\xNN: was no UTF-8
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert objects[0]["client_name"] == "\x1b]0;title\x07\ufffd"
    assert "\ufffd" in objects[1]["message_id"]
    assert objects[4]["kind"] == "removed"


def test_a_line_without_end_and_a_huge_one(parse):
    huge = "Mar  2 08:01:02 r postfix/smtpd[1]: connect from " + "x" * 10_000_000 + "\n"
    objects = parse(huge + "Mar  2 08:01:02 r postfix/qmgr[1]: 3A1B2C3D4E5: removed")
    assert [one["line"] for one in objects] == [1, 2]
    assert objects[1]["kind"] == "removed" and len(json.dumps(objects[0])) < 1_000_000


def test_real_lines_are_all_understood(parse, sample):
    objects = parse("".join(sample))
    assert len(objects) == len(sample) == 635
    assert [one for one in objects if one["kind"] == "unknown"] == []
    statuses = re.findall(r", status=([a-z-]+)[ ,]", "".join(sample))
    assert sorted(statuses) == sorted(one["status"] for one in objects if "status" in one)
    for line, one in zip(sample, objects):
        for found in re.findall(r": ([0-9A-F]{11}|4jX\w{13}): ", line)[:1]:
            assert one["queue_id"] == found
        for name, found in re.findall(r"\b(delay|size|nrcpt)=([\d.]+)", line.split(" (")[0]):
            assert one[name] == float(found), line
        for found in re.findall(r": (?:to|from)=<(.*?)>[, ]", line)[:1]:
            assert found in (one.get("to"), one.get("from")), line


def test_several_files_and_a_missing_one(run, tmp_path):
    (tmp_path / "a.log").write_text("Mar  2 08:01:02 r postfix/qmgr[1]: 3A1B2C3D4E5: removed\n")
    done = run("parse", "a.log", "missing.log")
    assert done.returncode == 3 and "missing.log" in done.stderr
    assert json.loads(done.stdout)["kind"] == "removed"


@pytest.mark.parametrize("how", ["stdin", "gz", "plain"])
@pytest.mark.parametrize("before", [0, 3000])
def test_a_stamp_without_a_year_is_of_a_likely_one(run, tmp_path, how, before):
    """Whatever stands before the first stamp, and however much: never 1970."""
    now = datetime.now(timezone.utc)
    written = now - timedelta(days=3) if how == "stdin" else datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc)
    line = f"{written:%b} {written.day:2} {written:%H:%M:%S} h postfix/qmgr[1]: 4A1B2C3D01: removed\n"
    text = "    at some.place.of.a.program (line 1)\n" * before + line + "x\n" * before
    path = tmp_path / "a.log"
    path.write_bytes(gzip.compress(text.encode()) if how == "gz" else text.encode())
    os.utime(path, (written.timestamp() + 60,) * 2)
    done = run("parse", "-", input=text) if how == "stdin" else run("parse", path)
    removed = [one for one in map(json.loads, done.stdout.splitlines()) if one["kind"] == "removed"]
    assert [one["time"][:19] for one in removed] == [f"{written:%Y-%m-%dT%H:%M:%S}"]
