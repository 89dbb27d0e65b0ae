#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stages of `make test`, their results added up case by case.

  house   checks of the tree itself: floors, bans, documents, manual pages
  gcc     gcc with -Werror: unit tests, scenarios, corpora; then pytest: command line, lab, house
  asan    address and undefined behaviour sanitizers: the same; of pytest what runs the program (see NOT_UNDER)
  tsan    thread sanitizer: the suites of code with threads, and the same of pytest
  clang   clang with -Werror: compiles all, fuzz programs too; corpora

Builds come one after the other (each uses all cores); what mostly waits - the checks of the house,
then pytest - runs beside them. A stage that cannot run counts as one failed case. Build folders and logs
stay under $BUILD/test, so that a second run is quick.

Tests with real servers on a machine that is overloaded may fail for want of time. So what failed runs once
more at the end, with the machine to itself, if it is no more than AGAIN_MAX tests: what passes then is named,
for somebody to mend. A crash and the report of a sanitizer are defects, however seldom: those stay failed.
"""

import fcntl
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("BUILD", "build")
PLACE = BUILD / "test"
LIMIT_SECONDS = 2400  # a stage; far more than it takes
SHOWN_LINES = 80     # of one failing case
AGAIN_MAX = 5        # tests that run a second time
REPORTED = 99        # exit status of a sanitizer that has something to say
DEFECT = re.compile(r"Sanitizer|runtime error:|Segmentation fault|Aborted|core dumped")
SIDE_BY_SIDE = ["-n", "4", "--dist", "loadfile"]  # of pytest-xdist; most of these tests wait for a daemon

HOUSE = (
    ("floors", ["scripts/check-floors"]),
    ("bans", ["scripts/check-bans"]),
    ("documents", ["scripts/check-docs"]),
    ("manual pages", ["scripts/check-man"]),
)
STRICT = ["-Dwerror=true", "-Dtests=enabled"]
# Sanitized code makes gcc warn of what cannot be; the strict builds do the warning. gcc for both,
# because its traces have names without llvm-symbolizer.
SANITIZED = ["-Db_lundef=false", "-Dtests=enabled", "-Doptimization=1", "-Dc_args=-w"]
BUILDS = {  # stage: compiler, options of meson setup, options of meson test, environment
    "gcc": ("gcc", STRICT, [], {}),
    "asan": ("gcc", SANITIZED + ["-Db_sanitize=address,undefined"], ["-t", "4"],
             {"ASAN_OPTIONS": "exitcode=99:detect_stack_use_after_return=1:strict_string_checks=1",
              "UBSAN_OPTIONS": "exitcode=99:halt_on_error=1:print_stacktrace=1"}),
    "tsan": ("gcc", SANITIZED + ["-Db_sanitize=thread"], ["-t", "8", "--suite", "threads"],
             {"TSAN_OPTIONS": "exitcode=99:halt_on_error=1:second_deadlock_stack=1:"
                              f"suppressions={ROOT / 'tests' / 'tsan.supp'}"}),
    "clang": ("clang", STRICT + ["-Dfuzz=true"], ["--suite", "fuzz"], {}),
}
WITH_PYTEST = ("gcc", "asan", "tsan")
# What needs nothing but the program, for the one that is shipped (scripts/build): it is optimised more than the
# tested ones.
OF_SHIPPED = ("test_parse", "test_report", "test_trace", "test_hostile", "test_daemon_verbs", "test_daemon_status")
# What costs time there and finds nothing: verbs that run in one thread, under the thread sanitizer; and what mostly
# waits for real servers, under both. What threads do beside a real Postfix is seen by the others of its tests.
NOT_UNDER = {
    "tsan": ("test_account_store", "test_auth_nginx", "test_auth_rig", "test_config_neighbours", "test_count",
             "test_history_verbs", "test_lab_loop", "test_parse", "test_queue_deeds", "test_quota_clone", "test_replay",
             "test_replay_limits", "test_replay_routes", "test_report", "test_routes_postfix_faults",
             "test_routes_postfix_killed", "test_trace", "test_trace_truth", "test_truth", "test_web_pages"),
    "asan": ("test_auth_rig", "test_config_neighbours", "test_exact_postfix", "test_hijack_postfix", "test_lab",
             "test_lab_loop", "test_routes_postfix", "test_routes_postfix_faults", "test_routes_postfix_killed"),
}
RUNNING = set()  # processes of this run
STAGES = ("house", "gcc", "asan", "tsan", "clang")


class Trouble(NamedTuple):
    """What failed: a title, what it printed, how many cases, and how to run them again (no command: no use)."""
    title: str
    text: str
    failed: int = 1
    command: tuple = ()
    env: dict = {}

    def may_be_late(self):
        return bool(self.command) and not DEFECT.search(self.text)


class Tally:
    """Cases counted, and what is printed about them."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.troubles = []
        self.lock = threading.Lock()

    def add(self, stage, passed, failed, skipped, seconds, trouble):
        with self.lock:
            self.passed += passed
            self.failed += failed
            self.skipped += skipped
            self.troubles += trouble
            for title, text, *_ in trouble:
                print(f"--- {stage}: {title}")
                lines = text.rstrip().splitlines()
                if len(lines) > SHOWN_LINES:
                    print(f"[{len(lines) - SHOWN_LINES} lines before]")
                print("\n".join(lines[-SHOWN_LINES:]))
            skips = f", {skipped} skipped" if skipped else ""
            print(f"{stage}: {passed} passed, {failed} failed{skips} ({seconds:.0f} s)", flush=True)

    def again(self):
        """Runs what failed once more, one after the other."""
        late = [trouble for trouble in self.troubles if trouble.may_be_late()]
        for trouble in late if len(late) <= AGAIN_MAX else []:
            good = run(trouble.command, new_log("again"), trouble.env) == 0
            print(f"again, alone: {trouble.title}: {'passed; it was late the first time' if good else 'failed'}")
            if good:
                self.passed += trouble.failed
                self.failed -= trouble.failed


