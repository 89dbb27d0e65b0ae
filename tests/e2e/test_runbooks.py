# SPDX-License-Identifier: Apache-2.0
"""Runbooks: one a kind and language, whole, in the same order, with commands that exist.

What the pages look like is tested in tests/unit/web/.
"""

import re
import shlex
import subprocess

import pytest

TOPICS = ("login-guessing", "account-suspended", "mailbox-full")  # no incident of their own
SUFFIXES = {"en": ".md", "ja": ".ja.md"}
SECTIONS = {
    "en": ["What it means", "How to check", "What todoku does", "What to do by hand", "Delisting",
           "When it is over", "Keep it from coming back"],
    "ja": ["意味", "確認方法", "todoku が自動で行うこと", "手動での対応", "解除申請", "収束の条件", "再発防止"],
}
# Verbs that run by the daemon's side; those of src/app/verb.c are asked for their options.
DESIGNED = {"status": set(), "top": set(), "run": set(), "replay": set(),
            "incident": {"list", "show", "delist", "ack", "close"}, "config": {"check", "dump", "postfix", "nginx", "dovecot"},
            "route": {"list", "set", "clear", "approve", "deny", "undo", "expire"},
            "queue": {"hold", "release", "purge", "audit"},
            "account": {"list", "show", "suspend", "resume", "flag"}}
# Stock programs by whom they belong to, and the options that a runbook may use: read in the
# manuals of Postfix 3.7.
POSTFIX = {
    "postqueue": {"-p", "-j", "-i", "-f", "-s"},
    "postsuper": {"-h", "-H", "-r", "-d", "-f"},
    "postcat": {"-q", "-h", "-b", "-e"},
    "postconf": {"-e", "-X", "-M", "-P", "-F", "-n", "-m"},
    "postmap": set(),
    "postfix": set(),
    "postlog": {"-t"},
    "posttls-finger": {"-c", "-l"},
    "qshape": {"-s"},
    "sendmail": {"-f"},
}
DOVECOT = {"doveadm", "doveconf"}
OTHERS = {"apt-get", "cat", "chown", "cp", "curl", "cut", "delv", "df", "dig", "dmesg", "echo", "findmnt", "fuser",
          "grep", "head", "iostat", "ip", "journalctl", "jq", "ls", "mkdir", "nft", "openssl", "printf", "sed", "sort", "ss",
          "swaks", "systemctl", "tail", "tcpdump", "time", "timedatectl", "timeout", "traceroute", "uniq", "uptime",
          "usermod", "wc", "whois", "xargs"}
POSTFIX_ACTIONS = {"reload", "check", "status"}
LOOKS_LIKE_OPTION = re.compile(r"-[A-Za-z]+$|--[a-z-]+$")
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def kinds(root):
    header = (root / "src" / "model" / "incident.h").read_text("utf-8")
    table = header[header.index("#define INCIDENT_KINDS"):header.index("enum incident_kind {")]
    return re.findall(r'X\(\w+, "([a-z-]+)"\)', table)


def pages(root):
    return [*kinds(root), *TOPICS]


def documents(root):
    """(kind, language, text) of every runbook that must be there."""
    for kind in pages(root):
        for language, suffix in SUFFIXES.items():
            path = root / "docs" / "runbooks" / (kind + suffix)
            assert path.exists(), f"incident kind {kind} has no {path.relative_to(root)}"
            yield kind, language, path.read_text("utf-8")


def blocks(text):
    return ["\n".join(line.strip() for line in block.splitlines()) for block in BLOCK.findall(text)]


def commands(text):
    """The words of each command in the code blocks, without sudo; pipes divide."""
    for block in blocks(text):
        for line in block.splitlines():
            lexer = shlex.shlex(line, posix=True, punctuation_chars="|<>&;")
            lexer.whitespace_split = True
            words = []
            for word in lexer:
                if word in ("|", "&&", ";"):
                    yield words
                    words = []
                elif words or word != "sudo":
                    words.append(word)
            yield words


def inner(words):
    """The command that another one starts."""
    if words[0] == "timeout":
        return words[2:]
    if words[0] == "time":
        return words[1:]
    if words[0] == "xargs":
        return words[2:]
    return words


def options(words):
    found = set()
    for word in words[1:]:
        if LOOKS_LIKE_OPTION.match(word):
            found |= {word} if word.startswith("--") else {"-" + letter for letter in word[1:]}
    return found


def test_every_kind_has_runbooks_and_nothing_else_does(root):
    expected = {kind + suffix for kind in pages(root) for suffix in SUFFIXES.values()}
    found = {path.name for path in (root / "docs" / "runbooks").iterdir()}
    assert len(expected) >= 40
    assert found == expected | {"README.md"}


def test_sections_are_whole_and_in_order(root):
    for kind, language, text in documents(root):
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS[language], (kind, language)
        for section in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]:
            assert len(section.strip()) > 20, (kind, language, section)
        assert re.search(rf"^# .+: `{kind}`$", text, re.MULTILINE), (kind, language)
        by_hand = text.split("\n## ")[4]
        assert re.search(r"^1\. ", by_hand, re.MULTILINE), (kind, "steps by hand are numbered")


