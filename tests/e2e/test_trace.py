# SPDX-License-Identifier: Apache-2.0
"""todoku trace: the story of an address, a queue id, a Message-ID, out of logs made here."""

import gzip
import json
import re

import pytest

DAY = "2026-03-02T"
GOOGLE = "gmail-smtp-in.l.google.com[142.250.1.26]:25"


class Log:
    """Lines of one relay, in the order in which they are written down."""

    def __init__(self, host="relay1"):
        self.host, self.lines = host, []

    def add(self, when, tag, text, host=None):
        stamp = when if "T" in when else DAY + when
        self.lines.append(f"{stamp}+00:00 {host or self.host} {tag}: {text}")
        return self

    def client(self, when, id, more="", tag="postfix/smtpd[11]"):
        return self.add(when, tag, f"{id}: client=pc.example.org[192.0.2.7]{more}")

    def message_id(self, when, id, value):
        return self.add(when, "postfix/cleanup[12]", f"{id}: message-id=<{value}>")

    def queued(self, when, id, sender, nrcpt=1, size=1234):
        return self.add(when, "postfix/qmgr[13]",
                        f"{id}: from=<{sender}>, size={size}, nrcpt={nrcpt} (queue active)")

    def born(self, when, id, sender, value, nrcpt=1, more=""):
        return self.client(when, id, more).message_id(when, id, value).queued(when, id, sender, nrcpt)

    def tried(self, when, id, to, status, reason, relay=GOOGLE, dsn=None, orig_to=None,
              tag="postfix/out-a/smtp[14]"):
        dsn = dsn or {"sent": "2.0.0", "deferred": "4.7.0"}.get(status, "5.1.1")
        orig = f" orig_to=<{orig_to}>," if orig_to else ""
        return self.add(when, tag, f"{id}: to=<{to}>,{orig} relay={relay}, delay=1.2, "
                                   f"delays=0.1/0/0.5/0.6, dsn={dsn}, status={status} ({reason})")

    def removed(self, when, id):
        return self.add(when, "postfix/qmgr[13]", f"{id}: removed")

    def simple(self, when, id, sender, to, value, reason="250 2.0.0 OK 1772 abc-12si - gsmtp"):
        """A message that goes straight through; when: HH:MM."""
        return (self.born(f"{when}:01", id, sender, value)
                .tried(f"{when}:02", id, to, "sent", reason).removed(f"{when}:03", id))

    def text(self):
        return "".join(line + "\n" for line in self.lines)


def said(text, command="RCPT TO"):
    return f"host gmail-smtp-in.l.google.com[142.250.1.26] said: {text} (in reply to {command} command)"


@pytest.fixture
def trace(run):
    """trace(key, log, *options) -> the JSON; the log goes in by standard input."""

    def call(key, log, *options, status=0):
        text = log.text() if isinstance(log, Log) else log
        done = run("trace", "--format", "json", *options, key, "-", input=text)
        assert done.returncode == status, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)

    return call


def only(found):
    assert len(found["messages"]) == 1, [m["hops"] for m in found["messages"]]
    return found["messages"][0]


def ids(message):
    return [hop.get("queue_id") or hop["session"] for hop in message["hops"]]


def outcomes(message):
    return {(r.get("address", ""), r["outcome"]) for r in message["recipients"]}


def steps(message):
    return [event["what"] for event in message["events"]]


# ---- keys ----

@pytest.mark.parametrize("key", [
    "bob@example.org", "BOB@Example.ORG", " bob@example.org ", "mailto:bob@example.org", "@example.org",
    "alice@example.com", "A1B2C3D4E5", "a1b2c3d4e5", "A1B2C3D4E5:", "<m1@example.com>", "m1@example.com",
    "Message-ID: <M1@example.com>", "alice", "9F8E7D6C5B",
])
def test_a_message_is_found_by_each_of_its_keys(trace, key):
    log = (Log().born("08:00:01", "A1B2C3D4E5", "alice@example.com", "m1@example.com",
                      more=", sasl_method=PLAIN, sasl_username=alice")
           .tried("08:00:02", "A1B2C3D4E5", "bob@example.org", "sent",
                  "250 2.0.0 Ok: queued as 9F8E7D6C5B").removed("08:00:02", "A1B2C3D4E5"))
    log.simple("08:10", "B1B2C3D4E5", "x@example.net", "y@example.net", "m2@example.net")
    message = only(trace(key, log))
    assert ids(message) == ["A1B2C3D4E5"]
    assert outcomes(message) == {("bob@example.org", "accepted")}
    assert message["from"] == "alice@example.com" and message["login"] == "alice"
    assert message["message_id"] == "<m1@example.com>" and message["size"] == 1234


