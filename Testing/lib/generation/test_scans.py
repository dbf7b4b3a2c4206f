"""The second stage: what it sees decides, the seed keeps the look."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from synthetic import liver_ball as ball
from tiny import tiny_preset

from Sketch2CTLib.catalog import structure
from Sketch2CTLib.diffusion import Preconditioning
from Sketch2CTLib.diffusion.preconditioning import MOST_STRAY
from Sketch2CTLib.errors import ConfigError, MaskError
from Sketch2CTLib.generation.model.stages import ImageConditions, LabelImageDenoiser, image_stage
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.weights import ModelFolder

FAST = Settings(image_steps=3)


@pytest.fixture(scope="module")
def pipeline(run_dir: Path) -> Pipeline:
    tiny_preset()
    return Pipeline(ModelFolder(run_dir / "models"), device="cpu")


def test_what_cannot_be_painted_is_drawn(pipeline: Pipeline) -> None:
    plain, asked = (pipeline.image(ball(), 5, replace(FAST, paint=paint)) for paint in (False, True))
    assert np.array_equal(plain.values, asked.values) and asked.layout is None and asked.notes == ()


def test_neighbours_change_the_scan_and_nothing_else_does(pipeline: Pipeline) -> None:
    mask, labels = ball(), np.zeros((128,) * 3, dtype=np.uint8)
    alone, again, empty = (pipeline.image(mask, 5, FAST, labels=given).values for given in (None, None, labels))
    assert np.array_equal(alone, again) and np.array_equal(alone, empty)
    labels[:, :, :20] = structure("spleen").label
    with_spleen = pipeline.image(mask, 5, FAST, labels=labels).values.astype(float)
    assert np.abs(with_spleen - alone).mean() > 1.0
    assert np.abs(pipeline.image(mask, 6, FAST).values.astype(float) - alone).mean() > 1.0


def test_an_old_trace_of_the_organ_itself_is_no_neighbour(pipeline: Pipeline) -> None:
    mask, labels = ball(), np.zeros((128,) * 3, dtype=np.uint8)
    labels[ball(50.0).body] = structure("liver").label
    assert np.array_equal(pipeline.image(mask, 5, FAST, labels=labels).values, pipeline.image(mask, 5, FAST).values)


def test_an_edited_mask_keeps_the_look_with_its_seed(pipeline: Pipeline) -> None:
    first, edited, other = (
        pipeline.image(mask, seed, FAST).values.astype(float)
        for mask, seed in ((ball(), 5), (ball(32.0), 5), (ball(), 6))
    )
    assert np.abs(first - edited).mean() < 0.7 * np.abs(first - other).mean()


def test_labels_that_cannot_be_used(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MaskError, match="do not fit"):
        pipeline.image(ball(), 5, FAST, labels=np.zeros((64,) * 3, dtype=np.uint8))
    monkeypatch.setattr(pipeline.mask_models.network("image_diffusion"), "sees_labels", False)
    with pytest.raises(ConfigError, match="does not take labels"):
        pipeline.image(ball(), 5, FAST, labels=np.zeros((128,) * 3, dtype=np.uint8))
    with pytest.raises(ConfigError, match="modality 'PET'"):
        pipeline.image(ball(), 5, FAST, modality="PET")


def test_what_is_led_lies_around_the_organ(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, seen = pipeline.mask_models.network("image_diffusion"), []
    plain, guided = pipeline.image(ball(), 5, FAST).values, stage.guided

    def noted(*args: Any, weight: torch.Tensor) -> torch.Tensor:
        seen.append(weight)
        return guided(*args, weight=weight)

    monkeypatch.setattr(stage, "guided", noted)
    monkeypatch.setattr(pipeline.mask_models, "preset", replace(pipeline.preset, image_guidance=(1.5, 1.0)))
    led = pipeline.image(ball(), 5, FAST).values
    middle = seen[0].shape[-1] // 2
    assert seen[0].shape == (1, 1, *pipeline.preset.image_latent_shape[1:]) and len(seen) >= FAST.image_steps
    assert seen[0][0, 0, middle, middle, middle] == 1.0 and seen[0][0, 0, 0, 0, 0] == 1.5
    assert not np.array_equal(led, plain)


def test_the_organ_is_drawn_more_evenly_at_a_low_temperature(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pipeline.mask_models.extras, "borders", {})  # which would make it as even as real ones
    plain = pipeline.image(ball(), 5, FAST).values.astype(float)
    monkeypatch.setattr(pipeline.mask_models, "preset", replace(pipeline.preset, organ_temperature=0.2))
    even = pipeline.image(ball(), 5, FAST).values.astype(float)
    inside = ball(20.0).body
    assert even[inside].std() < plain[inside].std()


def test_it_weighs_what_its_network_adds() -> None:
    torch.manual_seed(0)
    stage = image_stage(tiny_preset())
    assert isinstance(stage, LabelImageDenoiser)
    stage.spread.copy_(torch.tensor([0.3, 0.5, 1.0, 3.0]))
    t, zero = torch.tensor([10, 500, 990]), torch.zeros(3, dtype=torch.int64)
    known = ImageConditions(
        torch.randn(3, 4, 4, 4, 4), torch.randn(3, 1, 4, 4, 4), zero, zero, torch.randn(3, 5, 4, 4, 4)
    )
    z_t = torch.randn(3, 4, 4, 4, 4)
    before = stage(z_t, t, known)
    with torch.no_grad():
        stage.net.outward.bias[:4] += 1.0  # type: ignore[index]
    added = (stage(z_t, t, known) - before)[:, :, 0, 0, 0]
    led = (stage.guided(z_t, t, known, 2.0) - stage(z_t, t, known))[:, :, 0, 0, 0]
    assert torch.allclose(led[2], torch.zeros(4)) and (led[:2].abs() > 0).all()  # the noisiest steps are not led
    wanted = (stage.spread / stage.spread.mean()).expand(3, -1)
    assert torch.allclose(added.square() * stage.error_weights(t), wanted, rtol=1e-3)
    with torch.no_grad():
        stage.net.outward.weight.zero_()  # type: ignore[operator]
        stage.net.outward.bias[:4] = 0.0  # type: ignore[index]
        stage.net.outward.bias[4:] = -0.5  # type: ignore[index]
    local = stage.spread * torch.exp(MOST_STRAY * torch.tanh(torch.tensor(-0.5 / MOST_STRAY)))
    assert torch.allclose(
        stage(z_t, t, known), Preconditioning.at(t, z_t, local, stage.schedule).c_skip * z_t, atol=1e-5
    )
    assert torch.allclose(stage.guided(z_t, t, known, 3.0), stage(z_t, t, known), atol=1e-5)
    with pytest.raises(ConfigError, match="painted"):
        stage(z_t, t, ImageConditions(known.mask_latent, known.mask_cells, zero, zero))


def test_the_recipe_tells_how_scans_are_drawn(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    known = json.loads(json.dumps(pipeline.scan_recipe))
    assert known == pipeline.scan_recipe
    monkeypatch.setattr(pipeline.mask_models, "preset", replace(pipeline.preset, image_guidance=(2.0, 1.0)))
    assert pipeline.scan_recipe != known, "kept scans are drawn anew"
