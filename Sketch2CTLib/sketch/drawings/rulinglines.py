"""Families of lines that run over the whole paper at an even distance, as ruled and squared paper has them.

A family is sought in a picture turned to its direction: strips across the lines show them as peaks, peaks are followed
from strip to strip, and one smooth surface (line number, way along it) → position is fitted to them all, so that
perspective and bent paper are followed. Lines that were drawn are shorter than the paper or not evenly spaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TILES = 4  # along each edge, in which directions are sought: within one, perspective hardly fans the lines out
_STRIP = 40  # pixels along the lines
_THICKEST = 11  # pixels: thicker marks are no ruling
_PEAK = 0.45  # share of a strip's width that a line darkens
_STEEPEST = 0.12  # pixels across for one along, in the turned picture
_ALONG, _ACROSS = 0.75, 0.75  # shares of the paper that the lines span, and the family
_FEWEST = 5  # lines of a family
_NARROWEST = 7.0  # pixels between two lines
_EVEN = 0.12  # of the distance: how far a line may lie from its place
_IN_PLACE = 0.75  # share of the places between the outer lines that hold one
_SEARCHED = 0.2  # of the distance: how far from its place a line is looked for


@dataclass(frozen=True, eq=False)
class Family:
    """Lines of one direction: a map (rows, columns) of the distance in pixels to the next, and their half width."""

    away: NDArray[np.float32]
    half_width: float


def families(shade: NDArray[np.float32], faintest: float) -> list[Family]:
    """None, one (ruled paper) or two (squared paper) families of lines.

    Args:
        shade: (rows, columns), the share of the light that is missing.
        faintest: Shade that a line has at least.
    """
    families_found: list[Family] = []
    for angle in _directions(shade > faintest):
        family = _family(shade, angle, faintest)
        if family is not None:
            families_found.append(family)
    return families_found


def _directions(ink: NDArray[np.bool_]) -> list[float]:
    """The direction that most lines have, and the best one about square to it; degrees from the picture's rows."""
    angles = np.arange(0.0, 180.0, 1.0)
    score = np.zeros(len(angles))
    rows, columns = (np.linspace(0, size, _TILES + 1).astype(int) for size in ink.shape)
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            score += _lined_up(np.argwhere(ink[top:bottom, left:right])[::2].astype(np.float64), angles)
    score = np.convolve(np.r_[score[-2:], score, score[:2]], [0.5, 1, 1, 1, 0.5], "valid")
    best = int(np.argmax(score))
    square = (best + 90 + np.arange(-12, 13)) % 180
    other = int(square[np.argmax(score[square])])
    return [float(angles[n]) for n in (best, other)]