def run(command, log, env=None, limit=LIMIT_SECONDS):
    """Runs with stdin closed and output in `log`; exit status, or "time-out"."""
    with open(log, "ab") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT, env={**os.environ, **(env or {})},
                                   start_new_session=True)
        RUNNING.add(process)
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            end(process)
            return f"time-out after {limit} s"
        finally:
            RUNNING.discard(process)


def end(process):
    """The process and what it started."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    except ProcessLookupError:
        pass


def stop(number, _frame):
    """A signal ends the run at once and leaves no process behind."""
    for process in list(RUNNING):
        end(process)
    print("0 passed, 1 failed", flush=True)
    os._exit(128 + number)


def new_log(name):
    log = PLACE / f"{name}.log"
    log.unlink(missing_ok=True)
    return log


def failure(title, log):
    """A stage that could not run is one failed case."""
    return 0, 1, 0, [Trouble(title, log.read_text("utf-8", "replace"))]


def tap_counts(text):
    """(passed, failed, skipped, planned) of a TAP stream; cmocka 1.1 says "not ok N # SKIP"."""
    passed = failed = skipped = planned = 0
    for line in text.splitlines():
        if plan := re.fullmatch(r"1\.\.(\d+).*", line):
            planned += int(plan[1])
        elif re.match(r"(not )?ok\b.*# *SKIP\b", line, re.IGNORECASE):
            skipped += 1
        elif re.match(r"ok\b", line):
            passed += 1
        elif re.match(r"not ok\b", line):
            failed += 1
    return passed, failed, skipped, planned


def count_meson(testlog, again=(), env=None):
    """Adds up meson's testlog.json, one JSON object a line. again, env: the command that runs a test named after it."""
    passed = failed = skipped = 0
    trouble = []
    for line in testlog.read_text("utf-8").splitlines():
        test = json.loads(line)
        good = test["result"] in ("OK", "SKIP", "EXPECTEDFAIL")
        ok, bad, left, planned = tap_counts(test.get("stdout", ""))
        if not planned and not ok and not bad:  # not TAP, or dead before its first case
            ok, left = int(test["result"] == "OK"), int(test["result"] == "SKIP")
        bad += max(0, planned - ok - bad - left)  # cases that a crash swallowed
        if test["result"] == "ERROR" and bad == 0 and left and not test.get("stderr", "").strip(
                ).replace("(test program exited with status code 1)", ""):
            good = True  # cmocka's "not ok N # SKIP" alone: meson calls it an error
        if not good and bad == 0:
            bad = 1
        passed, failed, skipped = passed + ok, failed + bad, skipped + left
        if bad:
            fell = not 0 <= test.get("returncode", REPORTED) < REPORTED  # cmocka: the number of failed cases
            command = (*again, test["name"].rsplit(" / ", 1)[-1])
            trouble.append(Trouble(f"{test['name']} ({test['result']})",
                                   test.get("stdout", "") + test.get("stderr", ""), bad,
                                   () if fell and test["result"] != "TIMEOUT" else command, env or {}))
    return passed, failed, skipped, trouble


def meson_stage(stage):
    """Configures, builds and tests one build folder."""
    compiler, setup, options, env = BUILDS[stage]
    folder = PLACE / stage
    testlog = folder / "meson-logs" / "testlog.json"
    testlog.unlink(missing_ok=True)
    env = {**env, "CC": compiler}
    steps = [("does not build", ["ninja", "-C", folder, "-k", "0", "--quiet"])]
    if not (folder / "build.ninja").exists():
        shutil.rmtree(folder, ignore_errors=True)
        steps.insert(0, ("cannot be configured", ["meson", "setup", folder, *setup]))
    for complaint, command in steps:
        log = new_log(stage)
        if status := run(command, log, env):
            (folder / "todoku").unlink(missing_ok=True)
            return failure(f"{complaint} ({status})", log)
    log = new_log(stage)
    tests = ("meson", "test", "-C", str(folder), "--no-rebuild", *options)
    status = run(tests, log, env)
    if not testlog.exists():
        return failure(f"ran no test ({status})", log)
    counts = count_meson(testlog, tests, env)
    if status and not counts[1] and not counts[2]:
        counts[3].append(Trouble(f"meson test ended with {status}", log.read_text("utf-8", "replace")))
        counts = (counts[0], 1, 0, counts[3])
    if not sum(counts[:3]):
        return failure("ran no test", log)
    return counts


