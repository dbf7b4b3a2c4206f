"""The layout stage's task: given organs → codes of the whole region, on deformed copies of labelled scans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..catalog import label_value
from ..data.prepared import PreparedLayout
from ..diffusion import v_loss
from ..errors import DatasetError
from ..generation.layouts.drawing import FRAME, RANGES
from ..generation.layouts.measures import LayoutRanges
from ..generation.model.layout_stage import ORGANS, TISSUES, LayoutConfig, LayoutStage
from ..generation.model.loaded import LAYOUT_STAGE
from ..weights import ModelFolder
from .batch_part import BatchPart, noise_generators
from .layout_copies import CopySource, LayoutCopy, framed, with_partners
from .loop import TaskSettings
from .pictures import save_slices

NOISIEST = 0.3  # of a batch stands at the last time step, where the mean is asked
_STATISTICS_COPIES = 3  # of a case
_LEAST_KNOWN = 0.05  # of the region, that scans cover on average
_ASKED = (("liver",), ("left_kidney",), ("aorta",), ("liver", "spleen"), ("left_kidney", "right_kidney", "aorta"))
_TOLD = ("liver", "spleen", "left_kidney", "right_kidney", "aorta", "bone", "lung", "fat", "soft_tissue")


class LayoutTask:
    """Layouts.

    Args:
        train, val: Layouts of CT scans.
        models: Where the weights go; preset: what they are filed under.
        settings: Seed, cache of deformations.
        config: Shape.

    Raises:
        DatasetError: There is nothing to train on.
    """

    name = LAYOUT_STAGE

    def __init__(
        self,
        train: Sequence[PreparedLayout],
        val: Sequence[PreparedLayout],
        models: ModelFolder,
        settings: TaskSettings,
        config: LayoutConfig | None = None,
        *,
        preset: str,
    ) -> None:
        if not train:
            raise DatasetError("There are no layouts of CT scans.", hint="Prepare a CT set with images.")
        self.models, self.preset, self.config = models, preset, config or LayoutConfig()
        self.seed = settings.seed
        cases, self.frame = framed({one.key: one.layout() for one in train})
        cases = with_partners(cases, self.config, settings.cache / "deformations", seed=settings.seed)
        self.source = CopySource(cases, self.frame, self.config)
        self.val = CopySource(framed({one.key: one.layout() for one in val}, self.frame)[0], self.frame, self.config)
        torch.manual_seed(settings.seed)
        self.module: nn.Module = LayoutStage(self.config)
        self._fit_statistics()

    def _fit_statistics(self) -> None:
        rng = np.random.default_rng([self.seed, 0])
        copies = [self.source.drawn(i, rng) for i in range(len(self.source.layouts)) for _ in range(_STATISTICS_COPIES)]
        self._module.fit_statistics([c.labels[None] for c in copies], [c.known[None] for c in copies])
        self.known_share = max(float(np.mean([c.known.float().mean() for c in copies])), _LEAST_KNOWN)

    @property
    def _module(self) -> LayoutStage:
        module = self.module
        assert isinstance(module, LayoutStage)
        return module

    def loss(self, module: nn.Module, part: BatchPart) -> tuple[Tensor, dict[str, float]]:
        """v-loss of a part of the step's batch where scans say what is there, in units of what varies at each place."""
        rngs = part.generators(self.seed, 1)
        copies = [self.source.drawn(int(rng.integers(len(self.source.layouts))), rng) for rng in rngs]
        device = next(module.parameters()).device
        x0, shown, told, weights = (part.to(device) for part in self._tensors(module, copies))
        losses = v_loss(
            lambda z, t: module(z, t, shown, told),
            x0,
            module.schedule,  # type: ignore[arg-type]
            noise_generators(rngs),
            noisiest=NOISIEST,
            weights=lambda t: weights,
        )
        return losses.mean(), {}

    def _tensors(self, module: Any, copies: Sequence[LayoutCopy]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Codes less their mean, what is shown, which organs are told, and weights of errors."""
        labels, known, given = (
            torch.stack([getattr(c, name) for c in copies]) for name in ("labels", "known", "given")
        )
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            x0 = module.code.encode(labels) - module.mean
            shown, told = module.shown(given)
            share = F.avg_pool3d(known[:, None].float(), self.config.code.patch)
            weights = module.code.channel_weights().view(1, -1, 1, 1, 1) * share / self.known_share
        return x0, shown, told, weights

    def validate(self, module: Any, step: int, folder: Any) -> dict[str, float]:
        """Dice of the mean layouts of validation cases by class, by several organs given; a picture of some."""
        overlaps: dict[str, list[float]] = {name: [] for name in _TOLD}
        shown: list[tuple[Any, Any]] = []
        for index in range(len(self.val.layouts)):
            for organs in _ASKED:
                copy = self.val.plain(index, organs)
                labels = mean_layout(module, copy)
                for name in _TOLD:
                    if name not in organs:
                        overlaps[name].append(_dice(labels, copy, label_value(name)))
                if organs == _ASKED[0]:
                    shown.append((picture(copy.labels), picture(labels)))
        if not shown:
            return {}
        save_slices(folder / f"step_{step:06d}.png", shown)
        finite = {name: [value for value in values if np.isfinite(value)] for name, values in overlaps.items()}
        numbers = {f"dice_{name}": float(np.mean(values)) for name, values in finite.items() if values}
        return {"dice": float(np.mean(list(numbers.values())))} | numbers

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the averaged weights and where the region lies about organs."""
        told = {"cases": sorted(one.key for one in self.source.layouts)}
        extras = {
            FRAME: {name: list(centre) for name, centre in self.frame.centres_mm.items()},
            RANGES: LayoutRanges.of(one.layout for one in self.source.layouts).to_dict(),
        }
        config = self.config.to_dict()
        self.models.save_component(
            self.name, module, config, provenance | {"data": told}, preset=self.preset, extras=extras
        )


def mean_layout(module: LayoutStage, copy: LayoutCopy) -> Tensor:
    """(D, H, W) the class of the largest mean share at each voxel."""
    device = next(module.parameters()).device
    shown, told = (part.to(device) for part in module.shown(copy.given[None]))
    last = torch.full((1,), module.config.schedule.steps - 1, device=device)
    z = torch.zeros((1, *module.config.latent_shape), device=device)
    velocity = module(z, last, shown, told).float()
    residual = module.schedule.x0_from_velocity(z, velocity, last)
    best = module.scores(residual)[0].argmax(0)
    values = torch.tensor(module.config.code.values, dtype=torch.uint8, device=device)
    return torch.where(copy.given > 0, copy.given, values[best].cpu())


def _dice(labels: Tensor, copy: LayoutCopy, value: int) -> float:
    mine, own = (labels == value) & copy.known, (copy.labels == value) & copy.known
    whole = int(mine.sum() + own.sum())
    return 2.0 * int((mine & own).sum()) / whole if whole else float("nan")


def picture(labels: Tensor) -> Any:
    """Label values as greys in [−1, 1], so that slices tell them apart."""
    table = torch.zeros(256)
    for position, name in enumerate((*TISSUES, *ORGANS)):
        table[label_value(name)] = 2.0 * position / (len(TISSUES) + len(ORGANS) - 1) - 1.0
    return table[labels.long()].numpy()
