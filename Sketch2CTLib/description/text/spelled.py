"""Number words → figures: 'one and a half litres', 'a litre and a half', 'twelve hundred mL'."""

from __future__ import annotations

import re

from .plain import PlainText
from .units import UNIT_AFTER, UNIT_WORD

_ONES = dict(
    zip(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], range(10), strict=True)
)
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = _ONES | {word: 10 + n for n, word in enumerate(_TEENS)}
_TEN = {word: 20 + 10 * n for n, word in enumerate(_TENS)} | {"fourty": 40}
_BIG = {"hundred": 100, "thousand": 1000}
_SCALE = "|".join(_BIG)
_PARTS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "sixth": 1 / 6, "eighth": 0.125, "tenth": 0.1}
_PARTS |= {f"{word}s": part for word, part in _PARTS.items() if word != "half"} | {"halves": 0.5}

_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_UNITS_WORD, _TEN_WORD = "|".join(sorted(_SMALL, key=len, reverse=True)), "|".join(sorted(_TEN, key=len, reverse=True))
_BELOW_100 = rf"(?:(?:{_TEN_WORD})(?:[ -](?:{'|'.join(_ONES)})\b)?|(?:{_UNITS_WORD}))\b"
_BELOW_1000 = rf"(?:(?:(?:{_BELOW_100}|a) )?hundred\b(?:(?: and)? {_BELOW_100})?|{_BELOW_100})"
_WHOLE = rf"(?:(?:(?:{_BELOW_1000}|a) )?thousand\b(?:(?: and)? {_BELOW_1000})?|{_BELOW_1000})"
_WORDY = (
    rf"(?:(?:(?:an?|one|two|three|four)[ -])?(?:{_PART})\b(?: of)?(?: (?:an?|one)\b)?"
    rf"|{_WHOLE}(?: point(?: (?:{'|'.join(_ONES)})\b){{1,6}})?(?: and (?:(?:a|one|two|three)[ -])?(?:{_PART})\b)?"
    rf"(?: (?:{_SCALE})\b)?|an?\b)"
)
_SPELLED = re.compile(rf"\b(?<![.,]){_WORDY}", re.IGNORECASE)
# A number word is a figure where a unit follows, if need be behind the other numbers of a range or a product.
_MEASURES = re.compile(
    rf"(?: ?(?:to|by|x|×|and|or|-|–) ?(?:{_WORDY}|\d[\d.,]{{0,12}})){{0,2}}[ -]?(?:{UNIT_AFTER})"
    rf"|(?<= of) \d[\d.,]{{0,12}} ?(?:{UNIT_AFTER})",
    re.IGNORECASE,
)
_AND_A_HALF = re.compile(
    rf"(?<![\w.,])(?P<n>\d{{1,4}}) (?P<unit>{UNIT_WORD}) and (?:(?:a|one|three)[ -])?(?P<part>{_PART})\b", re.IGNORECASE
)
# Every word that counts or measures, wherever it stands; 'one' and 'a' are mostly none.
NUMBER_WORDS = "|".join(
    sorted(
        (*(w for w in (*_SMALL, *_TEN, *_BIG, *_PARTS) if w != "one"), "twice", "thrice", "dozen", "million"),
        key=len,
        reverse=True,
    )
)


def in_figures(plain: PlainText) -> PlainText:
    """The text with number words in figures where a unit follows them."""
    return plain.replaced(_SPELLED, _figures).replaced(_AND_A_HALF, _and_a_half)


def number_of(words: str) -> float | None:
    """The value of number words: 'one and a half', 'two hundred and ten', 'a quarter', 'one point four'."""
    total, current, last, seen = 0.0, 0.0, 1.0, False
    tokens = re.split(r"[ -]", words.lower())
    for place, token in enumerate(tokens):
        if token == "point":
            digits = "".join(str(_ONES[word]) for word in tokens[place + 1 :] if word in _ONES)
            return total + current + float(f"0.{digits}") if digits and seen else None
        if token in _PARTS:
            parts = last if place and tokens[place - 1] in ("one", "two", "three", "four") else 1.0
            before = current - last if place and tokens[place - 1] in ("one", "two", "three", "four") else current
            scale = _BIG.get(tokens[place + 1], 1) if place + 1 < len(tokens) else 1
            return (total + before + parts * _PARTS[token]) * scale
        if token in _SMALL or token in _TEN:
            last = float(_SMALL[token] if token in _SMALL else _TEN[token])
            current, seen = current + last, True
        elif token in _BIG:
            factor = _BIG[token]
            current = max(current, 1.0) * factor
            total, current = (total + current, 0.0) if factor == 1000 else (total, current)
            seen = True
    if seen:
        return total + current
    return 1.0 if tokens and tokens[0] in ("a", "an") else None


def _figures(match: re.Match[str]) -> str | None:
    if not _MEASURES.match(match.string, match.end()):
        return None
    value = number_of(match[0])
    if value is None or value >= 1e6:
        return None
    of = " of" if match[0].lower().endswith(" of") and match.string[match.end() + 1 : match.end() + 2].isdigit() else ""
    return f"{value:.6g}{of}"


def _and_a_half(match: re.Match[str]) -> str:
    three = 3 if " three " in match[0].lower() else 1
    return f"{float(match['n']) + three * _PARTS[match['part'].lower()]:.6g} {match['unit']}"
