"""A byte stream that comes in pieces, as lines."""

from __future__ import annotations


class LineBuffer:
    """Lines of a byte stream that comes in pieces; what is longer than `limit` bytes is passed over."""

    def __init__(self, limit: int) -> None:
        self._limit, self._kept, self._size = limit, bytearray(), 0

    def feed(self, chunk: bytes) -> list[bytes | int]:
        """The lines that a piece completes, without their ends and blank ones; a size in place of one too long."""
        found: list[bytes | int] = []
        first, *rest = chunk.split(b"\n")
        self._keep(first)
        for piece in rest:
            found += self.rest()
            self._keep(piece)
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
