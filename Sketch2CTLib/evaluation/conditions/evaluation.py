"""`sketch2ct evaluate conditions`: how well masks become sketches, numbers and words, on real cases. No network runs.

Sketches: the refilled outline against the mask's projection, for every level and view, with time and determinism.
Redrawn and hand-drawn sketches: the same, against the projection of the case that they show.
Numbers: time, contradictions, and how many survive numbers → sentences → numbers.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...data.prepared import PreparedCase, PreparedSet
from ...description import measure, parse_text, sentences
from ...description.consistency import check_consistent
from ...description.words import geometric_words, rounded
from ...errors import DatasetError, DescriptionError
from ...frames import VIEWS, project
from ...sketch import LEVELS, Sketch, extract_sketch, redraw, silhouette
from ..hand_drawn import HandDrawn

FAITHFUL_IOU = 0.97
Row = dict[str, Any]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ConditionsEvaluation:
    """What to measure.

    Args:
        split: Cases to measure; all if None.
        structures: Only these; all that the folder holds if empty.
        redraws: Redrawn sketches a case.
        hand_drawn: Stored hand-drawn sketches; those whose case is in the folder are compared with it.
        seed: Seed of the redrawing.
    """

    split: str | None = None
    structures: tuple[str, ...] = ()
    redraws: int = 4
    hand_drawn: Sequence[HandDrawn] = ()
    seed: int = 1


@dataclass
class _Measured:
    """Rows by table, collected case by case."""

    extraction: dict[tuple[str, str], list[Row]] = field(default_factory=lambda: defaultdict(list))
    redrawn: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    hand_drawn: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))


def evaluate_conditions(
    prepared: PreparedSet, config: ConditionsEvaluation, *, progress: Progress | None = None
) -> dict[str, list[Row]]:
    """Tables `extraction`, `redrawn`, `hand_drawn` and `numbers`, each a list of rows of plain values.

    Raises:
        DatasetError: The folder has no such cases.
    """
    wanted = config.structures or catalog.names()
    cases = [case for name in wanted for case in prepared.cases(config.split, name)]
    if not cases:
        raise DatasetError(f"'{prepared.folder}' has no cases of {', '.join(wanted)} in that split.")
    by_hand: dict[str, list[HandDrawn]] = defaultdict(list)
    for drawn in config.hand_drawn:
        by_hand[drawn.case_key].append(drawn)
    measured = _Measured()
    for at, case in enumerate(cases):
        if progress:
            progress(at, len(cases), case.key)
        _measure_case(case, config, by_hand.get(case.key, ()), measured)
    return {
        "extraction": [_extraction_row(key, rows) for key, rows in measured.extraction.items()],
        "redrawn": [_iou_row(name, values) for name, values in measured.redrawn.items()],
        "hand_drawn": [_iou_row(name, values) for name, values in measured.hand_drawn.items()],
        "numbers": [_numbers_row(name, rows) for name, rows in measured.numbers.items()],
    }


def _measure_case(
    case: PreparedCase, config: ConditionsEvaluation, by_hand: Iterable[HandDrawn], found: _Measured
) -> None:
    mask, structure = case.mask(), catalog.structure(case.structure)
    flats = {name: project(mask, view) for name, view in VIEWS.items()}
    for level in LEVELS:
        for view, flat in flats.items():
            row = extraction_row(mask, case, view, level, flat)
            found.extraction[structure.name, level].append(row)
    clean = extract_sketch(mask, case.grid, structure.view, structure=structure.name)
    rng = np.random.default_rng([config.seed, sum(case.key.encode())])
    for _ in range(config.redraws):
        found.redrawn[structure.name].append(_iou(redraw(clean, rng), case, flats[structure.view]))
    for drawn in by_hand:
        found.hand_drawn[structure.name].append(_iou(drawn.sketch, case, flats[drawn.sketch.plane.view]))
    found.numbers[structure.name].append(numbers_row(mask, case))


def extraction_row(mask: NDArray[np.bool_], case: PreparedCase, view: str, level: str, flat: NDArray[np.bool_]) -> Row:
    """One extraction: IoU of the refilled outline with the projection, seconds, creases, and whether it is sound."""
    start = time.perf_counter()
    sketch = extract_sketch(mask, case.grid, view, level=level, structure=case.structure)
    seconds = time.perf_counter() - start
    outlines = sketch.of_kind(("outline",))
    again = extract_sketch(mask, case.grid, view, level=level, structure=case.structure)
    return {
        "case": case.key,
        "view": view,
        "iou": _iou(sketch, case, flat),
        "seconds": seconds,
        "creases": len(sketch.of_kind(("crease",))),
        "broken": not outlines or not all(stroke.closed for stroke in outlines),
        "same": again.digest() == sketch.digest(),
    }


def numbers_row(mask: NDArray[np.bool_], case: PreparedCase) -> Row:
    """One case's numbers: seconds, contradictions, and what survives the way through sentences."""
    structure = catalog.structure(case.structure)
    start = time.perf_counter()
    numbers = measure(mask, case.grid, tubular=structure.tubular)
    seconds = time.perf_counter() - start
    words = geometric_words(structure.name, numbers)
    text = " ".join(sentences(structure.name, numbers))
    read = parse_text(text, structure.name)
    said = geometric_words(structure.name, read.numbers) | read.words  # '10 pieces' says 'several pieces'
    wanted = {name: value for name, value in numbers.items() if name in read.numbers or name in _written(text, numbers)}
    kept = sum(_same(name, value, read.numbers.get(name)) for name, value in wanted.items())
    return {
        "case": case.key,
        "seconds": seconds,
        "contradicts": _contradicts(numbers),
        "written": len(wanted),
        "read_back": kept,
        "words": len(words),
        "words_read_back": sum(said.get(name) == word for name, word in words.items()),
        "unread": len(read.unread),
    }


