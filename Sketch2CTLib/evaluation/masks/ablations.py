"""Several evaluations of masks side by side: one row a structure and evaluation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ConfigError, InputError
from ..row_log import row_from_dict
from ..table import CaseRow, EvaluationTable, summarise
from .shape_measures import MEASURES


def read_evaluation(path: Path) -> dict[str, Any]:
    """What `evaluate masks --json` wrote.

    Raises:
        InputError: It cannot be read, or is something else.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not record["cases"]:
            raise ValueError("no cases")
        return {"name": str(record.get("name") or path.stem), "cases": [row_from_dict(row) for row in record["cases"]]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"'{path}' is not the JSON of an evaluation of masks ({error}).",
            hint="Write it with 'sketch2ct evaluate masks --json'.",
        ) from error


def compared(evaluations: Sequence[Mapping[str, Any]], method: str, rng: np.random.Generator) -> EvaluationTable:
    """One method's rows of several evaluations, on the cases that all of them measured.

    Args:
        evaluations: `name` and `cases` (case rows) each, see `read_evaluation`; a name that comes twice is numbered.
        method: The method to compare.
        rng: Source of the bootstrap.

    Raises:
        ConfigError: There is no case that all have measured by that method.
    """
    by_case = [{(r.structure, r.case): r for r in one["cases"] if r.method == method} for one in evaluations]
    common = [key for key in by_case[0] if all(key in rows for rows in by_case[1:])] if by_case else []
    if not common:
        raise ConfigError(
            f"The evaluations have no case in common that '{method}' was measured on.", hint="Choose another --method."
        )
    names = _distinct([str(one["name"]) for one in evaluations])
    rows = [
        CaseRow(name, structure, case, of_one[structure, case].values)
        for name, of_one in zip(names, by_case, strict=True)
        for structure, case in common
    ]
    structures = list(dict.fromkeys(structure for structure, _ in common))
    rows.sort(key=lambda row: structures.index(row.structure))
    return summarise(rows, rng, columns=MEASURES)


def _distinct(names: Sequence[str]) -> list[str]:
    return [f"{name} ({names[:at].count(name) + 1})" if name in names[:at] else name for at, name in enumerate(names)]
