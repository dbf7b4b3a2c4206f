"""The bar of what is usual: places, words, and what is painted."""

import itertools

import pytest
import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

from Sketch2CTUI.geometry.range_bar import ABOVE, BELOW, USUAL, RangeBar, place, standing, told  # noqa: E402

from Sketch2CTLib.training_ranges import TrainingRange, training_range  # noqa: E402

LIVER = training_range("liver", "volume_ml")
ONE = TrainingRange("components", 28, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0)


def painted(bar, width=200):
    bar.resize(width, 18)
    return bar.grab().toImage()


def marker_columns(bar, color):
    """The columns in which a colour is painted."""
    image = painted(bar)
    near = [
        x
        for x in range(image.width())
        for y in range(image.height())
        if max(abs(a - b) for a, b in zip(image.pixelColor(x, y).getRgb()[:3], color.getRgb()[:3], strict=True)) < 25
    ]
    return (min(near), max(near)) if near else None


def test_the_word_follows_the_range_that_was_seen():
    assert standing(LIVER.low * 0.9, LIVER) == BELOW
    assert standing(LIVER.median, LIVER) == USUAL
    assert standing(LIVER.high * 1.1, LIVER) == ABOVE
    assert standing(None, LIVER) == "" == standing(5.0, None)


def test_places_rise_with_the_value_and_stay_on_the_bar():
    values = [1e-3, LIVER.low, LIVER.p05, LIVER.median, LIVER.p95, LIVER.high, 1e6]
    places = [place(value, LIVER, log=True) for value in values]
    assert places == sorted(places) and 0 < places[0] < places[1] and places[-2] < places[-1] < 1
    assert place(LIVER.low, LIVER, log=True) + place(LIVER.high, LIVER, log=True) == pytest.approx(1.0)


def test_volumes_are_placed_by_ratio():
    middle = (LIVER.low * LIVER.high) ** 0.5
    assert place(middle, LIVER, log=True) == pytest.approx(0.5)
    assert place((LIVER.low + LIVER.high) / 2, LIVER, log=False) == pytest.approx(0.5)


def test_a_number_that_was_always_the_same_has_a_place_too():
    assert place(1.0, ONE, log=False) == 0.5
    assert place(0.0, ONE, log=False) < 0.5 < place(2.0, ONE, log=False)
    assert told(ONE, "", 1.0).startswith("Seen in 28 training scans: always 1")


def test_the_marker_is_painted_where_the_value_lies():
    bar = RangeBar()
    bar.show_range(LIVER, log=True)
    highlight = bar.palette.color(qt.QPalette.Highlight)
    assert marker_columns(bar, highlight) is None, "no value, no marker"
    for value in (1100.0, 1550.0, 2300.0):
        bar.show_value(value)
        left, right = marker_columns(bar, highlight)
        assert (left + right) / 2 == pytest.approx(place(value, LIVER, log=True) * 200, abs=2.5)


def test_outside_the_marker_has_another_colour_and_form_and_lies_at_the_end():
    bar = RangeBar()
    bar.show_range(LIVER, log=True)
    bar.show_value(9000.0)
    assert bar.standing == ABOVE
    assert marker_columns(bar, bar.palette.color(qt.QPalette.Highlight)) is None
    from Sketch2CTUI.widgets.painting import ink_name

    left, right = marker_columns(bar, qt.QColor(ink_name("unknown", bar)))
    assert left > 180 and right < 200


def test_without_a_range_nothing_is_painted():
    bar = RangeBar()
    empty = painted(bar)
    bar.show_value(5.0)
    assert painted(bar) == empty
    bar.show_range(LIVER, log=True)
    assert painted(bar) != empty


def test_a_bar_that_is_kept_follows_its_range_its_width_and_the_palette():
    bar = RangeBar()
    bar.show_range(LIVER, log=True)
    bar.show_value(1550.0)
    seen = [painted(bar), painted(bar, 300)]
    bar.show_range(LIVER, log=False)
    seen.append(painted(bar, 300))
    dark = qt.QPalette(bar.palette)
    dark.setColor(qt.QPalette.WindowText, qt.QColor("white"))
    dark.setColor(qt.QPalette.Highlight, qt.QColor("red"))
    bar.palette = dark
    seen.append(painted(bar, 300))
    assert all(before != after for before, after in itertools.pairwise(seen))
    assert painted(bar, 300) == seen[-1]


def test_the_range_is_told_in_the_unit_that_is_shown():
    assert "0.8678 to 2.552 L, median 1.595 L" in told(LIVER, "L", 1000.0)
    assert "867.8 to 2,552 mL" in told(LIVER, "mL", 1.0)
