# SPDX-License-Identifier: Apache-2.0
"""The lab: its log is real, its truth agrees with the log, and nothing stays behind; and the daemon
beside it tells of its block and of the end of it.

Skipped where the private Postfix cannot be fetched (no Debian, no network and no cache).
"""

import collections
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from lab_rig import DEMO, RUN, alive, family, follow, launch, said, skip_without_network, until_mail_flows

WORDS = {"accepted": "sent", "refused": "bounced", "deferred": "deferred"}

pytestmark = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs Debian's tools")


def start(tmp, name, *more):
    """A run of 12 s that leaves its results in `tmp`/`name`; (process, folder)."""
    place = tmp / name
    place.mkdir(mode=0o755)
    return launch(place, RUN, "--seconds", "12", *more), place


def count(log):
    """(host, status word) counts of the log, by the plainest of patterns."""
    found = collections.Counter()
    for line in log.read_text("ascii").splitlines():
        match = re.search(r" relay=([^\[,]+)\[.* status=(\w+) \(", line)
        if match:
            found[match[1], match[2]] += 1
    return found


def check_counts(place):
    truth = json.loads((place / "out" / "truth.json").read_text("ascii"))
    found = count(place / "out" / "mail.log")
    for provider in (*truth["providers"].values(), truth["home"]):
        for outcome, word in WORDS.items():
            assert provider[outcome] == found.pop((provider["host"], word), 0), provider["host"]
    assert not found
    return truth


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two runs at the same time, with different stamps."""
    tmp = tmp_path_factory.mktemp("lab")
    one, two = start(tmp, "one"), start(tmp, "two", "--seed", "7", "--stamps", "iso")
    seen = follow(one[0], two[0])
    skip_without_network(one[1])
    return one, two, seen


def test_both_runs_succeed(pair):
    for process, place in pair[:2]:
        assert process.returncode == 0, said(place)


def test_truth_agrees_with_the_log(pair):
    for _, place in pair[:2]:
        truth = check_counts(place)
        assert truth["clients"]["sent"] > 100
        assert truth["clients"]["failed"] == 0


def test_the_block_and_the_surge_are_in_it(pair):
    truth = check_counts(pair[0][1])
    paths = truth["providers"]["google"]["sources"]
    assert paths["out-b"]["why"]["block"] > 0
    assert "block" not in paths["out-a"]["why"] and "block" not in paths["out-c"]["why"]
    assert truth["logins"][truth["hijacked"]]["recipients"] > 100
    log = (pair[0][1] / "out" / "mail.log").read_text("ascii")
    assert "sasl_username=" + truth["hijacked"] in log
    assert "[127.0.0.12] The IP you're using to send mail is not authorized" in log


def test_stamps(pair):
    lines = [(place / "out" / "mail.log").read_text("ascii").splitlines()
             for _, place in pair[:2]]
    assert all(re.match(r"[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \S+ postfix/", one)
               for one in lines[0])
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d \S+ postfix/", one)
               for one in lines[1])


def test_nothing_is_left(pair):
    assert len(pair[2]) > 20  # Postfix was among them
    assert not alive(pair[2])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_stops_all(tmp_path, number):
    process, place = start(tmp_path, "stopped")
    try:
        until_mail_flows(process, place)
        seen = family(process.pid)
        process.send_signal(number)
        assert process.wait(20) == 128 + number
    finally:
        process.kill()
        process.wait()
    assert len(seen) > 5
    assert not alive(seen)
    assert not (place / "out" / "truth.json").exists()


@pytest.fixture(scope="module")
def story(todoku, tmp_path_factory):
    """One run with the daemon beside it, in which the block lasts 8 s: (process, place, pids)."""
    place = tmp_path_factory.mktemp("story")
    place.chmod(0o755)
    process = launch(place, DEMO, "--todoku", str(todoku), "--seconds", "30", "--block", "8")
    seen = follow(process)
    skip_without_network(place)
    return process, place, seen


def result(place, name):
    return json.loads((place / "out" / name).read_text("ascii"))


def told(place):
    """(epoch seconds, title, Slack message) of what the receiver got."""
    lines = (place / "out" / "messages.jsonl").read_text("ascii").splitlines()
    kept = [json.loads(line) for line in lines]
    return [(one["at"], one["body"]["blocks"][0]["text"]["text"], one["body"]) for one in kept]


def test_the_daemon_tells_of_the_block_and_of_its_end(story):
    process, place, _ = story
    assert process.returncode == 0, said(place)
    truth = result(place, "truth.json")
    blocks = [one for one in told(place) if "Blocked" in one[1]]
    assert [title for _, title, _ in blocks] == ["[critical] Blocked: relay/out-b → google",
                                                 "[closed] Blocked: relay/out-b → google"]
    assert truth["block_began"] < blocks[0][0] < truth["block_began"] + 60
    assert truth["block_ended"] < blocks[1][0]
    message = json.dumps(blocks[0][2])
    assert "gmail-smtp-in.l.google.com" in message and "127.0.0.12" in message


def test_the_story_is_shown(story):
    shown = said(story[1])
    for words in ("todoku run: follows", "google blocks out-b from now on", "after the block began",
                  "● Blocked  relay/out-b → google", "Slack message received:",
                  "google takes mail of out-b again", "after the block was lifted"):
        assert words in shown, shown


def test_no_other_path_is_blocked_in_the_story(story):
    found = result(story[1], "incidents.json")
    assert {(one["source"], one["provider"]) for one in found if one["kind"] == "block"} == \
        {("out-b", "google")}
    assert {one["login"] for one in found if one["kind"] == "surge"} == {"hayashi@shop5.example"}


def test_truth_agrees_with_the_log_and_the_report_of_the_story(story, run):
    place = story[1]
    truth = check_counts(place)
    path = truth["providers"]["google"]["sources"]["out-b"]
    assert path["before"]["accepted"] and path["lifted"]["accepted"] and path["why"]["block"]
    done = run("report", "--format", "json", place / "out" / "mail.log")
    block, = [one for one in json.loads(done.stdout)["incidents"] if one["kind"] == "block"]
    assert (block["source"], block["provider"], block["hits"]) == \
        ("out-b", "google", path["why"]["block"])
    assert block["closed"]


def test_nothing_is_left_of_the_story(story):
    _, place, seen = story
    assert len(seen) > 20 and not alive(seen)
    assert not (place / "out" / "state").exists()
    assert "Sanitizer" not in (place / "out" / "todoku.log").read_text("utf-8")


def test_a_signal_in_the_middle_stops_the_story(todoku, tmp_path):
    process = launch(tmp_path, DEMO, "--todoku", str(todoku), "--seconds", "30")
    tmp_path.chmod(0o755)
    try:
        until_mail_flows(process, tmp_path)
        seen = family(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
    finally:
        process.kill()
        process.wait()
    assert len(seen) > 5 and not alive(seen)


def test_wrong_block_is_said_clearly(tmp_path):
    process = launch(tmp_path, RUN, "--seconds", "24", "--block", "10")
    assert process.wait(60) == 2
    assert "--block must be between 1 and 10" in said(tmp_path)
    assert not (tmp_path / "out").exists()


def test_wrong_folder_is_said_clearly(tmp_path):
    target = tmp_path / "file"
    target.write_text("")
    done = subprocess.run([sys.executable, str(RUN), "--dir", str(target / "x")],
                          capture_output=True, text=True, timeout=60, check=False,
                          env=os.environ | {"LC_ALL": "C"})
    assert done.returncode == 1
    assert "to do: choose another folder with --dir" in done.stderr
