"""What style sheets, style attributes and presentation attributes say of each element of an SVG.

Reference: Cascading Style Sheets 2, chapter 6; selectors by `cssselect2`, declarations by `tinycss2`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

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
        found: list[dict[str, tuple[str, bool]]] = []
        if rules and tried <= _MOST_TRIED and met <= _MOST_MET:
            found = [declared for *_, pseudo, declared in matcher.match(element) if pseudo is None]
            met += len(found)
        styles.of[element.etree_element] = _settled(element.etree_element, found)
    styles.cut |= tried > _MOST_TRIED or met > _MOST_MET
    return styles


def _settled(element: Element, found: list[dict[str, tuple[str, bool]]]) -> dict[str, str]:
    values = {key: element.attrib[key].strip() for key in READ if key in element.attrib}
    values = {key: value if key in _ATTRIBUTES_ALONE else value.lower() for key, value in values.items()}
    layers = [*found, _declarations(element.attrib["style"])] if "style" in element.attrib else found
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
