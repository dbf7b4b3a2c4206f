"""The two ends of the protocol in a process that is spoken to over stdin and stdout."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Wire:
    """The two ends of the protocol, as file descriptors of their own."""

    source: int
    sink: int

    @classmethod
    def taken(cls) -> Wire:
        """Takes stdin and stdout for the protocol: what else reads finds nothing, what else writes goes to stderr."""
        source, sink = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        if sys.platform == "win32":
            import msvcrt

            for end in (source, sink):
                msvcrt.setmode(end, os.O_BINARY)
        return cls(source, sink)

    def read(self, count: int) -> bytes:
        """At most so many bytes of what is asked, as soon as there are any; none at the end."""
        return os.read(self.source, count)

    def write(self, line: bytes) -> None:
        """Answers; blocks where nobody reads.

        Raises:
            OSError: Nobody reads any more.
        """
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(self.sink, rest) :]
