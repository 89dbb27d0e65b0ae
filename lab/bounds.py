# SPDX-License-Identifier: Apache-2.0
"""What a run of `lab/loop --bounds` with todoku must reach. Pure: made of its summary."""

# (key of the summary, what it is, its bound; True: it must have happened)
BOUNDS = (
    ("bounced_by_block", "bounced for the block", 0),
    ("lost", "lost", 0),
    ("duplicated", "duplicated", 0),
    ("detect_s", "seconds to detection", 2),
    ("detour_s", "seconds to the first detour", 10),
    ("returned", "the path has its mail back", True),
)


def missed(found):
    """Keys of the bounds that the summary `found` misses; what did not happen is no good time."""
    return [key for key, _, bound in BOUNDS if not within(found.get(key), bound)]


def within(value, bound):
    if bound is True:
        return value is True
    return value is not None and value <= bound


def lines(found):
    """What is shown of them."""
    bad = missed(found)
    for key, what, bound in BOUNDS:
        limit = "" if bound is True else f", at most {bound}"
        yield f"{'MISSED ' if key in bad else 'reached'}  {what}: {shown(found.get(key))}{limit}"


def shown(value):
    if value is None:
        return "never"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
