# SPDX-License-Identifier: Apache-2.0
"""The lab's fake providers: each of their conducts as a client meets it, over SMTP; and as a rule over time."""

import asyncio
import contextlib
import math
import smtplib
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lab"))

import conduct  # noqa: E402
import replies  # noqa: E402
import shops  # noqa: E402
from ledger import Ledger  # noqa: E402
from provider import Provider  # noqa: E402

GOOGLE, MICROSOFT, SOFTBANK, DOCOMO = replies.PROVIDERS
A, B = shops.SOURCES["out-a"], shops.SOURCES["out-b"]
LIMIT = 30
CUT = (smtplib.SMTPServerDisconnected, ConnectionResetError, BrokenPipeError)


class Served:
    """A provider that answers, in a thread of its own."""

    def __init__(self, spec, *conducts):
        self.ledger = Ledger(shops.SOURCES, time.time)
        self.provider = Provider(spec, self.ledger, 1, [conduct.parse(text) for text in conducts])
        self.spec = spec

    def connect(self, source=B):
        return smtplib.SMTP(self.spec.ip, self.provider.port, local_hostname="out.lab.example", timeout=LIMIT,
                            source_address=(source, 0))

    def send(self, rcpt="bob", source=B, sender="a@shop1.example"):
        """The code of the reply that decides about one message."""
        with self.connect(source) as client:
            return hand_in(client, f"{rcpt}@{self.spec.domain}", sender)

    def accepted(self):
        """{recipient: times}, without those of none."""
        times = {rcpt: [one.outcome for one in answers].count("accepted")
                 for rcpt, answers in self.ledger.answers.items()}
        return {rcpt: number for rcpt, number in times.items() if number}


def hand_in(client, rcpt, sender="a@shop1.example"):
    client.ehlo()
    for verb, text in (("MAIL", f"FROM:<{sender}>"), ("RCPT", f"TO:<{rcpt}>")):
        code, _ = client.docmd(verb, text)
        if code != 250:
            return code
    return client.data(b"Subject: order\r\n\r\nbody\r\n")[0]


@contextlib.contextmanager
def served(spec, *conducts):
    one, loop = Served(spec, *conducts), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(one.provider.start(), loop).result(LIMIT)
        yield one
    finally:
        loop.call_soon_threadsafe(one.provider.stop)
        asyncio.run_coroutine_threadsafe(finished(), loop).result(LIMIT)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(LIMIT)
        loop.close()


