"""Drawing planes: where a sketch lies in the patient, and how a cube is seen from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import GridError

ViewName = Literal["axial", "coronal", "sagittal"]


@dataclass(frozen=True)
class View:
    """A standard view of a RAS cube, as Slicer shows it.

    Args:
        name: axial, coronal or sagittal.
        axis_kji: The array axis that the view looks along (0 = k/S, 1 = j/A, 2 = i/R).
        u_ras, v_ras: Unit vectors to the right and up on paper.
        flip: The two remaining array axes, in array order, reversed to make rows (top first) and columns.
        letters: Orientation letters at left, right, top and bottom of the picture.
    """

    name: ViewName
    axis_kji: int
    u_ras: tuple[float, float, float]
    v_ras: tuple[float, float, float]
    flip: tuple[bool, bool]
    letters: tuple[str, str, str, str]

    @property
    def normal_ras(self) -> NDArray[np.float64]:
        """U × v: points from the paper to the viewer."""
        return np.cross(self.u_ras, self.v_ras)

    @property
    def axis_ras(self) -> int:
        """The RAS axis (0 R, 1 A, 2 S) that the view looks along."""
        return 2 - self.axis_kji

    def to_picture(self, slab: NDArray[Any]) -> NDArray[Any]:
        """A 2D array whose axes are the cube's two other axes in array order → (rows, columns), row 0 on top."""
        rows, columns = self.flip
        return slab[:: -1 if rows else 1, :: -1 if columns else 1]

    def from_picture(self, picture: NDArray[Any]) -> NDArray[Any]:
        """Undoes `to_picture` (a flip is its own inverse)."""
        return self.to_picture(picture)


