"""What is measured of one layout: against the case's own, against training layouts, and within itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...catalog import label_value
from ...data.layout import UNKNOWN, Layout
from ...data.regions import pieces
from ...frames import VoxelGrid, resample
from ...generation.layouts.checks import faults
from ...generation.layouts.measures import LayoutRanges
from ...generation.model.layout_stage import ORGANS, TISSUES
from ..overlap import dice
from ..table import Column
from .distribution import Anatomy, Distribution

COLUMNS: tuple[Column, ...] = (
    Column("dice_organs", "Dice organs"),
    Column("dice_tissues", "Dice tissues"),
    Column("centroid_mm", "centroid off mm", digits=1, higher_is_better=False),
    Column("volume_ratio", "volume ratio", digits=2, higher_is_better=None),
    Column("volumes_usual", "volumes usual", digits=0, percent=True),
    Column("places_usual", "places usual", digits=0, percent=True),
    Column("contacts_found", "contacts found", digits=2),
    Column("contacts_true", "contacts true", digits=2),
    Column("missing", "organs missing", digits=1, higher_is_better=False),
    Column("pieces", "pieces an organ", digits=2, higher_is_better=False),
    Column("spine", "pieces of spine", digits=2, higher_is_better=None),
    Column("overlap", "given voxels lost", digits=0, higher_is_better=False),
    Column("faults", "faults", digits=1, higher_is_better=False),
    Column("nearest", "Dice nearest training", digits=3, higher_is_better=None),
    Column("diversity", "Dice of two", digits=3, higher_is_better=None),
    Column("seconds", "s", digits=1, higher_is_better=False),
)
ORGAN_COLUMNS: tuple[Column, ...] = (
    Column("found", "there", digits=0, percent=True),
    Column("volume_ratio", "volume ÷ training median", digits=2, higher_is_better=None),
    Column("volume_sds", "volume, SDs off", digits=1, higher_is_better=None),
    Column("offset_mm", "offset from usual mm", digits=1, higher_is_better=None),
    Column("offset_rms", "offset ÷ usual", digits=1, higher_is_better=None),
    Column("offset_own_mm", "offset from own mm", digits=1, higher_is_better=False),
    Column("pieces", "pieces", digits=2, higher_is_better=False),
    Column("dice", "Dice with own", higher_is_better=True),
)
LEAST_OWN_ML = 1.0  # of an organ that a case has
_SPINE_PIECE_ML = 10.0  # of bone that is counted as a piece of the spine
_SPINE_WIDE_MM = 60.0  # about the middle of the largest piece of bone, in which vertebrae lie


@dataclass(frozen=True, eq=False)
class Case:
    """A case with organs given, on the region's grid.

    Args:
        key: Its name.
        own: Its own layout.
        given: Name → (D, H, W) bool, the organs that are given.
        train: Key → layout of other patients, moved to where theirs of the given organs lie so.
        near: Key → (D, H, W) uint8 their label values on the region's grid.
        usual: How anatomy is distributed over other patients.
    """

    key: str
    own: Layout
    given: Mapping[str, NDArray[np.bool_]]
    train: Mapping[str, Layout]
    near: Mapping[str, NDArray[np.uint8]]
    usual: Distribution

    @property
    def neighbours(self) -> list[str]:
        """Organs that it has and that are not given."""
        return [name for name in ORGANS if name not in self.given and self.own.volume_ml(name) >= LEAST_OWN_ML]


def case_values(case: Case, layouts: Sequence[Layout], ranges: LayoutRanges) -> dict[str, float]:
    """The measures of `COLUMNS`, but for the seconds.

    Args:
        case: What it is measured on.
        layouts: Of one method, the first one measured; `diversity` is how alike it and the others are on the mean, or,
            where there are no others, it and the training layouts.
        ranges: Of the checks.
    """
    layout, known = layouts[0], case.own.labels > 0
    found, own = Anatomy.of(layout), Anatomy.of(case.own)
    there = [name for name in case.neighbours if name in found.centroids]
    whole = [name for name in there if name in found.whole & own.whole]
    ratios = [np.log(found.volumes_ml[name] / own.volumes_ml[name]) for name in whole]
    likeness = [alike(layout.labels, one) for one in case.near.values()]
    both = len(found.touching & own.touching)
    odd_volumes = ranges.odd_volumes({name: found.volumes_ml[name] for name in whole})
    odd_places = set(ranges.odd_places(found.centroids, case.given)) & set(there)
    return {
        "dice_organs": mean([dice_of(layout, case.own, name, known) for name in case.neighbours]),
        "dice_tissues": mean([dice_of(layout, case.own, name, known) for name in TISSUES]),
        "centroid_mm": mean([_apart_mm(found, own, name) for name in there]),
        "volume_ratio": float(np.exp(np.mean(ratios))) if ratios else float("nan"),
        "volumes_usual": 1.0 - len(odd_volumes) / max(1, len(whole)),
        "places_usual": 1.0 - len(odd_places) / max(1, len(there)),
        "contacts_found": both / len(own.touching) if own.touching else float("nan"),
        "contacts_true": both / len(found.touching) if found.touching else float("nan"),
        "missing": float(len(case.neighbours) - len(there)),
        "pieces": mean([_pieces(layout, name) for name in there]),
        "spine": float(spine_pieces(layout)),
        "overlap": float(sum(int((body & ~layout.body_of(name)).sum()) for name, body in case.given.items())),
        "faults": float(len(faults(layout, case.given, ranges))),
        "nearest": max(likeness, default=float("nan")),
        "diversity": mean([alike(layout.labels, one.labels) for one in layouts[1:]] or likeness),
    }


def organ_values(case: Case, layout: Layout) -> dict[str, dict[str, float]]:
    """Neighbour organ → the measures of `ORGAN_COLUMNS`; volume and place of whole organs alone."""
    found, own, known = Anatomy.of(layout), Anatomy.of(case.own), case.own.labels > 0
    values: dict[str, dict[str, float]] = {}
    for name in case.neighbours:
        values[name] = {"found": float(name in found.centroids), "dice": dice_of(layout, case.own, name, known)}
        if name not in found.centroids:
            continue
        values[name] |= {"pieces": _pieces(layout, name), "offset_own_mm": _apart_mm(found, own, name)}
        if name in found.whole:
            ratio, sds = case.usual.volume(name, found.volumes_ml[name])
            offset_mm, rms = case.usual.offset(name, found.centroids, tuple(case.given))
            values[name] |= {"volume_ratio": ratio, "volume_sds": sds, "offset_mm": offset_mm, "offset_rms": rms}
    return values


def pair_values(layout: Layout, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """Pair → whether the two touch, 1 or 0; those of which the layout lacks an organ are left out."""
    found = Anatomy.of(layout)
    return {pair: float(pair in found.touching) for pair in pairs if set(pair) <= set(found.volumes_ml)}


def spine_pieces(layout: Layout) -> int:
    """Pieces of bone of 10 mL or more that lie in the column about the largest one, which holds the vertebrae."""
    bone = layout.body_of("bone")
    labelled, sizes = pieces(bone, corners=True)
    if not sizes.any():
        return 0
    middle = np.argwhere(labelled == int(np.argmax(sizes)))[:, 1:].mean(axis=0)
    half = 0.5 * _SPINE_WIDE_MM / layout.grid.spacing_mm[1::-1]
    low, high = np.maximum(np.round(middle - half), 0).astype(int), np.round(middle + half).astype(int) + 1
    column = labelled[:, low[0] : high[0], low[1] : high[1]]
    counts = np.bincount(column.ravel(), minlength=len(sizes))
    counts[0] = 0
    return int((counts * layout.grid.voxel_ml >= _SPINE_PIECE_ML).sum())


def alike(labels: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean Dice of organs and bone of two layouts on one grid where the other is known."""
    pairs = np.bincount((labels.ravel().astype(np.int64) << 8) | other.ravel(), minlength=1 << 16).reshape(256, 256)
    pairs[:, UNKNOWN] = 0
    mine, own = pairs.sum(axis=1), pairs.sum(axis=0)
    values = [value for value in map(label_value, (*ORGANS, "bone")) if own[value]]
    return mean([2.0 * pairs[value, value] / (mine[value] + own[value]) for value in values])


def dice_of(layout: Layout, own: Layout, name: str, known: NDArray[np.bool_]) -> float:
    """Dice of an organ or tissue where the case is known; NaN of what it lacks."""
    body = own.body_of(name)
    return dice(layout.body_of(name) & known, body) if body.any() else float("nan")


def on_nearest(layout: Layout, grid: VoxelGrid) -> NDArray[np.uint8]:
    """Label values on another grid, the nearest voxel's; 0 beyond the layout."""
    return resample(layout.labels, layout.grid, grid, interpolation="nearest")


def mean(values: Sequence[float]) -> float:
    """Of the finite ones; NaN of none."""
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


def _apart_mm(found: Anatomy, own: Anatomy, name: str) -> float:
    if name not in found.centroids or name not in own.centroids:
        return float("nan")
    return float(np.linalg.norm(found.centroids[name] - own.centroids[name]))


def _pieces(layout: Layout, name: str) -> float:
    return float(len(pieces(layout.body_of(name), corners=True)[1]) - 1)
