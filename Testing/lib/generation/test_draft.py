"""Drafts on a tiny model: where they lie, which volume they have, and that they are the prior's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_preset

from Sketch2CTLib.description.merging import description_of_text
from Sketch2CTLib.errors import SketchError, WeightsError
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.generation.draft import Drafter, most_probable
from Sketch2CTLib.generation.model.loaded import LoadedModels
from Sketch2CTLib.generation.request import GenerationRequest
from Sketch2CTLib.networks import FilmUNet, FilmUNetConfig, with_onednn
from Sketch2CTLib.sketch import Sketch, Stroke
from Sketch2CTLib.weights import ModelFolder


@pytest.fixture(scope="module")
def models(run_dir: Path) -> LoadedModels:
    tiny_preset()
    return LoadedModels(ModelFolder(run_dir / "models"), torch.device("cpu"))


@pytest.fixture(scope="module")
def drafter(models: LoadedModels) -> Drafter:
    return Drafter(models)


def egg(center_mm: tuple[float, float] = (0.0, 0.0), view: str = "axial") -> Sketch:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    points = np.stack([90 * np.cos(angle), 70 * np.sin(angle)], axis=1) + center_mm
    return Sketch((Stroke(points, closed=True),), PlaneFrame.standard(view, 320.0), "liver")


def asked(*drawings: Sketch, text: str = "about 1.2 litres") -> GenerationRequest:
    return GenerationRequest(description_of_text(text, "liver"), drawings, with_volume=False)


@pytest.mark.parametrize("voxels", [64, 128])
@pytest.mark.parametrize("litres", [0.9, 1.5])
def test_a_draft_has_the_asked_volume(drafter: Drafter, voxels: int, litres: float) -> None:
    mask, _ = drafter.draw(asked(egg(), text=f"{litres} litres"), voxels)
    assert mask.labels.shape == (voxels,) * 3
    measured = mask.body.sum() * mask.grid.voxel_ml / 1000
    assert measured == pytest.approx(litres, rel=0.02)


def test_a_draft_lies_where_it_was_drawn(drafter: Drafter) -> None:
    mask, _ = drafter.draw(asked(egg((30.0, -20.0))))
    moved, _ = drafter.draw(asked(egg((-10.0, 40.0))))
    plane = PlaneFrame.standard("axial", 320.0)
    assert mask.grid.center_ras == pytest.approx(plane.to_ras((30.0, -20.0)), abs=1.0)
    assert moved.grid.center_ras == pytest.approx(plane.to_ras((-10.0, 40.0)), abs=1.0)


def test_the_same_request_gives_the_same_draft(drafter: Drafter) -> None:
    first, again = (drafter.draw(asked(egg()))[0] for _ in range(2))
    assert np.array_equal(first.labels, again.labels)


def test_numbers_alone_and_two_views_are_drafted_too(drafter: Drafter) -> None:
    for one in (asked(), asked(egg(), egg(view="coronal"))):
        assert not drafter.draw(one)[0].is_empty


def test_words_take_no_part(drafter: Drafter, monkeypatch: pytest.MonkeyPatch) -> None:
    def encode(*_sentences: object) -> None:
        raise AssertionError("the sentence encoder takes seconds to load")

    plain, _ = drafter.draw(asked(egg(), text="1.2 litres"))
    monkeypatch.setattr("Sketch2CTLib.conditioning.text._model", encode)
    told, _ = drafter.draw(asked(egg(), text="1.2 litres, lobulated"))
    assert np.array_equal(plain.labels, told.labels)


def test_drawings_that_contradict_each_other_are_refused(drafter: Drafter) -> None:
    with pytest.raises(SketchError, match="nearer"):
        drafter.draw(asked(egg(), egg((150.0, 0.0), "coronal")))


def test_a_model_without_a_prior_draws_none(models: LoadedModels) -> None:
    plain = LoadedModels(models.folder, models.device, replace(models.preset, mask_prior=None))
    with pytest.raises(WeightsError, match="no prior"):
        Drafter(plain)


def test_the_largest_values_are_taken() -> None:
    field = np.linspace(-1, 1, 4096, dtype=np.float32).reshape(16, 16, 16)
    body = most_probable(field, 1.0, 0.001)
    assert body.sum() == 1000
    assert field[body].min() > field[~body].max()
    assert most_probable(field, None, 0.001).sum() == 2048
    assert field[most_probable(field, 100.0, 0.001)].min() >= -0.6
    assert field[most_probable(field, 1e-9, 0.001)].min() <= 0.6


def test_onednn_changes_nothing_but_the_last_bits() -> None:
    net = FilmUNet(FilmUNetConfig(4, 3, 8, (16, 16, 16), norm_groups=8)).eval()
    spatial, pooled = torch.randn(1, 3, 8, 8, 8), torch.randn(1, 8)
    with torch.inference_mode():
        before = net(spatial, pooled)
        after = with_onednn(net)(spatial, pooled)
    assert torch.allclose(before, after, atol=1e-5)
