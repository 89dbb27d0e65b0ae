# SPDX-License-Identifier: Apache-2.0
"""lab/loop: the numbers of a block add up, message by message, without todoku and with it; what is laid over the relay's
configuration is used; and the summary of made-up runs says what happened and nothing else.

The runs are skipped where the private Postfix cannot be fetched (no Debian, no network and no cache).
"""

import collections
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab_rig import LOOP, ROOT, alive, family, follow, launch, said, skip_without_network, until_mail_flows

sys.path.insert(0, str(ROOT / "lab"))

import replies  # noqa: E402
import summary  # noqa: E402
import traffic  # noqa: E402
from ledger import Answer, LogBook  # noqa: E402
from settings_file import laid_over, main_key, master_key  # noqa: E402

SHORT = ("--seconds", "14", "--block", "3", "--lift", "12", "--settle", "10")
LOOP_KEYS = ("detour_s", "detoured", "released", "returned", "return_s", "probes")

needs_debian = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs Debian's tools")


def played(tmp_path_factory, name, *more):
    """A short run that has ended: (process, place, pids)."""
    place = tmp_path_factory.mktemp(name)
    process = launch(place, LOOP, *SHORT, *map(str, more))
    seen = follow(process)
    skip_without_network(place)
    assert process.returncode == 0, said(place)
    return process, place, seen


def summary_of(place):
    return json.loads((place / "out" / "summary.json").read_text("ascii"))


def check_sums(found):
    assert found["messages"] == found["delivered"] + found["bounced"] + found["held"]
    assert (found["lost"], found["duplicated"], found["disputed"]) == (0, 0, 0)
    assert found["log"] == {"sent": found["delivered"], "bounced": found["bounced"]}
    assert found["bounce_mails"] == found["bounced"]
    assert found["delivered"] == sum(one["accepted"] for one in found["providers"].values())


@pytest.fixture(scope="module")
def off(tmp_path_factory):
    """Two of one plan at once, for --beside can do that."""
    copy = tmp_path_factory.mktemp("copy") / "copy.json"
    return *played(tmp_path_factory, "off", "--todoku", "off", "--beside", "--json", copy,
                   "--conduct", "microsoft=rate-limit:limit=1,window=3,at=rcpt,ends=6"), copy


@needs_debian
def test_without_todoku_the_block_bounces_mail_and_all_is_accounted_for(off):
    found = summary_of(off[1])
    check_sums(found)
    assert found["todoku"] == "off" and found["messages"] > 200
    assert 0 < found["bounced_by_block"] <= found["blocked"]
    assert found["first_block_s"] > 3 and found["bounce_s"] >= 0
    assert [found[key] for key in ("detect_s", "hold_s", *LOOP_KEYS)] == [None] * (2 + len(LOOP_KEYS))


@needs_debian
def test_the_log_says_the_same(off):
    """By the plainest of patterns, for every provider."""
    sent, bounced = collections.Counter(), set()
    for line in (off[1] / "out" / "mail.log").read_text("ascii").splitlines():
        match = re.search(r" to=<([^>]+)>, relay=([^\[,]+).* status=(\w+) ", line)
        if match and match[3] == "sent":
            sent[match[2]] += 1
        elif match and match[3] == "bounced":
            bounced.add(match[1])
    found = summary_of(off[1])
    for name, host in (("google", "gmail-smtp-in.l.google.com"), ("docomo", "mfsmax.docomo.ne.jp"),
                       ("softbank", "mx.softbank.ne.jp"),
                       ("microsoft", "outlook-com.olc.protection.outlook.com")):
        assert found["providers"][name]["accepted"] == sent.pop(host)
    assert sent == {"mx.shops.example": found["bounce_mails"]}
    assert len(bounced) == found["bounced"]


@needs_debian
def test_the_run_beside_has_the_same_plan(off):
    one, other = (json.loads((off[1] / "out" / name).read_text("ascii"))
                  for name in ("summary.json", "off/summary.json"))
    check_sums(other)
    assert other["messages"] == one["messages"] and other["bounced_by_block"] > 0
    assert json.loads(off[3].read_text("ascii")) == one | {"without": other}
    assert re.search(rf"for the block +{one['bounced_by_block']} +{other['bounced_by_block']}\n", said(off[1]))


