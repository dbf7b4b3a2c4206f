"""The events of a ticket as a test reads them: one after the other."""

from __future__ import annotations

import queue
from collections.abc import Iterator

from Sketch2CTLib.service.protocol.events import Event
from Sketch2CTLib.service.ticket import Ticket


def follow(ticket: Ticket, *, after: int = 0, timeout_s: float = 10.0) -> Iterator[Event]:
    """The events after number `after`, the last one included; raises queue.Empty where none comes in time."""
    arrived: queue.SimpleQueue[Event] = queue.SimpleQueue()
    is_over = ticket.is_over
    leave = ticket.subscribe(arrived.put, after=after)
    if is_over and arrived.empty():
        return
    try:
        while True:
            event = arrived.get(timeout=timeout_s)
            yield event
            if event.is_last:
                return
    finally:
        leave()
