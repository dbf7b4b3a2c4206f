"""The table of generated scans beside real ones, and what is reached, for people and machines."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ...atomic import write_text
from ...errors import ConfigError
from ...generation.report.rows import plain
from ..row_log import row_from_dict, row_to_dict
from ..targets import Verdict, verdicts_to_text
from .cases import Levels
from .evaluation import TITLES, Group, Measure
from .targets import labels, volume_verdicts

_NAN = float("nan")


class VolumeReport:
    """Groups of an evaluation of volumes, and the targets.

    Args:
        groups: What `evaluate_volumes` gave.
        told: Extractor, preset, weights and settings, ready for JSON.
    """

    def __init__(self, groups: Sequence[Group], told: Mapping[str, Any]) -> None:
        self.groups, self.told = tuple(groups), dict(told)
        self.targets: list[Verdict] = volume_verdicts(self.groups, np.random.default_rng(1))

    def to_text(self, width: int = 160) -> str:
        """A table a group; the extractor's name above, the targets below."""
        from rich.console import Console

        stream = io.StringIO()
        console = Console(file=stream, width=width, no_color=True)
        console.print(f"Features: {self.told.get('extractor', 'unknown')}. Scores of other extractors do not compare.")
        for name, group in zip(labels(self.groups), self.groups, strict=True):
            console.print(_table(name, group))
        console.print("Intervals: 95 % bootstrap over cases; 'real': validation scans of the same masks.\n")
        return stream.getvalue() + verdicts_to_text(self.targets) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """As strict JSON: what is not finite is null."""
        groups = [asdict(group) | {"rows": [row_to_dict(row) for row in group.rows]} for group in self.groups]
        return dict(
            plain({"told": self.told, "groups": groups, "targets": [verdict.to_dict() for verdict in self.targets]})
        )

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> VolumeReport:
        """Undoes `to_dict`; the targets are judged anew.

        Raises:
            ConfigError: It is no such record.
        """
        try:
            return cls([_group(one) for one in record["groups"]], record["told"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"This is no evaluation of volumes ({error}).", hint="Measure it again.") from error

    def write(self, path: Path) -> None:
        """Writes the JSON, whole or not at all."""
        write_text(path, json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n")


def _table(name: str, group: Group) -> Any:
    from rich.table import Table

    title = name if name.endswith(group.modality) else f"{name} {group.modality}"
    table = Table(title=f"{title}, n {group.n}", title_justify="left")
    for head in ("measure", "generated", "real", "axial, coronal, sagittal"):
        table.add_column(head, justify="left" if head == "measure" else "right")
    for one in group.measures:
        interval = rf" \[{_text(one.low)}, {_text(one.high)}]" if np.isfinite(one.low) else ""
        planes = ", ".join(f"{_text(generated)} ({_text(real)})" for generated, real in one.planes)
        table.add_row(TITLES[one.name], _text(one.found) + interval, _text(one.real), planes)
    return table


def _text(value: float) -> str:
    return "–" if value != value else f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"


def _group(record: Mapping[str, Any]) -> Group:
    levels = record["levels"]
    return Group(
        str(record["structure"]),
        str(record["modality"]),
        int(record["n"]),
        tuple(_measure(one) for one in record["measures"]),
        tuple(row_from_dict(row) for row in record["rows"]),
        Levels(*(tuple(levels[name]) for name in ("edges", "found", "real"))) if levels else None,
    )


def _measure(record: Mapping[str, Any]) -> Measure:
    generated, real, low, high = (_number(record[name]) for name in ("found", "real", "low", "high"))
    planes = tuple((_number(made), _number(floor)) for made, floor in record["planes"])
    return Measure(str(record["name"]), generated, real, low, high, planes)


def _number(value: float | None) -> float:
    return _NAN if value is None else float(value)
