"""The lifted sketch and the lifted numbers: conditions that lie where the latent lies.

Attention alone cannot pin pixels, so the silhouette's signed distance is broadcast along the view axis and
concatenated to the latent; blocks of pixels become channels, so that no precision is lost at latent resolution.
The organ stands in the middle of its cube, so known extents are a box in space, and they are drawn as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..frames import view as standard_view

EXTENTS = ("extent_rl_mm", "extent_ap_mm", "extent_si_mm")
WIDEST = ("widest_rl", "widest_ap", "widest_si")
CENTROIDS = ("centroid_rl", "centroid_ap", "centroid_si")
BOX_CHANNELS = 12
COORDINATE_CHANNELS = 6
TRUNCATION = 1.0 / 16.0


def sketch_channels(ink: NDArray[np.uint8], filled: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(2, P, P) float32 in [−1, 1]: truncated signed distance to the silhouette's edge, nearness to any stroke.

    Args:
        ink: (P, P) uint8, 255 where ink is.
        filled: (P, P) bool, the filled silhouette.
    """
    import cv2

    edge = TRUNCATION * 2 * ink.shape[0]
    inside = cv2.distanceTransform(filled.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~filled).astype(np.uint8), cv2.DIST_L2, 5)
    signed = np.clip((np.where(filled, inside - 0.5, 0.5 - outside)) / edge, -1.0, 1.0)
    stroke = cv2.distanceTransform((ink < 96).astype(np.uint8), cv2.DIST_L2, 5)
    return np.stack([signed, 2.0 * np.exp(-stroke * (32.0 / ink.shape[0])) - 1.0]).astype(np.float32)


def fold(channels: Tensor, cells: int) -> Tensor:
    """Pictures (N, C, P, P) → (N, C·(P/cells)², cells, cells): blocks of pixels become channels."""
    return torch.nn.functional.pixel_unshuffle(channels, channels.shape[-1] // cells)


def lift(folded: Tensor, views: Sequence[str]) -> Tensor:
    """Pictures (N, C, cells, cells) on their views → spatial channels (N, C, cells, cells, cells), axes kji."""
    cells = folded.shape[-1]
    lifted = []
    for sample, name in zip(folded, views, strict=True):
        plane = standard_view(name)
        rows, columns = plane.flip
        flips = [axis for axis, on in ((1, rows), (2, columns)) if on]
        slab = torch.flip(sample, flips) if flips else sample
        axis = plane.axis_kji + 1
        lifted.append(slab.unsqueeze(axis).expand(*_with(slab.shape, axis, cells)))
    return torch.stack(lifted)


class LiftStem(nn.Module):
    """Pictures (N, C, P, P) → features (N, width, cells, cells), so that not every pixel becomes a channel."""

    def __init__(self, channels: int, block: int, width: int) -> None:
        super().__init__()
        folded = channels * block**2
        self.block = block
        self.layers = nn.Sequential(
            nn.Conv2d(folded, 2 * width, 3, padding=1), nn.SiLU(), nn.Conv2d(2 * width, width, 3, padding=1)
        )
        self.skip = nn.Conv2d(folded, width, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """The features of each block of pixels: a linear projection plus two convolutions."""
        folded = torch.nn.functional.pixel_unshuffle(pictures, self.block)
        return self.skip(folded) + self.layers(folded)


def _with(shape: Sequence[int], axis: int, size: int) -> tuple[int, ...]:
    whole = list(shape)
    whole.insert(axis, size)
    return tuple(whole)


def box_numbers(numbers: Mapping[str, float], cube_mm: float) -> NDArray[np.float32]:
    """(9,) extents as fractions of the cube's edge, then widest and centroid positions in 0…1; NaN where unknown."""
    extents = [numbers.get(name, np.nan) / cube_mm for name in EXTENTS]
    places = [numbers.get(name, np.nan) for name in (*WIDEST, *CENTROIDS)]
    return np.array(extents + places, dtype=np.float32)


def lift_box(numbers: Tensor, cells: int) -> Tensor:
    """`box_numbers` (N, 9) → (N, 12, cells, cells, cells), axes kji; zeros where unknown.

    Per RAS axis: distance inside the extents' slab, whether it is known, and offsets from the widest section and from
    the centre of mass, in units of the extent.
    """
    axis = (torch.arange(cells, device=numbers.device, dtype=torch.float32) + 0.5) / cells - 0.5
    channels = []
    for ras in range(3):
        extent, widest, centroid = (numbers[:, ras + 3 * row].view(-1, 1) for row in range(3))
        known = extent.isfinite()
        safe = torch.where(known, extent, torch.ones_like(extent)).clamp_min(1e-3)
        slab = torch.clamp((safe / 2 - axis.abs()) / TRUNCATION / 2, -1.0, 1.0) * known
        profile = [slab, known.expand_as(slab).to(slab.dtype)]
        for place in (widest, centroid):
            offset = axis / safe - (torch.nan_to_num(place) - 0.5)
            profile.append(torch.clamp(2 * offset, -1.0, 1.0) * (known & place.isfinite()))
        stacked = torch.stack(profile, dim=1)  # (N, 4, cells)
        shape = [len(numbers), 4, 1, 1, 1]
        shape[4 - ras] = cells
        channels.append(stacked.view(shape).expand(-1, -1, cells, cells, cells))
    return torch.cat(channels, dim=1)


def lift_coordinates(numbers: Tensor, cells: int) -> Tensor:
    """`box_numbers` (N, 9) → (N, 6, cells, cells, cells), axes kji: where a cell lies along R, A and S.

    First in half cubes, −1 to 1; then in half extents, clipped to ± 2, zeros where an extent is unknown.
    """
    axis = (torch.arange(cells, device=numbers.device, dtype=torch.float32) + 0.5) / cells * 2.0 - 1.0
    extents = numbers[:, :3]
    scale = torch.nan_to_num(1.0 / extents.clamp_min(1e-3), nan=0.0)
    channels = []
    for ras in range(3):
        pair = torch.stack([axis.expand(len(numbers), -1), (axis * scale[:, ras : ras + 1]).clamp(-2.0, 2.0)], dim=1)
        shape = [len(numbers), 2, 1, 1, 1]
        shape[4 - ras] = cells
        channels.append(pair.view(shape).expand(-1, -1, cells, cells, cells))
    return torch.cat(channels, dim=1)
