"""Voxel grids with an exact affine, and the way to and from SimpleITK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import GridError

if TYPE_CHECKING:
    import SimpleITK as sitk

LPS_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
Interpolation = Literal["nearest", "linear", "bspline"]


@dataclass(frozen=True, eq=False)
class VoxelGrid:
    """A sampled box in space.

    Args:
        shape_kji: Number of voxels along k, j and i.
        ijk_to_ras: (4, 4) affine from voxel indices (i, j, k) to RAS mm, at voxel centres.

    Raises:
        GridError: The shape is not three positive numbers, or the affine is not finite and invertible.
    """

    shape_kji: tuple[int, int, int]
    ijk_to_ras: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = tuple(int(n) for n in self.shape_kji)
        if len(shape) != 3 or min(shape) < 1:
            raise GridError(f"A voxel grid needs three positive sizes, got {self.shape_kji}.")
        affine = np.array(self.ijk_to_ras, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise GridError("The affine of a voxel grid must be a finite 4×4 matrix.")
        if abs(np.linalg.det(affine[:3, :3])) < 1e-12:
            raise GridError("The affine of the voxel grid is singular: a spacing is zero.", hint="Check the header.")
        affine.setflags(write=False)
        object.__setattr__(self, "shape_kji", shape)
        object.__setattr__(self, "ijk_to_ras", affine)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VoxelGrid):
            return NotImplemented
        return self.shape_kji == other.shape_kji and bool(np.array_equal(self.ijk_to_ras, other.ijk_to_ras))

    def __hash__(self) -> int:
        return hash((self.shape_kji, self.ijk_to_ras.tobytes()))

    @classmethod
    def ras_cube(cls, center_ras: ArrayLike, size_mm: float, voxels: int) -> VoxelGrid:
        """An isotropic RAS cube of `voxels`³ whose outer faces are `size_mm` apart, centred on a point."""
        center = np.asarray(center_ras, dtype=np.float64)
        if center.shape != (3,) or not np.isfinite(center).all():
            raise GridError(f"The centre of a cube must be three finite numbers, got {center_ras!r}.")
        if not size_mm > 0 or voxels < 1:
            raise GridError(f"A cube needs a positive size and voxel count, got {size_mm} mm and {voxels}.")
        spacing = size_mm / voxels
        affine = np.diag([spacing, spacing, spacing, 1.0])
        affine[:3, 3] = center - spacing * (voxels - 1) / 2
        return cls((voxels, voxels, voxels), affine)

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        """(3,) spacing along i, j, k in mm."""
        return np.asarray(np.linalg.norm(self.ijk_to_ras[:3, :3], axis=0))

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in mL."""
        return float(abs(np.linalg.det(self.ijk_to_ras[:3, :3])) / 1000.0)

    @property
    def center_ras(self) -> NDArray[np.float64]:
        """(3,) centre of the box in RAS mm."""
        shape_ijk = np.array(self.shape_kji[::-1], dtype=np.float64)
        return self.to_ras((shape_ijk - 1) / 2)

    @property
    def size_mm(self) -> NDArray[np.float64]:
        """(3,) outer extents along i, j, k in mm."""
        return np.asarray(self.spacing_mm * np.array(self.shape_kji[::-1]))

    def to_ras(self, points_ijk: ArrayLike) -> NDArray[np.float64]:
        """Voxel points (..., 3) as ijk → RAS mm."""
        points = np.asarray(points_ijk, dtype=np.float64)
        return np.asarray(points @ self.ijk_to_ras[:3, :3].T + self.ijk_to_ras[:3, 3])

    def to_ijk(self, points_ras: ArrayLike) -> NDArray[np.float64]:
        """RAS mm points (..., 3) → continuous voxel points ijk."""
        inverse = np.linalg.inv(self.ijk_to_ras)
        points = np.asarray(points_ras, dtype=np.float64)
        return np.asarray(points @ inverse[:3, :3].T + inverse[:3, 3])

    def axis_ras(self, axis_ijk: int) -> NDArray[np.float64]:
        """(3,) unit vector of an axis: 0 for i, which is the patient's right in a RAS cube, 1 for j, 2 for k."""
        return np.asarray(self.ijk_to_ras[:3, axis_ijk] / self.spacing_mm[axis_ijk])

    def index_at(self, axis_ijk: int, position_mm: float) -> float:
        """The continuous index along an axis of a plane across it, which may be outside the box.

        Args:
            axis_ijk: The axis that the plane is across.
            position_mm: The RAS coordinate of the plane's points along that axis.
        """
        offset_mm = position_mm - float(self.center_ras @ self.axis_ras(axis_ijk))
        return float(offset_mm / self.spacing_mm[axis_ijk] + (self.shape_kji[2 - axis_ijk] - 1) / 2)

    def layer_at(self, axis_ijk: int, position_mm: float) -> int:
        """The layer of voxels across an axis that a plane lies in; see `index_at`."""
        return int(np.floor(self.index_at(axis_ijk, position_mm) + 0.5))

    def resized(self, voxels: int) -> VoxelGrid:
        """The same box sampled with `voxels` along each axis."""
        shape_ijk = np.array(self.shape_kji[::-1], dtype=np.float64)
        scale = shape_ijk / voxels
        affine = self.ijk_to_ras.copy()
        affine[:3, :3] = affine[:3, :3] * scale
        first_ijk = (scale - 1) / 2
        affine[:3, 3] = self.to_ras(first_ijk)
        return VoxelGrid((voxels, voxels, voxels), affine)


