# SPDX-License-Identifier: Apache-2.0
"""Exact mode with a real Postfix: shares to the mail, paces, nobody else asked about, and what becomes of mail when who
answers stands still, is stopped, killed or gone. The answers are those of route_demo.c.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import signal
import smtplib
import socket
from collections import Counter

import pytest

from routes_lab import A, B, C, LIMIT, laboratory, people, until

RAMP = "d=d.example ramp source=out-b target=out-c share={share}"


@pytest.fixture
def lab(todoku):
    with laboratory(todoku, exact=True) as one:
        yield one


def send_fifty_a_time(lab, recipients):
    with smtplib.SMTP("127.0.0.1", lab.port, timeout=LIMIT) as client:
        for at in range(0, len(recipients), 50):
            client.sendmail("shop@lab.example", recipients[at:at + 50], "Subject: x\r\n\r\nbody\r\n")


def counts(lab):
    """How many questions had a route for an answer, and how many had none."""
    lab.tell("counts")
    return tuple(map(int, lab.writer.stdout.readline().split()))


def ask(lab, key):
    """As Postfix does."""
    question = f"transport {key}".encode()
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(LIMIT)
        client.connect(str(lab.socket))
        client.sendall(b"%d:%s," % (len(question), question))
        answer = b""
        while not answer.endswith(b",") and (more := client.recv(1000)):
            answer += more
    return answer.decode()


def taken(lab, domain, count):
    """{recipient: source} of the domain, once so many have come."""
    until(lambda: len(lab.peers.taken(domain)) == count, lab.log_text)
    return lab.peers.taken(domain)


@pytest.mark.parametrize("share", [1, 17, 60])
def test_of_each_hundred_exactly_the_share(lab, share):
    lab.route(RAMP.format(share=share))
    send_fifty_a_time(lab, people(300, "d.example") + people(20, "g.example"))
    assert Counter(taken(lab, "d.example", 300).values()) == {B: 3 * share, C: 300 - 3 * share}
    assert Counter(taken(lab, "g.example", 20).values()) == {A: 20}
    assert counts(lab) == (300, 0)  # nobody asks about anything else


def test_the_rest_waits_or_goes_as_ever(lab):
    lab.route("d=d.example ramp source=out-b share=30 ; g=g.example manual target=out-c share=30")
    send_fifty_a_time(lab, people(100, "d.example") + people(100, "g.example"))
    assert Counter(taken(lab, "d.example", 30).values()) == {B: 30}
    assert Counter(taken(lab, "g.example", 100).values()) == {C: 30, A: 70}
    queue = lab.waiting(70)
    assert all("held by todoku (o1)" in reason for _, _, reason in queue.values())
    lab.route("none")
    lab.forget()
    lab.release()
    assert Counter(taken(lab, "d.example", 100).values()) == {B: 30, A: 70}


def test_a_pace_is_kept_and_the_rest_waits(lab):
    lab.route("d=d.example throttle source=out-b per_hour=20")
    lab.send(people(30, "d.example") + people(5, "g.example"))
    taken(lab, "g.example", 5)
    until(lambda: len(lab.peers.taken("d.example")) + len(lab.queue()) == 30
          and all("held by todoku (o1)" in reason for _, _, reason in lab.queue().values()), lab.log_text)
    went = lab.peers.taken("d.example")
    assert 1 <= len(went) <= 2 and set(went.values()) == {B}  # a second one after three minutes


def test_a_probe_goes_through_it(lab):
    lab.route(RAMP.format(share=1) + " ; d=d.example probe source=out-a recipient=user7@d.example")
    lab.send(people(10, "d.example"))
    assert taken(lab, "d.example", 10)["user7@d.example"] == A


def test_a_probe_of_any_message_is_one(lab):
    """One a minute: the others go as the detour says."""
    lab.route("d=d.example detour source=out-a target=out-c ; d=d.example probe source=out-b")
    lab.send(people(30, "d.example"))
    went = Counter(taken(lab, "d.example", 30).values())
    assert 1 <= went[B] <= 2 and went[C] == 30 - went[B], went


def test_nobody_is_asked_while_there_is_nothing_to_decide(lab):
    lab.route("g=g.example detour source=out-a target=out-b")
    lab.writer.send_signal(signal.SIGSTOP)  # as hung as can be
    try:
        lab.send(people(20, "g.example") + people(20, "d.example"))
        assert set(taken(lab, "g.example", 20).values()) == {B}
        assert set(taken(lab, "d.example", 20).values()) == {A}
    finally:
        lab.writer.send_signal(signal.SIGCONT)


def test_an_owner_that_stands_still_stops_nothing(lab):
    """Within five seconds the mail goes as the tables say."""
    lab.route(RAMP.format(share=17))
    lab.tell("stand")
    until(lambda: ask(lab, "@d.example") == "9:NOTFOUND ,", "that it is noticed")
    lab.send(people(20, "d.example"))
    assert set(taken(lab, "d.example", 20).values()) <= {B, C}
    lab.route(RAMP.format(share=99))
    until(lambda: ask(lab, "@d.example") == "9:OK out-b:,", "that it goes on")


def refused(lab, count):
    queue = lab.waiting(count)
    assert all(reason == "address resolver failure" for _, _, reason in queue.values()), queue


def test_a_dead_daemon_holds_up_only_what_was_asked_about_until_its_rows_are_out(lab):
    lab.route(RAMP.format(share=17))
    lab.send(people(5, "d.example", "before"))
    taken(lab, "d.example", 5)
    lab.writer.kill()
    lab.send(people(20, "d.example") + people(20, "g.example"))  # submission does not ask
    assert set(taken(lab, "g.example", 20).values()) == {A}
    refused(lab, 20)
    done = lab.run("route", "expire", "--stopped", "-c", lab.config)
    assert done.stdout == "taken out: 3 rows of 1 overrides that are over\n"
    lab.forget()
    lab.release()
    lab.send(people(5, "d.example", "after"))
    assert set(taken(lab, "d.example", 30).values()) <= {B, C}  # by the tables, which hold on
    assert not lab.bounced()


def test_a_stopped_daemon_does_not_hold_up_submission_and_lets_go_when_it_is_killed(lab):
    """Deliveries stand still while it is stopped: that is what the service manager's watchdog is for."""
    lab.route(RAMP.format(share=17))
    lab.writer.send_signal(signal.SIGSTOP)
    lab.send(people(20, "d.example") + people(20, "g.example"))
    lab.writer.kill()
    lab.run("route", "expire", "--stopped", "-c", lab.config)
    assert set(taken(lab, "g.example", 20).values()) == {A}
    until(lambda: all(queue == "deferred" for _, queue, _ in lab.queue().values()), lab.log_text)
    lab.forget()
    lab.release()
    assert set(taken(lab, "d.example", 20).values()) <= {B, C}
    assert not lab.bounced()


def test_asked_directly_it_answers_as_well(todoku):
    """By somebody's own main.cf: full addresses, in any case; `*` and what is not the overrides' have no route."""
    def direct(printed):
        assert "pipemap:{lmdb:" in printed and ",socketmap:" in printed
        line = next(line for line in printed.splitlines() if line.startswith("todoku_exact = "))
        return printed.replace(line, "todoku_exact = " + line.partition("exact,")[2].rstrip("}"))

    with laboratory(todoku, exact=True, printed=direct) as lab:
        lab.route(RAMP.format(share=25))
        recipients = people(50, "d.example") + people(50, "D.EXAMPLE", "User+x")
        send_fifty_a_time(lab, recipients + people(20, "g.example"))
        assert Counter(taken(lab, "d.example", 100).values()) == {B: 25, C: 75}
        assert set(taken(lab, "g.example", 20).values()) == {A}
        found, missing = counts(lab)
        assert found == 100 and missing > 20  # `*` too
