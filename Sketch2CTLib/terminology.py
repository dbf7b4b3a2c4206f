"""Slicer's General Anatomy list: the code, the category and the colour of an anatomical name. Torch-free.

`Resources/Catalog/terminology.json` holds its names, codes and colours.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from functools import cache

from .catalog import LEFT, RIGHT, CodedTerm
from .errors import ConfigError
from .resources import resource_path

FORMAT, VERSION = "sketch2ct.terminology", 1
SIDES = {"left": LEFT, "right": RIGHT}
_NEAREST = 5
_ALIKE = 0.6  # of difflib's ratio, from which a name is taken for a slip of another


@dataclass(frozen=True)
class Term:
    """An entry of the list.

    Args:
        code: Value, meaning and scheme; category: of the code.
        color_rgb: Recommended, 0–255.
        also: Slicer's own label where it differs from the meaning ('urinary bladder' of Bladder).
        sides: Laterality modifiers that it has, of left and right.
    """

    code: CodedTerm
    category: CodedTerm
    color_rgb: tuple[int, int, int]
    also: str = ""
    sides: tuple[str, ...] = ()


def find(name: str) -> Term:
    """The term of that name: its meaning or Slicer's label, whatever the case.

    Raises:
        ConfigError: The list has none; the hint names those that are alike.
    """
    wanted = _plain(name)
    for term in terms():
        if wanted in (_plain(term.code.meaning), _plain(term.also)):
            return term
    alike = ", ".join(f"'{one.code.meaning}'" for one in search(name)[:_NEAREST])
    raise ConfigError(
        f"Slicer's terminology has no '{name[:60]}'.",
        hint=f"{f'Is it {alike}? ' if alike else ''}Look with 'sketch2ct structures find WORD', or give a code: "
        "{value: '15776009', meaning: Pancreas}.",
    )


def search(text: str) -> list[Term]:
    """The terms with all words of a text in their names, else those that are spelt alike, nearest first."""
    words = _plain(text).split()
    named = {f"{_plain(one.code.meaning)} {_plain(one.also)}": one for one in terms()}
    found = [one for names, one in named.items() if all(word in names for word in words)]
    if found or not words:
        return sorted(found, key=lambda one: len(one.code.meaning))
    by_name = {name: one for one in terms() for name in (_plain(one.code.meaning), _plain(one.also)) if name}
    alike = difflib.get_close_matches(_plain(text), list(by_name), n=_NEAREST, cutoff=_ALIKE)
    return list(dict.fromkeys(by_name[name] for name in alike))


@cache
def terms() -> tuple[Term, ...]:
    """The whole list.

    Raises:
        ConfigError: The shipped file is missing or damaged.
    """
    path = resource_path("Catalog", "terminology.json")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT or document["version"] != VERSION:
            raise ValueError("another format")
        return tuple(
            Term(
                CodedTerm(one["code"], one["name"], one["scheme"]),
                CodedTerm(kind["code"], kind["name"], kind["scheme"]),
                tuple(one["color_rgb"]),
                one.get("also", ""),
                tuple(one.get("sides", ())),
            )
            for kind in document["categories"]
            for one in kind["types"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"The shipped terminology cannot be read ({error}).", hint="Install Sketch2CT again."
        ) from error


def _plain(name: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", name.lower()))
