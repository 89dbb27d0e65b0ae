# SPDX-License-Identifier: Apache-2.0
"""Silences: nobody is told of what one hides, over kill -9 too; at its end what is still open is told. A real daemon,
a real receiver, the verb and the API."""

import json
import os
import re
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
from conftest import clean_environment
from daemon_rig import LIMIT, Rig, free_port, until
from log_lines import BLOCK

HOSTILE = "moving \x1b[31mmail\u202e <!channel> \"'&"
TOKEN = "s3cret-token-of-the-tests"


@pytest.fixture
def rig(todoku, tmp_path):
    with Rig(todoku, tmp_path) as made:
        yield made


def verb(rig, *words):
    return subprocess.run([rig.program, *words[:1], "-c", rig.config, *words[1:]], capture_output=True, text=True,
                          timeout=LIMIT, check=False, env=clean_environment(SUDO_USER="kato"))


def add(rig, **wish):
    status, body = rig.ask("/api/v1/silences", "POST", json.dumps(wish))
    assert status == 200, body
    return body


def silences(rig):
    status, body = rig.ask("/api/v1/silences")
    assert status == 200
    return body


def block(rig, domain, count=30):
    """Refusals at a provider, until the incident is in the book; its JSON."""
    rig.write(rig.lives(count, BLOCK, domain=domain))

    def found():
        return next((one for one in rig.incidents() if one["provider"] == domain), None)
    return until(found, rig.said)


def metric(rig, name):
    found = re.search(rf"^{re.escape(name)} (\d+)$", rig.ask("/metrics")[1], re.M)
    return int(found[1]) if found else None


def test_what_is_silenced_is_kept_and_not_told(rig):
    made = add(rig, provider="quiet.example", kinds=["block"], **{"for": "1h"}, by="kato", comment="maintenance")
    assert made["active"] and made["id"] == "s1" and made["kinds"] == ["block"] and made["hides"] == 0
    hidden = block(rig, "quiet.example")
    assert (hidden["silenced"], hidden["silence"], hidden["silenced_until"]) == (True, "s1", made["until"])
    told = block(rig, "loud.example")
    assert told["silenced"] is False and "silence" not in told
    until(lambda: rig.hook.pages("opened"), rig.said)
    assert [one["provider"] for one in rig.hook.pages("opened")[0]["incidents"]] == ["loud.example"]
    assert [(one["id"], one["hides"]) for one in silences(rig)] == [("s1", 1)]
    assert [one["id"] for one in rig.status()["silences"]] == ["s1"]
    assert metric(rig, "todoku_silences_active") == 1
    series = 'todoku_incidents_silenced{kind="block",severity="critical"}'
    until(lambda: metric(rig, series) == 1, series)
    assert rig.ask("/api/v1/silences/s1", "DELETE")[0] == 200
    until(lambda: metric(rig, series) == 0, series)
    assert len(rig.events("silence_set")) == 1


def test_its_end_tells_what_is_still_open(rig):
    end = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=3)
    add(rig, all=True, until=end.isoformat())
    incident = block(rig, "mail.example")
    if datetime.now(timezone.utc) < end - timedelta(seconds=1):  # a slow machine may be there already
        assert incident["silenced"] and not rig.hook.taken()
    page = until(lambda: rig.hook.pages("opened"), rig.said)[0]
    assert page["page"] == incident["page"] and time.time() >= end.timestamp()
    until(lambda: rig.events("silence_ended"), rig.said)
    assert "reason=time" in rig.events("silence_ended")[0]
    assert silences(rig) == [] and metric(rig, "todoku_silences_active") == 0
    assert rig.incidents()[0]["silenced"] is False


def test_ended_by_hand_it_tells_at_once(rig):
    made = verb(rig, "silence", "add", "--source", "out-a", "--for", "2h", "--comment", "moving", "--format", "json")
    id = json.loads(made.stdout)["id"]
    incident = block(rig, "mail.example")
    assert incident["silence"] == id and not rig.hook.taken()
    done = verb(rig, "silence", "end", id)
    assert done.returncode == 0 and id in done.stdout and "source out-a" in done.stdout
    until(lambda: rig.hook.pages("opened"), rig.said)
    assert verb(rig, "silence", "list").stdout == "No silence is set.\n"
    again = verb(rig, "silence", "end", id)
    assert again.returncode == 1 and "there is no such silence" in again.stderr
    assert "by=" in rig.events("silence_ended")[0] and 'reason="by hand"' in rig.events("silence_ended")[0]


