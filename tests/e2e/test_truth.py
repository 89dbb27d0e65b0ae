# SPDX-License-Identifier: Apache-2.0
"""The report against the truth: generated logs whose every number is known.

The truth is counted while the log is written (bench/), and a second time from the text by
naive_counter.py, so that a disagreement says who is wrong.
"""

import json
import os
import subprocess
from datetime import datetime
from pathlib import Path

import naive_counter
import pytest

LINES = 60000
COUNTS = ("lines", "records", "attempts", "outcomes", "sli")
FORMS = ("rfc3164", "rfc3164-zero", "iso", "rfc5424", "mixed")
PROFILES = ("basic", "instances", "reuse,twins", "long,reuse", "tls,conn_use", "filter",
            "forward,virtual", "postsuper,expired", "suspended,greylist", "probes,discard",
            "softbounce", "hostile,virtual", "hostile,ipv6", "milter,rejects", "cut", "screen,logins,warnings")
LAST_LINE = datetime.fromisoformat("2026-03-03T08:05:00+00:00").timestamp()


@pytest.fixture(scope="session")
def generator(todoku):
    """The generator of the build that is under test; built when only the program was."""
    program = todoku.parent / "bench" / "todoku-generate"
    if not program.exists():
        subprocess.run(["ninja", "-C", todoku.parent, "bench/todoku-generate"], check=False,
                       capture_output=True)
    if not program.exists():
        pytest.fail(f"{program} is not there: run `ninja -C {todoku.parent}`", pytrace=False)
    return program


@pytest.fixture
def generate(generator, tmp_path):
    """generate("--profile", "full", ...) -> (log, truth). The log was last written when it ends."""

    def call(*arguments, lines=LINES):
        log, truth = tmp_path / "mail.log", tmp_path / "truth.json"
        subprocess.run([generator, "--lines", str(lines), "--out", log, "--truth", truth,
                        *map(str, arguments)], check=True)
        for piece in tmp_path.glob("mail.log*"):
            os.utime(piece, (LAST_LINE, LAST_LINE))
        return log, json.loads(truth.read_text())

    return call


@pytest.fixture
def report(run):
    """report(LOG, ...) -> the report as an object."""

    def call(*logs):
        done = run("report", "--format", "json", *logs)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    return call


def flat(value, path=""):
    """{"attempts.left_out.probes": 3}, without zeros."""
    if not isinstance(value, dict):
        return {path: value} if value else {}
    return {key: count for name, part in value.items()
            for key, count in flat(part, f"{path}.{name}" if path else name).items()}


def counts(numbers, truth):
    """Those numbers that the truth has an opinion about."""
    known = {"lines": ("read", "unknown"), "sli": ("reachability",)}
    kept = {key: {name: count for name, count in numbers[key].items()
                  if name in known.get(key, truth[key])} for key in COUNTS}
    kept["sli"]["reachability"] = {name: kept["sli"]["reachability"].get(name)
                                   for name in ("good", "bad")}
    return flat(kept)


def providers(numbers, truth):
    names = {row["provider"] for row in truth["providers"]}
    return {row["provider"]: row["attempts"]["total"] for row in numbers["providers"]
            if row["provider"] in names and row["attempts"]["total"]}


def second(stamp):
    return stamp and stamp[:19]


def incident_key(incident):
    """What must be the same. A surge has no sharp edges: which login, and that is all."""
    if incident["kind"] == "surge":
        return ("surge", incident["login"])
    return (*(incident.get(key) for key in ("kind", "relay", "source", "provider", "class")),
            second(incident["opened"]), second(incident["closed"]),
            f"{incident['hits']} of {incident['attempts']}")


THIN_HITS = 8  # below this a path may lack hits, messages or confidence for an incident


def merged_outages(rows):
    """The truth knows each path of an outage; the report has one incident a provider."""
    outages = {}
    for row in rows:
        if row["kind"] == "outage":
            outages.setdefault(row["provider"], []).append(row)
        else:
            yield row
    for paths in outages.values():
        relays = {path["relay"] for path in paths}
        closed = [path["closed"] for path in paths]
        yield {**paths[0], "source": None, "relay": relays.pop() if len(relays) == 1 else None,
               "opened": min(path["opened"] for path in paths),
               "closed": max(closed) if all(closed) else None,
               "hits": sum(path["hits"] for path in paths),
               "attempts": sum(path["attempts"] for path in paths)}


def incidents(numbers):
    return sorted((incident_key(one) for one in numbers["incidents"]), key=str)


def assert_same(found, truth):
    assert counts(found, truth) == counts(truth, truth)
    assert providers(found, truth) == providers(truth, truth)
    assert incidents(found) == incidents({"incidents": merged_outages(truth["incidents"])})


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("form", FORMS)
def test_every_form(generate, report, form, seed):
    log, truth = generate("--form", form, "--profile", "full", "--seed", seed)
    assert_same(report(log), truth)


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("profile", PROFILES)
def test_every_corner_alone(generate, report, profile, seed):
    log, truth = generate("--profile", profile, "--seed", seed, lines=LINES // 3)
    assert_same(report(log), truth)


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("profile", ("basic", "fleet", "full"))
def test_blocks_outage_slow_down_and_surge(generate, report, profile, seed):
    log, truth = generate("--profile", profile, "--blocks", "--surge", "--seed", seed)
    assert len(truth["incidents"]) >= 15
    assert_same(report(log), truth)


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("split", ("3", "4.gz"))
def test_rotated_set(generate, report, tmp_path, split, seed):
    _, truth = generate("--profile", "full", "--blocks", "--split", split, "--seed", seed)
    assert_same(report(*sorted(tmp_path.glob("mail.log*"))), truth)


@pytest.mark.parametrize("form", FORMS)
def test_one_host_and_many(generate, report, form):
    log, truth = generate("--form", form, "--profile", "full", "--hosts", 1 + 7 * (form == "iso"),
                          lines=LINES // 3)
    assert_same(report(log), truth)


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("form", ("rfc3164", "mixed"))
def test_truth_agrees_with_a_second_opinion(generate, form, seed):
    log, truth = generate("--form", form, "--profile", "full", "--blocks", "--seed", seed)
    assert counts(naive_counter.count([log]), truth) == counts(truth, truth)


@pytest.mark.parametrize("seed", (1, 2))
def test_every_record_is_read_alike(generate, run, seed):
    """Addresses with quotes, brackets and whole forged records in them cannot fool either."""
    log, _ = generate("--profile", "full", "--seed", seed, lines=LINES // 3)
    seen = run("parse", log).stdout.splitlines()
    for line, parsed in zip(log.read_text().splitlines(), map(json.loads, seen), strict=True):
        expected = naive_counter.fields(line)
        assert {key: parsed.get(key) for key in expected} == expected, line


def test_same_seed_same_bytes(generate):
    log, _ = generate("--profile", "full", "--blocks", "--surge", "--form", "mixed", lines=5000)
    first = Path(log).read_bytes()
    log, _ = generate("--profile", "full", "--blocks", "--surge", "--form", "mixed", lines=5000)
    assert Path(log).read_bytes() == first
    log, _ = generate("--profile", "full", "--seed", 2, lines=5000)
    assert Path(log).read_bytes() != first
