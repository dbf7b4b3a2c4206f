"""Numbers and words of an organ's geometry: measured from a mask, written as sentences, read back out of text.

Everything is loaded on demand: importing this room costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .consistency import Contradiction, check_consistent, contradictions
    from .diagnostic import find_diagnostic
    from .flags import RangeFlag, outside_training_range
    from .merging import Merged, merge
    from .metrics import measure
    from .model import GeometryDescription, description_schema
    from .quantities import QUANTITIES, QUANTITY_NAMES, Quantity
    from .stated import Stated
    from .summary import summary_text
    from .text.parse import parse_text
    from .text.parsed import ParsedText, Understood
    from .words import geometric_words, sentences

_HOMES = {
    "Contradiction": "consistency",
    "check_consistent": "consistency",
    "contradictions": "consistency",
    "RangeFlag": "flags",
    "outside_training_range": "flags",
    "Merged": "merging",
    "merge": "merging",
    "measure": "metrics",
    "GeometryDescription": "model",
    "ParsedText": "text.parsed",
    "parse_text": "text.parse",
    "QUANTITIES": "quantities",
    "QUANTITY_NAMES": "quantities",
    "Quantity": "quantities",
    "description_schema": "model",
    "Stated": "stated",
    "Understood": "text.parsed",
    "find_diagnostic": "diagnostic",
    "summary_text": "summary",
    "geometric_words": "words",
    "sentences": "words",
}

__all__ = [
    "QUANTITIES",
    "QUANTITY_NAMES",
    "Contradiction",
    "GeometryDescription",
    "Merged",
    "ParsedText",
    "Quantity",
    "RangeFlag",
    "Stated",
    "Understood",
    "check_consistent",
    "contradictions",
    "description_schema",
    "find_diagnostic",
    "geometric_words",
    "measure",
    "merge",
    "outside_training_range",
    "parse_text",
    "sentences",
    "summary_text",
]


def __getattr__(name: str) -> Any:
    """A public name, from the module that holds it."""
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
