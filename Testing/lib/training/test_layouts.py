"""The layout stage's task: it learns, resumes, depends on seed and step alone; copies keep sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from layout_bodies import TINY, PreparedTrunk, short_loop, trunk

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.deformation import deformation, deformed, shades
from Sketch2CTLib.data.layout import Layout
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.evaluation.layouts.evaluation import (
    MEAN,
    REAL,
    SAMPLES,
    SHIPPED,
    WARPED,
    LayoutEvaluation,
    LayoutMeasurement,
)
from Sketch2CTLib.generation.model.layout_stage import coarse_grid
from Sketch2CTLib.generation.model.loaded import LoadedModels
from Sketch2CTLib.networks.label_code import LabelCode
from Sketch2CTLib.training.batch_part import BatchPart
from Sketch2CTLib.training.layout_copies import CopySource, framed, with_partners
from Sketch2CTLib.training.layouts import LayoutTask
from Sketch2CTLib.training.loop import TaskSettings, fit
from Sketch2CTLib.weights import ModelFolder


def task(folder: Path, seed: int = 1) -> LayoutTask:
    settings = TaskSettings(seed, folder / "cache")
    train, val = [PreparedTrunk(n) for n in range(4)], [PreparedTrunk(9)]
    return LayoutTask(train, val, ModelFolder(folder / "models"), settings, TINY, preset="small")  # type: ignore[arg-type]


def test_layouts_come_into_one_frame_by_their_organs() -> None:
    cases, frame = framed({str(seed): trunk(seed) for seed in range(5)})
    assert set(frame.centres_mm) == {"liver", "spleen", "left_kidney", "right_kidney", "aorta", "stomach"}
    assert frame.centres_mm["liver"][0] > 0 > frame.centres_mm["spleen"][0]
    for seed, case in enumerate(cases):
        middle = trunk(seed).grid.center_ras
        assert np.linalg.norm(case.origin_ras - middle - (cases[0].origin_ras - trunk(0).grid.center_ras)) < 8
    with pytest.raises(DatasetError, match="No layout holds an organ"):
        framed(
            {"none": Layout(np.full((9, 9, 9), label_value("fat"), np.uint8), trunk(0).grid.ras_cube((0, 0, 0), 9, 9))}
        )


def test_copies_keep_sides_and_given_organs_and_know_where_the_scan_ends() -> None:
    cases, frame = framed({str(seed): trunk(seed) for seed in range(3)})
    source = CopySource(cases, frame, TINY)
    rng = np.random.default_rng(0)
    named: set[int] = set()
    for index in (0, 1, 2, 0, 1, 2):
        copy = source.drawn(index, rng)
        given = set(np.unique(copy.given.numpy())) - {0}
        named |= given
        assert torch.equal(copy.given > 0, torch.isin(copy.labels, torch.tensor(sorted(given))))
        right, left = (
            torch.nonzero(copy.labels == label_value(f"{s}_kidney"))[:, 2].float().mean() for s in ("right", "left")
        )
        assert right > left
    assert len(named) > 1
    plain = source.plain(0)
    assert plain.known[:, 8, 12].float().mean() == pytest.approx(360 / (24 * 16), abs=0.1)
    assert not torch.equal(source.drawn(0, rng).labels, plain.labels)


def test_the_code_of_label_maps_is_linear_in_them_and_brings_them_back() -> None:
    cases, frame = framed({str(seed): trunk(seed) for seed in range(3)})
    maps = [CopySource(cases, frame, TINY).plain(n).labels[None] for n in range(3)]
    code = LabelCode(TINY.code)
    code.fit(maps)
    values = torch.tensor(TINY.code.values)
    shares = code.scores(code.encode(maps[0]))
    assert (values[shares[0].argmax(0)] == maps[0][0]).float().mean() > 0.93
    assert torch.allclose(code.encode(torch.cat(maps))[1:2], code.encode(maps[1]), atol=1e-4)


def test_a_deformation_brings_one_trunk_to_another() -> None:
    one, other = trunk(1), trunk(2)
    cases, _ = framed({"one": one, "other": other})
    grids = [coarse_grid(case.origin_ras, TINY, 1) for case in cases]
    fixed, moving = shades(other, grids[1]), shades(one, grids[0])
    field = deformation(fixed, moving, 16.0)
    moved = deformed(one, grids[0], field, grids[0])
    after = np.abs(shades(moved, grids[0]) - fixed).mean()
    assert after < 0.75 * np.abs(moving - fixed).mean()


def test_partners_are_made_once(tmp_path: Path) -> None:
    cases, _ = framed({str(seed): trunk(seed) for seed in range(3)})
    first = with_partners(cases, TINY, tmp_path, partners=1)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = with_partners(cases, TINY, tmp_path, partners=1)
    assert len(times) == 3 and times == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert np.array_equal(first[0].partners[0], again[0].partners[0])


def test_batches_depend_on_seed_and_step_alone(tmp_path: Path) -> None:
    first, second, third = task(tmp_path), task(tmp_path), task(tmp_path, seed=2)
    losses = [
        t.loss(t.module, BatchPart.whole(step, 2))[0].item()
        for t, step in ((first, 3), (second, 3), (first, 2), (third, 3))
    ]
    assert losses[0] == losses[1] and len(set(losses)) == 3


def test_a_batch_is_the_mean_of_its_parts(tmp_path: Path) -> None:
    one = task(tmp_path)
    with torch.no_grad():
        whole = float(one.loss(one.module, BatchPart.whole(3, 4))[0])
        parts = [float(one.loss(one.module, BatchPart(3, range(n, n + 1)))[0]) for n in range(4)]
    assert len(set(parts)) == 4 and np.mean(parts) == pytest.approx(whole, rel=1e-4)


def test_it_learns_resumes_and_its_layouts_can_be_measured(tmp_path: Path) -> None:
    def loss(one: LayoutTask) -> float:
        with torch.no_grad():
            return float(
                np.mean([one.loss(one.module, BatchPart.whole(step, 2))[0].item() for step in range(1000, 1020)])
            )

    trained = task(tmp_path)
    before = loss(trained)
    result = fit(trained, short_loop(60, lr=1e-2), tmp_path / "run")
    assert result.finished and loss(trained) < 0.99 * before
    assert 0.4 < result.last["dice"] <= 1.0 and (tmp_path / "run" / "step_000060.png").is_file()
    resumed = task(tmp_path / "two")
    fit(resumed, short_loop(6, budget_s=1e-6), tmp_path / "two" / "run")
    whole = fit(task(tmp_path / "two"), short_loop(6), tmp_path / "two" / "run")
    assert whole.step == 6
    models = LoadedModels(ModelFolder(tmp_path / "models"), torch.device("cpu"))
    config = LayoutEvaluation((("liver",), ("liver", "spleen")), (1, 2), samples=1.0, steps=2)
    train, val = [PreparedTrunk(n) for n in range(4)], [PreparedTrunk(9)]
    tables = LayoutMeasurement(models, train, config).tables(val)  # type: ignore[arg-type]
    given, neighbours = tables.given, tables.neighbours
    assert {row.method for row in given.rows} == {SHIPPED, SAMPLES, MEAN, WARPED, REAL}
    for row in given.rows:
        assert row.intervals["overlap"].value == 0
        assert not row.intervals["pieces"].value > 1
    assert given.value(WARPED, "liver", "dice_organs") > 0.5
    assert given.value(SHIPPED, "liver + spleen", "centroid_mm") < 40
    assert neighbours.value(WARPED, "spleen", "volume_ratio") == pytest.approx(1.0, abs=0.5)
    assert given.value(SHIPPED, "liver", "diversity") == 1.0 > given.value(SAMPLES, "liver", "diversity")
