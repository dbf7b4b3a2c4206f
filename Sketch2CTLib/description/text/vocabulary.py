"""Geometric words and counts in text, what people write for them, and words that no body can have together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import DescriptionError
from ..words import PLACED_WORDS, PLACES, VOCABULARY, geometric_words
from .plain import PlainText
from .subjects import Subjects, outline

Span = tuple[int, int]

# (word, value, what people write), the longer phrases first: a place in the text is read once.
_SYNONYMS: tuple[tuple[str, str, str], ...] = (
    (
        "surface_smoothness",
        "slightly uneven",
        r"(?:slightly|mildly)\s+(?:uneven|irregular|rough|lobulated|bumpy)",
    ),
    ("surface_smoothness", "irregular", r"irregular|lobulated|lobed|rough|bumpy|uneven|wavy"),
    ("surface_smoothness", "slightly uneven", r"not\s(?:entirely|perfectly|completely|fully|totally)\ssmooth"),
    ("surface_smoothness", "slightly uneven", r"(?:nearly|almost|fairly|mostly)\ssmooth"),
    (
        "surface_smoothness",
        "smooth",
        r"(?:without|no|free\sof)\s(?:any\s)?(?:irregularit(?:y|ies)|bumps|lobulations?|unevenness)|not\s(?:irregular|lobulated)",
    ),
    ("surface_smoothness", "smooth", r"smooth(?:ly)?"),
    ("elongation", "hardly elongated", r"(?:hardly|barely|not)\s+elongated"),
    ("elongation", "strongly elongated", r"(?:strongly|very|highly|markedly)\s+elongated"),
    ("elongation", "moderately elongated", r"(?:(?:moderately|slightly|somewhat)\s+)?elongated"),
    ("flatness", "hardly flattened", r"(?:hardly|barely|not)\s+flat(?:tened)?"),
    ("flatness", "strongly flattened", r"(?:strongly|very|highly|markedly)\s+flat(?:tened)?"),
    ("flatness", "moderately flattened", r"(?:(?:moderately|slightly|somewhat)\s+)?flat(?:tened)?"),
    ("symmetry", "asymmetric", r"asymmetric(?:al)?|not\s+symmetric(?:al)?|lopsided"),
    ("symmetry", "roughly symmetric", r"(?:(?:roughly|nearly|almost)\s+)?symmetric(?:al)?"),
    ("overall_shape", "tubular", r"tubular|tube-like|cylindrical"),
    ("overall_shape", "ball-like", r"ball-like|ball-shaped|spherical|globular|round(?:ed|ish)?"),
    ("overall_shape", "egg-shaped", r"egg-(?:shaped|like)|ovoid|oval|ellipsoidal"),
    ("overall_shape", "disc-like", r"dis[ck]-(?:like|shaped)"),
    ("overall_shape", "blade-like", r"blade-(?:like|shaped)"),
    ("overall_shape", "rod-like", r"rod-(?:like|shaped)"),
    ("overall_shape", "wedge-like", r"wedge-(?:like|shaped)|wedge"),
    ("course", "gently curved", r"(?:gently|slightly)\s+(?:curved|bent)|curved"),
    ("course", "winding", r"winding|tortuous|coiled"),
    ("course", "straight", r"straight"),
    ("topological_continuity", "one connected piece", r"(?:one|a|1)\s+(?:single\s+)?(?:connected|continuous)\s+piece"),
    ("topological_continuity", "one connected piece", r"single\s+(?:connected\s+)?piece|in\s+one\s+piece"),
    ("topological_continuity", "several pieces", r"(?:several|many|multiple|some)\s+(?:separate\s+)?pieces"),
    ("topological_continuity", "several pieces", r"fragmented|in\s+pieces"),
)
_NEGATED = re.compile(
    r"(?:\bnot|\bnever|\bno|n't|\bwithout|\bneither|\bnor|\banything but|\bfar from|\bhardly|\bless|\black\w*|\bisnt)\s"
    r"(?:(?:at all|very|quite|particularly|exactly|really|especially|an?|the|so|any)\s){0,2}$",
    re.IGNORECASE,
)
_WORD_BEFORE = 48  # characters in which a negation stands
_CLAUSE_START = re.compile(r"[;\n,.]\s?")
# Nouns that make the word before them mean something else than the organ's shape.
_OTHER_SENSE = re.compile(
    r"[ -](?:muscle|ligament|resection|rhythm|heart|pulse|breathing|estimate|guess|idea|numbers?|figures?|window|film"
    r"|transition|recovery|course of|filter|kernel|reconstruction|forward|away)",
    re.IGNORECASE,
)
_OUTLINE_ROUND = re.compile(
    r"[ -](?:\w+ )?(?:edges?|corners?|tips?|ends?|poles?|margins?|borders?|contours?)\b", re.IGNORECASE
)

_SIDES: dict[str, str] = {
    "left": "left", "right": "right", "back": "back", "front": "front", "bottom": "bottom", "top": "top",
    "posterior": "back", "anterior": "front", "inferior": "bottom", "lower": "bottom", "superior": "top",
    "upper": "top", "middle": "middle", "centre": "middle", "center": "middle",
}  # fmt: skip
_SIDE = "|".join(_SIDES)
_BETWEEN = r"(?:\s|,|and|the|towards?|at|near|in|on|half|third|part){0,8}"
_WHERE = rf"(?P<where>\b(?:{_SIDE})\b(?:{_BETWEEN}\b(?:{_SIDE})\b){{0,5}})"
_SUBJECTS = {
    "widest_section": r"\bwidest(?:\s+(?:cross-)?section|\s+part|\s+point)?\b",
    "mass_distribution": r"\b(?:most\s+of\s+[^.;]{0,60}?mass|(?:centre|center)\s+of\s+mass)\b",
}

_PATTERNS = tuple(
    (word, value, re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)) for word, value, pattern in _SYNONYMS
)
_PLACED = tuple(
    (
        word,
        re.compile(rf"{_SUBJECTS[word]}[^.;]{{0,80}}?\b(?:at|near|towards?|in|on|to)\s+(?:the\s+)?{_WHERE}", re.I),
    )
    for word in PLACED_WORDS
)
_AFTER_STOP = re.compile(r"[;\n,.]|\b(?:and|but)\b", re.IGNORECASE)
_COUNT_LIMIT = re.compile(
    r"(?:\bthan|\bat (?:least|most)|\bup to|\bnot|[<>≤≥]|\d\s?(?:or|to|-|–))\s?(?:a\s)?$", re.IGNORECASE
)

_COUNTS = {w: float(n) for n, w in enumerate(("no", "one", "two", "three", "four", "five", "six", "seven", "eight"))}
_COUNTS |= {"without": 0.0, "without any": 0.0, "a": 1.0, "a single": 1.0, "single": 1.0, "zero": 0.0}
_COUNT = r"(?P<n>-?\d{1,9}|without any|a single|" + "|".join(w for w in _COUNTS if " " not in w) + r")\s+"
_PIECE = r"(?:(?:separate|connected|single)\s+)*(?:pieces?|components?|parts?|fragments?|bod(?:y|ies))\b"
_PIECES = re.compile(rf"(?<![\w.,]){_COUNT}{_PIECE}", re.I)
_HOLES = re.compile(rf"(?<![\w.,]){_COUNT}(?:holes?|tunnels?|cavit(?:y|ies))\b", re.I)


@dataclass(frozen=True)
class Found:
    """A geometric word in a text: which, its value, and where it stands."""

    name: str
    value: str
    start: int
    end: int


def find_counts(text: str) -> list[tuple[str, float, Span]]:
    """(components or holes, value, where) for every count in the text; the value is not checked."""
    counts = []
    for name, pattern in (("components", _PIECES), ("holes", _HOLES)):
        for match in pattern.finditer(text):
            if _COUNT_LIMIT.search(text[max(0, match.start() - 24) : match.start()]):
                continue
            written = match["n"].lower()
            value = _COUNTS[written] if written in _COUNTS else float(written)
            counts.append((name, value, match.span()))
    return counts


def find_words(text: str, taken: bytearray, subjects: Subjects) -> tuple[list[Found], list[str]]:
    """The geometric words in reading order, and notes on those that are denied or belong to something else.

    Args:
        text: Plain text.
        taken: One byte a character, not 0 where the text already means something else; the words found are added.
        subjects: The nouns of the text.
    """
    words, notes = _placed(text), []
    for one in words:
        taken[one.start : one.end] = b"\1" * (one.end - one.start)
    for name, value, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(taken[start:end]) or _OTHER_SENSE.match(text, end):
                continue
            if name == "overall_shape" and _OUTLINE_ROUND.match(text, end):
                continue
            before = text[max(0, start - _WORD_BEFORE) : start]
            if _NEGATED.search(before):
                notes.append(f"'not {match[0].lower()}' says only what it is not.")
                continue
            noun = _belongs_to(text, start, end, subjects)
            if noun:
                notes.append(f"'{match[0]}' is said of the {noun}, not of the organ.")
                continue
            taken[start:end] = b"\1" * (end - start)
            words.append(Found(name, value, start, end))
    return sorted(words, key=lambda one: one.start), notes


def _belongs_to(text: str, start: int, end: int, subjects: Subjects) -> str:
    """The noun of something else that a word is said of, or ''."""
    clause = max(0, start - 80)
    for match in _CLAUSE_START.finditer(text, clause, start):
        clause = match.end()
    stop = _AFTER_STOP.search(text, end, end + 40)
    noun = subjects.foreign(clause, start, end, stop.start() if stop else min(end + 40, len(text)))
    return "" if outline(noun) else noun


def _placed(text: str) -> list[Found]:
    words = []
    for word, pattern in _PLACED:
        match = pattern.search(text)
        if match is not None:
            words.append(Found(word, _canonical(match["where"]), *match.span()))
    return words


def _canonical(where: str) -> str:
    """'top and the right' → 'right and top'."""
    named = {_SIDES[side.lower()] for side in re.findall(_SIDE, where, re.IGNORECASE)}
    sides = [side for pair in PLACES.values() for side in pair if side in named]
    if len(sides) > 1:
        return f"{', '.join(sides[:-1])} and {sides[-1]}"
    return sides[0] if sides else "middle"


# An overall shape → what cannot be said beside it.
_OPPOSED: dict[str, tuple[tuple[str, str], ...]] = {
    "ball-like": (("elongation", "strongly elongated"), ("flatness", "strongly flattened")),
    "rod-like": (("elongation", "hardly elongated"), ("flatness", "strongly flattened")),
    "disc-like": (("flatness", "hardly flattened"), ("elongation", "strongly elongated")),
    "blade-like": (("elongation", "hardly elongated"), ("flatness", "hardly flattened")),
}
_NUMBER_OF = {"elongation": "elongation", "flatness": "flatness", "course": "tortuosity"}


def opposed(words: Mapping[str, str]) -> tuple[str, str] | None:
    """The names of two geometric words that exclude each other, or None.

    Args:
        words: Geometric word → value.
    """
    others = _OPPOSED.get(words.get("overall_shape", ""), ())
    return next((("overall_shape", name) for name, value in others if words.get(name) == value), None)


def check_opposed(words: list[Found], numbers: Mapping[str, float], plain: PlainText) -> None:
    """Refuses words that exclude each other or a number of the text.

    Args:
        words: In reading order; of two values of one word the first counts.
        numbers: Of the text.
        plain: The text, for its own words.

    Raises:
        DescriptionError: Two of them cannot both be; it names them as written.
    """
    said: dict[str, Found] = {}
    for word in words:
        said.setdefault(word.name, word)
    pair = opposed({name: word.value for name, word in said.items()})
    if pair is not None:
        first, second = sorted((said[name] for name in pair), key=lambda one: one.start)
        raise _refused(plain.written(first.start, first.end), plain.written(second.start, second.end))
    for name, number in _NUMBER_OF.items():
        one, value_of = said.get(name), numbers.get(number)
        if one is None or value_of is None:
            continue
        by_number = geometric_words("liver" if name != "course" else "aorta", {number: value_of}).get(name, one.value)
        steps = VOCABULARY[name]
        if abs(steps.index(one.value) - steps.index(by_number)) > 1:
            raise _refused(plain.written(one.start, one.end), f"{number} {value_of:g}")


def _refused(first: str, second: str) -> DescriptionError:
    return DescriptionError(
        f"'{first}' and '{second}' contradict each other: no body is both.", hint="Keep one of them."
    )
