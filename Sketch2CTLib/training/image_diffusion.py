"""The diffusion task of the volume stage, on cached latents: scans under masks and, where they are given, labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import catalog
from ..diffusion import SampleRequest, noise_for_seeds, sample, v_loss
from ..generation.model.presets import Preset
from ..generation.model.stages import MODALITIES, ImageConditions, LabelImageDenoiser, image_stage, mask_cells
from ..generation.volumes.borders import borders
from ..generation.volumes.field_of_view import fields_of_view
from ..generation.volumes.painting import Palette, painted_conditions, with_body
from ..weights import ModelFolder
from .autoencoders import corpus_summary
from .batch_part import BatchPart, drawn_rows, noise_generators
from .diffusion import VALIDATION_STEPS, DiffusionTask, load_autoencoder
from .latents import cached_latents
from .loop import TaskSettings
from .pictures import save_slices
from .samples import Corpus

PRIOR_NOISE = 0.1
PAINT_NOISE = 0.1  # standard deviations of each channel
LABELLED = 3.0  # organs that were asked for are looked at, and little of the whole: their errors count 1 + this
ALONE = 0.4  # of the samples know their own organ only
NEIGHBOUR_KEPT = 0.7
_MEASURED_COPIES = 96


class ImageDiffusionTask(DiffusionTask):
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
        self.module: nn.Module = image_stage(preset)
        self.palette = self._palette()
        if isinstance(self.module, LabelImageDenoiser):
            rows = self.latents[thinned].astype(np.float32) * self.scale
            self.module.spread.copy_(torch.from_numpy(rows.std(axis=(0, 2, 3, 4))))

    def _palette(self) -> Palette:
        """The usual value of each label in copies spread over the corpus."""
        rows = np.linspace(0, len(self.train) - 1, min(_MEASURED_COPIES, len(self.train))).astype(np.int64)
        scans = []
        for row in rows:
            labels = self.train.labels(np.array([row]))[0, 0].numpy()
            image = self.train.images(np.array([row]))[0, 0].numpy()
            step = image.shape[0] // labels.shape[0]
            scans.append((self.train.records[row].modality or "CT", image[::step, ::step, ::step], labels))
        return Palette.fit(scans)

    def _looks(self) -> dict[str, Any]:
        """Where organs and scans of a kind end, by each case's first copy, which is not warped."""
        first: dict[tuple[str, str, str], int] = {}
        for row, record in enumerate(self.train.records):
            first.setdefault((record.dataset, record.case, record.structure), row)
        scans: list[tuple[str, str, NDArray[np.float32], NDArray[np.bool_]]] = []
        for row in first.values():
            record, at = self.train.records[row], np.array([row])
            if record.modality:
                image, field = self.train.images(at)[0, 0].numpy(), self.train.targets(at)[0, 0].numpy()
                scans.append((record.structure, record.modality, image, field > 0))
        edges_mm = {name: catalog.structure(name).cube_mm for name, *_ in scans}
        return {
            "fields_of_view": fields_of_view([one[:3] for one in scans], edges_mm),
            "borders": borders(scans, edges_mm),
        }

    def _conditions(
        self,
        corpus: Corpus,
        priors: NDArray[np.float16],
        rows: NDArray[np.int64],
        rngs: Sequence[np.random.Generator] = (),
    ) -> ImageConditions:
        """What is known of copies: their own organ, and with generators some of its neighbours."""
        records, field = [corpus.records[r] for r in rows], corpus.targets(rows)
        painted = None
        if isinstance(self.module, LabelImageDenoiser):
            own = [catalog.structure(r.structure).label for r in records]
            labels = with_body(_some_labels(corpus.labels(rows), rngs), field, own)
            modalities = [r.modality or "CT" for r in records]
            painted = painted_conditions(labels, modalities, self.palette, self.autoencoder.cpu(), self.scale)
        return ImageConditions(
            mask_latent=torch.from_numpy(priors[rows].astype(np.float32) * self.prior_scale),
            mask_cells=mask_cells(field, self.preset.mask_latent_shape[1]),
            structure=torch.tensor([catalog.place(r.structure) for r in records]),
            modality=torch.tensor([MODALITIES.index(r.modality or "CT") for r in records]),
            painted=painted,
        )

    def loss(self, module: nn.Module, part: BatchPart) -> tuple[Tensor, dict[str, float]]:
        """Plain v-loss of the part (min-SNR weighting starves the noisy steps, where conditions decide)."""
        rngs = part.generators(self.seed)
        rows = drawn_rows(rngs, self.probabilities)
        device = next(module.parameters()).device
        conditions = self._conditions(self.train, self.priors, rows, rngs)
        generators = noise_generators(rngs)
        conditions = self._noised(conditions, generators).to(device)
        x0 = torch.from_numpy(self.latents[rows].astype(np.float32) * self.scale).to(device)
        painter, painted = self.module, conditions.painted
        weights: Callable[[Tensor], Tensor] | None = None
        if isinstance(painter, LabelImageDenoiser) and painted is not None:
            of_place = 1.0 + LABELLED * painted[:, -1:]

            def weights(t: Tensor) -> Tensor:
                return painter.error_weights(t)[:, :, None, None, None] * of_place

        losses = v_loss(lambda z, t: module(z, t, conditions), x0, self.schedule, generators, weights=weights)
        return losses.mean(), {}

    def _noised(self, known: ImageConditions, generators: Sequence[torch.Generator]) -> ImageConditions:
        """Conditions as far from true as those of drawn masks."""
        strength = torch.stack([torch.rand(1, 1, 1, 1, generator=one) for one in generators]) * 2
        noise = noise_for_seeds(known.mask_latent.shape[1:], generators)
        changed = {"mask_latent": known.mask_latent + PRIOR_NOISE * strength * noise}
        if known.painted is not None and isinstance(self.module, LabelImageDenoiser):
            std = torch.cat([self.module.spread.cpu(), torch.zeros(1)]).view(1, -1, 1, 1, 1)
            noise = noise_for_seeds(known.painted.shape[1:], generators)
            changed["painted"] = known.painted + PAINT_NOISE * strength * std * noise
        return replace(known, **changed)

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """v-loss at fixed noise; a picture of real slices above sampled ones; mean and deviation of the samples."""
        device = next(module.parameters()).device
        rows = np.linspace(0, len(self.val) - 1, min(8, len(self.val))).astype(np.int64)
        conditions = self._conditions(self.val, self.val_priors, rows).to(device)
        x0 = torch.from_numpy(self.val_latents[rows].astype(np.float32) * self.scale).to(device)
        loss = self._loss_at_fixed_noise(lambda z, t: module(z, t, conditions), x0)
        request = SampleRequest(self.preset.image_latent_shape, tuple(range(len(rows))), VALIDATION_STEPS)
        z = sample(lambda z, t: module(z, t, conditions), request, self.schedule, device=device)
        decoded = self._decoded(z)
        wanted, inside = self.val.images(rows), self.val.targets(rows) > 0
        save_slices(
            folder / f"step_{step:06d}.png", list(zip(wanted[:, 0].numpy(), decoded[:, 0].numpy(), strict=True))
        )
        organ_error = [
            float((f[i].mean() - w[i].mean()).abs()) for f, w, i in zip(decoded, wanted, inside, strict=True)
        ]
        return {
            "v_loss": loss,
            "std_ratio": float(decoded.std() / wanted.std()),
            "organ_mean_error": float(np.mean(organ_error)),
        }

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the averaged weights and both latent scales."""
        config = {"denoiser": asdict(self.preset.image_denoiser)}
        scales = {"image_latent_scale": self.scale, "image_prior_scale": self.prior_scale}
        extras: dict[str, Any] = {
            **scales,
            "palette": self.palette.to_dict(),
            **self._looks(),
        }
        provenance = provenance | {"data": corpus_summary(self.train)}
        self.models.save_component(self.name, module, config, provenance, preset=self.preset.name, extras=extras)


def _some_labels(labels: Tensor, rngs: Sequence[np.random.Generator]) -> Tensor:
    """Label maps with some labels, often all, taken away; none is left without generators."""
    if not rngs:
        return torch.zeros_like(labels)
    table = torch.from_numpy(np.stack([(rng.random(256) < NEIGHBOUR_KEPT) & (rng.random() >= ALONE) for rng in rngs]))
    known = torch.stack([row[one.long()] for row, one in zip(table, labels, strict=True)])
    return torch.where(known, labels, torch.zeros_like(labels))
