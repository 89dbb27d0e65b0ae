# SPDX-License-Identifier: Apache-2.0
"""Traces against the truth: what is told of every message of a generated log adds up to its totals."""

import json
import subprocess
from collections import Counter

import pytest
from test_truth import generate, generator  # noqa: F401  fixtures

WORDS = {"accepted": "sent", "delivered": "sent", "refused": "bounced", "expired": "expired", "waiting": "open",
         "held": "open", "discarded": "discarded", "deleted": "discarded", "lost": "lost"}


def senders(log):
    lines = log.read_text("utf-8", "replace").splitlines()
    found = {part.split(">")[0] for line in lines for part in line.split("from=<")[1:]}
    return {address.rsplit("@", 1)[1] for address in found if "@" in address}


def name(message):
    return tuple(sorted((hop["host"], hop.get("queue_id") or hop["session"], hop["first"])
                        for hop in message["hops"]))


def told_of(todoku, log):
    """Every message once: the telling with most recipients, since a domain may be on both sides."""
    messages = {}
    for domain in sorted(senders(log)):
        done = subprocess.run([todoku, "trace", "--limit", "2000", "--format", "json", "@" + domain, log],
                              capture_output=True, timeout=120, check=True)
        found = json.loads(done.stdout)
        assert not found["truncated"]["messages"] and not found["truncated"]["incomplete"]
        for message in found["messages"]:
            old = messages.get(name(message))
            if old is None or len(old["recipients"]) < len(message["recipients"]):
                messages[name(message)] = message
    return messages.values()


@pytest.mark.parametrize("profile, seed", [("full", 11), ("full", 12), ("reuse,twins", 3), ("filter,reuse", 4),
                                           ("postsuper,expired", 5), ("forward,virtual,long", 6)])
def test_messages_add_up(todoku, generate, profile, seed):  # noqa: F811
    log, truth = generate("--profile", profile, "--seed", seed, lines=9000)
    counts = Counter()
    for message in told_of(todoku, log):
        if all(hop["kind"] == "mailbox" for hop in message["hops"]):
            continue  # Dovecot's line alone is no outcome of the report's
        for recipient in message["recipients"]:
            counts[WORDS.get(recipient["outcome"])] += recipient["count"]
        for event in message["events"]:
            if event["what"] == "notified":
                counts[WORDS[event["outcome"]]] += 1
    # A message of which the last line is its birth is open for a trace, and nothing for the report.
    assert 0 <= counts.pop("open", 0) - truth["outcomes"].pop("open") <= 1
    counts.pop(None, None)
    assert counts == +Counter(truth["outcomes"])
