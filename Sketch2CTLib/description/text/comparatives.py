"""Sizes told beside what is usual: 'twice the usual volume', '20 % larger than normal', 'markedly enlarged'.

They are read against the training cases of the structure (`training_ranges`):

    twice, half, 1.5 times, 150 % of the usual …     that factor times the median, ± 15 %
    20 % larger, a third smaller, half again as …    1 ± that share times the median, ± 15 %
    100 mL larger than usual                         the median and so much more, ± 15 %
    normal, usual, average, not enlarged             the median ± a quarter of the middle nine tenths
    slightly / – / markedly / hugely                 0.7 / 1.3 / 2 / 2.6 standard deviations off it, ± half of one

A standard deviation is taken from the median to the 5th or 95th percentile, on a scale of ratios, so that no size
becomes negative. 'Size' and adjectives without a direction mean the volume; a 'wide' or 'dilated' tube, the mean
diameter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ...errors import DescriptionError
from ...training_ranges import TrainingRange, training_range
from .figures import number_of
from .naming import FRONT_BACK, RIGHT_LEFT, TOP_BOTTOM, phrase_name
from .subjects import own_pattern

FACTOR_TOLERANCE = 0.15
SLIGHT, PLAIN, MARKED, HUGE = 0.7, 1.3, 2.0, 2.6  # standard deviations
_HALF_STEP = 0.5
_Z95 = 1.645  # of a normal distribution

_USUAL = r"(?:usual|normal|average|typical|mean|median|expected|standard)"
_NOUN = (
    r"(?P<noun>(?:(?:largest|longest|maximum|max\.?|mean|average|smallest|minimum|cross[- ]section(?:al)?|surface)\s)"
    r"{0,2}(?:volume|size|capacity|width|breadth|depth|height|length|diameter|thickness|calib(?:re|er)|area|surface))"
)
_TIMES = (
    r"(?P<times>\d{1,4}(?:[.,]\d{1,6})?)(?:\s?(?:x|×|times|fold)|(?<=[.,]\d)(?:\sof)?|(?<=[.,]\d\d)(?:\sof)?"
    r"|(?<=[.,]\d{3})(?:\sof)?|(?<=[.,]\d{6})(?:\sof)?)"
    r"|(?P<percent>\d{1,4}(?:[.,]\d{1,3})?)\s?(?:%|per\s?cent)(?:\sof)?"
)
_WORD_FACTORS = {
    "twice": 2.0, "double": 2.0, "thrice": 3.0, "triple": 3.0, "treble": 3.0, "quadruple": 4.0, "half": 0.5,
}  # fmt: skip
_SPELLED_TIMES = r"(?P<spelled>(?:(?:one|two) and a half|one|two|three|four|five|six|seven|eight|nine|ten) times)"
_SHARES = r"(?P<share>(?:(?:a|one|two|three)[\s-])?(?:half|halves|thirds?|quarters?|fifths?|tenths?))"
_FACTOR = rf"(?:{_TIMES}|{_SPELLED_TIMES}|(?P<word>{'|'.join(_WORD_FACTORS)})|{_SHARES}(?:\sof)?)"
_SIZES = r"(?:big|large|small|great|wide|broad|deep|tall|high|long|thick|voluminous)"
_REFERENCE = rf"(?:{_USUAL}(?:ly)?|(?:the|its)\s{_USUAL}(?:\sone)?|(?:an?|the)\s{_USUAL}\s\w{{3,16}}|it\sshould\sbe)"
_FACTORS = (
    rf"\b{_FACTOR}\s(?:the|its|as|of)?\s?(?:the\s)?(?:{_USUAL}|it(?:'s|s))\s(?:\w{{3,16}}\s)?{_NOUN}\b",
    rf"\b{_FACTOR}\sas\s(?P<as>{_SIZES})\sas\s(?:{_REFERENCE})\b",
    rf"\b{_FACTOR}\s(?:the\s)?{_NOUN}\s(?:that\sis\s|which\sis\s)?(?:of\s)?(?:{_REFERENCE})\b",
)
_MORE = r"larger|bigger|greater|wider|broader|deeper|taller|higher|longer|thicker"
_LESS = r"smaller|narrower|shallower|shorter|lower|thinner"
_BY = (
    rf"(?:(?P<percent>\d{{1,4}}(?:[.,]\d{{1,3}})?)\s?(?:%|per\s?cent)|{_SHARES}|(?P<part>0[.,]\d{{1,6}})|"
    r"(?P<grade>slightly|a\s(?:little|bit)|somewhat|moderately|markedly|much|far|considerably|significantly|clearly)|"
    r"(?P<again>half\sagain))"
)
_SHIFT = (
    r"(?P<shift>\d{1,5}(?:[.,]\d{1,3})?)\s?"
    r"(?P<unit>millilit(?:re|er)s?|ml|cc|lit(?:re|er)s?|l|millimet(?:re|er)s?|mm|centimet(?:re|er)s?|cm)"
)
_UNIT_FACTORS = (("ml", "volume_ml", 1.0), ("cc", "volume_ml", 1.0), ("millil", "volume_ml", 1.0), ("mil", "mm", 1.0),
                 ("mm", "mm", 1.0), ("c", "mm", 10.0), ("l", "volume_ml", 1000.0))  # fmt: skip
_THAN = rf"(?:\sthan\s(?:{_REFERENCE}))"
_DIFFERENCES = (
    rf"(?<![\w.,])(?:{_BY}\s|{_SHIFT}\s)?(?P<direction>{_MORE}|{_LESS}){_THAN}\b",
    rf"(?<![\w.,])(?:{_BY})\s(?P<direction>{_MORE}|{_LESS})(?!\sthan)\b",
    rf"\b(?P<again>half\sagain)\sas\s(?P<direction>{_SIZES})(?:\sas\s{_REFERENCE})?\b",
    rf"(?<![\w.,])(?:{_BY})\s(?P<direction>above|over|below|under)\s(?:the\s)?{_USUAL}(?:\s{_NOUN})?\b",
    rf"(?<![\w.,])(?P<direction>enlarged|increased|reduced|shrunken|diminished)\sby\s(?:about\s)?{_BY}",
)
_GRADES = {
    **dict.fromkeys(("slightly", "mildly", "a little", "a bit", "somewhat", "minimally", "rather"), SLIGHT),
    **dict.fromkeys(("moderately", "quite", "fairly"), PLAIN),
    **dict.fromkeys(
        (
            "markedly",
            "very",
            "strongly",
            "severely",
            "considerably",
            "clearly",
            "significantly",
            "much",
            "unusually",
            "far",
        ),
        MARKED,
    ),
    **dict.fromkeys(("massively", "hugely", "extremely", "grossly", "enormously"), HUGE),
}
_GRADE = "|".join(word.replace(" ", r"\s") for word in sorted(_GRADES, key=len, reverse=True))
# Adjective → (direction, standard deviations that it says by itself, what it measures; '' is the volume)
_ADJECTIVES: dict[str, tuple[int, float, str]] = {
    **dict.fromkeys(("enlarged", "large", "big", "bulky", "swollen"), (1, PLAIN, "")),
    **dict.fromkeys(("huge", "enormous", "giant", "massive", "gigantic"), (1, HUGE, "")),
    **dict.fromkeys(("small", "shrunken", "atrophic", "little", "shrunk"), (-1, PLAIN, "")),
    **dict.fromkeys(("tiny", "minute"), (-1, HUGE, "")),
    **dict.fromkeys(("wide", "broad", "dilated", "ectatic"), (1, PLAIN, "wide")),
    **dict.fromkeys(("narrow", "slender", "slim"), (-1, PLAIN, "wide")),
    **dict.fromkeys(("long", "tall"), (1, PLAIN, "long")),
    "short": (-1, PLAIN, "long"), "deep": (1, PLAIN, "deep"), "shallow": (-1, PLAIN, "deep"),
    "thick": (1, PLAIN, "thick"), "thin": (-1, PLAIN, "thick"),
}  # fmt: skip
_ADJECTIVE = re.compile(
    rf"(?<![\w-])(?P<deny>(?:not|never|no)\s|n't\s)?(?:(?P<grade>{_GRADE})\s)?(?P<adjective>{'|'.join(_ADJECTIVES)})(?![\w-])"
    rf"(?:\s{_NOUN})?",
    re.IGNORECASE,
)
_AS_EVER = r"usual|normal|average|typical"
_NUMBER_AHEAD = r"(?!\s?(?:of|is|was|:|=|measures)?\s?(?:about\s|around\s|roughly\s|~\s?)?[\d.])"
_NORMAL = (
    rf"\b(?:of\s)?(?:the\s|an?\s|its\s)?(?:{_AS_EVER}|expected|standard)\s(?:in\s)?{_NOUN}\b{_NUMBER_AHEAD}",
    rf"\b{_NOUN}\s(?:(?:is|appears|looks|seems)\s)?(?:about\s|roughly\s|within\s(?:the\s)?)?(?:{_AS_EVER})\b(?!\s?\w)",
    rf"\b(?:{_AS_EVER})(?:ly)?[\s-]sized\b",
)
_WAYS = ((RIGHT_LEFT, "extent_rl_mm"), (FRONT_BACK, "extent_ap_mm"), (TOP_BOTTOM, "extent_si_mm"))
_DIRECTED = tuple(
    re.compile(rf"(?:(?P<grade>{_GRADE})\s)?(?P<how>flat(?:tened)?|compressed|elongated|stretched)[^\S\n](?:in\s|from\s|along\s)?"
    rf"(?:the\s)?(?:{way})", re.I) for way, _ in _WAYS
)  # fmt: skip

Rank = Literal[1, 2]  # a factor goes before an adjective


@dataclass(frozen=True)
class Comparison:
    """One size told beside what is usual.

    Args:
        start, end: Where it stands in the text.
        name: Quantity.
        factor: Times the median, or None where `deviations` speaks.
        deviations: Standard deviations off the median.
        rank: 1 a factor, 2 an adjective; the lower wins.
        said: For people: 'twice the usual'.
        shift: Added to the median times the factor, in the quantity's own unit.
    """

    start: int
    end: int
    name: str
    factor: float | None
    deviations: float
    rank: Rank
    said: str
    shift: float = 0.0


def find_factors(text: str, *, tubular: bool) -> list[Comparison]:
    """'twice the usual volume', '20 % larger than usual', 'normal size', in reading order, none overlapping."""
    comparisons = [_factor(m, tubular) for pattern in _compiled("factors") for m in pattern.finditer(text)]
    comparisons += [_difference(m, tubular) for pattern in _compiled("differences") for m in pattern.finditer(text)]
    comparisons += [_normal(m, text, tubular) for pattern in _compiled("normal") for m in pattern.finditer(text)]
    return _apart([one for one in comparisons if one is not None])


def find_directed(text: str) -> list[Comparison]:
    """'slightly flattened front to back': the extent that way is less than usual; in reading order."""
    comparisons: list[Comparison] = []
    for pattern, (_, name) in zip(_DIRECTED, _WAYS, strict=True):
        for match in pattern.finditer(text):
            sign = -1.0 if match["how"].lower().startswith(("flat", "comp")) else 1.0
            comparisons.append(Comparison(*match.span(), name, None, sign * _grade(match["grade"], PLAIN), 2, match[0]))
    return _apart(comparisons)


def find_adjectives(text: str, structure: str | None, *, tubular: bool) -> list[Comparison]:
    """'markedly enlarged', 'a small liver', 'wide aorta', in reading order."""
    comparisons: list[Comparison] = []
    for match in _ADJECTIVE.finditer(text):
        one = _adjective(match, text, structure, tubular)
        if one is not None:
            comparisons.append(one)
    return _apart(comparisons)


def compared(one: Comparison, structure: str) -> tuple[float, float, TrainingRange] | None:
    """(Value, tolerance, training range) of a comparison, in the quantity's unit; None where nothing was measured.

    Raises:
        DescriptionError: Nothing would be left of the organ.
        UnknownStructure: The catalog has no such structure.
    """
    reference = training_range(structure, one.name)
    if reference is None or reference.median <= 0:
        return None
    if one.factor is not None:
        value = reference.median * one.factor + one.shift
        if value <= 0:
            raise DescriptionError(
                f"'{one.said}' leaves nothing of the usual {reference.median:.4g}.", hint="Say less."
            )
        return value, FACTOR_TOLERANCE * value, reference
    if one.deviations == 0:
        return reference.median, max((reference.p95 - reference.p05) / 4, 0.05 * reference.median), reference
    values = [_off_median(reference, one.deviations + step) for step in (0.0, -_HALF_STEP, _HALF_STEP)]
    return values[0], max(abs(values[2] - values[1]) / 2, 0.05 * values[0]), reference


def _off_median(reference: TrainingRange, deviations: float) -> float:
    outer = reference.p95 if deviations > 0 else reference.p05
    ratio = outer / reference.median if outer > 0 else 0.5
    ratio = max(ratio, 1.1) if deviations > 0 else min(ratio, 1 / 1.1)
    return float(reference.median * ratio ** (abs(deviations) / _Z95))


@cache
def _compiled(which: str) -> tuple[re.Pattern[str], ...]:
    patterns = {"factors": _FACTORS, "differences": _DIFFERENCES, "normal": _NORMAL}[which]
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


def _apart(comparisons: list[Comparison]) -> list[Comparison]:
    """The longest of those that overlap."""
    longest: list[Comparison] = []
    for one in sorted(comparisons, key=lambda c: (c.start, -c.end)):
        if longest and one.start < longest[-1].end:
            if one.end - one.start > longest[-1].end - longest[-1].start:
                longest[-1] = one
            continue
        longest.append(one)
    return longest


def _number(digits: str) -> float:
    return float(digits.replace(",", "."))


def _grade(word: str | None, plain: float) -> float:
    return _GRADES[" ".join(word.lower().split())] if word else plain


def _share(words: str) -> float:
    value = number_of(words)
    return 0.5 if value is None else value


def _factor(match: re.Match[str], tubular: bool) -> Comparison | None:
    said = match.groupdict()
    if said["times"]:
        factor = _number(said["times"])
    elif said["percent"]:
        factor = _number(said["percent"]) / 100
    elif said["spelled"]:
        factor = number_of(said["spelled"].rsplit(" ", 1)[0]) or 1.0
    elif said["word"]:
        factor = _WORD_FACTORS[said["word"].lower()]
    else:
        factor = _share(said["share"])
    name = phrase_name(said.get("noun") or said.get("as") or "size", tubular=tubular) or "volume_ml"
    if name == "volume_ml" and (said.get("as") or "").lower() == "small":
        factor = 1 / factor if factor else 0.0
    return Comparison(*match.span(), name, factor, 0.0, 1, match[0]) if factor > 0 else None


def _difference(match: re.Match[str], tubular: bool) -> Comparison | None:
    said = match.groupdict()
    word = said["direction"].lower()
    sign = -1.0 if re.fullmatch(rf"{_LESS}|below|under|reduced|shrunken|diminished", word) else 1.0
    name = _measure(word, said.get("noun"), tubular)
    if said.get("percent") or said.get("share") or said.get("again") or said.get("part"):
        share = _number(said["percent"]) / 100 if said.get("percent") else _share(said.get("share") or "half")
        share = _number(said["part"]) if said.get("part") else share
        factor = 1.0 + sign * share
        return Comparison(*match.span(), name, factor, 0.0, 1, match[0]) if factor > 0 else None
    if said.get("shift"):
        lead = said["unit"].lower()
        kind, factor = next((kind, factor) for stem, kind, factor in _UNIT_FACTORS if lead.startswith(stem))
        fits = name == kind or (kind == "mm" and name.endswith("_mm"))
        shift = sign * factor * _number(said["shift"])
        return Comparison(*match.span(), name, 1.0, 0.0, 1, match[0], shift) if fits else None
    grade = said.get("grade")
    return Comparison(*match.span(), name, None, sign * _grade(grade, PLAIN), 2, match[0])


def _measure(word: str, noun: str | None, tubular: bool) -> str:
    if noun:
        return phrase_name(noun, tubular=tubular) or "volume_ml"
    width = "mean_cross_section_diameter_mm" if tubular else "extent_rl_mm"
    for stems, name in (
        (("wid", "broad", "narrow"), width), (("deep", "shallow"), "extent_ap_mm"),
        (("tall", "high", "long", "short", "low"), "extent_si_mm"), (("thick", "thin"), "min_diameter_mm"),
    ):  # fmt: skip
        if word.startswith(stems):
            return name
    return "volume_ml"


def _normal(match: re.Match[str], text: str, tubular: bool) -> Comparison | None:
    noun = match.groupdict().get("noun") or "size"
    if re.search(
        r"(?:\bnot\s|\d\s|\babnormal|n't\s|%\s|times\s)(?:of\s)?$",
        text[max(0, match.start() - 12) : match.start()],
        re.I,
    ):
        return None
    name = phrase_name(noun, tubular=tubular) or "volume_ml"
    return Comparison(*match.span(), name, None, 0.0, 2, match[0])


_AFTER = re.compile(
    r"\s?(?:$|[,.;:)\n!?]|(?:and|but|with|in|for|overall|compared|yet|while|at|of|on|though|or)\b|(?:(?:in|of)\ssize)\b)",
    re.I,
)
_IS = re.compile(
    r"(?:\b(?:is|are|was|appears?|looks?|seems?|be|remains|measures)\s|'s\s)(?:\w{3,12}ly\s|not\s|a\sbit\s|too\s){0,2}$",
    re.I,
)
_ALONE = re.compile(r"(?:^|[;,.\n:]\s?|\b(?:and|but)\s)(?:an?\s|it\sis\s)?$", re.IGNORECASE)


def _adjective(match: re.Match[str], text: str, structure: str | None, tubular: bool) -> Comparison | None:
    """An adjective that speaks of the organ as a whole: before its name, behind 'is', or standing alone."""
    word = match["adjective"].lower()
    sign, own, way = _ADJECTIVES[word]
    after, before = text[match.end() : match.end() + 40], text[max(0, match.start() - 40) : match.start()]
    followed = re.match(r"\s(?:\w{3,16}(?:,|\sand)?\s){0,2}?", after)
    named = own_pattern(structure).match(after.lstrip(" ,")) if followed else None
    predicate = bool(_IS.search(before)) and bool(_AFTER.match(after))
    alone = bool(_ALONE.search(before)) and bool(_AFTER.match(after))
    by_itself = alone and (not way or bool(match["grade"]) or word in ("dilated", "ectatic"))
    if not (match["noun"] or named or predicate or by_itself):
        return None
    name = _measure(way, match["noun"], tubular) if way or match["noun"] else "volume_ml"
    deviations = sign * (_grade(match["grade"], own) if own != HUGE else HUGE)
    if match["deny"]:
        if word not in ("enlarged", "dilated", "ectatic", "swollen", "atrophic", "shrunken"):
            return None
        deviations = 0.0
    return Comparison(*match.span(), name, None, deviations, 2, match[0])
