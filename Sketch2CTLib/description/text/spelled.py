"""Text as people type it → plain text with figures, and where every character came from.

'One and a half  litres', '1½ L', 'a litre and a half' and '1 1/2 L' all become '1.5 …'; white space is collapsed, the
many dashes, quotes and spaces of Unicode become the plain ones. Everything after reads the plain text only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .units import UNIT_AFTER, UNIT_WORD

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\r\f\v"
_PLAIN = str.maketrans(
    {
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys("\u2212\u2010\u2011\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2012\u2013\u2014\u2015", "–"),
        **dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u2033\u201c\u201d", '"'),
        **dict.fromkeys("\u2715\u2716\u2a2f", "×"),
        **dict.fromkeys("\u2248\u223c\uff5e", "~"),
        **dict.fromkeys("\u2028\u2029\u0085", "\n"),
        **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad\x00", " "),
        "\u2044": "/",
        "\uff0c": ",",
        "\uff0e": ".",
        "\u3001": ",",
        "\u3002": ".",
    }
)
_SPACE_RUN = re.compile(r"\s*\n\s*|\s{2,}")

# Full stops that end no sentence.
_ABBREVIATED = re.compile(r"\b(?:approx|appr|ca|circ|max|min|vol|dia|diam|resp|est|incl)\.(?=[ \n\d])", re.IGNORECASE)

_VULGAR = {
    "½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4, "⅕": 1 / 5, "⅖": 2 / 5, "⅗": 3 / 5, "⅘": 4 / 5,
    "⅙": 1 / 6, "⅚": 5 / 6, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8, "⅒": 1 / 10,
}  # fmt: skip
_VULGAR_NUMBER = re.compile(rf"(?<![\d.,/])(?P<whole>\d{{1,4}} ?)?(?P<part>[{''.join(_VULGAR)}])(?![\d/])")
_ASCII_FRACTION = re.compile(
    rf"(?<![\w.,/])(?:(?P<whole>\d{{1,4}})[ -])?(?P<over>\d{{1,2}})/(?P<under>\d{{1,2}})(?=[ -]?(?:{UNIT_AFTER}))", re.I
)

_ONES = dict(
    zip(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], range(10), strict=True)
)
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = _ONES | {word: 10 + n for n, word in enumerate(_TEENS)}
_TEN = {word: 20 + 10 * n for n, word in enumerate(_TENS)} | {"fourty": 40}
_BIG = {"hundred": 100, "thousand": 1000}
_PARTS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1}
_PARTS |= {f"{word}s": part for word, part in _PARTS.items() if word != "half"} | {"halves": 0.5}

_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_UNITS_WORD, _TEN_WORD = "|".join(sorted(_SMALL, key=len, reverse=True)), "|".join(sorted(_TEN, key=len, reverse=True))
_BELOW_100 = rf"(?:(?:{_TEN_WORD})(?:[ -](?:{'|'.join(_ONES)})\b)?|(?:{_UNITS_WORD}))\b"
_BELOW_1000 = rf"(?:(?:(?:{_BELOW_100}|a) )?hundred\b(?:(?: and)? {_BELOW_100})?|{_BELOW_100})"
_WHOLE = rf"(?:(?:(?:{_BELOW_1000}|a) )?thousand\b(?:(?: and)? {_BELOW_1000})?|{_BELOW_1000})"
_WORDY = (
    rf"(?:(?:(?:an?|one|two|three|four) )?(?:{_PART})\b(?: of)?(?: an?\b)?"
    rf"|{_WHOLE}(?: point(?: (?:{'|'.join(_ONES)})\b){{1,6}})?(?: and (?:(?:a|one|two|three) )?(?:{_PART})\b)?|an?\b)"
)
_SPELLED = re.compile(rf"\b(?<![.,]){_WORDY}", re.IGNORECASE)
# A number word is a figure where a unit follows, if need be behind the other numbers of a range or a product.
_MEASURES = re.compile(
    rf"(?: ?(?:to|by|x|×|and|or|-|–) ?(?:{_WORDY}|\d[\d.,]{{0,12}})){{0,2}}[ -]?(?:{UNIT_AFTER})", re.IGNORECASE
)
_AND_A_HALF = re.compile(
    rf"(?<![\w.,])(?P<n>\d{{1,4}}) (?P<unit>{UNIT_WORD}) and (?:(?:a|one|three) )?(?P<part>{_PART})\b", re.IGNORECASE
)


@dataclass(frozen=True)
class PlainText:
    """A text in plain characters and its places in the original.

    Args:
        text: Single spaces, figures, plain dashes and quotes.
        starts, ends: Per character: where the original piece that it stands for begins and ends.
        original: As typed.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    original: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that a span of the plain text stands for."""
        if start >= end:
            place = self.starts[start] if start < len(self.starts) else len(self.original)
            return place, place
        return self.starts[start], self.ends[end - 1]

    def written(self, start: int, end: int) -> str:
        """A span of the plain text as it was typed."""
        first, last = self.span(start, end)
        return self.original[first:last]

    def replaced(self, pattern: re.Pattern[str], put: Callable[[re.Match[str]], str | None]) -> PlainText:
        """With every match replaced, or kept where `put` gives None."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        used = 0
        for match in pattern.finditer(self.text):
            new = put(match)
            if new is None or match.start() == match.end():
                continue
            start, end = match.span()
            first, last = self.span(start, end)
            pieces += [self.text[used:start], new]
            starts += [*self.starts[used:start], *([first] * len(new))]
            ends += [*self.ends[used:start], *([last] * len(new))]
            used = end
        if not pieces:
            return self
        pieces.append(self.text[used:])
        return PlainText("".join(pieces), (*starts, *self.starts[used:]), (*ends, *self.ends[used:]), self.original)


def plain_text(text: str) -> PlainText:
    """The text in plain characters, with numbers in figures where a unit follows them; linear in its length."""
    places = range(len(text))
    plain = PlainText(text.translate(_PLAIN), tuple(places), tuple(i + 1 for i in places), text)
    plain = plain.replaced(_SPACE_RUN, lambda m: "\n" if "\n" in m[0] else " ")
    plain = plain.replaced(_ABBREVIATED, lambda m: m[0][:-1])
    plain = plain.replaced(_VULGAR_NUMBER, _vulgar)
    plain = plain.replaced(_ASCII_FRACTION, _fraction)
    plain = plain.replaced(_SPELLED, _figures)
    return plain.replaced(_AND_A_HALF, _and_a_half)


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
            return total + before + parts * _PARTS[token]
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
    return None if value is None else f"{value:.6g}" if value < 1e6 else None


def _vulgar(match: re.Match[str]) -> str:
    return f"{float(match['whole'] or 0) + _VULGAR[match['part']]:.6g}"


def _fraction(match: re.Match[str]) -> str | None:
    under = int(match["under"])
    return f"{float(match['whole'] or 0) + int(match['over']) / under:.6g}" if under else None


def _and_a_half(match: re.Match[str]) -> str:
    three = 3 if " three " in match[0].lower() else 1
    return f"{float(match['n']) + three * _PARTS[match['part'].lower()]:.6g} {match['unit']}"
