# SPDX-License-Identifier: Apache-2.0
"""`todoku run` for the tests: a folder of its own, a log that is written with stamps of now, real HTTP receivers.

    with Rig(program, folder, ["webhook: ..."]) as rig:
        rig.write(rig.lives(20, BLOCK)); rig.until(lambda: rig.hook.pages("opened"))

Every wait is bounded and says what it waited for. Processes are ended by their own number.
"""

import contextlib
import http.client
import http.server
import json
import os
import random
import signal
import socket
import sqlite3
import struct
import subprocess
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from conftest import LIMIT, SANITIZER, clean_environment
from log_lines import life

TICK = 0.02
PORTS = range(10240, 32768)  # below those that a client is given: none takes one before it is bound


def until(condition, what="", limit=LIMIT):
    """The first true value of condition()."""
    end = time.monotonic() + limit
    while True:
        if value := condition():
            return value
        assert time.monotonic() < end, f"waited {limit} s in vain: {what() if callable(what) else what}"
        time.sleep(TICK)


def stand_still(process):
    """Stopped as a whole, as if it hung: a thread that runs stops only at its next interrupt. SIGCONT ends it."""
    process.send_signal(signal.SIGSTOP)
    tasks = Path(f"/proc/{process.pid}/task")
    until(lambda: all("State:\tT" in task.read_text() for task in tasks.glob("*/status")), "it to stand still")


def free_port():
    first = random.SystemRandom().randrange(len(PORTS))  # whatever a test has seeded
    for port in (*PORTS[first:], *PORTS[:first]):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


