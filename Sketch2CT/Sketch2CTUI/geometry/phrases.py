"""Words for a number inside somebody's sentences: put in, changed, taken out, and nothing else touched.

Every change is read back: it is taken only where the text then says the new number and all else as before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from Sketch2CTLib import catalog
from Sketch2CTLib.description.quantities import QUANTITIES, quantity
from Sketch2CTLib.description.stated import units_of
from Sketch2CTLib.errors import Sketch2CTError

from ..widgets.terms import quantity_title
from ..widgets.translation import _

_FAMILIAR = {
    "extent_rl_mm": "{} wide",
    "extent_ap_mm": "{} deep",
    "extent_si_mm": "{} high",
    "max_diameter_mm": "longest diameter {}",
    "min_diameter_mm": "shortest diameter {}",
}
_SPELLED = {
    "extent_rl_mm": "{} from right to left",
    "extent_ap_mm": "{} from front to back",
    "extent_si_mm": "{} from top to bottom",
    "spread_rl_mm": "spread from right to left {}",
    "spread_ap_mm": "spread from front to back {}",
    "spread_si_mm": "spread from top to bottom {}",
}
_CLOSE = 1e-5  # relative: the same number, written
_NUMERAL = re.compile(r"\d+(?:[.,]\d+)*")
_UNIT_AFTER = re.compile(r"\s?([^\W\d_]+[²³]?|[a-z]+\^?[23]|%)", re.IGNORECASE)
# What leads to a number and is no part of its piece: it goes with it.
_LEAD = re.compile(
    r"(?:(?:^|(?<=[\s(]))(?:(?:total|overall)\s+)?(?:volume|between|from|of|is|was|at)\s+)+$", re.IGNORECASE
)
_LEFT_OVER = re.compile(r"(?:\s*[,;:]|(?:^|\s+)(?:of|with|is|has|a|an|about|and|at|by|the|its))+\s*$", re.IGNORECASE)
_JOINT_BEFORE = re.compile(r"[,;]\s*$")
_JOINT_AFTER = re.compile(r"^\s*(?:[,;]\s*(?:and\s+)?|and\s+)", re.IGNORECASE)


@dataclass(frozen=True)
class Unit:
    """How a quantity is shown.

    Args:
        label: 'mm', 'cm', 'mL', 'L', 'cm²' or nothing.
        factor: What one of it is in the quantity's own unit.
    """

    label: str
    factor: float = 1.0
    decimals: int = 1

    def rounded(self, value: float) -> float:
        """A value in the quantity's own unit, as it is shown."""
        return float(f"{round(value / self.factor, self.decimals) * self.factor:.12g}")

    @property
    def room(self) -> float:
        """How far what is shown may be off, in the quantity's own unit."""
        return 0.5 * 10.0**-self.decimals * self.factor


SYSTEMS = (("mm_ml", "mm, mL"), ("cm_ml", "cm, mL"), ("cm_l", "cm, L"))  # (key, title)
_SHOWN = {
    "mm": {"mm_ml": Unit("mm", 1.0, 1), "cm_ml": Unit("cm", 10.0, 2), "cm_l": Unit("cm", 10.0, 2)},
    "mL": {"mm_ml": Unit("mL", 1.0, 1), "cm_ml": Unit("mL", 1.0, 1), "cm_l": Unit("L", 1000.0, 4)},
    "cm²": dict.fromkeys(("mm_ml", "cm_ml", "cm_l"), Unit("cm²", 1.0, 1)),
}
_COUNT, _RATIO, _SMALL = Unit("", 1.0, 0), Unit("", 1.0, 3), Unit("", 1.0, 5)
_STEPS = {"mm": 1.0, "cm": 0.1, "mL": 10.0, "L": 0.01, "cm²": 10.0}
_TITLES = {
    "max_diameter_mm": _("Longest diameter"),
    "min_diameter_mm": _("Shortest diameter"),
    "mean_cross_section_diameter_mm": _("Mean cross-section"),
    "max_cross_section_diameter_mm": _("Largest cross-section"),
    "widest_rl": _("Widest, left to right"),
    "widest_ap": _("Widest, back to front"),
    "widest_si": _("Widest, bottom to top"),
    "centroid_rl": _("Mass, left to right"),
    "centroid_ap": _("Mass, back to front"),
    "centroid_si": _("Mass, bottom to top"),
}
_COMMON = ("volume_ml", "extent_rl_mm", "extent_ap_mm", "extent_si_mm")
_COMMON_BODY = (*_COMMON, "max_diameter_mm", "sphericity")
_COMMON_TUBE = (
    *_COMMON, "centreline_length_mm", "mean_cross_section_diameter_mm", "max_cross_section_diameter_mm",
)  # fmt: skip
_MEANINGS = {
    "widest": _("Where the largest cross-section lies: 0 is the one end of the extent, 1 the other."),
    "centroid": _("Where the centre of mass lies: 0 is the one end of the extent, 1 the other."),
    "spread": _("The standard deviation of the organ's points along this direction."),
    "sphericity": _("How near it is to a ball: a ball has 1, all else less."),
    "compactness": _("Volume squared beside surface cubed: a ball has 1, all else less."),
    "elongation": _("Major axis divided by the middle one."),
    "flatness": _("Middle axis divided by the minor one."),
    "holes": _("Tunnels and enclosed cavities."),
    "components": _("Pieces that do not touch."),
    "tortuosity": _("Length of the centreline beside the straight way between its ends."),
    "extent": _("Outer bounds along this direction of the patient."),
    "surface": _("Area of the outer surface."),
}


