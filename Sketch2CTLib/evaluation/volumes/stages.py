"""The stages whose scans are measured, from the codec alone to the whole chain: each draws the scan of a case.

A further stage is a function and one line in `STAGES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ...data.intensity import from_unit, to_unit
from ...data.prepared import PreparedCase, PreparedLayout, PreparedSet
from ...errors import ConfigError
from ...generation.model.fields import enlarged, pooled
from ...generation.pipeline import Pipeline
from ...generation.settings import Settings
from ...generation.values import ImageVolume
from ..masks.asked_cases import AskedCase
from ..masks.reconstruction import coded
from .cases import StageScan, case_mask, real_scan

CODEC, TRUE_LAYOUT, TRUE_MASK, CHAIN = "codec", "layout", "mask", "chain"


@dataclass(frozen=True)
class StageRun:
    """What stages draw with.

    Args:
        pipeline: The model.
        settings: How masks and scans are drawn.
        with_labels: Whether labelled neighbours are given besides a true mask.
    """

    pipeline: Pipeline
    settings: Settings
    with_labels: bool = False


@dataclass(frozen=True)
class Stage:
    """One way to a scan of a case.

    Args:
        name: In options, tables and files.
        says: What the scan is made from, for people.
        draw: A case and a seed → its scan, and the mask that the scan belongs to.
        can: Whether the case and the model have what it takes.
    """

    name: str
    says: str
    draw: Callable[[PreparedCase, StageRun, int], StageScan]
    can: Callable[[PreparedCase, StageRun], bool] = lambda case, run: True


def _round_trip(case: PreparedCase, run: StageRun, _seed: int) -> StageScan:
    """The case's own scan after encoding and decoding."""
    models = run.pipeline.volume_models or run.pipeline.mask_models
    real = real_scan(case)
    unit = pooled(to_unit(real.values, real.modality), models.preset.voxels)
    decoded = enlarged(coded(unit, models.network("image_autoencoder"))[0], case.grid.shape_kji[0])
    scan = ImageVolume(from_unit(np.clip(decoded, -1.0, 1.0), real.modality), case.grid, real.modality)
    return StageScan(scan, case_mask(case))


def _has_layout(case: PreparedCase, run: StageRun) -> bool:
    return run.pipeline.paints(case.structure, case.modality) and _layout_of(case) is not None


def _layout_of(case: PreparedCase) -> PreparedLayout | None:
    """That of the case's scan, where it was prepared."""
    key = f"{case.dataset}/{case.case}"
    return next((one for one in _layouts(case.folder) if one.key == key and one.modality == case.modality), None)


@cache
def _layouts(folder: Path) -> tuple[PreparedLayout, ...]:
    return tuple(PreparedSet(folder).layouts())


def _of_true_layout(case: PreparedCase, run: StageRun, seed: int) -> StageScan:
    """Painted from the case's own layout; what lies beyond its scan is drawn."""
    mask, own = case_mask(case), _layout_of(case)
    layout = None if own is None else own.layout()
    return StageScan(run.pipeline.image(mask, seed, run.settings, modality=case.modality, layout=layout), mask)


def _of_true_mask(case: PreparedCase, run: StageRun, seed: int) -> StageScan:
    mask = case_mask(case)
    labels = case.labels() if run.with_labels else None
    return StageScan(run.pipeline.image(mask, seed, run.settings, modality=case.modality, labels=labels), mask)


def _of_sketch(case: PreparedCase, run: StageRun, seed: int) -> StageScan:
    """Asked for by the case's own sketch, numbers and words; its mask is the one that was drawn."""
    mask = run.pipeline.masks(AskedCase(case).request(), (seed,), run.settings)[0].mask
    return StageScan(run.pipeline.image(mask, seed, run.settings, modality=case.modality), mask)


STAGES: tuple[Stage, ...] = (
    Stage(CODEC, "codec alone: round trips of real scans", _round_trip),
    Stage(TRUE_LAYOUT, "true layout → scan", _of_true_layout, _has_layout),
    Stage(TRUE_MASK, "true mask → scan", _of_true_mask),
    Stage(CHAIN, "whole chain, from a sketch and numbers", _of_sketch),
)
STAGE_NAMES: tuple[str, ...] = tuple(stage.name for stage in STAGES)


def stage_of(name: str) -> Stage:
    """The stage of that name.

    Raises:
        ConfigError: There is none.
    """
    for stage in STAGES:
        if stage.name == name:
            return stage
    raise ConfigError(f"Unknown stage '{name}'.", hint=f"Choose from {', '.join(STAGE_NAMES)}.")
