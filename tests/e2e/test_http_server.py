# SPDX-License-Identifier: Apache-2.0
"""The HTTP server as clients see it, the honest and the other ones."""

import contextlib
import grp
import json
import os
import random
import resource
import select
import signal
import socket
import stat
import subprocess
import time

import pytest
from conftest import is_sanitized
from http_peer import LIMIT_SECONDS, Answer, Server, ask, connect, read_to_end, request, say

TOKEN = "0123456789abcdef-token"
PORT = "127.0.0.1:0"


@pytest.fixture(scope="module")
def program(todoku):
    """http_demo of the build under test."""
    path = todoku.parent / "tests" / "e2e" / "http_demo"
    if not path.exists():
        pytest.skip(f"{path} is not built (meson -Dtests=enabled)")
    return path


@pytest.fixture
def serve(program):
    def call(*arguments, **popen):
        return Server(program, *arguments, **popen)
    return call


@pytest.fixture(scope="module")
def shared(program):
    """One server with a listener of each kind, for tests that leave no trace: {kind: port}."""
    with Server(program, PORT, PORT + ",token", PORT + ",hosts", PORT + ",write", "token=" + TOKEN) as server:
        yield dict(zip(("plain", "token", "hosts", "write"), server.ports))


def until(true_at_last):
    """Waits for what the server does in its own time."""
    begin = time.monotonic()
    while not true_at_last():
        assert time.monotonic() - begin < LIMIT_SECONDS
        time.sleep(0.02)


def error_of(answer):
    assert answer.headers["content-type"] == "application/json"
    error = json.loads(answer.body)["error"]
    assert set(error) == {"what", "where", "advice"} and all(error.values()), error
    return error


# What is answered

@pytest.mark.parametrize("method, target, status", [
    ("GET", "/healthz", 200),
    ("HEAD", "/healthz", 200),
    ("GET", "/echo/a/b?x=1", 200),
    ("GET", "/healthz/", 404),
    ("GET", "/", 404),
    ("GET", "//healthz", 404),
    ("GET", "/echo", 404),
    ("GET", "/../healthz", 404),
    ("GET", "/healthz%00", 400),
    ("GET", "/echo/?" + "&".join(f"p{i}" for i in range(33)), 400),
    ("GET", "http://localhost/healthz", 400),
    ("POST", "/healthz", 405),
    ("FOO", "/healthz", 405),
    ("get", "/healthz", 405),
    ("DELETE", "/echo/x", 405),
    ("FOO", "/nothing", 404),
    ("OPTIONS", "/nothing", 404),
    ("OPTIONS", "/healthz", 204),
    ("OPTIONS", "*", 204),
    ("GET", "*", 404),
    ("POST", "/echo/x", 403),
])
def test_status(shared, method, target, status):
    answer = ask(shared["plain"], method, target)
    assert answer.status == status
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "server" not in answer.headers
    if status >= 400:
        error_of(answer)
    if status == 405:
        assert answer.headers["allow"].startswith("GET, HEAD, ")
    assert ask(shared["plain"], "GET", "/healthz").status == 200


def test_allow_lists_the_methods_of_the_path(serve):
    with serve(PORT) as server:
        assert ask(server.port, "DELETE", "/echo/slow").headers["allow"] == "GET, HEAD, POST, PUT, OPTIONS"
        assert ask(server.port, "OPTIONS", "/healthz").headers["allow"] == "GET, HEAD, OPTIONS"


def test_parameters_are_decoded(serve):
    with serve(PORT) as server:
        lines = ask(server.port, "GET", "/echo/%E5%B1%8A?a=1%202+3&b&c=%3D&a=again").body.decode().splitlines()
        assert lines[0].startswith("GET /echo/届 rest=届 peer=127.0.0.1:")
        assert lines[1:] == ["a=1 2 3", "b=", "c==", "a=again"]


def test_head_is_get_without_the_body(serve):
    with serve(PORT) as server:
        got, head = ask(server.port, "GET", "/page"), ask(server.port, "HEAD", "/page")
        same = [{**answer.headers, "date": ""} for answer in (got, head)]
        assert same[0] == same[1]
        with connect(server.port) as peer:
            peer.sendall(request("HEAD", "/page", "Connection: close"))
            assert read_to_end(peer).endswith(b"\r\n\r\n")


