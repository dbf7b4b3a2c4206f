"""How well generated slices can be told from real ones by a classifier that learned from other patients.

Logistic regression on what an extractor sees. Patients, not slices, are dealt into folds, and only slices of one fold
are compared with each other: scores of classifiers that learned from different patients do not compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .groups import TOLD_APART, Measure
from .left_out import Sets

_FOLDS = 4
_CONTROLS = 8
_RESAMPLES = 2000
_REGULARISED = 0.01  # inverse strength: far more features than patients
_STEPS = 200
Areas = NDArray[np.float64]  # (patients, patients): generated slices of one over real ones of another, NaN across folds


class ToldApart:
    """A classifier of real and generated slices, and its control, in which real patients play the generated ones.

    Args:
        real: What is seen in the real scans of every patient.
        seed: Of folds and resamples.
    """

    def __init__(self, real: Sets, seed: int = 1) -> None:
        self.real, self.seed = dict(real), seed
        self._controls: dict[int, tuple[float, float, float]] = {}

    def measure(self, found: Sets) -> Measure | None:
        """Area under the curve with its interval over patients, beside that of real scans in their place.

        The floor's interval holds 95 % of the draws of patients whose real scans play the generated ones. None for
        fewer than two patients: there would be nobody else to learn from.
        """
        if len(found) < 2 or len(self.real) < 4:
            return None
        planes = self._planes(found, self.real)
        low, high = self._interval(planes)
        area, (control, *floor) = _mean(planes), self._control(min(len(found), len(self.real) // 2))
        return Measure(TOLD_APART, area, control, low, high, floor=(floor[0], floor[1]))

    def _control(self, count: int) -> tuple[float, float, float]:
        if count not in self._controls:
            rng, drawn = np.random.default_rng(self.seed), []
            for _ in range(_CONTROLS):
                chosen = set(rng.choice(sorted(self.real), count, replace=False))
                sides = ({p: v for p, v in self.real.items() if (p in chosen) is kept} for kept in (True, False))
                drawn.append(_mean(self._planes(*sides)))
            ends = np.percentile(drawn, (2.5, 97.5))
            self._controls[count] = float(np.mean(drawn)), float(ends[0]), float(ends[1])
        return self._controls[count]

    def _planes(self, found: Sets, real: Sets) -> list[Areas]:
        return [self._areas(found, real, plane) for plane in range(len(next(iter(found.values()))))]

    def _areas(self, found: Sets, real: Sets, plane: int) -> Areas:
        from sklearn.metrics import roc_auc_score

        patients = sorted({*found, *real})
        areas = np.full((len(patients), len(patients)), np.nan)
        for learned, tested in self._folds(patients, found, real):
            classifier = _fitted(*_slices(learned, found, real, plane))
            score = {
                (side, p): classifier.decision_function(vectors[p][plane].numpy())
                for side, vectors in (("found", found), ("real", real))
                for p in tested
                if p in vectors
            }
            for a, b in ((a, b) for a in tested for b in tested if ("found", a) in score and ("real", b) in score):
                ours, theirs = score["found", a], score["real", b]
                marks = np.concatenate([np.ones(len(ours)), np.zeros(len(theirs))])
                areas[patients.index(a), patients.index(b)] = roc_auc_score(marks, np.concatenate([ours, theirs]))
        return areas

    def _folds(self, patients: list[str], found: Sets, real: Sets) -> Iterator[tuple[list[str], list[str]]]:
        """(learned from, tested on) of each fold, with generated and real scans in each of them."""
        from sklearn.model_selection import StratifiedKFold

        folds = min(_FOLDS, len(found))
        apart = len(patients) - len(found) >= folds  # as many in each fold; else all have generated scans, or nearly
        dealt = StratifiedKFold(folds, shuffle=True, random_state=self.seed)
        kinds = [int(apart and p in found) for p in patients]
        for learned, tested in dealt.split(np.zeros(len(patients)), kinds):
            yield [patients[at] for at in learned], [patients[at] for at in tested]

    def _interval(self, planes: list[Areas]) -> tuple[float, float]:
        """Of the mean over planes, patients drawn with replacement."""
        rng, count = np.random.default_rng(self.seed), len(planes[0])
        weights = rng.multinomial(count, np.full(count, 1.0 / count), size=_RESAMPLES).astype(np.float64)
        means = np.zeros(_RESAMPLES)
        for areas in planes:
            known = np.isfinite(areas)
            summed = np.einsum("ra,ab,rb->r", weights, np.where(known, areas, 0.0), weights)
            share = np.einsum("ra,ab,rb->r", weights, known.astype(np.float64), weights)
            means += np.divide(summed, share, out=np.full(_RESAMPLES, np.nan), where=share > 0) / len(planes)
        low, high = np.nanpercentile(means, (2.5, 97.5))
        return float(low), float(high)


def _mean(planes: list[Areas]) -> float:
    return float(np.mean([np.nanmean(areas) for areas in planes]))


def _slices(patients: list[str], found: Sets, real: Sets, plane: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """(vectors, 1 for generated) of some patients' slices."""
    sides = [[vectors[p][plane].numpy() for p in patients if p in vectors] for vectors in (real, found)]
    counts = [sum(map(len, side)) for side in sides]
    return np.concatenate([*sides[0], *sides[1]]), np.repeat([0, 1], counts)


def _fitted(vectors: NDArray[Any], generated: NDArray[Any]) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    regression = LogisticRegression(C=_REGULARISED, class_weight="balanced", max_iter=_STEPS)
    return make_pipeline(StandardScaler(), regression).fit(vectors, generated)
