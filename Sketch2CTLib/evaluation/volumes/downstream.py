"""Downstream: the same segmenter trained on real scans, on generated ones, and on both, tested on real scans.

Every training has the same steps, so that 'both' is no longer study but a richer one. How a segmenter is trained is not
known here: whoever calls brings that (`Fit`), as the command line does with `training.segmenter`.

Reference: how synthetic scans are judged by the paper and by others (train on synthetic, test on real).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from monai.transforms import RandAffine
from numpy.typing import NDArray

from ... import catalog
from ...catalog import Modality
from ...data.intensity import to_unit
from ...data.prepared import PreparedCase, PreparedSet
from ...errors import ConfigError, DatasetError
from ...frames import signed_distance_mm
from ...generation.pipeline import Pipeline
from ...generation.settings import Settings
from ...generation.values import MaskVolume
from ...generation.volumes.labelled import Floats, LabelledScan, kept_scan, real_scans
from ..bootstrap import Interval, bootstrap_interval
from ..overlap import dice, hd95_mm
from ..row_log import RowLog
from ..table import CaseRow, Column

SOURCES = ("real", "synthetic", "both")
DOWNSTREAM_COLUMNS: tuple[Column, ...] = (
    Column("dice", "Dice"),
    Column("hd95_mm", "HD95 mm", digits=1, higher_is_better=False),
    Column("seed_sd", "Dice, sd over seeds", higher_is_better=None),
)
Progress = Callable[[int, int, str], None]

_ROTATION, _SHEAR, _SCALE = 0.12, 0.03, 0.1  # radians, –, – : how far an augmented mask strays
_EDGE = 2  # voxels that an augmented mask keeps from the cube's border


class Finder(Protocol):
    """A trained segmenter."""

    def marked(self, unit: Floats, structure: str, modality: str) -> NDArray[np.bool_]:
        """(V, V, V) bool of a cube in [−1, 1]: the structure."""


Fit = Callable[[Sequence[LabelledScan], str, int], Finder]  # (scans, name of the run, seed) → segmenter


@dataclass(frozen=True)
class Downstream:
    """What is compared.

    Args:
        structures: All that folder and pipeline share if empty.
        copies: Generated scans a training mask: the first of the mask itself, the others of masks augmented from it.
        seeds: One training each.
        limit: At most as many training cases a structure.
        voxels: Edge of the cubes that the segmenters learn from.
        settings: How scans are drawn.
        seed: Of the masks' augmentation and the scans.
    """

    structures: tuple[str, ...] = ()
    copies: int = 2
    seeds: tuple[int, ...] = (1, 2, 3)
    limit: int | None = None
    voxels: int = 64
    settings: Settings = field(default_factory=Settings)
    seed: int = 1

    def __post_init__(self) -> None:
        if self.copies < 1 or not self.seeds or (self.limit is not None and self.limit < 1):
            raise ConfigError(f"A downstream study needs copies, seeds and cases, got {self}.")

    def cases(self, prepared: PreparedSet, split: str) -> list[PreparedCase]:
        """The cases of a split that have an image; of the train split at most `limit` of each kind.

        Raises:
            DatasetError: There are none.
        """
        wanted = self.structures or catalog.names()
        found: list[PreparedCase] = []
        counts: dict[tuple[str, str], int] = {}
        for case in prepared.cases(split):
            kind = (case.structure, str(case.modality))
            if case.structure not in wanted or case.modality is None:
                continue
            counts[kind] = counts.get(kind, 0) + 1
            if split != "train" or self.limit is None or counts[kind] <= self.limit:
                found.append(case)
        if not found:
            raise DatasetError(f"'{prepared.folder}' has no {split} scans of {', '.join(wanted)}.")
        return found


def generated_scans(
    prepared: PreparedSet, pipeline: Pipeline, folder: Path, study: Downstream, progress: Progress | None = None
) -> list[LabelledScan]:
    """Scans drawn from the masks of the train split, kept in a folder; those that are there are not drawn again.

    Raises:
        DatasetError: There are no training masks.
        WeightsError: The pipeline has no volume stage.
        OutputError: The folder cannot be written.
    """
    cases = study.cases(prepared, "train")
    scans = []
    for at, case in enumerate(cases):
        for copy in range(study.copies):
            if progress:
                progress(at * study.copies + copy, len(cases) * study.copies, case.key)
            scans.append(_generated(case, copy, pipeline, folder, study))
    return scans


def _generated(case: PreparedCase, copy: int, pipeline: Pipeline, folder: Path, study: Downstream) -> LabelledScan:
    modality: Modality = "MR" if case.modality == "MR" else "CT"
    key = f"{case.key}/drawn_{copy}"

    def make() -> tuple[Floats, NDArray[np.bool_]]:
        numbers = [study.seed, copy, *case.key.encode()]
        rng = np.random.default_rng(numbers)
        body = case.mask() if copy == 0 else augmented(case, rng)
        mask = MaskVolume(body.astype(np.uint8), case.grid, case.structure)
        image = pipeline.image(mask, int(rng.integers(2**31)), study.settings, modality=modality)
        return to_unit(image.values, modality), body

    depends_on = [case.record, pipeline.hashes(), pipeline.scan_recipe, study.settings.image_steps, study.seed]
    return kept_scan(folder, (key, case.structure, modality), depends_on, make, voxels=study.voxels)


def augmented(case: PreparedCase, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A case's mask a little turned, sheared and stretched; unchanged where that would leave the cube."""
    mask = case.mask()
    signed = signed_distance_mm(mask, case.grid.spacing_mm)[None]
    warp = RandAffine(
        prob=1.0,
        rotate_range=(_ROTATION,) * 3,
        shear_range=(_SHEAR,) * 6,
        scale_range=(_SCALE,) * 3,
        padding_mode="border",
    )
    warp.set_random_state(seed=int(rng.integers(2**31)))
    moved = np.asarray(warp(signed))[0] > 0
    inner = np.zeros_like(moved)
    inner[(slice(_EDGE, -_EDGE),) * 3] = True
    return moved if moved.any() and not (moved & ~inner).any() else mask


