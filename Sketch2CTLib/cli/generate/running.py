"""Where `sketch2ct generate` runs: in this process, or on a server, which needs neither torch nor weights here."""

from __future__ import annotations

import base64
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...own_process import PATIENT_THREADS, keep_freed_memory
from ..terminal import progress_bars

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ...generation.organs.request import OrgansRequest
    from ...generation.pipeline import Pipeline
    from ...generation.request import GenerationRequest
    from ...service.client import Client
    from ...service.protocol.events import Result


@dataclass(frozen=True)
class Outcome:
    """What a run gave, wherever it ran: its report, notes, files by their names, and of several candidates how far they
    agree and on which slice a contour would say most.
    """

    report: dict[str, Any]
    notes: tuple[str, ...]
    agreement: dict[str, float] | None
    paths: dict[str, Path]
    next_contour: dict[str, Any] | None


@dataclass(frozen=True)
class Place:
    """Which weights run, and on what."""

    models: Path | None
    preset: str
    device: str


def introduce(place: Place, server: ServerAddress) -> None:
    """Lets the structures of the user's own that a model, or a server's, brings join the catalog.

    Raises:
        WeightsError: There is no such model; ServiceUnavailable: no server.
        ConfigError: One of them is known already and defined otherwise.
    """
    from ... import own_structures

    if server.url:
        from ...service.client import Client

        with Client.server(server.url, token=server.token, name="sketch2ct generate") as client:
            if told := client.hello().own_structures:
                own_structures.introduce(told)
    elif place.models is not None:
        from ...generation.chain import chosen_model

        own_structures.read(chosen_model(place.models, place.preset).folder)


@contextmanager
def own_process(*, drawing: bool) -> Iterator[Executor | None]:
    """This process, made ready for a run before torch is imported; a pool that draws pictures, where it is wanted."""
    from ...generation.drawing_processes import drawing_processes

    os.environ.setdefault(*PATIENT_THREADS)
    keep_freed_memory()
    with drawing_processes(wanted=drawing) as pool:
        yield pool


def run_here(
    request: GenerationRequest, place: Place, out: Path, pictures: bool, format: str, pool: Executor | None
) -> Outcome:
    """The run in this process, with its progress on a terminal; a pool draws the pictures."""
    from ...generation.candidates import next_contour
    from ...generation.chain import run_chain
    from ...generation.files import write_result

    pipeline = _pipeline(place, volumes=request.needs_volume)
    with progress_bars() as show:
        result = run_chain(request, pipeline, progress=show)
    report = result.best.report
    agreement = None if result.agreement is None else result.agreement.to_dict()
    paths = write_result(result, out, pictures=pictures, format=format, pool=pool)
    further = next_contour(result.agreement, result.drawings)
    return Outcome(report.to_dict(), tuple(report.notes), agreement, paths, further)


def run_organs(
    request: OrgansRequest, place: Place, out: Path, pictures: bool, format: str, pool: Executor | None
) -> Outcome:
    """A run of several organs in this process; a pool draws the pictures."""
    from ...generation.organs.files import organs_document, write_organs
    from ...generation.organs.run import generate_organs

    pipeline = _pipeline(place, volumes=request.with_volume)
    with progress_bars() as show:
        result = generate_organs(request, pipeline, progress=show)
    paths = write_organs(result, out, pictures=pictures, format=format, pool=pool)
    document = organs_document(result, list(paths))
    told = [f"{one.structure.replace('_', ' ')}: {one.verdict}" for one in (r.best.report for r in result.results)]
    shown = {name: path for name, path in paths.items() if path.parent == out}
    shown |= {"volume/": out / "volume"} if format == "dicom" else {}
    shown |= {f"{name}/": out / name for name in result.structures}
    return Outcome(document, (*told, *result.notes), None, shown, None)


def _pipeline(place: Place, *, volumes: bool) -> Pipeline:
    """The networks; which weights are taken is told where they are not the usual ones."""
    from ...generation.asking import PRESETS_SHIPPED
    from ...generation.chain import chosen_model, volume_folder
    from ...generation.pipeline import Pipeline

    model = chosen_model(place.models, place.preset)
    if place.models is None and not place.preset and model.folder.name != PRESETS_SHIPPED[0]:
        print(f"preset: '{model.folder.name}' (there are no weights of '{PRESETS_SHIPPED[0]}' here)", file=sys.stderr)
    return Pipeline(model, device=place.device, volumes=volume_folder() if volumes else None)


@dataclass(frozen=True)
class ServerAddress:
    """Where it is, and what lets one in."""

    url: str
    token: str = ""


