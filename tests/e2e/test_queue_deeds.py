# SPDX-License-Identifier: Apache-2.0
"""todoku queue with a real Postfix: the mail of a login held, released and deleted, and nobody else's. Logins come by
XCLIENT.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import json
import os
import pty
import select
import socket
import stat
import subprocess
from pathlib import Path

import pytest
from daemon_rig import Rig
from routed_postfix import DIVIDER
from routes_lab import LIMIT, laboratory, until
from test_policy_postfix import Client

HELD = "held"  # a subject by which Postfix itself holds


def printed(text):
    main, master = text.split(DIVIDER)
    return (f"{main}smtpd_authorized_xclient_hosts = 127.0.0.1/32\ndefer_transports = out-a\n"
            f"smtpd_recipient_restrictions = check_sender_access inline:{{{HELD}@jp.test=HOLD}}, permit_mynetworks\n"
            f"{DIVIDER}{master}")


class Place:
    """The laboratory, and a state of its own for each test."""

    def __init__(self, lab, folder, run):
        self.lab, self.run, self.state = lab, run, folder / "state"
        self.state.mkdir()
        self.config = folder / "queue.yaml"
        self.config.write_text(f"state: {self.state}\npolicy: {{ default_domain: jp.test }}\n"
                               f"postfix: {{ commands: {lab.commands}, instances: [{lab.postfix_config}] }}\n")

    def queue(self, *words, status=0):
        done = self.run("queue", *words, "-c", self.config)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def look(self, *words, status=0):
        return json.loads(self.queue(*words, "--format", "json", status=status).stdout)

    def send(self, login, count, sender="x@jp.test", domain="g.example"):
        """Mails to two each."""
        with Client(self.lab.port, login) as client:
            for number in range(count):
                name = f"{login.split('@')[0].lower()}{number}"
                assert client.mail_to([f"{name}@{domain}", f"{name}-b@{domain}"], sender) is None

    def listed(self):
        """Messages, each with the first of its two recipients as `name`; postqueue has them in any order."""
        done = subprocess.run([f"{self.lab.commands}/postqueue", "-j"], text=True, capture_output=True, timeout=LIMIT,
                              check=True)
        mails = [json.loads(line) for line in done.stdout.splitlines()]
        return [{**one, "name": max(to["address"] for to in one["recipients"]).split("@")[0]} for one in mails]

    def settled(self, count):
        """So many wait, none of them on its way."""
        until(lambda: len(self.listed()) == count and
              all(one["queue_name"] in ("deferred", "hold") for one in self.listed()), self.listed)

    def where(self, name):
        """Queues of the mails to `name`..."""
        return [one["queue_name"] for one in self.listed() if one["name"].startswith(name)]

    def audit(self):
        return [json.loads(line) for line in (self.state / "queue-audit.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def lab(todoku):
    with laboratory(todoku, printed=printed) as one:
        yield one


@pytest.fixture
def place(lab, tmp_path, run):
    one = Place(lab, tmp_path, run)
    yield one
    subprocess.run([f"{lab.commands}/postsuper", "-d", "ALL"], capture_output=True, timeout=LIMIT, check=True)


def test_held_and_released_without_loss(place):
    place.send("Taro@jp.test", 3)
    place.send("jiro@jp.test", 2)
    place.settled(5)
    seen = place.look("hold", "--login", "taro")  # with the default domain, in small letters
    assert (seen["messages"], seen["recipients"], seen["on_hold"], seen["outcome"]) == (3, 6, 0, None)
    assert all(queue == "deferred" for queue in place.where("taro") + place.where("jiro"))
    assert not (place.state / "queue-audit.jsonl").exists()
    done = place.look("hold", "--login", "TARO@JP.TEST", "--yes", "--reason", "looks stolen")
    assert done["outcome"] == {"wanted": 3, "done": 3, "gone": 0, "put_back": 0, "left": 0}
    assert place.where("taro") == ["hold"] * 3 and place.where("jiro") == ["deferred"] * 2
    assert place.look("hold", "--login", "taro", status=1)["messages"] == 0  # nothing is left to hold
    assert "3 of 3 released" in place.queue("release", "--login", "taro", "--yes").stdout
    assert sorted(place.where("taro")) == ["deferred"] * 3
    begun, ended, *more = place.audit()
    assert (begun["phase"], begun["action"], begun["login"], begun["reason"], begun["messages"], begun["recipients"]) == (
        "begun", "hold", "TARO@JP.TEST", "looks stolen", 3, 6)
    assert begun["actor"] and begun["id"] == ended["id"] and (ended["phase"], ended["done"]) == ("ended", 3)
    assert [one["action"] for one in more] == ["release"] * 2
    assert stat.S_IMODE(os.stat(place.state / "queue-audit.jsonl").st_mode) & 0o027 == 0
    told = place.queue("audit").stdout
    assert "looks stolen" in told and told.count("release") == 2
    assert len(json.loads(place.queue("audit", "--format", "json").stdout)) == 4


def test_by_whatever_name_of_the_account(place):
    """An alias login is the account's; the file of accounts says so, and what cannot be read is not guessed."""
    file = place.config.with_name("passwd")
    file.write_text("taro@jp.test:x\ninfo@jp.test:x::::::user=taro@jp.test\n")
    place.config.write_text(place.config.read_text() + f"accounts: {{ driver: passwd-file, path: {file} }}\n")
    place.send("info@jp.test", 2)
    place.send("jiro@jp.test", 1)
    place.settled(3)
    assert place.look("hold", "--login", "taro")["messages"] == place.look("hold", "--login", "info", "--yes")["messages"] == 2
    assert place.where("info") == ["hold"] * 2 and place.where("jiro") == ["deferred"]
    file.unlink()
    assert str(file) in place.queue("release", "--login", "taro", "--yes", status=3).stderr
    assert place.where("info") == ["hold"] * 2