VIEWS: dict[str, View] = {
    "axial": View("axial", 0, (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (True, True), ("R", "L", "A", "P")),
    "coronal": View("coronal", 1, (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (True, True), ("R", "L", "S", "I")),
    "sagittal": View("sagittal", 2, (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), (True, True), ("A", "P", "S", "I")),
}


def view(name: str) -> View:
    """The standard view of that name.

    Raises:
        GridError: There is no such view.
    """
    if name not in VIEWS:
        raise GridError(f"Unknown view '{name}'.", hint=f"Choose one of {', '.join(VIEWS)}.")
    return VIEWS[name]


def told_place(name: str, position_mm: float) -> str:
    """Where a plane across a view lies, 'S +12 mm': the letter of the axis that grows, and the RAS coordinate."""
    whole = f"{position_mm:+.0f}".replace("-0", "+0") if abs(position_mm) < 0.5 else f"{position_mm:+.0f}"
    return f"{'RAS'[view(name).axis_ras]} {whole} mm".replace("-", "−")


def project(
    array_kji: NDArray[Any],
    plane: View,
    reduce: Callable[..., NDArray[Any]] = np.max,
) -> NDArray[Any]:
    """The cube reduced along the view's axis, as a picture: row 0 on top, column 0 at the left of the paper."""
    return plane.to_picture(reduce(array_kji, axis=plane.axis_kji))


@dataclass(frozen=True, eq=False)
class PlaneFrame:
    """A rectangle of paper in space: 2D points (u, v) in mm from its centre, u right and v up.

    Args:
        view: Name of the standard view that the plane is closest to (decides which way a cube is projected).
        plane_to_ras: (4, 4); columns u, v, normal (unit vectors, right-handed) and centre in RAS mm.
        size_mm: Width and height of the paper in mm.
    """

    view: ViewName
    plane_to_ras: NDArray[np.float64]
    size_mm: tuple[float, float]

    def __post_init__(self) -> None:
        matrix = np.array(self.plane_to_ras, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise GridError("A plane needs a finite 4×4 matrix.")
        if not np.allclose(matrix[:3, :3].T @ matrix[:3, :3], np.eye(3), atol=1e-4):
            raise GridError("The axes of a plane must be orthonormal.", hint="Use unit vectors at right angles.")
        if np.shape(self.size_mm) != (2,) or not all(np.isfinite(s) and s > 0 for s in self.size_mm):
            raise GridError(f"A plane needs a positive width and height in mm, got {self.size_mm}.")
        view(self.view)
        matrix.setflags(write=False)
        object.__setattr__(self, "plane_to_ras", matrix)
        object.__setattr__(self, "size_mm", (float(self.size_mm[0]), float(self.size_mm[1])))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PlaneFrame):
            return NotImplemented
        same_matrix = bool(np.array_equal(self.plane_to_ras, other.plane_to_ras))
        return (self.view, self.size_mm) == (other.view, other.size_mm) and same_matrix

    def __hash__(self) -> int:
        return hash((self.view, self.size_mm, self.plane_to_ras.tobytes()))

    @classmethod
    def standard(
        cls, name: str, size_mm: float | tuple[float, float], center_ras: ArrayLike = (0.0, 0.0, 0.0)
    ) -> PlaneFrame:
        """A standard view's plane of the given size, centred on a RAS point."""
        chosen = view(name)
        matrix = np.eye(4)
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = chosen.u_ras, chosen.v_ras, chosen.normal_ras
        matrix[:3, 3] = np.asarray(center_ras, dtype=np.float64)
        both = (size_mm, size_mm) if isinstance(size_mm, int | float) else size_mm
        return cls(chosen.name, matrix, both)

    @property
    def center_ras(self) -> NDArray[np.float64]:
        """(3,) RAS mm of the middle of the paper."""
        return self.plane_to_ras[:3, 3]

    @property
    def position_mm(self) -> float:
        """The RAS coordinate along its view: how far to the right, front or top it lies."""
        chosen = view(self.view)
        return float(self.center_ras @ self.plane_to_ras[:3, 2] * chosen.normal_ras[chosen.axis_ras])

    def at(self, position_mm: float) -> PlaneFrame:
        """The same paper, moved along its normal to another position."""
        chosen, matrix = view(self.view), self.plane_to_ras.copy()
        matrix[:3, 3] += matrix[:3, 2] * ((position_mm - self.position_mm) * chosen.normal_ras[chosen.axis_ras])
        return PlaneFrame(self.view, matrix, self.size_mm)

    def to_ras(self, points_uv_mm: ArrayLike) -> NDArray[np.float64]:
        """Points on paper (..., 2) in mm → RAS mm."""
        points = np.asarray(points_uv_mm, dtype=np.float64)
        return np.asarray(points @ self.plane_to_ras[:3, :2].T + self.plane_to_ras[:3, 3])

    def from_ras(self, points_ras: ArrayLike) -> NDArray[np.float64]:
        """RAS mm points (..., 3) → their feet on the paper (u, v) in mm."""
        points = np.asarray(points_ras, dtype=np.float64) - self.plane_to_ras[:3, 3]
        return np.asarray(points @ self.plane_to_ras[:3, :2])

    def to_pixels(self, points_uv_mm: ArrayLike, shape: tuple[int, int]) -> NDArray[np.float64]:
        """Points on paper (..., 2) in mm → continuous (column, row) of a picture of `shape` (rows, columns).

        Pixel centres are whole numbers; the paper's edge is half a pixel outside the first and last centre.
        """
        points = np.asarray(points_uv_mm, dtype=np.float64)
        rows, columns = shape
        column = (points[..., 0] / self.size_mm[0] + 0.5) * columns - 0.5
        row = (0.5 - points[..., 1] / self.size_mm[1]) * rows - 0.5
        return np.stack([column, row], axis=-1)

    def from_pixels(self, points_column_row: ArrayLike, shape: tuple[int, int]) -> NDArray[np.float64]:
        """Undoes `to_pixels`."""
        points = np.asarray(points_column_row, dtype=np.float64)
        rows, columns = shape
        u = ((points[..., 0] + 0.5) / columns - 0.5) * self.size_mm[0]
        v = (0.5 - (points[..., 1] + 0.5) / rows) * self.size_mm[1]
        return np.stack([u, v], axis=-1)
