"""What is said under the text and under the rows: how it was understood, and what contradicts itself."""

from __future__ import annotations

from html import escape
from typing import Any

from Sketch2CTLib.description.consistency import HINT
from Sketch2CTLib.description.flags import with_unit
from Sketch2CTLib.description.quantities import quantity

from ..widgets.colors import ink_name

_MOST_READINGS, _MOST_NOTES, _MOST_BESIDE = 12, 3, 4
_JOINT = "&nbsp;&nbsp;· "


def understood_html(state: Any, widget) -> str:
    """'Understood: Volume 1,400 mL ± 10 % · Surface smoothness: smooth', what is held beside the text, and notes."""
    if state.fault is not None:
        return _fault(str(state.fault), widget)
    lines = []
    readings = list(dict.fromkeys(_nowrap(piece.reading) for piece in state.read.understood))
    if readings:
        lines.append(f"<b>Understood:</b> {_JOINT.join(_first(readings, _MOST_READINGS))}")
    beside = [
        _nowrap(f"{quantity(name).title} {with_unit(name, state.numbers[name])}") for name in state.numbers_beside
    ]
    beside += [_nowrap(f"{name.replace('_', ' ')}: {word}") for name, word in state.words_beside.items()]
    if beside:
        lines.append(f"<b>Beside the text:</b> {_JOINT.join(_first(beside, _MOST_BESIDE))}")
    ink = ink_name("unknown", widget)
    lines += [f"<span style='color:{ink}'>{escape(note)}</span>" for note in _first(list(state.notes()), _MOST_NOTES)]
    return "<br>".join(lines)


def conflict_html(state: Any, found: Any, widget) -> str:
    """The first contradiction in one sentence, what to do, and how many more there are; '' where there is none."""
    if not found:
        return ""
    more = f" ({len(found) - 1} more such)" if len(found) > 1 else ""
    return _fault(f"{found[0].message}{more} {HINT}", widget)


def _fault(text: str, widget) -> str:
    return f"<span style='color:{ink_name('off', widget)}'><b>✗</b> {escape(text)}</span>"


def _nowrap(text: str) -> str:
    return escape(text).replace(" ", "&nbsp;")


def _first(parts: list[str], most: int) -> list[str]:
    return parts if len(parts) <= most else [*parts[:most], f"and {len(parts) - most} more"]
