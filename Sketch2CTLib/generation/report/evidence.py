"""What a mask is held against: the request's numbers and drawings, and what its maker knows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...sketch import Sketch, silhouette
from ..nearest_case import NearestCase
from ..placement import contour_position_mm

if TYPE_CHECKING:
    from ...description.merging import Merged


@dataclass(frozen=True)
class Asked:
    """What a mask is held against beside the drawings.

    Args:
        numbers: Requested numbers by quantity name.
        tolerances: Stated absolute tolerances by quantity name; they go before `tolerance_of`.
        notes: What disagreed in the request and how it was taken, one sentence each.
        outside_range: What of the request lay outside the training range, one sentence each.
    """

    numbers: Mapping[str, float] = field(default_factory=dict)
    tolerances: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()
    outside_range: Sequence[str] = ()

    @classmethod
    def of(cls, merged: Merged, notes: Sequence[str] = ()) -> Asked:
        """What a merged description states, with its notes and flags; further notes come first."""
        stated = merged.stated
        flags = tuple(flag.sentence for flag in merged.flags)
        return cls(dict(stated.numbers), dict(stated.tolerances), (*notes, *merged.sentences), flags)


@dataclass(frozen=True, eq=False)
class Drawn:
    """One drawing that a mask is held against.

    Args:
        filled: (P, P) bool of the cube's face, the filled drawing; any resolution.
        view: The drawing's view; the structure's default view if None.
        position_mm: RAS coordinate along the view of the plane that a contour lies on; None for a silhouette.
    """

    filled: NDArray[np.bool_]
    view: str | None = None
    position_mm: float | None = None

    @classmethod
    def of(cls, drawing: Sketch, pixels: int, cube_mm: float) -> Drawn:
        """A drawing that lies on a face, or a plane along a face, of its cube."""
        position_mm = contour_position_mm(drawing) if drawing.role == "contour" else None
        return cls(silhouette(drawing, pixels, size_mm=cube_mm), drawing.plane.view, position_mm)


@dataclass(frozen=True)
class Making:
    """What the maker of a mask knows of it, and the mask does not show.

    Args:
        level_shift_mm: How far the zero level was moved so that the volume is met, positive outwards.
        nearest: The nearest training case, if it was looked for.
        depth_scale: How far the body was stretched along the only drawing's view so that the volume is met.
    """

    level_shift_mm: float = 0.0
    nearest: NearestCase | None = None
    depth_scale: float = 1.0
