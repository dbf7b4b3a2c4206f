"""Space-to-depth in 3D: blocks of voxels become channels, so that no convolution runs at full resolution."""

from __future__ import annotations

from torch import Tensor


def space_to_depth(x: Tensor, factor: int) -> Tensor:
    """(N, C, D, H, W) → (N, C·factor³, D/factor, H/factor, W/factor), lossless."""
    if factor == 1:
        return x
    n, c, d, h, w = x.shape
    x = x.reshape(n, c, d // factor, factor, h // factor, factor, w // factor, factor)
    x = x.permute(0, 1, 3, 5, 7, 2, 4, 6)  # (N, C, f, f, f, d, h, w)
    return x.reshape(n, c * factor**3, d // factor, h // factor, w // factor)


def depth_to_space(x: Tensor, factor: int) -> Tensor:
    """Undoes `space_to_depth`."""
    if factor == 1:
        return x
    n, c, d, h, w = x.shape
    x = x.reshape(n, c // factor**3, factor, factor, factor, d, h, w)
    x = x.permute(0, 1, 5, 2, 6, 3, 7, 4)  # (N, C, d, f, h, f, w, f)
    return x.reshape(n, c // factor**3, d * factor, h * factor, w * factor)
