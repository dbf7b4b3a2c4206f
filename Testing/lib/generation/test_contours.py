"""Contours on slices: where they lie in the cube, what is told of them, and how a mask is scored against them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawings import DrawnBodies, egg, liver_request

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.frames import PlaneFrame, VoxelGrid
from Sketch2CTLib.generation.candidates import agreement_of, next_contour
from Sketch2CTLib.generation.change import change_of
from Sketch2CTLib.generation.placement import contour_position_mm, cube_of, on_cube
from Sketch2CTLib.generation.report.build import build_report
from Sketch2CTLib.generation.report.evidence import Drawn
from Sketch2CTLib.generation.request import PlacedRequest
from Sketch2CTLib.generation.run import generate
from Sketch2CTLib.generation.state import Former
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.sketch import Sketch, extract_contour

GRID = VoxelGrid.ras_cube((4.0, -6.0, 10.0), 320.0, 128)
SIDES = egg("coronal", (90, 50)), egg("sagittal", (70, 50))
PLANES = [("axial", 30.0), ("coronal", -20.0), ("sagittal", 41.0)]


def cut(view: str, position_mm: float, half_mm: tuple[float, float] = (80.0, 50.0), **rest: object) -> Sketch:
    """An ellipse on a plane at a place along its view."""
    axis = {"axial": 2, "coronal": 1, "sagittal": 0}[view]
    return replace(egg(view, half_mm, center_ras=tuple(position_mm * np.eye(3)[axis]), **rest), role="contour")


def body(shift_mm: float = 0.0) -> MaskVolume:
    """An ellipsoid with half axes of 100, 70 and 60 mm along R, A and S."""
    ijk = np.stack(np.meshgrid(*(np.arange(128),) * 3, indexing="ij")[::-1], axis=-1)
    ras = GRID.to_ras(ijk) - GRID.center_ras - (shift_mm, shift_mm, shift_mm)
    return MaskVolume((np.square(ras / (100.0, 70.0, 60.0)).sum(axis=-1) < 1), GRID, "liver")


@pytest.mark.parametrize(("view", "position_mm"), PLANES)
def test_a_mask_agrees_with_its_own_contour_and_less_with_a_shifted_one(view: str, position_mm: float) -> None:
    mask = body()
    (contour,), notes = on_cube([extract_contour(mask.body, GRID, view, position_mm)], GRID, "liver")
    assert notes == () and contour_position_mm(contour) == pytest.approx(position_mm)
    drawn = [Drawn.of(contour, 128, 320.0)]
    (own,), (other,) = (build_report(one, {}, drawn, measured={}).matches for one in (mask, body(15.0)))
    assert (own.role, own.view, own.position_mm) == ("contour", view, pytest.approx(position_mm))
    assert own.iou > 0.98 and own.contour_distance_mm < 1.0 and own.followed
    assert other.iou < own.iou - 0.05 and other.contour_distance_mm > 3.0
    assert f"{view} contour at " in build_report(mask, {}, drawn, measured={}).verdict


def test_a_contour_is_scored_in_its_own_slice_and_not_as_a_shadow() -> None:
    mask = body()
    high = extract_contour(mask.body, GRID, "axial", GRID.center_ras[2] + 50.0)  # a small slice near the top
    (placed,), _ = on_cube([high], GRID, "liver")
    as_contour, as_shadow = (
        build_report(mask, {}, [Drawn.of(replace(placed, role=role), 128, 320.0)], measured={}).matches[0]
        for role in ("contour", "silhouette")
    )
    assert as_contour.iou > 0.98 and as_shadow.iou < 0.5 and as_shadow.position_mm is None


def test_contours_stay_where_they_are_beside_a_silhouette() -> None:
    request = PlacedRequest.of(
        liver_request(egg(center_ras=(0.0, 0.0, 20.0)), cut("coronal", 15.0), cut("axial", 40.0))
    )
    assert [one.role for one in request.drawings] == ["silhouette", "contour", "contour"]
    np.testing.assert_allclose(request.grid.center_ras, (0.0, 0.0, 20.0), atol=1.0)
    assert [contour_position_mm(one) for one in request.contours] == pytest.approx([15.0, 40.0])


def test_without_a_silhouette_the_cube_is_centred_on_the_contours() -> None:
    contours = [
        cut("axial", -30.0, (80.0, 50.0), center_mm=(10.0, 5.0)),
        cut("axial", 50.0, (60.0, 40.0), center_mm=(10.0, 5.0)),
    ]
    grid = cube_of("liver", contours, 128)
    np.testing.assert_allclose(grid.center_ras, (-10.0, 5.0, 10.0), atol=1e-3)
    placed = on_cube(contours, grid, "liver")[0]
    assert [contour_position_mm(one) for one in placed] == pytest.approx([-30.0, 50.0])


def test_a_contour_that_is_turned_a_little_is_laid_flat_through_its_middle() -> None:
    def turned(degrees: float) -> Sketch:
        plane, angle = PlaneFrame.standard("axial", 400.0, (0.0, 0.0, 25.0)), np.deg2rad(degrees)
        matrix = plane.plane_to_ras.copy()
        matrix[:3, :3] = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]] @ matrix[
            :3, :3
        ]
        return replace(cut("axial", 0.0), plane=PlaneFrame("axial", matrix, (400.0, 400.0)))

    flat = PlacedRequest.of(liver_request(egg(), turned(8.0))).contours[0]
    assert contour_position_mm(flat) == pytest.approx(25.0, abs=0.1) and abs(flat.plane.plane_to_ras[2, 2]) == 1.0
    with pytest.raises(SketchError, match="turned by 14°"):
        PlacedRequest.of(liver_request(egg(), turned(14.0)))


@pytest.mark.parametrize(
    ("drawings", "told"),
    [
        ((egg(), egg()), "Two sketches are axial"),
        (
            (egg(), egg("coronal", (90, 50)), egg("sagittal", (70, 50)), egg("coronal", (90, 50))),
            "Two sketches are coronal",
        ),
        ((egg(), cut("axial", 400.0)), "at S \\+400 mm lies outside of the cube of the liver"),
        (
            (egg(), cut("coronal", 90.0)),
            "at A \\+90 mm misses the organ: the axial sketch reaches from A −70 mm to A \\+70 mm",
        ),
        ((cut("axial", 0.0), cut("axial", 330.0)), "outside of the cube"),
    ],
)
def test_drawings_that_cannot_be_used_are_told_in_one_line(drawings: tuple[Sketch, ...], told: str) -> None:
    with pytest.raises(SketchError, match=told) as error:
        PlacedRequest.of(liver_request(*drawings))
    assert "\n" not in error.value.message and error.value.hint


def test_three_silhouettes_are_fitted_along_what_they_share() -> None:
    request = PlacedRequest.of(liver_request(egg(), egg("coronal", (90, 50)), egg("sagittal", (76, 55))))
    assert [one.plane.view for one in request.silhouettes] == ["axial", "coronal", "sagittal"]
    spans = np.ptp(request.silhouettes[2].strokes[0].points_mm, axis=0)
    np.testing.assert_allclose(spans, (140.0, 100.0), rtol=0.01)
    assert any("third drawing is 9% deeper than the first" in note for note in request.notes)
    assert any("third drawing is 10% higher than the second" in note for note in request.notes)


def test_what_a_contour_says_against_the_rest_is_told() -> None:
    notes = PlacedRequest.of(liver_request(egg(), cut("axial", 20.0, (110.0, 50.0)), text="16 cm wide")).notes
    assert any("reaches 20 mm beyond the axial sketch along R–L" in note for note in notes)
    assert any("160 mm as stated, but the axial contour at S +20 mm spans 220 mm" in note for note in notes)


def test_a_contour_s_size_is_no_extent() -> None:
    alone = PlacedRequest.of(liver_request(cut("axial", 20.0, (60.0, 40.0)), text="about 1.3 litres"))
    assert dict(alone.numbers) == {"volume_ml": 1300.0}


def test_contours_reach_the_report_and_the_provenance_and_come_back_for_an_edit() -> None:
    request = liver_request(
        egg(), cut("coronal", 0.0, (90.0, 49.0)), cut("axial", 30.0), cut("axial", -30.0), candidates=3
    )
    result = generate(request, DrawnBodies())
    report, told = result.best.report, result.provenance.to_dict()
    assert [one["role"] for one in report.to_dict()["drawings"]] == ["silhouette", "contour", "contour", "contour"]
    assert "of 3 contours" in report.verdict or "all 3 contours" in report.verdict
    assert [one["sha256"] for one in told["drawings"]] == [one.digest() for one in request.drawings]
    former = Former.of(result)
    assert former is not None and [one.role for one in former.drawings] == ["silhouette", *["contour"] * 3]


def test_a_changed_contour_changes_the_mask_around_its_plane() -> None:
    request = liver_request(egg(), cut("axial", 10.0))
    former = Former.of(generate(request, DrawnBodies()))
    assert former is not None
    assert change_of(request, former).weight is None
    changed = replace(request, drawings=(egg(), cut("axial", 10.0, (70.0, 50.0))))
    weight = change_of(changed, former).weight
    layer = former.mask.grid.layer_at(2, 10.0)
    assert weight is not None and weight[layer].max() == 1.0 and weight[layer + 20].max() == 0.0
    assert weight[layer, 64, 64] == 0.0, "the middle of the slice is far from its changed edge"


def test_the_next_contour_is_asked_where_the_candidates_differ_most() -> None:
    masks = [body().labels.copy() for _ in range(4)]
    for number, labels in enumerate(masks):
        labels[80:83, 40 : 60 + 8 * number, 50:70] = 1 - labels[80:83, 40 : 60 + 8 * number, 50:70]
        labels[81, 30 : 34 + 2 * number, 30:34] = 1
    agreement = agreement_of([MaskVolume(one, GRID, "liver") for one in masks])
    told = next_contour(agreement, [egg(center_ras=(0.0, 0.0, 20.0))])
    position_mm = float(GRID.to_ras((0, 0, 81))[2])
    assert told is not None and (told["view"], told["position_mm"]) == ("axial", pytest.approx(position_mm))
    assert told["sentence"].startswith(f"An axial contour at S +{position_mm:.0f} mm would help most")
    assert told["option"] == f"--contour axial@{position_mm - 20.0:.1f}:FILE"
    assert next_contour(agreement_of([body(), body()]), ()) is None and next_contour(None, ()) is None
