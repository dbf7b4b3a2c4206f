"""Python's collector of cycles kept in the main thread while other threads work.

It runs in whichever thread happens to allocate, and a widget or node that it finds there is destroyed there: Qt and VTK
crash of that. While it is held, the main thread collects by itself now and then.
"""

from __future__ import annotations

import gc
import time

_EVERY_S = 2.0  # between two collections of the main thread
_GENERATION = 1  # of them: the young cycles, a few milliseconds


class _Held:
    """How many hold it, whether it was on before, and when the main thread collected last."""

    count = 0
    was_enabled = True
    collected_at = 0.0


def hold() -> None:
    """From now on no other thread collects; called in the main thread, once for each `release`."""
    if _Held.count == 0:
        _Held.was_enabled, _Held.collected_at = gc.isenabled(), time.monotonic()
        gc.disable()
    _Held.count += 1


def release() -> None:
    """Undoes one `hold`; called in the main thread when the other thread has ended or sleeps."""
    _Held.count -= 1
    if _Held.count == 0 and _Held.was_enabled:
        gc.enable()


def collect_in_main_thread() -> None:
    """Collects what has gathered, where it is held and some time has passed."""
    if _Held.count > 0 and _Held.was_enabled and time.monotonic() - _Held.collected_at > _EVERY_S:
        _Held.collected_at = time.monotonic()
        gc.collect(_GENERATION)
