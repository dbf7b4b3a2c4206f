"""How the numbers of a structure go together in the training scans: what requests for data sets are sampled from.

The file `Resources/Catalog/joint_numbers.json` is written by `sketch2ct evaluate numbers` from the train split of
prepared folders: means, spreads and correlations of logarithms, never a case. Between organs of one scan it holds the
correlation of their volumes: of two kidneys alike in size, of a large patient all large.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import catalog, own_structures
from ..errors import ConfigError
from ..resources import resource_path
from .prepared import PreparedSet

FORMAT, VERSION = "sketch2ct.joint-numbers", 1
SOLID = (
    "volume_ml", "surface_area_cm2", "extent_rl_mm", "extent_ap_mm", "extent_si_mm", "max_diameter_mm"
)  # fmt: skip
TUBULAR = (*SOLID, "centreline_length_mm", "mean_cross_section_diameter_mm")
_LEAST_CASES = 10  # of which correlations are told
_TRIES = 200


@dataclass(frozen=True, eq=False)
class JointNumbers:
    """The numbers of one structure, log-normal together.

    Args:
        structure: Catalog name.
        names: Quantities, Q of them.
        cases: How many were measured.
        log_mean, log_sd: (Q,) of the natural logarithms.
        correlation: (Q, Q) of the logarithms, drawn towards none where cases are few.
        low, high: (Q,) smallest and largest value seen.
    """

    structure: str
    names: tuple[str, ...]
    cases: int
    log_mean: NDArray[np.float64]
    log_sd: NDArray[np.float64]
    correlation: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def sample(self, rng: np.random.Generator) -> dict[str, float]:
        """Numbers that could be of one body: within the range of the training cases, with their correlations.

        Args:
            rng: Source of chance; the same state gives the same numbers.
        """
        values = self.low
        for _ in range(_TRIES):
            values = self.at(rng.standard_normal(len(self.names)))
            if self.holds(values):
                break
        return self.told(values)

    def at(self, deviates: NDArray[np.float64]) -> NDArray[np.float64]:
        """(Q,) numbers of (Q,) independent standard deviates, the first of which decides the volume alone."""
        root = np.linalg.cholesky(self.correlation + 1e-9 * np.eye(len(self.names)))
        return np.asarray(np.exp(self.log_mean + self.log_sd * (root @ deviates)))

    def holds(self, values: NDArray[np.float64]) -> bool:
        """Whether all numbers lie within the range of the training cases."""
        return bool(((values >= self.low) & (values <= self.high)).all())

    def told(self, values: NDArray[np.float64]) -> dict[str, float]:
        """Numbers by name, of four digits, within the range."""
        values = np.clip(values, self.low, self.high)
        return {name: float(f"{value:.4g}") for name, value in zip(self.names, values, strict=True)}


def sample_together(structures: Sequence[str], rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Structure → numbers that could be of organs of one patient: their volumes go together as in the training scans.

    Args:
        structures: Catalog names, each once.
        rng: Source of chance; the same state gives the same numbers.

    Raises:
        ConfigError: Of one of them nothing is known.
    """
    organs = [joint_numbers(name) for name in structures]
    root = _root([[volume_correlation(one, other) for other in structures] for one in structures])
    values = [one.low for one in organs]
    for _ in range(_TRIES):
        volumes = root @ rng.standard_normal(len(organs))
        later = [rng.standard_normal(len(one.names) - 1) for one in organs]
        values = [one.at(np.array([z, *rest])) for one, z, rest in zip(organs, volumes, later, strict=True)]
        if all(one.holds(found) for one, found in zip(organs, values, strict=True)):
            break
    return {name: one.told(found) for name, one, found in zip(structures, organs, values, strict=True)}


def volume_correlation(structure: str, other: str, path: Path | None = None) -> float:
    """How the logarithms of two organs' volumes correlate over scans that show both; 0 where too few do.

    Args:
        structure, other: Catalog names.
        path: A file in place of the shipped one.
    """
    if structure == other:
        return 1.0
    between = _between(path or resource_path("Catalog", "joint_numbers.json"))
    return between.get((structure, other), between.get((other, structure), 0.0))


def _root(correlation: list[list[float]]) -> NDArray[np.float64]:
    """(N, N) a root of the matrix, or of one near it: pairs of different scans may not make one of correlations."""
    values, vectors = np.linalg.eigh(np.array(correlation))
    root = vectors * np.sqrt(np.maximum(values, 1e-9))
    return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True))


