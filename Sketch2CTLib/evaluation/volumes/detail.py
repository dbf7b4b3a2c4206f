"""Fine detail of single scans: energy of high frequencies inside and outside of the organ, seams of patches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
FINE_INSIDE, FINE_OUTSIDE, SEAMS = "fine_inside", "fine_outside", "seams"

PERIOD = 8  # voxels: edge of the patches that the shipped codec draws
_HALF_NYQUIST = 0.25  # cycles a voxel
_FROM_SURFACE = 2  # voxels on either side of the organ's surface, whose step is no detail
_LEVEL_SIGMA = 3.0  # voxels
_TILE = 32  # voxels: within it seams add up, over tiles their energies do
_NEIGHBOURS = (2, 5)  # bins from a harmonic: nearer ones share its energy


def detail_of(values: NDArray[Any], body: NDArray[np.bool_]) -> dict[str, float]:
    """Energy of fine detail inside and outside of an organ, and how much seams of patches stand out.

    Args:
        values: (D, H, W) HU of a CT, robust z-score × 100 of an MR.
        body: (D, H, W) bool, the organ.

    Returns:
        `fine_inside`, `fine_outside`: mean square of what lies above half the Nyquist frequency, two voxels or more
        from the organ's surface (of a thinner organ everywhere in it), in squared units of the values; `seams`: see
        `seam_energy`.
    """
    from scipy import ndimage

    inner = ndimage.binary_erosion(body, iterations=_FROM_SURFACE)
    outer = ~ndimage.binary_dilation(body, iterations=_FROM_SURFACE)
    inside = _fine_energy(values, body, inner if inner.any() else body)
    return {FINE_INSIDE: inside, FINE_OUTSIDE: _fine_energy(values, ~body, outer), SEAMS: seam_energy(values)}


def _fine_energy(values: NDArray[Any], part: NDArray[np.bool_], within: NDArray[np.bool_]) -> float:
    """Mean square of the fine detail of a part, seen for itself: beyond it its level goes on, without a step to ring.

    Args:
        values: (D, H, W).
        part: Whose voxels count.
        within: Where the mean is taken; NaN comes back if that is nowhere.
    """
    from scipy import ndimage

    if not within.any():
        return float("nan")
    level = ndimage.gaussian_filter(np.where(part, values, 0.0).astype(np.float32), _LEVEL_SIGMA)
    known = ndimage.gaussian_filter(part.astype(np.float32), _LEVEL_SIGMA)
    nearest = ndimage.distance_transform_edt(~part, return_distances=False, return_indices=True)
    alone = np.where(part, values, (level / np.maximum(known, 1e-6))[tuple(nearest)])
    return float(np.square(high_passed(alone))[within].mean())


def high_passed(values: NDArray[Any], above: float = _HALF_NYQUIST) -> Floats:
    """What of (D, H, W) values lies above a frequency in cycles a voxel, whatever its direction.

    By cosine transforms, which continue a volume at its faces by its mirror image and so see no step there.
    """
    from scipy.fft import dctn, idctn

    spectrum = dctn(values.astype(np.float32), norm="ortho")
    frequencies = np.meshgrid(*(np.arange(n) / (2.0 * n) for n in values.shape), indexing="ij", sparse=True)
    spectrum[sum(np.square(f) for f in frequencies) <= above**2] = 0.0
    return np.asarray(idctn(spectrum, norm="ortho"), dtype=np.float32)


def seam_energy(values: NDArray[Any], period: int = PERIOD) -> float:
    """How much changes between neighbouring voxels come back with a period: about 1 where there are no patches.

    Seams are steps of either sign, which leave no line in the spectrum of the values themselves. Their sizes do: the
    sizes of differences along an axis, averaged over tiles across it, have energy at 1/period and its harmonics, here
    over that of the frequencies around each, averaged over harmonics and axes.

    Args:
        values: (D, H, W); NaN comes back where they are too few for the frequencies around a harmonic to be told apart.
        period: In voxels.
    """
    ratios = [_seam_ratios(np.moveaxis(values, axis, -1), period) for axis in range(3)]
    return float(np.mean(ratios))


def _seam_ratios(values: NDArray[Any], period: int) -> list[float]:
    sizes = np.abs(np.diff(values.astype(np.float32), axis=-1))
    length = sizes.shape[-1] // period * period
    first, last = _NEIGHBOURS
    if length // period <= 2 * first:
        return [float("nan")]
    lines = _tiled(sizes[..., :length])
    power = np.square(np.abs(np.fft.rfft(lines - lines.mean(axis=-1, keepdims=True)))).mean(axis=0)
    ratios = []
    for harmonic in range(length // period, length // 2 + 1, length // period):
        apart = np.abs(np.arange(len(power)) - harmonic)
        around = (apart >= first) & (apart <= last) & (np.arange(len(power)) > 0)
        level = float(power[around].mean())
        ratios.append(float(power[harmonic]) / level if level > 0 else 1.0)
    return ratios


def _tiled(sizes: Floats) -> Floats:
    """(T, n) means over tiles of the first two axes of (D, H, n)."""
    height, width = (min(_TILE, n) for n in sizes.shape[:2])
    rows, columns = sizes.shape[0] // height, sizes.shape[1] // width
    cut = sizes[: rows * height, : columns * width]
    tiles = cut.reshape(rows, height, columns, width, -1).mean(axis=(1, 3))  # (rows, columns, n)
    return np.asarray(tiles.reshape(rows * columns, -1), dtype=np.float32)
