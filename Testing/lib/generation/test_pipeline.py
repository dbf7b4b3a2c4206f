"""The chain on a tiny model: determinism, placement in space, guidance, and the second stage alone."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic import make_scan
from tiny import tiny_preset

from Sketch2CTLib import catalog
from Sketch2CTLib.description import GeometryDescription
from Sketch2CTLib.description.merging import description_of_text
from Sketch2CTLib.diffusion import Scales
from Sketch2CTLib.errors import Cancelled, ConfigError, MaskError, SketchError, WeightsError
from Sketch2CTLib.frames import VIEWS, PlaneFrame, VoxelGrid, project
from Sketch2CTLib.generation.candidates import candidate_score
from Sketch2CTLib.generation.conditions import condition_batch
from Sketch2CTLib.generation.conformity.finish import SMALL_SHIFT
from Sketch2CTLib.generation.editing import edit
from Sketch2CTLib.generation.model.fields import enlarged, mask_field
from Sketch2CTLib.generation.model.presets import MASK_TRUNCATION
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.placement import centred_sketch, cube_on_plane
from Sketch2CTLib.generation.request import GenerationRequest, PlacedRequest
from Sketch2CTLib.generation.run import candidate_seeds, generate, volume_from_mask
from Sketch2CTLib.generation.settings import Settings, Start
from Sketch2CTLib.generation.state import Former
from Sketch2CTLib.generation.values import MaskSample
from Sketch2CTLib.sketch import Sketch, Stroke, silhouette
from Sketch2CTLib.weights import ModelFolder

FAST = Settings(steps=3, image_steps=2)


pytestmark = pytest.mark.usefixtures("quick_segmenter")


@pytest.fixture(scope="module")
def pipeline(run_dir: Path) -> Pipeline:
    tiny_preset()
    return Pipeline(ModelFolder(run_dir / "models"), device="cpu")


def egg(center_mm: tuple[float, float] = (0.0, 0.0), plane: PlaneFrame | None = None) -> Sketch:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    points = np.stack([90 * np.cos(angle), 70 * np.sin(angle)], axis=1) + center_mm
    return Sketch((Stroke(points, closed=True),), plane or PlaneFrame.standard("axial", 320.0), "liver")


def job(**changes: object) -> GenerationRequest:
    told = description_of_text("about 1.2 litres, 18 cm wide", "liver")
    usual = {"description": told, "drawings": (egg(),), "settings": FAST, "with_volume": False}
    return GenerationRequest(**usual | changes)  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_candidate_at_any_count(pipeline: Pipeline) -> None:
    alone = generate(job(seed=7), pipeline)
    three = generate(job(seed=7, candidates=3), pipeline)
    first = alone.candidates[0].mask.labels
    assert np.array_equal(first, three.candidates[0].mask.labels)
    assert len({c.mask.labels.tobytes() for c in three.candidates}) == 3
    assert candidate_seeds(7, 5)[:3] == candidate_seeds(7, 3)


def test_the_answer_is_the_prior_mean_and_candidates_follow_best_first(pipeline: Pipeline) -> None:
    result = generate(job(candidates=4), pipeline)
    mean = generate(job(settings=replace(FAST, noise_strength=0.0)), pipeline).best
    assert np.array_equal(result.best.mask.labels, mean.mask.labels)
    scores = [candidate_score(candidate.report) for candidate in result.candidates[1:]]
    assert scores == sorted(scores, reverse=True)
    samples = generate(job(candidates=4, settings=replace(FAST, noise_strength=0.3)), pipeline).candidates
    scores = [candidate_score(candidate.report) for candidate in samples]
    assert scores == sorted(scores, reverse=True)


def test_conditions_reach_the_sample(pipeline: Pipeline) -> None:
    plain = generate(job(settings=replace(FAST, noise_strength=0.3)), pipeline).best.mask.labels
    moved = generate(job(settings=Settings(steps=3, guidance=4.0, noise_strength=0.3)), pipeline).best.mask.labels
    assert not np.array_equal(plain, moved)


GRID = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 320.0, 32)


def asked(second: Sketch | None = None, **numbers: float) -> PlacedRequest:
    drawings = (egg(),) if second is None else (egg(), second)
    return PlacedRequest("liver", drawings, {"volume_ml": 1200.0} | numbers, ("The shape is round.",), GRID)


def drawn(pipeline: Pipeline, seeds: tuple[int, ...] = (1,), start: Start | None = None, **settings: object):
    wanted = Settings(steps=3, **{"noise_strength": 0.3, **settings})  # type: ignore[arg-type]
    return pipeline.masks(asked(), seeds, wanted, start=start)


def same(first: MaskSample, second: MaskSample) -> bool:
    return np.array_equal(first.field, second.field) and np.array_equal(first.mask.labels, second.mask.labels)


def test_samples_stray_from_the_draft_as_far_as_they_may(pipeline: Pipeline) -> None:
    prior_mean = drawn(pipeline, (1, 2), noise_strength=0.0)
    assert same(*prior_mean), "the prior mean is the same for every seed"
    far = []
    for strength in (0.05, 0.5, 1.0):
        near, other = drawn(pipeline, (1, 2), noise_strength=strength)
        assert not same(near, other)
        far.append(float(np.abs(near.latent - prior_mean[0].latent).mean()))
    assert far[0] < min(far[1:])


def test_a_batch_changes_nothing_but_rounding(pipeline: Pipeline) -> None:
    one, both = (drawn(pipeline, (5, 6), batch=batch) for batch in (1, 2))
    for alone, together in zip(one, both, strict=True):
        np.testing.assert_allclose(alone.latent, together.latent, atol=0.1)
    assert np.abs(one[0].latent - one[1].latent).mean() > 0.2, "bf16 rounding is far below what seeds change"


def test_each_kind_of_condition_has_a_scale_of_its_own(pipeline: Pipeline) -> None:
    plain = drawn(pipeline, guidance=1.0, noise_strength=1.0)[0]
    assert same(plain, drawn(pipeline, guidance=Scales(), noise_strength=1.0)[0])
    scales = {kind: Scales(**{kind: 3.0}) for kind in ("sketch", "numbers", "words")}
    guided = [drawn(pipeline, guidance=scales[kind], noise_strength=1.0)[0] for kind in ("sketch", "numbers", "words")]
    pairs = [(a, b) for n, a in enumerate([plain, *guided]) for b in guided[n:] if a is not b]
    assert not any(same(a, b) for a, b in pairs)


def test_a_former_result_is_kept_or_left_by_strength(pipeline: Pipeline) -> None:
    former = drawn(pipeline)[0]
    kept = drawn(pipeline, (9,), Start(former.latent, 0.0))[0]
    assert same(former, kept)
    moved = [np.abs(drawn(pipeline, (9,), Start(former.latent, s))[0].latent - former.latent).mean() for s in (0.1, 1)]
    assert 0 < moved[0] < moved[1]
    with pytest.raises(ConfigError, match="cannot be edited"):
        drawn(pipeline, start=Start(np.zeros((4, 2, 2, 2), np.float32), 0.5))
    with pytest.raises(ConfigError, match="strength"):
        Start(former.latent, 1.5)
    with pytest.raises(ConfigError, match="damaged"):
        Start(np.full((4, 4, 4, 4), np.nan, np.float32), 0.5)


def test_a_second_sketch_is_seen_in_space(pipeline: Pipeline) -> None:
    coronal = egg(plane=PlaneFrame.standard("coronal", 320.0))
    config = pipeline.preset.conditioner
    one, two = (condition_batch([asked(second)], pipeline.mask_models.scaler, config) for second in (None, coronal))
    assert one.has_sketch.tolist() == [[True, False]] and two.has_sketch.tolist() == [[True, True]]
    assert two.views.tolist() == [[0, 1]]
    masks = [pipeline.masks(asked(second), (1,), FAST)[0] for second in (None, coronal)]
    assert not same(*masks)
    drawn_there = silhouette(coronal, 32, size_mm=320.0)
    alone, both = ((project(one.mask.body, VIEWS["coronal"]) ^ drawn_there).mean() for one in masks)
    assert both < alone, "the second view is followed, as far as an untrained shape can be changed smoothly"


def test_sketches_that_cannot_stand_together(pipeline: Pipeline) -> None:
    with pytest.raises(SketchError, match="Two sketches are axial"):
        asked(egg())
    single = replace(pipeline.preset.conditioner, sketches=1)
    with pytest.raises(WeightsError, match="one sketch only"):
        condition_batch([asked(egg(plane=PlaneFrame.standard("coronal", 320.0)))], pipeline.mask_models.scaler, single)


def test_an_asked_volume_is_met_or_the_level_stays_within_its_limit(pipeline: Pipeline) -> None:
    result = generate(job(), pipeline).best
    limit_mm = SMALL_SHIFT * 320.0 * MASK_TRUNCATION
    if abs(result.report.level_shift_mm) < 0.999 * limit_mm:
        assert result.mask.volume_ml == pytest.approx(1200.0, rel=0.01)
    assert abs(result.report.level_shift_mm) <= limit_mm + 1e-6
    free = generate(job(settings=Settings(steps=3, match_volume=False)), pipeline).best
    assert free.report.level_shift_mm == 0.0


def test_what_disagrees_is_told_and_only_what_was_asked_is_compared(pipeline: Pipeline) -> None:
    told = GeometryDescription.checked(
        structure="liver",
        numbers={"volume_ml": {"value": 5.0, "unit": "L", "tolerance": 0.1}, "extent_rl_mm": 260},
        text="about 1.2 litres, 18 cm high",
    )
    report = generate(job(description=told), pipeline).best.report  # the egg is 180 mm × 140 mm
    asked = {row.name: row.asked for row in report.numbers}
    assert asked == {"volume_ml": 5000, "extent_rl_mm": 260, "extent_si_mm": 180}  # not the drawn 140 mm
    assert next(row.tolerance for row in report.numbers if row.name == "volume_ml") == pytest.approx(100)
    notes = report.to_dict()["notes"]
    assert any("5,000 mL as given in figures, not 1,200 mL as in the text" in note for note in notes)
    assert any(
        "260 mm as stated, 180 mm as drawn (-31%)" in note and "scale the drawing by 1.4" in note for note in notes
    )
    assert any("lies outside what was seen in training" in note for note in notes)
    assert report.outside_range and set(report.outside_range) <= set(notes)


def test_the_drawing_does_not_change_what_the_model_is_asked(pipeline: Pipeline) -> None:
    stated = generate(job(), pipeline)
    unread = GeometryDescription.checked(structure="liver", text="about 1.2 litres, 18 cm wide")
    assert np.array_equal(stated.best.mask.labels, generate(job(description=unread), pipeline).best.mask.labels)
    assert stated.provenance.settings["numbers"] == {"volume_ml": 1200.0, "extent_rl_mm": 180.0}
    assert stated.best.report.notes == ()


def test_volume_comes_with_the_mask_on_one_grid(pipeline: Pipeline) -> None:
    best = generate(job(with_volume=True), pipeline).best
    assert best.image is not None
    assert best.image.grid == best.mask.grid
    assert best.image.values.dtype == np.int16
    assert -125 <= best.image.values.min() <= best.image.values.max() <= 275


def test_a_folder_without_a_volume_stage_borrows_one(pipeline: Pipeline, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(pipeline.folder.folder, bare)
    index = json.loads((bare / "model.json").read_text())
    for name in ("image_autoencoder", "image_diffusion"):
        del index["components"][name]
    (bare / "model.json").write_text(json.dumps(index))
    alone = Pipeline(ModelFolder(bare), device="cpu")
    assert not alone.has_images
    assert generate(job(with_volume=True), alone).best.image is None
    helped = Pipeline(ModelFolder(bare), device="cpu", volumes=pipeline.folder)
    own, lent = (generate(job(with_volume=True), one) for one in (pipeline, helped))
    assert lent.best.image is not None
    assert np.array_equal(own.best.image.values, lent.best.image.values)
    assert lent.provenance.models["tiny/image_diffusion"] == own.provenance.models["image_diffusion"]


def test_the_second_stage_alone_keeps_the_mask_in_place(pipeline: Pipeline) -> None:
    labels, _, grid = make_scan(1, flipped=True)
    result = volume_from_mask(job(mask=(labels == 6, grid)), pipeline).best
    assert result.image is not None
    source = grid.to_ras(np.argwhere(labels == 6)[:, ::-1]).mean(axis=0)
    found = result.mask.grid.to_ras(np.argwhere(result.mask.body)[:, ::-1]).mean(axis=0)
    np.testing.assert_allclose(found, source, atol=1.0)
    assert result.mask.volume_ml == pytest.approx((labels == 6).sum() * grid.voxel_ml, rel=0.05)


def test_a_mask_that_is_followed_is_kept_measured_against_the_request_and_may_be_changed_later(
    pipeline: Pipeline,
) -> None:
    made = generate(job(), pipeline).best.mask
    edited = made.body.copy()
    edited[:, :, : int(np.flatnonzero(edited.any(axis=(0, 1)))[0]) + 6] = False  # a slab is cut off
    request = job(mask=(edited, made.grid), followed=True)
    result = volume_from_mask(request, pipeline)
    assert result.own is not None and np.array_equal(result.own.mask.body, edited), "voxel by voxel"
    assert [one.view for one in result.best.report.matches] == ["axial"]
    (volume,) = [row.measured for row in result.best.report.numbers if row.name == "volume_ml"]
    assert volume == pytest.approx(edited.sum() * made.grid.voxel_ml)
    former = Former.of(result)
    assert former is not None and former.drawings == result.drawings
    again = edit(replace(request, mask=None, former=former, strength=0.0), pipeline).best.mask
    assert again.grid == made.grid and (again.body != edited).mean() < 0.02
    plain = volume_from_mask(job(mask=(edited, made.grid)), pipeline)
    assert Former.of(plain) is None and plain.best.report.matches == ()


def test_drawings_that_lie_elsewhere_are_not_compared_with_a_followed_mask(pipeline: Pipeline) -> None:
    made = generate(job(), pipeline).best.mask
    turned = PlaneFrame("axial", PlaneFrame.standard("coronal", 320.0).plane_to_ras, (320.0, 320.0))
    report = volume_from_mask(
        job(mask=(made.body, made.grid), drawings=(egg(plane=turned),), followed=True), pipeline
    ).best
    assert report.report.matches == () and any("not compared" in note for note in report.report.notes)


def test_masks_that_cannot_be_used(pipeline: Pipeline) -> None:
    grid = VoxelGrid.ras_cube((0, 0, 0), 800.0, 16)
    with pytest.raises(MaskError, match="empty"):
        volume_from_mask(job(mask=(np.zeros((16,) * 3, bool), grid)), pipeline)
    with pytest.raises(MaskError, match="exceeds the 320 mm"):
        volume_from_mask(job(mask=(np.ones((16,) * 3, bool), grid)), pipeline)


def test_results_lie_where_they_were_drawn() -> None:
    plane = PlaneFrame.standard("axial", 400.0, (10.0, -20.0, 55.0))
    drawn = egg((60.0, -30.0), plane)
    centred = centred_sketch(drawn, "liver")
    for before, after in zip(drawn.strokes, centred.strokes, strict=True):
        np.testing.assert_allclose(plane.to_ras(before.points_mm), centred.plane.to_ras(after.points_mm), atol=1e-3)
    # u of an axial plane is the patient's left: 60 mm to the right on paper is 60 mm to the left in RAS.
    np.testing.assert_allclose(centred.plane.center_ras, (10.0 - 60.0, -20.0 - 30.0, 55.0), atol=2.0)
    filled = silhouette(centred, 64)
    rows, columns = np.argwhere(filled).mean(axis=0)
    assert abs(rows - 31.5) < 1.0 and abs(columns - 31.5) < 1.0


@pytest.mark.parametrize("view", list(VIEWS))
def test_the_cube_of_a_standard_plane_is_a_ras_cube(view: str) -> None:
    plane = PlaneFrame.standard(view, 100.0, (1.0, 2.0, 3.0))
    np.testing.assert_allclose(
        cube_on_plane(plane, 320.0, 8).ijk_to_ras, VoxelGrid.ras_cube((1, 2, 3), 320.0, 8).ijk_to_ras, atol=1e-9
    )


@pytest.mark.parametrize("view", list(VIEWS))
def test_an_oblique_cube_projects_onto_its_own_plane(view: str) -> None:
    standard = PlaneFrame.standard(view, 320.0, (5.0, 6.0, 7.0))
    angle = np.deg2rad(25)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    matrix = standard.plane_to_ras.copy()
    matrix[:3, :3] = turn @ matrix[:3, :3]
    plane = PlaneFrame(standard.view, matrix, (320.0, 320.0))
    cube = cube_on_plane(plane, 320.0, 32)
    point = plane.to_ras((70.0, 40.0))
    i, j, k = np.rint(cube.to_ijk(point)).astype(int)
    body = np.zeros(cube.shape_kji, bool)
    body[k, j, i] = True
    row, column = np.argwhere(project(body, VIEWS[view]))[0]
    np.testing.assert_allclose(plane.to_pixels((70.0, 40.0), (32, 32)), (column, row), atol=1.0)


def test_a_drawing_larger_than_its_cube_is_refused() -> None:
    with pytest.raises(SketchError, match="more than the 160 mm cube"):
        centred_sketch(egg(), "left_kidney")


def test_mask_fields_are_signed_and_enlarge_back() -> None:
    grid = VoxelGrid.ras_cube((0, 0, 0), 320.0, 128)
    k, j, i = np.meshgrid(*(np.linspace(-1, 1, 128),) * 3, indexing="ij")
    body = k**2 + j**2 + (i * 1.4) ** 2 < 0.36
    field = mask_field(body, grid, tiny_preset())
    assert field.shape == (16, 16, 16)
    again = enlarged(field, 128) > 0
    assert 2 * (again & body).sum() / (again.sum() + body.sum()) > 0.95


def test_cancelling_reaches_the_caller(pipeline: Pipeline) -> None:
    def stop(stage: str, step: int, of: int) -> None:
        if step >= 2:
            raise Cancelled("Stopped by the user.")

    with pytest.raises(Cancelled):
        generate(job(candidates=2), pipeline, progress=stop)


def test_progress_counts_every_candidate(pipeline: Pipeline) -> None:
    seen: list[tuple[str, int, int]] = []
    generate(job(candidates=2, with_volume=True), pipeline, progress=lambda *a: seen.append(a))
    mask_steps = [step for stage, step, _ in seen if stage == "mask"]
    assert mask_steps == sorted(mask_steps)
    assert seen[0] == ("mask", 0, 6)
    assert {stage for stage, _, _ in seen} == {"mask", "volume", "report"}


def test_impossible_requests(pipeline: Pipeline, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Candidates"):
        job(candidates=0)
    with pytest.raises(ConfigError, match="seed"):
        job(seed=-1)
    with pytest.raises(ConfigError, match="Steps"):
        Settings(steps=0)
    with pytest.raises(ConfigError, match="noise strength"):
        Settings(noise_strength=1.1)
    with pytest.raises(WeightsError, match="no weights for 'aorta'"):
        generate(job(description=description_of_text("", "aorta"), drawings=()), pipeline)
    with pytest.raises(WeightsError, match="no usable model"):
        Pipeline(ModelFolder(tmp_path))
    if not torch.cuda.is_available():
        with pytest.raises(ConfigError, match="not on this machine"):
            Pipeline(pipeline.folder, device="cuda")


def test_numbers_alone_are_enough(pipeline: Pipeline) -> None:
    best = generate(job(drawings=()), pipeline).best
    assert best.report.silhouette is None
    assert best.mask.structure == catalog.structure("liver").name
