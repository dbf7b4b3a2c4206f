import json

import numpy as np
import pytest
from scipy import ndimage

from Sketch2CTLib.errors import ConfigError, GridError, WeightsError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.memory import CELLS, NUMBERS, MaskMemory, centred_field, projection
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.weights import ModelFolder

GRID = VoxelGrid.ras_cube((0, 0, 0), 320.0, 48)
AXES = np.indices(GRID.shape_kji) - 23.5


def egg(seed, shift=(0, 0, 0), structure="liver"):
    rng = np.random.default_rng(seed)
    radii, tilt = rng.uniform(6, 16, 3), rng.uniform(-0.5, 0.5)
    k, j, i = (axis - s for axis, s in zip(AXES, shift, strict=True))
    return MaskVolume((k / radii[0]) ** 2 + ((j + tilt * k) / radii[1]) ** 2 + (i / radii[2]) ** 2 < 1, GRID, structure)


def memory(count=12):
    return MaskMemory.fit((f"toy/c{seed}", egg(seed)) for seed in range(count))


def exact_mm(first, second):
    return float(np.sqrt(np.mean((centred_field(first) - centred_field(second)) ** 2)))


def test_projections_keep_distances():
    eggs = [egg(seed) for seed in range(14)]
    fields = [centred_field(mask).ravel() for mask in eggs]
    rows = [projection(mask) for mask in eggs]
    pairs = [(a, b) for a in range(14) for b in range(a)]
    exact = [np.sqrt(np.mean((fields[a] - fields[b]) ** 2)) for a, b in pairs]
    ratios = np.array([np.linalg.norm(rows[a] - rows[b]) for a, b in pairs]) / exact
    assert abs(ratios.mean() - 1) < 0.05 and np.sqrt(np.mean((ratios - 1) ** 2)) < 0.08
    assert rows[0].shape == (NUMBERS,) and centred_field(eggs[0]).shape == (CELLS,) * 3


def test_the_projection_is_the_same_everywhere():
    # Golden, of this very box: a stored memory is worth nothing if another machine projects otherwise.
    box = np.zeros(GRID.shape_kji, bool)
    box[10:30, 12:40, 20:30] = True
    assert projection(MaskVolume(box, GRID, "liver"))[:3] == pytest.approx([-0.8552, -1.8594, -0.7855], rel=1e-3)


def test_a_training_mask_is_a_copy_wherever_it_lies():
    known = memory()
    for shift in ((0, 0, 0), (3, -2, 4)):
        near = known.nearest(egg(5, shift))
        assert near.case == "toy/c5" and near.distance_mm < 0.3 and near.copied


def test_a_training_mask_with_a_rough_surface_is_nearly_a_copy():
    noise = np.random.default_rng(1).random(GRID.shape_kji)
    body = egg(5).body
    touched = np.where(ndimage.binary_dilation(body) & ~ndimage.binary_erosion(body), noise > 0.5, body)
    near = memory().nearest(MaskVolume(touched, GRID, "liver"))
    assert near.case == "toy/c5" and 0 < near.distance_mm < 0.5 * near.usual_mm and near.copied


def test_another_mask_is_no_copy():
    known = memory()
    found = [known.nearest(egg(seed)) for seed in range(100, 110)]
    assert sum(near.copied for near in found) <= 1
    near = found[0]
    truth = {name: exact_mm(egg(100), egg(int(name.removeprefix("toy/c")))) for name in known.cases["liver"]}
    assert near.distance_mm == pytest.approx(truth[near.case], rel=0.2)
    assert truth[near.case] < 1.3 * min(truth.values())
    assert 0 < near.closest_mm <= near.usual_mm


def test_a_patient_held_twice_does_not_hide_a_copy():
    twice = MaskMemory.fit([("toy/a", egg(1)), ("toy/b", egg(1)), *((f"toy/c{s}", egg(s)) for s in range(2, 8))])
    near = twice.nearest(egg(3))
    assert near.closest_mm == 0.0 and near.usual_mm > 0 and near.copied


def test_unknown_structures_empty_masks_and_a_single_case():
    known = memory(1)
    assert known.nearest(egg(1, structure="spleen")) is None
    assert known.nearest(MaskVolume(np.zeros(GRID.shape_kji), GRID, "liver")) is None
    alone = known.nearest(egg(0))
    assert alone.usual_mm is None and alone.closest_mm is None and not alone.copied
    assert json.dumps(alone.to_dict())
    assert MaskMemory.fit([("toy/a", MaskVolume(np.zeros(GRID.shape_kji), GRID, "liver"))]).cases == {}


@pytest.mark.parametrize("grid", [VoxelGrid.ras_cube((0, 0, 0), 320, 40), VoxelGrid((48, 48, 32), np.eye(4))])
def test_a_grid_that_cannot_be_pooled_is_refused(grid):
    mask = np.zeros(grid.shape_kji)
    mask[10:20, 10:20, 10:20] = 1
    with pytest.raises(GridError):
        projection(MaskVolume(mask, grid, "liver"))


def test_it_travels_with_a_model_folder(tmp_path):
    known = MaskMemory.fit([*((f"toy/c{s}", egg(s)) for s in range(5)), ("toy/s", egg(9, structure="spleen"))])
    models = ModelFolder(tmp_path)
    known.save(models, {"data": "toy"}, preset="tiny")
    read = MaskMemory.load(models)
    assert dict(read.cases) == dict(known.cases)
    for structure in ("liver", "spleen"):
        near, again = (m.nearest(egg(30, structure=structure)) for m in (known, read))
        assert again.case == near.case and again.distance_mm == pytest.approx(near.distance_mm, abs=0.02)
    assert models.index()["components"]["mask_memory"]["provenance"] == {"data": "toy"}


def test_180_masks_stay_small(tmp_path):
    names = tuple(f"dataset_of_some_name/case_{n:04d}" for n in range(180))
    rows = np.random.default_rng(0).normal(size=(180, NUMBERS)).astype(np.float32)
    MaskMemory({"liver": names}, {"liver": rows}).save(ModelFolder(tmp_path), {}, preset="tiny")
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 200_000


def test_a_folder_without_or_with_a_damaged_memory(tmp_path):
    models = ModelFolder(tmp_path)
    memory(4).save(models, {}, preset="tiny")
    index = json.loads((tmp_path / "model.json").read_text())
    for config in (
        {},
        {"structures": ["liver"], "cases": [["a"]]},
        {"structures": ["liver"], "cases": [["a"] * 9]},
        None,
    ):
        index["components"]["mask_memory"]["config"] = config
        (tmp_path / "model.json").write_text(json.dumps(index))
        with pytest.raises(WeightsError):
            MaskMemory.load(models)
    del index["components"]["mask_memory"]
    (tmp_path / "model.json").write_text(json.dumps(index))
    assert MaskMemory.load(models) is None
    with pytest.raises(ConfigError):
        MaskMemory({"liver": ("a",)}, {"liver": np.full((1, NUMBERS), np.nan, np.float32)})
