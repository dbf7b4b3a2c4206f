"""What a process that runs networks does for itself: how its threads wait, and what memory it keeps."""

from __future__ import annotations

import ctypes
from contextlib import suppress

# An environment variable and its value, to be set before torch is imported: threads of OpenMP that wait then sleep and
# do not spin, which beside other programs takes their time too.
PATIENT_THREADS = ("OMP_WAIT_POLICY", "PASSIVE")
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4  # of glibc's malloc.h


def keep_freed_memory() -> bool:
    """Lets this process keep the memory that it frees, for what it asks for next; whether it can.

    glibc gives every large tensor pages of its own and hands them back when it is freed; the machine clears them for
    the next one, a tenth of the time of a run. What is kept is at most what the run takes at its peak.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another system's C library
        return False
    return all(mallopt(*one) for one in ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 2**26)))


def return_freed_memory() -> None:
    """Hands kept memory back to the machine, where `keep_freed_memory` could keep it."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
