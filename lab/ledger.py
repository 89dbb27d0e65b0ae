# SPDX-License-Identifier: Apache-2.0
"""The truth about single messages: what the providers answered, and what the relay's log says.

A message is its recipient (traffic.py gives each one of its own)."""

import collections
import re
from dataclasses import dataclass

from tally import Tally, outcome_of

RECORD = re.compile(r" to=<([^>]*)>,.* status=(\w+) \((.*)\)$")
SAID = re.compile(r" said: (\d)\d\d[ -]")


@dataclass(frozen=True)
class Answer:
    """What a provider answered to one attempt: `at` in epoch seconds, `source` by name, `outcome`
    as in tally.py, `why` as in conduct.py or `fine`."""

    at: float
    source: str
    outcome: str
    why: str


class Ledger(Tally):
    """A tally that remembers each recipient's answers in their order."""

    def __init__(self, sources, clock):
        super().__init__(sources)
        self.clock = clock
        self.answers = collections.defaultdict(list)

    def add(self, provider, source_ip, reply, why, rcpts):
        super().add(provider, source_ip, reply, why, rcpts)
        answer = Answer(self.clock(), self.sources.get(source_ip, "relay"),
                        outcome_of(reply), why)
        for rcpt in rcpts:
            self.answers[rcpt].append(answer)


class LogBook:
    """What became of messages by the relay's log. `bounced`, and `held` of a 5xx reply that has
    become a deferral: {recipient: epoch seconds when the first such line was read}."""

    def __init__(self, clock):
        self.clock = clock
        self.bounced, self.held, self.sent = {}, {}, collections.Counter()

    def read(self, lines):
        """Lines that the relay has just written."""
        for line in lines:
            if match := RECORD.search(line):
                self.take(*match.groups())

    def take(self, recipient, status, text):
        if status == "bounced":
            self.bounced.setdefault(recipient, self.clock())
        elif status == "sent":
            self.sent[recipient] += 1
        elif status == "deferred" and (said := SAID.search(text)) and said[1] == "5":
            self.held.setdefault(recipient, self.clock())
