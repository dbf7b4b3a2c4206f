"""From units to mm: what the person says, what the file says, a scale bar, what is usual."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from sketch_bodies import circle, comma, cube, outline, paper

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.resources import resource_path
from Sketch2CTLib.sketch import Sketch, extract_sketch, rasterise
from Sketch2CTLib.sketch.drawings.header import opened_picture, paper_size_mm, with_paper_size
from Sketch2CTLib.sketch.drawings.importing import import_drawing
from Sketch2CTLib.sketch.drawings.scale import Scale
from Sketch2CTLib.training_ranges import training_range

DRAWN = extract_sketch(comma(cube()), cube(), "axial", level="detailed")


def _png(sketch: Sketch = DRAWN, pixels: int = 640) -> np.ndarray:
    return 255 - rasterise(sketch, pixels, width_mm=1.2)


def _import(tmp_path, picture, **arguments):
    content = picture if isinstance(picture, bytes) else cv2.imencode(".png", picture)[1].tobytes()
    (tmp_path / "a.png").write_bytes(content)
    return import_drawing(tmp_path / "a.png", **arguments)


def _extent(sketch: Sketch) -> np.ndarray:
    return np.ptp(np.concatenate([stroke.points_mm for stroke in sketch.of_kind(["outline"])]), axis=0)


def _middle(sketch: Sketch) -> np.ndarray:
    points = np.concatenate([stroke.points_mm for stroke in sketch.of_kind(["outline"])])
    return (points.min(axis=0) + points.max(axis=0)) / 2


@pytest.mark.parametrize(
    ("text", "kind", "mm"),
    [
        ("paper", "paper", None),
        (" Typical ", "typical", None),
        ("width:180mm", "width", 180),
        ("height: 12 cm", "height", 120),
        ("bar=50mm", "bar", 50),
        ("width:20,5cm", "width", 205),
        ("width:200", "width", 200),
        ("width:8in", "width", 203.2),
        ('height:8"', "height", 203.2),
        ("width: 8,5 inches", "width", 215.9),
        ("bar:0,05m", "bar", 50),
        ("width:12.345cm", "width", 123.45),
        ("0,25mm/px", "unit", 0.25),
        ("0.25mm/px", "unit", 0.25),
        (".5 mm / pixel", "unit", 0.5),
    ],
)
def test_a_scale_is_read_from_words(text, kind, mm):
    scale = Scale.parse(text)
    assert scale.kind == kind and scale.mm == (mm if mm is None else pytest.approx(mm))
    assert str(Scale.parse(str(scale))) == str(scale)


@pytest.mark.parametrize("text", ["width:1.200mm", "width:1,200", "bar:1.200 mm"])
def test_a_length_that_can_be_two_is_asked_for(text):
    with pytest.raises(SketchError, match=r"can be 1\.200 or 1200 mm") as caught:
        Scale.parse(text)
    assert "1200mm" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["", "5", "5mm", "width", "width:", "width:nanmm", "bar:-3mm", "width:1e9mm", "bar:0mm", "width:3mm/px", "0mm/px",
     "width:3ft", "width:3,4,5cm", "paper:3mm", "9" * 5000 + "mm/px", "width:9999999mm"],
)  # fmt: skip
def test_other_words_are_refused_with_the_choices(text):
    with pytest.raises(SketchError) as caught:
        Scale.parse(text)
    assert "width:180mm" in caught.value.hint
    assert len(str(caught.value)) < 400


def test_the_usual_size_is_the_geometric_mean_of_both_extents(tmp_path):
    read = _import(tmp_path, _png(), structure="liver")
    across, up = (training_range("liver", f"extent_{axis}_mm").median for axis in ("rl", "ap"))
    assert np.prod(_extent(read.sketch)) == pytest.approx(across * up, rel=1e-3)
    assert _middle(read.sketch) == pytest.approx([0, 0], abs=0.01)
    drawn, got = _extent(DRAWN), _extent(read.sketch)
    assert got[0] / got[1] == pytest.approx(drawn[0] / drawn[1], rel=0.02)
    assert "usual" in read.scale_source


def test_the_drawing_is_not_mirrored(tmp_path):
    read = _import(tmp_path, _png(), structure="liver")
    for axis in (0, 1):  # the fat body lies at the left and below, the tail at the right and above
        centroid = np.concatenate([s.points_mm for s in read.sketch.of_kind(["outline"])])
        weight = (centroid[:, axis] > 0).mean()
        original = np.concatenate([s.points_mm for s in DRAWN.of_kind(["outline"])]) - _middle(DRAWN)
        assert (weight > 0.5) == ((original[:, axis] > 0).mean() > 0.5) or abs(weight - 0.5) < 0.1


@pytest.mark.parametrize(("words", "axis", "mm"), [("width:90mm", 0, 90), ("height:6cm", 1, 60)])
def test_a_width_or_height_is_that_of_the_drawn_organ(words, axis, mm, tmp_path):
    read = _import(tmp_path, _png(), structure="liver", scale=Scale.parse(words))
    assert _extent(read.sketch)[axis] == pytest.approx(mm, rel=1e-3)
    assert _middle(read.sketch) == pytest.approx([0, 0], abs=0.01)


@pytest.mark.parametrize("pixels", [400, 1024, 2600])
def test_mm_of_a_pixel_are_those_of_the_file(pixels, tmp_path):
    read = _import(tmp_path, _png(pixels=pixels), plane=paper(), scale=Scale("unit", 160.0 / pixels))
    assert _extent(read.sketch) == pytest.approx(_extent(DRAWN), rel=0.02)


def test_paper_takes_the_planes_longer_edge(tmp_path):
    read = _import(tmp_path, _png(), plane=paper(), scale=Scale("paper"))
    assert _middle(read.sketch) == pytest.approx(_middle(DRAWN), abs=0.5)
    assert _extent(read.sketch) == pytest.approx(_extent(DRAWN), rel=0.02)


def _with_bar(ends, ticks: bool = False, *, text: bool = False, more=()):
    picture = _png(outline(circle(35)))
    for (x0, y0), (x1, y1) in [ends, *more]:
        cv2.line(picture, (x0, y0), (x1, y1), 0, 3)
        if ticks:
            away = np.array([y0 - y1, x1 - x0]) * 9 / np.hypot(x1 - x0, y1 - y0)
            for at in ((x0, y0), (x1, y1)):
                cv2.line(picture, tuple((at - away).astype(int)), tuple((at + away).astype(int)), 0, 3)
    if text:
        cv2.putText(picture, "50 mm", (270, 620), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
    return picture


@pytest.mark.parametrize("ticks", [False, True])
@pytest.mark.parametrize("ends", [((200, 580), (400, 580)), ((40, 120), (40, 320)), ((60, 600), (220, 480))])
def test_a_scale_bar_is_measured_and_left_out(ends, ticks, tmp_path):
    size = float(np.hypot(*np.subtract(*ends)))
    read = _import(tmp_path, _with_bar(ends, ticks), structure="liver", scale=Scale("bar", 50.0))
    assert read.mm_per_unit == pytest.approx(50 / size, rel=0.015)
    assert [stroke.kind for stroke in read.sketch.strokes] == ["outline"]
    assert _extent(read.sketch) == pytest.approx(2 * 35 * 640 / 160 * 50 / size, rel=0.03)


def test_letters_beside_a_scale_bar_are_no_bars(tmp_path):
    read = _import(
        tmp_path, _with_bar(((200, 580), (400, 580)), True, text=True), structure="liver", scale=Scale("bar", 50.0)
    )
    assert read.mm_per_unit == pytest.approx(0.25, rel=0.015)


def test_none_or_several_scale_bars_are_told(tmp_path):
    with pytest.raises(SketchError, match="no scale bar"):
        _import(tmp_path, _png(), structure="liver", scale=Scale("bar", 50.0))
    two = _with_bar(((200, 580), (400, 580)), more=[((40, 120), (40, 320))])
    with pytest.raises(SketchError, match="2 straight lines"):
        _import(tmp_path, two, structure="liver", scale=Scale("bar", 50.0))


def _paper_mm(png: bytes) -> float | None:
    return paper_size_mm(opened_picture(png, "a.png"))


def test_a_png_tells_the_size_of_its_paper(tmp_path):
    plain = cv2.imencode(".png", _png())[1].tobytes()
    told = with_paper_size(plain, 160.0)
    assert _paper_mm(told) == 160.0
    assert _paper_mm(plain) is None
    assert with_paper_size(told, 160.0) == told
    assert _paper_mm(with_paper_size(told, 12.5)) == 12.5
    assert np.array_equal(cv2.imdecode(np.frombuffer(told, np.uint8), -1), _png())
    read = _import(tmp_path, told, plane=PlaneFrame.standard("axial", 320.0), structure="liver")
    assert _extent(read.sketch) == pytest.approx(_extent(DRAWN), rel=0.02)
    assert _middle(read.sketch) == pytest.approx(_middle(DRAWN), abs=0.5)


@pytest.mark.parametrize("mm", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_a_paper_that_cannot_be_is_refused(mm):
    with pytest.raises(SketchError, match="paper"):
        with_paper_size(cv2.imencode(".png", _png())[1].tobytes(), mm)
    with pytest.raises(SketchError, match="PNG"):
        with_paper_size(b"hello", 100.0)


def test_the_bundled_drawing_tells_its_paper():
    path = resource_path("Sketches", "liver_drawing.png")
    read = import_drawing(path, structure="liver")
    assert read.mm_per_unit == pytest.approx(320 / 512)


def test_what_tells_no_size_or_too_much_is_refused(tmp_path):
    with pytest.raises(SketchError, match="how large") as caught:
        _import(tmp_path, _png(), plane=paper())
    assert "bar:50mm" in caught.value.hint
    with pytest.raises(SketchError, match="1800"):
        _import(tmp_path, _png(), structure="liver", scale=Scale("width", 1800.0))


def test_a_sketch_in_mm_is_scaled_only_when_asked(tmp_path):
    DRAWN.save(tmp_path / "a.json")
    assert import_drawing(tmp_path / "a.json").sketch == DRAWN
    wider = import_drawing(tmp_path / "a.json", scale=Scale("width", 100.0)).sketch
    assert _extent(wider)[0] == pytest.approx(100, rel=1e-3)
    with pytest.raises(SketchError, match="in mm"):
        import_drawing(tmp_path / "a.json", scale=Scale("bar", 50.0))
