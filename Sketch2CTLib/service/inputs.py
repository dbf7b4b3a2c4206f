"""A message as the request that the command line would make of it, and the files that it brings."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import catalog
from ..description.model import GeometryDescription
from ..errors import MaskError, OutputError, SketchError
from ..generation.asking import asked_description, asked_drawings, organ_of_layout, steps_of, takes_own_grid
from ..sketch import Sketch
from ..sketch.model import Role
from .protocol.faults import ProtocolError, TooLarge
from .protocol.messages import MOST_UPLOAD_BYTES, Generate, Guidance, ShapeRequest, Upload

if TYPE_CHECKING:
    from ..generation.organs.request import OrgansRequest
    from ..generation.request import GenerationRequest
    from ..generation.settings import Settings
    from ..generation.state import Former
    from ..generation.volumes.context import Context

# Part of a request → name in the job's folder, where the store removes all `input.*` of a job that has ended.
INPUT_FILES = {
    "mask": "input.nrrd",
    "edit": "input.safetensors",
    "context": "input.context.nrrd",
    "layout": "input.layout.nrrd",
}
MOST_VOXELS = 2**28  # of a mask that is sent: 645³
_HEADER_BYTES = 2**20  # a segmentation of a hundred segments has 100 kB


@dataclass(frozen=True)
class RequestFiles:
    """The files of a request; those that came along are removed when the block ends.

    Args:
        scratch: The job's own folder, which files that came along are written to.
        results: Gives the folder of a former job's result; raises UnknownJob.
    """

    scratch: Path
    results: Callable[[str], Path]

    def path(self, part: str, upload: Upload) -> Path:
        """The file of an upload on this machine; one that came along is written to the scratch folder.

        Args:
            part: 'mask', 'edit', 'context' or 'layout'.
            upload: The file itself, its path, or the job whose result it is: the job's mask or
                layout, or its folder for an edit.

        Raises:
            UnknownJob: It names a job that has no result; UnknownStructure: an organ that the catalog has not.
            ProtocolError: Its data are not base64; TooLarge: beyond the limit.
            MaskError: A mask or a context that came along is no plain NRRD file.
        """
        from ..generation.result_folder import LAYOUT_FILE, MASK_FILE

        if upload.path is not None:
            return Path(upload.path)
        if upload.job is not None:
            folder = self.results(upload.job)
            folder = folder / catalog.structure(upload.organ).name if upload.organ else folder
            folder = folder if upload.candidate == 1 else folder / f"candidate_{upload.candidate:02d}"
            return folder if part == "edit" else folder / (LAYOUT_FILE if part == "layout" else MASK_FILE)
        content = decoded_file(upload.data or "")
        if part != "edit":
            require_plain_nrrd(content, part)
        target = self.scratch / INPUT_FILES[part]
        try:
            self.scratch.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except OSError as error:
            raise OutputError(f"The file that was sent cannot be kept ({error.strerror or error}).") from error
        return target

    def __enter__(self) -> RequestFiles:
        return self

    def __exit__(self, *raised: object) -> None:
        for name in INPUT_FILES.values():
            (self.scratch / name).unlink(missing_ok=True)


def decoded_file(data: str) -> bytes:
    """The bytes of base64.

    Raises:
        ProtocolError: It is not base64; TooLarge: more than 32 MB.
    """
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProtocolError("The file that was sent is not base64.", hint="Encode its bytes as base64.") from error
    if len(content) > MOST_UPLOAD_BYTES:
        raise TooLarge(f"A file of {len(content):,} bytes is too large.", hint=f"At most {MOST_UPLOAD_BYTES:,}.")
    return content


def require_plain_nrrd(content: bytes, what: str = "mask") -> None:
    """Checks that a NRRD file brings its voxels along and is of a usual size: it may name no other file.

    Args:
        content: The bytes of the file.
        what: 'mask', 'context' or 'layout', for the message.

    Raises:
        MaskError: It is not so.
    """
    header, end, _ = content[:_HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")
    if not content.startswith(b"NRRD0") or not end:
        raise MaskError(f"The {what} that was sent is not a NRRD file.", hint="Save it as .nrrd.")
    text = header.decode("latin-1")
    if re.search(r"^[^\S\n]*data\s*file\s*:", text, flags=re.IGNORECASE | re.MULTILINE):
        raise MaskError(f"The {what} that was sent is a detached NRRD header.", hint="Save it as one .nrrd file.")
    sizes = re.search(r"^[^\S\n]*sizes\s*:\s*([\d ]+)$", text, flags=re.IGNORECASE | re.MULTILINE)
    voxels = 1
    for size in sizes.group(1).split()[:10] if sizes else ():
        voxels *= int(size[:12])
    if sizes is None or voxels > MOST_VOXELS:
        raise MaskError(f"The {what} that was sent has {voxels:,} voxels.", hint=f"At most {MOST_VOXELS:,} are read.")


def request_of(message: Generate, files: RequestFiles) -> tuple[GenerationRequest, tuple[str, ...]]:
    """The request that the command line would make of a message, and notes on what was changed in its drawings.

    Raises:
        Sketch2CTError: Anything of it cannot be used, as on the command line.
    """
    from ..generation.state import read_state

    former = read_state(files.path("edit", message.edit)) if message.edit is not None else None
    fields: dict[str, Any] = {name: getattr(message, name) for name in ("seed", "candidates", "with_volume")}
    fields |= {"settings": settings_of(message), "context": _context(message, files), "mask": _mask(message, files)}
    if message.edit is not None:
        fields["strength"] = message.edit.strength
    if message.mask is not None:
        fields["own_grid"] = takes_own_grid(message.mask.grid, has_mask=True)
        fields["followed"] = message.mask.followed
    if message.layout is not None:
        from ..generation.layouts.files import read_layout

        fields["layout"] = read_layout(files.path("layout", message.layout))
        if not _asks_shape(message):
            fields |= {"mask": organ_of_layout(fields["layout"], message.structure), "own_grid": False}
    whole = message.edit is not None and message.edit.whole
    return shape_of(message, former, has_mask=fields["mask"] is not None, whole=whole, **fields)


def _asks_shape(message: Generate) -> bool:
    """Whether anything beside the structure says which shape is wanted."""
    drawn = (message.sketches, message.sketch, message.second_sketch, message.contours)
    return any(bool(one) for one in (*drawn, message.text, message.description, message.mask, message.edit))


def organs_of(message: Generate, files: RequestFiles) -> tuple[OrgansRequest, tuple[str, ...]]:
    """Several organs of a message as the command line would ask for them, and notes on what was changed in drawings.

    Raises:
        Sketch2CTError: Anything of it cannot be used; the message says of which organ.
    """
    from ..generation.organs.document import OrganEntry, RequestDocument, organ_requests
    from ..generation.organs.request import OrgansRequest

    notes: list[str] = []

    def read(entry: OrganEntry, structure: str) -> tuple[list[Sketch], list[Sketch]]:
        kinds: tuple[tuple[tuple[Any, ...], Role], ...] = (
            (entry.sketches, "silhouette"),
            (entry.contours, "contour"),
        )
        sketches, contours = ([_drawing(one, role, notes) for one in records] for records, role in kinds)
        return sketches, contours

    record = {"organs": [organ.model_dump() for organ in message.organs], "seed": message.seed}
    organs, unplaced = organ_requests(RequestDocument.checked(record), read)
    request = OrgansRequest(
        organs,
        unplaced,
        with_volume=message.with_volume,
        context=_context(message, files),
        seed=message.seed,
        settings=settings_of(message),
    )
    return request, tuple(notes)


def shape_of(
    message: ShapeRequest, former: Former | None = None, *, has_mask: bool = False, whole: bool = False, **fields: Any
) -> tuple[GenerationRequest, tuple[str, ...]]:
    """What a message draws and says as a request, and notes on what was changed in its drawings.

    Args:
        message: The message.
        former: The result to edit; its description and drawings are kept where there are no others.
        has_mask: Whether a mask is given, which needs no drawing.
        whole: Whether the message's drawings are all there are.
        fields: Of the request, beside description, drawings and former result.

    Raises:
        Sketch2CTError: Anything of it cannot be used, as on the command line.
    """
    from ..generation.request import GenerationRequest

    parsed = GeometryDescription.checked(message.description) if message.description is not None else None
    description = asked_description(parsed, message.text, message.structure, former)
    sketches, contours, notes = _drawings(message)
    drawings = asked_drawings(sketches, contours, former, description.structure, has_mask=has_mask, whole=whole)
    return GenerationRequest(description, drawings, former=former, **fields), notes


def settings_of(request: Generate) -> Settings:
    """The settings of a request's sampling, as the command line would make them."""
    from ..diffusion import Scales
    from ..generation.settings import Settings

    sampling = request.sampling
    steps = steps_of(sampling.quality) if sampling.steps is None else sampling.steps
    guidance: float | Scales | None
    if isinstance(sampling.guidance, Guidance):
        guidance = Scales(sampling.guidance.sketch, sampling.guidance.numbers, sampling.guidance.words)
    else:
        guidance = None if sampling.guidance is None else Scales.of(sampling.guidance)
    return Settings(
        steps,
        steps if sampling.image_steps is None else sampling.image_steps,
        guidance,
        sampling.sampler,
        sampling.match_volume,
        sampling.follow,
        sampling.draws,
        sampling.spread,
        sampling.batch,
        sampling.paint,
        sampling.spacing_mm,
        sampling.full_hu,
    )


