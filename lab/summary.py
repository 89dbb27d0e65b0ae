# SPDX-License-Identifier: Apache-2.0
"""What came of the known messages of a run: counts that must add up, and how long what took.

Pure: made of what the providers counted, what the relay's log and queue say, and when the daemon
was seen to know. What did not happen is None, never 0 or a guess. Times ending in `_s` are seconds:
those of the loop after the first blocked reply, those of the return after the lifting.
"""

import dataclasses

RETURN_LEAST = 10  # messages in a row by their own source are a return
PROBES_TOLD = 50


@dataclasses.dataclass
class Facts:
    """`messages`: {recipient: (source, provider)} as planned; `path`: the (source, provider) whose
    block the times are about; `answers`: {recipient: [Answer]} (ledger.py); `bounced`, `held`:
    {recipient: moment} as the log has it; `queued`: recipients that wait at the end. Moments are
    epoch seconds or None: `began` of the traffic, `lifted` of the block, `detected` and `closed`
    when the daemon showed it."""

    messages: dict
    path: tuple
    answers: dict
    bounced: dict
    held: dict
    queued: set
    began: float
    lifted: float
    detected: float | None = None
    closed: float | None = None


def summary(facts):
    """The JSON object, without what the stage adds."""
    return {**counts(facts), **times(facts)}


def accepted(facts, rcpt):
    return [one for one in facts.answers.get(rcpt, ()) if one.outcome == "accepted"]


def counts(facts):
    """Each message is in one of delivered, bounced, held and lost."""
    planned = set(facts.messages)
    times_of = {rcpt: len(accepted(facts, rcpt)) for rcpt in planned}
    delivered = {rcpt for rcpt in planned if times_of[rcpt]}
    bounced = planned & facts.bounced.keys() - delivered
    held = planned & facts.queued - delivered - bounced
    return {
        "messages": len(planned), "delivered": len(delivered), "bounced": len(bounced),
        "bounced_by_block": sum(1 for rcpt in bounced if last_why(facts, rcpt) == "block"),
        "held": len(held), "lost": len(planned - delivered - bounced - held),
        "duplicated": sum(times_of[rcpt] - 1 for rcpt in delivered),
        # Delivered, and yet bounced or still waiting: what the relay and the provider disagree on.
        "disputed": len(delivered & (facts.bounced.keys() | facts.queued)),
        "blocked": sum(1 for rcpt in planned
                       if any(one.why == "block" for one in facts.answers.get(rcpt, ()))),
    }


def last_why(facts, rcpt):
    answers = facts.answers.get(rcpt)
    return answers[-1].why if answers else None


TIMES = ("first_block_s", "detect_s", "bounce_s", "hold_s", "detour_s", "detoured", "aside",
         "released", "probes", "reopened_s", "returned", "return_s", "closed_s")


def times(facts):
    """TIMES of the block of facts.path."""
    mine = [rcpt for rcpt, path in facts.messages.items() if path == facts.path]
    first = min((one.at for rcpt in mine for one in facts.answers.get(rcpt, ())
                 if one.why == "block"), default=None)
    found = dict.fromkeys(TIMES)
    if first is None:
        return found
    taken = sorted((one.at, one.source, rcpt) for rcpt in mine for one in accepted(facts, rcpt)
                   if one.at >= first)
    own = [at for at, source, _ in taken if source == facts.path[0]]
    detours = [row for row in taken if row[1] != facts.path[0]]
    found |= {
        "first_block_s": rounded(first - facts.began),
        "detect_s": after(facts.detected, first),
        "bounce_s": after(earliest(facts.bounced[rcpt] for rcpt in mine if rcpt in facts.bounced
                                   and last_why(facts, rcpt) == "block"), first),
        "hold_s": after(earliest(facts.held[rcpt] for rcpt in mine if rcpt in facts.held), first),
        "reopened_s": after(earliest(at for at, outcome in tries_of(facts)
                                     if outcome == "accepted" and at >= facts.lifted),
                            facts.lifted),
        "closed_s": after(facts.closed, facts.lifted),
    }
    return found | (detoured(facts, first, own, detours) if detours else {})


