"""A scan painted from a layout, on the layout's own grid; a large one in tiles, from one field of noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...data.layout import Layout
from ...networks.noisy_unet import noise_field
from ...networks.painter import Painter
from ..model.device import autocast
from .acquisition import as_acquired, grain
from .styles import Style

STYLES = "painter_styles"
WHOLE = 160  # voxels along an edge up to which a scan is painted in one
CORE, HALO = 96, 32  # of a tile, in voxels; multiples of what painters halve
Floats = NDArray[np.float32]
Box = tuple[slice, slice, slice]


@torch.no_grad()
def painted(painter: Painter, layout: Layout, style: Style, seed: int) -> Floats:
    """(D, H, W) in [−1, 1].

    Args:
        painter: The network.
        layout: On a grid whose voxels are cubes.
        style: How the scan shall look.
        seed: Of the noise.
    """
    canvas = _Canvas.of(painter, layout, seed)
    voxel_mm = float(layout.grid.spacing_mm[0])
    device = next(painter.parameters()).device
    values = torch.from_numpy(style.values).to(device)
    numbers = torch.from_numpy(style.numbers(voxel_mm)).to(device)[None]
    made = torch.empty((1, 1, *canvas.labels.shape), dtype=torch.float32)
    for box, seen in _tiles(canvas.labels.shape):
        labels, noise = canvas.cut(seen)
        classes = painter.classes_of(labels.to(device))[None]
        picture = values[classes][:, None]
        with autocast(device):
            tile = painter(classes, picture, numbers, [part.to(device) for part in noise])
        inner = tuple(slice(own.start - all_.start, own.stop - all_.start) for own, all_ in zip(box, seen, strict=True))
        made[0, 0][box] = tile[0, 0][inner].float().cpu()
    slices = torch.tensor([style.slice_mm / voxel_mm])
    depth, height, width = layout.labels.shape
    taken = as_acquired(made[:, :, :depth, :height, :width], slices, canvas.phase)
    return np.asarray(taken[0, 0].clamp(-1.0, 1.0).numpy())


@dataclass(frozen=True, eq=False)
class _Canvas:
    """What a scan is painted from, its edges multiples of what the painter halves.

    Args:
        labels: (D, H, W) uint8 label values.
        noise: See `noise_field`, the finest as grain.
        phase: (1,) where the first slice lies.
    """

    labels: NDArray[np.uint8]
    noise: tuple[Tensor, ...]
    phase: Tensor

    @classmethod
    def of(cls, painter: Painter, layout: Layout, seed: int) -> _Canvas:
        """The canvas of a layout."""
        multiple = painter.config.multiple
        wide = [(0, -size % multiple) for size in layout.labels.shape]
        labels = np.pad(layout.labels, wide, mode="edge")
        generator = torch.Generator().manual_seed(seed)
        white = noise_field(labels.shape, len(painter.config.channels), [generator])
        fine = grain(white[0], torch.tensor([float(layout.grid.spacing_mm[0])]))
        return cls(labels, (fine, *white[1:]), torch.rand(1, generator=generator))

    def cut(self, box: Box) -> tuple[Tensor, list[Tensor]]:
        """Labels and noise in a box whose ends are multiples of the coarsest voxel."""
        noise = []
        for level, field in enumerate(self.noise):
            place = tuple(slice(one.start >> level, one.stop >> level) for one in box)
            noise.append(field[(slice(None), slice(None), *place)])
        labels = torch.from_numpy(np.ascontiguousarray(self.labels[box]))
        return labels, noise


def _tiles(shape: tuple[int, ...]) -> Iterator[tuple[Box, Box]]:
    """Boxes that fill a volume, each with the box around it that is looked at."""
    spans = []
    for size in shape:
        core = size if max(shape) <= WHOLE else CORE
        spans.append([(slice(a, min(a + core, size)), _around(a, a + core, size)) for a in range(0, size, core)])
    for one in product(*spans):
        own, seen = zip(*one, strict=True)
        yield own, seen


def _around(first: int, last: int, size: int) -> slice:
    return slice(max(first - HALO, 0), min(last + HALO, size))
