# SPDX-License-Identifier: Apache-2.0
"""Counts per provider and source of what a provider answered, one per recipient.

`accepted` is what Postfix logs as sent, `refused` as bounced, `deferred` as deferred.
"""

import time

OUTCOMES = ("accepted", "refused", "deferred")


def outcome_of(reply):
    """The outcome of a reply (list of SMTP lines) by its first digit."""
    return {"2": "accepted", "4": "deferred", "5": "refused"}[reply[0][0]]


class Tally:
    """Owned by the stage's event loop. `block_began`: epoch seconds, parts before from after."""

    def __init__(self, sources, block_began):
        self.sources = {ip: name for name, ip in sources.items()}
        self.block_began = block_began
        self.rows = {}

    def add(self, provider, source_ip, reply, why, count=1):
        source = self.sources.get(source_ip, "relay")
        half = "after" if time.time() >= self.block_began else "before"
        row = self.rows.setdefault((provider, source), {})
        for key in (outcome_of(reply), "why." + why, f"{half}.{outcome_of(reply)}"):
            row[key] = row.get(key, 0) + count

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
    for half in ("before", "after"):
        out[half] = {key: row.get(f"{half}.{key}", 0) for key in OUTCOMES}
    out["why"] = {key[4:]: value for key, value in sorted(row.items()) if key.startswith("why.")}
    return out
