# SPDX-License-Identifier: Apache-2.0
"""`todoku run` among things that are broken: a second daemon, logs that are not there, damaged state, a history that
cannot be written, rude clients. It watches on, says what is wrong, and loses nothing."""

import json
import os
import resource
import signal
import sqlite3
import socket
import subprocess
import threading
from collections import Counter

import pytest
from conftest import clean_environment
from daemon_rig import LIMIT, Locked, Rig, free_port, until
from log_lines import BLOCK

STOP_SECONDS = 20  # generous: under sanitizers on a busy machine


@pytest.fixture
def rig(todoku, tmp_path):
    with Rig(todoku, tmp_path) as made:
        yield made


def opened(rig):
    """A block, told and shown."""
    rig.write(rig.lives(40))
    rig.write(rig.lives(30, BLOCK))
    until(lambda: [one for one in rig.hook.pages("opened") if one["incidents"][0]["kind"] == "block"], rig.said)
    until(rig.incidents, rig.said)


def all_rows(rig):
    """Every message that was written has its row, once."""
    until(lambda: rig.deliveries().total() >= rig.number, lambda: str(rig.missing()))
    assert max(rig.deliveries().values()) == 1 and len(rig.deliveries()) == rig.number
    assert rig.counter("lines") == 5 * rig.number


# --- Two of them, signals


def test_a_second_daemon_refuses(rig, todoku):
    done = subprocess.run([todoku, "run", "-c", rig.config], capture_output=True, text=True, timeout=LIMIT,
                          env=clean_environment(), check=False)
    assert done.returncode == 3 and str(rig.state) in done.stderr and "daemon" in done.stderr, done.stderr
    assert rig.answers()  # it did not take the socket of the first
    rig.write(rig.lives(3))
    all_rows(rig)


def test_a_second_daemon_with_the_same_socket_refuses(rig, todoku, tmp_path):
    text = rig.config.read_text().replace(f"state: {rig.state}", f"state: {tmp_path}/other")
    other = tmp_path / "other.yaml"
    other.write_text(text)
    done = subprocess.run([todoku, "run", "-c", other], capture_output=True, text=True, timeout=LIMIT,
                          env=clean_environment(), check=False)
    assert done.returncode == 3 and str(rig.control) in done.stderr, done.stderr
    assert rig.answers()


def test_the_socket_of_a_dead_daemon_is_replaced(rig):
    rig.kill()
    assert rig.control.exists()
    rig.start()


