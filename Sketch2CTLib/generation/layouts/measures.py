"""Numbers of layouts that anatomy fixes: volumes, where organs lie to each other, what touches what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...catalog import label_value, region_of
from ...data.layout import Layout
from ..model.layout_stage import ORGANS

Place = NDArray[np.float64]
_LEAST_ML = 0.5
_CONTACT_MM2 = 150.0  # of common surface, from which two organs touch
_WIDER = 0.3  # of the range of volumes, on both sides
_FARTHER_MM = 20.0  # than the farthest seen
_LEAST_CASES = 3
_NEARLY_ALL, _LARGE_ML = 0.9, 20.0


def centroids_ras(layout: Layout) -> dict[str, Place]:
    """Organ → (3,) RAS centroid, of the organs that are there."""
    from scipy import ndimage

    found, boxes = {}, ndimage.find_objects(layout.labels, max_label=255)
    for name in ORGANS:
        value = label_value(name)
        box = boxes[value - 1]
        if box is None:
            continue
        places = np.argwhere(layout.labels[box] == value)
        if len(places) * layout.grid.voxel_ml >= _LEAST_ML:
            middle = places.mean(axis=0) + [side.start for side in box]
            found[name] = layout.grid.to_ras(middle[::-1])
    return found


def volumes_ml(layout: Layout) -> dict[str, float]:
    """Organ → mL, of the organs that are there."""
    counts = np.bincount(layout.labels.ravel(), minlength=256)
    return {
        name: float(counts[label_value(name)]) * layout.grid.voxel_ml
        for name in ORGANS
        if counts[label_value(name)] * layout.grid.voxel_ml >= _LEAST_ML
    }


def contacts(layout: Layout) -> frozenset[tuple[str, str]]:
    """Pairs of organs, by name, whose common surface is 1.5 cm² or more."""
    area_mm2 = float(layout.grid.spacing_mm[0]) ** 2
    counts: dict[tuple[int, int], int] = defaultdict(int)
    organs = {label_value(name) for name in ORGANS}
    for axis in range(3):
        first = np.moveaxis(layout.labels, axis, 0)[:-1].ravel()
        second = np.moveaxis(layout.labels, axis, 0)[1:].ravel()
        both = np.bincount((first.astype(np.int64) << 8) | second, minlength=1 << 16)
        for code in np.flatnonzero(both).tolist():
            low, high = sorted((code >> 8, code & 255))
            if low != high and {low, high} <= organs:
                counts[low, high] += int(both[code])
    pairs = [(region_of(a).name, region_of(b).name) for (a, b), n in counts.items() if n * area_mm2 >= _CONTACT_MM2]
    return frozenset(pair if pair[0] < pair[1] else (pair[1], pair[0]) for pair in pairs)


def cut_organs(layout: Layout) -> frozenset[str]:
    """Organs that reach the border of the layout's grid, or its unknown part: their numbers say little."""
    edge = np.ones(layout.labels.shape, dtype=np.bool_)
    edge[1:-1, 1:-1, 1:-1] = False
    values = set(np.unique(layout.labels[edge]).tolist())
    return frozenset(name for name in ORGANS if label_value(name) in values)


@dataclass(frozen=True)
class LayoutRanges:
    """What training layouts have.

    Args:
        volumes_ml: Organ → (least, most).
        offsets_mm: 'organ|given' → (3,) mean offset of centroids in RAS and (3,) farthest from it.
        contacts: Pairs of organs that touch in one of them.
        always: Organs that nearly all of them hold, of 20 mL or more.
    """

    volumes_ml: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    offsets_mm: Mapping[str, tuple[Sequence[float], Sequence[float]]] = field(default_factory=dict)
    contacts: tuple[tuple[str, str], ...] = ()
    always: tuple[str, ...] = ()

    @classmethod
    def of(cls, layouts: Iterable[Layout]) -> LayoutRanges:
        """The ranges of layouts; what fewer than three of them hold is left out."""
        volumes: dict[str, list[float]] = defaultdict(list)
        offsets: dict[str, list[Place]] = defaultdict(list)
        pairs: set[tuple[str, str]] = set()
        held: dict[str, list[float]] = defaultdict(list)
        count = 0
        for layout in layouts:
            count += 1
            for name, volume in volumes_ml(layout).items():
                held[name].append(volume)
            whole = {name: volume for name, volume in volumes_ml(layout).items() if name not in cut_organs(layout)}
            centroids = {name: place for name, place in centroids_ras(layout).items() if name in whole}
            for name, volume in whole.items():
                volumes[name].append(volume)
            for one, place in centroids.items():
                for other, from_place in centroids.items():
                    if one != other:
                        offsets[f"{one}|{other}"].append(place - from_place)
            pairs |= contacts(layout)
        return cls(
            {name: (min(seen), max(seen)) for name, seen in volumes.items() if len(seen) >= _LEAST_CASES},
            {key: _spread(seen) for key, seen in offsets.items() if len(seen) >= _LEAST_CASES},
            tuple(sorted(pairs)),
            tuple(n for n, v in held.items() if len(v) >= _NEARLY_ALL * count and np.median(v) >= _LARGE_ML),
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LayoutRanges:
        """Undoes `to_dict`."""
        return cls(
            {name: (low, high) for name, (low, high) in values["volumes_ml"].items()},
            {key: (tuple(mean), tuple(reach)) for key, (mean, reach) in values["offsets_mm"].items()},
            tuple((one, other) for one, other in values["contacts"]),
            tuple(values["always"]),
        )

    def odd_volumes(self, volumes: Mapping[str, float]) -> list[str]:
        """Organs whose volume is far from any seen."""
        odd = []
        for name, volume in volumes.items():
            if name in self.volumes_ml:
                low, high = self.volumes_ml[name]
                if not low * (1 - _WIDER) <= volume <= high * (1 + _WIDER):
                    odd.append(name)
        return odd

    def odd_places(self, centroids: Mapping[str, Place], given: Iterable[str]) -> list[str]:
        """Organs that lie farther from a given one than any seen."""
        odd = []
        given = set(given)
        for name, place in centroids.items():
            for other in given - {name}:
                known = self.offsets_mm.get(f"{name}|{other}")
                if name not in given and known is not None and other in centroids:
                    away = np.abs(place - centroids[other] - np.array(known[0]))
                    if (away > np.array(known[1]) + _FARTHER_MM).any():
                        odd.append(name)
                        break
        return odd


def _spread(seen: list[Place]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    offsets = np.array(seen)
    mean = offsets.mean(axis=0)
    reach = np.abs(offsets - mean).max(axis=0)
    return tuple(round(float(v), 1) for v in mean), tuple(round(float(v), 1) for v in reach)
