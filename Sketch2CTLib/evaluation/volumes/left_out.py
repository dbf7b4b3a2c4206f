"""Scans beside the real scans of all other patients, whose own distances, patients left out alike, are the floor.

A distance of few scans to many is large even between real ones, and the larger the fewer they are; only scans of
equally many patients, beside equally many others, say how far from real they are. A patient is never compared with
himself.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .groups import Measure

Vectors = tuple[Tensor, ...]  # (N, D) a plane, or a single (1, D) of a whole volume
Sets = Mapping[str, Vectors]  # by patient
Distance = Callable[[Tensor, Tensor], float]
Planes = NDArray[np.float64]  # (P,) distances, plane by plane

AT_A_TIME = 4  # patients of a set: as many as the smallest validation set of CT has
_DRAWS = 40
_RESAMPLES = 2000
_ENDS = (2.5, 97.5)  # percent


class LeftOut:
    """Distances to the real scans of all other patients.

    Args:
        real: Of every patient, all with equally many planes.
        distance: Of two sets of vectors.
        seed: Of the draws of patients and of resamples.
    """

    def __init__(self, real: Sets, distance: Distance, seed: int = 1) -> None:
        self.real, self.distance, self.seed = dict(real), distance, seed
        self._floors: dict[int, Planes] = {}

    def to_others(self, vectors: Sets) -> Planes:
        """The distances of some patients' scans, taken together, to the real scans of all other patients."""
        others = [self.real[patient] for patient in self.real if patient not in vectors]
        pairs = zip(_joined(vectors.values()), _joined(others), strict=True)
        return np.array([self.distance(found, real) for found, real in pairs])

    @cached_property
    def each(self) -> dict[str, Planes]:
        """Of each patient's real scans."""
        return {patient: self.to_others({patient: vectors}) for patient, vectors in self.real.items()}

    def one_by_one(self, name: str, found: Sets, *, paired: bool = False) -> Measure:
        """Mean over patients, one left out at a time; the floor is that of all real patients.

        The intervals are 95 % bootstrap intervals over patients; the ratio's resamples take a patient's generated and
        real scan together.

        Args:
            name: Of the measure.
            found: What is held against the real scans, by patient.
            paired: The floor is that of the same patients: a ratio that does not depend on who was chosen, and that
                says nothing of other patients.
        """
        own = {patient: self.to_others({patient: vectors}) for patient, vectors in found.items()}
        floor = {p: values for p, values in self.each.items() if p in own or not paired}
        both = np.array([[own[p].mean(), floor[p].mean()] for p in own])
        rest = np.array([values.mean() for p, values in floor.items() if p not in own])
        spans = _paired_spans(both, rest, np.random.default_rng(self.seed))
        planes = _plane_pairs(np.array(list(own.values())), np.array(list(floor.values())))
        level, real = float(both[:, 0].mean()), float(np.concatenate([both[:, 1], rest]).mean())
        return Measure(name, level, real, *spans[0], planes, spans[1], (_over(level, real), *spans[2]))

    def several(self, name: str, found: Sets) -> Measure:
        """Mean over sets of patients, `AT_A_TIME` of them left out at a time, or as many as there are.

        The floor's interval holds 95 % of the sets of real patients; the ratio's is the distance over its two ends.
        """
        count = min(AT_A_TIME, len(found), max(len(self.real) // 2, 1))
        drawn = [self.to_others({p: found[p] for p in chosen}) for chosen in self._chosen(list(found), count)]
        floors = self._floor(count)
        planes = _plane_pairs(np.array(drawn), floors)
        level, sums = float(np.mean(drawn)), floors.mean(axis=1)
        low, high = (float(end) for end in np.percentile(sums, _ENDS))
        ratio = (_over(level, float(sums.mean())), _over(level, high), _over(level, low))
        return Measure(name, level, float(sums.mean()), planes=planes, floor=(low, high), ratio=ratio)

    def _floor(self, count: int) -> Planes:
        if count not in self._floors:
            chosen = self._chosen(list(self.real), count)
            self._floors[count] = np.array([self.to_others({p: self.real[p] for p in some}) for some in chosen])
        return self._floors[count]

    def _chosen(self, patients: Sequence[str], count: int) -> list[tuple[str, ...]]:
        """All sets of so many patients, or as many as are worth it, drawn at random."""
        every = itertools.islice(itertools.combinations(patients, count), _DRAWS + 1)
        if len(few := list(every)) <= _DRAWS:
            return few
        rng = np.random.default_rng(self.seed)
        return [tuple(rng.choice(patients, count, replace=False)) for _ in range(_DRAWS)]


def _paired_spans(
    both: NDArray[np.float64], rest: NDArray[np.float64], rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Bootstrap intervals of a mean, of its floor, and of their ratio, for which those that have both are drawn alike.

    Args:
        both: (n, 2) generated and real, of patients that have both.
        rest: (m,) real, of the others.
    """
    if len(both) < 2:
        return [(float("nan"), float("nan"))] * 3
    pairs = both[rng.integers(0, len(both), (_RESAMPLES, len(both)))]  # (resamples, n, 2)
    others = rest[rng.integers(0, len(rest), (_RESAMPLES, len(rest)))] if len(rest) else np.zeros((_RESAMPLES, 0))
    means, floors = pairs[..., 0].mean(axis=1), np.concatenate([pairs[..., 1], others], axis=1).mean(axis=1)
    every = np.concatenate([both[:, 1], rest])
    alone = every[rng.integers(0, len(every), (_RESAMPLES, len(every)))].mean(axis=1)
    ends = [np.percentile(values, _ENDS) for values in (means, alone, means / np.maximum(floors, 1e-12))]
    return [(float(low), float(high)) for low, high in ends]


def _over(level: float, floor: float) -> float:
    """A ratio; NaN over nothing, as an unbiased distance of sets that are alike may be."""
    return level / floor if floor > 0 else float("nan")


def _joined(vectors: Iterable[Vectors]) -> list[Tensor]:
    return [torch.cat(plane) for plane in zip(*vectors, strict=True)]


def _plane_pairs(found: Planes, real: Planes) -> tuple[tuple[float, float], ...]:
    """(found, real) of each plane; nothing where there is but one."""
    if found.shape[1] < 2:
        return ()
    return tuple((float(a), float(b)) for a, b in zip(found.mean(axis=0), real.mean(axis=0), strict=True))
