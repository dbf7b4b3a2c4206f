"""The smooth change under which a field's body meets its targets best, by the method of Gauss and Newton.

The energy is the misfit of `misfit`, the bending of displacement and level, and the size of the level's change. A step
is halved until it lowers the energy and leaves every Jacobian determinant of the displacement above a limit, so that
nothing folds or tears; what cannot be met so stays unmet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from .deformation import Deformation, lattice, sampled
from .misfit import UNITS, Misfit, Sight
from .targets import Targets, spanned

LEAST_JACOBIAN = 0.25
MOST_STEP = 6.0  # voxels of a cube of 128
_ENOUGH = 0.01  # share of the energy that a step must gain for another to follow
_DAMPING = 0.003
_HOLD = 0.001  # of a control point half as free as others
PLAIN_SHIFT = 3.0 / 64.0  # half cubes, three voxels of 128: from there on the whole body is moved
PLAIN_SCALE = 0.2  # of the logarithm: from there on it is stretched
_REFERENCE_POINTS = 9  # of the lattice that the weights of bending are meant for


@dataclass(frozen=True)
class Stiffness:
    """How willingly a field changes.

    Args:
        points: Control points along an axis.
        bending: Weight of the displacement's bending; level_bending: of the level's.
        level_size: Weight of the level's own size.
        steps: Most steps; inner: of conjugate gradients in each.
    """

    points: int = 24
    bending: float = 1.0
    level_bending: float = 0.005
    level_size: float = 0.01
    steps: int = 8
    inner: int = 25


@torch.no_grad()
def fitted(
    source: Tensor, targets: Targets, volume: float | None, stiffness: Stiffness, within: Tensor | None = None
) -> Deformation:
    """The change of a field that meets its targets.

    Args:
        source: (CELLS,)³ field in units of the truncation, nowhere saturated.
        targets: What is asked.
        volume: Asked share of the cube.
        stiffness: Of the change.
        within: (C, C, C) how freely each place of the cube may change, 1 to not at all; then nothing is moved as a
            whole. None: everything changes alike.
    """
    if within is None:
        unknown, elastic = _affine(source, targets, volume, stiffness.points), _Elastic(stiffness)
    else:
        unknown, elastic = torch.zeros(stiffness.points**3, 4), _Elastic(stiffness, freedom(within, stiffness.points))
    sight = Sight(source, targets, volume, stiffness.points)
    state = sight.look(_deformation(unknown))
    energy = state.energy + elastic.energy(unknown)
    for _ in range(stiffness.steps):
        step = _step(state, elastic, unknown, stiffness.inner)
        share = min(1.0, MOST_STEP / max(float(step.abs().max()), 1e-6))
        for _ in range(4):
            trial = unknown + share * step
            changed = _deformation(trial)
            seen = sight.look(changed)
            found = seen.energy + elastic.energy(trial)
            if found < energy and float(changed.jacobian(2 * stiffness.points).min()) > LEAST_JACOBIAN:
                break
            share /= 2.0
        else:
            break
        gain, unknown, state, energy = energy - found, trial, seen, found
        if gain < _ENOUGH * energy:
            break
    return _deformation(unknown)


def _affine(source: Tensor, targets: Targets, volume: float | None, points: int) -> Tensor:
    """The unknowns (n³, 4) that move the body between its asked ends, and stretch one far too small or large.

    A mean of bodies lacks the tips that single ones have: stretching it to their ends would swell all of it. Smaller
    differences than `PLAIN_SHIFT` and `PLAIN_SCALE` are left to the finer change.
    """
    level = 0.0 if volume is None else -float(source.flatten().quantile(1.0 - min(max(volume, 0.0), 1.0)))
    places = (torch.arange(points) - 1.0) * 2.0 / (points - 3) - 1.0  # of control points, in half cubes
    unknown = torch.zeros(4, points, points, points)
    for axis, (low, high) in targets.intervals.items():
        others = tuple(other for other in range(3) if other != axis)
        first, last = spanned((source + level).amax(dim=others))
        if high <= low or last <= first:
            continue
        middle, move = (first + last) / 2.0, _beyond((low + high - first - last) / 2.0, PLAIN_SHIFT)
        scale = math.exp(_beyond(math.log((high - low) / (last - first)), PLAIN_SCALE))
        shape = [1, 1, 1]
        shape[axis] = points
        unknown[axis] = (((places - middle - move) / scale + middle - places) / float(UNITS[axis])).view(shape)
    return unknown.flatten(1).T


def freedom(within: Tensor, points: int) -> Tensor:
    """(n³,) how freely each control point moves: as its place in the cube (C, C, C), beyond it as the nearest one."""
    at = (torch.arange(points, dtype=torch.float32) - 1.0) * 2.0 / (points - 3) - 1.0
    return sampled(within, lattice([at, at, at])).flatten().clamp(0.0, 1.0)


def _beyond(value: float, least: float) -> float:
    """A value, or 0 within ± `least`."""
    return value if abs(value) > least else 0.0


def _deformation(unknown: Tensor) -> Deformation:
    n = round(len(unknown) ** (1.0 / 3.0))
    return Deformation((unknown * UNITS).T.reshape(4, n, n, n))


def _step(state: Misfit, elastic: _Elastic, unknown: Tensor, most: int) -> Tensor:
    """Preconditioned conjugate gradients on the linearised problem."""
    left = -(state.gradient() + elastic.curved(unknown)) * elastic.moves
    step, ahead = torch.zeros_like(left), elastic.solved(left)
    direction, product = ahead, (left * ahead).sum()
    first = product.clone()
    for _ in range(most):
        curved = state.curved(direction) + elastic.curved(direction) + _DAMPING * direction
        curved = curved * elastic.moves
        length = product / (direction * curved).sum().clamp_min(1e-20)
        step, left = step + length * direction, left - length * curved
        ahead = elastic.solved(left)
        before, product = product, (left * ahead).sum()
        if float(product) < 1e-3 * float(first):
            break
        direction = ahead + product / before * direction
    return step


class _Elastic:
    """The quadratic form of a change's bending and size; unknowns are (n³, 4).

    Where a part alone may change, control points are held the more the less free they are; those of no freedom stay.
    """

    def __init__(self, stiffness: Stiffness, free: Tensor | None = None) -> None:
        n = stiffness.points
        self.n = n
        self.bending = torch.tensor([stiffness.bending] * 3 + [stiffness.level_bending])
        self.size = torch.tensor([0.0] * 3 + [stiffness.level_size]) / n**3
        free = torch.ones(n**3) if free is None else free
        self.moves = (free > 0.0).float()[:, None]
        self.held = (_HOLD * (1.0 / free.clamp_min(0.01) - 1.0))[:, None] * self.moves
        self.first, self.second, self.modes, spectrum = _differences(n)
        rough = (spectrum[:, None, None] + spectrum[None, :, None] + spectrum[None, None, :]).flatten() ** 2 / n**3
        self.diagonal = rough[:, None] * self.bending / 3.0 + self.size + _DAMPING

    def energy(self, x: Tensor) -> float:
        """Of a change."""
        return float((x * self.curved(x)).sum())

    def curved(self, x: Tensor) -> Tensor:
        """Half its derivative: squared second differences, mixed ones twice, and squared size."""
        cube = x.T.reshape(4, self.n, self.n, self.n)
        total = torch.zeros_like(cube)
        for axis in (1, 2, 3):
            total += _along(self.second, cube, axis)
            slope = 2.0 * _along(self.first, cube, axis)
            for other in range(axis + 1, 4):
                total += _along(self.first, slope, other)
        return total.flatten(1).T / (3.0 * self.n**3) * self.bending + x * self.size + x * self.held

    def solved(self, x: Tensor) -> Tensor:
        """Nearly what the form and the damping make of a change, undone: exact but for the lattice's border."""
        cube = x.T.reshape(4, self.n, self.n, self.n)
        for axis in (1, 2, 3):
            cube = _along(self.modes.T, cube, axis)
        cube = (cube.flatten(1) / self.diagonal.T).reshape(cube.shape)
        for axis in (1, 2, 3):
            cube = _along(self.modes, cube, axis)
        return cube.flatten(1).T * self.moves


def _along(matrix: Tensor, cube: Tensor, axis: int) -> Tensor:
    """A matrix (n, n) times what stands along an axis, from 1 on, of (4, n, n, n)."""
    if axis == 3:
        return cube @ matrix.T
    if axis == 2:
        return matrix @ cube
    return (matrix @ cube.flatten(2)).reshape(cube.shape)


@lru_cache(maxsize=4)
def _differences(n: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gram matrices of first and second differences along an axis; eigenvectors and eigenvalues of the first."""
    finer = (n - 3) / (_REFERENCE_POINTS - 3)
    first, second = torch.eye(n).diff(dim=0), torch.eye(n).diff(n=2, dim=0)
    gram = first.T @ first * finer**2
    values, modes = torch.linalg.eigh(gram)
    return gram, second.T @ second * finer**4, modes, values.clamp_min(0.0)
