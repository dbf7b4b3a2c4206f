"""The protocol with one worker, apart from how its bytes travel: requests in and bytes out, bytes in and events out."""

from __future__ import annotations

import logging
from collections import deque

from ...errors import Sketch2CTError
from ..protocol.events import Event, Failed
from ..protocol.faults import DuplicateId, ProtocolError, TooLarge, WorkerLost
from ..protocol.lines import LineBuffer, decoded_event, encoded
from ..protocol.messages import AnyRequest
from .transport import Hear

_LOG_LINES = 20  # that are remembered, for the last words of a worker
_LOG_LINE_BYTES = 10_000
_LOG = logging.getLogger(__name__)


class WorkerSession:
    """The requests that a worker has not answered yet, and what it says; no process, stream, thread or clock.

    A transport writes the bytes of `send` to the worker's stdin, hands over what the worker writes (`receive`,
    `receive_log`), and calls `take` while `has_pending`. Exactly one last event answers each request, also after the
    worker has ended (`end`). A transport with several threads calls it under a lock of its own.

    Args:
        most_log_lines: The most lines that one piece of the log gives, its last ones; None gives all of them.

    Attributes:
        loss: Why the worker answers no more; None while it does. A transport may set it to refuse further requests.
    """

    def __init__(self, most_log_lines: int | None = None) -> None:
        self.loss: Sketch2CTError | None = None
        self._waiting: dict[str, Hear] = {}
        self._output, self._log = LineBuffer(), LineBuffer(_LOG_LINE_BYTES, most_log_lines)
        self._lines: deque[bytes | TooLarge] = deque()
        self._log_tail: deque[str] = deque(maxlen=_LOG_LINES)
        self._stray_lines = 0  # since the last event
        self._has_ended = False

    def send(self, request: AnyRequest, hear: Hear) -> bytes:
        """The bytes of a request, to be written to the worker; `take` gives its events back together with `hear`.

        Raises:
            DuplicateId: A request of that id waits for its answer.
            Sketch2CTError: The `loss`, where there is one.
        """
        if self.loss is not None:
            raise self.loss
        if request.id in self._waiting:
            raise DuplicateId(f"A request '{request.id}' waits for its answer.", hint="Choose another id.")
        self._waiting[request.id] = hear
        return encoded(request)

    def receive(self, output: bytes) -> None:
        """Takes in what the worker wrote to stdout, in pieces of any size."""
        self._lines.extend(self._output.feed(output))

    def receive_log(self, output: bytes) -> list[str]:
        """Takes in what the worker wrote to stderr, in pieces of any size; gives back the lines that it completes."""
        return self._logged(self._log.feed(output))

    def end(self, status: int, *, by_signal: bool = False) -> list[str]:
        """Notes that the worker has ended: after the events that it sent, every request that waits hears of the loss.

        Args:
            status: The exit status, or the number of the signal.
            by_signal: Whether a signal ended it.

        Returns:
            The last line of the log, where its end is missing.
        """
        last_lines = self._logged(self._log.rest())
        self._lines.extend(self._output.rest())
        if self.loss is None:
            last_words = f" Its last words: {self.last_log_line[:200]}" if self._log_tail and status else ""
            message = f"The worker has ended ({'signal' if by_signal else 'status'} {status}).{last_words}"
            self.loss = WorkerLost(message, hint="The next request starts another.")
        self._has_ended = True
        return last_lines

    @property
    def last_log_line(self) -> str:
        """What the worker wrote last to its log; empty where it wrote nothing."""
        return self._log_tail[-1] if self._log_tail else ""

    @property
    def has_pending(self) -> bool:
        """Whether there is something for `take`."""
        return bool(self._lines) or (self._has_ended and bool(self._waiting or self._stray_lines))

    def take(self) -> tuple[Hear, Event] | None:
        """Handles one line, or after the end one waiting request: the event and who hears it, or None."""
        if self._lines:
            return self._take_line(self._lines.popleft())
        self._count_stray_lines()
        if not (self._has_ended and self._waiting):
            return None
        assert self.loss is not None
        identifier = next(iter(self._waiting))
        return self._waiting.pop(identifier), Failed.of(self.loss, identifier, identifier)

    def _take_line(self, line: bytes | TooLarge) -> tuple[Hear, Event] | None:
        try:
            if isinstance(line, TooLarge):
                raise line
            event = decoded_event(line)
        except ProtocolError as error:
            self._stray_lines += 1
            if self._stray_lines == 1:  # of many in a row, one warning and their number
                _LOG.warning("A line of the worker is left out: %s", error)
            return None
        self._count_stray_lines()
        hear = self._waiting.pop(event.id, None) if event.is_last else self._waiting.get(event.id)
        if hear is not None:
            return hear, event
        if isinstance(event, Failed):
            _LOG.warning("The worker answers: %s %s", event.message, event.hint)
            self._log_tail.append(event.message)
        return None

    def _count_stray_lines(self) -> None:
        if self._stray_lines > 1:
            _LOG.warning("%d further lines of the worker were left out.", self._stray_lines - 1)
        self._stray_lines = 0

    def _logged(self, lines: list[bytes | TooLarge]) -> list[str]:
        texts = [one.message if isinstance(one, TooLarge) else one.decode("utf-8", "replace").rstrip() for one in lines]
        self._log_tail.extend(texts)
        return texts
