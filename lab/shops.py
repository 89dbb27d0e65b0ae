# SPDX-License-Identifier: Apache-2.0
"""The senders: small shops, their logins, and the plan of what they send when.

Each shop has three streams, each bound to one source of the relay. Staff of shops 1 to 6 have one
stream each; the staff of shops 7 and 8 send on all three.
"""

import itertools
import random
from dataclasses import dataclass

import replies

SOURCES = {"out-a": "127.0.0.11", "out-b": "127.0.0.12", "out-c": "127.0.0.13"}
STREAMS = {"chumon": "out-a", "hasso": "out-b", "melmaga": "out-c"}
STAFF = (
    ("tanaka", "sato", "suzuki"), ("yamamoto", "nakamura", "kobayashi"),
    ("kato", "yoshida", "yamada"), ("sasaki", "matsumoto", "inoue"),
    ("kimura", "hayashi", "shimizu"), ("saito", "ikeda", "hashimoto"),
    ("abe", "ishikawa", "mori"), ("maeda", "fujita", "ogawa"),
)
HIJACKED = "hayashi@shop5.example"
HIJACKED_SENDER = "melmaga@shop5.example"
STRANGER = ("127.0.3.66", "host66.cable.example")
SUBJECTS = ("Your order has been received", "Your parcel is on its way", "Weekend sale",
            "Points that expire soon", "Back in stock", "Thank you for your visit")
GIVEN = ("haruto", "yuto", "sota", "yui", "rio", "hina", "koharu", "mei", "ren", "aoi",
         "kenta", "daiki", "misaki", "ayaka", "takumi", "nanami")


@dataclass(frozen=True)
class Login:
    user: str
    senders: tuple
    ip: str  # where the client connects from
    host: str  # the name of that address, and the client's HELO


@dataclass(frozen=True)
class Mail:
    at: float  # seconds after the traffic began
    login: Login
    sender: str
    rcpts: tuple
    subject: str


def logins():
    """All logins, by name of user."""
    found = {}
    for number, staff in enumerate(STAFF, start=1):
        domain = f"shop{number}.example"
        senders = tuple(f"{stream}@{domain}" for stream in STREAMS)
        for place, name in enumerate(staff):
            own = senders if number > 6 else senders[place:place + 1]
            user = f"{name}@{domain}"
            found[user] = Login(user, own, f"127.0.1.{number}", f"pos.{domain}")
    return found


def domains():
    return [f"shop{number}.example" for number in range(1, len(STAFF) + 1)]


def sender_routes():
    """(sender address, source) pairs: which stream leaves by which source."""
    return [(f"{stream}@{domain}", source)
            for domain in domains() for stream, source in STREAMS.items()]


def plan(seconds, per_second, seed):
    """Mails of the whole run, sorted by time: the steady traffic and the surge."""
    rng = random.Random(f"{seed}/plan")
    return sorted(steady(rng, seconds, per_second) + surge(rng, seconds), key=lambda m: m.at)


def steady(rng, seconds, per_second):
    """Even volume on every path (source, provider), at slightly uneven times."""
    known = logins()
    by_sender = {}
    for login in known.values():
        for sender in login.senders:
            by_sender.setdefault(sender, []).append(login)
    streams = [[s for s, source in sender_routes() if source == name] for name in SOURCES]
    paths = itertools.cycle(itertools.product(range(len(streams)), replies.PROVIDERS))
    mails = []
    for number in range(int(seconds * per_second)):
        stream, provider = next(paths)
        sender = rng.choice(streams[stream])
        mails.append(Mail((number + rng.random()) / per_second, rng.choice(by_sender[sender]),
                          sender, recipients(rng, provider), rng.choice(SUBJECTS)))
    return mails


def surge(rng, seconds):
    """The hijacked login: 20 recipients a mail, some hundreds within a few seconds."""
    login = Login(HIJACKED, (HIJACKED_SENDER,), *STRANGER)
    count = max(8, int(seconds))
    span = min(4.0, seconds / 6)
    return [Mail(seconds / 2 + span * number / count, login, HIJACKED_SENDER,
                 tuple(address(rng, rng.choice(replies.PROVIDERS)) for _ in range(20)),
                 "Account suspended: confirm now") for number in range(count)]


def recipients(rng, provider):
    """One to five addresses, the first at `provider`, the others often there too."""
    others = rng.choices(range(5), weights=(45, 25, 15, 10, 5))[0]
    chosen = [provider] + [provider if rng.random() < 0.5 else rng.choice(replies.PROVIDERS)
                           for _ in range(others)]
    return tuple(address(rng, one) for one in chosen)


def address(rng, provider):
    return f"{rng.choice(GIVEN)}.{rng.randrange(100, 1000)}@{provider.domain}"
