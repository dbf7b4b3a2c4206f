"""Geometric words and counts in text, and what people write for them."""

from __future__ import annotations

import re

from .words import PLACED_WORDS, PLACES

Span = tuple[int, int]

# (word, value, what people write), the longer phrases first: a place in the text is read once.
_SYNONYMS: tuple[tuple[str, str, str], ...] = (
    (
        "surface_smoothness",
        "slightly uneven",
        r"(?:slightly|mildly)\s+(?:uneven|irregular|rough|lobulated|bumpy)",
    ),
    ("surface_smoothness", "irregular", r"irregular|lobulated|lobed|rough|bumpy|uneven|wavy"),
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
_NEGATED = re.compile(r"(?:\bnot|\bnever|\bno|n't|\bwithout)\s+(?:very\s+|quite\s+)?$", re.IGNORECASE)

_SIDES: dict[str, str] = {
    "left": "left", "right": "right", "back": "back", "front": "front", "bottom": "bottom", "top": "top",
    "posterior": "back", "anterior": "front", "inferior": "bottom", "lower": "bottom", "superior": "top",
    "upper": "top", "middle": "middle", "centre": "middle", "center": "middle",
}  # fmt: skip
_SIDE = "|".join(_SIDES)
_WHERE = rf"(?P<where>\b(?:{_SIDE})\b(?:(?:\s|,|and|the|towards?|at|near|in|on|half|third|part)*\b(?:{_SIDE})\b)*)"
_SUBJECTS = {
    "widest_section": r"\bwidest(?:\s+(?:cross-)?section|\s+part|\s+point)?\b",
    "mass_distribution": r"\b(?:most\s+of\s+[^.;]*?mass|(?:centre|center)\s+of\s+mass)\b",
}

_COUNTS = {w: float(n) for n, w in enumerate(("no", "one", "two", "three", "four", "five", "six", "seven", "eight"))}
_COUNTS |= {"without": 0.0, "without any": 0.0, "a": 1.0, "a single": 1.0, "single": 1.0, "zero": 0.0}
_COUNT = r"(?P<n>-?\d+|without any|a single|" + "|".join(w for w in _COUNTS if " " not in w) + r")\s+"
_PIECE = r"(?:(?:separate|connected|single)\s+)*(?:pieces?|components?|parts|fragments?)\b"
_PIECES = re.compile(rf"(?<![\w.,]){_COUNT}{_PIECE}", re.I)
_HOLES = re.compile(rf"(?<![\w.,]){_COUNT}(?:holes?|tunnels?|cavit(?:y|ies))\b", re.I)


def find_counts(text: str) -> list[tuple[str, float, Span]]:
    """(components or holes, value, where) for every count in the text; the value is not checked."""
    found = []
    for name, pattern in (("components", _PIECES), ("holes", _HOLES)):
        for match in pattern.finditer(text):
            written = match["n"].lower()
            value = _COUNTS[written] if written in _COUNTS else float(written)
            found.append((name, value, match.span()))
    return found


def find_words(text: str) -> tuple[dict[str, str], list[Span]]:
    """(Word → value, where they stand); of several values of a word the first in the text is kept."""
    found = _placed(text)
    taken = [span for _, _, span in found]
    for word, value, pattern in _SYNONYMS:
        for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", text, re.IGNORECASE):
            start, end = match.span()
            if any(start < e and end > s for s, e in taken) or _NEGATED.search(text[:start]):
                continue
            taken.append((start, end))
            found.append((word, value, (start, end)))
    words: dict[str, str] = {}
    for word, value, _ in sorted(found, key=lambda item: item[2]):
        words.setdefault(word, value)
    return words, [span for _, _, span in found]


def _placed(text: str) -> list[tuple[str, str, Span]]:
    found = []
    for word in PLACED_WORDS:
        pattern = rf"{_SUBJECTS[word]}[^.;]*?\b(?:at|near|towards?|in|on|to)\s+(?:the\s+)?{_WHERE}"
        match = re.search(pattern, text, re.IGNORECASE)
        if match is not None:
            found.append((word, _canonical(match["where"]), match.span()))
    return found


def _canonical(where: str) -> str:
    """'top and the right' → 'right and top'."""
    named = {_SIDES[side.lower()] for side in re.findall(_SIDE, where, re.IGNORECASE)}
    sides = [side for pair in PLACES.values() for side in pair if side in named]
    if len(sides) > 1:
        return f"{', '.join(sides[:-1])} and {sides[-1]}"
    return sides[0] if sides else "middle"
