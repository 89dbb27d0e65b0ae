# SPDX-License-Identifier: Apache-2.0
"""scripts/deps never lets apt change what runs: against a made-up apt that notes what it was asked."""

import shutil
import subprocess

import pytest

TOOLS = ("sh awk tr sed grep cut mktemp rm id dirname basename dpkg-deb tar gzip xz env cat head "
         "chmod mkdir").split()
FAKES = {
    # Knows nothing as installed.
    "dpkg-query": "exit 1",
    "pkg-config": "exit 1",
    "apt-cache": 'echo "$2 | 1.0 | there"',
    # -s: says what $PLAN holds. --download-only: copies $DEBS to the archives folder. All noted.
    "apt-get": """
echo "$*" >>"$NOTES"
for word in "$@"; do
    case $word in
    Dir::Cache::archives=*) archives=${word#*=} ;;
    -s) cat "$PLAN"; exit 0 ;;
    --download-only) cp "$DEBS"/*.deb "$archives"; exit 0 ;;
    esac
done""",
    "sudo": '"$@"',
}


@pytest.fixture
def machine(root, tmp_path):
    """machine(plan, deb_path) -> (exit status, stderr, apt calls) of `scripts/deps bench`."""
    if not shutil.which("dpkg-deb"):
        pytest.skip("no dpkg-deb here")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for tool in TOOLS + ["cp"]:
        (bin_folder / tool).symlink_to(shutil.which(tool))
    for name, body in FAKES.items():
        (bin_folder / name).write_text(f"#!/bin/sh\n{body}\n", "ascii")
        (bin_folder / name).chmod(0o755)

    def call(plan, deb_path):
        tree = tmp_path / "tree"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN" / "control").write_text(
            "Package: pflogsumm\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.com>\n"
            "Description: x\n", "ascii")
        (tree / deb_path).parent.mkdir(parents=True, exist_ok=True)
        (tree / deb_path).write_text("x\n", "ascii")
        (tmp_path / "debs").mkdir()
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree,
                        tmp_path / "debs" / "pflogsumm_1_all.deb"], check=True, capture_output=True)
        (tmp_path / "plan").write_text(plan, "ascii")
        left = set((tmp_path / "tmp").glob("*")) if (tmp_path / "tmp").mkdir() else set()
        done = subprocess.run(
            [root / "scripts" / "deps", "bench"], capture_output=True, text=True, timeout=60,
            check=False, env={
                "PATH": str(bin_folder), "NOTES": str(tmp_path / "notes"),
                "PLAN": str(tmp_path / "plan"), "DEBS": str(tmp_path / "debs"),
                "TMPDIR": str(tmp_path / "tmp")})
        assert set((tmp_path / "tmp").glob("*")) == left
        notes = (tmp_path / "notes").read_text("utf-8").splitlines()
        return done.returncode, done.stderr, notes

    return call


def installs(notes):
    """Calls that would have changed the machine."""
    return [line for line in notes if " -s " not in line and "--download-only" not in line]


def test_a_harmless_package_is_installed(machine):
    status, said, notes = machine("Inst pflogsumm (1 there)\n", "usr/bin/pflogsumm")
    assert status == 0, said
    assert "installing: " in said and len(installs(notes)) == 1
    assert all("--no-install-recommends" in line for line in notes)


def test_a_removal_is_refused(machine):
    status, said, notes = machine("Remv exim4 [4.9]\nInst pflogsumm (1 there)\n", "usr/bin/x")
    assert status == 1 and "exim4 would be removed" in said
    assert installs(notes) == [] and len(notes) == 1


@pytest.mark.parametrize("path", [
    "lib/systemd/system/postfix.service",
    "usr/lib/systemd/system/some.timer",
    "etc/init.d/nginx",
    "etc/cron.d/some",
    "usr/share/dbus-1/system-services/org.x.service",
])
def test_what_would_run_is_refused(machine, path):
    status, said, notes = machine("Inst pflogsumm (1 there)\n", path)
    assert status == 1 and "what runs on this machine: pflogsumm" in said
    assert installs(notes) == []
