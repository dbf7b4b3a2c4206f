"""Planes that follow from others: the second view's, and paper of another size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from Sketch2CTLib.frames import VIEWS, PlaneFrame

SECOND_VIEW = {"axial": "coronal", "coronal": "sagittal", "sagittal": "coronal"}


def seen_from(plane: PlaneFrame, view: str) -> PlaneFrame:
    """The plane on another standard view through the same centre; turned as the first one is turned.

    Args:
        plane: That is there.
        view: Name of the view that is wanted.
    """
    standard, wanted = (PlaneFrame.standard(name, 1.0).plane_to_ras[:3, :3] for name in (plane.view, view))
    matrix = plane.plane_to_ras.copy()
    matrix[:3, :3] = plane.plane_to_ras[:3, :3] @ standard.T @ wanted
    return PlaneFrame(VIEWS[view].name, matrix, plane.size_mm)


def is_standard(plane: PlaneFrame) -> bool:
    """Whether the plane is a standard view around the origin: nobody has placed it."""
    usual = PlaneFrame.standard(plane.view, plane.size_mm).plane_to_ras
    return bool(np.allclose(plane.plane_to_ras, usual))


def resized(plane: PlaneFrame, size_mm: float) -> PlaneFrame:
    """The same plane with square paper of another size."""
    return replace(plane, size_mm=(size_mm, size_mm))
