# SPDX-License-Identifier: Apache-2.0
"""The server that the tests attack (tests/e2e/http_demo.c), and a client that says exactly the bytes it is told."""

import re
import socket
import subprocess

LIMIT_SECONDS = 60  # for a machine that is busy with other tests


class Server:
    """http_demo with its listeners; ends with the `with` block, checked for sanitizer reports."""

    def __init__(self, program, *arguments, expect=0, **popen):
        self.expect = expect
        self.process = subprocess.Popen(
            [program, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, **popen)
        first = self.process.stdout.readline().split()
        self.ports = [int(port) for port in first[1:]] if first[:1] == ["ready"] else None
        self.said = ""

    @property
    def port(self):
        return self.ports[0]

    def counts(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._parse(self.process.stdout.readline())

    @staticmethod
    def _parse(line):
        return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line)}

    def stop(self):
        """Counts at the end; what it said on stderr is in `said`."""
        out, self.said = self.process.communicate(timeout=LIMIT_SECONDS)
        return self._parse(out)

    def __enter__(self):
        assert self.ports is not None, self.process.communicate(timeout=LIMIT_SECONDS)
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.stop()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()
        if kind is None:
            assert self.process.returncode == self.expect, self.said
            assert "Sanitizer" not in self.said and "runtime error" not in self.said, self.said


class Answer:
    """One response taken off a stream."""

    def __init__(self, stream, head=False):
        line = stream.readline(65536)
        if not line:
            raise EOFError("closed without an answer")
        self.status = int(line.split()[1])
        self.headers = {}
        while (line := stream.readline(65536)) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            self.headers.setdefault(name.strip().lower(), value.strip())
        length = int(self.headers.get("content-length", 0))
        self.body = b"" if head or self.status == 204 else stream.read(length)


def connect(where):
    """To a port of 127.0.0.1, or to the path of a unix socket."""
    if isinstance(where, int):
        made = socket.create_connection(("127.0.0.1", where), timeout=LIMIT_SECONDS)
    else:
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(LIMIT_SECONDS)
        made.connect(str(where))
    return made


def request(method, target, *headers, body=b"", version="HTTP/1.1"):
    lines = [f"{method} {target} {version}", "Host: localhost", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def say(where, data, head=False):
    """Sends the bytes on a new connection; the first answer."""
    with connect(where) as peer, peer.makefile("rb") as stream:
        try:
            peer.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has already answered and closed
        return Answer(stream, head)


def ask(where, method, target, *headers, **more):
    return say(where, request(method, target, *headers, **more), head=method == "HEAD")


def read_to_end(peer):
    """What still comes until the other side closes (or resets)."""
    got = b""
    try:
        while part := peer.recv(65536):
            got += part
    except ConnectionResetError:
        pass
    return got
