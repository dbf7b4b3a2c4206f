"""A sheet of paper photographed on a darker table: its four corners, its true aspect, and the sheet seen straight on.

Reference: Z. Zhang, L.-W. He, 'Whiteboard scanning and image enhancement', Digital Signal Processing 17 (2007): the
aspect of a rectangle and the focal length from its four corners, the principal point at the picture's middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

_DETECTION = 640  # pixels of the longer edge in which sides are sought
_MOST_SIDES = 16
_SAMPLES = 48  # along a side
_REACH = 6.0  # pixels inside and outside of a side at which light is compared
_BRIGHTER = 1.12  # the sheet's light over the table's, along its sides
_SUPPORTED = 0.88  # share of a side along which the sheet is brighter
_SMALLEST, _LARGEST = 0.2, 0.94  # of the picture's area; beyond it lies a scanner's frame, not a table
_TRIM = 0.012  # of the rectified sheet's longer edge, cut off all around: the sheet's own edge is no line
_PAPERS = ((2**0.5, "an A-series sheet"), (11 / 8.5, "a Letter sheet"))
_PAPER_ROOM = 0.035  # relative difference of the aspect within which a sheet is taken for a common one
_FOCAL = 0.8  # of the picture's longer edge: a phone's usual lens, where the corners do not tell
_FOCAL_RANGE = (0.45, 2.5)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet seen straight on.

    Args:
        grey: (rows, columns) uint8, the sheet without its rim.
        trim: Width of the rim that was cut off, in pixels.
        corners: (4, 2) (column, row) in the photo, clockwise from the upper left.
        aspect: Longer over shorter edge.
        note: What was done, for the person who photographed it.
    """

    grey: NDArray[np.uint8]
    trim: int
    corners: NDArray[np.float64]
    aspect: float
    note: str


