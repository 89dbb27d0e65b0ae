# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of one's own: on a unix socket in a folder, as nobody when we are root, ended by its process."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from daemon_rig import LIMIT, until

NOBODY = 65534


def programs():
    """Where initdb and postgres are: on the machine, or unpacked below the build by scripts/deps."""
    private = [Path(os.environ.get("TODOKU", "build/todoku")).absolute().parent / "private",
               Path(__file__).parents[2] / "build/private"]
    for root in [Path("/"), *private]:
        if found := sorted(root.glob("usr/lib/postgresql/*/bin/initdb")):
            return found[-1].parent, root
    raise AssertionError("there is no PostgreSQL: make deps")


class PostgreSQL:
    """Its one user who may log in is todoku with `password`."""

    def __init__(self, password="planted-password"):
        self.process = None
        self.folder = folder = Path(tempfile.mkdtemp(prefix="todoku-pg-"))  # nobody may not enter those of pytest
        self.bin, root = programs()
        self.more = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self.environment = dict(os.environ)
        if root != Path("/"):
            self.environment["LD_LIBRARY_PATH"] = ":".join(map(str, root.glob("usr/lib/*-linux-gnu*")))
        folder.chmod(0o755)
        if self.more:
            os.chown(folder, NOBODY, NOBODY)
        self.run("initdb", "-D", "data", "-U", "owner", "-A", "trust", "--no-sync", "--no-instructions", "--locale=C", "-E", "UTF8")
        (folder / "data/pg_hba.conf").write_text("local all all scram-sha-256\n")
        self.do(f"CREATE USER todoku PASSWORD '{password}'; CREATE SCHEMA mail; GRANT USAGE ON SCHEMA mail TO todoku; "
                "ALTER DEFAULT PRIVILEGES IN SCHEMA mail GRANT SELECT ON TABLES TO todoku;")

    def run(self, name, *words, **more):
        done = subprocess.run([self.bin / name, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True,
                              timeout=LIMIT, check=False, **self.more, **more)
        assert done.returncode == 0, done.stdout + done.stderr

    def do(self, text):
        """As its owner, while it does not run."""
        for statement in text.split(";"):
            if statement.strip():
                self.run("postgres", "--single", "-D", "data", "-c", "fsync=off", "-c", "exit_on_error=on", "postgres",
                         input=" ".join(statement.split()) + "\n")

    @property
    def host(self):
        return str(self.folder)

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", "data", "-k", self.folder, "-c", "listen_addresses=", "-c", "fsync=off",
                 "-c", "shared_buffers=8MB", "-c", "jit=off"], cwd=self.folder, env=self.environment, stdout=log, stderr=log,
                **self.more)
        until(self.listens, lambda: (self.folder / "log").read_text(errors="replace")[-3000:])
        return self

    def listens(self):
        with socket.socket(socket.AF_UNIX) as asked:
            try:
                asked.connect(f"{self.folder}/.s.PGSQL.5432")
                return True
            except OSError:
                return False

    def end(self):
        if self.process is not None:
            self.process.send_signal(3)  # at once
            self.process.wait(LIMIT)
            self.process = None

    def remove(self):
        """Ended, and nothing of it is left."""
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()
