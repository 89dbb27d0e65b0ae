# SPDX-License-Identifier: Apache-2.0
"""Files in the form of main.cf and master.cf (postconf(5), master(5)): one laid over another."""


def main_key(line):
    """The name that a line of main.cf sets."""
    return line.partition("=")[0].strip()


def master_key(line):
    """The service of a line of master.cf: name and type."""
    return tuple(line.split()[:2])


def laid_over(base, extra, key):
    """`base` without the entries that `extra` has too, then `extra`; `key` is main_key or
    master_key. An entry is a line with its continuation lines; comments stay where they are."""
    replaced = {key(entry) for entry in entries(extra) if not idle(entry)}
    kept = [entry for entry in entries(base) if idle(entry) or key(entry) not in replaced]
    return "".join((*kept, extra if extra.endswith("\n") or not extra else extra + "\n"))


def entries(text):
    """The logical lines: a line that begins with a blank goes on with the one before."""
    found = []
    for line in text.splitlines(keepends=True):
        goes_on = line[0] in " \t" and line.strip() and not line.lstrip().startswith("#")
        if goes_on and found:
            found[-1] += line
        else:
            found.append(line)
    return found


def idle(entry):
    """Nothing but a comment or a blank line."""
    return not entry.strip() or entry.lstrip().startswith("#")
