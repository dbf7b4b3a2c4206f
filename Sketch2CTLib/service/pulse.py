"""Which servers that share a folder still live: each keeps a count growing in a file of its own."""

from __future__ import annotations

import time
from pathlib import Path

from ..atomic import write_text

ALIVE_S = 10.0  # a server whose count stands still for so long has died
BEAT_S = 1.0


class Pulses:
    """One's own count, and those of the others. Clocks are not compared: one that is set does not matter.

    Args:
        folder: Of the counts.
        name: One's own.
        alive_s: How long a count may stand still.
    """

    def __init__(self, folder: Path, name: str, alive_s: float = ALIVE_S) -> None:
        self._folder, self._name, self._alive_s = folder, name, alive_s
        self._count, self._beaten = 0, 0.0
        self.others: tuple[str, ...] = ()  # that live or lived here, as of the last beat
        self._seen: dict[str, tuple[str, float]] = {}  # server → its count, and when that was seen first
        folder.mkdir(parents=True, exist_ok=True)
        self.beat()

    def beat(self) -> None:
        """Lets one's own count grow, where the last time is long enough ago."""
        now = time.monotonic()
        if self._count and now - self._beaten < BEAT_S:
            return
        self._count, self._beaten = self._count + 1, now
        write_text(self._folder / self._name, str(self._count))
        self.others = tuple(path.name for path in self._folder.iterdir() if path.name != self._name)

    def lives(self, server: str) -> bool:
        """Whether a server's count still grows."""
        try:
            count = (self._folder / server).read_text(encoding="utf-8")
        except OSError:
            return False
        seen, since = self._seen.get(server, ("", 0.0))
        if count != seen:
            self._seen[server] = (count, time.monotonic())
            return True
        return time.monotonic() - since < self._alive_s

    def end(self) -> None:
        """Tells the others at once that this server has ended."""
        self.bury(self._name)

    def bury(self, server: str) -> None:
        """Lets a server that has ended be forgotten."""
        (self._folder / server).unlink(missing_ok=True)
