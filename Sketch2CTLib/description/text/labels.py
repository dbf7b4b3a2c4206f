"""Labels of a product of lengths: '21 x 15 x 17 cm (W x D x H)', 'AP × TR × CC: …', '12 x 8 cm in width and height'."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .naming import FRONT_BACK, RIGHT_LEFT, TOP_BOTTOM

EXTENTS = ("extent_rl_mm", "extent_ap_mm", "extent_si_mm")
_RL, _AP, _SI = EXTENTS
_WAYS = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (rf"w(?:idth|ide)?|b(?:readth|road)?|across|trans|tr|lr|rl|(?:{RIGHT_LEFT})", _RL),
        (rf"d(?:epth|eep)?|(?:{FRONT_BACK})", _AP),
        (rf"h(?:eight|igh)?|l(?:ength|ong)?|tall|(?:{TOP_BOTTOM})", _SI),
        (r"t|thick(?:ness)?", ""),  # transverse beside AP and CC, thickness beside length and width
    )
)
_LABEL = "|".join(f"(?:{pattern.pattern})" for pattern, _ in _WAYS)
_JOINT = r"(?:\s?[x×*/]\s?|\sby\s|,\s(?:and\s)?|\sand\s)(?:in\s|the\s)?"
_LISTED = rf"(?:{_LABEL})(?![\w'])(?:{_JOINT}(?:{_LABEL})(?![\w'])){{1,2}}"
_AHEAD = re.compile(
    rf"(?<![\w'-])(?P<list>{_LISTED})[\s)\]:=,]{{0,3}}(?:(?:is|are|of|measures?|measuring)\s)?(?:about\s|~\s?)?$", re.I
)
_BEHIND = re.compile(
    rf"[\s,]{{0,2}}[(\[]?(?:in\s)?(?:the\s)?(?P<list>{_LISTED})(?:\s(?:dimensions?|diameters?|directions?|planes?))?[)\]]?",
    re.I,
)
_SPLIT = re.compile(_JOINT, re.IGNORECASE)
_REACH = 64


@dataclass(frozen=True)
class Labels:
    """What stands beside a product.

    Args:
        names: Quantities in the order of the values; empty where the labels do not tell them apart.
        start, end: Where the labels stand in the text.
    """

    names: tuple[str, ...]
    start: int
    end: int


def product_labels(text: str, start: int, end: int, used: int) -> Labels | None:
    """The labels right before or behind a product that stands at (start, end); None where there are none.

    Args:
        text: Plain text; used: up to where it belongs to what stands before.
    """
    first = max(used, start - _REACH)
    found = _BEHIND.match(text, end, end + _REACH)
    if found is None:
        found = _AHEAD.search(text[first:start])
        shift = first
    else:
        shift = 0
    if found is None:
        return None
    return Labels(_named(_SPLIT.split(found["list"])), shift + found.start(), shift + found.end())


def _named(labels: list[str]) -> tuple[str, ...]:
    """A quantity for each label, all different, or nothing."""
    names = [next(name for pattern, name in _WAYS if pattern.fullmatch(label)) for label in labels]
    if names.count("") == 1:
        rest = [name for name in (_RL, _AP) if name not in names]
        if len(rest) == 1:
            names[names.index("")] = rest[0]
    return tuple(names) if "" not in names and len(set(names)) == len(names) else ()
