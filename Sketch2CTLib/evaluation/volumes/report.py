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
from .groups import TITLES, Group, Measure
from .stages import stage_of
from .targets import volume_verdicts

_NAN = float("nan")
_SAYS = (
    "Intervals: 95 % bootstrap over cases. 'real': scans of the same cases; of distances to other patients, real\n"
    "scans of all patients, left out like the generated ones; there, of four at a time and of the area under the\n"
    "curve, the interval holds 95 % of the draws of patients.\n"
)


class VolumeReport:
    """Groups of an evaluation of volumes, and the targets.

    Args:
        groups: What `evaluate_volumes` gave.
        told: Extractor, preset, weights and settings, ready for JSON.
    """

    def __init__(self, groups: Sequence[Group], told: Mapping[str, Any]) -> None:
        self.groups, self.told = tuple(groups), dict(told)
        self.targets: list[Verdict] = volume_verdicts(self.groups, np.random.default_rng(1))

    def to_text(self, width: int = 200) -> str:
        """A table a group; the extractor's name above, the targets below."""
        from rich.console import Console

        stream = io.StringIO()
        console = Console(file=stream, width=width, no_color=True)
        console.print(f"Features: {self.told.get('extractor', 'unknown')}. Scores of other extractors do not compare.")
        for group in self.groups:
            console.print(_table(group))
        console.print(_SAYS)
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


def _table(group: Group) -> Any:
    from rich.table import Table

    says = stage_of(group.stage).says
    title = f"{group.structure} {group.modality}, {says}, n {group.n}"
    table = Table(title=title, title_justify="left")
    for head in ("measure", "generated", "real", "ratio", "axial, coronal, sagittal"):
        table.add_column(head, justify="left" if head == "measure" else "right", no_wrap=head == "measure")
    for one in group.measures:
        planes = ", ".join(f"{_text(generated)} ({_text(real)})" for generated, real in one.planes)
        cells = ((one.found, one.low, one.high), (one.real, *one.floor), one.ratio)
        table.add_row(TITLES[one.name], *(_with_interval(*cell) for cell in cells), planes)
    return table


def _with_interval(value: float, low: float, high: float) -> str:
    return ("" if value != value else _text(value)) + (rf" \[{_text(low)}, {_text(high)}]" if np.isfinite(low) else "")


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
        stage_of(record["stage"]).name,
    )


def _measure(record: Mapping[str, Any]) -> Measure:
    values = {name: _number(record[name]) for name in ("found", "real", "low", "high")}
    planes = tuple((_number(made), _number(floor)) for made, floor in record["planes"])
    low, high = map(_number, record["floor"])
    level, least, most = map(_number, record["ratio"])
    return Measure(str(record["name"]), **values, planes=planes, floor=(low, high), ratio=(level, least, most))


def _number(value: float | None) -> float:
    return _NAN if value is None else float(value)
