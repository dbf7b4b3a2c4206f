"""Lifted conditions lie where the organ lies: a silhouette lifted back onto the cube meets the mask it came from."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from Sketch2CTLib.conditioning.lifted import box_numbers, fold, lift, lift_box, lift_coordinates, sketch_channels
from Sketch2CTLib.frames import VIEWS, project


def lopsided_body() -> np.ndarray:
    """A body with no mirror symmetry along any axis."""
    body = np.zeros((32, 32, 32), dtype=bool)
    body[6:20, 9:25, 4:12] = True
    body[20:28, 9:13, 4:24] = True
    return body


@pytest.mark.parametrize("view", list(VIEWS))
def test_a_lifted_silhouette_meets_its_mask(view: str) -> None:
    body = lopsided_body()
    picture = project(body, VIEWS[view]).astype(np.float32)
    lifted = lift(torch.from_numpy(picture)[None, None], [view])[0, 0].numpy() > 0
    assert (lifted & body).sum() == body.sum(), "every voxel of the body lies in its own silhouette's prism"
    axis = VIEWS[view].axis_kji
    assert np.array_equal(lifted.any(axis=axis), body.any(axis=axis))


@pytest.mark.parametrize("view", list(VIEWS))
def test_folding_keeps_every_pixel(view: str) -> None:
    picture = torch.randn(1, 2, 64, 64)
    lifted = lift(fold(picture, 16), [view])
    assert lifted.shape == (1, 32, 16, 16, 16)
    slab = lifted.select(VIEWS[view].axis_kji + 2, 0)
    assert torch.allclose(slab.sort().values.sum(), picture.sum(), atol=1e-3)


def test_samples_of_one_batch_keep_their_own_views() -> None:
    pictures = torch.randn(3, 1, 16, 16)
    together = lift(pictures, ["axial", "coronal", "sagittal"])
    for n, name in enumerate(("axial", "coronal", "sagittal")):
        assert torch.equal(together[n], lift(pictures[n : n + 1], [name])[0])


def test_silhouette_channel_is_a_signed_distance() -> None:
    filled = np.zeros((64, 64), dtype=bool)
    filled[16:48, 16:48] = True
    ink = np.zeros((64, 64), dtype=np.uint8)
    signed, nearness = sketch_channels(ink, filled)
    assert signed[32, 32] == 1.0
    assert signed[0, 0] == -1.0
    assert 0 < signed[16, 32] < 0.2 and -0.2 < signed[15, 32] < 0
    assert nearness.max() <= 1.0


def test_the_box_stands_at_its_extents() -> None:
    numbers = {"extent_rl_mm": 160.0, "extent_ap_mm": 80.0, "extent_si_mm": 40.0}
    box = torch.from_numpy(box_numbers(numbers, 320.0))[None]
    space = lift_box(box, 16)[0]
    # axes kji: R–L varies along the last axis; half of 16 cells lie inside 160 of 320 mm.
    assert (space[0] > 0).sum(dim=2).unique().item() == 8
    assert (space[4] > 0).sum(dim=1).unique().item() == 4
    assert (space[8] > 0).sum(dim=0).unique().item() == 2


def test_unknown_extents_say_nothing() -> None:
    space = lift_box(torch.from_numpy(box_numbers({"extent_rl_mm": 100.0}, 320.0))[None], 8)[0]
    assert space[:2].abs().sum() > 0
    assert space[4:].abs().sum() == 0
    assert not space.isnan().any()


def test_a_body_wide_at_the_top_is_marked_there() -> None:
    numbers = {"extent_si_mm": 160.0, "widest_si": 0.9}
    space = lift_box(torch.from_numpy(box_numbers(numbers, 320.0))[None], 16)[0]
    offsets = space[10, :, 0, 0].abs()
    assert offsets.argmin().item() > 8


def test_cells_know_where_they_lie() -> None:
    box = torch.from_numpy(box_numbers({"extent_rl_mm": 160.0}, 320.0))[None]
    space = lift_coordinates(box, 16)[0]
    right = space[0, 0, 0]  # array axis 2 runs along R
    assert torch.allclose(right, (torch.arange(16) + 0.5) / 8 - 1)
    assert torch.allclose(space[1, 0, 0], (2 * right).clamp(-2, 2)), "half a cube wide: twice as far in extents"
    assert torch.equal(space[4][:, 0, 0], right), "S runs along array axis 0"
    assert space[3].abs().sum() == 0 and space[5].abs().sum() == 0, "unknown extents say nothing"
