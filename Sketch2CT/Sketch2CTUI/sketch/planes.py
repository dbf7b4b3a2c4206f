"""Where papers lie beside each other: the same place from another side, and the papers of a new drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from Sketch2CTLib.frames import VIEWS, PlaneFrame

from ..canvas.sheets import CanvasSheet

MOST_CONTOURS = 64  # that a request may hold
_NEXT_VIEWS = {  # of a first view: the one that says most beside it comes first
    "axial": ("coronal", "sagittal"),
    "coronal": ("sagittal", "axial"),
    "sagittal": ("coronal", "axial"),
}
_STEP_MM = 20.0  # between contours that are added one after the other
_SAME_MM = 0.5


def seen_from(plane: PlaneFrame, view: str) -> PlaneFrame:
    """The plane on another standard view through the same centre; turned as the first one is turned.

    Args:
        plane: The present plane.
        view: Name of the view that is wanted.
    """
    standard, target = (PlaneFrame.standard(name, 1.0).plane_to_ras[:3, :3] for name in (plane.view, view))
    matrix = plane.plane_to_ras.copy()
    matrix[:3, :3] = plane.plane_to_ras[:3, :3] @ standard.T @ target
    return PlaneFrame(VIEWS[view].name, matrix, plane.size_mm)


def is_standard(plane: PlaneFrame, home_ras: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> bool:
    """Whether the plane is a standard view around that point: nobody has placed it."""
    usual = PlaneFrame.standard(plane.view, plane.size_mm, home_ras).plane_to_ras
    return bool(np.allclose(plane.plane_to_ras, usual))


def resized(plane: PlaneFrame, size_mm: float) -> PlaneFrame:
    """The same plane with square paper of another size."""
    return replace(plane, size_mm=(size_mm, size_mm))


def carried(plane: PlaneFrame, before: PlaneFrame, after: PlaneFrame) -> PlaneFrame:
    """A plane that goes along where another one is moved: turned with it, or only shifted if that changes its view."""
    if before.view == after.view:
        matrix = after.plane_to_ras @ np.linalg.inv(before.plane_to_ras) @ plane.plane_to_ras
    else:
        matrix = plane.plane_to_ras.copy()
        matrix[:3, 3] += after.center_ras - before.center_ras
    return PlaneFrame(plane.view, matrix, plane.size_mm)


def main_sheet(sheets: tuple[CanvasSheet, ...]) -> CanvasSheet:
    """The sheet that says where the organ lies: the first view that is drawn, else what is drawn, else the first."""
    drawn = [one for one in sheets if one.strokes]
    return next((one for one in drawn if one.role == "silhouette"), (drawn or sheets)[0])


def free_view(sheets: tuple[CanvasSheet, ...]) -> str | None:
    """The view that says most beside those that there are; None where all are taken."""
    taken = [one.plane.view for one in sheets if one.role == "silhouette"]
    wanted = (*_NEXT_VIEWS[taken[0]],) if taken else (main_sheet(sheets).plane.view,)
    return next((view for view in wanted if view not in taken), None)


def contour_at(sheets: tuple[CanvasSheet, ...], plane: PlaneFrame) -> int | None:
    """The number of the contour that lies on the same slice; None where there is none."""
    for number, one in enumerate(sheets):
        near = one.plane.view == plane.view and abs(one.plane.position_mm - plane.position_mm) < _SAME_MM
        if one.role == "contour" and near:
            return number
    return None


def next_slice(sheets: tuple[CanvasSheet, ...], view: str) -> PlaneFrame:
    """The paper of a further contour: through the middle of the others, or the next step where one lies there."""
    plane = seen_from(main_sheet(sheets).plane, view)
    middle_mm, step = plane.position_mm, 0
    while contour_at(sheets, plane) is not None:  # 0, +20, −20, +40 … mm
        step = -step if step > 0 else 1 - step
        plane = plane.at(middle_mm + step * _STEP_MM)
    return plane


def beside_others(plane: PlaneFrame, sheets: tuple[CanvasSheet, ...]) -> PlaneFrame:
    """Paper on a slice's plane, as large as that of the others and facing it; alone, where the slice's middle is."""
    main = main_sheet(sheets)
    size_mm = max(main.plane.size_mm)
    matrix = plane.plane_to_ras.copy()
    if main.strokes:
        matrix[:3, 3] = plane.to_ras(plane.from_ras(main.plane.center_ras))
    return PlaneFrame(plane.view, matrix, (size_mm, size_mm))
