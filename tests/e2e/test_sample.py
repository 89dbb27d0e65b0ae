# SPDX-License-Identifier: Apache-2.0
"""Real lines of Postfix 3.7.11 (tests/data/postfix-sample.log), counted by hand.

The file's `## ` notes name cases; a case is the lines up to the next note. Expected numbers were
read off the lines by a person, not taken from the program.
"""

import json
import re
from collections import Counter

import pytest


@pytest.fixture(scope="module")
def cases(root):
    """(note, lines) in order of the file."""
    found = []
    for line in (root / "tests" / "data" / "postfix-sample.log").read_text("utf-8").splitlines(keepends=True):
        if line.startswith("## "):
            found.append((line[3:].strip(), []))
        else:
            found[-1][1].append(line)
    return found


@pytest.fixture
def report(run):
    """report(TEXT) -> the report as an object."""

    def call(text):
        done = run("report", "--format", "json", "-", input=text)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


def lines_of(cases, notes):
    """The lines of the cases whose notes begin so, in order of the file."""
    chosen = [[lines for note, lines in cases if note.startswith(begin)] for begin in notes]
    for begin, lines in zip(notes, chosen):
        assert lines, f"no case begins with {begin!r}"
    return "".join(line for group in chosen for lines in group for line in lines)


# notes: outcomes, attempts (total, then what is left out), service level (good, bad)
BY_HAND = [
    (["plain relay"], {"sent": 1}, {"total": 1}, (1, 0)),
    (["submission with SASL"], {"sent": 3}, {"total": 3}, (3, 0)),
    (["SASL login failure"], {"sent": 1}, {"total": 1}, (1, 0)),
    (["policy service says DEFER"], {}, {"total": 0}, (0, 0)),
    (["policy service says REJECT"], {}, {"total": 0}, (0, 0)),
    (["policy service says HOLD"], {}, {"total": 0}, (0, 0)),
    (["policy service says HOLD", "postsuper -H"], {"sent": 1}, {"total": 1}, (1, 0)),
    (["policy service says DISCARD"], {}, {"total": 0}, (0, 0)),
    (["policy service says REDIRECT"], {"sent": 1}, {"total": 1}, (1, 0)),
    # the notification went out too; it is an outcome, but no customer's mail
    (["hard bounce"], {"bounced": 1, "sent": 1}, {"total": 2}, (0, 1)),
    (["IP block 550"], {"open": 2}, {"total": 2}, (0, 0)),
    (["450 per recipient"], {"sent": 1, "open": 1}, {"total": 2}, (1, 0)),
    (["554 without an enhanced code"], {"bounced": 1, "sent": 1}, {"total": 2}, (0, 1)),
    (["connection refused"], {"open": 1}, {"total": 1}, (0, 0)),
    (["host not found"], {"bounced": 1, "sent": 1}, {"total": 2}, (0, 1)),
    # the sixth was never tried: suspended
    (["burst to a failing"], {"open": 6}, {"total": 5, "repeated": 1}, (0, 0)),
    (["one message, 8 recipients"], {"open": 8}, {"total": 8}, (0, 0)),
    (["DSN NOTIFY=NEVER"], {"bounced": 1}, {"total": 1}, (0, 1)),
    (["after-queue content filter"], {"sent": 2}, {"total": 2, "reinjected": 2}, (2, 0)),
    (["virtual alias"], {"sent": 2}, {"total": 2}, (2, 0)),
    (["local delivery to a mailbox"], {"sent": 1}, {"total": 1}, (0, 0)),
    (["local user unknown"], {"bounced": 1, "sent": 1}, {"total": 2}, (0, 0)),
    (["LMTP delivery"], {"sent": 2}, {"total": 2}, (2, 0)),
    (["pickup"], {"sent": 1}, {"total": 1}, (1, 0)),
    (["odd addresses"], {"sent": 3}, {"total": 3}, (3, 0)),
    (["address verification probe (reject"], {"sent": 1}, {"total": 1, "probes": 1}, (1, 0)),
    (["address verification probe: status=undel"], {}, {"total": 0, "probes": 1}, (0, 0)),
    (["null sender"], {"sent": 1}, {"total": 1}, (0, 0)),
    (["double bounce"], {"bounced": 2}, {"total": 2}, (0, 1)),
    (["deferred, to be deleted", "postsuper -d"], {"discarded": 1}, {"total": 1}, (0, 0)),
    (["deferred, to be requeued", "postsuper -r"], {"sent": 1}, {"total": 2}, (1, 0)),
    (["deferred, to be force-expired", "postsuper -f"], {"expired": 1, "sent": 1}, {"total": 2}, (0, 1)),
    (["header_checks REJECT"], {}, {"total": 0}, (0, 0)),
    (["header_checks WARN"], {"sent": 1}, {"total": 1}, (1, 0)),
    (["enable_long_queue_ids"], {"sent": 2}, {"total": 2}, (2, 0)),
    (["local alias to two"], {"sent": 2}, {"total": 2, "reinjected": 1}, (2, 0)),
    (["local alias to one"], {"sent": 1}, {"total": 1, "reinjected": 1}, (1, 0)),
    (["local delivery to a file"], {"sent": 1}, {"total": 1}, (0, 0)),
    (["overloaded dead destination"], {"open": 3}, {"total": 0, "repeated": 3}, (0, 0)),
]


@pytest.mark.parametrize("notes, outcomes, attempts, level", BY_HAND, ids=[case[0][-1] for case in BY_HAND])
def test_case(report, cases, notes, outcomes, attempts, level):
    facts = report(lines_of(cases, notes))
    found = {name: count for name, count in facts["outcomes"].items() if count}
    assert found == outcomes
    tried = {"total": facts["attempts"]["total"],
             **{name: count for name, count in facts["attempts"]["left_out"].items() if count}}
    assert tried == attempts
    reached = facts["sli"]["reachability"]
    assert (reached["good"], reached["bad"]) == level
    assert facts["lines"]["unknown"] == 0 and facts["incidents"] == []


def test_the_whole(report, cases):
    text = "".join(line for _, lines in cases for line in lines)
    facts = report(text)
    assert facts["lines"]["read"] == facts["lines"]["parsed"] == 635 and facts["lines"]["unknown"] == 0
    statuses = Counter(re.findall(r", status=([a-z-]+)[ ,]", text))
    assert {name: count for name, count in facts["records"].items() if count} == statuses
    outcomes = facts["outcomes"]
    # 10 messages expired with 18 waiting recipients (one with 8, one with 2), one by force
    assert outcomes["expired"] == 19 and outcomes["discarded"] == 1 and outcomes["lost"] == 0
    # nothing came of the three suspended, the resolver failure and the missing transport
    assert outcomes["open"] == 5
    assert outcomes["bounced"] == statuses["bounced"] == 10
    # 4 of the 64 sent records went on under another id: content filter 2, aliases 2
    assert outcomes["sent"] == statuses["sent"] - 4 == 60


def test_logins_of_the_whole(report, cases):
    text = "".join(line for _, lines in cases for line in lines)
    logins = {login["login"]: login for login in report(text)["logins"]}
    ids = re.findall(r": ([0-9A-F]+): client=\S+, sasl_method=\S+, sasl_username=user1@lab\.test", text)
    queued = [i for i in ids if f": {i}: from=<user1@lab.test>, size=" in text]
    assert logins["user1@lab.test"]["messages"] == len(queued)
    assert logins["user1@lab.test"]["recipients"] == 7
    assert logins["user1@lab.test"]["auth_failures"] == 1
