"""What the diffusion tasks share, and those of the mask stage: prior and denoiser, on cached latents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from .. import catalog
from ..conditioning import ConditionBatch
from ..description.quantities import QUANTITIES
from ..diffusion import SampleRequest, Schedule, sample, v_loss
from ..errors import WeightsError
from ..frames import VoxelGrid
from ..generation.conditions import fill_views
from ..generation.memory import MaskMemory
from ..generation.model.presets import Preset
from ..generation.model.residual import MaskPrior, MeanConditions, ResidualMaskStage
from ..generation.model.stages import mask_stage
from ..generation.values import MaskVolume
from ..networks import Coder, FilmUNetConfig, PatchAutoencoder, build_coder
from ..weights import ModelFolder
from .autoencoders import corpus_summary
from .batch_part import BatchPart, drawn_rows, noise_generators
from .latents import cached_latents
from .loop import TaskSettings
from .pictures import save_slices
from .samples import ConditionSource, Corpus
from .start import kept_scales, load_widened

VALIDATION_STEPS = 12
VALIDATION_CASES = 8
NUMBER_JITTER = 0.15  # standard deviations of each number
SPREAD_SAMPLES = 200
COUNT_JITTER = 1.0  # of counts: a hole more or less hangs on a few voxels, and says nothing of where the mass lies
OCCUPANCY_WEIGHT = 0.5  # of the occupancy's loss beside the field's
OCCUPANCY_STRIDE = 2  # voxels along each axis of which one counts
LOG_ODDS = 6.0  # a unit of the field (the truncation) in log-odds of the occupancy
NEAR_SURFACE = 0.95  # of the truncation
NOISIEST = 0.5  # of a batch stands at the last time step, where a denoiser gives the prior mean


def load_autoencoder(models: ModelFolder, name: str, preset: Preset) -> Coder:
    """A frozen, trained autoencoder.

    Raises:
        WeightsError: It is not there yet.
    """
    if not models.exists or name not in models.index()["components"]:
        raise WeightsError(f"'{models.folder}' has no trained '{name}'.", hint=f"Train {name.replace('_', '-')} first.")
    autoencoder = build_coder(preset.mask_autoencoder if name.startswith("mask") else preset.image_autoencoder)
    models.load_into(name, autoencoder)
    return autoencoder.eval().requires_grad_(False)


class DiffusionTask:
    """What both share: latents, scale, the objective, validation at fixed noise."""

    name: str
    module: nn.Module
    autoencoder: Coder
    scale: float

    def __init__(self, preset: Preset, models: ModelFolder, settings: TaskSettings) -> None:
        self.preset, self.models, self.seed = preset, models, settings.seed
        self.schedule = Schedule(preset.schedule)

    def _loss_at_fixed_noise(self, denoise: Callable[[Tensor, Tensor], Tensor], x0: Tensor, repeats: int = 4) -> float:
        """Mean v-loss over the same time steps and noise at every validation."""
        generators = [torch.Generator().manual_seed(n) for n in range(repeats)]
        return float(np.mean([v_loss(denoise, x0, self.schedule, g).mean().item() for g in generators]))

    def _decoded(self, z: Tensor) -> Tensor:
        """(N, 1, V, V, V) float32 volumes of scaled latents, one at a time."""
        coder = self.autoencoder.to(z.device)
        return torch.cat([coder.decode(one) for one in (z / self.scale).split(1)]).float().cpu()


class _MaskTask(DiffusionTask):
    """What prior and denoiser of the mask stage share: latents, conditions, validation, export."""

    def __init__(self, train: Corpus, val: Corpus, preset: Preset, models: ModelFolder, settings: TaskSettings) -> None:
        super().__init__(preset, models, settings)
        cache, device = settings.cache, settings.device
        self.train, self.val = train, val
        self.autoencoder = load_autoencoder(models, "mask_autoencoder", preset)
        key = models.component("mask_autoencoder")["sha256"]
        latents, self.val_latents = (
            cached_latents(c, "target", self.autoencoder, key, cache, device=device) for c in (train, val)
        )
        self.latents = latents
        kept = settings.start or self._built_on()
        if kept is None:
            self.scale = 1.0 / float(latents[:: max(1, len(latents) // 500)].astype(np.float32).std())
            self.scaler = train.fit_scaler()
        else:
            self.scale, self.scaler = kept_scales(kept, train)
        asked = preset.request_conditioner
        self.source, self.val_source = (ConditionSource(c, self.scaler, asked) for c in (train, val))
        self.probabilities = train.weights(settings.shares)
        torch.manual_seed(settings.seed)
        # A whitened channel counts by its standard deviation, so that the error is that of the field.
        coder = self.autoencoder
        self.channel_weights = coder.channel_weights() if isinstance(coder, PatchAutoencoder) else None

    def _built_on(self) -> ModelFolder | None:
        """The model whose scales are kept, since the network works beside another of it."""
        return None

    def _begun(self, module: nn.Module, start: ModelFolder | None) -> nn.Module:
        """The network with the weights to start from, if there are any."""
        if start is not None:
            load_widened(module, start.load_state(self.name))
        return module

    def _asked(
        self, part: BatchPart, device: torch.device
    ) -> tuple[ConditionBatch, Tensor, Sequence[np.random.Generator]]:
        """The conditions and clean latents of a part of a batch, and the generators of its samples."""
        rngs = part.generators(self.seed)
        rows = drawn_rows(rngs, self.probabilities)
        conditions = self.source.some_batch(rows, rngs).to(device)
        return conditions, torch.from_numpy(self.latents[rows].astype(np.float32) * self.scale).to(device), rngs

    def _validation(self) -> tuple[NDArray[np.int64], ConditionBatch, Tensor]:
        """The first validation cases of each structure, asked as `_plain` says, and their latents."""
        chosen: list[int] = []
        for name in catalog.names():
            rows = [i for i, r in enumerate(self.val.records) if r.structure == name]
            chosen += rows[: VALIDATION_CASES if name == "liver" else 3]
        rows_of = np.array(chosen)
        x0 = torch.from_numpy(self.val_latents[rows_of].astype(np.float32) * self.scale)
        return rows_of, self._plain(rows_of), x0

    def _plain(self, rows: NDArray[np.int64]) -> ConditionBatch:
        """What validation asks: the clean sketch on the usual view, all numbers, all words."""
        drawings, count = np.zeros(len(rows), dtype=np.int64), self.preset.request_conditioner.sketches
        views = np.array([fill_views([int(v)], count) for v in self.val_source.view[rows]])
        return self.val_source.batch(rows, drawings, views, np.arange(count) < np.ones((len(rows), 1)))

    def _dice(self, z: Tensor, rows: NDArray[np.int64], picture: Path) -> dict[str, float]:
        """Dice of latents against their cases by structure; a picture of both."""
        decoded, wanted = self._decoded(z), self.val.targets(rows)
        inside, true = (decoded > 0).flatten(1), (wanted > 0).flatten(1)
        overlap = 2 * (inside & true).sum(1) / (inside.sum(1) + true.sum(1))
        save_slices(picture, list(zip(wanted[:, 0].numpy(), decoded[:, 0].numpy(), strict=True)))
        structures = [self.val.records[r].structure for r in rows]
        return {f"dice_{s}": float(overlap[[x == s for x in structures]].mean()) for s in sorted(set(structures))}

    def _config(self) -> dict[str, Any]:
        raise NotImplementedError

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the averaged weights, the number scaler, the latent scale and the memory of the training masks."""
        extras = {"mask_latent_scale": self.scale, "number_scaler": self.scaler.to_dict()}
        provenance = provenance | {"data": corpus_summary(self.train)}
        self.models.save_component(
            self.name, module, self._config(), provenance, preset=self.preset.name, extras=extras
        )
        memory = MaskMemory.fit(training_masks(self.train))
        memory.save(self.models, {"data": "training split"}, preset=self.preset.name)


