"""What is measured of one made mask: against the case, against its drawing, against the asked volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...generation.report.agreement import contour_distances_mm, picture_spacing_mm, resize_picture
from ..overlap import assd_mm, dice, hd95_mm, silhouette_iou, volume_error
from ..table import Column
from .asked_cases import AskedCase
from .surfaces import shape_measures

MEASURES: tuple[Column, ...] = (
    Column("dice", "Dice"),
    Column("hd95_mm", "HD95 mm", digits=1, higher_is_better=False),
    Column("assd_mm", "ASSD mm", digits=1, higher_is_better=False),
    Column("sketch_iou", "sketch IoU"),
    Column("contour_mm", "contour mm", digits=1, higher_is_better=False),
    Column("level_0_error_abs", "volume error, level 0", "median", 1, True, False),
    Column("volume_error_abs", "volume error", "median", 1, True, False),
)


def measured(
    one: AskedCase,
    body: NDArray[np.bool_],
    level_0: NDArray[np.bool_] | None = None,
    outline: NDArray[np.bool_] | None = None,
) -> dict[str, float]:
    """Every measure of a mask of a case.

    Args:
        one: The case.
        body: (D, H, W) bool on the case's cube.
        level_0: The body before its level was moved to meet the volume; None where there is none.
        outline: (P, P) bool, the filled drawing that it shall agree with; the case's own sketch if None.

    Returns:
        `dice`, `hd95_mm`, `assd_mm` against the case; `sketch_iou`, `contour_mm` (mean of both directions) against the
        drawing; `volume_error` relative to the case's volume and `volume_error_abs`; `level_0_error` and
        `level_0_error_abs`; what the surface is like, see `surfaces.shape_measures`. NaN where there is no such
        distance or body.
    """
    grid, asked_ml = one.case.grid, one.numbers["volume_ml"]
    drawn, view = one.outline if outline is None else outline, one.sketch.plane.view
    error = volume_error(float(np.count_nonzero(body)) * grid.voxel_ml, asked_ml)
    before = float("nan")
    if level_0 is not None:
        before = volume_error(float(np.count_nonzero(level_0)) * grid.voxel_ml, asked_ml)
    return {
        "dice": dice(one.mask, body),
        "hd95_mm": hd95_mm(one.mask, body, grid.spacing_mm),
        "assd_mm": assd_mm(one.mask, body, grid.spacing_mm),
        "sketch_iou": silhouette_iou(drawn, body, view),
        "contour_mm": _contour_mm(one, drawn, body),
        "level_0_error": before,
        "level_0_error_abs": abs(before),
        "volume_error": error,
        "volume_error_abs": abs(error),
        "asked_ml": asked_ml,
        "measured_ml": float(np.count_nonzero(body)) * grid.voxel_ml,
        **shape_measures(body, grid, one.case.structure),
    }


def mean_values(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each measure over rows of one case."""
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _contour_mm(one: AskedCase, drawn: NDArray[np.bool_], body: NDArray[np.bool_]) -> float:
    from ...frames import project
    from ...frames import view as view_of

    plane = view_of(one.sketch.plane.view)
    seen = project(body, plane)
    spacing_mm = picture_spacing_mm(one.case.grid, plane.name)
    distances = contour_distances_mm(seen, resize_picture(drawn, (seen.shape[0], seen.shape[1])), spacing_mm)
    return float("nan") if distances is None else float((distances[0].mean() + distances[1].mean()) / 2)
