# SPDX-License-Identifier: Apache-2.0
"""Full mailboxes with a real Postfix, that asks as `todoku config postfix` prints it, and two real mailbox servers
(Dovecot: quota counted, LMTP): refused in the session, and no bounce anywhere.

Skipped where Postfix or Dovecot cannot be fetched (no Debian, no network and no cache).
"""

import re
import smtplib

import pytest
from daemon_rig import LIMIT, until
from quota_daemon_rig import Quota
from quota_rig import LIMIT_BYTES, place
from routed_postfix import DIVIDER
from routes_lab import laboratory

FREE = {"empty": LIMIT_BYTES, "half": LIMIT_BYTES // 2, "near": 1048, "near2": 1000, "last": 1, "full": 0}
SIZES = (None, 0, 1, 100, 1000, 1049, 600000, 1048577, 5242881)
LARGEST = 5 << 20  # quota_max_mail_size
BODY = b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n"
LARGE = BODY + (b"y" * 78 + b"\r\n") * 640  # some 50 kB


class World:
    """Postfix, the daemon and both servers."""

    def __init__(self, rig, lab, servers):
        self.rig, self.lab, self.servers = rig, lab, servers

    def client(self):
        link = smtplib.SMTP("127.0.0.1", self.lab.port, timeout=LIMIT)
        link.ehlo()
        return link

    def quiet(self):
        """Nothing waits, and nothing ever bounced."""
        until(lambda: not self.lab.queue(), self.lab.log_text)
        said = self.lab.log_text()
        assert not re.search(r"status=(bounced|deferred)|postfix/bounce\[\d+\]: .*notification", said), said


@pytest.fixture(scope="module")
def world(todoku, tmp_path_factory):
    with place() as make:
        one, two = make("mb1"), make("mb2")
        for name, free in FREE.items():
            one.keep(f"{name}@one.example", LIMIT_BYTES - free)
        one.keep("many@one.example", 5000, messages=5, rule=f"*:bytes={LIMIT_BYTES}:messages=5")
        one.keep("free@one.example", 5000, rule=None)
        two.keep("empty@two.example")
        two.keep("near@two.example", LIMIT_BYTES - 1048)
        more = "  split: true\n  near_full: 100KiB\n  deadline: 1500ms\n"
        with one, two, Quota(todoku, tmp_path_factory.mktemp("quota"), {"mb1": one.quota, "mb2": two.quota},
                             ["@one.example mb1", "@two.example mb2"], more) as rig:
            rig.start().until_it_listens()
            line = next(line for line in rig.verb("config", "postfix").stdout.splitlines()
                        if line.startswith("todoku_quota = "))
            assert f"inet:127.0.0.1:{rig.port}" in line

            def asks(_):
                routes = ", ".join(f"{{ {name} = lmtp:inet:127.0.0.1:{server.lmtp} }}"
                                   for name, server in (("one.example", one), ("two.example", two)))
                return (f"{line}\nsmtpd_recipient_restrictions = $todoku_quota\n"
                        "smtpd_end_of_data_restrictions = $todoku_quota\n"
                        f"transport_maps = inline:{{ {routes} }}\ndefault_transport = retry:4.0.0 nobody is there\n"
                        "lmtp_destination_recipient_limit = 1\n"
                        f"{DIVIDER}lmtp      unix       - - n - -     lmtp\nqmgr      unix       n - n 300 1     qmgr\n")
            with laboratory(todoku, printed=asks) as lab:
                yield World(rig, lab, {"mb1": one, "mb2": two})


def mail(link, size):
    return link.mail("s@two.example", [] if size is None else [f"SIZE={size}"])[0]


def expected(name, size):
    """250 or 552 at RCPT, as quota-status would say: facts measured with Dovecot 2.3.19.1."""
    counted = max(size or 0, 1)
    free = {"many": 0, "free": LARGEST}.get(name, FREE.get(name))
    return 250 if counted <= free and counted <= LARGEST else 552


@pytest.mark.parametrize("name", [*FREE, "many", "free"])
def test_what_quota_status_says_is_what_the_session_hears(world, name):
    heard = {}
    with world.client() as link:
        for size in SIZES:
            assert mail(link, size) == 250
            heard[size] = link.rcpt(f"{name}@one.example")[0]
            link.rset()
    assert heard == {size: expected(name, size) for size in SIZES}


def test_who_is_not_there_is_left_to_postfix(world):
    with world.client() as link:
        assert mail(link, None) == 250 and link.rcpt("nobody@one.example")[0] == 250


@pytest.mark.parametrize("size", [None, 10])
def test_without_size_or_with_a_lie_it_is_refused_at_the_end(world, size):
    with world.client() as link:
        assert mail(link, size) == 250 and link.rcpt("near@one.example")[0] == 250
        code, words = link.data(LARGE)
    assert code == 552 and words.startswith(b"5.2.2") and b"End-of-data rejected" in words, words
    world.quiet()


def test_with_its_size_it_is_refused_at_rcpt(world):
    with world.client() as link:
        assert mail(link, 50000) == 250 and link.rcpt("near@one.example")[0] == 552
        assert link.rcpt("near@two.example")[0] == 552 and link.rcpt("full@one.example")[0] == 552


def test_of_two_the_one_with_room_comes_again(world):
    with world.client() as link:
        assert mail(link, None) == 250 and link.rcpt("near@one.example")[0] == 250
        code, words = link.rcpt("empty@two.example")
        assert code == 452 and words.startswith(b"4.5.3")
        assert link.data(LARGE)[0] == 552
        link.rset()
        assert mail(link, None) == 250 and link.rcpt("empty@two.example")[0] == 250
        assert link.data(LARGE)[0] == 250
    world.quiet()


def test_bdat_is_refused_too(world):
    with world.client() as link:
        assert mail(link, None) == 250 and link.rcpt("near@one.example")[0] == 250
        link.send(b"BDAT %d LAST\r\n" % len(LARGE) + LARGE)
        assert link.getreply()[0] == 552
    world.quiet()


def test_what_has_room_is_delivered(world):
    with world.client() as link:
        assert mail(link, len(BODY)) == 250
        assert [link.rcpt(name)[0] for name in ("half@one.example", "empty@two.example")] == [250, 250]
        assert link.data(BODY)[0] == 250
    world.quiet()
    until(lambda: world.lab.log_text().count("status=sent") >= 2, world.lab.log_text)


def test_a_server_that_is_gone_lets_mail_through_and_refuses_nothing(world):
    world.servers["mb2"].stop()
    try:
        with world.client() as link:
            assert mail(link, None) == 250 and link.rcpt("gone@two.example")[0] == 250
            link.rset()
            assert mail(link, None) == 250 and link.rcpt("full@one.example")[0] == 552
    finally:
        world.servers["mb2"].start()


def test_the_check_of_a_postfix(world, run, tmp_path):
    """Asked twice: fine. Where one of both restrictions does not, it is said what that means."""
    lab, config = world.lab, tmp_path / "check.yaml"
    config.write_text(world.rig.config.read_text() + f"postfix: {{ commands: {lab.commands}, instances: [{lab.postfix_config}] }}\n")
    main = lab.postfix_config / "main.cf"
    text = main.read_text()

    def said_without(name):
        main.write_text(text.replace(f"{name} = $todoku_quota\n", f"{name} =\n"))
        return run("config", "check", "--postfix", "-c", config).stdout
    try:
        assert "quota listener" not in said_without("nothing")
        assert "the quota listener is not asked at the end of a message" in said_without("smtpd_end_of_data_restrictions")
        assert "the quota listener is not asked about recipients" in said_without("smtpd_recipient_restrictions")
    finally:
        main.write_text(text)
