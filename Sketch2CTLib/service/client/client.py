"""The client that programs use, and its requests: Slicer's module, the command line, tests."""

from __future__ import annotations

import hashlib
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ...errors import OutputError, ServiceUnavailable
from ..protocol.events import Event, Failed, Preview, Ready, Result, State
from ..protocol.lines import request_of
from ..protocol.messages import AnyRequest, Attach, Hello, Status, new_id
from .transport import Transport

ANSWER_S = 60.0  # the first answer of a fresh worker; later ones take milliseconds


class Call:
    """A request and the events that answer it. Used from one thread; events arrive from another meanwhile.

    Either a program waits, with `follow` or `result`; or it looks in now and then, with `poll` (a Qt timer does).

    Args:
        client: The client whose request it is.
        request: The request.
        on_event: Called by `poll`, `follow` and `result`, in their thread, with each event once.
    """

    def __init__(self, client: Client, request: AnyRequest, on_event: Callable[[Event], None] | None = None) -> None:
        self.client, self.request = client, request
        self._on_event = on_event
        self._arrived: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._last: Event | None = None

    @property
    def job(self) -> str:
        """The job that it is about."""
        return self.request.job if isinstance(self.request, Attach) else self.request.id

    @property
    def last(self) -> Event | None:
        """The last event, once it was taken."""
        return self._last

    @property
    def is_over(self) -> bool:
        """Whether the last event was taken."""
        return self._last is not None

    def hear(self, event: Event) -> None:
        """Takes an event from a transport; never blocks."""
        self._arrived.put(event)

    def poll(self) -> list[Event]:
        """The events that arrived since; never blocks."""
        events: list[Event] = []
        while not self.is_over and not self._arrived.empty():
            events.append(self._taken(self._arrived.get_nowait()))
        return events

    def follow(self, timeout_s: float | None = None) -> Iterator[Event]:
        """The events as they come, the last one included; blocks between them.

        Raises:
            ServiceUnavailable: Nothing came for `timeout_s`.
        """
        while not self.is_over:
            try:
                event = self._arrived.get(timeout=timeout_s)
            except queue.Empty as error:
                raise ServiceUnavailable(f"The service was silent for {timeout_s:g} s.") from error
            yield self._taken(event)

    def wait(self, timeout_s: float | None = None) -> Event:
        """The last event of a request that went well; blocks.

        Raises:
            ServiceUnavailable: It is not there after `timeout_s`.
            Sketch2CTError: What the service answered.
        """
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while self._last is None:
            left = None if until is None else max(until - time.monotonic(), 0.0)
            try:
                self._taken(self._arrived.get(timeout=left))
            except queue.Empty as error:
                raise ServiceUnavailable(f"The service did not answer within {timeout_s:g} s.") from error
        if isinstance(self._last, Failed):
            raise self._last.error()
        return self._last

    def result(self, timeout_s: float | None = None) -> Result:
        """The result of `generate`; blocks.

        Raises:
            ServiceUnavailable: It is not there after `timeout_s`, or the service ended without it.
            Sketch2CTError: What the service answered.
        """
        last = self.wait(timeout_s)
        if not isinstance(last, Result):
            raise ServiceUnavailable(f"The job '{self.job}' ended without a result.")
        return last

    def cancel(self) -> Call:
        """Asks the service to stop the job; this call then ends with an `error` of code `cancelled`."""
        return self.client.cancel(self.job)

    def _taken(self, event: Event) -> Event:
        if event.is_last:
            self._last = event
        if self._on_event is not None:
            self._on_event(event)
        return event


