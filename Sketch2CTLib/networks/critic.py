"""The critic of what is made up: it scores at each place whether something real looks so there.

Reference: Isola et al., "Image-to-image translation with conditional adversarial networks", CVPR 2017; Miyato et al.,
"Spectral normalization for generative adversarial networks", ICLR 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

_SLOPE = 0.2
_STEEPNESS = 4.0  # of the scores


class PatchCritic(nn.Module):
    """What is judged, and what it was made from → scores of patches.

    No layer magnifies a difference: what is small beside the range of its channel must be shown magnified.

    Args:
        shown: Channels.
        channels: Widths at half, at quarter and again at quarter resolution.
    """

    def __init__(self, shown: int, channels: Sequence[int] = (24, 48, 96)) -> None:
        super().__init__()
        half, quarter, again = channels
        convs = [nn.Conv3d(wide, deep, 4, 2, 1) for wide, deep in pairwise((shown, half, quarter))]
        convs.append(nn.Conv3d(quarter, again, 3, padding=1))
        self.convs = nn.ModuleList(spectral_norm(conv) for conv in convs)
        self.outward = spectral_norm(nn.Conv3d(again, 1, 3, padding=1))

    def forward(self, shown: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, S, D, H, W) → (N, 1, D/4, H/4, W/4) scores, higher for what is real, and the features on the way."""
        x = shown.contiguous(memory_format=torch.channels_last_3d)
        features = []
        for conv in self.convs:
            x = F.leaky_relu(conv(x), _SLOPE)
            features.append(x)
        return _STEEPNESS * self.outward(x).float(), features
