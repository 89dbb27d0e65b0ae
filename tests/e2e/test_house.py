# SPDX-License-Identifier: Apache-2.0
"""The checks of the house find what they are for, in trees made to be wrong, and pass a right one."""

import re
import subprocess

import pytest

HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n"


@pytest.fixture
def check(root, tmp_path):
    """check("floors", {path: text}) -> (exit status, output) of scripts/check-<name> on that tree."""

    def call(name, files):
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, "utf-8")
        done = subprocess.run([root / "scripts" / f"check-{name}", tmp_path], capture_output=True,
                              text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    return call


def test_floors_pass_what_goes_down(check):
    status, said = check("floors", {
        "src/watch/a.c": '#include "watch/a.h"\n#include <stdio.h>\n#include "base/s.h"\n',
        "src/watch/a.h": '#include "model/m.h"\n',
        "src/app/main.c": '#include "web/w.h"\n#include "watch/a.h"\n',
    })
    assert (status, said) == (0, "check-floors: 3 files, 0 faults\n")


@pytest.mark.parametrize("path, line, fault", [
    ("src/base/x.c", '#include "model/m.h"', "climbs to model/"),
    ("src/mail/x.c", '#include "io/x.h"', "crosses to its sibling io/"),
    ("src/watch/x.h", '#  include "gate/x.h"', "crosses to its sibling gate/"),
    ("src/web/x.c", '#include "app/x.h"', "climbs to app/"),
    ("src/mail/x.c", '#include "x_other.h"', "name it"),
    ("src/mail/x.c", '#include "../base/x.h"', "name it"),
    ("src/mail/x.c", "#include <base/x.h>", "is our own"),
    ("src/attic/x.c", '#include "base/x.h"', "is in no floor"),
    ("src/x.c", '#include "base/x.h"', "is in no floor"),
])
def test_floors_find(check, path, line, fault):
    status, said = check("floors", {path: line + "\n", "src/base/right.h": "\n"})
    assert status == 1
    assert f"{path}:1: " in said and fault in said
    assert said.endswith("1 faults\n")


def test_floors_want_the_own_header_first(check):
    status, said = check("floors", {
        "src/mail/a.c": '#include "base/s.h"\n#include "mail/a.h"\n', "src/mail/a.h": "\n"})
    assert status == 1 and "before its own" in said


def test_floors_of_nothing_is_a_fault(check):
    assert check("floors", {"README": ""})[0] == 1


def test_bans_pass_words_that_are_no_calls(check):
    status, said = check("bans", {"src/mail/a.c": HEAD + (
        '/* strcpy(a, b) and time() in a comment */\n'
        'static const char *const word = "malloc(1); \\" time(";\n'
        'int my_strcpy(int a);\n'
        'int f(struct s *s) { return s->time(1) + s->ops.free(2) + arena_free(3); }\n')})
    assert (status, said) == (0, "check-bans: 1 files, 0 faults\n")


@pytest.mark.parametrize("path, text, fault", [
    ("src/base/x.c", HEAD + "void f(void) { strcpy(a, b); }\n", "strcpy() is banned"),
    ("src/base/x.c", HEAD + "void f(void) { gets (a); }\n", "gets() is banned"),
    ("tests/unit/x.c", HEAD + "int f(void) { return atoi(a); }\n", "atoi() is banned"),
    ("src/watch/x.c", HEAD + "void *f(void) { return malloc(1); }\n", "malloc() is banned"),
    ("src/watch/x.c", HEAD + "void f(void *p) { if (p) free(p); }\n", "free() is banned"),
    ("src/watch/x.c", HEAD + "long f(void) { return time(0); }\n", "time() is banned"),
    ("src/model/x.c", HEAD + "int f(void) { return clock_gettime(0, t); }\n", "clock_gettime()"),
    ("src/mail/x.c", HEAD + "int f(void) { return open(a, 0); }\n", "open() is banned"),
    ("src/base/x.c", HEAD + "#include <jansson.h>\n", "jansson.h may only be included by"),
    ("src/mail/x.c", HEAD + "#include <hs/hs.h>\n", "hs/hs.h may only be included by"),
    ("src/base/x.c", HEAD + "#include <systemd/sd-journal.h>\n", "may only be included by"),
    ("src/base/x.c", "int x;\n", "SPDX"),
    ("scripts/x", "#!/bin/sh\ntrue\n", "SPDX"),
    ("tests/x.py", "pass\n", "SPDX"),
    ("src/base/x.c", HEAD + "/* " + "TO" + "DO: later */\n", "finish it"),
    ("src/base/x.c", HEAD + "int f(void)\n{\n" + "    g();\n" * 79 + "}\n", "function of 81 lines"),
    ("src/base/x.c", HEAD + "int x;\n" * 1000, "1001 lines; at most 1000"),
])
def test_bans_find(check, path, text, fault):
    status, said = check("bans", {path: text})
    assert status == 1
    assert f"{path}:" in said and fault in said
    assert said.endswith("1 faults\n")


def test_bans_warn_of_long_files(check):
    status, said = check("bans", {"src/base/x.c": HEAD + "int x;\n" * 700})
    assert status == 0 and "warning: 701 lines" in said


def test_bans_want_every_fuzz_target_listed_with_a_corpus(check):
    files = {"fuzz/meson.build": "# SPDX-License-Identifier: Apache-2.0\nfuzz_targets = [\n  'a',\n]\n",
             "fuzz/fuzz_a.c": HEAD, "fuzz/corpus/a/one": "1"}
    assert check("bans", files)[0] == 0
    status, said = check("bans", {"fuzz/fuzz_b.c": HEAD})
    assert status == 1 and "'b' is not in" in said and "corpus/b/ is empty" in said


@pytest.mark.parametrize("text, fault", [
    ("see `src/gone.c`\n", "src/gone.c does not exist"),
    ("[x](docs/gone.md)\n", "which does not exist"),
    ("run `make coffee`\n", "no door"),
])
def test_docs_find(check, text, fault):
    right = {"Makefile": "test:\n", "src/here.c": "", "other.md": "`src/here.c` `make test` [x](#y)\n"}
    assert check("docs", right)[0] == 0
    status, said = check("docs", {"a.md": text})
    assert status == 1 and fault in said


def test_docs_compare_options_with_the_manual(check):
    files = {"man/todoku.1": ".It Fl Fl since Ar TIME\n", "src/app/a.c": 'x("--since");\n'}
    assert check("docs", files)[0] == 0
    status, said = check("docs", {"src/app/b.c": '{"until", required_argument, NULL, 1},\n'})
    assert status == 1 and "--until is in no manual page" in said


def test_dependencies_are_of_known_purposes_and_name_a_probe(root):
    lines = (root / "packaging" / "dependencies.txt").read_text("utf-8").splitlines()
    rows = [line for line in lines if line and not line.startswith("#")]
    row = re.compile(r"(build|run|test|lint|fuzz|bench) +[a-z0-9.+|-]+ +(-|(cmd|pc|h|unpack):\S+) +# \S.*")
    assert rows and [line for line in rows if not row.fullmatch(line)] == []


def test_deps_are_silent_when_all_is_there(root):
    done = subprocess.run([root / "scripts" / "deps", "build", "run"], capture_output=True,
                          timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_deps_refuse_a_purpose_they_do_not_know(root):
    done = subprocess.run([root / "scripts" / "deps", "everything"], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 1 and "no such purpose: everything" in done.stderr
