"""The loaded segmenter: which file, which sizes, which scans it knows."""

from __future__ import annotations

import shutil
from dataclasses import asdict

import numpy as np
import pytest
import torch

from Sketch2CTLib.errors import ConfigError, WeightsError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.values import ImageVolume
from Sketch2CTLib.generation.volumes.segmenting import COMPONENT, Segmenter, load_segmenter, shipped_segmenter
from Sketch2CTLib.networks.segmenter import SegmenterConfig, SegmenterNet
from Sketch2CTLib.weights import ModelFolder

TINY = SegmenterConfig(voxels=16, stem=2, channels=(8, 16), deep_blocks=1, told=8)


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    provenance = {"data": {"kinds": [["liver", "CT"]]}}
    ModelFolder(tmp_path).save_component(COMPONENT, SegmenterNet(TINY), asdict(TINY), provenance, preset="tiny")
    return tmp_path


def scan(voxels: int, modality: str = "CT") -> ImageVolume:
    grid = VoxelGrid.ras_cube((0, 0, 0), 320.0, voxels)
    values = np.random.default_rng(0).integers(-100, 200, grid.shape_kji)
    return ImageVolume(values.astype(np.int16), grid, modality)


@pytest.mark.parametrize("voxels", [8, 16, 32])
def test_what_is_found_lies_on_the_scans_own_grid(folder, voxels):
    found = load_segmenter(folder).find(scan(voxels), "liver")
    assert found.shape == (voxels,) * 3 and found.dtype == bool


def test_it_says_what_it_was_not_trained_on(folder):
    segmenter = load_segmenter(folder)
    assert segmenter.knows("liver", "CT") and not segmenter.knows("liver", "MR") and not segmenter.knows("aorta", "CT")
    with pytest.raises(WeightsError, match="'spleen' in CT"):
        segmenter.find(scan(16), "spleen")
    with pytest.raises(WeightsError, match="MR"):
        segmenter.find(scan(16, "MR"), "liver")


def test_sizes_that_do_not_fit_are_refused(folder):
    with pytest.raises(ConfigError, match="16³"):
        load_segmenter(folder).logits(np.zeros((24, 24, 24), np.float32), "liver", "CT")


def test_a_folder_without_one_or_of_another_shape_is_refused(folder, tmp_path):
    with pytest.raises(WeightsError):
        load_segmenter(tmp_path / "nothing")
    ModelFolder(folder).save_component(COMPONENT, SegmenterNet(TINY), {"width": 3}, {}, preset="tiny")
    with pytest.raises(WeightsError, match="configuration"):
        load_segmenter(folder)


def test_the_shipped_one_may_be_missing_and_is_loaded_once(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SKETCH2CT_RESOURCES", str(tmp_path))
    shipped_segmenter.cache_clear()
    try:
        assert shipped_segmenter() is None
        shutil.copytree(folder, tmp_path / "Models" / "segmenter", ignore=shutil.ignore_patterns("Models"))
        shipped_segmenter.cache_clear()
        assert shipped_segmenter() is not None and shipped_segmenter() is shipped_segmenter()
    finally:
        shipped_segmenter.cache_clear()


def test_same_scan_same_answer(folder):
    one, two = (load_segmenter(folder).logits(np.full((16,) * 3, 0.2, np.float32), "liver", "CT") for _ in range(2))
    assert np.array_equal(one, two)
    assert isinstance(load_segmenter(folder), Segmenter)
