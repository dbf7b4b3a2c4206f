"""The segmenter's task: it learns, its batches depend on seed and step alone, the verb trains it like any stage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_preset

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.evaluation.overlap import dice
from Sketch2CTLib.generation.volumes.labelled import LabelledScan, real_scans
from Sketch2CTLib.generation.volumes.segmenting import load_segmenter
from Sketch2CTLib.networks.segmenter import SegmenterConfig
from Sketch2CTLib.training.batch_part import BatchPart
from Sketch2CTLib.training.loop import TaskSettings
from Sketch2CTLib.training.pace import LoopConfig
from Sketch2CTLib.training.segmenter import SegmenterTask, fit_segmenter, little_fit, posed
from Sketch2CTLib.training.train_all import WholeRequest, _Whole
from Sketch2CTLib.weights import ModelFolder

TINY = SegmenterConfig(voxels=16, stem=2, channels=(16, 16), deep_blocks=1, told=8)


@pytest.fixture(scope="module")
def scans(prepared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[LabelledScan]]:
    folder, prepared = tmp_path_factory.mktemp("scans"), PreparedSet(prepared_dir)
    return {split: real_scans(prepared.cases(split), folder, voxels=16) for split in ("train", "val")}


def loop(steps: int, **more: object) -> LoopConfig:
    settings = {"batch": 2, "lr": 5e-3, "warmup": 5, "ema": 0.9, "device": "cpu", "precision": "32-true"} | more
    return LoopConfig(steps, **settings)  # type: ignore[arg-type]


def task(scans: dict[str, list[LabelledScan]], folder: Path, seed: int = 1) -> SegmenterTask:
    return SegmenterTask(scans["train"], scans["val"], ModelFolder(folder), TaskSettings(seed, folder), TINY)


def test_it_learns_organs_that_it_has_not_seen(scans, tmp_path):
    def overlap(segmenter) -> float:
        pairs = [(scan, *scan.read(16)) for scan in scans["val"]]
        return float(np.mean([dice(m, segmenter.logits(x, s.structure, s.modality) > 0) for s, x, m in pairs]))

    before = overlap(fit_segmenter(scans["train"], tmp_path / "one", loop(1), TINY))
    after = overlap(fit_segmenter(scans["train"], tmp_path / "many", loop(60, lr=1e-2, batch=4), TINY))
    assert after > 0.5 > 0.2 > before


def test_batches_depend_on_seed_and_step_alone(scans, tmp_path):
    first, second, third = task(scans, tmp_path), task(scans, tmp_path), task(scans, tmp_path, seed=2)
    losses = [
        t.loss(t.module, BatchPart.whole(step, 2))[0].item()
        for t, step in ((first, 3), (second, 3), (first, 2), (third, 3))
    ]
    assert losses[0] == losses[1] and len(set(losses)) == 3


def test_a_killed_run_goes_on_as_if_it_had_not_been(scans, tmp_path):
    whole = fit_segmenter(scans["train"], tmp_path / "whole", loop(8), TINY)
    for _ in range(8):
        parted = fit_segmenter(scans["train"], tmp_path / "parted", loop(8, budget_s=1e-6), TINY)
    x = scans["val"][0].read(16)[0]
    assert np.array_equal(*(segmenter.logits(x, "liver", "CT") for segmenter in (whole, parted)))


def test_nothing_is_mirrored(rng):
    pair = torch.zeros(1, 2, 16, 16, 16)
    pair[..., 11:14] = 1.0  # on the left
    for _ in range(30):
        moved = posed(pair, rng)
        assert moved.shape == pair.shape
        assert moved[..., 8:].sum() > 3 * moved[..., :8].sum()


def test_validation_tells_each_structure_and_leaves_a_picture(scans, tmp_path):
    told = task(scans, tmp_path)
    numbers = told.validate(told.module.eval(), 5, tmp_path)
    assert set(numbers) == {"dice", "dice_liver_ct", "dice_spleen_ct"}
    assert (tmp_path / "step_000005.png").is_file()


def test_nothing_to_train_on_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="no scans"):
        SegmenterTask([], [], ModelFolder(tmp_path), TaskSettings(1, tmp_path), TINY)


def test_a_little_fit_has_a_folder_a_name_and_the_calls_seed(prepared_dir, tmp_path):
    fit = little_fit(tmp_path, loop(1, batch=1))
    scans = real_scans(PreparedSet(prepared_dir).cases("train", "liver")[:1], tmp_path, voxels=64)
    segmenter = fit(scans, "real_7", 7)
    assert segmenter.network.config.voxels == 64
    index = ModelFolder(tmp_path / "real_7" / "models").index()
    assert index["components"]["segmenter"]["provenance"]["loop"]["seed"] == 7


def test_the_verb_trains_it_without_a_corpus(prepared_dir, tmp_path, capsys):
    tiny_preset()
    out = tmp_path / "run"
    named = ["--data", str(prepared_dir), "--out", str(out), "--preset", "tiny", "--device", "cpu"]
    assert main(["train", "segmenter", *named, "--steps", "1", "--batch", "1", "--structures", "liver"]) == 0
    assert "segmenter: 1 steps in " in (said := capsys.readouterr().out) and "dice_liver_ct" in said
    assert not (out / "corpus").exists()
    segmenter = load_segmenter(out / "models")
    assert segmenter.knows("liver", "CT") and not segmenter.knows("spleen", "CT")
    assert main(["train", "segmentr", *named]) == 2
    assert "segmenter" in capsys.readouterr().err


def test_all_leaves_it_out(prepared_dir, tmp_path):
    assert "segmenter" not in _Whole(WholeRequest(prepared_dir, tmp_path, tiny_preset()), None, lambda: 0.0).stages
