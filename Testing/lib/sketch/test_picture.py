"""Drawings in picture files, clean and not, and what cannot be read."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from sketch_bodies import SIZE_MM, circle, comma, cube, disc, iou, outline, paper

from Sketch2CTLib.errors import SketchError, UnknownStructure
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.sketch import Sketch, extract_sketch, load_sketch, rasterise, silhouette, sketch_from_picture
from Sketch2CTLib.sketch.drawings.importing import import_drawing
from Sketch2CTLib.sketch.drawings.scale import Scale

DRAWN = extract_sketch(comma(cube()), cube(), "axial", level="detailed")


def _picture(sketch: Sketch = DRAWN, pixels: int = 600, width_mm: float = 1.2):
    return 255 - rasterise(sketch, pixels, width_mm=width_mm)


def _photo(picture):
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[: len(picture), : len(picture)] / len(picture)
    light = 0.5 + 0.5 * rows * columns
    noisy = (110 + 140 * (picture / 255.0)) * light + rng.normal(0, 4, picture.shape)
    return np.clip(cv2.GaussianBlur(noisy, (0, 0), 1.0), 0, 255).astype(np.uint8)


def _framed(picture):
    framed = picture.copy()
    framed[:5], framed[-5:], framed[:, :5], framed[:, -5:] = 0, 0, 0, 0
    return framed


def _transparent(picture):
    rgba = np.zeros((*picture.shape, 4), dtype=np.uint8)
    rgba[..., 3] = 255 - picture
    return rgba


PICTURES = {
    "clean.png": _picture(),
    "thin.png": _picture(width_mm=0.4),
    "thick.png": _picture(width_mm=5.0),
    "large.png": _picture(pixels=2500),
    "inverted.png": 255 - _picture(),
    "photo.jpg": _photo(_picture()),
    "frame.png": _framed(_picture()),
    "transparent.png": _transparent(_picture()),
    "deep.png": _picture().astype(np.uint16) * 257,
    "colour.png": np.stack([_picture(), np.full((600, 600), 255, np.uint8), _picture()], axis=-1),
    "solid.png": np.where(silhouette(DRAWN, 600), 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_outline_of_a_drawing_is_read(name, tmp_path: Path):
    cv2.imwrite(str(tmp_path / name), PICTURES[name])
    read = sketch_from_picture(tmp_path / name, plane=paper(), structure="liver")
    assert iou(silhouette(read, 128), silhouette(DRAWN, 128)) > 0.97
    assert read.plane == paper()
    assert read.structure == "liver"


def test_the_lines_inside_become_creases(tmp_path: Path):
    cv2.imwrite(str(tmp_path / "a.png"), _picture())
    read = sketch_from_picture(tmp_path / "a.png", plane=paper())
    length = sum(stroke.length_mm for stroke in read.of_kind(["crease"]))
    assert length == pytest.approx(sum(stroke.length_mm for stroke in DRAWN.of_kind(["crease"])), rel=0.3)


@pytest.mark.parametrize("missing", [4, 10])
def test_small_gaps_are_closed(missing, tmp_path: Path):
    cv2.imwrite(str(tmp_path / "a.png"), _picture(outline(circle(50)[missing:], closed=False)))
    read = sketch_from_picture(tmp_path / "a.png", plane=paper())
    assert iou(silhouette(read, 128), disc(50, 128)) > 0.95


def test_the_longer_edge_is_the_plane_and_the_aspect_stays(tmp_path: Path):
    wide = np.full((300, 600), 255, dtype=np.uint8)
    cv2.circle(wide, (450, 150), 75, 0, 2)
    cv2.imwrite(str(tmp_path / "wide.png"), wide)
    read = sketch_from_picture(tmp_path / "wide.png", plane=paper())
    points = read.strokes[0].points_mm
    assert points.mean(axis=0) == pytest.approx([SIZE_MM / 4, 0], abs=2)
    assert np.ptp(points, axis=0) == pytest.approx([SIZE_MM / 4, SIZE_MM / 4], rel=0.05)


def _bytes(picture, kind: str = ".png") -> bytes:
    return cv2.imencode(kind, np.asarray(picture, dtype=np.uint8))[1].tobytes()


def _huge_png() -> bytes:
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    pixels = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + pixels


def _huge_jpeg() -> bytes:
    small = bytearray(_bytes(np.zeros((16, 16)), ".jpg"))
    at = small.index(b"\xff\xc0")
    small[at + 5 : at + 9] = struct.pack(">HH", 60_000, 60_000)
    return bytes(small)


def _line():
    picture = np.full((200, 200), 255)
    picture[100:103, 20:180] = 0
    return picture


BAD = {
    "empty file": (b"", "empty file"),
    "text": (b"hello", "not a PNG or JPEG"),
    "cut": (_bytes(_picture())[:20], "damaged"),
    "cut later": (_bytes(_picture(), ".jpg")[:30], "damaged"),
    "black": (_bytes(np.zeros((200, 200))), "all black"),
    "white": (_bytes(np.full((200, 200), 255)), "all white"),
    "grey": (_bytes(np.full((200, 200), 128)), "grey"),
    "faint": (_bytes(255 - (_picture() < 128) * 10), "all white"),
    "a line": (_bytes(_line()), "enclose nothing"),
    "a speck": (_bytes(np.pad(np.zeros((1, 1)), 100, constant_values=255)), "picture"),
    "half open": (_bytes(_picture(outline(circle(50)[:120], closed=False))), "enclose nothing"),
    "huge png": (_huge_png(), "megapixels"),
    "huge jpeg": (_huge_jpeg(), "megapixels"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_drawing_is_refused_with_a_hint(name, tmp_path: Path):
    content, said = BAD[name]
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(SketchError, match=said) as caught:
        sketch_from_picture(tmp_path / "a.png", plane=paper())
    assert caught.value.hint


@pytest.mark.parametrize("name", ["none.png", ""])
def test_a_missing_picture_is_told(name, tmp_path: Path):
    with pytest.raises(SketchError, match="no sketch"):
        sketch_from_picture(tmp_path / name, plane=paper())


def test_load_knows_a_file_by_its_content(tmp_path: Path):
    (tmp_path / "drawing.json").write_bytes(_bytes(_picture()))
    (tmp_path / "sketch.png").write_text(DRAWN.to_json())
    assert load_sketch(tmp_path / "sketch.png", structure="spleen").structure == "spleen"
    read = load_sketch(tmp_path / "drawing.json", structure="liver")
    assert read.plane == PlaneFrame.standard("axial", 320.0)


def test_load_keeps_what_the_file_says(tmp_path: Path):
    extract_sketch(comma(cube()), cube(), "axial", structure="liver").save(tmp_path / "a.json")
    read = load_sketch(tmp_path / "a.json", plane=PlaneFrame.standard("coronal", 10.0), structure="spleen")
    assert (read.structure, read.plane.view) == ("liver", "axial")


def test_load_refuses_what_it_cannot_place_or_read(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(_bytes(_picture()))
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "c.json").write_text("sketch")
    with pytest.raises(SketchError, match="where it lies"):
        load_sketch(tmp_path / "a.png")
    with pytest.raises(UnknownStructure):
        load_sketch(tmp_path / "a.png", structure="brain")
    for name in ("b.json", "c.json"):
        with pytest.raises(SketchError, match="neither"):
            load_sketch(tmp_path / name)


def _discs(*discs: tuple[int, int, int]):
    picture = np.full((400, 400), 255, np.uint8)
    for x, y, radius in discs:
        cv2.circle(picture, (x, y), radius, 0, 3)
    return picture


def test_several_closed_shapes_are_refused_unless_meant(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(_bytes(_discs((110, 200, 80), (300, 200, 70))))
    with pytest.raises(SketchError, match="2 closed shapes") as caught:
        load_sketch(tmp_path / "a.png", structure="liver")
    assert caught.value.hint
    read = import_drawing(tmp_path / "a.png", structure="liver", several=True)
    assert len(read.sketch.of_kind(["outline"])) == 2


def test_letters_and_small_rings_are_left_out_with_a_note(tmp_path: Path):
    picture = _discs((200, 200, 100), (60, 60, 9))
    cv2.putText(picture, "liver", (280, 380), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2)
    (tmp_path / "a.png").write_bytes(_bytes(picture))
    read = import_drawing(tmp_path / "a.png", plane=paper(), scale=Scale("paper"))
    assert [stroke.kind for stroke in read.sketch.strokes] == ["outline"]
    assert any("left out" in note for note in read.notes)


def test_where_an_outline_was_closed_is_told(tmp_path: Path):
    points = circle(50)
    (tmp_path / "a.png").write_bytes(_bytes(_picture(outline(np.roll(points, 100, axis=0)[10:], closed=False))))
    read = import_drawing(tmp_path / "a.png", plane=paper(), scale=Scale("paper"))
    told = [note for note in read.notes if "open by" in note]
    assert len(told) == 1
    assert "at the left" in told[0]
    gap = float(re.search(r"open by (\d+)", told[0])[1])
    assert gap == pytest.approx(float(np.linalg.norm(points[99] - points[110])), abs=2)
    assert iou(silhouette(read.sketch, 256), disc(50, 256)) > 0.98
