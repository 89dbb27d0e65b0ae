# SPDX-License-Identifier: Apache-2.0
"""What todoku asks quota servers and what it understands (mail/quota_*.h, io/quota_pool.h), by quota_demo: against real
Dovecots, and against servers that are slow, silent, talk nonsense or go away.
"""

import subprocess
import time

import pytest
from daemon_rig import LIMIT, free_port, until
from quota_rig import LIMIT_BYTES, FakeQuota, dunno, endless, ends, junk, never_accepts, place, silent, slow

PATIENT = LIMIT * 1000  # ms: for what is to be answered, however busy the machine is
SIZES = (0, 1, 100, 1000, 1049, 600000, 1048577, 5242881)
FREE = {"empty": 0, "half": LIMIT_BYTES // 2, "free1048": LIMIT_BYTES - 1048, "free1": LIMIT_BYTES - 1, "full": LIMIT_BYTES}


class Demo:
    """quota_demo: what is asked, and {tag: answer} of what came."""

    def __init__(self, todoku, deadline_ms=PATIENT, connections=2):
        program = todoku.parent / "tests" / "e2e" / "quota_demo"
        if not program.exists():
            pytest.fail(f"{program} is not there: build it", pytrace=False)
        self.process = subprocess.Popen([program, str(deadline_ms), str(connections)], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.tags = 0

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def servers(self, **ports):
        self.say("servers " + " ".join(f"{name}={port if ':' in str(port) else f'127.0.0.1:{port}'}"
                                       for name, port in ports.items()))

    def begin(self, server, recipient, size=0):
        """Asks and does not wait; the tag."""
        self.tags += 1
        self.say(f"ask {self.tags} {server} {size} {recipient}")
        return str(self.tags)

    def answers(self, tags):
        """{tag: answer}, of all of these, in the order in which they came."""
        got = {}
        while set(tags) - set(got):
            tag, _, said = self.process.stdout.readline().rstrip("\n").partition(" ")
            assert tag, "quota_demo ended"
            got[tag] = said
        return got

    def ask(self, server, recipient, size=0):
        tag = self.begin(server, recipient, size)
        return self.answers([tag])[tag]

    def counts(self, server):
        self.say(f"counts {server}")
        return {key: int(value) for key, value in
                (word.split("=") for word in self.process.stdout.readline().split()[1:])}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.process.communicate(timeout=LIMIT)
            assert self.process.returncode == 0
        finally:
            self.process.kill()
            self.process.wait()


def kind(answer):
    """The kind of one that was answered."""
    outcome, said, *_ = (*answer.split(" ", 2), "")
    assert outcome == "answered", answer
    return said


# ---- real ones ----

@pytest.fixture(scope="module")
def dovecots():
    """Two: the mailboxes of FREE are on mb1, those without a limit and the odd ones on mb2."""
    with place() as make:
        mb1, mb2 = make("mb1"), make("mb2")
        for name, used in FREE.items():
            mb1.keep(f"{name}@example.com", used, messages=3)
        mb2.keep("nolimit@example.com", 2 * LIMIT_BYTES, rule=None)
        mb2.keep("count@example.com", 300, messages=3, rule="*:messages=3")
        mb2.keep("broken@example.com", rule="nonsense")
        mb2.keep("grows@example.com", LIMIT_BYTES - 20000)
        with mb1, mb2:
            yield mb1, mb2


def expected(room, size):
    if size > LIMIT_BYTES:
        return "too_large"
    return "fits" if room > 0 and max(size, 1) <= room else "over"


def test_what_dovecot_says(todoku, dovecots):
    mb1, mb2 = dovecots
    with Demo(todoku) as demo:
        demo.servers(mb1=mb1.quota, mb2=mb2.quota)
        for name, used in FREE.items():
            asked = {size: demo.begin("mb1", f"{name}@example.com", size) for size in SIZES}
            got = demo.answers(asked.values())
            assert {size: kind(got[tag]) for size, tag in asked.items()} == \
                {size: expected(LIMIT_BYTES - used, size) for size in SIZES}, name
        for size in SIZES:
            assert kind(demo.ask("mb2", "nolimit@example.com", size)) == ("fits" if size <= 5 << 20 else "too_large")
            assert kind(demo.ask("mb2", "count@example.com", size)) in ("over", "too_large")
            assert kind(demo.ask("mb1", "nobody@example.com", size)) == "no_user"
        assert kind(demo.ask("mb2", "broken@example.com")) == "trouble"
        assert kind(demo.ask("mb1", "EMPTY+news@example.com")) == "fits"
        for name in ("mb1", "mb2"):
            counts = demo.counts(name)
            assert counts["late"] == counts["down"] == counts["junk"] == 0 and counts["connections"] <= 2


def test_by_a_unix_socket_and_with_the_grace_of_default(todoku):
    with place() as make, Demo(todoku, connections=4) as demo:
        server = make("mb", grace=True)
        server.keep("free1048@example.com", FREE["free1048"])
        server.keep("full@example.com", LIMIT_BYTES)
        with server:
            demo.servers(mb=f"unix:{server.socket}")
            assert kind(demo.ask("mb", "free1048@example.com", 1048 + LIMIT_BYTES // 10)) == "fits"
            assert kind(demo.ask("mb", "free1048@example.com", 1049 + LIMIT_BYTES // 10)) == "over"
            assert kind(demo.ask("mb", "full@example.com")) == "over"


def test_a_mailbox_that_fills(todoku, dovecots):
    """What was delivered by LMTP counts in the next answer, of a connection that is open since."""
    mb2 = dovecots[1]
    text = "Subject: grows\r\n\r\n" + ("x" * 70 + "\r\n") * 200
    with Demo(todoku) as demo:
        demo.servers(mb2=mb2.quota)
        assert kind(demo.ask("mb2", "grows@example.com", 15000)) == "fits"
        assert mb2.deliver("grows@example.com", text)[0] == 250
        assert kind(demo.ask("mb2", "grows@example.com", 15000)) == "over"
        assert kind(demo.ask("mb2", "grows@example.com")) == "fits"
        code, words = mb2.deliver("grows@example.com", text)
        assert code == 552 and b"grows@example.com" in words
        assert demo.counts("mb2")["connected"] == 1


def test_dovecot_goes_and_comes(todoku):
    """Restarted between two questions, and gone for a while: never an answer that is not its own."""
    with place() as make, Demo(todoku) as demo:
        server = make("mb")
        server.keep("empty@example.com")
        server.keep("full@example.com", LIMIT_BYTES)
        with server:
            demo.servers(mb=server.quota)
            assert kind(demo.ask("mb", "full@example.com")) == "over"
            server.stop()
            server.start()
            assert kind(demo.ask("mb", "empty@example.com")) == "fits"
            server.stop()
            assert demo.ask("mb", "empty@example.com") == "down"
            server.start()
            assert kind(demo.ask("mb", "full@example.com")) == "over"


# ---- others ----

def test_five_attributes_and_the_size_always(todoku):
    asked = []

    def note(recipient, size):
        asked.append((recipient, size))
        return b"action=DUNNO\n\n"
    with FakeQuota(note) as fake, Demo(todoku) as demo:
        demo.servers(mb=fake.port)
        for size in (0, 600000, 0):
            assert kind(demo.ask("mb", "a@example.com", size)) == "fits"
        assert asked == [("a@example.com", 0), ("a@example.com", 600000), ("a@example.com", 0)]
        assert demo.ask("mb", "x" * 1024 + "@example.com") == "unsayable"


@pytest.mark.parametrize("conduct, outcome", [(junk, "down"), (endless, "down"), (ends, "down"), (silent, "late")])
def test_trouble_of_one_server_is_its_own(todoku, conduct, outcome):
    with FakeQuota(conduct) as bad, FakeQuota() as good, Demo(todoku, 300 if conduct is silent else PATIENT) as demo:
        demo.servers(bad=bad.port, good=good.port)
        tags = [demo.begin("bad", "a@example.com") for _ in range(20)]
        got = demo.answers(tags)
        assert outcome in got.values() and not any(said.startswith("answered") for said in got.values())
        for _ in range(10):  # until it is left alone
            demo.ask("bad", "a@example.com")
        assert demo.counts("bad")["open"] == 1 and demo.ask("bad", "a@example.com") == "down"
        before = len(bad.questions)
        assert demo.ask("bad", "a@example.com") == "down" and len(bad.questions) == before
        assert any(demo.ask("good", "a@example.com") == "answered fits DUNNO" for _ in range(5))
        assert bad.most_open <= 4


def test_a_server_that_never_accepts_holds_up_nobody(todoku):
    with never_accepts() as port, FakeQuota() as good, Demo(todoku, 1000) as demo:
        demo.servers(bad=port, good=good.port)
        hung = [demo.begin("bad", "a@example.com") for _ in range(10)]
        quick = [demo.begin("good", "a@example.com") for _ in range(10)]
        order = list(demo.answers(hung + quick).items())
        assert [tag for tag, _ in order[:10]] == quick  # all of them before the first of the others
        assert {said for _, said in order[:10]} == {"answered fits DUNNO"}
        assert {said for _, said in order[10:]} <= {"late", "down"}


def test_answers_keep_to_their_questions(todoku):
    """Some too late, under load: what comes is what was asked, or nothing."""
    def conduct(recipient, size):
        if size == 7:
            time.sleep(0.5)
        return b"action=552 5.2.2 " + recipient.encode() + b"\n\n"
    with FakeQuota(conduct) as fake, Demo(todoku, 400, 4) as demo:
        demo.servers(mb=fake.port)
        asked = {demo.begin("mb", f"u{i}@example.com", 7 if i % 50 == 49 else 1): f"u{i}@example.com" for i in range(200)}
        got = demo.answers(asked)
        answered = [tag for tag, said in got.items() if said.startswith("answered")]
        assert answered and all(got[tag] == f"answered over 552 5.2.2 {asked[tag]}" for tag in answered)
        assert demo.counts("mb")["connections"] <= 4


def test_servers_come_and_go_under_load(todoku):
    with FakeQuota(slow(0.01)) as one, FakeQuota(slow(0.01)) as two, Demo(todoku) as demo:
        tags = []
        for i in range(10):
            demo.servers(**({"mb1": one.port, "mb2": two.port} if i % 2 == 0 else {"mb1": one.port}))
            tags += [demo.begin("mb1", "a@example.com") for _ in range(10)]
            tags += [demo.begin("mb2", "a@example.com") for _ in range(10) if i % 2 == 0]
        assert set(demo.answers(tags).values()) == {"answered fits DUNNO"}
        assert one.most_open <= 2
        until(lambda: two.open == 0, "connections to a server that is not one any more")


def test_nobody_listens(todoku):
    with Demo(todoku) as demo:
        demo.servers(mb=free_port(), path="unix:/nonexistent/quota")
        assert demo.ask("mb", "a@example.com") == demo.ask("path", "a@example.com") == "down"


def test_gets_well(todoku):
    """After the first opening of the breaker one question finds out."""
    with FakeQuota(junk) as fake, Demo(todoku) as demo:
        demo.servers(mb=fake.port)
        while demo.counts("mb")["open"] == 0:
            demo.ask("mb", "a@example.com")
        fake.conduct = dunno
        until(lambda: demo.ask("mb", "a@example.com") == "answered fits DUNNO", "the server to be asked again")
        assert demo.counts("mb")["open"] == 0
