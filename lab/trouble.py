# SPDX-License-Identifier: Apache-2.0
"""The one error of the lab: what went wrong, where, and what to do."""


class Trouble(Exception):
    """Ends the run; `lab/run` prints it as one message and exits 1."""

    def __init__(self, what, where, todo):
        super().__init__(what)
        self.what, self.where, self.todo = what, where, todo

    def __str__(self):
        return f"lab: {self.what}\n  where: {self.where}\n  to do: {self.todo}"
