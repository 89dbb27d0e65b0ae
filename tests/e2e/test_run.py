# SPDX-License-Identifier: Apache-2.0
"""What `make run` is made of beside the lab: the daemon on the machine's own log, the receiver."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from conftest import LIMIT

LINES = """\
Nov 21 20:36:30 relay postfix/out-a/smtp[7]: 4F1C2B3D4E: to=<bob@example.org>, relay=mx.example.org\
[192.0.2.1]:25, delay=0.3, delays=0.1/0/0.1/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok)
"""


@pytest.fixture
def own(root, todoku, tmp_path):
    """own(...) -> a process of lab/own on a small log, with its state in tmp_path/run."""
    log, started = tmp_path / 'my "mail.log', []
    log.write_text(LINES, "ascii")

    def call(*more):
        command = [sys.executable, root / "lab/own", "--todoku", todoku, "--dir",
                   tmp_path / "run", "--log", log, *more]
        started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        return started[-1]

    yield call
    for process in started:
        process.kill()
        process.communicate()


def address(process):
    """Where its API is, once it has said so."""
    for line in process.stderr:
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/api/v1/status", line):
            return found[1]
    return pytest.fail("no address was said")


def attempts(url):
    with urllib.request.urlopen(url + "/api/v1/status", timeout=LIMIT) as answer:
        mail = json.load(answer)["mail"]  # null before anything was read
        return mail and mail["attempts"]["total"]


def test_own_ends_by_itself_with_its_status(own):
    out, err = own("--seconds", "1").communicate(timeout=120)
    assert "todoku status" in out and "WRONG NOW" in out, err
    assert 'mail.log; for 1 seconds' in err
    assert re.search(r"todoku_policy = check_policy_service \{ inet:127\.0\.0\.1:\d+, timeout=2s, try_limit=1, "
                     r"default_action=DUNNO \}", err)
    assert re.search(r"^  Limits  ", out, re.MULTILINE)


def test_two_at_once_have_their_own_state_and_port(own, tmp_path):
    pair = [own(), own()]
    urls = [address(process) for process in pair]
    assert urls[0] != urls[1]
    for url in urls:
        with urllib.request.urlopen(url + "/api/v1/status", timeout=LIMIT) as answer:
            assert json.load(answer)["version"]
    for process, number in zip(pair, (signal.SIGINT, signal.SIGTERM)):
        process.send_signal(number)
        assert process.wait(60) == 0
    assert sorted(one.name for one in (tmp_path / "run").iterdir()) == ["own-1", "own-2"]


def test_a_later_run_goes_on_with_the_state(own, tmp_path):
    for _ in range(2):
        process = own()
        url, deadline = address(process), time.monotonic() + 60
        while attempts(url) != 1:
            assert time.monotonic() < deadline, "the delivery of the log is not shown"
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert [one.name for one in (tmp_path / "run").iterdir()] == ["own-1"]


def test_a_daemon_that_cannot_start_is_told(own, tmp_path):
    (tmp_path / "run/own-1/control.sock/x").mkdir(parents=True)
    process = own("--seconds", "1")
    err = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert "todoku run ended at once" in err and "to do: " in err


def test_own_looks_where_the_report_looks(root):
    def places(path, begin):
        text = (root / path).read_text("utf-8").split(begin)[1]
        return re.findall(r'"(/var/log/[^"]+)"', text[:400])

    assert places("lab/own", "PLACES") == places("src/io/log_default.c", "places[]")


@pytest.fixture
def receiver(root, tmp_path):
    """(address, file, process) of a running lab/receiver.py."""
    file = tmp_path / "messages.jsonl"
    process = subprocess.Popen([sys.executable, root / "lab/receiver.py", "--file", file],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().split()[-1], file, process
    process.kill()
    process.communicate()


def post(url, data, **headers):
    """(status, text) of a POST."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=LIMIT) as one:
            return one.status, one.read().decode()
    except urllib.error.HTTPError as err:
        with err:
            return err.code, err.read().decode()


def test_the_receiver_shows_a_slack_message_and_keeps_it(receiver):
    url, file, process = receiver
    section = {"type": "section", "fields": [
        {"type": "mrkdwn", "text": "*Where*\nrelay/out-b → google"},
        {"type": "mrkdwn", "text": "*Sample*\n```550 &lt;a@b&gt; &amp;amp;```"},
        {"type": "mrkdwn", "text": "<https://example.org/x|Page> | `ack`"}]}
    header = {"type": "header", "text": {"type": "plain_text", "text": "Blocked <now>"}}
    body = {"text": "Blocked", "blocks": [header, section]}
    assert post(url + "/services/x", json.dumps(body).encode()) == (200, "ok")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=LIMIT)
    assert out.splitlines() == ["message to /services/x:", "  Blocked <now>",
                                "  Where: relay/out-b → google", "  Sample: 550 <a@b> &amp;",
                                "  Page: https://example.org/x | ack"]
    assert json.loads(file.read_text("ascii"))["body"] == body
    assert process.returncode == 0


def test_the_receiver_shows_a_webhook_document(receiver):
    url, _, process = receiver
    text = {"title": "Blocked", "facts": [{"label": "Where", "text": "out-b"}], "advice": "Wait."}
    assert post(url, json.dumps({"text": text}).encode())[0] == 200
    shown = [process.stdout.readline().strip() for _ in range(4)]
    assert shown == ["message to /:", "Blocked", "Where: out-b", "Wait."]


@pytest.mark.parametrize("data, status", [
    (b"{", 400), (b"\xff", 400), (b"", 400), (b" " * (1 << 20) + b"1", 413),
    (b"[" * 100000, 400), (b"[1]", 200), (b'{"blocks": [1]}', 200),
    (b'{"blocks": [{"text": 1}]}', 200), (b'{"text": {"facts": [1]}}', 200),
], ids=range(9))
def test_the_receiver_bears_any_body(receiver, data, status):
    try:
        assert post(receiver[0], data)[0] == status
    except (ConnectionError, urllib.error.URLError):
        assert status == 413  # it need not read what it refuses
    assert post(receiver[0], b"{}")[0] == 200


def test_the_receiver_bears_broken_requests(receiver):
    port = int(receiver[0].rpartition(":")[2])
    begin = b"POST / HTTP/1.1\r\n"
    for said in (b"\0\n\n", begin + b"\r\n", begin + b"Content-Length: -1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), LIMIT) as sock:
            sock.sendall(said)
            assert b" 4" in sock.recv(200)
    assert post(receiver[0], b"{}")[0] == 200
