# SPDX-License-Identifier: Apache-2.0
"""How the sources stand by PTR, HELO name and blocklists, in a real daemon with a name server of the tests: who is passed
over for it, who is not, and where it is told."""

import subprocess

import pytest
from conftest import clean_environment
from daemon_rig import LIMIT, until
from dns_peer import A, PTR, NO_NAME, Names, address, txt
from routed_rig import PROVIDER, Routed

LIST = "bl.example"
PAIR = """\
fleet:
  relay: relay1
  sources:
    - { name: out-a, address: 192.0.2.11 }
    - { name: out-b, address: 192.0.2.12, helo: b.mx.example }
"""


@pytest.fixture(name="names")
def _names():
    with Names() as names:
        for last, source in ((11, "a"), (12, "b"), (13, "c")):
            names.sound(f"192.0.2.{last}", f"{source}.mx.example")
        names.add(f"2.0.0.127.{LIST}", address("127.0.0.2"))
        yield names


def make(todoku, folder, names, more=f", blocklists: [{LIST}]", **rest):
    return Routed(todoku, folder, more=names.settings(f", look: 1s{more}"), **rest)


def standing(rig):
    """{source: fault}, in the order of the settings; of the same source the last."""
    return {one["source"]: one["fault"] for one in rig.routes()["standing"]["sources"]}


def goes_by(rig, target):
    rig.block()
    until(lambda: rig.table("routes") == {PROVIDER: target}, rig.said)


def status(rig):
    done = subprocess.run([rig.program, "status", "-c", rig.config], capture_output=True, text=True, timeout=LIMIT,
                          env=clean_environment(COLUMNS="200"), check=False)
    return done.stdout


def test_all_is_well(todoku, tmp_path, names):
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        until(lambda: all(names.count(f"{last}.2.0.192.{LIST}") > 1 for last in (11, 12, 13)), rig.said)
        assert not standing(rig)
        goes_by(rig, "out-b:")
        assert rig.routes()["standing"] == {"sources": [], "blocklists": []}


def test_a_source_without_a_name_is_passed_over(todoku, tmp_path, names):
    names.zone["12.2.0.192.in-addr.arpa", PTR] = NO_NAME
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        until(lambda: standing(rig) == {"out-b": "has no PTR record"}, rig.said)
        assert rig.metric('todoku_source_fault{source="out-b"}') == 1
        goes_by(rig, "out-c:")
        assert "out-b takes no other's mail: it has no PTR record" in rig.verb("list")
        assert "out-b takes no other's mail: it has no PTR record" in status(rig)
        names.sound("192.0.2.12", "b.mx.example")
        until(lambda: not standing(rig), rig.said)
        assert rig.metric('todoku_source_fault{source="out-b"}') == 0
        assert "PTR" not in rig.verb("list")


def test_the_reason_is_told_where_nobody_is_left(todoku, tmp_path, names):
    names.zone["b.mx.example", A] = [one for _, one in address("192.0.2.99")]
    with make(todoku, tmp_path, names, fleet=PAIR) as rig:
        rig.start()
        until(lambda: len(rig.routes()["standing"]["sources"]) == 2, rig.said)
        rig.block()
        left = until(lambda: rig.trail("leave"), rig.said)[0]
        assert "out-b has a PTR record, b.mx.example, that does not lead back to it, says HELO b.mx.example" in left["reason"]


def test_a_listed_source_is_passed_over(todoku, tmp_path, names):
    names.add(f"12.2.0.192.{LIST}", address("127.0.0.4"))
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        until(lambda: standing(rig) == {"out-b": f"is listed by {LIST} (127.0.0.4)"}, rig.said)
        goes_by(rig, "out-c:")
        names.add(f"1.0.0.127.{LIST}", address("127.0.0.2"))  # and now it lists all there is
        until(lambda: not standing(rig), rig.said)
        assert [one["zone"] for one in rig.routes()["standing"]["blocklists"]] == [LIST]
        assert f"blocklist {LIST} is not believed: it has 127.0.0.1" in rig.verb("list")


