"""How large a drawing is in mm: what the person says, what the file says, a drawn scale bar, or what is usual."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...errors import SketchError
from ...frames import PlaneFrame
from ...training_ranges import training_range
from ..model import Sketch, Stroke
from .drawing import Drawing

ScaleKind = Literal["paper", "typical", "width", "height", "bar", "unit"]
CHOICES = "paper, typical, width:180mm, height:12cm, width:8in, bar:50mm or 0.25mm/px"

_UNITS = {"mm": 1.0, "cm": 10.0, "in": 25.4, "inch": 25.4, "inches": 25.4, '"': 25.4, "m": 1000.0}
_TEXT = re.compile(
    r"(?:(width|height|bar)\s*[:=]\s*)?(\d{1,7}(?:[.,]\d{0,6})?|[.,]\d{1,6})\s*(mm|cm|m|inch(?:es)?|in|\")?"
    r"(\s*/\s*(?:px|pixels?|units?))?"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")  # '1.200' can be 1.2 or 1,200
_LEAST_MM, _MOST_MM = 0.1, 2_000.0  # of an organ or a bar
_SAME = 0.01  # relative difference at which a page is as large as the plane
_LONGEST_WORDS = 60
_EXTENTS = {"axial": ("rl", "ap"), "coronal": ("rl", "si"), "sagittal": ("ap", "si")}  # along u and v


@dataclass(frozen=True)
class Scale:
    """What makes units mm.

    Args:
        kind: `paper` (the longer edge is the plane's), `typical` (the organ has its usual size), `width` or `height`
            (of the drawn organ), `bar` (length of a line drawn apart from it), `unit` (one pixel or unit).
        mm: The length for the last four.
    """

    kind: ScaleKind
    mm: float | None = None

    def __post_init__(self) -> None:
        if (self.mm is None) != (self.kind in ("paper", "typical")):
            raise SketchError(f"A scale '{self.kind}' with {self.mm} mm cannot be.", hint=f"Write {CHOICES}.")
        least, most = (1e-5, 1000.0) if self.kind == "unit" else (_LEAST_MM, _MOST_MM)
        if self.mm is not None and not least <= self.mm <= most:  # also NaN
            raise SketchError(
                f"A scale of {self.mm:g} mm cannot be.", hint=f"Give from {least:g} to {most:g} mm, or write {CHOICES}."
            )

    @classmethod
    def parse(cls, text: str) -> Scale:
        """The scale in words: paper, typical, width:180mm, height:12,5cm, width:8in, bar:50mm, 0.25mm/px.

        Without a unit, mm.

        Raises:
            SketchError: Anything else, a length that can be two, or one that no organ has.
        """
        words = text.strip().lower()
        if words in ("paper", "typical"):
            return cls(cast(ScaleKind, words))
        match = _TEXT.fullmatch(words) if len(words) <= _LONGEST_WORDS else None
        if match is None or (match[1] is None) == (match[4] is None):
            raise SketchError(f"The scale '{text[:_LONGEST_WORDS]}' is not understood.", hint=f"Write {CHOICES}.")
        unit = match[3] or "mm"  # as every length without a unit
        if _THOUSANDS.fullmatch(match[2]) and unit == "mm" and match[4] is None:
            point, plain = match[2].replace(",", "."), re.sub("[.,]", "", match[2])
            raise SketchError(
                f"The scale '{words}' can be {point} or {plain} mm.", hint=f"Write {match[1]}:{plain}mm if so."
            )
        mm = float(match[2].replace(",", ".")) * _UNITS[unit]
        return cls(cast(ScaleKind, match[1] or "unit"), mm)

    def __str__(self) -> str:
        """The words that `parse` reads."""
        if self.mm is None:
            return self.kind
        return f"{self.mm:.6g}mm/px" if self.kind == "unit" else f"{self.kind}:{self.mm:.6g}mm"


@dataclass(frozen=True)
class Fitted:
    """A drawing on its plane: the sketch, what one unit is in mm, where that comes from, and what to tell."""

    sketch: Sketch
    mm_per_unit: float
    source: str
    notes: tuple[str, ...]
    shift: NDArray[np.float64]  # (2,) of the drawing's units; what was at shift came to the plane's centre

    def on_plane(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the drawing → mm on the plane."""
        return (points - self.shift) * self.mm_per_unit


def fitted(drawing: Drawing, scale: Scale | None, plane: PlaneFrame, structure: str | None) -> Fitted:
    """The drawing in mm on a plane.

    Args:
        drawing: Lines in their own units.
        scale: How large; None takes what the file says, else the structure's usual size.
        plane: Where the paper lies.
        structure: Catalog name of what was drawn.

    Raises:
        SketchError: Nothing tells the size, no single scale bar, or an organ that reaches beyond its plane.
    """
    mm_per_unit, source, centred = _sized(drawing, scale, plane, structure)
    low, high = drawing.box
    shift = (low + high) / 2 if centred else np.zeros(2)
    width, height = ((high - low) * mm_per_unit).tolist()
    if centred:
        _check_reach(width, height, plane, source)
    strokes = tuple(Stroke((line.points - shift) * mm_per_unit, line.kind, line.closed) for line in drawing.lines)
    note = f"Scale: {source}; the drawn organ is {width:.0f} mm wide and {height:.0f} mm high."
    return Fitted(Sketch(strokes, plane, structure), mm_per_unit, source, (note,), shift)


def _sized(drawing: Drawing, scale: Scale | None, plane: PlaneFrame, structure: str | None) -> tuple[float, str, bool]:
    """How many mm a unit is, its source in words, and whether the organ goes to the plane's centre."""
    longest = max(drawing.size)
    if scale is None:
        return _told(drawing, plane, structure)
    if scale.kind == "paper":
        edge = max(plane.size_mm)
        return edge / longest, f"the longer edge of the sheet is the plane's, {edge:g} mm", False
    if scale.kind == "typical":
        return _typical(drawing, plane, structure)
    mm = float(scale.mm or 0)
    if scale.kind == "unit":
        if drawing.unit != "px":
            raise SketchError("This drawing has no pixels that a size could be given for.", hint=f"Write {CHOICES}.")
        return mm, f"one pixel is {mm:g} mm as given", True
    if scale.kind == "bar":
        return mm / bar_length(drawing), f"the drawn scale bar is {mm:g} mm", True
    low, high = drawing.box
    across = float((high - low)[0 if scale.kind == "width" else 1])
    if across <= 1e-6 * longest:
        raise SketchError(f"The drawing has no {scale.kind} that could be {mm:g} mm.", hint="Draw the organ's outline.")
    return mm / across, f"the organ's {scale.kind} is {mm:g} mm as given", True


def _told(drawing: Drawing, plane: PlaneFrame, structure: str | None) -> tuple[float, str, bool]:
    """What the file tells about its size, else what is usual."""
    if drawing.paper_mm is not None:
        edge = drawing.paper_mm
        return edge / max(drawing.size), f"the file says that its longer edge is {edge:g} mm", False
    if drawing.unit_mm is not None:
        edge = drawing.unit_mm * max(drawing.size)
        same = abs(edge / max(plane.size_mm) - 1) < _SAME  # then the page is the plane
        return drawing.unit_mm, f"the file's own units, its longer edge is {edge:.4g} mm", not same
    return _typical(drawing, plane, structure)


def _typical(drawing: Drawing, plane: PlaneFrame, structure: str | None) -> tuple[float, str, bool]:
    """The geometric mean of what makes the drawn width and height usual."""
    if structure is None:
        raise SketchError("Nothing tells how large the drawing is.", hint=f"Give the structure, or a scale: {CHOICES}.")
    ranges = [training_range(structure, f"extent_{axis}_mm") for axis in _EXTENTS[plane.view]]
    usual = [float(reference.median) for reference in ranges if reference is not None]
    low, high = drawing.box
    drawn = (high - low).tolist()
    if len(usual) < 2 or min(usual) <= 0:
        raise SketchError(f"The usual size of '{structure}' is not known.", hint=f"Give a scale: {CHOICES}.")
    if min(drawn) <= 1e-6 * max(drawing.size):
        raise SketchError("The drawing is a straight line: it has no size.", hint="Draw the organ's outline.")
    size = math.sqrt(usual[0] / drawn[0] * usual[1] / drawn[1])
    title = catalog.structure(structure).title.lower()
    return size, f"what is usual for the {title} in this view, {usual[0]:.0f} × {usual[1]:.0f} mm", True


def _check_reach(width: float, height: float, plane: PlaneFrame, source: str) -> None:
    if width > plane.size_mm[0] * (1 + _SAME) or height > plane.size_mm[1] * (1 + _SAME):
        raise SketchError(
            f"The drawn organ would be {width:.0f} × {height:.0f} mm, more than its plane of "
            f"{plane.size_mm[0]:.0f} × {plane.size_mm[1]:.0f} mm ({source}).",
            hint=f"Give another scale: {CHOICES}.",
        )


_SHORTEST = 0.04  # of the sheet's longer edge
_STRAIGHT = 0.025  # of the bar's length, aside from the line through its middle part
_TICK = 0.3  # of the bar's length that ticks may reach aside
_TOUCHING = 0.006  # of the sheet's longer edge: lines this close belong together


def bar_length(drawing: Drawing) -> float:
    """Length of the one scale bar in a drawing, in its units.

    Raises:
        SketchError: There is none, or several.
    """
    edge = max(drawing.size)
    bars = [size for group in _groups(drawing.apart, _TOUCHING * edge) if (size := _bar(group)) >= _SHORTEST * edge]
    if not bars:
        raise SketchError(
            "There is no scale bar in the drawing.",
            hint="Draw one straight line apart from the organ, or give a width.",
        )
    if len(bars) > 1:
        raise SketchError(
            f"There are {len(bars)} straight lines that could be the scale bar.", hint="Keep one, or give a width."
        )
    return bars[0]


def _groups(lines: tuple[NDArray[np.float64], ...], near: float) -> list[list[NDArray[np.float64]]]:
    """Lines that touch one another, together: a bar and its ticks."""
    dense = [_dense(line, near) for line in lines[:200]]
    groups: list[list[NDArray[np.float64]]] = []
    for line in dense:
        touching = [group for group in groups if any(_close(line, other, near) for other in group)]
        groups = [group for group in groups if not any(group is other_group for other_group in touching)]
        groups.append([line, *(other for group in touching for other in group)])
    return groups


def _dense(line: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """At most 400 points along a line, a step apart."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    count = int(np.clip(along[-1] / max(step, 1e-9), 2, 400))
    where = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(where, along, line[:, axis]) for axis in (0, 1)], axis=1)


def _close(one: NDArray[np.float64], other: NDArray[np.float64], near: float) -> bool:
    apart = np.linalg.norm(one[:, None] - other[None], axis=2)
    return bool(apart.min() <= 1.5 * near)


def _bar(group: list[NDArray[np.float64]]) -> float:
    """Length of the group as a bar, 0 where it is none."""
    points = np.concatenate(group)
    middle = points.mean(axis=0)
    direction = np.linalg.svd(points - middle, full_matrices=False)[2][0]
    for _ in range(4):  # the ticks lie aside of the bar: fit its middle part alone
        along = (points - middle) @ direction
        size = float(np.ptp(along))
        core = points[np.abs(along - (along.max() + along.min()) / 2) < 0.42 * size]
        if size == 0 or len(core) < 4:
            return 0.0
        middle = core.mean(axis=0)
        direction = np.linalg.svd(core - middle, full_matrices=False)[2][0]
    aside = (points - middle) @ np.array([-direction[1], direction[0]])
    along = (points - middle) @ direction
    at = (along - along.min()) / size
    inner = (at > 0.06) & (at < 0.94)
    gaps = float(np.diff(np.sort(along)).max())
    straight = bool((np.abs(aside[inner]) <= _STRAIGHT * size).mean() > 0.97)
    if not straight or np.abs(aside).max() > _TICK * size or gaps > 0.1 * size:
        return 0.0
    ends = np.abs(aside) > 2 * _STRAIGHT * size  # a slanted tick reaches beyond the bar's end
    return float(np.ptp(along[~ends]))
