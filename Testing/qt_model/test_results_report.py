"""What is read from report.json: numbers, words and sentences; anything odd in it counts as not told."""

import pythonqt_model

pythonqt_model.install()

import pytest  # noqa: E402
from Sketch2CTUI.results.report import (  # noqa: E402
    agreement_sentence,
    note_sentences,
    percent,
    read_candidates,
    read_report,
    short_warnings,
    told,
)


def report(volume_ml=1500.0, iou=0.99, **changed):
    """A report.json as `generation.report` writes it, shortened."""
    told = {
        "format": "sketch2ct.report",
        "version": 1,
        "structure": "liver",
        "verdict": "Partly met: volume; <b>no markup</b>.",
        "numbers": {
            "extent_rl_mm": number(200.0, 204.0, 10.0, usual_range=[167.5, 305.0]),
            "volume_ml": number(1500.0, volume_ml, 150.0, usual_range=[1010.2, 1400.0], outside_usual=True),
            "components": number(1.0, 1.0, 0.0),
            "tortuosity": number(1.2, None, 0.06),
        },
        "sketch": {"view": "axial", "iou": iou, "contour_distance_mm": 0.4, "voxel_mm": 2.5, "followed": iou > 0.9},
        "second_sketch": None,
        "components": 1,
        "touches_border": False,
        "measured": {"volume_ml": volume_ml, "extent_rl_mm": 204.0, "sphericity": 0.688, "components": 1.0},
        "outside_training_range": ["Volume 1,500 mL lies outside what was seen in training."],
        "nearest_training_case": {"case": "set/case", "distance_mm": 2.0, "copied": False},
        "volume": {
            "missed": ["spread"],
            "checks": {"spread": {"value": 31.25, "expected": [3.5, 26.9], "unit": "HU", "met": False}},
        },
        "notes": ["The sketch is 21 cm wide."],
    }
    told.update(changed)
    return told


def number(asked, measured, tolerance, **more):
    within = measured is not None and abs(measured - asked) <= tolerance
    share = None if measured is None else (measured - asked) / asked
    told = {"asked": asked, "measured": measured, "relative_error": share, "tolerance": tolerance}
    return {**told, "within_tolerance": within, **more}


def test_without_any_file_the_event_tells_of_the_best():
    event = {"candidates": [{"folder": ".", "verdict": "Met.", "met": 1, "score": 0.9}], "report": report()}
    first = read_candidates("", event)[0]
    assert first.volume_error == 0.0
    assert first.rows
    assert read_candidates("/nowhere", {})[0].warnings == ("no report",)


@pytest.mark.parametrize(
    ("agreement", "sentence"),
    [
        (None, ""),
        ({"common_ml": float("nan"), "union_ml": 2.0}, ""),
        (
            {"common_ml": 1370.4, "union_ml": 1628.75},
            "All candidates share 1,370 mL of the 1,629 mL that any of them fills.",
        ),
    ],
)
def test_what_the_candidates_have_in_common_is_a_sentence(agreement, sentence):
    assert agreement_sentence(agreement) == sentence


@pytest.mark.parametrize(
    ("changed", "short", "sentence"),
    [
        ({"components": 7}, "7 pieces", ""),
        ({"touches_border": True}, "may be cut off", "reaches the border"),
        ({"nearest_training_case": {"case": "a/b", "copied": True}}, "near copy of a training case", "'a/b'"),
        ({"volume": {"missed": ["x"], "checks": {}}}, "scan looks unreal", "x is unknown"),
        ({"outside_training_range": ["Too wide."]}, "unusual request", "Too wide."),
        (
            {"surface": {"warnings": ["It is rough."]}},
            "surface unlike real ones",
            "Warning: it is rough.",
        ),
        ({"tube": {"warnings": ["The vessel is torn."]}}, "torn vessel", "Warning: the vessel is torn."),
    ],
)
def test_each_warning_has_a_few_words_and_a_sentence(changed, short, sentence):
    quiet = {"volume": None, "outside_training_range": [], "notes": [], "numbers": {}}
    one = report(**{**quiet, **changed})
    assert short_warnings(one) == [short]
    assert sentence in " ".join(note_sentences(one))


def test_without_anything_odd_there_is_no_warning():
    one = report(volume=None, outside_training_range=[], notes=[], numbers={})
    assert short_warnings(one) == []
    assert note_sentences(one) == []


def test_values_are_told_with_their_unit_and_never_as_minus_zero():
    assert [told(*one) for one in (("volume_ml", 1499.6), ("components", 3.0), ("sphericity", 0.6883))] == [
        "1,500 mL",
        "3",
        "0.69",
    ]
    assert (told("volume_ml", None), told("of_another_version", 2.5)) == ("–", "2.5")
    assert [percent(share) for share in (-0.00025, 0.013, -0.12)] == ["0.0 %", "+1.3 %", "−12.0 %"]


def test_a_report_that_is_far_too_long_is_not_read(tmp_path):
    path = tmp_path / "report.json"
    with path.open("wb") as file:
        file.truncate(17 * 2**20)
    assert read_report(path) == {}


@pytest.mark.parametrize("bad", [None, "x", float("nan"), True, [1], {"a": 1}])
def test_any_field_may_be_odd(bad):
    keys = report()
    for key in keys:
        event = {"candidates": [{"folder": "."}], "report": {**keys, key: bad}, "notes": bad}
        assert read_candidates("", event)[0].index == 0
    assert read_candidates("", {"candidates": bad, "report": bad})
