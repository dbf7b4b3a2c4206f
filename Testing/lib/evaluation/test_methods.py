"""The methods of `evaluate masks`: what each asks for, how candidates are chosen, where drawings by hand lie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_pipeline import FakePipeline

from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.evaluation.hand_drawn import HandDrawn
from Sketch2CTLib.evaluation.masks import methods
from Sketch2CTLib.evaluation.masks.asked_cases import AskedCase, choose_cases
from Sketch2CTLib.evaluation.masks.methods import METHODS, Asking, method
from Sketch2CTLib.evaluation.masks.surfaces import REAL
from Sketch2CTLib.evaluation.overlap import dice
from Sketch2CTLib.generation.candidates import candidate_seeds
from Sketch2CTLib.generation.settings import Settings

SEEDS = candidate_seeds(1, 4)


@pytest.fixture(scope="module")
def cases(prepared_dir):
    return [AskedCase(case) for case in PreparedSet(prepared_dir).cases("train", "liver")]


def asking(one, draw, other=None) -> Asking:
    return Asking(one, other, FakePipeline(draw), Settings(steps=1), seed=1)


def test_candidates_are_ranked_by_what_was_asked_and_never_by_the_case(cases):
    """One candidate fits drawing and numbers but lies too high, one lies right but is too fat, two are far off."""
    from scipy import ndimage

    one = cases[0]
    truth = one.mask
    high, fat = np.roll(truth, 14, axis=0), ndimage.binary_dilation(truth, iterations=2)
    far = np.roll(truth, 30, axis=2)
    bodies = dict(zip(SEEDS, (far, high, fat, far), strict=True))
    asked = asking(one, lambda request, grid, seed: bodies[seed])
    found = {name: method(name).run(asked) for name in ("sketch2ct", "best_of_4", "oracle_of_4")}
    assert found["sketch2ct"]["dice"] == pytest.approx(dice(truth, far))
    assert found["best_of_4"]["dice"] == pytest.approx(dice(truth, high))
    assert found["oracle_of_4"]["dice"] == pytest.approx(dice(truth, fat))
    assert found["oracle_of_4"]["dice"] > found["best_of_4"]["dice"] > found["sketch2ct"]["dice"]
    assert [seeds for _, seeds, _ in asked.pipeline.asked] == [SEEDS[:1], SEEDS[1:]], "each candidate is drawn once"


def test_a_perfect_mask_measures_so(cases):
    one = cases[0]
    values = method("sketch2ct").run(asking(one, lambda *_: one.mask))
    assert values["dice"] == 1.0
    assert values["hd95_mm"] == values["assd_mm"] == 0.0
    assert values["sketch_iou"] > 0.97
    assert values["contour_mm"] < 1.0
    assert values["volume_error_abs"] < 0.001
    assert values["level_0_error_abs"] < 0.05


def test_the_body_at_level_zero_is_the_one_before_the_shift(cases):
    """The shipped body is half as large as its field's zero level says."""
    one = cases[0]
    asked = asking(one, lambda *_: one.mask)
    drawn = asked.pipeline.masks

    def shrunk(*arguments, **named):
        small = one.mask & (np.cumsum(one.mask, axis=0) <= 8)
        return [replace(s, mask=replace(s.mask, labels=small.astype(np.uint8))) for s in drawn(*arguments, **named)]

    asked.pipeline.masks = shrunk
    values = method("sketch2ct").run(asked)
    assert values["volume_error_abs"] > 0.2
    assert values["level_0_error_abs"] < 0.05


