"""Pictures of every kind and depth that drawing programs and cameras write, and kinds that are refused by name."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image
from sketch_bodies import disc, iou, paper

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.sketch import silhouette
from Sketch2CTLib.sketch.drawings.importing import import_drawing
from Sketch2CTLib.sketch.drawings.scale import Scale

SIDE = 480


def _ring(ink: int = 0, ground: int = 255) -> np.ndarray:
    """A ring that covers the middle disc of 50 mm on paper of 160 mm, with a mark at its upper left."""
    page = np.full((SIDE, SIDE), ground, np.uint8)
    cv2.circle(page, (240, 240), 150, ink, 5, cv2.LINE_AA)
    return page


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _clear(colour: tuple[int, int, int], kind: str = "PNG") -> bytes:
    pixels = np.zeros((SIDE, SIDE, 4), np.uint8)
    pixels[..., :3] = colour
    pixels[..., 3] = 255 - _ring()
    return _saved(Image.fromarray(pixels), kind, **({"lossless": True} if kind == "WEBP" else {}))


GREY, RGB = Image.fromarray(_ring()), Image.fromarray(_ring()).convert("RGB")
FILLED = (disc(50, SIDE) > 0).astype(np.uint8)
KINDS = {
    "webp": _saved(RGB, "WEBP"),
    "tiff": _saved(RGB, "TIFF"),
    "tiff packed": _saved(GREY, "TIFF", compression="tiff_lzw"),
    "tiff 16": _saved(Image.fromarray(_ring().astype(np.uint16) * 257), "TIFF"),
    "tiff float": _saved(Image.fromarray(_ring().astype(np.float32) / 255), "TIFF"),
    "tiff cmyk": _saved(RGB.convert("CMYK"), "TIFF"),
    "jpeg cmyk": _saved(RGB.convert("CMYK"), "JPEG"),
    "jpeg grey": _saved(GREY, "JPEG"),
    "gif": _saved(GREY, "GIF"),
    "png 16": _saved(Image.fromarray(_ring().astype(np.uint16) * 257), "PNG"),
    "png palette": _saved(RGB.quantize(8), "PNG"),
    "png palette, clear": _saved(RGB.quantize(8), "PNG", transparency=RGB.quantize(8).getpixel((0, 0))),
    "png grey and alpha": _saved(
        Image.merge("LA", [Image.new("L", (SIDE, SIDE)), Image.fromarray(255 - _ring())]), "PNG"
    ),
    "png 1 bit": _saved(GREY.convert("1"), "PNG"),
    "black on clear": _clear((0, 0, 0)),
    "white on clear": _clear((255, 255, 255)),
    "light yellow on clear": _clear((255, 250, 210)),
    "white on clear, webp": _clear((255, 255, 255), "WEBP"),
    "mask of 0 and 1": _saved(Image.fromarray(FILLED), "PNG"),
    "mask of 0 and 1, 16 bits": _saved(Image.fromarray(FILLED.astype(np.uint16)), "PNG"),
    "mask of 0 and 3": _saved(Image.fromarray(FILLED * 3), "PNG"),
    "png 12 bits": _saved(Image.fromarray(_ring().astype(np.uint16) * 16), "PNG"),
    "mask of 0 and 255": _saved(Image.fromarray(FILLED * 255), "PNG"),
    "mask of 0 and 1, tiff": _saved(Image.fromarray(FILLED), "TIFF"),
}


def _read(tmp_path, content: bytes):
    (tmp_path / "a").write_bytes(content)
    return import_drawing(tmp_path / "a", plane=paper(), scale=Scale("paper"))


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_picture_is_read(name, tmp_path):
    read = _read(tmp_path, KINDS[name])
    assert [stroke.kind for stroke in read.sketch.strokes] == ["outline"]
    assert iou(silhouette(read.sketch, 256), disc(50, 256)) > 0.96


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_is_turned_as_its_exif_says(turn, kind, tmp_path):
    page = np.full((300, SIDE), 255, np.uint8)
    cv2.ellipse(page, (130, 100), (100, 60), 0, 0, 360, 0, 4)
    exif = Image.Exif()
    exif[0x0112] = turn
    undo = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270}  # fmt: skip
    stored = Image.fromarray(page) if turn == 1 else Image.fromarray(page).transpose(undo[turn])
    points = _read(tmp_path, _saved(stored.convert("RGB"), kind, exif=exif)).sketch.strokes[0].points_mm
    mm = 160 / SIDE
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    assert middle == pytest.approx([(130 - SIDE / 2) * mm, (150 - 100) * mm], abs=1.0)
    assert np.ptp(points, axis=0) == pytest.approx([200 * mm, 120 * mm], abs=2.5)


REFUSED = {
    "PDF": b"%PDF-1.7\n%\xe2",
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "AVIF": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif",
    "Office": b"PK\x03\x04\x14\0\6\0word/document.xml",
    "PSD": b"8BPS\0\1",
    "BMP": b"BM\x36\0\0\0",
    "Illustrator": b"%!PS-Adobe-3.0",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_read_is_refused_by_its_name(name, tmp_path):
    with pytest.raises(SketchError, match=name) as caught:
        _read(tmp_path, REFUSED[name] + bytes(400))
    assert any(kind in caught.value.hint for kind in ("PNG", "JPEG", "SVG"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["webp", "tiff", "gif", "png 16"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_cut_picture_is_one_line(name, share, tmp_path):
    content = KINDS[name]
    with pytest.raises(SketchError) as caught:
        _read(tmp_path, content[: max(16, int(len(content) * share))])
    assert "\n" not in str(caught.value)


def test_a_mask_of_several_labels_is_named(tmp_path):
    labels = FILLED.copy()
    labels[:10, :10] = 2
    path = tmp_path / "labels.png"
    path.write_bytes(_saved(Image.fromarray(labels), "PNG"))
    with pytest.raises(SketchError, match=r"mask of 2 labels \(1, 2\)"):
        import_drawing(path, structure="liver")
