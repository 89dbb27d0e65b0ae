# SPDX-License-Identifier: Apache-2.0
"""scripts/deps never lets apt change what runs: against a made-up apt that notes what it was asked."""

import shutil
import subprocess

import pytest

TOOLS = ("find sh awk tr sed grep cut mktemp rm id dirname basename dpkg-deb tar gzip xz env cat head "
         "chmod mkdir cp").split()
FAKES = {
    # Knows nothing as installed.
    "dpkg-query": "exit 1",
    "pkg-config": "exit 1",
    "apt-cache": 'echo "$2 | 1.0 | there"',
    "sudo": '"$@"',
    # Notes every call. $PLANS/<package>: lines of a simulated run; $DEBS/<package>: what it fetches.
    "apt-get": """
echo "$*" >>"$NOTES"
for word in "$@"; do
    case $word in
    Dir::Cache::archives=*) archives=${word#*=} ;;
    -s) does=plan ;;
    --download-only) does=fetch ;;
    esac
    [ "${does:-}" != plan ] || [ ! -f "$PLANS/$word" ] || cat "$PLANS/$word"
    [ "${does:-}" != fetch ] || [ ! -d "$DEBS/$word" ] || cp "$DEBS/$word"/*.deb "$archives"
done""",
}


class Machine:
    """A computer with a made-up apt."""

    def __init__(self, root, place):
        self.root, self.place = root, place
        for folder in ("bin", "plans", "debs", "tmp", "build"):
            (place / folder).mkdir()
        for tool in TOOLS:
            (place / "bin" / tool).symlink_to(shutil.which(tool))
        for name, body in FAKES.items():
            (place / "bin" / name).write_text(f"#!/bin/sh\n{body}\n", "ascii")
            (place / "bin" / name).chmod(0o755)

    def plan(self, package, text):
        (self.place / "plans" / package).write_text(text, "ascii")

    def deb(self, wanted, package, files):
        """`package` with {path: text} comes along when `wanted` is fetched."""
        tree = self.place / f"tree-{package}"
        for path, text in {**files, "DEBIAN/control": (
                f"Package: {package}\nVersion: 1\nArchitecture: all\n"
                "Maintainer: x <x@example.com>\nDescription: x\n")}.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text, "ascii")
        (self.place / "debs" / wanted).mkdir(exist_ok=True)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree,
                        self.place / "debs" / wanted / f"{package}_1_all.deb"],
                       check=True, capture_output=True)

    def deps(self, purpose):
        """(exit status, stderr, apt calls) of `scripts/deps purpose`."""
        place = self.place
        done = subprocess.run(
            [self.root / "scripts" / "deps", purpose], capture_output=True, text=True, timeout=60,
            check=False, env={
                "PATH": str(place / "bin"), "NOTES": str(place / "notes"),
                "PLANS": str(place / "plans"), "DEBS": str(place / "debs"),
                "TMPDIR": str(place / "tmp"), "BUILD": str(place / "build")})
        assert list((place / "tmp").iterdir()) == [], "something was left behind"
        return done.returncode, done.stderr, (place / "notes").read_text("utf-8").splitlines()


@pytest.fixture
def machine(root, tmp_path):
    if not shutil.which("dpkg-deb"):
        pytest.skip("no dpkg-deb here")
    return Machine(root, tmp_path)


def installs(notes):
    """Calls that would have changed the machine."""
    return [line for line in notes if " -s " not in line and "--download-only" not in line]


def test_a_harmless_package_is_installed(machine):
    machine.deb("pflogsumm", "pflogsumm", {"usr/bin/pflogsumm": "x"})
    status, said, notes = machine.deps("bench")
    assert status == 0, said
    assert "installing: " in said and len(installs(notes)) == 1
    assert all("--no-install-recommends" in line for line in notes)


def test_a_removal_is_refused(machine):
    machine.plan("pflogsumm", "Remv exim4 [4.9]\nInst pflogsumm (1 there)\n")
    status, said, notes = machine.deps("bench")
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
    machine.deb("pflogsumm", "pflogsumm", {path: "x"})
    status, said, notes = machine.deps("bench")
    assert status == 1 and "what runs on this machine: pflogsumm" in said
    assert installs(notes) == []


def test_a_library_that_brings_a_service_is_unpacked_in_the_build_folder(machine):
    machine.plan("libsystemd-dev", "Inst systemd [0] (1 there)\nInst libsystemd-dev (1 there)\n")
    machine.deb("libsystemd-dev", "systemd", {"lib/systemd/system/x.service": "x"})
    machine.deb("libsystemd-dev", "libsystemd-dev", {
        "usr/include/systemd/sd-journal.h": "x",
        "usr/lib/x/pkgconfig/libsystemd.pc": "prefix=/usr\nlibdir=/usr/lib/x\n"})
    machine.deb("zlib1g-dev", "zlib1g-dev", {"usr/include/zlib.h": "x"})
    status, said, notes = machine.deps("build")
    assert status == 0, said
    [install] = installs(notes)
    assert " zlib1g-dev" in install and "libsystemd-dev" not in install
    private = machine.place / "build" / "private"
    assert (private / "usr/include/systemd/sd-journal.h").exists()
    assert not (private / "lib/systemd").exists()
    assert (private / "pkgconfig/libsystemd.pc").read_text("ascii") == (
        f"prefix={private}/usr\nlibdir={private}/usr/lib/x\n")
