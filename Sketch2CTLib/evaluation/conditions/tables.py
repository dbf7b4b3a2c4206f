"""The tables of `evaluate conditions` that need no case, and all of them as text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ...description.text.phrasings import load_phrasings
from ..bodies import BodyError, body_errors

Row = dict[str, Any]

TITLES = {
    "extraction": "Masks → sketches: refilled outline against projection, three views",
    "redrawn": "Redrawn as in training, against the projection",
    "hand_drawn": "Stored hand-drawn sketches, against the projection",
    "numbers": "Masks → numbers → sentences → numbers",
    "bodies": "Numbers of analytic bodies: the quantity nearest to its tolerance",
    "phrasings": "Phrasings understood as stated",
}


def fixed_tables() -> dict[str, list[Row]]:
    """Tables `bodies` and `phrasings`."""
    grouped: dict[tuple[str, tuple[float, ...]], list[BodyError]] = defaultdict(list)
    for error in body_errors():
        grouped[error.body, error.spacing_mm].append(error)
    return {"bodies": [_body_row(rows) for rows in grouped.values()], "phrasings": _phrasing_rows()}


def _body_row(rows: Sequence[BodyError]) -> Row:
    worst = max(rows, key=lambda row: abs(row.error) / row.tolerance)
    return {
        "body": worst.body,
        "spacing_mm": " × ".join(f"{s:g}" for s in worst.spacing_mm),
        "numbers": len(rows),
        "outside": sum(not row.within for row in rows),
        "worst": worst.quantity,
        "error": worst.error,
        "tolerance": worst.tolerance,
    }


def _phrasing_rows() -> list[Row]:
    found = []
    for adversarial in (False, True):
        rows = [phrasing for phrasing in load_phrasings() if phrasing.adversarial is adversarial]
        kind = "adversarial" if adversarial else "plain"
        found.append({"kind": kind, "n": len(rows), "as_stated": sum(row.is_understood() for row in rows)})
    return found


def tables_to_text(tables: Mapping[str, Sequence[Row]]) -> str:
    """All tables, for a terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console(file=StringIO(), width=150)
    for name, rows in tables.items():
        if not rows:
            continue
        table = Table(*rows[0], title=TITLES.get(name, name), title_justify="left")
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
        console.print(table)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text.rstrip()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
