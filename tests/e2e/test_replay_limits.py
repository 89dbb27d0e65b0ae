# SPDX-License-Identifier: Apache-2.0
"""todoku replay: who would have been over the limits of a configuration, and limits that old logs speak for.

What is expected is counted here, from the messages and not from the lines.
"""

import json
from datetime import datetime, timedelta, timezone

import pytest
from conftest import LIMIT

START = datetime(2026, 3, 2, 8, 0, tzinfo=timezone.utc)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


class Log:
    """Lines of messages of one relay, in the order of time."""

    def __init__(self):
        self.lines, self.number = [], 0

    def add(self, when, text, relay="relay1"):
        self.lines.append((when, len(self.lines), f"{when.isoformat()} {relay} {text}\n"))

    def send(self, when, login="", recipients=1, sender="a@c.example", client="203.0.113.9", size=900, queue_id=None,
             relay="relay1", local=False):
        self.number += 1
        queue_id = queue_id or f"{self.number % 0x100000:05X}{0xA00000 + (self.number >> 20):06X}"
        if local:
            self.add(when, f"postfix/pickup[1]: {queue_id}: uid=0 from=<{sender}>", relay)
        else:
            named = f", sasl_method=PLAIN, sasl_username={login}" if login else ""
            self.add(when, f"postfix/submission/smtpd[1]: {queue_id}: client=c.example[{client}]{named}", relay)
        self.add(when, f"postfix/cleanup[2]: {queue_id}: message-id=<{queue_id}@c.example>", relay)
        self.queued(when, queue_id, recipients, sender, size, relay)
        self.add(when + 2 * SECOND, f"postfix/qmgr[3]: {queue_id}: removed", relay)
        return queue_id

    def queued(self, when, queue_id, recipients=1, sender="a@c.example", size=900, relay="relay1"):
        self.add(when, f"postfix/qmgr[3]: {queue_id}: from=<{sender}>, size={size}, nrcpt={recipients} (queue active)",
                 relay)

    def write(self, path):
        path.write_text("".join(line for _, _, line in sorted(self.lines)))
        return path


@pytest.fixture
def replay(run, tmp_path):
    def call(log, limits="", *arguments):
        config = tmp_path / "todoku.yaml"
        config.write_text(f"policy:\n  default_domain: example.jp\n  exempt: [127.0.0.0/8]\n{limits}" if limits else "")
        done = run("replay", "-c", config, *arguments, log.write(tmp_path / "mail.log"), timeout=2 * LIMIT)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout
    return call


def limits_of(output):
    found = [row["limits"] for row in json.loads(output) if "limits" in row]
    assert len(found) == 1
    return found[0]


def test_classes_and_other_names_are_those_of_the_accounts(replay, tmp_path):
    (tmp_path / "passwd").write_text("shop@example.jp:x:::::: todoku_class=business\n"
                                     "info@example.jp:x::::::user=shop@example.jp\n")
    log = Log()
    for number, login in enumerate(("shop", "info", "info", "taro")):
        log.send(START + number * MINUTE, login, 5)
    found = limits_of(replay(log, "  limits:\n"
                             "    - { name: hour, recipients: 4/1h, levels: [ { class: business, count: 10 } ] }\n"
                             "    - { name: class, recipients: 12/1h, key: [account_class], shadow: true }\n"
                             f"accounts: {{ driver: passwd-file, path: {tmp_path}/passwd }}\n", "--format", "json"))
    hour, of_class = found["rules"]
    assert [(one["who"], one["messages"]) for one in hour["who"]] == [("shop@example.jp", 1), ("taro@example.jp", 1)]
    assert [one["who"] for one in of_class["who"]] == ["business"]