class Client:
    """Asks the service, here or elsewhere. Every `Call` is used from one thread; calls may be made from many.

        with Client.local() as client:
            call = client.generate(structure="liver", text="about 1.4 litres", sketch=sketch.to_dict())
            for event in call.follow():
                …
            client.save(call.result(), "out")

    Args:
        transport: Carries the messages.
        name: What the service's log calls this client.
    """

    def __init__(self, transport: Transport, *, name: str = "") -> None:
        self._transport, self._name, self._session = transport, name, new_id()
        self._calls: list[Call] = []

    @classmethod
    def local(cls, command: Sequence[str] | None = None, *, name: str = "", **options: Any) -> Client:
        """A client with a worker process of its own, started with the first request; see `LocalTransport`."""
        from .local import LocalTransport

        return cls(LocalTransport(command, **options), name=name)

    @classmethod
    def server(cls, url: str, *, token: str = "", name: str = "", **options: Any) -> Client:
        """A client of a server; see `HttpTransport`."""
        from .http import HttpTransport

        return cls(HttpTransport(url, token=token, **options), name=name)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def send(self, request: AnyRequest, on_event: Callable[[Event], None] | None = None) -> Call:
        """Sends any request and returns at once.

        Args:
            request: With an id that no other request of this client bears; see `new_id`.
            on_event: Called with each event by `poll` and the methods of the call, in their thread.
        """
        call = Call(self, request, on_event)
        self._calls = [one for one in self._calls if not one.is_over] + [call]
        self._transport.exchange(request, call.hear)
        return call

    def generate(self, *, on_event: Callable[[Event], None] | None = None, **fields: Any) -> Call:
        """A job; the fields are those of `protocol.messages.Generate`, an id is made where none is given.

        Raises:
            ProtocolError: A field is wrong.
        """
        return self.send(request_of({"kind": "generate", "id": new_id(), **fields}), on_event)

    def draft(self, *, on_event: Callable[[Event], None] | None = None, **fields: Any) -> Call:
        """The likeliest shape of drawings and numbers, coarse and at once; its `wait()` gives `Drafted`.

        Of this client's drafts the newest counts: one that has not been begun when the next is asked ends as cancelled.
        A service that is older than drafts answers `unknown_message`.

        Args:
            on_event: As of `send`.
            fields: Those of `protocol.messages.Draft`.

        Raises:
            ProtocolError: A field is wrong.
        """
        return self.send(request_of({"kind": "draft", "id": new_id(), "session": self._session, **fields}), on_event)

    def attach(self, job: str, *, after: int = 0, on_event: Callable[[Event], None] | None = None) -> Call:
        """Follows a job that runs already, of an earlier client too; `after` is the last `seq` that was heard."""
        return self.send(request_of({"kind": "attach", "id": new_id(), "job": job, "after": after}), on_event)

    def cancel(self, job: str) -> Call:
        """Asks the service to stop a job; the answer may be left alone."""
        return self.send(request_of({"kind": "cancel", "id": new_id(), "job": job}))

    def forget(self, job: str) -> Call:
        """Lets the service remove a job and its files; the answer may be left alone."""
        return self.send(request_of({"kind": "forget", "id": new_id(), "job": job}))

    def hello(self, timeout_s: float = ANSWER_S) -> Ready:
        """The service's version, presets, structures and limits; blocks.

        Raises:
            UnsupportedVersion: It speaks no version of the protocol that this client does.
            ServiceUnavailable: It is not there.
        """
        answer = self.send(Hello(id=new_id(), client=self._name)).wait(timeout_s)
        return answer if isinstance(answer, Ready) else Ready(id=answer.id)

    def state(self, timeout_s: float = ANSWER_S) -> State:
        """The service's queue, loaded models and memory; blocks."""
        answer = self.send(Status(id=new_id())).wait(timeout_s)
        return answer if isinstance(answer, State) else State(id=answer.id)

    def poll(self) -> int:
        """Hands every event that arrived to its call's `on_event`, in this thread; never blocks.

        Returns:
            How many there were.
        """
        count = sum(len(call.poll()) for call in tuple(self._calls))
        self._calls = [call for call in self._calls if not call.is_over]
        return count

    def save(self, event: Result | Preview, folder: str | Path) -> dict[str, Path]:
        """Brings the files of a result to a folder; blocks. Each appears whole or not at all.

        Returns:
            File name → path, as `generation.files.write_result` does.

        Raises:
            OutputError: The folder cannot be written, or a file arrived damaged.
            UnknownJob: The service has forgotten the job.
            ServiceUnavailable: The service is gone.
        """
        paths: dict[str, Path] = {}
        for file in event.files if isinstance(event, Result) else (event.file,):
            target = _inside(Path(folder), file.name)
            self._transport.fetch(event, file.name, target)
            if _sha256(target) != file.sha256:
                target.unlink(missing_ok=True)
                raise OutputError(f"'{file.name}' arrived damaged.", hint="Fetch it again.")
            paths[file.name] = target
        return paths

    def close(self) -> None:
        """Lets go of the service; a worker of one's own ends."""
        self._transport.close()


def _inside(folder: Path, name: str) -> Path:
    """A path below a folder; a service must not choose another place on this machine."""
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise OutputError(f"The service names a file outside its result: {name[:60]!r}.", hint="Do not trust it.")
    return target


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
