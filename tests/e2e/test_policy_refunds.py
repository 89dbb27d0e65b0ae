# SPDX-License-Identifier: Apache-2.0
"""What Postfix refuses after it was counted counts no more: the log of a real Postfix says so. Logins come by XCLIENT.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import signal
import socket

import pytest
from daemon_rig import until
from milter_peer import Milter
from policy_rig import Limited
from routed_postfix import DIVIDER
from routes_lab import laboratory, people
from test_policy_postfix import Client

LIMITS = ["name: user-hour, recipients: 5/1h"]
GIVEN_BACK = "todoku_limit_given_back_total"


class Refunded(Limited):
    """Reads the log of that Postfix, too."""

    def read(self, log):
        self.config.write_text(self.config.read_text().replace(f"file: {self.log}", f"file: {log}"))
        self.process.send_signal(signal.SIGHUP)
        until(lambda: "event=caught_up" in self.said().partition("event=reloaded")[2], self.said)


@pytest.fixture(scope="module")
def refunded(todoku, tmp_path_factory):
    """(the daemon, the laboratory with a Postfix that asks it and refuses by rules behind it)"""
    with Refunded(todoku, tmp_path_factory.mktemp("refunds"), LIMITS) as rig, Milter("milter@jp.test") as milter:
        rig.start().until_it_listens()

        def printed(text):
            main, master = text.split(DIVIDER)
            policy = f"check_policy_service {{ inet:127.0.0.1:{rig.port}, timeout=20s, default_action=DUNNO }}"
            return (f"{main}todoku_policy = {policy}\nsmtpd_authorized_xclient_hosts = 127.0.0.1/32\n"
                    "smtpd_recipient_restrictions = $todoku_policy, permit_mynetworks, reject\n"
                    "smtpd_data_restrictions = $todoku_policy, check_sender_access inline:{data@jp.test=REJECT}\n"
                    "smtpd_end_of_data_restrictions = $todoku_policy, "
                    "check_sender_access inline:{{end@jp.test=450 4.3.0 later}}\n"
                    "header_checks = regexp:{{/^Subject: unwanted/ REJECT}}\n"
                    "body_checks = regexp:{{/^unwanted/ REJECT}}\nmessage_size_limit = 20000\n"
                    f"smtpd_milters = inet:127.0.0.1:{milter.port}\n{DIVIDER}{master}")
        with laboratory(todoku, printed=printed) as lab:
            rig.read(lab.log)
            yield rig, lab


def send(lab, login, sender="x@jp.test", text="Subject: x\r\n\r\nbody\r\n", recipients=5, domain="g.example"):
    """Five of five recipients. The reply when it was refused at its content; None: it was taken."""
    with Client(lab.port, login) as client:
        client.esmtp_features.pop("size")  # nothing is refused at MAIL
        try:
            client.sendmail(sender, people(recipients, domain, login.split("@")[0]), text)
        except Exception as err:  # smtplib has one for each command
            return getattr(err, "smtp_code", None) or list(err.recipients.values())[0][0]
    return None


@pytest.mark.parametrize("how, what", [
    ("header", {"text": "Subject: unwanted\r\n\r\nbody\r\n"}),
    ("body", {"text": "Subject: x\r\n\r\nunwanted\r\n"}),
    ("milter", {"sender": "milter@jp.test"}),
    ("data", {"sender": "data@jp.test"}),
    ("end", {"sender": "end@jp.test"}),
    ("size", {"text": "Subject: x\r\n\r\n" + "x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 400}),
    ("hops", {"text": "Received: from x\r\n" * 60 + "Subject: x\r\n\r\nbody\r\n"}),
])
def test_refused_mail_counts_no_more(refunded, how, what):
    rig, lab = refunded
    before = rig.metric(GIVEN_BACK)
    assert send(lab, f"{how}@jp.test", **what) in (450, 550, 554, 552)
    until(lambda: rig.metric(GIVEN_BACK) == before + 1, lambda: lab.log_text()[-3000:] + rig.said())
    assert send(lab, f"{how}@jp.test") is None  # five of five
    assert send(lab, f"{how}@jp.test", recipients=1) == 450
    assert rig.metric(GIVEN_BACK) == before + 1


def test_a_client_that_is_lost_in_the_middle(refunded):
    rig, lab = refunded
    before = rig.metric(GIVEN_BACK)
    client = Client(lab.port, "lost@jp.test")
    client.mail("x@jp.test")
    for person in people(5, "g.example"):
        assert client.rcpt(person)[0] == 250
    assert client.docmd("DATA")[0] == 354
    client.send("Subject: x\r\n\r\nbegun\r\n")
    client.sock.shutdown(socket.SHUT_RDWR)
    client.close()
    until(lambda: rig.metric(GIVEN_BACK) == before + 1, lambda: lab.log_text()[-3000:])
    assert send(lab, "lost@jp.test") is None


def test_what_is_taken_stays_counted(refunded):
    """Over the limit at the end, by the policy itself; taken; a recipient refused; lost between messages."""
    rig, lab = refunded
    before = rig.metric(GIVEN_BACK)
    with Client(lab.port, "hana@jp.test") as hana:
        assert hana.mail_to(people(4, "g.example", "hana")) is None
        code, _ = hana.mail_to(people(2, "g.example", "more"))  # refused, and not counted at DATA
        assert code == 450
        hana.rset()
        hana.mail("x@jp.test")
        assert hana.docmd("DATA")[0] == 554  # no recipient
        hana.sock.shutdown(socket.SHUT_RDWR)
    until(lambda: len([one for one in lab.peers.taken("g.example") if one.startswith("hana")]) == 4, lab.log_text)
    assert send(lab, "mark@jp.test", sender="end@jp.test") == 450  # read later than all of these
    until(lambda: rig.metric(GIVEN_BACK) == before + 1, lab.log_text)
    assert send(lab, "hana@jp.test", recipients=1) is None
    assert send(lab, "hana@jp.test", recipients=1) == 450
