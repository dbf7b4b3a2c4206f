"""`sketch2ct evaluate all`: masks, volumes and downstream one after the other; what is finished is not measured again.

Each part keeps its result in a file of its own beside the combined one, under the key of all that it depends on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..atomic import write_text
from ..errors import ConfigError
from ..generation.report.rows import plain
from .targets import EVERYTHING, Verdict, verdicts_to_text

FORMAT, PART_FORMAT, VERSION = "sketch2ct.evaluation", "sketch2ct.evaluation-part", 1
PART_NAMES = ("masks", "volumes", "downstream")


class Told(Protocol):
    """What a part's result says."""

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """Targets, reached or missed."""

    def to_text(self) -> str:
        """Tables."""

    def draw(self, folder: Path) -> list[Path]:
        """Writes charts and pictures; the PNG files."""


@dataclass(frozen=True)
class EvaluationPart:
    """One evaluation of several.

    Args:
        name: One of PART_NAMES.
        key: What the result depends on.
        measure: Makes the result, ready for strict JSON.
        read: What such a result says.
    """

    name: str
    key: Mapping[str, Any]
    measure: Callable[[], Mapping[str, Any]]
    read: Callable[[Mapping[str, Any]], Told]


@dataclass(frozen=True)
class Finished:
    """A part that was measured, now or before.

    Args:
        part: Which.
        result: Its result.
        told: What that says.
        reused: Whether it was measured before.
    """

    part: EvaluationPart
    result: Mapping[str, Any]
    told: Told
    reused: bool


def check_skipped(names: Sequence[str]) -> None:
    """Raises ConfigError where a name is none of a part, or nothing is left."""
    for name in names:
        if name not in PART_NAMES:
            raise ConfigError(f"Unknown part '{name}'.", hint=f"Choose from {', '.join(PART_NAMES)}.")
    if set(names) == set(PART_NAMES):
        raise ConfigError("All parts are left out.", hint="Skip fewer.")


def part_path(json_file: Path, name: str) -> Path:
    """Where a part's result lies: all.json → all.masks.json."""
    return json_file.with_name(f"{json_file.stem}.{name}.json")


def finished(part: EvaluationPart, json_file: Path) -> Finished:
    """A part's result: the one that lies beside, if it depends on the same; measured and kept there otherwise.

    Raises:
        OutputError: It cannot be written; and whatever measuring raises.
    """
    path, key = part_path(json_file, part.name), plain(part.key)
    kept = _kept(path, part.name, key)
    if kept is not None:
        try:
            return Finished(part, kept, part.read(kept), reused=True)
        except ConfigError:
            pass  # damaged or of an older program: measured anew
    result = plain(part.measure())
    record = {"format": PART_FORMAT, "version": VERSION, "part": part.name, "key": key, "result": result}
    write_text(path, json.dumps(record, indent=1, allow_nan=False) + "\n")
    return Finished(part, result, part.read(result), reused=False)


def _kept(path: Path, name: str, key: Any) -> Mapping[str, Any] | None:
    """The result in a file; None where it is missing, damaged, or depends on something else."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        header = [record[field] for field in ("format", "version", "part", "key")]
        result = record["result"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return result if header == [PART_FORMAT, VERSION, name, key] and isinstance(result, dict) else None


def summary(parts: Sequence[Finished]) -> str:
    """One table of all targets of all parts, and how many are reached: on all cases where that was measured."""
    verdicts = [verdict for one in parts for verdict in one.told.verdicts]
    over_all = [verdict.target for verdict in verdicts if verdict.structure == EVERYTHING]
    measured = [
        verdict
        for verdict in verdicts
        if not math.isnan(verdict.missed_by) and (verdict.structure == EVERYTHING or verdict.target not in over_all)
    ]
    reached = sum(verdict.reached for verdict in measured)
    text = verdicts_to_text(verdicts)
    return f"{text}\n\n{reached} of {len(measured)} targets reached ({', '.join(one.part.name for one in parts)})."


def to_dict(parts: Sequence[Finished]) -> dict[str, Any]:
    """All parts in one, as strict JSON; targets of all of them at the top."""
    targets = [{"part": one.part.name, **verdict.to_dict()} for one in parts for verdict in one.told.verdicts]
    measured = {one.part.name: {"key": one.part.key, **one.result} for one in parts}
    skipped = [name for name in PART_NAMES if name not in measured]
    return dict(
        plain({"format": FORMAT, "version": VERSION, "targets": targets, "skipped": skipped, "parts": measured})
    )


def write(path: Path, parts: Sequence[Finished]) -> None:
    """Writes the combined JSON, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    write_text(path, json.dumps(to_dict(parts), indent=1, allow_nan=False) + "\n")
