"""Tables of an evaluation: per-case rows → summaries with n and bootstrap intervals → text, JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ConfigError
from ..generation.report.rows import plain
from .bootstrap import Interval, Statistic, bootstrap_interval


@dataclass(frozen=True)
class Column:
    """One measure of a table.

    Args:
        name: Key in the rows.
        title: Heading for people.
        statistic: How the cases are summed up.
        digits: Decimals to print.
        percent: Print times 100, with a % sign.
        higher_is_better: None where neither is.
    """

    name: str
    title: str
    statistic: Statistic = "mean"
    digits: int = 3
    percent: bool = False
    higher_is_better: bool | None = True

    def text(self, value: float) -> str:
        """A value as printed; a dash for what is not finite."""
        if not np.isfinite(value):
            return "–"
        return f"{100 * value:.{self.digits}f} %" if self.percent else f"{value:.{self.digits}f}"


MASK_COLUMNS: tuple[Column, ...] = (
    Column("dice", "Dice"),
    Column("hd95_mm", "HD95 mm", digits=1, higher_is_better=False),
    Column("assd_mm", "ASSD mm", digits=1, higher_is_better=False),
    Column("sketch_iou", "sketch IoU"),
    Column("volume_error_abs", "volume error", "median", 1, True, False),
)


@dataclass(frozen=True)
class CaseRow:
    """One measured case of one method.

    Args:
        method: Who made the mask: the model, or a baseline.
        structure: Catalog name.
        case: Key of the case.
        values: Measure name → value; a missing measure counts as NaN.
    """

    method: str
    structure: str
    case: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class SummaryRow:
    """One method on one structure.

    Args:
        method, structure: As in the case rows.
        n: Number of cases.
        intervals: Measure name → statistic and interval.
    """

    method: str
    structure: str
    n: int
    intervals: Mapping[str, Interval]


@dataclass(frozen=True)
class EvaluationTable:
    """Case rows and their summary; build it with `summarise`.

    Args:
        cases: Every case row.
        rows: One row per structure and method, in order of first appearance.
        columns: The measures.
    """

    cases: tuple[CaseRow, ...]
    rows: tuple[SummaryRow, ...]
    columns: tuple[Column, ...]

    def to_text(self, *, title: str = "", width: int = 120) -> str:
        """A table for a terminal: value [low, high], the best of each structure marked with *."""
        from rich.console import Console

        console = Console(file=io.StringIO(), width=width, color_system=None, record=False)
        console.print(self.to_rich(title=title))
        return console.file.getvalue()  # type: ignore[attr-defined]

    def to_rich(self, *, title: str = "") -> Any:
        """A rich.table.Table of the summary."""
        from rich.table import Table

        table = Table(title=title or None, caption=self._caption())
        for heading in ("structure", "method"):
            table.add_column(heading, no_wrap=True)
        for heading in ("n", *(c.title for c in self.columns)):
            table.add_column(heading, justify="right")
        for row in self.rows:
            table.add_row(row.structure, row.method, str(row.n), *(self._cell(row, c) for c in self.columns))
        return table

    def to_dict(self) -> dict[str, Any]:
        """As strict JSON: summary and every case; not-finite numbers become None."""
        return {
            "columns": [plain(vars(c)) for c in self.columns],
            "rows": [
                {
                    "structure": row.structure,
                    "method": row.method,
                    "n": row.n,
                    "measures": {name: interval.to_dict() for name, interval in row.intervals.items()},
                }
                for row in self.rows
            ],
            "cases": [
                {"structure": c.structure, "method": c.method, "case": c.case, **plain(c.values)} for c in self.cases
            ],
        }

    def to_csv(self) -> str:
        """One line per structure, method and measure: statistic, value, low, high, n; empty where not finite."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["structure", "method", "measure", "statistic", "value", "low", "high", "n", "missing"])
        for row in self.rows:
            for name, i in row.intervals.items():
                numbers = ["" if not np.isfinite(x) else repr(float(x)) for x in (i.value, i.low, i.high)]
                writer.writerow([row.structure, row.method, name, i.statistic, *numbers, i.n, i.missing])
        return stream.getvalue()

    def value(self, method: str, structure: str, measure: str) -> float:
        """The statistic of one cell.

        Raises:
            ConfigError: The table has no such cell.
        """
        for row in self.rows:
            if (row.method, row.structure) == (method, structure) and measure in row.intervals:
                return row.intervals[measure].value
        raise ConfigError(f"The table has no '{measure}' of '{method}' on '{structure}'.")

    def _cell(self, row: SummaryRow, column: Column) -> str:
        i = row.intervals[column.name]
        text = column.text(i.value)
        if np.isfinite(i.low):
            low, high = (column.text(x).removesuffix(" %") for x in (i.low, i.high))
            text += f" [{low}, {high}]".replace("[", r"\[")
        if i.missing:
            text += f" ({i.n})"
        return text + ("*" if self._is_best(row, column) else "")

    def _is_best(self, row: SummaryRow, column: Column) -> bool:
        if column.higher_is_better is None:
            return False
        rivals = [r.intervals[column.name].value for r in self.rows if r.structure == row.structure]
        finite = [value for value in rivals if np.isfinite(value)]
        if len(rivals) < 2 or not finite:
            return False
        return row.intervals[column.name].value == (max(finite) if column.higher_is_better else min(finite))

    def _caption(self) -> str:
        confidences = {i.confidence for row in self.rows for i in row.intervals.values()}
        share = "/".join(f"{100 * c:g}" for c in sorted(confidences)) or "95"
        medians = ", ".join(c.title for c in self.columns if c.statistic == "median")
        kind = f"means (median: {medians})" if medians else "means"
        return rf"{kind} \[{share} % bootstrap interval over cases]; * best; (n) where some cases have no value"


def summarise(
    cases: Sequence[CaseRow],
    rng: np.random.Generator,
    *,
    columns: Sequence[Column] = MASK_COLUMNS,
    resamples: int = 5000,
    confidence: float = 0.95,
) -> EvaluationTable:
    """The table of case rows: per structure and method n, statistic and bootstrap interval of each measure.

    Raises:
        ConfigError: There are no cases, or a case stands twice under one method and structure.
    """
    if not cases:
        raise ConfigError("There are no cases to sum up.", hint="Check the split and the structure.")
    groups: dict[tuple[str, str], list[CaseRow]] = {}
    for case in cases:
        group = groups.setdefault((case.structure, case.method), [])
        if any(other.case == case.case for other in group):
            raise ConfigError(f"Case '{case.case}' stands twice under '{case.method}' on '{case.structure}'.")
        group.append(case)
    structures = list(dict.fromkeys(case.structure for case in cases))
    rows = []
    for structure, method in sorted(groups, key=lambda key: structures.index(key[0])):
        group = groups[structure, method]
        intervals = {
            c.name: bootstrap_interval(
                [row.values.get(c.name, float("nan")) for row in group],
                rng,
                statistic=c.statistic,
                resamples=resamples,
                confidence=confidence,
            )
            for c in columns
        }
        rows.append(SummaryRow(method, structure, len(group), intervals))
    return EvaluationTable(tuple(cases), tuple(rows), tuple(columns))