def straightened(grey: NDArray[np.uint8], longest: int) -> Sheet | None:
    """The sheet in a photo, seen straight on, or None where its four corners are not seen against a darker table.

    Args:
        grey: (rows, columns) uint8, dark lines on light paper.
        longest: Longer edge of the result in pixels.
    """
    import cv2

    corners = sheet_corners(grey)
    if corners is None:
        return None
    across = _aspect(corners, grey.shape)  # width over height
    named = ""
    for usual, name in _PAPERS:
        if abs(max(across, 1 / across) / usual - 1) < _PAPER_ROOM:
            across, named = (usual if across > 1 else 1 / usual), f", taken for {name}"
            break
    trim = int(np.ceil(_TRIM * longest))
    full = longest + 2 * trim
    width, height = (full, round(full / across)) if across >= 1 else (round(full * across), full)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    flat = cv2.warpPerspective(grey, matrix, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    aspect = max(across, 1 / across)
    note = (
        f"The sheet's four corners were found and its perspective taken out (its edges are as {aspect:.2f} : 1{named})."
    )
    return Sheet(np.asarray(flat[trim : height - trim, trim : width - trim]), trim, corners, aspect, note)


def sheet_corners(grey: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """(4, 2) continuous (column, row) of a sheet's corners, clockwise from the upper left; None where none is seen."""
    import cv2

    scale = min(1.0, _DETECTION / max(grey.shape))
    size = (max(8, round(grey.shape[1] * scale)), max(8, round(grey.shape[0] * scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    if min(small.shape) < 64 or not _has_table(small):
        return None
    light = _without_lines(small)
    best = _best_quad(light, _sides(light))
    if best is None:
        return None
    refined = _refined(light, best)
    factor = np.array([grey.shape[1] / size[0], grey.shape[0] / size[1]])
    return np.asarray((refined + 0.5) * factor - 0.5)


def _has_table(small: NDArray[np.uint8]) -> bool:
    """Whether the picture's border is on the whole darker than its bright part: a scan's is not."""
    border = np.concatenate([small[:4].ravel(), small[-4:].ravel(), small[:, :4].ravel(), small[:, -4:].ravel()])
    return float(np.median(border)) < 0.88 * float(np.quantile(small, 0.8))


def _without_lines(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logarithm of the light, thin dark lines closed over."""
    import cv2

    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    soft = cv2.GaussianBlur(cv2.medianBlur(closed, 5), (0, 0), 1.2)
    return np.asarray(np.log(np.maximum(soft.astype(np.float32), 4.0)), dtype=np.float32)


def _sides(light: NDArray[np.float32]) -> list[tuple[float, float]]:
    """Candidates for sides, strongest first, as (distance, angle of the normal): x cos + y sin = distance."""
    import cv2

    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(light, cv2.CV_32F, 0, 1) / 8
    slope = np.hypot(across, down)
    high = max(0.02, float(np.quantile(slope, 0.97)) * 0.5)
    edges = cv2.Canny(_as_int16(across), _as_int16(down), 0.4 * high * 4096, high * 4096, L2gradient=True)
    lines = cv2.HoughLines(edges, 1.0, np.pi / 360, int(0.12 * max(light.shape)))
    chosen: list[tuple[float, float]] = []
    for distance, angle in [] if lines is None else np.reshape(lines, (-1, lines.shape[-1]))[:, :2][:4000].tolist():
        if all(not _same_line(distance, angle, *other) for other in chosen):
            chosen.append((distance, angle))
        if len(chosen) == _MOST_SIDES:
            break
    return chosen


def _as_int16(slope: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.asarray(np.clip(slope * 4096, -32000, 32000).astype(np.int16))


def _same_line(distance: float, angle: float, other_distance: float, other_angle: float) -> bool:
    turn = abs(angle - other_angle)
    if turn > np.pi / 2:
        turn, other_distance = np.pi - turn, -other_distance
    return turn < np.radians(4) and abs(distance - other_distance) < 14


def _best_quad(light: NDArray[np.float32], sides: list[tuple[float, float]]) -> NDArray[np.float64] | None:
    """The largest quadrilateral that is brighter than its surroundings along all four sides."""
    quads = sorted(_quads(sides, light.shape), key=_area, reverse=True)
    for quad in quads:
        if min(_support(light, quad[n], quad[(n + 1) % 4]) for n in range(4)) >= _SUPPORTED:
            return quad
    return None


def _quads(sides: list[tuple[float, float]], shape: tuple[int, ...]) -> Iterator[NDArray[np.float64]]:
    rows, columns = shape
    pairs = [pair for pair in combinations(sides, 2) if _turn(pair[0][1], pair[1][1]) < np.radians(35)]
    for one, two in combinations(pairs, 2):
        if min(_turn(a[1], b[1]) for a in one for b in two) < np.radians(50):
            continue
        points = [
            _crossing(one[0], two[0]),
            _crossing(one[0], two[1]),
            _crossing(one[1], two[1]),
            _crossing(one[1], two[0]),
        ]
        quad = np.array(points)
        inside = (quad > -4).all() and (quad[:, 0] < columns + 3).all() and (quad[:, 1] < rows + 3).all()
        if inside and _SMALLEST < _area(quad) / (rows * columns) < _LARGEST:
            yield _clockwise(quad)


def _turn(one: float, other: float) -> float:
    """Angle between two normals, 0 to 90°."""
    turn = abs(one - other) % np.pi
    return float(min(turn, np.pi - turn))


def _crossing(one: tuple[float, float], two: tuple[float, float]) -> NDArray[np.float64]:
    normals = np.array([[np.cos(one[1]), np.sin(one[1])], [np.cos(two[1]), np.sin(two[1])]])
    return np.asarray(np.linalg.solve(normals, np.array([one[0], two[0]])))


def _clockwise(quad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clockwise on the picture, beginning at the upper left."""
    away = quad - quad.mean(axis=0)
    turned = quad[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]
    first = int(np.argmin(turned.sum(axis=1)))
    return np.roll(turned, -first, axis=0)


def _area(quad: NDArray[np.float64]) -> float:
    x, y = quad[:, 0], quad[:, 1]
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _support(light: NDArray[np.float32], start: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    """Share of a clockwise side along which the inner light is clearly brighter than the outer."""
    along = end - start
    size = float(np.linalg.norm(along))
    if size < 0.15 * max(light.shape):
        return 0.0
    inward = np.array([-along[1], along[0]]) / size
    points = start + np.linspace(0.04, 0.96, _SAMPLES)[:, None] * along
    brighter = _at(light, points + _REACH * inward) - _at(light, points - _REACH * inward)
    return float((brighter > np.log(_BRIGHTER)).mean())


def _at(light: NDArray[np.float32], points: NDArray[np.float64]) -> NDArray[np.float32]:
    import cv2

    where = points.reshape(1, -1, 2).astype(np.float32)
    return np.asarray(
        cv2.remap(light, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
    )


def _refined(light: NDArray[np.float32], quad: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners from sides fitted to the steepest change of light near the rough ones."""
    for reach in (8.0, 4.0):
        fitted = [_fitted_side(light, quad[n], quad[(n + 1) % 4], reach) for n in range(4)]
        moved = np.array([_crossing(fitted[n - 1], fitted[n]) for n in range(4)])
        if np.abs(moved - quad).max() > 0.1 * max(light.shape):
            return quad
        quad = moved
    return quad


def _fitted_side(
    light: NDArray[np.float32], start: NDArray[np.float64], end: NDArray[np.float64], reach: float
) -> tuple[float, float]:
    import cv2

    along = end - start
    inward = np.array([-along[1], along[0]]) / np.linalg.norm(along)
    points = start + np.linspace(0.05, 0.95, 2 * _SAMPLES)[:, None] * along
    steps = np.arange(-reach, reach + 0.25, 0.5)
    profile = _at(light, (points[:, None] + steps[:, None] * inward).reshape(-1, 2)).reshape(len(points), -1)
    rise = np.gradient(profile, axis=1)
    weight = np.clip(rise, 0, None) ** 2 + 1e-12
    peak = steps[np.argmax(rise, axis=1)]
    near = np.abs(steps - peak[:, None]) <= 2.0
    offset = (weight * near * steps).sum(axis=1) / (weight * near).sum(axis=1)
    edge = (points + offset[:, None] * inward).astype(np.float32)
    dx, dy, x, y = np.ravel(cv2.fitLine(edge, cv2.DIST_HUBER, 0, 0.01, 0.01)).tolist()
    angle = float(np.arctan2(dx, -dy))
    return float(x * np.cos(angle) + y * np.sin(angle)), angle


def _aspect(corners: NDArray[np.float64], shape: tuple[int, ...]) -> float:
    """Width over height of the rectangle that is seen as these corners."""
    rows, columns = shape
    longest = max(rows, columns)
    centred = (corners - np.array([(columns - 1) / 2, (rows - 1) / 2])) / longest
    m1, m2, m4, m3 = np.column_stack([centred, np.ones(4)])  # clockwise → Zhang's rows: upper two, lower two
    k2 = np.dot(np.cross(m1, m4), m3) / np.dot(np.cross(m2, m4), m3)
    k3 = np.dot(np.cross(m1, m4), m2) / np.dot(np.cross(m3, m4), m2)
    across, down = k2 * m2 - m1, k3 * m3 - m1
    squared = -(across[0] * down[0] + across[1] * down[1]) / (across[2] * down[2]) if across[2] * down[2] else -1.0
    focal = float(np.sqrt(squared)) if squared > 0 else 0.0
    if not _FOCAL_RANGE[0] <= focal <= _FOCAL_RANGE[1]:
        focal = _FOCAL
    lens = np.array([1 / focal, 1 / focal, 1.0])
    return float(np.linalg.norm(across * lens) / np.linalg.norm(down * lens))
