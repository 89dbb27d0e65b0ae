# SPDX-License-Identifier: Apache-2.0
"""What a core dump of a process would hold: its memory but for what is not to be dumped (VmFlags `dd` of smaps)."""

import re
from pathlib import Path

HEAD = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)$")


def mappings(pid):
    """(first, end, name) of those that are dumped."""
    found = None
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if head := HEAD.match(line):
            found = (int(head[1], 16), int(head[2], 16), head[4]) if head[3].startswith("rw") else None
        elif line.startswith("VmFlags:") and found:
            if "dd" not in line.split():
                yield found
            found = None


def found_in_core(pid, secret):
    """Where the bytes would be found."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        places = []
        for first, end, name in mappings(pid):
            memory.seek(first)
            try:
                data = memory.read(end - first)
            except OSError:
                continue
            places += [f"{name or 'memory'} +{match.start():#x}: {data[max(0, match.start() - 60):match.end() + 20]!r}"
                       for match in re.finditer(re.escape(secret), data)]
        return places
