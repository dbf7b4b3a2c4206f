"""A job's events on disk: written by the server that runs it, read by all that share the folder, also later on."""

from __future__ import annotations

import logging
from pathlib import Path

from .protocol.events import Event, Planned, Progress
from .protocol.faults import ProtocolError
from .protocol.lines import decoded_event, encoded
from .protocol.messages import Load
from .ticket import Ticket

FILE = "events.ndjson"
_LOG = logging.getLogger(__name__)


class Journal:
    """Adds events to a job's journal; `write` is a listener of its ticket."""

    def __init__(self, place: Path) -> None:
        self._path = place / FILE

    def write(self, event: Event) -> None:
        """Adds an event; an OSError makes the ticket drop this listener, and the job goes on."""
        with self._path.open("ab") as stream:
            stream.write(encoded(event))


class Mirror:
    """Another server's job, followed through its journal: the same events under the same numbers.

    Args:
        place: Of the job.
        job: Its id.
    """

    def __init__(self, place: Path, job: str) -> None:
        self.ticket = Ticket(Load(id=job), place)
        self._path, self._read = place / FILE, 0

    def read(self) -> None:
        """Takes in what was added since; a line that is still being written waits."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._read)
                fresh = stream.read()
        except OSError as error:
            _LOG.debug("No journal yet: %s", error)
            return
        whole, end, _ = fresh.rpartition(b"\n")
        self._read += len(whole) + len(end)
        for line in whole.splitlines():
            try:
                event = decoded_event(line)
            except ProtocolError as error:
                _LOG.warning("A line of %s is left out: %s", self._path, error)
                continue
            if isinstance(event, Planned | Progress):
                self.ticket.begin()
            self.ticket.say(event)
