"""Text → numbers and geometric words: 'about 1.4 litres, 18 cm across (R-L), 12 cm long, smooth'.

Reads back everything that `words.sentences` and `summary.summary_text` write. What is not understood is given back as
unread, not guessed at. What each hedge means stands in `hedges`, what sizes beside the usual mean in `comparatives`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ... import catalog
from ...errors import DescriptionError
from .parsed import ParsedText
from .reader import Reader

MAX_CHARACTERS = 20_000
_KEPT = 8  # texts


def parse_text(text: str, structure: str | None = None) -> ParsedText:
    """The numbers and words of a text, with the tolerance that its hedges imply.

    'wide' is right–left, 'deep' front–back, 'tall', 'high' and 'long' top–bottom; three lengths 'a × b × c' are
    right–left × front–back × top–bottom. 'Diameter' and 'wide' alone are the cross-section's in tubular structures.
    Ranges are their middle; a bound ('at most 2 cm') is the fifth next to it. Sizes beside the usual ('twice the usual
    volume', 'enlarged') are read against the training cases of the structure. Time and memory grow with the length of
    the text alone.

    Args:
        text: English, or sizes in German or French, at most 20,000 characters; decimal point or comma.
        structure: Catalog name, if known; without it, nothing can be told beside what is usual.

    Raises:
        DescriptionError: The text is too long, or a number is negative, absurd, or given twice with different values.
        UnknownStructure: The catalog has no such structure.
    """
    if len(text) > MAX_CHARACTERS:
        raise DescriptionError(
            f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.", hint="Shorten it."
        )
    tubular = False
    if structure is not None:
        known = catalog.structure(structure)
        structure, tubular = known.name, known.tubular
    read = _read(text, structure, tubular)
    return replace(read, numbers={**read.numbers}, words={**read.words}, tolerances={**read.tolerances})


@lru_cache(maxsize=_KEPT)
def _read(text: str, structure: str | None, tubular: bool) -> ParsedText:
    """What is read last is read again soon: a panel asks for the same text at every change."""
    return Reader(text, structure, tubular).parsed()
