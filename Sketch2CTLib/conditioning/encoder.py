"""The condition encoder: everything that was asked → tokens and spatial channels, any part of it optional."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ConfigError
from .fusion import CGFM, SKETCH_CHANNELS, TSFE, TextTokens
from .geometry import GeometryTokens
from .lifted import BOX_CHANNELS, lift, lift_box

VIEW_NAMES = ("axial", "coronal", "sagittal")


@dataclass(frozen=True)
class ConditionerConfig:
    """Shape and switches of the condition encoder.

    Args:
        width: Width of capsules and fused features.
        capsules: Number of routed sketch capsules (context tokens).
        context_dim: Width of the context tokens; 1024 in the paper.
        quantities: How many numbers a description can hold.
        structures: How many structures the model knows.
        lifted_sketch: Concatenate the lifted sketch to the latent.
        geometry_tokens: Give numbers their own tokens (and their box, where a sketch is lifted).
        cells: Latent cells along one axis.
        picture_pixels: Pixels of the lifted picture along one axis; a multiple of `cells`.
    """

    width: int = 256
    capsules: int = 32
    context_dim: int = 1024
    quantities: int = 29
    structures: int = 8
    lifted_sketch: bool = False
    geometry_tokens: bool = False
    cells: int = 32
    picture_pixels: int = 64

    def __post_init__(self) -> None:
        if self.picture_pixels % self.cells:
            raise ConfigError(f"{self.picture_pixels} picture pixels are not a multiple of {self.cells} latent cells.")

    @property
    def spatial_channels(self) -> int:
        """Channels that the denoiser gets beside the latent."""
        sketch = SKETCH_CHANNELS * (self.picture_pixels // self.cells) ** 2 + 1 if self.lifted_sketch else 0
        box = BOX_CHANNELS if self.geometry_tokens else 0
        return sketch + box


@dataclass(frozen=True)
class ConditionBatch:
    """What was asked, for N samples, as tensors.

    Args:
        pictures: (N, 2, 128, 128) float32, the sketch's channels for the capsules.
        lifted: (N, 2, P, P) float32, the same at the lifted resolution.
        views: N names of views.
        text: (N, L, 384) sentence vectors; text_known: (N, L) bool.
        z_scores: (N, Q); known: (N, Q) bool.
        box: (N, 9) of `lifted.box_numbers`, NaN where unknown.
        structure: (N,) int64.
        has_sketch: (N,) bool; a sample without a sketch gets a learned stand-in.
    """

    pictures: Tensor
    lifted: Tensor
    views: tuple[str, ...]
    text: Tensor
    text_known: Tensor
    z_scores: Tensor
    known: Tensor
    box: Tensor
    structure: Tensor
    has_sketch: Tensor

    def __len__(self) -> int:
        return len(self.pictures)

    def to(self, device: torch.device | str) -> ConditionBatch:
        """The batch on a device."""
        fields: dict[str, Any] = {k: v.to(device) if isinstance(v, Tensor) else v for k, v in vars(self).items()}
        return ConditionBatch(**fields)

    def without(self, *, sketch: Tensor, numbers: Tensor, words: Tensor) -> ConditionBatch:
        """The batch with conditions dropped where the (N,) bool masks say so."""
        return replace(
            self,
            has_sketch=self.has_sketch & ~sketch,
            known=self.known & ~numbers.unsqueeze(1),
            box=torch.where(numbers.unsqueeze(1), torch.full_like(self.box, float("nan")), self.box),
            text_known=self.text_known & ~words.unsqueeze(1),
        )

    def unconditional(self) -> ConditionBatch:
        """Only the structure (and the view) is known."""
        every = torch.ones(len(self), dtype=torch.bool, device=self.pictures.device)
        return self.without(sketch=every, numbers=every, words=every)


@dataclass(frozen=True)
class ConditionTokens:
    """What a denoiser reads: tokens (N, L, context_dim) and spatial channels (N, S, d, d, d), or None."""

    tokens: Tensor
    spatial: Tensor | None


def join_batches(first: ConditionBatch, second: ConditionBatch) -> ConditionBatch:
    """Two batches as one (conditional and unconditional halves of guidance)."""
    joined = {k: torch.cat([v, getattr(second, k)]) for k, v in vars(first).items() if isinstance(v, Tensor)}
    return ConditionBatch(views=first.views + second.views, **joined)


class ConditionEncoder(nn.Module):
    """ConditionBatch → ConditionTokens."""

    def __init__(self, config: ConditionerConfig) -> None:
        super().__init__()
        self.config = config
        self.text = TextTokens(config.width)
        self.tsfe = TSFE(config.width, config.capsules)
        self.cgfm = CGFM(config.width, config.context_dim)
        self.no_sketch = nn.Parameter(torch.randn(config.capsules, config.width) * 0.02)
        self.structure = nn.Embedding(config.structures, config.context_dim)
        self.view = nn.Embedding(len(VIEW_NAMES), config.context_dim)
        self.geometry = GeometryTokens(config.quantities, config.context_dim) if config.geometry_tokens else None

    def forward(self, batch: ConditionBatch) -> ConditionTokens:
        """Tokens in the order capsules, structure, view, numbers."""
        f_t = self.text(batch.text, batch.text_known)
        has = batch.has_sketch.view(-1, 1, 1)
        f_s = torch.where(has, self.tsfe(batch.pictures, f_t), self.no_sketch.to(f_t.dtype))
        views = torch.tensor([VIEW_NAMES.index(v) for v in batch.views], device=f_t.device)
        tokens = [self.cgfm(f_s, f_t), self.structure(batch.structure)[:, None], self.view(views)[:, None]]
        if self.geometry is not None:
            tokens.append(self.geometry(batch.z_scores, batch.known))
        return ConditionTokens(torch.cat([t.float() for t in tokens], dim=1), self._spatial(batch))

    def _spatial(self, batch: ConditionBatch) -> Tensor | None:
        parts = []
        cells = self.config.cells
        if self.config.lifted_sketch:
            has = batch.has_sketch.view(-1, 1, 1, 1, 1).float()
            parts += [lift(batch.lifted, batch.views, cells) * has, has.expand(-1, 1, cells, cells, cells)]
        if self.config.geometry_tokens:
            parts.append(lift_box(batch.box, cells))
        return torch.cat(parts, dim=1) if parts else None