def house_stage():
    passed, trouble = 0, []
    for name, command in HOUSE:
        log = new_log("house-" + name.replace(" ", "-"))
        status = run(command, log, limit=120)
        if status:
            trouble.append(Trouble(f"{name} ({status})", log.read_text("utf-8", "replace")))
        else:
            passed += 1
    return passed, len(trouble), 0, trouble


def failed_in(report):
    """(cases in all, skipped, {name: what it said} of those that failed) of a JUnit file of pytest."""
    cases = skipped = 0
    failed = {}
    for case in ET.parse(report).getroot().iter("testcase"):
        cases += 1
        skipped += case.find("skipped") is not None
        said = [part.text or "" for part in case if part.tag in ("failure", "error")]
        if said:
            failed[f"{case.get('classname').replace('.', '/')}.py::{case.get('name')}"] = "\n".join(said)
    return cases, skipped, failed


def pytest_stage(build):
    """Tests from outside with the program of a build; other builds than gcc: only what runs it."""
    shipped = build == "shipped"
    name, program = f"pytest-{build}", (BUILD if shipped else PLACE / build) / "todoku"
    log, report = new_log(name), PLACE / f"{name}.xml"
    report.unlink(missing_ok=True)
    if not program.exists():
        return 0, 1, 0, [Trouble("there is no program to test", "see above")]
    tool = ["pytest-3"] if shutil.which("pytest-3") else [sys.executable, "-m", "pytest"]
    tool = ["env", "-u", "CI", *tool, "-q", "-p", "no:cacheprovider"]  # with CI: differences of thousands of lines
    narrow = [] if build == "gcc" else ["--only-program"]
    narrow += [f"--ignore=tests/e2e/{test}.py" for test in NOT_UNDER.get(build, ())]
    if subprocess.run([*tool, *SIDE_BY_SIDE, "--version"], capture_output=True, check=False).returncode == 0:
        narrow += SIDE_BY_SIDE
    tests = [f"tests/e2e/{test}.py" for test in OF_SHIPPED] if shipped else ["tests"]
    env = {**({} if shipped else BUILDS[build][3]), "TODOKU": str(program), "PYTHONDONTWRITEBYTECODE": "1"}
    status = run([*tool, "-ra", "--tb=short", "--durations=8", f"--junitxml={report}", *narrow, *tests], log, env)
    if not report.exists() or status not in (0, 1):
        return failure(f"pytest did not run ({status})", log)
    cases, skipped, failed = failed_in(report)
    trouble = [Trouble(test, said, 1, (*tool, test), env) for test, said in failed.items()]
    return cases - skipped - len(failed), len(failed), skipped, trouble


def timed(tally, stage, work, *arguments):
    begin = time.monotonic()
    try:
        result = work(*arguments)
    except Exception as err:  # a bug of the driver must not look like success
        result = (0, 1, 0, [Trouble("the driver failed", repr(err))])
    passed, failed, skipped, trouble = result
    tally.add(stage, passed, failed, skipped, time.monotonic() - begin, trouble)


def main(wanted):
    unknown = [stage for stage in wanted if stage not in STAGES]
    if unknown:
        print(f"test: no such stage: {' '.join(unknown)} ({' '.join(STAGES)})", file=sys.stderr)
        print("0 passed, 1 failed")
        return 2
    PLACE.mkdir(parents=True, exist_ok=True)
    lock = open(PLACE / "lock", "w", encoding="ascii")
    fcntl.flock(lock, fcntl.LOCK_EX)  # one run a checkout; the next one waits
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    tally, beside = Tally(), queue.Queue()
    wanted = wanted or STAGES
    helper = threading.Thread(target=lambda: [timed(tally, *job) for job in iter(beside.get, None)])
    helper.start()
    if "house" in wanted:
        beside.put(("house", house_stage))
    for stage in BUILDS:
        if stage in wanted:
            timed(tally, stage, meson_stage, stage)
            if stage == "gcc":
                beside.put(("pytest-shipped", pytest_stage, "shipped"))
            if stage in WITH_PYTEST:
                beside.put((f"pytest-{stage}", pytest_stage, stage))
    beside.put(None)
    helper.join()
    tally.again()
    if tally.skipped:
        print(f"{tally.skipped} skipped")
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
