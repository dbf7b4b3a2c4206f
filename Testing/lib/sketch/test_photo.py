"""Phone photos of pencil on paper: uneven light, a shadow, a tilted sheet, grain and JPEG."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from photo_maker import PhotoStyle, photograph
from sketch_bodies import comma, cube, iou, paper

from Sketch2CTLib.sketch import Sketch, Stroke, extract_sketch, silhouette
from Sketch2CTLib.sketch.drawings.decoding import decoded
from Sketch2CTLib.sketch.drawings.header import opened_picture
from Sketch2CTLib.sketch.drawings.importing import import_drawing
from Sketch2CTLib.sketch.drawings.ink import WORKING, shrunk
from Sketch2CTLib.sketch.drawings.scale import Scale
from Sketch2CTLib.sketch.drawings.sheet import sheet_corners, straightened

DRAWN = extract_sketch(comma(cube()), cube(), "axial", level="detailed")
WIDTH_MM = float(np.ptp(np.concatenate([s.points_mm for s in DRAWN.of_kind(["outline"])]), axis=0)[0])


def _centred(sketch: Sketch) -> np.ndarray:
    """The silhouette with its box in the middle: a photo does not tell where the sheet lay."""
    outlines = sketch.of_kind(["outline"])
    points = np.concatenate([stroke.points_mm for stroke in outlines])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    moved = tuple(Stroke(stroke.points_mm - middle, "outline", True) for stroke in outlines)
    return silhouette(Sketch(moved, sketch.plane), 256)


def _read(tmp_path, content: bytes):
    (tmp_path / "photo.jpg").write_bytes(content)
    return import_drawing(tmp_path / "photo.jpg", plane=paper(), scale=Scale("width", WIDTH_MM))


@pytest.mark.parametrize("seed", range(24))
def test_the_outline_is_read_from_a_photo(seed, tmp_path):
    rng = np.random.default_rng(seed)
    read = _read(tmp_path, photograph(DRAWN, PhotoStyle.random(rng, ruled=seed % 4 == 3), rng))
    assert iou(_centred(read.sketch), _centred(DRAWN)) > 0.95
    assert len(read.sketch.of_kind(["outline"])) == 1
    assert any("perspective taken out" in note for note in read.notes)


@pytest.mark.parametrize("seed", range(4))
def test_a_photo_without_the_sheets_corners_keeps_its_perspective(seed, tmp_path):
    rng = np.random.default_rng(seed)
    style = PhotoStyle.random(rng, whole_sheet=False, tilt_deg=(0.0, 0.0), turn_deg=0.0)
    read = _read(tmp_path, photograph(DRAWN, style, rng))
    assert iou(_centred(read.sketch), _centred(DRAWN)) > 0.95
    assert not any("perspective" in note for note in read.notes)


@pytest.mark.parametrize("aspect", [1.0, 1.2, 2**0.5])
def test_the_aspect_of_a_tilted_sheet_is_measured(aspect):
    sheet = np.full((600, round(600 * aspect)), 230, np.uint8)
    rows, columns, focal = 900, 1200, 950.0
    lift = cv2.Rodrigues(np.radians([14.0, 9.0, 4.0]))[0]
    corners = np.array([[-aspect, -1], [aspect, -1], [aspect, 1], [-aspect, 1]]) / 2
    space = np.column_stack([corners, np.zeros(4)]) @ lift.T + [0, 0, 1.9]
    seen = (space[:, :2] / space[:, 2:] * focal + [columns / 2, rows / 2]).astype(np.float32)
    flat = np.array([[0, 0], [sheet.shape[1], 0], [sheet.shape[1], 600], [0, 600]], np.float32)
    photo = cv2.warpPerspective(sheet, cv2.getPerspectiveTransform(flat, seen), (columns, rows), borderValue=60)
    found = straightened(photo, 800)
    assert found is not None
    assert found.aspect == pytest.approx(aspect, rel=0.03)
    assert found.corners == pytest.approx(seen, abs=2.0)


def test_a_drawn_frame_is_no_sheet():
    page = np.full((600, 800), 245, np.uint8)
    cv2.rectangle(page, (60, 60), (740, 540), 20, 4)
    assert sheet_corners(page) is None


def _upright(content: bytes) -> np.ndarray:
    return shrunk(decoded(opened_picture(content, "a.jpg"), "a.jpg", WORKING))


def test_a_photo_turned_by_its_exif_is_upright(tmp_path):
    rng = np.random.default_rng(3)
    content = photograph(DRAWN, PhotoStyle.random(rng), rng)
    upright = _upright(content)
    turned = cv2.imencode(".jpg", np.rot90(cv2.imdecode(np.frombuffer(content, np.uint8), 0)))[1].tobytes()
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # orientation 6: turn clockwise
    marked = turned[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + turned[2:]
    assert np.abs(_upright(marked).astype(int) - upright).mean() < 4
