# SPDX-License-Identifier: Apache-2.0
"""A second opinion: counts records, attempts and outcomes of a mail log, slowly and simply.

Shares nothing with todoku but the definitions (src/model/summary.h). Expects lines in order and
complete messages, as the generator writes them; it knows no late lines, no limits and no incidents.
Also a program: naive_counter.py LOG... prints the counts as JSON.
"""

import gzip
import json
import re
import sys
from collections import Counter

HEAD = re.compile(
    r"(?:<\d+>1 )?(?:\d{4}-\d\d-\d\dT\S+|[A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d:\d\d) (?P<host>\S+) "
    r"(?P<tag>[^\s\[:]+)(?:\[\d+\])?(?::| \S+ - -) (?P<text>.*)", re.DOTALL)
SHORT, LONG = r"[0-9A-F]{6,}", r"[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,}z[0-9A-Za-y]+"
QUEUE_ID = re.compile(rf"({SHORT}|{LONG}): (.*)", re.DOTALL)
ADDRESS = r'<((?:"(?:[^"\\]|\\.)*"|[^">]*)(?:@[^>]*)?)>'
DELIVERY = re.compile(
    rf"to={ADDRESS}, (?:orig_to={ADDRESS}, )?relay=(?P<relay>\S+), (?:conn_use=\d+, )?delay=[\d.]+, "
    r"delays=[\d./]+, (?:tls=\S+, )?dsn=[\d.]+, status=(?P<status>\S+) \((?P<reason>.*)", re.DOTALL)
QUEUED = re.compile(rf"from={ADDRESS}, size=\d+, nrcpt=\d+ \(queue active\)")
EXPIRED = re.compile(rf"from={ADDRESS}, status=(expired|force-expired), returned to sender")
NEXT_ID = re.compile(rf"(?:queued|forwarded) as ({SHORT}|{LONG})\)?$")
PROBES = ("deliverable", "undeliverable", "undeliverable-but-not-cached")


def fields(line):
    """What a delivery record says, by the names of `todoku parse`; {} for another line."""
    head = HEAD.fullmatch(line)
    found = QUEUE_ID.fullmatch(head["text"])
    record = DELIVERY.fullmatch(found[2]) if found else None
    if not record:
        return {}
    return {"kind": "delivery", "queue_id": found[1], "to": record[1], "orig_to": record[2],
            "relay": record["relay"], "status": record["status"]}


class Message:
    """One queue file: its sender and the last word on each recipient."""

    def __init__(self):
        self.null_sender = False
        self.last = {}  # (to, orig_to): (state, local)


class Counts:
    """What was counted; `result` has the shape of the report."""

    def __init__(self):
        self.records, self.attempts, self.left_out = Counter(), Counter(), Counter()
        self.outcomes, self.sli = Counter(), Counter()
        self.lines = self.unknown = 0
        self.open = {}  # (host, queue id): Message

    def result(self):
        return {"lines": {"read": self.lines, "unknown": self.unknown},
                "records": dict(self.records),
                "attempts": {**self.attempts, "left_out": dict(self.left_out)},
                "outcomes": dict(self.outcomes),
                "sli": {"reachability": dict(self.sli)}}

    def line(self, line):
        self.lines += 1
        head = HEAD.fullmatch(line)
        if not head:
            self.unknown += 1
            return
        found = QUEUE_ID.fullmatch(head["text"])
        if found:
            self.queue_line((head["host"], found[1]), head["tag"].rpartition("/")[2], found[2])

    def queue_line(self, key, program, text):
        if text == "removed":
            self.end(self.open.pop(key, Message()), "discarded" if program == "postsuper" else "lost")
        elif text == "requeued":
            message = self.open.pop(key)
            message.last = {who: last for who, last in message.last.items() if last[0] != "waiting"}
            self.end(message)
        elif "reject: " in text and program in ("cleanup", "smtpd"):
            self.open.pop(key, None)
        elif found := DELIVERY.fullmatch(text):
            self.delivery(key, program, found)
        elif found := EXPIRED.fullmatch(text):
            self.expired(self.open[key], found[2])
        elif program == "bounce" or text.startswith("host "):
            return
        else:
            message = self.open.setdefault(key, Message())
            if found := QUEUED.fullmatch(text):
                message.null_sender = found[1] == ""

    def delivery(self, key, program, found):
        status, reason = found["status"], found["reason"]
        self.records[status.lower()] += 1
        message = self.open[key]
        state = {"sent": "sent", "bounced": "bounced"}.get(status, "waiting")
        if status in PROBES:
            self.left_out["probes"] += 1
            return
        if program == "discard":
            self.left_out["discarded"] += 1
            state = "discarded"
        elif reason.startswith("delivery temporarily suspended: "):
            self.left_out["repeated"] += 1
        elif status == "sent" and self.goes_on(key[0], reason):
            self.left_out["reinjected"] += 1
            state = "moved"
        else:
            self.attempts["total"] += 1
            self.attempts["deferred" if state == "waiting" else state] += 1
        message.last[found[1], found[2]] = (state, program == "local")

    def goes_on(self, host, reason):
        found = NEXT_ID.search(reason)
        return bool(found) and (host, found[1]) in self.open

    def expired(self, message, word):
        self.records[word] += 1
        for who, (state, local) in message.last.items():
            if state == "waiting":
                message.last[who] = ("expired", local)

    def end(self, message, rest="lost"):
        """All that is known of a message; `rest` is what became of recipients without a result."""
        for state, local in message.last.values():
            if state == "moved":
                continue
            if state == "waiting":
                state = rest
            self.outcomes[state] += 1
            if state in ("sent", "bounced", "expired") and not local and not message.null_sender:
                self.sli["good" if state == "sent" else "bad"] += 1

    def finish(self):
        for message in self.open.values():
            self.end(message, "open")
        return self.result()


def count(paths):
    counts = Counts()
    for path in paths:
        opened = gzip.open if str(path).endswith(".gz") else open
        with opened(path, "rt", encoding="utf-8", errors="surrogateescape", newline="\n") as log:
            for line in log:
                counts.line(line.rstrip("\n"))
    return counts.finish()


if __name__ == "__main__":
    print(json.dumps(count(sys.argv[1:]), indent=2))
