"""A layout drawn around given organs: placed, sampled around the mean of what they leave open, finished, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...catalog import label_value
from ...data.layout import UNKNOWN, Layout
from ...diffusion import SampleRequest, sample
from ...errors import ConfigError, MaskError
from ...frames import VoxelGrid, mask_on_grid
from ...networks.noisy_unet import noise_field
from ..model.device import autocast
from ..model.layout_sharpener import LayoutSharpener
from ..model.layout_stage import ORGANS, LayoutFrame, LayoutStage
from ..model.loaded import LAYOUT_STAGE, SHARPENER, LoadedModels
from ..settings import Progress
from ..values import MaskVolume
from .checks import faults
from .finish import SMOOTHINGS, finished, shares_on, smoothed, without_tables
from .measures import LayoutRanges

FRAME, RANGES, STRENGTH = "layout_frame", "layout_ranges", "layout_strength"


_WHOLE = 0.9  # of the region's edges, from which a grid holds the whole trunk


@dataclass(frozen=True)
class LayoutSettings:
    """How layouts are drawn.

    Args:
        strength: Share of the schedule by which a sample strays from the mean; 0 gives the mean itself, None what the
            model was measured to bear.
        steps: Denoising steps.
        attempts: Seeds that are tried until a layout passes the checks.
        sharpen: Make one layout of the shares of several, where the model can.
    """

    strength: float | None = None
    steps: int = 4
    attempts: int = 3
    sharpen: bool = True

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


@torch.no_grad()
def draw_layout(
    models: LoadedModels,
    masks: Sequence[MaskVolume],
    seed: int,
    grid: VoxelGrid | None = None,
    settings: LayoutSettings | None = None,
    *,
    beside: Layout | None = None,
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
        beside: Further organs that are known, wherever no mask stands; what it does not know is drawn.
        progress: Called as (stage, step, of); it may raise Cancelled.

    Raises:
        WeightsError: There is no layout stage.
        ConfigError: The stage knows none of the organs.
        MaskError: A mask is empty, or an organ is given twice.
    """
    settings = _resolved(settings or LayoutSettings(), models)
    stage: LayoutStage = models.network(LAYOUT_STAGE)
    frame = LayoutFrame({name: (x, y, z) for name, (x, y, z) in models.extra(FRAME).items()})
    ranges = LayoutRanges.from_dict(models.extra(RANGES)) if RANGES in models.extras else LayoutRanges()
    names = tuple(mask.require_body().structure for mask in masks)
    if len(set(names)) < len(names):
        raise MaskError(f"An organ is given twice: {', '.join(names)}.", hint="Give each organ once.")
    region = frame.grid({mask.structure: _centroid_ras(mask) for mask in masks}, stage.config)
    target = grid or region
    further = _further(beside, names)
    given = _bodies(further, target) | {mask.structure: _on(mask, target) for mask in masks}
    whole = (target.size_mm >= _WHOLE * region.size_mm).all()
    labels = _labels(masks, further, region).to(models.device)
    shown = stage.shown(labels)
    mean = mean_residual(stage, shown)
    sharp = settings.sharpen and models.sharpens
    found: list[tuple[list[str], DrawnLayout]] = []
    for attempt in range(settings.attempts if settings.strength or sharp else 1):
        residual = _sampled(models, stage, shown, mean, seed + attempt, settings, progress)
        scores = stage.scores(residual)
        if residual is not mean:
            middle = stage.scores(mean)
            scores = middle + smoothed(scores - middle)
        if sharp:
            scores = sharp_shares(models.network(SHARPENER), scores, labels > 0, seed + attempt)
        values = stage.config.code.values
        whole_region = scores[0] if sharp else without_tables(scores[0], values)
        outside = values.index(label_value("outside"))
        shares = shares_on(whole_region, region, target, outside, rounds=1 if sharp else SMOOTHINGS)
        layout = finished(shares, values, target, given)
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


def _further(beside: Layout | None, names: Sequence[str]) -> Layout | None:
    """What is known of organs that are not given as masks."""
    if beside is None:
        return None
    values = [label_value(name) for name in ORGANS if name not in names]
    labels = np.where(np.isin(beside.labels, values), beside.labels, UNKNOWN).astype(np.uint8)
    return Layout(labels, beside.grid) if labels.any() else None


def _bodies(organs: Layout | None, grid: VoxelGrid) -> dict[str, NDArray[np.bool_]]:
    """Name → (D, H, W) bool on a grid."""
    if organs is None:
        return {}
    here = organs if organs.grid == grid else organs.on(grid)
    return {name: here.body_of(name) for name in here.regions}


def _labels(masks: Sequence[MaskVolume], further: Layout | None, region: VoxelGrid) -> Tensor:
    """(1, D, H, W) uint8 label values of what is given, on the stage's region."""
    labels = np.zeros(region.shape_kji, dtype=np.uint8) if further is None else further.on(region).labels.copy()
    for mask in masks:
        labels[_on(mask, region)] = label_value(mask.structure)
    return torch.from_numpy(labels)[None]


def mean_residual(stage: LayoutStage, shown: tuple[Tensor, Tensor]) -> Tensor:
    """(1, C, d, h, w) the mean of what the organs leave open: the first evaluation of the denoiser."""
    device = stage.mean.device
    last = torch.full((1,), stage.config.schedule.steps - 1, device=device)
    z = torch.zeros((1, *stage.config.latent_shape), device=device)
    with torch.no_grad(), autocast(device):
        velocity = stage(z, last, *shown).float()
    return stage.schedule.x0_from_velocity(z, velocity, last)


@torch.no_grad()
def sharp_shares(sharpener: LayoutSharpener, scores: Tensor, given: Tensor, seed: int) -> Tensor:
    """(1, K, D, H, W) shares of the classes of one layout.

    Args:
        sharpener: The network; scores: (1, K, D, H, W) of the mean layout.
        given: (1, D, H, W) bool, where an organ is given.
        seed: Of what is made up.
    """
    shares = scores.clamp(1e-3, 1.0)
    shares = shares / shares.sum(1, keepdim=True)
    generator = torch.Generator().manual_seed(seed)
    noise = noise_field(given.shape[1:], len(sharpener.config.channels), [generator])
    with autocast(scores.device):
        sharp = sharpener(shares, given, [part.to(scores.device) for part in noise])
    return sharp.float().softmax(1)


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
