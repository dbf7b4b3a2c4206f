"""The layout stage as a module: organs that are given in, the codes of the whole region out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ...catalog import label_value
from ...diffusion import Preconditioning, Schedule, ScheduleConfig
from ...errors import ConfigError
from ...frames import VoxelGrid
from ...networks import FilmUNet, FilmUNetConfig
from ...networks.label_code import LabelCode, LabelCodeConfig
from ...networks.time_waves import sines_then_cosines

TIME_WAVES = 32
ORGANS = (
    "liver",
    "spleen",
    "left_kidney",
    "right_kidney",
    "aorta",
    "gallbladder",
    "oesophagus",
    "stomach",
    "inferior_vena_cava",
    "portal_and_splenic_veins",
    "pancreas",
    "right_adrenal_gland",
    "left_adrenal_gland",
)
TISSUES = ("outside", "object", "gas", "lung", "fat", "soft_tissue", "bright", "bone")
_UNSEEN = 0.02  # weight of a cell that the scan does not cover, where its edge goes on
_UNION_CELLS = 2  # of a latent cell along each axis, at which the given organs' border is shown


@dataclass(frozen=True)
class LayoutConfig:
    """Shape of the layout stage.

    Args:
        shape_kji: Voxels of the region; spacing_mm: their edge.
        code: Of label maps.
        channels, deep_blocks: Of the U-Net.
        pooled_dim: Width of what modulates it.
    """

    shape_kji: tuple[int, int, int] = (96, 80, 112)
    spacing_mm: float = 4.0
    code: LabelCodeConfig = field(
        default_factory=lambda: LabelCodeConfig(tuple(label_value(name) for name in (*TISSUES, *ORGANS)))
    )
    channels: tuple[int, int, int] = (40, 80, 96)
    deep_blocks: int = 2
    pooled_dim: int = 96
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)

    def __post_init__(self) -> None:
        if any(size % (4 * self.code.patch) for size in self.shape_kji):
            raise ConfigError(f"A region of {self.shape_kji} voxels is no multiple of {4 * self.code.patch}.")

    @property
    def latent_shape(self) -> tuple[int, int, int, int]:
        """(C, d, h, w)."""
        depth, height, width = (size // self.code.patch for size in self.shape_kji)
        return self.code.latent_channels, depth, height, width

    @property
    def shown_channels(self) -> int:
        """Channels of the given organs and of the place."""
        return len(ORGANS) + _UNION_CELLS**3 + 3

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LayoutConfig:
        """Undoes `to_dict`."""
        parts = {
            "shape_kji": tuple(values["shape_kji"]),
            "channels": tuple(values["channels"]),
            "code": LabelCodeConfig(**values["code"]),
            "schedule": ScheduleConfig(**values["schedule"]),
        }
        return cls(**{**values, **parts})


@dataclass(frozen=True)
class LayoutFrame:
    """Where the region lies about organs that are known.

    Args:
        centres_mm: Organ → (3,) mean RAS place of its centroid in the region's frame, whose origin is the region's
            middle.
    """

    centres_mm: Mapping[str, tuple[float, float, float]]

    def origin(self, centroids_ras: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """(3,) RAS of the region's middle: where the organs, on the mean, lie at their usual places.

        Raises:
            ConfigError: None of the organs is known.
        """
        known = [name for name in centroids_ras if name in self.centres_mm]
        if not known:
            names = ", ".join(sorted(centroids_ras)) or "nothing"
            raise ConfigError(
                f"No layout can be made around {names}.", hint=f"Give one of {', '.join(self.centres_mm)}."
            )
        return np.mean([centroids_ras[name] - np.array(self.centres_mm[name]) for name in known], axis=0)

    def grid(self, centroids_ras: Mapping[str, NDArray[np.float64]], config: LayoutConfig) -> VoxelGrid:
        """The region's grid about the organs."""
        return region_grid(self.origin(centroids_ras), config)


def region_grid(middle_ras: NDArray[np.float64], config: LayoutConfig) -> VoxelGrid:
    """The grid of a region about a point."""
    affine = np.diag([config.spacing_mm] * 3 + [1.0])
    affine[:3, 3] = middle_ras - config.spacing_mm * (np.array(config.shape_kji[::-1]) - 1) / 2
    return VoxelGrid(config.shape_kji, affine)


