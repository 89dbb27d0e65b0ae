# SPDX-License-Identifier: Apache-2.0
"""What a terminal of a given size shows after the bytes of a live view: as much of ECMA-48 as such views use, with
automatic wrapping off. Anything else is an error of the test."""

import re

TOKEN = re.compile(r"\x1b\[(\??)([\d;]*)([A-Za-z])|\r|\n|([^\x1b\r\n])", re.S)


class Screen:
    def __init__(self, rows, columns):
        self.resize(rows, columns)

    def resize(self, rows, columns):
        """An empty one: a live view draws anew."""
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]

    def text(self):
        return "\n".join(self.lines())

    def feed(self, text):
        at = 0
        while at < len(text):
            token = TOKEN.match(text, at)
            assert token, f"no sequence that is known: {text[at:at + 20]!r}"
            at = token.end()
            if token[4]:
                self.put(token[4])
            elif token[0] == "\r":
                self.column = 0
            elif token[0] == "\n":
                self.row = min(self.row + 1, self.rows - 1)
            elif not token[1]:
                self.control(token[2], token[3])

    def put(self, character):
        """Without wrapping the cursor stays in the last column."""
        self.cells[self.row][min(self.column, self.columns - 1)] = character
        self.column = min(self.column + 1, self.columns - 1)

    def control(self, numbers, letter):
        if letter == "H":
            self.row = self.column = 0
        elif letter in "KJ" and numbers in ("", "2"):
            begin = 0 if numbers else self.column
            self.cells[self.row][begin:] = [" "] * (self.columns - begin)
            if letter == "J":
                for row in range(0 if numbers else self.row + 1, self.rows):
                    self.cells[row] = [" "] * self.columns
        else:
            assert letter == "m", f"ESC[{numbers}{letter}"
