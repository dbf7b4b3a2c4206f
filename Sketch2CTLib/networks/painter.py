"""From a layout to a scan, at full resolution.

Reference: Park et al., "Semantic image synthesis with spatially-adaptive normalization", CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ConfigError
from .noisy_unet import NoisyUNet, NoisyUNetConfig


@dataclass(frozen=True)
class PainterConfig:
    """Shape of a painter.

    Args:
        values: Label values that it tells apart; what else stands in a layout becomes the first.
        style_dim: Numbers of a style.
        channels: Widths at full, half, quarter and eighth resolution.
        deep_blocks: Residual blocks at quarter and at eighth resolution.
        embedded: Width in which a class is shown.
        pooled_dim: Width in which a style is shown.
    """

    values: tuple[int, ...]
    style_dim: int = 4
    channels: tuple[int, int, int, int] = (16, 32, 64, 96)
    deep_blocks: int = 2
    embedded: int = 12
    pooled_dim: int = 48

    def __post_init__(self) -> None:
        if len(set(self.values)) != len(self.values) or not all(0 <= v <= 255 for v in self.values):
            raise ConfigError(f"A painter needs different bytes as label values, got {self.values}.")

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PainterConfig:
        """Undoes `to_dict`."""
        return cls(**{**values, "values": tuple(values["values"]), "channels": tuple(values["channels"])})

    @property
    def multiple(self) -> int:
        """What each edge of a painted volume is a multiple of."""
        return 2 ** (len(self.channels) - 1)


class Painter(nn.Module):
    """Classes, their usual values as a picture, a style and noise → a scan, about in [−1, 1]."""

    index: Tensor

    def __init__(self, config: PainterConfig) -> None:
        super().__init__()
        self.config = config
        lookup = torch.zeros(256, dtype=torch.int64)
        lookup[list(config.values)] = torch.arange(len(config.values))
        self.register_buffer("index", lookup, persistent=False)
        self.classes = nn.Embedding(len(config.values), config.embedded)
        self.style = nn.Sequential(nn.Linear(config.style_dim, config.pooled_dim), nn.SiLU())
        shape = NoisyUNetConfig(config.embedded + 2, 1, config.channels, config.deep_blocks, config.pooled_dim)
        self.net = NoisyUNet(shape)

    def classes_of(self, labels: Tensor) -> Tensor:
        """(…) label values → (…) int64 positions among the classes."""
        return self.index[labels.long()]

    def forward(self, classes: Tensor, picture: Tensor, style: Tensor, noise: Sequence[Tensor]) -> Tensor:
        """Paints.

        Args:
            classes: (N, D, H, W) int64 positions among the classes.
            picture: (N, 1, D, H, W) the usual value of each voxel's class in [−1, 1].
            style: (N, S).
            noise: (N, 1, D, H, W) and its halves, see `noise_field`.

        Returns:
            (N, 1, D, H, W) float32; what lies beyond [−1, 1] is beyond the window.
        """
        shown = torch.cat([self.classes(classes).movedim(-1, 1), picture, noise[0]], dim=1)
        return picture + self.net(shown, noise, self.style(style)).float()
