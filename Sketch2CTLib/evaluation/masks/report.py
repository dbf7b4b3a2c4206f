"""What an evaluation of masks comes to: tables, targets and files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...atomic import write_text
from ..row_log import row_to_dict
from ..table import CaseRow, Column, EvaluationTable, summarise
from ..targets import Verdict, verdicts, verdicts_to_text
from .edits import EDIT, EDIT_COLUMNS, edit_rows
from .evaluation import BASELINE_NAMES, CAPTIONS, MaskEvaluation
from .shape_measures import MEASURES
from .surfaces import REAL, SURFACE_COLUMNS, TUBE_COLUMNS, USUAL_COLUMNS
from .sweeps import KINDS, SWEEP, SWEEP_COLUMNS, sweep_rows

_WIDTH = 200


@dataclass(frozen=True)
class MaskReport:
    """Tables of masks, surfaces, sweep and edit (None where nothing was measured), and the targets.

    Args:
        name: Of this evaluation.
        preset: Of the model.
        config: What was measured.
        rows: Every case row.
        masks, surface, sweep, edit: The tables.
        targets: Reached or missed.
    """

    name: str
    preset: str
    config: MaskEvaluation
    rows: Sequence[CaseRow]
    masks: EvaluationTable | None
    surface: EvaluationTable | None
    sweep: EvaluationTable | None
    edit: EvaluationTable | None
    targets: Sequence[Verdict]

    @classmethod
    def of(cls, rows: Sequence[CaseRow], name: str, preset: str, config: MaskEvaluation) -> MaskReport:
        """The report of the rows of `evaluate_masks`; bootstrapped from the evaluation's seed."""
        rng = np.random.default_rng(config.seed)

        def table(some: Sequence[CaseRow], columns: Sequence[Column]) -> EvaluationTable | None:
            return summarise(some, rng, columns=columns) if some else None

        return cls(
            name,
            preset,
            config,
            rows,
            table([row for row in rows if row.method not in (SWEEP, EDIT, REAL)], MEASURES),
            table(
                [row for row in rows if SURFACE_COLUMNS[0].name in row.values],
                (*SURFACE_COLUMNS, *TUBE_COLUMNS, *USUAL_COLUMNS),
            ),
            table(sweep_rows(rows), SWEEP_COLUMNS),
            table(edit_rows(rows), EDIT_COLUMNS),
            verdicts(rows, rng),
        )

    def to_text(self) -> str:
        """Tables, what their methods are, and the targets."""
        steps = self.config.settings.steps
        parts = []
        if self.masks is not None:
            title = f"{self.name}: {self.preset} preset, {self.config.split} split, {steps} steps"
            parts += [self.masks.to_text(title=title, width=_WIDTH), self._captions()]
        if self.surface is not None:
            parts += _surface_texts(self.surface)
        if self.sweep is not None:
            kinds = "; ".join(f"{kind.replace('_', ' ')}: {says}" for kind, says in KINDS.items())
            parts += [self.sweep.to_text(title="Volume sweep", width=_WIDTH), f"{CAPTIONS[SWEEP]}; {kinds}.\n"]
        if self.edit is not None:
            parts += [self.edit.to_text(title="Edit", width=_WIDTH), f"{CAPTIONS[EDIT]}.\n"]
        if self.targets:
            parts.append(verdicts_to_text(self.targets))
        return "\n".join(parts)

    def _captions(self) -> str:
        methods = {row.method for row in self.rows}
        lines = [f"  {name:<21} {says}" for name, says in CAPTIONS.items() if name in methods - {SWEEP, EDIT}]
        if methods & set(BASELINE_NAMES):
            lines.append(f"  {'baselines':<21} {', '.join(BASELINE_NAMES)}: {CAPTIONS['baselines']}")
        lines.append("  volume error          of the volume asked for; 'level 0' before the level is moved to meet it")
        return "\n".join(lines) + "\n"

    def to_dict(self, key: Mapping[str, Any]) -> dict[str, Any]:
        """As strict JSON: the table of masks at the top, with every case row; then sweep, edit and targets."""
        of_masks = self.masks.to_dict() if self.masks is not None else {"columns": [], "rows": []}
        return {
            "name": self.name,
            "preset": self.preset,
            "steps": self.config.settings.steps,
            **key,
            **of_masks,
            "cases": [row_to_dict(row) for row in self.rows],
            "surface": self.surface.to_dict()["rows"] if self.surface is not None else [],
            "sweep": self.sweep.to_dict()["rows"] if self.sweep is not None else [],
            "edit": self.edit.to_dict()["rows"] if self.edit is not None else [],
            "targets": [verdict.to_dict() for verdict in self.targets],
            "methods": CAPTIONS,
        }

    def write(self, json_file: Path | None, csv_file: Path | None, key: Mapping[str, Any]) -> None:
        """Writes the files asked for, each whole or not at all.

        Raises:
            OutputError: One cannot be written.
        """
        if json_file is not None:
            write_text(json_file, json.dumps(self.to_dict(key), indent=1, allow_nan=False))
        if csv_file is not None:
            made = (self.masks, self.surface, self.sweep, self.edit)
            tables = [one.to_csv().splitlines() for one in made if one is not None]
            lines = [line for at, table in enumerate(tables) for line in (table if at == 0 else table[1:])]
            write_text(csv_file, "".join(f"{line}\n" for line in lines))


def _surface_texts(table: EvaluationTable) -> list[str]:
    """Surfaces, tubes of vessels, and the share of masks that are no worse than nine tenths of real ones."""
    vessels = tuple(row for row in table.rows if np.isfinite(row.intervals[TUBE_COLUMNS[0].name].value))
    parts = [replace(table, columns=SURFACE_COLUMNS).to_text(title="Surface", width=_WIDTH)]
    if vessels:
        parts.append(replace(table, rows=vessels, columns=TUBE_COLUMNS).to_text(title="Tube", width=_WIDTH))
    title = "Like real masks: share within the 5th to 95th percentile of training masks"
    parts.append(replace(table, columns=USUAL_COLUMNS).to_text(title=title, width=_WIDTH))
    return [
        *parts,
        "Of a roughness both ends count, of the others the bad one; see description/surface.py.\n",
    ]
