# SPDX-License-Identifier: Apache-2.0
"""Counts per provider and source of what a provider answered, one per recipient.

`accepted` is what Postfix logs as sent, `refused` as bounced, `deferred` as deferred.
"""

import time

OUTCOMES = ("accepted", "refused", "deferred")
PARTS = ("before", "after", "lifted")


def outcome_of(reply):
    """The outcome of a reply (list of SMTP lines) by its first digit; no reply is tried again."""
    if not reply:
        return "deferred"
    return {"2": "accepted", "4": "deferred", "5": "refused"}[reply[0][0]]


class Tally:
    """Owned by the stage's event loop. `block_began`, `block_ended`: epoch seconds; they part
    `before` from `after`, and `after` from `lifted`."""

    def __init__(self, sources):
        self.sources = {ip: name for name, ip in sources.items()}
        self.block_began = self.block_ended = float("inf")
        self.rows = {}

    def add(self, provider, source_ip, reply, why, rcpts):
        """A reply that decides about `rcpts`; none while they are not known yet."""
        source, count = self.sources.get(source_ip, "relay"), len(rcpts)
        part, row = self.part(time.time()), self.rows.setdefault((provider, source), {})
        for key in (outcome_of(reply), "why." + why, f"{part}.{outcome_of(reply)}"):
            row[key] = row.get(key, 0) + count

    def add_slow(self, provider, source_ip):
        """A reply that was held back."""
        row = self.rows.setdefault((provider, self.sources.get(source_ip, "relay")), {})
        row["slow"] = row.get("slow", 0) + 1

    def part(self, now):
        """One of PARTS."""
        if now >= self.block_ended:
            return "lifted"
        return "after" if now >= self.block_began else "before"

    def total(self):
        return sum(row.get(key, 0) for row in self.rows.values() for key in OUTCOMES)

    def report(self, provider):
        """The JSON object of one provider, sources sorted by name."""
        mine = {source: row for (name, source), row in self.rows.items() if name == provider}
        out = {key: sum(row.get(key, 0) for row in mine.values()) for key in OUTCOMES}
        out["sources"] = {source: shape(mine[source]) for source in sorted(mine)}
        return out


def shape(row):
    out = {key: row.get(key, 0) for key in OUTCOMES}
    for part in PARTS:
        out[part] = {key: row.get(f"{part}.{key}", 0) for key in OUTCOMES}
    out["slow"] = row.get("slow", 0)
    out["why"] = {key[4:]: value for key, value in sorted(row.items()) if key.startswith("why.")}
    return out