def test_headers_protect_pages(serve):
    with serve(PORT) as server:
        page, data = ask(server.port, "GET", "/page").headers, ask(server.port, "GET", "/healthz").headers
        assert "default-src 'none'" in page["content-security-policy"]
        assert page["x-frame-options"] == "DENY"
        assert page["cache-control"] == "max-age=60"  # the handler's word
        assert "content-security-policy" not in data and data["cache-control"] == "no-store"
        for headers in (page, data):
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_body_arrives_whole(serve):
    body = bytes(random.Random(1).randbytes(900_000))
    with serve(PORT + ",write") as server:
        answer = ask(server.port, "POST", "/echo/", body=body)
        assert answer.status == 200 and answer.body.endswith(body)
        answer = ask(server.port, "POST", "/echo/", "Expect: 100-continue", body=b"abc")
        assert answer.status == 100


def test_big_answers_are_not_copied_and_arrive_whole(serve):
    with serve(PORT) as server:
        assert ask(server.port, "GET", "/big").body == b"x" * (64 << 20)


# Who may write

@pytest.mark.parametrize("header, status", [
    (None, 401),
    ("Bearer " + TOKEN, 200),
    ("bearer " + TOKEN, 200),
    ("Bearer " + TOKEN[:-1], 401),
    ("Bearer " + TOKEN + "x", 401),
    ("Bearer ", 401),
    ("Bearer", 401),
    ("Basic " + TOKEN, 401),
    (TOKEN, 401),
    ("Bearer " + TOKEN.upper(), 401),
])
def test_writing_needs_the_token(shared, header, status):
    headers = [f"Authorization: {header}"] if header else []
    answer = ask(shared["token"], "POST", "/echo/x", *headers, body=b"change")
    assert answer.status == status
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
        assert TOKEN not in json.dumps(error_of(answer))
    assert ask(shared["token"], "GET", "/echo/x").status == 200  # reading never does
    assert ask(shared["plain"], "POST", "/echo/x", *headers, body=b"change").status == 403


def test_token_listener_without_a_token_only_reads(serve):
    with serve(PORT + ",token") as server:
        for header in ("Authorization: Bearer ", "Authorization: Bearer x", "Authorization: "):
            assert ask(server.port, "POST", "/echo/x", header).status == 403


def test_short_token_is_refused(program):
    done = subprocess.run([program, PORT, "token=short"], capture_output=True, text=True,
                          timeout=LIMIT_SECONDS, check=False)
    assert done.returncode == 1 and "16 to 256" in done.stderr and "short" not in done.stderr


