"""Sketch and Stroke: what was drawn, in mm on a plane, its extents along the patient's axes, and its JSON."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from ..atomic import write_text
from ..errors import GridError, SketchError
from ..frames import VIEWS, PlaneFrame
from .limits import check_size, parsed, short

FORMAT = "sketch2ct.sketch"
VERSION = 2
VERSIONS = (1, 2)  # that are read; 1 knows silhouettes only, and is written for them, so that older programs read them
StrokeKind = Literal["outline", "crease"]
KINDS: tuple[StrokeKind, ...] = get_args(StrokeKind)
Role = Literal["silhouette", "contour"]
ROLES: tuple[Role, ...] = get_args(Role)

FARTHEST_MM = 10_000.0  # no paper is larger: beyond it a unit is wrong
_FARTHEST_PLANE_MM = 1e6
_SMALLEST_MM = 0.001  # of the paper's edges
LONGEST_NAME = 100  # characters of a structure's name
DECIMALS = 4  # of a point in mm; rounding once makes a sketch and its file the same
LARGEST_TILT_DEGREES = 5.0
_EXTENTS = ("extent_rl_mm", "extent_ap_mm", "extent_si_mm")
_LEAST_MM = 0.05  # a dot or a line along the other axis has no extent


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
        if np.abs(points).max() > FARTHEST_MM:
            raise SketchError(
                f"A stroke reaches {np.abs(points).max():.0f} mm from the middle of the paper.",
                hint="Points are in mm: check the unit.",
            )
        if self.kind not in KINDS:
            raise SketchError(f"Unknown kind of stroke {short(self.kind)}.", hint=f"Choose one of {', '.join(KINDS)}.")
        object.__setattr__(self, "points_mm", _frozen(points))
        object.__setattr__(self, "closed", bool(self.closed))
        if self.pressure is not None:
            pressure = _floats(self.pressure, "The pressure of a stroke")
            if pressure.shape != (len(points),) or pressure.min() < 0 or pressure.max() > 1:
                raise SketchError("The pressure of a stroke must be one number from 0 to 1 for each point.")
            object.__setattr__(self, "pressure", _frozen(pressure))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stroke):
            return NotImplemented
        same_points = (self.kind, self.closed) == (other.kind, other.closed)
        same_points = same_points and np.array_equal(self.points_mm, other.points_mm)
        if self.pressure is None or other.pressure is None:
            return same_points and self.pressure is other.pressure
        return same_points and np.array_equal(self.pressure, other.pressure)

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

    @cached_property
    def _rows(self) -> list[list[float]]:
        """The points as lists, made once: each edit of a drawing writes all its strokes, and many new lists at a time
        make Python's collector go through everything, which holds a canvas up.
        """
        return cast(list[list[float]], self.points_mm.tolist())

    def to_dict(self) -> dict[str, Any]:
        """The stroke as plain JSON values; its points are not to be changed in place."""
        record: dict[str, Any] = {"kind": self.kind, "closed": self.closed, "points_mm": list(self._rows)}
        if self.pressure is not None:
            record["pressure"] = self.pressure.tolist()
        return record

    @classmethod
    def from_dict(cls, record: object) -> Stroke:
        """Undoes `to_dict`; raises SketchError where that cannot be. Fields that it does not know are left out."""
        if not isinstance(record, Mapping) or "points_mm" not in record:
            raise SketchError("A stroke without 'points_mm'.", hint="Write each stroke as {kind, closed, points_mm}.")
        kind, closed, pressure = record.get("kind", "outline"), record.get("closed", False), record.get("pressure")
        if not isinstance(closed, bool) or not isinstance(kind, str):
            raise SketchError("A stroke's 'kind' must be a word and its 'closed' true or false.")
        _check_numbers(record["points_mm"], "The points of a stroke")
        if pressure is not None:
            _check_numbers([pressure], "The pressure of a stroke")
        return cls(record["points_mm"], cast(StrokeKind, kind), closed, pressure)


@dataclass(frozen=True)
class Sketch:
    """A drawing: strokes on a plane in the patient.

    Args:
        strokes: At least one stroke.
        plane: Where the paper lies.
        structure: Catalog name of what was drawn, where known.
        role: `silhouette` is the shadow of the organ along the plane's normal, wherever along it the paper lies;
            `contour` is the cut through the organ in the plane itself.

    Raises:
        SketchError: There is no stroke, there are more than a file can hold, or the role is unknown.
    """

    strokes: tuple[Stroke, ...]
    plane: PlaneFrame
    structure: str | None = None
    role: Role = "silhouette"

    def __post_init__(self) -> None:
        object.__setattr__(self, "strokes", tuple(self.strokes))
        if not self.strokes:
            raise SketchError("The sketch is empty: it has no strokes.", hint="Draw the outline first.")
        if self.role not in ROLES:
            raise SketchError(
                f"Unknown role of a drawing {short(self.role)}.", hint=f"Choose one of {', '.join(ROLES)}."
            )
        check_size(len(self.strokes), sum(len(stroke.points_mm) for stroke in self.strokes))

    def of_kind(self, kinds: Iterable[str]) -> tuple[Stroke, ...]:
        """The strokes of these kinds, in drawing order."""
        wanted = set(kinds)
        return tuple(stroke for stroke in self.strokes if stroke.kind in wanted)

    def to_dict(self) -> dict[str, Any]:
        """The sketch as plain JSON values: of version 2 for a contour, and of version 1, without a role, otherwise."""
        role: dict[str, Any] = {"version": 1} if self.role == "silhouette" else {"version": VERSION, "role": self.role}
        return {
            "format": FORMAT,
            **role,
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
        """Undoes `to_json`; time and memory are bounded whatever the text.

        Raises:
            SketchError: Not JSON, not a sketch, another version, empty, too large, or with NaN in it.
        """
        return cls.from_dict(parsed(text))

    @classmethod
    def from_dict(cls, record: object) -> Sketch:
        """Undoes `to_dict`. Fields that it does not know are left out, so that later versions may add some.

        Raises:
            SketchError: Not a sketch, another version, empty, too large, or with NaN in it.
        """
        if not isinstance(record, Mapping) or record.get("format") != FORMAT:
            raise SketchError(f"This JSON is not a sketch: its 'format' is not '{FORMAT}'.")
        version = record.get("version")
        if isinstance(version, bool) or version not in VERSIONS:
            known = " and ".join(map(str, VERSIONS))
            raise SketchError(
                f"The sketch has version {short(version)}, this program reads version {known}.",
                hint="Update Sketch2CT, or save the sketch again.",
            )
        strokes, structure = record.get("strokes"), record.get("structure")
        if not isinstance(strokes, list):
            raise SketchError("The sketch's 'strokes' must be a list.")
        if not (structure is None or (isinstance(structure, str) and _is_name(structure))):
            raise SketchError(f"The sketch's 'structure' must be a name or null, not {short(structure)}.")
        check_size(len(strokes), sum(map(_count, strokes)))
        role = record.get("role", "silhouette")  # version 1 has none
        if not isinstance(role, str):
            raise SketchError(f"The sketch's 'role' must be a word, not {short(role)}.")
        plane = _plane(record.get("plane"))
        return cls(tuple(map(Stroke.from_dict, strokes)), plane, structure, cast(Role, role))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the JSON; the file appears whole or not at all.

        Raises:
            OutputError: The folder cannot be written.
        """
        write_text(path, self.to_json() + "\n")