@pytest.mark.parametrize("key, logged", [
    ('"a b"@example.org', '"a b"@example.org'), ('"bob"@example.org', "bob@example.org"),
    ("a b@example.org", '"a b"@example.org'), ('"a\\"b@c"@example.org', '"a\\"b@c"@example.org'),
    ('">, relay=none, status=sent"@example.org', '">, relay=none, status=sent"@example.org'),
])
def test_quoted_local_parts(trace, key, logged):
    log = Log().simple("08:00", "A1B2C3D4E5", "s@example.com", logged, "m@example.com")
    assert outcomes(only(trace(key, log))) == {(logged, "accepted")}


def test_other_addresses_do_not_match(trace):
    log = Log().simple("08:00", "A1B2C3D4E5", "s@example.com", "bob+tag@example.org", "m@example.com")
    for key in ("bob@example.org", "ob+tag@example.org", "@ample.org", "A1B2C3D4E", "FFFFFFFFFF"):
        assert trace(key, log, status=1)["messages"] == []


@pytest.mark.parametrize("words", [
    [], [""], ["@"], ["bob@"], ["two words"], ["x\ty"], ["a" * 2000], ["<>"], ["<no id"],
    ["--limit", "0", "bob@example.org"], ["--limit", "x", "bob@example.org"], ["--format", "html", "x@y"],
    ["--since", "never", "x@y"], ["--nonsense", "x@y"],
])
def test_wrong_use(run, words):
    done = run("trace", *words)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("todoku trace: ") and "Usage: todoku trace" in done.stderr


def test_nothing_found_says_where_and_what_to_try(run):
    log = Log().simple("08:00", "A1B2C3D4E5", "s@example.com", "bob@example.org", "m@example.com")
    done = run("trace", "carol@example.org", "-", input=log.text())
    assert done.returncode == 1 and done.stderr == ""
    said_all = " ".join(done.stdout.split())
    assert "No line about carol@example.org in 5 lines, 2026-03-02 08:00 to 08:00 UTC (relay1)" in said_all
    assert "standard input" in said_all and "What to try" in said_all and "older logs" in said_all


def test_empty_and_foreign_input(run, trace):
    assert run("trace", "x@example.org", "-", input="").returncode == 1
    found = trace("x@example.org", "this is\nno log\n\0\xff\n", status=1)
    assert found["lines_searched"] == 3


def test_unreadable_log(run, tmp_path):
    done = run("trace", "x@example.org", "missing.log")
    assert done.returncode == 3 and "missing.log" in done.stderr


# ---- edges ----

def filtered():
    """A goes to a filter and comes back as B, whose client= carries the origin."""
    log = Log().born("08:00:00", "AAAAAAAAA1", "alice@example.com", "m1@example.com", nrcpt=2)
    log.client("08:00:01", "BBBBBBBBB1", ", orig_queue_id=AAAAAAAAA1, orig_client=pc[192.0.2.7]",
               tag="postfix/reinject/smtpd[21]")
    log.message_id("08:00:01", "BBBBBBBBB1", "m1@example.com")
    log.queued("08:00:01", "BBBBBBBBB1", "alice@example.com", nrcpt=2)
    for to in ("bob@example.org", "carol@example.org"):
        log.tried("08:00:01", "AAAAAAAAA1", to, "sent", "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): "
                  "250 2.0.0 Ok: queued as BBBBBBBBB1", relay="127.0.0.1[127.0.0.1]:10024")
    log.removed("08:00:01", "AAAAAAAAA1")
    log.tried("08:00:03", "BBBBBBBBB1", "bob@example.org", "sent", "250 2.0.0 OK gsmtp")
    log.tried("08:00:03", "BBBBBBBBB1", "carol@example.org", "bounced", said("550 5.1.1 no such user"))
    return log.removed("08:00:04", "BBBBBBBBB1")


@pytest.mark.parametrize("key", ["alice@example.com", "AAAAAAAAA1", "BBBBBBBBB1", "<m1@example.com>"])
def test_content_filter_is_one_message_with_two_ids(trace, key):
    message = only(trace(key, filtered()))
    assert ids(message) == ["AAAAAAAAA1", "BBBBBBBBB1"]
    assert outcomes(message) == {("bob@example.org", "accepted"), ("carol@example.org", "refused")}
    assert steps(message).count("handed_on") == 2 and "reentered" in steps(message)