def _drawings(message: ShapeRequest) -> tuple[list[Sketch], list[Sketch] | None, tuple[str, ...]]:
    """The silhouettes, the contours (None where the message says nothing of them), and what was closed in them.

    Raises:
        SketchError: A drawing cannot be used, stands in the other one's list, or a second sketch has no first.
    """
    records = message.sketches
    if not records:
        if message.sketch is None and message.second_sketch is not None:
            raise SketchError("A second sketch is given without a first.", hint="Give it as the first.")
        records = tuple(one for one in (message.sketch, message.second_sketch) if one is not None)
    notes: list[str] = []
    sketches = [_drawing(record, "silhouette", notes) for record in records]
    if message.contours is None:
        return sketches, None, tuple(notes)
    contours = [_drawing(record, "contour", notes) for record in message.contours]
    return sketches, contours, tuple(notes)


def _drawing(record: dict[str, Any], role: Role, notes: list[str]) -> Sketch:
    """A drawing with its outlines closed, as from a file; what was closed is added to the notes."""
    from ..sketch.drawings.repair import closed_outlines

    sketch = Sketch.from_dict(record)
    if sketch.role != role and "role" in record:
        raise SketchError(
            f"A {sketch.role} is given as a {role}.", hint="Give silhouettes in 'sketches', cuts in 'contours'."
        )
    closed, changes = closed_outlines(replace(sketch, role=role))
    notes += changes
    return closed


def _mask(request: Generate, files: RequestFiles) -> Any:
    from ..data.masks import read_mask
    from ..generation.volumes.own_grid import require_usual_size

    if request.mask is None:
        return None
    path = files.path("mask", request.mask)
    require_usual_size(path, "mask")
    return read_mask(path, request.mask.label)


def _context(request: Generate, files: RequestFiles) -> Context | None:
    from ..generation.volumes.context_files import read_context

    return None if request.context is None else read_context(files.path("context", request.context))