def test_what_nobody_knows_is_set_with_a_warning(rig):
    """A slip of the pen hides nothing: whoever sets it hears of it, with what was probably meant."""
    rig.write(rig.lives(3, domain="shop.example", login="alice@c.example"))
    rig.until_read(9)
    until(lambda: any(path["provider"] == "shop.example" for path in rig.status()["mail"]["paths"]), rig.said)
    for option, wrong, near in (("provider", "docmo", "docomo"),          # of the table
                                ("provider", "shpo.example", "shop.example"),  # of a path
                                ("source", "uot-a", "out-a"), ("relay", "relay2", "relay1"),
                                ("login", "alcie@c.example", "alice@c.example")):
        done = verb(rig, "silence", "add", f"--{option}", wrong, "--for", "1h", "--format", "json")
        known = "was seen in the logs" if option == "login" else "is known to the daemon"
        said = f'no {option} "{wrong}" {known}, did you mean {near}?'
        assert done.returncode == 0 and done.stderr == f"todoku silence: warning: {said}\n", done.stderr
        assert json.loads(done.stdout)["warnings"] == [said]
        right = verb(rig, "silence", "add", f"--{option}", near, "--for", "1h")
        assert (right.returncode, right.stderr) == (0, "")
    far = add(rig, provider="zzzz.invalid", login="\x1b[31m\u202e", **{"for": "1h"})["warnings"]
    assert far[0] == 'no provider "zzzz.invalid" is known to the daemon' and len(far) == 2
    hostile = verb(rig, "silence", "add", "--login", "\x1b[31mx", "--for", "1h")
    assert hostile.returncode == 0 and "\x1b" not in hostile.stderr and "warning" in hostile.stderr
    assert all("warnings" not in one for one in silences(rig))


def test_an_acknowledged_silence_is_there_after_kill_9(rig):
    """Who was told that it is set finds it set: nothing is told of an incident after the crash."""
    for n in range(1, 4):
        made = add(rig, provider="quiet.example", **{"for": "1h"}, by="kato", comment=f"n{n}")
        rig.kill()
        rig.start()
        assert made["id"] in [one["id"] for one in silences(rig)]
    kept = silences(rig)
    assert [one["comment"] for one in kept] == ["n1", "n2", "n3"]
    assert block(rig, "quiet.example")["silenced"]
    block(rig, "loud.example")
    until(lambda: rig.hook.pages("opened"), rig.said)
    for one in kept[:2]:
        assert rig.ask(f"/api/v1/silences/{one['id']}", "DELETE")[0] == 200
        rig.kill()
        rig.start()
    assert [one["id"] for one in silences(rig)] == [kept[2]["id"]]
    assert {i["provider"] for page in rig.hook.documents() for i in page["incidents"]} == {"loud.example"}


def test_one_that_ended_while_nothing_ran_hides_nothing(rig):
    end = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=2)
    add(rig, all=True, until=end.isoformat())
    rig.kill()
    until(lambda: datetime.now(timezone.utc) > end, "the end")
    rig.start()
    until(lambda: silences(rig) == [], "no silence")
    block(rig, "mail.example")
    until(lambda: rig.hook.pages("opened"), rig.said)


def test_a_comment_of_a_stranger_hurts_nobody(rig):
    add(rig, all=True, **{"for": "1h"}, by="k\x07ato", comment=HOSTILE)
    incident = block(rig, "mail.example")
    assert silences(rig)[0]["comment"] == HOSTILE and silences(rig)[0]["by"] == "k\x07ato"
    shown = [verb(rig, "silence", "list"), verb(rig, "status"), verb(rig, "incident", "show", incident["id"]),
             verb(rig, "incident", "list")]
    for done in shown:
        assert done.stderr == ""
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", done.stdout), done.stdout
    assert r"\x1b[31m" in shown[0].stdout and r"k\x07ato" in shown[1].stdout
    assert "(silenced)" in shown[1].stdout and "silenced until" in shown[2].stdout
    assert "open, silenced" in shown[3].stdout
    assert "\x1b" not in rig.events("silence_set")[0] and "\u202e" not in rig.events("silence_set")[0]


