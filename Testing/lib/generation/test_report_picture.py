from dataclasses import replace

import numpy as np
import pytest

from Sketch2CTLib.description.quantities import QUANTITY_NAMES
from Sketch2CTLib.errors import OutputError
from Sketch2CTLib.frames import VIEWS, PlaneFrame, VoxelGrid, project
from Sketch2CTLib.generation.nearest_case import NearestCase
from Sketch2CTLib.generation.report.build import build_report
from Sketch2CTLib.generation.report.evidence import Asked, Drawn, Making
from Sketch2CTLib.generation.report.picture import render_report_picture, report_figure
from Sketch2CTLib.generation.report.preview import preview_figure
from Sketch2CTLib.generation.results import Candidate
from Sketch2CTLib.generation.values import AgreementMap, MaskVolume
from Sketch2CTLib.sketch import Sketch, Stroke

GRID = VoxelGrid.ras_cube((0, 0, 0), 320.0, 48)
BALL = sum((axis - 23.5) ** 2 for axis in np.indices(GRID.shape_kji)) <= 12**2
MASK = MaskVolume(BALL, GRID, "liver")


def circle(view, radius_mm=80.0):
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    points = radius_mm * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return Sketch((Stroke(points, closed=True),), PlaneFrame.standard(view, 320.0), "liver")


def candidate(asked, measured=None, views=(), making=None):
    drawn = [Drawn(project(BALL, VIEWS[view]), view) for view in views]
    return Candidate(MASK, None, build_report(MASK, asked, drawn, making=making, measured=measured or {}))


def words(figure):
    """Every text of a figure, as (words, colour)."""
    from matplotlib.text import Text

    return [(text.get_text(), text.get_color()) for text in figure.findobj(Text) if text.get_text()]


def all_words(figure):
    return " ".join(text for text, _ in words(figure))


def test_a_number_met_and_one_missed_differ_in_more_than_colour():
    asked = {"volume_ml": 1500.0, "extent_rl_mm": 200.0}
    figure = report_figure(candidate(asked, {"volume_ml": 1520.0, "extent_rl_mm": 260.0}), ())
    found = words(figure)
    marks = [text for text, _ in found if text in "✓✗" and text]
    assert "✗" in marks and "✓" in marks
    for text in ("1,500", "1,520", "+1.3 %", "±150", "200", "260", "+30.0 %", "±10", "◐ Partly met"):
        assert text in [t for t, _ in found]
    axes = next(a for a in figure.axes if any(t.get_text() == "allowed" for t in a.texts))
    markers = {line.get_marker() for line in axes.lines}
    assert {"o", "X"} <= markers


def test_the_usual_range_holds_asked_and_measured_in_their_order():
    reference = candidate({"volume_ml": 1500.0}).report.numbers[0].training_range
    figure = report_figure(candidate({"volume_ml": 1500.0}, {"volume_ml": 1700.0}), ())
    axes = next(a for a in figure.axes if any(t.get_text() == "allowed" for t in a.texts))
    bars = sorted((p.get_x(), p.get_x() + p.get_width()) for p in axes.patches)
    asked = next(line for line in axes.lines if len(line.get_xdata()) == 2).get_xdata()[0]
    measured = [line for line in axes.lines if line.get_marker() in "oX"][-1].get_xdata()[0]
    low, high = bars[0]
    assert low < asked < measured < high
    share = (asked - low) / (high - low)
    assert share == pytest.approx((1500 - reference.low) / (reference.high - reference.low), abs=0.02)


def test_values_far_outside_stay_on_the_bar():
    figure = report_figure(candidate({"volume_ml": 15.0}, {"volume_ml": 19000.0}), ())
    axes = next(a for a in figure.axes if any(t.get_text() == "allowed" for t in a.texts))
    width = axes.get_xlim()[1]
    assert all(0 <= x <= width for line in axes.lines for x in line.get_xdata())
    assert ">" in {line.get_marker() for line in axes.lines}


def test_every_number_finds_room(tmp_path):
    asked = dict.fromkeys(QUANTITY_NAMES, 0.5)
    figure = report_figure(
        candidate(
            Asked(asked, notes=[f"{n}. " + "A long note. " * 30 for n in range(9)]), dict.fromkeys(QUANTITY_NAMES, 0.4)
        ),
        (),
    )
    figure.canvas.draw()
    axes = next(a for a in figure.axes if any(t.get_text() == "allowed" for t in a.texts))
    rows = sorted({round(t.get_window_extent().y0) for t in axes.texts if t.get_text() in "✓✗"})
    assert len(rows) == len(QUANTITY_NAMES) and min(np.diff(rows)) > 8
    assert rows[0] > 0 and "see report.json" in all_words(figure)