def test_what_is_no_socket_is_not_replaced(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        rig.control.write_text("mine")
        assert rig.spawn().wait(LIMIT) == 3 and "socket" in rig.said()
        assert rig.control.read_text() == "mine"


def test_sighup_does_not_end_it(rig):
    rig.process.send_signal(signal.SIGHUP)
    rig.write(rig.lives(3))
    all_rows(rig)


def test_sigterm_during_backfill(todoku, tmp_path):
    """It ends soon, and the next run goes on: nothing twice, nothing lost."""
    with Rig(todoku, tmp_path, start=False) as rig:
        for _ in range(60):
            rig.write(rig.lives(1000, ago=3600))
        rig.start()
        for _ in range(3):
            assert rig.end(signal.SIGTERM, STOP_SECONDS) == 0
            rig.start()
        all_rows(rig)
        assert rig.hook.taken() == []


@pytest.mark.parametrize("fault, said", [("file", "is no folder: move it away"), ("link", "cannot be made"),
                                         ("missing/folder", "cannot be made")])
def test_a_state_folder_that_cannot_be_is_said_at_once(todoku, tmp_path, fault, said):
    """It does not wait for what only a person can mend."""
    with Rig(todoku, tmp_path, start=False) as rig:
        rig.state.rmdir()
        if fault == "file":
            rig.state.write_text("mine")
        elif fault == "link":
            os.symlink(rig.state, rig.state)
        else:
            rig.config.write_text(rig.config.read_text().replace(f"state: {rig.state}", f"state: {rig.state}/{fault}"))
        assert rig.spawn().wait(STOP_SECONDS) == 3
        assert str(rig.state) in rig.said() and said in rig.said(), rig.said()
        assert fault != "file" or rig.state.read_text() == "mine"


# --- Logs


def test_a_file_that_appears_later_or_is_silent(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        silent, later = tmp_path / "silent.log", tmp_path / "folder" / "later.log"
        silent.write_text("")
        rig.configure([f"webhook: {rig.hook.url}/hook"], "", [f"file: {path}" for path in (silent, later, rig.log)])
        rig.start()
        assert until(lambda: rig.events("log_waiting"), rig.said)
        opened(rig)  # the others do not wait for it
        later.parent.mkdir()
        rig.write(rig.lives(5, login="x"), later)
        all_rows(rig)


def test_a_log_that_is_gone_after_a_restart_mutes_no_other(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        other = tmp_path / "other.log"
        rig.configure([f"webhook: {rig.hook.url}/hook"], "", [f"file: {path}" for path in (other, rig.log)])
        rig.start()
        for _ in range(3):
            rig.write(rig.lives(20), other)
            rig.write(rig.lives(20))
            until(lambda: rig.deliveries().total() == rig.number, rig.said)
        rig.stop()
        os.remove(other)
        rig.start()
        opened(rig)
        all_rows(rig)


def test_a_file_that_cannot_be_read(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        strange = tmp_path / "strange.log"
        os.symlink(strange, strange)  # root may read all but this
        rig.configure([f"webhook: {rig.hook.url}/hook"], "", [f"file: {path}" for path in (strange, rig.log)])
        rig.start()
        until(lambda: rig.events("log_trouble"), rig.said)
        opened(rig)
        os.remove(strange)
        rig.write(rig.lives(2), strange)
        all_rows(rig)


def test_steps_of_the_clock(rig):
    """Stamps jump an hour back and forth: all is counted, a block is still seen, nothing is told twice."""
    for ago in (0, 3600, 0, -3600, 0, 3600):
        rig.write(rig.lives(30, ago=ago))
    rig.write(rig.lives(40, BLOCK, ago=3600))
    rig.write(rig.lives(40, BLOCK))
    until(lambda: rig.hook.pages("opened"), rig.said)
    all_rows(rig)
    assert len(rig.hook.pages("opened")) == 1


def test_bytes_that_are_no_lines(rig):
    with open(rig.log, "ab") as file:
        file.write(b"\0\xff\xfe\n\n" + b"x" * 200000 + b"\n" + os.urandom(3000).replace(b"\n", b"") + b"\n")
    opened(rig)
    until(lambda: rig.deliveries().total() == rig.number, rig.said)


def test_a_log_in_another_form(todoku, tmp_path):
    """JSON lines hold no program: the log is named with a sample, nothing of it acts, and it ends when lines are read."""
    with Rig(todoku, tmp_path) as rig:
        line = json.dumps({"time": "2026-03-02T08:01:02Z", "msg": "status=sent \x1b[31m<!channel>"}).replace("\\u001b", "\x1b")
        rig.write(f"{line}\n" * 30)
        opened = until(lambda: rig.hook.pages("opened"), rig.said)[0]
        incident = opened["incidents"][0]
        assert (incident["kind"], incident["name"]) == ("log-unread", f"file:{rig.log}")
        assert (incident["hits"], incident["attempts"]) == (30, 30) and len(incident["evidence"]) >= 1
        assert "\\x1b[31m" in opened["text"]["sample"] and "\x1b" not in opened["text"]["sample"]
        rig.write(rig.lives(2000))
        assert until(lambda: rig.hook.pages("closed"), rig.said)[0]["page"] == opened["page"]


# --- State


def spoil(rig, tables):
    with sqlite3.connect(rig.state / "history.db") as other:
        for table in tables:
            other.execute(f"UPDATE {table} SET value = replace(value, 'files', 'flies')")
    other.close()


def places(rig):
    return [log["place"] for log in until(lambda: (rig.status()["mail"] or {}).get("logs"), rig.said)]


@pytest.mark.parametrize("fault", ["changed", "gone"])
def test_a_damaged_position_has_a_spare(todoku, run, tmp_path, fault):
    """Nothing is lost, nothing counted twice, not even in the second of the end; status says what happened."""
    with Rig(todoku, tmp_path) as rig:
        rig.write(rig.lives(50))
        all_rows(rig)
        rig.stop()
        if fault == "changed":
            spoil(rig, ["position"])
        else:
            with sqlite3.connect(rig.state / "history.db") as other:
                other.execute("DELETE FROM position")
            other.close()
        rig.write(rig.lives(30))
        rig.start()
        all_rows(rig)
        assert places(rig) == ["spare"]
        assert "its place was damaged, read on from the spare one" in " ".join(run("status", "-c", rig.config).stdout.split())
        assert rig.events("position_repaired") and not rig.events("position_lost")
        rig.stop()
        rig.write(rig.lives(5))
        rig.start()  # both are whole again
        all_rows(rig)
        assert places(rig) == ["kept"]


def test_a_lost_position_counts_nothing_twice(todoku, run, tmp_path):
    """The log is read again without what the history has; that is an incident until it has been read."""
    with Rig(todoku, tmp_path) as rig:
        rig.write(rig.lives(50, ago=90))
        rig.write(rig.lives(50, ago=60))
        all_rows(rig)
        rig.stop()
        counted = rig.counter("lines")
        spoil(rig, ["position", "spare"])
        more = rig.lives(30, ago=10)
        rig.write(more)
        rig.start()
        all_rows(rig)
        assert max(rig.messages().values(), default=1) == 1
        assert places(rig) == ["lost"]
        assert "its place was lost" in " ".join(run("status", "-c", rig.config).stdout.split())
        told = until(lambda: rig.hook.pages("opened"), rig.said)[0]["incidents"][0]
        assert (told["kind"], told["name"], told["severity"]) == ("history", f"file:{rig.log}", "warning")
        assert "damaged" in told["evidence"][0]
        assert until(lambda: rig.hook.pages("closed"), rig.said)
        rig.stop()
        assert rig.counter("lines") == counted + len(more.splitlines())
        rig.start()
        assert places(rig) == ["kept"]
        all_rows(rig)


def test_a_lost_position_of_a_quiet_log(todoku, tmp_path):
    """Nothing was written since: nothing is counted, and the first new line is."""
    with Rig(todoku, tmp_path) as rig:
        rig.write(rig.lives(50, ago=60))
        all_rows(rig)
        for _ in range(2):
            rig.stop()
            spoil(rig, ["position", "spare"])
            rig.start()
            until(lambda: rig.events("caught_up"), rig.said)
        rig.write(rig.lives(1))
        all_rows(rig)


@pytest.mark.parametrize("damage", ["", "{", "null", '{"book": 5}', "cut", "deep"])
def test_a_damaged_state_is_set_aside(rig, damage):
    opened(rig)
    rig.stop()
    state = rig.state / "incidents.json"
    text = {"cut": state.read_text()[:-40], "deep": "[" * 100000}.get(damage, damage)
    state.write_text(text)
    rig.start()
    assert until(lambda: rig.events("state_damaged"), rig.said)
    assert (rig.state / "incidents.json.damaged").read_text() == text
    rig.write(rig.lives(5, BLOCK))
    until(lambda: len(rig.incidents()) == 1, rig.said)  # found again by what the log says
    all_rows(rig)


@pytest.mark.parametrize("name, event", [("incidents.json", "state_damaged"), ("logins.past", "past_not_read")])
@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_what_is_no_file_holds_up_nothing(rig, name, event, kind):
    """Neither the start, which would wait for a writer, nor the saving, which would wait for a reader."""
    opened(rig)
    rig.stop()
    place = rig.state / name
    place.unlink(missing_ok=True)
    os.mkfifo(place) if kind == "fifo" else os.symlink("/dev/zero", place)
    rig.start()
    said = until(lambda: rig.events(event), rig.said)[0]
    assert name in said and ("FIFO" if kind == "fifo" else "device") in said
    rig.write(rig.lives(5, login="x"))  # for what logins did
    all_rows(rig)
    rig.stop()
    assert place.is_file() and not place.is_symlink()


def test_a_state_that_cannot_be_read_is_not_a_first_start(rig):
    opened(rig)
    rig.stop()
    state = rig.state / "incidents.json"
    state.rename(rig.state / "kept")
    os.symlink(state, state)
    rig.start()
    assert until(lambda: rig.events("state_damaged"), rig.said)


def test_a_state_that_cannot_be_written(rig):
    (rig.state / "incidents.json").mkdir()
    opened(rig)  # told all the same
    assert until(lambda: rig.events("state_not_saved"), rig.said)
    assert len(rig.events("state_not_saved")) < 10, "said again and again"
    status, answer = rig.ask(f"/api/v1/incidents/{rig.incidents()[0]['id']}/ack", "POST", '{"by": "anna"}')
    assert status == 500 and "a restart forgets it" in answer["error"]["advice"], answer
    assert rig.incidents()[0]["state"] == "acknowledged"
    (rig.state / "incidents.json").rmdir()
    until(lambda: (rig.state / "incidents.json").is_file(), rig.said)  # without anything new
    rig.kill()
    rig.start()
    assert rig.incidents()[0]["state"] == "acknowledged"


def test_a_reload_forgets_nothing_that_could_not_be_written(rig):
    (rig.state / "incidents.json").mkdir()
    opened(rig)
    known = rig.incidents()[0]["id"]
    assert rig.ask(f"/api/v1/incidents/{known}/ack", "POST", '{"by": "anna"}')[0] == 500
    assert rig.ask("/api/v1/silences", "POST", '{"provider": "quiet.example", "for": "1h"}')[0] == 500
    for count in (1, 2):
        rig.process.send_signal(signal.SIGHUP)
        until(lambda: len(rig.events("reloaded")) == count, rig.said)
        assert [(one["id"], one["state"]) for one in rig.incidents()] == [(known, "acknowledged")]
        assert [one["id"] for one in rig.ask("/api/v1/silences")[1]] == ["s1"]
    (rig.state / "incidents.json").rmdir()
    until(lambda: (rig.state / "incidents.json").is_file(), rig.said)  # without anything new
    rig.kill()
    rig.start()
    assert [(one["id"], one["state"]) for one in rig.incidents()] == [(known, "acknowledged")]
    assert [one["id"] for one in rig.ask("/api/v1/silences")[1]] == ["s1"]


# --- History


def trouble(rig):
    return rig.status()["history"]["state"]


def of_history(rig, *transitions):
    """What was told of the history."""
    return [one["incidents"][0] for one in rig.hook.pages(*transitions) if one["incidents"][0]["kind"] == "history"]


def told_of_history(rig, word):
    """One incident was opened, and says why."""
    until(lambda: of_history(rig, "opened"), rig.said)
    incidents = [one for one in rig.incidents() if one["kind"] == "history"]
    assert len(incidents) == 1 and incidents[0]["name"].endswith("/state/history.db"), incidents
    assert word in incidents[0]["evidence"][0], incidents


def history_is_well_again(rig):
    """The one incident was closed."""
    until(lambda: of_history(rig, "closed"), rig.said)
    assert len(of_history(rig, "opened")) == 1 and len(of_history(rig, "closed")) == 1
    assert not [one for one in rig.incidents() if one["kind"] == "history"]


def in_trouble_and_back(rig, word, undo):
    """Watches on, says so twice in the log and once as an incident, catches up."""
    until(lambda: trouble(rig) != "ok", lambda: str(rig.status()["history"]))
    assert until(lambda: rig.events("history_trouble"), rig.said)
    assert "history" in rig.ask("/healthz")[1]
    told_of_history(rig, word)
    opened(rig)
    undo()
    until(lambda: trouble(rig) == "ok", lambda: str(rig.status()["history"]))
    assert until(lambda: rig.events("history_recovered"), rig.said)
    all_rows(rig)
    history_is_well_again(rig)


def keep_writing(rig):
    rig.write(rig.lives(20))
    all_rows(rig)


def test_a_history_that_another_program_locks(rig):
    keep_writing(rig)
    with Locked(rig) as lock:
        rig.write(rig.lives(20))
        in_trouble_and_back(rig, "locked", lock.end)


def test_a_limit_of_the_size_of_files(rig):
    """The kernel refuses what goes beyond, as a full disk does."""
    keep_writing(rig)
    size = max(os.stat(path).st_size for path in rig.state.iterdir())
    resource.prlimit(rig.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    for _ in range(5):
        rig.write(rig.lives(300))

    def undo():
        resource.prlimit(rig.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    in_trouble_and_back(rig, "disk full", undo)


# A file system of its own for the state, in the daemon's own mount namespace.
MOUNTED = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def in_namespace(rig, mount, todoku):
    """Starts the daemon behind a mount over its state folder; skipped where that is not allowed."""
    if subprocess.run([*MOUNTED, f"mount -t tmpfs none {rig.state}"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")
    with open(rig.errors, "ab") as errors:
        rig.process = subprocess.Popen([*MOUNTED, f'{mount} && exec "$@"', "sh", todoku, "run", "-c", rig.config],
                                       cwd=rig.folder, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                                       env=clean_environment())
    rig.reader = ["nsenter", "--target", str(rig.process.pid), "--user", "--mount", "--preserve-credentials"]
    until(rig.answers, rig.said)


def inside(rig, command):
    subprocess.run([*rig.reader, "sh", "-c", command], check=True, timeout=LIMIT)


def test_a_full_disk(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        in_namespace(rig, f"mount -t tmpfs -o size=8m none {rig.state}", todoku)
        keep_writing(rig)
        inside(rig, f"dd if=/dev/zero of={rig.state}/filler bs=64k 2>/dev/null; true")
        rig.write(rig.lives(300))
        told_of_history(rig, "disk full")
        opened(rig)
        inside(rig, f"rm {rig.state}/filler")
        history_is_well_again(rig)
        all_rows(rig)


def test_a_read_only_disk(todoku, tmp_path):
    """People are told though the history was never opened, and reading begins where it left off."""
    with Rig(todoku, tmp_path) as rig:
        keep_writing(rig)
        rig.stop()
        rig.write(rig.lives(20))
        in_namespace(rig, f"mount --bind {rig.state} {rig.state} && mount -o remount,bind,ro {rig.state}", todoku)
        told_of_history(rig, "read-only")
        inside(rig, f"mount -o remount,bind,rw {rig.state}")
        history_is_well_again(rig)
        all_rows(rig)


def test_a_history_that_cannot_be_opened(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        (rig.state / "history.db").mkdir()
        rig.start()
        told_of_history(rig, "history.db")
        (rig.state / "history.db").rmdir()
        history_is_well_again(rig)
        until(lambda: rig.events("started"), rig.said)
        rig.write(rig.lives(20))
        all_rows(rig)


def test_trouble_that_ends_while_the_daemon_is_down(rig):
    """The incident of the run before is closed, not opened again."""
    with Locked(rig):
        rig.write(rig.lives(20))
        told_of_history(rig, "locked")
        rig.stop()
    rig.start()
    history_is_well_again(rig)
    all_rows(rig)


def test_killed_while_the_history_is_locked(rig):
    keep_writing(rig)
    with Locked(rig):
        rig.write(rig.lives(200))
        until(lambda: trouble(rig) != "ok", lambda: str(rig.status()["history"]))
        rig.kill()
        rig.spawn()
        rig.write(rig.lives(20))
    until(rig.answers, rig.said)
    all_rows(rig)


@pytest.mark.parametrize("damage", ["cut", "noise", "not a database"])
def test_a_damaged_history_is_set_aside(rig, damage):
    keep_writing(rig)
    rig.stop()
    file = rig.state / "history.db"
    bytes_ = file.read_bytes()
    file.write_bytes({"cut": bytes_[:len(bytes_) // 2 + 100], "noise": bytes_[:5000] + os.urandom(3000) + bytes_[8000:],
                      "not a database": b"hello\n" * 1000}[damage])
    rig.start()
    opened(rig)
    assert rig.status()["history"]["state"] in ("ok", "not usable"), rig.status()["history"]
    aside = list(rig.state.glob("history.db.damaged*"))
    assert aside or damage == "noise"  # which may fall where nothing is
    if aside:
        told_of_history(rig, "history.db.damaged")
        history_is_well_again(rig)


def test_sigterm_while_the_history_takes_nothing(todoku, tmp_path):
    with Rig(todoku, tmp_path, more="store: {spool: 0B}\n") as rig:
        keep_writing(rig)
        with Locked(rig):
            rig.write(rig.lives(500))
            until(lambda: trouble(rig) != "ok", lambda: str(rig.status()["history"]))
            rig.end(signal.SIGTERM, STOP_SECONDS)
        rig.start()
        all_rows(rig)


# --- API


def test_unknown_things_and_bad_bodies(rig):
    opened(rig)
    id = rig.incidents()[0]["id"]
    for path in ("nothing", "%00", "x" * 4000, "../../status", id + "x", ""):
        assert rig.ask(f"/api/v1/incidents/{path}")[0] in (400, 404, 414), path
    assert rig.ask("/api/v1/nothing")[0] == 404
    for path in ("nothing/ack", "nothing/close", f"{id}x/ack"):
        assert rig.ask(f"/api/v1/incidents/{path}", "POST", "{}")[0] == 404, path
    for path in (f"{id}/else", f"{id}/", "/ack", "//"):
        assert rig.ask(f"/api/v1/incidents/{path}", "POST", "{}")[0] == 404, path
    for body in ("{", "[]", "5", '{"by": 5}', '{"by": "\\u0000"}', "[" * 5000, b"\xff\xfe"):
        status, answer = rig.ask(f"/api/v1/incidents/{id}/ack", "POST", body)
        assert status == 400, (body[:20], status, answer)
    assert rig.incidents()[0]["state"] == "open"
    for method in ("POST", "PUT", "DELETE"):
        assert rig.ask("/api/v1/status", method, "{}")[0] in (405, 501), method
    status, answer = rig.ask(f"/api/v1/incidents/{id}/ack", "POST", '{"by": "ann", "note": "on it"}')
    assert status == 200 and answer["state"] == "acknowledged", answer
    until(lambda: rig.hook.pages("acknowledged"), rig.said)
    assert rig.ask(f"/api/v1/incidents/{id}/close", "POST", "")[0] == 200
    assert rig.incidents() == [] and rig.ask(f"/api/v1/incidents/{id}/close", "POST")[0] == 409


def test_a_tcp_listener_reads_only_without_a_token(todoku, tmp_path):
    port = free_port()
    with Rig(todoku, tmp_path, more=f"web: {{listen: ['127.0.0.1:{port}']}}\n") as rig:
        assert rig.ask("/api/v1/status", where=port)[0] == 200
        assert rig.ask("/api/v1/incidents/x/ack", "POST", "{}", where=port)[0] == 403


def test_a_tcp_listener_writes_with_the_token(todoku, tmp_path):
    port = free_port()
    with Rig(todoku, tmp_path, more=f"web: {{listen: ['127.0.0.1:{port}'], token: a-secret-token-of-32-characters}}\n") as rig:
        path = "/api/v1/incidents/x/ack"
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
            assert rig.ask(path, "POST", "{}", headers, where=port)[0] == 401, headers
        headers = {"Authorization": "Bearer a-secret-token-of-32-characters"}
        assert rig.ask(path, "POST", "{}", headers, where=port)[0] == 404


def test_many_ask_at_once_while_lines_come(rig):
    answers, lock = Counter(), threading.Lock()

    def ask():
        try:
            status, body = rig.ask("/api/v1/status")
            whole = status != 200 or "history" in body
        except OSError as error:
            status, whole = type(error).__name__, True
        with lock:
            answers[status if whole else "broken"] += 1

    askers = [threading.Thread(target=ask) for _ in range(500)]
    for i, asker in enumerate(askers):
        asker.start()
        if i % 10 == 0:
            rig.write(rig.lives(20))
    for asker in askers:
        asker.join(LIMIT)
    print(answers)
    assert answers[200] >= 1 and set(answers) <= {200, 503, "ConnectionResetError", "BlockingIOError"}, answers
    assert rig.ask("/api/v1/status")[0] == 200
    all_rows(rig)


def test_a_client_that_says_nothing_does_not_stop_it(rig):
    silent = []
    for _ in range(50):
        one = socket.socket(socket.AF_UNIX)
        one.connect(str(rig.control))
        one.sendall(b"GET /api/v1/status HTTP/1.1\r\n")
        silent.append(one)
    assert rig.ask("/api/v1/status")[0] == 200
    assert rig.end(signal.SIGTERM, STOP_SECONDS) == 0
    for one in silent:
        one.close()


def test_every_answer_is_json(rig):
    opened(rig)
    for path in ("/api/v1/status", "/api/v1/incidents", "/api/v1/incidents?all=1"):
        status, body = rig.ask(path)
        assert status == 200 and json.dumps(body), path
