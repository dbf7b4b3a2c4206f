"""A smooth change of a mask field: a displacement of its places and a change of its level, both cubic B-splines.

Where the body is to be seen elsewhere, the field is sampled at displaced places; where the field is unsure of a part (a
posterior mean's zero level lies inside it), a smooth change of the level lets it appear, as a threshold would. Places
are in half cubes, −1 to 1 along the array axes k, j, i; control points lie on a lattice over the cube and one step
beyond it.

Reference: Rueckert et al., "Nonrigid registration using free-form deformations", IEEE TMI 1999.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

Box = tuple[slice, slice, slice]

_COARSE = 32  # cells of the cube's edge on which the body is looked for
_NEAR = 0.7  # field units outside of which no part of it lies within such a cell
LEVEL = 3  # the component of a control lattice that is no displacement


def centres(cells: int) -> Tensor:
    """(cells,) places of the middles of the cells along an edge."""
    return (2.0 * torch.arange(cells, dtype=torch.float32) + 1.0) / cells - 1.0


def weights(at: Tensor, points: int) -> Tensor:
    """(N, points) cubic B-spline weights of the control points at places (N,) along an axis."""
    distance = _steps(at, points).abs()
    near = 2.0 / 3.0 - distance**2 + distance**3 / 2.0
    far = (2.0 - distance).clamp_min(0.0) ** 3 / 6.0
    return torch.where(distance < 1.0, near, far)


def slopes(at: Tensor, points: int) -> Tensor:
    """(N, points) derivatives of `weights` by the place."""
    steps = _steps(at, points)
    distance = steps.abs()
    near = 1.5 * distance**2 - 2.0 * distance
    far = -((2.0 - distance).clamp_min(0.0) ** 2) / 2.0
    return torch.where(distance < 1.0, near, far) * steps.sign() * (points - 3) / 2.0


def _steps(at: Tensor, points: int) -> Tensor:
    """(N, points) lattice steps from each control point to each place."""
    return (at[:, None] + 1.0) / 2.0 * (points - 3) - (torch.arange(points, dtype=at.dtype) - 1.0)


@lru_cache(maxsize=16)
def basis(points: int, cells: int) -> Tensor:
    """(cells, points) `weights` at the middles of cells."""
    return weights(centres(cells), points)


def spread(control: Tensor, along: Sequence[Tensor]) -> Tensor:
    """Control values (C, n, n, n) → (C, D, H, W) by the weights (cells, n) of each axis k, j, i."""
    k, j, i = along
    value = j @ (control @ i.T)  # (C, n, H, W)
    return (k @ value.flatten(2)).unflatten(2, value.shape[2:])


def gathered(values: Tensor, along: Sequence[Tensor]) -> Tensor:
    """The transpose of `spread`: (C, D, H, W) → (C, n, n, n)."""
    k, j, i = along
    return spread(values, (k.T, j.T, i.T))


def sampled(field: Tensor, places: Tensor) -> Tensor:
    """A field (D, H, W) at places (3, …) along k, j, i; linear in between, its border continued beyond it."""
    flat = places.reshape(3, -1)
    grid = torch.stack([flat[2], flat[1], flat[0]], dim=1)[None, None, None]  # i, j, k last
    found = F.grid_sample(field[None, None], grid, mode="bilinear", padding_mode="border", align_corners=False)
    return found.reshape(places.shape[1:])


@dataclass(frozen=True, eq=False)
class Deformation:
    """A displacement and a change of level.

    Args:
        control: (4, n, n, n): displacements of the places along k, j, i in half cubes, then the level in the field's
            unit. What stands at a place of the result comes from the displaced place, and the level is added to it.
    """

    control: Tensor

    @property
    def points(self) -> int:
        """Control points along an axis."""
        return int(self.control.shape[-1])

    def applied(self, field: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
        """(cells,)³ the changed field; outside of where its body may lie it is −1."""
        source = torch.from_numpy(field)
        coarse = min(_COARSE, cells)
        box = _grown(self._changed(source, coarse, (slice(0, coarse),) * 3) > -_NEAR, cells)
        changed = torch.full((cells,) * 3, -1.0)
        changed[box] = self._changed(source, cells, box)
        return changed.numpy()

    def _changed(self, source: Tensor, cells: int, box: Box) -> Tensor:
        """The changed field within a box of cells."""
        change = spread(self.control, [basis(self.points, cells)[rows] for rows in box])
        places = change[:LEVEL] + lattice([centres(cells)[rows] for rows in box])
        return sampled(source, places) + change[LEVEL]

    def jacobian(self, cells: int) -> Tensor:
        """(cells, cells, cells) determinants of the map of places: 1 where nothing moves, 0 where it would tear."""
        at = centres(cells)
        value, slope = weights(at, self.points), slopes(at, self.points)
        columns = []
        for axis in range(3):
            along = [value, value, value]
            along[axis] = slope
            columns.append(spread(self.control[:LEVEL], along))
        (a, d, g), (b, e, h), (c, f, i) = columns  # by row k, j, i; a column an axis
        a, e, i = a + 1.0, e + 1.0, i + 1.0
        return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def _grown(near: Tensor, cells: int) -> Box:
    """The box of the set cells of a coarse cube and one around it, in cells of a finer one; all where none is set."""
    coarse = len(near)
    rows = []
    for axis in range(3):
        filled = near.any(dim=(axis + 1) % 3, keepdim=True).any(dim=(axis + 2) % 3, keepdim=True).flatten().nonzero()
        first, last = (int(filled.min()), int(filled.max())) if len(filled) else (0, coarse - 1)
        rows.append(slice(max(first - 1, 0) * cells // coarse, min(-(-(last + 2) * cells // coarse), cells)))
    return (rows[0], rows[1], rows[2])


def lattice(along: Sequence[Tensor]) -> Tensor:
    """(3, D, H, W) places of a lattice given by those along each axis."""
    return torch.stack(torch.meshgrid(*along, indexing="ij"))