def test_a_recipient_is_told_about_himself_only(trace, run):
    message = only(trace("bob@example.org", filtered()))
    assert outcomes(message) == {("bob@example.org", "accepted")}
    assert message["other_recipients"] == 1
    assert "carol" not in run("trace", "bob@example.org", "-", input=filtered().text()).stdout


def test_filter_without_ids_is_bridged_by_the_message_id(trace):
    log = Log().born("08:00:00", "AAAAAAAAA1", "alice@example.com", "m1@example.com")
    log.add("08:00:02", "postfix/pickup[9]", "BBBBBBBBB1: uid=65534 from=<alice@example.com>")
    log.message_id("08:00:02", "BBBBBBBBB1", "m1@example.com")
    log.queued("08:00:02", "BBBBBBBBB1", "alice@example.com")
    log.tried("08:00:02", "AAAAAAAAA1", "bob@example.org", "sent", "delivered via spam service",
              relay="spam", tag="postfix/pipe[15]").removed("08:00:02", "AAAAAAAAA1")
    log.tried("08:00:05", "BBBBBBBBB1", "bob@example.org", "sent", "250 ok").removed("08:00:05", "BBBBBBBBB1")
    for key in ("bob@example.org", "AAAAAAAAA1", "BBBBBBBBB1"):
        message = only(trace(key, log))
        assert ids(message) == ["AAAAAAAAA1", "BBBBBBBBB1"]
        assert outcomes(message) == {("bob@example.org", "accepted")}


def test_a_mailing_with_one_message_id_stays_many_messages(trace):
    log = Log()
    for n in range(30):
        log.simple(f"08:{n:02}", f"A{n:09}", "news@example.com", f"r{n}@example.org", "news-1@example.com")
    assert len(trace("news@example.com", log, "--limit", "50")["messages"]) == 30
    assert outcomes(only(trace("r7@example.org", log))) == {("r7@example.org", "accepted")}


@pytest.mark.parametrize("key", ["alice@example.com", "AAAAAAAAA1", "CCCCCCCCC1"])
def test_notification_belongs_to_its_message(trace, key):
    log = Log().born("08:00:00", "AAAAAAAAA1", "alice@example.com", "m1@example.com")
    log.tried("08:00:01", "AAAAAAAAA1", "bob@example.org", "bounced", said("550 5.1.1 no such user"))
    log.message_id("08:00:01", "CCCCCCCCC1", "20260302.CCCCCCCCC1@relay1")  # before the line that names it
    log.queued("08:00:01", "CCCCCCCCC1", "")
    log.add("08:00:01", "postfix/bounce[16]", "AAAAAAAAA1: sender non-delivery notification: CCCCCCCCC1")
    log.removed("08:00:01", "AAAAAAAAA1")
    log.tried("08:00:02", "CCCCCCCCC1", "alice@example.com", "sent", "250 ok").removed("08:00:02", "CCCCCCCCC1")
    message = only(trace(key, log))
    assert sorted(ids(message)) == ["AAAAAAAAA1", "CCCCCCCCC1"]
    assert outcomes(message) == {("bob@example.org", "refused")}
    notice = [e for e in message["events"] if e["what"] == "notified"]
    assert [(n["next_id"], n["outcome"]) for n in notice] == [("CCCCCCCCC1", "accepted")]
    assert message["from"] == "alice@example.com"


def test_notification_whose_message_is_not_in_the_logs(trace):
    log = Log().message_id("08:00:01", "CCCCCCCCC1", "20260302.CCCCCCCCC1@relay1")
    log.queued("08:00:01", "CCCCCCCCC1", "")
    log.tried("08:00:02", "CCCCCCCCC1", "alice@example.com", "sent", "250 ok").removed("08:00:02", "CCCCCCCCC1")
    message = only(trace("alice@example.com", log))
    assert message["from"] == "" and outcomes(message) == {("alice@example.com", "accepted")}


