# SPDX-License-Identifier: Apache-2.0
"""A real Redis, and a Sentinel, of one's own: on a free port, in a folder, ended by their process."""

import shutil
import signal
import socket
import subprocess

from daemon_rig import LIMIT, free_port, stand_still, until


# One program that goes by its name. Debian's redis-tools has it as redis-check-rdb; what adds the other names
# would also start a server of the machine's own.
PROGRAM = shutil.which("redis-server") or shutil.which("redis-check-rdb")


class Server:
    """Redis by one of its names, started with lines of a configuration."""

    def __init__(self, folder, lines=(), name="redis-server"):
        self.port = free_port()
        self.folder = folder
        self.name = name
        self.lines = [f"port {self.port}", "bind 127.0.0.1", f"dir {folder}", f"unixsocket {folder}/redis.sock",
                      'save ""', *lines]
        self.process = None
        folder.mkdir(parents=True)

    def start(self):
        config = self.folder / "redis.conf"
        config.write_text("\n".join(self.lines) + "\n")
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([self.name, str(config)], executable=PROGRAM, stdout=log, stderr=log)
        until(lambda: self.ask("PING").startswith(("+PONG", "-NOAUTH", "-LOADING")), self.said)
        return self

    def said(self):
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def ask(self, *words, password=None):
        """The first piece of the answer to a command, as it came; "": it does not answer."""
        def command(parts):
            return f"*{len(parts)}\r\n".encode() + b"".join(
                b"$%d\r\n%s\r\n" % (len(part), part) for part in (str(part).encode() for part in parts))
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT) as asked:
                if password:
                    asked.sendall(command(["AUTH", password]))
                    asked.recv(65536)
                asked.sendall(command(words))
                return asked.recv(65536).decode(errors="replace")
        except OSError:
            return ""

    def stop_still(self):
        stand_still(self.process)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()


def sentinel(folder, master):
    """A Sentinel that watches `master` by itself."""
    one = Server(folder, name="redis-sentinel")
    one.lines = [f"port {one.port}", "bind 127.0.0.1", f"dir {folder}",
                 f"sentinel monitor limits 127.0.0.1 {master.port} 1",
                 "sentinel down-after-milliseconds limits 3000", "sentinel failover-timeout limits 5000"]
    return one
