# SPDX-License-Identifier: Apache-2.0
"""Slips that people make on a command line: what they are told leads on."""

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from log_lines import lives


@pytest.mark.parametrize("arguments, words", [
    (["statsu"], ["no verb \"statsu\"", "did you mean status?"]),
    (["help", "stauts"], ["did you mean status?"]),
    (["quxx"], ["no verb \"quxx\"", "todoku --help"]),
    (["--config", "x", "status"], ["no option \"--config\"", "the verb comes first"]),
    (["report", "--sicne", "-1h"], ["no option --sicne", "did you mean --since?"]),
    (["report", "--sicne=-1h"], ["no option --sicne", "did you mean --since?"]),
    (["report", "-since", "-1h"], ["no option -since", "did you mean --since?"]),
    (["report", "--json"], ["no option --json", "did you mean --format json?"]),
    (["report", "--mi", "3"], ["--min-hits or --min-ratio"]),
    (["report", "--no-history=1"], ["--no-history takes no value"]),
    (["report", "--format", "jsno"], ["text, json or html", "did you mean json?"]),
    (["status", "--color", "alway"], ["auto, always or never", "did you mean always?"]),
    (["trace", "--quue", "a@b.example"], ["did you mean --queue?"]),
    (["classify", "--format", "txt"], ["did you mean text?"]),
    (["parse", "--hlep"], ["no option --hlep", "did you mean --help?"]),
    (["config", "chekc"], ["check, dump, example, postfix, nginx and dovecot", "did you mean check?"]),
    (["config", "--format", "ymal", "dump"], ["did you mean yaml?"]),
    (["incident", "lsit"], ["did you mean list?"]),
    (["silence", "ad", "--all", "--for", "1h"], ["did you mean add?"]),
    (["silence", "add", "--kind", "blok", "--for", "1h"], ["no kind of incident \"blok\"", "did you mean block?"]),
    (["silence", "add", "--kind", "qqqq", "--for", "1h"], ["no kind of incident \"qqqq\"", "man todoku-silence"]),
    (["silence", "add", "--provder", "docomo", "--for", "1h"], ["did you mean --provider?"]),
    (["silence", "add", "--all", "--until", "2h"], ["--until: \"2h\" is how long, not when", "-2h or +2h"]),
    (["silence", "add", "--all", "--for", "2h", "--from", "1h"], ["--from: \"1h\"", "+1h"]),
    (["report", "--since", "soon"], ["--since: \"soon\" is no time", "-2h"]),
    (["report", "--since", "2026-03-02", "10:00", "mail.log"], ["10:00 is a time and no file", "\"2026-03-02 10:00\""]),
    (["trace", "--since", "2026-03-02", "10:00", "a@b.example"], ["10:00 is a time and no file"]),
    (["trace", "a@b.example", "--since", "2026-03-02", "10:00:30"], ["10:00:30 is a time and no file"]),
    (["run", "mail.log"], ["not \"mail.log\"", "-c FILE is the configuration", "logs:"]),
    (["silence", "add", "--all", "--until", "2026-03-02 01:00"], ["--until: 2026-03-02 01:00 has passed; write a later time, such as +2h, or --for 2h"]),
    (["account", "suspend", "taro", "--until", "2026-03-02 01:00"], ["--until: 2026-03-02 01:00 has passed"]),
    (["limit", "set", "taro", "user-hour", "5", "--until", "2026-03-02 01:00"], ["--until: 2026-03-02 01:00 has passed"]),
    (["route", "set", "docomo", "--hold", "--until", "2026-03-02 01:00"], ["--until: 2026-03-02 01:00 has passed"]),
    (["silence", "add", "docomo", "--for", "1h"], ["not \"docomo\"", "--provider"]),
])
def test_what_was_meant(run, arguments, words):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    for word in words:
        assert word in done.stderr
    assert "Usage: todoku" in done.stderr


def test_the_help_of_a_verb(run):
    assert run("help", "status").stdout == run("status", "--help").stdout
    assert run("help").stdout == run("--help").stdout
    assert run("version").stdout == run("--version").stdout


def test_only_verbs_that_read_logs_say_what_a_log_is(run):
    verbs = re.findall(r"^  ([a-z]+) ", run("--help").stdout, re.M)
    said = {verb for verb in verbs if "LOG is a file" in run(verb, "--help").stdout}
    assert said == {"report", "trace", "replay", "parse"}


@pytest.mark.parametrize("verb", ["account", "config", "incident", "limit", "queue", "report", "route", "silence", "status", "trace"])
def test_help_names_the_options_of_the_manual(run, verb):
    manual = (Path(__file__).parents[2] / f"man/todoku-{verb}.1").read_text()
    said = run(verb, "--help").stdout
    for option in set(re.findall(r"^\.It (?:Fl \w , )?Fl Fl ([a-z-]+)", manual, re.MULTILINE)) - {"help"}:
        assert f"--{option}" in said


@pytest.mark.parametrize("word", ["1h", "-1h", "1h ago", " 1h"])
def test_an_hour_ago_may_be_written_so(run, word):
    """What is read is the past: a duration alone is before now."""
    now = datetime.now(timezone.utc)
    text = lives(1, start=now - timedelta(hours=3)) + lives(2, start=now - timedelta(minutes=30), first=2)

    def sent(*arguments):
        return json.loads(run("report", *arguments, "--format", "json", "-", input=text).stdout)["outcomes"]["sent"]
    assert (sent(), sent("--since", word), sent("--until", word)) == (3, 2, 1)
    traced = run("trace", "--since", word, "--format", "json", "@mail.example", "-", input=text)
    assert len(json.loads(traced.stdout)["messages"]) == 2
    assert run("incident", "list", "--since", word, "--socket", "/nowhere").returncode == 3  # asked, not refused


def test_a_domain_is_asked_with_its_at(run):
    done = run("trace", "mail.example", "-", input=lives(2))
    assert done.returncode == 1 and "todoku trace @mail.example" in done.stdout
    assert "trace @" not in run("trace", "bob", "-", input=lives(2)).stdout
    assert "2 messages" in run("trace", "@mail.example", "-", input=lives(2)).stdout


def test_a_log_is_no_list_of_replies(run):
    done = run("classify", "-", input=lives(2))
    assert len(done.stdout.splitlines()) == 10 and "todoku report reads logs" in done.stderr
    assert run("classify", "-", input="550 5.1.1 unknown\n2026 is no year of a stamp\n").stderr == ""
