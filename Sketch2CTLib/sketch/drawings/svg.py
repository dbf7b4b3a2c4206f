"""An SVG file → its painted shapes, in px of its page: nothing is fetched, run or expanded.

Paths, lines, polylines, polygons, rects, circles and ellipses, under groups, copies (`use`), transforms, style sheets
and viewBoxes. Reference: Scalable Vector Graphics 2.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from ...errors import SketchError
from .svgshape import PX_PER_INCH, is_physical, length, pieces, transform
from .svgtree import DEEPEST, MOST_ELEMENTS, inherited, styles_of, svg_tree

MOST_POINTS, MOST_LINES = 300_000, 2_000

_SHAPES = frozenset({"path", "line", "polyline", "polygon", "rect", "circle", "ellipse"})
_TOLD = {"text": "a text", "image": "an embedded picture", "foreignObject": "a foreign object", "use": "a copied shape"}
_LARGEST_PAGE = 1e7
_INVISIBLE = 1e-3  # an opacity or a pen's width
_CUTTING = ("clip-path", "mask")
_NO_PAINT = ("none", "transparent")


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
class _GraphicsState:
    """What an element hands on to those within it; `copied` are the elements it was reached through by `use`."""

    matrix: NDArray[np.float64]
    style: dict[str, str]
    view: tuple[float, float]
    depth: int = 0
    copied: tuple[Element, ...] = ()


def read_svg(content: bytes, name: str) -> Page:
    """The shapes that an SVG file paints.

    Raises:
        SketchError: Not an SVG, damaged, nested too deeply, too many elements or points, or entities that grow.
    """
    return _Walk(svg_tree(content, name), name).page()


class _Walk:
    """Collects shapes from the root to the leaves."""

    def __init__(self, root: Element, name: str) -> None:
        self._name = name
        self._styles = styles_of(root)
        self._named = {
            element.attrib["id"]: element for element in reversed(list(root.iter())) if "id" in element.attrib
        }
        self._visited, self._points = 0, 0
        self._shapes: list[Shape] = []
        self._left_out: Counter[str] = Counter()
        self._cuts = False
        self._size, self._px_mm = (100.0, 100.0), None if not _has_units(root) else 25.4 / PX_PER_INCH
        self._element(root, _GraphicsState(np.eye(3), {}, (100.0, 100.0)))

    def page(self) -> Page:
        """What was read."""
        notes = [
            f"{_TOLD[tag]} was left out." if count == 1 else f"{count} × {_TOLD[tag].split(' ', 1)[1]}: left out."
            for tag, count in self._left_out.items()
        ]
        if self._cuts:
            notes.append("clip paths and masks are not applied: what they hide was read as drawn.")
        if self._styles.cut:
            notes.append("some rules of the style sheets were not read.")
        return Page(tuple(self._shapes), self._size, self._px_mm, tuple(note[0].upper() + note[1:] for note in notes))

    def _element(self, element: Element, outer: _GraphicsState) -> None:
        """An element and all within it, unless it is hidden."""
        self._visited += 1
        if self._visited > MOST_ELEMENTS or outer.depth > DEEPEST:
            raise SketchError(f"The copies in the SVG '{self._name}' never end.", hint="Expand them, or simplify it.")
        own = self._styles.of[element]
        if own.get("display") == "none" or _vanishes(own.get("opacity")):
            return
        self._cuts |= any(own.get(key, "none") != "none" for key in _CUTTING)
        state = self._inner(own, outer)
        if element.tag in ("svg", "symbol"):
            self._within(element, self._viewport(element, own, state, outer))
        elif element.tag in ("g", "a"):
            self._within(element, state)
        elif element.tag == "switch":
            shown = next((child for child in element if not child.attrib.get("requiredExtensions")), None)
            if shown is not None:
                self._element(shown, state)
        elif element.tag == "use":
            self._copy(element, own, state)
        elif element.tag in _SHAPES:
            self._shape(element, own, state)
        elif element.tag in _TOLD:
            self._left_out[element.tag] += 1

    def _within(self, element: Element, state: _GraphicsState) -> None:
        for child in element:
            if child.tag != "symbol":  # drawn where it is copied alone
                self._element(child, state)

    def _inner(self, own: dict[str, str], outer: _GraphicsState) -> _GraphicsState:
        matrix = outer.matrix
        if own.get("transform", "none") != "none":
            matrix = matrix @ transform(own["transform"], own.get("transform-origin", ""), outer.view)
            if not np.abs(matrix).max() <= _LARGEST_PAGE:
                raise SketchError(f"A transform in '{self._name}' moves the drawing beyond all paper.")
        return replace(outer, matrix=matrix, style={**outer.style, **inherited(own)}, depth=outer.depth + 1)

    def _copy(self, element: Element, own: dict[str, str], state: _GraphicsState) -> None:
        """A shape that is defined elsewhere in the file, drawn here."""
        link = next((value for key, value in element.attrib.items() if key == "href" or key.endswith(":href")), "")
        meant = self._named.get(link.removeprefix("#")) if link.startswith("#") else None
        if meant is None or meant in state.copied:
            self._left_out["use"] += 1
            return
        matrix = state.matrix.copy()
        matrix[:2, 2] += matrix[:2, :2] @ [length(own.get(key), percent_of=state.view[n]) for n, key in enumerate("xy")]
        state = replace(state, matrix=matrix, copied=(*state.copied, meant))
        if meant.tag == "symbol":
            meant_own = dict(self._styles.of[meant])
            meant_own.update((key, own[key]) for key in ("width", "height") if key in own)
            if meant_own.get("display") != "none":
                inner = self._inner(meant_own, state)
                self._within(meant, self._viewport(meant, meant_own, inner, state))
        else:
            self._element(meant, state)

    def _viewport(
        self, element: Element, own: dict[str, str], state: _GraphicsState, outer: _GraphicsState
    ) -> _GraphicsState:
        """The state within an svg element or a symbol: its viewBox fitted into its width and height."""
        box = self._view_box(element)
        root = not self._visited > 1
        if element.tag == "symbol" and not box:
            return state
        wide, high = (box[2], box[3]) if box else (300.0, 150.0) if root else outer.view
        width, height = _extent(own, (wide, high), outer.view, root)
        if not (0 < width <= _LARGEST_PAGE and 0 < height <= _LARGEST_PAGE):
            raise SketchError(f"The page of '{self._name}' is {width:g} × {height:g}: it has no size.")
        matrix = np.eye(3)
        if box:
            zoom, fit = np.array([width / wide, height / high]), element.attrib.get("preserveAspectRatio", "")
            if "none" not in fit:
                zoom[:] = zoom.max() if "slice" in fit else zoom.min()
            room = np.array([width, height]) - zoom * [wide, high]
            share = [next((s for word, s in _ALIGN if axis + word in fit), 0.5) for axis in "xY"]
            matrix[[0, 1], [0, 1]] = zoom
            matrix[:2, 2] = room * share - zoom * box[:2]
        if root:
            self._size = (width, height)
        elif element.tag == "svg":
            matrix[:2, 2] += [length(own.get(key), percent_of=outer.view[n]) for n, key in enumerate("xy")]
        return replace(state, matrix=state.matrix @ matrix, view=(wide, high) if box else (width, height))

    def _view_box(self, element: Element) -> list[float]:
        text = element.attrib.get("viewBox")
        if text is None:
            return []
        parts = text[:400].replace(",", " ").split()
        box = [length(part, default=float("nan")) for part in parts]
        if len(box) != 4 or not (np.isfinite(box).all() and box[2] > 0 and box[3] > 0):
            raise SketchError(
                f"The viewBox '{text[:40]}' of '{self._name}' has no size.", hint="Save the drawing again."
            )
        return box

    def _shape(self, element: Element, own: dict[str, str], state: _GraphicsState) -> None:
        style = state.style
        filled, stroked = _painted(style, "fill", "black"), _painted(style, "stroke", "none")
        stroked = stroked and not _vanishes(style.get("stroke-width"))
        if style.get("visibility") in ("hidden", "collapse") or not (filled or stroked):
            return
        for piece in pieces(element.tag, {**element.attrib, **own}, state.view, MOST_POINTS - self._points):
            self._points += len(piece.points)
            if self._points > MOST_POINTS:
                raise SketchError(f"The SVG '{self._name}' has more than {MOST_POINTS:,} points.", hint="Simplify it.")
            points = np.array(piece.points) @ state.matrix[:2, :2].T + state.matrix[:2, 2]
            if not np.abs(points).max() <= _LARGEST_PAGE:
                raise SketchError(f"'{self._name}' draws beyond all paper.", hint="Check its transforms.")
            painted = filled and len(points) > 2 and (not stroked or "fill" in style)
            if len(self._shapes) >= MOST_LINES:
                raise SketchError(
                    f"The SVG '{self._name}' has more than {MOST_LINES:,} lines, too many for a sketch.",
                    hint="Simplify it.",
                )
            self._shapes.append(Shape(points, piece.closed or painted, painted, self._visited))


_ALIGN = (("Min", 0.0), ("Max", 1.0))


def _has_units(root: Element) -> bool:
    return is_physical(root.attrib.get("width")) or is_physical(root.attrib.get("height"))


def _extent(
    own: dict[str, str], inner: tuple[float, float], outer: tuple[float, float], root: bool
) -> tuple[float, float]:
    """Width and height in px; one that is missing follows from the other and the viewBox."""
    sides = []
    for axis, key in enumerate(("width", "height")):
        text = own.get(key)
        relative = text is None or text == "auto" or (root and text.endswith("%"))
        sides.append(None if relative else length(text, percent_of=outer[axis], default=inner[axis]))
    width, height = sides
    if width is None and height is None:
        return inner
    if width is None:
        return (inner[0] * float(height or 0) / inner[1], float(height or 0))
    return (width, inner[1] * width / inner[0] if height is None else height)


def _painted(style: dict[str, str], what: str, default: str) -> bool:
    colour = style.get(what, default)
    return not (_vanishes(style.get(f"{what}-opacity")) or colour in _NO_PAINT or _is_clear(colour))


def _is_clear(colour: str) -> bool:
    """Whether a colour is wholly transparent, as `rgba(0, 0, 0, 0)` and `#0000` are."""
    from tinycss2.color4 import parse_color

    if not (colour.startswith(("rgb", "hsl")) or (colour.startswith("#") and len(colour) in (5, 9))):
        return False
    parsed = parse_color(colour)
    return parsed is not None and float(parsed.alpha) < _INVISIBLE


def _vanishes(amount: str | None) -> bool:
    """Whether an opacity or a width is zero."""
    if amount is None:
        return False
    return length(amount, percent_of=1.0, default=1.0) < _INVISIBLE
