"""Text → numbers and geometric words: 'about 1.4 litres, 18 cm across (R-L), 12 cm long, smooth'.

Reads back everything that `words.sentences` writes. What is not understood is given back as unread, not guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..errors import DescriptionError
from .numerals import Amount, find_amounts
from .quantities import check_number, check_numbers, quantity
from .vocabulary import find_counts, find_words

SAME = 0.10  # two values of one quantity may differ by rounding

_LR = r"\b(?:right[\s-]*(?:to|–|-)?[\s-]*left|left[\s-]*(?:to|–|-)?[\s-]*right|r[-–/]?l|l[-–/]?r|transvers\w*"
_RL = _LR + r"|side\s+to\s+side|lateral\w*|medio-?lateral\w*)\b"
_AP = (
    r"\b(?:front\s+to\s+back|back\s+to\s+front|antero-?posterior\w*|anterior\s+to\s+posterior"
    r"|posterior\s+to\s+anterior|a[-–/]?p|p[-–/]?a)\b"
)
_SI = (
    r"\b(?:top\s+to\s+bottom|bottom\s+to\s+top|head\s+to\s+f(?:oo|ee)t|cranio-?caudal\w*|supero-?inferior\w*"
    r"|superior\s+to\s+inferior|inferior\s+to\s+superior|s[-–/]?i|i[-–/]?s|c[-–/]?c|vertical\w*)\b"
)
_LONGEST = r"(?:max\w*\.?|longest|larg\w+|great\w+|biggest|widest)"
_SHORTEST = r"(?:min\w*\.?|shortest|small\w+|narrowest)"
_CROSS = r"(?:cross[\s-]*section\w*(?:\s+(?:diameter|width))?|calib(?:re|er))"

_TUBULAR_FIRST = ((rf"{_LONGEST}\s+(?<!longest )diameter", "max_cross_section_diameter_mm"),)
_SPECIFIC = (
    (r"cent(?:re|er)[\s-]?line|arc\s+length|along\s+its\s+course", "centreline_length_mm"),
    (rf"{_LONGEST}\s+{_CROSS}", "max_cross_section_diameter_mm"),
    (rf"(?:(?:mean|average)\s+)?{_CROSS}|(?:mean|average)\s+diameter", "mean_cross_section_diameter_mm"),
    (r"\b(?:major|longest|long|main)\s+axis", "major_axis_mm"),
    (r"\b(?:middle|intermediate|second)\s+axis", "middle_axis_mm"),
    (r"\b(?:minor|shortest|short)\s+axis", "minor_axis_mm"),
    (rf"{_LONGEST}\s+diameter|\bferet|\bat\s+its\s+longest", "max_diameter_mm"),
    (rf"{_SHORTEST}\s+diameter|\bthick(?:ness)?\b", "min_diameter_mm"),
)
_AXES = ((_RL, "extent_rl_mm"), (_AP, "extent_ap_mm"), (_SI, "extent_si_mm"))
_NOUNS = (
    (r"\b(?:width|breadth)\b", "extent_rl_mm"),
    (r"\bdepth\b", "extent_ap_mm"),
    (r"\b(?:height|length)\b", "extent_si_mm"),
)
_ADJECTIVES = (
    (r"\b(?:wide|across|broad)\b", "extent_rl_mm"),
    (r"\bdeep\b", "extent_ap_mm"),
    (r"\b(?:tall|high|long)\b", "extent_si_mm"),
)
_RATIOS = r"\b(sphericity|compactness|elongation|flatness|tortuosity)\b\W*(?:\w+\W+){0,2}$"
_BOUNDS = re.compile(
    r"\b(?:less|more|fewer|smaller|larger|greater|wider|longer)\s+than|\bat\s+(?:least|most)|\bup\s+to|\bnot\b"
    r"|\b(?:under|below|above|over)\s*$|[<>≤≥]",
    re.IGNORECASE,
)
_BOUNDARY = re.compile(r"[;\n,]|\.(?=\s|$)|\band\b", re.IGNORECASE)
_NAMING = re.compile(r"\s*the structure is an? ", re.IGNORECASE)
_CLAUSE = re.compile(r"[;\n]|\.(?=\s|$)|,(?=\s)")

Rule = tuple[str, str]


@dataclass(frozen=True)
class ParsedText:
    """What a text says.

    Args:
        numbers: Quantity name → value.
        words: Geometric word → value, see `words.VOCABULARY`.
        unread: The pieces that were not understood, as written.
    """

    numbers: dict[str, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def parse_text(text: str, structure: str | None = None) -> ParsedText:
    """The numbers and words of a text; ranges become their middle, bounds ('at most 2 cm') stay unread.

    'wide' is right–left, 'deep' front–back, 'tall', 'high' and 'long' top–bottom; three lengths 'a × b × c' are
    right–left × front–back × top–bottom. 'Diameter' alone is the cross-section's in tubular structures.

    Args:
        text: English, any length; decimal point or comma.
        structure: Catalog name, if known.

    Raises:
        DescriptionError: A number is negative, absurd, or given twice with different values.
        UnknownStructure: The catalog has no such structure.
    """
    tubular = False
    if structure is not None:
        from .. import catalog

        tubular = catalog.structure(structure).tubular
    reader = _Reader(text, tubular)
    reader.read_counts()
    reader.read_amounts()
    words, spans = find_words(text)
    reader.spans += spans
    return ParsedText(check_numbers(reader.numbers), words, tuple(reader.unread()))


class _Reader:
    """Attributes the amounts of one text to quantities, left to right."""

    def __init__(self, text: str, tubular: bool) -> None:
        self.text, self.tubular = text, tubular
        self.numbers: dict[str, float] = {}
        self.spans: list[tuple[int, int]] = []  # of the text, understood
        self.lost: list[tuple[int, int]] = []
        self.length_rules = (
            (*(_TUBULAR_FIRST if tubular else ()), *_SPECIFIC),
            _AXES,
            ((r"\bdiameter\b", "mean_cross_section_diameter_mm" if tubular else "max_diameter_mm"), *_NOUNS),
            _ADJECTIVES,
        )

    def read_counts(self) -> None:
        """Pieces and holes, written as figures or words."""
        for name, value, span in find_counts(self.text):
            self._keep(name, value)
            self.spans.append(span)

    def read_amounts(self) -> None:
        amounts = [a for a in find_amounts(self.text) if not any(s <= a.start < e for s, e in self.spans)]
        used = 0
        for position, amount in enumerate(amounts):
            stop = amounts[position + 1].start if position + 1 < len(amounts) else len(self.text)
            used = self._read(amount, used, stop)

    def _read(self, amount: Amount, used: int, stop: int) -> int:
        """Attributes one amount; gives back up to where the text is used."""
        if min(amount.values) < 0 and amount.kind != "pure":
            written = self.text[amount.start : amount.end]
            raise DescriptionError(f"A size cannot be negative: '{written}'.", hint="Leave the sign out.")
        before_start = self._boundary_before(used, amount.start)
        before = self.text[before_start : amount.start]
        boundary = _BOUNDARY.search(self.text, amount.end, stop)
        after = self.text[amount.end : boundary.start() if boundary else stop]
        name, taken = self._name(amount, before, after)
        if name is None or _BOUNDS.search(before):
            self.lost.append((amount.start, amount.end))
            return amount.end
        names = ("extent_rl_mm", "extent_ap_mm", "extent_si_mm") if name == "extents" else (name,)
        for one, value in zip(names, amount.values, strict=True):
            self._keep(one, value)
        self.spans.append((before_start, amount.end + taken))
        return amount.end + taken

    def _boundary_before(self, used: int, start: int) -> int:
        ends = [match.end() for match in _BOUNDARY.finditer(self.text, used, start)]
        return ends[-1] if ends else used

    def _name(self, amount: Amount, before: str, after: str) -> tuple[str | None, int]:
        """(Quantity or None, how much of the text after the amount names it)."""
        if len(amount.values) > 1:
            fits = amount.kind == "length" and len(amount.values) == 3
            return ("extents" if fits else None), 0
        if amount.kind == "volume":
            return "volume_ml", 0
        if amount.kind == "area":
            return "surface_area_cm2", 0
        if amount.kind == "pure":
            ratio = re.search(_RATIOS, before, re.IGNORECASE)
            return (ratio[1].lower() if ratio else None), 0
        nouns, adjectives = self.length_rules[:-1], self.length_rules[-1:]
        if re.search(r"\bspread\b", before, re.IGNORECASE):
            found = _first(after, (_AXES,)) or _first(before, (_AXES,))
            return (found[0].replace("extent", "spread"), 0) if found else (None, 0)
        for window, tiers in ((before, (nouns[0], nouns[2])), (after, (*nouns, *adjectives)), (before, nouns)):
            found = _first(window, tiers)
            if found is not None:
                return found[0], found[1] if window is after else 0
        return None, 0

    def _keep(self, name: str, value: float) -> None:
        value = check_number(name, value)
        earlier = self.numbers.setdefault(name, value)
        if abs(earlier - value) > SAME * max(abs(earlier), abs(value)):
            wanted = quantity(name)
            raise DescriptionError(
                f"The text gives two values for {wanted.title.lower()}: "
                f"{earlier:g} and {value:g} {wanted.unit}".rstrip()
                + ".",
                hint="Keep one of them.",
            )

    def unread(self) -> list[str]:
        """Clauses without anything understood, and amounts that nothing names, in reading order."""
        pieces: list[tuple[int, str]] = []
        start = 0
        for end in [*(m.start() for m in _CLAUSE.finditer(self.text)), len(self.text)]:
            clause = self.text[start:end]
            understood = any(s < end and e > start for s, e in self.spans)
            if not understood and re.search(r"\w", clause) and not _NAMING.match(clause):
                pieces.append((start, clause.strip(" ,;.\n\t")))
            elif understood:
                pieces += [(s, self.text[s:e]) for s, e in self.lost if start <= s < end]
            start = end
        return [piece for _, piece in sorted(pieces)]


def _first(window: str, tiers: tuple[tuple[Rule, ...], ...]) -> tuple[str, int] | None:
    """(Quantity, end of what names it) by the first tier with a match; within a tier the first in the text."""
    for tier in tiers:
        hits = ((re.search(pattern, window, re.I), order, name) for order, (pattern, name) in enumerate(tier))
        matches = [(hit.start(), order, name) for hit, order, name in hits if hit]
        if matches:
            name = min(matches)[2]
            ends = [m.end() for group in tiers for p, n in group if n == name for m in re.finditer(p, window, re.I)]
            return name, max(ends)
    return None
