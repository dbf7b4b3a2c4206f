"""What a report picture tells beside the numbers asked: surface, pieces, level shift, and likeness to training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..nearest_case import COPY_SHARE, NearestCase
from ..results import Candidate
from .panels import FAINT, GOOD, INK, MET, WARNING, size_inches
from .report import TOLD_SHIFT_MM, TOLD_STRETCH, share_of_all

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .quality import Quality
    from .shape import ShapeChecks

_STEP = 0.27  # inches, less where there are many facts
_LIKENESS = 0.55  # inches of the scale below them
_VALUE = 2.1  # inches from the left
_LONGEST_CASE = 34


def draw_facts(axes: Axes, candidate: Candidate) -> None:
    """A list of facts, each with a mark where it calls for a look; axes are in inches."""
    axes.axis("off")
    width, height = size_inches(axes)
    axes.set(xlim=(0, width), ylim=(0, height))
    y = height - 0.1
    facts = _facts(candidate)
    step = min(_STEP, (y - _LIKENESS) / max(1, len(facts) - 1))
    for name, value, fine in facts:
        mark, color = (MET, GOOD) if fine else ("!", WARNING) if fine is not None else ("", INK)
        axes.text(0.0, y, mark, color=color, fontsize=12, fontweight="bold", va="center")
        axes.text(0.25, y, name, color=FAINT, fontsize=10.5, va="center")
        axes.text(_VALUE, y, value, color=INK if fine in (None, True) else WARNING, fontsize=10.5, va="center")
        y -= step
    near = candidate.report.nearest_case
    if near is not None and near.usual_mm:
        _likeness(axes, near, y + step - _STEP - 0.05, width)


def _facts(candidate: Candidate) -> list[tuple[str, str, bool | None]]:
    """(name, value, whether it is as it should be; None where that cannot be said)."""
    report = candidate.report
    facts = _pieces(report.quality, in_pieces=report.in_pieces) if report.quality is not None else []
    facts += _shape(report.shape) if report.shape is not None else []
    if report.holes is not None:
        facts.append(("Holes", str(report.holes), None))
    shift = report.level_shift_mm
    if shift != 0.0:
        text = f"moved {abs(shift):.1f} mm {'outwards' if shift > 0 else 'inwards'} to meet the volume"
        facts.append(("Surface", text, None if abs(shift) > TOLD_SHIFT_MM else True))
    stretch = report.making.depth_scale
    if stretch != 1.0:
        facts.append(
            ("Depth", f"× {stretch:.2f} to meet the volume", None if abs(stretch - 1.0) > TOLD_STRETCH else True)
        )
    if report.volume is not None:
        facts += [(c.title.capitalize(), f"{c.found}, real scans {c.expected}", c.met) for c in report.volume.checks]
    near = report.nearest_case
    if near is None:
        return [*facts, ("Training cases", "not compared", None)]
    case = near.case if len(near.case) <= _LONGEST_CASE else f"…{near.case[1 - _LONGEST_CASE :]}"
    return [*facts, ("Most like training case", f"{case}, {near.distance_mm:.2f} mm away", not near.copied)]


def _pieces(quality: Quality, *, in_pieces: bool) -> list[tuple[str, str, bool | None]]:
    if quality.components == 0 or quality.roughness_mm is None:
        return [("Mask", "empty", False)]
    one = quality.components == 1
    pieces = "1" if one else f"{quality.components}, the largest with {share_of_all(quality.largest_share)}"
    border = "reached: it may be cut off there" if quality.touches_border else "not reached"
    return [
        ("Pieces", pieces, True if one else False if in_pieces else None),
        ("Border of the cube", border, not quality.touches_border),
    ]


def _shape(shape: ShapeChecks) -> list[tuple[str, str, bool | None]]:
    """The roughness, what else of the surface is unlike real ones, and whether a vessel is a tube."""
    missed = [one for one in shape.surface if one.met is False and one.name not in ("roughness_mm", "pieces")]
    return [
        (one.title.capitalize(), f"{one.found}, real ones {one.expected}", None if one.smoother else one.met)
        for one in (*shape.surface[:1], *missed, *(shape.torn or shape.tube[:1]))
    ]


def _likeness(axes: Axes, near: NearestCase, y: float, width: float) -> None:
    """The distance to the training case on a scale: nearly a copy, up to the usual distance, and beyond."""
    assert near.usual_mm is not None
    end_mm = max(2.0 * near.usual_mm, 1.1 * near.distance_mm)
    scale = (width - 0.4) / end_mm
    left = 0.25
    axes.barh(y, COPY_SHARE * near.usual_mm * scale, left=left, height=0.14, color="#f3c6c2", hatch="////", linewidth=0)
    axes.barh(
        y,
        (end_mm - COPY_SHARE * near.usual_mm) * scale,
        left=left + COPY_SHARE * near.usual_mm * scale,
        height=0.14,
        color="#e7eaee",
        linewidth=0,
    )
    marks = (
        (near.usual_mm, "|", INK),
        (near.distance_mm, "X" if near.copied else "o", WARNING if near.copied else GOOD),
    )
    for value, marker, color in marks:
        axes.plot(left + value * scale, y, marker=marker, color=color, markersize=9, markeredgewidth=1.8)
    style: dict[str, Any] = {"color": FAINT, "fontsize": 8.5, "va": "center"}
    axes.text(left, y - 0.2, "nearly a copy", **style)
    between = f"usual between training cases: {near.usual_mm:.2f} mm"
    axes.text(left + near.usual_mm * scale, y - 0.2, between, **style)