def shear_of(axes: ArrayLike) -> float:
    """How far axes are from right angles: the largest cosine between two of them.

    Args:
        axes: (3, 3), an axis a column.
    """
    unit = np.asarray(axes, dtype=np.float64)
    unit = unit / np.linalg.norm(unit, axis=0)
    return float(np.abs(unit.T @ unit - np.eye(3)).max())


def straightened(grid: VoxelGrid) -> VoxelGrid:
    """The grid with the nearest right-angled axes: the same spacing and first voxel.

    Reference: Schönemann, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 1966.
    """
    left, _, right = np.linalg.svd(grid.ijk_to_ras[:3, :3] / grid.spacing_mm)
    affine = grid.ijk_to_ras.copy()
    affine[:3, :3] = (left @ right) * grid.spacing_mm
    return VoxelGrid(grid.shape_kji, affine)


def from_sitk(image: sitk.Image) -> VoxelGrid:
    """The grid of a 3D SimpleITK image.

    Raises:
        GridError: The image is not three-dimensional.
    """
    if image.GetDimension() != 3:
        raise GridError(
            f"The image is {image.GetDimension()}D, a 3D volume is needed.", hint="Give one volume in three dimensions."
        )
    direction = np.array(image.GetDirection(), dtype=np.float64).reshape(3, 3)
    ijk_to_lps = np.eye(4)
    ijk_to_lps[:3, :3] = direction * np.array(image.GetSpacing())
    ijk_to_lps[:3, 3] = image.GetOrigin()
    size = image.GetSize()
    return VoxelGrid((size[2], size[1], size[0]), LPS_RAS @ ijk_to_lps)


def to_sitk(array_kji: NDArray[Any], grid: VoxelGrid) -> sitk.Image:
    """A SimpleITK image (LPS) of an array on a grid.

    Raises:
        GridError: The array does not have the grid's shape, or the grid is sheared (ITK knows rotations only).
    """
    import SimpleITK as sitk

    if tuple(array_kji.shape) != grid.shape_kji:
        raise GridError(f"An array of shape {tuple(array_kji.shape)} does not fit a grid of {grid.shape_kji}.")
    ijk_to_lps = LPS_RAS @ grid.ijk_to_ras
    spacing = grid.spacing_mm
    direction = ijk_to_lps[:3, :3] / spacing
    if not np.allclose(direction.T @ direction, np.eye(3), atol=1e-4):
        raise GridError("The grid is sheared, which ITK images cannot be.", hint="Resample it to a regular grid first.")
    image = sitk.GetImageFromArray(np.ascontiguousarray(array_kji))
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(ijk_to_lps[:3, 3].tolist())
    image.SetDirection(direction.ravel().tolist())
    return image


def resample(
    array_kji: NDArray[Any],
    source: VoxelGrid,
    target: VoxelGrid,
    *,
    interpolation: Interpolation = "linear",
    fill: float = 0.0,
) -> NDArray[Any]:
    """The array sampled at the target grid's voxel centres, `fill` outside; the dtype is kept."""
    import SimpleITK as sitk

    kinds = {"nearest": sitk.sitkNearestNeighbor, "linear": sitk.sitkLinear, "bspline": sitk.sitkBSpline3}
    reference = to_sitk(np.zeros(target.shape_kji, dtype=np.uint8), target)
    moving = to_sitk(array_kji, source)
    moved = sitk.Resample(moving, reference, sitk.Transform(3, sitk.sitkIdentity), kinds[interpolation], float(fill))
    return np.asarray(sitk.GetArrayFromImage(moved))
