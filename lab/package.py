# SPDX-License-Identifier: Apache-2.0
"""A private copy of Debian's postfix with lmdb and pcre: fetched by apt, unpacked, not installed.

The copy lives in one cache folder and is used again while its programs start.
Needs only what an ordinary user may do: `apt-get download` and `dpkg-deb -x`.
"""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from trouble import Trouble

WANTED = ("postfix", "postfix-lmdb", "postfix-pcre", "libnss-wrapper", "libuid-wrapper",
          "libresolv-wrapper")
DAEMONS = "usr/lib/postfix/sbin"
TABLES = ("lmdb", "pcre")  # kinds of tables that are packages of their own
WRAPPERS = ("libnss_wrapper.so", "libuid_wrapper.so")
RESOLVER = "libresolv_wrapper.so"
OWNER_SOURCE = Path(__file__).resolve().parent / "owner.c"
PROBED = ("master", "smtpd", "smtp", "qmgr", "cleanup", "postlogd")
TIMEOUT_SECONDS = 300


def ensure(cache):
    """The unpacked tree in `cache` (a Path), fetched first when it is not there or stale."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock = open(f"{cache}.lock", "w", encoding="ascii")
    except OSError as err:
        raise Trouble(f"cannot write the cache: {err}", cache.parent,
                      "choose another folder with --cache") from err
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not usable(cache):
            fetch(cache)
        if stale(owner(cache)):
            compile_owner(owner(cache))
    return cache


def usable(tree):
    return not missing_libraries(tree)


def owner(tree):
    """Path of the library made of owner.c."""
    return tree / "usr/lib/lab-owner.so"


def stale(library):
    return not library.exists() or library.stat().st_mtime < OWNER_SOURCE.stat().st_mtime


def compile_owner(library):
    """Whole or not at all: others may have it loaded."""
    made = library.with_suffix(".new")
    compiler = os.environ.get("CC", "cc").split()
    done = run([*compiler, "-std=gnu17", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC",
                "-o", str(made), str(OWNER_SOURCE)])
    if done.returncode:
        raise Trouble("the compiler failed: " + done.stderr.strip(), OWNER_SOURCE,
                      "install what packaging/dependencies.txt lists: make deps")
    made.rename(library)


def fetch(cache):
    for tool in ("apt-get", "apt-cache", "dpkg-deb", "dpkg-query", "ldd"):
        if not shutil.which(tool):
            raise Trouble(f"{tool} is not on this machine", "PATH",
                          "run the lab on Debian or a system made from it")
    shutil.rmtree(cache, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="lab-postfix.", dir=cache.parent) as tmp:
        tree = Path(tmp) / "tree"
        download(WANTED, tree)
        if missing_libraries(tree):
            download(absent_libraries(), tree)
        left = missing_libraries(tree)
        if left:
            raise Trouble("shared libraries not found: " + " ".join(sorted(left)), tree,
                          "install the packages that hold them")
        tree.chmod(0o755)
        tree.rename(cache)


def download(packages, tree):
    """Fetch the packages and unpack them over `tree`."""
    if not packages:
        return
    with tempfile.TemporaryDirectory(dir=tree.parent) as debs:
        command = ["apt-get", "-qq", "download"]
        if os.geteuid() == 0:
            command[1:1] = ["-o", "APT::Sandbox::User=root"]
        done = run(command + sorted(packages), cwd=debs)
        if done.returncode:
            raise Trouble("apt-get download failed: " + done.stderr.strip(),
                          " ".join(sorted(packages)),
                          "run `apt-get update` as root, check the network, try again")
        for deb in Path(debs).glob("*.deb"):
            unpacked = run(["dpkg-deb", "-x", str(deb), str(tree)])
            if unpacked.returncode:
                raise Trouble(unpacked.stderr.strip(), deb.name, "check free disk space")


def missing_libraries(tree):
    """Sonames that the programs and wrappers of `tree` cannot find."""
    files = [tree / DAEMONS / name for name in PROBED]
    files += [table(tree, kind) for kind in TABLES]
    files += [wrapper(tree, name) for name in (*WRAPPERS, RESOLVER)]
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
           "LD_LIBRARY_PATH": library_path(tree)}
    if any(not file or not file.exists() for file in files):
        return {"postfix"}
    text = run(["ldd"] + [str(file) for file in files], env=env).stdout
    return set(re.findall(r"^\s*(\S+) => not found", text, re.M))


def library_path(tree):
    """LD_LIBRARY_PATH for the tree: Postfix' own libraries, then fetched ones."""
    folders = [tree / "usr/lib/postfix", *tree.glob("usr/lib/*-linux-gnu*"),
               *tree.glob("lib/*-linux-gnu*")]
    return ":".join(str(folder) for folder in folders)


def wrapper(tree, name):
    """Path of a cwrap library in the tree, or None."""
    return next(tree.glob(f"usr/lib/*/{name}"), None)


def table(tree, kind):
    """Path of the plug-in that reads tables of a kind; dynamicmaps.cf names it."""
    return tree / "usr/lib/postfix" / f"postfix-{kind}.so"


def dynamic_maps(tree):
    """The text of dynamicmaps.cf(5) for the plug-ins of the tree."""
    makers = {"lmdb": "mkmap_lmdb_open"}
    return "".join(f"{kind} {table(tree, kind)} dict_{kind}_open {makers.get(kind, '')}".rstrip() + "\n"
                   for kind in TABLES)


def absent_libraries(wanted=WANTED):
    """Library packages that these need, directly or not, and that are not installed."""
    seen, asked = set(), set(wanted)
    while asked:
        text = run(["apt-cache", "depends", "--important", *sorted(asked)]).stdout
        names = re.findall(r"^\s*\|?(?:Pre)?Depends: (lib[^\s<>:]+)", text, re.M)
        asked = set(names) - seen - {"libc6"}
        seen |= asked
    return {name for name in seen if not installed(name)}


def installed(name):
    done = run(["dpkg-query", "-W", "-f", "${db:Status-Status}\n", name])
    return "installed" in done.stdout.split()


def run(command, **more):
    env = more.pop("env", None) or dict(os.environ)
    env["LC_ALL"] = "C"
    try:
        return subprocess.run(command, capture_output=True, text=True, env=env, check=False,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, **more)
    except (OSError, subprocess.TimeoutExpired) as err:
        raise Trouble(str(err), command[0], "try again, or check the network") from err