@dataclass(frozen=True)
class Files:
    """What goes along with a request.

    Args:
        mask, label: A mask file and its label, for the second stage alone.
        own_grid: Whether the mask and its scan come back on the mask's own grid.
        edit, strength: A former result's folder, and how far it may be changed.
        context: A file of neighbouring organs; layout: of organs and tissues.
    """

    mask: Path | None = None
    label: str | None = None
    own_grid: bool = True
    edit: Path | None = None
    strength: float = 0.0
    context: Path | None = None
    layout: Path | None = None

    def fields(self) -> dict[str, Any]:
        """Those of `generate`, the files in them.

        Raises:
            InputError: A file cannot be read.
        """
        told: dict[str, Any] = {}
        if self.mask is not None:
            grid = "own" if self.own_grid else "cube"
            told["mask"] = {"data": _encoded(_plain_nrrd(self.mask)), "label": self.label, "grid": grid}
        if self.edit is not None:
            told["edit"] = {"data": _encoded(_state(self.edit)), "strength": self.strength}
        if self.context is not None:
            told["context"] = {"data": _encoded(_plain_nrrd(self.context))}
        if self.layout is not None:
            told["layout"] = {"data": _encoded(_plain_nrrd(self.layout))}
        return told


def refuse_local(*, models: Path | None, device: str) -> None:
    """Refuses options that are the server's to choose.

    Raises:
        InputError: One is given.
    """
    from ...errors import InputError

    if models is not None:
        raise InputError("--models is a folder of this machine, --server another.", hint="Give --preset in its place.")
    if device != "auto":
        raise InputError(f"--device {device} is the server's to choose.", hint="Drop --device.")


def run_there(server: ServerAddress, asked: dict[str, Any], out: Path, files: Files, format: str = "nrrd") -> Outcome:
    """Sends a request, shows its progress, and brings the files here.

    Args:
        server: Which.
        asked: Fields of `generate`, less the files.
        out: Where the results go.
        files: What goes along.
        format: Of mask and volume; they come as NRRD and are converted here.

    Raises:
        ServiceUnavailable: The server is not there, busy or silent.
        Sketch2CTError: What the server answered.
    """
    from ...service.client import Client

    asked = asked | files.fields()
    with Client.server(server.url, token=server.token, name="sketch2ct generate") as client:
        return run_with(client, asked, out, format)


def run_with(client: Client, asked: dict[str, Any], out: Path, format: str = "nrrd") -> Outcome:
    """The run through any client; a Ctrl+C cancels it there too."""
    from ...service.protocol.lines import request_of
    from ...service.protocol.messages import Generate, new_id

    request = request_of({"kind": "generate", "id": new_id(), "previews": False, **asked})
    assert isinstance(request, Generate)
    with progress_bars() as show:

        def hear(event: Any) -> None:
            if event.kind == "progress":
                show(event.stage, event.step, event.steps)
            elif event.kind == "planned" and event.reason:
                print(f"server: {event.reason}", file=sys.stderr)

        call = client.send(request, hear)
        try:
            result = call.result()
        except KeyboardInterrupt:
            call.cancel()
            raise
    return _saved(client, result, out, format)


def _saved(client: Client, result: Result, out: Path, format: str) -> Outcome:
    from ...generation.conversion import convert_result
    from ...generation.result_folder import replaced

    with replaced(out) as new:
        names = list(client.save(result, new))
        if format != "nrrd":
            names = convert_result(new, format)
    paths = {name: out / name for name in names}
    client.forget(result.job)
    return Outcome(result.report, result.notes, result.agreement, paths, result.next_contour)


def _state(folder: Path) -> bytes:
    from ...generation.result_folder import STATE_FILE

    return (folder / STATE_FILE if folder.is_dir() else folder).read_bytes()


def _plain_nrrd(path: Path) -> bytes:
    """The bytes of a label file as one NRRD file; one that is so already, and not too large, stays as it is."""
    from ...errors import InputError, MaskError
    from ...frames import read_volume, write_nrrd
    from ...generation.volumes.own_grid import require_usual_size
    from ...service.inputs import require_plain_nrrd
    from ...service.protocol.messages import MOST_UPLOAD_BYTES

    try:
        content = path.read_bytes()
        if len(content) <= MOST_UPLOAD_BYTES:
            require_plain_nrrd(content)
            return content
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}).", hint="Check the path.") from error
    except MaskError:
        pass  # another format: written as NRRD
    require_usual_size(path, "file")
    values, grid, fields = read_volume(path)
    with tempfile.TemporaryDirectory() as folder:
        named = {key: text for key, text in fields.items() if key.startswith("Segment")}
        write_nrrd(Path(folder) / "labels.nrrd", values, grid, named)
        return (Path(folder) / "labels.nrrd").read_bytes()


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
