"""Where an organ ends in a drawn scan: at its mask, to the voxel, as sharply as scanners draw it.

Latents of patches leave a border as soft as a patch: near it, what is inside and what is outside is mixed. The mask
says which is which. Both sides are continued to the border from where they are pure (normalised convolution), and
blended across it over the width that real scans have.

Reference: Knutsson and Westin, "Normalized and differential convolution", CVPR 1993.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...frames import VoxelGrid, bounding_box, signed_distance_mm
from .scan_look import SHARPNESS, core_of, look_of

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

_PURE_INSIDE = 2.0  # voxels from the border; less where the organ is thin:
_PURE_OF_DEPTH = 0.6  # of its greatest depth
_CLEAN = 1.0  # voxels behind that, over which what was drawn comes back
_MIXED_OUTSIDE = 1.5  # voxels from the border
_LEVEL_SIGMA, _GRAIN_SIGMA, _OUTSIDE_SIGMA = 3.0, 1.0, 1.2  # voxels
_MARGIN = 8  # voxels around the organ
_LEAST = 1e-3  # weight of pure voxels within reach
_TRIED_MM = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_FEWEST = 3  # scans


@dataclass(frozen=True)
class Border:
    """How organs of a kind end, and how even they are, in real scans.

    Args:
        width_mm: From inside to outside, of a border that falls evenly.
        std: Largest standard deviation inside of any scan, in [−1, 1].
    """

    width_mm: float
    std: float

    @classmethod
    def fit(cls, scans: Sequence[tuple[Floats, Bools]], edge_mm: float) -> Border | None:
        """Of scans (V, V, V) in [−1, 1] and their organs; None of too few.

        The width is that of an even fall at the same mask which is as sharp (`scan_look`) as the scan, in the median.
        """
        if len(scans) < _FEWEST:
            return None
        widths, stds = [], []
        for unit, body in scans:
            grid = VoxelGrid.ras_cube((0.0, 0.0, 0.0), edge_mm, len(unit))
            distance = signed_distance_mm(body, grid.spacing_mm)
            wanted = look_of(_shown(unit), body, grid, "CT")[SHARPNESS]
            falls = [look_of(_shown(_share(distance, w) - 0.5), body, grid, "CT")[SHARPNESS] for w in _TRIED_MM]
            widths.append(float(np.interp(-wanted, -np.array(falls), _TRIED_MM)))  # wider falls are less sharp
            stds.append(float(unit[core_of(distance / _voxel_mm(grid), body)].std()))
        return cls(round(float(np.median(widths)), 2), round(max(stds), 4))

    def applied(self, unit: Floats, body: Bools, edge_mm: float) -> Floats:
        """A scan (V, V, V) in [−1, 1] in which the organ ends at its mask and is no rougher than any real one.

        Args:
            body: The organ, of the same shape.
            edge_mm: Of the cube.
        """
        if not body.any() or body.all():
            return unit
        voxel_mm = edge_mm / len(unit)
        box = tuple(
            slice(max(0, part.start - _MARGIN), min(len(unit), part.stop + _MARGIN)) for part in bounding_box(body)
        )
        depth = signed_distance_mm(body[box], np.ones(3))
        values = unit.copy()
        values[box] = self._sided(unit[box], depth, max(1.0, self.width_mm / voxel_mm))
        return values

    def _sided(self, unit: Floats, depth: Floats, width: float) -> Floats:
        """Inside and outside, each continued to the border, and blended over `width` voxels across it."""
        inside = self._inside(unit, depth)
        outside, known = _continued(unit, depth < -1.0, _OUTSIDE_SIGMA)
        reach = _MIXED_OUTSIDE + width / 2
        outside = np.where((depth > -_MIXED_OUTSIDE) & (known > _LEAST), outside, unit)
        share = np.clip(0.5 + depth / width, 0.0, 1.0)
        return np.asarray(np.where(depth > -reach, share * inside + (1.0 - share) * outside, unit), dtype=np.float32)

    def _inside(self, unit: Floats, depth: Floats) -> Floats:
        """The organ's values, everywhere: grain as drawn, near the border on the level of what is pure."""
        from scipy import ndimage

        pure = min(_PURE_INSIDE, _PURE_OF_DEPTH * float(depth.max()))
        level, known = _continued(unit, depth > pure, _LEVEL_SIGMA)
        if (known < _LEAST).any():  # thin parts far from any pure voxel
            nearest = ndimage.distance_transform_edt(known < _LEAST, return_distances=False, return_indices=True)
            level = level[tuple(nearest)]
        body = depth > 0
        local, _ = _continued(unit, body, _GRAIN_SIGMA)
        mixed = np.clip((pure + _CLEAN - depth) / _CLEAN, 0.0, 1.0)
        values = np.where(body, unit - mixed * (local - level), level)
        core = values[core_of(depth, body)]
        even = min(1.0, self.std / max(float(core.std()), 1e-6))
        return np.asarray(core.mean() + even * (values - core.mean()), dtype=np.float32)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data, kept with the weights."""
        return {"width_mm": self.width_mm, "spread": self.std}

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> Border:
        """Undoes `to_dict`."""
        return cls(float(payload["width_mm"]), float(payload["spread"]))


def borders(
    scans: Sequence[tuple[str, str, Floats, Bools]], edges_mm: Mapping[str, float]
) -> dict[str, dict[str, Any]]:
    """'structure modality' → border, as kept with the weights.

    Args:
        scans: (structure, modality, scan in [−1, 1], organ) of cases as they were taken, not warped.
        edges_mm: structure → edge of its cube.
    """
    kinds: dict[tuple[str, str], list[tuple[Floats, Bools]]] = {}
    for structure, modality, unit, body in scans:
        kinds.setdefault((structure, modality), []).append((unit, body))
    fitted = {f"{s} {m}": Border.fit(of_kind, edges_mm[s]) for (s, m), of_kind in sorted(kinds.items())}
    return {kind: border.to_dict() for kind, border in fitted.items() if border is not None}


def _continued(unit: Floats, pure: Bools, sigma: float) -> tuple[Floats, Floats]:
    """Values that pure voxels would have all around, and how much is known of each."""
    from scipy import ndimage

    known = ndimage.gaussian_filter(pure.astype(np.float32), sigma, truncate=3.0)
    summed = ndimage.gaussian_filter(np.where(pure, unit, 0.0).astype(np.float32), sigma, truncate=3.0)
    return np.asarray(summed / np.maximum(known, 1e-4), dtype=np.float32), known


def _share(distance_mm: Floats, width_mm: float) -> Floats:
    """Share of the inside, of a border that falls evenly over a width."""
    return np.asarray(np.clip(0.5 + distance_mm / width_mm, 0.0, 1.0), dtype=np.float32)


def _voxel_mm(grid: VoxelGrid) -> float:
    return float(grid.spacing_mm.min())


def _shown(unit: Floats) -> Floats:
    """As HU well within the window of `look_of`; sharpness does not depend on the unit."""
    return np.asarray(75.0 + 190.0 * unit, dtype=np.float32)
