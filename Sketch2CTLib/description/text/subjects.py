"""Whom a clause speaks of: the organ, or something else whose numbers and words are not the organ's.

'2 cm lesion', 'slice thickness 5 mm', 'patient aged 64', 'the spleen is 12 cm long' (in a text about the liver), dates.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache

from ... import catalog
from ...own_structures import is_own

# Findings, things in or on the organ, its parts, the picture, other organs.
_OTHERS = (
    r"lesions?|cysts?|cystic|tumou?rs?|nodules?|metasta\w+|h(?:a|ae)emangiomas?|adenomas?|abscess(?:es)?|stones?|calculi"
    r"|calculus|calcifications?|polyps?|foc(?:us|i)|infarcts?|h(?:a|ae)matomas?|aneurysms?|plaques?|thromb\w+|stenos[ie]s"
    r"|scars?|stents?|catheters?|drains?|needles?|clips?|grafts?|electrodes?|defects?|spots?|masses|a\smass|mass(?=\sof\s\d)"
    r"|(?:caudate|quadrate)\slobes?|lobes?|segments?|walls?|cortex|cortical|hil(?:um|ar)|neck|capsules?|ducts?|valves?"
    r"|margins?|edges?|borders?|appendages?|lumen|slices?|sections?\sthickness|voxels?|pixels?|spacing|resolution"
    r"|increments?|collimation|field\sof\sview|fov|matrix|scale\sbars?|below\sthe|above\sthe|distance|away|apart"
    r"|from\sthe\s(?!right|left|front|back|top|bottom)\w+|costal|stomach|pancreas|gall\s?bladder|bladder|heart|lungs?"
    r"|bowel|colon|duodenum|o?esophagus|adrenals?|prostate|uterus|thyroid|brain|diaphragm|ventricles?|vena\scava|ribs?"
    r"|of\s(?:the\s|iv\s)?(?:contrast|saline|fluid|blood|urine|water|ascites|medium)|spine|vertebra\w*|discs?(?![-\s]?(?:like|shaped))"
)
_VESSELS = r"tubes?(?!-)|veins?|arter(?:y|ies)|vessels?(?!\stree)|branch(?:es)?"
_PERSONS = (
    r"patients?(?!'s)|man|woman|boy|girl|child|male|female|bmi|aged?|years?|months?|days?|weeks?|weigh\w*|dose|contrast"
    r"|injected"
)
_OUTLINE = re.compile(r"(?:margin|edge|border|capsule|wall)s?$", re.IGNORECASE)
_ORGANS = {
    "liver": r"livers?|hepatic",
    "spleen": r"spleens?|splenic",
    "left_kidney": r"left\s(?:kidney|renal)|lk",
    "right_kidney": r"right\s(?:kidney|renal)|rk",
    "aorta": r"aort(?:a|ic)",
    "left_atrium": r"left\satri(?:um|al)",
    "right_atrium": r"right\satri(?:um|al)",
}
_LOOSE = {"left_kidney": r"kidneys?|renal", "right_kidney": r"kidneys?|renal", "left_atrium": r"atri(?:um|al)|la"}
_OWN_NOUNS = r"organs?|structures?|shape|body\sof\sthe\sorgan|it|this|one|vessel|object|thing"
_MENTION = r"(?:next\sto|near|beside|behind|towards?|touching|against|like|than)\s(?:the\s|a\s|an\s)?$"
_MENTION_BEFORE = re.compile(_MENTION, re.IGNORECASE)
_CUT = re.compile(r"\b(?:in|with|of|at|on|for|and|but|is|has|containing|next|near|while)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[;\n!?]|\.(?=\s|$)")

_DATES = re.compile(
    r"\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b|\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)\b|\b(?:https?://|www\.)\S+",
    re.IGNORECASE,
)


@cache
def own_pattern(structure: str | None) -> re.Pattern[str]:
    """The words that a text about this structure calls it by."""
    key = "aorta" if structure == "aortic_tree" else structure
    patterns = (_ORGANS.get(key or "", ""), _LOOSE.get(key or "", ""), *_names_of(structure), _OWN_NOUNS)
    return re.compile(rf"\b(?:{'|'.join(filter(None, patterns))})\b", re.IGNORECASE)


def _names_of(structure: str | None) -> list[str]:
    """The names of a structure of the user's own, as patterns: title, name, aliases and the last word of the title."""
    if structure is None or not is_own(structure):
        return []
    wanted = catalog.structure(structure)
    names = [wanted.title, *(one.replace("_", " ") for one in (wanted.name, *wanted.aliases)), wanted.title.split()[-1]]
    return [rf"{re.escape(name)}s?" for name in dict.fromkeys(name.lower() for name in names)]