class MaskPriorTask(_MaskTask):
    """The prior mean of stage 1: regression of mask latents."""

    name = "mask_prior"

    def __init__(self, train: Corpus, val: Corpus, preset: Preset, models: ModelFolder, settings: TaskSettings) -> None:
        super().__init__(train, val, preset, models, settings)
        self.module = self._begun(MaskPrior(preset), settings.start)

    def loss(self, module: nn.Module, part: BatchPart) -> tuple[Tensor, dict[str, float]]:
        """Squared error of the field, near enough, and of its occupancy; numbers jitter, as people's do."""
        conditions, x0, rngs = self._asked(part, next(module.parameters()).device)
        mean = module(_jittered(conditions, rngs)).float()
        squared = (mean - x0).square()
        if self.channel_weights is not None:
            squared = squared * self.channel_weights.to(squared).view(1, -1, 1, 1, 1)
        field = squared.mean()
        if not isinstance(self.autoencoder, PatchAutoencoder):
            return field, {}
        coder = self.autoencoder.to(mean.device)
        occupancy = occupancy_loss(*(coder.linear(z / self.scale, OCCUPANCY_STRIDE) for z in (mean, x0)))
        return field + OCCUPANCY_WEIGHT * occupancy, {
            "field": float(field.detach()),
            "occupancy": float(occupancy.detach()),
        }

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """Dice of the prior means of the first validation cases of each structure, as the network leaves them."""
        rows, conditions, _ = self._validation()
        z = module(conditions.to(next(module.parameters()).device)).float()
        return self._dice(z, rows, folder / f"step_{step:06d}.png")

    def _config(self) -> dict[str, Any]:
        return {"conditioner": asdict(self.preset.prior_conditioner), "net": asdict(self.preset.mask_prior)}  # type: ignore[arg-type]