def test_a_list_that_tells_an_error_is_not_believed(todoku, tmp_path, names):
    for last in ("2.0.0.127", "12.2.0.192"):
        names.add(f"{last}.{LIST}", address("127.255.255.254"))
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        until(lambda: rig.routes()["standing"]["blocklists"], rig.said)
        goes_by(rig, "out-b:")
        assert not standing(rig) and not names.count(f"12.2.0.192.{LIST}")


def test_what_all_have_decides_nothing(todoku, tmp_path, names):
    for last in (11, 12, 13):
        names.zone[f"{last}.2.0.192.in-addr.arpa", PTR] = NO_NAME
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        until(lambda: [one["shared"] for one in rig.routes()["standing"]["sources"]] == [True] * 3, rig.said)
        goes_by(rig, "out-b:")
        assert "so have all sources" in rig.verb("list")


def test_silence_is_no_fault(todoku, tmp_path, names):
    names.silent = True
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        until(lambda: names.count("12.2.0.192.in-addr.arpa") > 1, rig.said)
        goes_by(rig, "out-b:")
        assert not standing(rig)


def test_it_can_be_turned_off(todoku, tmp_path, names):
    with make(todoku, tmp_path, names, ", standing: false") as rig:
        rig.start()
        goes_by(rig, "out-b:")
        assert not [name for name, kind in names.asked if kind == PTR]


def test_the_text_for_a_form_has_what_is_known(todoku, tmp_path, names):
    """The name of the address, the volumes, since when its mail is moved, and what the person says."""
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        until(lambda: names.count("a.mx.example") > 1, rig.said)
        goes_by(rig, "out-b:")
        path, = (one for one in rig.routes()["paths"] if one["source"] == "out-a")
        assert path["ptr"] == "a.mx.example" and path["last_day"] >= 30 and path["moved"]
        done = subprocess.run([rig.program, "incident", "delist", "-c", rig.config, "--fixed", "The account was closed.",
                               "--fixed", "The form has a captcha.", "--contact", "kato@c.example", path["incident"]],
                              capture_output=True, text=True, timeout=LIMIT, env=clean_environment(), check=False)
        assert done.returncode == 0, done.stderr
        for said in ("192.0.2.11", "Reverse name (PTR): a.mx.example\n", "In the last 24 hours: ", "First reply: ",
                     "- The account was closed.\n", "- The form has a captcha.\n", "we send nothing to you from this address",
                     "Contact: kato@c.example\n"):
            assert said in done.stdout


# --- SPF of those who send


def spf(rig):
    return {one["source"]: one["fault"] for one in rig.routes()["standing"]["sources"] if one.get("spf")}


def test_a_source_that_spf_does_not_allow_is_passed_over(todoku, tmp_path, names):
    names.add("c.example", txt("v=spf1 include:_spf.c.example ~all"))
    names.add("_spf.c.example", txt("v=spf1 ip4:192.0.2.11 a:c.mx.example -all"))
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        rig.usual()
        until(lambda: spf(rig) == {"out-b": "is not allowed by SPF of c.example (softfail)"}, lambda: f"{spf(rig)}")
        rig.refusals()
        until(lambda: rig.table("routes") == {PROVIDER: "out-c:"}, rig.said)
        until(lambda: rig.events("source_stands_badly"), rig.said)
        assert "out-b is passed over where much of the mail is of that domain: it is not allowed by SPF" in rig.verb("list")
        names.add("c.example", txt("v=spf1 ip4:192.0.2.0/24 -all"))
        until(lambda: not spf(rig), rig.said)
        until(lambda: rig.events("source_stands_well"), rig.said)


def test_spf_that_allows_no_source_decides_nothing(todoku, tmp_path, names):
    names.add("c.example", txt("v=spf1 -all"))
    with make(todoku, tmp_path, names) as rig:
        rig.start()
        rig.usual()
        until(lambda: names.count("c.example") > 1, rig.said)
        goes_by(rig, "out-b:")
        assert not spf(rig)