@cache
def _other_pattern(structure: str | None) -> re.Pattern[str]:
    """Nouns of other things; persons are a group of their own, since they rather own the organ."""
    key = "aorta" if structure == "aortic_tree" else structure
    organs = [pattern for name, pattern in _ORGANS.items() if key is not None and name != key]
    if key is not None and not key.endswith("kidney"):
        organs.append(r"kidneys?|renal")
    if key is not None and not key.endswith("atrium"):
        organs.append(r"atri(?:um|al)")
    if key not in (None, "aorta"):
        organs.append(_VESSELS)
    return re.compile(rf"\b(?:(?P<person>{_PERSONS})|{'|'.join((_OTHERS, *organs))})\b", re.IGNORECASE)


@cache
def _organ_pattern(structure: str) -> re.Pattern[str]:
    key = "aorta" if structure == "aortic_tree" else structure
    organs = [pattern for name, pattern in _ORGANS.items() if name != key]
    organs += [] if key.endswith("kidney") else [r"kidneys?"]
    return re.compile(rf"(?:{'|'.join((*organs, 'stomach', 'pancreas', 'gall ?bladder', 'heart', 'lungs?'))})\b", re.I)


class Subjects:
    """The nouns of a text: which place of it belongs to the organ, and which to something else.

    Args:
        text: Plain text.
        structure: Catalog name, if known.
    """

    def __init__(self, text: str, structure: str | None) -> None:
        own = list(own_pattern(structure).finditer(text))
        named = [match.span() for match in own] if _names_of(structure) else []
        others = [
            match
            for match in _other_pattern(structure).finditer(text)
            if not any(start <= match.start() and match.end() <= end for start, end in named)
        ]
        self._others = [
            (m.start(), m.end(), m[0].lower(), bool(m["person"]), _mentioned(text, m.start())) for m in others
        ]
        self._starts = [start for start, *_ in self._others]
        self._owns = [match.start() for match in own]
        self._text = text

    def foreign(self, clause: int, start: int, end: int, stop: int) -> str:
        """The word by which a number or word belongs to something else than the organ, or '' if it is the organ's.

        Args:
            clause, start: The clause up to the number; the noun nearest to it counts, but a person counts only without
                the organ, and nothing that is only mentioned ('next to the stomach').
            end, stop: What follows; up to its first preposition or verb, since '18 cm in a patient' is not the
                patient's.
        """
        ahead, own = bisect_left(self._starts, end), bisect_left(self._owns, end)
        other_at = self._others[ahead][0] if ahead < len(self._others) and self._others[ahead][1] <= stop else stop
        own_at = self._owns[own] if own < len(self._owns) and self._owns[own] < stop else stop
        reached = min(other_at, own_at)
        if reached < stop and not _CUT.search(self._text, end, reached):
            return self._others[ahead][2] if other_at <= own_at else ""
        own = bisect_left(self._owns, start) - 1
        owned = self._owns[own] if own >= 0 and self._owns[own] >= clause else -1
        for place in range(bisect_left(self._starts, start) - 1, -1, -1):
            begin, _, word, person, mentioned = self._others[place]
            if begin < clause:
                break
            if not mentioned and not (owned >= 0 and (person or owned > begin)):
                return word
        return ""


def _mentioned(text: str, start: int) -> bool:
    return bool(_MENTION_BEFORE.search(text[max(0, start - 24) : start]))


def outline(noun: str) -> bool:
    """Whether the noun is the organ's own outline, whose smoothness is that of its surface."""
    return bool(_OUTLINE.search(noun))


def dates(text: str) -> list[tuple[int, int]]:
    """Where dates, times, ordinals and addresses stand."""
    return [match.span() for match in _DATES.finditer(text)]


def other_organs(text: str, structure: str | None) -> list[tuple[int, int, str]]:
    """The stretches of text whose grammatical subject is another organ: (start, end, its name).

    One begins where a clause opens with the organ ('…, spleen 12 cm long', 'The spleen is …') and ends with the
    sentence, or where a clause opens with the structure itself.
    """
    if structure is None:
        return []
    opens = re.compile(
        r"(?:^|[;\n]\s?|[,.](?!\d)\s?|\b(?:and|but|while|whereas)\s)(?:the\s|his\s|her\s|an?\s)?", re.IGNORECASE
    )
    other, own = _organ_pattern(structure), own_pattern(structure)
    stretches: list[tuple[int, int, str]] = []
    begun: tuple[int, str] | None = None
    for match in opens.finditer(text):
        place = match.end()
        ended = begun is not None and (_SENTENCE.search(match[0]) or own.match(text, place))
        if begun is not None and ended:
            stretches.append((begun[0], match.start(), begun[1]))
            begun = None
        organ = None if _names_of(structure) and own.match(text, place) else other.match(text, place)
        if organ and begun is None:
            begun = (place, organ[0])
    if begun is not None:
        stretches.append((begun[0], len(text), begun[1]))
    return stretches
