"""What generated scans, and segmenters trained on them, shall reach, and by how much they do or do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..bootstrap import Interval
from ..table import CaseRow
from ..targets import Target, Verdict, verdicts
from .cases import FOUND, GENERATED, MEAN_MET, NEAREST, REAL, SPREAD_MET
from .evaluation import Group

FLOOR_RATIO, DICE_LOST, SHARE_IN_RANGE, SHARE_OF_REAL = 1.5, 0.02, 0.95, 0.95
_NAN = float("nan")
_SOME = 1e-6  # what is more than nothing

FRECHET = Target("Fréchet distance over its real floor", GENERATED, "fid", high=FLOOR_RATIO)
VOLUME_TARGETS: tuple[Target, ...] = (
    Target("Organ found again: Dice beyond real", GENERATED, FOUND, low=-DICE_LOST, minus=REAL),
    Target("Organ's mean in the real range", GENERATED, MEAN_MET, low=SHARE_IN_RANGE, percent=True),
    Target("Organ's spread in the real range", GENERATED, SPREAD_MET, low=SHARE_IN_RANGE, percent=True),
    Target("Nearest training scan: beyond real", GENERATED, NEAREST, low=0.0, minus=REAL, statistic="median"),
)
SYNTHETIC_ALONE = Target("Downstream: synthetic alone over real", "synthetic", "share", low=SHARE_OF_REAL, percent=True)
BOTH = Target("Downstream: Dice gained by both", "both", "dice", low=_SOME, minus="real")


def labels(groups: Sequence[Group]) -> list[str]:
    """What each group is called: its structure, with the modality where the structure has two of them."""
    names = [group.structure for group in groups]
    return [f"{g.structure} {g.modality}" if names.count(g.structure) > 1 else g.structure for g in groups]


def volume_verdicts(groups: Sequence[Group], rng: np.random.Generator) -> list[Verdict]:
    """Each target of the volume stage: on each group, and on all cases together where it is a sum over cases."""
    names = labels(groups)
    found = []
    for name, group in zip(names, groups, strict=True):
        fid = group.measure("fid")
        if fid is not None:
            ratio = fid.found / fid.real if fid.real > 0 else _NAN
            found.append(Verdict(FRECHET, name, Interval(ratio, _NAN, _NAN, group.n)))
    rows = [replace(row, structure=name) for name, group in zip(names, groups, strict=True) for row in group.rows]
    measured = {name for row in rows for name in row.values}
    return found + verdicts(rows, rng, [target for target in VOLUME_TARGETS if target.measure in measured])


def downstream_verdicts(
    rows: Sequence[CaseRow], gains: Mapping[str, Mapping[str, Any]], rng: np.random.Generator
) -> list[Verdict]:
    """Both targets of the downstream study, on all cases together and on each structure.

    Args:
        rows: What `downstream.evaluate_downstream` gave.
        gains: What `downstream.gains` makes of them.
        rng: Of the bootstrap.
    """
    structures = [name for name in gains if name != "all"]
    names = structures if len(structures) < 2 else ["all", *structures]
    shares = []
    for name in names:
        share = gains[name]["synthetic_share"]
        interval = Interval(_NAN if share is None else float(share), _NAN, _NAN, int(gains[name]["n"]))
        shares.append(Verdict(SYNTHETIC_ALONE, name, interval))
    return shares + verdicts(rows, rng, [BOTH])