class Receiver:
    """An HTTP server that keeps what is posted. `answers`: statuses for the next requests, then 200; a callable is
    called with the handler instead (to hang, or to say more)."""

    def __init__(self, port=0):
        self.requests, self.answers, self.lock = [], [], threading.Lock()
        self.released = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with receiver.lock:
                    receiver.requests.append((time.time(), self.path, dict(self.headers), body))
                    answer = receiver.answers.pop(0) if receiver.answers else 200
                if callable(answer):
                    answer(self)
                    return
                self.say(answer)

            def say(self, status, body=b"ok", **headers):
                self.send_response(status)
                for name, value in {**headers, "Content-Length": len(body)}.items():
                    self.send_header(name.replace("_", "-"), str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a daemon that was killed hangs up

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def hang(self, handler):
        """An answer that does not come before the receiver is closed."""
        self.released.wait(LIMIT)
        handler.close_connection = True

    def taken(self):
        with self.lock:
            return list(self.requests)

    def documents(self):
        return [json.loads(body) for _, _, _, body in self.taken()]

    def pages(self, *transitions):
        return [one for one in self.documents() if not transitions or one["transition"] in transitions]

    def repeats(self):
        """Keys that came more than once."""
        return {key: n for key, n in Counter(one["key"] for one in self.documents()).items() if n > 1}

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


class Rig:
    """One daemon and what it works with. `notify`: rows of notify:, default the webhook of `hook`."""

    def __init__(self, program, folder, notify=None, more="", logs=None, start=True):
        self.program, self.folder = program, folder
        self.log, self.state, self.errors = folder / "mail.log", folder / "state", folder / "errors"
        self.control, self.config = folder / "c.sock", folder / "todoku.yaml"
        self.state.mkdir(exist_ok=True)
        self.hook = Receiver()
        self.receivers = [self.hook]
        self.number, self.process, self.begin = 0, None, start
        self.reader = []  # what starts a program where the daemon's files are
        rows = [f"webhook: {self.hook.url}/hook"] if notify is None else notify
        self.configure(rows, more, logs if logs is not None else [f"file: {self.log}"])

    def configure(self, notify, more, logs):
        text = f"state: {self.state}\ncontrol: {self.control}\n"
        text += "logs:\n" + "".join(f"  - {row}\n" for row in logs) if logs else ""
        text += "notify:\n" + "".join(f"  - {row}\n" for row in notify) if notify else ""
        if "detect:" not in more:  # only blocks and surges are told
            text += "detect: { slo: { least_outcomes: 1000000 }, silence: { after: 7d } }\n"
        self.config.write_text(text + more)

    def receiver(self):
        made = Receiver()
        self.receivers.append(made)
        return made

    # --- The daemon

    def spawn(self, **popen):
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen([self.program, "run", "-c", self.config], cwd=self.folder, stderr=errors,
                                            stdin=subprocess.DEVNULL, stdout=errors, env=clean_environment(), **popen)
        return self.process

    def start(self, **popen):
        """Starts it and waits until it answers."""
        self.spawn(**popen)
        until(self.answers, lambda: self.said())
        return self

    def answers(self):
        assert self.process.poll() is None, self.said()
        try:
            return self.ask("/healthz")[0] == 200
        except OSError:
            return False

    def end(self, number, limit=LIMIT):
        self.process.send_signal(number)
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not end within {limit} s of signal {number}: {self.said()}") from None
        return self.process.returncode

    def kill(self):
        self.end(signal.SIGKILL)

    def stop(self):
        assert self.end(signal.SIGTERM) == 0, self.said()

    def said(self):
        return self.errors.read_text(errors="backslashreplace") if self.errors.exists() else ""

    def events(self, name):
        return [line for line in self.said().splitlines() if f"event={name}" in line.split()]

    def __enter__(self):
        return self.start() if self.begin else self

    def __exit__(self, kind, *_):
        for receiver in self.receivers:
            receiver.released.set()
        try:
            if self.process is not None and self.process.poll() is None:
                self.end(signal.SIGTERM)
                if kind is None:
                    assert self.process.returncode == 0, self.said()
        finally:
            for receiver in self.receivers:
                receiver.close()
        if kind is None:
            assert not SANITIZER.search(self.said()), self.said()

    # --- The log

    def lives(self, count, reply=None, ago=0.0, **more):
        """Lines of `count` messages, stamped now or `ago` seconds before."""
        when = datetime.now(timezone.utc) - timedelta(seconds=ago)
        first = self.number + 1
        self.number += count
        return "".join(life(first + i, when, reply, **more) for i in range(count))

    def write(self, text, path=None):
        with open(path or self.log, "a", encoding="utf-8") as file:
            file.write(text)

    def rotate(self):
        """By renaming, as logrotate does; none is deleted."""
        for i in range(len(list(self.folder.glob("mail.log.*"))), 0, -1):
            os.rename(self.log.with_name(f"{self.log.name}.{i}"), self.log.with_name(f"{self.log.name}.{i + 1}"))
        os.rename(self.log, self.log.with_name(f"{self.log.name}.1"))

    # --- The API

    def metric(self, name):
        """The value of a series, labels as they stand."""
        found = [line.rsplit(" ", 1)[1] for line in self.ask("/metrics")[1].splitlines()
                 if line.rsplit(" ", 1)[0] == name]
        return int(found[0]) if found else 0

    def ask(self, path, method="GET", body=None, headers=None, where=None):
        """(status, parsed body) over the control socket, or over a TCP port."""
        link = http.client.HTTPConnection("127.0.0.1", where or 80, timeout=LIMIT)
        if where is None:
            link.sock = socket.socket(socket.AF_UNIX)
            link.sock.settimeout(LIMIT)
            link.sock.connect(str(self.control))
        try:
            try:
                link.request(method, path, body, headers or {})
            except BrokenPipeError:
                pass  # refused by its head alone: the answer is there, the body is not read
            answer = link.getresponse()
            text = answer.read().decode()
        finally:
            link.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    def status(self):
        status, body = self.ask("/api/v1/status")
        assert status == 200, body
        return body

    def incidents(self, all=False):
        return self.ask("/api/v1/incidents" + ("?all=1" if all else ""))[1]

    def lines(self):
        """Lines that this run has read."""
        return ((self.status()["mail"] or {}).get("lines") or {}).get("read", 0)

    def until_read(self, lines):
        """Until the tally of this run has seen so many lines."""
        return until(lambda: self.lines() >= lines, f"{lines} lines read")

    # --- The history

    def rows(self):
        """What tests/e2e/history_rows prints, as lists of words."""
        program = self.program.parent / "tests" / "e2e" / "history_rows"
        done = subprocess.run([*self.reader, program, self.state], capture_output=True, text=True, timeout=LIMIT, check=False)
        assert done.returncode == 0, done.stderr
        return [line.split(" ") for line in done.stdout.splitlines()]

    def deliveries(self):
        """Counter of (queue id, recipient)."""
        return Counter((row[4], row[5]) for row in self.rows() if row[0] == "row" and row[1] == "delivery")

    def missing(self):
        """Recipients that were written and have no row."""
        seen = {recipient for _, recipient in self.deliveries()}
        return [n for n in range(1, self.number + 1) if f"u{n}@mail.example" not in seen]

    def messages(self):
        return Counter(row[4] for row in self.rows() if row[0] == "row" and row[1] == "message")

    def counter(self, name):
        return sum(int(row[1]) for row in self.rows() if row[0] == "counter" and " ".join(row[2:]) == name)


class Stepped:
    """Before the class of a daemon: its clock is the real one and `step` seconds, its steady one and `steady` (stepped_clock.c)."""

    step = 0

    def spawn(self, **popen):
        plain, self.program = self.program, self.program.parent / "tests" / "e2e" / "stepped_todoku"
        self.set_clock(self.step)
        try:
            return super().spawn(**popen)
        finally:
            self.program = plain

    def set_clock(self, step, steady=0):
        """It may run; the file stays the one that it has mapped."""
        self.step, path = step, self.folder / "clock_step"
        with open(path, "r+b" if path.exists() else "wb") as file:
            file.write(struct.pack("=qq", step, steady))

    def now(self):
        return time.time() + self.step


class Locked:
    """Another program holds the history, until end() or the end of the block."""

    def __init__(self, rig):
        self.other = sqlite3.connect(rig.state / "history.db", isolation_level=None, check_same_thread=False)

    def __enter__(self):
        self.other.execute("BEGIN IMMEDIATE")
        return self

    def end(self):
        if self.other.in_transaction:
            self.other.execute("ROLLBACK")

    def __exit__(self, *_):
        self.end()
        self.other.close()
