"""What a process does for itself: memory that is kept is not asked for anew."""

from __future__ import annotations

import subprocess
import sys

import pytest

from Sketch2CTLib.own_process import keep_freed_memory

_FAULTS = """
import resource, sys
from Sketch2CTLib.own_process import keep_freed_memory, return_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    bytearray(64 * 2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
first, second = faults(), faults()
return_freed_memory()
print(first, second, faults())
"""


def _page_faults(how: str) -> list[int]:
    done = subprocess.run([sys.executable, "-c", _FAULTS, how], capture_output=True, text=True, check=True)
    return [int(count) for count in done.stdout.split()]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc alone is told")
def test_memory_that_is_freed_serves_what_is_asked_for_next_until_it_is_returned() -> None:
    first, second, returned = _page_faults("kept")
    usual = _page_faults("usual")[1]
    assert min(first, usual, returned) > 30  # 64 MB in pages, perhaps huge ones
    assert second < 0.2 * usual


def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _name: object())
    assert not keep_freed_memory()
