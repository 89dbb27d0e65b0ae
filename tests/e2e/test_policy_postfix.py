# SPDX-License-Identifier: Apache-2.0
"""Sending limits with a real Postfix that asks as `todoku config postfix` prints it; logins come by XCLIENT, as from a
proxy that has checked them.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import signal
import smtplib

import pytest
from daemon_rig import stand_still, until
from policy_rig import Limited
from routed_postfix import DIVIDER
from routes_lab import LIMIT, laboratory, people

LIMITS = ["name: user-hour, recipients: 5/1h", "name: mails, messages: 2/1h, key: [sender_domain], action: hold"]


class Client(smtplib.SMTP):
    """Of somebody who has logged in."""

    def __init__(self, port, login):
        super().__init__("127.0.0.1", port, timeout=LIMIT)
        self.ehlo()
        code, said = self.docmd("XCLIENT", f"LOGIN={login}")
        assert code == 220, said

    def mail_to(self, recipients, sender="x@jp.test"):
        """(code, text) of the refusal; None: it was taken."""
        try:
            self.sendmail(sender, recipients, "Subject: x\r\n\r\nbody\r\n")
        except smtplib.SMTPDataError as err:
            return err.smtp_code, err.smtp_error.decode()
        except smtplib.SMTPRecipientsRefused as err:
            return next((code, text.decode()) for code, text in err.recipients.values())
        return None


PRINTED, PATIENT = "timeout=2s", "timeout=20s"  # an answer of a slow machine passes the mail, too


@pytest.fixture
def limited(request, todoku, tmp_path, run):
    """(the daemon, the laboratory with a Postfix that asks it). Patiently, unless parametrized with what is printed."""
    with Limited(todoku, tmp_path, LIMITS) as rig:
        rig.start().until_it_listens()
        told = run("config", "postfix", "-c", rig.config).stdout
        line = next(line for line in told.splitlines() if line.startswith("todoku_policy = "))
        assert f"inet:127.0.0.1:{rig.port}, {PRINTED}, try_limit=1, default_action=DUNNO" in line
        line = line.replace(PRINTED, getattr(request, "param", PATIENT))

        def with_limits(printed):
            main, master = printed.split(DIVIDER)
            return (f"{main}{line}\nsmtpd_authorized_xclient_hosts = 127.0.0.1/32\n"
                    "smtpd_recipient_restrictions = $todoku_policy, permit_mynetworks, reject\n"
                    f"smtpd_end_of_data_restrictions = $todoku_policy\n{DIVIDER}{master}")
        with laboratory(todoku, printed=with_limits) as lab:
            yield rig, lab


def test_over_the_limit_at_the_right_recipient(limited):
    rig, lab = limited
    with Client(lab.port, "Taro@jp.test") as taro:
        assert taro.mail_to(people(4, "g.example")) is None
        code, text = taro.mail_to(people(2, "g.example", "more"))
        assert code == 450 and text.startswith("4.7.1 <END-OF-MESSAGE>: End-of-data rejected: limit user-hour: 4 of 5"), text
        assert taro.mail_to(people(1, "g.example", "last")) is None
        code, text = taro.mail_to(people(1, "g.example", "late"))
        assert code == 450 and "Recipient address rejected: limit user-hour: 5 of 5 recipients in 1h are used" in text
    with Client(lab.port, "jiro@jp.test") as jiro:
        assert jiro.mail_to(people(5, "d.example"), "x@other.test") is None
    until(lambda: len(lab.peers.taken("g.example")) == 5 and len(lab.peers.taken("d.example")) == 5, lab.log_text)
    until(lambda: rig.metric('todoku_policy_answers_total{result="defer"}') >= 2, rig.said)


def test_held_mail_waits(limited):
    _, lab = limited
    with Client(lab.port, "hana@jp.test") as hana:
        for number in range(3):
            assert hana.mail_to([f"user{number}@g.example"], "x@shop.test") is None
    until(lambda: len(lab.peers.taken("g.example")) == 2, lab.log_text)
    until(lambda: [name for _, name, _ in lab.queue().values()] == ["hold"], lab.log_text)
    assert "limit mails: 2 of 2 messages in 1h are used" in lab.log_text()


@pytest.mark.parametrize("limited, how", [(PATIENT, "dead"), (PRINTED, "hung")], indirect=["limited"])
def test_mail_is_taken_without_the_daemon(limited, how):
    rig, lab = limited
    with Client(lab.port, "taro@jp.test") as taro:
        assert taro.mail_to(people(5, "g.example")) is None
        if how == "dead":
            rig.kill()
        else:
            stand_still(rig.process)
        try:
            assert taro.mail_to(people(3, "g.example", "more")) is None
        finally:
            if how == "hung":
                rig.process.send_signal(signal.SIGCONT)
    until(lambda: len(lab.peers.taken("g.example")) == 8, lab.log_text)


def test_killed_again_and_again(limited):
    """All mail is taken, that which comes meanwhile too; none is counted twice by what was asked before."""
    rig, lab = limited
    sent = 0
    for _ in range(3):
        with Client(lab.port, f"user{sent}@jp.test") as client:
            for number in range(2):
                assert client.mail_to([f"alive{sent + number}@g.example"], f"x@{sent}.test") is None
            rig.kill()
            assert client.mail_to([f"meanwhile{sent}@g.example"], f"x@{sent}.test") is None
            rig.start().until_it_listens()
            assert client.mail_to(people(3, "d.example", f"again{sent}"), f"y@{sent}.test") is None  # 5 of 5 at most
        sent += 3
    until(lambda: len(lab.peers.taken("g.example")) == 9 and len(lab.peers.taken("d.example")) == 9, lab.log_text)
    with Client(lab.port, "taro@jp.test") as taro:
        assert taro.mail_to(people(5, "g.example", "more")) is None
        assert taro.mail_to(people(1, "g.example", "late"))[0] == 450


def test_the_check_of_a_postfix(limited, run, tmp_path):
    """Asked where messages are counted: fine. Before that only, or not at all: said."""
    rig, lab = limited
    config = tmp_path / "check.yaml"
    config.write_text(rig.config.read_text() + f"postfix: {{ commands: {lab.commands}, instances: [{lab.postfix_config}] }}\n")

    def said():
        return run("config", "check", "--postfix", "-c", config).stdout
    assert "policy listener" not in said() and "todoku_policy" not in said()
    main = lab.postfix_config / "main.cf"
    main.write_text(main.read_text().replace("smtpd_end_of_data_restrictions = $todoku_policy", ""))
    assert "nothing is counted, so no limit is ever reached" in said()
    main.write_text(main.read_text().replace("smtpd_recipient_restrictions = $todoku_policy,", "x ="))
    assert "no restriction asks the policy listener: nothing is limited" in said()
    main.write_text(main.read_text().replace("default_action=DUNNO", "default_action=reject"))
    assert "todoku_policy" in said()
