"""Names that the library gives in English, of organs, quantities and views, in the language of the program.

They are no texts of these files: `Testing/translations.py` takes them from the library, into the context `CONTEXT`.
"""

from __future__ import annotations

from Sketch2CTLib import catalog
from Sketch2CTLib.description.quantities import QUANTITY_NAMES, quantity
from Sketch2CTLib.errors import UnknownStructure
from Sketch2CTLib.frames import VIEWS

from .translation import translate

CONTEXT = "widgets.terms"


def term(text: str) -> str:
    """A name of the library in the language of the program; one that nobody translated as it stands."""
    return translate(CONTEXT, text)


def organ_title(structure: str) -> str:
    """An organ's name for people, at the beginning of a line; the key itself where a later version knows more."""
    try:
        return term(catalog.structure(structure).title)
    except UnknownStructure:
        return structure


def organ_in_text(structure: str) -> str:
    """An organ's name within a sentence.

    Raises:
        UnknownStructure: The catalog has none of that name.
    """
    return term(catalog.structure(structure).title.lower())


def quantity_title(name: str) -> str:
    """A quantity's name for people."""
    return term(quantity(name).title)


def view_title(view: str) -> str:
    """A view's name for people, at the beginning of a line."""
    return term(view.capitalize())


def library_terms() -> tuple[str, ...]:
    """All that `term` is asked for of what is shipped, each once."""
    organs = [catalog.structure(name).title for name in catalog.names()]
    quantities = [quantity(name).title for name in QUANTITY_NAMES]
    views = [form for view in VIEWS for form in (view.capitalize(), view)]
    return tuple(dict.fromkeys((*organs, *(title.lower() for title in organs), *quantities, *views)))