@needs_debian
def test_each_provider_behaves_as_it_is_told(off):
    providers = summary_of(off[1])["providers"]

    def whys(name, source):
        return providers[name]["sources"][source]["why"]

    assert whys("google", "out-b")["block"] > 0
    assert "block" not in whys("google", "out-a") and "block" not in whys("google", "out-c")
    assert all(whys("softbank", source)["greylist"] > 0 for source in ("out-a", "out-b", "out-c"))
    assert all(whys("microsoft", source)["rate"] > 0 for source in ("out-a", "out-b", "out-c"))
    assert any(whys("docomo", source).get("reset") for source in ("out-a", "out-b", "out-c"))


@needs_debian
def test_the_story_is_told_as_it_happens(off):
    told = [one["what"] for one in summary_of(off[1])["timeline"]]
    order = ("traffic begins", "a campaign by out-b", "the first blocked reply", "bounces for the block",
             "google lifts the block", "google takes mail of out-b again")
    places = [next(place for place, text in enumerate(told) if words in text) for words in order]
    assert places == sorted(places)
    assert all(text in said(off[1]) for text in told)


@needs_debian
def test_nothing_is_left_of_the_run(off):
    assert len(off[2]) > 20 and not alive(off[2])


HELD = """\
out-b     unix       - - n - -     smtp
  -o syslog_name=postfix/out-b
  -o smtp_bind_address=127.0.0.12
  -o smtp_bind_address_enforce=yes
  -o smtp_delivery_status_filter=pcre:$config_directory/hold.pcre
"""


def additions(place, routes):
    """Options for a relay that holds blocks, and goes by a map that has these routes at first."""
    for name, text in (("main.cf", "transport_maps = lmdb:$config_directory/routes\n"), ("master.cf", HELD),
                       ("hold.pcre", "/^5(\\.\\d+\\.\\d+ .*IP you're using to send mail.*)/ 4$1\n"),
                       ("routes", routes)):
        (place / name).write_text(text, "ascii")
    return ("--main-cf", place / "main.cf", "--master-cf", place / "master.cf",
            "--file", f"hold.pcre={place / 'hold.pcre'}", "--file", f"routes.lmdb={place / 'routes'}")


@pytest.fixture(scope="module")
def held(todoku, tmp_path_factory):
    """With todoku, and a relay that was told to hold blocks and to send docomo's mail by out-a."""
    place = tmp_path_factory.mktemp("additions")
    (place / "more.yaml").write_text("incidents: { group_wait: 10s }\n", "ascii")
    return played(tmp_path_factory, "held", "--todoku", todoku, "--json", place / "copy.json",
                  "--config", place / "more.yaml", *additions(place, "docomo.ne.jp out-a:\n")), place


@needs_debian
def test_a_relay_that_holds_blocks_bounces_none_and_todoku_sees_it(held):
    (_, place, _), additions = held
    found = summary_of(place)
    check_sums(found)
    assert json.loads((additions / "copy.json").read_text("ascii")) == found
    assert found["blocked"] > 0 and found["bounced_by_block"] == 0 and found["bounce_s"] is None
    assert found["hold_s"] >= 0 and found["detect_s"] >= 0 and found["unanswered"] == 0
    assert [found[key] for key in LOOP_KEYS] == [None] * len(LOOP_KEYS)
    assert "Sanitizer" not in (place / "out" / "todoku.log").read_text("utf-8")


@needs_debian
def test_a_route_of_an_added_map_is_taken(held):
    docomo = summary_of(held[0][1])["providers"]["docomo"]
    assert set(docomo["sources"]) == {"out-a"} and docomo["accepted"] > 20


@needs_debian
def test_nothing_is_left_of_the_run_with_todoku(held):
    assert not alive(held[0][2])


@needs_debian
def test_a_relay_that_is_set_up_by_todoku_bounces_none(run, todoku, tmp_path_factory):
    if "postfix" not in run("config", "--help").stdout:
        pytest.skip("this todoku does not say what Postfix needs")
    _, place, _ = played(tmp_path_factory, "routes", "--todoku", todoku, "--routes")
    found = summary_of(place)
    check_sums(found)
    assert found["blocked"] > 0 and found["bounced_by_block"] == 0 and found["hold_s"] >= 0


def until_said(words, process, place):
    end = time.monotonic() + 60
    while words not in said(place):
        assert process.poll() is None and time.monotonic() < end, said(place)
        time.sleep(0.05)


def relay_folder(process):
    """Where the private Postfix of this run is, by what its master was started with."""
    for pid in family(process.pid):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if command[0].endswith(b"/master"):
            return Path(command[2].decode()).parent
    return pytest.fail("no master runs")


