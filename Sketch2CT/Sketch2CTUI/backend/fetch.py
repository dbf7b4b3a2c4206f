"""Brings the files of a result into a folder, in a thread: each appears whole, as it was announced, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from Sketch2CTLib.atomic import written_beside
from Sketch2CTLib.errors import OutputError

_CHUNK_BYTES = 4 * 2**20  # between two checks whether somebody still waits; Python's lock is asked for that seldom


def fetched(event, folder: Path, transport, check: Callable[[], None]) -> dict[str, Path]:
    """File name → path of each file; those of a local worker are copied, those of a server come over the network.

    Args:
        event: The `result` or `preview` that names the files.
        folder: Is made where it is not there.
        transport: Leads to the service; used from this thread.
        check: Called between two pieces; may raise.

    Raises:
        UnknownJob: A file is gone.
        ServiceUnavailable: The server is gone.
        OutputError: A file cannot be written, arrived damaged, or would lie elsewhere.
    """
    paths: dict[str, Path] = {}
    for file in event.files if event.kind == "result" else (event.file,):
        check()
        target = _inside(folder, file.name)
        if event.folder is not None:
            _copy(event, file, target, check)
        else:
            transport.fetch(event, file.name, target)
            if _sha256(target) != file.sha256:
                target.unlink(missing_ok=True)
                raise _damaged(file.name)
        paths[file.name] = target
    return paths


def _copy(event, file, target: Path, check: Callable[[], None]) -> None:
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
            raise _damaged(file.name)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _damaged(name: str) -> OutputError:
    return OutputError(f"'{name}' arrived damaged.", hint="Run it again.")


def _inside(folder: Path, name: str) -> Path:
    """The path of a file below the folder; a service must not choose another place on this computer."""
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise OutputError(f"The service names a file outside its result: {name[:60]!r}.", hint="Do not trust it.")
    return target
