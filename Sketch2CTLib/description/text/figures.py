"""Figures as people write them → one plain decimal each, in a text whose places stay known.

    3/4 of a litre, ¾ of a litre, 75 % of a litre, half of 1.5 L      a part of an amount
    1.5 × 10³ mL, 10^3 mL, 1.5e3 mL, 1.5 thousand mL                  powers of ten and scales
    12x8x6 cm, 12cm×8cm×6cm                                           products without spaces
    21 cm (W) x 15 cm (D) x 17 cm (H), W: 21 cm                       letters for directions
    1 cm -2 cm                                                        a range, not a negative size
    one and a half litres, twelve hundred mL                          number words where a unit follows

What is none of these is left as it stands, for `numerals` to take as an amount or as no size at all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .languages import in_english
from .plain import PlainText, plain_characters
from .units import SIZE_UNIT, UNIT_AFTER, UNIT_WORD

_VULGAR = {
    "½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4, "⅕": 1 / 5, "⅖": 2 / 5, "⅗": 3 / 5, "⅘": 4 / 5,
    "⅙": 1 / 6, "⅚": 5 / 6, "⅐": 1 / 7, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8, "⅑": 1 / 9, "⅒": 1 / 10,
}  # fmt: skip
VULGAR = "".join(_VULGAR)
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISED = str.maketrans(f"{SUPERSCRIPTS}⁻⁺", "0123456789-+")
_LEAST_UNDERS = (2, 3, 4, 5, 6, 8, 10)  # what people divide by
_LARGEST = 1e12  # of a number that is written out
_DECIMAL = r"\d{1,6}(?:[.,]\d{1,6})?"
_ALONE = r"(?<![\w.,/^·])"

_VULGAR_NUMBER = re.compile(
    rf"(?<![\d.,/{VULGAR}])(?P<whole>\d{{1,4}}(?: and |[ -])?)?(?P<part>[{VULGAR}])(?![\d/{VULGAR}])"
)
_FRACTION = re.compile(
    rf"{_ALONE}(?:(?P<whole>\d{{1,4}})(?:[ -]| and | & ))?(?P<over>\d{{1,2}}) ?/ ?(?P<under>\d{{1,2}})(?![\w/]|[.,]\d)"
)
_PAIR_LEAD = re.compile(r"[^\W\d]\w*\s?/\s?[^\W\d]\w*\s?[:=]?\s?$")  # 'AP/CC 5/8 cm' are two lengths
_POWER = re.compile(
    rf"{_ALONE}(?:(?P<times>{_DECIMAL})\s?[x×*·]\s?)?(?P<base>\d{{1,6}})\s?(?:(?:\^|\*\*)\s?[({{]?\+?(?P<power>-?\d{{1,3}})[)}}]?"
    rf"|(?P<raised>[⁻⁺]?[{SUPERSCRIPTS}]{{1,3}}))(?=[\s-]?(?:{SIZE_UNIT}))",
    re.IGNORECASE,
)
_EXPONENT = re.compile(
    rf"{_ALONE}(?P<times>{_DECIMAL})(?P<base>e)\+?(?P<power>-?\d{{1,3}})(?=[\s-]?(?:{SIZE_UNIT}))", re.IGNORECASE
)
_SCALES = {"hundred": 100.0, "thousand": 1e3, "million": 1e6, "k": 1e3}
_SCALED = re.compile(
    rf"{_ALONE}(?P<times>{_DECIMAL})(?: (?P<scale>hundred|thousand|million)|(?P<k>k))(?=[\s-]?(?:{SIZE_UNIT}))", re.I
)
_PERCENT_OF = re.compile(
    rf"{_ALONE}(?P<part>{_DECIMAL})\s?(?:%|per\s?cent|percent) of"
    rf" (?:(?:an?|one) |(?P<whole>{_DECIMAL})\s?)(?={SIZE_UNIT})",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    rf"{_ALONE}(?P<part>(?:{_DECIMAL}))(?: of(?: (?:an?|one))?| an?)(?: (?P<whole>{_DECIMAL}))?\s?(?={SIZE_UNIT})", re.I
)
_TIMES = re.compile(r"(?:(?<=\d)|(?<=\dcm)|(?<=\dmm)|(?<= cm)|(?<= mm)|(?<=\"))\s?[x×*]\s?(?=\.?\d)", re.IGNORECASE)
_DOTS = re.compile(r"(?<![\w.,·])(\d{1,4}(?:[.,]\d{1,2})?)\s?·\s?(\d{1,4}(?:[.,]\d{1,2})?)\s?·\s?(?=\d)")
_TO = re.compile(rf"(?<=\d)(?P<unit>\s?(?:{SIZE_UNIT})) -(?=\.?\d)", re.IGNORECASE)

_BRACKETED = re.compile(r"(?<=\d)\s?\((?P<unit>cm|mm|ml)\)", re.IGNORECASE)
_LETTERS = {"w": "wide", "h": "high", "d": "deep", "l": "long", "b": "wide"}
_LETTERS |= {
    "cc": "craniocaudal",
    "si": "craniocaudal",
    "ap": "AP",
    "tr": "transverse",
    "rl": "transverse",
    "lr": "transverse",
}
_NOUNS = {"wide": "width", "high": "height", "deep": "depth", "long": "length"}
_BEHIND = re.compile(
    rf"(?<=\d)(?P<unit>\s?(?:{SIZE_UNIT}))?\s?(?:\((?P<letter>[whdlb]|cc|si|ap|tr|rl|lr)\)|(?P<bare>[whdb])(?![\w'.]|\s?[:=]|\s\d))(?P<late>\s?(?:{SIZE_UNIT}))?",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    rf"(?<![\w.'-])\(?(?P<letter>[whdlb])\)?\s?[:=]?\s?(?=\d{{1,4}}(?:[.,]\d{{1,3}})?\s?(?:{SIZE_UNIT}|[,;x×\n]|$))",
    re.I,
)


@lru_cache(maxsize=8)
def plain_text(text: str) -> PlainText:
    """The text in plain characters and English terms, with every number that can be one in figures.

    Linear in its length.
    """
    plain = in_english(plain_characters(text))
    plain = plain.replaced(_VULGAR_NUMBER, _vulgar).replaced(_FRACTION, _fraction)
    plain = plain.replaced(_POWER, _power).replaced(_EXPONENT, _power)
    plain = _parts(plain.replaced(_SCALED, _scaled))  # before and after: 'a litre' becomes '1 litre' between
    plain = _parts(in_figures(plain))
    plain = plain.replaced(_DOTS, lambda m: f"{m[1]} x {m[2]} x ")
    plain = plain.replaced(_TIMES, lambda m: " x ").replaced(_TO, lambda m: f"{m['unit']} – ")
    return _lettered(plain.replaced(_BRACKETED, lambda m: f" {m['unit']}"))


def _number(digits: str) -> float:
    return float(digits.replace(",", "."))


def _written(value: float) -> str | None:
    return f"{value:.12g}" if 1e-4 <= value < _LARGEST else None


def _vulgar(match: re.Match[str]) -> str:
    whole = re.match(r"\d*", match["whole"] or "")
    return f"{float(whole[0] if whole and whole[0] else 0) + _VULGAR[match['part']]:.6g}"


def _fraction(match: re.Match[str]) -> str | None:
    """A fraction in lowest terms; 14/16 and 21/15 are two numbers."""
    over, under = int(match["over"]), int(match["under"])
    plausible = under in _LEAST_UNDERS and (0 < over < under or (under <= 4 and over < 10 and not match["whole"]))
    if not plausible or _PAIR_LEAD.search(match.string[max(0, match.start() - 40) : match.start()]):
        return None
    return f"{float(match['whole'] or 0) + over / under:.6g}"


def _power(match: re.Match[str]) -> str | None:
    said = match.groupdict()
    times = said["times"] or "1"
    thousands = re.fullmatch(r"\d{1,3}[.,]\d{3}", times)
    led = re.search(r"[x×*·]\s?$", match.string[max(0, match.start() - 3) : match.start()])
    if thousands or led:
        return None
    power = int((said["power"] or said["raised"].translate(_RAISED)) if said.get("raised") else said["power"])
    base = 10.0 if said["base"].lower() == "e" else float(said["base"])
    if abs(power) > 20 or (base == 0 and power < 0):
        return None
    value = _number(times) * base**power
    return _written(value)


def _scaled(match: re.Match[str]) -> str | None:
    return _written(_number(match["times"]) * _SCALES[(match["scale"] or match["k"]).lower()])


def _parts(plain: PlainText) -> PlainText:
    return plain.replaced(_PERCENT_OF, _percent_of).replaced(_PART_OF, _part_of)


def _percent_of(match: re.Match[str]) -> str | None:
    value = _written(_number(match["part"]) / 100 * _number(match["whole"] or "1"))
    return None if value is None else f"{value} "


def _part_of(match: re.Match[str]) -> str | None:
    """A part below one of an amount; '2 of 3 cm' is none."""
    part = _number(match["part"])
    if match["whole"] and part >= 1:
        return None
    value = _written(part * _number(match["whole"] or "1"))
    return None if value is None else f"{value} "


def _lettered(plain: PlainText) -> PlainText:
    """W, D, H, L and B beside lengths in words, where at least two different ones stand in the text."""
    behind = {(m["letter"] or m["bare"]).lower() for m in _BEHIND.finditer(plain.text) if m["letter"] or _measured(m)}
    ahead = {m["letter"].lower() for m in _AHEAD.finditer(plain.text)}
    if len(behind) >= 2:
        return plain.replaced(_BEHIND, _behind)
    if len(ahead) >= 2:
        return plain.replaced(_AHEAD, lambda m: f" {_NOUNS[_LETTERS[m['letter'].lower()]]} ")
    return plain


def _behind(match: re.Match[str]) -> str:
    word = _LETTERS[(match["letter"] or match["bare"]).lower()]
    unit = match["unit"] or match["late"] or ""
    return f"{unit} {word}"


def _measured(match: re.Match[str]) -> bool:
    """Whether a letter without brackets stands at a length: '21 cm W', '21W x 15D'."""
    return bool(match["unit"] or match["late"] or re.match(r" x |\s?$", match.string[match.end() : match.end() + 3]))


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
