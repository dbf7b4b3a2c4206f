"""Scans painted from layouts: drawn around a mask, given whole or in part, refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from layout_bodies import trunk
from painting_models import USUAL, add_layouts, painting_models

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.intensity import from_unit
from Sketch2CTLib.data.layout import UNKNOWN, Layout
from Sketch2CTLib.errors import ConfigError, MaskError, WeightsError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.model.loaded import LAYOUT_STAGE, PAINTER
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.weights import ModelFolder

FAST = Settings(image_steps=1)
TRUNK = trunk(11, 8.0)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return Pipeline(painting_models(tmp_path_factory.mktemp("models")), device="cpu")


def cube(edge_mm: float = 320.0, voxels: int = 40) -> VoxelGrid:
    return VoxelGrid.ras_cube(TRUNK.grid.center_ras.tolist(), edge_mm, voxels)


def liver(grid: VoxelGrid | None = None) -> MaskVolume:
    grid = grid or cube()
    return MaskVolume(TRUNK.on(grid).body_of("liver").astype(np.uint8), grid, "liver")


def hu(name: str) -> int:
    return int(from_unit(np.array([USUAL[name]]), "CT")[0])


def test_a_scan_is_painted_from_a_layout_around_its_mask(pipeline: Pipeline) -> None:
    stages: list[str] = []
    mask = liver()
    scan = pipeline.image(mask, 3, FAST, progress=lambda stage, done, of: stages.append(stage))
    assert scan.layout is not None and scan.grid == mask.grid == scan.layout.grid
    assert np.array_equal(scan.layout.body_of("liver"), mask.body)
    assert {"bone", "fat", "soft_tissue"} <= set(scan.layout.regions)
    for name in ("liver", "fat", "bone"):
        assert np.unique(scan.values[scan.layout.body_of(name)]) == pytest.approx(hu(name), abs=1)
    assert stages[-1] == "volume"
    again, other = (pipeline.image(mask, seed, FAST).values for seed in (3, 4))
    assert np.array_equal(scan.values, again) and other.shape == again.shape


def test_a_whole_layout_is_followed_and_keeps_the_mask(pipeline: Pipeline) -> None:
    grid = cube()
    labels = np.full(grid.shape_kji, label_value("fat"), np.uint8)
    labels[:, :10] = label_value("bone")
    mask = liver(grid)
    scan = pipeline.image(mask, 3, FAST, layout=Layout(labels, grid))
    assert scan.layout is not None and set(scan.layout.regions) == {"bone", "fat", "liver"}
    assert (scan.values[mask.body] == hu("liver")).all()
    assert (scan.values[:, :8][~mask.body[:, :8]] == hu("bone")).all()


def test_what_a_layout_leaves_unknown_is_drawn(pipeline: Pipeline) -> None:
    grid = cube()
    labels = np.full(grid.shape_kji, UNKNOWN, np.uint8)
    labels[:, 4:8, 18:22] = label_value("bone")
    scan = pipeline.image(liver(grid), 3, FAST, layout=Layout(labels, grid))
    assert scan.layout is not None and UNKNOWN not in scan.layout.labels
    assert (scan.layout.labels[:, 5:7, 19:21] == label_value("bone")).mean() > 0.95
    assert {"fat", "spleen"} <= set(scan.layout.regions)


def test_neighbours_stand_in_the_layout_where_they_are_known(pipeline: Pipeline) -> None:
    grid, mask = cube(), liver()
    spleen = np.zeros(grid.shape_kji, np.uint8)
    spleen[22:32, 8:16, 4:10] = label_value("spleen")
    assert label_value("spleen") in pipeline.neighbours("liver", paint=True)
    scan = pipeline.image(mask, 3, FAST, labels=spleen)
    assert scan.layout is not None
    assert np.array_equal(scan.layout.body_of("spleen"), (spleen > 0) & ~mask.body)
    assert (scan.values[scan.layout.body_of("spleen")] == hu("spleen")).all()


def test_edges_of_any_size_are_painted(pipeline: Pipeline) -> None:
    grid = cube(330.0, 33)
    assert pipeline.image(liver(grid), 3, FAST).values.shape == (33, 33, 33)


def test_what_cannot_be_painted_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    grid = cube()
    layout = Layout(np.full(grid.shape_kji, label_value("fat"), np.uint8), grid)
    with pytest.raises(ConfigError, match="paints no MR of the liver"):
        pipeline.image(liver(), 1, FAST, modality="MR", layout=layout)
    with pytest.raises(MaskError, match="empty"):
        pipeline.image(MaskVolume(np.zeros(grid.shape_kji, np.uint8), grid, "liver"), 1, FAST)
    alone = ModelFolder(tmp_path)
    add_layouts(alone)
    unpainted = Pipeline(alone, device="cpu")
    assert not unpainted.paints("liver") and pipeline.paints("liver") and not pipeline.paints("liver", "MR")
    with pytest.raises(ConfigError, match="choose a model with a layout stage and a painter"):
        unpainted.image(liver(), 1, FAST, layout=layout)


def test_it_is_painted_unless_that_is_refused(pipeline: Pipeline) -> None:
    assert [name for _, name in pipeline.needed(masks=False, painting=True)] == [LAYOUT_STAGE, PAINTER]
    assert not pipeline.needed(masks=False)
    with pytest.raises(WeightsError, match="image_diffusion"):
        pipeline.image(liver(), 1, Settings(image_steps=1, paint=False))
    whole = Layout(np.full(cube().shape_kji, label_value("fat"), np.uint8), cube())
    assert pipeline.image(liver(), 1, Settings(image_steps=1, paint=False), layout=whole).layout is not None


def test_weights_that_do_not_fit_their_stated_shape_are_refused(tmp_path: Path) -> None:
    folder = painting_models(tmp_path)
    index = folder.index()
    for config, told in (({"values": [0, 0]}, "cannot be made"), ({"values": [0, 1]}, "do not fit")):
        index["components"][PAINTER] = index["components"][PAINTER] | {"config": config | {"channels": [4, 4, 4, 4]}}
        (tmp_path / "model.json").write_text(json.dumps(index))
        with pytest.raises(WeightsError, match=told):
            Pipeline(ModelFolder(tmp_path), device="cpu").image(liver(), 1, FAST)
