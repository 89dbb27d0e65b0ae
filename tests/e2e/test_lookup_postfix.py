# SPDX-License-Identifier: Apache-2.0
"""Tables as todoku reads them (store/lookup_table.h) beside Postfix' own look-ups: made-up texts, with everything in
them that people and their accidents put there, asked by postmap -q and postalias -q and by todoku.
"""

import random
import subprocess

import pytest

from postfix_tools import LIMIT, tools_in

TEXTS = 2
ROWS = 500
USERS = ["taro", "Jiro", "taro+news", "root", "owner-list", "a.b", "x_y", "o'neil", "日本"]
DOMAINS = ["example.jp", "Example.COM", "sub.example.jp", "l.example"]
JUNK = ["", "   ", "# comment", "   # indented", "lonely", "key:", "un\"balanced value", "\"open value", "\\", "a\\ b c",
        "\t", "x@y\tz", "= =", "\"quoted key\" value", "\"a\\\" b\"@x value", "bad\udcff value", "key bad\udcff"]
ALIAS_JUNK = ["", "  ", "# comment", "no colon", ": nothing", "empty:", "at@example.jp: x", "\"q name\": y", "\"open: x",
              "a:b:c", "two words: x", "\"\": x", "bad\udcff: x"]


@pytest.fixture
def tools(tmp_path):
    return tools_in(tmp_path / "etc", "smtputf8_enable = yes\n")


def ends(chooser, line):
    """A row with what may stand around it; it may go on."""
    if chooser.random() < 0.2:
        cut = line.rfind(" ")
        between = chooser.choice(["", "\n", "# between\n", "   \n"])
        line = line[:cut] + "\n" + between + line[cut:] if cut > 0 else line
    return line + chooser.choice(["\n", "\n", " \n", "\r\n", "\n\n"])


def key_text(chooser):
    rows = []
    for _ in range(ROWS):
        user, domain = chooser.choice(USERS), chooser.choice(DOMAINS)
        key = chooser.choice([f"{user}@{domain}", f"@{domain}", user, domain])
        value = chooser.choice(["mb01", f"{user}@{domain}", "a@b.example, c@d.example", "lmtp:[mb07]:24", "x  y\tz"])
        rows.append(ends(chooser, key + chooser.choice([" ", "\t", "   "]) + value)
                    if chooser.random() < 0.8 else chooser.choice(JUNK) + "\n")
    return "".join(rows)


def alias_text(chooser):
    rows = []
    for _ in range(ROWS):
        name = chooser.choice(USERS) + str(chooser.randrange(120))
        value = chooser.choice(["taro", "taro@example.jp", "a, b", '"|/usr/bin/list"', "/var/mail/x",
                                ":include:/etc/list"])
        rows.append(ends(chooser, f"{name}:" + chooser.choice(["", " ", "  "]) + value)
                    if chooser.random() < 0.8 else chooser.choice(ALIAS_JUNK) + "\n")
    return "".join(rows)


def write(path, text):
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


def ask(todoku, table, keys):
    """{key: value} by todoku."""
    demo = todoku.parent / "tests" / "e2e" / "lookup_demo"
    if not demo.exists():
        pytest.fail(f"{demo} is not there: build it", pytrace=False)
    done = subprocess.run([demo, table], input="".join(f"{key}\n" for key in keys), text=True, capture_output=True,
                          timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stderr
    return dict(line.split("\t", 1) for line in done.stdout.split("\n") if line)


def keys_of(text, parts):
    """What to ask for: all that could be a key, in other letters too, and what is none."""
    words = {part for line in text.splitlines() for part in parts(line) if part and "\udcff" not in part}
    words = {word for word in words if not word[0].isspace() and not word[-1].isspace()}
    return sorted(words | {word.upper() for word in words if word.isascii()} | {"nobody", "nobody@example.jp", "*"})


def key_parts(line):
    begin = line.split(None, 1)
    return begin + [line.strip(), line.split('" ')[0] + '"' if line.startswith('"') else ""]


def alias_parts(line):
    name = line.split(":")[0].strip()
    return [name, name.strip('"'), line.split(" ")[0]]


def same_value(value):
    """postalias writes lists with one blank behind each comma, and none at all before."""
    return ", ".join(part.strip() for part in value.split(","))


@pytest.mark.parametrize("seed", range(TEXTS))
def test_texts_of_postmap(todoku, tools, tmp_path, seed):
    text = key_text(random.Random(seed))
    write(tmp_path / "table", text)
    made = tools.run("postmap", f"lmdb:{tmp_path}/table")
    assert made.returncode == 0, made.stderr
    keys = keys_of(text, key_parts)
    expected = tools.look_up(f"lmdb:{tmp_path}/table", keys)
    assert len(expected) > 20
    assert ask(todoku, f"text:{tmp_path}/table", keys) == expected
    assert ask(todoku, f"lmdb:{tmp_path}/table", keys) == expected


@pytest.mark.parametrize("seed", range(TEXTS))
def test_texts_of_postalias(todoku, tools, tmp_path, seed):
    text = alias_text(random.Random(seed))
    write(tmp_path / "table", text)
    made = tools.run("postalias", f"lmdb:{tmp_path}/table")
    assert made.returncode == 0, made.stderr
    keys = [key for key in keys_of(text, alias_parts) if key != "@"]
    done = tools.run("postalias", "-q", "-", f"lmdb:{tmp_path}/table", input="".join(f"{key}\n" for key in keys))
    expected = dict(line.split(":\t", 1) for line in done.stdout.splitlines())
    assert len(expected) > 20
    by_text = ask(todoku, f"alias:{tmp_path}/table", keys)
    assert {key: same_value(value) for key, value in by_text.items()} == \
        {key: same_value(value) for key, value in expected.items()}
    assert ask(todoku, f"lmdb:{tmp_path}/table", keys) == expected