def test_requeued_message_goes_on_under_its_new_id(trace):
    log = Log().born("08:00:00", "AAAAAAAAA1", "alice@example.com", "m1@example.com")
    log.tried("08:00:01", "AAAAAAAAA1", "bob@example.org", "deferred", said("450 4.2.1 later"))
    log.add("09:00:00", "postfix/postsuper[17]", "AAAAAAAAA1: requeued")
    log.add("09:00:01", "postfix/pickup[9]", "BBBBBBBBB1: uid=102 from=<alice@example.com> orig_id=AAAAAAAAA1")
    log.message_id("09:00:01", "BBBBBBBBB1", "m1@example.com").queued("09:00:01", "BBBBBBBBB1", "alice@example.com")
    log.tried("09:00:02", "BBBBBBBBB1", "bob@example.org", "sent", "250 ok").removed("09:00:02", "BBBBBBBBB1")
    for key in ("bob@example.org", "AAAAAAAAA1", "BBBBBBBBB1"):
        message = only(trace(key, log))
        assert ids(message) == ["AAAAAAAAA1", "BBBBBBBBB1"]
        assert outcomes(message) == {("bob@example.org", "accepted")}


def aliased():
    log = Log().born("08:00:00", "AAAAAAAAA1", "alice@example.com", "m1@example.com")
    log.message_id("08:00:01", "BBBBBBBBB1", "m1@example.com")  # no client=, no uid=
    log.queued("08:00:01", "BBBBBBBBB1", "alice@example.com", nrcpt=2)
    log.tried("08:00:01", "AAAAAAAAA1", "team@relay1", "sent", "forwarded as BBBBBBBBB1", relay="local",
              tag="postfix/local[18]").removed("08:00:01", "AAAAAAAAA1")
    log.tried("08:00:02", "BBBBBBBBB1", "bob@example.org", "sent", "250 ok", orig_to="team@relay1")
    log.tried("08:00:02", "BBBBBBBBB1", "carol@example.net", "deferred", said("452 4.2.2 mailbox full"),
              orig_to="team@relay1")
    return log


def test_local_alias_is_followed(trace):
    message = only(trace("team@relay1", aliased()))
    assert outcomes(message) == {("bob@example.org", "accepted"), ("carol@example.net", "waiting")}
    assert {r["orig_to"] for r in message["recipients"]} == {"team@relay1"}
    assert outcomes(only(trace("bob@example.org", aliased()))) == {("bob@example.org", "accepted")}
    assert ids(only(trace("bob@example.org", aliased()))) == ["AAAAAAAAA1", "BBBBBBBBB1"]


def two_relays():
    one, two = Log("relay1"), Log("relay2")
    one.born("08:00:00", "4jX2vK2WbVz1bY4J", "alice@example.com", "m1@example.com")
    one.tried("08:00:01", "4jX2vK2WbVz1bY4J", "bob@example.org", "sent", "250 2.0.0 Ok: queued as DDDDDDDDD1",
              relay="relay2.example.jp[198.51.100.2]:25").removed("08:00:01", "4jX2vK2WbVz1bY4J")
    two.born("08:00:01", "DDDDDDDDD1", "alice@example.com", "m1@example.com")
    two.tried("08:00:09", "DDDDDDDDD1", "bob@example.org", "sent", "250 2.0.0 <bob@example.org> AbCdEf123456XyZ Saved",
              relay="mb1[192.0.2.90]:24", tag="postfix/lmtp[30]").removed("08:00:09", "DDDDDDDDD1")
    box = Log("mb1").add("08:00:09", "dovecot", "lmtp(bob)<77><AbCdEf123456XyZ>: msgid=<m1@example.com>: "
                         "saved mail to Work")
    return one, two, box


@pytest.mark.parametrize("key", ["bob@example.org", "4jX2vK2WbVz1bY4J", "DDDDDDDDD1", "AbCdEf123456XyZ"])
def test_relays_and_mailbox_server_are_one_story(run, tmp_path, key):
    for number, log in enumerate(two_relays()):
        (tmp_path / f"host{number}.log").write_text(log.text())
    done = run("trace", "--format", "json", key, "host0.log", "host1.log", "host2.log")
    message = only(json.loads(done.stdout))
    assert ids(message) == ["4jX2vK2WbVz1bY4J", "DDDDDDDDD1", "AbCdEf123456XyZ"]
    assert [hop["host"] for hop in message["hops"]] == ["relay1", "relay2", "mb1"]
    recipient, = message["recipients"]
    assert (recipient["outcome"], recipient["folder"]) == ("delivered", "Work")


