"""`plan.json` of a run folder: what was decided for `train all`, and the time that each part has taken so far."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ..atomic import write_text
from ..data.prepared import PreparedCase
from ..errors import ConfigError
from .corpus import CorpusConfig
from .pace import too_short

FORMAT = "sketch2ct.plan"
VERSION = 1

_BEAT_S = 10.0  # seconds between writings: a kill forgets no more than that
_FINEST = 200  # steps in which the number of copies is tried


@dataclass
class Plan:
    """What a run has decided and spent.

    Args:
        path: Its file.
        preset: Name; structures: what is trained on.
        budget_s: The time box of the last call, None without one.
        allotted_s: Seconds of the budget by part, from when it began.
        spent_s: Seconds that each part has taken, over all calls.
        copies: Copies a training case by structure, once planned; None where the corpus was found as it is.
        clock: Seconds that only grow.
        writes: Whether it writes its file; of several processes one does.
    """

    path: Path
    preset: str
    structures: tuple[str, ...]
    budget_s: float | None = None
    allotted_s: dict[str, float] = field(default_factory=dict)
    spent_s: dict[str, float] = field(default_factory=dict)
    copies: dict[str, int] | None = None
    clock: Callable[[], float] = time.monotonic
    writes: bool = True

    def __post_init__(self) -> None:
        self._now = self._saved = self.clock()

    @classmethod
    def opened(
        cls, path: Path, preset: str, structures: tuple[str, ...], budget_s: float | None, clock: Callable[[], float]
    ) -> Plan:
        """The plan of that file, or a new one.

        Raises:
            ConfigError: The file is damaged, or speaks of another preset or other structures.
        """
        plan = cls(path, preset, structures, budget_s, clock=clock)
        if not path.exists():
            return plan
        kept = _read(path)
        for name, wanted in (("preset", preset), ("structures", list(structures))):
            if kept[name] != wanted:
                raise ConfigError(
                    f"'{path.parent}' was begun with {name} {_told(kept[name])}, not {_told(wanted)}.",
                    hint="Name another --out.",
                )
        plan.spent_s, plan.copies = kept["spent_s"], kept["copies"]
        if kept["budget_s"] == budget_s:
            plan.allotted_s = kept["allotted_s"]
        return plan

    @property
    def left_s(self) -> float:
        """Seconds of the budget that are not spent."""
        return (self.budget_s or 0.0) - sum(self.spent_s.values())

    def begin(self, part: str, weights: Mapping[str, float]) -> None:
        """From now on time counts for `part`; it gets its share of what is left, by weights of all open parts."""
        self._now = self.clock()
        if self.budget_s is not None and part not in self.allotted_s:
            spent = self.spent_s.get(part, 0.0)
            self.allotted_s[part] = spent + max(0.0, self.left_s) * weights[part] / sum(weights.values())
        self.spent_s.setdefault(part, 0.0)
        self.save()

    def tick(self, part: str) -> None:
        """Counts the time since the last tick for `part`."""
        now = self.clock()
        self.spent_s[part] += now - self._now
        self._now = now
        if now - self._saved > _BEAT_S:
            self.save()

    def left_of(self, part: str) -> float:
        """Seconds that a part may still take."""
        return self.allotted_s[part] - self.spent_s[part]

    def save(self) -> None:
        """Writes the file whole.

        Raises:
            OutputError: The folder cannot be written or the disk is full.
        """
        self._saved = self.clock()
        if not self.writes:
            return
        kept = {k: v for k, v in asdict(self).items() if k not in ("path", "clock", "writes")}
        write_text(self.path, json.dumps({"format": FORMAT, "version": VERSION, **kept}, indent=1) + "\n")


def planned_copies(
    config: CorpusConfig, cases: Iterable[PreparedCase], least: int, copy_s: float, left_s: float
) -> dict[str, int] | None:
    """Copies a training case by structure, all shortened by one factor until they fit the time.

    Args:
        config: The copies that would be made if time allowed.
        least: Of a training case; copy_s: seconds of one copy, all processes at work; left_s: seconds there are.

    Returns:
        None if `least` copies do not fit.
    """
    cases = list(cases)
    for tried in range(_FINEST, -1, -1):
        copies = {name: max(min(least, n), n * tried // _FINEST) for name, n in config.copies.items()}
        if copies_in_all(copies, cases) * copy_s <= left_s:
            return copies
    return None


def copies_in_all(copies: dict[str, int], cases: Iterable[PreparedCase]) -> int:
    """Copies of all cases, those of validation among them."""
    config = CorpusConfig(copies=copies)
    return sum(config.copies_of(case) for case in cases)


def corpus_config(folder: Path, wanted: CorpusConfig, seed: int) -> CorpusConfig:
    """How the corpus of a run folder is made: with the copies that `train all` planned there, if it did.

    Raises:
        ConfigError: The folder's `plan.json` is damaged.
    """
    path = folder / "plan.json"
    copies = _read(path)["copies"] if path.exists() else None
    return replace(wanted, copies=copies or wanted.copies, seed=seed)


def check_budget(plan: Plan, parts: Iterable[str], least_s: float) -> None:
    """Refuses a budget that cannot hold the parts that have not begun.

    Raises:
        ConfigError: It is too short.
    """
    if plan.budget_s is None:
        return
    fresh = [part for part in parts if part not in plan.spent_s]
    needed = sum(plan.spent_s.values()) + least_s * len(fresh)
    if plan.budget_s < needed:
        raise too_short(plan.budget_s, f"preset '{plan.preset}' ({', '.join(fresh) or 'to go on'})", needed)


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["format"] != FORMAT or kept["version"] != VERSION:
            raise ValueError("another format or version")
        numbers = {name: {k: float(v) for k, v in kept[name].items()} for name in ("allotted_s", "spent_s")}
        copies = kept["copies"]
        checked = None if copies is None else {str(k): int(v) for k, v in copies.items()}
        return {**kept, **numbers, "copies": checked, "budget_s": kept["budget_s"], "preset": kept["preset"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ConfigError(
            f"'{path}' is damaged ({reason}).", hint="Remove it: what is finished is kept, the budget starts anew."
        ) from error


def _told(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else ", ".join(value) or "all"
