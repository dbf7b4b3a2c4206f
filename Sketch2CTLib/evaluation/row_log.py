"""Rows of an evaluation kept in a file as they come, so that one that was cut off goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..atomic import write_text
from ..errors import ConfigError
from ..generation.report.rows import plain
from .table import CaseRow

FORMAT = "sketch2ct.evaluation-rows"


class RowLog:
    """Case rows in a JSON file, written whole after each addition.

    Args:
        path: The file; None keeps rows in memory alone.
        key: What the rows were measured with; rows of another key are refused.

    Raises:
        ConfigError: The file is of other settings, or damaged.
    """

    def __init__(self, path: Path | None, key: Mapping[str, Any]) -> None:
        self.path, self.key = path, plain(key)
        self.rows: list[CaseRow] = self._read() if path is not None and path.exists() else []

    def _read(self) -> list[CaseRow]:
        hint = f"Delete '{self.path}' to begin anew, or write to another file."
        try:
            record = json.loads(Path(str(self.path)).read_text(encoding="utf-8"))
            if record["format"] != FORMAT:
                raise ValueError("another format")
            rows = [row_from_dict(row) for row in record["rows"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"'{self.path}' does not hold rows of an evaluation ({error}).", hint=hint) from error
        if record.get("key") != self.key:
            raise ConfigError(f"'{self.path}' holds rows of another model, folder or setting.", hint=hint)
        return rows

    def has(self, method: str, structure: str, case: str) -> bool:
        """Whether a case was measured by a method."""
        return any((row.method, row.structure, row.case) == (method, structure, case) for row in self.rows)

    def add(self, rows: Sequence[CaseRow]) -> None:
        """Keeps rows.

        Raises:
            OutputError: The file cannot be written.
        """
        self.rows += rows
        if self.path is not None:
            record = {"format": FORMAT, "key": self.key, "rows": [row_to_dict(row) for row in self.rows]}
            write_text(self.path, json.dumps(record, allow_nan=False))

    def remove(self) -> None:
        """Deletes the file: the evaluation is complete and written elsewhere."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def row_to_dict(row: CaseRow) -> dict[str, Any]:
    """As strict JSON; NaN becomes None."""
    return {"structure": row.structure, "method": row.method, "case": row.case, **plain(row.values)}


def row_from_dict(record: Mapping[str, Any]) -> CaseRow:
    """Undoes `row_to_dict`.

    Raises:
        KeyError, ValueError, TypeError: It is not such a record.
    """
    values = {
        name: float("nan") if value is None else float(value)
        for name, value in record.items()
        if name not in ("structure", "method", "case")
    }
    return CaseRow(str(record["method"]), str(record["structure"]), str(record["case"]), values)
