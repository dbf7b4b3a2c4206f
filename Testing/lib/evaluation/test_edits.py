"""Edits: half a drawing is stretched, and the halves that are compared are those of the patient."""

from __future__ import annotations

import numpy as np
import pytest
from drawings import DrawnBodies
from tiny import tiny_preset

from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.evaluation.masks import edits
from Sketch2CTLib.evaluation.masks.asked_cases import AskedCase
from Sketch2CTLib.evaluation.masks.edits import edit_case, edit_rows, stretched
from Sketch2CTLib.evaluation.masks.methods import Asking
from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.frames import PlaneFrame, project, resample, view
from Sketch2CTLib.generation.editing import signed_field
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import MaskSample, MaskVolume
from Sketch2CTLib.sketch import Sketch, Stroke, silhouette
from Sketch2CTLib.weights import ModelFolder


def box(view_name, width, height, shift=0.0):
    x, y = width / 2, height / 2
    corners = np.array([[-x, -y], [x, -y], [x, y], [-x, y]])
    places = np.linspace(0, 1, 40, endpoint=False)[:, None]
    points = np.concatenate([a + (b - a) * places for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)])
    return Sketch((Stroke(points + shift, closed=True),), PlaneFrame.standard(view_name, 320.0), "liver")


@pytest.mark.parametrize(("name", "along", "axis_ras"), [("axial", 0, 0), ("sagittal", 0, 1), ("coronal", 1, 2)])
def test_the_far_half_of_the_longer_direction_is_stretched(name, along, axis_ras):
    size = (200.0, 100.0) if along == 0 else (100.0, 200.0)
    before = box(name, *size)
    edit = stretched(before)
    assert (edit.along, edit.axis_ras, edit.middle_mm) == (along, axis_ras, 0.0)
    old, new = before.strokes[0].points_mm, edit.sketch.strokes[0].points_mm
    near = old[:, along] <= 0
    np.testing.assert_array_equal(old[near], new[near])
    assert new[:, along].max() == pytest.approx(100.0 + 20.0)
    np.testing.assert_array_equal(old[:, 1 - along], new[:, 1 - along])
    assert (np.diff(np.sort(new[:, along])) >= 0).all()


def test_nothing_is_pushed_off_the_paper():
    edit = stretched(box("axial", 296.0, 100.0))
    assert np.abs(edit.sketch.strokes[0].points_mm).max() < 160.0


@pytest.mark.parametrize("name", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("size", [(200.0, 100.0), (100.0, 200.0)])
def test_the_kept_half_of_the_cube_is_seen_as_the_unedited_half_of_the_paper(name, size):
    before = box(name, *size)
    edit = stretched(before)
    kept, edited = edit.kept((64, 64, 64)), edit.edited(64)
    np.testing.assert_array_equal(project(kept, view(name)), ~edited)
    was, now = (silhouette(s, 64, size_mm=320.0) for s in (before, edit.sketch))
    assert (was ^ now)[edited].any()
    assert not (was ^ now)[~edited].any()


def test_a_case_is_edited_by_the_product_itself(prepared_dir, run_dir, monkeypatch):
    monkeypatch.setattr(edits, "STRENGTHS", (0.4,))
    tiny_preset()
    pipeline = Pipeline(ModelFolder(run_dir / "models"), device="cpu")
    one = AskedCase(PreparedSet(prepared_dir).cases("val", "liver")[0])
    values = edit_case(Asking(one, None, pipeline, Settings(steps=1, match_volume=False)))  # its volumes are far off
    rows = edit_rows([CaseRow("edit", "liver", one.key, values), CaseRow("sketch2ct", "liver", one.key, {"dice": 1.0})])
    assert [row.method for row in rows] == ["strength 0.4"]
    assert 0.8 < rows[0].values["kept_dice"] <= 1.0
    assert rows[0].values == {name.removesuffix("@0.4"): value for name, value in values.items()}


class OwnBody(DrawnBodies):
    """Answers every request with the mask of the case that is asked for."""

    def __init__(self, one):
        super().__init__()
        self.one = one

    def masks(self, request, seeds, settings, *, progress=None, start=None):
        inside = resample(self.one.mask.astype(np.float32), self.one.case.grid, request.grid) >= 0.5
        mask = MaskVolume(inside.astype(np.uint8), request.grid, self.one.case.structure)
        return [MaskSample(mask, signed_field(mask), 0.0, seed, self.latent(mask)) for seed in seeds]


def test_an_edit_follows_the_changed_half_and_keeps_the_other(prepared_dir, monkeypatch):
    monkeypatch.setattr(edits, "STRENGTHS", (0.0, 0.4))
    one = AskedCase(PreparedSet(prepared_dir).cases("val", "liver")[0])
    values = edit_case(Asking(one, None, OwnBody(one), Settings()))
    assert values["unchanged_iou"] < 0.9
    for strength in ("0", "0.4"):
        assert values[f"followed_iou@{strength}"] > max(0.93, values["unchanged_iou"] + 0.05)
        assert values[f"kept_dice@{strength}"] > 0.98
