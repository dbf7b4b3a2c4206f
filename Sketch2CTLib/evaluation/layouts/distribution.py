"""How volumes, places and contacts of organs are distributed over training layouts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.layout import Layout
from ...generation.layouts.measures import centroids_ras, contacts, cut_organs, volumes_ml

LEAST_CASES = 3  # from which a distribution is told
Pair = tuple[str, str]
Place = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Anatomy:
    """What is measured of one layout.

    Args:
        volumes_ml: Organ → mL, of those that are there.
        centroids: Organ → (3,) RAS.
        cut: Organs that reach the layout's border or what is unknown of it; their volume and place say little.
        touching: Pairs of organs that touch, by name.
    """

    volumes_ml: Mapping[str, float]
    centroids: Mapping[str, Place]
    cut: frozenset[str]
    touching: frozenset[Pair]

    @classmethod
    def of(cls, layout: Layout) -> Anatomy:
        """Measured."""
        return cls(volumes_ml(layout), centroids_ras(layout), cut_organs(layout), contacts(layout))

    @property
    def whole(self) -> frozenset[str]:
        """Organs that are there and not cut."""
        return frozenset(self.volumes_ml) - self.cut


@dataclass(frozen=True, eq=False)
class Distribution:
    """Of the anatomy of several layouts.

    Args:
        log_ml: Organ → median and standard deviation of the logarithm of its volume.
        offsets_mm: (organ, from organ) → (3,) mean offset of centroids and the root mean square distance from it.
        contacts: Pair → share of the layouts that hold both organs in which they touch.
    """

    log_ml: Mapping[str, tuple[float, float]]
    offsets_mm: Mapping[Pair, tuple[Place, float]]
    contacts: Mapping[Pair, float]

    @classmethod
    def of(cls, seen: Iterable[Anatomy]) -> Distribution:
        """What fewer than three of them hold is left out."""
        volumes: dict[str, list[float]] = defaultdict(list)
        offsets: dict[Pair, list[Place]] = defaultdict(list)
        touching: dict[Pair, list[bool]] = defaultdict(list)
        for one in seen:
            for name in one.whole:
                volumes[name].append(np.log(one.volumes_ml[name]))
                for other in one.whole - {name}:
                    offsets[name, other].append(one.centroids[name] - one.centroids[other])
            names = sorted(one.volumes_ml)
            for pair in ((a, b) for i, a in enumerate(names) for b in names[i + 1 :]):
                touching[pair].append(pair in one.touching)
        return cls(
            {n: (float(np.median(v)), float(np.std(v, ddof=1))) for n, v in volumes.items() if len(v) >= LEAST_CASES},
            {pair: _spread(found) for pair, found in offsets.items() if len(found) >= LEAST_CASES},
            {pair: float(np.mean(found)) for pair, found in touching.items() if len(found) >= LEAST_CASES},
        )

    def volume(self, name: str, ml: float) -> tuple[float, float]:
        """(÷ the median, standard deviations of the logarithm from it); NaN of what is not known."""
        if name not in self.log_ml:
            return float("nan"), float("nan")
        middle, spread = self.log_ml[name]
        away = float(np.log(ml)) - middle
        return float(np.exp(away)), abs(away) / max(spread, 1e-6)

    def offset(self, name: str, centroids: Mapping[str, Place], given: Sequence[str]) -> tuple[float, float]:
        """(mm from where an organ usually lies about the given ones, that ÷ the usual distance); means over them."""
        found = [
            (float(np.linalg.norm(centroids[name] - centroids[other] - self.offsets_mm[name, other][0])), usual)
            for other in given
            if other in centroids and (usual := self.offsets_mm.get((name, other), (None, 0.0))[1]) > 0
        ]
        if not found:
            return float("nan"), float("nan")
        away_mm, usual_mm = np.array(found).T
        return float(away_mm.mean()), float((away_mm / usual_mm).mean())


def _spread(found: Sequence[Place]) -> tuple[Place, float]:
    offsets = np.array(found)
    mean = offsets.mean(axis=0)
    return mean, float(np.sqrt(np.mean(np.sum((offsets - mean) ** 2, axis=1))))
