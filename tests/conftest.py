# SPDX-License-Identifier: Apache-2.0
"""What the tests from outside share: where the program is, and how to run it.

The program under test is $TODOKU, else build/todoku. Nothing here depends on the zone, language or
terminal of whoever runs it.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIMIT = int(os.environ.get("TODOKU_TEST_LIMIT", "60"))  # seconds of any wait; what is waited for takes a moment
SANITIZER = re.compile(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|: runtime error: ")
DROPPED = ("NO_COLOR", "COLUMNS", "LINES", "LC_TIME", "LC_CTYPE", "LC_NUMERIC", "LANGUAGE")


def pytest_addoption(parser):
    parser.addoption("--only-program", action="store_true",
                     help="only tests that run the program under test (the fixture `todoku`)")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--only-program"):
        items[:] = [item for item in items if "todoku" in item.fixturenames]


def clean_environment(**more):
    env = {name: value for name, value in os.environ.items() if name not in DROPPED}
    return {**env, "TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "dumb", **more}


def is_sanitized(program):
    """Whether it was built with AddressSanitizer or ThreadSanitizer: slow, and what was freed is kept."""
    code = Path(program).read_bytes()
    return b"__asan_init" in code or b"__tsan_init" in code


@pytest.fixture(scope="session")
def root():
    """The top of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def todoku():
    """The program under test."""
    program = Path(os.environ.get("TODOKU", ROOT / "build" / "todoku"))
    if not program.exists():
        pytest.fail(f"{program} is not there: run `make build` or set TODOKU", pytrace=False)
    return program.absolute()


@pytest.fixture
def run(todoku, tmp_path):
    """run("report", "-", input=TEXT or bytes, env={...}, cwd=...) -> CompletedProcess with text.

    Fails when a sanitizer has something to say. Output that is not UTF-8 becomes backslash escapes. Without `input` stdin is closed. The current
    folder is the test's own, and empty.
    """

    def call(*arguments, input=None, env=None, cwd=tmp_path, timeout=LIMIT):
        given = input.encode() if isinstance(input, str) else input
        stdin = {"stdin": subprocess.DEVNULL} if given is None else {"input": given}
        done = subprocess.run([todoku, *map(str, arguments)], **stdin, capture_output=True, cwd=cwd,
                              env=clean_environment(**(env or {})), timeout=timeout, check=False)
        for name in ("stdout", "stderr"):
            setattr(done, name, getattr(done, name).decode("utf-8", "backslashreplace"))
        assert not SANITIZER.search(done.stderr), done.stderr
        return done

    return call
