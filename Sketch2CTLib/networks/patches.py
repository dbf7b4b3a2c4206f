"""A linear code of patches with a learned finish: what a signed distance needs, at a hundredth of the cost.

Near a surface a signed distance is nearly linear, so the first few principal components of its 8³ patches hold nearly
all of it: the code is computed, not trained. What patches leave at their seams a small network takes out. Decoding is
linear but for that finish, which makes guidance through it cheap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import ConfigError
from .coder import Coder
from .space_to_depth import depth_to_space, space_to_depth

_FLAT = 0.9  # a patch that lies beyond this on one side all over has no surface in it


@dataclass(frozen=True)
class PatchAutoencoderConfig:
    """Shape of a patch code.

    Args:
        patch: Edge of a patch in voxels, the compression.
        latent_channels: Principal components kept.
        whitening: Power of each component's standard deviation that is divided out: 0 keeps them, 1 makes all alike.
        noise: Standard deviation of the noise, in those of each channel, that the finish learns to bear.
        stem: Space-to-depth factor of the finish.
        width, res_blocks: Of the finish; 0 blocks leave the code linear.
        norm_groups: Groups of the group norms.
    """

    patch: int = 8
    latent_channels: int = 16
    whitening: float = 0.5
    noise: float = 0.01
    stem: int = 4
    width: int = 64
    res_blocks: int = 2
    norm_groups: int = 16

    def __post_init__(self) -> None:
        if self.patch not in (2, 4, 8, 16) or self.patch % self.stem:
            raise ConfigError(f"A patch of {self.patch} voxels with a stem of {self.stem} cannot be.")
        if not 1 <= self.latent_channels <= self.patch**3:
            raise ConfigError(f"A patch of {self.patch}³ voxels has no {self.latent_channels} components.")
        if self.width % self.norm_groups:
            raise ConfigError(f"A width of {self.width} is no multiple of {self.norm_groups} norm groups.")
        if not 0 <= self.whitening <= 1 or not 0 <= self.noise < 1:
            raise ConfigError("Whitening and noise of a patch code lie between 0 and 1.")

    @property
    def compression(self) -> int:
        """Voxels per latent cell along one axis."""
        return self.patch


class PatchAutoencoder(Coder):
    """Volumes (N, 1, D, H, W) in [−1, 1] ⇄ latents (N, C, D/p, H/p, W/p), p the patch."""

    basis: Tensor
    spread: Tensor  # standard deviation of each channel; the name is a key of checkpoints

    def __init__(self, config: PatchAutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        voxels = config.patch**3
        self.register_buffer("basis", torch.eye(config.latent_channels, voxels))  # orthonormal rows
        self.register_buffer("spread", torch.ones(config.latent_channels))
        self.finish = _Finish(config) if config.res_blocks else None

    @torch.no_grad()
    def fit_basis(self, volumes: Iterable[Tensor]) -> None:
        """Takes the basis from the patches with a surface in them: their mean level first, then what varies most.

        The mean level is a component of its own, so that patches without a surface come back exact.

        Args:
            volumes: Batches (N, 1, D, H, W).

        Raises:
            ConfigError: Too few patches hold a surface.
        """
        voxels, count = self.config.patch**3, 0
        moment, level = torch.zeros(voxels, voxels).double(), torch.full((voxels,), voxels**-0.5).double()
        for batch in volumes:
            patches = space_to_depth(batch.double(), self.config.patch).flatten(2).transpose(1, 2).flatten(0, 1)
            low, high = patches.amin(1), patches.amax(1)
            patches = patches[(low < _FLAT) & (high > -_FLAT)].cpu()
            moment, count = moment + patches.T @ patches, count + len(patches)
        if count <= self.config.latent_channels:
            raise ConfigError(
                f"Only {count} patches hold a surface, too few for {self.config.latent_channels} components."
            )
        moment = moment / count
        away = torch.eye(voxels).double() - torch.outer(level, level)
        vectors = torch.linalg.eigh(away @ moment @ away)[1].flip(1)[:, : self.config.latent_channels - 1].T
        sign = torch.where(vectors[:, : voxels // 2].sum(1, keepdim=True) < 0, -1.0, 1.0)
        basis = torch.cat([level[None], vectors * sign])
        self.basis.copy_(basis)
        self.spread.copy_((basis @ moment * basis).sum(1).clamp_min(1e-8).sqrt())

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The code, and the standard deviation of the noise that decoding bears."""
        patches = space_to_depth(x.float(), self.config.patch)
        with torch.autocast(x.device.type, enabled=False):
            z = torch.einsum("cv,nvdhw->ncdhw", self.basis, patches) / self._scale
        return z, (self.config.noise * self.spread[:, None, None, None] / self._scale).expand_as(z)

    def decode(self, z: Tensor) -> Tensor:
        """The volume of a latent."""
        coarse = self.linear(z)
        return coarse if self.finish is None else coarse + self.finish(coarse)

    def linear(self, z: Tensor, stride: int = 1) -> Tensor:
        """The volume of a latent without the finish: linear in it, and cheap to take gradients through.

        Args:
            z: (N, C, d, h, w) latents.
            stride: Every how many voxels along each axis are decoded, a divisor of the patch's edge.
        """
        edge = self.config.patch
        basis = self.basis.view(-1, edge, edge, edge)[:, ::stride, ::stride, ::stride].flatten(1)
        with torch.autocast(z.device.type, enabled=False):
            patches = torch.einsum("cv,ncdhw->nvdhw", basis, z.float() * self._scale)
        return depth_to_space(patches, edge // stride)

    def channel_weights(self) -> Tensor:
        """(C,) with mean 1: how much a squared error of each channel is in the field."""
        squares = self._scale.flatten() ** 2
        return squares / squares.mean()

    @property
    def _scale(self) -> Tensor:
        return (self.spread**self.config.whitening)[:, None, None, None]


class _Finish(nn.Module):
    """What is added to the linear decoding: residual convolutions behind a space-to-depth stem, nothing at first."""

    def __init__(self, config: PatchAutoencoderConfig) -> None:
        super().__init__()
        self.stem, cells = config.stem, config.stem**3
        self.inward = nn.Conv3d(cells, config.width, 3, padding=1)
        self.blocks = nn.ModuleList(_Block(config.width, config.norm_groups) for _ in range(config.res_blocks))
        self.outward = nn.Conv3d(config.width, cells, 3, padding=1)
        nn.init.zeros_(self.outward.weight)
        nn.init.zeros_(self.outward.bias)  # type: ignore[arg-type]

    def forward(self, coarse: Tensor) -> Tensor:
        """(N, 1, D, H, W) → what is missing, the same shape."""
        h = self.inward(space_to_depth(coarse, self.stem))
        for block in self.blocks:
            h = block(h)
        return depth_to_space(self.outward(torch.nn.functional.silu(h)), self.stem)


class _Block(nn.Module):
    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, width)
        self.first, self.second = nn.Conv3d(width, width, 3, padding=1), nn.Conv3d(width, width, 3, padding=1)

    def forward(self, h: Tensor) -> Tensor:
        inner = self.first(torch.nn.functional.silu(self.norm(h)))
        return h + self.second(torch.nn.functional.silu(inner))
