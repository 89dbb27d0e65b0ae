# SPDX-License-Identifier: Apache-2.0
"""Prometheus' own judge of metrics, from Debian's package: fetched by apt, unpacked, never installed."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

FETCH_SECONDS = 300
PROGRAM = "usr/bin/promtool"


def fetch(cache):
    """Unpacks the package's promtool into the folder `cache`; why not, when it cannot."""
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            return f"{tool} is not on this machine"
    with tempfile.TemporaryDirectory(prefix="promtool.", dir=cache.parent) as folder:
        command = ["apt-get", "-qq", "download", "prometheus"]
        if os.geteuid() == 0:
            command[1:1] = ["-o", "APT::Sandbox::User=root"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                                  stdin=subprocess.DEVNULL, timeout=FETCH_SECONDS)
        except subprocess.TimeoutExpired:
            return "apt-get download takes too long"
        debs = list(Path(folder).glob("*.deb"))
        if done.returncode or not debs:
            return f"apt-get download prometheus: {done.stderr.strip() or 'nothing came'}"
        tree = Path(folder) / "tree"
        subprocess.run(["dpkg-deb", "-x", debs[0], tree], check=True, timeout=FETCH_SECONDS)
        cache.mkdir(exist_ok=True)
        (tree / PROGRAM).rename(cache / "promtool")
    return None


def promtool(root):
    """Path of the program, kept in build/promtool; skips the test when it cannot be had."""
    if found := shutil.which("promtool"):
        return Path(found)
    build = root / "build"
    build.mkdir(exist_ok=True)
    program = build / "promtool" / "promtool"
    with open(build / "promtool.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists() and (trouble := fetch(program.parent)):
            pytest.skip(f"no promtool: {trouble}")
    return program


def check_metrics(root, text):
    """What `promtool check metrics` has to say of an exposition (bytes); "" when nothing."""
    done = subprocess.run([promtool(root), "check", "metrics"], input=text, capture_output=True,
                          check=False, timeout=60)
    said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
    return said or ("" if done.returncode == 0 else f"exit status {done.returncode}")
