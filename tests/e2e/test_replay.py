# SPDX-License-Identifier: Apache-2.0
"""todoku replay: the incidents and messages that a configuration would have made of old logs."""

import json
import re
import subprocess

import pytest

from conftest import LIMIT, ROOT


@pytest.fixture(scope="module")
def generated(todoku, tmp_path_factory):
    """A log with incidents, and what happened in it."""
    folder = tmp_path_factory.mktemp("replay")
    log, truth = folder / "mail.log", folder / "truth.json"
    generate = todoku.parent / "bench" / "todoku-generate"
    subprocess.run([generate, "--lines", "30000", "--seed", "3", "--profile", "blocks",
                    "--out", log, "--truth", truth], check=True, timeout=120)
    return log, json.loads(truth.read_text())


def replay(todoku, *arguments):
    return subprocess.run([todoku, "replay", *arguments], capture_output=True, text=True,
                          timeout=120)


def test_every_block_is_paged_once(todoku, generated):
    log, truth = generated
    done = replay(todoku, "--format", "json", log)
    assert done.returncode == 0, done.stderr
    notices = json.loads(done.stdout)
    told = {(i["relay"], i["source"], i["provider"])
            for notice in notices if notice["transition"] in ("opened", "updated", "reopened")
            for i in notice["incidents"] if i["kind"] == "block"}
    for incident in truth["incidents"]:
        if incident["kind"] == "block":
            assert (incident["relay"], incident["source"], incident["provider"]) in told
    opened = [notice["page"] for notice in notices if notice["transition"] == "opened"]
    assert len(opened) == len(set(opened))


def test_shows_what_would_be_sent(todoku, generated, tmp_path):
    config = tmp_path / "todoku.yaml"
    config.write_text("notify:\n  - { webhook: http://127.0.0.1:9/hook }\n")
    done = replay(todoku, "-c", config, "--format", "json", generated[0])
    assert done.returncode == 0, done.stderr
    sent = [message for notice in json.loads(done.stdout) for message in notice["sent"]]
    assert sent
    assert all(message["to"] == "http://127.0.0.1:9/hook" for message in sent)
    assert all(json.loads(message["body"])["schema"] for message in sent)


def test_text_ends_with_the_counts(todoku, generated):
    done = replay(todoku, generated[0])
    assert done.returncode == 0
    assert re.search(r"^\d+ pages would have been opened, 0 messages sent$",
                     done.stdout.splitlines()[-1])


def test_thresholds_of_the_configuration_count(todoku, generated, tmp_path):
    config = tmp_path / "todoku.yaml"
    config.write_text("detect:\n  block: { least_failures: 1000000 }\n"
                      "  silent_block: { least_failures: 1000000 }\n")
    done = replay(todoku, "-c", config, "--format", "json", generated[0])
    kinds = {i["kind"] for notice in json.loads(done.stdout) for i in notice["incidents"]}
    assert "block" not in kinds


@pytest.mark.parametrize("arguments, status, text", [
    (["--format", "html"], 2, "--format is text or json"),
    (["-c", "no-such.yaml", "-"], 3, "no-such.yaml"),
    (["no-such.log"], 3, "no-such.log"),
])
def test_wrong_use(todoku, arguments, status, text):
    done = subprocess.run([todoku, "replay", *arguments], capture_output=True, text=True,
                          timeout=LIMIT, stdin=subprocess.DEVNULL)
    assert done.returncode == status
    assert text in done.stderr


def test_openapi_names_every_route():
    """docs/openapi.yaml and the table of routes say the same."""
    code = (ROOT / "src/app/daemon_web.c").read_text()
    routes = set(re.findall(r'\{HTTP_(\w+), HTTP_\w+, "([^"]+)"', code))
    text = (ROOT / "docs/openapi.yaml").read_text()
    documented = set()
    for path, body in re.findall(r"^  (/[^\n:]*):\n((?:    .*\n)+)", text, re.M):
        prefix = re.sub(r"\{.*", "*", path)
        for method in re.findall(r"^    (get|post|put|delete):", body, re.M):
            documented.add((method.upper(), prefix))
    assert documented == routes
