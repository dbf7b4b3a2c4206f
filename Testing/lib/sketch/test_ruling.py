"""Ruled and squared paper: its lines are taken out, the drawing stays; drawn lines are never taken for ruling."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from photo_maker import PhotoStyle, photograph
from sketch_bodies import comma, cube, iou, paper

from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.sketch import Sketch, Stroke, extract_sketch, silhouette
from Sketch2CTLib.sketch.drawings.importing import import_drawing
from Sketch2CTLib.sketch.drawings.ruling import without_ruling
from Sketch2CTLib.sketch.drawings.scale import Scale
from Sketch2CTLib.sketch.raster import polygon_area

ROWS, COLUMNS = 900, 1200
WIDTH_MM, AREA_CM2 = 200.0, 189.0


def _outline() -> np.ndarray:
    """A wedge in pixels, 750 wide: 200 mm wide it has about 189 cm²."""
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    x = np.cos(angle)
    y = np.sin(angle) * (0.78 - 0.34 * x) * 0.98
    return np.stack([600 + 375 * x, 450 + 375 * y], axis=1)


def _page(ruling, pencil: int = 30, pitch: int = 27, squared: bool = True, wide: int = 2, creases: int = 0):
    page = np.full((ROWS, COLUMNS), 250, np.uint8)
    if ruling is not None:
        for at in range(30, ROWS, pitch):
            page[at : at + wide] = ruling
        for at in range(15, COLUMNS if squared else 0, pitch):
            page[:, at : at + wide] = ruling
    cv2.polylines(page, [np.round(_outline()).astype(np.int32)], True, pencil, 6, cv2.LINE_AA)
    for n in range(creases):
        cv2.line(page, (330, 330 + 40 * n), (640, 330 + 40 * n), pencil, 5, cv2.LINE_AA)
    return page


def _read(tmp_path, page, **arguments):
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", page)[1].tobytes())
    plane = PlaneFrame.standard("axial", 320.0)
    return import_drawing(tmp_path / "a.png", plane=plane, scale=Scale("width", WIDTH_MM), **arguments)


def _area_cm2(read) -> float:
    return sum(polygon_area(stroke.points_mm) for stroke in read.sketch.of_kind(["outline"])) / 100


TRUE_CM2 = polygon_area(_outline()) * (WIDTH_MM / 750) ** 2 / 100


@pytest.mark.parametrize("squared", [True, False])
@pytest.mark.parametrize("ruling", [228, 215, 200, 190, 170, 140, 110, 70])
def test_ruling_of_any_ink_is_taken_out(ruling, squared, tmp_path):
    read = _read(tmp_path, _page(ruling, squared=squared))
    assert _area_cm2(read) == pytest.approx(TRUE_CM2, rel=0.015)
    assert [stroke.kind for stroke in read.sketch.strokes] == ["outline"]
    assert any("squared" if squared else "ruled" in note for note in read.notes)


@pytest.mark.parametrize("squared", [True, False])
@pytest.mark.parametrize("pitch", [18, 27, 50, 90])
def test_ruling_as_dark_as_the_pencil(pitch, squared, tmp_path):
    read = _read(tmp_path, _page(30, pitch=pitch, squared=squared))
    assert _area_cm2(read) == pytest.approx(TRUE_CM2, rel=0.03)
    assert len(read.sketch.of_kind(["outline"])) == 1


@pytest.mark.parametrize("angle", [-30, -12, -3, 1, 5, 20, 45])
@pytest.mark.parametrize("ruling", [200, 150])
def test_turned_scans(angle, ruling, tmp_path):
    turn = cv2.getRotationMatrix2D((COLUMNS / 2, ROWS / 2), angle, 1.0)
    big = np.pad(_page(None), 600, constant_values=250)
    for at in range(7, big.shape[0], 27):
        big[at : at + 2] = np.minimum(big[at : at + 2], ruling)
    for at in range(7, big.shape[1], 27):
        big[:, at : at + 2] = np.minimum(big[:, at : at + 2], ruling)
    turn[:, 2] -= turn[:, :2] @ [600, 600]
    page = cv2.warpAffine(big, turn, (COLUMNS, ROWS), flags=cv2.INTER_AREA)
    read = _read(tmp_path, page)
    outline = _outline() @ cv2.getRotationMatrix2D((0, 0), angle, 1.0)[:, :2].T
    expected = polygon_area(outline) * (WIDTH_MM / np.ptp(outline[:, 0])) ** 2 / 100
    assert _area_cm2(read) == pytest.approx(expected, rel=0.02)


DRAWN = extract_sketch(comma(cube()), cube(), "axial", level="detailed")
DRAWN_MM = float(np.ptp(np.concatenate([s.points_mm for s in DRAWN.of_kind(["outline"])]), axis=0)[0])


def _centred(sketch: Sketch) -> np.ndarray:
    outlines = sketch.of_kind(["outline"])
    points = np.concatenate([stroke.points_mm for stroke in outlines])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return silhouette(Sketch(tuple(Stroke(s.points_mm - middle, "outline", True) for s in outlines), sketch.plane), 256)


@pytest.mark.parametrize("ruling", [0.8, 0.7, 0.6])
@pytest.mark.parametrize("seed", range(6))
def test_photos_of_ruled_sheets(seed, ruling, tmp_path):
    rng = np.random.default_rng(seed)
    style = PhotoStyle.random(rng, ruled=True, ruling=ruling, squared=seed % 2 == 0, pencil=0.6)
    style = PhotoStyle(**{**style.__dict__, "whole_sheet": seed % 3 != 2, "tilt_deg": (6.0, -5.0)})
    (tmp_path / "a.jpg").write_bytes(photograph(DRAWN, style, rng))
    read = import_drawing(tmp_path / "a.jpg", plane=paper(), scale=Scale("width", DRAWN_MM))
    # Without the sheet's corners in sight its tilt of 8 degrees stays in the outline: that alone costs 0.1.
    assert iou(_centred(read.sketch), _centred(DRAWN)) > (0.95 if seed % 3 != 2 else 0.88)
    assert ruling > 0.75 or any("paper were taken out" in note for note in read.notes)


@pytest.mark.parametrize("count", [3, 6, 7])
def test_parallel_creases_are_no_ruling(count, tmp_path):
    page = _page(None, creases=count)
    assert without_ruling(page) is None
    read = _read(tmp_path, page)
    assert len(read.sketch.of_kind(["crease"])) == count


def test_creases_stay_on_ruled_paper(tmp_path):
    read = _read(tmp_path, _page(190, creases=4, pitch=31))
    assert len(read.sketch.of_kind(["crease"])) == 4
    assert _area_cm2(read) == pytest.approx(TRUE_CM2, rel=0.015)


def test_hatching_up_to_the_outline_is_no_ruling():
    page = np.full((600, 900), 250, np.uint8)
    cv2.ellipse(page, (450, 300), (440, 290), 0, 0, 360, 30, 5)  # as large as the picture
    inner = np.zeros_like(page)
    cv2.ellipse(inner, (450, 300), (440, 290), 0, 0, 360, 255, -1)
    for at in range(40, 580, 30):
        page[at : at + 3][inner[at : at + 3] > 0] = 60
    assert without_ruling(page) is None


def test_an_outline_along_a_line_stays(tmp_path):
    page = _page(None)[:] * 0 + 250
    for at in range(30, ROWS, 27):
        page[at : at + 2] = 190
    cv2.rectangle(page, (300, 30 + 27 * 8), (800, 30 + 27 * 22), 40, 4)
    read = _read(tmp_path, page.astype(np.uint8))
    assert _area_cm2(read) == pytest.approx(200 * 200 * 378 / 500 / 100, rel=0.015)
