# SPDX-License-Identifier: Apache-2.0
"""Two switches of Linux' prctl(2), so that no process outlives the lab."""

import ctypes
import signal

PDEATHSIG, CHILD_SUBREAPER = 1, 36


def die_with_parent():
    """Ask for SIGTERM when the parent ends; kept across exec, lost by a change of user."""
    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGTERM)


def adopt_orphans():
    """Grandchildren whose parent ends become our children, to be waited for."""
    ctypes.CDLL(None).prctl(CHILD_SUBREAPER, 1)
