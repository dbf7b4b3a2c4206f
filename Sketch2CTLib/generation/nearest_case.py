"""The training mask that a result is most like, as a value: light, since reports and their pictures carry it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

COPY_SHARE = 0.5  # of the usual distance; of 41 masks of patients not trained on, the nearest lay at 0.56 of it


@dataclass(frozen=True)
class NearestCase:
    """The training mask that a mask is most like.

    Args:
        case: 'dataset/case' of the training set.
        distance_mm: RMS difference of the truncated signed distance fields, over the cube.
        usual_mm: Median distance of a training mask of the structure to the nearest other one; None if it is alone.
        closest_mm: The smallest such distance; None if it is alone.
        copied: Whether the mask is nearly that case: nearer than half of the usual distance. The closest two training
            masks are no measure of it: public sets hold one patient twice.
    """

    case: str
    distance_mm: float
    usual_mm: float | None
    closest_mm: float | None
    copied: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return dict(vars(self))
