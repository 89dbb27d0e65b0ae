# SPDX-License-Identifier: Apache-2.0
"""A fleet of accounts whose past stands in the log of a Limited daemon (policy_rig.py), and a thief of one of them."""

import time
from datetime import datetime, timedelta, timezone

from daemon_rig import until
from policy_rig import Limited

ACCOUNTS, DAYS = 500, 3
MORE = "  default_domain: jp.test\n  slow_transport: slow\nrespond: {{ mode: {mode} }}\n"
THIEF = "user77@jp.test"
NORMAL, PAUSE, CAREFUL = 55, 0.05, 1  # mails that are not many; seconds between two of a thief's


def life(number, login, client, to, when):
    """The lines of one message that arrived."""
    stamp, queue_id = when.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00"), f"{0xA0000000 + number:X}"
    said = [f"submission/smtpd[7]: {queue_id}: client=unknown[{client}], sasl_method=PLAIN, sasl_username={login}",
            f"cleanup[8]: {queue_id}: message-id=<{number}@jp.test>",
            f"qmgr[9]: {queue_id}: from=<{login}>, size={900 + number % 700}, nrcpt=1 (queue active)",
            f"smtp[10]: {queue_id}: to=<{to}>, relay=mx.g.example[192.0.2.25]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, "
            "status=sent (250 ok)",
            f"qmgr[9]: {queue_id}: removed"]
    return "".join(f"{stamp} relay1 postfix/{line}\n" for line in said)


def client_of(account):
    return f"10.{account % 250}.7.9"


def past(accounts=ACCOUNTS):
    """Three days in which everybody writes to a few friends, from one client."""
    now, number, lines = datetime.now(timezone.utc), 0, []
    for day in range(DAYS, 0, -1):
        for account in range(accounts):
            for turn in range(2):
                when = now - timedelta(days=day, hours=-6 * turn, microseconds=-account * 1000)
                number += 1
                lines.append((when, life(number, f"user{account}@jp.test", client_of(account),
                                         f"friend{(number + turn) % 7}@g{account}.example", when)))
    return "".join(text for _, text in sorted(lines))


def guesses(login, count):
    """Logins in vain, from networks that nobody knows."""
    stamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    return "".join(f"{stamp} relay1 postfix/submission/smtpd[7]: warning: unknown[45.{n}.1.1]: SASL PLAIN authentication "
                   f"failed: (reason unavailable), sasl_username={login}\n" for n in range(count))


class Fleet(Limited):
    """A daemon that knows the fleet's past once learn() has returned."""

    def __init__(self, program, folder, mode):
        super().__init__(program, folder, ["name: all, recipients: 1000000/1h"], MORE.format(mode=mode))

    def learn(self):
        text = past()
        self.write(text)
        self.start()
        self.until_read(text.count("\n"))
        until(lambda: self.events("caught_up"), self.said)
        return self

    def guess(self):
        """Logins of the thief in vain, which the daemon has read."""
        before = self.lines()
        self.write(guesses(THIEF, 30))
        self.until_read(before + 30)

    def flags(self):
        """{login: its flags}"""
        code, body = self.ask("/api/v1/accounts/flags")
        assert code == 200, body
        return {row["login"]: {flag["flag"] for flag in row["flags"]} for row in body}

    def steps(self):
        """What the verdict has said of whom, in order."""
        words = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in self.events("account_verdict")]
        return [(one["login"], one["step"]) for one in words]

    def hijacks(self):
        return [one for one in self.incidents() if one["kind"] == "account-hijacked"]


def steal(rig, send, enough, login=THIEF, careful=CAREFUL):
    """The thief sends, by send(number), until it is enough. Verdicts come once a second, or later from a daemon that lags:
    with fewer mails in it than lie between two steps, none is left out."""
    for number in range(1000):
        send(number)
        if enough():
            return
        is_near = number >= NORMAL and (login, "hold") not in rig.steps()
        time.sleep(careful if is_near else PAUSE)
    raise AssertionError(rig.said()[-3000:])