def test_verdict_flags_and_nearest_case_are_told():
    near = NearestCase("toy/c1", 0.31, 2.0, 1.0, copied=True)
    made = candidate(Asked({"volume_ml": 1500.0}, notes=("Odd.",), outside_range=("Huge.",)), making=Making(1.2, near))
    told = all_words(report_figure(made, ()))
    for text in ("Odd.", "Huge.", "toy/c1, 0.31 mm away", "nearly a copy", "moved 1.2 mm outwards", "SYNTHETIC"):
        assert text in told
    assert " ".join(made.report.verdict.split()) in " ".join(told.split())


def test_both_sketches_are_drawn_with_iou_and_mm():
    made = candidate({}, views=("axial", "coronal"))
    told = all_words(report_figure(made, (circle("axial"), circle("coronal"))))
    assert "axial sketch: ✓ IoU 1.00, 0.0 mm" in told and "coronal sketch: ✓ IoU 1.00, 0.0 mm" in told


def contour_circle(position_mm, radius_mm):
    plane = PlaneFrame.standard("axial", 320.0, (0.0, 0.0, position_mm))
    return replace(circle("axial", radius_mm), plane=plane, role="contour")


def drawn_candidate(drawings):
    drawn = [Drawn.of(one, 48, 320.0) for one in drawings]
    return Candidate(MASK, None, build_report(MASK, {}, drawn, measured={}))


def test_a_contour_is_drawn_on_its_slice_beside_the_masks_own_outline():
    cut_mm = 320.0 / 48 * np.sqrt(12.0**2 - 6.0**2)  # the ball's radius 40 mm above its middle
    drawings = (circle("axial"), contour_circle(40.0, 55.0))
    made = drawn_candidate(drawings)
    for figure in (report_figure(made, drawings), preview_figure(made, drawings)):
        axes = next(a for a in figure.axes if a.get_title().startswith("axial S +40 mm: ✗ "))
        apart_mm = made.report.matches[1].contour_distance_mm
        assert f"{apart_mm:.1f} mm, IoU" in axes.get_title() and apart_mm == pytest.approx(cut_mm - 55.0, abs=4.0)
        (line,) = [one for one in axes.lines if len(one.get_xdata()) == 61]
        x, y = line.get_xdata() - 160.0, line.get_ydata() - 160.0
        np.testing.assert_allclose(np.hypot(x, y), 55.0, atol=0.1)
        left, right, *_ = (*axes.get_xlim(), *axes.get_ylim())
        assert left < 160.0 - cut_mm and right > 160.0 + cut_mm


def test_of_many_drawings_the_worst_contours_are_shown_and_the_others_counted():
    radii = (78.0, 40.0, 76.0, 45.0, 50.0, 55.0, 60.0)
    drawings = (circle("axial"), circle("coronal"), *(contour_circle(3.0 * at, r) for at, r in enumerate(radii)))
    made = drawn_candidate(drawings)
    figure = report_figure(made, drawings)
    titles = [axes.get_title() for axes in figure.axes if "IoU" in axes.get_title()]
    assert [title.split("\n")[0] for title in titles] == [
        "axial sketch",
        "coronal sketch",
        "axial S +3 mm",
        "axial S +9 mm",
        "axial S +12 mm",
        "axial S +15 mm",
    ]
    assert "3 more: report.json" in all_words(figure)
    assert "3 more: report.json" in all_words(preview_figure(made, drawings))


def test_the_map_of_agreement_is_shown_where_it_lies():
    share = np.zeros(GRID.shape_kji, np.float32)
    share[:, :, 30:] = 1.0  # i → R: at the left of an axial picture
    figure = report_figure(candidate({}), (), agreement=AgreementMap(share, GRID, (0.9, 0.8, 0.9)))
    axes = next(a for a in figure.axes if a.get_title() == "axial: where 3 agree")
    picture = np.asarray(axes.images[0].get_array())
    assert picture[:, :10].min() == 1.0 and picture[:, -10:].max() == 0.0
    assert "slice" in all_words(report_figure(candidate({}), ()))


def test_the_picture_is_a_png_whatever_there_is(tmp_path):
    from skimage.io import imread

    empty = MaskVolume(np.zeros(GRID.shape_kji), GRID, "spleen")
    drawn = [Drawn(project(BALL, VIEWS["axial"]), "axial")]
    nothing = Candidate(empty, None, build_report(empty, {"volume_ml": 80.0}, drawn))
    for number, (one, sketches) in enumerate([(nothing, (circle("axial"),)), (candidate({}), ())]):
        path = tmp_path / f"{number}.png"
        render_report_picture(one, sketches, path)
        assert imread(path).shape[:2] == (1050, 1600)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0.png", "1.png"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        render_report_picture(candidate({}), (), tmp_path / "file" / "p.png")
