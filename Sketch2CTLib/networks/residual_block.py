"""MONAI's conditioned residual block, with its names and their order, so that weights and seeds are the same.

It is written out for the segmenter, which looks at every scan: MONAI is imported whole, five seconds before the first
voxel.

Reference: MONAI 1.6.1, `monai/networks/nets/diffusion_model_unet.py` and `monai/networks/blocks`.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

NORM_EPS = 1e-6


def convolution(inward: int, outward: int, kernel: int = 3) -> nn.Sequential:
    """A 3D convolution of an odd kernel under the name `conv`."""
    return nn.Sequential(OrderedDict(conv=nn.Conv3d(inward, outward, kernel, padding=kernel // 2)))


def zeroed(module: nn.Module) -> nn.Module:
    """The module with all parameters 0."""
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    return module


class ResidualBlock(nn.Module):
    """(N, inward, D, H, W) and an embedding (N, embedding) → (N, outward, D, H, W)."""

    def __init__(self, inward: int, outward: int, embedding: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, inward, eps=NORM_EPS)
        self.nonlinearity = nn.SiLU()
        self.conv1 = convolution(inward, outward)
        self.time_emb_proj = nn.Linear(embedding, outward)
        self.norm2 = nn.GroupNorm(groups, outward, eps=NORM_EPS)
        self.conv2 = zeroed(convolution(outward, outward))
        self.skip_connection = nn.Identity() if inward == outward else convolution(inward, outward, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """The block's answer beside its input."""
        h = self.conv1(self.nonlinearity(self.norm1(x)))
        h = h + self.time_emb_proj(self.nonlinearity(embedding))[:, :, None, None, None]
        h = self.conv2(self.nonlinearity(self.norm2(h)))
        return self.skip_connection(x) + h