def test_both_languages_have_the_same_commands(root):
    texts = {(kind, language): text for kind, language, text in documents(root)}
    for kind in pages(root):
        assert blocks(texts[kind, "en"]) == blocks(texts[kind, "ja"]), kind
        steps = [re.findall(r"^(\d+\.|-|   -) ", texts[kind, language], re.MULTILINE)
                 for language in SUFFIXES]
        assert steps[0] == steps[1], kind


def test_each_says_whom_to_ask(root):
    for kind, language, text in documents(root):
        section = text.split("\n## ")[5]
        assert "../../data/providers.tsv" in section, (kind, language)


def test_english_is_ascii_and_japanese_is_not_english(root):
    for kind, language, text in documents(root):
        if language == "en":
            assert text.isascii(), kind
            continue
        prose = BLOCK.sub("", text)
        for line in prose.splitlines()[1:]:
            assert not line.strip() or re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", line), (kind, line)


def verb_options(root, todoku, verb):
    done = subprocess.run([todoku, verb, "--help"], capture_output=True, text=True, check=False,
                          timeout=60)
    return set(re.findall(r"--[a-z][a-z-]+", done.stdout)) if done.returncode == 0 else None


def verbs_built(root):
    source = (root / "src" / "app" / "verb.c").read_text("utf-8")
    return set(re.findall(r'^    \{"([a-z]+)",', source, re.MULTILINE))


def faults_of_verb(words, built):
    if len(words) < 2 or words[1] not in built | DESIGNED.keys():
        yield f"todoku has no verb: {words}"
    elif DESIGNED.get(words[1]) and (len(words) < 3 or words[2] not in DESIGNED[words[1]]):
        yield f"not part of this verb: {words}"


def inline_verbs(text):
    for code in re.findall(r"`(todoku [^`]+)`", BLOCK.sub("", text)):
        yield code.split()


def test_verbs_exist_or_are_designed(root):
    built = verbs_built(root)
    assert {"report", "trace", "parse", "classify"} <= built
    for kind, language, text in documents(root):
        used = [words for words in commands(text) if words and words[0] == "todoku"]
        for words in [*used, *inline_verbs(text)]:
            assert not list(faults_of_verb(words, built)), (kind, language)
    assert list(faults_of_verb(["todoku", "detour", "x"], built))
    assert list(faults_of_verb(["todoku", "incident", "reopen"], built))


def test_options_of_verbs_exist(root, todoku):
    known = {verb: verb_options(root, todoku, verb) for verb in ("report", "trace", "parse", "queue", "account", "replay")}
    assert None not in known.values() and "--since" in known["report"]
    for kind, _, text in documents(root):
        for words in commands(text):
            if words and words[0] == "todoku" and words[1] in known:
                assert {word for word in words if word.startswith("--")} <= known[words[1]], (kind, words)


def test_programs_are_known_and_so_are_their_options(root):
    for kind, _, text in documents(root):
        for words in commands(text):
            words = inner(words)
            name = words[0]
            assert name in POSTFIX.keys() | DOVECOT | OTHERS | {"todoku"}, (kind, words)
            if name in POSTFIX:
                assert options(words) <= POSTFIX[name], (kind, words)
            if name == "postfix":
                assert words[1] in POSTFIX_ACTIONS, (kind, words)


def test_what_touches_the_queue_needs_root(root):
    """Who reads a page is a member of the daemon's group; its name is to stand in the audit."""
    for kind, language, text in documents(root):
        for line in "\n".join(blocks(text)).splitlines():
            assert "todoku queue" not in line or line.startswith("sudo todoku queue "), (kind, language, line)


def test_what_reads_ids_gets_a_dash(root):
    for kind, _, text in documents(root):
        for line in "\n".join(blocks(text)).splitlines():
            if "| postsuper" in line:
                assert re.search(r"\| postsuper -[hHrd] -$", line), (kind, line)
            assert "postsuper -d ALL" not in line and "postsuper -r ALL" not in line, (kind, line)


def test_nothing_is_promised_for_later(root):
    claims = re.compile(r"todoku (?:holds|detours|reroutes|suspends|throttles|delists)\b"
                        r"|todoku が[^。]*(?:保留|迂回|停止|遮断)します")
    for kind, language, text in documents(root):
        assert not claims.search(text), (kind, language)


def test_readme_lists_all(root):
    text = (root / "docs" / "runbooks" / "README.md").read_text("utf-8")
    for kind in pages(root):
        for suffix in SUFFIXES.values():
            assert f"({kind}{suffix})" in text, kind


@pytest.mark.parametrize("line, expected", [
    ("a -b | c 'd | e' f", [["a", "-b"], ["c", "d | e", "f"]]),
    ("timeout 40 openssl s_client </dev/null", [["timeout", "40", "openssl", "s_client", "<", "/dev/null"]]),
])
def test_commands_are_taken_apart(line, expected):
    assert list(commands(f"```sh\n{line}\n```\n")) == expected
