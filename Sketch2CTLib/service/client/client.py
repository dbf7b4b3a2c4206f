"""The client that programs use: Slicer's module, the command line, tests."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from ...errors import OutputError
from ..protocol.events import Event, Preview, Ready, Result, State
from ..protocol.lines import request_of
from ..protocol.messages import (
    AnyRequest,
    Hello,
    Load,
    Model,
    Status,
    Unload,
)
from .call import Call
from .transport import Transport

ANSWER_S = 60.0  # the first answer of a fresh worker; later ones take milliseconds
_CHUNK_BYTES = 2**20


class Client:
    """Asks the service, here or elsewhere. Every `Call` is used from one thread; calls may be made from many.

        with Client.local() as client:
            call = client.generate(structure="liver", text="about 1.4 litres", sketch=sketch.to_dict())
            for event in call.follow():
                …
            client.save(call.result(), "out")

    Args:
        transport: How messages travel.
        name: What the service's log calls this client.
    """

    def __init__(self, transport: Transport, *, name: str = "") -> None:
        self._transport, self._name = transport, name
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

    def load(self, model: Model | None = None, *, with_volume: bool = True) -> Call:
        """Loads networks before they are needed."""
        return self.send(Load(id=new_id(), model=model or Model(), with_volume=with_volume))

    def unload(self) -> Call:
        """Drops all loaded networks."""
        return self.send(Unload(id=new_id()))

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
        """What the service is and can do; blocks.

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


def new_id() -> str:
    """An id that nobody else bears and nobody can guess."""
    return secrets.token_hex(12)


def _inside(folder: Path, name: str) -> Path:
    """A path below a folder; a service must not choose another place on this machine."""
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise OutputError(f"The service names a file outside its result: {name[:60]!r}.", hint="Do not trust it.")
    return target


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
