"""A job read and ranked: two drawings in one cube, what is told of them, and what the result carries."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from drawings import DrawnBodies, egg, liver_request

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.generation.candidates import candidate_score
from Sketch2CTLib.generation.placement import beside, cube_of, on_cube
from Sketch2CTLib.generation.request import PlacedRequest
from Sketch2CTLib.generation.run import generate
from Sketch2CTLib.sketch import Sketch, silhouette
from Sketch2CTLib.sketch.model import drawn_extents


def place(*drawings: Sketch) -> SimpleNamespace:
    grid = cube_of("liver", drawings, 128)
    sketches, notes = on_cube(drawings, grid, "liver")
    return SimpleNamespace(grid=grid, sketches=sketches, notes=notes)


def spans(sketch: Sketch) -> dict[str, float]:
    return drawn_extents(sketch)


def test_two_drawings_put_the_organ_in_the_middle_of_its_cube() -> None:
    first = egg("axial", (90, 70), (20.0, 10.0), (0.0, 0.0, 300.0))  # its plane is far from the organ's middle
    second = egg("coronal", (90, 50), (20.0, 0.0), (0.0, 500.0, -40.0))
    found = place(first, second)
    np.testing.assert_allclose(found.grid.center_ras, (-20.0, 10.0, -40.0), atol=1.0)
    for sketch in found.sketches:
        rows, columns = np.argwhere(silhouette(sketch, 128, size_mm=320.0)).mean(axis=0)
        assert abs(rows - 63.5) < 1.0 and abs(columns - 63.5) < 1.0
    assert found.notes == ()


@pytest.mark.parametrize(("first", "second"), [("axial", "sagittal"), ("sagittal", "coronal"), ("coronal", "axial")])
def test_what_both_views_show_is_taken_from_the_first(first: str, second: str) -> None:
    axes = {"axial": (0, 1), "coronal": (0, 2), "sagittal": (1, 2)}
    sizes = np.array([80.0, 60.0, 50.0])  # half of R–L, A–P, S–I
    larger = np.array([88.0, 66.0, 55.0])
    one = egg(first, tuple(sizes[list(axes[first])]))
    other = egg(second, tuple(larger[list(axes[second])]))
    found = place(one, other)
    (shared,) = set(axes[first]) & set(axes[second])
    (own,) = set(axes[second]) - {shared}
    names = ("extent_rl_mm", "extent_ap_mm", "extent_si_mm")
    assert spans(found.sketches[1])[names[shared]] == pytest.approx(spans(found.sketches[0])[names[shared]], rel=1e-3)
    assert spans(found.sketches[1])[names[own]] == pytest.approx(2 * larger[own], rel=1e-2)
    (note,) = found.notes
    word = ("wider", "deeper", "higher")[shared]
    assert f"The second drawing is 10% {word} than the first" in note


def test_a_drawing_that_lies_aside_is_moved_and_told() -> None:
    found = place(egg("axial"), egg("coronal", (90, 50), (25.0, 0.0)))
    assert "25 mm nearer the left than the first along R–L" in found.notes[0]
    middle = found.sketches[1].strokes[0].points_mm[:, 0]
    assert abs(middle.max() + middle.min()) < 2.0


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (egg("axial"), "Two sketches are axial"),
        (egg("coronal", (120, 50)), "33% wider than the first"),
        (egg("coronal", (90, 50), (80.0, 0.0)), "80 mm nearer the left"),
        (egg("coronal", (90, 180)), "more than the 320 mm cube"),
    ],
)
def test_drawings_that_cannot_be_of_one_organ_are_refused(second: Sketch, told: str) -> None:
    with pytest.raises(SketchError, match=told):
        place(egg("axial"), second)


def test_planes_that_are_not_at_right_angles_are_refused() -> None:
    plane = PlaneFrame.standard("coronal", 400.0)
    angle = np.deg2rad(25)
    matrix = plane.plane_to_ras.copy()
    matrix[:3, :3] = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]] @ matrix[:3, :3]
    turned = Sketch(egg("coronal").strokes, PlaneFrame("coronal", matrix, (400.0, 400.0)), "liver")
    with pytest.raises(SketchError, match="turned by 25°"):
        place(egg("axial"), turned)


def test_a_picture_is_put_where_the_first_drawing_is() -> None:
    first = egg("axial", center_mm=(30.0, -20.0), center_ras=(5.0, 0.0, 70.0))
    put = beside(egg("coronal", (90, 50), (55.0, 60.0)), first)
    assert place(first, put).notes == ()
    np.testing.assert_allclose(place(first, put).grid.center_ras, (-25.0, -20.0, 70.0), atol=1.0)


def test_both_drawings_reach_the_request_and_the_report() -> None:
    request = liver_request(egg(), egg("coronal", (98, 50)), text="20 cm high")
    assert [one.plane.view for one in PlacedRequest.of(request).silhouettes] == ["axial", "coronal"]
    result = generate(request, DrawnBodies())
    report = result.best.report
    assert [match.view for match in report.matches] == ["axial", "coronal"]
    assert report.notes[0].startswith("The second drawing is 9% wider")
    assert any("200 mm as stated, 100 mm as drawn" in note for note in report.notes)
    assert result.provenance.to_dict()["second_sketch_digest"] == request.drawings[1].digest()


def test_candidates_come_best_first_with_their_agreement() -> None:
    result = generate(liver_request(candidates=5, text="about 1.3 litres"), DrawnBodies())
    scores = [candidate_score(candidate.report) for candidate in result.candidates]
    assert scores == sorted(scores, reverse=True) and scores[0] > scores[-1]
    assert result.agreement is not None
    assert result.agreement.share.shape == result.best.mask.labels.shape
    assert generate(liver_request(), DrawnBodies()).agreement is None


def test_provenance_says_what_was_in_force() -> None:
    told = generate(liver_request(), DrawnBodies()).provenance
    assert told.guidance == {"sketch": 1.5, "numbers": 1.5, "words": 1.5}  # the preset's
    assert told.settings["draws"] == 4 and told.settings["spread"] == 1.0
    assert len(told.drawings) == 1 and told.edit is None