def evaluate_downstream(
    prepared: PreparedSet,
    synthetic: Sequence[LabelledScan],
    fit: Fit,
    study: Downstream,
    folder: Path,
    *,
    log: RowLog | None = None,
    progress: Progress | None = None,
) -> list[CaseRow]:
    """One row a source and real validation case: mean Dice and HD95 of the seeds, and their standard deviation.

    Args:
        prepared: Prepared folder.
        synthetic: What `generated_scans` gave.
        fit: Trains a segmenter; the same steps whatever it is given.
        study: What is compared.
        folder: Where real scans are kept for training.
        log: Keeps the rows of finished trainings, so that a study that was cut off goes on.
        progress: Told (done, all, training).

    Raises:
        DatasetError: There are no scans to train or test on.
    """
    real, tests = real_scans(study.cases(prepared, "train"), folder, voxels=study.voxels), study.cases(prepared, "val")
    pools = {"real": real, "synthetic": list(synthetic), "both": [*real, *synthetic]}
    kept = log or RowLog(None, {})
    runs = [(source, seed) for seed in study.seeds for source in SOURCES]
    for at, (source, seed) in enumerate(runs):
        name = run_name(source, seed)
        if progress:
            progress(at, len(runs), name)
        if not all(kept.has(name, case.structure, case.key) for case in tests):
            finder = fit(pools[source], name, seed)
            kept.add([_tested(finder, case, name) for case in tests])
    return [_over_seeds(kept.rows, source, case, study.seeds) for case in tests for source in SOURCES]


def run_name(source: str, seed: int) -> str:
    """'both_2'."""
    return f"{source}_{seed}"


def _tested(finder: Finder, case: PreparedCase, name: str) -> CaseRow:
    image, mask = case.image(), case.mask()
    if image is None or case.modality is None:
        raise DatasetError(f"'{case.key}' has no image.")
    marked = finder.marked(to_unit(image, case.modality), case.structure, case.modality)
    values = {"dice": dice(mask, marked), "hd95_mm": hd95_mm(mask, marked, case.grid.spacing_mm)}
    return CaseRow(name, case.structure, case.key, values)


def _over_seeds(rows: Sequence[CaseRow], source: str, case: PreparedCase, seeds: Sequence[int]) -> CaseRow:
    names = {run_name(source, seed) for seed in seeds}
    of_case = [row.values for row in rows if row.case == case.key and row.method in names]
    scores = [values["dice"] for values in of_case]
    distances = [values["hd95_mm"] for values in of_case if np.isfinite(values["hd95_mm"])]
    values = {
        "dice": float(np.mean(scores)),
        "hd95_mm": float(np.mean(distances)) if distances else float("nan"),
        "seed_sd": float(np.std(scores, ddof=1)) if len(scores) > 1 else float("nan"),
    }
    return CaseRow(source, case.structure, case.key, values)


def gains(rows: Sequence[CaseRow], rng: np.random.Generator) -> dict[str, Any]:
    """What the two questions come to, by structure and for all cases, ready for JSON.

    Returns:
        structure (and 'all') → `synthetic_share`, mean Dice of synthetic over that of real (to reach: 0.95), and
        `both_gain`, Dice of both minus real, paired by case, with its bootstrap interval (to reach: above 0).
    """
    found: dict[str, Any] = {}
    for name in (*dict.fromkeys(row.structure for row in rows), "all"):
        dices = {
            source: {r.case: r.values["dice"] for r in rows if r.method == source and name in (r.structure, "all")}
            for source in SOURCES
        }
        cases = list(dices["real"])
        mean = {source: float(np.mean([dices[source][case] for case in cases])) for source in SOURCES}
        gain: Interval = bootstrap_interval([dices["both"][c] - dices["real"][c] for c in cases], rng)
        share = mean["synthetic"] / mean["real"] if mean["real"] > 0 else None
        found[name] = {"n": len(cases), "synthetic_share": share, "both_gain": gain.to_dict()}
    return found
