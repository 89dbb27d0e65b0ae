# SPDX-License-Identifier: Apache-2.0
"""bench/run on a small log: it runs, prints its table, and the report equals the truth."""

import os
import subprocess


def test_small_benchmark(todoku, root):
    env = {**os.environ, "BUILD": str(todoku.parent), "BENCH_LINES": "5000", "BENCH_ROUNDS": "3"}
    done = subprocess.run([root / "bench" / "run"], env=env, capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CPU: report / grep -c status=" in done.stdout
    assert "The report equals the generator's truth." in done.stdout
