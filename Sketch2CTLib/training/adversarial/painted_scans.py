"""Scans with their layouts, cut from prepared cubes: what a painter and its critic learn from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...atomic import written_beside
from ...catalog import label_value
from ...data.intensity import to_unit
from ...data.layout import UNKNOWN as NOTHING_KNOWN
from ...data.layout import Layout
from ...data.prepared import PreparedCase, PreparedLayout
from ...errors import DatasetError
from ...frames import VoxelGrid
from ...generation.painting.styles import Style, fine_noise, usual_values
from .losses import crop_places

VERSION = 1
_COARSE_MM = 4.0  # on which layouts are drawn: their borders are no finer
_NOISE_IN = ("liver", "spleen", "left_kidney", "right_kidney", "soft_tissue")
_FEW = 500  # voxels in which noise is measured


@dataclass(frozen=True, eq=False)
class PaintedScan:
    """One cube of a scan.

    Args:
        case: Where it comes from.
        image: (D, H, W) float16 in [−1, 1].
        layouts: (2, D, H, W) uint8 label values: its layout, and the same as coarse as layouts are drawn.
        noise: Fine noise in its soft organs; NaN where there are none.
        slice_mm, pixel_mm: Of the scan.
    """

    case: PreparedCase
    image: NDArray[np.float16]
    layouts: NDArray[np.uint8]
    noise: float
    slice_mm: float
    pixel_mm: float

    @property
    def voxel_mm(self) -> float:
        """Edge of a voxel."""
        return float(self.case.grid.spacing_mm[0])

    @property
    def coarse_layout(self) -> Layout:
        """As coarse as layouts are drawn."""
        return Layout(self.layouts[1], self.case.grid)


def painted_scans(cases: Sequence[PreparedCase], layouts: Sequence[PreparedLayout], folder: Path) -> list[PaintedScan]:
    """The cubes that have an image and a layout; made once, then read from `folder`.

    Raises:
        DatasetError: No cube has both.
        OutputError: The folder cannot be written.
    """
    of_scan = {one.key: one for one in layouts}
    found = []
    for case in cases:
        own = of_scan.get(f"{case.dataset}/{case.case}")
        if case.record["image"] and own is not None and own.modality == case.modality:
            found.append(_kept(case, own, folder))
    if not found:
        raise DatasetError(
            "No cube has an image and a layout.", hint="Prepare a CT set with images; layouts are made with it."
        )
    return found


def _kept(case: PreparedCase, layout: PreparedLayout, folder: Path) -> PaintedScan:
    stamp = json.dumps([VERSION, case.record, layout.record], sort_keys=True)
    digest = hashlib.sha256(stamp.encode()).hexdigest()[:12]
    path = folder / f"{case.key.replace('/', '__')}__{digest}.npz"
    if not path.is_file():
        image, layouts, noise = _made(case, layout)
        with written_beside(path) as beside, beside.open("wb") as stream:
            np.savez(stream, image=image, layouts=layouts, noise=np.float64(noise))
    with np.load(path, allow_pickle=False) as stored:
        image, layouts, noise = stored["image"], stored["layouts"], float(stored["noise"])
    pixel_mm, slice_mm = _spacing(case)
    return PaintedScan(case, image, layouts, noise, slice_mm, pixel_mm)


def _spacing(case: PreparedCase) -> tuple[float, float]:
    """Distance of the pixels and of the slices that a cube was resampled from, whatever their axes."""
    edges = np.sort(np.linalg.norm(np.array(case.record["source_ijk_to_ras"])[:3, :3], axis=0))
    return float(edges[0]), float(edges[-1])


def _made(case: PreparedCase, prepared: PreparedLayout) -> tuple[NDArray[np.float16], NDArray[np.uint8], float]:
    values, body = case.image(), case.mask()
    if values is None:
        raise DatasetError(f"'{case.key}' has no image.")
    image = to_unit(values, case.modality or "CT")
    whole, grid = prepared.layout(), case.grid
    own = {case.structure: body}
    fine = whole.on(grid).with_organs(own)
    coarse = whole.on(_coarse(grid)).on(grid).with_organs(own)
    soft = np.isin(fine.labels, [label_value(name) for name in _NOISE_IN])
    noise = fine_noise(image, soft) if np.count_nonzero(soft) >= _FEW else float("nan")
    return image.astype(np.float16), np.stack([fine.labels, coarse.labels]), noise


def _coarse(grid: VoxelGrid) -> VoxelGrid:
    """A grid over the same cube on which layouts are drawn."""
    voxels = int(np.ceil(grid.size_mm.max() / _COARSE_MM))
    middle = grid.to_ras((np.array(grid.shape_kji[::-1]) - 1) / 2)
    return VoxelGrid.ras_cube(middle.tolist(), voxels * _COARSE_MM, voxels)


def styles_of(scans: Sequence[PaintedScan], index: NDArray[np.int64], kinds: int) -> dict[str, Style]:
    """The style of each scan, over all of its cubes; what one does not show is as in the others.

    Args:
        scans: The cubes.
        index: (256,) label value → position among the classes.
        kinds: Number of classes.
    """
    values: dict[str, list[NDArray[np.float64]]] = {}
    noise: dict[str, list[float]] = {}
    told: dict[str, tuple[float, float]] = {}
    for one in scans:
        scan = f"{one.case.dataset}/{one.case.case}"
        values.setdefault(scan, []).append(usual_values(one.image.astype(np.float32), index[one.layouts[0]], kinds))
        noise.setdefault(scan, []).append(one.noise)
        told[scan] = (one.slice_mm, one.pixel_mm)
    means = {scan: _nanmean(np.stack(rows)) for scan, rows in values.items()}
    usual = np.nan_to_num(_nanmean(np.stack(list(means.values()))), nan=0.0)
    levels = {scan: _nanmean(np.array(rows)[:, None])[0] for scan, rows in noise.items()}
    middle = float(np.nan_to_num(np.nanmedian(list(levels.values())), nan=0.05))
    return {
        scan: Style(
            np.where(np.isnan(row), usual, row).astype(np.float32),
            middle if np.isnan(levels[scan]) else float(levels[scan]),
            *told[scan],
        )
        for scan, row in means.items()
    }


def _nanmean(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the first axis of what is known; NaN where nothing is."""
    known = ~np.isnan(rows)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, rows, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