def joint_numbers(structure: str, path: Path | None = None) -> JointNumbers:
    """How the numbers of a structure go together.

    Args:
        structure: Catalog name or alias.
        path: A file in place of the shipped one.

    Raises:
        UnknownStructure: The catalog has no such structure.
        ConfigError: The file is missing or damaged, or tells nothing of the structure.
    """
    name = catalog.structure(structure).name
    told = own_structures.statistics("joint_numbers", name) if path is None else None
    known = _read(path or resource_path("Catalog", "joint_numbers.json"))
    if told is not None:
        return _own(name, told)
    if name not in known:
        raise ConfigError(
            f"It is not known how the numbers of '{name}' go together.", hint=f"Known are {', '.join(known)}."
        )
    return known[name]


def joint_statistics(folders: Iterable[PreparedSet], split: str = "train") -> dict[str, Any]:
    """What `joint_numbers` reads, as JSON values, over the cases of one split.

    Correlations R of n cases and q numbers are kept as (n R + q I) / (n + q): twenty aortas do not tell twenty-eight
    correlations.
    """
    values: dict[str, list[list[float]]] = defaultdict(list)
    volumes: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for prepared in folders:
        for case in prepared.cases(split):
            measured = case.metrics
            row = [measured.get(name, 0.0) for name in _names(case.structure)]
            if min(row) > 0:
                values[case.structure].append(row)
                volumes[case.dataset, case.case][case.structure] = math.log(row[0])
    structures = {name: _summary(name, np.array(rows)) for name, rows in sorted(values.items())}
    return {
        "format": FORMAT,
        "version": VERSION,
        "split": split,
        "structures": {name: one for name, one in structures.items() if one["cases"] >= _LEAST_CASES},
        "between": _between_organs(volumes.values()),
    }


def _between_organs(volumes: Iterable[Mapping[str, float]]) -> dict[str, dict[str, Any]]:
    """Structure → another → how many scans show both, and how the logarithms of their volumes correlate."""
    pairs: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for scan in volumes:
        for one, other in combinations(sorted(scan), 2):
            pairs[one, other].append((scan[one], scan[other]))
    told: dict[str, dict[str, Any]] = defaultdict(dict)
    for (one, other), rows in sorted(pairs.items()):
        count = len(rows)
        if count >= _LEAST_CASES:
            shrunk = float(np.corrcoef(np.array(rows).T)[0, 1]) * count / (count + 2)
            told[one][other] = {"cases": count, "volume_correlation": float(f"{shrunk:.4g}")}
    return dict(told)


def _names(structure: str) -> tuple[str, ...]:
    return TUBULAR if catalog.structure(structure).tubular else SOLID


def _summary(structure: str, rows: NDArray[np.float64]) -> dict[str, Any]:
    logs, (count, width) = np.log(rows), rows.shape
    correlation = np.corrcoef(logs.T) if count > 1 else np.eye(width)
    shrunk = (count * correlation + width * np.eye(width)) / (count + width)
    return {
        "cases": count,
        "names": list(_names(structure)),
        "log_mean": _short(logs.mean(axis=0)),
        "log_sd": _short(logs.std(axis=0, ddof=1 if count > 1 else 0)),
        "low": _short(rows.min(axis=0)),
        "high": _short(rows.max(axis=0)),
        "correlation": [_short(row) for row in shrunk],
    }


def _short(values: NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.5g}") for value in values]


def _own(name: str, told: dict[str, Any]) -> JointNumbers:
    """What came with a structure of the user's own.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        return _joint(name, told)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"The joint numbers of '{name}' cannot be read ({error}).", hint="Train or fetch its model again."
        ) from error


@cache
def _between(path: Path) -> dict[tuple[str, str], float]:
    try:
        told = json.loads(path.read_text(encoding="utf-8")).get("between", {})
        return {(one, other): float(at["volume_correlation"]) for one in told for other, at in told[one].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"The joint numbers in '{path}' cannot be read ({error}).",
            hint="Make them with 'sketch2ct evaluate numbers'.",
        ) from error


@cache
def _read(path: Path) -> dict[str, JointNumbers]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT or record["version"] != VERSION:
            raise ValueError(f"format {record['format']!r}, version {record['version']!r}")
        return {name: _joint(name, told) for name, told in record["structures"].items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"The joint numbers in '{path}' cannot be read ({error}).",
            hint="Make them with 'sketch2ct evaluate numbers'.",
        ) from error


def _joint(name: str, told: dict[str, Any]) -> JointNumbers:
    names = tuple(told["names"])
    arrays = [np.array(told[key], dtype=np.float64) for key in ("log_mean", "log_sd", "correlation", "low", "high")]
    if [array.shape for array in arrays] != [(len(names),)] * 2 + [(len(names),) * 2] + [(len(names),)] * 2:
        raise ValueError(f"the numbers of {name} do not fit each other")
    return JointNumbers(name, names, int(told["cases"]), *arrays)
