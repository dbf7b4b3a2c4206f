"""Layouts drawn by a stage that was never trained: placed, kept to the voxel, one a seed, or refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from layout_bodies import TINY, trunk
from painting_models import add_layouts

from Sketch2CTLib.data.layout import Layout
from Sketch2CTLib.errors import ConfigError, MaskError, WeightsError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.layouts.drawing import RANGES, LayoutSettings, draw_layout
from Sketch2CTLib.generation.layouts.measures import LayoutRanges, centroids_ras
from Sketch2CTLib.generation.model.layout_stage import LayoutConfig, LayoutFrame
from Sketch2CTLib.generation.model.loaded import LAYOUT_STAGE, LoadedModels
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.weights import ModelFolder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> LoadedModels:
    """The mean of eight trunks, and nothing learned beside it."""
    folder = ModelFolder(tmp_path_factory.mktemp("models"))
    add_layouts(folder)
    return LoadedModels(folder, torch.device("cpu"))


def mask(layout: Layout, name: str) -> MaskVolume:
    return MaskVolume(layout.body_of(name).astype(np.uint8), layout.grid, name)


def test_a_configuration_survives_json() -> None:
    assert LayoutConfig.from_dict(TINY.to_dict()) == TINY
    with pytest.raises(ConfigError, match="multiple of 8"):
        replace(TINY, shape_kji=(20, 16, 24))


def test_the_region_lies_about_the_organs_that_are_known() -> None:
    frame = LayoutFrame({"liver": (70.0, 20.0, 40.0), "spleen": (-90.0, -30.0, 40.0)})
    one = frame.origin({"liver": np.array([170.0, 20.0, 40.0])})
    np.testing.assert_allclose(one, [100, 0, 0])
    both = frame.origin({"liver": np.array([170.0, 20.0, 40.0]), "spleen": np.array([-90.0, -30.0, 60.0])})
    np.testing.assert_allclose(both, [50, 0, 10])
    with pytest.raises(ConfigError, match="left_atrium"):
        frame.origin({"left_atrium": np.zeros(3)})


def test_given_organs_are_kept_to_the_voxel_and_neighbours_stand_in_their_places(models: LoadedModels) -> None:
    own = trunk(11, 10.0)
    given = (mask(own, "liver"), mask(own, "spleen"))
    drawn = draw_layout(models, given, 1, own.grid, LayoutSettings(strength=0.0))
    for one in given:
        assert np.array_equal(drawn.layout.body_of(one.structure), one.body)
    found, true = centroids_ras(drawn.layout), centroids_ras(own)
    for name in ("left_kidney", "right_kidney", "stomach"):
        assert np.linalg.norm(found[name] - true[name]) < 25
    assert drawn.given == ("liver", "spleen") and drawn.layout.body_of("bone").any()


def test_organs_moved_in_space_move_the_layout(models: LoadedModels) -> None:
    own = trunk(11, 10.0)
    affine = own.grid.ijk_to_ras.copy()
    affine[:3, 3] += (300, -200, 1000)
    far = MaskVolume(own.body_of("liver").astype(np.uint8), VoxelGrid(own.grid.shape_kji, affine), "liver")
    here, there = (draw_layout(models, (m,), 1, None, LayoutSettings(0.0)) for m in (mask(own, "liver"), far))
    assert np.array_equal(here.layout.labels, there.layout.labels)
    np.testing.assert_allclose(there.layout.grid.center_ras - here.layout.grid.center_ras, (300, -200, 1000))


def test_a_seed_gives_one_layout_and_another_another(models: LoadedModels) -> None:
    given, settings = (mask(trunk(11, 10.0), "liver"),), LayoutSettings(0.9, 3, attempts=1)
    first, again, other = (draw_layout(models, given, seed, None, settings).layout.labels for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_layout_that_fails_is_drawn_anew_and_told(models: LoadedModels) -> None:
    strict = LoadedModels(models.folder, torch.device("cpu"))
    strict.extras = strict.extras | {RANGES: LayoutRanges({"spleen": (1e4, 2e4)}, always=("pancreas",)).to_dict()}
    drawn = draw_layout(strict, (mask(trunk(11, 10.0), "liver"),), 5, None, LayoutSettings(0.5, 2, attempts=2))
    assert any("drawn anew" in note and "there is no pancreas" in note for note in drawn.notes)
    assert drawn.notes[-1].startswith("The layout is unusual") and drawn.seed in (5, 6)


def test_what_cannot_be_placed_is_refused(models: LoadedModels, tmp_path: Path) -> None:
    own = trunk(11, 10.0)
    with pytest.raises(MaskError, match="given twice"):
        draw_layout(models, (mask(own, "liver"), mask(own, "liver")), 1)
    with pytest.raises(MaskError, match="empty"):
        draw_layout(models, (mask_of_nothing(own),), 1)
    assert LAYOUT_STAGE in models.components
    folder = ModelFolder(tmp_path)
    folder.save_component("other", torch.nn.Linear(1, 1), {}, {}, preset="small")
    with pytest.raises(WeightsError, match="layout_diffusion"):
        Pipeline(folder, device="cpu").layout((mask(own, "liver"),), 1)


def mask_of_nothing(layout: Layout) -> MaskVolume:
    return MaskVolume(np.zeros(layout.grid.shape_kji, np.uint8), layout.grid, "liver")
