"""Analytic bodies whose numbers are known exactly, on grids of any axis order, direction and spacing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..description.metrics import measure
from ..frames import VoxelGrid

Mask = NDArray[np.bool_]
Triple = tuple[float, float, float]

ISOTROPIC, PREPARED, THICK = (1.0, 1.0, 1.0), (2.5, 2.5, 2.5), (0.8, 0.8, 5.0)
SPACINGS_MM: tuple[Triple, ...] = (ISOTROPIC, PREPARED, THICK)


def make_grid(
    half_mm: Sequence[float],
    spacing_ijk: Sequence[float],
    order: Sequence[int] = (0, 1, 2),
    signs: Sequence[int] = (1, 1, 1),
) -> VoxelGrid:
    """A grid centred on the origin; i, j, k run along the RAS axes `order`, mirrored where `signs` is −1."""
    affine = np.zeros((4, 4))
    affine[3, 3] = 1.0
    counts = []
    for column, (axis, sign) in enumerate(zip(order, signs, strict=True)):
        affine[axis, column] = sign * spacing_ijk[column]
        counts.append(math.ceil(2 * half_mm[axis] / spacing_ijk[column]))
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(counts) - 1) / 2)
    return VoxelGrid((counts[2], counts[1], counts[0]), affine)


def turned(grid: VoxelGrid, degrees: float) -> VoxelGrid:
    """The grid turned about the S axis through the origin."""
    angle = math.radians(degrees)
    turn = np.eye(4)
    turn[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    return VoxelGrid(grid.shape_kji, turn @ grid.ijk_to_ras)


def points(grid: VoxelGrid) -> NDArray[np.float64]:
    """(D, H, W, 3) voxel centres in RAS."""
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_ras(np.stack([i, j, k], axis=-1))


def ellipsoid(grid: VoxelGrid, half_axes_mm: ArrayLike, center: ArrayLike = (0, 0, 0)) -> Mask:
    """Half axes along R, A, S."""
    return np.asarray((((points(grid) - np.asarray(center)) / np.asarray(half_axes_mm)) ** 2).sum(-1) <= 1)


def ball(grid: VoxelGrid, radius_mm: float, center: ArrayLike = (0, 0, 0)) -> Mask:
    """All within a radius of the centre."""
    return ellipsoid(grid, (radius_mm,) * 3, center)


def box(grid: VoxelGrid, half_mm: ArrayLike, center: ArrayLike = (0, 0, 0)) -> Mask:
    """Half sides along R, A, S."""
    return np.asarray((np.abs(points(grid) - np.asarray(center)) < np.asarray(half_mm)).all(-1))


def torus(grid: VoxelGrid, ring_mm: float, tube_mm: float) -> Mask:
    """A ring about the S axis; radii of its middle line and of its tube."""
    p = points(grid)
    return np.asarray((np.hypot(p[..., 0], p[..., 1]) - ring_mm) ** 2 + p[..., 2] ** 2 <= tube_mm**2)


def tube(grid: VoxelGrid, radius_mm: float, length_mm: float) -> Mask:
    """A cylinder along S."""
    p = points(grid)
    return np.asarray((np.hypot(p[..., 0], p[..., 1]) <= radius_mm) & (np.abs(p[..., 2]) <= length_mm / 2))


def half_torus(grid: VoxelGrid, ring_mm: float, tube_mm: float) -> Mask:
    """Half of a ring about the R axis: a tube bent by 180°."""
    p = points(grid)
    ring = (np.hypot(p[..., 1], p[..., 2]) - ring_mm) ** 2 + p[..., 0] ** 2 <= tube_mm**2
    return np.asarray(ring & (p[..., 2] > 0))


def ellipsoid_area_cm2(a: float, b: float, c: float) -> float:
    """Numerical surface integral, half axes in mm."""
    polar, around = np.meshgrid(np.linspace(0, np.pi, 601), np.linspace(0, 2 * np.pi, 601), indexing="ij")
    x, y, z = np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)
    density = np.sin(polar) * np.sqrt((b * c * x) ** 2 + (a * c * y) ** 2 + (a * b * z) ** 2)
    inner = np.trapezoid(density, around[0], axis=1)
    return float(np.trapezoid(inner, polar[:, 0])) / 100.0


@dataclass(frozen=True)
class AnalyticBody:
    """A body with its true numbers and how far a measured one may lie from each.

    Args:
        name: For tables.
        half_mm: Half of the grid's size along R, A, S.
        make: The mask on a grid.
        exact: Quantity → true value.
        tolerance: Quantity → relative tolerance (absolute for values of 0 and 1); `default` for the rest.
        default: Relative tolerance.
        thick: Wider tolerances where slices are at least three times as thick as their pixels: the smoothing that takes
            out such stairs also rounds sharp edges.
        tubular: Whether the centreline is measured.
    """

    name: str
    half_mm: Triple
    make: Callable[[VoxelGrid], Mask]
    exact: Mapping[str, float]
    tolerance: Mapping[str, float]
    default: float = 0.02
    thick: Mapping[str, float] = field(default_factory=dict)
    tubular: bool = False

    def allowed(self, quantity: str, spacing_mm: Sequence[float]) -> float:
        """The tolerance of one number on a grid of that spacing."""
        usual = self.tolerance.get(quantity, self.default)
        return self.thick.get(quantity, usual) if max(spacing_mm) >= 3 * min(spacing_mm) else usual


def _solid(half: Triple, second: float, tail: Mapping[str, float]) -> dict[str, float]:
    """Extents, and spreads `second` times the half sizes."""
    names = ("rl", "ap", "si")
    numbers = {f"extent_{n}_mm": 2 * h for n, h in zip(names, half, strict=True)}
    numbers |= {f"spread_{n}_mm": second * h for n, h in zip(names, half, strict=True)}
    return numbers | dict.fromkeys((f"{kind}_{n}" for kind in ("centroid", "widest") for n in names), 0.5) | dict(tail)


def _roundness(volume_ml: float, area_cm2: float) -> dict[str, float]:
    sphericity = (36 * math.pi) ** (1 / 3) * volume_ml ** (2 / 3) / area_cm2
    both = {"volume_ml": volume_ml, "surface_area_cm2": area_cm2}
    return both | {"sphericity": sphericity, "compactness": sphericity**3, "components": 1.0}


_BALL_MM = 30.0
_ELLIPSOID_MM = (60.0, 35.0, 20.0)
_BOX_MM = (40.0, 25.0, 15.0)
_RING_MM, _RING_TUBE_MM = 35.0, 14.0
_TUBE_MM, _TUBE_LENGTH_MM = 10.0, 200.0
_BEND_MM, _BENT_TUBE_MM = 60.0, 10.0

# An extent may be off by a voxel: 5 mm slices on a 40 mm body are an eighth of it.
_COARSE = {f"extent_{axis}_mm": 0.13 for axis in ("rl", "ap", "si")} | {"compactness": 0.09, "sphericity": 0.03}

ANALYTIC_BODIES: tuple[AnalyticBody, ...] = (
    AnalyticBody(
        "ball",
        (40, 40, 40),
        lambda grid: ball(grid, _BALL_MM),
        _solid((_BALL_MM,) * 3, 5**-0.5, _roundness(4 / 3 * math.pi * 27, 4 * math.pi * 9))
        | {
            "max_diameter_mm": 60.0,
            "min_diameter_mm": 60.0,
            "major_axis_mm": 60.0,
            "minor_axis_mm": 60.0,
            "holes": 0.0,
        },
        _COARSE | {"max_diameter_mm": 0.03, "min_diameter_mm": 0.09, "elongation": 0.02},
        thick={"max_diameter_mm": 0.05},
    ),
    AnalyticBody(
        "ellipsoid",
        (70, 45, 30),
        lambda grid: ellipsoid(grid, _ELLIPSOID_MM),
        _solid(
            _ELLIPSOID_MM,
            5**-0.5,
            _roundness(4 / 3 * math.pi * math.prod(_ELLIPSOID_MM) / 1000, ellipsoid_area_cm2(*_ELLIPSOID_MM)),
        )
        | {
            "major_axis_mm": 120.0,
            "middle_axis_mm": 70.0,
            "minor_axis_mm": 40.0,
            "elongation": 12 / 7,
            "flatness": 7 / 4,
        }
        | {"max_diameter_mm": 120.0, "holes": 0.0},
        _COARSE | {"minor_axis_mm": 0.03, "spread_si_mm": 0.03, "flatness": 0.04},
    ),
    AnalyticBody(
        "box",
        (50, 40, 40),
        lambda grid: box(grid, _BOX_MM),
        _solid(_BOX_MM, 3**-0.5, _roundness(120.0, 158.0))
        | {"min_diameter_mm": 30.0, "max_diameter_mm": 2 * math.hypot(*_BOX_MM), "holes": 0.0},
        _COARSE
        | {"surface_area_cm2": 0.05, "sphericity": 0.05, "compactness": 0.14, "max_diameter_mm": 0.04}
        | {"volume_ml": 0.01, "min_diameter_mm": 0.01},
        thick={
            "volume_ml": 0.02,
            "surface_area_cm2": 0.09,
            "sphericity": 0.08,
            "compactness": 0.25,
            "max_diameter_mm": 0.07,
        },
    ),
    AnalyticBody(
        "torus",
        (60, 60, 30),
        lambda grid: torus(grid, _RING_MM, _RING_TUBE_MM),
        _roundness(2 * math.pi**2 * _RING_MM * _RING_TUBE_MM**2 / 1000, 4 * math.pi**2 * _RING_MM * _RING_TUBE_MM / 100)
        | {"holes": 1.0, "extent_rl_mm": 98.0, "extent_ap_mm": 98.0, "extent_si_mm": 28.0, "max_diameter_mm": 98.0}
        | dict.fromkeys((f"centroid_{axis}" for axis in ("rl", "ap", "si")), 0.5),
        _COARSE
        | {"volume_ml": 0.04, "surface_area_cm2": 0.03, "max_diameter_mm": 0.025, "sphericity": 0.05}
        | {"compactness": 0.14},
    ),
    AnalyticBody(
        "straight tube",
        (20, 20, 110),
        lambda grid: tube(grid, _TUBE_MM, _TUBE_LENGTH_MM),
        {"volume_ml": math.pi * _TUBE_MM**2 * _TUBE_LENGTH_MM / 1000, "centreline_length_mm": _TUBE_LENGTH_MM}
        | {"mean_cross_section_diameter_mm": 20.0, "max_cross_section_diameter_mm": 20.0, "tortuosity": 1.0}
        | {"components": 1.0, "holes": 0.0, "extent_si_mm": _TUBE_LENGTH_MM},
        {"mean_cross_section_diameter_mm": 0.06, "max_cross_section_diameter_mm": 0.06, "centreline_length_mm": 0.03}
        | {"volume_ml": 0.04, "extent_si_mm": 0.03},
        tubular=True,
    ),
    AnalyticBody(
        "bent tube",
        (25, 90, 90),
        lambda grid: half_torus(grid, _BEND_MM, _BENT_TUBE_MM),
        {"volume_ml": math.pi**2 * _BEND_MM * _BENT_TUBE_MM**2 / 1000, "centreline_length_mm": math.pi * _BEND_MM}
        | {"mean_cross_section_diameter_mm": 20.0, "tortuosity": math.pi / 2, "components": 1.0, "holes": 0.0},
        {"mean_cross_section_diameter_mm": 0.04, "tortuosity": 0.05, "volume_ml": 0.03},
        tubular=True,
    ),
)


@dataclass(frozen=True)
class BodyError:
    """How far one measured number lies from the truth.

    Args:
        body, quantity: Which; spacing_mm: on which grid.
        exact, measured: True and found value.
        error: Relative, absolute where the truth is 0.
        tolerance: What is allowed.
    """

    body: str
    spacing_mm: Triple
    quantity: str
    exact: float
    measured: float
    tolerance: float

    @property
    def error(self) -> float:
        """Relative error; absolute where the truth is 0."""
        return (self.measured - self.exact) / (self.exact or 1.0)

    @property
    def within(self) -> bool:
        """Whether the tolerance is kept."""
        return abs(self.error) <= self.tolerance + 1e-9


def body_errors(spacings_mm: Sequence[Triple] = SPACINGS_MM) -> list[BodyError]:
    """Every known number of every analytic body on grids of these spacings."""
    rows = []
    for body in ANALYTIC_BODIES:
        for spacing in spacings_mm:
            grid = make_grid(body.half_mm, spacing)
            numbers = measure(body.make(grid), grid, tubular=body.tubular)
            for name, value in body.exact.items():
                rows.append(BodyError(body.name, spacing, name, value, numbers[name], body.allowed(name, spacing)))
    return rows
