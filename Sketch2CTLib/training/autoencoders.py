"""The two autoencoder tasks: masks (L1 + two soft Dice at the zero level + KL) and images (L1 + gradient + KL)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..generation.model.presets import Preset
from ..networks import PatchAutoencoder, build_coder, channels_last
from ..weights import ModelFolder
from .batch_part import BatchPart, drawn_rows, noise_generators
from .loop import TaskSettings
from .pictures import save_slices
from .samples import Corpus

_BASIS_BATCHES = 60
_SLOPES = (20.0, 60.0)  # of the soft masks: the first pulls from afar, the second places the surface within a voxel


class _AutoencoderTask:
    """What both share: batches, export, a picture of inputs above reconstructions."""

    name: str
    kl_weight: float

    def __init__(self, train: Corpus, val: Corpus, preset: Preset, models: ModelFolder, settings: TaskSettings) -> None:
        self.train, self.val, self.preset, self.models = train, val, preset, models
        self.seed = settings.seed
        self.probabilities = train.weights(settings.shares)
        torch.manual_seed(settings.seed)
        coder = build_coder(self._config())
        if isinstance(coder, PatchAutoencoder):
            coder.fit_basis(self._batch(train, rows) for rows in self._sampled_rows())
        elif settings.device == "cpu":
            channels_last(coder)  # a sixth faster in bf16; patches and denoisers gain nothing
        self.module: nn.Module = coder

    def _sampled_rows(self) -> Iterator[NDArray[np.int64]]:
        """Batches of rows by the structures' shares, for a basis that serves all of them."""
        rng = np.random.default_rng([self.seed, 0])
        for _ in range(_BASIS_BATCHES):
            yield rng.choice(len(self.train), min(4, len(self.train)), p=self.probabilities)

    def _config(self) -> Any:
        raise NotImplementedError

    def _batch(self, corpus: Corpus, rows: np.ndarray) -> Tensor:
        raise NotImplementedError

    def _reconstruction(self, output: Tensor, target: Tensor) -> tuple[Tensor, dict[str, float]]:
        raise NotImplementedError

    def loss(self, module: nn.Module, part: BatchPart) -> tuple[Tensor, dict[str, float]]:
        """Reconstruction and KL of a part of the step's batch."""
        rngs = part.generators(self.seed)
        rows = drawn_rows(rngs, self.probabilities)
        x = self._batch(self.train, rows).to(next(module.parameters()).device)
        output, mean, sigma = module(x, noise_generators(rngs))
        error, logs = self._reconstruction(output.float(), x)
        mean, sigma = mean.float(), sigma.float().clamp_min(1e-6)
        kl = 0.5 * (mean.square() + sigma.square() - 2 * sigma.log() - 1).mean()
        return error + self.kl_weight * kl, logs | {"kl": float(kl.detach())}

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """Numbers of `_measures`, averaged over the validation copies."""
        device = next(module.parameters()).device
        rows_of_numbers: list[dict[str, float]] = []
        shown: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
        for row in range(len(self.val)):
            x = self._batch(self.val, np.array([row])).to(device)
            output = module.decode(module.encode(x)[0]).float()
            rows_of_numbers.append(self._measures(output, x))
            if len(shown) < 6 and row % max(1, len(self.val) // 6) == 0:
                shown.append((x[0, 0].cpu().numpy(), output[0, 0].cpu().numpy()))
        save_slices(folder / f"step_{step:06d}.png", shown)
        names = rows_of_numbers[0]
        return {name: float(np.mean([r[name] for r in rows_of_numbers])) for name in names}

    def _measures(self, output: Tensor, target: Tensor) -> dict[str, float]:
        raise NotImplementedError

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the averaged weights."""
        provenance = provenance | {"data": corpus_summary(self.train)}
        self.models.save_component(self.name, module, asdict(self._config()), provenance, preset=self.preset.name)


class MaskAutoencoderTask(_AutoencoderTask):
    """Signed distances (or binary masks) ⇄ latents."""

    name = "mask_autoencoder"
    kl_weight = 1e-6

    def _config(self) -> Any:
        return self.preset.mask_autoencoder

    def _batch(self, corpus: Corpus, rows: np.ndarray) -> Tensor:
        return corpus.targets(rows)

    def _reconstruction(self, output: Tensor, target: Tensor) -> tuple[Tensor, dict[str, float]]:
        l1 = (output - target).abs().mean()
        soft, hard = (1.0 - _soft_dice(output, target, slope) for slope in _SLOPES)
        logs = {"l1": l1, "dice_loss": soft, "hard_dice_loss": hard}
        return l1 + 0.5 * soft + 0.5 * hard, {name: float(value.detach()) for name, value in logs.items()}

    def _measures(self, output: Tensor, target: Tensor) -> dict[str, float]:
        wanted, decoded = target > 0, output > 0
        return {"dice": float(2 * (wanted & decoded).sum() / (wanted.sum() + decoded.sum()).clamp_min(1))}


def _soft_dice(output: Tensor, target: Tensor, slope: float) -> Tensor:
    """Mean Dice of two fields as soft masks."""
    wanted, decoded = torch.sigmoid(slope * target).flatten(1), torch.sigmoid(slope * output).flatten(1)
    return (2 * (wanted * decoded).sum(1) / (wanted.sum(1) + decoded.sum(1) + 1.0)).mean()


class ImageAutoencoderTask(_AutoencoderTask):
    """Images in [−1, 1] ⇄ latents."""

    name = "image_autoencoder"
    kl_weight = 1e-7

    def _config(self) -> Any:
        return self.preset.image_autoencoder

    def _batch(self, corpus: Corpus, rows: np.ndarray) -> Tensor:
        return corpus.images(rows)

    def _reconstruction(self, output: Tensor, target: Tensor) -> tuple[Tensor, dict[str, float]]:
        l1 = (output - target).abs().mean()
        edges = sum((output.diff(dim=a) - target.diff(dim=a)).abs().mean() for a in (2, 3, 4))
        return l1 + edges, {"l1": float(l1.detach())}

    def _measures(self, output: Tensor, target: Tensor) -> dict[str, float]:
        mse = (output.clamp(-1, 1) - target).square().mean().clamp_min(1e-10)
        return {"psnr_db": float(10 * torch.log10(4.0 / mse)), "mae": float((output - target).abs().mean())}


def corpus_summary(corpus: Corpus) -> dict[str, Any]:
    """Which data sets, how many cases and copies, for a model's provenance."""
    cases = sorted({(r.dataset, r.case) for r in corpus.records})
    datasets = sorted({dataset for dataset, _ in cases})
    structures = sorted({r.structure for r in corpus.records})
    return {
        "cases": {d: [c for dataset, c in cases if dataset == d] for d in datasets},
        "copies": {s: sum(r.structure == s for r in corpus.records) for s in structures},
    }
