# SPDX-License-Identifier: Apache-2.0
"""The folder of one run: a short path (unix sockets end at 107 bytes) open to the run's user."""

import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

PATH_BYTES = 60


def runner():
    """Whom the run becomes: the `nobody` account for root, None (stay) for others."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def make(account):
    """A new folder (Path) that belongs to `account`."""
    for parent in (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")):
        if len(str(parent)) <= PATH_BYTES and (not account or open_to_all(parent)):
            break
    work = Path(tempfile.mkdtemp(prefix="todoku-lab-", dir=parent))
    work.chmod(0o755)
    if account:
        os.chown(work, account.pw_uid, account.pw_gid)
    return work


def open_to_all(path):
    """May every user walk through `path` and all folders above it?"""
    return all(os.stat(one).st_mode & stat.S_IXOTH for one in (path, *path.parents))


def reachable_tree(tree, work, account):
    """`tree`, or a copy of it in `work` when `account` could not walk to it."""
    tree = tree.resolve()
    if not account or open_to_all(tree):
        return tree
    return Path(shutil.copytree(tree, work / "postfix", symlinks=True))


def reachable_file(file, work, account):
    """`file`, or a copy of it in `work` when `account` could not walk to it."""
    if not account or open_to_all(file.resolve().parent):
        return file
    return Path(shutil.copy(file, work))
