#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A private Postfix of the lab that holds one deferred message, for the tests that ask its queue.

  held_postfix.py CACHE

Nobody listens where the mail is to go. Prints one JSON line when it waits in the deferred queue:
{"work", "commands", "config", "log", "queue_id"}; `commands` has postqueue and postconf as an ordinary Postfix has
them. Stops and leaves nothing behind when its standard input ends.
"""

import json
import os
import shutil
import smtplib
import socket
import sys
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lab"))

import package  # noqa: E402
import prctl  # noqa: E402
import relay  # noqa: E402
import stage  # noqa: E402
import workdir  # noqa: E402

SECONDS = 30


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Held(relay.Relay):
    """Takes mail from loopback without login and has nowhere to send it."""

    def files(self, providers):
        files = super().files(providers)
        files["main.cf"] = (files["main.cf"]
                            .replace("smtpd_relay_restrictions = permit_sasl_authenticated, reject",
                                     "smtpd_relay_restrictions = permit_mynetworks, reject")
                            .replace("queue_run_delay = 2s", "queue_run_delay = 120s")
                            .replace("minimal_backoff_time = 4s", "minimal_backoff_time = 7m")
                            .replace("maximal_backoff_time = 10s", "maximal_backoff_time = 2h"))
        files["master.cf"] = files["master.cf"].replace("-o smtpd_sasl_auth_enable=yes", "-o smtpd_sasl_auth_enable=no")
        files["transport"] = f"* out-a:[127.0.0.1]:{closed_port()}\n"
        return files

    def deferred(self):
        return [path.name for path in (self.queue / "deferred").rglob("*") if path.is_file()]


def until(condition, what):
    end = time.monotonic() + SECONDS
    while not (value := condition()):
        if time.monotonic() > end:
            raise SystemExit(f"waited {SECONDS} s for {what}")
        time.sleep(0.05)
    return value


def serve(held):
    held.prepare([])
    held.start()
    held.wait_ready()
    with smtplib.SMTP(held.ip, held.port, timeout=SECONDS) as client:
        client.sendmail("shop@lab.example", ["waits@nowhere.example"],
                        "Message-ID: <held@lab.example>\r\nSubject: held\r\n\r\nbody\r\n")
    queue_id = until(held.deferred, "the mail to be deferred")[0]
    until(lambda: "status=deferred" in held.log.read_text("latin-1"), "the log to say so")
    print(json.dumps({"work": str(held.work), "commands": str(held.bin), "config": str(held.work / "etc"),
                      "log": str(held.log), "queue_id": queue_id}), flush=True)
    sys.stdin.read()


def main():
    account = workdir.runner()
    work = workdir.make(account)
    tree = workdir.reachable_tree(package.ensure(Path(sys.argv[1])), work, account)
    prctl.adopt_orphans()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if account:
                stage.drop_privileges(account)
            held = Held(work, tree)
            try:
                serve(held)
                status = 0
            finally:
                held.stop()
        except BaseException:  # the child must never return into the parent's code
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    shutil.rmtree(work, ignore_errors=True)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    raise SystemExit(main())
