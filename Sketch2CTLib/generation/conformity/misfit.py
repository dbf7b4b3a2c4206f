"""How far a changed field is from its targets, linearised: what Gauss and Newton need of it.

A shadow's depth is that of the deepest point of each ray, so only those points, the cuts and the surface (for the
volume) are differentiated. Distances count in voxels of a cube of 128; beyond two of them from the asked edge only the
side counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .deformation import LEVEL, Deformation, basis, centres, gathered, lattice, sampled, spread, weights
from .targets import CELLS, Contour, Shadow, Targets

VOXEL = 0.125  # of a cube of 128, in field units
HALF_CUBE = 8.0  # in field units
_REACH = 4  # control points that a cubic B-spline reaches along an axis
BAND = 2.0 * VOXEL  # around an asked edge within which distances are compared
CELL = 2.0 * HALF_CUBE / CELLS
LEAST_SLOPE = 0.4  # of a field across its surface: a mean of several bodies is flatter than a distance
MARGIN = 0.15  # half cubes around what is drawn, and around the body, that are looked at
VOLUME_WEIGHT = 30.0  # voxels of misfit that a volume wrong by a factor of e counts as
UNITS = torch.tensor([1.0 / 64.0] * 3 + [VOXEL])  # of unknowns: a voxel of displacement, a voxel of level


@dataclass(frozen=True, eq=False)
class Misfit:
    """The state of a fit at one change of the field.

    Args:
        residuals: (M,) weighted misfits other than 0.
        normals: (M, 4) their derivatives by displacement (voxels along k, j, i) and level (voxels) at their place.
        rows: Weights of the control points at their place.
        volume: Weighted misfit of the volume; 0 where none is asked.
        volume_slope: (n³, 4) its derivative by the control points.
        parts: Name of each target → squared misfit, in voxels².
    """

    residuals: Tensor
    normals: Tensor
    rows: _Weights
    volume: float
    volume_slope: Tensor
    parts: dict[str, float]

    @property
    def energy(self) -> float:
        """Sum of the squared misfits."""
        return sum(self.parts.values())

    def curved(self, v: Tensor) -> Tensor:
        """The Gauss–Newton curvature times (n³, 4) unknowns."""
        along = self.normals * (self.normals * self.rows.gathered(v)).sum(dim=1, keepdim=True)
        return self.rows.spread(along) + self.volume_slope * (self.volume_slope * v).sum()

    def gradient(self) -> Tensor:
        """(n³, 4) half the derivative of the energy."""
        return self.rows.spread(self.normals * self.residuals[:, None]) + self.volume_slope * self.volume


@dataclass(frozen=True, eq=False)
class _Weights:
    """A sparse matrix (M, n³) of the control points' weights: cubic B-splines reach four along each axis.

    Args:
        columns: (M, 64) positions; values: (M, 64) weights there.
        controls: n³.
    """

    columns: Tensor
    values: Tensor
    controls: int

    @classmethod
    def of(cls, axes: Sequence[Tensor]) -> _Weights:
        """From the weights (M, n) along each axis."""
        n = axes[0].shape[1]
        weights, places = zip(*(one.topk(min(_REACH, n), dim=1) for one in axes), strict=True)
        values = torch.einsum("ma,mb,mc->mabc", *weights).flatten(1)
        i, j, k = places[0][:, :, None, None], places[1][:, None, :, None], places[2][:, None, None, :]
        return cls(((i * n + j) * n + k).flatten(1), values, n**3)

    @classmethod
    def joined(cls, parts: Sequence[_Weights], controls: int) -> _Weights:
        """All rows of several; none of none."""
        if not parts:
            return cls(torch.zeros(0, 1, dtype=torch.int64), torch.zeros(0, 1), controls)
        return cls(torch.cat([p.columns for p in parts]), torch.cat([p.values for p in parts]), controls)

    def gathered(self, v: Tensor) -> Tensor:
        """The matrix times (n³, C)."""
        return (v[self.columns] * self.values[..., None]).sum(dim=1)

    def spread(self, x: Tensor) -> Tensor:
        """The transposed matrix times (M, C)."""
        total = torch.zeros(self.controls, x.shape[1])
        return total.index_add_(0, self.columns.flatten(), (self.values[..., None] * x[:, None]).flatten(0, 1))


@dataclass(frozen=True, eq=False)
class _Aim:
    """What the field shall be at some places: at least `low`, at most `high`."""

    low: Tensor
    high: Tensor
    weight: float

    @classmethod
    def of(cls, signed: Tensor) -> _Aim:
        signed, far = signed.reshape(-1), math.inf
        low = torch.where(signed > -BAND, signed.clamp(max=BAND), torch.full_like(signed, -far))
        high = torch.where(signed < BAND, signed.clamp(min=-BAND), torch.full_like(signed, far))
        near = max(1, int((signed.abs() < BAND).sum()))
        return cls(low, high, 1.0 / VOXEL / near**0.5)

    def missed(self, seen: Tensor) -> Tensor:
        """Weighted distance beyond the bounds, signed."""
        return (F.relu(seen - self.high) - F.relu(self.low - seen)) * self.weight


class Sight:
    """Looks at changed fields for their misfit.

    Args:
        source: (CELLS,)³ field, nowhere saturated.
        targets: What is asked.
        volume: Asked share of the cube, None where none is.
        points: Control points along an axis.
    """

    def __init__(self, source: Tensor, targets: Targets, volume: float | None, points: int) -> None:
        self.source, self.volume, self.points = source, volume, points
        self.slopes = torch.stack(torch.gradient(source, spacing=2.0 / CELLS))
        box = _box(source, targets)
        self.along = tuple(basis(points, CELLS)[rows] for rows in box)
        self.lattice = lattice(tuple(centres(CELLS)[rows] for rows in box))
        self.shadows = [(one.along, _Aim.of(_part(one, box))) for one in targets.shadows]
        self.cuts = [(one.places.T, self._weights(one), _Aim.of(one.signed)) for one in targets.contours]

    def _weights(self, cut: Contour) -> tuple[Tensor, ...]:
        return tuple(weights(cut.places[:, axis], self.points) for axis in range(3))

    def look(self, deformation: Deformation) -> Misfit:
        """The misfit of the source under a change."""
        change = spread(deformation.control, self.along)
        places = change[:LEVEL] + self.lattice
        seen = sampled(self.source, places) + change[LEVEL]
        shape, flat = seen.shape, places.flatten(1)
        at, rows, values, aims = [], [], [], []
        for along, aim in self.shadows:
            index = _deepest(seen, along)
            kji = (index // (shape[1] * shape[2]), index // shape[2] % shape[1], index % shape[2])
            at.append(flat[:, index])
            rows.append([self.along[axis][kji[axis]] for axis in range(3)])
            values.append(seen.flatten()[index])
            aims.append(aim)
        for points, beside, aim in self.cuts:
            moved = _Weights.of(beside).gathered(deformation.control.flatten(1).T).T
            at.append(points + moved[:LEVEL])
            rows.append(list(beside))
            values.append(sampled(self.source, at[-1]) + moved[LEVEL])
            aims.append(aim)
        return self._linear(at, rows, values, aims, self._volume(places, seen))

    def _linear(
        self,
        at: list[Tensor],
        rows: list[list[Tensor]],
        values: list[Tensor],
        aims: list[_Aim],
        volume: tuple[float, Tensor],
    ) -> Misfit:
        residuals, normals, sparse, parts = [], [], [], {}
        for number, (places, beside, value, aim) in enumerate(zip(at, rows, values, aims, strict=True)):
            slope = torch.stack([sampled(one, places) for one in self.slopes], dim=1)
            steepness = (slope.norm(dim=1) / HALF_CUBE).clamp_min(LEAST_SLOPE)
            missed = aim.missed(value / steepness)
            on = missed.nonzero()[:, 0]
            by_unit = torch.cat([slope[on], torch.ones(len(on), 1)], dim=1) * UNITS
            residuals.append(missed[on])
            normals.append(by_unit * (aim.weight / steepness[on])[:, None])
            sparse.append(_Weights.of([one[on] for one in beside]))
            parts[f"target {number}"] = float(missed.square().sum())
        parts["volume"] = volume[0] ** 2
        if not residuals:
            residuals, normals = [torch.zeros(0)], [torch.zeros(0, 4)]
        joined = _Weights.joined(sparse, self.points**3)
        return Misfit(torch.cat(residuals), torch.cat(normals), joined, volume[0], volume[1], parts)

    def _volume(self, places: Tensor, seen: Tensor) -> tuple[float, Tensor]:
        """The logarithm of found over asked volume, weighted, and its derivative (n³, 4) by the control points."""
        if self.volume is None:
            return 0.0, torch.zeros(self.points**3, 4)
        ramp = 1.5 * CELL
        found = max(float((0.5 + seen / ramp).clamp(0.0, 1.0).sum()) / CELLS**3, 1e-6)
        surface = seen.abs() < ramp / 2.0
        slope = torch.stack([sampled(one, places[:, surface]) for one in self.slopes])
        density = torch.zeros(4, *seen.shape)
        density[:, surface] = torch.cat([slope, torch.ones(1, slope.shape[1])]) * UNITS[:, None]
        by_control = gathered(density, self.along).flatten(1).T / (ramp * CELLS**3 * found)
        return VOLUME_WEIGHT * math.log(found / self.volume), VOLUME_WEIGHT * by_control


def _deepest(seen: Tensor, along: tuple[int, ...]) -> Tensor:
    """Flat index of the largest value of each ray."""
    index = torch.arange(seen.numel()).view(seen.shape)
    for axis in along:
        place = seen.argmax(dim=axis, keepdim=True)
        seen, index = seen.gather(axis, place), index.gather(axis, place)
    return index.flatten()


def _part(shadow: Shadow, box: tuple[slice, ...]) -> Tensor:
    """A shadow within a box of cells."""
    whole = tuple(slice(None) if size == 1 else rows for size, rows in zip(shadow.signed.shape, box, strict=True))
    return shadow.signed[whole]


def _box(source: Tensor, targets: Targets) -> tuple[slice, ...]:
    """The cells of the body and of its targets, with a margin."""
    rows = []
    for axis in range(3):
        profile = source.amax(dim=tuple(other for other in range(3) if other != axis))
        filled = [float(place) for place in centres(CELLS)[profile > 0]]
        ends = [*filled[:1], *filled[-1:], *targets.intervals.get(axis, ())] or [-1.0, 1.0]
        first = math.floor((min(ends) - MARGIN + 1.0) / 2.0 * CELLS)
        last = math.ceil((max(ends) + MARGIN + 1.0) / 2.0 * CELLS)
        rows.append(slice(max(first, 0), min(last, CELLS)))
    return tuple(rows)
