# SPDX-License-Identifier: Apache-2.0
"""Domains of a provider by look-ups of MX, in a real daemon with a name server of the tests: what is asked, what comes of
it, and that nothing waits for it."""

import pytest
from daemon_rig import until
from dns_peer import CNAME, MX, NO_DATA, FAILED, Names, message, mx, name_bytes
from routed_rig import PROVIDER, Routed

OWN_TABLE = f"here\t.{PROVIDER}\tlisted.example LISTED2.example *.below.example\n"
GONE = "gone.example"  # its mail waits, and it is nobody's


@pytest.fixture(name="names")
def _names():
    with Names() as names:
        for last, source in ((11, "a"), (12, "b"), (13, "c")):  # what this is not about
            names.sound(f"192.0.2.{last}", f"{source}.mx.example")
        yield names


def make(todoku, folder, names, mode="auto", more=""):
    return Routed(todoku, folder, mode, more=names.settings() + more)


def routed(rig):
    """Domains that have a row."""
    return set(rig.table("routes"))


def answers(rig):
    return rig.routes()["dns"]["answers"]


def test_a_domain_in_the_queue_takes_the_route(todoku, tmp_path, names):
    names.add("unseen.example", mx((10, f"mx1.{PROVIDER}"), (20, f"MX2.{PROVIDER}.")))
    names.add("other.example", mx("mx.other.example"))
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        rig.queue([("4F000001", "a@Unseen.example"), ("4F000002", "b@other.example"), ("4F000003", "c@no_such.example")])
        rig.block()
        until(lambda: routed(rig) == {PROVIDER, "unseen.example"}, rig.said)
        until(lambda: "postqueue -i 4F000001" in rig.called(), rig.said)  # it waited, and may go now
        until(lambda: names.count("no_such.example"), rig.said)
        assert not [call for call in rig.called("postqueue -i") if "4F000001" not in call]
        until(lambda: answers(rig)["no_name"] >= 1 and rig.routes()["dns"]["domains_added"] == 1, rig.said)
        assert rig.metric('todoku_dns_answers_total{result="found"}') >= 2
        rig.kill()
        rig.start()  # and it is known without another answer
        names.silent = True
        until(lambda: routed(rig) == {PROVIDER, "unseen.example"}, rig.said)


def test_domains_of_the_table_are_asked_for(todoku, tmp_path, names):
    (tmp_path / "own.tsv").write_text(OWN_TABLE)
    names.add("listed.example", mx(f"mx.{PROVIDER}")).add("listed2.example", mx("mx.elsewhere.example"))
    names.zone["below.example", MX] = NO_DATA  # its own host, which is not of the provider
    with make(todoku, tmp_path, names, more=f"providers: {tmp_path}/own.tsv\n") as rig:
        rig.start()
        rig.usual()
        rig.refusals()
        until(lambda: routed(rig) == {PROVIDER, "listed.example"}, rig.said)
        until(lambda: names.count("listed2.example") and names.count("below.example"), rig.said)
        assert routed(rig) == {PROVIDER, "listed.example"}


def test_a_domain_that_has_moved_is_let_go(todoku, tmp_path, names):
    names.add(PROVIDER, mx(f"mx.{PROVIDER}")).add("moves.example", mx(f"mx.{PROVIDER}"))
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        rig.queue([("4F000001", "a@moves.example")])
        rig.block()
        until(lambda: routed(rig) == {PROVIDER, "moves.example"}, rig.said)
        names.add("moves.example", mx("mx.elsewhere.example"))
        # The log alone has named this one: it may go by a transport of its own.
        names.zone[PROVIDER, MX] = FAILED
        until(lambda: routed(rig) == {PROVIDER}, rig.said)
        assert rig.routes()["dns"]["domains_moved"] >= 1


def test_a_silent_server_holds_up_nothing(todoku, tmp_path, names):
    names.silent = True
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        rig.queue([(f"4F00000{i}", f"a@d{i}.example") for i in range(8)])
        rig.block()
        until(lambda: routed(rig) == {PROVIDER}, rig.said)
        until(lambda: "fault" in rig.routes()["dns"], rig.said)
        assert "no name server answered in time" in rig.verb("list")
        assert rig.metric("todoku_dns_silent") == 1
        names.silent = False
        until(lambda: "fault" not in rig.routes()["dns"], rig.said)


def test_hostile_answers_do_nothing(todoku, tmp_path, names):
    ours = f"mx.{PROVIDER}"
    names.add("many.example", mx(*[(i, f"m{i}.{PROVIDER}") for i in range(2000)]))  # by TCP; too many to be believed
    names.add("null.example", mx((0, b"\0")))
    names.add("odd.example", mx(ours, b"\x04a\x00\n;\x04test\0"))
    names.add("mixed.example", mx(ours, "mx.other.example"))
    names.hooks["loop.example", MX] = lambda question: message(question, [(MX, b"\0\x0a\xc0" + bytes([len(question) + 14]))])
    names.hooks["short.example", MX] = lambda question: message(question, mx(ours))[:-4]
    names.hooks["junk.example", MX] = lambda question: question[:2] + b"\xff" * 40
    alias = lambda question: message(question, [(CNAME, name_bytes("x.example")), *mx(ours)])  # noqa: E731
    names.hooks["alias.example", MX] = alias
    hostile = ("many", "null", "odd", "mixed", "loop", "short", "junk")
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        rig.queue([(f"4F0000{i}A", f"a@{name}.example") for i, name in enumerate((*hostile, "alias"))])
        rig.block()
        until(lambda: routed(rig) == {PROVIDER, "alias.example"}, rig.said)
        until(lambda: all(names.count(f"{name}.example") for name in hostile), rig.said)
        until(lambda: rig.routes()["dns"]["waiting"] == 0, rig.said)
        assert routed(rig) == {PROVIDER, "alias.example"}


def test_what_is_not_asked(todoku, tmp_path, names):
    with Routed(todoku, tmp_path, "auto") as rig:  # documentation's names, without servers of their own
        rig.start()
        rig.queue([("4F000001", f"a@{GONE}")])
        rig.block()
        until(lambda: rig.table("routes"), rig.said)
        rig.settled()
        assert rig.routes()["dns"]["enabled"] and not sum(answers(rig).values()) + rig.routes()["dns"]["waiting"]
    folder = tmp_path / "observing"
    folder.mkdir()
    with make(todoku, folder, names, "observe") as rig:
        rig.start()
        rig.block()
        until(rig.trail, rig.said)
        assert not names.asked
    folder = tmp_path / "off"
    folder.mkdir()
    with Routed(todoku, folder, "auto", more="dns: { enabled: false }\n") as rig:
        rig.start()
        rig.block()
        until(lambda: rig.table("routes"), rig.said)
        assert rig.routes()["dns"] == {"enabled": False}
