"""BodyPicture: what a body looks like from a plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class BodyPicture:
    """A body seen from a plane by parallel rays; row 0 on top.

    Args:
        shading: (P, P) uint8, 255 where the surface faces the viewer, 0 outside.
        depth_mm: (P, P) float32, height of the surface towards the viewer above an arbitrary floor; 0 outside.
        inside: (P, P) bool, where there is a surface.
    """

    shading: NDArray[np.uint8]
    depth_mm: NDArray[np.float32]
    inside: NDArray[np.bool_]
