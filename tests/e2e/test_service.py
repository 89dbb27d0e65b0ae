# SPDX-License-Identifier: Apache-2.0
"""packaging/todoku.service: installed with the path of the program, accepted by systemd, and started as it says - the
command as it stands, in a root of its own in which only the two folders of the unit can be written to, without
privileges, spoken to by sd_notify, reloaded and stopped by its signals."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from conftest import SANITIZER
from daemon_rig import LIMIT

CONFIG = """state: /var/lib/todoku
control: /run/todoku/control.sock
logs:
  - file: /var/log/mail.log
"""
# What the sandbox of the unit comes to: its root read-only, folders for the state and the socket, a private /tmp, no
# privileges to be had.
START = """
mount --rbind "$1" "$1" && mount -o remount,bind,ro "$1"
for folder in var/lib/todoku run/todoku; do mount --bind "$1/$folder" "$1/$folder"; mount -o remount,bind,rw "$1/$folder"; done
mount -t tmpfs none "$1/tmp" && mount --rbind /proc "$1/proc" && mount --bind /dev/null "$1/dev/null" || exit 9
root=$1; shift; umask 0027
exec chroot "$root" /setpriv --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
"""


@pytest.fixture(scope="session")
def installed(todoku, tmp_path_factory):
    """What `meson install` puts below a root."""
    root = tmp_path_factory.mktemp("root")
    done = subprocess.run(["meson", "install", "-C", todoku.parent, "--no-rebuild", "--destdir", root], text=True,
                          capture_output=True, timeout=LIMIT, check=False)
    if done.returncode:
        pytest.skip(f"not everything is built: {done.stderr[-300:]}{done.stdout[-300:]}")
    return root


@pytest.fixture(scope="session")
def unit(installed):
    """Path and settings of the unit."""
    paths = list(installed.rglob("todoku.service"))
    assert len(paths) == 1 and paths[0].parent.match("lib/systemd/system"), paths
    return paths[0], dict(re.findall(r"^(\w+)=(.*)$", paths[0].read_text(), re.MULTILINE))


def test_it_names_the_program_that_was_installed(installed, unit):
    program = unit[1]["ExecStart"].split()[0]
    assert os.access(f"{installed}{program}", os.X_OK)


def test_systemd_accepts_it(installed, unit, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    copy = tmp_path / "todoku.service"
    copy.write_text(unit[0].read_text().replace("ExecStart=", f"ExecStart={installed}"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], text=True, capture_output=True,
                          timeout=LIMIT, check=False)
    assert "todoku.service" not in done.stderr, done.stderr


def copy_into(root, program, to):
    """A program with the libraries that it needs."""
    shutil.copy(program, root / to)
    needed = subprocess.run(["ldd", program], text=True, capture_output=True, check=True).stdout
    for library in set(re.findall(r"(/\S+)", needed)):
        there = Path(f"{root}{library}")
        there.parent.mkdir(parents=True, exist_ok=True)
        if not there.exists():
            shutil.copy(library, there)


class Service:
    """The command of the unit, running."""

    def __init__(self, installed, unit, root):
        self.root, self.errors = root, root.parent / "errors"
        for folder in ("var/lib/todoku", "run/todoku", "var/log", "etc/todoku", "tmp", "proc", "dev"):
            (root / folder).mkdir(parents=True)
        (root / "etc/todoku/todoku.yaml").write_text(CONFIG)
        (root / "dev/null").touch()
        words = unit[1]["ExecStart"].split()
        (root / words[0][1:]).parent.mkdir(parents=True, exist_ok=True)
        copy_into(root, f"{installed}{words[0]}", words[0][1:])
        copy_into(root, shutil.which("setpriv"), "setpriv")
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.link.bind(str(root / "run/todoku/notify"))
        self.link.settimeout(LIMIT)
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", START, "sh", root, *words],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                env={"NOTIFY_SOCKET": "/run/todoku/notify", "WATCHDOG_USEC": "2000000", "PATH": os.environ["PATH"]})

    def hears(self, word):
        """Waits for this word from sd_notify."""
        for _ in range(100):
            if word in self.link.recv(4096).decode().splitlines():
                return
        raise AssertionError(f"no {word}: {self.said()}")

    def said(self):
        return self.errors.read_text(errors="backslashreplace")

    def answers(self):
        link = http.client.HTTPConnection("localhost")
        link.sock = socket.socket(socket.AF_UNIX)
        link.sock.connect(str(self.root / "run/todoku/control.sock"))
        link.request("GET", "/healthz")
        return link.getresponse().status == 200

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.link.close()


@pytest.fixture
def service(installed, unit, tmp_path):
    if not (shutil.which("unshare") and shutil.which("setpriv")) or subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")
    made = Service(installed, unit, tmp_path / "r")
    yield made
    made.end()


def test_it_starts_reloads_and_stops_as_the_unit_says(service, unit):
    assert unit[1]["Type"] == "notify" and unit[1]["ExecReload"] == "/bin/kill -HUP $MAINPID"
    service.hears("READY=1")
    service.hears("STATUS=Following 1 log, nothing is wrong")
    assert service.answers()
    assert (service.root / "run/todoku/control.sock").stat().st_mode & 0o777 == 0o660
    service.hears("WATCHDOG=1")
    service.process.send_signal(signal.SIGHUP)
    service.hears("RELOADING=1")
    service.hears("READY=1")
    assert service.answers()
    service.process.send_signal(signal.SIGTERM)
    service.hears("STOPPING=1")
    assert service.process.wait(LIMIT) == 0, service.said()
    assert not SANITIZER.search(service.said()), service.said()
    assert {file.name for file in (service.root / "var/lib/todoku").iterdir()} >= {"history.db", "incidents.json"}
    assert (service.root / "var/lib/todoku/history.db").stat().st_mode & 0o007 == 0