def detoured(facts, blocked_at, own, detours):
    """What there is to say once a message of the path went by another source. `own`: moments when
    its own source delivered; `detours`: (moment, source, recipient), sorted as those."""
    first, last = detours[0][0], detours[-1][0]
    home = [at for at in own if at > last]
    returned = len(home) >= RETURN_LEAST
    return {
        "detour_s": rounded(first - blocked_at), "detoured": len(detours),
        "aside": sum(1 for rcpt, path in facts.messages.items() if path != facts.path
                     for one in accepted(facts, rcpt)
                     if one.source != path[0] and one.at >= blocked_at),
        "released": sum(1 for rcpt in {row[2] for row in detours}
                        if any(one.why == "block" for one in facts.answers[rcpt])),
        "probes": probes(facts, blocked_at, first, last),
        "returned": returned,
        "return_s": after(home[0], facts.lifted) if returned else None,
    }


def probes(facts, blocked_at, first, last):
    """Attempts by the path's own source while others carried its mail."""
    tries = [(at, outcome) for at, outcome in tries_of(facts) if first < at <= last]
    return {"tried": len(tries),
            "accepted": sum(1 for _, outcome in tries if outcome == "accepted"),
            "at_s": [rounded(at - blocked_at) for at, _ in tries[:PROBES_TOLD]]}


def tries_of(facts):
    """(moment, outcome) of all attempts by the path's source at its provider, with whose mail
    ever: the one that is tried there may be another source's."""
    source, provider = facts.path
    return sorted((one.at, one.outcome) for rcpt, path in facts.messages.items()
                  if path[1] == provider for one in facts.answers.get(rcpt, ())
                  if one.source == source)


def earliest(moments):
    return min(moments, default=None)


def after(moment, since):
    """Seconds from `since` to `moment`; None when either did not happen."""
    return None if moment is None or since is None else rounded(moment - since)


def rounded(seconds):
    return round(seconds, 2)


def table(columns):
    """Lines that show summaries side by side: `columns` are (title, summary) pairs."""
    names = [name for name in columns[0][1] if name in SHOWN]
    yield f"{'':18}" + "".join(f"{title:>14}" for title, _ in columns)
    for name in names:
        yield f"{SHOWN[name]:18}" + "".join(f"{shown(one.get(name)):>14}" for _, one in columns)


SHOWN = {"messages": "messages", "delivered": "delivered", "bounced": "bounced",
         "bounced_by_block": "  for the block", "held": "held at the end", "lost": "lost",
         "duplicated": "duplicated", "detect_s": "to detection", "hold_s": "to first hold",
         "detour_s": "to first detour", "detoured": "detoured", "released": "  of them held",
         "reopened_s": "opens after lift", "return_s": "return after lift"}


def behaviour(columns):
    """Lines that show how the providers treated each run: what each did at all."""
    yield "what the providers did"
    for name in columns[0][1]["providers"]:
        for why, words in WAYS.items():
            counts = [times_of(one["providers"][name], why) for _, one in columns]
            if any(counts):
                first, *others = counts
                yield (f"{f'  {name} {words}':26}{first:>6}"
                       + "".join(f"{count:>14}" for count in others))


def times_of(provider, why):
    """How often a provider did that to any source."""
    return sum(row["slow"] if why == "slow" else row["why"].get(why, 0)
               for row in provider["sources"].values())


WAYS = {"block": "blocked", "rate": "limited rates", "greylist": "greylisted",
        "slow": "answered slowly", "reset": "cut connections"}


def shown(value):
    if value is None:
        return "-"
    return f"{value:.1f} s" if isinstance(value, float) else str(value)