async def finished():
    """Connections whose client is gone have ended."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    if rest:
        await asyncio.wait(rest, timeout=5)


@pytest.mark.parametrize("spec", replies.PROVIDERS, ids=lambda spec: spec.name)
def test_without_conducts_all_is_taken_and_counted_once(spec):
    with served(spec) as one:
        assert [one.send("bob"), one.send("eve"), one.send("bob")] == [250, 250, 250]
        assert one.accepted() == {f"bob@{spec.domain}": 2, f"eve@{spec.domain}": 1}


@pytest.mark.parametrize("spec", replies.PROVIDERS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("at", ["rcpt", "eod"])
def test_volume_blocks_a_source_and_no_other(spec, at):
    with served(spec, f"volume-block:limit=3,window=3600,recovery=3600,at={at}") as one:
        assert [one.send() for _ in range(3)] == [250] * 3
        codes = [one.send() for _ in range(3)]
        assert codes[0] // 100 == 5 and set(codes) <= {550, 554, 421}
        assert one.send(source=A) == 250
        assert one.accepted() == {f"bob@{spec.domain}": 4}
        assert [answer.why for answer in one.ledger.answers[f"bob@{spec.domain}"]][3:6] == ["block"] * 3


def test_a_block_is_lifted_at_its_second():
    with served(MICROSOFT, "volume-block:limit=2,window=3600,recovery=3600,calm=1,ends=50") as one:
        one.provider.traffic_begins(time.time())
        assert [one.send(), one.send(), one.send()] == [250, 250, 550]
        one.provider.traffic_begins(time.time() - 51)
        assert [one.send(), one.send()] == [250, 250]


def test_a_reputation_recovers_over_smtp():
    with served(MICROSOFT, "volume-block:limit=2,window=3600,recovery=0.3,calm=1") as one:
        assert [one.send(), one.send(), one.send()] == [250, 250, 550]
        time.sleep(0.4)
        assert one.send() == 250


def test_a_plain_block_holds_for_its_source_and_its_time():
    with served(GOOGLE, "block:source=out-b,begins=10,ends=20") as one:
        one.provider.traffic_begins(time.time())
        assert one.send() == 250
        one.provider.traffic_begins(time.time() - 15)
        assert (one.send(), one.send(source=A)) == (550, 250)
        one.provider.traffic_begins(time.time() - 20)
        assert one.send() == 250


@pytest.mark.parametrize("at", conduct.STEPS)
def test_a_block_at_each_step(at):
    with served(DOCOMO, f"block:at={at}") as one:
        if at == "connect":
            with pytest.raises(smtplib.SMTPConnectError) as refusal:
                one.connect()
            assert refusal.value.smtp_code == 554
        else:
            assert one.send() == 554
        assert not one.accepted()


def test_greylist_defers_the_first_try_of_a_pair():
    with served(SOFTBANK, "greylist:wait=0") as one:
        assert [one.send(), one.send()] == [450, 250]
        assert [one.send(sender="other@shop1.example"), one.send(source=A), one.send()] == [450, 450, 250]


def test_greylist_waits():
    with served(SOFTBANK, "greylist:wait=3600") as one:
        assert [one.send(), one.send()] == [450, 450]


@pytest.mark.parametrize("spec,code", [(GOOGLE, 421), (MICROSOFT, 451), (SOFTBANK, 450), (DOCOMO, 450)])
def test_rate_limit_defers_what_is_too_much(spec, code):
    with served(spec, "rate-limit:limit=2,window=3600") as one:
        assert [one.send(), one.send()] == [250, 250]
        assert [one.send(), one.send(), one.send(source=A)] == [code, code, 250]


def test_a_421_ends_the_connection():
    with served(GOOGLE, "rate-limit:limit=1,window=3600,at=rcpt") as one, one.connect() as client:
        assert hand_in(client, "bob@gmail.com") == 250
        with pytest.raises(CUT):
            assert hand_in(client, "bob@gmail.com") == 421
            client.docmd("NOOP")


def test_tarpit_answers_late_and_takes_all():
    with served(DOCOMO, "tarpit:seconds=0.3,at=rcpt") as one, one.connect() as client:
        began = time.monotonic()
        assert hand_in(client, "bob@docomo.ne.jp") == 250
        assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("at", conduct.STEPS)
def test_reset_gives_no_reply_and_takes_nothing(at):
    with served(DOCOMO, f"reset:every=2,at={at}") as one:
        assert one.send("first") == 250
        with pytest.raises(CUT):
            one.send("second")
        assert one.send("third") == 250
        assert one.accepted() == {"first@docomo.ne.jp": 1, "third@docomo.ne.jp": 1}


def test_the_first_conduct_that_refuses_wins():
    with served(MICROSOFT, "rate-limit:limit=1,window=3600,at=rcpt", "block:at=rcpt") as one:
        assert [one.send(), one.send()] == [550, 451]


@pytest.mark.parametrize("spec", replies.PROVIDERS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("kind", ["block:at=eod", "rate-limit:limit=0,at=rcpt", "greylist"])
def test_words_are_classed_by_todoku_as_what_they_are(spec, kind, run):
    """The lab's story is about blocks only when todoku reads the providers' words so."""
    wanted = {"block": ("block_",), "rate-limit": ("rate",), "greylist": ("grey",)}[kind.partition(":")[0]]
    with served(spec, kind) as one, one.connect() as client:
        client.ehlo()
        code, text = client.docmd("MAIL", "FROM:<a@shop1.example>")
        code, text = client.docmd("RCPT", f"TO:<bob@{spec.domain}>")
        if code == 250:
            code, text = client.data(b"body\r\n")
        line = " ".join(f"{code} {part}" for part in text.decode().splitlines())
    found = run("classify", input=line + "\n").stdout
    assert any(f'"class":"{word}' in found.replace(" ", "") for word in wanted), (line, found)


# The rules over time, with times that are given.

def contact(second, ip=B, step="eod", sender="a@shop1.example"):
    return conduct.Contact(step, ip, sender, "", second)


def judged(rule, *contacts):
    return [bool(rule.judge(one)) for one in contacts]


def test_a_volume_is_counted_over_its_window():
    rule = conduct.parse("volume-block:limit=2,window=10,recovery=100,calm=1")
    assert judged(rule, contact(0), contact(6), contact(10), contact(19.9)) == [False] * 4  # never three in ten seconds
    assert judged(rule, contact(20), contact(20)) == [False, True]


def test_a_reputation_recovers_when_tries_are_few():
    rule = conduct.parse("volume-block:limit=3,window=10,recovery=20,calm=2")
    assert judged(rule, *[contact(0)] * 4) == [False, False, False, True]
    assert judged(rule, contact(5), contact(12), contact(19)) == [True] * 3  # every try counts against it
    assert judged(rule, contact(32)) == [False]  # and the one at 19
    assert judged(rule, contact(33), contact(34), contact(35)) == [False, False, True]


def test_greylist_over_time():
    rule = conduct.parse("greylist:wait=5")
    assert judged(rule, *[contact(second, step="rcpt") for second in (0, 4.9, 5, 6)]) == [True, True, False, False]


def test_rate_over_time():
    rule = conduct.parse("rate-limit:limit=2,window=10")
    assert judged(rule, *map(contact, (0, 1, 2, 9.9, 10, 10.5, 11))) == \
        [False, False, True, True, False, True, False]


@pytest.mark.parametrize("text,said", [
    ("ban", "no such conduct"), ("block:for=3", "block has no for"), ("reset:every=x", "is no number"),
    ("reset:every=0", "at least 1"), ("block:at=helo", "at must be one of"),
    ("volume-block:limit=2,calm=2", "calm must be from 1"),
])
def test_wrong_settings_are_said_clearly(text, said):
    with pytest.raises(ValueError, match=said):
        conduct.parse(text)


def test_settings_are_read():
    rule = conduct.parse("volume-block:limit=7,window=2.5,source=out-c,at=rcpt,begins=1,ends=2")
    assert (rule.limit, rule.window, rule.source, rule.at) == (7, 2.5, "out-c", "rcpt")
    assert conduct.parse("tarpit").ends == math.inf
