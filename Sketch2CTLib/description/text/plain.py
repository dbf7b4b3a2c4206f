"""Text as people type it → plain characters, and where every one of them came from.

White space is collapsed, the many dashes, quotes and spaces of Unicode become the plain ones, abbreviations lose their
full stop, and what stands close behind a comma, a slash or a full stop is set apart: '21 cm wide,15 cm deep'.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

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
        "\u2215": "/",
        "\u00b7": "·",
        "\u22c5": "·",
        "\uff0c": ",",
        "\uff0e": ".",
        "\u3001": ",",
        "\u3002": ".",
    }
)
_SPACE_RUN = re.compile(r"\s*\n\s*|\s{2,}")

# Full stops that end no sentence.
_ABBREVIATED = re.compile(
    r"\b(?:approx|appr|ca|circa|circ|max|min|vol|dia|diam|resp|est|incl|bzw|ungef|env|approxim)\.(?=[ \n\d])", re.I
)
# A mark of punctuation between a letter and a figure; '/1.73 m²' is a rate, 'x.5' a product.
_CLOSE = re.compile(r"(?:(?<=[^\W\d_])|(?<=[)%\"'²³]))(?!/1[.,]73)(?P<mark>[,;/.])(?=\.?\d)(?<![\d ][x×*]\.)", re.I)


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


def plain_characters(text: str) -> PlainText:
    """The text in plain characters; linear in its length."""
    places = range(len(text))
    plain = PlainText(text.translate(_PLAIN), tuple(places), tuple(i + 1 for i in places), text)
    plain = plain.replaced(_SPACE_RUN, lambda m: "\n" if "\n" in m[0] else " ")
    plain = plain.replaced(_ABBREVIATED, _unabbreviated)
    return plain.replaced(_CLOSE, lambda m: ", " if m["mark"] == "/" else f"{m['mark']} ")


def _unabbreviated(match: re.Match[str]) -> str:
    return match[0][:-1] + (" " if match.string[match.end()].isdigit() else "")