def written(value: float) -> str:
    """'1,432.7', '0.654': seven significant digits at the most, thousands in groups."""
    short = f"{value:.7g}"
    if "e" in short:
        return short
    whole, dot, rest = short.partition(".")
    return f"{int(whole):,}{dot}{rest}" if abs(value) >= 1000 else short


def phrase(name: str, value: float, structure: str, unit: Unit) -> str:
    """'volume 1,400 mL', '20 cm wide', 'no holes': one number as a part of a sentence."""
    if name == "components":
        return "one connected piece" if value == 1 else f"{value:.0f} pieces"
    if name == "holes":
        return "no holes" if value == 0 else "1 hole" if value == 1 else f"{value:.0f} holes"
    digits = written(round(value / unit.factor, unit.decimals))
    amount = f"{digits.replace(',', '') if unit.label == 'L' else digits} {unit.label}".rstrip()
    familiar = {} if catalog.structure(structure).tubular else _FAMILIAR  # a tube's width is its cross-section's
    form = familiar.get(name) or _SPELLED.get(name) or _FAMILIAR.get(name) or f"{quantity(name).title.lower()} {{}}"
    return form.format(amount)


def reworded(text: str, read: Any, structure: str, name: str, value: float | None, unit: Unit) -> str | None:
    """The text with another number, or without it; None where no wording of it can be read back.

    Args:
        text: The text as it stands.
        read: Its ParsedText.
        structure: Catalog name.
        name: The quantity.
        value: The number in the quantity's own unit; None takes it out.
        unit: The unit in which it is written where the text has no unit of its own.
    """
    from Sketch2CTLib.description import parse_text

    for candidate in _candidates(text, read, structure, name, value, unit):
        try:
            parsed = parse_text(candidate, structure)
        except Sketch2CTError:
            continue
        if _says(parsed, read, name, value, unit.room):
            return candidate
    return None


def _says(parsed: Any, before: Any, name: str, value: float | None, room: float) -> bool:
    """Whether a text says the new number, and all else as before.

    What stood around a number that is taken out may be left alone, as 'a happy liver' of 'a happy liver of 1.4 L'.
    """
    numbers, others = dict(parsed.numbers), {key: number for key, number in before.numbers.items() if key != name}
    value_in_text = numbers.pop(name, None)
    if value is None:
        right = value_in_text is None
    else:
        right = value_in_text is not None and math.isclose(value_in_text, value, rel_tol=_CLOSE, abs_tol=1.001 * room)
    unknown = set(before.unknown) - {name}
    return (
        right
        and set(parsed.unknown) == unknown
        and numbers.keys() == others.keys()
        and all(math.isclose(numbers[key], others[key], rel_tol=_CLOSE) for key in others)
        and parsed.words == before.words
        and len(parsed.unread) <= len(before.unread) + (value is None)
    )


def _candidates(text: str, read: Any, structure: str, name: str, value: float | None, unit: Unit) -> Iterator[str]:
    spans = sorted({(piece.start, piece.end) for piece in read.understood if piece.name == name})
    if value is None:
        yield _without(text, read, structure, spans, name)
        return
    own = phrase(name, value, structure, unit)
    if len(spans) == 1:
        yield from _swapped(text, spans[0], name, unit.rounded(value))
    if spans:
        start, end = spans[0]
        shortened = _without(text, read, structure, spans[1:], name)
        others = _others(read, structure, spans[0], name)
        for lead in dict.fromkeys((_LEAD.sub("", shortened[:start]), shortened[:start])):
            yield _sentence(f"{lead}{', '.join([own, *others])}{shortened[end:]}", capital=text[:1].isupper())
    base = _without(text, read, structure, spans, name) if spans else text
    yield from _appended(base, own)


