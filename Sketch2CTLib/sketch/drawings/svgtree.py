"""An SVG file → its tree of elements, without ever fetching, running or expanding anything, and their styles.

Reference: Cascading Style Sheets 2, chapter 6; selectors by `cssselect2`, declarations by `tinycss2`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
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
        """Opens an element."""
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
        """Closes an element."""
        self._stack.pop()
        self._defaults.pop()

    def text(self, data: str) -> None:
        """Keeps text inside style elements; all other text is dropped."""
        if self._stack[-1].tag == "style" and self._style < _MOST_STYLE:
            self._stack[-1].text = (self._stack[-1].text or "") + data
            self._style += len(data)


READ = frozenset(
    {"display", "visibility", "fill", "stroke", "opacity", "fill-opacity", "stroke-opacity", "stroke-width",
     "transform", "transform-origin", "clip-path", "mask",
     "d", "x", "y", "width", "height", "cx", "cy", "r", "rx", "ry"}
)  # fmt: skip
_INHERITED = frozenset({"visibility", "fill", "stroke", "fill-opacity", "stroke-opacity", "stroke-width"})
_ATTRIBUTES_ALONE = frozenset({"d", "x", "y", "width", "height", "cx", "cy", "r", "rx", "ry"})
_MEDIA = frozenset({"", "all", "screen"})
_MOST_RULES, _LONGEST_SELECTOR, _MOST_STEPS, _DEEPEST_RULE = 2_000, 200, 4, 4
_MOST_TRIED, _MOST_MET = 3_000_000, 200_000  # rules times elements, and how often one may hold
_SLOW = re.compile(r"~(?!=)|:has|:nth|of-type|:is|:where")  # selectors whose work grows with the square of a file


@dataclass(eq=False)
class Styles:
    """The declarations of each element as the cascade settles them, without what it inherits.

    Args:
        of: By element: property → value, lower case but for paths.
        cut: Whether the style sheets hold rules that were not read.
    """

    of: dict[Element, dict[str, str]] = field(default_factory=dict)
    cut: bool = False


def inherited(values: dict[str, str]) -> dict[str, str]:
    """Those properties that an element hands on to those within it."""
    return {key: value for key, value in values.items() if key in _INHERITED}


def styles_of(root: Element) -> Styles:
    """What applies to each element of a tree: attributes, then rules by weight, then the style attribute."""
    import cssselect2

    matcher, rules, styles = cssselect2.Matcher(), 0, Styles()
    for selector, declared in _rules(root):
        if selector is None or rules >= _MOST_RULES:
            styles.cut = True
            continue
        rules += 1
        matcher.add_selector(selector, declared)
    wrapped = cssselect2.ElementWrapper.from_xml_root(root)
    tried = met = 0
    for element in wrapped.iter_subtree():
        tried += rules
        declarations: list[dict[str, tuple[str, bool]]] = []
        if rules and tried <= _MOST_TRIED and met <= _MOST_MET:
            declarations = [declared for *_, pseudo, declared in matcher.match(element) if pseudo is None]
            met += len(declarations)
        styles.of[element.etree_element] = _settled(element.etree_element, declarations)
    styles.cut |= tried > _MOST_TRIED or met > _MOST_MET
    return styles


def _settled(element: Element, declarations: list[dict[str, tuple[str, bool]]]) -> dict[str, str]:
    values = {key: element.attrib[key].strip() for key in READ if key in element.attrib}
    values = {key: value if key in _ATTRIBUTES_ALONE else value.lower() for key, value in values.items()}
    layers = [*declarations, _declarations(element.attrib["style"])] if "style" in element.attrib else declarations
    for important in (False, True):
        for layer in layers:
            values |= {key: value for key, (value, weighty) in layer.items() if weighty is important}
    return {key: value for key, value in values.items() if value != "inherit"}


def _declarations(style: str | list[Any]) -> dict[str, tuple[str, bool]]:
    """Property → value and whether it is important, of those properties that matter here."""
    import tinycss2

    declared: dict[str, tuple[str, bool]] = {}
    for one in tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True):
        if one.type == "declaration" and one.lower_name in READ - {"d"}:
            declared[one.lower_name] = (tinycss2.serialize(one.value).strip().lower(), bool(one.important))
    return declared


def _rules(root: Element) -> Iterator[tuple[Any | None, dict[str, tuple[str, bool]]]]:
    """Selectors (None: one that is not read) with what they declare, of all style blocks wherever they stand."""
    import tinycss2

    for sheet in root.iter("style"):
        if sheet.text and _on_screen(sheet.attrib.get("media", "")):
            yield from _of(tinycss2.parse_stylesheet(sheet.text, skip_comments=True, skip_whitespace=True), 0)


def _of(nodes: list[Any], depth: int) -> Iterator[tuple[Any | None, dict[str, tuple[str, bool]]]]:
    import tinycss2

    for node in nodes:
        if node.type == "at-rule" and node.content is not None and depth < _DEEPEST_RULE:
            prelude = tinycss2.serialize(node.prelude).strip().lower()
            if node.lower_at_keyword in ("supports", "layer") or (
                node.lower_at_keyword == "media" and _on_screen(prelude)
            ):
                inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                yield from _of(inner, depth + 1)
        elif node.type == "qualified-rule" and (declared := _declarations(node.content)):
            for part in tinycss2.serialize(node.prelude).split(","):
                yield _compiled(part), declared


def _compiled(part: str) -> Any | None:
    """One selector, or None where it is none or would cost too much."""
    import cssselect2

    if len(part) > _LONGEST_SELECTOR or len(part.split()) > _MOST_STEPS or _SLOW.search(part):
        return None
    try:
        return cssselect2.compile_selector_list(part)[0]
    except cssselect2.SelectorError:
        return None


def _on_screen(media: str) -> bool:
    """Whether a list of media holds for a screen; conditions of its size are taken as met."""
    return any(one.removeprefix("only ").split(" and ")[0].strip(" ") in _MEDIA or one.strip().startswith("(")
               for one in media.lower().split(","))  # fmt: skip
