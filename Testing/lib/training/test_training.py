"""Training: a corpus that is true to its masks, a killed run that resumes bit for bit, exports that load."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_preset, tiny_request

from Sketch2CTLib.conditioning.lifted import EXTENTS
from Sketch2CTLib.description.quantities import QUANTITIES
from Sketch2CTLib.errors import WeightsError
from Sketch2CTLib.frames import VIEWS, project
from Sketch2CTLib.training.batch_part import BatchPart
from Sketch2CTLib.training.corpus import VIEW_ORDER
from Sketch2CTLib.training.recipes import STAGES
from Sketch2CTLib.training.run import make_task, train
from Sketch2CTLib.training.samples import STATED_TOGETHER, ConditionSource, Corpus, drop_conditions
from Sketch2CTLib.weights import ModelFolder


def curve(folder: Path) -> list[tuple[str, ...]]:
    with (folder / "curve.csv").open() as stream:
        return [tuple(row) for row in csv.reader(stream)]


def test_copies_differ_and_their_numbers_are_true(run_dir: Path) -> None:
    corpus = Corpus(run_dir / "corpus", "train", structures=frozenset({"liver"}))
    assert len(corpus) == 6
    volumes = [r.numbers["volume_ml"] for r in corpus.records]
    assert len({round(v, 3) for v in volumes}) == 6
    cell_ml = (320 / 16) ** 3 / 1000
    for row in range(len(corpus)):
        inside = float((corpus.targets(np.array([row])) > 0).sum()) * cell_ml
        assert inside == pytest.approx(volumes[row], rel=0.25)


def test_validation_copies_are_unwarped(run_dir: Path) -> None:
    assert len(Corpus(run_dir / "corpus", "val")) == 2


def test_drawings_lie_over_their_mask(run_dir: Path) -> None:
    corpus = Corpus(run_dir / "corpus", "train", structures=frozenset({"liver"}))
    for row in range(len(corpus)):
        shadow = project(corpus.targets(np.array([row]))[0, 0].numpy(), VIEWS["axial"]) > 0
        drawn = corpus.lifted[row, VIEW_ORDER.index("axial"), 0, 0] > 0
        assert (shadow & drawn).sum() / (shadow | drawn).sum() > 0.75


def test_batches_depend_on_seed_and_step_alone(prepared_dir: Path, run_dir: Path) -> None:
    request = tiny_request("mask-autoencoder", prepared_dir, run_dir, 4)
    first, second = make_task(request), make_task(request)
    losses = [
        task.loss(task.module, BatchPart.whole(step, 2))[0].item()
        for task, step in ((first, 3), (second, 3), (first, 2))
    ]
    assert losses[0] == losses[1] != losses[2]


def test_dropping_hides_some_and_keeps_some(run_dir: Path) -> None:
    corpus = Corpus(run_dir / "corpus", "train")
    source = ConditionSource(corpus, corpus.fit_scaler(), tiny_preset().request_conditioner)
    rows = np.arange(len(corpus)).repeat(40)
    batch = drop_conditions(source.batch(rows, np.zeros_like(rows)), np.random.default_rng(0))
    assert 0.8 < batch.has_sketch.float().mean() < 0.97
    assert 0.4 < batch.text_known.any(dim=1).float().mean() < 0.65
    assert 0.3 < batch.known.float().mean() < 0.9


def test_some_samples_know_just_what_people_state(run_dir: Path) -> None:
    corpus = Corpus(run_dir / "corpus", "train")
    source = ConditionSource(corpus, corpus.fit_scaler(), tiny_preset().request_conditioner)
    rows = np.arange(len(corpus)).repeat(60)
    batch = drop_conditions(source.batch(rows, np.zeros_like(rows)), np.random.default_rng(0))
    names = [q.name for q in QUANTITIES]
    stated = [frozenset(np.array(names)[known]) for known in batch.known.numpy()]
    for together in STATED_TOGETHER:
        assert frozenset(together) in stated
    alone = torch.tensor([known == {"volume_ml"} for known in stated])
    assert batch.box[alone].isnan().all() and not batch.text_known[alone].any()
    extents = torch.tensor([known == set(EXTENTS) for known in stated])
    assert batch.box[extents][:, :3].isfinite().all() and batch.box[extents][:, 3:].isnan().all()


@pytest.mark.parametrize("stage", ["mask-autoencoder", "mask-diffusion"])
def test_a_killed_training_resumes_on_the_same_curve(
    stage: str, prepared_dir: Path, run_dir: Path, tmp_path: Path
) -> None:
    for name in ("whole", "killed"):
        for part in ("corpus", "models"):
            shutil.copytree(run_dir / part, tmp_path / name / part)
    train(tiny_request(stage, prepared_dir, tmp_path / "whole", 50))
    killed = tiny_request(stage, prepared_dir, tmp_path / "killed", 50, checkpoint_s=0.0)
    seen = 0

    def kill_at_thirty(part: str, step: int, of: int, text: str) -> None:
        nonlocal seen
        seen = step if part == stage else seen
        if seen == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(killed, progress=kill_at_thirty)
    result = train(killed)
    assert result.step == 50 and result.finished
    assert curve(tmp_path / "killed" / stage) == curve(tmp_path / "whole" / stage)
    name = stage.replace("-", "_")
    states = [ModelFolder(tmp_path / n / "models").load_state(name) for n in ("whole", "killed")]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_a_budget_stops_resumably(prepared_dir: Path, run_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    result = train(tiny_request("mask-autoencoder", prepared_dir, tmp_path, 500, budget_s=0.0))
    assert result.step == 1 and not result.finished
    assert (tmp_path / "mask-autoencoder" / "checkpoint.pt").is_file()
    assert ModelFolder(tmp_path / "models").exists


def test_learning_happens(prepared_dir: Path, run_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    train(tiny_request("mask-autoencoder", prepared_dir, tmp_path, 100, lr=2e-3))
    losses = [
        float(v) for _, split, name, v in curve(tmp_path / "mask-autoencoder")[1:] if (split, name) == ("train", "loss")
    ]
    assert losses[-1] < 0.6 * losses[0]


def test_exports_say_what_they_are(run_dir: Path) -> None:
    index = json.loads((run_dir / "models" / "model.json").read_text())
    assert index["preset"] == "tiny"
    assert set(index["components"]) == {stage.replace("-", "_") for stage in STAGES} | {"mask_memory"}
    provenance = index["components"]["mask_diffusion"]["provenance"]
    assert provenance["steps"] == 4
    assert provenance["data"]["cases"] == {"toy": ["c0", "c1", "c2"]}, "validation cases are not trained on"
    assert index["components"]["mask_diffusion"]["config"]["conditioner"]["cells"] == tiny_preset().conditioner.cells


def test_a_broken_checkpoint_is_named(prepared_dir: Path, run_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    (tmp_path / "mask-autoencoder").mkdir()
    (tmp_path / "mask-autoencoder" / "checkpoint.pt").write_bytes(b"PK broken")
    with pytest.raises(WeightsError, match="cannot be resumed"):
        train(tiny_request("mask-autoencoder", prepared_dir, tmp_path, 2))


def test_diffusion_needs_its_autoencoder(prepared_dir: Path, run_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    with pytest.raises(WeightsError, match="Train mask-autoencoder first"):
        train(tiny_request("mask-diffusion", prepared_dir, tmp_path, 2))
