# SPDX-License-Identifier: Apache-2.0
"""Watches over a child that does the work of a run in a folder of its own.

The child drops its privileges; this process prepares Postfix and the folder, copies the log as it
grows, and leaves the results in their place. Whatever happens, nothing that was started goes on.
"""

import os
import shutil
import signal
import sys
import time
import traceback

import package
import prctl
import relay
import workdir
from logcopy import LogCopy
from progress import Progress
from trouble import Trouble

SLACK_SECONDS = 180  # more than a run may ever take: start, drain, a busy machine
GRACE_SECONDS = 15
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Watcher:
    """Watches the child until it ends, its time is over, or a signal came.

    `options` has `dir`, `cache` and `stamps`; `play` is the child's life: called with (work, tree,
    account), its result is the exit status. `results` are the names of files in its folder: those
    that it has left are copied to `dir`, beside the log; a good run leaves the first. `seconds`:
    how long it is to take; it gets SLACK_SECONDS more."""

    def __init__(self, options, play, results, seconds):
        self.options, self.play, self.results, self.seconds = options, play, results, seconds
        self.caught = 0
        self.fetching = False
        self.child = self.group = 0
        self.deadline = float("inf")
        for number in ENDS:
            signal.signal(number, self.catch)

    def catch(self, number, _frame):
        """Remembered; follow() acts on it. While apt works there is nothing else to end."""
        self.caught = self.caught or number
        if self.fetching:
            self.fetching = False
            raise Interrupted

    def run(self):
        """Everything between a checked command line and the exit status."""
        options, progress = self.options, Progress()
        progress.step(f"Postfix from {options.cache}")
        make_target(options.dir, self.results)
        self.fetching = True
        tree = package.ensure(options.cache)
        self.fetching = False
        prctl.adopt_orphans()
        account = workdir.runner()
        work = workdir.make(account)
        try:
            tree = workdir.reachable_tree(tree, work, account)
            self.start(work, tree, account)
            status = self.follow(work)
            self.finish(work, status)
        finally:
            self.end(work)
            shutil.rmtree(work, ignore_errors=True)
        return 128 + self.caught if self.caught else status

    def start(self, work, tree, account):
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        self.child = self.group = os.fork()
        if self.child:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
            return
        status = 1
        try:
            os.setsid()
            for number in ENDS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
            status = self.play(work, tree, account)
        except BaseException:  # the child must never return into the parent's code
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def follow(self, work):
        """Copy the log while the child lives; its exit status."""
        copy = LogCopy(work / "mail.log", self.options.dir / "mail.log", self.options.stamps)
        self.deadline = time.monotonic() + self.seconds + SLACK_SECONDS
        try:
            while (status := self.poll()) is None:
                copy.pump()
                if self.caught:
                    self.deadline = min(self.deadline, time.monotonic() + GRACE_SECONDS)
                    os.kill(self.child, signal.SIGTERM)
                time.sleep(0.1)
        finally:
            copy.close()
        return status

    def poll(self):
        """The child's exit status once it has ended; None while it lives. Past time: killed."""
        if time.monotonic() > self.deadline:
            os.kill(self.child, signal.SIGKILL)
        pid, status = os.waitpid(self.child, os.WNOHANG)
        if not pid:
            return None
        self.child = 0
        return os.waitstatus_to_exitcode(status)

    def finish(self, work, status):
        """Leave the truth in its place, or say what went wrong."""
        for name in self.results:
            if (work / name).exists():
                shutil.copyfile(work / name, self.options.dir / name)
        if status == 0 and not self.caught:
            Progress().step(f"done: {self.options.dir / 'mail.log'} and "
                            f"{self.options.dir / self.results[0]}")
            return
        if (work / "trouble").exists():
            text = (work / "trouble").read_text("utf-8")
            raise Told(text.replace(str(work), str(self.options.dir)))  # where it is from now on
        if not self.caught and time.monotonic() > self.deadline:
            raise Trouble("the run took too long and was ended", self.options.dir,
                          "the machine may be too busy: try again when it is idle")
        if not self.caught:
            raise Trouble(f"the run ended with status {status}", "the lines above", "run again")

    def end(self, work):
        """Nothing that we started may go on: the child and what it left, then all of Postfix."""
        if self.child:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        if self.group:
            relay.end_group(self.group)
        if (work / "master.pid").exists():
            relay.end_group(int((work / "master.pid").read_text("ascii")))


class Interrupted(BaseException):
    """A signal came while apt works."""


class Told(Exception):
    """Trouble of the child, already worded."""


def make_target(folder, results):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("mail.log", *results):
            (folder / name).unlink(missing_ok=True)
    except OSError as err:
        raise Trouble(f"cannot write: {err}", folder, "choose another folder with --dir") from err


def main(watcher):
    """The exit status of a program whose run is `watcher`'s."""
    try:
        return watcher.run()
    except Interrupted:
        return 128 + watcher.caught
    except (Trouble, Told) as err:
        print(err, file=sys.stderr)
        return 1