def _swapped(text: str, span: tuple[int, int], name: str, value: float) -> Iterator[str]:
    """Only the numeral changes: 'about 1.4 litres' becomes 'about 1.5 litres'."""
    start, end = span
    numerals = list(_NUMERAL.finditer(text, start, end))
    if len(numerals) != 1:
        return
    numeral = numerals[0]
    after = _UNIT_AFTER.match(text, numeral.end(), end)
    factor = units_of(name).get(after[1], 1.0) if after else 1.0
    digits = written(value / factor)
    digits = digits.replace(",", "") if "," not in numeral[0] else digits
    yield f"{text[: numeral.start()]}{digits}{text[numeral.end() :]}"


def _others(read: Any, structure: str, span: tuple[int, int], name: str) -> list[str]:
    """What else a piece such as '20 × 15 × 12 cm' says, each for itself."""
    beside = [piece for piece in read.understood if (piece.start, piece.end) == span and piece.name != name]
    return [_said_alone(piece, structure) for piece in beside if piece.kind == "number"]


def _said_alone(piece: Any, structure: str) -> str:
    text = phrase(piece.name, piece.value, structure, Unit(quantity(piece.name).unit))
    return text if piece.tolerance is None else f"{text} ± {100 * piece.tolerance / piece.value:.3g} %"


def _appended(text: str, own: str) -> Iterator[str]:
    base = text.rstrip()
    first = f"{own[0].upper()}{own[1:]}"
    if not base:
        yield f"{first}."
        return
    if base.endswith("."):
        yield f"{base[:-1]}, {own}."
        yield f"{base} {first}."
    elif base[-1] in ",;:":
        yield f"{base} {own}"
    else:
        yield f"{base}, {own}"
        yield f"{base}. {first}."


def _without(text: str, read: Any, structure: str, spans: list[tuple[int, int]], name: str) -> str:
    """The text without these pieces and the commas and little words that held them; from the last to the first."""
    for span in sorted(spans, reverse=True):
        others = _others(read, structure, span, name)
        if others:
            text = f"{text[: span[0]]}{', '.join(others)}{text[span[1] :]}"
        else:
            text = _cut(_without_title(text[: span[0]], name), text[span[1] :])
    return text


def _without_title(before: str, name: str) -> str:
    """The text without the words of the quantity's own name at the end: 'smooth, surface area ' makes 'smooth, '."""
    title = {*quantity(name).title.lower().split(), *_SPELLED.get(name, "").split(), *_FAMILIAR.get(name, "").split()}
    rest = before.rstrip(" :=")
    while (words := rest.split()) and words[-1].lower() in title:
        rest = rest[: -len(words[-1])].rstrip()
        before = f"{rest} "
    return before


def _cut(before: str, after: str) -> str:
    """Two ends of a text as one: 'A liver of ' and ', smooth.' make 'A liver, smooth.'"""
    capital = before.strip() == "" or before[:1].isupper()
    before = _LEAD.sub("", before)
    jointed = _JOINT_BEFORE.search(before) is not None
    before = _LEFT_OVER.sub("", before.rstrip())
    joint = _JOINT_AFTER.match(after)
    if not before.strip():
        rest = after[joint.end() :] if joint else after.lstrip(" ,;.")
        return _sentence(f"{before}{rest}", capital=capital)
    if jointed and joint and after.lstrip()[:1] in ",;":
        return f"{before}, {after[joint.end() :]}"
    return f"{before}{after}" if not after or after[:1] in ".,; )\n" else f"{before} {after}"


def _sentence(text: str, *, capital: bool) -> str:
    """The text with a capital where it is a whole sentence and began with one."""
    whole = capital and text.rstrip().endswith(".") and text[:1].islower()
    return f"{text[0].upper()}{text[1:]}" if whole else text


def unit_of(name: str, system: str) -> Unit:
    """The unit in which a quantity is shown, and its decimals."""
    definition = quantity(name)
    if definition.unit:
        return _SHOWN[definition.unit][system]
    return _COUNT if definition.whole else _SMALL if name == "compactness" else _RATIO


def step_of(name: str, unit: Unit) -> float:
    """How far an arrow of the spin box goes, in the unit shown."""
    return 1.0 if quantity(name).whole else _STEPS.get(unit.label, 0.01)


def title_of(name: str) -> str:
    """A quantity's short name; its own is the tooltip's."""
    return _TITLES.get(name, quantity_title(name))


def tip_of(name: str) -> str:
    """The quantity's own name and what it means."""
    return f"{quantity_title(name)}. {_MEANINGS.get(name.split('_')[0], '')}".strip()


def common_names(structure: str) -> tuple[str, ...]:
    """The numbers that stand on top."""
    return _COMMON_TUBE if catalog.structure(structure).tubular else _COMMON_BODY


def sensible_names(structure: str) -> tuple[str, ...]:
    """All numbers that an organ of that kind has, in token order."""
    tubular = catalog.structure(structure).tubular
    return tuple(one.name for one in QUANTITIES if tubular or not one.tubular)
