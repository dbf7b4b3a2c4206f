"""From the shares of a mean layout to one layout: ribs and bowel that are somewhere, not everywhere a little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import ConfigError
from ...networks.noisy_unet import NoisyUNet, NoisyUNetConfig

_LEAST = 1e-3  # of a share, so that its logarithm is bounded


@dataclass(frozen=True)
class SharpenerConfig:
    """Shape of a sharpener.

    Args:
        classes: Of the layouts.
        channels: Widths at full resolution and its halvings; deep_blocks: see NoisyUNetConfig.
    """

    classes: int
    channels: tuple[int, ...] = (24, 40, 64, 80)
    deep_blocks: int = 2

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise ConfigError(f"A layout has more than {self.classes} class.")

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SharpenerConfig:
        """Undoes `to_dict`."""
        return cls(**{**values, "channels": tuple(values["channels"])})


class LayoutSharpener(nn.Module):
    """Shares of a mean layout, what is given, and noise → scores of the classes of one layout."""

    def __init__(self, config: SharpenerConfig) -> None:
        super().__init__()
        self.config = config
        self.net = NoisyUNet(NoisyUNetConfig(config.classes + 2, config.classes, config.channels, config.deep_blocks))

    def forward(self, shares: Tensor, given: Tensor, noise: Sequence[Tensor]) -> Tensor:
        """Sharpens.

        Args:
            shares: (N, K, D, H, W); what is below 0 or above 1 is cut off.
            given: (N, D, H, W) bool, where an organ is given.
            noise: See `noise_field`.

        Returns:
            (N, K, D, H, W) float32 scores: logarithms of shares, but for a constant.
        """
        sure = shares.clamp(_LEAST, 1.0)
        shown = torch.cat([sure, given[:, None].to(sure.dtype), noise[0]], dim=1)
        return sure.log() + self.net(shown, noise).float()
