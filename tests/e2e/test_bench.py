# SPDX-License-Identifier: Apache-2.0
"""bench/run, bench/policy, bench/quota and bench/month on little: they run, and what is found is the truth."""

import json
import os
import subprocess
from pathlib import Path

from redis_peer import PROGRAM


def test_small_benchmark(todoku, root):
    env = {**os.environ, "BUILD": str(todoku.parent), "BENCH_LINES": "5000", "BENCH_ROUNDS": "3"}
    done = subprocess.run([root / "bench" / "run"], env=env, capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CPU: report / grep -c status=" in done.stdout
    assert "The report equals the generator's truth." in done.stdout


def test_a_small_history(todoku, tmp_path):
    done = subprocess.run([todoku.parent / "bench" / "history-bench", tmp_path / "h", "20000", "10000"],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["rows"] == 20000 and result["ratio"] > 0
    assert result["bytes_per_delivery"] < result["yardstick_bytes_per_delivery"]


def test_small_policy_benchmark(todoku, root):
    env = {**os.environ, "BUILD": str(todoku.parent), "BENCH_ROUNDS": "1", "BENCH_ACCOUNTS": "20000", "BENCH_CONNECTS": "200"}
    done = subprocess.run([root / "bench" / "policy"], env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "requests/s: todoku / null, unix, 16 connections" in done.stdout
    shared = "requests/s: shared / GET and INCRBY, TCP, 16 connections" if PROGRAM else "there is no Redis"
    assert shared in done.stdout
    assert "Every answer was the right one." in done.stdout


def test_small_quota_benchmark(todoku, root):
    env = {**os.environ, "BUILD": str(todoku.parent), "BENCH_ROUNDS": "1", "BENCH_SECONDS": "1"}
    done = subprocess.run([root / "bench" / "quota"], env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = {line[:62].rstrip(): line.split()[-1] for line in done.stdout.splitlines() if line}
    assert lines["connections of todoku to a server, at most"] == "reached"
    assert lines["connections that never got an answer"] == "reached"
    assert "Every answer was the right one." in done.stdout


def test_thieves_among_few_accounts(todoku, root):
    env = {**os.environ, "BUILD": str(todoku.parent), "BENCH_FLEETS": "500", "BENCH_SEEDS": "1"}
    done = subprocess.run([root / "bench" / "hijack"], env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "precision 100.0 %" in done.stdout and "honest accounts held: none" in done.stdout
    found = int(done.stdout.partition(" found;")[0].rpartition(" ")[2])
    assert 10 <= found <= 12, done.stdout


def month(root, *arguments):
    """Not by the fixture `todoku`: in a sanitized program these would take minutes."""
    program = Path(os.environ.get("TODOKU", root / "build" / "todoku")).absolute()
    return subprocess.run([root / "bench" / "month", *arguments], capture_output=True, text=True,
                          env={**os.environ, "BUILD": str(program.parent)}, timeout=240, check=False)


def test_days_of_known_trouble(root):
    """Nothing is missed and nothing invented, whatever the trouble brings with it."""
    done = month(root, "--days", "5", "--lines", "400000", "--seed", "1", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    kinds = result["kinds"]
    assert len(kinds) >= 10 and {"block", "silent-block", "surge", "brute-force"} <= set(kinds)
    assert {kind: row["missed"] for kind, row in kinds.items() if row["missed"]} == {}
    assert result["invented"] == []
    assert {kind: row["again"] for kind, row in kinds.items() if row["again"]} == {}


def test_a_month_needs_its_programs(root, tmp_path):
    done = subprocess.run([root / "bench" / "month"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "BUILD": str(tmp_path)}, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("bench: ")
