"""Training of the prior: occupancy, a start from former weights, contours drawn from copies."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_around_preset, tiny_preset, tiny_request
from torch import nn

from Sketch2CTLib.conditioning import ConditionEncoder
from Sketch2CTLib.errors import ConfigError, WeightsError
from Sketch2CTLib.generation.memory import MaskMemory
from Sketch2CTLib.generation.model.residual import MaskPrior
from Sketch2CTLib.generation.model.stages import mask_stage
from Sketch2CTLib.training.batch_part import BatchPart
from Sketch2CTLib.training.diffusion import LOG_ODDS, occupancy_loss, training_masks
from Sketch2CTLib.training.run import make_task
from Sketch2CTLib.training.samples import ConditionSource, Corpus
from Sketch2CTLib.training.start import kept_scales, load_widened
from Sketch2CTLib.weights import ModelFolder


def test_the_occupancy_loss_is_least_at_the_probability_of_being_inside():
    inside = torch.tensor([1.0, 1.0, 1.0, -1.0]).view(4, 1, 1, 1, 1) * 0.5  # three of four bodies hold the voxel
    levels = torch.linspace(-0.9, 0.9, 181)
    losses = [float(occupancy_loss(level.expand_as(inside), inside)) for level in levels]
    assert levels[int(np.argmin(losses))] == pytest.approx(np.log(3.0) / LOG_ODDS, abs=0.011)


def test_far_from_either_surface_nothing_counts():
    far = torch.full((1, 1, 4, 4, 4), -1.0)
    assert float(occupancy_loss(far, far)) == 0.0


def test_a_widened_network_answers_at_first_as_the_narrow_one():
    torch.manual_seed(0)
    narrow, wide = nn.Conv3d(3, 4, 1), nn.Conv3d(5, 4, 1)
    load_widened(wide, narrow.state_dict())
    x = torch.randn(2, 5, 3, 3, 3)
    assert torch.allclose(wide(x), narrow(x[:, :3]), atol=1e-6)


def test_a_network_that_knows_more_structures_answers_for_those_known_as_before_and_for_new_ones_as_their_mean():
    torch.manual_seed(0)
    few = replace(tiny_preset().request_conditioner, pooled_dim=8, structures=3)
    known, wide = ConditionEncoder(few), ConditionEncoder(replace(few, structures=9))
    load_widened(wide, known.state_dict())
    columns, before = wide.pool.layers[0].weight, known.pool.layers[0].weight
    place, more = 2 * few.quantities, 6
    assert torch.equal(columns[:, : place + 3], before[:, : place + 3])
    assert torch.equal(columns[:, place + 3 + more :], before[:, place + 3 :])
    mean = before[:, place : place + 3].mean(dim=1, keepdim=True)
    assert torch.allclose(columns[:, place + 3 : place + 3 + more], mean.expand(-1, more))
    if few.capsules:
        assert torch.allclose(wide.structure.weight[3:], known.structure.weight.mean(dim=0).expand(6, -1))


def test_weights_of_another_network_are_refused_in_one_line():
    with pytest.raises(WeightsError, match="another network"):
        load_widened(nn.Conv3d(3, 4, 1), nn.Conv3d(3, 6, 1).state_dict())


def test_a_start_keeps_the_scales_of_the_model_and_its_weights(prepared_dir: Path, run_dir: Path, tmp_path: Path):
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    shutil.copytree(run_dir / "models", tmp_path / "models")
    request = tiny_request("mask-diffusion", prepared_dir, tmp_path, 4)
    first = make_task(request)
    first.scale *= 1.5
    first.export(first.module, {})
    begun = make_task(replace(request, start_from=tmp_path / "models"))
    assert begun.scale == first.scale
    saved = ModelFolder(tmp_path / "models").load_state("mask_diffusion")
    assert all(torch.equal(value.float(), saved[key].float()) for key, value in begun.module.state_dict().items())


def test_a_start_in_a_new_folder_brings_its_autoencoder(prepared_dir: Path, run_dir: Path, tmp_path: Path):
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    request = replace(tiny_request("mask-diffusion", prepared_dir, tmp_path, 4), start_from=run_dir / "models")
    make_task(request)
    made, given = (ModelFolder(folder / "models").load_state("mask_autoencoder") for folder in (tmp_path, run_dir))
    assert all(torch.equal(value, given[key]) for key, value in made.items())
    make_task(request)  # again: it is the same
    index = tmp_path / "models" / "model.json"
    index.write_text(
        index.read_text().replace(ModelFolder(run_dir / "models").component("mask_autoencoder")["sha256"], "0")
    )
    with pytest.raises(WeightsError, match="another mask autoencoder"):
        make_task(request)


def test_a_start_of_a_denoiser_brings_the_prior_that_it_draws_around(prepared_dir: Path, run_dir: Path, tmp_path: Path):
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    shutil.copytree(run_dir / "models", tmp_path / "start")
    around = tiny_around_preset()
    first = ModelFolder(tmp_path / "start")
    torch.manual_seed(3)
    prior = MaskPrior(around)
    extras = {"mask_latent_scale": 1.0, "number_scaler": Corpus(run_dir / "corpus", "train").fit_scaler().to_dict()}
    first.save_component("mask_prior", prior, {}, {"data": "x"}, preset=around.name, extras=extras)
    first.save_component("mask_diffusion", mask_stage(around), {}, {}, preset=around.name)
    request = tiny_request("mask-diffusion", prepared_dir, tmp_path, 4)
    task = make_task(replace(request, preset=around, start_from=tmp_path / "start"))
    with pytest.raises(ConfigError, match="was begun from another model"):
        make_task(replace(request, preset=around))
    make_task(replace(request, preset=around, start_from=tmp_path / "start"))  # as at first: it goes on
    brought = ModelFolder(tmp_path / "models").load_state("mask_prior")
    given = first.load_state("mask_prior")
    assert all(torch.equal(brought[key], given[key]) for key in given) and task.prior is not None


def test_a_structure_that_the_start_lacks_gets_the_scales_of_its_corpus(run_dir: Path, tmp_path: Path):
    corpus = Corpus(run_dir / "corpus", "train")
    fitted = corpus.fit_scaler()
    shutil.copytree(run_dir / "models", tmp_path / "start")
    index = json.loads((tmp_path / "start" / "model.json").read_text())
    index["extras"] |= {
        "mask_latent_scale": 2.0,
        "number_scaler": {**fitted.to_dict(), "statistics": {"liver": fitted.to_dict()["statistics"]["liver"]}},
    }
    (tmp_path / "start" / "model.json").write_text(json.dumps(index))
    scale, scaler = kept_scales(ModelFolder(tmp_path / "start"), corpus)
    assert scale == 2.0 and set(scaler.statistics) == {record.structure for record in corpus.records}
    assert scaler.statistics["liver"] == fitted.statistics["liver"]


def test_autoencoders_do_not_start_from_a_model(prepared_dir: Path, tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot start"):
        replace(tiny_request("mask-autoencoder", prepared_dir, tmp_path, 4), start_from=tmp_path)


def test_contours_of_a_copy_are_its_cross_sections(run_dir: Path):
    corpus = Corpus(run_dir / "corpus", "train", structures=frozenset({"liver"}))
    asked = replace(tiny_preset().request_conditioner, contour_parts=1)
    source = ConditionSource(corpus, corpus.fit_scaler(), asked)
    body = corpus.targets(np.array([0]))[0, 0].numpy() > 0
    for axis in range(3):
        contour = source.contour(0, axis, 0.0)
        assert contour is not None and contour.axis_kji == axis
        assert np.array_equal(contour.signed > 0, np.take(body, body.shape[axis] // 2, axis=axis))
    assert source.contour(0, 0, 0.499) is None  # beyond the organ
    drawn = source.contours(0, 5, np.random.default_rng(0))
    assert 1 <= len(drawn) <= 5 and all(abs(one.position) < 0.5 for one in drawn)


def test_some_samples_have_contours_and_some_have_nothing_else(run_dir: Path):
    corpus = Corpus(run_dir / "corpus", "train", structures=frozenset({"liver"}))
    asked = replace(tiny_preset().request_conditioner, contour_parts=1, sketches=3)
    source = ConditionSource(corpus, corpus.fit_scaler(), asked)
    rows = np.arange(len(corpus)).repeat(30)
    batch = source.some_batch(rows, BatchPart.whole(0, len(rows)).generators(0))
    with_contours = batch.contours.flatten(1).any(dim=1)
    assert 0.3 < with_contours.float().mean() < 0.6
    alone = ~batch.has_sketch.any(dim=1) & with_contours
    assert 0.03 < alone.float().mean() < 0.3
    assert (batch.has_sketch.sum(dim=1) == 3).any()


def test_a_model_remembers_the_masks_that_it_was_trained_on_and_no_other(
    prepared_dir: Path, run_dir: Path, tmp_path: Path
):
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    shutil.copytree(run_dir / "models", tmp_path / "models")
    task = make_task(tiny_request("mask-diffusion", prepared_dir, tmp_path, 4))
    task.export(task.module, {})
    memory = MaskMemory.load(ModelFolder(tmp_path / "models"))
    masks = list(training_masks(Corpus(tmp_path / "corpus", "train")))
    assert {name for names in memory.cases.values() for name in names} == {name for name, _ in masks}
    for name, mask in masks:
        near = memory.nearest(mask)
        assert near.case == name and near.distance_mm < 0.5
