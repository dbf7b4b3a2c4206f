"""`python -m Sketch2CTLib.service.worker`: the engine behind JSON lines on stdin and stdout; PROTOCOL.md shows them.

Nothing but the protocol is written to stdout: whatever else writes there, C libraries too, goes to stderr with the log.
The worker ends by itself when stdin closes, at the latest after 5 s, so that no parent can leave it behind.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ..errors import Sketch2CTError
from ..own_process import PATIENT_THREADS, keep_freed_memory
from .config import EngineConfig
from .drafts import Drafts, drafter_command
from .engine import Engine, Runner
from .protocol.events import Bye, Cancelling, Event, Failed, Forgotten, Progress, Queued
from .protocol.faults import DuplicateId, ProtocolError, TooLarge, UnknownMessage
from .protocol.lines import decoded_request, encoded, read_lines
from .protocol.messages import MOST_LINE_BYTES, AnyRequest, Attach, Cancel, Draft, Forget, Hello, Quit, Status
from .wire import Wire

GRACE_S = 3.0  # for the running step, after stdin closed
_MOST_UNSENT = 1000  # events; progress is left out beyond it, and no more requests are read
_LOG = logging.getLogger(__name__)


class Outbox:
    """A queue of events with a thread that sends them, so that nobody who says one waits for the reader.

    Args:
        write: Called with each line; an OSError means that nobody reads any more.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._unsent: deque[Event] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._send, name="outbox", daemon=True)
        self._thread.start()

    def say(self, event: Event) -> None:
        """Puts an event in; progress and places in the queue are left out where too much waits already."""
        with self._changed:
            if self._ended or (len(self._unsent) >= _MOST_UNSENT and isinstance(event, Progress | Queued)):
                return
            self._unsent.append(event)
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Waits until not too much is unsent: a client that does not read is not read either."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or len(self._unsent) < _MOST_UNSENT)

    def end(self, timeout_s: float = 1.0) -> None:
        """Sends what is left and stops."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or not self._unsent, timeout_s)
            self._ended = True
            self._changed.notify_all()

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ended or bool(self._unsent))
                if self._ended:
                    return
                event = self._unsent[0]
            try:
                self._write(encoded(event))
            except OSError as error:
                _LOG.info("Nobody reads any more: %s", error)
                with self._changed:
                    self._ended = True
            with self._changed:
                self._unsent.popleft()
                self._changed.notify_all()


class Worker:
    """Answers each line of a client by what the engine does.

    Args:
        engine: Does the jobs.
        say: Called with each event; must not block.
        drafts: Answers drafts; None refuses them, as older workers do.
    """

    def __init__(self, engine: Engine, say: Callable[[Event], None], drafts: Drafts | None = None) -> None:
        self._engine, self._say, self._drafts = engine, say, drafts
        self._attached: set[str] = set()

    def serve(self, lines: Iterable[bytes | TooLarge], wait: Callable[[], None] = lambda: None) -> None:
        """Reads until the end of the lines or `quit`; `wait` is called before each."""
        for line in lines:
            if not self.answer(line):
                return
            wait()

    def answer(self, line: bytes | TooLarge) -> bool:
        """Answers a line; whether more are to be read."""
        request: AnyRequest | None = None
        try:
            if isinstance(line, TooLarge):
                raise line
            request = decoded_request(line)
            if isinstance(request, Quit):
                self._say(Bye(id=request.id))
                return False
            self._do(request)
        except Sketch2CTError as error:
            identifier = request.id if request is not None else getattr(error, "request_id", "")
            self._say(Failed.of(error, identifier))
        return True

    def _do(self, request: AnyRequest) -> None:
        engine = self._engine
        if isinstance(request, Hello):
            self._say(engine.hello(request))
        elif isinstance(request, Status):
            self._say(engine.state().model_copy(update={"id": request.id}))
        elif isinstance(request, Cancel):
            state = engine.cancel(request.job).state
            self._say(Cancelling(id=request.id, job=request.job, state=state))
        elif isinstance(request, Forget):
            engine.forget(request.job)
            self._say(Forgotten(id=request.id, job=request.job))
        elif isinstance(request, Attach):
            self._attach(request)
        elif isinstance(request, Draft):
            if self._drafts is None:
                raise UnknownMessage("This worker draws no drafts.", hint="Generate in its place.")
            self._drafts.ask(request, self._say)
        elif not isinstance(request, Quit):
            engine.submit(request).subscribe(self._say)

    def _attach(self, request: Attach) -> None:
        """Sends the events of a job as answers to the request that attached to it."""
        ticket = self._engine.ticket(request.job)
        if request.id in (request.job, *self._attached):
            raise DuplicateId(f"The id '{request.id}' is in use.", hint="Choose another.")
        if ticket.is_over and not ticket.history(after=request.after):
            raise ProtocolError(f"The job '{request.job}' has no event after {request.after}.", hint="It is over.")
        self._attached.add(request.id)

        def hear(event: Event) -> None:
            self._say(event.model_copy(update={"id": request.id}))
            if event.is_last:
                self._attached.discard(request.id)

        ticket.subscribe(hear, after=request.after)


def main(
    arguments: Sequence[str] | None = None, runner: Runner | None = None, drafter: Sequence[str] | None = None
) -> int:
    """Runs the worker until stdin closes.

    Args:
        arguments: The command line; by default that of the process.
        runner: Does the jobs; by default the chain of `generation`.
        drafter: The command of the process that draws drafts; by default that of `drafts`.

    Returns:
        2 where the arguments cannot be used; otherwise the process ends here, with status 0.
    """
    os.environ.setdefault(*PATIENT_THREADS)
    keep_freed_memory()
    wire = Wire.taken()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    outbox = Outbox(wire.write)
    options = _parser().parse_args(arguments)
    try:
        engine = Engine(_config(options), runner)
    except Sketch2CTError as error:
        outbox.say(Failed.of(error))
        outbox.end()
        return error.exit_status
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's Ctrl+C; it closes stdin if it wants an end
    lines = read_lines(wire.read, options.line_bytes)
    ended = False
    drafts = Drafts(drafter_command(options.preset, options.models) if drafter is None else drafter)
    try:
        Worker(engine, outbox.say, drafts).serve(lines, outbox.wait_for_room)
    except (KeyboardInterrupt, OSError) as error:
        _LOG.info("Reading ends: %r", error)
    finally:
        drafts.close()
        ended = engine.close(GRACE_S)
        outbox.end()
    if not ended:  # its step takes longer than anybody waits
        _LOG.warning("The running step is left alone.")
    logging.shutdown()
    os._exit(0)  # threads of libraries must not keep the process


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt(f"signal {number}")


def _config(options: argparse.Namespace) -> EngineConfig:
    names = ("folder", "preset", "models", "device", "queue_limit", "keep", "memory_mb", "clean")
    return EngineConfig(**{name: getattr(options, name) for name in names})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="Sketch2CTLib.service.worker", description=__doc__)
    parser.add_argument("--folder", type=Path, help="Where results lie; by default one of its own, removed at the end.")
    parser.add_argument("--clean", action="store_true", help="Remove --folder at the end.")
    parser.add_argument("--preset", default="", help="Of requests that name none; default by default.")
    parser.add_argument("--models", type=Path, help="A model folder in place of a preset.")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps.")
    parser.add_argument("--queue", dest="queue_limit", type=int, default=32, help="Jobs that may wait.")
    parser.add_argument("--keep", type=int, default=32, help="Finished jobs that are kept.")
    parser.add_argument("--memory-mb", type=float, help="Memory that may be used, where less than there is.")
    parser.add_argument("--line-bytes", type=int, default=MOST_LINE_BYTES, help="Longest line that is read.")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
