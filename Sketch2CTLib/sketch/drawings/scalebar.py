"""A scale bar: a straight line drawn apart from the organ, with or without ticks at its ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import SketchError
from .drawing import Drawing

_SHORTEST = 0.04  # of the sheet's longer edge
_STRAIGHT = 0.025  # of the bar's length, aside from the line through its middle part
_TICK = 0.3  # of the bar's length that ticks may reach aside
_TOUCHING = 0.006  # of the sheet's longer edge: lines this close belong together


def bar_length(drawing: Drawing) -> float:
    """Length of the one scale bar in a drawing, in its units.

    Raises:
        SketchError: There is none, or several.
    """
    edge = max(drawing.size)
    bars = [size for group in _groups(drawing.apart, _TOUCHING * edge) if (size := _bar(group)) >= _SHORTEST * edge]
    if not bars:
        raise SketchError(
            "There is no scale bar in the drawing.",
            hint="Draw one straight line apart from the organ, or give a width.",
        )
    if len(bars) > 1:
        raise SketchError(
            f"There are {len(bars)} straight lines that could be the scale bar.", hint="Keep one, or give a width."
        )
    return bars[0]


def _groups(lines: tuple[NDArray[np.float64], ...], near: float) -> list[list[NDArray[np.float64]]]:
    """Lines that touch one another, together: a bar and its ticks."""
    dense = [_dense(line, near) for line in lines[:200]]
    groups: list[list[NDArray[np.float64]]] = []
    for line in dense:
        touching = [group for group in groups if any(_close(line, other, near) for other in group)]
        groups = [group for group in groups if not any(group is found for found in touching)]
        groups.append([line, *(other for group in touching for other in group)])
    return groups


def _dense(line: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """At most 400 points along a line, a step apart."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    count = int(np.clip(along[-1] / max(step, 1e-9), 2, 400))
    where = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(where, along, line[:, axis]) for axis in (0, 1)], axis=1)


def _close(one: NDArray[np.float64], other: NDArray[np.float64], near: float) -> bool:
    apart = np.linalg.norm(one[:, None] - other[None], axis=2)
    return bool(apart.min() <= 1.5 * near)


def _bar(group: list[NDArray[np.float64]]) -> float:
    """Length of the group as a bar, 0 where it is none."""
    points = np.concatenate(group)
    middle = points.mean(axis=0)
    direction = np.linalg.svd(points - middle, full_matrices=False)[2][0]
    for _ in range(4):  # the ticks lie aside of the bar: fit its middle part alone
        along = (points - middle) @ direction
        size = float(np.ptp(along))
        core = points[np.abs(along - (along.max() + along.min()) / 2) < 0.42 * size]
        if size == 0 or len(core) < 4:
            return 0.0
        middle = core.mean(axis=0)
        direction = np.linalg.svd(core - middle, full_matrices=False)[2][0]
    aside = (points - middle) @ np.array([-direction[1], direction[0]])
    along = (points - middle) @ direction
    at = (along - along.min()) / size
    inner = (at > 0.06) & (at < 0.94)
    gaps = float(np.diff(np.sort(along)).max())
    straight = bool((np.abs(aside[inner]) <= _STRAIGHT * size).mean() > 0.97)
    if not straight or np.abs(aside).max() > _TICK * size or gaps > 0.1 * size:
        return 0.0
    ends = np.abs(aside) > 2 * _STRAIGHT * size  # a slanted tick reaches beyond the bar's end
    return float(np.ptp(along[~ends]))
