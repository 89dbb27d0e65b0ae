# SPDX-License-Identifier: Apache-2.0
"""Logs that attack whoever reads the report: nothing raw reaches a terminal, a page or a program."""

import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from log_lines import BLOCK, START, life, lives

# Control bytes but the newline, C1, and what turns the direction of text.
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
EVIL = ("\x1b[2J\x1b]0;owned\x07", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\u202egpj.exe",
        "\x9b31m", "`rm -rf`", "</pre><h1>gone</h1>", "javascript:alert(1)", "&lt;b&gt;", "%s%n", "'; DROP TABLE x; --")


def hostile_log():
    """Every text that a stranger can put into a log holds something evil."""
    lines = lives(30)
    for i, evil in enumerate(EVIL):
        reply = f"554 5.7.1 {evil} blocked using zen.spamhaus.org; https://evil.example/?{evil}"
        text = life(100 + i, START, reply, domain="small.example", login=f"user{evil}")
        text = text.replace("c.example[", f"{evil}[").replace("<a@c.example>", f"<a{evil}@c.example>")
        lines += text + life(200 + i, START, f"550 {evil} words nobody knows", domain=f"x{i}.example")
        lines += f"{START.isoformat()} relay1 postfix/smtpd[1]: {evil} is nothing that Postfix says\n"
        lines += f"{START.isoformat()} relay{evil} {evil}[1]: text\n"
    return lines.encode("utf-8") + b"\x00\x00\n\xff\xfe\xfd relay \xc0\x80\n" + b"\xed\xa0\x80" * 20 + b"\n"


class Page(HTMLParser):
    """Collects what a browser would act upon."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.links, self.handlers, self.words = [], [], [], [], ""
        self.inside = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.inside = tag
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [value for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts.append(data)
        self.words += data


@pytest.fixture
def hostile(run, tmp_path):
    """hostile(FORMAT) -> the report of the hostile log."""
    (tmp_path / "mail.log").write_bytes(hostile_log())

    def call(form, *arguments, **more):
        done = run("report", "--format", form, "--output", "out", *arguments, "mail.log", **more)
        assert done.returncode == 0 and done.stdout == done.stderr == ""
        return (tmp_path / "out").read_bytes().decode("utf-8", "strict")

    return call


def test_text_has_no_raw_control_byte(hostile):
    text = hostile("text")
    assert "spamhaus" in text and not RAW.search(text)
    assert hostile("text", env={"LC_ALL": "C"}).isascii()


def test_colour_is_the_only_escape(hostile):
    text = re.sub("\x1b\\[[0-9;]*m", "", hostile("text", "--color", "always"))
    assert not RAW.search(text)


def test_page_runs_nothing_of_the_log(hostile, run, tmp_path):
    page = Page(hostile("html"))
    (tmp_path / "fine.log").write_text(lives(3))
    fine = Page(run("report", "--format", "html", "fine.log").stdout)
    assert page.handlers == [] and page.scripts == fine.scripts
    assert not {"img", "iframe", "object", "embed", "h1", "form"} & (set(page.tags) - set(fine.tags))
    for link in page.links:
        assert re.match(r"https?://|#|mailto:", link) and not re.search(r"[<>\"'\s]", link), link
    assert "<script>alert(1)</script>" in page.words


def test_page_has_no_raw_control_byte(hostile):
    assert not RAW.search(hostile("html").replace("\t", ""))


def test_json_is_json(hostile):
    facts = json.loads(hostile("json"))
    assert facts["lines"]["read"] == hostile_log().count(b"\n")
    assert facts["outcomes"]["sent"] == 30 and facts["outcomes"]["bounced"] == 2 * len(EVIL)


def test_a_huge_line_costs_one_line(run, tmp_path):
    with open(tmp_path / "mail.log", "w", encoding="utf-8") as log:
        log.write(lives(10) + f"{START.isoformat()} relay1 postfix/smtpd[1]: connect from ")
        log.write("x" * 10_000_000 + "\n" + lives(10, first=50))
    facts = json.loads(run("report", "--format", "json", "mail.log").stdout)
    assert facts["outcomes"]["sent"] == 20 and facts["lines"]["cut"] == 1
    assert facts["lines"]["read"] == 101


def test_ten_megabytes_without_a_line_end(run):
    done = run("report", "--format", "json", "-", input=b"\x00" * 10_000_000)
    assert done.returncode == 1, "not one line of a mail log: the answer is bad"
    assert json.loads(done.stdout)["lines"]["unknown"] == 1


def test_no_time_and_absurd_times(run):
    lines = lives(5) + "postfix/smtp[1]: no time\n" + "".join(
        f"{stamp} relay1 postfix/qmgr[3]: 3A1B2C3D4E5: removed\n" for stamp in (
            "9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z", "2026-13-45T99:99:99Z", "1970-01-01T00:00:00Z"))
    done = run("report", "--format", "json", "-", input=lines + lives(5, first=50))
    facts = json.loads(done.stdout)
    assert done.returncode == 0 and facts["outcomes"]["sent"] == 10
    assert facts["period"]["last"].startswith("2026-03-02")


def test_tens_of_thousands_of_domains_hide_no_block(run, tmp_path):
    """Paths are bounded; those of listed providers, and of all small domains of a source together, are watched on."""
    log = tmp_path / "many.log"
    with log.open("w", encoding="ascii") as out:
        for i in range(50000):  # two lines a message: what a path needs
            queue_id, mx = f"{0xB0000000000 + i:011X}", f"mx.s{i}.example[198.51.100.7]"
            out.write(f"{START.isoformat()} relay1 postfix/qmgr[3]: {queue_id}: from=<a@c.example>, size=900, nrcpt=1 "
                      "(queue active)\n"
                      f"{START.isoformat()} relay1 postfix/out-a/smtp[4]: {queue_id}: to=<u@s{i}.example>, relay={mx}:25, "
                      "delay=0.5, delays=0.1/0/0.2/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n")
        google = lives(60, BLOCK, step=timedelta(seconds=1), first=100000, domain="gmail.com")
        out.write(google.replace("mx.gmail.com", "gmail-smtp-in.l.google.com").replace("out-a", "out-b"))
        for i in range(60):
            out.write(life(200000 + i, START + timedelta(seconds=i), BLOCK, domain=f"t{i}.example").replace("out-a", "out-c"))
    done = run("report", "--format", "json", str(log))
    blocks = {(one["source"], one["provider"]) for one in json.loads(done.stdout)["incidents"] if one["kind"] == "block"}
    assert blocks == {("out-b", "google"), ("out-c", "other")}