@needs_debian
def test_a_detour_that_a_person_makes_is_seen(tmp_path):
    """What todoku is to do, done by hand with Postfix' commands: the lab has numbers for all of it."""
    more = map(str, additions(tmp_path, "nobody.example out-a:\n"))
    process = launch(tmp_path, LOOP, "--todoku", "off", "--seconds", "28", "--block", "3", "--lift", "18", *more)
    try:
        until_mail_flows(process, tmp_path)
        until_said("the first blocked message is held", process, tmp_path)
        relay = relay_folder(process)

        def command(*words, **more):
            subprocess.run(words, cwd=relay / "commands", check=True, timeout=30, **more)

        routes = f"lmdb:{relay / 'etc' / 'routes'}"
        command("./postmap", "-i", routes, input=b"gmail.com out-a:\n")
        command("./postqueue", "-f")
        until_said("lifts the block", process, tmp_path)
        command("./postmap", "-d", "gmail.com", routes)
        assert process.wait(90) == 0, said(tmp_path)
    finally:
        process.terminate()
        process.wait(60)
    found = summary_of(tmp_path)
    check_sums(found)
    assert found["bounced_by_block"] == 0 and found["hold_s"] >= 0 and found["detour_s"] > found["hold_s"]
    assert found["released"] > 0 and found["detoured"] > found["released"] and found["aside"] > 0
    assert found["returned"] and found["return_s"] is not None
    assert "leaves by another source" in said(tmp_path) and "is back: nothing leaves by another" in said(tmp_path)


