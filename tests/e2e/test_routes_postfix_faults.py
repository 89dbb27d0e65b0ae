# SPDX-License-Identifier: Apache-2.0
"""What becomes of mail beside a real Postfix when the daemon hangs, when its tables cannot be written, and when two relays
send the same provider's mail to each other. A real daemon, routes by hand; that it decides on them by itself, and what it
does about other faults: test_daemon_routes.py and test_daemon_routes_faults.py.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import json
import os
import pwd
import re
import shutil
import signal
import smtplib
import struct
import subprocess
import time
from contextlib import ExitStack, contextmanager

from conftest import clean_environment
from daemon_rig import free_port, stand_still, until
from routes_lab import A, B, C, LIMIT, laboratory, people
from test_exact_postfix import Daemon

LONG = 180  # seconds: what fails is tried again after a minute at most
GENEROUS = 30  # seconds that no delivery takes unless it waits for something; a moment is usual


class Relay(Daemon):
    """Whose routes are set by hand."""

    def learn(self, domain="d.example"):
        """A mail, by which the domain is known."""
        self.send([f"first@{domain}"])
        until(lambda: self.peers.taken(domain), self.log_text)

    def by_hand(self, target, *words, domain="d.example"):
        self.run("route", "-c", self.config, "--to", target, *words, "--for", "2h", "set", domain)

    def leads(self, row, domain="d.example", limit=LIMIT):
        """Until the table has a row that ends so."""
        table = self.folder / "state" / "postfix" / "routes.lmdb"

        def rows():
            done = subprocess.run([self.demo.with_name("table_rows"), table], capture_output=True, text=True, timeout=LIMIT,
                                  check=False)
            return any(line.startswith(f"{domain}\t") and line.endswith(row) for line in done.stdout.splitlines())
        until(rows, self.said, limit)

    def table_fault(self):
        return self.said_of_routes()["postfix"].get("tables_fault", {}).get("reason")

    def stuck(self, name):
        """The open incident about this part."""
        done = subprocess.run([self.todoku, "incident", "-c", self.config, "--format", "json", "list"], text=True,
                              capture_output=True, timeout=LIMIT, env=clean_environment(), check=False)
        assert done.returncode in (0, 1), done.stderr
        return [one for one in json.loads(done.stdout)
                if (one["kind"], one.get("name"), one["state"]) == ("routing", name, "open")]

    def arrives(self, recipients, source, domain="d.example"):
        until(lambda: set(recipients) <= set(self.peers.taken(domain)), self.log_text)
        assert {self.peers.taken(domain)[recipient] for recipient in recipients} == {source}


# --- A daemon that hangs


def timed(lab, recipients, domain, source):
    """Sends one mail after the other; (seconds of each submission, seconds of each delivery, as Postfix says)."""
    submissions = []
    with smtplib.SMTP("127.0.0.1", lab.port, timeout=LIMIT) as client:
        for recipient in recipients:
            begin = time.monotonic()
            client.sendmail("shop@lab.example", [recipient], "Subject: x\r\n\r\nbody\r\n")
            submissions.append(time.monotonic() - begin)
    lab.arrives(recipients, source, domain)

    def delays():
        found = dict(re.findall(r"to=<([^>]+)>, .*, delay=([\d.]+), .* status=sent", lab.log_text()))
        return set(recipients) <= set(found) and [float(found[recipient]) for recipient in recipients]
    return submissions, until(delays, lab.log_text)


def figures(name, seconds):
    return f"{name}: mean {sum(seconds) / len(seconds):.3f} s, most {max(seconds):.3f} s"


def compare(lab, domain, source, again=""):
    """Before, while the daemon stands still, and afterwards."""
    for moment in ("before", "hung", "after"):
        if moment == "hung":
            stand_still(lab.writer)
        try:
            submissions, deliveries = timed(lab, people(40, domain, moment + again), domain, source)
        finally:
            lab.writer.send_signal(signal.SIGCONT)
        print(f"{domain} {moment:6}", figures("submission", submissions), figures("delivery", deliveries), sep="; ")
        assert max(submissions) < GENEROUS and max(deliveries) < GENEROUS
    assert not lab.bounced() and "status=deferred" not in lab.log_text()


def test_a_hung_daemon_holds_up_nothing(todoku):
    with laboratory(todoku, Relay) as lab:
        lab.learn()
        lab.by_hand("out-b")
        lab.leads("out-b:")
        compare(lab, "d.example", B)
        compare(lab, "g.example", A)


def test_in_exact_mode_a_hung_daemon_holds_up_what_it_is_asked_about_alone(todoku):
    """Routes of all of a provider's mail are in the tables, and nobody is asked about them."""
    with laboratory(todoku, Relay, exact=True) as lab:
        lab.learn()
        lab.by_hand("out-b")
        lab.leads("out-b:")
        compare(lab, "d.example", B)
        lab.learn("g.example")
        lab.by_hand("out-c", "--share", "50%", domain="g.example")
        lab.is_asked()
        compare(lab, "d.example", B, "again")
        asked = people(10, "g.example", "asked")
        stand_still(lab.writer)
        try:
            lab.send(asked)  # submission does not ask
        finally:
            lab.writer.send_signal(signal.SIGCONT)
        until(lambda: set(asked) <= set(lab.peers.taken("g.example")), lab.log_text)
        assert not lab.bounced()