def test_next_relay_whose_log_is_missing(trace):
    log = Log().born("08:00:00", "AAAAAAAAA1", "alice@example.com", "m1@example.com")
    log.tried("08:00:01", "AAAAAAAAA1", "bob@example.org", "sent", "250 2.0.0 Ok: queued as DDDDDDDDD1",
              relay="relay2.internal[10.1.2.3]:25").removed("08:00:01", "AAAAAAAAA1")
    recipient, = only(trace("bob@example.org", log))["recipients"]
    assert recipient["outcome"] == "handed_on" and recipient["next_id"] == "DDDDDDDDD1"
    assert "relay2.internal" in recipient["reason"]


def test_server_that_may_be_ours(trace):
    log = Log().simple("08:00", "AAAAAAAAA1", "a@example.com", "bob@example.org", "m1@example.com")
    assert "server of ours" not in only(trace("bob@example.org", log))["recipients"][0]["advice"]
    recipient, = only(trace("bob@example.org", two_relays()[0]))["recipients"]
    assert recipient["outcome"] == "accepted" and "server of ours" in recipient["advice"]


def test_dovecot_alone(trace):
    log = Log("mb1").add("08:00:09", "dovecot", "lmtp(bob@example.org)<77><AbCdEf123456XyZ>: msgid=<m1@example.com>: "
                         "save failed to INBOX: Quota exceeded (mailbox for user is full)")
    recipient, = only(trace("bob@example.org", log))["recipients"]
    assert recipient["outcome"] == "refused" and "Quota exceeded" in recipient["reason"]


# ---- ids that are used again; order ----

def test_reused_short_ids_are_different_messages(trace):
    log = Log()
    for hour in range(8, 18):
        log.simple(f"{hour:02}:00", "AAAAAAAAA1", f"s{hour}@example.com", f"r{hour}@example.org",
                   f"m{hour}@example.com")
    message = only(trace("r12@example.org", log))
    assert message["from"] == "s12@example.com" and message["message_id"] == "<m12@example.com>"
    assert len(trace("AAAAAAAAA1", log)["messages"]) == 10
    assert only(trace("<m9@example.com>", log))["from"] == "s9@example.com"


def test_reused_id_at_the_other_end_of_an_edge(trace):
    log = Log().simple("07:00", "BBBBBBBBB1", "old@example.com", "old@example.org", "old@example.com")
    for line in filtered().lines:
        log.lines.append(line)
    log.simple("09:00", "BBBBBBBBB1", "new@example.com", "new@example.org", "new@example.com")
    log.simple("10:00", "AAAAAAAAA1", "new@example.com", "new2@example.org", "new2@example.com")
    message = only(trace("bob@example.org", log))
    assert ids(message) == ["AAAAAAAAA1", "BBBBBBBBB1"]
    assert {e["to"] for e in message["events"] if "to" in e} == {"bob@example.org"}


def test_the_same_id_on_two_hosts(trace):
    log = Log().simple("08:00", "AAAAAAAAA1", "a@example.com", "bob@example.org", "m1@example.com")
    other = Log("relay2").simple("08:00", "AAAAAAAAA1", "b@example.com", "carol@example.org", "m2@example.com")
    both = "".join(x + "\n" for pair in zip(log.lines, other.lines) for x in pair)
    message = only(trace("bob@example.org", both))
    assert message["from"] == "a@example.com" and {h["host"] for h in message["hops"]} == {"relay1"}
    assert len(trace("AAAAAAAAA1", both)["messages"]) == 2


def test_late_and_mixed_lines(trace):
    lines = filtered().lines
    for order in (lines[::-1], lines[5:] + lines[:5], lines[::2] + lines[1::2]):
        message = only(trace("alice@example.com", "".join(x + "\n" for x in order)))
        assert sorted(ids(message)) == ["AAAAAAAAA1", "BBBBBBBBB1"]
        assert outcomes(message) == {("bob@example.org", "accepted"), ("carol@example.org", "refused")}
        times = [event["time"] for event in message["events"]]
        assert times == sorted(times)


# ---- final words ----

def one_try(status, reason, **more):
    return (Log().born("08:00:00", "AAAAAAAAA1", "alice@example.com", "m1@example.com")
            .tried("08:00:01", "AAAAAAAAA1", "bob@example.org", status, reason, **more))


