"""The sharpener's task: copies are kept, it learns, resumes, and its layouts are drawn; none without a layout stage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from layout_bodies import TINY, PreparedTrunk, short_loop, trunk
from painting_models import add_layouts, add_sharpener

from Sketch2CTLib.errors import DatasetError, WeightsError
from Sketch2CTLib.generation.layouts.drawing import LayoutSettings, draw_layout, sharp_shares
from Sketch2CTLib.generation.model.layout_sharpener import LayoutSharpener, SharpenerConfig
from Sketch2CTLib.generation.model.loaded import LoadedModels
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.networks.noisy_unet import noise_field
from Sketch2CTLib.training.adversarial.sharpener import SharpenerTask
from Sketch2CTLib.training.batch_part import BatchPart
from Sketch2CTLib.training.loop import TaskSettings, fit
from Sketch2CTLib.weights import ModelFolder

SHAPE = SharpenerConfig(len(TINY.code.values), (8, 8, 8), 1)


def task(folder: Path, seed: int = 1) -> SharpenerTask:
    models = ModelFolder(folder / "models")
    add_layouts(models)
    settings = TaskSettings(seed, folder / "cache")
    train, val = [PreparedTrunk(n) for n in range(3)], [PreparedTrunk(9)]
    return SharpenerTask(train, val, models, settings, preset="small", copies=4, shape=SHAPE)  # type: ignore[arg-type]


def test_shares_come_out_as_they_are_where_nothing_is_learned() -> None:
    sharpener = LayoutSharpener(SHAPE)
    torch.nn.init.zeros_(sharpener.net.outward.weight)
    torch.nn.init.zeros_(sharpener.net.outward.bias)  # type: ignore[arg-type]
    shares = torch.rand(1, SHAPE.classes, 8, 8, 8) + 0.01
    shares = shares / shares.sum(1, keepdim=True)
    given = torch.zeros(1, 8, 8, 8, dtype=torch.bool)
    torch.testing.assert_close(sharp_shares(sharpener, shares, given, 1), shares, atol=2e-2, rtol=0)
    scores = sharpener(shares, given, noise_field((8, 8, 8), 3, [torch.Generator().manual_seed(0)]))
    assert scores.shape == shares.shape
    assert SharpenerConfig.from_dict(SHAPE.to_dict()) == SHAPE


def test_copies_are_made_once_and_batches_depend_on_seed_and_step_alone(tmp_path: Path) -> None:
    first = task(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache" / "means").iterdir()}
    second, third = task(tmp_path), task(tmp_path / "other", seed=2)
    assert len(times) == 4 and times == {path: path.stat().st_mtime_ns for path in times}
    losses = [
        t.loss(t.module, BatchPart.whole(step, 1))[0].item()
        for t, step in ((first, 3), (second, 3), (first, 2), (third, 3))
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5) and len({round(loss, 3) for loss in losses}) == 3


def test_it_learns_resumes_and_its_layouts_are_drawn(tmp_path: Path) -> None:
    result = fit(task(tmp_path), short_loop(25), tmp_path / "run")
    assert result.finished and 0.3 < result.last["border_ratio"] < 3.0
    halted = task(tmp_path / "two")
    fit(halted, short_loop(6, budget_s=1e-6), tmp_path / "two" / "run")
    assert fit(task(tmp_path / "two"), short_loop(6), tmp_path / "two" / "run").step == 6
    models = LoadedModels(ModelFolder(tmp_path / "models"), torch.device("cpu"))
    own = trunk(11, 10.0)
    mask = MaskVolume(own.body_of("liver").astype(np.uint8), own.grid, "liver")
    drawn = draw_layout(models, (mask,), 1, own.grid, LayoutSettings(0.0, attempts=1))
    assert models.sharpens and np.array_equal(drawn.layout.body_of("liver"), mask.body)


def test_a_seed_gives_one_sharp_layout_and_none_where_it_is_not_wanted(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path)
    add_layouts(folder)
    add_sharpener(folder, noise=0.5)
    models, own = LoadedModels(folder, torch.device("cpu")), trunk(11, 10.0)
    mask = MaskVolume(own.body_of("liver").astype(np.uint8), own.grid, "liver")
    settings = [LayoutSettings(0.0, attempts=1), LayoutSettings(0.0, attempts=1, sharpen=False)]
    first, again = (draw_layout(models, (mask,), 1, None, settings[0]).layout.labels for _ in range(2))
    other = draw_layout(models, (mask,), 2, None, settings[0]).layout.labels
    plain = [draw_layout(models, (mask,), seed, None, settings[1]).layout.labels for seed in (1, 2)]
    assert np.array_equal(first, again) and np.array_equal(*plain)
    assert not np.array_equal(first, plain[0]) and other.shape == first.shape


def test_what_it_needs_is_told(tmp_path: Path) -> None:
    settings = TaskSettings(1, tmp_path / "cache")
    with pytest.raises(DatasetError, match="no layouts"):
        SharpenerTask([], [], ModelFolder(tmp_path), settings, preset="small")
    with pytest.raises(WeightsError):
        SharpenerTask([PreparedTrunk(0)], [], ModelFolder(tmp_path), settings, preset="small")  # type: ignore[list-item]
