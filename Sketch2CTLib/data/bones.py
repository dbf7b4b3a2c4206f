"""Bone in a CT scan whose window ends below it: dense pieces, told from contrast by place, then filled and closed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .regions import Bools, closed, depth, dilated, distance, fill_slices, opened, pieces

_CORE_HU, _SPONGY_HU, _MARROW_HU = 190.0, 140.0, 20.0
_LEAST_ML, _LARGE_ML = 0.3, 40.0
_WALL_MM = 14.0  # ribs, sternum and pelvis lie no deeper under the fat of the skin
_BEHIND_MM, _BEHIND_WALL_MM = 20.0, 45.0  # behind the body's middle they may
_SOLID_VOXELS, _SOLID_HU = 2.2, 262.0  # contrast fills the window evenly, cancellous bone does not
_CLOSED_MM, _CANAL_MM2 = 7.5, 1200.0  # gaps between dense bone, and the largest hole in a slice, that it fills
_REACH_MM = 7.5  # of spongy bone around dense bone
_ASIDE_MM, _BEFORE_MM, _LONG_MM = 30.0, 80.0, 100.0  # where a half of the pelvis stands beside the spine


@dataclass(frozen=True)
class _Piece:
    """A dense piece: voxels, their places (N, 3) kji in mm, median depth under the wall, share of solid voxels."""

    label: int
    volume_ml: float
    places_mm: NDArray[np.float64]
    wall_mm: float
    solid: float

    @property
    def middle_mm(self) -> NDArray[np.float64]:
        """(3,) kji."""
        return np.asarray(self.places_mm.mean(axis=0))

    @property
    def length_mm(self) -> float:
        """Along S-I."""
        return float(np.ptp(self.places_mm[:, 0]))


def bones(hu: NDArray[np.float32], body: Bools, organs: NDArray[np.uint8], spacing_mm: float) -> Bools:
    """(D, H, W) bone.

    Args:
        hu: (D, H, W) of a RAS grid, lightly smoothed.
        body: The body with all that it holds.
        organs: Label values of organs, which are no bone.
        spacing_mm: Of the isotropic grid.
    """
    organ = organs > 0
    free = body & ~dilated(organ, 1.1)
    core = (hu > _CORE_HU) & free
    labelled, _ = pieces(core, corners=True)
    found = _measured(labelled, hu, body, spacing_mm)
    if not found:
        return np.zeros(hu.shape, dtype=np.bool_)
    middle_mm = float(np.argwhere(body)[:, 1].mean()) * spacing_mm
    spine = max(found, key=lambda piece: piece.length_mm * piece.volume_ml * max(1.0, middle_mm - piece.middle_mm[1]))
    kept = [piece.label for piece in found if piece is spine or _is_bone(piece, spine, middle_mm)]
    bone = np.isin(labelled, kept)
    spongy = dilated(bone, _REACH_MM / spacing_mm) & (hu > _SPONGY_HU) & free & ~(core & ~bone)
    joined, _ = pieces(spongy | bone)
    bone = np.isin(joined, np.unique(joined[bone])) & (spongy | bone)
    whole = fill_slices(closed(bone, _CLOSED_MM / spacing_mm), largest=_CANAL_MM2 / spacing_mm**2)
    return whole & body & ~organ & (hu > _MARROW_HU)


def _measured(labelled: NDArray[np.int32], hu: NDArray[np.float32], body: Bools, spacing_mm: float) -> list[_Piece]:
    from scipy import ndimage

    wall = distance(~_within_wall(hu, body)) * spacing_mm
    solid = depth(hu > _SOLID_HU) >= _SOLID_VOXELS
    voxel_ml = spacing_mm**3 / 1000.0
    found = []
    for index, box in enumerate(ndimage.find_objects(labelled)):
        if box is None:
            continue
        place = labelled[box] == index + 1
        volume_ml = float(place.sum()) * voxel_ml
        if volume_ml < _LEAST_ML:
            continue
        places = (np.argwhere(place) + [side.start for side in box]) * spacing_mm
        found.append(
            _Piece(index + 1, volume_ml, places, float(np.median(wall[box][place])), float(solid[box][place].mean()))
        )
    return found


def _within_wall(hu: NDArray[np.float32], body: Bools) -> Bools:
    """What the fat under the skin encloses: muscle, bone, lung and all within."""
    from scipy import ndimage

    lean = opened(body & (depth(body) > 2.0) & ((hu > -25.0) | (hu < -115.0)), 1.0)
    return np.stack(
        [
            ndimage.binary_fill_holes(ndimage.binary_closing(np.pad(layer, 8), iterations=6)[8:-8, 8:-8])
            for layer in lean
        ]
    )


def _is_bone(piece: _Piece, spine: _Piece, middle_mm: float) -> bool:
    """Whether a piece beside the spine is bone, rather than contrast in bowel or vessels."""
    before_mm = piece.middle_mm[1] - spine.middle_mm[1]
    aside_mm = abs(piece.middle_mm[2] - spine.middle_mm[2])
    if piece.wall_mm < _WALL_MM and (piece.solid < 0.02 or piece.volume_ml > _LARGE_ML):
        return True
    if piece.length_mm > _LONG_MM and aside_mm > _ASIDE_MM and before_mm < _BEFORE_MM:
        return True
    behind = piece.middle_mm[1] < middle_mm - _BEHIND_MM
    return bool(behind and piece.wall_mm < _BEHIND_WALL_MM and piece.solid < 0.1)
