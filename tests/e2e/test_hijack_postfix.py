# SPDX-License-Identifier: Apache-2.0
"""A hijack of one of 500 accounts with a real Postfix, from the first mail to the end: it is slowed, held and suspended while
nobody else is touched, its held mail is deleted, and what was held of another account by mistake goes on without loss.
Logins and client addresses come by XCLIENT.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import json
import signal
import smtplib
import subprocess
from collections import Counter

import pytest
from daemon_rig import LIMIT, until
from hijack_rig import THIEF, Fleet, client_of, steal
from routed_postfix import DIVIDER
from routes_lab import laboratory

OTHER = "user200@jp.test"
OUT_MOST = 200
MAIN = """\
todoku_policy = check_policy_service {{ inet:127.0.0.1:{port}, timeout=20s, default_action=DUNNO }}
smtpd_authorized_xclient_hosts = 127.0.0.1/32
mynetworks = 0.0.0.0/0
smtpd_recipient_restrictions = $todoku_policy, permit_mynetworks, reject
smtpd_end_of_data_restrictions = $todoku_policy
relayhost = [g.example]
default_filter_nexthop = [g.example]
"""


class Hijacked(Fleet):
    """The fleet's daemon, and a Postfix that asks it and whose log it reads."""

    def postfix(self, lab):
        self.lab = lab
        with open(self.config, "a", encoding="utf-8") as config:
            config.write(f"postfix: {{ commands: {lab.commands}, instances: [{lab.postfix_config}] }}\n")
        self.learn().until_it_listens()
        row = f"  - file: {self.log}\n"
        self.config.write_text(self.config.read_text().replace(row, f"{row}  - file: {lab.log}\n"))
        self.process.send_signal(signal.SIGHUP)
        until(lambda: "event=caught_up" in self.said().partition("event=reloaded")[2], self.said)
        return self

    def printed(self, text):
        main, master = text.split(DIVIDER)
        return f"{main}{MAIN.format(port=self.port)}{DIVIDER}{master}"

    def send(self, login, client, sender, recipient):
        """The code of what refused it; 250: it was taken."""
        with smtplib.SMTP("127.0.0.1", self.lab.port, timeout=LIMIT) as link:
            link.ehlo()
            code, said = link.docmd("XCLIENT", f"LOGIN={login} ADDR={client}")
            assert code == 220, said
            try:
                link.sendmail(sender, [recipient], "Subject: x\r\n\r\nbody\r\n")
            except smtplib.SMTPRecipientsRefused as err:
                return err.recipients[recipient][0]
            except smtplib.SMTPDataError as err:
                return err.smtp_code
        return 250

    def thief(self, number):
        return self.send(THIEF, f"45.{number % 250}.9.9", f"offer{number}@brand{number}.example",
                         f"victim{number}@target{number}.example")

    def honest(self, account, number=0):
        return self.send(f"user{account}@jp.test", client_of(account), f"user{account}@jp.test",
                         f"friend{number}@g{account}.example")

    def queue(self, name):
        """First recipients of what is in this queue."""
        done = subprocess.run([f"{self.lab.commands}/postqueue", "-j"], text=True, capture_output=True, timeout=LIMIT,
                              check=True)
        mails = [json.loads(line) for line in done.stdout.splitlines()]
        return [mail["recipients"][0]["address"] for mail in mails if mail["queue_name"] == name]

    def do(self, run, *words):
        done = run(*words, "-c", self.config)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def hijacked(todoku, tmp_path):
    with Hijacked(todoku, tmp_path, "auto") as rig:
        def settings(text):
            return text + "policy: { slow_transport: slow }\n"
        with laboratory(todoku, printed=rig.printed, settings=settings) as lab:
            yield rig.postfix(lab)


def steal_all(rig):
    """Until the thief is suspended; others send beside. ({code: how often} of the thief, recipients of the others)"""
    seen, others = Counter(), []

    def send(number):
        seen[rig.thief(number)] += 1
        if number % 4 == 0:
            account = 100 + number // 4 % 90
            assert rig.honest(account, number) == 250, rig.said()[-3000:]
            others.append(f"friend{number}@g{account}.example")
    steal(rig, send, lambda: 550 in seen)
    return seen, others


def test_from_the_first_mail_to_the_last(hijacked, run):
    rig = hijacked
    rig.guess()
    seen, others = steal_all(rig)
    held = rig.queue("hold")
    assert held and all(one.startswith("victim") for one in held), rig.lab.log_text()[-3000:]
    assert seen[250] - len(held) < OUT_MOST, (seen, len(held))
    assert {login for login, _ in rig.steps()} == {THIEF} and list(rig.flags()) == [THIEF], rig.steps()
    told = [step for _, step in rig.steps()]
    assert told.index("slow") < told.index("hold") < told.index("suspend"), told
    assert "slow:" in rig.lab.log_text() and "suspended" in rig.flags()[THIEF]
    assert [one["login"] for one in rig.hijacks()] == [THIEF]

    # A false alarm: what was held of another account goes on, all of it, and nothing of the thief's.
    rig.do(run, "account", "flag", OTHER, "hold", "--reason", "looks strange")
    assert [rig.honest(200, number) for number in range(7)] == [250] * 7
    until(lambda: len(rig.queue("hold")) == len(held) + 7, rig.lab.log_text)
    rig.do(run, "account", "resume", OTHER)
    assert "7 of 7 released" in rig.do(run, "queue", "release", "--login", OTHER, "--yes")
    rig.lab.release("deferred")  # not with the next queue run
    others += [f"friend{number}@g200.example" for number in range(7)]

    # What the thief has in the hold queue ends there.
    done = json.loads(rig.do(run, "queue", "purge", "--login", THIEF, "--reason", "stolen", "--yes", "--format", "json"))
    assert done["outcome"]["left"] == 0 and done["outcome"]["done"] >= len(held), done
    until(lambda: set(others) <= rig.lab.peers.taken("g.example").keys(), lambda: rig.lab.log_text()[-3000:])
    assert not rig.queue("hold") and not rig.queue("deferred")
    assert not set(held) & rig.lab.peers.taken("g.example").keys()
    assert rig.thief(1000) == 550 and rig.honest(200, 9) == 250
    assert list(rig.flags()) == [THIEF]
