# SPDX-License-Identifier: Apache-2.0
"""The count at the end of `make test` is right: no failure is lost, nothing is counted twice."""

import importlib.util
import json

import pytest


@pytest.fixture(scope="module")
def stages(root):
    spec = importlib.util.spec_from_file_location("stages", root / "scripts" / "test_stages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("test, counts", [
    ({"result": "OK", "stdout": "1..2\nok 1 - a\nok 2 - b\n# ok - all\n"}, (2, 0, 0)),
    ({"result": "FAIL", "stdout": "1..2\nok 1 - a\nnot ok 2 - b\n"}, (1, 1, 0)),
    # cmocka 1.1 writes a skip as "not ok"; meson then says ERROR because of the exit status
    ({"result": "ERROR", "stdout": "1..2\nok 1 - a\nnot ok 2 # SKIP b\n"}, (1, 0, 1)),
    ({"result": "ERROR", "stdout": "1..3\nok 1 - a\n", "stderr": "Segmentation fault"}, (1, 2, 0)),
    ({"result": "ERROR", "stdout": "1..1\nok 1 - a\n", "stderr": "leaked 8 bytes"}, (1, 1, 0)),
    ({"result": "ERROR", "stdout": "", "stderr": "cannot start"}, (0, 1, 0)),
    ({"result": "TIMEOUT", "stdout": "1..2\nok 1 - a\n"}, (1, 1, 0)),
    ({"result": "OK", "stdout": "not TAP at all"}, (1, 0, 0)),
    ({"result": "SKIP", "stdout": "1..0 # SKIP none\n"}, (0, 0, 1)),
])
def test_counts_of_one_program(stages, tmp_path, test, counts):
    log = tmp_path / "testlog.json"
    log.write_text(json.dumps({"name": "x", **test}) + "\n", "utf-8")
    passed, failed, skipped, trouble = stages.count_meson(log)
    assert (passed, failed, skipped) == counts
    assert len(trouble) == (1 if failed else 0)


def test_counts_add_up(stages, tmp_path):
    log = tmp_path / "testlog.json"
    one = json.dumps({"name": "x", "result": "OK", "stdout": "1..1\nok 1 - a\n"})
    two = json.dumps({"name": "y", "result": "FAIL", "stdout": "1..1\nnot ok 1 - a\n"})
    log.write_text(f"{one}\n{two}\n{one}\n", "utf-8")
    assert stages.count_meson(log)[:3] == (2, 1, 0)


LATE = ({"name": "p:unit / x", "result": "ERROR", "returncode": 1, "stdout": "1..2\nok 1 - a\nnot ok 2 - b\n"}, True)
HUNG = ({"name": "p:unit / x", "result": "TIMEOUT", "returncode": -15, "stdout": "1..2\nok 1 - a\n"}, True)
RACE = ({"name": "p:unit / x", "result": "ERROR", "returncode": 1, "stdout": "1..1\nnot ok 1\n", "stderr": "ThreadSanitizer: x"}, False)
DEAD = ({"name": "p:unit / x", "result": "ERROR", "returncode": -11, "stdout": "1..2\nok 1 - a\n"}, False)
LEAK = ({"name": "p:unit / x", "result": "FAIL", "returncode": 99, "stdout": "1..1\nnot ok 1 - a\n"}, False)


@pytest.mark.parametrize("test, late", [LATE, HUNG, RACE, DEAD, LEAK])
@pytest.mark.parametrize("second", ["true", "false"])
def test_what_failed_runs_again_alone(stages, tmp_path, capsys, second, test, late):
    """Once; a crash or what a sanitizer says is final."""
    stages.PLACE = tmp_path
    log = tmp_path / "testlog.json"
    log.write_text(json.dumps(test) + "\n", "utf-8")
    tally = stages.Tally()
    stages.timed(tally, "unit", lambda: stages.count_meson(log, (second,)))
    before = tally.passed, tally.failed
    tally.again()
    good = late and second == "true"
    assert (tally.passed, tally.failed) == ((sum(before), 0) if good else before)
    assert ("again, alone: p:unit / x" in capsys.readouterr().out) == late


def test_many_failures_are_no_bad_luck(stages, tmp_path):
    stages.PLACE = tmp_path
    tally = stages.Tally()
    tally.add("x", 0, 9, 0, 1, [stages.Trouble("t", "", 1, ("true",))] * 9)
    tally.again()
    assert (tally.passed, tally.failed) == (0, 9)


def test_cases_of_pytest(stages, tmp_path):
    (tmp_path / "r.xml").write_text(
        '<testsuites><testsuite><testcase classname="tests.e2e.test_a" name="test_x[1]"><failure>why</failure></testcase>'
        '<testcase classname="tests.e2e.test_a" name="test_y"/><testcase classname="tests.e2e.test_a" name="test_z">'
        "<skipped/></testcase></testsuite></testsuites>", "utf-8")
    assert stages.failed_in(tmp_path / "r.xml") == (3, 1, {"tests/e2e/test_a.py::test_x[1]": "why"})


def test_a_driver_that_fails_is_counted(stages, capsys):
    tally = stages.Tally()
    stages.timed(tally, "x", lambda: 1 / 0)
    assert (tally.passed, tally.failed) == (0, 1)
    assert "ZeroDivisionError" in capsys.readouterr().out