def test_purged_is_only_what_is_his(place):
    place.send("taro@jp.test", 2)
    place.send("taro@jp.test", 1, f"{HELD}@jp.test", "d.example")
    place.send("taro@other.test", 1)
    place.lab.send(["anybody@g.example"])  # without a login
    place.settled(5)
    assert "3 messages to 6 recipients would be deleted for ever" in place.queue("purge", "--login", "taro@jp.test").stdout
    assert len(place.listed()) == 5
    assert place.look("purge", "--login", "taro@jp.test", "--yes")["outcome"]["done"] == 3
    assert len(place.listed()) == 2
    assert place.look("purge", "--login", "taro@other.test", "--sender", "another@jp.test", status=1)["messages"] == 0
    assert place.look("purge", "--login", "taro@other.test", "--since", "2100-01-01", status=1)["messages"] == 0
    assert place.look("purge", "--login", "taro@other.test", "--sender", "X@jp.test")["messages"] == 1
    assert place.look("purge", "--login", "nobody@jp.test", status=1)["messages"] == 0


def test_many(place):
    """More than a batch of each command."""
    place.send("taro@jp.test", 1)
    place.settled(1)
    one, = place.listed()
    queue = Path(place.lab.postfix_config).parent / "q"
    place.send("other@jp.test", 1)
    place.settled(2)
    file, = (path for path in (queue / "deferred").rglob(one["queue_id"]))
    copies = [f"{0xA0000 + number:X}BEEF" for number in range(1200)]
    for copy in copies:  # as the queue manager would find them; the file is the message
        (queue / "hold" / copy).write_bytes(file.read_bytes())
        os.chown(queue / "hold" / copy, file.stat().st_uid, file.stat().st_gid)
        os.chmod(queue / "hold" / copy, 0o700)
    assert place.look("release", "--login", "taro@jp.test")["messages"] == 1200
    assert place.look("purge", "--login", "taro@jp.test", "--yes")["outcome"] == {
        "wanted": 1201, "done": 1201, "gone": 0, "put_back": 0, "left": 0}
    assert [one["name"] for one in place.listed()] == ["other0"]


