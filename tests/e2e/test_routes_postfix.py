# SPDX-License-Identifier: Apache-2.0
"""Routes with a real Postfix that is configured by what `todoku config postfix` prints: a block bounces nothing, a row in
the table sends the waiting mail another way, holds wait without a try and are not seen at the door, shares are kept, a
probe is one recipient. Fake providers count what comes from which address.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import json
import smtplib
from collections import Counter

import pytest

from routes_lab import A, B, C, LIMIT, laboratory, people, until


@pytest.fixture
def lab(todoku):
    with laboratory(todoku) as one:
        yield one


def test_a_block_bounces_nothing_and_the_mail_goes_another_way(lab):
    lab.peers.blocked["g.example"] = {A}
    recipients = people(20, "g.example")
    lab.send(recipients + ["dead@g.example"] + people(3, "d.example"))
    queue = lab.waiting(20)
    for recipient in recipients:
        assert "said: 550 5.7.1 Service unavailable; Client host [127.0.0.11] blocked using" in queue[recipient][2]
    assert lab.bounced() == ["dead@g.example"] and lab.log_text().count("dsn=4.7.1") == 20  # that one, at once
    assert lab.peers.taken("d.example") == dict.fromkeys(people(3, "d.example"), A)
    lab.route("g=g.example detour source=out-a target=out-b")
    lab.release()
    until(lambda: len(lab.peers.taken("g.example")) == 20, lab.log_text)
    assert set(lab.peers.taken("g.example").values()) == {B}
    lab.waiting(0)
    lab.send(["new@G.EXAMPLE"])  # a running smtpd and rewrite service see it too
    until(lambda: lab.peers.taken("g.example").get("new@G.EXAMPLE") == B, lab.log_text)
    lab.peers.blocked.clear()
    lab.route("none")
    lab.send(["back@g.example"])
    until(lambda: lab.peers.taken("g.example").get("back@g.example") == A, lab.log_text)
    assert lab.bounced() == ["dead@g.example"]


def test_a_hold_waits_without_a_try_and_is_not_seen_at_the_door(lab):
    lab.route("g=g.example hold source=out-a")
    lab.send(people(5, "g.example"))  # smtpd takes it
    queue = lab.waiting(5)
    assert all("held by todoku (o1)" in reason for _, _, reason in queue.values())
    assert not lab.peers.deliveries
    lab.route("g=g.example hold source=out-a ; g=g.example probe source=out-c recipient=user3@g.example")
    lab.forget()
    lab.release()
    until(lambda: lab.peers.taken("g.example") == {"user3@g.example": C}, lab.log_text)
    lab.waiting(4)
    lab.route("none")
    lab.forget()
    lab.release()
    until(lambda: len(lab.peers.taken("g.example")) == 5, lab.log_text)


def test_a_source_of_another_relay_and_a_slow_one(lab):
    lab.route("g=g.example detour source=out-a target=out-x ; d=d.example throttle source=out-b per_hour=3600")
    lab.send(people(2, "g.example") + people(3, "d.example"))
    until(lambda: len(lab.peers.taken("relay2.example")) == 2, lab.log_text)
    assert not lab.peers.taken("g.example")
    until(lambda: len(lab.peers.taken("d.example")) == 3, lab.log_text)
    assert set(lab.peers.taken("d.example").values()) == {B}
    log = lab.log_text()
    assert "postfix/out-b/smtp" in log and "out-b-slow" not in log  # the log knows one source


COUNT = 300


def check_share(chosen, share):
    """Within five standard deviations of what a die gives."""
    assert abs(chosen - COUNT * share / 100) <= 5 * (COUNT * share / 100 * (1 - share / 100)) ** 0.5, (share, chosen)


@pytest.mark.parametrize("share, rest, elsewhere", [(10, "target=out-c", C), (25, "target=out-x", None), (50, "", "")])
def test_shares_of_a_few_hundred(lab, share, rest, elsewhere):
    """As many by the source as the share says; the rest by another one, by another relay, or waiting."""
    lab.route(f"d=d.example ramp source=out-b {rest} share={share}")
    recipients = people(COUNT, "d.example", f"p{share}.")
    with smtplib.SMTP("127.0.0.1", lab.port, timeout=LIMIT) as client:
        for at in range(0, COUNT, 50):
            client.sendmail("shop@lab.example", recipients[at:at + 50], "Subject: x\r\n\r\nbody\r\n")
    if elsewhere == "":
        until(lambda: len(lab.queue()) + len(lab.peers.taken("d.example")) == COUNT
              and all(name == "deferred" for _, name, _ in lab.queue().values()), lab.log_text)
    else:
        until(lambda: len(lab.peers.taken("d.example")) + len(lab.peers.taken("relay2.example")) == COUNT, lab.log_text)
    taken = lab.peers.taken("d.example")
    check_share(sum(source == B for source in taken.values()), share)
    if elsewhere:
        assert set(taken.values()) == {B, elsewhere}
    else:
        assert set(taken.values()) == {B}


def test_a_share_by_hand_leaves_or_waits(lab):
    lab.route("d=d.example manual target=out-c share=50 ; g=g.example manual share=50")
    lab.send(people(40, "d.example") + people(40, "g.example"))
    until(lambda: len(lab.peers.taken("d.example")) == 40, lab.log_text)
    assert set(lab.peers.taken("d.example").values()) == {A, C}  # the rest as ever
    until(lambda: len(lab.queue()) + len(lab.peers.taken("g.example")) == 40
          and all("held by todoku" in reason for _, _, reason in lab.queue().values()), lab.log_text)
    assert 0 < len(lab.queue()) < 40 and set(lab.peers.taken("g.example").values()) == {A}


def test_what_a_dead_daemon_left_ends(lab):
    expire = ("route", "expire", "-c", lab.config)
    lab.route("g=g.example detour target=out-b for=3600 ; d=d.example hold for=3600")
    assert lab.run(*expire).stdout == "nothing is over\n"
    lab.send(["one@g.example", "one@d.example"])
    lab.waiting(1)
    assert lab.peers.taken("g.example") == {"one@g.example": B}
    lab.route("g=g.example detour target=out-b for=1 ; d=d.example hold for=1")
    lab.writer.kill()  # nobody renews them
    ended = Counter()

    def are_over():
        ended.update(json.loads(lab.run(*expire, "--format", "json").stdout))
        return ended["overrides"] == 2

    until(are_over, lambda: f"ended: {ended}")
    assert ended == {"overrides": 2, "rows": 6}
    lab.forget()
    lab.release()
    lab.send(["two@g.example"])
    until(lambda: len(lab.peers.taken("g.example")) == 2 and lab.peers.taken("d.example"), lab.log_text)
    assert lab.peers.taken("g.example")["two@g.example"] == lab.peers.taken("d.example")["one@d.example"] == A
    assert lab.run(*expire).stdout == "nothing is over\n"


def test_the_check_finds_nothing_and_then_what_was_broken(lab):
    assert lab.run("config", "check", "--postfix", "-c", lab.config).stdout.endswith(": fine\n")
    main, master = lab.postfix_config / "main.cf", lab.postfix_config / "master.cf"
    right = main.read_text(), master.read_text()
    hold = f"-o smtp_delivery_status_filter=pcre:{lab.folder}/state/postfix/hold.pcre"
    breaks = (  # more of them: tests/unit/app/postfix_check.c
        (main, "transport_maps = $todoku_shares, $todoku_routes, $own_transport_maps", "transport_maps = texthash:/x",
         "transport_maps does not name the routes"),
        (main, "own_transport_maps =", "own_transport_maps = socketmap:inet:127.0.0.1:1:x", "stands still"),
        (master, "-o smtp_bind_address=127.0.0.12", "-o smtp_bind_address=127.0.0.99",
         "smtp_bind_address is \"127.0.0.99\""),
        (master, "\nout-c unix - - n - - smtp", "\nout-cc unix - - n - - smtp", "there is no service out-c"),
        (master, "$todoku_holds,$todoku_routes,", "$todoku_routes,", "do not begin with shares, holds and routes"),
        (master, hold, "-o smtp_tls_loglevel=1", "a block bounces mail"),
    )
    for file, before, after, said in breaks:
        text = file.read_text()
        assert before in text, before
        file.write_text(text.replace(before, after))
        done = lab.run("config", "check", "--postfix", "-c", lab.config, status=1)
        assert said in done.stdout, done.stdout
        main.write_text(right[0])
        master.write_text(right[1])
    (lab.folder / "state" / "postfix" / "shares.lmdb").unlink()
    found = json.loads(lab.run("config", "check", "--postfix", "--format", "json", "-c", lab.config, status=1).stdout)
    assert len(found) == 1 and set(found[0]) == {"instance", "where", "what", "advice"}
    assert "shares.lmdb" in lab.run("config", "check", "--postfix", "-c", lab.config, status=1).stdout
