# SPDX-License-Identifier: Apache-2.0
"""Copies the growing Postfix log to its place, whole lines only, as it grows.

Postfix stamps `Nov 21 20:36:32`. With iso the copy carries the same second with year and zone,
`2026-11-21T20:36:32+09:00`; no fraction of a second is invented.
"""

import datetime
import os

STAMP_BYTES = len("Nov 21 20:36:32")


class LogCopy:
    """`source` may not be there yet. Owns both files; `close` copies what is left."""

    def __init__(self, source, target, stamps):
        self.source = source
        self.out = open(target, "wb", buffering=0)
        self.iso = stamps == "iso"
        self.offset = self.lines = 0

    def pump(self):
        try:
            with open(self.source, "rb") as log:
                log.seek(self.offset)
                data = log.read()
        except FileNotFoundError:
            return
        end = data.rfind(b"\n") + 1
        self.offset += end
        lines = data[:end].splitlines(keepends=True)
        self.lines += len(lines)
        write_all(self.out, b"".join(map(restamp, lines) if self.iso else lines))

    def close(self):
        self.pump()
        self.out.close()


def write_all(out, data):
    while data:
        data = data[os.write(out.fileno(), data):]


def restamp(line):
    """The line with an ISO stamp; a line without stamp stays."""
    now = datetime.datetime.now()
    try:
        text = f"{now.year} {line[:STAMP_BYTES].decode('ascii')}"
        stamp = datetime.datetime.strptime(text, "%Y %b %d %H:%M:%S")
    except (UnicodeDecodeError, ValueError):
        return line
    if stamp > now + datetime.timedelta(days=1):  # written before New Year
        stamp = stamp.replace(year=now.year - 1)
    return stamp.astimezone().isoformat().encode("ascii") + line[STAMP_BYTES:]