def _lined_up(points: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """How sharply points (row, column) pile up when they are seen along each direction."""
    if len(points) < 20:
        return np.zeros(len(angles))
    score = []
    for angle in np.radians(angles):
        across = points[:, 0] * np.cos(angle) - points[:, 1] * np.sin(angle)
        counts = np.bincount((across - across.min()).astype(int)).astype(np.float64)
        score.append(float((np.diff(counts) ** 2).sum()))
    return np.array(score) / len(points)


def _family(shade: NDArray[np.float32], angle: float, faintest: float) -> Family | None:
    """The lines of about one direction, or None where they are no ruling."""
    import cv2

    rows, columns = shade.shape
    edge = int(np.ceil(np.hypot(rows, columns)))
    turn = cv2.getRotationMatrix2D(((columns - 1) / 2, (rows - 1) / 2), angle, 1.0)
    turn[:, 2] += [(edge - columns) / 2, (edge - rows) / 2]
    turned = cv2.warpAffine(shade, turn, (edge, edge), flags=cv2.INTER_LINEAR)
    paper = cv2.warpAffine(np.ones_like(shade), turn, (edge, edge), flags=cv2.INTER_NEAREST) > 0
    # Opening along the column keeps what is long there, so that only what is thin across the lines remains.
    thin = turned - cv2.morphologyEx(turned, cv2.MORPH_OPEN, np.ones((_THICKEST, 1), np.uint8))
    marks = (thin > faintest) & (cv2.erode(paper.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    places = _places(marks, paper)
    if places is None:
        return None
    lines, half_width = _lines_at(thin, marks, places)
    away = cv2.distanceTransform((~lines).astype(np.uint8), cv2.DIST_L2, 5)
    back = cv2.warpAffine(away, turn, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return Family(np.asarray(back, dtype=np.float32), half_width)


def _places(marks: NDArray[np.bool_], paper: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """(lines, strips) rows at which lines run at the middle of each strip; None where they are no ruling."""
    tracks = _tracks(_peaks(marks), _present(paper))
    if len(tracks) < _FEWEST:
        return None
    numbers = _numbered(tracks)
    if numbers is None:
        return None
    points = np.array([(k, s, row) for k, track in zip(numbers, tracks, strict=True) for s, row in track.items()])
    surface = _Surface.fitted(points, marks.shape[1] // _STRIP)
    return surface.places(paper) if surface is not None and _is_ruling(surface, tracks, numbers, paper) else None


def _peaks(marks: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Of each strip: the rows that are dark over most of its width."""
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    peaks = []
    for left in range(0, marks.shape[1] - _STRIP + 1, _STRIP):
        # A line that leans over the strip by a pixel or two still counts as one.
        share = marks[:, left : left + _STRIP].mean(axis=1)
        share = np.convolve(share, np.ones(3), "same")
        soft = gaussian_filter1d(share, 1.0)
        at, _ = find_peaks(soft, height=_PEAK, distance=max(2, int(_NARROWEST * 0.7)))
        peaks.append(_centred(soft, at))
    return peaks


def _centred(profile: NDArray[np.float64], at: NDArray[np.intp]) -> NDArray[np.float64]:
    """Peaks to a fraction of a pixel, by the parabola through their neighbours."""
    at = at[(at > 0) & (at < len(profile) - 1)]
    before, here, after = profile[at - 1], profile[at], profile[at + 1]
    bend = before - 2 * here + after
    return np.asarray(at + np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1.0), 0.0))


def _present(paper: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(rows, strips): where the middle of a strip lies on the picture."""
    middles = np.arange(paper.shape[1] // _STRIP) * _STRIP + _STRIP // 2
    return np.asarray(paper[:, middles])


def _tracks(peaks: list[NDArray[np.float64]], present: NDArray[np.bool_]) -> list[dict[int, float]]:
    """Lines followed from strip to strip, from upper to lower: strip → row; only those along most of the paper."""
    open_ones: list[dict[int, float]] = []
    for strip, rows in enumerate(peaks):
        for row in rows.tolist():
            best, best_off = None, np.inf
            for track in open_ones:
                last = max(track)
                ahead = strip - last
                if not 0 < ahead <= 4:
                    continue
                off = abs(row - _expected(track, strip))
                room = 2.5 if len(track) > 2 else _STEEPEST * _STRIP * ahead
                if off <= room and off < best_off:
                    best, best_off = track, off
            if best is None:
                open_ones.append({strip: row})
            else:
                best[strip] = row
    long = [track for track in open_ones if len(track) >= _ALONG * max(3, _chord(track, present))]
    return sorted(long, key=lambda track: float(np.median(list(track.values()))))


def _expected(track: dict[int, float], strip: int) -> float:
    """Where a line goes on, by its last strips."""
    strips = sorted(track)[-5:]
    rows = [track[s] for s in strips]
    slope = (rows[-1] - rows[0]) / (strips[-1] - strips[0]) if len(strips) > 2 else 0.0
    return rows[-1] + slope * (strip - strips[-1])


def _chord(track: dict[int, float], present: NDArray[np.bool_]) -> int:
    """Strips of the paper at a line's height."""
    row = int(np.clip(round(float(np.median(list(track.values())))), 0, len(present) - 1))
    return int(present[row].sum())


def _numbered(tracks: list[dict[int, float]]) -> list[int] | None:
    """Which line of the ruling each is, counted from the first; None where the distances do not repeat."""
    gaps = np.array([_between(one, two) for one, two in pairwise(tracks)])
    usual = float(np.median(gaps))
    single = gaps[np.abs(gaps / usual - 1) < 0.25]
    if usual < _NARROWEST or len(single) < _FEWEST - 1:
        return None
    numbers, near = [0], usual
    for gap in gaps:
        steps = max(1, round(float(gap / near)))
        numbers.append(numbers[-1] + steps)
        near = 0.5 * near + 0.5 * float(gap) / steps if abs(gap / steps / near - 1) < 0.25 else near
    return numbers


def _between(one: dict[int, float], two: dict[int, float]) -> float:
    shared = sorted(one.keys() & two.keys())
    if shared:
        return float(np.median([two[s] - one[s] for s in shared]))
    return float(np.median(list(two.values())) - np.median(list(one.values())))


@dataclass(frozen=True, eq=False)
class _Surface:
    """Row of a line by its number and strip: a polynomial of third degree."""

    terms: NDArray[np.floating[Any]]
    numbers: tuple[float, float]
    strips: int

    @classmethod
    def fitted(cls, points: NDArray[np.floating[Any]], strips: int) -> _Surface | None:
        """Through (number, strip, row), what lies off left out."""
        if not np.isfinite(points).all():
            return None
        surface = cls(np.zeros(9), (float(points[:, 0].min()), float(points[:, 0].max())), strips)
        inliers = points
        for _ in range(3):
            columns = surface._columns(inliers[:, 0], inliers[:, 1])
            terms = np.linalg.lstsq(columns, inliers[:, 2], rcond=None)[0]
            surface = cls(terms, surface.numbers, strips)
            off = np.abs(surface.at(points[:, 0], points[:, 1]) - points[:, 2])
            inliers = points[off <= max(1.0, 3 * float(np.median(off)))]
        return surface

    def _columns(self, k: NDArray[np.floating[Any]], s: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        low, high = self.numbers
        u = (k - (low + high) / 2) / max(1.0, (high - low) / 2)
        v = s / max(1, self.strips - 1) * 2 - 1
        return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v, u * u * v, u * v * v, v**3], axis=-1)

    def at(self, k: NDArray[np.floating[Any]], s: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Rows of line k at the middle of strip s."""
        return np.asarray(self._columns(k, s) @ self.terms)

    def distance(self) -> float:
        """Rows between two lines, in the middle."""
        middle = (self.numbers[0] + self.numbers[1]) / 2
        rows = self.at(np.array([middle - 0.5, middle + 0.5]), np.full(2, (self.strips - 1) / 2))
        return float(rows[1] - rows[0])

    def places(self, paper: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(lines, strips) rows of all lines that the paper has room for."""
        beyond = int(len(paper) / max(_NARROWEST, self.distance())) + 1
        numbers = np.arange(self.numbers[0] - min(beyond, 8), self.numbers[1] + min(beyond, 8) + 1)
        k, s = np.meshgrid(numbers, np.arange(self.strips, dtype=np.float64), indexing="ij")
        return self.at(k, s)


def _is_ruling(surface: _Surface, tracks: list[dict[int, float]], numbers: list[int], paper: NDArray[np.bool_]) -> bool:
    """Whether the lines lie evenly, hardly one is missing, and they span the paper."""
    distance = surface.distance()
    if distance < _NARROWEST:
        return False
    even = []
    for number, track in zip(numbers, tracks, strict=True):
        strips = np.array(sorted(track), dtype=np.float64)
        rows = np.array([track[int(s)] for s in strips])
        off = np.abs(surface.at(np.full(len(strips), float(number)), strips) - rows)
        even.append(float(np.median(off)) <= max(1.0, _EVEN * distance))
    held = len({number for number, fits in zip(numbers, even, strict=True) if fits})
    height = float(np.count_nonzero(paper[:, paper.shape[1] // 2]))
    span = distance * (numbers[-1] - numbers[0])
    return held >= max(_FEWEST, _IN_PLACE * (numbers[-1] - numbers[0] + 1)) and span >= _ACROSS * height


def _lines_at(
    thin: NDArray[np.float32], marks: NDArray[np.bool_], places: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], float]:
    """The lines one pixel wide, moved to where they are darkest near their places, and half their width."""
    columns = np.arange(thin.shape[1])
    middles = np.arange(places.shape[1]) * _STRIP + (_STRIP - 1) / 2
    distance = float(np.median(np.diff(places, axis=0)))
    reach = max(1, int(_SEARCHED * distance))
    lines = np.zeros(thin.shape, dtype=bool)
    profile = np.zeros(2 * _THICKEST + 1)
    for place in places:
        rows = np.interp(columns, middles, place + _shifts(marks, place, reach))
        whole = np.round(rows).astype(int)
        on = (whole >= _THICKEST) & (whole < len(thin) - _THICKEST)
        lines[whole[on], columns[on]] = True
        for offset in range(-_THICKEST, _THICKEST + 1):
            profile[offset + _THICKEST] += float(marks[whole[on] + offset, columns[on]].sum())
    wide = profile > 0.35 * profile.max()
    middle = _THICKEST
    while middle + 1 < len(wide) and wide[middle + 1] and middle - _THICKEST < 5:
        middle += 1
    return lines, middle - _THICKEST + 0.5


def _shifts(marks: NDArray[np.bool_], place: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """By strip: how far a line lies from its place, smoothed over its neighbours."""
    from scipy.ndimage import median_filter

    shifts = np.zeros(len(place))
    for strip, row in enumerate(np.round(place).astype(int)):
        low, high = row - reach, row + reach + 1
        if low < 1 or high > len(marks) - 1:
            continue
        share = marks[low - 1 : high + 1, strip * _STRIP : (strip + 1) * _STRIP].mean(axis=1)
        share = np.convolve(share, np.ones(3), "valid")
        if share.max() > _PEAK:
            best = np.flatnonzero(share >= share.max() - 1e-9)
            shifts[strip] = float(best.mean()) - reach
    return np.asarray(median_filter(shifts, 5, mode="nearest"))
