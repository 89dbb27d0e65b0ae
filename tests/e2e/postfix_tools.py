# SPDX-License-Identifier: Apache-2.0
"""The tools of the lab's Postfix (lab/package.py) for tests that start none of its daemons: postmap and postconf on a
configuration of the test's own. Needs no rights.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "lab-postfix"
LIMIT = 60
MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}
data_directory = {folder}
shlib_directory = {tree}/usr/lib/postfix
daemon_directory = {tree}/usr/lib/postfix/sbin
command_directory = {tree}/usr/sbin
meta_directory = {folder}
# Accounts that every Debian has; nothing is started.
mail_owner = daemon
setgid_group = games
inet_interfaces = loopback-only
import_environment = MAIL_CONFIG LD_LIBRARY_PATH
"""

sys.path.insert(0, str(ROOT / "lab"))
import package  # noqa: E402
from trouble import Trouble  # noqa: E402


class Tools:
    """`folder`: for the configuration. `tree`: the unpacked package."""

    def __init__(self, tree, folder, more=""):
        self.tree, self.folder = tree, folder
        folder.mkdir(exist_ok=True)
        (folder / "main.cf").write_text(MAIN_CF.format(tree=tree, folder=folder) + more)
        (folder / "master.cf").touch()
        (folder / "dynamicmaps.cf").write_text(package.dynamic_maps(tree))

    def command(self, name, *arguments):
        return [self.tree / "usr/sbin" / name, "-c", self.folder, *map(str, arguments)]

    def environment(self):
        return {**os.environ, "LC_ALL": "C", "LD_LIBRARY_PATH": package.library_path(self.tree)}

    def run(self, name, *arguments, input=""):
        return subprocess.run(self.command(name, *arguments), env=self.environment(), input=input, text=True,
                              capture_output=True, timeout=LIMIT, check=False)

    def look_up(self, table, keys):
        """{key: value} of `postmap -q`, for those that are there."""
        done = self.run("postmap", "-q", "-", table, input="".join(f"{key}\n" for key in keys))
        assert not done.stderr, done.stderr
        return dict(line.split("\t", 1) for line in done.stdout.splitlines())


def tools_in(folder, more=""):
    """Tools with their configuration in `folder`; skips the test where Postfix cannot be fetched."""
    if not shutil.which("dpkg-deb"):
        pytest.skip("needs Debian's tools")
    try:
        tree = package.ensure(CACHE)
    except Trouble as err:
        if "apt-get download failed" in str(err):
            pytest.skip("Postfix cannot be fetched")
        raise
    return Tools(tree, folder, more)
