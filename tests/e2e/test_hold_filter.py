# SPDX-License-Identifier: Apache-2.0
"""hold.pcre as Postfix' own matcher reads it: what the reply rules call a block or a limit becomes a deferral with its
text as it was, all else stays. Every reply that the rules quote, `example` and `not` alike, is looked up in the form in
which Postfix asks its smtp_delivery_status_filter, and compared with what todoku classify says of the same line.
"""

import json
import re
import subprocess

import pytest

from postfix_tools import LIMIT, tools_in

HELD = {"block_ip", "block_domain", "rate", "rate_rcpt"}
COMMANDS = {"rcpt": "RCPT TO", "mail": "MAIL FROM", "data": "DATA", "eod": "end of DATA", "ehlo": "EHLO",
            "auth": "AUTH", "starttls": "STARTTLS", "": "RCPT TO"}
EXAMPLE = re.compile(r"(?P<kind>example|not) (?:\{(?P<facts>[^}]*)\} )?(?P<text>.*)")
CODE = re.compile(r"(?<!\S)([245])\d\d[ -]")
DSN = re.compile(r"(?<!\S)[245]\d\d[ -]#?([245]\.\d{1,3}\.\d{1,3})\b")


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    return tools_in(tmp_path_factory.mktemp("postfix"))


@pytest.fixture(scope="module")
def table(todoku, tmp_path_factory):
    return written(todoku, tmp_path_factory.mktemp("state"))


