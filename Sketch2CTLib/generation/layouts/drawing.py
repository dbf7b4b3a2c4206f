"""A layout drawn around given organs: placed, sampled around the mean of what they leave open, finished, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...catalog import label_value
from ...data.layout import Layout
from ...diffusion import SampleRequest, sample
from ...errors import ConfigError, MaskError
from ...frames import VoxelGrid, mask_on_grid
from ..model.layout_stage import LayoutFrame, LayoutStage
from ..model.loaded import LoadedModels
from ..settings import Progress
from ..values import MaskVolume
from .checks import faults
from .finish import finished, shares_on
from .measures import LayoutRanges

COMPONENT, FRAME, RANGES, STRENGTH = "layout_diffusion", "layout_frame", "layout_ranges", "layout_strength"


_WHOLE = 0.9  # of the region's edges, from which a grid holds the whole trunk


@dataclass(frozen=True)
class LayoutSettings:
    """How layouts are drawn.

    Args:
        strength: Share of the schedule by which a sample strays from the mean; 0 gives the mean itself, None what the
            model was measured to bear.
        steps: Denoising steps.
        attempts: Seeds that are tried until a layout passes the checks.
    """

    strength: float | None = None
    steps: int = 4
    attempts: int = 3

    def __post_init__(self) -> None:
        if not 0.0 <= (self.strength or 0.0) <= 1.0 or self.steps < 1 or self.attempts < 1:
            raise ConfigError(f"A layout needs a strength from 0 to 1, and steps and attempts, got {self}.")


@dataclass(frozen=True, eq=False)
class DrawnLayout:
    """A layout and how it came about.

    Args:
        layout: With the given organs, to the voxel.
        seed: Of the noise that it was drawn from.
        given: Names of the organs that were asked.
        notes: What was passed over and what it still lacks, one sentence each.
    """

    layout: Layout
    seed: int
    given: tuple[str, ...]
    notes: tuple[str, ...] = ()


def draw_layout(
    models: LoadedModels,
    masks: Sequence[MaskVolume],
    seed: int,
    grid: VoxelGrid | None = None,
    settings: LayoutSettings | None = None,
    *,
    progress: Progress | None = None,
) -> DrawnLayout:
    """Draws the organs and tissues around some organs.

    Args:
        models: Loaded networks, with a layout stage.
        masks: The organs, each on any grid; where two overlap the later one stands.
        seed: Of the noise; where its layout fails the checks the next seeds are tried.
        grid: Where the layout is wanted, a RAS grid; the stage's own region about the organs if None. On a mask's own
            grid that mask is kept to the voxel, on others it is brought there by shape.
        settings: How to draw.
        progress: Called as (stage, step, of); it may raise Cancelled.

    Raises:
        WeightsError: There is no layout stage.
        ConfigError: The stage knows none of the organs.
        MaskError: A mask is empty, or an organ is given twice.
    """
    settings = _resolved(settings or LayoutSettings(), models)
    stage: LayoutStage = models.network(COMPONENT)
    frame = LayoutFrame({name: (x, y, z) for name, (x, y, z) in models.extra(FRAME).items()})
    ranges = LayoutRanges.from_dict(models.extra(RANGES)) if RANGES in models.extras else LayoutRanges()
    names = tuple(mask.require_body().structure for mask in masks)
    if len(set(names)) < len(names):
        raise MaskError(f"An organ is given twice: {', '.join(names)}.", hint="Give each organ once.")
    region = frame.grid({mask.structure: _centroid_ras(mask) for mask in masks}, stage.config)
    target = grid or region
    given = {mask.structure: _on(mask, target) for mask in masks}
    whole = (target.size_mm >= _WHOLE * region.size_mm).all()
    shown = _shown(stage, masks, region, models.device)
    mean = _mean(models, stage, shown)
    found: list[tuple[list[str], DrawnLayout]] = []
    for attempt in range(settings.attempts if settings.strength else 1):
        residual = _sampled(models, stage, shown, mean, seed + attempt, settings, progress)
        with torch.no_grad():
            shares = shares_on(stage.scores(residual)[0], region, target)
        layout = finished(shares, stage.config.code.values, target, given)
        told = faults(layout, names, ranges, whole_trunk=bool(whole))
        found.append((told, DrawnLayout(layout, seed + attempt, names)))
        if not told:
            break
    told, best = min(found, key=lambda one: len(one[0]))
    passed = [
        f"The layout of seed {one.seed} was drawn anew: {'; '.join(why)}." for why, one in found if one is not best
    ]
    left = [f"The layout is unusual: {'; '.join(told)}."] if told else []
    return DrawnLayout(best.layout, best.seed, names, tuple(passed + left))


def _resolved(settings: LayoutSettings, models: LoadedModels) -> LayoutSettings:
    """The settings with a strength; of a model that names none the mean is drawn."""
    if settings.strength is not None:
        return settings
    return replace(settings, strength=float(models.extras.get(STRENGTH, 0.0)))


def _centroid_ras(mask: MaskVolume) -> NDArray[np.float64]:
    return np.asarray(mask.grid.to_ras(np.argwhere(mask.body)[:, ::-1].mean(axis=0)))


def _on(mask: MaskVolume, grid: VoxelGrid) -> NDArray[np.bool_]:
    """The organ on a grid, to the voxel where it is its own."""
    return mask.body if mask.grid == grid else mask_on_grid(mask.body, mask.grid, grid)


def _shown(
    stage: LayoutStage, masks: Sequence[MaskVolume], region: VoxelGrid, device: torch.device
) -> tuple[Tensor, Tensor]:
    labels = np.zeros(region.shape_kji, dtype=np.uint8)
    for mask in masks:
        labels[_on(mask, region)] = label_value(mask.structure)
    shown, told = stage.shown(torch.from_numpy(labels)[None].to(device))
    return shown, told


def _mean(models: LoadedModels, stage: LayoutStage, shown: tuple[Tensor, Tensor]) -> Tensor:
    """(1, C, d, h, w) the mean of what the organs leave open: the first evaluation of the denoiser."""
    last = torch.full((1,), stage.config.schedule.steps - 1, device=models.device)
    z = torch.zeros((1, *stage.config.latent_shape), device=models.device)
    with torch.no_grad(), models.autocast():
        velocity = stage(z, last, *shown).float()
    return stage.schedule.x0_from_velocity(z, velocity, last)


def _sampled(
    models: LoadedModels,
    stage: LayoutStage,
    shown: tuple[Tensor, Tensor],
    mean: Tensor,
    seed: int,
    settings: LayoutSettings,
    progress: Progress | None,
) -> Tensor:
    if not settings.strength:
        return mean

    def denoise(z: Tensor, t: Tensor) -> Tensor:
        models.before_use()
        with torch.no_grad(), models.autocast():
            return stage(z, t, *shown).float()

    request = SampleRequest(stage.config.latent_shape, (seed,), settings.steps, strength=settings.strength)
    report = (lambda done, of: progress("layout", done, of)) if progress else None
    origin = mean[0] if settings.strength < 1.0 else None
    return sample(denoise, request, stage.schedule, device=models.device, on_step=report, origin=origin)
