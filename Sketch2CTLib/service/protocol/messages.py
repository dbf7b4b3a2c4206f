"""What a client asks. Fields that a version does not know are left out; kinds that it does not know are answered.

Every request bears an `id` of the client's choice; every event that answers it bears the same. The id of `generate`,
`load` and `unload` is the job's.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .faults import UnsupportedVersion

VERSION = 1
VERSIONS: tuple[int, ...] = (1,)  # that this program speaks, the newest first
MOST_CANDIDATES = 64
MOST_SKETCHES, MOST_CONTOURS = 8, 64
MOST_ORGANS = 16
MOST_LINE_BYTES = 64 * 2**20  # a state of 32 MB as base64, and a large sketch
MOST_UPLOAD_BYTES = 32 * 2**20

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Quality = Literal["preview", "standard", "fine"]


def new_id() -> str:
    """An id that nobody else bears and nobody can guess."""
    return secrets.token_hex(12)


class Message(BaseModel):
    """Frozen; unknown fields are left out; neither NaN nor infinity."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Upload(Message):
    """A file that the service reads: exactly one of `path`, `data` and `job`."""

    path: str | None = Field(
        default=None, max_length=4096, description="On the service's machine; a server refuses it."
    )
    data: str | None = Field(
        default=None, max_length=MOST_UPLOAD_BYTES // 3 * 4 + 4, description="The file itself, base64."
    )
    job: Identifier | None = Field(default=None, description="A former job of this service, whose result is used.")
    candidate: int = Field(default=1, ge=1, le=MOST_CANDIDATES, description="Which of the former job's, 1 the best.")
    organ: str = Field(default="", max_length=100, description="Of a former job of several organs, which of them.")

    @model_validator(mode="after")
    def _one_of_them(self) -> Upload:
        if sum(one is not None for one in (self.path, self.data, self.job)) != 1:
            raise ValueError("give exactly one of path, data and job")
        return self


class MaskInput(Upload):
    """A mask that gets a volume; `data` is a NRRD file (inline, not detached)."""

    label: int | Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="Label value, or a segment's name; not needed where there is only one."
    )
    grid: Literal["own", "cube"] = Field(default="own", description="What the mask and its volume come back on.")
    followed: bool = Field(
        default=False,
        description="Whether a person edited it: drawings are compared with it, and a later edit may start from it.",
    )


class ContextInput(Upload):
    """Labels of neighbouring organs; `data` is a NRRD file: a segmentation with named segments, or catalog labels."""


class LayoutInput(Upload):
    """Organs and tissues that a scan is painted from; `data` is a NRRD file of catalog labels, as results bring it."""


class EditInput(Upload):
    """A former result that is changed; `data` is its state.safetensors, `path` that file or its folder."""

    strength: float = Field(default=0.4, ge=0.0, le=1.0, description="0 keeps the former shape, 1 draws it anew.")
    whole: bool = Field(
        default=False, description="Whether the drawings given are all there are: former silhouettes do not stay."
    )


class Guidance(Message):
    """Classifier-free scales by kind of condition."""

    sketch: float = Field(default=1.0, ge=0.0, le=20.0)
    numbers: float = Field(default=1.0, ge=0.0, le=20.0)
    words: float = Field(default=1.0, ge=0.0, le=20.0)


