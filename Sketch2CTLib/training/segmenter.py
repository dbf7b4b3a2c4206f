"""The segmenter's task: one network finds every structure that has images; DiceCE on augmented real cubes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.losses import DiceCELoss
from monai.transforms import (
    Compose,
    RandAdjustContrast,
    RandGaussianNoise,
    RandGaussianSmooth,
    RandScaleIntensity,
    RandShiftIntensity,
)
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from .. import catalog
from ..errors import DatasetError
from ..generation.volumes.labelled import LabelledScan
from ..generation.volumes.segmenting import COMPONENT, Segmenter, load_segmenter, told_of
from ..networks import channels_last
from ..networks.segmenter import SegmenterConfig, SegmenterNet
from ..weights import ModelFolder
from .batch_part import BatchPart, drawn_rows
from .loop import TaskSettings, fit
from .pace import LoopConfig
from .pictures import save_slices
from .warp import WarpStrength, random_field, refined

LITTLE = SegmenterConfig(voxels=64, stem=2, channels=(24, 48, 64), deep_blocks=1)
_SHOWN = 6
_POSED = 0.85
_WARP = WarpStrength(rotation_deg=7.0, scale=0.08, stretch=0.05, shear=0.03, elastic=0.02)
_SHIFT = 0.16  # of half the edge, at most, along each axis
_HALF = 0.5
_BLUR_VOXELS = (0.4, 1.6)  # of 128: generated volumes may be softer than scans


class SegmenterTask:
    """Cubes → masks.

    No mirroring: every structure here is on one side of the body, or bent to it.

    Args:
        train, val: The scans; without validation scans there are no numbers.
        models: Where the weights go; preset: what they are filed under.
        settings: Seed, shares by structure.
        config: Shape.

    Raises:
        DatasetError: There is nothing to train on.
    """

    name = COMPONENT

    def __init__(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        models: ModelFolder,
        settings: TaskSettings,
        config: SegmenterConfig | None = None,
        *,
        preset: str = COMPONENT,
    ) -> None:
        if not train:
            raise DatasetError("There are no scans to train a segmenter on.", hint="Prepare a set with images.")
        self.train, self.val, self.models, self.preset = train, val, models, preset
        self.config = config or SegmenterConfig(structures=catalog.rows({scan.structure for scan in train}))
        self.seed = settings.seed
        self.probabilities = _weights(train, settings.shares)
        self.look = look(self.config.voxels)
        self.objective = DiceCELoss(sigmoid=True)
        torch.manual_seed(settings.seed)
        self.module: nn.Module = SegmenterNet(self.config)
        if settings.device == "cpu":
            channels_last(self.module)

    def loss(self, module: nn.Module, part: BatchPart) -> tuple[Tensor, dict[str, float]]:
        """DiceCE of a part of the step's batch."""
        rngs = part.generators(self.seed)
        chosen = [self.train[int(row)] for row in drawn_rows(rngs, self.probabilities)]
        device = next(module.parameters()).device
        pairs = [self._augmented(scan, rng) for scan, rng in zip(chosen, rngs, strict=True)]
        x, y = (torch.stack(parts).to(device) for parts in zip(*pairs, strict=True))
        logits = module(x, *told_of([s.structure for s in chosen], [s.modality for s in chosen], device)).float()
        with torch.no_grad():
            overlap = float(_dice(logits > 0, y > 0).mean())
        return self.objective(logits, y), {"dice": overlap}

    def _augmented(self, scan: LabelledScan, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        image, mask = scan.read(self.config.voxels)
        pair = torch.from_numpy(np.stack([image, mask.astype(np.float32)]))[None]
        with torch.autocast("cpu", enabled=False):
            if rng.random() < _POSED:
                pair = posed(pair, rng)
            self.look.set_random_state(seed=int(rng.integers(2**31)))
            seen = torch.as_tensor(self.look(pair[0, :1])).clamp(-1, 1)
        return seen, (pair[0, 1:] > _HALF).float()

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """Mean Dice of each structure in each kind of scan, and `dice`, the mean of those."""
        scores: dict[str, list[float]] = defaultdict(list)
        shown: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
        segmenter = Segmenter(module, device=str(next(module.parameters()).device))
        for scan in self.val:
            image, mask = scan.read(self.config.voxels)
            marked = segmenter.marked(image, scan.structure, scan.modality)
            name = f"dice_{scan.structure}_{scan.modality.lower()}"
            overlap = float(_dice(torch.from_numpy(marked)[None, None], torch.from_numpy(mask)[None, None]))
            if name not in scores and len(shown) < _SHOWN:
                shown.append((_painted(image, mask), _painted(image, marked)))
            scores[name].append(overlap)
        if not scores:
            return {}
        save_slices(folder / f"step_{step:06d}.png", shown)
        means = {name: float(np.mean(values)) for name, values in sorted(scores.items())}
        return {"dice": float(np.mean(list(means.values()))), **means}

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the averaged weights."""
        provenance = provenance | {"data": _summary(self.train)}
        self.models.save_component(self.name, module, asdict(self.config), provenance, preset=self.preset)


def fit_segmenter(
    scans: Sequence[LabelledScan], folder: Path, loop: LoopConfig, config: SegmenterConfig | None = None
) -> Segmenter:
    """A segmenter trained on scans, resumable in its folder; a finished one is only loaded.

    Raises:
        DatasetError: There are no scans.
        WeightsError: The folder holds a run of another configuration.
    """
    models = ModelFolder(folder / "models")
    settings = TaskSettings(loop.seed, folder, device=_device(loop.device))
    fit(SegmenterTask(scans, (), models, settings, config), loop, folder)
    return load_segmenter(models.folder)


def little_fit(folder: Path, loop: LoopConfig) -> Callable[[Sequence[LabelledScan], str, int], Segmenter]:
    """(scans, name of the run, seed) → a little segmenter at 64³, for `evaluation.downstream`.

    Args:
        folder: One run folder a name in it.
        loop: Length and rate; the seed is the call's.
    """

    def fit_one(scans: Sequence[LabelledScan], name: str, seed: int) -> Segmenter:
        return fit_segmenter(scans, folder / name, replace(loop, seed=seed), LITTLE)

    return fit_one


def little_training(
    steps: int, batch: int, device: str
) -> tuple[Callable[[Path], Callable[[Sequence[LabelledScan], str, int], Segmenter]], dict[str, Any]]:
    """How the downstream study trains: (folder → `little_fit` in it), and the same as JSON values.

    Args:
        steps: Optimiser steps of each segmenter.
        batch: Scans a step.
        device: Where they train.
    """
    loop = LoopConfig(steps, batch=batch, lr=4e-3, warmup=20, ema=0.98, device=device)
    recipe = {"steps": steps, "batch": batch, "lr": loop.lr, "shape": asdict(LITTLE)}
    return lambda folder: little_fit(folder, loop), recipe


def look(voxels: int) -> Compose:
    """Random contrast, brightness, softness and noise of an image (1, V, V, V) in [−1, 1]."""
    blur = tuple(sigma * voxels / 128 for sigma in _BLUR_VOXELS)
    return Compose(
        [
            RandAdjustContrast(prob=0.3, gamma=(0.7, 1.4)),
            RandScaleIntensity(factors=0.2, prob=0.4),
            RandShiftIntensity(offsets=0.12, prob=0.4),
            RandGaussianSmooth(sigma_x=blur, sigma_y=blur, sigma_z=blur, prob=0.3),
            RandGaussianNoise(std=0.12, prob=0.3),
        ]
    )


def posed(pair: Tensor, rng: np.random.Generator) -> Tensor:
    """(1, C, V, V, V), turned, stretched, bent and moved, so that the organ leaves the cube's middle."""
    voxels = pair.shape[-1]
    field = random_field(rng, _WARP, max(voxels // 4, 4))
    field = refined(field + torch.from_numpy(rng.uniform(-_SHIFT, _SHIFT, 3)).float(), voxels)
    return F.grid_sample(pair, field, mode="bilinear", padding_mode="border", align_corners=False)


def _weights(scans: Sequence[LabelledScan], shares: Mapping[str, float]) -> NDArray[np.float64]:
    """(N,) drawing probabilities: each structure in each kind of scan its share, its scans evenly."""
    kinds = [(scan.structure, scan.modality) for scan in scans]
    share = {kind: shares.get(kind[0], shares.get("other", 1.0)) for kind in set(kinds)}
    raw = np.array([share[kind] / kinds.count(kind) for kind in kinds])
    return raw / raw.sum()


def _dice(first: Tensor, second: Tensor) -> Tensor:
    """(N,) of bool (N, 1, D, H, W)."""
    a, b = first.flatten(1), second.flatten(1)
    return 2 * (a & b).sum(1) / (a.sum(1) + b.sum(1)).clamp_min(1)


def _painted(image: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.asarray(np.clip(0.7 * image + 0.6 * mask - 0.3, -1, 1), dtype=np.float32)


def _summary(scans: Sequence[LabelledScan]) -> dict[str, Any]:
    """Structures, kinds and cases, for the provenance."""
    structures = sorted({scan.structure for scan in scans})
    return {
        "cases": sorted(scan.key for scan in scans),
        "copies": {name: sum(scan.structure == name for scan in scans) for name in structures},
        "kinds": sorted({(scan.structure, scan.modality) for scan in scans}),
    }


def _device(name: str) -> str:
    from ..generation.model.device import torch_device

    return str(torch_device(name))
