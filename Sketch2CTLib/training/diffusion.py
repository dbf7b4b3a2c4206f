"""The two diffusion tasks, on cached latents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import catalog
from ..diffusion import SampleRequest, Schedule, sample, v_loss
from ..errors import WeightsError
from ..generation.presets import Preset
from ..generation.stages import MODALITIES, ImageConditions, ImageStage, MaskStage, mask_cells
from ..networks import Coder, build_coder
from ..weights import ModelFolder
from .autoencoders import corpus_summary
from .latents import cached_latents
from .loop import TaskSettings
from .pictures import save_slices
from .samples import ConditionSource, Corpus, drop_conditions

VALIDATION_STEPS = 12
VALIDATION_CASES = 8
PRIOR_NOISE = 0.1


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


class _DiffusionTask:
    """What both share: latents, scale, the objective, validation at fixed noise."""

    name: str
    module: nn.Module
    autoencoder: Coder
    scale: float

    def __init__(self, preset: Preset, models: ModelFolder, settings: TaskSettings) -> None:
        self.preset, self.models, self.batch, self.seed = preset, models, settings.batch, settings.seed
        self.schedule = Schedule(preset.schedule)

    def _rows(self, step: int, probabilities: NDArray[np.float64]) -> tuple[np.random.Generator, NDArray[np.int64]]:
        rng = np.random.default_rng([self.seed, step])
        return rng, rng.choice(len(probabilities), self.batch, p=probabilities)

    def _loss_at_fixed_noise(self, denoise: Callable[[Tensor, Tensor], Tensor], x0: Tensor, repeats: int = 4) -> float:
        """Mean v-loss over the same time steps and noise at every validation."""
        generators = [torch.Generator().manual_seed(n) for n in range(repeats)]
        return float(np.mean([v_loss(denoise, x0, self.schedule, g).mean().item() for g in generators]))

    def _decoded(self, z: Tensor) -> Tensor:
        """(N, 1, V, V, V) float32 volumes of scaled latents, one at a time."""
        coder = self.autoencoder.to(z.device)
        return torch.cat([coder.decode(one) for one in (z / self.scale).split(1)]).float().cpu()


class MaskDiffusionTask(_DiffusionTask):
    """Stage 1: mask latents under sketch, words and numbers, each dropped at random."""

    name = "mask_diffusion"

    def __init__(self, train: Corpus, val: Corpus, preset: Preset, models: ModelFolder, settings: TaskSettings) -> None:
        super().__init__(preset, models, settings)
        cache, device = settings.cache, settings.device
        self.train, self.val = train, val
        self.autoencoder = load_autoencoder(models, "mask_autoencoder", preset)
        key = models.component("mask_autoencoder")["sha256"]
        latents, self.val_latents = (
            cached_latents(c, "target", self.autoencoder, key, cache, device=device) for c in (train, val)
        )
        self.scale = 1.0 / float(latents[:: max(1, len(latents) // 500)].astype(np.float32).std())
        self.latents = latents
        self.scaler = train.fit_scaler()
        self.source, self.val_source = ConditionSource(train, self.scaler), ConditionSource(val, self.scaler)
        self.probabilities = train.weights(settings.shares)
        torch.manual_seed(settings.seed)
        self.module = MaskStage(preset)

    def loss(self, module: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        """Plain v-loss of the step's batch (min-SNR weighting starves the noisy steps, where conditions decide)."""
        rng, rows = self._rows(step, self.probabilities)
        device = next(module.parameters()).device
        drawings = rng.integers(self.train.pictures.shape[1], size=len(rows))
        conditions = drop_conditions(self.source.batch(rows, drawings), rng).to(device)
        x0 = torch.from_numpy(self.latents[rows].astype(np.float32) * self.scale).to(device)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        losses = v_loss(lambda z, t: module(z, t, conditions), x0, self.schedule, generator)
        return losses.mean(), {}

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """v-loss at fixed noise, and Dice of quick samples of the first validation cases of each structure."""
        device = next(module.parameters()).device
        rows = self._validation_rows()
        conditions = self.val_source.batch(rows, np.zeros(len(rows), dtype=np.int64)).to(device)
        x0 = torch.from_numpy(self.val_latents[rows].astype(np.float32) * self.scale).to(device)
        loss = self._loss_at_fixed_noise(lambda z, t: module(z, t, conditions), x0)
        request = SampleRequest(self.preset.mask_latent_shape, tuple(range(len(rows))), VALIDATION_STEPS)
        encoded = module.conditioner(conditions)
        z = sample(lambda z, t: module.denoise(z, t, encoded), request, self.schedule, device=device)
        found = self._decoded(z)
        wanted = self.val.targets(rows)
        overlap = (
            2
            * ((found > 0) & (wanted > 0)).flatten(1).sum(1)
            / ((found > 0).flatten(1).sum(1) + (wanted > 0).flatten(1).sum(1))
        )
        save_slices(folder / f"step_{step:06d}.png", list(zip(wanted[:, 0].numpy(), found[:, 0].numpy(), strict=True)))
        structures = [self.val.records[r].structure for r in rows]
        by_structure = {
            f"dice_{s}": float(overlap[[x == s for x in structures]].mean()) for s in sorted(set(structures))
        }
        return {"v_loss": loss} | by_structure

    def _validation_rows(self) -> NDArray[np.int64]:
        chosen: list[int] = []
        for name in catalog.STRUCTURE_NAMES:
            rows = [i for i, r in enumerate(self.val.records) if r.structure == name]
            chosen += rows[: VALIDATION_CASES if name == "liver" else 3]
        return np.array(chosen)

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the averaged weights, the number scaler and the latent scale."""
        config = {"conditioner": asdict(self.preset.conditioner), "denoiser": asdict(self.preset.mask_denoiser)}
        extras = {"mask_latent_scale": self.scale, "number_scaler": self.scaler.to_dict()}
        provenance = provenance | {"data": corpus_summary(self.train)}
        self.models.save_component(self.name, module, config, provenance, preset=self.preset.name, extras=extras)


class ImageDiffusionTask(_DiffusionTask):
    """Stage 2: image latents under the mask; the prior is noised so that generated masks are as good as real ones."""

    name = "image_diffusion"

    def __init__(self, train: Corpus, val: Corpus, preset: Preset, models: ModelFolder, settings: TaskSettings) -> None:
        super().__init__(preset, models, settings)
        cache, device = settings.cache, settings.device
        self.train, self.val = train, val
        self.autoencoder = load_autoencoder(models, "image_autoencoder", preset)
        mask_autoencoder = load_autoencoder(models, "mask_autoencoder", preset)
        keys = {n: models.component(f"{n}_autoencoder")["sha256"] for n in ("mask", "image")}
        self.latents, self.val_latents = (
            cached_latents(c, "image", self.autoencoder, keys["image"], cache, device=device) for c in (train, val)
        )
        self.priors, self.val_priors = (
            cached_latents(c, "target", mask_autoencoder, keys["mask"], cache, device=device) for c in (train, val)
        )
        thinned = slice(None, None, max(1, len(self.latents) // 500))
        self.scale = 1.0 / float(self.latents[thinned].astype(np.float32).std())
        self.prior_scale = 1.0 / float(self.priors[thinned].astype(np.float32).std())
        self.probabilities = train.weights(settings.shares)
        torch.manual_seed(settings.seed)
        self.module = ImageStage(preset)

    def _conditions(self, corpus: Corpus, priors: NDArray[np.float16], rows: NDArray[np.int64]) -> ImageConditions:
        records = [corpus.records[r] for r in rows]
        return ImageConditions(
            mask_latent=torch.from_numpy(priors[rows].astype(np.float32) * self.prior_scale),
            mask_cells=mask_cells(corpus.targets(rows), self.preset.mask_latent_shape[1]),
            structure=torch.tensor([catalog.STRUCTURE_NAMES.index(r.structure) for r in records]),
            modality=torch.tensor([MODALITIES.index(r.modality or "CT") for r in records]),
        )

    def loss(self, module: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        """Plain v-loss of the step's batch (min-SNR weighting starves the noisy steps, where conditions decide)."""
        rng, rows = self._rows(step, self.probabilities)
        device = next(module.parameters()).device
        conditions = self._conditions(self.train, self.priors, rows)
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        strength = torch.rand(len(rows), 1, 1, 1, 1, generator=generator) * 2 * PRIOR_NOISE
        noised = conditions.mask_latent + strength * torch.randn(conditions.mask_latent.shape, generator=generator)
        conditions = ImageConditions(noised, conditions.mask_cells, conditions.structure, conditions.modality).to(
            device
        )
        x0 = torch.from_numpy(self.latents[rows].astype(np.float32) * self.scale).to(device)
        losses = v_loss(lambda z, t: module(z, t, conditions), x0, self.schedule, generator)
        return losses.mean(), {}

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """v-loss at fixed noise; a picture of real slices above sampled ones; spread and mean of the samples."""
        device = next(module.parameters()).device
        rows = np.linspace(0, len(self.val) - 1, min(8, len(self.val))).astype(np.int64)
        conditions = self._conditions(self.val, self.val_priors, rows).to(device)
        x0 = torch.from_numpy(self.val_latents[rows].astype(np.float32) * self.scale).to(device)
        loss = self._loss_at_fixed_noise(lambda z, t: module(z, t, conditions), x0)
        request = SampleRequest(self.preset.image_latent_shape, tuple(range(len(rows))), VALIDATION_STEPS)
        z = sample(lambda z, t: module(z, t, conditions), request, self.schedule, device=device)
        found = self._decoded(z)
        wanted, inside = self.val.images(rows), self.val.targets(rows) > 0
        save_slices(folder / f"step_{step:06d}.png", list(zip(wanted[:, 0].numpy(), found[:, 0].numpy(), strict=True)))
        organ_error = [float((f[i].mean() - w[i].mean()).abs()) for f, w, i in zip(found, wanted, inside, strict=True)]
        return {
            "v_loss": loss,
            "std_ratio": float(found.std() / wanted.std()),
            "organ_mean_error": float(np.mean(organ_error)),
        }

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the averaged weights and both latent scales."""
        config = {"denoiser": asdict(self.preset.image_denoiser)}
        extras = {"image_latent_scale": self.scale, "image_prior_scale": self.prior_scale}
        provenance = provenance | {"data": corpus_summary(self.train)}
        self.models.save_component(self.name, module, config, provenance, preset=self.preset.name, extras=extras)
