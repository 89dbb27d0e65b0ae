# SPDX-License-Identifier: Apache-2.0
"""todoku config: each rule of the schema with file, line, key and accepted form; dump; example."""

import json
import os
import re
import subprocess

import pytest

FAULT = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): (?:(?P<key>[\w.\[\]]+): )?(?P<text>.*)")


@pytest.fixture
def config(run, tmp_path):
    """config("check", YAML) -> CompletedProcess of `todoku config -c t.yaml check`."""

    def call(action, yaml, *options, mode=0o600):
        path = tmp_path / "t.yaml"
        path.write_text(yaml, "utf-8")
        path.chmod(mode)
        return run("config", "-c", "t.yaml", *options, action)

    return call


@pytest.fixture
def faults(config):
    """faults(YAML) -> [(line, key, text)] of a file that is refused."""

    def call(yaml):
        done = config("check", yaml)
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        found = [FAULT.fullmatch(line) for line in done.stderr.splitlines()]
        assert all(found), done.stderr
        assert {match["file"] for match in found} == {"t.yaml"}
        assert all("accepted: " in match["text"] for match in found), done.stderr
        return [(int(match["line"]), match["key"], match["text"]) for match in found]

    return call


# The example of the design, as far as this version knows its sections.
DESIGN = """\
state: /var/lib/todoku
control: /run/todoku/control.sock
web: { listen: [127.0.0.1:8480] }
logs:
  - { file: /var/log/mail.log }
store:
  state: sqlite
  history: sqlite
fleet:
  relay: relay1
  sources:
    - { name: out-a, address: 192.0.2.11, helo: a.mx.example.jp, pool: transactional }
    - { name: out-b, address: 192.0.2.12, helo: b.mx.example.jp, pool: shared }
notify:
  - { slack: https://hooks.example/abc, min_severity: warning }
  - { webhook: http://127.0.0.1:9000/hook }
"""


POSTCONF = """#!/bin/sh
case "$*" in -x) echo "queue_directory = {queue}"; echo "setgid_group = postdrop" ;; esac
"""


def test_rights_that_the_daemon_has_not(run, tmp_path):
    """Whom the state belongs to may neither look into the queue nor reload Postfix, unless it is set up."""
    state, public = tmp_path / "state", tmp_path / "queue" / "public"
    state.mkdir()
    public.mkdir(parents=True)
    (tmp_path / "postconf").write_text(POSTCONF.format(queue=public.parent))
    (tmp_path / "postmap").write_text("#!/bin/sh\nexit 1\n")
    for tool in ("postconf", "postmap"):
        (tmp_path / tool).chmod(0o755)
    if os.geteuid() == 0:
        os.chown(state, 65534, 65534)
    public.chmod(0)

    def found(mode, reload=""):
        (tmp_path / "t.yaml").write_text(f"state: {state}\nlogs: [{{ file: /dev/null }}]\nrespond: {{ mode: {mode} }}\n"
                                         f"postfix: {{ commands: {tmp_path}{reload} }}\n")
        rows = json.loads(run("config", "-c", "t.yaml", "check", "--postfix", "--format", "json").stdout)
        return {row["where"]: row["advice"] for row in rows}

    assert "postfix.reload" not in found("observe") and str(public) not in found("observe")
    missing = found("auto")
    assert "todoku-postfix-reload.path" in missing["postfix.reload"]
    assert missing[str(public)].startswith("usermod -aG postdrop ")
    public.chmod(0o755)
    there = found("auto", ", reload: [/usr/bin/touch, /run/todoku/postfix-reload]")
    assert "postfix.reload" not in there and str(public) not in there