def wrap(place, name, text):
    """The folder of commands, with one in the place of another's."""
    folder = place.state.parent / "commands"
    folder.mkdir(exist_ok=True)
    for one in Path(place.lab.commands).iterdir():
        if not (folder / one.name).exists():
            (folder / one.name).symlink_to(one)
    (folder / name).unlink()
    (folder / name).write_text(f"#!/bin/sh\nreal={place.lab.commands}/{name}\n{text}")
    (folder / name).chmod(0o755)
    place.config.write_text(place.config.read_text().replace(f"commands: {place.lab.commands}", f"commands: {folder}"))


def test_an_id_that_is_used_again_is_put_back(place):
    """Between the look and the hold a message ends, and its id becomes another login's."""
    place.send("taro@jp.test", 2)
    place.send("jiro@jp.test", 1)
    place.settled(3)
    ids = {one["name"]: one["queue_id"] for one in place.listed()}
    queue = Path(place.lab.postfix_config).parent / "q"
    jiro, = (queue / "deferred").rglob(ids["jiro0"])
    taro, = (queue / "deferred").rglob(ids["taro0"])
    gone, = (queue / "deferred").rglob(ids["taro1"])
    wrap(place, "postsuper", f'[ "$3" = -h ] || [ "$1" = -h ] || exec "$real" "$@"\n'
                             f'[ -e {jiro} ] && mv {jiro} {taro} && rm {gone}\nexec "$real" "$@"\n')
    assert place.look("purge", "--login", "taro@jp.test", "--yes")["outcome"] == {
        "wanted": 2, "done": 0, "gone": 1, "put_back": 1, "left": 0}
    assert [one["queue_id"] for one in place.listed()] == [ids["taro0"]] and "hold" not in place.where("jiro")


def test_a_part_that_fails_is_told(place):
    place.send("taro@jp.test", 3)
    place.settled(3)
    wrap(place, "postsuper", 'shift 2\nread one\necho "$one" | "$real" "$@"\necho "fatal: disk" >&2\nexit 1\n')
    done = place.queue("hold", "--login", "taro@jp.test", "--yes", status=3)
    assert "1 of 3 put on hold" in done.stdout and "2 are left" in done.stdout and "postsuper: " in done.stderr
    assert "1 more is on hold already\n" in place.queue("hold", "--login", "taro").stdout
    assert sorted(place.where("taro")) == ["deferred", "deferred", "hold"]
    assert place.audit()[-1]["left"] == 2 and "postsuper" in place.audit()[-1]["failure"]


@pytest.mark.parametrize("ends", [True, False])
def test_what_a_message_says_of_others_is_not_believed(place, ends):
    """A record with line ends in it looks like the envelopes of all that are listed behind it."""
    long = f"{'x' * 900}@jp.test"
    for login, count in (("jiro", 3), ("taro", 1), ("hana", 3)):
        place.send(f"{login}@jp.test", count, long)
    place.settled(7)
    first, *rest = (one for one in place.listed() if not one["name"].startswith("taro"))
    text = f"x\n*** MESSAGE CONTENTS deferred/{first['queue_id']} ***\n"
    for one in rest[:3]:
        text += (f"*** ENVELOPE RECORDS deferred/{one['queue_id']} ***\nnamed_attribute: sasl_username=taro@jp.test\n"
                 + f"*** MESSAGE CONTENTS deferred/{one['queue_id']} ***\n" * ends)
    queue = Path(place.lab.postfix_config).parent / "q"
    file, = (queue / "deferred").rglob(first["queue_id"])
    file.write_bytes(file.read_bytes().replace(long.encode(), text.encode().ljust(len(long), b" "), 1))
    found = place.look("hold", "--login", "taro@jp.test")
    assert found["messages"] == 1 and found["list"][0]["recipient"].startswith("taro")
    assert place.look("purge", "--login", "taro@jp.test", "--yes")["outcome"]["done"] == 1
    assert place.where("taro") == [] and len(place.listed()) == 6 and "hold" not in place.where("")


def unproven(place):
    """Files can be read as long as none is on hold."""
    place.send("taro@jp.test", 3)
    place.settled(3)
    hold = Path(place.lab.postfix_config).parent / "q" / "hold"
    wrap(place, "postcat", f'[ -z "$(ls {hold})" ] && exec "$real" "$@"\necho "fatal: disk" >&2\nexit 1\n')
    return sorted(one["queue_id"] for one in place.listed())


