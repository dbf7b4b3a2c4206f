"""Measures of generated scans as a set: distances, spread, continuity, and whether they can be told from real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...data.intensity import to_unit
from ...data.prepared import PreparedCase
from ...generation.values import ImageVolume
from .cases import real_scan
from .features import SliceExtractor, slices_of
from .groups import ASTRA, FRECHET_ONE, FRECHET_PAIRED, FRECHET_SEVERAL, KERNEL_SEVERAL, TEXTURES, Measure
from .left_out import LeftOut, Vectors
from .measures import (
    continuity,
    diversity,
    frechet_distance,
    kernel_distance,
    likeness,
    nearest_distances,
    precision_recall,
    slicewise,
)
from .textures import scaled
from .told_apart import ToldApart
from .vectors import AXES, Describer, VectorCache, network_of, textures

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Seeing:
    """What looks at scans.

    Args:
        extractor: Sees slices.
        cache: Keeps what was seen.
        astra: Sees whole CT scans; None leaves its distance out.
    """

    extractor: SliceExtractor
    cache: VectorCache
    astra: Describer | None = None

    @cached_property
    def network(self) -> Describer:
        """The extractor's vectors of the three planes."""
        return network_of(self.extractor)

    @cached_property
    def textures(self) -> Describer:
        """Textures of the three planes."""
        return textures()

    def sets(self, describer: Describer, scans: Mapping[str, Sequence[ImageVolume]]) -> dict[str, Vectors]:
        """Vectors by patient, of all of his scans together."""
        return {
            patient: tuple(
                torch.cat(plane) for plane in zip(*(self.cache.vectors(describer, one) for one in several), strict=True)
            )
            for patient, several in scans.items()
        }


def by_patient(cases: Sequence[PreparedCase], scans: Sequence[ImageVolume]) -> dict[str, list[ImageVolume]]:
    """The scans of each patient."""
    found: dict[str, list[ImageVolume]] = {}
    for case, scan in zip(cases, scans, strict=True):
        found.setdefault(case.patient, []).append(scan)
    return found


class RealScans:
    """The real scans of all patients of one structure and modality: what generated ones are held against.

    Floors are measured once, whatever the number of stages.

    Args:
        cases: Of all patients.
        seeing: What looks at them.
        seed: Of draws and resamples.
    """

    def __init__(self, cases: Sequence[PreparedCase], seeing: Seeing, seed: int) -> None:
        self.seeing = seeing
        scans = by_patient(cases, [real_scan(case) for case in cases])
        network, self._textures = (seeing.sets(one, scans) for one in (seeing.network, seeing.textures))
        self._frechet, self._kernel = (LeftOut(network, d, seed) for d in (frechet_distance, kernel_distance))
        self._texture = LeftOut(scaled(self._textures, self._textures), frechet_distance, seed)
        self._told_apart = ToldApart(network, seed)
        self._astra: LeftOut | None = None
        if seeing.astra is not None and cases[0].modality == "CT":
            self._astra = LeftOut(seeing.sets(seeing.astra, scans), frechet_distance, seed)

    def measures(self, drawn: Mapping[str, Sequence[ImageVolume]]) -> list[Measure]:
        """Of generated scans by patient: their distances to the real scans of other patients, and the classifier.

        None of them where there is but one patient.
        """
        if len(self._frechet.real) < 2:
            return []
        found, seeing = self.seeing.sets(self.seeing.network, drawn), self.seeing
        taken = [
            self._frechet.one_by_one(FRECHET_ONE, found),
            self._frechet.one_by_one(FRECHET_PAIRED, found, paired=True),
            self._frechet.several(FRECHET_SEVERAL, found),
            self._kernel.several(KERNEL_SEVERAL, found),
            self._texture.several(TEXTURES, scaled(seeing.sets(seeing.textures, drawn), self._textures)),
        ]
        if self._astra is not None and seeing.astra is not None:
            taken.append(self._astra.several(ASTRA, seeing.sets(seeing.astra, drawn)))
        told_apart = self._told_apart.measure(found)
        return taken if told_apart is None else [*taken, told_apart]


@dataclass
class ScanSets:
    """Generated, real and training scans of one group.

    Args:
        found, real: As many of each.
        train: Those of training.
        seeing: What looks at them.
    """

    found: Sequence[ImageVolume]
    real: Sequence[ImageVolume]
    train: Sequence[ImageVolume]
    seeing: Seeing

    def measures(self, rng: np.random.Generator) -> list[Measure]:
        """All that need neither mask nor patient."""
        return [*self._distances(), *self._spread(rng), *self._continuity()]

    def nearest(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each generated and each real scan the distance to the nearest training scan."""
        train = [_unit(scan) for scan in self.train]
        return nearest_distances(self._units[0], train), nearest_distances(self._units[1], train)

    @cached_property
    def _units(self) -> tuple[list[Floats], list[Floats]]:
        return [_unit(scan) for scan in self.found], [_unit(scan) for scan in self.real]

    def _distances(self) -> list[Measure]:
        table: dict[str, list[tuple[float, float]]] = {name: [] for name in ("fid", "kid", "precision", "recall")}
        for axis in AXES:
            *sides, train = (self._plane(scans, axis) for scans in (self.found, self.real, self.train))
            covered = [precision_recall(vectors, train) for vectors in sides]
            for name, values in (
                ("fid", [frechet_distance(vectors, train) for vectors in sides]),
                ("kid", [kernel_distance(vectors, train) for vectors in sides]),
                ("precision", [precision for precision, _ in covered]),
                ("recall", [recall for _, recall in covered]),
            ):
                table[name].append((values[0], values[1]))
        return [
            Measure(name, float(np.mean(planes, axis=0)[0]), float(np.mean(planes, axis=0)[1]), planes=tuple(planes))
            for name, planes in table.items()
        ]

    def _plane(self, scans: Sequence[ImageVolume], axis: int) -> Tensor:
        return torch.cat([self.seeing.cache.vectors(self.seeing.network, scan)[axis] for scan in scans])

    def _spread(self, rng: np.random.Generator) -> list[Measure]:
        generated, real = (
            diversity([self.seeing.extractor(slices_of(unit, 0)) for unit in units], rng) for units in self._units
        )
        alike = [likeness(units, rng) for units in self._units]
        return [Measure("diversity", generated, real), Measure("ms_ssim", alike[0], alike[1])]

    def _continuity(self) -> list[Measure]:
        generated, real = (_mean([continuity(v, a) for v in units for a in AXES]) for units in self._units)
        piled = _mean([continuity(slicewise(self._units[0], axis), axis) for axis in AXES])
        return [Measure("continuity", generated, real), Measure("slicewise", piled, real)]


def _unit(scan: ImageVolume) -> Floats:
    return to_unit(scan.values, scan.modality)


def _mean(values: Sequence[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")