def test_the_design_is_accepted(config):
    done = config("check", DESIGN.replace("/var/log/mail.log", "/dev/null"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "t.yaml: fine\n", "")


def test_what_is_legal_and_hardly_wanted_is_warned_of(config, tmp_path):
    """The daemon runs with each of these, so none is a fault; a script that checks before a reload goes on."""
    log, hook = f"logs: [{{ file: {tmp_path}/m.log }}]\n", "notify: [{ webhook: 'http://127.0.0.1:9/' }]\n"
    no_log = "todoku config: warning: t.yaml: no logs: nothing is followed or noticed\n"
    nobody = "todoku config: warning: t.yaml: no notify: nobody is told of incidents, todoku status shows them\n"
    acts = "todoku config: warning: t.yaml: respond: nothing can be moved, fleet lists no sources\n"
    missing = f"todoku config: warning: t.yaml: logs[0].file: {tmp_path}/m.log is not there (yet)\n"
    for yaml, warned in (("", no_log + nobody), ("# nothing\n", no_log + nobody), ("logs:\n" + hook, no_log),
                         (log, nobody + missing), (log + hook, missing), ("logs: [{ journald: true }]\n" + hook, ""),
                         (hook + "logs: [{ journald: true }]\nrespond: { mode: auto }\n", acts),
                         (hook + "logs: [{ journald: true }]\nrespond: { mode: observe }\n", "")):
        done = config("check", yaml)
        assert (done.returncode, done.stdout, done.stderr) == (0, "t.yaml: fine\n", warned)
    (tmp_path / "m.log").touch()
    assert config("check", log + hook).stderr == ""
    assert config("dump", "").stderr == ""


@pytest.mark.parametrize("yaml, warned", [
    ("policy: { limits: [ { recipients: 5/1h } ] }\n", ["policy.limits: nobody can ask: policy.listen is empty"]),
    ("policy: { listen: [127.0.0.1:8481], limits: [ { recipients: 5/1h } ] }\n", []),
    ("policy: { listen: ['0.0.0.0:8481', 'unix:/run/p', '[::1]:8481'] }\n",
     ["policy.listen[0]: who reaches 0.0.0.0:8481 can ask and count: it needs a network that only relays are in"]),
    ("policy: { listen: [127.0.0.1:8481], hijack: { mode: auto } }\n",
     ["policy.hijack: mode: auto slows nothing: policy.slow_transport is not set"]),
    ("policy: { listen: [127.0.0.1:8481], slow_transport: slow, hijack: { mode: auto } }\n", []),
    ("policy: { listen: [127.0.0.1:8481] }\nrespond: { mode: auto }\nfleet: { sources: [ { name: out-a } ] }\n",
     ["policy.hijack: mode: auto slows nothing: policy.slow_transport is not set"]),
    ("policy: { slow_transport: slow, hijack: { mode: auto } }\n",
     ["policy.hijack: mode: auto, and nobody can ask: policy.listen is empty"]),
    ("policy: { hijack: { allow: [ { login: a@b, until: 2020-01-01 }, { login: c@d, until: 9999-01-01 } ] } }\n",
     ["policy.hijack.allow[0].until: 2020-01-01 is over: a@b is judged"]),
    ("accounts: { driver: passwd-file }\n", ["accounts: driver: passwd-file, and no path: no account is read"]),
    ("accounts: { driver: passwd-file, path: /no/such }\n", ["accounts.path: /no/such is not there (yet)"]),
    ("accounts: { path: /no/such.db }\n", ["accounts.path: /no/such.db is not there: the daemon makes it, without accounts"]),
    ("accounts: { driver: passwd-file, path: /dev/null }\n", [])])
def test_what_is_legal_of_accounts_and_does_nothing_is_warned_of(config, yaml, warned):
    done = config("check", "logs: [{ journald: true }]\nnotify: [{ webhook: 'http://127.0.0.1:9/' }]\n" + yaml)
    assert (done.returncode, done.stdout) == (0, "t.yaml: fine\n")
    assert done.stderr.splitlines() == [f"todoku config: warning: t.yaml: {one}" for one in warned]


@pytest.mark.parametrize("verb", [("run",), ("config", "check"), ("config", "dump"), ("status",), ("report",),
                                  ("trace", "a@b.example"), ("incident", "list"), ("replay",)])
def test_a_file_that_is_not_there_can_be_begun(run, tmp_path, verb):
    done = run(verb[0], "-c", "no/such.yaml", *verb[1:])
    assert (done.returncode, done.stdout) == (3, "")
    assert "no/such.yaml: there is no such file; todoku config example > no/such.yaml begins one" in done.stderr


@pytest.mark.parametrize("yaml, line, key, parts", [
    # Unknown keys, at every depth.
    ("stat: /x\n", 1, "stat", ("unknown key, did you mean state?", "accepted: state, control,")),
    ("\n\nweather: {}\n", 3, "weather", ("unknown key;", "accepted: state, control,")),
    ("web:\n  tokn: x\n", 2, "web.tokn", ("did you mean token?", "accepted: listen, token, url")),
    ("detect:\n  block:\n\n    ratio: 1\n", 4, "detect.block.ratio",
     ("unknown key", "accepted: least_failures,")),
    ("logs:\n- file: /x\n  path: /y\n", 3, "logs[0].path", ("unknown key", "file, journald, syslog")),
    # Forms: a text, a list, a map, nothing.
    ("state:\n  - /x\n", 2, "state", ("is a list", "a path, such as")),
    ("state:\n", 1, "state", ("has no value", "a path, such as")),
    ("web: yes\n", 1, "web", ("is a text", "a map of the keys listen")),
    ("logs:\n  file: /x\n", 2, "logs", ("is a map", "a list, each entry a map")),
    # Each type of value.
    ("backfill: 7\n", 1, "backfill", ('"7" is no duration', "90s, 15m, 1h, 7d")),
    ("backfill: 1.5h\n", 1, "backfill", ('"1.5h" is no duration', "90s, 15m, 1h, 7d")),
    ("backfill: 3661d\n", 1, "backfill", ("is no duration", "to 3660d")),
    ("store:\n  keep: 30m\n", 2, "store.keep", ('"30m" is less than 1h', "from 1h to 3660d")),
    ("store:\n  max_size: 10MB\n", 2, "store.max_size", ('"10MB" is no size', "10MiB")),
    ("store:\n  max_size: 1MiB\n", 2, "store.max_size", ("is less than 16MiB", "from 16MiB to")),
    ("store:\n  state: rediss://:secret@127.0.0.1:6379/0\n", 2, "store.state",
     ("the value (not shown) is no Redis that this version knows", "such as sqlite, redis://")),
    ("store:\n  history: clickhouse://h:8123/t\n", 2, "store.history",
     ("is nothing that this version knows", "accepted: sqlite")),
    ("detect:\n  block:\n    least_share: 15\n", 3, "detect.block.least_share",
     ("is no share in percent", "99%")),
    ("detect:\n  block:\n    least_share: 101%\n", 3, "detect.block.least_share",
     ("is no share in percent", "from 0% to 100%")),
    ("detect:\n  block:\n    least_failures: -1\n", 3, "detect.block.least_failures",
     ("is no whole number", "from 1 to 1000000")),
    ("detect:\n  growth:\n    factor: twice\n", 3, "detect.growth.factor", ("is no number", "1.5")),
    ("detect:\n  brute_force:\n    per_client: 50\n", 3, "detect.brute_force.per_client",
     ("is no rate", "500/1h")),
    ("web:\n  listen: [127.0.0.1]\n", 2, "web.listen[0]",
     ("is no address to listen on", '127.0.0.1:8481, "[::1]:8481", unix:/run/todoku/policy')),
    ("web:\n  listen: [localhost:80]\n", 2, "web.listen[0]", ("is no address", "127.0.0.1:8481")),
    ("web:\n  listen: [127.0.0.1:70000]\n", 2, "web.listen[0]", ("is no address", "unix:/run")),
    ("web:\n  listen: [unix:relative]\n", 2, "web.listen[0]", ("is no address", "unix:/run")),
    ("web:\n  listen: [::1]:80\n", 2, None, ("expected", "quote a value")),
    ("fleet:\n  sources:\n    - name: a\n      address: a.example\n", 4, "fleet.sources[0].address",
     ("is no IP address", "192.0.2.1, 2001:db8::1")),
    ("fleet:\n  sources:\n    - pool: a\n", 3, "fleet.sources[0].name", ("is missing", "a name of")),
    ("logs:\n  - syslog: 127.0.0.1:5514\n", 2, "logs[0].syslog",
     ("is no address with its transport", "udp:127.0.0.1:5514")),
    ("logs:\n  - syslog: udp:127.0.0.1:5514\n    allow: 192.0.2.1/24\n", 3, "logs[0].allow",
     ("is no network", "192.0.2.0/24")),
    ("notify:\n  - webhook: hook\n", 2, "notify[0].webhook", ("is no URL", "http://127.0.0.1:9000/")),
    ("notify:\n  - mail: oncall\n", 2, "notify[0].mail", ("is no mail address", "oncall@example.jp")),
    ("notify:\n  - webhook: http://x/\n    min_severity: warn\n", 3, "notify[0].min_severity",
     ("did you mean warning?", "info, warning or critical")),
    ("notify:\n  - webhook: http://x/\n    language: fr\n", 3, "notify[0].language",
     ("is nothing that this version knows", "en or ja")),
    ("incidents:\n  quiet_hours: [22-7]\n", 2, "incidents.quiet_hours[0]",
     ("is no part of the day", "22:00-07:00")),
    # Kinds of entries.
    ("notify:\n  - min_severity: info\n", 2, "notify[0]",
     ("does not say of which kind it is", "one of slack, webhook, mail")),
    ("logs:\n  - file: /x\n    journald: true\n", 3, "logs[0].journald", ("a second kind", "of its own")),
    ("notify:\n  - webhook: http://x/\n    channel: x\n", 3, "notify[0].channel",
     ("does not go with webhook", "beside slack")),
    # Rules between keys.
    ("logs:\n  - syslog: udp:0.0.0.0:514\n", 2, "logs[0].allow", ("is missing", "192.0.2.0/24")),
    ("logs:\n  - file: /x\n  - file: /x\n", 3, "logs[1]", ("is that of entry 0", "each once")),
    ("notify:\n  - slack: https://x/\n    token: t\n", 3, "notify[0].token", ("stands alone", "channel")),
    ("notify:\n  - command: [page]\n", 2, "notify[0].command[0]", ("no path from the root", "/usr/")),
    ("control: /run/x\nweb:\n  listen: [unix:/run/x]\n", 3, "web.listen[0]",
     ("is the control socket", "another path")),
    ("detect:\n  block:\n    usual_share: 40%\n", 3, "detect.block.usual_share",
     ("is not below blocked_share", "below")),
    # YAML itself.
    ("state: /a\nstate: /b\n", 2, "state", ("given twice, first in line 1", "once")),
    ("state: &a /a\ncontrol: *a\n", 2, None, ("aliases", "the value itself")),
    ("state: !x /a\n", 1, None, ("tags", "no tag")),
    ("state: /a\n---\nstate: /b\n", 2, None, ("a second document", "one")),
    ("web:\n\tlisten: []\n", 2, None, ("cannot start any token", "indented by blanks")),
])
def test_each_rule(faults, yaml, line, key, parts):
    found = faults(yaml)
    assert [(number, name) for number, name, _ in found] == [(line, key)]
    assert all(part in found[0][2] for part in parts), found[0][2]


def test_all_faults_at_once_in_order(faults):
    found = faults("notify:\n  - { webhook: x, language: fr }\nstore: { keep: 1 }\nbackfill: 1\nx: y\n")
    assert [(line, key) for line, key, _ in found] == [
        (2, "notify[0].webhook"), (2, "notify[0].language"), (3, "store.keep"), (4, "backfill"), (5, "x")]


def test_nothing_of_the_file_moves_the_cursor(config):
    done = config("check", 'state: "\\e[2J\\u202e"\n"\\e]0;x\\a": 1\nbackfill: "\\n\\r\\x85"\n')
    assert done.returncode == 1
    assert not re.search(r"[^\x20-\x7e\n]", done.stderr), ascii(done.stderr)
    assert len(done.stderr.splitlines()) == 3


def test_files_that_cannot_be_read(run, tmp_path):
    for path in ("absent.yaml", tmp_path):
        done = run("config", "-c", path, "check")
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith("todoku config: ") and str(path) in done.stderr


@pytest.mark.parametrize("arguments, said", [
    ((), "say one of check, dump, example, postfix, nginx and dovecot"),
    (("check", "dump"), 'check takes no "dump": -c FILE is the configuration'),
    (("show",), "it does check, dump, example, postfix, nginx and dovecot"),
    (("dump", "--format", "xml"), "--format is text, yaml or json"),
    (("check", "--config"), "needs a value"),
    (("check", "--wrong"), "there is no option --wrong"),
])
def test_wrong_use(run, arguments, said):
    done = run("config", *arguments)
    assert done.returncode == 2 and said in done.stderr


def test_dump_has_defaults_and_reads_back(config):
    yaml = DESIGN.replace("slack: https://hooks.example/abc", "alertmanager: http://127.0.0.1:9093")
    first = config("dump", yaml)
    assert first.returncode == 0
    assert "    least_failures: 3\n" in first.stdout and "  keep: 90d\n" in first.stdout
    second = config("dump", first.stdout)
    assert (second.returncode, second.stdout) == (0, first.stdout)


def test_dump_as_json(config):
    done = config("dump", DESIGN, "--format", "json")
    value = json.loads(done.stdout)
    assert value["control"] == "/run/todoku/control.sock"
    assert value["logs"] == [{"file": "/var/log/mail.log", "backfill": "7d"}]
    assert value["fleet"]["sources"][1] == {
        "name": "out-b", "address": "192.0.2.12", "helo": "b.mx.example.jp", "pool": "shared"}
    assert value["detect"]["block"]["least_failures"] == 3
    assert value["notify"][0]["slack"] == "***" and value["notify"][0]["min_severity"] == "warning"


def test_secrets_stay_secret(config, tmp_path):
    (tmp_path / "token").write_text("s3cret-t\n", "utf-8")
    (tmp_path / "slack").write_text("not a s3cret url", "utf-8")
    good = "web: { listen: [127.0.0.1:1], token: file:token }\nnotify: [ { pagerduty: s3cret-p } ]\n"
    for options in ((), ("--format", "json")):
        done = config("dump", good, *options)
        assert done.returncode == 0 and "***" in done.stdout
        assert "s3cret" not in done.stdout + done.stderr
    for bad in ("notify: [ { slack: s3cret } ]\n", "notify: [ { slack: file:slack } ]\n"):
        done = config("check", bad)
        assert done.returncode == 1 and "s3cret" not in done.stderr


def test_a_secret_that_everybody_can_read(config, tmp_path):
    (tmp_path / "token").write_text("s3cret\n", "utf-8")
    assert "everybody may read it" in config("check", "web: { token: x }\n", mode=0o644).stderr
    assert "everybody" not in config("check", "web: { token: x }\n", mode=0o640).stderr
    assert "everybody" not in config("check", "web: { token: file:token }\n", mode=0o644).stderr


def test_examples(run, root, tmp_path):
    (tmp_path / "slack").write_text("https://hooks.example/T/B\n", "utf-8")
    minimal = (root / "examples" / "minimal.yaml").read_text("utf-8")
    (tmp_path / "minimal.yaml").write_text(minimal.replace("file:/etc/todoku/slack", "file:slack"), "utf-8")
    assert run("config", "-c", "minimal.yaml", "check").returncode == 0
    assert run("config", "-c", root / "examples" / "todoku.yaml", "check").returncode == 0


def keys_of(value, above=""):
    """Paths of all keys of a dump; entries of lists as their list."""
    if isinstance(value, list):
        return set().union(*(keys_of(entry, above) for entry in value)) if value else set()
    if not isinstance(value, dict):
        return set()
    own = {f"{above}{key}" for key in value}
    return own.union(*(keys_of(inner, f"{above}{key}.") for key, inner in value.items()))


def test_example_and_dump_know_the_same_keys(run, root, tmp_path):
    """The example in the tree is the program's own; with every line in effect all its keys are dumped."""
    text = run("config", "example").stdout
    assert text == (root / "examples" / "todoku.yaml").read_text("utf-8")
    plain = "".join(line[1:] for line in text.splitlines(keepends=True))
    for name in set(re.findall("file:/etc/todoku/([a-z-]+)", plain)):
        (tmp_path / name).write_text("https://x.example.jp/\n", "utf-8")
    plain = plain.replace("file:/etc/todoku/", "file:")
    plain = plain.replace("alternatives: [mb07-b]", "alternatives: []")  # of one server there is no other
    server = plain.replace("driver: sqlite", "driver: postgresql").replace("  path: /var/lib/todoku/accounts.db\n", "")
    (tmp_path / "full.yaml").write_text(server, "utf-8")
    done = run("config", "-c", "full.yaml", "--format", "json", "dump")
    assert done.returncode == 0, done.stderr
    dumped = {key.rpartition(".")[2] for key in keys_of(json.loads(done.stdout))} | {"path"}
    written = set(re.findall(r"^ *(?:- )?(\w+):(?: |$)", plain, re.MULTILINE)) - {"SPDX"}
    assert dumped == written


def test_completion_knows_the_words(root):
    script = f"source {root}/packaging/completion/todoku.bash; COMP_WORDS=(todoku config d); COMP_CWORD=2; " \
             "_todoku; echo ${COMPREPLY[*]}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=20, check=False,
                          env={"PATH": os.environ["PATH"]})
    assert done.stdout.split() == ["dump", "dovecot"], done.stderr


def test_manual_and_completion_know_every_verb(root, run):
    verbs = re.findall(r"^  ([a-z]+) +", run("--help").stdout, re.MULTILINE)
    assert len(verbs) >= 11
    bash = (root / "packaging/completion/todoku.bash").read_text("utf-8")
    offered = re.search(r'_todoku_words "(run [^"]*)"', bash).group(1).split()
    zsh = (root / "packaging/completion/_todoku").read_text("utf-8")
    described = re.findall(r"^        '([a-z]+):", zsh, re.MULTILINE)
    assert [verb for verb in verbs if verb not in offered] == []
    assert [verb for verb in verbs if verb not in described] == []
    arguments = {name for case in re.findall(r"^    ([a-z| ]+)\)$", zsh, re.MULTILINE) for name in case.split(" | ")}
    assert [verb for verb in verbs if verb not in arguments] == []
    manual = (root / "man/todoku.8").read_text("utf-8")
    assert [verb for verb in verbs if f".It Cm {verb}\n" not in manual or f".Xr todoku-{verb} 1" not in manual] == []
    assert [verb for verb in verbs if not (root / f"man/todoku-{verb}.1").is_file()] == []
