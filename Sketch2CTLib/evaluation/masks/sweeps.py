"""Sweeps: one sketch, a volume or a depth asked from far too small to far too large, the slope of what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...conditioning.lifted import EXTENTS
from ...frames import view as view_of
from ..table import CaseRow, Column
from .methods import Asking, level_zero

SWEEP = "volume_sweep"
SAYS = (
    "volume, then depth, asked from −3 to +3 SD around the case's own, with its sketch alone: no other number, no words"
)
DEVIATIONS: tuple[float, ...] = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
KINDS: Mapping[str, str] = {
    "matched": "as shipped",
    "level_0": "the same samples before the level shift",
    "unmatched": "no volume matching at all: the network and the sketch",
}
_USUAL = 2.0  # SD
_MOST_OF_CUBE = 0.95  # of its edge
SWEEP_COLUMNS: tuple[Column, ...] = (
    *(Column(f"slope_{kind}", f"slope, {kind.replace('_', ' ')}", higher_is_better=None) for kind in KINDS),
    Column("slope_usual", "slope, as shipped, within 2 SD", higher_is_better=None),
    Column("slope_depth", "slope, depth", higher_is_better=None),
    Column("error_abs", "volume error", "median", 1, True, False),
)


def sweep_case(asking: Asking) -> dict[str, float]:
    """One case's sweep.

    The standard deviation is that of the logarithm of the structure's training volumes, as the model's own scaler
    has it: asked = own volume · exp(SD · deviation). A volume that the drawn outline cannot hold, or that would leave
    it unfilled, is asked all the same, and what came out is reported.

    Returns:
        `asked_ml@d`, and `matched_ml@d`, `level_0_ml@d`, `unmatched_ml@d` for each deviation d; the slopes
        `slope_matched`, … of each on asked (least squares, mL on mL); `slope_usual`, that of matched within 2 SD, which
        most outlines hold; `error_abs`, the median of |matched / asked − 1|; and of the extent along the sketch's view,
        which the outline leaves open, `asked_depth_mm@d`, `depth_mm@d` and `slope_depth`.
    """
    std = _deviation(asking, "volume_ml")
    voxel_ml, unmatched = asking.grid.voxel_ml, replace(asking.settings, match_volume=False)
    values: dict[str, float] = {}
    for deviation in DEVIATIONS:
        asked_ml = asking.one.numbers["volume_ml"] * float(np.exp(std * deviation))
        request = replace(asking.one.request({"volume_ml": asked_ml}), sentences=())
        sample = asking.draw(request)
        level_0 = level_zero(request, sample.field, asking.settings)
        values |= {
            at("asked", deviation): asked_ml,
            at("matched", deviation): sample.mask.volume_ml,
            at("level_0", deviation): float(np.count_nonzero(level_0)) * voxel_ml,
            at("unmatched", deviation): asking.draw(request, unmatched).mask.volume_ml,
        }
    asked = series(values, "asked")
    values |= {f"slope_{kind}": slope(asked, series(values, kind)) for kind in KINDS}
    near = [number for number, deviation in enumerate(DEVIATIONS) if abs(deviation) <= _USUAL]
    matched = series(values, "matched")
    values["slope_usual"] = slope([asked[one] for one in near], [matched[one] for one in near])
    errors = [abs(measured / wanted - 1.0) for measured, wanted in zip(matched, asked, strict=True)]
    return values | {"error_abs": float(np.median(errors))} | _depths(asking)


def _depths(asking: Asking) -> dict[str, float]:
    """The sweep of the extent along the sketch's view; what the cube cannot hold is not asked."""
    axis_kji = view_of(asking.one.sketch.plane.view).axis_kji
    name = EXTENTS[2 - axis_kji]
    std, cube_mm, spacing_mm = _deviation(asking, name), float(asking.grid.size_mm[0]), float(asking.grid.spacing_mm[0])
    values: dict[str, float] = {}
    for deviation in DEVIATIONS:
        asked_mm = asking.one.numbers[name] * float(np.exp(std * deviation))
        if asked_mm > _MOST_OF_CUBE * cube_mm:
            continue
        body = asking.draw(replace(asking.one.request({name: asked_mm}), sentences=())).mask.body
        layers = np.flatnonzero(body.any(axis=tuple(other for other in range(3) if other != axis_kji)))
        values[f"asked_depth_mm@{deviation:+g}"] = asked_mm
        values[f"depth_mm@{deviation:+g}"] = float(np.ptp(layers) + 1) * spacing_mm if len(layers) else 0.0
    asked, found = ([v for key, v in values.items() if key.startswith(start)] for start in ("asked", "depth"))
    return values | {"slope_depth": slope(asked, found)}


def _deviation(asking: Asking, name: str) -> float:
    """The standard deviation of the logarithm of a number over the structure's training cases."""
    return float(asking.pipeline.mask_models.scaler.statistics[asking.one.case.structure][name][1])


def at(kind: str, deviation: float) -> str:
    """The name of one point of a sweep."""
    return f"{kind}_ml@{deviation:+g}"


def series(values: Mapping[str, float], kind: str) -> list[float]:
    """A sweep's volumes of one kind in mL, in the order of `DEVIATIONS`."""
    return [values[at(kind, deviation)] for deviation in DEVIATIONS]


def slope(asked: Sequence[float], found: Sequence[float]) -> float:
    """Of the least-squares line of found on asked; NaN where all that was asked is the same, or one value alone."""
    if len(asked) < 2 or np.ptp(asked) == 0:
        return float("nan")
    return float(np.polyfit(asked, found, 1)[0])


def sweep_rows(rows: Sequence[CaseRow]) -> list[CaseRow]:
    """The rows of sweeps among rows of all kinds."""
    return [row for row in rows if row.method == SWEEP]
