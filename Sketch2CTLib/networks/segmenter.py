"""The segmenter: one small U-Net that finds any structure in its cube, told which one and in which kind of scan."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, cat, nn

from ..errors import ConfigError
from .residual_block import ResidualBlock
from .space_to_depth import depth_to_space, space_to_depth


@dataclass(frozen=True)
class SegmenterConfig:
    """Shape of a segmenter.

    Args:
        voxels: Edge of the cube that it sees.
        stem: Space-to-depth factor before the first convolution.
        channels: Width of each level; every level but the last halves the resolution.
        deep_blocks: Residual blocks of the deepest level; the others have one on the way down and one up.
        structures, modalities: How many of each it may be told.
        told: Width of what it is told.
        norm_groups: Groups of the group norms; divides every width.
    """

    voxels: int = 128
    stem: int = 4
    channels: tuple[int, ...] = (48, 80, 96)
    deep_blocks: int = 2
    structures: int = 7
    modalities: int = 2
    told: int = 64
    norm_groups: int = 8

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        if not self.channels or any(c % self.norm_groups for c in self.channels):
            raise ConfigError(f"Widths {self.channels} are not multiples of {self.norm_groups} norm groups.")
        if self.stem not in (1, 2, 4, 8) or self.voxels % (self.stem * 2 ** (len(self.channels) - 1)):
            raise ConfigError(
                f"A cube of {self.voxels} voxels cannot be halved {len(self.channels) - 1} times behind a stem of "
                f"{self.stem}."
            )


class SegmenterNet(nn.Module):
    """Cubes (N, 1, V, V, V) in [−1, 1] → logits (N, 1, V, V, V), positive inside the structure.

    Conditioned residual blocks in a U-Net whose skips add. No convolution but the last two, which see one cell
    each, knows the single voxels: these give each voxel its side from its own value and what its cell has learned.

    Reference: Ronneberger, Fischer and Brox, "U-Net", MICCAI 2015.
    """

    def __init__(self, config: SegmenterConfig) -> None:
        super().__init__()
        self.config = config
        cells, widths = config.stem**3, config.channels
        self.structure = nn.Embedding(config.structures, config.told)
        self.modality = nn.Embedding(config.modalities, config.told)
        self.inward = nn.Conv3d(cells, widths[0], 1)
        self.fall = nn.ModuleList(self._block(width) for width in widths[:-1])
        self.deep = nn.ModuleList(self._block(widths[-1]) for _ in range(config.deep_blocks))
        self.rise = nn.ModuleList(self._block(width) for width in widths[:-1])
        steps = list(pairwise(widths))
        self.down = nn.ModuleList(nn.Conv3d(fine, coarse, 2, 2) for fine, coarse in steps)
        self.up = nn.ModuleList(nn.ConvTranspose3d(coarse, fine, 2, 2) for fine, coarse in steps)
        self.outward = nn.Sequential(
            nn.Conv3d(widths[0] + cells, 2 * widths[0], 1), nn.SiLU(), nn.Conv3d(2 * widths[0], cells, 1)
        )

    def _block(self, width: int) -> ResidualBlock:
        return ResidualBlock(width, width, self.config.told, self.config.norm_groups)

    def forward(self, x: Tensor, structure: Tensor, modality: Tensor) -> Tensor:
        """Logits.

        Args:
            x: (N, 1, V, V, V) in [−1, 1].
            structure, modality: (N,) whole numbers.
        """
        condition = self.structure(structure) + self.modality(modality)
        cells = space_to_depth(x, self.config.stem)
        h = self.inward(cells)
        kept = []
        for block, halve in zip(self.fall, self.down, strict=True):
            h = block(h, condition)
            kept.append(h)
            h = halve(h)
        for block in self.deep:
            h = block(h, condition)
        for block, double, fine in zip(reversed(self.rise), reversed(self.up), reversed(kept), strict=True):
            h = block(double(h) + fine, condition)
        return depth_to_space(self.outward(cat([h, cells.to(h.dtype)], dim=1)), self.config.stem)
