"""What a mask is held against: the request's numbers and sketches, and what its maker knows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..memory import NearestCase

if TYPE_CHECKING:
    from ...description.merging import Merged


@dataclass(frozen=True)
class Asked:
    """What a mask is held against beside the sketches.

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
    """One sketch that a mask is held against.

    Args:
        silhouette: (P, P) bool of the cube's face, the filled sketch; any resolution.
        view: The sketch's view; the structure's default view if None.
    """

    silhouette: NDArray[np.bool_]
    view: str | None = None


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