def test_who_is_over_when_and_how_much(replay):
    log = Log()
    for i in range(20):  # 5 recipients a minute: 50 pass, then none for the rest of the hour
        log.send(START + i * MINUTE, "Shop-17", 5)
    for i in range(20):
        log.send(START + i * MINUTE, "taro@example.jp", 2)
    log.send(START + 3 * HOUR, "shop-17@example.jp", 50)  # all of the hour before has gone
    told = limits_of(replay(log, "  limits:\n    - { name: hour, recipients: 50/1h }\n", "--format", "json"))
    assert (told["messages"], told["recipients"]) == (41, 190)
    rule, = told["rules"]
    assert (rule["name"], rule["count"], rule["within_s"], rule["action"], rule["shadow"]) == \
        ("hour", 50, 3600, "defer", False)
    assert rule["who"] == [{"who": "shop-17@example.jp", "messages": 10, "recipients": 50,
                            "first": "2026-03-02T08:10:00Z", "last": "2026-03-02T08:19:00Z",
                            "at_most": 55, "limit": 50}]
    assert told["done"]["defer"]["messages"] == 10
    assert told["done"]["reject"]["messages"] == 0


def test_a_rule_in_shadow_is_told_and_does_nothing(replay):
    log = Log()
    for i in range(10):
        log.send(START + i * MINUTE, "taro", 10)
    limits = """  limits:
    - { name: seen, recipients: 20/1h, shadow: true }
    - { name: done, recipients: 70/1h, action: hold }
"""
    told = limits_of(replay(log, limits, "--format", "json"))
    seen, done = told["rules"]
    assert (seen["shadow"], seen["messages"], seen["who"][0]["at_most"]) == (True, 8, 100)
    assert (done["shadow"], done["messages"]) == (False, 3)  # what is held has passed, and is counted
    assert {word: what["messages"] for word, what in told["done"].items() if what["messages"]} == {"hold": 3}
    text = replay(log, limits)
    assert "seen (20 recipients in 1h, defer, in shadow): 8 messages to 80 recipients would have been over, and only " \
        "told of" in text
    assert "3 messages to 30 recipients would have been held" in text


def test_other_keys_levels_and_units(replay):
    log = Log()
    for i in range(6):
        log.send(START + i * MINUTE, "taro@Shop.example.jp", 1, sender="n@News.example", client=f"198.51.100.{i}",
                 size=100 * 1024)
    log.send(START + 7 * MINUTE, "jiro", 4)
    limits = """  limits:
    - { name: domain, messages: 4/1h, key: [sender_domain] }
    - { name: net, messages: 5/1h, key: [client_network], shadow: true }
    - { name: level, recipients: 100/1h, levels: [ { domain: shop.example.jp, count: 3 } ], shadow: true }
    - { name: size, size: 250KiB, within: 1h, shadow: true }
    - { name: all, messages: 3/1h, key: [], shadow: true }
    - { name: at-once, per_message: 3, action: reject }
"""
    told = limits_of(replay(log, limits, "--format", "json"))
    over = {rule["name"]: [(who["who"] if "who" in who else None, who["messages"], who["limit"])
                           for who in rule["who"]] for rule in told["rules"]}
    assert over == {
        "domain": [("news.example", 2, 4)],
        "net": [],  # what is put off by `domain` fills nothing
        "level": [("taro@shop.example.jp", 3, 3)],
        "size": [("taro@shop.example.jp", 4, 250)],
        "all": [(None, 4, 3)],
        "at-once": [("jiro@example.jp", 1, 3)],
    }


def test_limits_of_new_recipients_are_not_looked_at(replay):
    """A log cannot say who was written to when a message came: no "nobody" where nothing was measured."""
    log = Log()
    for i in range(30):
        log.send(START + i * MINUTE, "taro", 10)
    limits = """  limits:
    - { name: strangers, new_recipients: 5/1d, action: hold }
    - { name: all, recipients: 1000/1d }
"""
    strangers, every = limits_of(replay(log, limits, "--format", "json"))["rules"]
    assert (strangers["looked_at"], strangers["who"], "messages" in strangers) == (False, [], False)
    assert (every["looked_at"], every["who"], every["messages"]) == (True, [], 0)
    text = replay(log, limits)
    assert "strangers (5 new recipients in 1d, hold): not looked at: " in text
    assert "all (1,000 recipients in 1d, defer): nobody" in text


