"""SVG geometry → polylines, by `svgelements`: path data, basic shapes, transforms and lengths."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import SketchError

PX_PER_INCH = 96.0
_LARGEST = 1e7  # of a coordinate: beyond it a file is damaged
_PHYSICAL = re.compile(r"\s*[+-]?[\d.]+(?:e[+-]?\d+)?\s*(mm|cm|in|pt|pc|q)\s*", re.IGNORECASE)
_LENGTH = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?\s*(?:mm|cm|in|pt|pc|px|q|%|)\s*", re.IGNORECASE)
_TOKEN = re.compile(r"\d[\d.]*|\.\d+|[a-df-zA-DF-Z]")
_MOST_TOKENS = 200_000  # numbers and commands of one path
_LONGEST_TEXT = 200  # characters of a length or an angle
_LONGEST_TRANSFORM = 4_000
_CURVE_POINTS = 24
_ARC_STEP = math.radians(5)
_FAULTS = (ValueError, TypeError, AttributeError, IndexError, ArithmeticError)  # of svgelements, on damaged geometry
_SIDES = {"left": "0%", "top": "0%", "center": "50%", "right": "100%", "bottom": "100%"}


@dataclass(eq=False)
class Piece:
    """A run of a path: its points (N, 2), x right and y down, and whether it was closed."""

    points: list[tuple[float, float]] = field(default_factory=list)
    closed: bool = False


def length(text: str | None, *, percent_of: float = 0.0, default: float = 0.0) -> float:
    """A length in px (user units); percent of the viewport; the default where it cannot be read."""
    from svgelements import Length

    if text is None or len(text) > _LONGEST_TEXT or not _LENGTH.fullmatch(text):
        return default
    text = text.strip().lower()
    if text.endswith("q"):  # a quarter of a millimetre, which svgelements lacks
        return length(f"{text[:-1]}mm", default=4 * default) / 4
    return _within_paper(float(Length(text).value(ppi=PX_PER_INCH, relative_length=percent_of)))


def is_physical(text: str | None) -> bool:
    """Whether a length is given in mm, cm, in, pt, pc or Q, and not in pixels or percent."""
    return bool(text and len(text) <= _LONGEST_TEXT and _PHYSICAL.fullmatch(text))


def transform(text: str, origin: str, view: tuple[float, float]) -> NDArray[np.float64]:
    """(3, 3) of a `transform`, as an attribute or in CSS, about its `transform-origin`; the identity if unreadable."""
    from svgelements import Matrix

    if len(text) > _LONGEST_TRANSFORM:
        return np.eye(3)
    try:
        matrix = Matrix(text)
        matrix.render(ppi=PX_PER_INCH, width=view[0], height=view[1])
        values = [float(matrix[n]) for n in range(6)]
    except _FAULTS:
        return np.eye(3)
    parsed = np.eye(3)
    parsed[:2] = np.reshape(values, (3, 2)).T
    if not np.isfinite(parsed).all():
        return np.eye(3)
    parts = [_SIDES.get(part, part) for part in origin.split()[:2]]
    parts += ["50%"] if len(parts) == 1 else []
    there = np.eye(3)
    there[: len(parts), 2] = [length(part, percent_of=view[n]) for n, part in enumerate(parts)]
    back = there.copy()
    back[:2, 2] *= -1
    return np.asarray(there @ parsed @ back)


def pieces(tag: str, attributes: dict[str, str], view: tuple[float, float], most: int) -> list[Piece]:
    """A shape's runs in its own coordinates, curves as polylines; none where it has no size.

    Reading stops at the first error, as the standard asks.

    Args:
        tag: Name of the element.
        attributes: What it says of its geometry.
        view: Width and height that percents are of.
        most: Points in all.

    Raises:
        SketchError: More points than that, or coordinates beyond all paper.
    """
    text = attributes.get("d", "") if tag == "path" else attributes.get("points", "")
    if sum(1 for _ in _TOKEN.finditer(text)) > _MOST_TOKENS:
        raise _too_many()
    try:
        segments = _segments(tag, attributes, view)
    except OverflowError as error:
        raise _beyond(math.inf) from error
    except _FAULTS:
        return []
    return _runs(segments, most)


def _segments(tag: str, attributes: dict[str, str], view: tuple[float, float]) -> list[Any]:
    import svgelements

    if tag == "path":
        path = svgelements.Path()
        with suppress(*_FAULTS):  # what came before it stays
            path.parse(attributes.get("d", ""))
        return [segment for segment in path if segment is not None]
    if tag in ("polyline", "polygon"):
        made = {"polyline": svgelements.Polyline, "polygon": svgelements.Polygon}[tag]
        return list(made({"points": attributes.get("points", "")}).segments())
    shape = {"line": svgelements.SimpleLine, "rect": svgelements.Rect, "circle": svgelements.Circle}
    across = (view[0], view[1], float(np.hypot(*view)) / 2**0.5)
    sizes = {key: length(attributes[key], percent_of=across[n]) for key, n in _AXES.items() if key in attributes}
    if tag == "rect":
        if min(sizes.get("width", 0.0), sizes.get("height", 0.0)) <= 0:
            return []
        sizes |= {key: max(0.0, sizes[key]) for key in ("rx", "ry") if key in sizes}
    elif tag in ("circle", "ellipse") and max(sizes.get(key, 0.0) for key in ("r", "rx", "ry")) <= 0:
        return []
    return list(svgelements.Path(shape.get(tag, svgelements.Ellipse)(sizes)).segments())


_AXES = {"x": 0, "x1": 0, "x2": 0, "cx": 0, "rx": 0, "width": 0, "y": 1, "y1": 1, "y2": 1, "cy": 1, "ry": 1,
         "height": 1, "r": 2}  # fmt: skip


def _runs(segments: list[Any], most: int) -> list[Piece]:
    """Points of segments, run by run."""
    runs: list[Piece] = []
    count = 0
    for segment in segments:
        kind = type(segment).__name__
        if kind == "Move":
            runs.append(Piece([_point(segment.end)]))
        elif kind == "Close":
            if runs and len(runs[-1].points) > 1:
                runs[-1].closed = True
        elif segment.start is not None and segment.end is not None:
            if not runs or runs[-1].closed:  # a path goes on from where it was closed
                runs.append(Piece([_point(segment.start)]))
            points = _points(segment, kind)
            runs[-1].points += points
            count += len(points)
            if count > most:
                raise _too_many()
    return [piece for piece in runs if len(piece.points) > 1]


def _points(segment: Any, kind: str) -> list[tuple[float, float]]:
    """Points of a segment after its start."""
    if kind == "Line":
        return [_point(segment.end)]
    steps = _CURVE_POINTS
    if kind == "Arc":
        steps = max(2, math.ceil(min(abs(float(segment.sweep)), 7.0) / _ARC_STEP))
    try:
        points = np.asarray(segment.npoint(np.linspace(0, 1, steps + 1)), dtype=np.float64)[1:-1]
    except _FAULTS:
        points = np.zeros((0, 2))
    if not (points.size == 0 or np.abs(points).max() <= _LARGEST):
        raise _beyond(float(np.abs(points).max()))
    return [*map(tuple, points.tolist()), _point(segment.end)]


def _point(point: Any) -> tuple[float, float]:
    return _within_paper(float(point.x)), _within_paper(float(point.y))


def _within_paper(value: float) -> float:
    if not abs(value) <= _LARGEST:
        raise _beyond(value)
    return value


def _beyond(value: float) -> SketchError:
    return SketchError(f"The SVG has a number of {value:.3g}, beyond all paper.", hint="Check the file.")


def _too_many() -> SketchError:
    return SketchError("The SVG has a path with too many points.", hint="Simplify the drawing.")
