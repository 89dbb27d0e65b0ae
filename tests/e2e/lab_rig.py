# SPDX-License-Identifier: Apache-2.0
"""Programs of the lab as processes, for the tests of them: what they start, say and leave."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN, DEMO, LOOP = (ROOT / "lab" / name for name in ("run", "demo", "loop"))


def launch(place, program, *more):
    """The process of a program of the lab; its results go to `place`/out, what it says to err."""
    command = [sys.executable, str(program), "--dir", str(place / "out"), *more]
    with open(place / "err", "wb") as err:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=err, stderr=err)


def follow(*processes):
    """Wait until all have ended; the processes that were seen meanwhile."""
    seen = set()
    try:
        while any(one.poll() is None for one in processes):
            seen = seen.union(*(family(one.pid) for one in processes))
            time.sleep(0.3)
    finally:
        for one in processes:
            one.terminate()
            one.wait(60)
    return seen


def family(pid):
    """`pid` and all that descend from it now."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text("latin-1")
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {pid}
    while fresh := {one for one, parent in parents.items() if parent in found} - found:
        found |= fresh
    return found


def alive(pids):
    """Those of `pids` that still run (zombies do not count)."""
    left = set()
    for pid in pids:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("latin-1")
        except OSError:
            continue
        if stat.rpartition(")")[2].split()[0] != "Z":
            left.add(pid)
    return left


def said(place):
    return (place / "err").read_text("utf-8")


def skip_without_network(place):
    if "apt-get download failed" in said(place):
        pytest.skip("the private Postfix cannot be fetched: " + said(place))


def until_mail_flows(process, place, seconds=120):
    log, deadline = place / "out" / "mail.log", time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            skip_without_network(place)
            pytest.fail(said(place))
        if log.exists() and b"status=sent" in log.read_bytes():
            return
        time.sleep(0.1)
    pytest.fail("no mail was delivered: " + said(place))
