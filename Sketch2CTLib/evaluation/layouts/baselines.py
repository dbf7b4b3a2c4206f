"""What drawn layouts are measured beside: the mean layout, and the nearest training layout warped onto the organs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from ...catalog import label_value
from ...data.deformation import deformation, deformed
from ...data.layout import Layout
from ...errors import DatasetError
from ...generation.layouts.finish import finished, shares_on
from ...generation.model.layout_stage import LayoutStage, coarse_grid
from ..overlap import dice
from .measures import mean, on_nearest

_WARP_ITERATIONS = 40
Bodies = Mapping[str, NDArray[np.bool_]]


@torch.no_grad()
def mean_layout(stage: LayoutStage, own: Layout, given: Bodies) -> Layout:
    """The mean of all training layouts in the region's frame, with the given organs set into it.

    Args:
        stage: Whose codes' mean it is.
        own: On the region's grid, where the layout is wanted.
        given: Name → (D, H, W) bool.
    """
    shares = stage.scores(torch.zeros((1, *stage.config.latent_shape), device=stage.mean.device))[0]
    return finished(shares_on(shares, own.grid, own.grid), stage.config.code.values, own.grid, given)


def nearest_warped(stage: LayoutStage, own: Layout, given: Bodies, train: Mapping[str, Layout]) -> Layout:
    """The training layout whose organs are most like the given ones, deformed so that they meet.

    Args:
        stage: Whose region it is.
        own: The case's own layout on the region's grid; nothing of it is looked at but the given organs.
        given: Name → (D, H, W) bool.
        train: Key → layout, moved to where its given organs lie as the case's do.

    Raises:
        DatasetError: No training layout holds the organs.
    """
    if not train:
        raise DatasetError(f"No training layout holds {', '.join(given)}.")
    grid = coarse_grid(own.grid.center_ras, stage.config)
    wanted = on_nearest(own, grid)

    def overlap(layout: Layout) -> float:
        near = on_nearest(layout, grid)
        return mean([dice(near == label_value(n), wanted == label_value(n)) for n in given])

    best = max(train.values(), key=overlap)
    fixed, moving = (_picture(layout.on(grid), given) for layout in (own, best))
    displacement = deformation(fixed, moving, float(grid.spacing_mm[0]), iterations=_WARP_ITERATIONS)
    return deformed(best, own.grid, displacement, grid).with_organs(given)


def _picture(layout: Layout, names: Iterable[str]) -> NDArray[np.float32]:
    """The given organs alone, each a grey of its own, softened so that demons find the way from afar."""
    from scipy import ndimage

    picture = np.zeros(layout.labels.shape, dtype=np.float32)
    for position, name in enumerate(names):
        picture += (1.0 + 0.3 * position) * ndimage.gaussian_filter(layout.body_of(name).astype(np.float32), 1.5)
    return picture
