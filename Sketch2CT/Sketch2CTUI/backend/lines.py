"""A byte stream that comes in pieces, as lines."""

from __future__ import annotations


class LineBuffer:
    """Lines of a byte stream that comes in pieces.

    Args:
        limit: Bytes of a line; what is longer is passed over.
        most: Lines that a piece gives at the most, its last ones; None for all.
    """

    def __init__(self, limit: int, most: int | None = None) -> None:
        self._limit, self._most = limit, -1 if most is None else most
        self._kept, self._size = bytearray(), 0

    def feed(self, chunk: bytes) -> list[bytes | int]:
        """The lines that a piece completes, without their ends and blank ones; a size in place of one too long."""
        first, *rest = chunk.rsplit(b"\n", self._most)
        if not rest:
            self._keep(first)
            return []
        *whole, last = rest
        if b"\n" in first:  # it holds the lines before the last `most`
            self._kept, self._size = bytearray(), 0
            found = []
        else:
            self._keep(first)
            found = self.rest()
        found += [line if len(line) <= self._limit else len(line) for line in whole if line.strip()]
        self._keep(last)
        return found

    def rest(self) -> list[bytes | int]:
        """The line as far as it came, at the end of the stream."""
        kept, size = bytes(self._kept), self._size
        self._kept, self._size = bytearray(), 0
        if size > self._limit:
            return [size]
        return [kept] if kept.strip() else []

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= self._limit:
            self._kept += piece
        else:
            self._kept = bytearray()