@pytest.mark.parametrize("log, outcome, what", [
    (lambda: one_try("deferred", said("450 4.2.1 greylisted, come back")), "waiting", "tries again by itself"),
    (lambda: one_try("bounced", said("550 5.7.1 blocked by zen.spamhaus.org", "end of DATA")), "refused", "on-call"),
    (lambda: one_try("deferred", said("450 4.2.1 later")).add(
        "2026-03-07T08:00:00", "postfix/qmgr[13]", "AAAAAAAAA1: from=<alice@example.com>, status=expired, "
        "returned to sender"), "expired", "too long"),
    (lambda: one_try("deferred", said("450 4.2.1 later")).add(
        "08:10:00", "postfix/postsuper[9]", "AAAAAAAAA1: removed"), "deleted", "administrator"),
    (lambda: one_try("deferred", said("450 4.2.1 later")).add(
        "08:10:00", "postfix/postsuper[9]", "AAAAAAAAA1: placed on hold"), "held", "releases it"),
    (lambda: one_try("sent", "delivered to mailbox", relay="local", tag="postfix/local[4]"), "delivered", "mailbox"),
    (lambda: one_try("sent", "promo.example", relay="none", tag="postfix/discard[4]"), "discarded", "rule"),
    (lambda: one_try("bounced", 'unknown user: "bob"', relay="local", tag="postfix/local[4]"), "refused", "our server"),
    (lambda: one_try("deferred", said("450 4.2.1 later")).removed("08:10:00", "AAAAAAAAA1"), "lost", "other hosts"),
    (lambda: one_try("deferred", said("450 4.2.1 later")).simple(
        "2026-03-05T10:00", "EEEEEEEEE1", "x@example.net", "y@example.net", "z@example.net"), "lost", "goes on to"),
    (lambda: one_try("deferred", said("450 4.2.1 later")).add(
        "10:00:00", "postfix/qmgr[1]", "DDDDDDDDD9: removed", host="relay2"), "lost", "that log ends at"),
    (lambda: one_try("deliverable", "250 2.1.5 Ok"), "address_checked", "exists"),
])
def test_final_words(trace, run, log, outcome, what):
    recipient, = only(trace("bob@example.org", log()))["recipients"]
    assert recipient["outcome"] == outcome
    text = run("trace", "bob@example.org", "-", input=log().text()).stdout
    assert what in " ".join(text.split())
    assert recipient["reason"] and (recipient.get("advice") or outcome == "address_checked")


def test_never_tried(trace):
    log = Log().born("08:00:00", "AAAAAAAAA1", "alice@example.com", "m1@example.com", nrcpt=3)
    recipient, = only(trace("alice@example.com", log))["recipients"]
    assert (recipient["outcome"], recipient["count"]) == ("waiting", 3)
    log = Log().client("08:00:00", "AAAAAAAAA1", ", sasl_method=PLAIN, sasl_username=alice@example.com")
    recipient, = only(trace("alice@example.com", log))["recipients"]
    assert recipient["outcome"] == "unfinished"


@pytest.mark.parametrize("action, outcome", [("discard", "discarded"), ("hold", "held")])
def test_orders_before_the_id(trace, action, outcome):
    log = Log().add("08:00:00", "postfix/smtpd[11]", f"NOQUEUE: {action}: RCPT from pc.example.org[192.0.2.7]: "
                    "<bob@example.org>: Recipient address surge; from=<alice@example.com> to=<bob@example.org> "
                    "proto=ESMTP helo=<pc>")
    log.client("08:00:00", "AAAAAAAAA1").client("08:00:05", "BBBBBBBBB1")
    for key in ("bob@example.org", "alice@example.com", "AAAAAAAAA1"):
        message = only(trace(key, log))
        assert ids(message) == ["AAAAAAAAA1"] and outcomes(message) == {("bob@example.org", outcome)}


@pytest.mark.parametrize("line", [
    "milter-reject: END-OF-MESSAGE from pc.example.org[192.0.2.7]: 5.7.1 Spam message rejected; "
    "from=<alice@example.com> to=<bob@example.org> proto=ESMTP helo=<pc>",
    "reject: header Subject: win from pc.example.org[192.0.2.7]; from=<alice@example.com> to=<bob@example.org> "
    "proto=ESMTP helo=<pc>: 5.7.1 no such subjects",
])
def test_rejected_by_content(trace, line):
    log = Log().client("08:00:00", "AAAAAAAAA1").message_id("08:00:00", "AAAAAAAAA1", "m1@example.com")
    log.add("08:00:01", "postfix/cleanup[12]", "AAAAAAAAA1: " + line)
    recipient, = only(trace("bob@example.org", log))["recipients"]
    assert recipient["outcome"] == "rejected" and recipient["address"] == "bob@example.org"
    assert "told at once" in recipient["reason"]


