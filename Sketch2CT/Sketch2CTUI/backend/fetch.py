"""Files of a result on their way into a folder: a thread moves the bytes, the backend's timer asks whether it has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from Sketch2CTLib.atomic import written_beside
from Sketch2CTLib.errors import Cancelled, OutputError, Sketch2CTError

from ..widgets.file_task import FileWork, Outcome
from ..widgets.guard import attempt

_CHUNK_BYTES = 4 * 2**20  # between two looks at whether somebody still waits; Python's lock is asked for that seldom


class Fetch:
    """Files that are being brought.

    Args:
        event: The `result` or `preview` that names them.
        on_done: Called with file name → path when all are there.
        on_failed: Called with the `error` event otherwise, also where `on_done` failed.
    """

    def __init__(self, event, on_done: Callable, on_failed: Callable) -> None:
        self._event, self._on_done, self._on_failed = event, on_done, on_failed
        self.is_over = False

    def cancel(self) -> None:
        """Nobody waits for the files any more; neither function is called."""
        self.is_over = True

    def is_quiet(self) -> bool:
        """Whether nothing works for it any more, also after `cancel`."""
        raise NotImplementedError

    def step(self) -> None:
        """Asks whether the files are there, and tells it."""
        try:
            came = self._take()
        except Sketch2CTError as error:
            self._fail(error)
            return
        if came is not None and not self.is_over:
            self.is_over = True
            attempt(lambda: self._on_done(*came), self._tell)

    def _take(self) -> tuple[dict[str, Path]] | None:
        """File name → path in a tuple, once all are there."""
        raise NotImplementedError

    def _fail(self, error: Sketch2CTError) -> None:
        if not self.is_over:
            self.is_over = True
            self._tell(error)

    def _tell(self, error: Sketch2CTError) -> None:
        from Sketch2CTLib.service.protocol.events import Failed

        self._on_failed(Failed.of(error, self._event.id, self._event.job))


class CopiedFetch(Fetch):
    """Files of a local worker: they lie in the event's folder and are copied by a thread of their own."""

    def __init__(self, event, folder: str | Path, on_done: Callable, on_failed: Callable) -> None:
        super().__init__(event, on_done, on_failed)
        self._work = FileWork(lambda check: _copied(event, Path(folder), check))

    def cancel(self) -> None:
        """See `Fetch.cancel`; the thread stops after its present piece and removes what is half there."""
        super().cancel()
        self._work.give_up()

    def is_quiet(self) -> bool:
        """See `Fetch.is_quiet`."""
        return self._work.is_quiet

    def _take(self) -> tuple[dict[str, Path]] | None:
        return self._work.take(0.0)  # the backend gives threads their time


class ServedFetch(Fetch):
    """Files of a server: a thread of the client moves the bytes.

    The thread is the one that sends the client's requests: the files are brought when the answer to a `status` is
    heard there. Requests that are sent meanwhile go out afterwards.
    """

    def __init__(self, client, transport, event, folder: str | Path, on_done: Callable, on_failed: Callable) -> None:
        from Sketch2CTLib.service.client.client import new_id
        from Sketch2CTLib.service.protocol.messages import Status

        super().__init__(event, on_done, on_failed)
        self._client, self._folder = client, folder
        self._outcome = Outcome()
        transport.exchange(Status(id=new_id()), self._heard)

    def is_quiet(self) -> bool:
        """See `Fetch.is_quiet`; after `cancel` the file that is on its way still comes."""
        return self._outcome.is_in

    def _take(self) -> tuple[dict[str, Path]] | None:
        return self._outcome.take()

    def _heard(self, answer) -> None:
        """In a thread of the client: touches nothing of Qt, and raises nothing."""
        self._outcome.put(lambda: self._brought(answer))

    def _brought(self, answer) -> dict[str, Path]:
        if answer.kind == "error":
            raise answer.error()
        found: dict[str, Path] = {}
        try:
            for part in _parts(self._event):
                if self.is_over:
                    raise Cancelled("Nobody waits for these files any more.")
                found |= self._client.save(part, self._folder)
        except OSError as error:
            raise OutputError(f"A file of the result cannot be read ({error.strerror or error}).") from error
        return found


def _files(event) -> tuple:
    return tuple(event.files) if event.kind == "result" else (event.file,)


def _parts(event) -> list:
    """The same event once for each of its files, with that one alone."""
    if event.kind != "result":
        return [event]
    return [event.model_copy(update={"files": (file,)}) for file in event.files]


def _copied(event, folder: Path, check: Callable[[], None]) -> dict[str, Path]:
    """File name → path of each file, copied into a folder.

    Args:
        event: The `result` or `preview`.
        folder: Is made where it is not there.
        check: Called between two pieces; may raise.

    Raises:
        UnknownJob: A file is gone.
        OutputError: It cannot be written, arrived damaged, or would lie elsewhere.
    """
    found: dict[str, Path] = {}
    for file in _files(event):
        check()
        target = _inside(folder, file.name)
        _copy(event, file, target, check)
        found[file.name] = target
    return found


def _copy(event, file, target: Path, check: Callable[[], None]) -> None:
    """Copies a file in pieces; it appears whole, as it was told, or not at all."""
    from Sketch2CTLib.service.protocol.faults import UnknownJob

    source = Path(event.folder) / file.name
    if not source.is_file():
        raise UnknownJob(f"The job '{event.job}' has no file '{file.name}' any more.", hint="Run it again.")
    digest = hashlib.sha256()
    with written_beside(target) as beside:
        with source.open("rb") as reader, beside.open("wb") as writer:
            while chunk := reader.read(_CHUNK_BYTES):
                check()
                writer.write(chunk)
                digest.update(chunk)
        if digest.hexdigest() != file.sha256:
            raise OutputError(f"'{file.name}' arrived damaged.", hint="Run it again.")


def _inside(folder: Path, name: str) -> Path:
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise OutputError(f"The service names a file outside its result: {name[:60]!r}.", hint="Do not trust it.")
    return target