# --- Tables that cannot be written


META, LAST_PAGE, MAP_SIZE = 16, 136, 32  # of LMDB's two first pages: lmdb.h, struct MDB_meta behind the head of a page
PAGE, LIMIT_BYTES = 4096, 1 << 30


def fill(table):
    """Makes a table as full as one may be: by its own account all pages are used. They take no space."""
    with open(table, "r+b") as file:
        for page in range(2):
            file.seek(page * PAGE + META)
            assert struct.unpack("<I", file.read(4))[0] == 0xBEEFC0DE
            for place, value in ((MAP_SIZE, LIMIT_BYTES), (LAST_PAGE, LIMIT_BYTES // PAGE - 1)):
                file.seek(page * PAGE + place)
                file.write(struct.pack("<Q", value))
        file.truncate(LIMIT_BYTES)


def cannot_and_then_can(lab, said, put_right):
    """A route that cannot be written, of a running daemon: told, mail goes as before, made up for afterwards."""
    lab.by_hand("out-c")
    reason = until(lab.table_fault, lab.said)
    assert ".lmdb" in reason and said in reason
    before = people(5, "d.example", "before")
    lab.send(before)
    lab.arrives(before, B)  # what there is stays, whole
    assert until(lambda: lab.stuck("routes.lmdb"), lab.said)[0]["severity"] == "critical"
    put_right()
    lab.leads("out-c:", limit=LONG)
    until(lambda: not (lab.table_fault() or lab.stuck("routes.lmdb")), lab.said, LONG)
    lab.forget()
    after = people(5, "d.example", "after")
    lab.send(after)
    lab.arrives(after, C)
    assert not lab.bounced()


def test_a_table_at_its_limit(todoku):
    with laboratory(todoku, Relay) as lab:
        table = lab.folder / "state" / "postfix" / "routes.lmdb"
        lab.learn()
        lab.by_hand("out-b")
        lab.leads("out-b:")
        lab.stop()
        fill(table)
        lab.start()

        # It is made anew, as the guide says, and Postfix sees that.
        cannot_and_then_can(lab, "more than 1024 MiB", table.unlink)


class Unprivileged(Relay):
    """Whose daemon is an ordinary user's, whoever runs the tests: that of Postfix."""

    def start(self, **popen):
        if os.geteuid() != 0:
            return super().start(**popen)
        if (own := self.folder / "todoku") != self.todoku:  # where that user may go
            shutil.copy2(self.todoku, own)
            self.todoku = own
        user = pwd.getpwnam("nobody")
        for path in (self.folder / "state", *(self.folder / "state").rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
        return super().start(user=user.pw_uid, group=user.pw_gid, extra_groups=[], **popen)


def test_tables_that_may_not_be_written(todoku):
    with laboratory(todoku, Unprivileged) as lab:
        folder = lab.folder / "state" / "postfix"
        lab.learn()
        lab.by_hand("out-b")
        lab.leads("out-b:")
        lab.stop()
        modes = {path: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
        for path in modes:
            path.chmod(0o555 if path == folder else 0o444)
        lab.start()

        def put_right():
            for path, mode in modes.items():
                path.chmod(mode)
        cannot_and_then_can(lab, "Permission denied", put_right)


# --- Two relays that send each other the same provider's mail


@contextmanager
def two_relays(todoku):
    """Each with a port for the other, whose mail leaves by its own out-a whatever its routes say, as docs/guide/routes.md
    tells; and a source out-x, which is the other's."""
    ports = free_port(), free_port()
    guard = "\n  -o { smtpd_client_restrictions = check_client_access static:{FILTER out-a:} }"

    def relay(number):
        names = ("relay", "relay2") if number == 0 else ("relay2", "relay")

        def settings(text):
            text = text.replace("relay: relay ", f"relay: {names[0]} ").replace("relay: relay2,", f"relay: {names[1]},")
            return re.sub(r"\[127\.0\.0\.4\]:\d+", f"[127.0.0.1]:{ports[1 - number]}", text)

        def printed(text):
            main, divider, master = text.partition("# ---- master.cf ----\n")
            return (f"{main}myhostname = {names[0]}.lab.example\n{divider}{master}"
                    f"127.0.0.1:{ports[number]} inet n - n - - smtpd\n  -o syslog_name=postfix/door{guard}\n")
        return stack.enter_context(laboratory(todoku, Relay, printed=printed, settings=settings))

    with ExitStack() as stack:
        yield relay(0), relay(1)


def passed(lab):
    """How many mails the other relay has handed in."""
    return len(re.findall(r"postfix/door/smtpd\[\d+\]: [0-9A-Za-z]+: client=", lab.log_text()))


def test_two_relays_with_the_same_override_do_not_play_ping_pong(todoku):
    with two_relays(todoku) as relays:
        for lab in relays:
            lab.learn()
        for lab in relays:
            lab.by_hand("out-x")
            lab.leads(re.search(r"next_hop: \"(.*)\"", lab.config.read_text())[1])
        sent = [people(20, "d.example", f"from{number}.") for number in range(2)]
        for lab, recipients in zip(relays, sent):
            lab.send(recipients)
        for number, lab in enumerate(relays):
            lab.arrives(sent[1 - number], A)  # by the other one's own source, once
            assert not set(sent[number]) & set(lab.peers.taken("d.example"))
            lab.waiting(0)
        assert [passed(lab) for lab in relays] == [20, 20]
        assert not relays[0].bounced() and not relays[1].bounced()


def test_of_a_detour_to_a_blocked_relay_the_mail_waits_there(todoku):
    """Both are refused by the provider: nothing comes back to the first one, and nothing bounces."""
    with two_relays(todoku) as relays:
        for lab in relays:
            lab.learn()
            lab.by_hand("out-x")
        for lab in relays:
            lab.leads(re.search(r"next_hop: \"(.*)\"", lab.config.read_text())[1])
            lab.peers.blocked["d.example"] = {A, B, C}
        recipients = people(10, "d.example", "both")
        relays[0].send(recipients)
        assert set(relays[1].waiting(10)) == set(recipients)
        relays[0].waiting(0)
        assert [passed(lab) for lab in relays] == [0, 10]
        relays[1].peers.blocked.clear()
        relays[1].release()
        relays[1].arrives(recipients, A)
        assert [passed(lab) for lab in relays] == [0, 10]
        assert not relays[0].bounced() and not relays[1].bounced()