def of_role(drawings: Iterable[Sketch], role: Role) -> tuple[Sketch, ...]:
    """The drawings of a role, in their order."""
    return tuple(one for one in drawings if one.role == role)


def require_views(drawings: Iterable[Sketch]) -> None:
    """Checks that the silhouettes among drawings are each of a view of their own, so that there are three at most.

    Raises:
        SketchError: Two are of one view.
    """
    seen: set[str] = set()
    for view in (one.plane.view for one in of_role(drawings, "silhouette")):
        if view in seen:
            raise SketchError(
                f"Two sketches are {view}.", hint="Draw each on a view of its own; cuts are given as contours."
            )
        seen.add(view)


def _is_name(word: str) -> bool:
    return len(word) <= LONGEST_NAME and word.isprintable()


def _count(stroke: object) -> int:
    points = stroke.get("points_mm") if isinstance(stroke, Mapping) else None
    return len(points) if isinstance(points, list) else 0


def _plane(record: object) -> PlaneFrame:
    if not isinstance(record, Mapping):
        raise SketchError("The sketch does not say where its 'plane' lies.")
    view, size, rows = (record.get(name) for name in ("view", "size_mm", "plane_to_ras"))
    if not isinstance(view, str) or view not in VIEWS:
        raise SketchError(
            f"The sketch's plane has the unknown view {short(view)}.", hint=f"Choose one of {', '.join(VIEWS)}."
        )
    _check_numbers([size], "The size_mm of the sketch's plane")
    _check_numbers(rows, "The plane_to_ras of the sketch's plane")
    edges, matrix = _floats(size, "The size_mm of the sketch's plane"), _floats(rows, "The plane_to_ras of its plane")
    if edges.shape != (2,) or edges.min() < _SMALLEST_MM or edges.max() > 2 * FARTHEST_MM:
        raise SketchError(
            f"The paper of the sketch's plane cannot be {short(size)} mm.", hint="Give its width and height in mm."
        )
    if matrix.size and np.abs(matrix).max() > _FARTHEST_PLANE_MM:
        raise SketchError("The sketch's plane lies more than a kilometre away.", hint="Its matrix is in mm.")
    try:
        return PlaneFrame(VIEWS[view].name, matrix, (float(edges[0]), float(edges[1])))
    except GridError as error:
        raise SketchError(f"The sketch's plane cannot be: {error.message}", hint=error.hint) from error


