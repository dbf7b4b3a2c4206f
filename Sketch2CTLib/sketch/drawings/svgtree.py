"""An SVG file → its tree of elements, without ever fetching, running or expanding anything."""

from __future__ import annotations

import zlib
from xml.etree.ElementTree import Element
from xml.parsers import expat

from ...errors import SketchError
from .header import GZIP_SIGNATURE

MOST_ELEMENTS = 50_000
DEEPEST = 100

_NAMESPACE = "http://www.w3.org/2000/svg"
_MOST_UNPACKED = 64_000_000
_MOST_ENTITIES, _LONGEST_ENTITY, _MOST_REFERENCES = 100, 500, 2_000
_MOST_STYLE = 100_000  # characters of style sheets


def _unpacked(content: bytes, name: str) -> bytes:
    """The bytes that an SVGZ holds; others as they are. Raises SketchError where it is damaged or exceeds 64 MB."""
    if not content.startswith(GZIP_SIGNATURE):
        return content
    packed = zlib.decompressobj(wbits=31)
    try:
        whole = packed.decompress(content, _MOST_UNPACKED + 1)
    except zlib.error as error:
        raise SketchError(f"'{name}' is a damaged compressed file ({error}).", hint="Save it again.") from error
    if len(whole) > _MOST_UNPACKED:
        raise SketchError(f"'{name}' holds more than {_MOST_UNPACKED // 1_000_000} MB.", hint="Simplify the drawing.")
    if not packed.eof:
        raise SketchError(f"'{name}' is cut off.", hint="Copy or save it again.")
    return whole


def svg_tree(content: bytes, name: str) -> Element:
    """The root `svg` of a file (also an SVGZ) with its elements by their SVG names, whatever their prefix.

    Text is kept in `style` alone.

    Raises:
        SketchError: Not an SVG, damaged, nested too deeply, too many elements, or entities that grow.
    """
    content = _unpacked(content, name)
    builder = _Builder(name, content.count(b"&"))
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = builder.text, builder.entity
    parser.buffer_text = True
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two: encodings that Python lacks
        raise SketchError(
            f"'{name}' is a damaged SVG ({' '.join(str(error).split())}).", hint="Save it again."
        ) from error
    return builder.root()


class _Builder:
    """Puts elements together while the file is walked."""

    def __init__(self, name: str, references: int) -> None:
        self._name, self._references = name, references
        self._stack: list[Element] = []
        self._root: Element | None = None
        self._prefixes = {"svg"}
        self._defaults = [_NAMESPACE]  # of each open element: the namespace of names without a prefix
        self._elements, self._entities, self._style = 0, 0, 0

    def root(self) -> Element:
        """The whole tree."""
        if self._root is None:
            raise SketchError(f"'{self._name}' has no SVG element.")
        return self._root

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
        if len(self._stack) >= DEEPEST:
            raise SketchError(f"The SVG '{self._name}' is nested more than {DEEPEST} deep.", hint="Ungroup it.")
        self._prefixes |= {key[6:] for key, value in attributes.items() if key[:6] == "xmlns:" and value == _NAMESPACE}
        self._defaults.append(attributes.get("xmlns", self._defaults[-1]) or _NAMESPACE)
        prefix, _, local = tag.rpartition(":")
        foreign = f"{{{self._defaults[-1]}}}" if not prefix and self._defaults[-1] != _NAMESPACE else ""
        element = Element(local if prefix in self._prefixes else foreign + tag, attributes)
        if self._root is None:
            if element.tag != "svg":
                raise SketchError(f"'{self._name}' is XML but no SVG: it begins with '{tag[:40]}'.")
            self._root = element
        else:
            self._stack[-1].append(element)
        self._stack.append(element)

    def end(self, _tag: str) -> None:
        """One element closes."""
        self._stack.pop()
        self._defaults.pop()

    def text(self, data: str) -> None:
        """Kept for style sheets alone."""
        if self._stack[-1].tag == "style" and self._style < _MOST_STYLE:
            self._stack[-1].text = (self._stack[-1].text or "") + data
            self._style += len(data)