def written(todoku, folder, more=""):
    config = folder / "todoku.yaml"
    config.write_text(f"state: {folder}\ncontrol: {folder}/control.sock\n{more}")
    done = subprocess.run([todoku, "config", "postfix", "--write", "-c", config], capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "postfix" / "hold.pcre"


def key_of(text, stage="", host="mx.provider.example"):
    """The question of Postfix for a reply that refuses for ever; None for one that does not."""
    codes = CODE.findall(text)
    if not codes or codes[-1] != "5" or stage not in COMMANDS:
        return None
    dsn = ([own for own in DSN.findall(text) if own[0] == "5"] or ["5.0.0"])[-1]
    return f"{dsn} host {host or 'mx.provider.example'}[192.0.2.9] said: {text} (in reply to {COMMANDS[stage]} command)"


def examples(root):
    """(kind, class of the rule, key) of the whole file; of rules that hold today."""
    class_, dated = "", False
    for line in (root / "data" / "replies.rules").read_text("utf-8").splitlines():
        word, _, value = line.partition(" ")
        if word == "rule":
            dated = False
        elif word == "class":
            class_ = value
        elif word == "until":
            dated = True
        elif (found := EXAMPLE.fullmatch(line)) and not dated:
            facts = dict(pair.split("=", 1) for pair in (found["facts"] or "").split())
            if "time" in facts or "code" in facts or "dsn" in facts:
                continue
            if key := key_of(found["text"], facts.get("stage", ""), facts.get("relay", "")):
                yield found["kind"], class_, key


def classes(todoku, keys, *options):
    """What todoku classify makes of the same lines."""
    lines = "".join(json.dumps({"text": key.partition(" ")[2], "dsn": key.partition(" ")[0]}) + "\n" for key in keys)
    done = subprocess.run([todoku, "classify", *options, "-"], input=lines, capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["class"] for line in done.stdout.splitlines()]


def answer(found, key):
    """What Postfix goes on with: the answer of the table, else what it asked with."""
    return found.get(key, key)


def expected(class_, key):
    return "4" + key[1:] if class_ in HELD else key


def test_every_example_of_every_rule(todoku, root, tools, table):
    rows = list(examples(root))
    keys = list(dict.fromkeys(key for _, _, key in rows))
    found = tools.look_up(f"pcre:{table}", keys)
    verdicts = dict(zip(keys, classes(todoku, keys)))
    held = sum(kind == "example" and class_ in HELD for kind, class_, _ in rows)
    stay = sum(kind == "example" and class_ not in HELD for kind, class_, _ in rows)
    assert held > 100 and stay > 150, (held, stay)
    wrong = [(kind, class_, verdicts[key], answer(found, key)) for kind, class_, key in rows
             if answer(found, key) != expected(verdicts[key], key)
             or (kind == "example" and verdicts[key] != class_)]
    assert not wrong, f"{len(wrong)} of {len(rows)}\n" + "\n".join(map(str, wrong))


def look_up_one(tools, table, key):
    return tools.look_up(f"pcre:{table}", [key]).get(key, key)


SAID = "host mx.provider.example[192.0.2.9] said: "


@pytest.mark.parametrize("key", [
    "2.0.0 250 2.0.0 Ok: queued as 4B; blocked using zen.spamhaus.org",
    "4.7.1 " + SAID + "450 4.7.1 blocked using zen.spamhaus.org (in reply to RCPT TO command)",
    "4.4.1 connect to mx.provider.example[192.0.2.9]:25: Connection refused",
    "5.4.4 unable to look up host blocked-using-zen.spamhaus.org: Host not found",
    "5.4.6 mail for d.example loops back to myself",
    "5.7.1 client blocked using zen.spamhaus.org",
    "5.1.1 " + SAID + "550 5.1.1 <a@d.example>: User unknown (in reply to RCPT TO command)",
    # Names of the other side are none of its words.
    "5.1.1 host blocked-using.zen.spamhaus.org[192.0.2.9] said: 550 5.1.1 User unknown (in reply to RCPT TO command)",
])
def test_what_stays(tools, table, key):
    assert look_up_one(tools, table, key) == key


HOSTILE = (
    "$1 ${1} $(todoku) $$ %s %n \\1 \\n", "/ i 4$1 endif if /x/", "\x1b[2J\x01", "(in reply to RCPT TO command) more",
    "host a[b] said: 250 fine", "'; DROP", "<!channel> *x* <http://x|y>", "届きません", "#5.7.1", "(*COMMIT)(?R)")


@pytest.mark.parametrize("text", HOSTILE)
def test_the_text_stays_as_it_was(tools, table, text):
    key = f"5.7.1 {SAID}550 5.7.1 {text} blocked using zen.spamhaus.org {text} (in reply to RCPT TO command)"
    assert look_up_one(tools, table, key) == "4" + key[1:]


def test_several_lines_and_no_enhanced_code(tools, table):
    for key in (f"5.7.1 {SAID}550-5.7.1 Client host 550-5.7.1 [192.0.2.1] 550-5.7.1 blocked 550 5.7.1 using zen.spamhaus.org"
                " (in reply to RCPT TO command)",
                f"5.0.0 {SAID}554 Client host [192.0.2.1] blocked using zen.spamhaus.org (in reply to end of DATA command)"):
        assert look_up_one(tools, table, key) == "4" + key[1:]


def test_a_reply_made_to_be_slow(tools, table):
    """Each line gives up after its steps: the answer comes, whatever it is, and whole."""
    for text in ("user recipient mailbox ip " * 150, "a" * 4000, "sender domain (" * 250, "1.2.3.4 " * 500):
        key = f"5.7.1 {SAID}550 5.7.1 {text}(in reply to RCPT TO command)"
        done = tools.run("postmap", "-q", "-", f"pcre:{table}", input=key + "\n")
        assert done.returncode in (0, 1), done.stderr
        assert done.stdout in ("", f"{key}\t{key}\n", f"{key}\t4{key[1:]}\n")


OWN = r"""
rule own-slash
class block_ip
tier phrase
match (shut)/(out) a[/]b \/ c
example 550 shut/out a/b / c

rule own-not-a-block
class policy
tier list
match blocked using (zen)\.spamhaus\.org
unless at our (place)
example 550 blocked using zen.spamhaus.org

rule own-shut-for-google
class block_ip
tier token
provider google
code 554 571
stage eod
match go away
example {stage=eod relay=mx.google.com} 554 go away

rule own-codes
class rate
tier dsn
dsn 5.9.990-5.9.999
example 550 5.9.995 what

rule own-past
class block_ip
tier token
until 2020-01-01
match of the past
example {time=2019-01-01} 550 of the past
"""


def test_rules_of_an_operator(todoku, tools, tmp_path):
    (tmp_path / "own.rules").write_text(OWN)
    table = written(todoku, tmp_path, f"rules: {tmp_path}/own.rules\n")
    rcpt = " (in reply to RCPT TO command)"
    rows = (("5.1.1", "mx.d.example", "550 5.1.1 shut/out a/b / c" + rcpt, True),
            ("5.1.1", "mx.d.example", "550-5.1.1 shut/out a/b 550 5.1.1 / c" + rcpt, True),
            ("5.7.1", "mx.d.example", "550 5.7.1 blocked using zen.spamhaus.org" + rcpt, False),
            ("5.7.1", "mx.d.example", "550 5.7.1 blocked using zen.spamhaus.org at our place" + rcpt, True),
            ("5.0.0", "mx.google.com", "554 go away (in reply to end of DATA command)", True),
            ("5.0.0", "MX.Google.com", "571 go away (in reply to end of DATA command)", True),
            ("5.0.0", "google.com", "554 go away (in reply to end of DATA command)", True),
            ("5.0.0", "notgoogle.com", "554 go away (in reply to end of DATA command)", False),
            ("5.0.0", "mx.google.com", "552 go away (in reply to end of DATA command)", False),
            ("5.0.0", "mx.google.com", "554 go away" + rcpt, False),
            ("5.9.995", "mx.d.example", "550 5.9.995 what" + rcpt, True),
            ("5.9.99", "mx.d.example", "550 5.9.99 what" + rcpt, False),
            ("5.0.0", "mx.d.example", "550 of the past" + rcpt, False))
    keys = [f"{dsn} host {host}[192.0.2.9] said: {text}" for dsn, host, text, _ in rows]
    found = tools.look_up(f"pcre:{table}", keys)
    for key, (_, _, _, held) in zip(keys, rows):
        assert answer(found, key) == ("4" + key[1:] if held else key)
    verdicts = classes(todoku, keys, "--rules", tmp_path / "own.rules")
    assert [class_ in HELD for class_ in verdicts] == [held for _, _, _, held in rows]


def test_it_is_written_only_when_it_changes(todoku, tmp_path):
    table = written(todoku, tmp_path)
    before = table.stat()
    assert written(todoku, tmp_path).stat().st_mtime_ns == before.st_mtime_ns
    table.write_text("# gone\n")
    assert written(todoku, tmp_path).stat().st_size == before.st_size