def test_each_method_asks_for_what_its_name_says(cases, monkeypatch):
    monkeypatch.setattr(methods, "measured", lambda *_: {})
    monkeypatch.setattr(methods, "level_zero", lambda *_: None)
    one, other = cases[:2]
    asked = asking(one, lambda *_: one.mask, other)
    for each in METHODS:
        if each.name not in ("sampled", "best_of_4", "oracle_of_4", "mean_of_4"):
            each.run(asked)
    names = [m.name for m in METHODS if m.name not in ("sampled", "best_of_4", "oracle_of_4", "mean_of_4")]
    names = [
        name
        for name in names
        if not name.startswith("hand_drawn") and name not in ("second_view", REAL) and "contours" not in name
    ]
    assert method(REAL).run(asked)["pieces"] == 1  # asks for nothing
    told = dict(zip(names, asked.pipeline.asked, strict=True))
    own = told["sketch2ct"][0]
    assert (own.drawings, dict(own.numbers)) == ((one.sketch,), one.numbers)
    assert own.sentences
    assert (told["network_alone"][2].follow, told["network_alone"][2].match_volume) == (False, False)
    assert told["sketch_shuffled"][0] == replace(own, drawings=(other.sketch,))
    assert told["numbers_shuffled"][0] == replace(other.request(), drawings=(one.sketch,), grid=own.grid)
    assert told["no_words"][0] == replace(own, sentences=())
    no_numbers = told["no_numbers"][0]
    assert not no_numbers.numbers
    assert no_numbers.sentences
    assert not any(c.isdigit() for c in "".join(no_numbers.sentences))
    assert told["sketch_alone"][0] == replace(own, numbers={}, sentences=())
    assert told["no_sketch"][0] == replace(own, drawings=())


def test_what_cannot_be_asked_is_left_out(cases):
    asked = asking(cases[0], lambda *_: cases[0].mask)
    for name in ("second_view", "sketch_shuffled", "numbers_shuffled", "hand_drawn", "hand_drawn_best_of_4"):
        assert method(name).run(asked) is None
    assert not asked.pipeline.asked


def test_a_model_of_two_sketches_gets_the_other_view(cases):
    asked = asking(cases[0], lambda *_: cases[0].mask)
    asked.pipeline = FakePipeline(lambda *_: cases[0].mask, sketches=2)
    method("second_view").run(asked)
    assert [one.plane.view for one in asked.pipeline.requests[0].sketches] == ["axial", "coronal"]


def test_a_drawing_by_hand_is_centred_for_the_model_and_measured_where_it_was_drawn(cases):
    one = cases[0]
    found = []
    for off_mm in (0.0, 24.0):
        offset = np.array([-off_mm, 0.0])  # u runs to the patient's left
        strokes = tuple(replace(s, points_mm=s.points_mm + offset) for s in one.sketch.strokes)
        sketch = replace(one.sketch, strokes=strokes)
        drawn = HandDrawn(sketch, one.case.key, "liver", "axial", "creases", 1, "x.json")
        asked = asking(AskedCase(one.case, (drawn,)), lambda *_: one.mask)
        values = method("hand_drawn").run(asked)
        found.append(values["dice"])
        points = np.concatenate([s.points_mm for s in asked.pipeline.requests[0].drawings[0].of_kind(["outline"])])
        assert np.abs(points.min(axis=0) + points.max(axis=0)).max() < 3.0, "the model sees it centred"
        # The fake answer lies where its cube does, up to half a voxel beside the drawing's middle.
        assert values["sketch_iou"] > 0.9, "it is held against the drawing, not against the extracted sketch"
    assert found[0] > 0.95
    assert found[1] < 0.85


def test_cases_have_partners_and_drawings_whatever_the_limit(prepared_dir, cases):
    prepared = PreparedSet(prepared_dir)
    drawn = [
        HandDrawn(cases[0].sketch, cases[0].case.key, "liver", view, "creases", 1, f"{at}.json")
        for at, view in enumerate(("axial", "coronal", "axial", "axial"))
    ]
    chosen = choose_cases(prepared, "train", ("liver",), limit=1, hand_drawn=drawn, drawings=2)
    assert [one.case.case for one in chosen] == ["c0"]
    assert chosen[0].other.case == "c1"
    assert [one.file for one in chosen[0].drawn] == ["0.json", "2.json"]


def test_an_unknown_method_is_named():
    with pytest.raises(ConfigError, match="Unknown method 'magic'"):
        method("magic")
