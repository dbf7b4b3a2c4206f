"""Re-edit: what was not changed stays, what was changed follows; and the file that an edit starts from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawings import MODELS, DrawnBodies, egg, liver_request
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from Sketch2CTLib.description import GeometryDescription
from Sketch2CTLib.errors import ConfigError, InputError, SketchError, WeightsError
from Sketch2CTLib.frames import VIEWS, project
from Sketch2CTLib.generation import editing
from Sketch2CTLib.generation.change import change_of, shifted
from Sketch2CTLib.generation.request import GenerationRequest
from Sketch2CTLib.generation.result_folder import STATE_FILE
from Sketch2CTLib.generation.results import GenerationResult
from Sketch2CTLib.generation.run import generate
from Sketch2CTLib.generation.state import Former, read_state, write_state
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.sketch import silhouette

BUMP = egg(bump_mm=35.0)
WITH_VOLUME = "about 1.3 litres"


def edit(request: GenerationRequest, former: Former, pipeline: DrawnBodies, strength: float) -> GenerationResult:
    return editing.edit(replace(request, former=former, strength=strength), pipeline)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def former() -> Former:
    """An edit of its own, so that the body already follows its drawing."""
    first = Former.of(generate(liver_request(text=WITH_VOLUME), DrawnBodies()))
    assert first is not None
    settled = Former.of(edit(liver_request(text=WITH_VOLUME), first, DrawnBodies(), 0.1))
    assert settled is not None
    return settled


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_nothing_changed_at_strength_zero_gives_the_mask_back(former: Former) -> None:
    result = edit(liver_request(text=WITH_VOLUME, candidates=2), former, DrawnBodies(), 0.0)
    assert all(np.array_equal(one.mask.labels, former.mask.labels) for one in result.candidates)
    assert result.best.mask.grid == former.mask.grid
    np.testing.assert_array_equal(result.best.latent, former.latent)
    assert result.provenance.edit == {"strength": 0.0, "former": former.digest(), "local": False}


@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0])
def test_a_changed_stroke_leaves_the_other_half_as_it_was(former: Former, strength: float) -> None:
    job = liver_request(BUMP, text=WITH_VOLUME)
    change = change_of(job, former)
    assert change.is_local and change.weight is not None
    result = edit(job, former, DrawnBodies(), strength)
    body, base, half = result.best.mask.body, change.base.body, np.zeros((128,) * 3, dtype=bool)
    half[:, :, 70:] = True  # the patient's right; the bump is at the right of the paper, the patient's left
    assert dice(body[half], base[half]) >= 0.98
    drawn, seen = silhouette(result.drawings[0], 128, size_mm=320.0), project(body, VIEWS["axial"])
    near = VIEWS["axial"].to_picture(change.weight.max(axis=0)) > 0.5
    assert (drawn & seen & near).sum() / ((drawn | seen) & near).sum() >= 0.95
    assert (seen & ~project(base, VIEWS["axial"])).sum() > 100  # something did change
    assert result.best.mask.volume_ml == pytest.approx(1300.0, rel=0.10)


def test_the_cube_moves_by_whole_voxels_and_the_body_stays_in_space(former: Former) -> None:
    wider = egg(half_mm=(100.0, 70.0), center_mm=(10.0, 0.0))  # 20 mm more at the right of the paper
    change = change_of(liver_request(wider, text=WITH_VOLUME), former)
    offset = former.mask.grid.to_ijk(change.base.grid.center_ras) - 63.5
    np.testing.assert_allclose(offset, [-4, 0, 0], atol=1e-6)
    before, after = (m.grid.to_ras(np.argwhere(m.body)[:, ::-1]) for m in (former.mask, change.base))
    np.testing.assert_allclose(after.mean(axis=0), before.mean(axis=0), atol=1e-6)


def test_a_drawing_moved_as_a_whole_takes_the_mask_with_it(former: Former) -> None:
    job = liver_request(egg(center_mm=(60.0, 30.0)), text=WITH_VOLUME)
    result = edit(job, former, DrawnBodies(), 0.0)
    assert np.array_equal(result.best.mask.labels, former.mask.labels)
    np.testing.assert_allclose(
        result.best.mask.grid.center_ras - former.mask.grid.center_ras, [-60.0, 30.0, 0.0], atol=2.0
    )
    assert any("moved as a whole" in note for note in result.best.report.notes)


def test_a_changed_number_changes_all_of_it_from_the_former_latent(former: Former) -> None:
    maker = DrawnBodies()
    job = liver_request(text="about 1.1 litres")
    assert not change_of(job, former).is_local
    assert edit(job, former, maker, 0.0).best.mask.volume_ml == pytest.approx(1100.0, rel=0.02)
    assert maker.calls == []  # strength 0 moves the surface alone
    assert edit(job, former, maker, 0.3).best.mask.volume_ml == pytest.approx(1100.0, rel=0.02)
    (start,) = maker.calls
    assert start is not None and start.strength == 0.3
    np.testing.assert_array_equal(start.latent, former.latent)


def test_a_second_view_can_be_added(former: Former) -> None:
    seen_mm = np.ptp(np.argwhere(former.mask.body)[:, 0]) * 2.5
    job = liver_request(egg(), egg("coronal", (90.0, seen_mm / 2 * 0.9)), text=WITH_VOLUME)
    result = edit(job, former, DrawnBodies(), 0.2)
    assert [match.view for match in result.best.report.matches] == ["axial", "coronal"]
    assert min(match.iou for match in result.best.report.matches) > 0.93


def test_what_cannot_be_edited(former: Former) -> None:
    with pytest.raises(ConfigError, match=r"0…1, got 1\.5"):
        edit(liver_request(), former, DrawnBodies(), 1.5)
    with pytest.raises(ConfigError, match="got nan"):
        edit(liver_request(), former, DrawnBodies(), float("nan"))
    with pytest.raises(InputError, match="is of the liver, the request of the spleen"):
        spleen = GeometryDescription.checked(structure="spleen")
        edit(replace(liver_request(), description=spleen), former, DrawnBodies(), 0.4)
    with pytest.raises(WeightsError, match="other weights"):
        edit(liver_request(), former, DrawnBodies(MODELS | {"mask_diffusion": "dd" * 32}), 0.4)
    edit(liver_request(text=WITH_VOLUME), former, DrawnBodies(MODELS | {"image_diffusion": "dd" * 32}), 0.0)
    with pytest.raises(SketchError, match="320 mm cube"):
        edit(liver_request(egg(half_mm=(190.0, 70.0))), former, DrawnBodies(), 0.4)


def test_labels_are_shifted_against_the_cube() -> None:
    labels = np.zeros((6, 6, 6), dtype=np.uint8)
    labels[3, 2, 1] = 1
    assert np.argwhere(shifted(labels, np.array([1, 0, -2]))).tolist() == [[5, 2, 0]]
    assert not shifted(labels, np.array([2, 0, 0])).any()
    assert not shifted(labels, np.array([0, 90, 0])).any()


def test_the_state_comes_back_as_it_was(former: Former, tmp_path: Path) -> None:
    drawings = (*former.drawings, egg("coronal"), replace(egg("axial"), role="contour"))
    two = replace(former, drawings=drawings, latent=np.linspace(-3, 3, 16 * 16**3).reshape(16, 16, 16, 16))
    write_state(two, tmp_path / STATE_FILE)
    assert (tmp_path / STATE_FILE).stat().st_size < 200_000
    read = read_state(tmp_path)
    assert np.array_equal(read.mask.labels, two.mask.labels) and read.mask.grid == two.mask.grid
    np.testing.assert_allclose(read.latent, two.latent, atol=2e-3)
    assert (read.drawings, read.models) == (two.drawings, two.models)
    assert read.description == two.description and read.digest() == two.digest()


def test_a_state_of_version_1_is_read(former: Former, tmp_path: Path) -> None:
    path = tmp_path / STATE_FILE
    write_state(former, path)
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()["state"])
    (sketch,) = header.pop("drawings")
    header |= {"version": 1, "sketch": sketch, "second_sketch": egg("coronal").to_dict()}
    save_file(load_file(path), path, metadata={"state": json.dumps(header)})
    assert read_state(path).drawings == (*former.drawings, egg("coronal"))


def damaged(kind: str, path: Path) -> None:
    content = path.read_bytes()
    tensors = load_file(path)
    if kind == "missing":
        path.unlink()
    elif kind == "cut short":
        path.write_bytes(content[:-50])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "noise":
        path.write_bytes(np.random.default_rng(1).bytes(5000))
    elif kind == "one bit":
        path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    elif kind == "no header":
        save_file(tensors, path)
    elif kind == "other header":
        save_file(tensors, path, metadata={"state": '{"format": "sketch2ct.state", "version": 1, "sha256": 3}'})
    elif kind == "deep":
        save_file(tensors, path, metadata={"state": "[" * 100_000})
    elif kind == "huge":
        with path.open("wb") as stream:
            stream.truncate(10**9)


KINDS = ("missing", "cut short", "empty", "noise", "one bit", "no header", "other header", "deep", "huge")


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_state_is_refused_in_a_line(former: Former, tmp_path: Path, kind: str) -> None:
    write_state(former, tmp_path / STATE_FILE)
    damaged(kind, tmp_path / STATE_FILE)
    with pytest.raises(InputError, match=r"state\.safetensors") as caught:
        read_state(tmp_path)
    assert "\n" not in str(caught.value) and caught.value.hint


def test_a_mask_that_was_not_generated_has_no_state(former: Former) -> None:
    result = generate(liver_request(), DrawnBodies())
    bare = replace(result.best, latent=None, mask=MaskVolume(former.mask.labels, former.mask.grid, "liver"))
    assert Former.of(replace(result, candidates=(bare,))) is None
