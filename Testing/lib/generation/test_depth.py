"""A depth that is left open: stretched to the volume, the shadow kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from Sketch2CTLib.catalog import structure
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.depth import LEAST_SCALE, MOST_SCALE, OpenBody, OpenDepth, open_size, stretched
from Sketch2CTLib.generation.request import PlacedRequest
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.sketch import Sketch, extract_sketch

VOXELS = 64
GRID = VoxelGrid.ras_cube((0.0, 0.0, 0.0), structure("liver").cube_mm, VOXELS)
CUBE_MM = structure("liver").cube_mm
VOXEL_ML = (CUBE_MM / VOXELS) ** 3 / 1000.0


def ellipsoid(depth: float = 10.0, axis: int = 0) -> torch.Tensor:
    """A field, half axes 16, 12 and, along an array axis, `depth` voxels."""
    halves = [16.0, 16.0, 16.0]
    halves[(axis + 1) % 3], halves[axis] = 12.0, depth
    at = torch.meshgrid(*(torch.arange(VOXELS) - (VOXELS - 1) / 2,) * 3, indexing="ij")
    radius = sum((a / h) ** 2 for a, h in zip(at, halves, strict=True)) ** 0.5
    return ((1.0 - radius) * 3.0).clamp(-1, 1)


def drawn(field: torch.Tensor, view: str) -> Sketch:
    grid = VoxelGrid.ras_cube((0.0, 0.0, 0.0), CUBE_MM, VOXELS)
    return extract_sketch((field > 0).numpy(), grid, view, structure="liver")


def asked(field: torch.Tensor, view: str, **numbers: float) -> OpenDepth | None:
    request = PlacedRequest("liver", (drawn(field, view),), numbers, (), GRID)
    return OpenDepth.of(request, VOXELS)


@pytest.mark.parametrize(("view", "axis"), [("axial", 0), ("coronal", 1), ("sagittal", 2)])
@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_the_volume_is_met_and_the_shadow_stays(view: str, axis: int, factor: float) -> None:
    field = ellipsoid(axis=axis)
    own_ml = float((field > 0).sum()) * VOXEL_ML
    depth = asked(field, view, volume_ml=own_ml * factor)
    assert depth is not None and depth.axis_kji == axis
    found, scale = depth.scaled(field)
    assert scale == pytest.approx(factor, rel=0.08)
    assert float((found > 0).sum()) * VOXEL_ML == pytest.approx(own_ml * factor, rel=0.05)
    before, after = ((f > 0).any(dim=axis) for f in (field, found))
    assert float((before ^ after).sum()) <= 0.03 * float(before.sum())


def test_what_states_the_depth_leaves_it() -> None:
    field = ellipsoid()
    assert asked(field, "axial", volume_ml=900.0, extent_si_mm=100.0) is None
    assert asked(field, "axial", extent_rl_mm=160.0) is None
    assert asked(field, "axial", volume_ml=900.0, extent_rl_mm=160.0) is not None
    both = PlacedRequest("liver", (drawn(field, "axial"), drawn(field, "coronal")), {"volume_ml": 900.0}, (), GRID)
    assert OpenDepth.of(both, VOXELS) is None
    assert OpenDepth.of(PlacedRequest("liver", (), {"volume_ml": 900.0}, (), GRID), VOXELS) is None
    contour = replace(drawn(field, "coronal"), role="contour")
    cut = PlacedRequest("liver", (drawn(field, "axial"), contour), {"volume_ml": 900.0}, (), GRID)
    assert OpenDepth.of(cut, VOXELS) is None
    one = PlacedRequest("liver", (drawn(field, "axial"),), {"volume_ml": 900.0}, (), GRID)
    assert open_size(one, VOXELS, Settings()) is not None
    assert open_size(one, VOXELS, Settings(follow=False)) is None


def test_a_volume_beyond_reason_is_followed_to_the_limit_and_within_the_cube() -> None:
    field = ellipsoid()
    huge, tiny = (asked(field, "axial", volume_ml=ml) for ml in (50_000.0, 5.0))
    assert huge is not None and tiny is not None
    assert huge.scale(field) == MOST_SCALE and tiny.scale(field) == LEAST_SCALE
    deep = ellipsoid(depth=20.0)
    found, scale = asked(deep, "axial", volume_ml=50_000.0).scaled(deep)  # type: ignore[union-attr]
    assert 1.0 < scale < MOST_SCALE
    rows = np.flatnonzero((found > 0).any(dim=2).any(dim=1).numpy())
    assert rows.min() >= 1 and rows.max() <= VOXELS - 2


def test_stretching_keeps_the_middle_and_a_met_volume_is_left_alone() -> None:
    field = ellipsoid()
    assert torch.equal(stretched(field, 1, 1.0), field)
    assert torch.allclose(stretched(field.flip(0), 0, 1.7), stretched(field, 0, 1.7).flip(0), atol=1e-5)
    met = asked(field, "axial", volume_ml=float((field > 0).sum()) * VOXEL_ML)
    assert met is not None and met.scaled(field)[1] == 1.0
    empty = torch.full((VOXELS,) * 3, -1.0)
    assert OpenDepth(0, 900.0, VOXEL_ML).scale(empty) == 1.0


def of_words(match_volume: bool = True, **numbers: float) -> OpenBody | OpenDepth | None:
    request = PlacedRequest("liver", (), numbers, (), GRID)
    return open_size(request, VOXELS, Settings(match_volume=match_volume))


def test_without_a_drawing_the_body_reaches_the_stated_extents_and_the_volume() -> None:
    field = torch.roll(ellipsoid(), 3, dims=2)  # off the middle, where the stated extent lies
    size = of_words(extent_rl_mm=200.0, volume_ml=1500.0)
    assert size is not None
    found, scale = size.scaled(field)
    body = found > 0
    assert scale == 1.0
    filled = body.any(dim=0).any(dim=0).nonzero()
    assert float(filled.max() - filled.min() + 1) * CUBE_MM / VOXELS == pytest.approx(200.0, abs=CUBE_MM / VOXELS)
    assert float(filled.float().mean()) == pytest.approx((VOXELS - 1) / 2, abs=1.0)
    assert float(body.sum()) * VOXEL_ML == pytest.approx(1500.0, rel=0.05)
    at_end = body[:, :, int(filled.max()) - 2]
    assert int(at_end.sum()) > 20, "the end is a body's, not a thread's"


def test_without_a_drawing_what_is_not_followed_is_left() -> None:
    assert of_words() is None and of_words(sphericity=0.5) is None
    assert of_words(match_volume=False, volume_ml=900.0) is None
    empty = torch.full((VOXELS,) * 3, -1.0)
    size = of_words(volume_ml=900.0)
    assert size is not None and size.scaled(empty)[0] is empty
