"""mm ↔ pixels: there and back, zoom about a point, pan, fit."""

import numpy as np
import pytest
import pythonqt_model

pythonqt_model.install()

from Sketch2CTUI.canvas.viewport import LEAST_SCALE, MOST_SCALE, Viewport  # noqa: E402

LOOK = Viewport(460, 380, 1.7, (12.0, -7.0))


def test_there_and_back_again(rng):
    for x, y in rng.uniform(-500, 900, (50, 2)):
        assert LOOK.to_pixels(*LOOK.to_mm(x, y)) == pytest.approx((x, y), abs=1e-9)


def test_u_goes_right_and_v_goes_up():
    x, y = LOOK.to_pixels(0.0, 0.0)
    assert LOOK.to_pixels(10.0, 0.0) == pytest.approx((x + 17.0, y))
    assert LOOK.to_pixels(0.0, 10.0) == pytest.approx((x, y - 17.0))


@pytest.mark.parametrize("factor", [0.3, 1.2, 4.0])
def test_zoom_keeps_the_point_under_the_pointer(factor):
    zoomed = LOOK.zoomed(factor, 31.0, 333.0)
    assert zoomed.to_mm(31.0, 333.0) == pytest.approx(LOOK.to_mm(31.0, 333.0), abs=1e-9)
    assert zoomed.scale == pytest.approx(LOOK.scale * factor)


def test_zoom_ends_somewhere():
    look = LOOK
    for _ in range(200):
        look = look.zoomed(1.5, 10, 10)
    assert look.scale == MOST_SCALE
    for _ in range(400):
        look = look.zoomed(0.5, 10, 10)
    assert look.scale == LEAST_SCALE
    assert np.isfinite(look.center_mm).all()


def test_pan_moves_the_paper_with_the_pointer():
    under = LOOK.to_mm(100, 100)
    assert LOOK.panned(30, -20).to_mm(130, 80) == pytest.approx(under)


@pytest.mark.parametrize("size", [(460, 380), (300, 900), (3, 3)])
def test_fitted_shows_the_whole_paper_in_the_middle(size):
    look = Viewport.fitted(*size, (320.0, 160.0), 24)
    left, top, width, height = look.paper((320.0, 160.0))
    assert (left + width / 2, top + height / 2) == pytest.approx((size[0] / 2, size[1] / 2))
    assert width / height == pytest.approx(2.0)
    if min(size) > 100:
        assert left >= 24 - 1e-9 and top >= 24 - 1e-9
