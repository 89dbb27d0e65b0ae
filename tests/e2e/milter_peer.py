# SPDX-License-Identifier: Apache-2.0
"""A milter that refuses the messages of one sender at their end: `with Milter("refused@jp.test") as milter: milter.port`.

The protocol is that of sendmail's libmilter, version 6 (Postfix src/milter/milter8.c): a length of four bytes, a command,
its data. Everything is let go on but what that sender sends.
"""

import socketserver
import struct
import threading

CONTINUE, REJECT = b"c", b"r"
SILENT = b"DQA"  # macros, quit, abort: nothing is answered


class Session(socketserver.StreamRequestHandler):
    def answer(self, data):
        self.wfile.write(struct.pack("!I", len(data)) + data)

    def handle(self):
        sender = b""
        while len(head := self.rfile.read(4)) == 4:
            data = self.rfile.read(struct.unpack("!I", head)[0])
            command = data[:1]
            if command == b"O":  # version, actions, steps to be left out
                self.answer(b"O" + struct.pack("!III", 6, 0, 0))
            elif command == b"M":
                sender = data[1:].split(b"\0")[0].strip(b"<>")
                self.answer(CONTINUE)
            elif command == b"E":
                self.answer(REJECT if sender == self.server.refused else CONTINUE)
            elif command not in SILENT:
                self.answer(CONTINUE)


class Milter(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, refused):
        super().__init__(("127.0.0.1", 0), Session)
        self.refused = refused.encode()
        self.port = self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
