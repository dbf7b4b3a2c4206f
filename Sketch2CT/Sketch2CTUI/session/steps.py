"""Work in pieces, each on a turn of the event loop of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from Sketch2CTLib.errors import Sketch2CTError

from ..widgets.events import attempt, timer

# Painting may leave the upper halves of the vector registers in use (AVX), and every filter of VTK, which is compiled
# for SSE, then takes four times as long: measured, a surface 134 ms in place of 30. A product of numpy clears them.
_SOME = np.ones(4096, np.float32)


class Steps:
    """Functions that are called one after the other, each by a timer of 1 ms.

    Args:
        on_fault: Called with the Sketch2CTError of a step that failed; the steps after it are dropped.
    """

    def __init__(self, on_fault: Callable[[Sketch2CTError], None]) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._on_fault = on_fault
        self._timer = timer(1, self._next)

    @property
    def are_done(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def add(self, *functions: Callable[[], None]) -> None:
        """Appends steps."""
        self._waiting.extend(functions)
        if self._waiting:
            self._timer.start()

    def drop(self) -> None:
        """Forgets what has not been called."""
        self._waiting.clear()
        self._timer.stop()

    def _next(self) -> None:
        self._timer.stop()  # a step may take longer than the interval
        if not self._waiting:
            return
        function = self._waiting.popleft()
        np.multiply(_SOME, _SOME)  # see there
        attempt(function, self._failed)
        if self._waiting:
            self._timer.start()

    def _failed(self, error: Sketch2CTError) -> None:
        self.drop()
        self._on_fault(error)
