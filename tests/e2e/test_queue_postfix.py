# SPDX-License-Identifier: Apache-2.0
"""todoku trace beside a real Postfix that holds a deferred message (held_postfix.py, the lab's private one): what it
says of the queue is what Postfix says, and its estimate is the time that the queue manager wrote on the queue file.

Skipped where that Postfix cannot be fetched (no Debian, no network and no cache).
"""

import json
import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from daemon_rig import Rig, until

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "lab-postfix"
LIMIT = 60

pytestmark = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs Debian's tools")


@pytest.fixture(scope="module")
def held():
    """Where the private Postfix is, and the queue id of what it holds."""
    process = subprocess.Popen([sys.executable, Path(__file__).with_name("held_postfix.py"), CACHE], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = process.stdout.readline()
    if not line:
        _, errors = process.communicate(timeout=LIMIT)
        if "apt-get download failed" in errors:
            pytest.skip("Postfix cannot be fetched")
        pytest.fail(errors)
    yield json.loads(line)
    _, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, errors
    assert not Path(json.loads(line)["work"]).exists()


def config_of(held, folder, more=""):
    config = folder / "postfix.yaml"
    config.write_text(f"postfix: {{ commands: {held['commands']}, instances: [{held['config']}] }}\n{more}")
    return config


def due_of(held):
    """When the queue manager lets it be tried again: the time of its file."""
    file, = (path for path in Path(held["work"], "q", "deferred").rglob(held["queue_id"]))
    return file.stat().st_mtime


def seconds(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()


def check(story, held):
    message, = story["messages"]
    assert message["recipients"][0]["outcome"] == "waiting"
    queued, = message["queue"]
    assert queued["queue"] == "deferred" and queued["queue_id"] == held["queue_id"]
    assert queued["sender"] == "shop@lab.example"
    recipient, = queued["recipients"]
    assert recipient["address"] == "waits@nowhere.example" and "Connection refused" in recipient["reason"]
    settings = queued["next_try"]["settings"]
    assert settings["minimal_backoff_time"] == 420 and settings["maximal_backoff_time"] == 7200
    assert settings["queue_run_delay"] == 120 and settings["defaults"] is False
    assert queued["next_try"]["when"] == "between"
    assert abs(seconds(queued["next_try"]["from"]) - due_of(held)) <= 2
    assert seconds(queued["next_try"]["to"]) - seconds(queued["next_try"]["from"]) == 120


def test_by_the_log(held, run, tmp_path):
    done = run("trace", "-c", config_of(held, tmp_path), "--queue", "--format", "json", "waits@nowhere.example",
               held["log"])
    assert done.returncode == 0, done.stderr
    check(json.loads(done.stdout), held)


def test_by_the_history(held, run, todoku, tmp_path):
    more = f"postfix: {{ commands: {held['commands']}, instances: [{held['config']}] }}\n"
    with Rig(todoku, tmp_path, more=more, logs=[f"file: {held['log']}"]) as rig:
        ask = ("trace", "-c", rig.config, "--history", "--format", "json", held["queue_id"])
        until(lambda: run(*ask).returncode == 0 and json.loads(run(*ask).stdout)["messages"], rig.said)
        check(json.loads(run(*ask).stdout), held)


def test_without_a_line_about_it(held, run, tmp_path):
    (tmp_path / "empty.log").touch()
    done = run("trace", "-c", config_of(held, tmp_path), "--queue", "waits@nowhere.example", tmp_path / "empty.log")
    assert done.returncode == 0, done.stderr  # it was found, in the queue
    assert held["queue_id"] in done.stdout and "its last try is not known here" in " ".join(done.stdout.split())