def _written(text: str, numbers: Mapping[str, float]) -> set[str]:
    """The numbers that sentences always carry."""
    always = {"volume_ml", "surface_area_cm2", "max_diameter_mm", "min_diameter_mm", "centreline_length_mm"}
    extents = {"extent_rl_mm", "extent_ap_mm", "extent_si_mm"}
    return (always | extents) & numbers.keys() if text else set()


def _same(name: str, value: float, read: float | None) -> bool:
    return read is not None and abs(rounded(name, value) - read) <= 1e-6 * max(1.0, abs(read))


def _contradicts(numbers: Mapping[str, float]) -> bool:
    try:
        check_consistent(numbers)
    except DescriptionError:
        return True
    return False


def _iou(sketch: Sketch, case: PreparedCase, flat: NDArray[np.bool_]) -> float:
    filled = silhouette(sketch, len(flat), size_mm=float(case.grid.size_mm[0]))
    return float((filled & flat).sum() / max(1, (filled | flat).sum()))


def _extraction_row(key: tuple[str, str], rows: Sequence[Row]) -> Row:
    ious, seconds = [r["iou"] for r in rows], [r["seconds"] for r in rows]
    worst = min(rows, key=lambda row: row["iou"])
    return {
        "structure": key[0],
        "level": key[1],
        "n": len(rows),
        "iou_min": min(ious),
        "iou_mean": float(np.mean(ious)),
        "below": sum(iou < FAITHFUL_IOU for iou in ious),
        "broken": sum(r["broken"] for r in rows),
        "deterministic": all(r["same"] for r in rows),
        "creases_median": float(np.median([r["creases"] for r in rows])),
        "seconds_median": float(np.median(seconds)),
        "seconds_max": max(seconds),
        "worst": f"{worst['case']} {worst['view']}",
    }


def _iou_row(structure: str, values: Sequence[float]) -> Row:
    low, middle = (float(q) for q in np.quantile(values, [0.05, 0.5]))
    return {"structure": structure, "n": len(values), "iou_min": min(values), "iou_p05": low, "iou_median": middle}


def _numbers_row(structure: str, rows: Sequence[Row]) -> Row:
    totals = {name: sum(r[name] for r in rows) for name in ("written", "read_back", "words", "words_read_back")}
    return {
        "structure": structure,
        "n": len(rows),
        "seconds_max": max(r["seconds"] for r in rows),
        "contradictions": sum(r["contradicts"] for r in rows),
        **totals,
        "unread": sum(r["unread"] for r in rows),
    }
