"""Numbers beside each other that differ look different, with no more digits than that takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from Sketch2CTLib.apart import told_apart, told_miss


def two(value: float) -> str:
    return f"{value:.2f}"


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((0.5, 0.87), ("0.50", "0.87")),
        ((0.868, 0.8704), ("0.868", "0.870")),
        ((0.87, 0.87), ("0.87", "0.87")),
        ((0.1 + 0.2, 0.3), ("0.30", "0.30")),  # the same but for computing
        ((131.204, 85.0, 131.2), ("131.204", "85.000", "131.200")),
        ((0.8699999, 0.87), ("0.8699999", "0.8700000")),
    ],
)
def test_as_many_digits_as_it_takes(values, texts):
    assert told_apart(values, two) == texts


def test_thousands_stay_grouped():
    assert told_apart((1400.2, 1400.0), lambda value: f"{value:,.0f}") == ("1,400.2", "1,400.0")


@pytest.mark.parametrize(
    ("asked", "measured", "tolerance", "texts"),
    [
        (100.0, 104.0, 5.0, ("100", "104")),
        (100.0, 105.04, 5.0, ("100.00", "105.04")),  # '105, ±5 allowed' would look met
        (1400.0, 1400.2, 0.1, ("1,400.0", "1,400.2")),
        (2.0, 1.0, 0.0, ("2", "1")),
    ],
)
def test_a_miss_can_be_read_off(asked, measured, tolerance, texts):
    assert told_miss(asked, measured, tolerance, lambda value: f"{value:,.0f}") == texts


NUMBER = st.floats(-1e5, 1e5).map(lambda value: round(value, 6))


@given(st.lists(NUMBER, min_size=1, max_size=4))
def test_what_differs_looks_different_whatever_it_is(values):
    told = told_apart(values, lambda value: f"{value:.0f}")
    read = [float(text.replace(",", "")) for text in told]
    for first, text in zip(values, read, strict=True):
        for second, other in zip(values, read, strict=True):
            assert (text == other) == (first == second)
