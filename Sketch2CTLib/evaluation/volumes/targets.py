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
from .detail import FINE_INSIDE, FINE_OUTSIDE, SEAMS
from .groups import FRECHET_ONE, FRECHET_SEVERAL, TOLD_APART, Group, labels
from .stages import CODEC, STAGE_NAMES

DICE_LOST, SHARE_IN_RANGE, SHARE_OF_REAL = 0.02, 0.95, 0.95
FLOOR_RATIOS = {"CT": 1.15, "MR": 1.3}  # by modality
CODEC_RATIO = 1.03
_DETAIL, _SEAM_RATIO, _AREA = 0.2, 1.25, 0.75  # seams: real scans differ by a tenth from case to case
_NAN = float("nan")
_SOME = 1e-6  # what is more than nothing

FRECHET, FRECHET_FOUR = "Fréchet distance over its real floor", "the same, four patients at a time"
RATIO_TARGETS: tuple[Target, ...] = (
    Target("Fine detail in the organ over real", GENERATED, FINE_INSIDE, 1.0 - _DETAIL, 1.0 + _DETAIL),
    Target("Fine detail outside over real", GENERATED, FINE_OUTSIDE, 1.0 - _DETAIL, 1.0 + _DETAIL),
    Target("Seams of patches over real", GENERATED, SEAMS, high=_SEAM_RATIO),
)
AREA = Target("Told from real slices: area", GENERATED, TOLD_APART, high=_AREA)
VOLUME_TARGETS: tuple[Target, ...] = (
    Target("Organ found again: Dice beyond real", GENERATED, FOUND, low=-DICE_LOST, minus=REAL),
    Target("Organ's mean in the real range", GENERATED, MEAN_MET, low=SHARE_IN_RANGE, percent=True),
    Target("Organ's spread in the real range", GENERATED, SPREAD_MET, low=SHARE_IN_RANGE, percent=True),
    Target("Nearest training scan: beyond real", GENERATED, NEAREST, low=0.0, minus=REAL, statistic="median"),
)
SYNTHETIC_ALONE = Target("Downstream: synthetic alone over real", "synthetic", "share", low=SHARE_OF_REAL, percent=True)
BOTH = Target("Downstream: Dice gained by both", "both", "dice", low=_SOME, minus="real")


def floor_ratio(modality: str, stage: str) -> float:
    """At most how far scans of a stage may be from other patients' scans, as a multiple of what real ones are."""
    return CODEC_RATIO if stage == CODEC else FLOOR_RATIOS[modality]


def volume_verdicts(groups: Sequence[Group], rng: np.random.Generator) -> list[Verdict]:
    """Each target of each stage: on each group, and on all its cases together where it is a sum over cases.

    Where there are several stages, each target's title begins with its stage's name.
    """
    several = len({group.stage for group in groups}) > 1
    found = []
    for stage in STAGE_NAMES:
        of_stage = [group for group in groups if group.stage == stage]
        named = list(zip(labels(of_stage), of_stage, strict=True))
        prefix = f"{stage}: " if several else ""
        found += _of_groups(named, prefix)
        rows = [replace(row, structure=name) for name, group in named for row in group.rows]
        if stage == CODEC:  # no copy of a training scan, but of its own one, which is meant
            rows = [replace(row, values={k: v for k, v in row.values.items() if k != NEAREST}) for row in rows]
        measured = {name for row in rows for name in row.values}
        wanted = [replace(t, title=prefix + t.title) for t in VOLUME_TARGETS if t.measure in measured]
        found += verdicts(rows, rng, wanted)
    return found


def _of_groups(named: Sequence[tuple[str, Group]], prefix: str) -> list[Verdict]:
    """The targets that are ratios to real scans, and the classifier's."""
    found = []
    for name, group in named:
        most = floor_ratio(group.modality, group.stage)
        distances = (
            Target(prefix + FRECHET, GENERATED, FRECHET_ONE, high=most),
            Target(prefix + FRECHET_FOUR, GENERATED, FRECHET_SEVERAL, high=most),
        )
        for target in (*distances, *(replace(one, title=prefix + one.title) for one in RATIO_TARGETS)):
            measure = group.measure(target.measure)
            if measure is not None and np.isfinite(measure.ratio[0]):
                found.append(Verdict(target, name, Interval(*measure.ratio, group.n)))
        area = group.measure(TOLD_APART)
        if area is not None:
            target = replace(AREA, title=prefix + AREA.title)
            found.append(Verdict(target, name, Interval(area.found, area.low, area.high, group.n)))
    return sorted(found, key=lambda verdict: _order(verdict.target))


def _order(target: Target) -> int:
    names = (FRECHET_ONE, FRECHET_SEVERAL, *(one.measure for one in RATIO_TARGETS), TOLD_APART)
    return names.index(target.measure)


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
