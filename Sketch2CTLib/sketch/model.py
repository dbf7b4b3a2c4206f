"""Sketch and Stroke: what was drawn, in mm on a plane, and its JSON."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import GridError, OutputError, SketchError
from ..frames import PlaneFrame

FORMAT = "sketch2ct.sketch"
VERSION = 1
StrokeKind = Literal["outline", "crease"]
KINDS: tuple[StrokeKind, ...] = get_args(StrokeKind)

_FARTHEST_MM = 10_000.0  # no paper is larger: beyond it a unit is wrong
_DECIMALS = 4  # of a point in mm; rounding once makes a sketch and its file the same


@dataclass(frozen=True, eq=False)
class Stroke:
    """One line of a drawing.

    Args:
        points_mm: (N, 2) float64, points (u, v) in mm from the plane's centre, u right and v up.
        kind: `outline` bounds the silhouette, `crease` lies inside it.
        closed: Whether the last point is joined to the first.
        pressure: (N,) in 0–1 where a pen told it; 0.5 is the usual line width.

    Raises:
        SketchError: No points, NaN, a wrong shape, an unknown kind, or points more than 10 m away.
    """

    points_mm: NDArray[np.float64]
    kind: StrokeKind = "outline"
    closed: bool = False
    pressure: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        points = _floats(self.points_mm, "The points of a stroke")
        if points.ndim != 2 or points.shape[0] < 1 or points.shape[1] != 2:
            raise SketchError(
                f"A stroke needs points (u, v) in mm, got an array of shape {points.shape}.",
                hint="Leave out strokes without points.",
            )
        if np.abs(points).max() > _FARTHEST_MM:
            raise SketchError(
                f"A stroke reaches {np.abs(points).max():.0f} mm from the middle of the paper.",
                hint="Points are in mm: check the unit.",
            )
        if self.kind not in KINDS:
            raise SketchError(f"Unknown kind of stroke '{self.kind}'.", hint=f"Choose one of {', '.join(KINDS)}.")
        object.__setattr__(self, "points_mm", _frozen(points))
        object.__setattr__(self, "closed", bool(self.closed))
        if self.pressure is not None:
            pressure = _floats(self.pressure, "The pressure of a stroke")
            if pressure.shape != (len(points),) or pressure.min() < 0 or pressure.max() > 1:
                raise SketchError("The pressure of a stroke must be one number from 0 to 1 for each point.")
            object.__setattr__(self, "pressure", _frozen(pressure))

    def __eq__(self, other: object) -> bool:
        return self.to_dict() == other.to_dict() if isinstance(other, Stroke) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.kind, self.closed, self.points_mm.tobytes()))

    @property
    def path_mm(self) -> NDArray[np.float64]:
        """(N or N + 1, 2) the points, with the first repeated at the end of a closed stroke."""
        return np.concatenate([self.points_mm, self.points_mm[:1]]) if self.closed else self.points_mm

    @property
    def length_mm(self) -> float:
        """Length of the line, the closing piece included."""
        return float(np.linalg.norm(np.diff(self.path_mm, axis=0), axis=1).sum())

    def to_dict(self) -> dict[str, Any]:
        """The stroke as plain JSON values."""
        record: dict[str, Any] = {"kind": self.kind, "closed": self.closed, "points_mm": self.points_mm.tolist()}
        if self.pressure is not None:
            record["pressure"] = self.pressure.tolist()
        return record

    @classmethod
    def from_dict(cls, record: object) -> Stroke:
        """Undoes `to_dict`; raises SketchError where that cannot be."""
        if not isinstance(record, Mapping) or "points_mm" not in record:
            raise SketchError("A stroke without 'points_mm'.", hint="Write each stroke as {kind, closed, points_mm}.")
        kind, closed = record.get("kind", "outline"), record.get("closed", False)
        if not isinstance(closed, bool) or not isinstance(kind, str):
            raise SketchError("A stroke's 'kind' must be a word and its 'closed' true or false.")
        return cls(record["points_mm"], cast(StrokeKind, kind), closed, record.get("pressure"))


@dataclass(frozen=True)
class Sketch:
    """A drawing: strokes on a plane in the patient.

    Args:
        strokes: At least one stroke.
        plane: Where the paper lies.
        structure: Catalog name of what was drawn, where known.

    Raises:
        SketchError: There is no stroke.
    """

    strokes: tuple[Stroke, ...]
    plane: PlaneFrame
    structure: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "strokes", tuple(self.strokes))
        if not self.strokes:
            raise SketchError("The sketch is empty: it has no strokes.", hint="Draw the outline first.")

    def of_kind(self, kinds: Iterable[str]) -> tuple[Stroke, ...]:
        """The strokes of these kinds, in drawing order."""
        wanted = set(kinds)
        return tuple(stroke for stroke in self.strokes if stroke.kind in wanted)

    def to_dict(self) -> dict[str, Any]:
        """The sketch as plain JSON values."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "structure": self.structure,
            "plane": {
                "view": self.plane.view,
                "size_mm": list(self.plane.size_mm),
                "plane_to_ras": self.plane.plane_to_ras.tolist(),
            },
            "strokes": [stroke.to_dict() for stroke in self.strokes],
        }

    def to_json(self) -> str:
        """The sketch as canonical JSON: sorted keys, no white space; equal sketches give equal text."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> Sketch:
        """Undoes `to_json`.

        Raises:
            SketchError: Not JSON, not a sketch, another version, empty, or with NaN in it.
        """
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SketchError(f"The sketch is not readable JSON ({error}).", hint="Save it again.") from error
        if not isinstance(record, dict) or record.get("format") != FORMAT:
            raise SketchError(f"This JSON is not a sketch: its 'format' is not '{FORMAT}'.")
        if record.get("version") != VERSION:
            raise SketchError(
                f"The sketch has version {record.get('version')!r}, this program reads version {VERSION}.",
                hint="Update Sketch2CT, or save the sketch again.",
            )
        strokes, structure = record.get("strokes"), record.get("structure")
        if not isinstance(strokes, list) or not (structure is None or isinstance(structure, str)):
            raise SketchError("The sketch's 'strokes' must be a list and its 'structure' a name or null.")
        return cls(tuple(map(Stroke.from_dict, strokes)), _plane(record.get("plane")), structure)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the JSON; the file appears whole or not at all.

        Raises:
            OutputError: The folder cannot be written.
        """
        write_whole(Path(path), (self.to_json() + "\n").encode())


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file beside its place and renames it; raises OutputError where that fails."""
    beside: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except OSError as error:
        if beside is not None and os.path.exists(beside):
            os.unlink(beside)
        reason = error.strerror or error
        raise OutputError(f"'{path}' cannot be written ({reason}).", hint="Check the folder.") from error


def _plane(record: object) -> PlaneFrame:
    if not isinstance(record, dict):
        raise SketchError("The sketch does not say where its 'plane' lies.")
    try:
        width, height = record["size_mm"]
        matrix = np.array(record["plane_to_ras"], dtype=np.float64)
        return PlaneFrame(record["view"], matrix, (float(width), float(height)))
    except (KeyError, TypeError, ValueError) as error:
        raise SketchError(f"The sketch's plane needs view, size_mm and plane_to_ras ({error!r}).") from error
    except GridError as error:
        raise SketchError(f"The sketch's plane cannot be: {error.message}", hint=error.hint) from error


def _floats(values: object, what: str) -> NDArray[np.float64]:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SketchError(f"{what} must be numbers.") from error
    if not np.isfinite(array).all():
        raise SketchError(f"{what} must be finite numbers, not NaN or infinity.")
    return array


def _frozen(array: NDArray[np.float64]) -> NDArray[np.float64]:
    rounded = np.round(array, _DECIMALS) + 0.0  # + 0.0: no negative zero in the file
    rounded.setflags(write=False)
    return rounded
