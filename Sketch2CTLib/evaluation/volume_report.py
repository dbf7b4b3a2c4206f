"""The table of generated scans beside real ones, for people and machines."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..atomic import write_text
from ..generation.report import plain
from .volumes import TITLES, Group, Measure


class VolumeReport:
    """Groups of an evaluation of volumes.

    Args:
        groups: What `evaluate_volumes` gave.
        told: Extractor, preset, weights and settings, ready for JSON.
    """

    def __init__(self, groups: Sequence[Group], told: dict[str, Any]) -> None:
        self.groups, self.told = tuple(groups), told

    def to_text(self, width: int = 160) -> str:
        """A table a group; the extractor's name above."""
        from rich.console import Console
        from rich.table import Table

        stream = io.StringIO()
        console = Console(file=stream, width=width, no_color=True)
        console.print(f"Features: {self.told.get('extractor', 'unknown')}. Scores of other extractors do not compare.")
        for group in self.groups:
            table = Table(title=f"{group.structure} {group.modality}, n {group.n}", title_justify="left")
            for head in ("measure", "generated", "real", "wanted", ""):
                table.add_column(head, justify="left" if head in ("measure", "wanted", "") else "right")
            for one in group.measures:
                table.add_row(TITLES[one.name], _text(one.found), _text(one.real), one.wanted or "", _mark(one))
            console.print(table)
        return stream.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """As strict JSON: what is not finite is null."""
        return dict(plain({"told": self.told, "groups": [asdict(group) for group in self.groups]}))

    def write(self, path: Path) -> None:
        """Writes the JSON, whole or not at all."""
        write_text(path, json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n")


def _text(value: float) -> str:
    return "–" if value != value else f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"


def _mark(one: Measure) -> str:
    return "" if one.met is None else "reached" if one.met else "missed"