def reject(when, text, to="bob@example.org"):
    return Log().add(when, "postfix/smtpd[11]", f"NOQUEUE: reject: RCPT from unknown[203.0.113.9]: {text}; "
                     f"from=<alice@example.com> to=<{to}> proto=ESMTP helo=<x>")


@pytest.mark.parametrize("text, reason", [
    ("554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org", "blocklist"),
    ("554 5.7.1 <bob@example.org>: Relay access denied", "not logged in"),
    ("550 5.1.1 <bob@example.org>: Recipient address rejected: User unknown in virtual mailbox table",
     "no such address"),
    ("450 4.2.0 <bob@example.org>: Recipient address rejected: Greylisted", "first contact"),
    ("451 4.3.0 <bob@example.org>: Temporary lookup failure", "our own mail system"),
    ("550 5.7.0 <bob@example.org>: Recipient address rejected: something new", "a rule of our server"),
])
def test_refused_at_the_door(trace, text, reason):
    found = trace("bob@example.org", reject("08:00:00", text))
    refusal, = found["refused"]
    assert found["messages"] == [] and reason in refusal["reason"] and refusal["advice"]
    assert refusal["client_ip"] == "203.0.113.9" and refusal["code"] == text[:3]


def test_failed_logins_are_counted(trace):
    log = Log()
    for n in range(3):
        log.add(f"08:00:0{n}", "postfix/smtpd[11]", "warning: unknown[203.0.113.9]: SASL PLAIN authentication failed: "
                "(reason unavailable), sasl_username=bob@example.org")
    found = trace("bob@example.org", log)
    assert found["login_failures"] == 3 and found["messages"] == []
    assert found["logins_failed"]["client_ip"] == "203.0.113.9"


# ---- what is read ----

def test_rotations_and_gzip(run, tmp_path):
    lines = [line + "\n" for line in filtered().lines]
    (tmp_path / "mail.log.2.gz").write_bytes(gzip.compress("".join(lines[:4]).encode()))
    (tmp_path / "mail.log.1").write_text("".join(lines[4:7]))
    (tmp_path / "mail.log").write_text("".join(lines[7:]))
    done = run("trace", "--format", "json", "bob@example.org", "mail.log", "mail.log.1", "mail.log.2.gz")
    assert ids(only(json.loads(done.stdout))) == ["AAAAAAAAA1", "BBBBBBBBB1"]


def test_standard_input_is_read_again(run, tmp_path):
    text = filtered().text()
    (tmp_path / "mail.log").write_text(text)
    named = run("trace", "bob@example.org", "mail.log")
    for piped in (text, gzip.compress(text.encode())):
        done = run("trace", "bob@example.org", "-", input=piped)
        assert (done.returncode, done.stdout, done.stderr) == (0, named.stdout, "")


def test_standard_input_cut_short_is_named(run):
    done = run("trace", "bob@example.org", "-", input=gzip.compress(filtered().text().encode())[:-20])
    assert done.returncode == 3 and "standard input" in done.stderr and "/proc" not in done.stderr


def test_no_place_for_a_copy(run):
    done = run("trace", "bob@example.org", "-", input="x\n", env={"TMPDIR": "/proc/nowhere"})
    assert done.returncode in (1, 3)  # /tmp is tried next


def test_window_and_limit(trace):
    log = Log()
    for n in range(30):
        log.simple(f"08:{n:02}", f"A{n:09}", "s@example.com", "bob@example.org", f"m{n}@example.com")
    found = trace("bob@example.org", log)
    assert len(found["messages"]) == 20 and found["truncated"]["messages"] == 10
    assert [ids(m)[0] for m in found["messages"]] == [f"A{n:09}" for n in range(10, 30)]
    found = trace("bob@example.org", log, "--limit", "3", "--until", "2026-03-02T08:10:00Z")
    assert [ids(m)[0] for m in found["messages"]] == [f"A{n:09}" for n in (7, 8, 9)]
    found = trace("bob@example.org", log, "--since", "2026-03-02T08:28:00Z")
    assert len(found["messages"]) == 2


# ---- the text ----

