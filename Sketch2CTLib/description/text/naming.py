"""What the words around a number name: 'wide', 'from front to back', 'largest diameter' → a quantity.

'Wide' and 'across' are right–left, 'deep' front–back, 'tall', 'high' and 'long' top–bottom. In tubular structures
'wide' and 'diameter' without a direction are those of the cross-section. Products of lengths have labels of their own:
'21 x 15 x 17 cm (W x D x H)', 'AP × TR × CC: …', '12 x 8 cm in width and height'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

RIGHT_LEFT = (
    r"\b(?:right[\s-]?(?:to|–|-)?[\s-]?left|left[\s-]?(?:to|–|-)?[\s-]?right|r[-–/]?l|l[-–/]?r|transv\w*|tr"
    r"|side\s(?:to|by)\sside|(?:medio-?|latero-?)?lateral\w*)\b"
)
FRONT_BACK = (
    r"\b(?:front[\s-](?:to[\s-])?back|back[\s-](?:to[\s-])?front|antero-?posterior\w*|anterior[\s-](?:to[\s-])?posterior"
    r"|posterior[\s-](?:to[\s-])?anterior|a[-–/]?p|p[-–/]?a"
    r"|(?<!on )(?<!mid-)(?<!para)sagittal(?!\s(?:plane|images?|views?|slices?|sections?|reform\w*|ct|mpr|length)))\b"
)
TOP_BOTTOM = (
    r"\b(?:top[\s-](?:to[\s-])?bottom|bottom[\s-](?:to[\s-])?top|head[\s-](?:to[\s-])?(?:foot|feet|toe)|cranio-?caudal\w*"
    r"|caudo-?cranial\w*|longitudinal(?:ly)?"
    r"|supero-?inferior\w*|superior[\s-](?:to[\s-])?inferior|inferior[\s-](?:to[\s-])?superior|s[-–/]?i|i[-–/]s|c[-–/]?c"
    r"|vertical\w*|up(?:\sand\s|[\s-])down)\b"
)
_LONGEST = r"(?:max\w*\.?|longest|larg\w+|great\w+|biggest|widest)"
_SHORTEST = r"(?:min\w*\.?|shortest|small\w+|narrowest)"
_CROSS = r"(?:cross[\s-]?section\w*(?:\s(?:diameter|width))?|calib(?:re|er))"

_NOUNS = (
    r"(?:diameters?|lengths?|sizes?|dimensions?|extents?|extensions?|spans?|measurements?|width|height|depth|thickness)"
)
# Of an organ, the sagittal axis runs front–back and the coronal one right–left; a length told by a plane can be any.
_CORONAL = r"\b(?:coronal|frontal)\b(?!\slength)"
_PLANE = re.compile(
    r"\b(?P<plane>axial)(?:[\s-](?:max\w*|largest|long|short))?[\s-](?:diameter|dimension|extent|size|width|plane)",
    re.IGNORECASE,
)

Side = Literal["before", "after"]
Rule = tuple[str, str]
Tier = tuple[tuple[re.Pattern[str], str], ...]

_TUBULAR_FIRST: tuple[Rule, ...] = ((rf"{_LONGEST}\s(?<!longest )diameter", "max_cross_section_diameter_mm"),)
_SPECIFIC: tuple[Rule, ...] = (
    (r"cent(?:re|er)[\s-]?line|arc\slength|along\sits\scourse", "centreline_length_mm"),
    (rf"{_LONGEST}\s{_CROSS}", "max_cross_section_diameter_mm"),
    (rf"(?:(?:mean|average)\s)?{_CROSS}|(?:mean|average)\sdiameter", "mean_cross_section_diameter_mm"),
    (r"\b(?:major|longest|long|main)\saxis", "major_axis_mm"),
    (r"\b(?:middle|intermediate|second)\saxis", "middle_axis_mm"),
    (r"\b(?:minor|shortest|short)\saxis", "minor_axis_mm"),
    (rf"{_LONGEST}\sdiameter|\bferet|\bat\sits\slongest", "max_diameter_mm"),
    (rf"{_SHORTEST}\sdiameter|\bthick(?:ness)?\b", "min_diameter_mm"),
)
_AXES: tuple[Rule, ...] = ((RIGHT_LEFT, "extent_rl_mm"), (FRONT_BACK, "extent_ap_mm"), (TOP_BOTTOM, "extent_si_mm"))
_HEIGHTS = r"\b(?:height|length)\b|\b(?:taller|higher|longer|shorter)\sthan\b"
_TALL = r"\b(?:tall|high|long)\b"
_VOLUMES: tuple[Rule, ...] = (
    (r"\bsurface\sarea\b|\bsurface\b", "surface_area_cm2"),
    (r"\b(?:volume|size|capacity|bulk)\b", "volume_ml"),
    (r"\b(?:big|large|small|voluminous)\b", "volume_ml"),
    *((rf"\b{name}\b", name) for name in ("sphericity", "compactness", "elongation", "flatness", "tortuosity")),
)
_RATIO = re.compile(
    r"\b(?P<name>sphericity|compactness|elongation|flatness|tortuosity)\b\W{0,4}(?:\w{1,16}\W{1,3}){0,3}$",
    re.IGNORECASE,
)
_GAP = r"(?:[\s(),:/=-]{1,3}(?!(?:and|or|with)\b)[^\W\d]{1,16}){0,2}?[\s(),:/=-]{1,3}"
_DIRECTED = tuple(
    (re.compile(rf"(?P<far>{way})\)?{_GAP}(?P<noun>{_NOUNS})\b|\b(?P<first>{_NOUNS}){_GAP}(?P<near>{way})", re.I), name)
    for way, name in (
        (rf"{RIGHT_LEFT}|{_CORONAL}", "extent_rl_mm"), (FRONT_BACK, "extent_ap_mm"), (TOP_BOTTOM, "extent_si_mm")
    )
)  # fmt: skip
_LONGEST_OF = re.compile(_LONGEST, re.IGNORECASE)
_SPREAD = re.compile(r"\bspread\b", re.IGNORECASE)
WINDOW = 160  # characters before and after a number that can name it


@cache
def _tiers(tubular: bool) -> tuple[Tier, Tier, Tier, Tier]:
    """Specific names, directions, nouns, adjectives; compiled."""
    width = "mean_cross_section_diameter_mm" if tubular else "extent_rl_mm"
    diameter = "mean_cross_section_diameter_mm" if tubular else "max_diameter_mm"
    groups: tuple[tuple[Rule, ...], ...] = (
        (*(_TUBULAR_FIRST if tubular else ()), *_SPECIFIC),
        _AXES,
        (
            (r"\bdiameter\b", diameter),
            (r"\b(?:width|breadth)\b|\b(?:wid|broad|narrow)er\sthan\b", width),
            (r"\bdepth\b|\b(?:deeper|shallower)\sthan\b", "extent_ap_mm"),
            (_HEIGHTS, "extent_si_mm"),
        ),
        ((r"\b(?:wide|across|broad)\b", width), (r"\bdeep\b", "extent_ap_mm"), (_TALL, "extent_si_mm")),
    )
    first, second, third, fourth = (
        tuple((re.compile(pattern, re.IGNORECASE), name) for pattern, name in rules) for rules in groups
    )
    return first, second, third, fourth


@cache
def _volumes() -> Tier:
    return tuple((re.compile(pattern, re.IGNORECASE), name) for pattern, name in _VOLUMES)


class Named(NamedTuple):
    """A quantity and where the words that name it stand: before or after the number, from start to end."""

    name: str
    side: Side
    start: int
    end: int


def length_name(before: str, after: str, *, tubular: bool, shared: bool = False) -> Named | None:
    """The quantity that the text around a length names, or None.

    A direction beside 'diameter', 'length', 'size', 'dimension' or 'extent' makes it the extent that way ('AP diameter
    14 cm'); but a right–left or front–back diameter of a tubular structure is one of its cross-section. Then a
    direction right before it goes first ('R-L 21 cm'), then one right behind it ('diameter 4 cm AP'), unless another
    number follows there (`shared`), which it may belong to.
    """
    cut = max(0, len(before) - WINDOW)
    named = _length_name(before[cut:], after[:WINDOW], tubular=tubular, shared=shared)
    if named is None or named.side == "after":
        return named
    return named._replace(start=named.start + cut, end=named.end + cut)


def _length_name(lead: str, tail: str, *, tubular: bool, shared: bool) -> Named | None:
    specific, axes, nouns, adjectives = _tiers(tubular)
    if _SPREAD.search(lead):
        extent = _by_tiers(lead, tail, (("after", (axes,)), ("before", (axes,))))
        return extent._replace(name=extent.name.replace("extent", "spread")) if extent is not None else None
    own_tail = "" if shared else tail
    if not tubular and named_plane(lead, own_tail):
        return None
    first, second = (specific, nouns), (specific, axes, nouns, adjectives)
    return (
        _directed(lead, own_tail, tubular=tubular)
        or (_beside(lead, own_tail, axes) if _first(lead, (specific,)) is None else None)
        or _by_tiers(lead, tail, (("before", first), ("after", second), ("before", (specific, axes, nouns))))
    )


def _by_tiers(lead: str, tail: str, order: Sequence[tuple[Side, tuple[Tier, ...]]]) -> Named | None:
    """What the first side and tiers with a match name."""
    for side, tiers in order:
        hit = _first(tail if side == "after" else lead, tiers)
        if hit is not None:
            return Named(hit[0], side, hit[1], hit[2])
    return None


def _beside(lead: str, tail: str, axes: Tier) -> Named | None:
    """The direction that touches the number."""
    for pattern, name in axes:
        for match in pattern.finditer(lead):
            if not lead[match.end() :].strip(" :=("):
                return Named(name, "before", *match.span())
    for pattern, name in axes:
        hit = pattern.search(tail)
        if hit is not None and not tail[: hit.start()].strip(" (,"):
            return Named(name, "after", *hit.span())
    return None


def _directed(lead: str, tail: str, *, tubular: bool) -> Named | None:
    """The direction with a noun of size that stands nearest to the number."""
    windows: tuple[tuple[Side, str], ...] = (("before", lead), ("after", tail))
    for side, window in windows:
        hits = [(hit.start(), hit.end(), hit, name) for pattern, name in _DIRECTED for hit in pattern.finditer(window)]
        if not hits:
            continue
        start, end, hit, name = max(hits, key=lambda h: h[1]) if side == "before" else min(hits, key=lambda h: h[0])
        noun = (hit["noun"] or hit["first"]).lower()
        if tubular and noun.startswith("diameter") and name != "extent_si_mm":
            largest = _LONGEST_OF.search(window[max(0, start - 16) : end])
            name = f"{'max' if largest else 'mean'}_cross_section_diameter_mm"
        return Named(name, side, start, end)
    return None


def named_plane(lead: str, tail: str) -> str:
    """A plane that is named in place of a direction, as in 'axial diameter', or ''."""
    match = _PLANE.search(f"{lead[-40:]} {tail[:40]}")
    return match["plane"].lower() if match else ""


def ratio_name(before: str) -> tuple[str, int] | None:
    """(Ratio that the text before a pure number names, where it begins), or None."""
    cut = max(0, len(before) - WINDOW)
    match = _RATIO.search(before[cut:])
    return (match["name"].lower(), cut + match.start()) if match else None


def phrase_name(phrase: str, *, tubular: bool) -> str | None:
    """The quantity that a few words name: 'volume', 'how wide', 'the largest diameter', 'size'."""
    hit = _first(phrase[:WINDOW], (*_tiers(tubular), _volumes()))
    return hit[0] if hit else None


def _first(window: str, tiers: tuple[Tier, ...]) -> tuple[str, int, int] | None:
    """(Quantity, start, end of what names it) by the first tier with a match; within a tier the first in the text."""
    for tier in tiers:
        hits = [(hit.start(), n, name) for n, (pattern, name) in enumerate(tier) if (hit := pattern.search(window))]
        if hits:
            start, _, name = min(hits)
            ends = [m.end() for group in tiers for p, n in group if n == name for m in p.finditer(window)]
            return name, start, max(ends)
    return None


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
    match = _BEHIND.match(text, end, end + _REACH)
    if match is None:
        match = _AHEAD.search(text[first:start])
        shift = first
    else:
        shift = 0
    if match is None:
        return None
    return Labels(_named(_SPLIT.split(match["list"])), shift + match.start(), shift + match.end())


def _named(labels: list[str]) -> tuple[str, ...]:
    """A quantity for each label, all different, or nothing."""
    names = [next(name for pattern, name in _WAYS if pattern.fullmatch(label)) for label in labels]
    if names.count("") == 1:
        rest = [name for name in (_RL, _AP) if name not in names]
        if len(rest) == 1:
            names[names.index("")] = rest[0]
    return tuple(names) if "" not in names and len(set(names)) == len(names) else ()
