"""A small picture of a result's files: the slice of the scan through its organs, tinted, or without a scan their body.

For a thread: files are read, no scene and no widget is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import InputError
from Sketch2CTLib.frames import View, VoxelGrid, view
from Sketch2CTLib.frames.nrrdio import header_voxels, read_volume

PIXELS = 88
MASK, SCAN = "mask.seg.nrrd", "volume.nrrd"
_MOST_VOXELS = 200**3  # of a scan; of a larger one reading takes seconds
_ROOM = 1.25  # edge of the picture, in that of the organs
_LOW_HU, _HIGH_HU = -160.0, 240.0
_ROBUST = (1.0, 99.0)  # percentiles of a scan that is no CT
_TINT = 0.30
_GROUND = 24  # grey around a body


def thumbnail(folder: Path, structures: Sequence[str], check: Callable[[], None] = lambda: None) -> np.ndarray:
    """(PIXELS, PIXELS, 3) uint8, row 0 on top, in the usual view of the first structure.

    Args:
        folder: Of a candidate, or of a result of several organs.
        structures: Catalog names; of several, the mask holds their label values.
        check: Raises where nobody waits any more.

    Raises:
        InputError: The mask is gone, empty or cannot be read.
    """
    labels, grid, _fields = read_volume(folder / MASK)
    check()
    if not labels.any():
        raise InputError("The mask is empty.")
    seen = view(catalog.structure(structures[0]).view)
    colors = _colors(structures)
    scan = folder / SCAN
    if scan.is_file() and (header_voxels(scan) or 0) <= _MOST_VOXELS:
        values, own, fields = read_volume(scan)
        check()
        if own.shape_kji == grid.shape_kji:
            return _slice(labels, values, grid, seen, colors, fields.get("Sketch2CT_Modality", "CT"))
    return _body(labels, grid, seen, colors)


def _colors(structures: Sequence[str]) -> dict[int, tuple[int, int, int]]:
    """The colour of each label value; 0 stands for any."""
    found = [catalog.structure(name) for name in structures]
    return {one.label if len(found) > 1 else 0: one.color_rgb for one in found}


def _slice(labels: np.ndarray, values: np.ndarray, grid: VoxelGrid, seen: View, colors: dict, modality: str) -> Any:
    """The scan's slice through the middle of what is labelled."""
    body = labels > 0
    along = np.flatnonzero(body.any(axis=tuple(axis for axis in range(3) if axis != seen.axis_kji)))
    middle = int(along[len(along) // 2])
    cut, shown = (np.take(one, middle, axis=seen.axis_kji) for one in (labels, values))
    low, high = (_LOW_HU, _HIGH_HU) if modality == "CT" else np.percentile(shown, _ROBUST)
    grey = np.clip((shown.astype(np.float32) - low) / max(float(high - low), 1e-6), 0.0, 1.0) * 255
    picture = np.repeat(grey[..., None], 3, axis=2)
    for value, color in colors.items():
        inside = cut == value if value else cut > 0
        picture[inside] = (1 - _TINT) * picture[inside] + _TINT * np.array(color)
        picture[inside & ~_eroded(inside)] = color
    return _framed(picture, np.asarray(body.any(axis=seen.axis_kji)), grid, seen, ground=0.0)


def _body(labels: np.ndarray, grid: VoxelGrid, seen: View, colors: dict) -> Any:
    """The body as it is seen from the view, lit from there."""
    rays = np.moveaxis(labels, seen.axis_kji, 0)
    towards = float(grid.ijk_to_ras[seen.axis_ras, 2 - seen.axis_kji] * seen.normal_ras[seen.axis_ras])
    rays = rays[::-1] if towards > 0 else rays  # the viewer's side first
    hit, inside = (rays > 0).argmax(axis=0), (rays > 0).any(axis=0)
    down, right = np.gradient(_smooth(np.where(inside, hit, hit[inside].mean()).astype(np.float32)))
    light = 0.25 + 0.75 / np.sqrt(1.0 + down**2 + right**2)
    first = np.take_along_axis(rays, hit[None], 0)[0]
    picture = np.full((*inside.shape, 3), float(_GROUND), np.float32)
    for value, color in colors.items():
        own = inside & ((first == value) if value else True)
        picture[own] = light[own, None] * np.array(color)
    return _framed(picture, np.asarray(inside), grid, seen, ground=float(_GROUND))


def _smooth(depth: np.ndarray) -> np.ndarray:
    """Means of 3 × 3, twice: voxels are not seen as steps."""
    for _ in range(2):
        padded = np.pad(depth, 1, mode="edge")
        rows = padded[:-2] + padded[1:-1] + padded[2:]
        depth = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9
    return depth


def _eroded(inside: np.ndarray) -> np.ndarray:
    padded = np.pad(inside, 1)
    return padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]


def _framed(picture: np.ndarray, inside: np.ndarray, grid: VoxelGrid, seen: View, ground: float) -> np.ndarray:
    """The square around what is inside, as (PIXELS, PIXELS, 3) uint8.

    Args:
        picture: (a, b, 3) of the grid's two other axes in array order, not turned yet.
        inside: (a, b) bool.
        grid: Of the mask.
        seen: The view.
        ground: Grey beyond the grid.
    """
    picture, inside = _turned(picture, grid, seen), _turned(inside, grid, seen)
    row_mm, column_mm = (float(grid.spacing_mm[2 - axis]) for axis in range(3) if axis != seen.axis_kji)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    edge_mm = _ROOM * max((rows[-1] - rows[0] + 1) * row_mm, (columns[-1] - columns[0] + 1) * column_mm)
    steps = ((np.arange(PIXELS) + 0.5) / PIXELS - 0.5) * edge_mm
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), constant_values=ground)
    places = [
        np.clip((one[0] + one[-1]) / 2 + steps / mm + 1, 0, count - 1)
        for one, mm, count in zip((rows, columns), (row_mm, column_mm), padded.shape, strict=False)
    ]
    drawn = _between(_between(padded, places[0], 0), places[1], 1)
    return np.clip(np.round(drawn), 0, 255).astype(np.uint8)


def _between(values: np.ndarray, places: np.ndarray, axis: int) -> np.ndarray:
    """Values at parts of an index along one axis."""
    low = np.minimum(places.astype(int), values.shape[axis] - 2)
    share = (places - low).astype(np.float32)
    share = share[:, None, None] if axis == 0 else share[None, :, None]
    return (1 - share) * np.take(values, low, axis=axis) + share * np.take(values, low + 1, axis=axis)


def _turned(array: np.ndarray, grid: VoxelGrid, seen: View) -> np.ndarray:
    """A slab of the grid with row 0 on top and column 0 at the left of the paper, also on a grid with flipped axes."""
    first, second = (axis for axis in range(3) if axis != seen.axis_kji)  # rows and columns
    for number, axis, wanted in ((0, first, -np.array(seen.v_ras)), (1, second, np.array(seen.u_ras))):
        if float(grid.ijk_to_ras[:3, 2 - axis] @ wanted) < 0:
            array = np.flip(array, number)
    return array
