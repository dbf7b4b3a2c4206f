"""A scan painted from a layout, on the layout's own grid."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ...data.layout import Layout
from ...networks.noisy_unet import noise_field
from ...networks.painter import Painter
from ..model.device import autocast
from .styles import Style

STYLES = "painter_styles"
Floats = NDArray[np.float32]


@torch.no_grad()
def painted(painter: Painter, layout: Layout, style: Style, seed: int) -> Floats:
    """(D, H, W) in [−1, 1].

    Args:
        painter: The network.
        layout: On a grid whose voxels are cubes.
        style: How the scan shall look.
        seed: Of the noise.
    """
    device = next(painter.parameters()).device
    multiple = painter.config.multiple
    wide = [(0, -size % multiple) for size in layout.labels.shape]
    labels = np.pad(layout.labels, wide, mode="edge")
    generator = torch.Generator().manual_seed(seed)
    noise = noise_field(labels.shape, len(painter.config.channels), [generator])
    classes = painter.classes_of(torch.from_numpy(labels).to(device))[None]
    picture = torch.from_numpy(style.values).to(device)[classes][:, None]
    numbers = torch.from_numpy(style.numbers(float(layout.grid.spacing_mm[0]))).to(device)[None]
    with autocast(device):
        made = painter(classes, picture, numbers, [part.to(device) for part in noise])
    depth, height, width = layout.labels.shape
    return np.asarray(made[0, 0, :depth, :height, :width].float().clamp(-1.0, 1.0).cpu().numpy())
