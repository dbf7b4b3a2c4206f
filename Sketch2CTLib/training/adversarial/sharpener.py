"""The sharpener's task: shares of the mean layout → one layout, against a critic that knows layouts of scans."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...atomic import written_beside
from ...data.prepared import PreparedLayout
from ...errors import DatasetError
from ...generation.layouts.drawing import mean_residual, sharp_shares
from ...generation.model.layout_sharpener import LayoutSharpener, SharpenerConfig
from ...generation.model.layout_stage import LayoutConfig, LayoutStage
from ...generation.model.loaded import LAYOUT_STAGE, SHARPENER
from ...networks import channels_last
from ...networks.critic import PatchCritic
from ...networks.noisy_unet import noise_field
from ...weights import ModelFolder
from ..batch_part import BatchPart, noise_generators
from ..layout_copies import CopySource, LayoutCopy, framed, with_partners
from ..layouts import picture
from ..loop import TaskSettings
from ..pictures import save_slices
from .losses import adversary_losses, crop_places

CROP = 64
COPIES = 160  # of which crops are cut
POOLED = 8  # voxels over which a layout shall have the shares of the scan's
ALIKE, MATCHED, OWN = 20.0, 2.0, 0.2  # weights: of that, of features, of the scan's own class
WARMUP = 100  # steps in which the critic gains its weight
_SEEN = 8  # channels in which the critic is shown classes, and shares
_DIMMED = 0.3  # of the shares' logarithms, at most, by which they are made less sure than they are
_VERSION = 1


class SharpeningPair(nn.Module):
    """A sharpener and its critic, trained at once."""

    def __init__(self, config: SharpenerConfig) -> None:
        super().__init__()
        self.sharpener = LayoutSharpener(config)
        self.classes = nn.Conv3d(config.classes, _SEEN, 1, bias=False)
        self.shares = nn.Conv3d(config.classes, _SEEN, 1, bias=False)
        self.critic = PatchCritic(2 * _SEEN + 1)

    def judged(self, hot: Tensor, shares: Tensor, given: Tensor) -> tuple[Tensor, list[Tensor]]:
        """What the critic says of a layout (N, K, D, H, W), one-hot, which is shown with what it was made from."""
        shown = [self.classes(hot), self.shares(shares), given[:, None].to(hot.dtype)]
        return self.critic(torch.cat(shown, dim=1))  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False)
class _Mean:
    """A copy with the code of its mean layout.

    Args:
        copy: The layout of a scan, deformed.
        residual: (C, d, h, w) float16, code less the mean's.
    """

    copy: LayoutCopy
    residual: Tensor


class SharpenerTask:
    """Sharpening.

    Args:
        train, val: Layouts of CT scans.
        models: Where the layout stage lies and the weights go; preset: what they are filed under.
        settings: Seed, cache of copies.
        copies: How many deformed layouts are made.
        shape: Of the network; None takes the usual one.

    Raises:
        DatasetError: There is nothing to train on.
        WeightsError: There is no layout stage.
    """

    name = SHARPENER

    def __init__(
        self,
        train: Sequence[PreparedLayout],
        val: Sequence[PreparedLayout],
        models: ModelFolder,
        settings: TaskSettings,
        *,
        preset: str,
        copies: int = COPIES,
        shape: SharpenerConfig | None = None,
    ) -> None:
        if not train:
            raise DatasetError("There are no layouts of CT scans.", hint="Prepare a CT set with images.")
        self.models, self.preset, self.seed = models, preset, settings.seed
        entry = models.component(LAYOUT_STAGE)
        self.stage = LayoutStage(LayoutConfig.from_dict(entry["config"]))
        models.load_into(LAYOUT_STAGE, self.stage)
        self.stage.eval().requires_grad_(False)
        config = self.stage.config
        cases, frame = framed({one.key: one.layout() for one in train})
        cases = with_partners(cases, config, settings.cache / "deformations", seed=settings.seed)
        source = CopySource(cases, frame, config)
        folder = settings.cache / "means"
        self.train = [self._kept(source, number, entry["sha256"], folder) for number in range(copies)]
        known = CopySource(framed({one.key: one.layout() for one in val}, frame)[0], frame, config)
        self.val = [self._mean(known.plain(n, ("liver",))) for n in range(len(known.layouts))]
        torch.manual_seed(settings.seed)
        self.config = shape or SharpenerConfig(len(config.code.values))
        self.module: nn.Module = SharpeningPair(self.config)
        channels_last(self.module)

    def _kept(self, source: CopySource, number: int, digest: str, folder: Path) -> _Mean:
        """A deformed copy and its mean, made once."""
        keys = [one.key for one in source.layouts]
        stamp = json.dumps([_VERSION, keys, digest, self.seed, number])
        path = folder / f"{number:04d}-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}.npz"
        if not path.is_file():
            rng = np.random.default_rng([self.seed, 2, number])
            made = self._mean(source.drawn(number % len(source.layouts), rng))
            parts = {name: getattr(made.copy, name).numpy() for name in ("labels", "known", "given")}
            with written_beside(path) as beside, beside.open("wb") as stream:
                np.savez_compressed(stream, residual=made.residual.numpy(), **parts)
        with np.load(path, allow_pickle=False) as stored:
            read = {name: torch.from_numpy(stored[name]) for name in ("labels", "known", "given", "residual")}
        return _Mean(LayoutCopy(read["labels"], read["known"], read["given"]), read["residual"])

    @torch.no_grad()
    def _mean(self, copy: LayoutCopy) -> _Mean:
        residual = mean_residual(self.stage, self.stage.shown(copy.given[None]))
        return _Mean(copy, residual[0].half())

    @property
    def _pair(self) -> SharpeningPair:
        assert isinstance(self.module, SharpeningPair)
        return self.module

    def loss(self, module: nn.Module, part: BatchPart) -> tuple[Tensor, dict[str, float]]:
        """The critic's loss plus the sharpener's, of a part of the step's batch."""
        assert isinstance(module, SharpeningPair)
        rngs = part.generators(self.seed, 1)
        device = next(module.parameters()).device
        crops = [self._crop(rng) for rng in rngs]
        shares, real, known, given = (torch.stack(parts).to(device) for parts in zip(*crops, strict=True))
        hot = F.one_hot(real, self.config.classes).movedim(-1, 1).float()
        levels = len(self.config.channels)
        noise = [one.to(device) for one in noise_field(real.shape[1:], levels, noise_generators(rngs))]
        scores = module.sharpener(shares, given, noise)
        soft = scores.softmax(1)
        sharp = F.one_hot(soft.argmax(1), self.config.classes).movedim(-1, 1).float()
        made = sharp + soft - soft.detach()  # one-hot forwards, its shares backwards
        seen = known[:, None].float()  # what the scan does not cover is alike in both
        made, hot = made * seen, hot * seen
        parts = adversary_losses(module.critic, lambda one: module.judged(one, shares, given), hot, made) | {
            "alike": F.l1_loss(F.avg_pool3d(soft * seen, POOLED), F.avg_pool3d(hot, POOLED)),
            "own": (F.cross_entropy(scores, real, reduction="none") * known).mean(),
        }
        share = min(1.0, part.step / WARMUP)
        judgement = share * (parts["fooled"] + MATCHED * parts["matched"])
        whole = parts["critic"] + judgement + self.config.classes * ALIKE * parts["alike"] + OWN * parts["own"]
        return whole, {name: float(one.detach()) for name, one in parts.items()}

    def _crop(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Shares (K, S, S, S), classes, what is known of them, and what is given."""
        one = self.train[int(rng.integers(len(self.train)))]
        edge = self.stage.config.code.patch
        cells = crop_places(lambda most: int(rng.integers(most)), one.residual.shape[1:], CROP // edge)
        place = tuple(slice(edge * side.start, edge * side.stop) for side in cells)
        z = (one.residual.float() + self.stage.mean)[(slice(None), *cells)]
        shares = self.stage.code.scores(z[None])[0].clamp(1e-3, 1.0)
        shares = shares ** (1.0 - _DIMMED * float(rng.random()))
        real = self.stage.code.index[one.copy.labels[place].long()]
        return shares / shares.sum(0), real, one.copy.known[place], one.copy.given[place] > 0

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """Layouts of scans above sharpened ones; shares of classes and of borders beside the scans' own."""
        shown, numbers = [], {"border_ratio": [], "share_error": []}  # type: ignore[var-annotated]
        for number, one in enumerate(self.val):
            labels = sharpened(module.sharpener, self.stage, one.residual.float()[None], one.copy.given, number)
            known = one.copy.known
            labels = torch.where(known, labels, one.copy.labels)
            shown.append((picture(one.copy.labels), picture(labels)))
            numbers["border_ratio"].append(_borders(labels) / _borders(one.copy.labels))
            counts = [torch.bincount(x[known].long(), minlength=256).float() for x in (labels, one.copy.labels)]
            numbers["share_error"].append(float((counts[0] - counts[1]).abs().sum() / counts[1].sum()))
        if shown:
            save_slices(folder / f"step_{step:06d}.png", shown)
        return {name: float(np.mean(values)) for name, values in numbers.items() if values}

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the sharpener alone."""
        assert isinstance(module, SharpeningPair)
        config = self.config.to_dict()
        self.models.save_component(self.name, module.sharpener, config, provenance, preset=self.preset)


@torch.no_grad()
def sharpened(sharpener: LayoutSharpener, stage: LayoutStage, residual: Tensor, given: Tensor, seed: int) -> Tensor:
    """(D, H, W) label values of one layout of a mean's code (1, C, d, h, w)."""
    shares = sharp_shares(sharpener, stage.scores(residual), given[None] > 0, seed)
    values = torch.tensor(stage.config.code.values, dtype=torch.uint8)
    return torch.where(given > 0, given, values[shares[0].argmax(0).cpu()])


def _borders(labels: Tensor) -> float:
    """Share of neighbouring voxels that differ."""
    parts = [(labels.diff(dim=axis) != 0).float().mean() for axis in range(3)]
    return float(torch.stack(parts).mean())
