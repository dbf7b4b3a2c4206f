"""The painter's task: it learns usual values and noise, resumes to the bit, depends on seed and step alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from layout_bodies import PreparedTrunk, short_loop, trunk
from numpy.typing import NDArray
from painting_models import PLAIN, VALUES

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.intensity import from_unit
from Sketch2CTLib.data.layout import Layout
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.model.loaded import PAINTER, LoadedModels
from Sketch2CTLib.generation.painting.drawing import STYLES, painted
from Sketch2CTLib.generation.painting.styles import ScanStyles
from Sketch2CTLib.training.adversarial.painted_scans import CropSource, painted_scans, styles_of
from Sketch2CTLib.training.adversarial.painter import PainterTask
from Sketch2CTLib.training.batch_part import BatchPart
from Sketch2CTLib.training.loop import TaskSettings, fit
from Sketch2CTLib.weights import ModelFolder

SHADES = {"outside": -1.0, "fat": -0.7, "soft_tissue": 0.0, "bone": 0.9, "liver": 0.3, "spleen": 0.45, "aorta": 0.6}
VOXELS, EDGE_MM = 48, 288.0


@dataclass(frozen=True)
class Case:
    """What the task asks of a prepared cube, cut from a trunk."""

    seed: int
    structure: str = "liver"
    dataset: str = "toy"
    modality: str = "CT"
    record: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        affine = np.diag([1.0, 1.0, 4.0, 1.0]).tolist()
        object.__setattr__(self, "record", {"seed": self.seed, "image": "there", "source_ijk_to_ras": affine})

    @property
    def case(self) -> str:
        return str(self.seed)

    @property
    def key(self) -> str:
        return f"{self.dataset}/{self.case}/{self.structure}"

    @property
    def grid(self) -> VoxelGrid:
        return VoxelGrid.ras_cube(trunk(self.seed).grid.center_ras.tolist(), EDGE_MM, VOXELS)

    def layout(self) -> Layout:
        return trunk(self.seed).on(self.grid, "outside")

    def mask(self) -> NDArray[np.bool_]:
        return self.layout().body_of("liver")

    def image(self) -> NDArray[np.int16]:
        table = np.zeros(256, dtype=np.float32)
        for name, value in SHADES.items():
            table[label_value(name)] = value
        rng = np.random.default_rng(self.seed)
        return from_unit(table[self.layout().labels] + 0.05 * rng.standard_normal((VOXELS,) * 3), "CT")


def task(folder: Path, seed: int = 1) -> PainterTask:
    settings = TaskSettings(seed, folder / "cache")
    train, val = [Case(n) for n in range(3)], [Case(9)]
    layouts = [PreparedTrunk(n) for n in (0, 1, 2, 9)]
    models = ModelFolder(folder / "models")
    return PainterTask(train, val, layouts, models, settings, PLAIN, preset="small", crop=32)  # type: ignore[arg-type]


def test_scans_lie_with_their_layouts_and_are_made_once(tmp_path: Path) -> None:
    scans = painted_scans([Case(0), Case(1)], [PreparedTrunk(0), PreparedTrunk(1)], tmp_path)  # type: ignore[list-item]
    times = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = painted_scans([Case(0), Case(1)], [PreparedTrunk(0), PreparedTrunk(1)], tmp_path)  # type: ignore[list-item]
    assert len(times) == 2 and times == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert np.array_equal(scans[0].image, again[0].image)
    assert (scans[0].pixel_mm, scans[0].slice_mm, scans[0].voxel_mm) == (1.0, 4.0, EDGE_MM / VOXELS)
    for layout in scans[0].layouts:
        assert np.array_equal(layout == label_value("liver"), Case(0).mask())
    assert (scans[0].layouts[0] == scans[0].layouts[1]).mean() > 0.9
    assert np.array_equal(scans[0].coarse_layout.labels, scans[0].layouts[1])
    with pytest.raises(DatasetError, match="No cube has an image and a layout"):
        painted_scans([Case(0)], [PreparedTrunk(5)], tmp_path)  # type: ignore[list-item]


def test_styles_are_the_values_that_the_scans_have(tmp_path: Path) -> None:
    scans = painted_scans([Case(0), Case(1)], [PreparedTrunk(0), PreparedTrunk(1)], tmp_path)  # type: ignore[list-item]
    index = np.zeros(256, dtype=np.int64)
    index[list(VALUES)] = np.arange(len(VALUES))
    styles = styles_of(scans, index, len(VALUES))
    assert sorted(styles) == ["toy/0", "toy/1"]
    for name in ("liver", "spleen", "bone"):
        assert styles["toy/0"].values[VALUES.index(label_value(name))] == pytest.approx(SHADES[name], abs=0.06)
    assert styles["toy/0"].noise == pytest.approx(0.05, rel=0.35)  # borders add to it


def test_crops_hold_a_good_part_of_a_body(tmp_path: Path) -> None:
    scans = painted_scans([Case(0)], [PreparedTrunk(0)], tmp_path)  # type: ignore[list-item]
    index = np.zeros(256, dtype=np.int64)
    styles = styles_of(scans, index, len(VALUES))
    crops = CropSource(scans, styles, np.ones(1), 24).drawn([np.random.default_rng(n) for n in range(6)])
    assert crops.image.shape == (6, 1, 24, 24, 24) and crops.labels.shape == (6, 24, 24, 24)
    assert (crops.labels != label_value("outside")).float().mean() > 0.35
    assert crops.spacings[0].tolist() == pytest.approx([6.0, 4.0 / 6.0])


def test_batches_depend_on_seed_and_step_alone(tmp_path: Path) -> None:
    first, second, third = task(tmp_path), task(tmp_path), task(tmp_path, seed=2)
    losses = [
        t.loss(t.module, BatchPart.whole(step, 1))[0].item()
        for t, step in ((first, 3), (second, 3), (first, 2), (third, 3))
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5) and len({round(loss, 3) for loss in losses}) == 3


def test_all_weights_still_learn_after_a_loss(tmp_path: Path) -> None:
    one = task(tmp_path)
    _, parts = one.loss(one.module, BatchPart.whole(0, 1))
    assert set(parts) == {"critic", "fooled", "matched", "alike", "close"}
    assert all(parameter.requires_grad for parameter in one.module.parameters())


def test_it_learns_resumes_and_paints(tmp_path: Path) -> None:
    one = task(tmp_path)
    result = fit(one, short_loop(40, batch=1, lr=3e-3), tmp_path / "run")
    assert result.finished and result.last["mean_error"] < 0.15
    assert (tmp_path / "run" / "step_000040.png").is_file()
    halted = task(tmp_path / "two")
    fit(halted, short_loop(6, budget_s=1e-6), tmp_path / "two" / "run")
    resumed = fit(task(tmp_path / "two"), short_loop(6), tmp_path / "two" / "run")
    assert resumed.step == 6
    models = LoadedModels(ModelFolder(tmp_path / "models"), torch.device("cpu"))
    styles = ScanStyles.from_dict(models.extra(STYLES))
    case = Case(9)
    made = painted(models.network(PAINTER), case.layout(), styles.drawn(1), 1)
    assert made.shape == (VOXELS,) * 3 and np.abs(made).max() <= 1.0
    liver, fat = (float(made[case.layout().body_of(name)].mean()) for name in ("liver", "fat"))
    assert liver == pytest.approx(SHADES["liver"], abs=0.15) and fat == pytest.approx(SHADES["fat"], abs=0.2)
