"""What a piece of work costs on this machine, and how slow the machine is now.

A test's limit in seconds is written for the machine that we develop on. `slowness` stretches it on one that is slower
or busy, so that what is claimed of our code stays claimed; what may grow is held beside a smaller size by `best_s`.
"""

import gc
import time

REFERENCE_S = 0.0026  # of `_work` on an idle core of the machine that the limits were written for
_MOST = 12.0  # a limit stretched further would hold nothing


def slowness(clock=time.perf_counter, times=20):
    """How many times as long as on our machine a fixed piece of work takes here and now, from 1 to 12.

    Args:
        clock: The one that the limit is of: seconds that passed, or seconds that a thread computed.
        times: How often the work is done. The mean counts: a limit meets the same neighbours as the work.
    """
    began = clock()
    for _ in range(times):
        _work()
    return min(_MOST, max(1.0, (clock() - began) / times / REFERENCE_S))


def best_s(work, times=3):
    """The fewest seconds of this thread that a piece of work took, without Python's collector."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return min(_thread_s(work) for _ in range(times))
    finally:
        if collects:
            gc.enable()


def _thread_s(work):
    began = time.thread_time()
    work()
    return time.thread_time() - began


def _work():
    """Calls, dicts and strings, as our own code on the event loop is made of."""
    counts = {}
    for number in range(20_000):
        word = str(number % 997)
        counts[word] = counts.get(word, 0) + len(word)
    return counts
