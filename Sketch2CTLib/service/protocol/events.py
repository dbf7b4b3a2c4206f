"""What a client hears. Every event bears the id of the request that it answers, and the job that it is about.

`queued`, `planned`, `progress` and `preview` are followed by more; every other kind is the last answer to its request.
Within a job `seq` grows; a listener that missed some asks for those after the last that it heard.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import ConfigDict, Field

from ...errors import Sketch2CTError, error_from_dict
from .messages import MOST_LINE_BYTES, VERSION, VERSIONS, Message

Row = tuple[float, float, float, float]
LASTING = frozenset({"queued", "planned", "progress", "preview", "unknown"})  # more events follow


class Event(Message):
    """The fields that all events have."""

    id: str = Field(default="", description="Of the request that it answers; empty where that could not be read.")
    job: str = Field(default="", description="The job that it is about; empty where there is none.")
    seq: int = Field(default=0, ge=0, description="Number within the job, from 1; 0 outside jobs.")

    @property
    def is_last(self) -> bool:
        """Whether no more events answer the request."""
        return getattr(self, "kind", "unknown") not in LASTING


class Ready(Event):
    """Answers `hello`: what the service is and can do."""

    kind: Literal["ready"] = "ready"
    version: int = Field(default=VERSION, description="Of the protocol, from here on.")
    versions: tuple[int, ...] = VERSIONS
    tool_version: str = ""
    presets: tuple[str, ...] = Field(default=(), description="Shipped presets that there are weights of.")
    preset: str = Field(default="", description="The one that is used where a request names none; empty: a folder.")
    structures: tuple[str, ...] = Field(default=(), description="That it was trained on.")
    own_structures: dict[str, Any] = Field(
        default_factory=dict, description="Those of its model that no catalog has: entries and what is known of them."
    )
    queue_limit: int = 0
    most_candidates: int = 64
    paths: bool = Field(default=False, description="Whether requests may name files on the service's machine.")


class Queued(Event):
    """The job is accepted; sent again when it moves up."""

    kind: Literal["queued"] = "queued"
    ahead: int = Field(default=0, description="Jobs before it, the running one included.")


class Planned(Event):
    """How the job is run; sent when it starts, and again when memory forces a smaller plan."""

    kind: Literal["planned"] = "planned"
    device: str = "cpu"
    batch: int = Field(default=1, description="Samples at once.")
    offload: bool = Field(default=False, description="Whether networks leave memory when their stage is done.")
    need_mb: float = Field(default=0.0, description="Estimated.")
    free_mb: float | None = Field(
        default=None, description="Memory that was free before; null where it cannot be told."
    )
    reason: str = Field(default="", description="Why it is smaller than usual; empty for the usual plan.")


class Progress(Event):
    """One step is done. Stages: load, mask, report, volume, write."""

    kind: Literal["progress"] = "progress"
    stage: str
    step: int
    steps: int
    eta_s: float | None = Field(default=None, description="Seconds until the result, estimated; null while unknown.")
    elapsed_s: float = Field(default=0.0, description="Since the job started.")


class FileOut(Message):
    """A file of a result."""

    name: str = Field(description="Relative to the result's folder: mask.seg.nrrd, candidate_02/volume.nrrd, …")
    size: int
    sha256: str


class Preview(Event):
    """A mask before the result: a candidate that waits for its scan, or one that is still being drawn."""

    kind: Literal["preview"] = "preview"
    file: FileOut
    candidate: int = Field(default=0, description="In the order of drawing, not of rank; 0: still being drawn.")
    of: int = Field(default=1, description="How many candidates there will be.")
    folder: str | None = Field(default=None, description="Where the file lies, for a local worker; null on a server.")


class Loaded(Event):
    """Answers `load`."""

    kind: Literal["loaded"] = "loaded"
    preset: str = ""
    device: str = ""
    structures: tuple[str, ...] = ()
    has_volume: bool = False
    seconds: float = 0.0


class CandidateSummary(Message):
    """One candidate in short, or the best of one organ of several."""

    folder: str = Field(description="'.' for the best, candidate_02, …; of several organs the structure's name.")
    verdict: str
    met: int = Field(default=0, description="Numbers within their tolerance.")
    score: float


class Result(Event):
    """Answers `generate`: the files and what to say of them."""

    kind: Literal["result"] = "result"
    files: tuple[FileOut, ...]
    folder: str | None = Field(default=None, description="Where they lie, for a local worker; null on a server.")
    candidates: tuple[CandidateSummary, ...]
    report: dict[str, Any] = Field(description="The best candidate's, as `generate --json` prints it.")
    notes: tuple[str, ...] = ()
    agreement: dict[str, float] | None = None
    next_contour: dict[str, Any] | None = Field(
        default=None, description="On which slice a further contour would say most; null for one candidate."
    )
    seconds: float = 0.0


class Drafted(Event):
    """Answers `draft`: a mask on a coarse grid; `protocol.bits` packs and unpacks it."""

    kind: Literal["drafted"] = "drafted"
    structure: str = ""
    shape_kji: tuple[int, int, int]
    ijk_to_ras: tuple[Row, Row, Row, Row] = Field(description="From voxel centres to RAS mm, row by row.")
    mask: str = Field(max_length=MOST_LINE_BYTES, description="Its bits, axes kji, zlib, base64.")
    volume_ml: float = Field(default=0.0, description="Of the mask.")
    notes: tuple[str, ...] = ()
    seconds: float = Field(default=0.0, description="That it took, without waiting.")


class Failed(Event):
    """The request or the job ended without a result."""

    kind: Literal["error"] = "error"
    code: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, error: Sketch2CTError, request_id: str = "", job: str = "") -> Failed:
        """An error as an event."""
        return cls.model_validate({"id": request_id, "job": job, **error.to_dict()})

    def error(self) -> Sketch2CTError:
        """The event as the error that it was; an unknown code becomes the base class."""
        return error_from_dict({"code": self.code, "message": self.message, "hint": self.hint})


class Cancelling(Event):
    """Answers `cancel`; the job itself then ends with `error` of code `cancelled`, or with what it had reached."""

    kind: Literal["cancelling"] = "cancelling"
    state: str = Field(default="", description="Of the job: queued, running, done, failed, cancelled.")


class Forgotten(Event):
    """Answers `forget`."""

    kind: Literal["forgotten"] = "forgotten"


class State(Event):
    """Answers `status`."""

    kind: Literal["state"] = "state"
    running: str = Field(default="", description="The running job.")
    queued: tuple[str, ...] = ()
    queue_limit: int = 0
    finished: int = Field(default=0, description="Jobs whose results are still kept.")
    loaded: tuple[str, ...] = Field(default=(), description="Model folders in memory, as 'name on device'.")
    free_mb: float | None = None
    answered: dict[str, int] = Field(default_factory=dict, description="Jobs so far by how they ended.")


class Unloaded(Event):
    """Answers `unload`."""

    kind: Literal["unloaded"] = "unloaded"
    models: int = Field(default=0, description="How many were dropped.")


class Bye(Event):
    """Answers `quit`."""

    kind: Literal["bye"] = "bye"


class Unknown(Event):
    """An event of a later version; its fields are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)
    kind: str = "unknown"

    @property
    def is_last(self) -> bool:
        """A client cannot know; it waits for one that it knows."""
        return False


AnyEvent = (
    Ready
    | Queued
    | Planned
    | Progress
    | Preview
    | Loaded
    | Result
    | Drafted
    | Failed
    | Cancelling
    | Forgotten
    | State
    | Unloaded
    | Bye
)
EVENTS: dict[str, type[Event]] = {cls.model_fields["kind"].default: cls for cls in get_args(AnyEvent)}
