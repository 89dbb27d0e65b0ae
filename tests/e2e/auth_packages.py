# SPDX-License-Identifier: Apache-2.0
"""A private copy of Debian's nginx with its mail module and of Dovecot: fetched by apt, unpacked, not installed, since
their packages start servers. Made once a machine, beside that of the lab's Postfix (lab/package.py), and used again
while its programs start.
"""

import fcntl
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "auth-neighbours"
WANTED = ("nginx", "libnginx-mod-mail", "dovecot-core", "dovecot-imapd", "dovecot-lmtpd", "dovecot-pop3d")
NGINX, MODULE = "usr/sbin/nginx", "usr/lib/nginx/modules/ngx_mail_module.so"
DOVECOT, DOVECONF, DAEMONS = "usr/sbin/dovecot", "usr/bin/doveconf", "usr/lib/dovecot"
MODULES_SOURCE, MODULES = Path(__file__).with_name("dovecot_modules.c"), "usr/lib/dovecot-modules.so"
PROBED = (NGINX, MODULE, DOVECOT, DOVECONF, *(f"{DAEMONS}/{name}" for name in ("auth", "imap", "imap-login", "lmtp", "pop3-login", "quota-status")))

sys.path.insert(0, str(ROOT / "lab"))
import package  # noqa: E402
from trouble import Trouble  # noqa: E402


def library_path(tree):
    folders = (tree / DAEMONS, tree / DAEMONS / "modules/old-stats", *tree.glob("usr/lib/*-linux-gnu*"), *tree.glob("lib/*-linux-gnu*"))
    return ":".join(map(str, folders))


def missing(tree):
    """What the programs of `tree` lack."""
    if not all((tree / name).exists() for name in PROBED):
        return {"nginx, dovecot"}
    programs = [str(tree / name) for name in PROBED if name != MODULE]  # a module has what it needs from its program
    text = package.run(["ldd", *programs], env={"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": library_path(tree)}).stdout
    return set(re.findall(r"^\s*(\S+) => not found", text, re.M))


def compile_modules(tree):
    """Whole or not at all: others may have it loaded."""
    library = tree / MODULES
    if library.exists() and library.stat().st_mtime >= MODULES_SOURCE.stat().st_mtime:
        return
    made = library.with_suffix(".new")
    done = package.run([*os.environ.get("CC", "cc").split(), "-std=gnu17", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o", str(made),
                        str(MODULES_SOURCE)])
    if done.returncode:
        raise Trouble("the compiler failed: " + done.stderr.strip(), MODULES_SOURCE, "make deps")
    made.rename(library)


def fetch():
    shutil.rmtree(CACHE, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="auth-neighbours.", dir=CACHE.parent) as folder:
        tree = Path(folder) / "tree"
        package.download(WANTED, tree)
        if missing(tree):
            package.download(package.absent_libraries(WANTED), tree)
        if left := missing(tree):
            raise Trouble("shared libraries not found: " + " ".join(sorted(left)), tree, "install the packages that hold them")
        tree.chmod(0o755)
        tree.rename(CACHE)


class Unfetched(Exception):
    """No Debian, no network and no cache."""


def unpacked():
    """The tree, fetched if need be."""
    if not shutil.which("dpkg-deb"):
        raise Unfetched("needs Debian's tools")
    CACHE.parent.mkdir(exist_ok=True)
    with open(f"{CACHE}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if missing(CACHE):
                fetch()
            compile_modules(CACHE)
        except Trouble as err:
            if "apt-get download failed" in str(err):
                raise Unfetched("nginx and Dovecot cannot be fetched") from err
            raise
    return CACHE


def ensure():
    """The unpacked tree; skips the test where it cannot be fetched."""
    import pytest  # benches have none

    try:
        return unpacked()
    except Unfetched as err:
        pytest.skip(str(err))
