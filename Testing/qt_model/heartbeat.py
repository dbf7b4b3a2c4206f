"""How long the event loop stood still: a timer of 5 ms that should tick and did not.

A gap counts without the time in which the machine gave the thread no processor: on Linux the kernel says how long a
thread waited for one. What is left is what our code did, or waited for, within one turn of the loop. What lived before
is hidden from Python's collector meanwhile: to go through what thousands of tests left takes it hundreds of ms. A limit
is that of our own machine, stretched by as much as this one is slower now; what an idle process beside it lost in one
piece meanwhile, the machine held up (a host that takes its processors away for a moment says so nowhere).
"""

import gc
import resource
import subprocess
import sys
import time
from pathlib import Path

import pythonqt_model

pythonqt_model.use_properties(__name__)

import qt  # noqa: E402

from Testing.timing import slowness  # noqa: E402

INTERVAL_MS = 5
MOST_MS = 50.0  # that the event loop may stand still
ATTEMPTS = 3  # what our code blocks it blocks in each run; a shared machine that stalls for a moment does not
_SCHEDSTAT = Path("/proc/thread-self/schedstat")
_IDLE = """
import select, sys, time
def own_s():
    try:
        with open("/proc/thread-self/schedstat") as file:
            return time.perf_counter() - int(file.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return time.perf_counter()
print("begun", flush=True)
longest, last = 0.0, own_s()
while not select.select([sys.stdin], [], [], 0.005)[0]:
    now = own_s()
    longest, last = max(longest, now - last), now
print(longest)
"""


class Heartbeat:
    """Measures from `start` to `stop`.

    Attributes:
        longest_ms: The longest gap, without waiting for a processor.
        longest_wall_ms: The longest gap as a clock shows it.
        idle_ms: The longest gap, in the same way, of a process that does nothing.
        beats: How many ticks there were.
        longest_gap: What the longest gap was made of, for the output of a test.
    """

    def __init__(self):
        self.longest_ms = self.longest_wall_ms = self.idle_ms = 0.0
        self.beats, self.longest_gap = 0, "no gap"
        self._timer = qt.QTimer()
        self._timer.interval = INTERVAL_MS
        self._timer.timerType = qt.Qt.PreciseTimer
        self._timer.connect("timeout()", self._beat)
        self._last, self._used = (0.0, 0.0), used()

    def start(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._idle = subprocess.Popen([sys.executable, "-S", "-c", _IDLE], **pipes)
        assert self._idle.stdout.readline() == "begun\n"
        gc.collect()
        gc.freeze()
        self._last, self._used = (time.perf_counter(), waited_s()), used()
        self._timer.start()

    def stop(self):
        self._beat()
        self._timer.stop()
        gc.unfreeze()
        self.idle_ms = 1000 * float(self._idle.communicate()[0])

    @property
    def limit_ms(self):
        """How long the loop may stand still on this machine, as it was meanwhile."""
        return limit_ms() + self.idle_ms

    def _beat(self):
        now, waited = time.perf_counter(), waited_s()
        wall = 1000 * (now - self._last[0])
        self.longest_wall_ms = max(self.longest_wall_ms, wall)
        gap, before, self._used = wall - 1000 * (waited - self._last[1]), self._used, used()
        if gap > self.longest_ms:
            self.longest_ms = gap
            cpu_s, faults = (b - a for a, b in zip(before, self._used, strict=True))
            self.longest_gap = (
                f"{gap:.1f} ms, {1000 * cpu_s:.1f} of the processor, {faults} pages from disk ({wall:.1f} passed)"
            )
        self._last = (now, waited)
        self.beats += 1


class Stopwatch:
    """Time since it was made, without waiting for a processor."""

    def __init__(self):
        self._began = own_s()

    @property
    def ms(self):
        """Milliseconds that this thread computed, or waited for something else than a processor."""
        return 1000 * (own_s() - self._began)


def watched(act, attempts=ATTEMPTS):
    """The heartbeat under a function, of the first run within the limit, or of the best where there is none."""
    beats = []
    for _ in range(attempts):
        beats.append(Heartbeat())
        beats[-1].start()
        try:
            act()
        finally:
            beats[-1].stop()
        beat = beats[-1]
        print(f"longest gap {beat.longest_gap}, {beat.beats} beats, {beat.idle_ms:.1f} ms of an idle process")
        if beat.longest_ms < beat.limit_ms:
            break
    return min(beats, key=lambda beat: beat.longest_ms - beat.idle_ms)


def limit_ms(most_ms=MOST_MS):
    """A limit of our own machine, for this one as it is now."""
    return most_ms * slowness(own_s)


def own_s():
    """A clock that stands still while this thread waits for a processor."""
    return time.perf_counter() - waited_s()


def used():
    """Seconds of the processor and pages that came from disk, of this thread so far."""
    usage = resource.getrusage(getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF))
    return usage.ru_utime + usage.ru_stime, usage.ru_majflt


def waited_s():
    """Seconds that this thread was ready and had no processor; 0 where the system does not say."""
    try:
        return int(_SCHEDSTAT.read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
