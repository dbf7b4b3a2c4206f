"""Lifted contours: a cross-section stands on its plane, fades from it, and several are weighed by their distance."""

from __future__ import annotations

import numpy as np
import pytest

from Sketch2CTLib.conditioning.contours import REACH, CrossSection, contour_field, signed_distance_2d

PIXELS, CELLS = 64, 16


def disc(radius: float) -> np.ndarray:
    axis = (np.arange(PIXELS) + 0.5) / PIXELS - 0.5
    return np.hypot(axis[:, None], axis[None, :]) < radius


def section(radius: float, axis: int = 0, position: float = 0.5 / CELLS) -> CrossSection:
    return CrossSection(axis, position, signed_distance_2d(disc(radius)))


def test_the_distance_is_that_to_the_line_in_sixteenths_of_the_edge():
    signed = signed_distance_2d(disc(0.25))
    axis = (np.arange(PIXELS) + 0.5) / PIXELS - 0.5
    true = (0.25 - np.hypot(axis[:, None], axis[None, :])) * 16
    assert np.abs(signed - np.clip(true, -1, 1)).max() < 0.25  # a pixel
    assert signed.max() == 1.0 and signed.min() == -1.0


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_contour_stands_on_its_plane_and_fades_with_the_distance_from_it(axis):
    field = contour_field([section(0.25, axis)], CELLS)
    on_plane = np.take(field, CELLS // 2, axis=axis + 1)
    assert on_plane[1] == pytest.approx(1.0)
    assert on_plane[0, CELLS // 2, CELLS // 2] > 0.99 and on_plane[0, 0, 0] < -0.99
    beside = np.take(field, CELLS // 2 + 2, axis=axis + 1)
    assert beside[1] == pytest.approx(np.exp(-0.5 * (2 / CELLS / REACH) ** 2))
    assert beside[0] == pytest.approx(on_plane[0] * beside[1], abs=1e-6)


def test_between_two_planes_each_counts_by_its_nearness():
    low, high = section(0.15, 0, -1.5 / CELLS), section(0.35, 0, 1.5 / CELLS)
    both = contour_field([low, high], CELLS)
    alone = contour_field([low], CELLS), contour_field([high], CELLS)
    place = (CELLS // 2, CELLS // 2 + 4)  # within the larger disc, outside the smaller one
    near_low, near_high = both[0, CELLS // 2 - 2][place], both[0, CELLS // 2 + 1][place]
    assert alone[0][0, CELLS // 2 - 2][place] < near_low < near_high < alone[1][0, CELLS // 2 + 1][place]


def test_without_contours_nothing_is_lifted():
    assert contour_field([], CELLS).shape == (2, CELLS, CELLS, CELLS)
    assert not contour_field([], CELLS).any()
    assert contour_field([], 0).shape == (2, 0, 0, 0)
