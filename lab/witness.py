# SPDX-License-Identifier: Apache-2.0
"""The daemon beside the loop's relay, and a witness of what it says when.

A thread asks its API some times a second. An answer that does not come is counted and nothing
else: a run goes on without the daemon, as mail does."""

import subprocess
import threading

import shops
from daemon import UNANSWERED, Daemon, quoted
from relay import HOST, Additions
from trouble import Trouble

ASK_SECONDS = 0.1
ASK_LIMIT_SECONDS = 30
MASTER_BEGINS = "# ---- master.cf ----\n"
FLEET = """\
fleet:
  relay: {relay}
  sources:
{sources}postfix: {{ commands: {commands}, instances: [{config}] }}
"""
SOURCE = "    - {{ name: {name}, address: {ip}, helo: {name}.lab.example, pool: shared }}\n"


class Witness:
    """`more` is added to the daemon's configuration; `routes`: the relay gets what todoku says that
    it needs. `opened`, `closed`: {id: (epoch seconds when it was first seen so, the incident)};
    `decided`: {number: (the same, entry of the audit trail of routes)}."""

    def __init__(self, todoku, relay, more, routes, clock):
        settings = FLEET.format(relay=HOST.partition(".")[0], commands=quoted(relay.bin),
                                config=quoted(relay.work / "etc"),
                                sources="".join(SOURCE.format(name=name, ip=ip)
                                                for name, ip in shops.SOURCES.items()))
        self.daemon = Daemon(todoku, relay.work, relay.log, said=relay.work / "todoku.log",
                             more=settings + more)
        self.relay, self.routes, self.clock = relay, routes, clock
        self.opened, self.closed, self.decided = {}, {}, {}
        self.unanswered = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.ask, daemon=True)

    async def start(self):
        if self.routes:  # written before it runs, they are no news to it: it asks for no reload
            self.daemon.configure()
            (self.daemon.folder / "state").mkdir(mode=0o700)
            self.relay.lay_over(self.postfix())
        self.daemon.start()
        self.thread.start()

    def postfix(self):
        """What todoku wants of the relay, by its own words."""
        done = subprocess.run([str(self.daemon.todoku), "config", "postfix", "--write", "-c",
                               str(self.daemon.configuration)], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=ASK_LIMIT_SECONDS, check=False)
        if done.returncode:
            raise Trouble(done.stderr.decode("utf-8", "replace").strip(), "todoku config postfix",
                          "run it by hand with the todoku.yaml of this run")
        main, _, master = done.stdout.decode("utf-8").partition(MASTER_BEGINS)
        return Additions(main, master)

    def ask(self):
        while not self.stopping.wait(ASK_SECONDS):
            try:
                self.take(self.daemon.get("/api/v1/incidents?all=1"))
                self.learn(self.daemon.get("/api/v1/routes/audit"))
            except UNANSWERED:
                self.unanswered += 1

    def take(self, incidents):
        now = self.clock()
        for one in incidents:
            self.opened.setdefault(one["id"], (now, one))
            if one["state"] == "closed":
                self.closed.setdefault(one["id"], (now, one))

    def learn(self, entries):
        now = self.clock()
        for one in entries:
            self.decided.setdefault(one["number"], (now, one))

    def first(self, seen, source, provider):
        """When a block of this path was first among `seen` (epoch seconds); None: not yet."""
        times = [at for at, one in seen.copy().values() if one["kind"] == "block"
                 and (one.get("source"), one.get("provider")) == (source, provider)]
        return min(times, default=None)

    def decisions(self, source, provider):
        """What was decided of a path, the oldest first: [(epoch seconds when seen, entry)]."""
        return [(at, one) for at, one in self.decided.copy().values()
                if (one.get("source"), one.get("provider")) == (source, provider)]

    def stop(self):
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join()
        self.daemon.stop()
