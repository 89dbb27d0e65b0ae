# SPDX-License-Identifier: Apache-2.0
"""The Rig of daemon_rig.py with a fleet of two sources, fake commands of Postfix, and a look into its tables.

The commands write down that they were called, and then do what a file says: nothing, fail, or hang. The provider is
that of mail.example, which has other domains nowhere.
"""

import json
import subprocess

from conftest import clean_environment
from daemon_rig import LIMIT, Rig, until
from log_lines import BLOCK

PROVIDER = "mail.example"
COMMAND = """#!/bin/sh
echo {name} "$@" >> {folder}/called
case "$(cat {folder}/{name}.mode 2>/dev/null)" in
fail) echo '{name}: fatal: Operation not permitted' >&2; exit 69 ;;
hang) exec sleep 600 ;;
esac
if [ "{name} $*" = "postqueue -j" ]; then cat {folder}/queue; fi
"""
FLEET = """\
fleet:
  relay: relay1
  sources:
    - { name: out-a, address: 192.0.2.11 }
    - { name: out-b, address: 192.0.2.12 }
    - { name: out-c, address: 192.0.2.13 }
"""
QUICK_PROBES = "first: 1s, interval: 1s, timeout: 1d, successes: 2"


class Routed(Rig):
    """`respond`: members of that section, beside the mode."""

    def __init__(self, program, folder, mode="auto", respond="", more="", fleet=FLEET):
        self.tools = folder / "commands"
        self.tools.mkdir(exist_ok=True)
        for name in ("postqueue", "postfix", "postconf", "postmap"):
            (self.tools / name).write_text(COMMAND.format(name=name, folder=self.tools))
            (self.tools / name).chmod(0o755)
        (self.tools / "called").touch()
        self.queue([])
        self.more = more
        super().__init__(program, folder, start=False)
        self.settings(mode, respond, fleet)

    def settings(self, mode, respond="", fleet=FLEET):
        """Writes them; read at the next start or SIGHUP."""
        self.configure([f"webhook: {self.hook.url}/hook"],
                       f"respond: {{ mode: {mode}{respond and ', ' + respond} }}\n{fleet}"
                       f"postfix: {{ commands: {self.tools} }}\n{self.more}", [f"file: {self.log}"])

    # --- Postfix

    def behave(self, name, how=""):
        (self.tools / f"{name}.mode").write_text(how)

    def called(self, what=""):
        return [line for line in (self.tools / "called").read_text().splitlines() if line.startswith(what)]

    def queue(self, messages):
        """What postqueue -j lists: (id, recipient) of deferred mail."""
        rows = [{"queue_name": "deferred", "queue_id": queue_id, "arrival_time": 1700000000, "message_size": 900,
                 "forced_expire": False, "sender": "a@c.example",
                 "recipients": [{"address": recipient, "delay_reason": "blocked"}]} for queue_id, recipient in messages]
        (self.tools / "queue").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def table(self, name):
        """{key: value} of the rows that Postfix can ask for."""
        path = self.state / "postfix" / f"{name}.lmdb"
        if not path.exists() or path.stat().st_size == 0:  # just being made
            return {}
        program = self.program.parent / "tests" / "e2e" / "table_rows"
        done = subprocess.run([program, path], capture_output=True, text=True, timeout=LIMIT, check=False)
        assert done.returncode == 0, done.stderr
        rows = dict(line.split("\t", 1) for line in done.stdout.splitlines())
        return {key: value for key, value in rows.items() if not key.startswith("\\x00")}

    def ends(self, name="routes"):
        """{id of an override: when its rows end, in microseconds}, as the table says."""
        path = self.state / "postfix" / f"{name}.lmdb"
        done = subprocess.run([self.program.parent / "tests" / "e2e" / "table_rows", path], capture_output=True, text=True,
                              timeout=LIMIT, check=True)
        rows = dict(line.split("\t", 1) for line in done.stdout.splitlines())
        return {key[5:]: int(value) for key, value in rows.items() if key.startswith("\\x00e")}

    # --- Mail

    def usual(self, count=40):
        """Mail that gets through, by out-b."""
        self.write(self.lives(count).replace("out-a/smtp", "out-b/smtp"))

    def refusals(self, source="out-a", count=30, reply=BLOCK, **more):
        self.write(self.lives(count, reply, **more).replace("out-a/smtp", f"{source}/smtp"))

    def block(self):
        """out-a is refused, and that is known."""
        self.usual()
        self.refusals()
        until(self.paths, self.said)

    def delivered(self, recipient, source, reply=None, count=1):
        text = "".join(self.lives(1, reply).replace(f"u{self.number}@{PROVIDER}", recipient) for _ in range(count))
        self.write(text.replace("out-a/smtp", f"{source}/smtp"))

    # --- What the daemon says

    def routes(self):
        status, body = self.ask("/api/v1/routes")
        assert status == 200, body
        return body

    def paths(self):
        """{(provider, source): stage}"""
        return {(one["provider"], one["source"]): one["stage"] for one in self.routes()["paths"]}

    def stage(self, source="out-a"):
        return self.paths().get((PROVIDER, source))

    def overrides(self, state="active", kind=None):
        return [one for one in self.routes()["overrides"]
                if one["state"] == state and (kind is None or one["kind"] == kind)]

    def trail(self, action=None):
        status, body = self.ask("/api/v1/routes/audit")
        assert status == 200, body
        return [one for one in body if action is None or one["action"] == action]

    def told(self, action):
        """Notices about routes."""
        return [one for one in self.hook.pages("route") if one["route"]["action"] == action]

    def faults(self):
        """What could not be done at Postfix: "filter_fault", "tables_fault", "queue_fault", "reload_fault" of those that are."""
        return {key: value["reason"] for key, value in self.routes()["postfix"].items() if key.endswith("_fault")}

    def verb(self, *words, status=0, config=None):
        """`todoku route WORDS`; its output."""
        done = subprocess.run([self.program, "route", "-c", config or self.config, *words], capture_output=True, text=True,
                              timeout=LIMIT, env=clean_environment(LOGNAME="kato", COLUMNS="200"), check=False)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def verb_said(self, *words):
        """What `todoku route WORDS` says beside its output."""
        done = subprocess.run([self.program, "route", "-c", self.config, *words], capture_output=True, text=True,
                              timeout=LIMIT, env=clean_environment(LOGNAME="kato"), check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def cannot_keep(self):
        """A folder stands where the state is to be; can_keep ends that."""
        path = self.state / "routes.json"
        until(path.is_file, self.said)  # Postfix has read the filter, and that is the last for now
        path.unlink()
        path.mkdir()
        (path / "x").touch()

    def can_keep(self):
        (self.state / "routes.json" / "x").unlink()
        (self.state / "routes.json").rmdir()

    def settled(self):
        """Nothing is behind in the tables, and nothing is to be let go."""
        return until(lambda: not (self.routes()["postfix"]["behind"] or self.routes()["postfix"]["to_release"]), self.said)