@pytest.mark.parametrize("host, status", [
    ("localhost", 200), ("LOCALHOST:8480", 200), ("127.0.0.1:8480", 200), ("[::1]:8480", 200),
    ("[::1]", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("", 421), ("[evil]", 421),
    ("localhost.evil.example:8480", 421), ("[::1", 421),
])
def test_foreign_host_names_are_refused(shared, host, status):
    answer = say(shared["hosts"], f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.status == status


# Too much

@pytest.mark.parametrize("data, statuses", [
    (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", (414,)),
    (b"GET /healthz?" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", (414,)),
    (b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", (431,)),
    (b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", (431,)),
    (b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100 + b"\r\n", (200,)),
    (request("GET", "/page", "X: " + "a" * 16_000), (200,)),
    (request("GET", "/page", "X: " + "a" * 17_000), (431,)),
    (request("POST", "/echo/", "Content-Length: 1048577"), (413,)),
    (request("POST", "/echo/", "Content-Length: 99999999999999999999999"), (400, 413)),
    (request("POST", "/echo/", "Content-Length: -1"), (400,)),
    (request("POST", "/echo/", "Content-Length: 1x"), (400,)),
    (request("POST", "/echo/", "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n", (411,)),
    (request("POST", "/echo/", "Transfer-Encoding: chunked", "Content-Length: 5") + b"hello", (400, 411)),
    (b"GET /healthz HTTP/1.1\r\n\r\n", (400,)),
    (b"GET /healthz HTTP/1.0\r\n\r\n", (200,)),
    (b"GET /healthz HTTP/3.0\r\nHost: a\r\n\r\n", (505, 400)),
], ids=("path query header headers some-headers just-fits just-not body body-overflow body-negative body-words chunked"
        " chunked-length no-host http10 http3").split())
def test_bounds(shared, data, statuses):
    try:
        assert say(shared["write"], data).status in statuses
    except (EOFError, ConnectionResetError):
        assert len(data) > 16 << 10  # closed while it was still sending: the answer may be lost
    assert ask(shared["write"], "GET", "/healthz").status == 200


# Too odd

def test_pipelined_requests_are_answered_in_order(serve):
    with serve(PORT) as server, connect(server.port) as peer, peer.makefile("rb") as stream:
        peer.sendall(b"".join(request("GET", target) for target in
                              ("/echo/1", "/slow?ms=20", "/echo/2", "/slow", "/echo/3")))
        bodies = [Answer(stream).body.split(b" rest=")[0] for _ in range(5)]
        assert bodies == [b"GET /echo/1", b"{}\n", b"GET /echo/2", b"{}\n", b"GET /echo/3"]


def test_garbage_behind_a_request(serve):
    with serve(PORT) as server, connect(server.port) as peer, peer.makefile("rb") as stream:
        peer.sendall(request("GET", "/echo/1") + b"\x00\xff\x16\x03garbage\r\n\r\n\r\n")
        assert Answer(stream).status == 200
        peer.shutdown(socket.SHUT_WR)
        with contextlib.suppress(EOFError, ConnectionResetError):
            assert Answer(stream).status >= 400
        assert ask(server.port, "GET", "/healthz").status == 200


def test_random_bytes_and_broken_requests(serve):
    chance = random.Random(2)
    right = request("POST", "/echo/x?a=b", "Content-Type: text/plain", body=b"hello")
    with serve(PORT + ",write", "request-ms=300") as server:
        for round_number in range(150):
            data = bytearray(right * chance.randint(1, 3))
            if round_number % 3 == 0:
                data = bytearray(chance.randbytes(chance.randint(1, 3000)))
            for _ in range(chance.randint(0, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            del data[chance.randrange(len(data)) + 1:]
            with connect(server.port) as peer:
                with contextlib.suppress(OSError):
                    peer.sendall(data)
                    if chance.random() < 0.7:
                        peer.shutdown(socket.SHUT_WR)
                        read_to_end(peer)
        assert ask(server.port, "GET", "/healthz").status == 200


def test_clients_that_leave_early(serve):
    with serve(PORT) as server:
        for target in ("/big", "/slow?ms=50", "/healthz"):
            for _ in range(10):
                with connect(server.port) as peer:
                    peer.sendall(request("GET", target))
        assert ask(server.port, "GET", "/healthz").status == 200


# Too slow

def drip(peer, data):
    """One byte at a time, until all are sent or the other side has had enough."""
    peer.setblocking(True)
    for i in range(len(data)):
        try:
            peer.sendall(data[i:i + 1])
        except OSError:
            return b""
        peer.settimeout(0.05)
        try:
            if got := peer.recv(65536):
                return got
            return b""
        except TimeoutError:
            continue
        except OSError:
            return b""
    pytest.fail("all of it was taken")


@pytest.mark.parametrize("begin, endless", [
    (b"", request("GET", "/healthz", "X: " + "a" * 8000)),
    (request("GET", "/healthz")[:-2], b"X: y\r\n" * 1000),
    (request("POST", "/echo/", "Content-Length: 100000"), b"a" * 10_000),
    (request("GET", "/healthz") + b"GET /he", b"a" * 10_000),
], ids=["header", "headers", "body", "second-request"])
def test_dripping_requests_are_ended(serve, begin, endless):
    with serve(PORT + ",write", "request-ms=1000") as server, connect(server.port) as peer:
        peer.sendall(begin)
        if b"GET /he" in begin[4:]:
            with peer.makefile("rb", buffering=0) as stream:
                assert Answer(stream).status == 200
        got = drip(peer, endless)
        assert got == b"" or got.startswith(b"HTTP/1.1 408 ")
        until(lambda: server.counts()["timed_out"] == 1)


def test_many_slow_ones_harm_nobody_else(serve):
    with serve(PORT, "request-ms=2000") as server, contextlib.ExitStack() as stack:
        peers = [stack.enter_context(connect(server.port)) for _ in range(200)]
        for peer in peers:
            peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ")
        for _ in range(10):
            assert ask(server.port, "GET", "/healthz").status == 200
        for peer in peers:
            assert read_to_end(peer).startswith(b"HTTP/1.1 408 ")


def test_an_answer_that_nobody_takes_is_ended(serve):
    with serve(PORT, "answer-ms=500") as server, connect(server.port) as peer:
        peer.sendall(request("GET", "/big"))
        until(lambda: server.counts()["timed_out"])
        assert len(read_to_end(peer)) < 64 << 20


def test_silent_connections_are_closed_without_a_word(serve):
    with serve(PORT, "request-ms=200") as server, connect(server.port) as peer:
        assert read_to_end(peer) == b""
        with connect(server.port) as used, used.makefile("rb") as stream:
            used.sendall(request("GET", "/healthz"))
            Answer(stream)
            assert stream.read() == b""


# Slow handlers

def test_slow_questions_do_not_stop_quick_ones(serve):
    with serve(PORT, "slow-max=4") as server, contextlib.ExitStack() as stack:
        peers = [stack.enter_context(connect(server.port)) for _ in range(12)]
        streams = [stack.enter_context(peer.makefile("rb")) for peer in peers]
        for peer in peers:
            peer.sendall(request("GET", "/slow?ms=1000"))
        assert ask(server.port, "GET", "/healthz").status == 200
        answers = [Answer(stream) for stream in streams]
        statuses = [answer.status for answer in answers]
        assert statuses.count(200) >= 4 and statuses.count(503) >= 1
        refused = answers[statuses.index(503)]
        assert refused.headers["retry-after"] == "2" and error_of(refused)


def test_control_is_answered_while_the_web_is_busy(serve, tmp_path):
    control = tmp_path / "control.sock"
    with serve("slow-max=4", PORT, f"unix:{control}") as server, contextlib.ExitStack() as stack:
        refused = False
        while not refused:  # one question more until there is no place
            peer = stack.enter_context(connect(server.port))
            peer.sendall(request("GET", "/slow?ms=1000"))
            if select.select([peer], [], [], 0.1)[0]:
                refused = b" 503 " in peer.recv(65536)
        assert ask(control, "GET", "/slow").status == 200


def test_a_running_question_is_answered_before_the_end(serve):
    with serve(PORT) as server:
        with connect(server.port) as peer, peer.makefile("rb") as stream:
            peer.sendall(request("GET", "/slow?ms=2000") + request("GET", "/echo/never"))
            while b"todoku_asleep 1" not in ask(server.port, "GET", "/metrics").body:
                time.sleep(0.01)
            server.stop()
            assert Answer(stream).status == 200


def test_waiting_questions_are_refused_at_the_end(serve):
    with serve(PORT) as server, contextlib.ExitStack() as stack:
        peers = [stack.enter_context(connect(server.port)) for _ in range(8)]
        streams = [stack.enter_context(peer.makefile("rb")) for peer in peers]
        for peer in peers:
            peer.sendall(request("GET", "/slow?ms=400"))
        assert ask(server.port, "GET", "/healthz").status == 200
        server.stop()
        assert {Answer(stream).status for stream in streams} <= {200, 503}


# Too many

def descriptors():
    """Raises this process's own limit; how many it may open."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@pytest.fixture
def flood(program):
    """How many connections a flood has: 10,000 where the system lets us."""
    return 2000 if is_sanitized(program) or descriptors() < 11_000 else 10_000


def test_flood_of_silent_connections_gives_way(serve, flood, tmp_path):
    control = tmp_path / "control.sock"
    with serve("cap=0", "give-way-ms=1", PORT, f"unix:{control}") as server, contextlib.ExitStack() as stack:
        for i in range(flood):
            stack.enter_context(connect(server.port))
            if i % 1000 == 999:
                assert ask(server.port, "GET", "/healthz").status == 200
        assert ask(server.port, "GET", "/healthz").status == 200
        assert ask(control, "GET", "/healthz").status == 200
        until(lambda: server.counts()["open"] <= 2048)
        if flood > 2048:
            assert server.counts()["gave_way"] >= flood - 2048


def test_flood_within_the_cap_is_served(serve, flood):
    with serve(f"cap={flood}", "request-ms=60000", "give-way-ms=60000", PORT) as server, \
            contextlib.ExitStack() as stack:
        peers = [stack.enter_context(connect(server.port)) for _ in range(flood)]
        assert server.counts()["refused"] == 0
        for peer in peers:
            peer.sendall(request("GET", "/healthz"))
        for peer in peers:
            assert peer.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_full_listener_says_so_and_spares_the_others(serve, tmp_path):
    control = tmp_path / "control.sock"
    with serve("cap=20", "give-way-ms=600000", "request-ms=600000", PORT, f"unix:{control}") as server, \
            contextlib.ExitStack() as stack:
        first = [stack.enter_context(connect(server.port)) for _ in range(20)]
        until(lambda: server.counts()["open"] == 20)
        answer = ask(server.port, "GET", "/healthz")
        assert answer.status == 503 and error_of(answer)
        assert ask(control, "GET", "/healthz").status == 200
        first.pop().close()
        until(lambda: server.counts()["open"] == 19)
        assert ask(server.port, "GET", "/healthz").status == 200


def limit(soft, hard):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_soft_limit_is_raised(serve):
    with serve(PORT, preexec_fn=limit(300, 1500)) as server:
        assert resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE) == (1500, 1500)


def test_the_cap_stays_below_the_limit_of_descriptors(serve):
    with serve(PORT, "give-way-ms=1", preexec_fn=limit(300, 300)) as server, contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(connect(server.port))
        until(lambda: ask(server.port, "GET", "/healthz").status == 200)  # 503: all came just now
        until(lambda: server.counts()["open"] <= 44)  # those that gave way are being closed


def test_too_few_descriptors_are_refused_at_the_start(program):
    done = subprocess.run([program, PORT], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
                          preexec_fn=limit(100, 100))
    assert done.returncode == 1 and "LimitNOFILE" in done.stderr


def test_no_descriptors_left_is_survived(serve):
    with serve(PORT) as server:
        used = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used + 10, used + 10))
        with contextlib.ExitStack() as stack:
            for _ in range(50):
                stack.enter_context(connect(server.port))
            until(lambda: server.counts()["open"] == 10)
        assert ask(server.port, "GET", "/healthz").status == 200


# Listeners

def test_unix_socket_has_mode_and_group_and_knows_its_peer(serve, tmp_path):
    path = tmp_path / "control.sock"
    with serve(f"unix:{path},write", "[::1]:0" if socket.has_ipv6 else PORT, PORT) as server:
        state = path.stat()
        assert stat.S_ISSOCK(state.st_mode) and stat.S_IMODE(state.st_mode) == 0o660
        assert state.st_gid == os.getgid() and grp.getgrgid(state.st_gid)
        said = ask(path, "POST", "/echo/x", body=b"hello").body.decode()
        assert f"peer=unix pid {os.getpid()} uid {os.getuid()} write=1" in said
        assert len(server.ports) == 3 and server.ports[0] == 0
        assert ask(server.ports[2], "GET", "/healthz").status == 200
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a file to any group")
def test_group_by_name(serve, tmp_path):
    path = tmp_path / "control.sock"
    with serve(f"unix:{path},group:daemon,write"):
        assert path.stat().st_gid == grp.getgrnam("daemon").gr_gid
        assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_unknown_group_is_refused(program, tmp_path):
    done = subprocess.run([program, f"unix:{tmp_path}/control.sock,group:no-such-group"], capture_output=True,
                          text=True, timeout=LIMIT_SECONDS, check=False)
    assert done.returncode == 1 and "no group no-such-group" in done.stderr and not list(tmp_path.iterdir())


def test_ipv6(serve):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with serve("[::1]:0") as server, \
            socket.create_connection(("::1", server.port), timeout=LIMIT_SECONDS) as peer:
        peer.sendall(request("GET", "/echo/"))
        assert "peer=[::1]:" in Answer(peer.makefile("rb")).body.decode()


def test_socket_of_a_dead_daemon_is_replaced(serve, tmp_path):
    path = tmp_path / "control.sock"
    with serve(f"unix:{path}", expect=-signal.SIGKILL) as dead:
        dead.process.kill()
        dead.process.wait(LIMIT_SECONDS)
    assert path.exists()
    with serve(f"unix:{path}"):
        assert ask(path, "GET", "/healthz").status == 200


def test_socket_of_a_living_daemon_is_refused(serve, program, tmp_path):
    path = tmp_path / "control.sock"
    with serve(f"unix:{path}"):
        second = subprocess.run([program, f"unix:{path}"], capture_output=True, text=True,
                                timeout=LIMIT_SECONDS, check=False)
        assert second.returncode == 1 and "already running" in second.stderr and str(path) in second.stderr
        assert ask(path, "GET", "/healthz").status == 200
    assert not path.exists()


def test_what_is_no_socket_is_left_alone(program, tmp_path):
    path = tmp_path / "file"
    path.write_text("mine", "utf-8")
    done = subprocess.run([program, f"unix:{path}"], capture_output=True, text=True, timeout=LIMIT_SECONDS,
                          check=False)
    assert done.returncode == 1 and "not touched" in done.stderr and path.read_text("utf-8") == "mine"


@pytest.mark.parametrize("address, words", [
    ("localhost:80", "not looked up"), ("127.0.0.1", "is written"), ("127.0.0.1:99999", "is written"),
    ("[::1:80", "is written"), ("unix:relative", "absolute"), ("unix:/" + "x" * 200, "at most"),
    ("unix:/nowhere/at/all.sock", "No such file"), ("192.0.2.1:0", "cannot listen"),
])
def test_bad_addresses(program, address, words):
    done = subprocess.run([program, address], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert done.returncode == 1 and words in done.stderr and address[:20] in done.stderr, done.stderr


def test_port_in_use_is_refused(serve, program):
    with serve(PORT) as server:
        done = subprocess.run([program, f"127.0.0.1:{server.port}"], capture_output=True, text=True,
                              timeout=LIMIT_SECONDS, check=False)
        assert done.returncode == 1 and "another program" in done.stderr