@pytest.mark.parametrize("deed", ["hold", "purge"])
def test_what_cannot_be_proven_goes_on(place, deed):
    unproven(place)
    done = place.look(deed, "--login", "taro@jp.test", "--yes", status=3)["outcome"]
    assert "postcat" in done.pop("failure")
    assert done == {"wanted": 3, "done": 0, "gone": 0, "put_back": 0, "left": 3}
    assert place.where("taro") == ["deferred"] * 3


def test_what_can_neither_be_proven_nor_released_is_named(place):
    ids = unproven(place)
    wrap(place, "postsuper", 'case " $* " in *" -H "*) echo "fatal: no" >&2; exit 1;; esac\nexec "$real" "$@"\n')
    done = place.queue("hold", "--login", "taro@jp.test", "--yes", status=3)
    assert "0 of 3 put on hold" in done.stdout and "postcat: " in done.stderr
    named = [line for line in done.stdout.splitlines() if "postsuper -H" in line]
    assert sorted(named[0].split(": ")[1].split()) == ids
    ended = json.loads(place.queue("audit", "--format", "json").stdout)[-1]
    assert sorted(ended["stuck"].split()) == ids and "postcat" in ended["failure"]
    assert place.where("taro") == ["hold"] * 3


def test_nothing_is_done_that_cannot_be_written_down(place):
    place.send("taro@jp.test", 1)
    place.settled(1)
    (place.state / "queue-audit.jsonl").symlink_to("/dev/null")
    assert "queue-audit.jsonl" in place.queue("hold", "--login", "taro@jp.test", "--yes", status=3).stderr
    assert place.where("taro") == ["deferred"]


def test_a_terminal_is_asked(place, todoku):
    place.send("taro@jp.test", 1)
    place.settled(1)
    for answer, queue in ((b"n\n", "deferred"), (b"y\n", "hold")):
        master, slave = pty.openpty()
        child = subprocess.Popen([todoku, "queue", "hold", "--login", "taro@jp.test", "-c", place.config], stdin=slave,
                                 stdout=slave, stderr=slave)
        os.close(slave)
        said = b""
        while b"[y/N]" not in said:
            assert select.select([master], [], [], LIMIT)[0], said
            said += os.read(master, 4096)
        os.write(master, answer)
        while child.poll() is None:
            assert select.select([master], [], [], LIMIT)[0], said
            try:
                said += os.read(master, 4096)
            except OSError:  # its end is closed
                break
        assert child.wait(LIMIT) == 0, said
        os.close(master)
        assert place.where("taro") == [queue], said


def test_the_daemon_shows_the_audit(todoku, tmp_path):
    lines = [{"id": "q1", "time": "2026-03-02T08:00:00Z", "phase": phase, "action": "hold", "login": "taro"}
             for phase in ("begun", "ended")]
    with Rig(todoku, tmp_path) as rig:
        assert rig.ask("/api/v1/queue/audit")[:2] == (200, [])
        (rig.state / "queue-audit.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"torn')
        assert rig.ask("/api/v1/queue/audit")[:2] == (200, lines)


@pytest.mark.parametrize("words, said", [
    (["hold"], "whose mail"), (["keep", "--login", "x"], "keep"), ([], "hold"), (["hold", "x", "--login", "y"], "no further"),
    (["hold", "--login", "taro", "--relay", "elsewhere.test"], "run it on elsewhere.test"), (["hold", "--login", ""], "--login"),
])
def test_wrong_use(place, words, said):
    assert said in place.queue(*words, status=2).stderr


def test_this_relay_by_its_name(place):
    assert place.look("hold", "--login", "taro@jp.test", "--relay", socket.gethostname(), status=1)["messages"] == 0


def test_postfix_cannot_be_asked(place):
    place.config.write_text(place.config.read_text().replace(place.lab.commands, "/nowhere"))
    assert "postqueue" in place.queue("hold", "--login", "taro@jp.test", status=3).stderr
