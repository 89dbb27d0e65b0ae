# SPDX-License-Identifier: Apache-2.0
"""`todoku report` as a user: words on the command line, files of every kind, what goes wrong."""

import bz2
import gzip
import json
import lzma
import os
import pty
import re
import signal
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from conftest import clean_environment
from log_lines import BLOCK, DEAD, START, lives

VERBS = ("report", "trace", "parse", "classify")
COUNTED = ("lines", "records", "attempts", "outcomes", "sli", "providers", "sources", "classes")


@pytest.fixture
def report(run):
    """report(...) -> the report as an object."""

    def call(*arguments, **more):
        done = run("report", "--format", "json", *arguments, **more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


@pytest.fixture
def log(tmp_path):
    """A log in the current folder: 20 accepted, 10 refused, 5 dead."""
    path = tmp_path / "mail.log"
    path.write_text(lives(20) + lives(10, BLOCK, START + timedelta(hours=1), first=100, domain="small.example")
                    + lives(5, DEAD, START + timedelta(hours=2), first=200))
    return path


def raw_zstd(data):
    """A zstd frame of uncompressed blocks."""
    size = 1 << 16
    blocks = [data[i:i + size] for i in range(0, len(data), size)]
    heads = [(len(block) << 3 | (i == len(blocks) - 1)).to_bytes(3, "little") for i, block in enumerate(blocks)]
    return (b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little")
            + b"".join(head + block for head, block in zip(heads, blocks)))


# ---- words ----

@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each_verb(run, verb):
    done = run(verb, "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith(f"Usage: todoku {verb} ")
    for line in done.stdout.splitlines():
        assert len(line) <= 100


def test_help_names_every_verb(run):
    done = run("--help")
    assert done.returncode == 0
    for verb in VERBS:
        assert re.search(rf"^  {verb} +\S", done.stdout, re.MULTILINE)
    bare = run()
    assert bare.returncode == 2 and bare.stdout == "" and bare.stderr == done.stdout


def test_version(run):
    assert re.fullmatch(r"todoku \d+\.\d+\.\d+\n", run("--version").stdout)


@pytest.mark.parametrize("arguments, words", [
    (["resport"], ["no verb \"resport\"", "report"]),
    (["report", "--sinse", "-2h"], ["no option --sinse", "--help"]),
    (["report", "--format"], ["--format needs a value"]),
    (["report", "--format", "xml"], ["text, json or html", "\"xml\""]),
    (["report", "--color", "blue"], ["auto, always or never"]),
    (["report", "--since", "gestern"], ["--since", "\"gestern\"", "2026-03-02 09:00", "-2h", "yesterday"]),
    (["report", "--until", "2026-02-30"], ["--until", "2026-02-30"]),
    (["report", "--until", "25:00"], ["--until", "25:00"]),
    (["report", "--since", "-2"], ["--since", "-2h"]),
    (["report", "--since", ""], ["--since"]),
    (["report", "--latency-target", "60"], ["--latency-target", "90s"]),
    (["report", "--idle", "-1d"], ["--idle", "7d"]),
    (["report", "--min-hits", "0"], ["--min-hits", "1 to"]),
    (["report", "--min-hits", "many"], ["--min-hits", "\"many\""]),
    (["report", "--min-ratio", "1.5"], ["--min-ratio", "0.15"]),
    (["report", "--min-ratio", "nan"], ["--min-ratio", "\"nan\""]),
    (["report", "--max-open", "-5"], ["--max-open"]),
    (["parse", "--format", "json"], ["no option --format"]),
    (["classify", "--format", "html"], ["text or json", "html"]),
    (["trace"], ["KEY"]),
])
def test_wrong_words(run, arguments, words):
    done = run(*arguments)
    assert done.returncode == 2 and done.stdout == ""
    for word in words:
        assert word in done.stderr, done.stderr
    assert "Usage: todoku" in done.stderr


def test_hostile_words_do_not_reach_the_terminal(run):
    for arguments in (["\x1b[31mx"], ["report", "--format", "\x1b[31mx"], ["report", "\x1b[31mx"]):
        done = run(*arguments)
        assert done.returncode in (2, 3) and "\x1b" not in done.stderr + done.stdout


# ---- files ----

def test_a_missing_file_does_not_hide_the_others(run, log):
    done = run("report", "--format", "json", "missing.log", log.name)
    assert done.returncode == 3 and "missing.log: cannot open: No such file" in done.stderr
    assert json.loads(done.stdout)["outcomes"]["sent"] == 20


def test_a_folder_is_no_log(run, log, tmp_path):
    (tmp_path / "logs").mkdir()
    done = run("report", "--format", "json", "logs", log.name)
    assert done.returncode == 3 and "logs: is a directory: name the log files in it" in done.stderr
    assert json.loads(done.stdout)["outcomes"]["sent"] == 20


def test_an_unreadable_file(run, log, tmp_path):
    secret = tmp_path / "secret.log"
    secret.write_text("x")
    secret.chmod(0)
    if os.access(secret, os.R_OK):  # root reads everything; this, nobody can
        secret = "/proc/self/mem"
    done = run("report", "--format", "json", secret, log.name)
    assert done.returncode == 3 and str(secret).rpartition("/")[2] in done.stderr
    assert json.loads(done.stdout)["outcomes"]["sent"] == 20


def test_a_broken_archive_gives_what_came_before(run, log, tmp_path):
    whole = gzip.compress(lives(2000, first=5000, start=START - timedelta(days=3)).encode())
    (tmp_path / "mail.log.1.gz").write_bytes(whole[:len(whole) // 2])
    done = run("report", "--format", "json", "mail.log", "mail.log.1.gz")
    assert done.returncode == 3
    assert re.search(r"mail\.log\.1\.gz: .*ends too early", done.stderr)
    assert 20 < json.loads(done.stdout)["outcomes"]["sent"] < 2020


def test_garbage_in_an_archive(run, log, tmp_path):
    (tmp_path / "mail.log.1.gz").write_bytes(gzip.compress(b"")[:10] + os.urandom(500))
    done = run("report", "--format", "json", "mail.log", "mail.log.1.gz")
    assert done.returncode == 3 and "mail.log.1.gz" in done.stderr
    assert json.loads(done.stdout)["outcomes"]["sent"] == 20


def test_an_empty_log_is_no_error(run, tmp_path):
    (tmp_path / "mail.log").write_text("")
    done = run("report", "mail.log")
    assert done.returncode == 0 and done.stderr == "" and "No lines were read" in done.stdout
    assert json.loads(run("report", "--format", "json", "mail.log").stdout)["lines"]["read"] == 0
    assert run("report", "--format", "html", "mail.log").stdout.startswith("<!")


def test_standard_input(report, log):
    assert report("-", input=log.read_bytes()) == report(log.name)
    packed = report("-", input=gzip.compress(log.read_bytes()))
    assert packed == report(log.name)


@pytest.mark.parametrize("ending, pack", [
    ("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress), ("zst", raw_zstd)])
def test_rotated_logs_in_any_order(report, tmp_path, ending, pack):
    days = [lives(300, first=1000 * (day + 1), start=START + timedelta(days=day)) for day in range(3)]
    (tmp_path / "whole.log").write_text("".join(days))
    (tmp_path / f"mail.log.2.{ending}").write_bytes(pack(days[0].encode()))
    (tmp_path / "mail.log.1").write_text(days[1])
    (tmp_path / "mail.log").write_text(days[2])
    names = ["mail.log", "mail.log.1", f"mail.log.2.{ending}"]
    whole = report("whole.log")
    assert whole["outcomes"]["sent"] == 900 and whole["messages"] == 900
    assert report(*names) == report(*names[::-1]) == whole


def test_a_message_that_lives_across_the_rotation(report, tmp_path):
    lines = lives(1).splitlines(keepends=True)
    (tmp_path / "mail.log.1").write_text("".join(lines[:3]))
    (tmp_path / "mail.log").write_text("".join(lines[3:]))
    whole = report("mail.log", "mail.log.1")
    assert whole["messages"] == 1 and whole["outcomes"]["sent"] == 1 and whole["outcomes"]["lost"] == 0


def test_crlf_is_a_line_end(report, log, tmp_path):
    (tmp_path / "dos.log").write_bytes(log.read_bytes().replace(b"\n", b"\r\n"))
    plain, dos = report(log.name), report("dos.log")
    for name in COUNTED:
        assert plain[name] == dos[name]


# ---- window ----

def cut(text, since, until):
    """The lines with a stamp in the window."""
    return "".join(line for line in text.splitlines(keepends=True)
                   if since <= datetime.fromisoformat(line.split()[0]) < until)


@pytest.mark.parametrize("since, until", [(60, 70), (0, 65), (55, 500), (119, 122), (300, 400)])
def test_a_window_counts_as_a_log_cut_to_it(report, log, tmp_path, since, until):
    begin, end = (START + timedelta(minutes=m) for m in (since, until))
    (tmp_path / "cut.log").write_text(cut(log.read_text(), begin, end))
    window = report("--since", f"{begin:%Y-%m-%d %H:%M}", "--until", f"{end:%Y-%m-%dT%H:%M:%SZ}", log.name)
    alone = report("cut.log")
    assert window["lines"].pop("outside") == log.read_text().count("\n") - alone["lines"]["read"]
    assert alone["lines"].pop("outside") == 0
    for name in COUNTED:
        assert window[name] == alone[name], name


def test_times_as_people_write_them(report, tmp_path):
    now = datetime.now(timezone.utc).replace(microsecond=0)
    today = now.replace(hour=0, minute=0, second=0)
    ages = [today - timedelta(hours=36), today - timedelta(hours=12), now - timedelta(minutes=30)]
    text = "".join(lives(1, first=i + 1, start=when) for i, when in enumerate(ages))
    (tmp_path / "mail.log").write_text(text)

    def sent(*arguments):
        return report(*arguments, "mail.log")["outcomes"]["sent"]

    assert sent() == 3
    assert sent("--since", "-1h") == sent("--since", "-1h30m") == 1
    assert sent("--since", "yesterday", "--until", "today") == (1 if ages[2] >= today else 2)
    assert sent("--until", "now") == 3
    assert sent("--since", f"{ages[1]:%Y-%m-%d}") == 2
    assert sent("--since", f"{ages[2]:%Y-%m-%dT%H:%M:%SZ}") == 1
    assert sent("--since", f"{ages[2]:%Y-%m-%dT%H:%M:%S}+00:00") == 1
    assert sent("--since", "-3d", "--until", "-20m") == 3


def test_local_times_are_local(report, tmp_path):
    (tmp_path / "mail.log").write_text(lives(1))
    tokyo = {"TZ": "Asia/Tokyo"}
    assert report("--since", "2026-03-02 18:59", "mail.log", env=tokyo)["outcomes"]["sent"] == 1
    assert report("--since", "2026-03-02 19:01", "mail.log", env=tokyo)["outcomes"]["sent"] == 0


def test_an_incident_before_the_window_is_left_out(report, log, tmp_path):
    later = lives(60, start=START + timedelta(hours=3), first=300, domain="small.example")
    log.write_text(log.read_text() + later)
    assert [i["kind"] for i in report(log.name)["incidents"]] == ["block"]
    assert report("--since", "2026-03-02 13:10", log.name)["incidents"] == []


# ---- output ----

def test_formats_tell_the_same(run, report, log):
    text, page, facts = run("report", log.name), run("report", "--format", "html", log.name), report(log.name)
    assert text.returncode == page.returncode == 0
    assert page.stdout.startswith("<!DOCTYPE html>") and page.stdout.rstrip().endswith("</html>")
    assert (facts["outcomes"]["sent"], facts["outcomes"]["bounced"]) == (20, 15)
    for words in ("small.example", "mail.example", "zen.spamhaus.org", "35 recipients"):
        assert words in text.stdout and words in page.stdout, words
    incident, = facts["incidents"]
    assert (incident["kind"], incident["hits"], incident["closed"]) == ("block", 10, None)
    assert max(map(len, text.stdout.splitlines())) <= 100


def test_output_file_is_written_whole_or_not(run, log, tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old")
    assert run("report", "--format", "html", "--output", target, log.name).stdout == ""
    assert target.read_text().rstrip().endswith("</html>")
    done = run("report", "--output", tmp_path / "none" / "x.html", log.name)
    assert done.returncode == 3 and "none/x.html" in done.stderr
    done = run("report", "--output", tmp_path, log.name)
    assert done.returncode == 3 and "directory" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mail.log", "report.html"]


@pytest.mark.parametrize("arguments", [
    ["report"], ["report", "--format", "json"], ["report", "--format", "html"], ["parse"]])
def test_a_full_disk(todoku, log, arguments):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([todoku, *arguments, log], stdout=full, stderr=subprocess.PIPE, timeout=30,
                              env=clean_environment(), check=False)
    assert done.returncode == 3 and b"No space left on device" in done.stderr


def test_a_full_disk_for_the_output_file(run, log):
    done = run("report", "--output", "/dev/full", log.name)
    assert done.returncode == 3 and "/dev/full" in done.stderr and "No space left" in done.stderr


@pytest.mark.parametrize("arguments", [["report", "--format", "json"], ["parse"], ["--help"]])
def test_a_closed_pipe_is_quiet(todoku, tmp_path, arguments):
    path = tmp_path / "mail.log"
    path.write_text(lives(3000))
    files = [] if arguments == ["--help"] else [path]
    reader, writer = os.pipe()
    os.close(reader)  # before it starts: a short text would else be gone before the reader is
    done = subprocess.run([todoku, *arguments, *files], stdout=writer, stderr=subprocess.PIPE, timeout=30,
                          env=clean_environment(), check=False)
    os.close(writer)
    assert done.returncode == -signal.SIGPIPE and done.stderr == b""


def on_terminal(todoku, arguments, **env):
    """What the program writes to a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([todoku, *arguments], stdin=subprocess.DEVNULL, stdout=follower,
                               stderr=subprocess.DEVNULL, env=clean_environment(**env))
    os.close(follower)
    text = b""
    try:
        while piece := os.read(leader, 65536):
            text += piece
    except OSError:  # the terminal is gone: the program has ended
        pass
    os.close(leader)
    assert process.wait(30) == 0
    return text.decode()


def test_colour(run, todoku, log):
    assert "\x1b" not in run("report", log.name).stdout
    assert "\x1b[" in run("report", "--color", "always", log.name).stdout
    assert "\x1b[" in on_terminal(todoku, ["report", log])
    assert "\x1b" not in on_terminal(todoku, ["report", "--color", "never", log])
    assert "\x1b" not in on_terminal(todoku, ["report", log], NO_COLOR="1")
    assert "\x1b[" in on_terminal(todoku, ["report", log], NO_COLOR="")
    assert "\x1b" not in run("report", "--format", "json", "--color", "always", log.name).stdout


def test_plain_ascii_where_the_language_wants_it(run, log):
    assert run("report", log.name, env={"LC_ALL": "C"}).stdout.isascii()


# ---- an operator's rules and providers ----

def test_own_rules_win(report, log, tmp_path):
    (tmp_path / "own.rules").write_text(
        "rule own-unknown\nclass policy\nscope recipient\naction tell-support\ntier phrase\nmatch \\buser unknown\\b\n")
    before, after = report(log.name), report("--rules", "own.rules", log.name)
    assert {c["class"]: c["attempts"] for c in before["classes"]} == {"block_ip": 10, "addr_dead": 5}
    assert {c["class"]: c["attempts"] for c in after["classes"]} == {"block_ip": 10, "policy": 5}


@pytest.mark.parametrize("text, line, words", [
    ("rule own\nclass block_ipp\ntier phrase\nmatch x\n", 2, ["class", "addr_dead", "block_ipp"]),
    ("rule own\nclazz block_ip\n", 2, ["expected a key", "clazz"]),
    ("rule own\nclass policy\ntier phrase\nmatch foo(\n", 4, ["regular expression", "foo("]),
    ("class policy\n", 1, ["rule NAME"]),
    ("rule own\nclass policy\ntier phrase\nmatch x\ncode 9999\n", 5, ["code", "9999"]),
    ("rule own\nclass policy\ntier phrase\nmatch x\nsince yesterday\n", 5, ["yesterday"]),
])
def test_broken_rules(run, log, tmp_path, text, line, words):
    (tmp_path / "own.rules").write_text(text)
    done = run("report", "--rules", "own.rules", log.name)
    assert done.returncode == 3 and done.stdout == ""
    for word in (f"own.rules: line {line}: ", "expected", *words):
        assert word in done.stderr, done.stderr


def test_own_providers(report, log, tmp_path):
    (tmp_path / "own.tsv").write_text(
        "# ours\nlittle-one\tmx.small.example\tsmall.example\tLittle One\thttps://s.example/\n")
    known = {p["provider"]: p["known"] for p in report("--providers", "own.tsv", log.name)["providers"]}
    assert known["little-one"] is True and "small.example" not in known
    known = {p["provider"]: p["known"] for p in report(log.name)["providers"]}
    assert known["small.example"] is False


@pytest.mark.parametrize("text, words", [
    ("little-one mx.small.example\n", ["line 1", "tabs"]),
    ("# fine\nlittle one\tmx.small.example\t-\n", ["line 2", "a-z", "little one"]),
    ("x\tmx.small.example\t-\tX\tjavascript:alert(1)\n", ["line 1", "http"]),
])
def test_broken_providers(run, log, tmp_path, text, words):
    (tmp_path / "own.tsv").write_text(text)
    done = run("report", "--providers", "own.tsv", log.name)
    assert done.returncode == 3 and done.stdout == ""
    for word in ("own.tsv", *words):
        assert word in done.stderr, done.stderr


@pytest.mark.parametrize("option", ["--rules", "--providers"])
def test_missing_rules_and_providers(run, log, option):
    done = run("report", option, "none.here", log.name)
    assert done.returncode == 3 and done.stdout == ""
    assert done.stderr.count("none.here") == 1 and "No such file" in done.stderr


# ---- settings ----

def test_thresholds(report, tmp_path):
    (tmp_path / "mail.log").write_text(lives(4, BLOCK))
    assert len(report("mail.log")["incidents"]) == 1
    assert report("--min-hits", "5", "mail.log")["incidents"] == []
    assert report("--min-ratio", "0.9", "mail.log")["incidents"] == []
    assert report("--latency-target", "100s", "mail.log")["sli"]["latency"]["target_s"] == 100


def test_the_cap_on_open_messages_is_told(report, tmp_path):
    (tmp_path / "mail.log").write_text(lives(50, "450 4.2.0 later"))
    assert report("mail.log")["outcomes"]["open"] == 50
    capped = report("--max-open", "10", "mail.log")
    assert capped["flushed"] == 40
    assert capped["outcomes"]["open"] + capped["outcomes"]["lost"] == 50


def test_full_mailboxes(run):
    """Refused in the session, or returned later: each form tells both."""
    refused = ("2026-03-02T{}:00+00:00 mx1 postfix/smtpd[11]: NOQUEUE: reject: RCPT from mail.example.net[192.0.2.9]: 552 5.2.2 "
               "<taro@jp.test>: Recipient address rejected: full; from=<a@example.net> to=<taro@jp.test> proto=ESMTP helo=<x>\n")
    returned = ("2026-03-02T08:10:00+00:00 mx1 postfix/lmtp[12]: 4ABCDEF0001: to=<<b>@jp.test>, relay=mb1.jp.test[192.0.2.20]:24, delay=1, "
                "delays=0/0/0/1, dsn=5.2.2, status=bounced (host mb1.jp.test[192.0.2.20] said: 552 5.2.2 Quota exceeded)\n")
    text = refused.format("08:00") + refused.format("08:05") + returned
    full = json.loads(run("report", "--format", "json", "-", input=text).stdout)["full_mailboxes"]
    assert (full["refused_at_rcpt"], full["refused_at_end"], full["bounced"], full["distinct"]) == (2, 0, 1, 2)
    assert [(row["address"], row["full_since"]) for row in full["mailboxes"]] == [
        ("taro@jp.test", "2026-03-02T08:00:00Z"), ("<b>@jp.test", "2026-03-02T08:10:00Z")]
    shown = run("report", "-", input=text).stdout
    assert "FULL MAILBOXES" in shown and "2 refused while the sender waited, 1 returned after they were taken" in shown
    page = run("report", "--format", "html", "-", input=text).stdout
    assert "Full mailboxes" in page and "&lt;b&gt;@jp.test" in page and "<b>@jp" not in page
