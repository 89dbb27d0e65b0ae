# SPDX-License-Identifier: Apache-2.0
"""What came of the known messages of a run: counts that must add up, and how long what took.

Pure: made of what the providers counted, what the relay's log and queue say, and when the daemon
was seen to know. What did not happen is None, never 0 or a guess. Times ending in `_s` are seconds:
those of the loop after the first blocked reply, those of the return after the lifting.
"""

import dataclasses

RETURN_LEAST = 10  # messages in a row by their own source are a return


@dataclasses.dataclass
class Facts:
    """`messages`: {recipient: (source, provider)} as planned; `answers`: {recipient: [Answer]}
    (ledger.py); `bounced`: {recipient: moment} as the log has it; `queued`: recipients that wait at
    the end; moments are epoch seconds or None: `began` of the traffic, `lifted` of the block,
    `held` when a 5xx was first held, `detected` and `closed` when the daemon showed the block."""

    messages: dict
    answers: dict
    bounced: dict
    queued: set
    began: float
    lifted: float | None = None
    held: float | None = None
    detected: float | None = None
    closed: float | None = None


def summary(facts):
    """The JSON object, without what the stage adds."""
    first = first_block(facts)
    return {**counts(facts), **(times(facts, first) if first else dict.fromkeys(TIMES))}


def first_block(facts):
    """(recipient, Answer) of the first blocked reply, or None."""
    blocked = [(rcpt, one) for rcpt in facts.messages for one in facts.answers.get(rcpt, ())
               if one.why == "block"]
    return min(blocked, key=lambda pair: pair[1].at, default=None)


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


TIMES = ("first_block_s", "detect_s", "bounce_s", "hold_s", "detour_s", "detoured", "aside", "released",
         "probes", "reopened_s", "returned", "return_s", "closed_s")


def times(facts, first):
    """TIMES, all about the path of the first blocked reply."""
    rcpt, answer = first
    path = facts.messages[rcpt]
    taken = sorted(((one.at, rcpt, one.source) for rcpt in facts.messages
                    for one in accepted(facts, rcpt) if one.at >= answer.at))
    detours = [row for row in taken if facts.messages[row[1]] == path and row[2] != path[0]]
    found = dict.fromkeys(TIMES)
    found |= {
        "first_block_s": rounded(answer.at - facts.began),
        "detect_s": after(facts.detected, answer.at),
        "bounce_s": after(min((at for one, at in facts.bounced.items()
                               if last_why(facts, one) == "block"), default=None), answer.at),
        "hold_s": after(facts.held, answer.at),
        "reopened_s": reopened(facts, taken, path),
        "closed_s": after(facts.closed, facts.lifted),
    }
    return found | (detoured(facts, taken, detours, answer.at) if detours else {})


def detoured(facts, taken, detours, blocked_at):
    """What there is to say once a message of the path went by another source."""
    path = facts.messages[detours[0][1]]
    first, last = detours[0][0], detours[-1][0]
    own = [row[0] for row in taken if facts.messages[row[1]] == path and row[2] == path[0]]
    home = [at for at in own if at > last]
    returned = len(home) >= RETURN_LEAST
    tries = [one for rcpt, owner in facts.messages.items() if owner == path
             for one in facts.answers.get(rcpt, ())
             if one.source == path[0] and first < one.at <= last]
    return {
        "detour_s": rounded(first - blocked_at), "detoured": len(detours),
        "aside": sum(1 for row in taken if facts.messages[row[1]] != path
                     and row[2] != facts.messages[row[1]][0]),
        "released": sum(1 for rcpt in {row[1] for row in detours}
                        if any(one.why == "block" for one in facts.answers[rcpt])),
        "probes": {"tried": len(tries),
                   "accepted": sum(1 for one in tries if one.outcome == "accepted")},
        "returned": returned,
        "return_s": after(home[0], facts.lifted) if returned else None,
    }


def reopened(facts, taken, path):
    """From the lifting to the first message that the path itself delivers."""
    if facts.lifted is None:
        return None
    own = [row[0] for row in taken if facts.messages[row[1]] == path and row[2] == path[0]
           and row[0] >= facts.lifted]
    return after(min(own, default=None), facts.lifted)


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
         "return_s": "return after lift"}


def shown(value):
    if value is None:
        return "-"
    return f"{value:.1f} s" if isinstance(value, float) else str(value)
