# SPDX-License-Identifier: Apache-2.0
"""Limits on new recipients with a real Postfix, which names the recipients of a message at RCPT only.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import pytest
from routes_lab import people
from test_policy_postfix import Client, limited  # noqa: F401  (a fixture)


@pytest.fixture
def strangers(limited):  # noqa: F811
    rig, lab = limited
    rig.stop()
    rig.settings(["name: fresh, new_recipients: 3/1h"])
    rig.start().until_it_listens()
    return rig, lab


def test_strangers_are_refused_and_those_it_knows_are_not(strangers):
    _, lab = strangers
    known = people(2, "g.example")
    with Client(lab.port, "taro@jp.test") as taro:
        assert taro.mail_to(known) is None
        assert taro.mail_to(known) is None
        code, text = taro.mail_to([*known, *people(2, "g.example", "more")])
        assert code == 450 and "limit fresh: 2 of 3 new recipients in 1h are used" in text, text
        assert taro.mail_to([*known, *people(1, "g.example", "more")]) is None
        code, text = taro.mail_to(people(1, "g.example", "late"))
        assert code == 450 and "Recipient address rejected: limit fresh: 3 of 3 new recipients" in text, text
        assert taro.mail_to(known) is None


def test_the_check_says_that_recipients_are_not_asked_about(strangers, run, tmp_path):
    rig, lab = strangers
    config = tmp_path / "check.yaml"
    config.write_text(rig.config.read_text() + f"postfix: {{ commands: {lab.commands}, instances: [{lab.postfix_config}] }}\n")

    def said():
        return run("config", "check", "--postfix", "-c", config).stdout
    assert "policy listener" not in said()
    main = lab.postfix_config / "main.cf"
    main.write_text(main.read_text().replace("smtpd_recipient_restrictions = $todoku_policy,", "smtpd_recipient_restrictions ="))
    assert "the policy listener is not asked about recipients" in said()
