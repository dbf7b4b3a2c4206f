"""How well formed a mask is, whatever was asked: rough or smooth, in how many pieces, cut off or not.

Holes (tunnels and cavities) are measured with the other numbers, see `description.metrics`; what the surface is like
beside real ones, see `shape`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...frames import bounding_box
from ..values import MaskVolume


@dataclass(frozen=True)
class Quality:
    """How well formed a mask is.

    Args:
        roughness_mm: See `description.surface.roughness_mm`, at the structure's scale; None for an empty mask.
        components: Pieces that do not touch, by faces, edges or corners.
        largest_share: Volume of the largest piece over that of all, 0–1.
        touches_border: Whether a voxel lies on the cube's border, so that the body may be cut off there.
    """

    roughness_mm: float | None
    components: int
    largest_share: float
    touches_border: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return dict(vars(self))


def quality_of(mask: MaskVolume, statistics: Mapping[str, float]) -> Quality:
    """The quality of a mask; an empty one has no pieces and no roughness.

    Args:
        mask: The mask.
        statistics: Of its surface, see `description.surface.surface_statistics`.
    """
    if mask.is_empty:
        return Quality(None, 0, 0.0, touches_border=False)
    at_border = any(
        s.start == 0 or s.stop == n for s, n in zip(bounding_box(mask.body), mask.grid.shape_kji, strict=True)
    )
    largest = 1.0 - statistics["beside_share"]
    return Quality(statistics["roughness_mm"], round(statistics["pieces"]), largest, at_border)
