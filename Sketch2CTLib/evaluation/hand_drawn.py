"""The freehand test set: sketches drawn by a process that training never sees, stored as JSON.

It shares no code with `sketch.augmentation`: the errors come from how a pen moves (`pen`), the outline is drawn in
lifted strokes from the top left, with gaps and overshoots where they meet, and parts of it are drawn again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..atomic import write_text
from ..data.prepared import PreparedCase, PreparedSet
from ..errors import DatasetError
from ..frames import VIEWS, PlaneFrame
from ..sketch import Sketch, Stroke, edits, extract_sketch, load_sketch
from ..sketch.model import StrokeKind
from .pen import Pen, along_mm, at_distance, bends, corners, follow

INDEX = "index.json"
FORMAT = "sketch2ct.hand_drawn"
LEVEL = "creases"
LEAST = 20  # sketches a structure, in its own view

_OTHER_VIEWS = 3  # more sketches a structure, in the other views
_PER_POINT = 3000  # parts of the paper's edge: stored lines are true to one of them
_ROUNDING_MM = 0.1
_PROPORTIONS = 0.042  # of the hand's unit: error of the whole, one spread of each coefficient
_FORGOTTEN = (0.05, 0.3)  # of the hand's unit: bends as small are not drawn
_HESITANT = 0.35  # share of drawings with parts drawn again
_MOST_STROKES = 6  # a ring
_SMALL_RING = 0.5  # of the drawing's size: drawn in one go
_WIDEST_JOINT = 0.35  # of the width of what is drawn: wider gaps cannot be told from the shape
_LOST_CREASE = 0.12

_ENTRY = {"file": str, "case_key": str, "structure": str, "view": str, "level": str, "seed": int}

Points = NDArray[np.float64]


@dataclass(frozen=True)
class HandDrawn:
    """One stored sketch and what it shows.

    Args:
        sketch: The drawing; its plane lies where the case's cube is.
        case_key: dataset/case/structure of the prepared case.
        structure: Catalog name.
        view: Standard view.
        level: Level of the clean sketch that was drawn from.
        seed: Of this drawing.
        file: Path within the folder.
    """

    sketch: Sketch
    case_key: str
    structure: str
    view: str
    level: str
    seed: int
    file: str


def draw_by_hand(sketch: Sketch, rng: np.random.Generator) -> Sketch:
    """The sketch as someone draws it freehand; the structure and the plane stay, all strokes are open.

    Args:
        sketch: A clean sketch.
        rng: Source of chance; the same state gives the same drawing.
    """
    points = np.concatenate([stroke.points_mm for stroke in sketch.strokes])
    low, high = points.min(axis=0), points.max(axis=0)
    width, size = _width(sketch), max(float(np.hypot(*(high - low))), 1.0)
    unit = width**0.7 * (0.2 * size) ** 0.3
    care = float(np.clip(rng.lognormal(-0.05, 0.3), 0.5, 1.5))
    pressure = float(rng.uniform(0.35, 0.7)) if rng.random() < 0.65 else None
    pen = Pen(rng, size, unit, care, size * rng.uniform(1.6, 2.8), rng.uniform(60, 120), pressure)
    warp = _Proportions.of(pen, (low + high) / 2)
    rings = sorted(sketch.of_kind(["outline"]), key=lambda stroke: -stroke.length_mm)
    drawn: list[Stroke] = []
    for stroke in rings:
        line = warp(_remembered(stroke, pen))
        lines = _in_strokes(line, pen, width) if stroke.closed else [line]
        drawn += [_stroke(pen, line, "outline") for line in lines]
        drawn += _drawn_again(pen, line, stroke.closed)
    creases = sorted(sketch.of_kind(["crease"]), key=lambda stroke: _from_top_left(stroke.points_mm).min())
    kept = [stroke for stroke in creases if rng.random() >= _LOST_CREASE]
    drawn += [_stroke(pen, _eased(warp(_remembered(stroke, pen)), pen), "crease") for stroke in kept]
    return replace(sketch, strokes=tuple(_on_paper(stroke, sketch.plane) for stroke in drawn))


@dataclass(frozen=True, eq=False)
class _Proportions:
    """A smooth error of the whole: parts too large, too far right, leaning."""

    middle: Points
    half_mm: float
    weights: Points

    @classmethod
    def of(cls, pen: Pen, middle: Points) -> _Proportions:
        """Of someone's eye: the higher the order, the less."""
        sizes = np.array([0.35, 1.0, 1.0, 0.7, 0.7, 0.7, 0.4, 0.4]) * _PROPORTIONS * pen.unit_mm * pen.care
        return cls(middle, pen.size_mm / 2, pen.rng.normal(size=(8, 2)) * sizes[:, None])

    def __call__(self, points: Points) -> Points:
        x, y = ((points - self.middle) / self.half_mm).T
        orders = np.column_stack([np.ones_like(x), x, y, x * y, x**2 - 0.3, y**2 - 0.3, x**3 - 0.5 * x, y**3 - 0.5 * y])
        return np.asarray(points + orders @ self.weights)


