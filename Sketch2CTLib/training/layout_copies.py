"""Copies of layouts to train on: turned, stretched, bent, and deformed part of the way towards another patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ..atomic import written_beside
from ..catalog import label_value
from ..data.deformation import deformation, shades
from ..data.layout import Layout
from ..errors import DatasetError
from ..generation.layouts.measures import centroids_ras
from ..generation.model.layout_stage import ORGANS, LayoutConfig, LayoutFrame, coarse_grid
from .warp import WarpStrength, random_field

_WARP = WarpStrength(rotation_deg=4.0, scale=0.05, stretch=0.05, shear=0.02, elastic=0.02)
_PARTNER_SHARE, _FARTHEST = 0.7, 0.9  # of copies, and of the way to the other patient
_PARTNERS = 3
_COARSE = 2  # every how many voxels centroids are measured
_LEAST_VOXELS = 20
_OUTSIDE = label_value("outside")
_COUNTS = (0.45, 0.2, 0.15, 0.2)  # how often one, two, three, and four or more organs are given
_FREQUENT: Mapping[str, float] = {"liver": 4.0, "spleen": 2.0, "left_kidney": 2.0, "right_kidney": 2.0, "aorta": 2.0}


@dataclass(frozen=True, eq=False)
class FramedLayout:
    """A scan's layout in the region's frame.

    Args:
        key: Its name.
        layout: On its own grid.
        origin_ras: (3,) the region's middle.
        partners: Displacements in mm, (k, j, i, 3) as RAS on `field_shape`, that carry it to other patients.
    """

    key: str
    layout: Layout
    origin_ras: NDArray[np.float64]
    partners: tuple[NDArray[np.float16], ...] = ()


@dataclass(frozen=True, eq=False)
class LayoutCopy:
    """One example.

    Args:
        labels: (D, H, W) uint8; known: (D, H, W) bool, where the scan says so.
        given: (D, H, W) uint8 the given organs alone.
    """

    labels: Tensor
    known: Tensor
    given: Tensor


def framed(layouts: Mapping[str, Layout], frame: LayoutFrame | None = None) -> tuple[list[FramedLayout], LayoutFrame]:
    """Layouts in a common frame, and that frame: by translations that bring their organs' centroids together.

    Args:
        layouts: Name → layout.
        frame: A frame to use; None takes it from these layouts.

    Raises:
        DatasetError: No layout holds an organ.
    """
    centroids = {key: centroids_ras(layout) for key, layout in layouts.items()}
    centroids = {key: found for key, found in centroids.items() if found}
    if not centroids:
        raise DatasetError("No layout holds an organ.", hint="Prepare a CT set with labels.")
    if frame is None:
        frame = _common_frame(list(centroids.values()))
    return [FramedLayout(key, layouts[key], frame.origin(found)) for key, found in centroids.items()], frame


def _common_frame(centroids: Sequence[Mapping[str, NDArray[np.float64]]]) -> LayoutFrame:
    names = [name for name in ORGANS if any(name in found for found in centroids)]
    places = np.full((len(centroids), len(names), 3), np.nan)
    for row, found in enumerate(centroids):
        for column, name in enumerate(names):
            if name in found:
                places[row, column] = found[name]
    origins = np.nanmean(places, axis=1)
    for _ in range(20):
        centres = np.nanmean(places - origins[:, None], axis=0)
        origins = np.nanmean(places - centres, axis=1)
    whole = ("liver", "spleen", "left_kidney", "right_kidney")
    middle = np.mean([centre for name, centre in zip(names, centres, strict=True) if name in whole] or centres, axis=0)
    return LayoutFrame({name: _triple(c - middle) for name, c in zip(names, centres, strict=True)})


def _triple(place: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(place[0]), float(place[1]), float(place[2])


class CopySource:
    """Copies of framed layouts.

    Args:
        layouts: The cases.
        frame, config: Of the region.
    """

    def __init__(self, layouts: Sequence[FramedLayout], frame: LayoutFrame, config: LayoutConfig) -> None:
        self.layouts, self.frame, self.config = layouts, frame, config
        depth, height, width = config.shape_kji
        half = [config.spacing_mm * (size - 1) / 2 for size in (width, height, depth)]
        axes = [torch.linspace(-edge, edge, size) for edge, size in zip(half, (width, height, depth), strict=True)]
        self.places = torch.stack(torch.meshgrid(*axes[::-1], indexing="ij")[::-1], dim=-1)  # (D, H, W, 3) RAS mm
        self.half = torch.tensor(half)
        self._maps = [torch.from_numpy(one.layout.labels.astype(np.float32))[None, None] for one in layouts]

    def plain(self, index: int, organs: Sequence[str] | None = None) -> LayoutCopy:
        """A case as it is, placed by the given organs; by all of them if None."""
        return self._copy(index, lambda places: places, tuple(ORGANS if organs is None else organs))

    def drawn(self, index: int, rng: np.random.Generator) -> LayoutCopy:
        """A deformed copy of a case, with organs given at random."""
        strength = float(rng.uniform(0.3, 1.0))
        coarse = random_field(rng, _WARP, 20)  # in [−1, 1] of a cube
        edge_mm = float(self.half.max())
        step = coarse - F.affine_grid(torch.eye(3, 4)[None], [1, 1, 20, 20, 20], align_corners=False)
        bend = strength * edge_mm * step.permute(0, 4, 1, 2, 3)
        partner = None
        choices = self.layouts[index].partners
        if choices and rng.random() < _PARTNER_SHARE:
            field = choices[int(rng.integers(len(choices)))].astype(np.float32)
            partner = float(rng.uniform(0.0, _FARTHEST)) * torch.from_numpy(field)[None].permute(0, 4, 1, 2, 3)

        def deformed(places: Tensor) -> Tensor:
            moved = places + _sampled(bend, places / edge_mm)
            return moved if partner is None else moved + _sampled(partner, moved / self.half)

        return self._copy(index, deformed, drawn_organs(rng))

    def _copy(self, index: int, deformed: Callable[[Tensor], Tensor], organs: Sequence[str]) -> LayoutCopy:
        labels = self._labels(index, deformed, self.places[::_COARSE, ::_COARSE, ::_COARSE])[0]
        present, offsets = [], []
        for name in organs:
            places = torch.nonzero(labels == label_value(name))
            if len(places) >= _LEAST_VOXELS / _COARSE**2 and name in self.frame.centres_mm:
                middle = places.float().mean(0).flip(0) * _COARSE * self.config.spacing_mm - self.half
                present.append(name)
                offsets.append(middle - torch.tensor(self.frame.centres_mm[name], dtype=torch.float32))
        shift = torch.stack(offsets).mean(0) if offsets else torch.zeros(3)
        labels, known = self._labels(index, deformed, self.places + shift)
        values = torch.tensor([label_value(name) for name in present], dtype=torch.uint8)
        return LayoutCopy(labels, known, torch.where(torch.isin(labels, values), labels, torch.zeros_like(labels)))

    def _labels(self, index: int, deformed: Callable[[Tensor], Tensor], places: Tensor) -> tuple[Tensor, Tensor]:
        """Labels at places of the frame, and whether the scan covers them."""
        case = self.layouts[index]
        grid = case.layout.grid
        ras = deformed(places) + torch.from_numpy(case.origin_ras).float()
        first = torch.tensor(grid.ijk_to_ras[:3, 3]).float()
        size = torch.tensor(grid.shape_kji[::-1]).float()
        ijk = (ras - first) / torch.tensor(grid.spacing_mm).float()
        unit = (2 * ijk + 1) / size - 1
        values = F.grid_sample(
            self._maps[index], unit[None], mode="nearest", padding_mode="border", align_corners=False
        )
        labels = values[0, 0].to(torch.uint8)
        inside = (unit.abs() <= 1.0).all(-1)
        aside = (unit[..., 2].abs() <= 1.0) & (labels == _OUTSIDE)
        return labels, inside | aside


def _sampled(field: Tensor, unit: Tensor) -> Tensor:
    """(1, 3, k, j, i) at (D, H, W, 3) places in [−1, 1] → (D, H, W, 3)."""
    moved = F.grid_sample(field, unit[None], mode="bilinear", padding_mode="border", align_corners=False)
    return moved[0].permute(1, 2, 3, 0)


def drawn_organs(rng: np.random.Generator) -> tuple[str, ...]:
    """Organs that are given: often one, sometimes most of them."""
    count = int(rng.choice(4, p=_COUNTS)) + 1
    if count == 4:
        count = int(rng.integers(4, len(ORGANS)))
    weights = np.array([_FREQUENT.get(name, 0.5) for name in ORGANS])
    return tuple(rng.choice(ORGANS, count, replace=False, p=weights / weights.sum()).tolist())


def with_partners(
    layouts: Sequence[FramedLayout], config: LayoutConfig, folder: Path, *, seed: int = 1, partners: int = _PARTNERS
) -> list[FramedLayout]:
    """The layouts, each with deformations to some others; kept in `folder`, so that they are made once."""
    rng = np.random.default_rng(seed)
    grids = [coarse_grid(one.origin_ras, config) for one in layouts]
    pictures = [shades(one.layout, grid) for one, grid in zip(layouts, grids, strict=True)]
    found = []
    for index, one in enumerate(layouts):
        others = [other for other in rng.permutation(len(layouts)).tolist() if other != index][:partners]
        fields = []
        for other in others:
            path = folder / f"{one.key.replace('/', '__')}--{layouts[other].key.replace('/', '__')}.npy"
            if not path.is_file():
                field = deformation(pictures[other], pictures[index], float(grids[index].spacing_mm[0]))
                with written_beside(path) as beside:
                    np.save(beside, field, allow_pickle=False)
            fields.append(np.load(path))
        found.append(replace(one, partners=tuple(fields)))
    return found
