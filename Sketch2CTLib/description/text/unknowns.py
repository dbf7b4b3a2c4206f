"""Quantities that a text states to be unknown: 'volume unknown', 'not sure about the height', 'no idea how deep'."""

from __future__ import annotations

import re

from .naming import phrase_name

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
    found: list[tuple[str, int, int]] = []
    for pattern in (_STATED, _ASKED):
        for match in pattern.finditer(text):
            listed = match.groupdict().get("how") or match["list"] or ""
            for one in _EACH.finditer(listed):
                name = phrase_name(one[0], tubular=tubular)
                if name is not None and name not in [known for known, *_ in found]:
                    found.append((name, *match.span()))
    return sorted(found, key=lambda one: one[1])