def _check_numbers(lists: Any, what: str) -> None:
    """Refuses what numpy would take for numbers: words of digits, true and false."""
    try:
        kinds = set(map(type, chain.from_iterable(lists)))
    except TypeError as error:
        raise SketchError(f"{what} must be lists of numbers.") from error
    if not kinds <= {int, float}:
        raise SketchError(f"{what} must be numbers.")


def _floats(values: object, what: str) -> NDArray[np.float64]:
    try:
        array = np.array(values, dtype=np.float64)
    except OverflowError as error:
        raise SketchError(f"{what} must be finite numbers.", hint="Points are in mm: check the unit.") from error
    except (TypeError, ValueError) as error:
        raise SketchError(f"{what} must be numbers.") from error
    if not np.isfinite(array).all():
        raise SketchError(f"{what} must be finite numbers, not NaN or infinity.")
    return array


def _frozen(array: NDArray[np.float64]) -> NDArray[np.float64]:
    rounded = np.round(array, DECIMALS) + 0.0  # + 0.0: no negative zero in the file
    rounded.setflags(write=False)
    return rounded


def drawn_extents(sketch: Sketch) -> dict[str, float]:
    """What the outline spans along R–L, A–P and S–I in mm: at most the two axes that the paper lies along.

    The paper may be turned within itself; where its normal is more than 5° off the nearest axis, or where there is no
    outline, nothing is given.

    Returns:
        'extent_rl_mm', 'extent_ap_mm', 'extent_si_mm' → mm, any subset; creases are not counted.
    """
    outlines = sketch.of_kind(("outline",))
    if not outlines:
        return {}
    points_ras = sketch.plane.to_ras(np.concatenate([stroke.points_mm for stroke in outlines]))
    spans = np.ptp(points_ras, axis=0)
    out_of_paper = np.abs(sketch.plane.plane_to_ras[:3, 2])  # cosine of each axis to the paper's normal
    if out_of_paper.max() < math.cos(math.radians(LARGEST_TILT_DEGREES)):
        return {}
    axes = (axis for axis in range(3) if axis != int(out_of_paper.argmax()))
    return {_EXTENTS[axis]: float(spans[axis]) for axis in axes if spans[axis] >= _LEAST_MM}