class Sampling(Message):
    """How to sample; see `generation.settings.Settings`."""

    quality: Quality = Field(default="standard", description="preview: 8 steps, standard: 25, fine: 50.")
    steps: int | None = Field(default=None, ge=1, le=1000, description="Of the mask stage, in place of quality.")
    image_steps: int | None = Field(default=None, ge=1, le=1000, description="Of the volume stage, in place of steps.")
    guidance: float | Guidance | None = Field(
        default=None, description="One scale or one a kind; null takes the preset's."
    )
    sampler: Literal["dpm++", "ddpm"] = "dpm++"
    match_volume: bool = Field(default=True, description="Shift the surface to meet an asked volume.")
    follow: bool = Field(default=True, description="Project onto the drawn silhouettes and the stated extents.")
    draws: int | None = Field(default=None, ge=1, le=64, description="Draws averaged into one mask.")
    paint: bool = Field(default=True, description="Paint a CT from a layout around the mask, where the model can.")
    spacing_mm: float | None = Field(
        default=None, gt=0.0, le=100.0, description="Voxel edge of what is written, finer than the cube's; with paint."
    )
    full_hu: bool = Field(default=False, description="Air and bone of a painted CT beyond the window, set not drawn.")
    spread: float | None = Field(default=None, ge=0.0, le=1.0, description="0 the likeliest shape, 1 any that fits.")
    batch: int | None = Field(
        default=None, ge=1, le=64, description="Samples at once; less is taken where memory is short."
    )


class Model(Message):
    """Which weights, and where they run; empty fields take what the service was started with."""

    preset: str = Field(default="", max_length=100, description="A shipped preset: default.")
    models: str = Field(default="", max_length=4096, description="A model folder by path; a server refuses it.")
    device: str = Field(
        default="", max_length=20, description="auto, cpu, cuda, cuda:N; a server refuses other than its own."
    )


class ClientRequest(Message):
    """The field that all requests have."""

    id: Identifier


class Hello(ClientRequest):
    """The first message: which versions the client speaks. Answered by `ready` or `error`."""

    kind: Literal["hello"] = "hello"
    versions: tuple[int, ...] = Field(default=VERSIONS, min_length=1, max_length=100)
    client: str = Field(default="", max_length=200, description="Name and version of the client, for the log.")


class Load(ClientRequest):
    """A job: load networks before they are needed. Answered by `loaded`."""

    kind: Literal["load"] = "load"
    model: Model = Model()
    with_volume: bool = Field(default=True, description="The volume stage too.")


class ShapeRequest(ClientRequest):
    """The fields of a request for a shape: what was drawn and said."""

    structure: str = Field(default="", max_length=100)
    text: str = Field(default="", max_length=10_000, description="Geometry in words and numbers.")
    description: dict[str, Any] | None = Field(
        default=None, description="As description.schema.json says; not beside text."
    )
    sketches: tuple[dict[str, Any], ...] = Field(
        default=(), max_length=MOST_SKETCHES, description="Silhouettes on different views, as sketch.schema.json says."
    )
    contours: tuple[dict[str, Any], ...] | None = Field(
        default=None,
        max_length=MOST_CONTOURS,
        description="Cuts on planes, as sketch.schema.json says; null keeps those of a result that is changed.",
    )
    sketch: dict[str, Any] | None = Field(default=None, description="Of older clients: the first of `sketches`.")
    second_sketch: dict[str, Any] | None = Field(default=None, description="Of older clients: the second one.")
    model: Model = Model()

    @model_validator(mode="after")
    def _said_once(self) -> ShapeRequest:
        if self.sketches and (self.sketch is not None or self.second_sketch is not None):
            raise ValueError("give sketches, or sketch and second_sketch")
        if self.description is not None and self.text:
            raise ValueError("give one of description and text")
        return self


class OrganInput(Message):
    """One organ of several, as in a request's file (request.schema.json), its drawings in the message itself."""

    structure: str = Field(default="", max_length=100)
    text: str = Field(default="", max_length=4000, description="Geometry in words and numbers.")
    description: dict[str, Any] | None = Field(
        default=None, description="As description.schema.json says; not beside text."
    )
    sketches: tuple[dict[str, Any], ...] = Field(default=(), max_length=3)
    contours: tuple[dict[str, Any], ...] = Field(default=(), max_length=MOST_CONTOURS)
    place: Literal["auto", "drawn", "usual"] = Field(
        default="auto", description="Where it lies: as drawn, or where it usually does beside the others."
    )
    candidates: int = Field(default=1, ge=1, le=MOST_CANDIDATES)


