# SPDX-License-Identifier: Apache-2.0
"""Exact mode with a real Postfix: shares to the mail, paces, nobody else asked about, and what becomes of mail when who
answers stands still, is stopped, killed or gone. The answers are those of route_demo.c.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import json
import pwd
import signal
import smtplib
import subprocess
from collections import Counter

import pytest

from conftest import SANITIZER, clean_environment
from daemon_rig import stand_still
from routes_lab import A, B, C, LIMIT, Lab, laboratory, people, until
from socketmap import ask

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
    stand_still(lab.writer)  # as hung as can be
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
    until(lambda: ask(lab.socket, "@d.example", LIMIT) == "9:NOTFOUND ,", "that it is noticed")
    lab.send(people(20, "d.example"))
    assert set(taken(lab, "d.example", 20).values()) <= {B, C}
    lab.route(RAMP.format(share=99))
    until(lambda: ask(lab.socket, "@d.example", LIMIT) == "9:OK out-b:,", "that it goes on")


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
    stand_still(lab.writer)
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


# --- What todoku prints and checks


def test_the_check_finds_nothing_and_then_what_was_broken(lab):
    check = ("config", "check", "--postfix", "-c", lab.config)
    lab.socket.chmod(0o666)  # whatever accounts there are here
    assert lab.run(*check).stdout.endswith(": fine\n")
    main, master = lab.postfix_config / "main.cf", lab.postfix_config / "master.cf"
    right = main.read_text(), master.read_text()
    breaks = (  # more of them: tests/unit/app/postfix_check.c
        (master, "transport_maps=$todoku_exact,", "transport_maps=", "do not begin with the table exact"),
        (main, f"socketmap:unix:{lab.socket}:", "socketmap:unix:/elsewhere:", "do not begin with the table exact"),
        (main, "pipemap:{lmdb:" + f"{lab.folder}/state/postfix/exact,socketmap", "pipemap:{inline:{a=b},socketmap",
         "do not begin with the table exact"),
        (master, "transport_maps=$todoku_exact,", f"transport_maps=$todoku_exact,socketmap:unix:{lab.socket}:transport,",
         "do not begin with shares, holds and routes"),
        (main, "own_transport_maps =", f"own_transport_maps = socketmap:unix:{lab.socket}:transport", "about every mail"),
    )
    for file, before, after, said in breaks:
        text = file.read_text()
        assert before in text, before
        file.write_text(text.replace(before, after))
        found = lab.run(*check, status=1).stdout
        assert said in found, found
        main.write_text(right[0])
        master.write_text(right[1])
    lab.socket.chmod(0o600)
    if known("postfix"):
        assert "Postfix may not use this socket" in lab.run(*check, status=1).stdout
    lab.socket.chmod(0o666)
    lab.writer.kill()
    found = json.loads(lab.run(*check, "--format", "json", status=1).stdout)
    assert [one["where"] for one in found] == [f"socketmap:unix:{lab.socket}:transport"] and "start the daemon" in found[0]["advice"]
    (lab.folder / "state" / "postfix" / "exact.lmdb").unlink()
    assert "postfix/exact" in lab.run(*check, status=1).stdout


def known(user):
    try:
        return pwd.getpwnam(user)
    except KeyError:
        return None


# --- `todoku run` in place of route_demo, and a share by hand


class Daemon(Lab):
    """Whose daemon follows the log of its Postfix."""

    def begin(self, exact):
        with open(self.config, "a", encoding="utf-8") as config:
            config.write(f"logs: [{{ file: {self.log} }}]\n")
        return self.start()

    def start(self, **popen):
        with open(self.folder / "errors", "ab") as errors:
            self.writer = subprocess.Popen([self.todoku, "run", "-c", self.config], cwd=self.folder, stderr=errors,
                                           stdout=errors, stdin=subprocess.DEVNULL, env=clean_environment(), **popen)
        until(lambda: self.status().returncode in (0, 1), self.said)
        return self.writer

    def status(self):
        assert self.writer.poll() is None, self.said()
        return subprocess.run([self.todoku, "status", "-c", self.config], capture_output=True, timeout=LIMIT,
                              env=clean_environment(), check=False)

    def said(self):
        return (self.folder / "errors").read_text(errors="backslashreplace")

    def stop(self):
        self.writer.terminate()
        assert self.writer.wait(LIMIT) == 0, self.said()

    def end(self):
        if self.writer.poll() is None:
            self.stop()
        assert not SANITIZER.search(self.said()), self.said()

    def share(self, percent):
        """By hand, of a provider that is known by a mail."""
        self.send(["first@d.example"])
        taken(self, "d.example", 1)
        self.run("route", "-c", self.config, "--to", "out-b", "--share", f"{percent}%", "--for", "2h", "set", "d.example")

        self.is_asked()

    def is_asked(self):
        """The rows are there, and answers."""
        def begun():
            said = self.said_of_routes()
            return said.get("exact", {}).get("overrides") and not said["postfix"]["behind"]
        until(begun, self.said)

    def said_of_routes(self):
        return json.loads(self.run("route", "-c", self.config, "--format", "json", "list").stdout)

    def reload(self, exact):
        """To exact mode or away from it; until it is so."""
        text, before = self.config.read_text(), f"exact: {str(not exact).lower()},"
        assert before in text
        self.config.write_text(text.replace(before, f"exact: {str(exact).lower()},"))
        self.writer.send_signal(signal.SIGHUP)
        if exact:
            self.is_asked()
        else:
            until(lambda: not self.socket.exists(), self.said)


@pytest.fixture
def daemon(todoku):
    with laboratory(todoku, Daemon, exact=True) as one:
        yield one


def went(lab, recipients):
    """By how many of the sources they came, once they have."""
    until(lambda: set(recipients) <= set(lab.peers.taken("d.example")), lab.log_text)
    return Counter(lab.peers.taken("d.example")[recipient] for recipient in recipients)


def test_a_daemon_honours_a_share_and_is_not_asked_about_others(daemon):
    daemon.share(17)
    recipients = people(100, "d.example")
    send_fifty_a_time(daemon, recipients + people(20, "g.example"))
    assert went(daemon, recipients) == {B: 17, A: 83}
    assert Counter(taken(daemon, "g.example", 20).values()) == {A: 20}

    def counted():
        exact = daemon.said_of_routes()["exact"]
        return (exact["routed"], exact["unrouted"]) == (17, 83)
    until(counted, daemon.said_of_routes)


def test_a_reload_puts_no_mail_off(daemon):
    """Off and on while mail comes."""
    daemon.share(50)
    sent = []
    for round_ in range(3):
        for exact in (False, True):
            recipients = people(30, "d.example", f"r{round_}{exact}.")
            daemon.send(recipients[:10])
            daemon.writer.send_signal(signal.SIGHUP)  # the same again
            daemon.send(recipients[10:20])
            daemon.reload(exact)
            daemon.send(recipients[20:])
            sent += recipients
    assert set(went(daemon, sent)) == {A, B}
    assert "resolver failure" not in daemon.log_text()


def test_a_daemon_that_ends_and_one_that_is_killed(daemon):
    daemon.share(50)
    daemon.stop()
    after = people(20, "d.example", "after")
    daemon.send(after)
    assert set(went(daemon, after)) <= {A, B}
    assert not daemon.socket.exists() and "resolver failure" not in daemon.log_text()
    daemon.start()
    daemon.is_asked()
    daemon.writer.kill()
    daemon.writer.wait(LIMIT)
    killed = people(20, "d.example", "killed")
    daemon.send(killed + people(20, "g.example"))
    assert set(taken(daemon, "g.example", 20).values()) == {A}
    refused(daemon, 20)
    daemon.start()  # it takes up what there was
    daemon.is_asked()
    daemon.forget()
    daemon.release()
    assert set(went(daemon, killed)) <= {A, B} and not daemon.bounced()


def test_a_hung_daemon(daemon):
    """Mail is taken all the same. When it goes on, so do deliveries; when it is ended, by the tables."""
    daemon.share(50)
    for ended in (False, True):
        recipients = people(20, "d.example", f"hung{ended}")
        stand_still(daemon.writer)
        try:
            daemon.send(recipients)
            until(lambda: len(daemon.queue()) >= 20, daemon.log_text)
            if ended:
                daemon.writer.kill()
                daemon.run("route", "expire", "--stopped", "-c", daemon.config)
        finally:
            daemon.writer.send_signal(signal.SIGCONT)
        if ended:
            until(lambda: all(queue == "deferred" for _, queue, _ in daemon.queue().values()), daemon.log_text)
            daemon.forget()
            daemon.release()
        assert set(went(daemon, recipients)) <= {A, B}
    assert not daemon.bounced()
