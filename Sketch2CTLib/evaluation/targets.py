"""What the mask model shall reach, and by how much it does or does not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import catalog
from ..generation.report.rows import plain
from .bootstrap import Interval, Statistic, bootstrap_interval
from .masks.edits import EDIT, STRENGTHS
from .masks.surfaces import TUBE_USUAL, USUAL_COLUMNS
from .masks.sweeps import SWEEP
from .table import CaseRow

EVERYTHING = "all"


@dataclass(frozen=True)
class Target:
    """One measure that shall lie in a range.

    Args:
        title: For people.
        method, measure: Where it stands in the rows.
        low, high: The range, its ends included.
        structures: Only these; each one that was measured, and all cases together, if empty.
        minus: A second method, whose measure is subtracted case by case.
        statistic: How cases are summed up.
        percent: Print times 100.
    """

    title: str
    method: str
    measure: str
    low: float = -math.inf
    high: float = math.inf
    structures: tuple[str, ...] = ()
    minus: str = ""
    statistic: Statistic = "mean"
    percent: bool = False

    @property
    def wanted(self) -> str:
        """The range as text."""
        if math.isinf(self.high):
            return f"≥ {self.text(self.low)}"
        if math.isinf(self.low):
            return f"≤ {self.text(self.high)}"
        return f"{self.text(self.low)} … {self.text(self.high)}"

    def text(self, value: float) -> str:
        """A value as printed."""
        if not math.isfinite(value):
            return "–"
        if self.percent:
            return f"{100 * value:.2f} %"
        return f"{value:.1f} mm" if self.measure.endswith("_mm") else f"{value:.3f}"


def _organ(structure: str, title: str, dice: float, hd95_mm: float) -> tuple[Target, Target]:
    return (
        Target(f"{title} Dice", "sketch2ct", "dice", low=dice, structures=(structure,)),
        Target(f"{title} HD95", "sketch2ct", "hd95_mm", high=hd95_mm, structures=(structure,)),
    )


def _like_real() -> Iterator[Target]:
    """Each statistic of surface and tube shall be within nine tenths of real masks' in 95 % of results."""
    vessels = tuple(one.name for one in catalog.structures() if one.tubular)
    for column in USUAL_COLUMNS:
        of = vessels if column.name in TUBE_USUAL else ()
        yield Target(f"Like real: {column.title}", "sketch2ct", column.name, low=0.95, structures=of, percent=True)


TARGETS: tuple[Target, ...] = (
    *_organ("liver", "Liver", 0.93, 8.0),
    *_organ("spleen", "Spleen", 0.92, 5.0),
    *_organ("aorta", "Aorta (abdominal)", 0.88, 4.0),
    *_organ("left_atrium", "Left atrium", 0.92, 4.0),
    Target("IoU with the sketch", "sketch2ct", "sketch_iou", low=0.97),
    Target("Volume error, level 0", "sketch2ct", "level_0_error_abs", high=0.02, statistic="median", percent=True),
    Target("Volume error", "sketch2ct", "volume_error_abs", high=0.005, statistic="median", percent=True),
    Target("Best of 4, own ranking: Dice gained", "best_of_4", "dice", low=0.01, minus="sketch2ct"),
    Target("Best of 4, known Dice: Dice gained", "oracle_of_4", "dice", low=0.01, minus="sketch2ct"),
    Target("Sketch shuffled: Dice lost", "sketch2ct", "dice", low=0.15, minus="sketch_shuffled"),
    Target("Numbers shuffled: Dice lost", "sketch2ct", "dice", low=0.03, minus="numbers_shuffled"),
    Target("Hand-drawn: Dice lost", "sketch2ct", "dice", high=0.03, minus="hand_drawn"),
    Target("Volume sweep: slope", SWEEP, "slope_matched", low=0.9, high=1.1),
    Target("Depth sweep: slope", SWEEP, "slope_depth", low=0.9, high=1.1),
    *_like_real(),
    *(Target(f"Edit, strength {s:g}: Dice kept", EDIT, f"kept_dice@{s:g}", low=0.95) for s in STRENGTHS),
)


@dataclass(frozen=True)
class Verdict:
    """One target on one structure, or on all cases together.

    Args:
        target: What was wanted.
        structure: Catalog name, or `EVERYTHING`.
        interval: What was measured.
    """

    target: Target
    structure: str
    interval: Interval

    @property
    def missed_by(self) -> float:
        """Distance to the range; 0 where it is reached, NaN where nothing was measured."""
        value = self.interval.value
        return value if math.isnan(value) else max(self.target.low - value, value - self.target.high, 0.0)

    @property
    def reached(self) -> bool:
        """Whether the value lies in the range."""
        return self.missed_by == 0.0

    @property
    def sentence(self) -> str:
        """Reached, or missed and by how much."""
        if math.isnan(self.missed_by):
            return "not measured"
        return "reached" if self.reached else f"missed by {self.target.text(self.missed_by)}"

    def to_dict(self) -> dict[str, Any]:
        """As strict JSON."""
        target = self.target
        return plain(
            {
                "title": target.title,
                "structure": self.structure,
                "method": target.method,
                "minus": target.minus or None,
                "measure": target.measure,
                "low": target.low,
                "high": target.high,
                **self.interval.to_dict(),
                "reached": self.reached,
                "missed_by": self.missed_by,
            }
        )


def verdicts(rows: Sequence[CaseRow], rng: np.random.Generator, targets: Sequence[Target] = TARGETS) -> list[Verdict]:
    """Each target that rows speak of: on all cases together, then on each structure."""
    verdicts = []
    for target in targets:
        values = _values(rows, target)
        structures = list(dict.fromkeys(structure for structure, _ in values))
        groups = structures if target.structures or len(structures) < 2 else [EVERYTHING, *structures]
        for group in groups:
            of_group = [value for (structure, _), value in values.items() if group in (EVERYTHING, structure)]
            verdicts.append(Verdict(target, group, bootstrap_interval(of_group, rng, statistic=target.statistic)))
    return verdicts


def _values(rows: Sequence[CaseRow], target: Target) -> dict[tuple[str, str], float]:
    """(structure, case) → the measure, or its difference where both methods were measured."""

    def of(method: str) -> dict[tuple[str, str], float]:
        return {(r.structure, r.case): r.values.get(target.measure, math.nan) for r in rows if r.method == method}

    first, second = of(target.method), of(target.minus) if target.minus else {}
    return {
        key: value - second[key] if target.minus else value
        for key, value in first.items()
        if (not target.structures or key[0] in target.structures) and (not target.minus or key in second)
    }


def verdicts_to_text(found: Sequence[Verdict]) -> str:
    """A line a target, and one for each structure that misses it where all cases are summed up before."""
    lines = [f"{'target':<46} {'on':<16} {'wanted':>15}  {'measured [95 %]':<28} {'n':>3}"]
    for verdict in found:
        several = any(v.target is verdict.target and v.structure == EVERYTHING for v in found)
        if several and verdict.structure != EVERYTHING and verdict.reached:
            continue
        text, i = verdict.target.text, verdict.interval
        low, high = (text(end).removesuffix(" %").removesuffix(" mm") for end in (i.low, i.high))
        value = text(i.value) + (f" [{low}, {high}]" if math.isfinite(i.low) else "")
        title = verdict.target.title if not several or verdict.structure == EVERYTHING else "  of these"
        lines.append(
            f"{title:<46} {verdict.structure:<16} {verdict.target.wanted:>15}  {value:<28} {i.n:>3}  {verdict.sentence}"
        )
    return "\n".join(lines)
