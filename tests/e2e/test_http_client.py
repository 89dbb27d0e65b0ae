# SPDX-License-Identifier: Apache-2.0
"""Our HTTP client against receivers that are slow, endless, broken, or not who they say."""

import contextlib
import os
import socket
import ssl
import subprocess
import threading

import pytest

LIMIT_SECONDS = 60
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


class Receiver:
    """Takes one connection after the other; says `answer`, then does `after` with the socket. What it
    was sent is in `requests`."""

    def __init__(self, answer, after=None, wrap=None):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answer, self.after, self.wrap = answer, after, wrap
        self.requests, self.ended = [], threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self):
        while not self.ended.is_set():
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError, ssl.SSLError), peer:
                peer.settimeout(LIMIT_SECONDS)
                stream = self.wrap(peer) if self.wrap else peer
                self.requests.append(self._request(stream))
                stream.sendall(self.answer)
                if self.after:
                    self.after(self, stream)
                if self.wrap:
                    stream.close()

    @staticmethod
    def _request(stream):
        data = b""
        while b"\r\n\r\n" not in data:
            part = stream.recv(65536)
            if not part:
                return data
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        wanted = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                       if line.startswith(b"content-length:")), 0)
        while len(body) < wanted:
            body += stream.recv(65536)
        return head + b"\r\n\r\n" + body

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(LIMIT_SECONDS)


def hang(receiver, _stream):
    receiver.ended.wait(LIMIT_SECONDS)


def drip(receiver, stream):
    while not receiver.ended.wait(0.05):
        stream.sendall(b"x")


def pour(receiver, stream):
    while not receiver.ended.is_set():
        stream.sendall(b"x" * 65536)


@pytest.fixture
def ask(todoku):
    """ask("most=10", URL) -> (exit status, what was printed)."""
    program = todoku.parent / "tests" / "e2e" / "http_ask"
    if not program.exists():
        pytest.skip(f"{program} is not built (meson -Dtests=enabled)")

    def call(*arguments):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False,
                              timeout=LIMIT_SECONDS)
        assert "Sanitizer" not in done.stderr, done.stderr
        return done.returncode, done.stdout

    return call


def test_what_is_sent(ask):
    with Receiver(FINE) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/hook?a=b"
        assert ask("body={\"a\": 1}", "header=X-Signature: abc", url) == (0, "200 2\nok")
        assert ask(url) == (0, "200 2\nok")
    post, get = receiver.requests
    lines = post.decode().split("\r\n")
    assert lines[0] == "POST /hook?a=b HTTP/1.1" and lines[-1] == '{"a": 1}'
    assert "Content-Type: application/json" in lines and "X-Signature: abc" in lines
    assert any(line.startswith("User-Agent: todoku/") for line in lines)
    assert not any(line.startswith("Expect:") for line in lines)
    assert get.startswith(b"GET /hook?a=b HTTP/1.1\r\n")


@pytest.mark.parametrize("answer, after, said", [
    (FINE, None, "200 2\nok"),
    (HEAD + b"\r\nuntil the end", None, "200 13\nuntil the end"),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", hang, "200 3\nabc"),
    (HEAD + b"\r\n", pour, "200 20 cut\n" + "x" * 20),
    (HEAD + b"Content-Length: 99999999999\r\n\r\n", pour, "200 20 cut\n" + "x" * 20),
    (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", None, "302 0\n"),
    (b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", None, "307 0\n"),
    (b"HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nbad", None, "500 3\nbad"),
    (b"HTTP/1.1 204 No Content\r\n\r\n", None, "204 0\n"),
], ids="fine close chunked endless huge redirect moved error empty".split())
def test_answers(ask, answer, after, said):
    with Receiver(answer, after) as receiver:
        assert ask("most=20", "body=x", f"http://127.0.0.1:{receiver.port}/") == (0, said)
        assert len(receiver.requests) == 1


@pytest.mark.parametrize("answer, after", [
    (b"", None),
    (b"", hang),
    (b"HTTP/1.1 200 OK\r\n", hang),
    (HEAD + b"X: ", drip),
    (HEAD + b"Content-Length: 10\r\n\r\nabc", hang),
    (HEAD + b"Content-Length: 10\r\n\r\nabc", None),
    (HEAD + b"\r\n", drip),
    (b"220 mail.example ESMTP\r\n", None),
    (b"\x00\xff" * 100, hang),
    (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, hang),
], ids="closed silent line head-drip half half-closed body-drip smtp noise headers".split())
def test_failures_end_by_the_deadline(ask, answer, after):
    with Receiver(answer, after) as receiver:
        status, said = ask("deadline-ms=700", f"http://127.0.0.1:{receiver.port}/s3cret")
        assert status == 3 and said.startswith("error: http://127.0.0.1:"), said
        assert "s3cret" not in said and said.count("\n") == 1


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """{name: (certificate, key)} of `right` (127.0.0.1) and `other` (another name); each its own authority."""
    folder, made = tmp_path_factory.mktemp("tls"), {}
    for name, host in (("right", "IP:127.0.0.1"), ("other", "DNS:other.example")):
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=test",
                        "-addext", f"subjectAltName={host}"], check=True, capture_output=True,
                       timeout=LIMIT_SECONDS)
        made[name] = certificate, key
    return made


def tls(pair):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    return lambda peer: context.wrap_socket(peer, server_side=True)


def test_tls_is_verified(ask, certificates):
    with Receiver(FINE, wrap=tls(certificates["right"])) as receiver:
        url = f"https://127.0.0.1:{receiver.port}/"
        assert ask(f"ca={certificates['right'][0]}", "body=x", url) == (0, "200 2\nok")
        status, said = ask("body=x", url)  # not an authority of the system
        assert status == 3 and "not trusted" in said
    assert len([text for text in receiver.requests if text]) == 1  # not a byte to who is not trusted
    with Receiver(FINE, wrap=tls(certificates["other"])) as receiver:
        status, said = ask(f"ca={certificates['other'][0]}", "body=x", f"https://127.0.0.1:{receiver.port}/")
        assert status == 3 and "not trusted" in said
    assert not any(receiver.requests)


def test_tls_with_who_speaks_none(ask):
    with Receiver(FINE) as receiver:
        assert ask("deadline-ms=2000", f"https://127.0.0.1:{receiver.port}/")[0] == 3


def test_no_daemon(ask, tmp_path):
    path = tmp_path / "control.sock"
    for _ in range(2):
        status, said = ask(f"socket={path}", "http://todoku/api/v1/status")
        assert status == 3 and said == (f"error: {path}: no daemon answers there: is it running? "
                                        "(todoku run, or systemctl start todoku)\n")
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))  # a socket of a dead daemon, the second time


@pytest.mark.skipif(os.getuid() == 0, reason="root may use every socket")
def test_a_socket_of_others(ask, tmp_path):
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as living:
        living.bind(str(path))
        living.listen()
        path.chmod(0)
        status, said = ask(f"socket={path}", "http://todoku/api/v1/status")
        assert status == 3 and said == f"error: {path}: you may not use it: join its group, or use sudo\n"


def test_a_daemon_that_hangs(ask, tmp_path):
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as living:
        living.bind(str(path))
        living.listen()
        status, said = ask(f"socket={path}", "deadline-ms=300", "http://todoku/api/v1/status")
        assert status == 3 and said.startswith(f"error: {path}: ") and "imed out" in said
