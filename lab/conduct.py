# SPDX-License-Identifier: Apache-2.0
"""How a fake provider treats who sends to it: blocks, greylisting, rate limits, tarpits, resets.

A conduct is asked at each step of a session (a `Contact`) and names the reply by which it refuses
(a field of replies.Spec), RESET, or None. The first conduct of a provider that refuses wins. All
of them can be limited to a step, a source and a span of seconds after the traffic began, and keep
what they remember per source: bounded by the lab's few sources and the length of its run.
As text: `KIND:name=value,...` with the names of the dataclasses' fields, see `parse`.
"""

import collections
import dataclasses
import math

import replies
import shops

STEPS = ("connect", "mail", "rcpt", "eod")  # eod: after the end of DATA
ALL = "all"
RESET = "reset"  # the connection is cut without a reply


@dataclasses.dataclass(frozen=True)
class Contact:
    """A step of a session: `now` in epoch seconds, `ip` where it comes from; `sender` and `rcpt`
    are empty before they are known, `rcpt` also where it is not one recipient's step."""

    at: str
    ip: str
    sender: str
    rcpt: str
    now: float


@dataclasses.dataclass
class Conduct:
    """`at`: one of STEPS; `source`: a name of shops.SOURCES, an address, or ALL; `begins`, `ends`:
    seconds after the traffic began."""

    why = None  # of replies.Spec: in which words it refuses

    at: str = "eod"
    source: str = ALL
    begins: float = -math.inf
    ends: float = math.inf

    def __post_init__(self):
        if self.at not in STEPS:
            raise ValueError(f"at must be one of {' '.join(STEPS)}")
        self.zero = math.inf

    def start(self, now):
        """The traffic begins now (epoch seconds)."""
        self.zero = now

    def concerns(self, contact):
        return (contact.at == self.at and self.begins <= contact.now - self.zero < self.ends
                and self.source in (ALL, contact.ip, source_at(contact.ip)))

    def judge(self, contact):
        """The name of the reply, RESET, or None: nothing against it."""
        return self.why if self.concerns(contact) and self.refuses(contact) else None

    def refuses(self, _contact):
        return False

    def delay(self, _contact):
        """Seconds that the reply is held back."""
        return 0.0


@dataclasses.dataclass
class Mailboxes(Conduct):
    """Refuses addresses that are dead or full, for ever (replies.verdict)."""

    at: str = "rcpt"

    def judge(self, contact):
        verdict = replies.verdict(contact.rcpt)
        return verdict if self.concerns(contact) and verdict != "fine" else None


@dataclasses.dataclass
class Block(Conduct):
    """Refuses all from `begins` to `ends`."""

    why = "block"

    def refuses(self, _contact):
        return True


@dataclasses.dataclass
class VolumeBlock(Conduct):
    """A source that hands in more than `limit` messages (recipients with at=rcpt) in `window`
    seconds loses its reputation and is blocked until it recovers: no more than `calm` tries, the
    present one among them, in `recovery` seconds. At `ends` everybody is forgiven."""

    why = "block"

    limit: int = 60
    window: float = 10.0
    recovery: float = 10.0
    calm: int = 2

    def __post_init__(self):
        super().__post_init__()
        if not 1 <= self.calm < self.limit:
            raise ValueError("calm must be from 1 to less than limit")
        self.tries, self.blocked = collections.defaultdict(collections.deque), set()

    def refuses(self, contact):
        tries = self.tries[contact.ip]
        tries.append(contact.now)
        while tries[0] <= contact.now - max(self.window, self.recovery):
            tries.popleft()
        if contact.ip in self.blocked and within(tries, contact.now, self.recovery) <= self.calm:
            self.blocked.remove(contact.ip)
        elif within(tries, contact.now, self.window) > self.limit:
            self.blocked.add(contact.ip)
        return contact.ip in self.blocked


@dataclasses.dataclass
class RateLimit(Conduct):
    """Takes `limit` messages (recipients with at=rcpt) of a source in `window` seconds and defers
    the others; a deferred one does not count."""

    why = "rate"

    limit: int = 20
    window: float = 10.0

    def __post_init__(self):
        super().__post_init__()
        self.taken = collections.defaultdict(collections.deque)

    def refuses(self, contact):
        taken = self.taken[contact.ip]
        while taken and taken[0] <= contact.now - self.window:
            taken.popleft()
        if len(taken) >= self.limit:
            return True
        taken.append(contact.now)
        return False


@dataclasses.dataclass
class Greylist(Conduct):
    """Defers a sender on its first try from a source, and all its tries of `wait` seconds after."""

    why = "greylist"

    at: str = "rcpt"
    wait: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        self.seen = {}

    def refuses(self, contact):
        pair = contact.ip, contact.sender
        if pair not in self.seen:
            self.seen[pair] = contact.now
            return True
        return contact.now - self.seen[pair] < self.wait


@dataclasses.dataclass
class Tarpit(Conduct):
    """Answers slowly: each reply at its step waits `seconds`."""

    seconds: float = 1.0

    def delay(self, contact):
        return self.seconds if self.concerns(contact) else 0.0


@dataclasses.dataclass
class Reset(Conduct):
    """Cuts each `every`-th connection that comes to its step, instead of a reply. What it cuts
    after the end of DATA it has not accepted."""

    why = RESET

    every: int = 1

    def __post_init__(self):
        super().__post_init__()
        if self.every < 1:
            raise ValueError("every must be at least 1")
        self.count = 0

    def refuses(self, _contact):
        self.count += 1
        return self.count % self.every == 0


KINDS = {"mailboxes": Mailboxes, "block": Block, "volume-block": VolumeBlock,
         "rate-limit": RateLimit, "greylist": Greylist, "tarpit": Tarpit, "reset": Reset}


def parse(text):
    """The conduct of `KIND` or `KIND:name=value,...`; ValueError says what is wrong with it."""
    kind, _, rest = text.partition(":")
    if kind not in KINDS:
        raise ValueError(f"{kind}: no such conduct; there are {' '.join(KINDS)}")
    fields = {field.name: field.type for field in dataclasses.fields(KINDS[kind])}
    given = {}
    for setting in filter(None, rest.split(",")):
        name, _, value = setting.partition("=")
        if name not in fields:
            raise ValueError(f"{kind} has no {name}; it has {' '.join(fields)}")
        try:
            given[name] = fields[name](value)
        except ValueError:
            raise ValueError(f"{kind}: {name}={value} is no number") from None
    try:
        return KINDS[kind](**given)
    except ValueError as err:
        raise ValueError(f"{kind}: {err}") from None


def source_at(ip):
    """The name of the relay's source with this address, or None."""
    return next((name for name, own in shops.SOURCES.items() if own == ip), None)


def within(times, now, seconds):
    """How many of `times` (sorted) lie in the last `seconds`."""
    return sum(1 for at in times if at > now - seconds)