def test_text_tells_all_that_matters(run):
    log = one_try("deferred", said("421-4.7.28 Our system has detected an unusual rate of unsolicited mail. 421 4.7.28 "
                                   "visit https://support.google.com/mail/?p=UnsolicitedRateLimitError"))
    for hour in range(9, 20):
        log.tried(f"{hour:02}:00:01", "AAAAAAAAA1", "bob@example.org", "deferred",
                  said("421-4.7.28 Our system has detected an unusual rate of unsolicited mail. 421 4.7.28 visit "
                       "https://support.google.com/mail/?p=UnsolicitedRateLimitError"))
    text = run("trace", "bob@example.org", "-", input=log.text()).stdout
    flat = " ".join(text.split())
    assert "… Waiting 2026-03-02 08:00:00" in flat
    assert "From alice@example.com" in flat and "relay1 AAAAAAAAA1" in flat
    assert "Google (Gmail, Workspace)" in flat and "12 tries, the last at 2026-03-02 19:00:01" in flat
    assert text.count("Refused for now by Google") == 2  # one step, one reason
    assert "https://support.google.com/mail/?p=UnsolicitedRateLimitError" in flat and "To do" in flat


HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x1b[0m\u202etxt.exe\x9b2J\r\x00"


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_nothing_of_the_log_reaches_the_terminal_raw(run, locale):
    log = one_try("bounced", said(f"550 5.1.1 {HOSTILE}"))
    log.born("08:01:00", "AAAAAAAAA2", f"x{HOSTILE}@example.com", f"m2{HOSTILE}@example.com")
    log.tried("08:01:01", "AAAAAAAAA2", "bob@example.org", "sent", f"250 {HOSTILE}")
    log.lines += reject("08:02:00", f"550 5.7.1 {HOSTILE} no").lines
    done = run("trace", "bob@example.org", "-", input=log.text(), env={"LC_ALL": locale})
    assert done.returncode == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.stdout)
    if locale == "C":
        assert done.stdout.isascii()
    found = json.loads(run("trace", "--format", "json", "bob@example.org", "-", input=log.text()).stdout)
    assert len(found["messages"]) == 2 and len(found["refused"]) == 1


def test_colour_only_when_asked(run):
    text = filtered().text()
    assert "\x1b" not in run("trace", "bob@example.org", "-", input=text).stdout
    assert "\x1b[" in run("trace", "--color", "always", "bob@example.org", "-", input=text).stdout


def test_many_recipients_stay_readable(run, trace):
    log = Log().born("08:00:00", "AAAAAAAAA1", "alice@example.com", "m1@example.com", nrcpt=500)
    for n in range(500):
        log.tried("08:00:01", "AAAAAAAAA1", f"r{n}@example.org", "sent", "250 ok")
    log.tried("08:00:02", "AAAAAAAAA1", "gone@example.org", "bounced", said("550 5.1.1 no such user"))
    text = run("trace", "alice@example.com", "-", input=log.text()).stdout
    assert len(text.splitlines()) < 60 and "gone@example.org" in text and "500 delivered, 1 not" in text
    assert len(only(trace("alice@example.com", log))["recipients"]) == 501


def full(log, when, sender="a@example.net", to="taro@jp.test"):
    return log.add(when, "postfix/smtpd[11]", f"NOQUEUE: reject: RCPT from mail.example.net[192.0.2.9]: 552 5.2.2 <{to}>: Recipient "
                   f"address rejected: 1.0 GB of 1.0 GB used; from=<{sender}> to=<{to}> proto=ESMTP helo=<mail.example.net>")


def test_a_full_mailbox_says_since_when(trace, run):
    """Since the first refusal behind which nothing was delivered."""
    log = full(Log(), "07:00:00")
    log.born("07:30:01", "4ABCDEF0001", "b@example.net", "x@example.net")
    log.tried("07:30:02", "4ABCDEF0001", "taro@jp.test", "sent", "250 2.0.0 Saved", relay="mb1.jp.test[192.0.2.20]:24", tag="postfix/lmtp[15]")
    log.removed("07:30:03", "4ABCDEF0001")
    full(full(log, "08:00:00"), "09:00:00", to="Taro@jp.test")
    found = trace("taro@jp.test", log)
    since = [refusal.get("full_since") for refusal in found["refused"]]
    assert since == [None, None, "2026-03-02T08:00:00Z"]
    assert all(refusal["reason"] == "the mailbox is full" for refusal in found["refused"])
    text = run("trace", "taro@jp.test", "-", input=log.text()).stdout
    assert text.count("mailbox is full since 2026-03-02 08:00:00") == 1, text
