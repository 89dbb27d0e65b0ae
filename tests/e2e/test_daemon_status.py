# SPDX-License-Identifier: Apache-2.0
"""What the daemon says of itself: its configuration, its logs, its budgets. In the text, in the API and in the metrics,
which agree; and as docs/openapi.yaml has it."""

import os
import re
import signal
import subprocess

import pytest
from conftest import clean_environment
from daemon_rig import LIMIT, Rig, until
from log_lines import BLOCK, DEAD
from openapi import properties


@pytest.fixture
def rig(todoku, tmp_path):
    with Rig(todoku, tmp_path) as made:
        yield made


def text(rig):
    done = subprocess.run([rig.program, "status", "-c", rig.config], capture_output=True, text=True, timeout=LIMIT,
                          check=False, env=clean_environment())
    assert done.returncode in (0, 1), done.stderr
    return re.sub(r"\s+", "", done.stdout)  # however it was wrapped


def metric(rig, name):
    return float(re.search(rf"^{name} (\S+)$", rig.ask("/metrics")[1], re.M)[1])


def reload(rig, wanted):
    """Has the file read anew; the configuration as it is shown once wanted(it)."""
    def shown():
        try:
            status, body = rig.ask("/api/v1/status")
        except OSError:  # all is down for a moment
            return None
        return body["configuration"] if status == 200 and wanted(body["configuration"]) else None
    rig.process.send_signal(signal.SIGHUP)
    return until(shown, rig.said)


def test_a_refused_configuration_is_said_until_a_good_one(rig):
    good = rig.config.read_text()
    first = rig.status()["configuration"]
    assert first["refused"] is None and "reason" not in first
    assert metric(rig, "todoku_config_last_reload_successful") == 1
    taken = metric(rig, "todoku_config_last_reload_success_timestamp_seconds")
    for bad, why in ((good + "notfy: []\n", "unknown key, did you mean notify?"),
                     (good.replace("state: ", "state: /proc/no/"), "/proc/no/")):  # parses, cannot be put into effect
        rig.config.write_text(bad)
        shown = reload(rig, lambda one: one["refused"] and why in one["reason"])
        assert shown["loaded"] == first["loaded"]
        assert metric(rig, "todoku_config_last_reload_successful") == 0
        assert metric(rig, "todoku_config_last_reload_success_timestamp_seconds") == taken
        assert re.search(r"Settingsthefilewasrefusedat[\d:]+,thoseof[\d:]+goon:", text(rig))
    rig.config.write_text(good)
    reload(rig, lambda one: one["refused"] is None)
    assert metric(rig, "todoku_config_last_reload_successful") == 1
    assert metric(rig, "todoku_config_last_reload_success_timestamp_seconds") > taken
    assert "Settings" not in text(rig)


def test_a_log_that_is_not_there_is_said(todoku, tmp_path):
    late, folder, closed = tmp_path / "late.log", tmp_path / "folder", tmp_path / "closed.log"
    folder.mkdir()
    closed.write_text("")
    closed.chmod(0)
    logs = [f"file: {path}" for path in (tmp_path / "mail.log", late, tmp_path / "no" / "such.log", folder, closed)]
    (tmp_path / "mail.log").touch()
    with Rig(todoku, tmp_path, logs=logs) as rig:
        def state(path):
            log = next(one for one in (rig.status()["mail"] or {"logs": []})["logs"] if one["name"] == f"file:{path}")
            return log["state"], log.get("reason", "")
        until(lambda: rig.status()["mail"], rig.said)
        until(lambda: state(late)[0] == "missing", rig.said)
        until(lambda: state(tmp_path / "no" / "such.log")[0] == "missing", rig.said)
        until(lambda: state(folder) == ("unreadable", f"{folder}: is a directory, not a file that lines are appended to"),
              rig.said)
        assert state(rig.log) == ("followed", "")
        if os.geteuid() != 0:
            until(lambda: state(closed)[0] == "unreadable" and "denied" in state(closed)[1], rig.said)
        shown = text(rig)
        assert "late.log:isnotthere(yet)" in shown and "folder:cannotberead:isadirectory" in shown
        rig.write(rig.lives(1), late)
        until(lambda: state(late) == ("followed", ""), rig.said)
        assert "late.log" not in text(rig)


def test_budgets_are_those_of_the_metric(rig):
    rig.write(rig.lives(150, login="a@c.example") + rig.lives(50, DEAD))
    rig.write(rig.lives(1, ago=-120))  # the time of the lines goes on: what was delivered counts
    until(lambda: any(one["good"] >= 150 for one in (rig.status()["mail"] or {}).get("budgets", [])), rig.said)
    mail = rig.status()["mail"]
    assert mail["budgets_known"] == len(mail["budgets"]) <= 100
    used = [one["used"] for one in mail["budgets"]]
    assert used == sorted(used, reverse=True)
    series = dict(re.findall(r"^todoku_error_budget_used_ratio\{(.*)\} (\S+)$", rig.ask("/metrics")[1], re.M))
    for one in mail["budgets"]:
        labels = ",".join(f'{name}="{one.get(name, "")}"' for name in ("objective", "relay", "source", "group"))
        assert float(series[labels]) == pytest.approx(one["used"], rel=0.2), labels
    whole = next(one for one in mail["budgets"] if one["objective"] == "reachability" and "relay" not in one)
    assert whole["bad"] == 50
    assert re.search(r"Budgets.*reachability[\d,]+%used\(50badof20\d\)", text(rig))


def test_openapi_has_what_the_status_says(rig):
    rig.write(rig.lives(3) + rig.lives(1, ago=-120))
    until(lambda: (rig.status()["mail"] or {}).get("budgets"), rig.said)
    status = rig.status()
    names, body = properties("Status")
    assert set(status) <= names
    for part in ("configuration", "mail"):
        below = re.search(rf"^( +){part}:\n((?:\1  .*\n)+)", body, re.M)
        assert set(status[part]) <= set(re.findall(r"^ +(\w+):", below[2], re.M))
    assert all(set(log) <= properties("Log")[0] for log in status["mail"]["logs"])
    assert all(set(budget) <= properties("Budget")[0] for budget in status["mail"]["budgets"])


def test_openapi_has_what_is_said_of_an_incident(rig):
    rig.write(rig.lives(30, BLOCK))
    found = until(rig.incidents, rig.said)
    assert all(set(one) <= properties("Incident")[0] for one in found)