def training_masks(train: Corpus) -> Iterator[tuple[str, MaskVolume]]:
    """('dataset/case', mask) of each case of a corpus, as it is before it was warped."""
    seen = set()
    for row, record in enumerate(train.records):
        name, structure = f"{record.dataset}/{record.case}", catalog.structure(record.structure)
        if (name, structure.name) not in seen:
            seen.add((name, structure.name))
            body = train.targets(np.array([row]))[0, 0].numpy() > 0
            grid = VoxelGrid.ras_cube((0.0, 0.0, 0.0), structure.cube_mm, train.voxels)
            yield name, MaskVolume(body.view(np.uint8), grid, structure.name)


def occupancy_loss(field: Tensor, true: Tensor) -> Tensor:
    """Cross-entropy of each voxel's occupancy, with the field as its log-odds, where either surface may pass.

    Its minimum is the probability that a voxel is inside; the most probable voxels of the asked volume have the largest
    expected Dice. Every sample counts alike, however large its surface.

    Args:
        field, true: (N, 1, V, V, V) truncated signed distances in [−1, 1], positive inside.

    Reference: Nordström et al., "On image segmentation with noisy labels: characterization and volume properties of
    the optimal solutions to accuracy and Dice", NeurIPS 2022.
    """
    near = (field.detach().abs() < NEAR_SURFACE) | (true.abs() < NEAR_SURFACE)
    losses = functional.binary_cross_entropy_with_logits(LOG_ODDS * field, (true > 0).float(), reduction="none")
    return ((losses * near).flatten(1).sum(1) / near.flatten(1).sum(1).clamp_min(1)).mean()


def _jittered(conditions: ConditionBatch, rngs: Sequence[np.random.Generator]) -> ConditionBatch:
    """Numbers as people know them: nearly."""
    std = np.array([COUNT_JITTER if q.name in _COUNTS else NUMBER_JITTER for q in QUANTITIES])
    jitter = torch.from_numpy(np.stack([rng.normal(0.0, std) for rng in rngs])).to(conditions.z_scores)
    return replace(conditions, z_scores=conditions.z_scores + jitter)


_COUNTS = ("components", "holes")


