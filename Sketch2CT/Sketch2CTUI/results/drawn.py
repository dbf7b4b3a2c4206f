"""What a report tells of the drawings: how a candidate agrees with each, and where a further one would say most."""

from __future__ import annotations

from dataclasses import dataclass

from Sketch2CTLib.frames import VIEWS, told_place

from ..widgets.terms import term
from ..widgets.translation import _
from .values import as_dict, as_list, as_number


@dataclass(frozen=True)
class DrawnMatch:
    """How a candidate agrees with one drawing.

    Args:
        view: Its view; empty where it is not told.
        position_mm: Where along the view a contour lies; None for a drawing of the whole organ.
        iou: Overlap, 0–1.
        apart_mm: How far the outlines lie apart on average; None where it is not known.
        followed: Whether the report says so.
    """

    view: str
    position_mm: float | None
    iou: float
    apart_mm: float | None
    followed: bool

    @property
    def title(self) -> str:
        """'Sketch, axial', 'Contour, axial at S +12 mm'."""
        if not self.view:
            return _("Sketch") if self.position_mm is None else _("Contour")
        view = term(self.view)
        if self.position_mm is None:
            return _("Sketch, {view}").format(view=view)
        return _("Contour, {view} at {place}").format(view=view, place=told_place(self.view, self.position_mm))


def drawn_matches(report: dict) -> list[DrawnMatch]:
    """The drawings that were compared, without what is no number; older reports tell of two sketches alone."""
    records = as_list(report.get("drawings")) or [report.get("sketch"), report.get("second_sketch")]
    matches = []
    for match in map(as_dict, records):
        iou, view = as_number(match.get("iou")), str(match.get("view") or "")
        if iou is not None:
            position_mm, apart_mm = (as_number(match.get(key)) for key in ("position_mm", "contour_distance_mm"))
            known = view if view in VIEWS else ""
            matches.append(DrawnMatch(known, position_mm, iou, apart_mm, match.get("followed") is True))
    return matches


@dataclass(frozen=True)
class NextContour:
    """On which slice a further contour would say most.

    Args:
        view: Whose slice it is.
        position_mm: RAS coordinate along the view.
        sentence: That says so.
    """

    view: str
    position_mm: float
    sentence: str


def next_contour(found) -> NextContour | None:
    """The hint of a result; None where there is none, or it cannot be read."""
    record = as_dict(found)
    view, position_mm = record.get("view"), as_number(record.get("position_mm"))
    if view not in VIEWS or position_mm is None:
        return None
    return NextContour(view, position_mm, str(record.get("sentence") or ""))