def coarse_grid(middle_ras: NDArray[np.float64], config: LayoutConfig, stride: int = 2) -> VoxelGrid:
    """The region's grid with voxels `stride` times as large, on which layouts are registered."""
    affine = region_grid(middle_ras, config).ijk_to_ras.copy()
    affine[:3, :3] *= stride
    affine[:3, 3] += config.spacing_mm * (stride - 1) / 2
    depth, height, width = (size // stride for size in config.shape_kji)
    return VoxelGrid((depth, height, width), affine)


class LayoutStage(nn.Module):
    """Given organs → layout: a modulated U-Net denoises what a layout's code has beside the mean layout's.

    Its first evaluation, at the last time step, is the mean of what the organs leave open.
    """

    mean: Tensor  # (C, d, h, w) of the codes
    spread: Tensor  # (C, d/2, h/2, w/2) standard deviation about it

    def __init__(self, config: LayoutConfig) -> None:
        super().__init__()
        self.config = config
        self.schedule = Schedule(config.schedule)
        self.code = LabelCode(config.code)
        channels = config.code.latent_channels
        self.told = nn.Linear(len(ORGANS), config.pooled_dim)
        self.time = nn.Sequential(
            nn.Linear(2 * TIME_WAVES, config.pooled_dim), nn.SiLU(), nn.Linear(config.pooled_dim, config.pooled_dim)
        )
        seen = 2 * channels + config.shown_channels
        shape = FilmUNetConfig(channels, seen, config.pooled_dim, config.channels, config.deep_blocks)
        self.net = FilmUNet(shape)
        nn.init.zeros_(self.net.outward.weight)
        nn.init.zeros_(self.net.outward.bias)  # type: ignore[arg-type]
        self.register_buffer("mean", torch.zeros(config.latent_shape))
        depth, height, width = config.latent_shape[1:]
        self.register_buffer("spread", torch.ones(channels, depth // 2, height // 2, width // 2))

    def shown(self, given: Tensor) -> tuple[Tensor, Tensor]:
        """What the U-Net sees of given organs.

        Args:
            given: (N, D, H, W) label values of the given organs, 0 elsewhere.

        Returns:
            (N, S, d, h, w) in space, and (N, O) which organs are given.
        """
        values = torch.tensor([label_value(name) for name in ORGANS], device=given.device)
        bodies = (given[:, None] == values.view(1, -1, 1, 1, 1)).float()
        cells = F.avg_pool3d(bodies, self.config.code.patch)
        union = F.avg_pool3d(bodies.amax(1, keepdim=True), self.config.code.patch // _UNION_CELLS)
        n, _, d, h, w = cells.shape
        parts = union.reshape(n, d, _UNION_CELLS, h, _UNION_CELLS, w, _UNION_CELLS).permute(0, 2, 4, 6, 1, 3, 5)
        axes = [torch.linspace(-1, 1, size, device=given.device) for size in (d, h, w)]
        place = torch.stack(torch.meshgrid(*axes, indexing="ij"))[None].expand(n, -1, -1, -1, -1)
        return torch.cat([cells, parts.reshape(n, -1, d, h, w), place], dim=1), bodies.flatten(2).amax(2)

    def forward(self, z_t: Tensor, t: Tensor, shown: Tensor, told: Tensor) -> Tensor:
        """Predicted velocity of (N, C, d, h, w) codes less their mean.

        At the last time step nothing is left of them in z_t, whose noise is not looked at: what comes out is the mean.
        """
        z_t = z_t * (t < self.config.schedule.steps - 1).view(-1, 1, 1, 1, 1)
        spread = F.interpolate(self.spread[None], size=z_t.shape[2:], mode="trilinear").expand_as(z_t)
        linear = Preconditioning.at(t, z_t, spread, self.schedule)
        waves = sines_then_cosines(t, 2 * TIME_WAVES)
        pooled = self.time(waves) + self.told(told)
        mean = self.mean[None].expand_as(z_t)
        seen = torch.cat([z_t * linear.c_in, mean, shown.to(z_t.dtype)], dim=1)
        return linear.c_skip * z_t + linear.c_out * self.net(seen, pooled).float()

    def scores(self, residual: Tensor) -> Tensor:
        """(N, K, D, H, W) shares of the classes of codes less their mean."""
        return self.code.scores(residual + self.mean)

    @torch.no_grad()
    def fit_statistics(self, labels: list[Tensor], known: list[Tensor]) -> None:
        """Takes code, mean and spread from label maps.

        Args:
            labels: (1, D, H, W) each; known: (1, D, H, W) bool, where they are known.
        """
        self.code.fit(labels)
        edge = self.config.code.patch
        total = torch.zeros(self.config.latent_shape)
        square, weight = torch.zeros_like(total), torch.zeros_like(total[:1])
        for one, seen in zip(labels, known, strict=True):
            z, share = self.code.encode(one)[0], F.avg_pool3d(seen[None].float(), edge)[0].clamp_min(_UNSEEN)
            total, square, weight = total + share * z, square + share * z.square(), weight + share
        mean = total / weight
        variance = (square / weight - mean.square()).clamp_min(0)
        floor = 0.05 * self.code.spread.view(-1, 1, 1, 1) ** (1 - self.code.config.whitening)
        soft = F.avg_pool3d(variance[None], 2)[0].sqrt()
        self.mean.copy_(mean)
        self.spread.copy_(torch.maximum(soft, floor))