def _width(sketch: Sketch) -> float:
    """Twice the area over the length of the outlines: the radius of a disc, the width of a tube."""
    area, length = 0.0, 1e-9
    for stroke in sketch.of_kind(["outline"]):
        u, v = stroke.points_mm.T
        area += abs(float((u * np.roll(v, -1) - v * np.roll(u, -1)).sum())) / 2
        length += stroke.length_mm
    return max(2 * area / length, 1.0)


def _remembered(stroke: Stroke, pen: Pen) -> Points:
    """The line as it is kept in mind: without its smallest bends. A closed one does not repeat its first point."""
    even, places, _ = bends(stroke.points_mm, pen.size_mm, closed=stroke.closed)
    span = pen.rng.uniform(*_FORGOTTEN) * min(pen.unit_mm, 0.25 * stroke.length_mm)
    half = int(min(span / 2 / max(float(places[1]), 1e-9), len(even) // 8))
    for _ in range(2 if half else 0):  # twice a running mean is nearly a Gaussian
        around = np.take(even, np.arange(-half, len(even) + half), axis=0, mode="wrap" if stroke.closed else "clip")
        sums = np.vstack([np.zeros(2), np.cumsum(around, axis=0)])
        even = (sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1)
    return even


def _from_top_left(points: Points) -> Points:
    """How far from the top left of the paper, along the diagonal."""
    return np.asarray(points[:, 0] - points[:, 1])


def _in_strokes(ring: Points, pen: Pen, width_mm: float) -> list[Points]:
    """A ring as the lines that someone means to draw one after the other, from the top left on."""
    rng = pen.rng
    if rng.random() < 0.25:
        ring = ring[::-1]
    even, _, _ = bends(ring, pen.size_mm, closed=True)
    jittered = _from_top_left(even) + rng.normal(0, 0.02 * pen.size_mm)
    begin = int(np.argmin(jittered)) + int(rng.normal(0, 0.02) * len(even))
    even = np.roll(even, -begin, axis=0)
    line = np.vstack([even, even, even[:1]])  # twice around: overshoots run on
    _, places, curvature = bends(np.vstack([even, even[:1]]), pen.size_mm)
    length, count = float(places[-1]), 1
    if length <= 0:
        return [ring[:1]]
    if length > _SMALL_RING * pen.size_mm:
        count = int(rng.integers(2, _MOST_STROKES + 1))
    sharp = corners(curvature, places, 0.08 * length)
    sharp = [at for at in sharp if 0.06 * length < places[at] < 0.94 * length][: count - 1]
    cuts = [float(places[at]) for at in sharp]
    while len(cuts) < count - 1:
        cuts.append(float(rng.uniform(0.1, 0.9) * length))
    bounds = [0.0, *sorted(cuts), length]
    parts = [(a, b) for a, b in pairwise(bounds) if b - a > 0.03 * length]
    return [
        _joined(line, part, length, min(_WIDEST_JOINT * width_mm, 0.2 * (part[1] - part[0])), rng) for part in parts
    ]


def _joined(line: Points, part: tuple[float, float], length: float, most: float, rng: np.random.Generator) -> Points:
    """A part of a line with the gaps and overshoots of a lifted pen at its two ends."""
    start = part[0] + length * (part[0] < most) + rng.normal(0, 0.3) * most * 0.5
    end = part[1] + length * (part[0] < most)
    chance = rng.random()
    if chance < 0.4:
        end -= rng.uniform(0.1, 0.8) * most
    elif chance < 0.7:
        end = min(end + rng.uniform(0.2, 1.5) * most, 2 * length)
    way = end - start
    stretch = at_distance(line, np.linspace(start, end, max(8, int(way / length * 400))))
    if chance >= 0.85:  # shot past the corner, straight on
        heading = stretch[-1] - stretch[-4]
        beyond = heading / max(float(np.hypot(*heading)), 1e-9) * rng.uniform(0.2, 0.8) * most
        stretch = np.vstack([stretch, stretch[-1] + beyond])
    return stretch


def _drawn_again(pen: Pen, line: Points, closed: bool) -> list[Stroke]:
    """Short strokes over parts of a line that did not please."""
    rng = pen.rng
    path = np.vstack([line, line[:1]]) if closed else line
    length = float(along_mm(path)[-1])
    if rng.random() >= _HESITANT or length < _SMALL_RING * pen.size_mm:
        return []
    again: list[Stroke] = []
    for _ in range(int(rng.integers(1, 3))):
        at, span = rng.uniform(0, 0.7) * length, rng.uniform(0.05, 0.12) * length
        for number in range(int(rng.integers(1, 4))):  # hairy: short strokes that overlap
            start = at + number * 0.7 * span
            places = np.linspace(start, min(start + span, length), 60)
            if places[-1] - places[0] > 0.02 * length:
                off = rng.normal(0, 0.02 * pen.unit_mm * pen.care, size=2)
                again.append(_stroke(pen, at_distance(path, places) + off, "outline"))
    return again


def _eased(line: Points, pen: Pen) -> Points:
    """A crease as remembered: a little off, and not to its very ends."""
    length = float(along_mm(line)[-1])
    places = np.linspace(pen.rng.uniform(0, 0.08), 1 - pen.rng.uniform(0, 0.08), 60) * length
    return at_distance(line, places) + pen.rng.normal(0, 0.04 * pen.unit_mm * pen.care, size=2)


def _stroke(pen: Pen, line: Points, kind: StrokeKind) -> Stroke:
    points, pressure = follow(pen, line)
    points = np.round(points / _ROUNDING_MM) * _ROUNDING_MM
    return Stroke(points, kind, False, None if pressure is None else np.round(pressure, 2))


def _on_paper(stroke: Stroke, plane: PlaneFrame) -> Stroke:
    half = np.floor(np.array(plane.size_mm) / 2 / _ROUNDING_MM - 1) * _ROUNDING_MM
    return replace(stroke, points_mm=np.clip(stroke.points_mm, -half, half))


def store_hand_drawn(prepared: PreparedSet, folder: Path | str) -> list[HandDrawn]:
    """Draws the stored set from the validation cases of a prepared folder; the same folder gives the same files.

    At least `LEAST` sketches of each structure that has validation cases in the structure's own view, several of a
    case where there are fewer cases, and a few in the other views.

    Raises:
        DatasetError: The folder has no validation cases.
        OutputError: The files cannot be written.
    """
    drawn: list[HandDrawn] = []
    for structure in catalog.STRUCTURES:
        cases = prepared.cases("val", structure.name)
        if not cases:
            continue
        for number, (case, view) in enumerate(_plan(cases, structure.view), start=1):
            drawn.append(_drawn(case, view, f"{structure.name}/{number:02d}.json"))
    if not drawn:
        raise DatasetError(f"'{prepared.folder}' has no validation cases.", hint="Prepare a data set with a split.")
    for one in drawn:
        one.sketch.save(Path(folder) / one.file)
    lines = ",\n".join("  " + json.dumps({name: getattr(one, name) for name in _ENTRY}) for one in drawn)
    write_text(Path(folder) / INDEX, f'{{"format": "{FORMAT}", "version": 1, "sketches": [\n{lines}\n]}}\n')
    return drawn


def hand_drawn_set(folder: Path | str) -> list[HandDrawn]:
    """The stored sketches of a folder, in the order of its index.

    Raises:
        DatasetError: There is no index, or it is not one.
        SketchError: A sketch is missing or unreadable.
    """
    path = Path(folder) / INDEX
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT or record["version"] != 1:
            raise ValueError("another format")
        entries = [{name: kind(entry[name]) for name, kind in _ENTRY.items()} for entry in record["sketches"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"'{path.parent}' is not a folder of hand-drawn sketches ({path.name}: {error}).",
            hint="Give the folder that holds index.json, as Testing/hand_drawn.",
        ) from error
    return [HandDrawn(load_sketch(Path(folder) / entry["file"]), **entry) for entry in entries]


def _plan(cases: list[PreparedCase], own: str) -> list[tuple[PreparedCase, str]]:
    """Which case is drawn in which view: all as often in the structure's own view, the first ones in others too."""
    others = [name for name in VIEWS if name != own]
    rounds = -(-LEAST // len(cases))
    plan = [(case, own) for _ in range(rounds) for case in cases]
    return plan + [(case, others[at % len(others)]) for at, case in enumerate(cases[:_OTHER_VIEWS])]


def _drawn(case: PreparedCase, view: str, file: str) -> HandDrawn:
    clean = extract_sketch(case.mask(), case.grid, view, level=LEVEL, structure=case.structure)
    seed = int.from_bytes(hashlib.sha256(f"{case.key}/{view}/{file}".encode()).digest()[:4], "big")
    sketch = draw_by_hand(clean, np.random.default_rng(seed))
    tolerance = max(sketch.plane.size_mm) / _PER_POINT
    sketch = replace(sketch, strokes=edits.simplify(sketch.strokes, tolerance))
    return HandDrawn(sketch, case.key, case.structure, view, LEVEL, seed, file)
