# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: the configuration is read anew while mail and messages go on. Nothing that comes meanwhile is lost or counted
twice, whatever changed; who asks waits a moment and is answered."""

import http.client
import signal
import socket
import threading
import time

import pytest
from daemon_rig import Rig, free_port, until
from log_lines import BLOCK

RELOADS = 5
A_SECOND = 1000  # messages of log lines


class Sender(threading.Thread):
    """Sends complete lives, a datagram a line, until it is told to end."""

    def __init__(self, rig, send):
        super().__init__(daemon=True)
        self.rig, self.send, self.ended = rig, send, threading.Event()

    def run(self):
        while not self.ended.wait(0.01):
            for line in self.rig.lives(A_SECOND // 500, login="x").splitlines():
                self.send(b"<22>" + line.encode())

    def end(self):
        self.ended.set()
        self.join()


def datagrams(family, to):
    link = socket.socket(family, socket.SOCK_DGRAM)
    return lambda message: link.sendto(message, to)


def stream(port):
    link = socket.create_connection(("127.0.0.1", port))
    return lambda message: link.sendall(message + b"\n")


def reload(rig, count):
    """Reads the configuration anew and waits until it is in effect."""
    rig.process.send_signal(signal.SIGHUP)
    until(lambda: len(rig.events("reloaded")) == count, rig.said)


def all_counted(rig):
    until(lambda: len(rig.deliveries()) >= rig.number, lambda: f"{rig.number} sent, missing {rig.missing()}")
    assert max(rig.deliveries().values()) == 1 and len(rig.deliveries()) == rig.number
    assert rig.counter("lines") == 5 * rig.number


# What changes from one reload to the next: nothing, who is told, when something is an incident, which logs.
def nothing(_rig, _i):
    return "", []


def notifiers(rig, i):
    return f"web: {{listen: ['127.0.0.1:{free_port()}']}}\nincidents: {{escalate_after: {10 + i}m}}\n", []


def detectors(_rig, i):
    return f"detect: {{slo: {{least_outcomes: {1000000 - i}}}, silence: {{after: 7d}}}}\n", []


def logs(rig, i):
    return "", [f"file: {rig.folder}/other{i}.log"]


@pytest.mark.parametrize("change", [nothing, notifiers, detectors, logs])
@pytest.mark.parametrize("transport", ["udp", "tcp", "unix"])
def test_a_steady_sender_loses_nothing(todoku, tmp_path, transport, change):
    port, path = free_port(), tmp_path / "s"
    where = f"syslog: {transport}:{path if transport == 'unix' else f'127.0.0.1:{port}'}"
    with Rig(todoku, tmp_path, logs=[where]) as rig:
        if transport == "tcp":
            until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, rig.said)
            send = stream(port)
        else:
            to = ("127.0.0.1", port) if transport == "udp" else str(path)
            send = datagrams(socket.AF_INET if transport == "udp" else socket.AF_UNIX, to)
            until(lambda: path.exists() or transport == "udp" and f":{port:04X} " in udp_ports(), rig.said)
        sender = Sender(rig, send)
        sender.start()
        for i in range(1, RELOADS + 1):
            time.sleep(0.2)
            more, others = change(rig, i)
            rig.configure([f"webhook: {rig.hook.url}/hook"], more, [where, *others])
            reload(rig, i)
        sender.end()
        all_counted(rig)
        assert not rig.events("log_gap") and not rig.events("log_trouble"), rig.said()


def test_what_had_no_room_is_counted_once(todoku, tmp_path):
    """A name too long for a table has no room in it, as one of too many; its line comes again after the reload."""
    series = 'todoku_left_out_total{table="logins"}'
    with Rig(todoku, tmp_path) as rig:
        for i in range(1, 3):
            rig.write(rig.lives(1, login="x" * 5000))
            until(lambda i=i: f"\n{series} {i}\n" in rig.ask("/metrics")[1], rig.said)
            until(lambda: rig.status()["mail"]["left_out"]["logins"] > 0, rig.said)
            rig.configure([f"webhook: {rig.hook.url}/hook"], detectors(rig, i)[0], [f"file: {rig.log}"])
            reload(rig, i)


def udp_ports():
    with open("/proc/net/udp", encoding="ascii") as table:
        return table.read()


def test_files_are_counted_once_over_reloads(todoku, tmp_path):
    with Rig(todoku, tmp_path) as rig:
        for i in range(1, RELOADS + 1):
            rig.write(rig.lives(300))
            others = [f"file: {tmp_path}/other{n}.log" for n in range(i)]
            rig.configure([f"webhook: {rig.hook.url}/hook"], "", [f"file: {rig.log}", *others])
            reload(rig, i)
            rig.write(rig.lives(50), tmp_path / "other0.log")
        all_counted(rig)


def test_a_log_that_was_left_out_is_read_on(todoku, tmp_path):
    with Rig(todoku, tmp_path) as rig:
        notify, other = [f"webhook: {rig.hook.url}/hook"], tmp_path / "other.log"
        rig.write(rig.lives(50))
        until(lambda: rig.deliveries().total() == 50, rig.said)
        rig.configure(notify, "", [f"file: {other}"])
        reload(rig, 1)
        rig.write(rig.lives(50))
        rig.configure(notify, "", [f"file: {other}", f"file: {rig.log}"])
        reload(rig, 2)
        all_counted(rig)


def test_an_incident_stays_open_over_reloads(todoku, tmp_path):
    """It is neither closed nor told again, and its end is seen."""
    with Rig(todoku, tmp_path) as rig:
        rig.write(rig.lives(40) + rig.lives(30, BLOCK))
        until(lambda: rig.hook.pages("opened"), rig.said)
        for i, change in enumerate((nothing, detectors, notifiers), 1):
            more, _ = change(rig, i)
            rig.configure([f"webhook: {rig.hook.url}/hook"], more, [f"file: {rig.log}"])
            reload(rig, i)
            assert [one["kind"] for one in rig.incidents()] == ["block"]
        rig.write(rig.lives(400))
        until(lambda: rig.hook.pages("closed"), rig.said)
        assert len(rig.hook.pages("opened")) == 1
        all_counted(rig)


def test_what_was_learned_stays_when_nothing_of_it_changed(todoku, tmp_path):
    with Rig(todoku, tmp_path) as rig:
        rig.write(rig.lives(40))
        rig.until_read(200)
        started = rig.status()["started"]
        more, _ = notifiers(rig, 1)
        rig.configure([f"webhook: {rig.hook.url}/hook"], more, [f"file: {rig.log}"])
        reload(rig, 1)
        assert rig.lines() == 200 and rig.status()["started"] == started
        assert 'todoku_log_lines_total{source="file:' in rig.ask("/metrics")[1]


def test_a_damaged_history_is_told_once_over_reloads(todoku, tmp_path):
    with Rig(todoku, tmp_path, start=False) as rig:
        (rig.state / "history.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
        rig.start()
        until(lambda: rig.hook.pages("closed"), rig.said)
        for i in range(1, 3):
            reload(rig, i)
            rig.write(rig.lives(10))
            all_counted(rig)
        assert len(rig.hook.pages("opened")) == 1 and rig.incidents() == []


def test_who_asks_is_answered_over_reloads(todoku, tmp_path):
    """The sockets stay: a connection waits, none is refused; a request that is being read may hear "try again"."""
    port = free_port()
    more = f"web: {{listen: ['127.0.0.1:{port}']}}\n"
    with Rig(todoku, tmp_path, more=more) as rig:
        ended, failures, answers = threading.Event(), [], [0]

        def ask(where):
            while not ended.is_set():
                try:
                    status = rig.ask("/api/v1/status", where=where)[0]
                    answers[0] += status == 200
                    failures.extend([status] if status not in (200, 503) else [])
                except ConnectionResetError:
                    pass  # one that was connected already may be hung up on, as by any server that ends
                except (OSError, http.client.HTTPException) as error:
                    failures.append(error)

        askers = [threading.Thread(target=ask, args=(where,)) for where in (None, port)]
        for asker in askers:
            asker.start()
        for i in range(1, RELOADS + 1):
            reload(rig, i)
            until(lambda seen=answers[0]: answers[0] > seen + 2, rig.said)
        ended.set()
        for asker in askers:
            asker.join()
        assert failures == [] and answers[0] > RELOADS


@pytest.mark.parametrize("fault", ["nothing: 5\n", "web: {listen: ['192.0.2.1:80']}\n", "providers: /nowhere\n"])
def test_a_bad_file_changes_nothing(todoku, tmp_path, fault):
    with Rig(todoku, tmp_path) as rig:
        rig.write(rig.lives(10))
        good = rig.config.read_text()
        rig.config.write_text(good + fault)
        rig.process.send_signal(signal.SIGHUP)
        until(lambda: rig.events("configuration_refused"), rig.said)
        rig.write(rig.lives(10))
        assert rig.status()["history"]["state"] == "ok"
        all_counted(rig)
        rig.config.write_text(good)
        reload(rig, 1)


def test_another_state_folder_takes_all_down_and_up(todoku, tmp_path):
    with Rig(todoku, tmp_path) as rig:
        rig.write(rig.lives(10))
        until(lambda: rig.deliveries().total() == 10, rig.said)
        rig.state = tmp_path / "elsewhere"
        rig.configure([f"webhook: {rig.hook.url}/hook"], "", [f"file: {rig.log}"])
        reload(rig, 1)
        until(rig.answers, rig.said)
        assert (rig.state / "history.db").exists()
        until(lambda: rig.events("caught_up")[1:], rig.said)
        all_counted(rig)  # from the beginning: this history knows nothing