class MaskDiffusionTask(_MaskTask):
    """Stage 1: mask latents under sketches, words and numbers, each dropped at random."""

    name = "mask_diffusion"

    def _built_on(self) -> ModelFolder | None:
        """The model with the prior that masks are drawn around.

        Raises:
            WeightsError: It is not trained yet.
        """
        if not isinstance(self.preset.mask_denoiser, FilmUNetConfig):
            return None
        if not self.models.exists or "mask_prior" not in self.models.index()["components"]:
            raise WeightsError(f"'{self.models.folder}' has no trained prior.", hint="Train mask-prior first.")
        return self.models

    def __init__(self, train: Corpus, val: Corpus, preset: Preset, models: ModelFolder, settings: TaskSettings) -> None:
        super().__init__(train, val, preset, models, settings)
        stage = mask_stage(preset)
        self.prior: MaskPrior | None = None
        if isinstance(stage, ResidualMaskStage):
            self.prior = self._trained_prior()
            stage.begin_with(self.prior.state_dict())
            stage.spread.copy_(self._spread(self.prior))
        self.module = self._begun(stage, settings.start)
        self.unit = float(self.module.unit)  # type: ignore[arg-type]

    def _trained_prior(self) -> MaskPrior:
        """The frozen prior that masks are drawn around."""
        prior = MaskPrior(self.preset)
        self.models.load_into("mask_prior", prior)
        return prior.eval().requires_grad_(False)

    @torch.no_grad()
    def _spread(self, prior: MaskPrior) -> Tensor:
        """(C,) standard deviation of each channel around the mean of what requests leave open, over drawn samples."""
        rngs = [np.random.default_rng([self.seed, n]) for n in range(SPREAD_SAMPLES)]
        rows = drawn_rows(rngs, self.probabilities)
        x0 = torch.from_numpy(self.latents[rows].astype(np.float32) * self.scale)
        means = [prior(self.source.some_batch(rows[n : n + 1], rngs[n : n + 1])) for n in range(len(rows))]
        return (x0 - torch.cat(means)).square().mean(dim=(0, 2, 3, 4)).sqrt()

    def loss(self, module: nn.Module, part: BatchPart) -> tuple[Tensor, dict[str, float]]:
        """Plain v-loss of the part (min-SNR weighting starves the noisy steps, where conditions decide)."""
        asked, x0, rngs = self._asked(part, next(module.parameters()).device)
        conditions = self._conditions(asked)
        around_noise = self.prior is None and self.preset.noise_strength < 1.0
        losses = v_loss(
            lambda z, t: module(z, t, conditions),
            x0 / self.unit,
            self.schedule,
            noise_generators(rngs),
            noisiest=NOISIEST if around_noise else 0.0,
            weights=self.channel_weights,
        )
        return losses.mean(), {}

    def _conditions(self, asked: ConditionBatch) -> ConditionBatch | MeanConditions:
        """What the denoiser reads: the request, or what a prior says of it."""
        if self.prior is None:
            return asked
        with torch.no_grad():
            return self.prior.to(asked.pictures.device).conditions(asked)

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """v-loss at fixed noise, and Dice of quick samples from noise, without projection."""
        device = next(module.parameters()).device
        rows, conditions, x0 = self._validation()
        told, x0 = self._conditions(conditions.to(device)), x0.to(device)
        loss = self._loss_at_fixed_noise(lambda z, t: module(z, t, told), x0 / self.unit)
        request = SampleRequest(self.preset.mask_latent_shape, tuple(range(len(rows))), VALIDATION_STEPS)
        encoded = module.conditioner(told) if isinstance(told, ConditionBatch) else told
        z = self.unit * sample(lambda z, t: module.denoise(z, t, encoded), request, self.schedule, device=device)
        return {"v_loss": loss} | self._dice(z, rows, folder / f"step_{step:06d}.png")

    def _config(self) -> dict[str, Any]:
        return {"conditioner": asdict(self.preset.conditioner), "denoiser": asdict(self.preset.mask_denoiser)}