@needs_debian
def test_a_signal_in_the_middle_stops_all(todoku, tmp_path):
    process = launch(tmp_path, LOOP, "--todoku", str(todoku), *SHORT)
    try:
        until_mail_flows(process, tmp_path)
        seen = family(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    finally:
        process.kill()
        process.wait()
    assert len(seen) > 20 and not alive(seen)
    assert not (tmp_path / "out" / "summary.json").exists()


@needs_debian
def test_a_daemon_that_does_not_start_is_said_clearly(todoku, tmp_path):
    (tmp_path / "more.yaml").write_text("no_such_section: 1\n", "ascii")
    process = launch(tmp_path, LOOP, "--todoku", str(todoku), "--config", str(tmp_path / "more.yaml"), *SHORT)
    assert process.wait(60) == 1
    skip_without_network(tmp_path)
    log = tmp_path / "out" / "todoku.log"
    assert f"todoku run ended at once\n  where: {log}" in said(tmp_path)
    assert "no_such_section" in log.read_text("utf-8")


@pytest.mark.parametrize("options,words", [
    (("--todoku", "off", "--lift", "99"), "--block < --lift <= --seconds"),
    (("--todoku", "off", "--longest", "39"), "--longest must be --seconds or up to"),
    (("--todoku", "off", "--conduct", "google=ban"), "no such conduct"),
    (("--todoku", "off", "--conduct", "gmail=block"), "no such provider"),
    (("--todoku", "off", "--file", "a/b=c"), "a name without /"),
    (("--todoku", "/nowhere"), "is no program"),
])
def test_wrong_usage_is_said_clearly(tmp_path, options, words):
    process = launch(tmp_path, LOOP, *options)
    assert process.wait(60) == 2
    assert words in said(tmp_path)
    assert not (tmp_path / "out").exists()


# Made-up runs: the campaign's path is (out-b, google), traffic began at 1000, the block is lifted at 1020.

PATH, OTHER = ("out-b", "google"), ("out-c", "google")


def answer(second, source="out-b", why="fine"):
    outcome = {"fine": "accepted", "block": "refused", "dead": "refused"}.get(why, "deferred")
    return Answer(1000 + second, source, outcome, why)


def facts(answers, **more):
    """`answers`: {recipient: [Answer]}; recipients that begin with `o` are of OTHER."""
    messages = {rcpt: OTHER if rcpt.startswith("o") else PATH for rcpt in answers}
    rest = {"bounced": {}, "held": {}, "queued": set(), "began": 1000, "lifted": 1020}
    return summary.Facts(messages, PATH, answers, **{**rest, **more})


def test_each_message_is_counted_in_one_place():
    found = summary.summary(facts({
        "sent": [answer(1)], "late": [answer(1, why="greylist"), answer(3)], "twice": [answer(1), answer(2)],
        "blocked": [answer(2, why="block")], "dead": [answer(1, why="dead")], "waits": [answer(1, why="quota")],
        "gone": [answer(1, why="rate")], "never": [], "unsure": [answer(4)],
    }, bounced={"blocked": 1002.5, "dead": 1001}, queued={"waits", "unsure"}))
    assert {key: found[key] for key in ("messages", "delivered", "bounced", "bounced_by_block", "held", "lost",
                                        "duplicated", "disputed", "blocked")} == \
        {"messages": 9, "delivered": 4, "bounced": 2, "bounced_by_block": 1, "held": 1, "lost": 2,
         "duplicated": 1, "disputed": 1, "blocked": 1}
    assert (found["first_block_s"], found["bounce_s"]) == (2, 0.5)


def test_without_a_block_there_are_no_times():
    found = summary.summary(facts({"sent": [answer(1)], "other": [answer(2, "out-c", "block")]}))
    assert found["blocked"] == 1
    assert [found[key] for key in summary.TIMES] == [None] * len(summary.TIMES)


def returned(count):
    """A block at 5, detours at 7 (one of them was held), 12 and 21, then `count` by the own source."""
    story = {
        "held": [answer(5, why="block"), answer(7, "out-a")], "next": [answer(12, "out-a")],
        "probe": [answer(15, why="block"), answer(19, "out-a")], "ramp": [answer(20.5)],
        "last": [answer(21, "out-a")], "o-side": [answer(8, "out-a")], "o-own": [answer(9, "out-c")],
        "o-probe": [answer(20.25)],
    }
    return {**story, **{f"home{number}": [answer(22 + number)] for number in range(count)}}


def test_a_detour_and_a_return():
    found = summary.summary(facts(returned(10), held={"held": 1005.25, "other": 1001}, detected=1005.5, closed=1030))
    assert {key: found[key] for key in summary.TIMES} == {
        "first_block_s": 5, "detect_s": 0.5, "bounce_s": None, "hold_s": 0.25, "detour_s": 2, "detoured": 4,
        "aside": 2, "released": 2, "probes": {"tried": 3, "accepted": 2, "at_s": [10, 15.25, 15.5]}, "reopened_s": 0.25,
        "returned": True, "return_s": 2, "closed_s": 10}


def test_few_messages_are_no_return():
    found = summary.summary(facts(returned(9)))
    assert (found["returned"], found["return_s"]) == (False, None)


def test_what_providers_did_is_shown_beside_each_other():
    def of(**why):
        return {"sources": {"out-a": {"slow": 2, "why": why}, "out-b": {"slow": 1, "why": {"fine": 9, **why}}}}

    shown = list(summary.behaviour([("with", {"providers": {"google": of(block=40)}}),
                                    ("without", {"providers": {"google": of(block=1, reset=3)}})]))
    assert shown == ["what the providers did",
                     "  google blocked              80             2",
                     "  google answered slowly       3             3",
                     "  google cut connections       0             6"]


def test_each_lap_of_the_traffic_has_messages_of_its_own():
    laps = [[rcpt for stream in traffic.steady(seconds, 5, lap) for rcpt in stream.recipients()]
            for lap, seconds in enumerate((26, 10, 10))]
    assert [len(lap) for lap in laps] == [26 * 24, 240, 240]
    assert len({rcpt for lap in laps for rcpt in lap}) == sum(map(len, laps))
    assert not traffic.spread("out-a", replies.PROVIDERS[0], "a", 0, 3, 60)[1:]


def test_the_log_tells_what_was_held():
    book = LogBook(lambda: 7.0)
    line = "Nov 22 06:58:52 relay postfix/out-b/smtp[1]: 08F8: to=<{}@gmail.com>, relay=mx.example[192.0.2.1]:25, " \
        "dsn=4.7.1, status={} (host mx.example[192.0.2.1] said: {} 5.7.1 no (in reply to end of DATA command))"
    book.read([line.format("a", "deferred", 421), "Nov 22 06:58:52 relay postfix/qmgr[1]: 08F8: removed"])
    assert not book.held
    book.read([line.format("b", "deferred", "550"), line.format("c", "bounced", 550), line.format("d", "sent", 250)])
    assert (book.held, book.bounced, book.sent) == ({"b@gmail.com": 7.0}, {"c@gmail.com": 7.0}, {"d@gmail.com": 1})


def test_settings_are_laid_over_others():
    base = "# of the house\na = 1\nb = 2,\n  3\n# in between\nc =\n"
    assert laid_over(base, "b = 9", main_key) == "# of the house\na = 1\n# in between\nc =\nb = 9\n"
    services = "qmgr unix n - n 300 1 qmgr\nsmtp unix - - n - - smtp\n  -o x=y\nsmtp inet n - n - - smtpd\n"
    over = "smtp unix - - n - - smtp\n  -o x=z\n"
    assert laid_over(services, over, master_key) == \
        "qmgr unix n - n 300 1 qmgr\nsmtp inet n - n - - smtpd\n" + over
    assert laid_over(base, "", main_key) == base