@dataclass(frozen=True)
class Crops:
    """Crops of one shape from several cubes.

    Args:
        image: (N, 1, S, S, S) in [−1, 1]; labels: (N, S, S, S) uint8 label values.
        spacings: (N, 2) edge of a voxel in mm, and distance of the scan's slices in voxels.
        picture_values: (N, K) the usual values of their scans; numbers: (N, 4) of their styles.
    """

    image: Tensor
    labels: Tensor
    spacings: Tensor
    picture_values: Tensor
    numbers: Tensor


class CropSource:
    """Draws crops.

    Args:
        scans: The cubes.
        styles: Scan → its style.
        chances: Of each cube to be drawn.
        edge: Voxels of a crop.
    """

    def __init__(
        self, scans: Sequence[PaintedScan], styles: dict[str, Style], chances: NDArray[np.float64], edge: int
    ) -> None:
        self.scans, self.styles, self.chances, self.edge = scans, styles, chances, edge
        self._away = [NOTHING_KNOWN, *(label_value(name) for name in ("outside", "object"))]

    def style(self, scan: PaintedScan) -> Style:
        """Of a cube."""
        return self.styles[f"{scan.case.dataset}/{scan.case.case}"]

    def drawn(self, rngs: Sequence[np.random.Generator]) -> Crops:
        """A crop for each generator, each with a good part of a body."""
        crops = [self._crop(rng) for rng in rngs]
        return Crops(*(torch.stack(parts) for parts in zip(*crops, strict=True)))

    def _crop(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        while True:
            scan = self.scans[int(rng.choice(len(self.scans), p=self.chances))]
            box = crop_places(lambda most: int(rng.integers(most)), scan.image.shape, self.edge)
            labels = scan.layouts[int(rng.integers(2))][box]
            if np.mean(~np.isin(labels, self._away)) >= LEAST_BODY:
                break
        style = self.style(scan)
        return (
            torch.from_numpy(scan.image[box].astype(np.float32))[None],
            torch.from_numpy(labels.copy()),
            torch.tensor([scan.voxel_mm, scan.slice_mm / scan.voxel_mm]),
            torch.from_numpy(style.values),
            torch.from_numpy(style.numbers(scan.voxel_mm)),
        )


LEAST_BODY = 0.35  # of a crop