class Generate(ShapeRequest):
    """A job: masks and scans; or the scan of a mask; or a former result changed; or several organs and one scan of
    them. Answered by `result`.

    The structure is that of the description, of the former result, or `structure`. An edit keeps the former
    description and drawings where no others are given.
    """

    kind: Literal["generate"] = "generate"
    seed: int = Field(default=1, ge=0, lt=2**62)
    candidates: int = Field(default=1, ge=1, le=MOST_CANDIDATES)
    with_volume: bool = True
    sampling: Sampling = Sampling()
    mask: MaskInput | None = None
    edit: EditInput | None = None
    context: ContextInput | None = Field(default=None, description="What the volume shows beside the organ.")
    layout: LayoutInput | None = Field(
        default=None,
        description="What the volume is painted from; where no shape is asked, its own organ gets the scan.",
    )
    organs: tuple[OrganInput, ...] = Field(
        default=(),
        max_length=MOST_ORGANS,
        description="Several organs in one frame, in place of structure, text, description and drawings.",
    )
    previews: bool = Field(default=True, description="Whether masks are sent before the whole result is ready.")
    pictures: bool = Field(
        default=True, description="Whether preview.png and report.png are drawn, half a second each."
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Generate:
        if self.mask is not None and self.edit is not None:
            raise ValueError("give one of mask and edit")
        if self.layout is not None and (self.organs or not (self.with_volume or self.mask is not None)):
            raise ValueError("a layout is for the volume of one organ")
        single = (self.mask, self.edit, self.description, self.sketch, self.second_sketch, self.contours)
        if self.organs and (self.structure or self.text or self.sketches or any(one is not None for one in single)):
            raise ValueError("give organs, or the fields of one organ")
        return self


class Draft(ShapeRequest):
    """The likeliest shape of drawings and numbers, at once and coarse. Answered by `drafted`.

    No job: it never waits for one. Of a session the newest draft counts: one that has not been begun when the next
    comes is answered by `error` of code `cancelled`. Words take no part, and every draft is computed on the CPU.
    """

    kind: Literal["draft"] = "draft"
    voxels: Literal[64, 128] = Field(default=64, description="Edge of the cube in voxels.")
    session: Identifier | None = Field(default=None, description="Of the client's choice; null: that of the line.")


class Cancel(ClientRequest):
    """Stops a job: at once in the queue, after the running step otherwise. Answered by `cancelling`."""

    kind: Literal["cancel"] = "cancel"
    job: Identifier


class Attach(ClientRequest):
    """Follows a job that was submitted before: its events after `after`, then those to come."""

    kind: Literal["attach"] = "attach"
    job: Identifier
    after: int = Field(default=0, ge=0, description="The last `seq` that was heard.")


class Forget(ClientRequest):
    """Removes a job and its files; a running one is cancelled. Answered by `forgotten`."""

    kind: Literal["forget"] = "forget"
    job: Identifier


class Status(ClientRequest):
    """Asks for `state`: the queue, what is loaded, memory."""

    kind: Literal["status"] = "status"


class Unload(ClientRequest):
    """A job: drop all loaded networks. Answered by `unloaded`."""

    kind: Literal["unload"] = "unload"


class Quit(ClientRequest):
    """Ends a local worker: jobs are cancelled, files of its own folder removed. Answered by `bye`."""

    kind: Literal["quit"] = "quit"


AnyRequest = Hello | Load | Generate | Draft | Cancel | Attach | Forget | Status | Unload | Quit
JobRequest = Load | Generate | Unload
REQUESTS: dict[str, type[ClientRequest]] = {cls.model_fields["kind"].default: cls for cls in get_args(AnyRequest)}


def agreed_version(versions: tuple[int, ...]) -> int:
    """The newest version that both sides speak.

    Raises:
        UnsupportedVersion: There is none.
    """
    common = set(versions) & set(VERSIONS)
    if not common:
        theirs, ours = (", ".join(map(str, sorted(some)[:10])) for some in (versions, VERSIONS))
        raise UnsupportedVersion(
            f"The client speaks version {theirs} of the protocol, the service {ours}.", hint="Update the older one."
        )
    return max(common)
