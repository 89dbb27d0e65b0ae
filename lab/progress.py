# SPDX-License-Identifier: Apache-2.0
"""Progress on stderr: one line that changes on a terminal, a few plain lines otherwise."""

import shutil
import sys
import textwrap
import time

PLAIN_EVERY_SECONDS = 10.0


class Progress:
    def __init__(self, stream=sys.stderr):
        self.stream = stream
        self.terminal = stream.isatty()
        self.last = 0.0
        self.dirty = False

    def step(self, text):
        """A new phase: always shown."""
        self.last = time.monotonic()
        self.write(text, keep=True)

    def update(self, text):
        """The present state: shown at once on a terminal, now and then in a pipe."""
        now = time.monotonic()
        if self.terminal or now - self.last >= PLAIN_EVERY_SECONDS:
            self.last = now
            self.write(text, keep=not self.terminal)

    def clear(self):
        """Another line comes where the present state is shown."""
        if self.dirty:
            self.dirty = False
            self.put("\r\x1b[K")

    def end(self):
        """Nothing more comes: leave the cursor on a fresh line."""
        if self.dirty:
            self.dirty = False
            self.put("\n")

    def write(self, text, keep):
        begin = "\r\x1b[K" if self.terminal and self.dirty else ""
        self.dirty = not keep
        self.put(f"{begin}lab: {text}" + ("\n" if keep else ""))

    def put(self, text):
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError:
            pass  # nobody reads any more; the run itself goes on


def wrapped(line, margin):
    """A line for stdout: no wider than the terminal, if that is one."""
    if not sys.stdout.isatty():
        return line
    return textwrap.fill(line, shutil.get_terminal_size().columns, subsequent_indent=margin,
                         break_on_hyphens=False)
