"""Masks that are drawn around the prior mean: the untrained network, guidance, training and the whole mask stage."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from drawings import liver_request
from tiny import tiny_around_preset, tiny_request

from Sketch2CTLib.diffusion import SampleRequest, sample
from Sketch2CTLib.errors import WeightsError
from Sketch2CTLib.generation.model.presets import Preset
from Sketch2CTLib.generation.model.residual import MaskPrior, MeanConditions, ResidualMaskStage
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.request import PlacedRequest
from Sketch2CTLib.generation.settings import Settings, Start
from Sketch2CTLib.training.run import make_task, train
from Sketch2CTLib.weights import ModelFolder


@pytest.fixture
def around() -> Preset:
    """The tiny preset with masks drawn around its prior mean."""
    return tiny_around_preset()


def _conditions(preset: Preset, n: int) -> MeanConditions:
    assert preset.mask_prior is not None
    c, d, h, w = preset.mask_latent_shape
    generator = torch.Generator().manual_seed(1)
    mean = torch.randn(1, c, d, h, w, generator=generator)
    spatial = torch.randn(1, preset.mask_prior.spatial_channels, d, h, w, generator=generator)
    return MeanConditions(
        mean.expand(n, -1, -1, -1, -1), spatial.expand(n, -1, -1, -1, -1), torch.zeros(n, preset.mask_prior.pooled_dim)
    )


def test_at_first_it_draws_gaussian_masks_of_the_known_spread_around_the_mean(around: Preset):
    stage = ResidualMaskStage(around).eval()
    spread = torch.tensor([0.4, 0.2, 0.1, 0.05])
    stage.spread.copy_(spread)
    told = _conditions(around, 60)
    request = SampleRequest(around.mask_latent_shape, tuple(range(60)), 25)
    with torch.no_grad():
        drawn = stage.unit * sample(lambda z, t: stage(z, t, told), request, stage.schedule)
    rest = drawn - told.mean
    assert rest.std(dim=(0, 2, 3, 4)) == pytest.approx(spread.numpy(), rel=0.06)
    assert rest.mean(dim=0).abs().max() < 4 * 0.4 / np.sqrt(60)


def test_with_the_weights_of_the_prior_it_reads_conditions_as_the_prior_does(around: Preset):
    torch.manual_seed(0)
    prior, stage = MaskPrior(around), ResidualMaskStage(around)
    stage.begin_with(prior.state_dict())
    spatial = torch.randn(1, prior.net.config.spatial_channels, 4, 4, 4)
    beside = torch.randn(1, 2 * stage.channels, 4, 4, 4)
    assert torch.allclose(stage.net.inward(torch.cat([spatial, beside], dim=1)), prior.net.inward(spatial), atol=1e-6)
    assert not stage.net.outward.weight.any()


@pytest.fixture
def drawing(around: Preset, prepared_dir: Path, run_dir: Path, tmp_path: Path) -> Pipeline:
    """A model trained for a moment, whose masks have a known spread around the mean."""
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    for stage in ("mask-autoencoder", "mask-prior", "mask-diffusion"):
        train(replace(tiny_request(stage, prepared_dir, tmp_path, 3), preset=around))
    pipeline = Pipeline(ModelFolder(tmp_path / "models"), device="cpu")
    pipeline.mask_models.network("mask_diffusion").spread.fill_(0.5)
    return pipeline


def test_candidates_are_drawn_around_the_answer_and_the_prior_is_asked_once(drawing: Pipeline):
    asked: list[int] = []
    drawing.mask_models.network("mask_prior").net.register_forward_hook(lambda *_: asked.append(1))
    placed = PlacedRequest.of(liver_request())
    answer, first, second = drawing.masks(placed, (1, 2, 3), Settings(steps=3))
    assert len(asked) == 1
    (alone,) = drawing.masks(placed, (1,), Settings(steps=3))
    assert np.array_equal(alone.field, answer.field)
    away = [one.field - answer.field for one in (first, second)]
    assert all(np.abs(one).mean() > 0.01 for one in away) and not np.array_equal(*away)
    (again,) = drawing.masks(placed, (3,), Settings(steps=3, noise_strength=drawing.preset.noise_strength))
    assert np.allclose(again.field, second.field, atol=1e-6), "it depends on its seed alone"


def test_what_a_candidate_has_beside_the_answer_is_smooth(drawing: Pipeline):
    placed = PlacedRequest.of(liver_request())
    answer, sample = drawing.masks(placed, (1, 2), Settings(steps=3))
    apart = sample.field - answer.field
    steps = np.concatenate([np.abs(np.diff(apart, axis=axis)).ravel() for axis in range(3)])
    assert steps.mean() < 0.12 * np.abs(apart).mean()
    still, moved = (
        drawing.masks(placed, (2,), Settings(steps=3), start=Start(sample.latent, strength)) for strength in (0.0, 0.5)
    )
    assert np.array_equal(still[0].latent, sample.latent) and not np.array_equal(moved[0].field, still[0].field)


def test_training_keeps_the_scales_of_the_prior_and_saves_what_is_drawn_around_it(
    around: Preset, prepared_dir: Path, run_dir: Path, tmp_path: Path
):
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    for stage in ("mask-autoencoder", "mask-prior", "mask-diffusion"):
        request = replace(tiny_request(stage, prepared_dir, tmp_path, 3), preset=around)
        train(request)
    folder = ModelFolder(tmp_path / "models")
    state = folder.load_state("mask_diffusion")
    assert 0.0 < float(state["spread"].min()) < 3.0
    assert not any(name.startswith("conditioner") for name in state)
    again = make_task(request)
    assert again.scale == folder.index()["extras"]["mask_latent_scale"]


def test_without_a_prior_it_is_not_trained(around: Preset, prepared_dir: Path, run_dir: Path, tmp_path: Path):
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    train(replace(tiny_request("mask-autoencoder", prepared_dir, tmp_path, 2), preset=around))
    with pytest.raises(WeightsError, match="no trained prior"):
        make_task(replace(tiny_request("mask-diffusion", prepared_dir, tmp_path, 2), preset=around))
