# SPDX-License-Identifier: Apache-2.0
"""Fake mailbox providers: small SMTP servers on addresses of loopback, one port for all, each with a list of the sources
that it refuses. What happens is kept as `deliveries`: (provider, source, recipient, accepted).
"""

import socket
import socketserver
import threading

BLOCKED = "550 5.7.1 Service unavailable; Client host [{ip}] blocked using zen.spamhaus.org"
DEAD = "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown"
IDLE_SECONDS = 60


class Session(socketserver.StreamRequestHandler):
    timeout = IDLE_SECONDS

    def say(self, line):
        self.wfile.write(line.encode("latin-1") + b"\r\n")

    def handle(self):
        try:
            self.talk()
        except OSError:
            pass  # the peer went away or sat idle

    def talk(self):
        self.say(f"220 {self.server.name} ESMTP")
        recipients = []
        while line := self.rfile.readline(4096).decode("latin-1").strip():
            verb = line.partition(" ")[0].upper()
            if verb == "MAIL":
                recipients = []
            if verb == "RCPT":
                self.recipient(line.partition("<")[2].partition(">")[0], recipients)
            elif verb == "DATA":
                self.data(recipients)
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.say(f"250-{self.server.name}\r\n250 ENHANCEDSTATUSCODES" if verb == "EHLO" else "250 2.0.0 Ok")

    def recipient(self, address, recipients):
        ip = self.client_address[0]
        if address.startswith("dead"):
            return self.say(DEAD.format(recipient=address))
        if ip in self.server.peers.blocked.get(self.server.name, ()):
            self.server.peers.note(self.server.name, ip, address, False)
            return self.say(BLOCKED.format(ip=ip))
        recipients.append(address)
        return self.say("250 2.1.5 Ok")

    def data(self, recipients):
        self.say("354 go on")
        while self.rfile.readline(65536).strip(b"\r\n") != b".":
            pass
        for address in recipients:
            self.server.peers.note(self.server.name, self.client_address[0], address, True)
        self.say("250 2.0.0 Ok: taken")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


class Peers:
    """`names`: {provider: address}."""

    def __init__(self, names):
        self.names, self.blocked, self.deliveries = names, {}, []
        self.lock = threading.Lock()
        self.servers = []
        for port in self.free_ports():
            if self.listen(port):
                break
        else:
            raise OSError("no port that is free on all addresses")

    def free_ports(self):
        for _ in range(20):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                yield probe.getsockname()[1]

    def listen(self, port):
        self.port = port
        try:
            for name, ip in self.names.items():
                server = Server((ip, port), Session)
                server.name, server.peers = name, self
                self.servers.append(server)
        except OSError:
            self.close()
            return False
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return True

    def note(self, *delivery):
        with self.lock:
            self.deliveries.append(delivery)

    def taken(self, name):
        """{recipient: source} of what the provider accepted; fails when one came twice."""
        with self.lock:
            rows = [(recipient, ip) for provider, ip, recipient, good in self.deliveries if good and provider == name]
        assert len(rows) == len({recipient for recipient, _ in rows}), "a mail was delivered twice"
        return dict(rows)

    def refused(self, name):
        with self.lock:
            return [recipient for provider, _, recipient, good in self.deliveries if not good and provider == name]

    def close(self):
        for server in self.servers:
            server.server_close()
        self.servers = []
