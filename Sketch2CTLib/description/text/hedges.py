"""How sure a text is of a number: hedges, bounds, the tolerance that each implies, and numbers called unknown.

    exactly, precisely                        1 %
    a plain number                            none said; `PLAIN` (5 %) is what people mean
    just over, just under, nearly, a good     7.5 %
    about, around, approximately, ~, ca.     10 %
    roughly, or so, -ish, more or less       15 %
    very roughly, at a guess, not sure       20 %
    ± 5 %, give or take 1 cm, 12–14 cm       as written; a range is its middle and half its width
    at most, under, up to                    the fifth below the bound: 'under 2 cm' is 16–20 mm
    at least, over, more than                the fifth above the bound: 'over 1.5 L' is 1.5–1.8 L

The value itself is never moved by a hedge, only by a bound.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .naming import phrase_name

PLAIN = 0.05
BOUND_SPAN = 0.20  # a bound speaks of the fifth next to it
EXACT = 0.01

_WINDOW = 80  # characters before and after a number in which its hedge stands

# (what people write, relative tolerance); where several stand, the widest counts, except that a plain 'not' is none.
_HEDGES: tuple[tuple[str, float], ...] = (
    (r"very\s+(?:roughly|approximately|approx)|at\s+a\s+guess|(?:my\s+)?(?:best\s+)?guess(?:ed|ing)?|not\s+sure", 0.20),
    (r"un(?:sure|certain)|maybe|perhaps|possibly|(?:very\s+)?rough(?:\s+(?:estimate|guess|idea))", 0.20),
    (r"roughly|more\s+or\s+less|or\s+so|or\s+thereabouts|thereabouts|[ -]?ish\b|probably|ball-?park", 0.15),
    (r"in\s+the\s+(?:region|range|order|neighbou?rhood)\s+of|(?:on|of)\s+the\s+order\s+of|i\s+(?:think|guess)", 0.15),
    (r"somewhere\s+(?:around|about|near)|rough\b", 0.15),
    (r"about|around|round\s+about|approximate(?:ly)?|approx\b\.?|circa|ca\b\.?|c\.|~|some(?=\s*$)|estimated?", 0.10),
    (r"not\s+(?:exactly|quite)|say(?=,?\s*$)|etwa|ungefähr|environ", 0.10),
    (r"just\s+(?:over|above|under|below|shy\s+of|short\s+of)|nearly|almost|close\s+to|not\s+far\s+(?:off|from)", 0.075),
    (r"(?:slightly|a\s+(?:little|bit|touch))\s+(?:over|more\s+than|above|under|less\s+than|below)", 0.075),
    (r"a\s+good(?=\s*$)", 0.075),
    (r"exact(?:ly)?|precise(?:ly)?|accurately", EXACT),
)
_HEDGE = re.compile("|".join(f"(?P<h{n}>{_edged})" for n, _edged in enumerate(
    rf"(?<![\w-])(?:{pattern})(?!\w)" if "ish" not in pattern else rf"(?:{pattern})(?!\w)" for pattern, _ in _HEDGES
)), re.IGNORECASE)  # fmt: skip

_MORE = r"(?:more|larger|bigger|greater|longer|wider|taller|higher|deeper|thicker|heavier)"
_LESS = r"(?:less|smaller|fewer|shorter|narrower|lower|shallower|thinner|lighter)"
_UPPER_BEFORE = re.compile(
    rf"(?:\bnot?\s+{_MORE}\s+than|(?<!no\s)(?<!not\s)\b{_LESS}\s+than|\bat\s+(?:the\s+)?most|\bup\s+to|\bnot\s+(?:over|above"
    r"|exceeding)|\bno\s+bigger\s+than|(?<!not\s)(?<!just\s)(?<!slightly\s)\b(?:under|below|beneath)|maximally|<\s?=?|≤)"
    r"\s*(?:a\s+|an\s+)?$",
    re.IGNORECASE,
)
_LOWER_BEFORE = re.compile(
    rf"(?:\bnot?\s+{_LESS}\s+than|(?<!no\s)(?<!not\s)\b{_MORE}\s+than|\bat\s+(?:the\s+very\s+|the\s+)?least|\bnot\s+(?:under"
    r"|below)|(?<!not\s)(?<!just\s)(?<!slightly\s)\b(?:over|above|exceeding|beyond)|\bin\s+excess\s+of|\bupwards?\s+of"
    r"|minimally|(?<![\w/\"'])>\s?=?|≥)\s*(?:a\s+|an\s+)?$",
    re.IGNORECASE,
)
_UPPER_AFTER = re.compile(
    r"\b(?:or\s+(?:less|under|below|smaller)|at\s+(?:the\s+)?most|max(?:imum|imally)?\.?$)", re.IGNORECASE
)
_LOWER_AFTER = re.compile(
    r"\b(?:or\s+(?:more|over|above|larger)|at\s+(?:the\s+)?least|and\s+(?:up|more)|minimum$)", re.IGNORECASE
)
_NOT = re.compile(r"\b(?:not|neither|nor)\s+(?:a\s+|the\s+)?$|\bnever\s+$|n't\s+$", re.IGNORECASE)

Bound = Literal["", "at most", "at least"]


@dataclass(frozen=True)
class Hedge:
    """How a text qualifies one number.

    Args:
        relative: Tolerance as a share of the value; None where nothing is said.
        bound: Whether the number is a limit.
        denied: Whether it stands behind a plain 'not'.
        before, after: Characters of the windows that the qualification reaches into.
    """

    relative: float | None = None
    bound: Bound = ""
    denied: bool = False
    before: int = 0
    after: int = 0


def hedge_of(before: str, after: str, *, shared: bool = False) -> Hedge:
    """The qualification of a number by the text right before and after it.

    Args:
        before, after: Its own clause, without other numbers.
        shared: Whether another number follows at the end of `after`: a hedge that stands there is that one's.
    """
    lead, tail = before[-_WINDOW:], after[:_WINDOW]
    if shared and len(after) <= _WINDOW:
        tail = _without_last(tail)
    skipped = len(before) - len(lead)
    ahead, behind = list(_HEDGE.finditer(lead)), list(_HEDGE.finditer(tail))
    bare = lead
    for match in reversed(ahead):
        if not lead[match.end() : len(bare)].strip(" ("):
            bare = lead[: match.start()]
    upper, lower = _UPPER_BEFORE.search(bare), _LOWER_BEFORE.search(bare)
    bound: Bound = "at most" if upper or _UPPER_AFTER.search(tail) else ""
    bound = "at least" if not bound and (lower or _LOWER_AFTER.search(tail)) else bound
    limit = upper or lower
    starts = [skipped + match.start() for match in (*ahead, *([limit] if limit else []))]
    return Hedge(
        max((_tolerance(match) for match in (*ahead, *behind)), default=None),
        bound,
        bool(_NOT.search(bare)) and not bound,
        len(before) - min(starts) if starts else 0,
        max((match.end() for match in behind), default=0),
    )


def _without_last(tail: str) -> str:
    """The text without the hedge or bound that it ends with."""
    for pattern in (_HEDGE, _UPPER_AFTER, _LOWER_AFTER, _UPPER_BEFORE, _LOWER_BEFORE):
        for match in pattern.finditer(tail):
            if not tail[match.end() :].strip(" ("):
                return tail[: match.start()]
    return tail


def bounded(value: float, bound: Bound) -> tuple[float, float]:
    """(Middle, tolerance) of the fifth next to a bound."""
    sign = -1.0 if bound == "at most" else 1.0
    return value * (1.0 + sign * BOUND_SPAN / 2), abs(value) * BOUND_SPAN / 2


def hedged_places(text: str) -> list[tuple[int, int]]:
    """Where hedges stand whose words mean something else by themselves: 'round about', 'a rough estimate'."""
    return [m.span() for m in _AMBIGUOUS.finditer(text)]


_AMBIGUOUS = re.compile(r"\bround\s+about\b|\brough\s+(?:estimate|guess|idea|figure|number)s?\b|\brough\s+\d", re.I)


def _tolerance(match: re.Match[str]) -> float:
    return next(tolerance for n, (_, tolerance) in enumerate(_HEDGES) if match[f"h{n}"] is not None)


_NOUN = (
    r"(?:(?:(?:largest|longest|maximum|mean|average|smallest|minimum|cross[- ]section(?:al)?|surface|cent(?:re|er)line)"
    r"\s){0,2}(?:volume|size|width|breadth|depth|height|length|diameter|thickness|calib(?:re|er)|area|sphericity|compactness"
    r"|elongation|flatness|tortuosity|cent(?:re|er)line)|(?:major|middle|minor)\saxis)"
)
_LINK = r"(?:,\s(?:and\s|or\s)?|\sand\s|\sor\s|\s?/\s?|\snor\s)(?:the\s|its\s|how\s)?"
_NOUNS = rf"(?P<list>{_NOUN}(?:{_LINK}{_NOUN}){{0,6}})"
_HOW = r"(?:wide|broad|deep|tall|high|long|large|big|thick)"
_STATE = (
    r"(?:unknown|not\sknown|unclear|uncertain|undetermined|unspecified|unmeasured|not\s(?:yet\s)?(?:measured|given|available|stated"
    r"|specified|determined|sure)|unsure|n/a|n\.a\.|tbd|missing|(?:can(?:no|')t|can\snot|could\snot|couldn't)\sbe\s(?:measured|determined"
    r"|assessed)|\?{1,3})"
)
_STATED = re.compile(
    rf"\b{_NOUNS}\s?[:=]?\s?\(?(?:is\s|are\s|was\s|were\s|remains?\s)?(?:still\s|as\syet\s|currently\s)?{_STATE}(?!\w)",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:\bunknown|\bunsure\s(?:of|about)|\bnot\ssure\s(?:of|about)|\bnot\ssure|\buncertain(?:\s(?:of|about))?|\bunclear"
    r"|\b(?:don't|do\snot|doesn't|didn't)\sknow|\bno\sidea(?:\s(?:of|about))?|\bunspecified|\bignore)"
    rf"\s(?:(?:the|its|what|exact)\s){{0,3}}(?:(?:how\s(?P<how>{_HOW}(?:(?:,\s|\sand\s|\sor\s)(?:how\s)?{_HOW}){{0,3}}))|{_NOUNS})\b",
    re.IGNORECASE,
)
_EACH = re.compile(rf"{_NOUN}|{_HOW}", re.IGNORECASE)


def find_unknowns(text: str, *, tubular: bool) -> list[tuple[str, int, int]]:
    """(Quantity, start, end) for every quantity that is stated to be unknown, in reading order."""
    unknowns: list[tuple[str, int, int]] = []
    for pattern in (_STATED, _ASKED):
        for match in pattern.finditer(text):
            listed = match.groupdict().get("how") or match["list"] or ""
            for one in _EACH.finditer(listed):
                name = phrase_name(one[0], tubular=tubular)
                if name is not None and name not in [known for known, *_ in unknowns]:
                    unknowns.append((name, *match.span()))
    return sorted(unknowns, key=lambda one: one[1])