def test_what_postfix_would_not_have_asked_about(replay):
    log = Log()
    log.send(START, local=True, recipients=100)                            # sendmail
    log.send(START + MINUTE, client="127.0.0.1", recipients=100)           # back from a filter: exempt
    log.send(START + 2 * MINUTE, sender="", recipients=100)                # a bounce
    log.queued(START + 3 * MINUTE, "4A1B2C3D4E", recipients=100)           # taken before these logs begin
    queue_id = log.send(START + 4 * MINUTE, "taro", 3)
    log.queued(START + 4 * MINUTE + SECOND, queue_id, 3)                   # active once more
    told = limits_of(replay(log, "  limits:\n    - { name: all, recipients: 3/1h, key: [] }\n", "--format", "json"))
    assert (told["messages"], told["exempt"]) == (3, 2)
    assert told["rules"][0]["messages"] == 0
    assert told["busiest"] == [{"login": "taro@example.jp", "messages": 1, "recipients": 3, "message": 3, "hour": 3,
                                "day": 3}]


def test_logs_of_several_relays_count_together(replay):
    log = Log()
    for i in range(10):
        log.send(START + i * MINUTE, "taro", 1, relay=f"relay{i % 3}")
    told = limits_of(replay(log, "  limits:\n    - { name: h, recipients: 6/1h }\n", "--format", "json"))
    assert told["rules"][0]["messages"] == 4


def test_limits_are_proposed_from_what_logins_had(replay):
    log = Log()
    busiest = {}
    for user in range(300):
        login = f"u{user}@{'shop' if user % 3 == 0 else 'school'}.example.jp"
        count = 5000 if user == 7 else 40 + user % 100
        for part in range(2):  # two in an hour, then a quiet time
            log.send(START + user * SECOND + part * 30 * MINUTE, login, count)
        log.send(START + user * SECOND + 5 * HOUR, login, count)
        busiest[login] = (count, 2 * count, 3 * count)
    told = limits_of(replay(log, "", "--limits", "--format", "json"))
    assert told["rules"] == []
    spans = ["message", "hour", "day"]
    for row in told["proposals"]:
        mine = sorted(most[spans.index(row["span"])] for login, most in busiest.items()
                      if login.endswith(row.get("domain", "")))
        assert row["logins"] == len(mine)
        assert [row["p50"], row["p90"], row["p99"], row["max"]] == \
            [mine[-(-len(mine) * p // 100) - 1] for p in (50, 90, 99, 100)]
        assert row["touches"] == sum(1 for most in mine if most > row["recipients"])
    names = [(row.get("domain"), row["span"]) for row in told["proposals"]]
    assert names == [(domain, span) for domain in (None, "school.example.jp", "shop.example.jp") for span in spans]
    hour = told["proposals"][1]
    assert (hour["p99"], hour["recipients"], hour["touches"]) == (278, 560, 1)
    assert hour["reason"] == "twice what 99 of 100 logins had in their busiest hour (278)"
    assert told["busiest"][0]["login"] == "u7@school.example.jp"
    text = replay(log, "", "--limits")
    assert "none are configured" in text
    assert "an hour: twice what 99 of 100 logins had in their busiest hour (278)" in text
    assert "a month has invoices and newsletters in it" in text


def test_without_limits_and_without_being_asked_nothing_is_said(replay):
    log = Log()
    log.send(START, "taro")
    assert "imit" not in replay(log)
    assert json.loads(replay(log, "", "--format", "json")) == []


def test_text_is_escaped(replay):
    log = Log()
    log.send(START, "evil\x1b[2J", 5)
    text = replay(log, "  limits:\n    - { name: h, recipients: 3/1h }\n")
    assert "1 message to 5 recipients" in text
    assert "\x1b[2J" not in text


def test_limits_are_proposed_by_class(replay, tmp_path):
    (tmp_path / "passwd").write_text("")
    log = Log()
    for user in range(60):
        log.send(START + user * SECOND, f"u{user}@{'shop' if user % 2 else 'school'}.example.jp", 100 if user % 2 else 2)
    config = f"accounts: {{ driver: passwd-file, path: {tmp_path}/passwd, classes: [ {{ class: trade, logins: [\"*@shop.*\"] }} ] }}\n"
    told = [row for row in limits_of(replay(log, config, "--limits", "--format", "json"))["proposals"] if row.get("class")]
    assert [(row["class"], row["span"], row["logins"], row["recipients"]) for row in told] == [
        ("trade", "message", 30, 300), ("trade", "hour", 30, 300), ("trade", "day", 30, 300)]
    assert "class trade" in replay(log, config, "--limits")
