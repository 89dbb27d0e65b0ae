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


def test_a_driver_that_fails_is_counted(stages, capsys):
    tally = stages.Tally()
    stages.timed(tally, "x", lambda: 1 / 0)
    assert (tally.passed, tally.failed) == (0, 1)
    assert "ZeroDivisionError" in capsys.readouterr().out
