"""SVG geometry → polylines: path data with curves and arcs, transforms, and lengths.

Reference: Scalable Vector Graphics 2, chapters 8 (coordinate systems) and 9 (paths); arcs as in its appendix B.2.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...errors import SketchError

_NUMBER = re.compile(r"[\s,]*+([+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d{1,3})?)")
_FLAG = re.compile(r"[\s,]*+([01])")
_COMMAND = re.compile(r"[\s,]*+([MmZzLlHhVvCcSsQqTtAa])")
_TRANSFORM = re.compile(r"[\s,]*+(matrix|translate|scale|rotate|skewX|skewY)\s*+\(([^()]{0,400}+)\)")
_LENGTH = re.compile(r"\s*+([+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d{1,3})?)\s*+([a-zA-Z]{0,4}+|%)\s*+")
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_FARTHEST = 1e7  # of a coordinate: beyond it a file is damaged
_CURVE_POINTS = 24
_ARC_STEP = math.radians(5)

MM_OF_UNIT = {"mm": 1.0, "cm": 10.0, "q": 0.25, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6}
PX_OF_UNIT = {"": 1.0, "px": 1.0} | {unit: mm * 96 / 25.4 for unit, mm in MM_OF_UNIT.items()}


@dataclass(eq=False)
class Piece:
    """A run of a path: its points (N, 2), x right and y down, and whether it was closed."""

    points: list[tuple[float, float]] = field(default_factory=list)
    closed: bool = False


def numbers(text: str, most: int) -> list[float]:
    """The numbers of a list such as `points`; raises SketchError where there are too many or none can be."""
    found, at = [], 0
    while match := _NUMBER.match(text, at):
        found.append(_finite(match[1]))
        at = match.end()
        if len(found) > most:
            raise SketchError(f"The SVG has a shape of more than {most // 2:,} points.", hint="Simplify it.")
    return found


def length(text: str | None, *, percent_of: float = 0.0, default: float = 0.0) -> float:
    """A length in px (user units); percent of the viewport; the default where it cannot be read."""
    match = _LENGTH.fullmatch(text[:100]) if text else None
    if match is None:
        return default
    unit = match[2].lower()
    value = _finite(match[1])
    if unit == "%":
        return value * percent_of / 100
    return value * PX_OF_UNIT[unit] if unit in PX_OF_UNIT else default


def physical_mm(text: str | None) -> float | None:
    """A length that is given in mm, cm, in, pt, pc or Q, in mm; None for pixels, percent and what cannot be read."""
    match = _LENGTH.fullmatch(text[:100]) if text else None
    if match is None or match[2].lower() not in MM_OF_UNIT:
        return None
    return _finite(match[1]) * MM_OF_UNIT[match[2].lower()]


def transform(text: str | None) -> NDArray[np.float64]:
    """(3, 3) of a `transform` attribute; what cannot be read ends it."""
    result, at = np.eye(3), 0
    while text and (match := _TRANSFORM.match(text, at)) and at < 10_000:
        result = result @ _one_transform(match[1], numbers(match[2], 12))
        at = match.end()
    return result


def _one_transform(name: str, values: list[float]) -> NDArray[np.float64]:
    matrix = np.eye(3)
    if name == "matrix" and len(values) == 6:
        matrix[:2] = np.reshape(values, (3, 2)).T
    elif name == "translate" and values:
        matrix[:2, 2] = values[0], values[1] if len(values) > 1 else 0.0
    elif name == "scale" and values:
        matrix[0, 0], matrix[1, 1] = values[0], values[1] if len(values) > 1 else values[0]
    elif name == "rotate" and values:
        sine, cosine = math.sin(math.radians(values[0])), math.cos(math.radians(values[0]))
        matrix[:2, :2] = [[cosine, -sine], [sine, cosine]]
        if len(values) == 3:
            about = np.array(values[1:])
            matrix[:2, 2] = about - matrix[:2, :2] @ about
    elif name == "skewX" and values:
        matrix[0, 1] = math.tan(math.radians(values[0]))
    elif name == "skewY" and values:
        matrix[1, 0] = math.tan(math.radians(values[0]))
    return matrix


def path_pieces(text: str, most: int) -> list[Piece]:
    """The runs of a path's data, curves as polylines; reading stops at the first error, as the standard asks.

    Args:
        text: Value of the `d` attribute.
        most: Points in all.

    Raises:
        SketchError: More points than that, or coordinates beyond all paper.
    """
    pen, at = _Pen(most), 0
    while match := _COMMAND.match(text, at):
        command, at = match[1], match.end()
        if not pen.pieces and command not in "Mm":
            break
        if command in "Zz":
            pen.close()
            continue
        first = True
        while (found := _arguments(command, text, at)) is not None:
            values, at = found
            pen.draw("L" if command == "M" and not first else "l" if command == "m" and not first else command, values)
            first = False
        if first:
            break
    return [piece for piece in pen.pieces if len(piece.points) > 1]


def _arguments(command: str, text: str, at: int) -> tuple[list[float], int] | None:
    values: list[float] = []
    kind = command.upper()
    for place in range(_ARGUMENTS[kind]):
        match = (_FLAG if kind == "A" and place in (3, 4) else _NUMBER).match(text, at)
        if match is None:
            return None
        values.append(_finite(match[1]))
        at = match.end()
    return values, at


class _Pen:
    """Where a path has come to."""

    def __init__(self, most: int) -> None:
        self.pieces: list[Piece] = []
        self._left = most
        self._at, self._start = (0.0, 0.0), (0.0, 0.0)
        self._handle: tuple[str, tuple[float, float]] = ("", (0.0, 0.0))

    def close(self) -> None:
        if len(self.pieces[-1].points) > 1:
            self.pieces[-1].closed = True
        self._at = self._start
        self._handle = ("", self._at)

    def draw(self, command: str, values: list[float]) -> None:
        """One command with its arguments."""
        kind, (x, y) = command.upper(), self._at
        if command.islower():
            values = [v + (0.0 if kind == "A" and n < 5 else y if kind == "V" or (kind == "A" and n == 6) else x)
                      if kind in "AHV" else v + (x, y)[n % 2] for n, v in enumerate(values)]  # fmt: skip
        if kind == "M":
            self._move((values[0], values[1]))
        elif kind in "LHV":
            self._to([(values[0] if kind != "V" else x, values[-1] if kind != "H" else y)])
        elif kind == "A":
            self._to(_arc((x, y), values))
        else:
            self._curve(kind, values)
            return
        self._handle = ("", self._at)

    def _move(self, point: tuple[float, float]) -> None:
        self.pieces.append(Piece([point]))
        self._at = self._start = point
        self._count(1)

    def _to(self, points: list[tuple[float, float]]) -> None:
        if self.pieces[-1].closed:  # a path goes on from where it was closed
            self.pieces.append(Piece([self._at]))
        self.pieces[-1].points += points
        self._at = points[-1]
        self._count(len(points))

    def _count(self, points: int) -> None:
        self._left -= points
        if self._left < 0 or not all(abs(value) <= _FARTHEST for value in self._at):
            what = "too many points" if self._left < 0 else f"a point at {self._at[0]:.3g}, {self._at[1]:.3g}"
            raise SketchError(f"The SVG has a path with {what}.", hint="Simplify the drawing.")

    def _curve(self, kind: str, values: list[float]) -> None:
        points = [(values[n], values[n + 1]) for n in range(0, len(values), 2)]
        if kind in "ST":
            before, handle = self._handle
            same = before == ("C" if kind == "S" else "Q")
            mirrored = (2 * self._at[0] - handle[0], 2 * self._at[1] - handle[1]) if same else self._at
            points = [mirrored, *points]
        control = np.array([self._at, *points])
        share = np.linspace(0, 1, _CURVE_POINTS + 1)[1:, None]
        for _ in range(len(control) - 1):  # de Casteljau for all shares at once
            control = control[None] if control.ndim == 2 else control
            control = control[:, :-1] * (1 - share[..., None]) + control[:, 1:] * share[..., None]
        self._to([(float(x), float(y)) for x, y in control[:, 0]])
        self._handle = ("C" if kind in "CS" else "Q", points[-2])


def _arc(start: tuple[float, float], values: list[float]) -> list[tuple[float, float]]:
    """Points of an elliptic arc after its start."""
    rx, ry, tilt, large, sweep, x, y = values
    rx, ry, (x0, y0) = abs(rx), abs(ry), start
    if rx < 1e-9 or ry < 1e-9 or (x, y) == start:
        return [(x, y)]
    sine, cosine = math.sin(math.radians(tilt)), math.cos(math.radians(tilt))
    half = ((x0 - x) / 2, (y0 - y) / 2)
    across, down = cosine * half[0] + sine * half[1], -sine * half[0] + cosine * half[1]
    widened = math.sqrt(max(1.0, (across / rx) ** 2 + (down / ry) ** 2))
    rx, ry = rx * widened, ry * widened
    flat = (rx * down) ** 2 + (ry * across) ** 2
    reach = math.sqrt(max(0.0, ((rx * ry) ** 2 - flat) / flat)) * (-1 if large == sweep else 1) if flat else 0.0
    cx, cy = reach * rx * down / ry, -reach * ry * across / rx
    first = math.atan2((down - cy) / ry, (across - cx) / rx)
    turn = (math.atan2((-down - cy) / ry, (-across - cx) / rx) - first) % (2 * math.pi)
    turn -= 0.0 if sweep else 2 * math.pi
    angle = first + np.linspace(0, turn, max(3, math.ceil(abs(turn) / _ARC_STEP) + 1))[1:-1]
    u, v = cx + rx * np.cos(angle), cy + ry * np.sin(angle)
    xs, ys = cosine * u - sine * v + (x0 + x) / 2, sine * u + cosine * v + (y0 + y) / 2
    return [*zip(xs.tolist(), ys.tolist(), strict=True), (x, y)]


def _finite(text: str) -> float:
    value = float(text[:60])
    if not abs(value) <= _FARTHEST:
        raise SketchError(f"The SVG has a number of {value:.3g}, beyond all paper.", hint="Check the file.")
    return value
