# SPDX-License-Identifier: Apache-2.0
"""A name server for the tests: says what it is told to say, by UDP and, where that is too long, by TCP."""

import contextlib
import ipaddress
import socket
import struct
import threading

A, CNAME, SOA, PTR, MX, TXT, AAAA = 1, 5, 6, 12, 15, 16, 28
TTL = 1
NO_DATA, FAILED, NO_NAME, REFUSED = 0, 2, 3, 5
UDP_MOST = 1232


def name_bytes(name):
    """As it stands in a message; a bytes object stands for itself."""
    if isinstance(name, bytes):
        return name
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def mx(*hosts):
    """Records of (preference, host), or of a host at 10."""
    pairs = [host if isinstance(host, tuple) else (10, host) for host in hosts]
    return [(MX, struct.pack("!H", preference) + name_bytes(host)) for preference, host in pairs]


def address(*texts):
    found = [ipaddress.ip_address(text) for text in texts]
    return [(A if one.version == 4 else AAAA, one.packed) for one in found]


def txt(*texts):
    return [(TXT, bytes([len(text)]) + text.encode()) for text in texts]


def ptr(*hosts):
    return [(PTR, name_bytes(host)) for host in hosts]


class Names:
    """`zone`: {(name, type): records, or the code of an error}; what is not there is a name that does not exist.
    `hooks`: the same, of functions that are given the question's bytes and make the answer's, or None for silence."""

    def __init__(self, address="127.0.0.1", port=0):
        self.zone, self.hooks, self.asked, self.silent = {}, {}, [], False
        self.udp = self.tcp = None
        while self.tcp is None:  # the same port for both
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind((address, port))
            with contextlib.suppress(OSError if port == 0 else ()):
                self.tcp = socket.create_server(self.udp.getsockname())
            if self.tcp is None:
                self.udp.close()
        self.port = self.udp.getsockname()[1]
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def settings(self, more=""):
        """For a configuration. Short, so that silence and change are seen soon."""
        return f"dns: {{ servers: ['127.0.0.1:{self.port}'], timeout: 2s, keep: 1s, pace: 200/1s{more} }}\n"

    def close(self):
        for one in (self.udp, self.tcp):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def add(self, name, records):
        """Records of one type, or [] of none."""
        for kind in {kind for kind, _ in records}:
            self.zone[name, kind] = [data for other, data in records if other == kind]
        return self

    def sound(self, address_text, host):
        """The address has a name, and that has the address."""
        reverse = ipaddress.ip_address(address_text).reverse_pointer
        return self.add(reverse, ptr(host)).add(host, address(address_text))

    def count(self, name):
        """How often it was asked for."""
        return sum(asked == name for asked, _ in self.asked)

    def _answer(self, question, most):
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode().lower())
            at += 1 + question[at]
        name, kind = ".".join(labels), struct.unpack("!H", question[at + 1:at + 3])[0]
        self.asked.append((name, kind))
        if self.silent:
            return None
        if (name, kind) in self.hooks:
            return self.hooks[name, kind](question[:at + 5])
        found = self.zone.get((name, kind))
        if found is None:
            found = NO_DATA if any(other == name for other, _ in self.zone) else NO_NAME
        code, records = (found, []) if isinstance(found, int) else (0, found)
        return message(question[:at + 5], [(kind, data) for data in records], code, most)

    def _serve_udp(self):
        with contextlib.suppress(OSError):
            while True:
                question, peer = self.udp.recvfrom(4096)
                if not question:
                    return  # it was closed
                answer = self._answer(question, UDP_MOST)
                if answer is not None:
                    self.udp.sendto(answer, peer)

    def _serve_tcp(self):
        with contextlib.suppress(OSError):
            while True:
                peer = self.tcp.accept()[0]
                with peer, contextlib.suppress(OSError, struct.error):
                    length = struct.unpack("!H", peer.recv(2, socket.MSG_WAITALL))[0]
                    answer = self._answer(peer.recv(length, socket.MSG_WAITALL), 65535)
                    if answer is not None:
                        peer.sendall(struct.pack("!H", len(answer)) + answer)
                        peer.recv(1)  # until the other side has read it and ends


def message(question, records, code=0, most=65535, owner=b"\xc0\x0c"):
    """An answer to a question (its header and what it asks); records are (type, data)."""
    head = question[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
    rows = b"".join(owner + struct.pack("!HHIH", kind, 1, TTL, len(data)) + data for kind, data in records)
    if 12 + len(question) - 12 + len(rows) > most:
        return question[:2] + struct.pack("!HHHHH", 0x8380 | code, 1, 0, 0, 0) + question[12:]
    return head + question[12:] + rows
