"""An SVG file → its painted shapes, in px of its page: nothing is fetched, run or expanded.

Reads paths, lines, polylines, polygons, rects, circles and ellipses under groups, transforms and viewBoxes. Reference:
Scalable Vector Graphics 2.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from ...errors import SketchError
from .svgpath import Piece, length, numbers, path_pieces, physical_mm, transform

MOST_ELEMENTS = 50_000
MOST_POINTS = 300_000
DEEPEST = 100

_GROUPS = frozenset({"g", "a", "switch"})
_SHAPES = frozenset({"path", "line", "polyline", "polygon", "rect", "circle", "ellipse"})
_TOLD = {"text": "a text", "image": "an embedded picture", "use": "a copied shape", "foreignObject": "a foreign object"}
_MOST_ENTITIES, _LONGEST_ENTITY, _MOST_REFERENCES = 100, 500, 2_000
_RULE = re.compile(r"([^{}]{1,2000})\{([^{}]{0,2000})\}")
_MOST_STYLE = 200_000  # characters of style sheets
_STYLED = ("display", "visibility", "fill", "stroke", "opacity", "fill-opacity", "stroke-opacity")
_ROUND = 72  # points of a circle
_LARGEST_PAGE = 1e7


@dataclass(frozen=True, eq=False)
class Shape:
    """One run of a painted shape.

    Args:
        points: (N, 2) px of the page, x right and y down from its upper left.
        closed: Whether it is closed, or filled without a stroke.
        filled: Whether its inside is painted.
        element: Number of its element; runs of one path share it.
    """

    points: NDArray[np.float64]
    closed: bool
    filled: bool
    element: int


@dataclass(frozen=True, eq=False)
class Page:
    """Shapes of an SVG on its page: size in px, one px in mm where the file has physical units, and notes."""

    shapes: tuple[Shape, ...]
    size: tuple[float, float]
    px_mm: float | None
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _State:
    """What an element hands on to those within it."""

    matrix: NDArray[np.float64]
    style: dict[str, str]
    view: tuple[float, float]
    hidden: bool = False


def read_svg(content: bytes, name: str) -> Page:
    """The shapes that an SVG file paints.

    Raises:
        SketchError: Not an SVG, damaged, nested too deeply, too many elements or points, or entities that grow.
    """
    reader = _Reader(name, content.count(b"&"))
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = reader.text, reader.entity
    parser.buffer_text = True
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two: encodings that Python lacks
        raise SketchError(
            f"'{name}' is a damaged SVG ({' '.join(str(error).split())}).", hint="Save it again."
        ) from error
    return reader.page()


class _Reader:
    """Collects shapes while the file is walked."""

    def __init__(self, name: str, references: int) -> None:
        self._name, self._references = name, references
        self._stack = [_State(np.eye(3), {}, (100.0, 100.0))]
        self._skipped, self._elements, self._points, self._entities = 0, 0, 0, 0
        self._rules: dict[str, dict[str, str]] = {}
        self._sheet: list[str] | None = None
        self._sheet_size = 0
        self._shapes: list[Shape] = []
        self._left_out: Counter[str] = Counter()
        self._page: tuple[float, float] | None = None
        self._px_mm: float | None = None

    def entity(self, _name: str, _parameter: bool, value: str | None, *_rest: object) -> None:
        """Short flat entities are common in older files; those that could grow are refused."""
        self._entities += 1
        grows = value is None or len(value) > _LONGEST_ENTITY or "&" in value or "%" in value
        if grows or self._entities > _MOST_ENTITIES or self._references > _MOST_REFERENCES:
            raise SketchError(f"'{self._name}' defines XML entities that are not read.", hint="Save it as plain SVG.")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """One element opens."""
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise SketchError(f"The SVG '{self._name}' has more than {MOST_ELEMENTS:,} elements.", hint="Simplify it.")
        local = tag.removeprefix("svg:")
        if len(self._stack) == 1 and not self._skipped and local != "svg":
            raise SketchError(f"'{self._name}' is XML but no SVG: it begins with '{tag[:40]}'.")
        if len(self._stack) + self._skipped > DEEPEST:
            raise SketchError(f"The SVG '{self._name}' is nested more than {DEEPEST} deep.", hint="Ungroup it.")
        if self._skipped:
            self._skipped += 1
        elif local == "svg":
            self._stack.append(self._viewport(attributes))
        elif local in _GROUPS:
            self._stack.append(self._inner(attributes))
        else:
            self._skipped = 1
            self._leaf(local, attributes)

    def end(self, _tag: str) -> None:
        """One element closes."""
        if self._skipped:
            self._skipped -= 1
            if not self._skipped and self._sheet is not None:
                self._read_sheet("".join(self._sheet))
                self._sheet = None
        else:
            self._stack.pop()

    def text(self, data: str) -> None:
        """Kept for style sheets alone."""
        if self._sheet is not None and self._sheet_size < _MOST_STYLE:
            self._sheet.append(data)
            self._sheet_size += len(data)

    def page(self) -> Page:
        """What was read."""
        if self._page is None:
            raise SketchError(f"'{self._name}' has no SVG element.")
        notes = [
            f"{_TOLD[tag]} was left out." if count == 1 else f"{count} × {_TOLD[tag].split(' ', 1)[1]}: left out."
            for tag, count in self._left_out.items()
        ]
        return Page(tuple(self._shapes), self._page, self._px_mm, tuple(note[0].upper() + note[1:] for note in notes))

    def _leaf(self, local: str, attributes: dict[str, str]) -> None:
        if local == "style":
            self._sheet = []
        elif local in _SHAPES:
            self._shape(local, attributes, self._inner(attributes))
        elif local in _TOLD and not self._inner(attributes).hidden:
            self._left_out[local] += 1

    def _inner(self, attributes: dict[str, str]) -> _State:
        state = self._stack[-1]
        style = {**state.style, **self._styled(attributes)}
        own = style.pop("display", "") == "none" or style.pop("opacity", "1").rstrip("%") in ("0", "0.0")
        matrix = state.matrix @ transform(attributes.get("transform")) if "transform" in attributes else state.matrix
        if not np.abs(matrix).max() <= _LARGEST_PAGE:
            raise SketchError(f"A transform in '{self._name}' moves the drawing beyond all paper.")
        return _State(matrix, style, state.view, state.hidden or own)

    def _styled(self, attributes: dict[str, str]) -> dict[str, str]:
        """Presentation attributes, then classes of style sheets, then the style attribute."""
        found = {key: attributes[key].strip().lower() for key in _STYLED if key in attributes}
        if self._rules:
            for name in attributes.get("class", "").split()[:20]:
                found |= self._rules.get(name, {})
        return found | _declarations(attributes.get("style", ""))

    def _read_sheet(self, text: str) -> None:
        """Rules of single classes (`.cls-1, .cls-2 { fill: none }`), as drawing programs write them."""
        for selectors, body in _RULE.findall(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)):
            values = _declarations(body)
            for selector in selectors.split(","):
                if selector.strip().startswith("."):
                    self._rules.setdefault(selector.strip()[1:], {}).update(values)

    def _viewport(self, attributes: dict[str, str]) -> _State:
        """The state within an svg element: its viewBox fitted into its width and height."""
        outer = self._inner(attributes)
        box = numbers(attributes.get("viewBox", ""), 8)
        if "viewBox" in attributes and (len(box) != 4 or not (box[2] > 0 and box[3] > 0)):
            shown = attributes["viewBox"][:40]
            raise SketchError(f"The viewBox '{shown}' of '{self._name}' has no size.", hint="Save the drawing again.")
        root = self._page is None
        wide, high = (box[2], box[3]) if box else (300.0, 150.0) if root else outer.view
        width, height = self._extent(attributes, (wide, high), outer.view, root)
        if not (0 < width <= _LARGEST_PAGE and 0 < height <= _LARGEST_PAGE):
            raise SketchError(f"The page of '{self._name}' is {width:g} × {height:g}: it has no size.")
        matrix = np.eye(3)
        if box:
            zoom = np.array([width / wide, height / high])
            if "none" not in attributes.get("preserveAspectRatio", ""):
                zoom[:] = zoom.max() if "slice" in attributes.get("preserveAspectRatio", "") else zoom.min()
            matrix[[0, 1], [0, 1]] = zoom
            matrix[:2, 2] = (np.array([width, height]) - zoom * [wide, high]) / 2 - zoom * box[:2]
        if root:
            self._page = (width, height)
            if physical_mm(attributes.get("width")) or physical_mm(attributes.get("height")):
                self._px_mm = 25.4 / 96
        else:
            matrix[:2, 2] += [length(attributes.get(key), percent_of=outer.view[n]) for n, key in enumerate("xy")]
        return replace(outer, matrix=outer.matrix @ matrix, view=(wide, high) if box else (width, height))

    def _extent(
        self, attributes: dict[str, str], own: tuple[float, float], outer: tuple[float, float], root: bool
    ) -> tuple[float, float]:
        """Width and height in px; one that is missing follows from the other and the viewBox."""
        told = []
        for axis, key in enumerate(("width", "height")):
            text = attributes.get(key)
            relative = text is None or text.strip() == "auto" or (root and text.strip().endswith("%"))
            told.append(None if relative else length(text, percent_of=outer[axis], default=own[axis]))
        width, height = told
        if width is None and height is None:
            return own
        if width is None:
            return (own[0] * float(height or 0) / own[1], float(height or 0))
        return (width, own[1] * width / own[0] if height is None else height)

    def _shape(self, tag: str, attributes: dict[str, str], state: _State) -> None:
        style = state.style
        filled, stroked = _painted(style, "fill", "black"), _painted(style, "stroke", "none")
        if state.hidden or style.get("visibility") in ("hidden", "collapse") or not (filled or stroked):
            return
        for piece in _pieces(tag, attributes, state.view, MOST_POINTS - self._points):
            self._points += len(piece.points)
            if self._points > MOST_POINTS:
                raise SketchError(f"The SVG '{self._name}' has more than {MOST_POINTS:,} points.", hint="Simplify it.")
            points = np.array(piece.points) @ state.matrix[:2, :2].T + state.matrix[:2, 2]
            if not np.abs(points).max() <= _LARGEST_PAGE:
                raise SketchError(f"'{self._name}' draws beyond all paper.", hint="Check its transforms.")
            painted = filled and len(points) > 2 and (not stroked or "fill" in style)
            self._shapes.append(Shape(points, piece.closed or painted, painted, self._elements))


def _declarations(text: str) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in text[:4000].split(";") if ":" in part)
    values = {key.strip().lower(): value.replace("!important", "").strip().lower() for key, value in pairs}
    return {key: value for key, value in values.items() if key in _STYLED}


def _painted(style: dict[str, str], what: str, default: str) -> bool:
    seen = style.get(f"{what}-opacity", "1").rstrip("%") not in ("0", "0.0")
    return seen and style.get(what, default) not in ("none", "transparent")


def _pieces(tag: str, attributes: dict[str, str], view: tuple[float, float], most: int) -> list[Piece]:
    """A shape's runs in its own coordinates; none where it has no size."""
    if tag == "path":
        return path_pieces(attributes.get("d", ""), most)
    if tag in ("polyline", "polygon"):
        values = numbers(attributes.get("points", ""), 2 * most)
        points = list(zip(values[::2], values[1::2], strict=False))
        return [Piece(points, tag == "polygon")] if len(points) > 1 else []
    across, down, along = view[0], view[1], float(np.hypot(*view)) / 2**0.5

    def get(key: str, percent_of: float) -> float:
        return length(attributes.get(key), percent_of=percent_of)

    if tag == "line":
        ends = [(get("x1", across), get("y1", down)), (get("x2", across), get("y2", down))]
        return [Piece(ends)] if ends[0] != ends[1] else []
    if tag == "rect":
        return _rounded(get("x", across), get("y", down), get("width", across), get("height", down),
                        (attributes.get("rx"), attributes.get("ry")))  # fmt: skip
    rx, ry = (get("r", along),) * 2 if tag == "circle" else (get("rx", across), get("ry", down))
    rx, ry = (rx or ry, ry or rx)
    if rx <= 0 or ry <= 0:
        return []
    angle = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)
    xs, ys = get("cx", across) + rx * np.cos(angle), get("cy", down) + ry * np.sin(angle)
    return [Piece(list(zip(xs.tolist(), ys.tolist(), strict=True)), True)]


def _rounded(x: float, y: float, width: float, height: float, radii: tuple[str | None, str | None]) -> list[Piece]:
    if width <= 0 or height <= 0:
        return []
    rx = length(radii[0] or radii[1], percent_of=width)
    ry = length(radii[1] or radii[0], percent_of=height)
    rx, ry = min(max(rx, 0.0), width / 2), min(max(ry, 0.0), height / 2)
    if not (rx and ry):
        return [Piece([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], True)]
    turns = np.radians(np.arange(0, 91, 10))
    corners = [(x + width - rx, y + height - ry), (x + rx, y + height - ry), (x + rx, y + ry), (x + width - rx, y + ry)]
    points = [
        (cx + rx * float(np.cos(n * np.pi / 2 + t)), cy + ry * float(np.sin(n * np.pi / 2 + t)))
        for n, (cx, cy) in enumerate(corners)
        for t in turns
    ]
    return [Piece(points, True)]