def test_the_verb_says_who_and_what(rig):
    done = verb(rig, "silence", "add", "--kind", "block,silent-block", "--kind", "outage", "--provider", "docomo",
                "--from", "23:59", "--until", "2099-01-01")
    assert done.returncode == 1 and "at most 90 days" in done.stderr
    done = verb(rig, "silence", "add", "--kind", "block,silent-block", "--kind", "outage", "--provider", "docomo",
                "--for", "1h30m", "--comment", "moving mail")
    assert (done.returncode, done.stderr) == (0, "")
    assert "block, silent-block, outage: provider docomo" in done.stdout and ": moving mail" in done.stdout
    made = silences(rig)[0]
    assert made["kinds"] == ["block", "silent-block", "outage"] and made["by"] != ""
    long = datetime.fromisoformat(made["until"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
    assert timedelta(minutes=80) < long <= timedelta(minutes=90)
    later = (datetime.now(timezone.utc) + timedelta(days=2)).strftime("%Y-%m-%d 09:00")
    done = verb(rig, "silence", "add", "--all", "--from", later, "--for", "1d", "--format", "json")
    assert json.loads(done.stdout)["active"] is False
    assert metric(rig, "todoku_silences_active") == 1


def test_each_option_is_what_it_says(rig):
    names = ["relay", "source", "provider", "login", "domain", "name", "comment"]
    done = verb(rig, "silence", "add", "--for", "1h", *(word for name in names for word in (f"--{name}", f"a {name}")))
    assert done.returncode == 0, done.stderr
    made = silences(rig)[0]
    assert {name: made[name] for name in names} == {name: f"a {name}" for name in names}


@pytest.mark.parametrize("words, relay, source", [
    (["--source", "relay1/out-a"], "relay1", "out-a"),  # as paths are shown
    (["--source", "out-a"], None, "out-a"),
    (["--source", "relay1/"], None, "relay1/"),
    (["--source", "/out-a"], None, "/out-a"),
    (["--source", "a/b", "--relay", "relay2"], "relay2", "a/b"),
])
def test_a_path_is_its_relay_and_its_source(rig, words, relay, source):
    done = verb(rig, "silence", "add", *words, "--for", "1h")
    assert done.returncode == 0, done.stderr
    made = silences(rig)[0]
    assert (made.get("relay"), made["source"]) == (relay, source)


@pytest.mark.parametrize("words, says", [
    ([], "say one of add, list and end"),
    (["mute"], 'not "mute"'),
    (["add"], "say what it hides"),
    (["add", "--for", "1h", "--comment", "x"], "say what it hides"),
    (["add", "--provider", "docomo"], "a silence has an end"),
    (["add", "--provider", "docomo", "--for", "1h", "--until", "23:59"], "say --for or --until"),
    (["add", "--provider", "docomo", "--all", "--for", "1h"], "--all hides everything"),
    (["add", "--all", "--for", "0s"], "more than nothing"),
    (["add", "--all", "--for", "soon"], "is no duration"),
    (["add", "--all", "--until", "soon"], "is no time"),
    (["add", "--kind", "blocked", "--for", "1h"], 'no kind of incident "blocked"'),
    (["add", "--kind", "", "--for", "1h"], "takes a kind"),
    (["add", "--source", "", "--for", "1h"], "not empty"),
    (["add", "--all", "--for", "1h", "--comment", "x" * 257], "at most 256 bytes"),
    (["add", "--all", "--for", "1h", "docomo"], "add takes options alone"),
    (["list", "--all"], "none of the options of add"),
    (["end"], "takes one ID"),
    (["end", "../incidents"], "is no id of a silence"),
    (["end", "s1", "--comment", "x"], "none of the options of add"),
    (["add", "--duration", "1h"], "there is no option --duration"),
])
def test_wrong_use(run, words, says):
    done = run("silence", *words)
    assert (done.returncode, done.stdout) == (2, "") and says in done.stderr and "--help" in done.stderr


@pytest.mark.parametrize("body, status, says", [
    ('{"provider":"docomo","for":"2h"', 400, "JSON object"),
    ("", 400, "JSON object"),
    ('{"providers":"docomo","for":"2h"}', 400, 'no "providers"'),
    ('{"provider":"docomo"}', 400, "has an end"),
    ('{"for":"2h"}', 400, "say what it hides"),
    ('{"all":true,"until":"2020-01-01T00:00:00Z"}', 400, "must end after now"),
    ('{"all":true,"for":"91d"}', 400, "at most 90 days"),
    ('{"all":true,"for":"1h","comment":"' + "x" * 257 + '"}', 400, "256 bytes"),
    ('{"all":true,"for":"1h","comment":"' + "x" * 70000 + '"}', 400, "JSON object"),
])
def test_what_the_api_refuses(rig, body, status, says):
    answer = rig.ask("/api/v1/silences", "POST", body)
    assert answer[0] == status and says in answer[1]["error"]["what"]
    assert silences(rig) == [] and not rig.events("silence_set")


def test_there_is_room_for_256(rig):
    for _ in range(256):
        add(rig, name="x", **{"for": "1h"})
    status, body = rig.ask("/api/v1/silences", "POST", '{"name": "x", "for": "1h"}')
    assert status == 409 and "256" in body["error"]["what"]
    assert rig.ask("/api/v1/silences/s7", "DELETE")[0] == 200
    assert add(rig, name="x", **{"for": "1h"})["id"] == "s257"
    assert rig.ask("/api/v1/silences/s7", "DELETE")[0] == 404


@pytest.mark.parametrize("token", [None, TOKEN])
def test_over_tcp_only_with_the_token(todoku, tmp_path, token):
    port = free_port()
    web = f"web: {{ listen: [127.0.0.1:{port}]{f', token: {token}' if token else ''} }}\n"
    with Rig(todoku, tmp_path, more=web) as rig:
        wish = '{"all": true, "for": "1h"}'
        good = {"Authorization": f"Bearer {TOKEN}"}
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            assert rig.ask("/api/v1/silences", "POST", wish, headers, port)[0] in (401, 403)
        assert silences(rig) == []
        status, body = rig.ask("/api/v1/silences", "POST", wish, good, port)
        assert status == (200 if token else 403), body
        add(rig, name="x", **{"for": "1h"})
        id = silences(rig)[0]["id"]
        assert rig.ask("/api/v1/silences", where=port)[1][0]["id"] == id
        assert rig.ask(f"/api/v1/silences/{id}", "DELETE", where=port)[0] in (401, 403)
        assert rig.ask(f"/api/v1/silences/{id}?by=deploy%20bot", "DELETE", None, good, port)[0] == (
            200 if token else 403)
        if token:
            assert 'by="deploy bot"' in rig.events("silence_ended")[0]


def test_many_at_once_lose_none(rig):
    """Requests of several clients, each answered, each there."""
    made = []

    def client(n):
        for i in range(10):
            made.append(add(rig, name=f"{n}-{i}", **{"for": "1h"})["id"])
    threads = [threading.Thread(target=client, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rig.kill()
    rig.start()
    assert sorted(one["id"] for one in silences(rig)) == sorted(made) and len(set(made)) == 40


def test_runbooks_answer_without_a_slash_and_in_a_language(rig):
    status, page = rig.ask("/runbooks")
    assert status == 200 and page == rig.ask("/runbooks/")[1] and "/runbooks/block" in page
    assert rig.ask("/runbooks/block?lang=ja")[1] == rig.ask("/runbooks/block.ja")[1]
    assert rig.ask("/runbooks?lang=ja")[1] == rig.ask("/runbooks/ja")[1]
    assert rig.ask("/runbooks/block?lang=fr")[1] == rig.ask("/runbooks/block")[1]
    assert rig.ask("/runbooks/block.ja?lang=en")[1] == rig.ask("/runbooks/block.ja")[1]
    status, body = rig.ask("/runbooks/nosuch")
    assert status == 404 and body["error"]["what"] == "there is no such runbook"


def test_every_kind_can_be_named(root):
    """The manual page and the completions know the kinds that --kind takes."""
    kinds = re.findall(r'^    X\(\w+, "([a-z-]+)"\)', (root / "src/model/incident.h").read_text("utf-8").split(
        "#define INCIDENT_KINDS")[1].split("enum incident_kind")[0], re.M)
    assert len(kinds) >= 20
    for path in ("man/todoku-silence.1", "packaging/completion/todoku.bash", "packaging/completion/_todoku"):
        text = (root / path).read_text("utf-8")
        assert [kind for kind in kinds if not re.search(rf"(?<![\w-]){kind}(?![\w-])", text)] == [], path


@pytest.mark.parametrize("words, offered", [
    ("silence e", "end"),
    ("silence --fro", "--from"),
    ("silence --kind silent", "silent-block"),
    ("sil", "silence"),
])
def test_completion(root, words, offered):
    script = f"source {root}/packaging/completion/todoku.bash; COMP_WORDS=(todoku {words}); " \
             f"COMP_CWORD={len(words.split())}; _todoku; echo ${{COMPREPLY[*]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=20, check=False,
                          env={"PATH": os.environ["PATH"]})
    assert done.stdout.split() == [offered], done.stderr
