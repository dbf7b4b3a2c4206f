"""SVG drawings: shapes, transforms, units, what is the outline, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from sketch_bodies import circle, disc, iou, paper

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.sketch import silhouette
from Sketch2CTLib.sketch.drawings.importing import import_drawing
from Sketch2CTLib.sketch.drawings.scale import Scale
from Sketch2CTLib.sketch.drawings.svgtree import DEEPEST, MOST_ELEMENTS

PEN = 'fill="none" stroke="black"'
COMMA = f'<path {PEN} d="M 30 100 C 30 50 100 40 130 60 S 150 110 100 130 Q 40 140 30 100 Z"/>'


def _svg(body: str, attributes: str = 'viewBox="0 0 160 160"', before: str = "") -> str:
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{body}</svg>'


def _import(tmp_path, text, **arguments):
    (tmp_path / "a.svg").write_bytes(text if isinstance(text, bytes) else text.encode())
    arguments = {"plane": paper(), "scale": Scale("paper"), **arguments}
    return import_drawing(tmp_path / "a.svg", **arguments)


def _path(points) -> str:
    return "M" + " ".join(f"{80 + x:.3f},{80 - y:.3f}" for x, y in points)


DISCS = {
    "circle": f'<circle cx="80" cy="80" r="50" {PEN}/>',
    "ellipse": f'<ellipse cx="80" cy="80" rx="50" ry="50" {PEN}/>',
    "filled": '<circle cx="80" cy="80" r="50" fill="#777"/>',
    "polygon": f'<polygon points="{_path(circle(50))[1:]}" {PEN}/>',
    "polyline": f'<polyline points="{_path([*circle(50), (50.0, 0.0)])[1:]}" {PEN}/>',
    "arcs": f'<path {PEN} d="M130 80a50 50 0 1 1-100 0A50,50 0 01130,80z"/>',
    "flags": f'<path {PEN} d="M130 80a50 50 0 11-100 0 50 50 0 11100 0z"/>',
    "cubic": f'<path {PEN} d="M80 30C107.6 30 130 52.4 130 80S107.6 130 80 130 30 107.6 30 80 52.4 30 80 30Z"/>',
    "transform": f'<g transform="translate(80 80)"><circle r="5" transform="rotate(30) scale(10)" {PEN}/></g>',
    "matrix": f'<circle r="25" transform="matrix(2 0 0 2 80 80)" {PEN}/>',
    "rounded": f'<rect x="30" y="30" width="100" height="100" rx="50" {PEN}/>',
    "skew": f'<circle cx="80" cy="80" r="50" transform="skewX(20) skewX(-20)" {PEN}/>',
    "nested": '<svg x="30" y="30" width="100" height="100" viewBox="0 0 2 2"><circle cx="1" cy="1" r="1"/></svg>',
    "class": '<style>/*a*/ .a,.b { fill:none; stroke:#000 }</style><circle class="x b" cx="80" cy="80" r="50"/>',
    "prefix": f'<circle cx="80" cy="80" r="50" {PEN}/>',
}


@pytest.mark.parametrize("name", DISCS)
def test_each_shape_is_read(name, tmp_path):
    text = _svg(DISCS[name])
    if name == "prefix":
        text = text.replace("<svg", "<svg:svg").replace("</svg", "</svg:svg").replace("<circle", "<svg:circle")
    read = _import(tmp_path, text)
    assert [stroke.kind for stroke in read.sketch.strokes] == ["outline"]
    assert iou(silhouette(read.sketch, 256), disc(50, 256)) > 0.99


def test_up_is_up_and_left_is_left(tmp_path):
    read = _import(tmp_path, _svg('<path d="M10 10 L60 10 L10 90 Z"/>'))
    assert read.sketch.strokes[0].points_mm.tolist() == [[-70, 70], [-20, 70], [-70, -10]]


@pytest.mark.parametrize(
    ("attributes", "mm"),
    [
        ('width="320mm" height="320mm" viewBox="0 0 160 160"', 200),
        ('width="16cm" viewBox="0 0 160 160"', 100),
        ('width="2in" height="2in" viewBox="0 0 160 160"', 50.8 * 100 / 160),
        ('width="144pt" height="144pt" viewBox="0 0 160 160"', 50.8 * 100 / 160),
        ('width="80mm" height="40mm" viewBox="0 0 160 160"', 25),
        ('width="80mm" height="160mm" viewBox="0 0 160 160" preserveAspectRatio="none"', 50),
    ],
)
def test_physical_units_are_the_scale(attributes, mm, tmp_path):
    read = _import(tmp_path, _svg(DISCS["circle"], attributes), scale=None, plane=PlaneFrame.standard("axial", 320.0))
    assert np.ptp(read.sketch.strokes[0].points_mm[:, 0]) == pytest.approx(mm, rel=0.01)
    assert "own units" in read.scale_source


def test_pixels_are_no_physical_units(tmp_path):
    text = _svg(COMMA, 'width="160px" height="160" viewBox="0 0 160 160"')
    read = _import(tmp_path, text, scale=None, plane=None, structure="liver")
    assert "usual" in read.scale_source
    with pytest.raises(SketchError, match="how large"):
        _import(tmp_path, text, scale=None)


def test_lines_within_are_creases_and_what_is_not_seen_is_left_out(tmp_path):
    hidden = (
        '<g display="none"><circle r="70" cx="80" cy="80"/></g><defs><circle r="70"/></defs>'
        '<clipPath><rect width="150" height="150"/></clipPath>'
        '<circle r="75" cx="80" cy="80" style="visibility:hidden"/>'
        '<circle r="75" cx="80" cy="80" fill="none"/><circle r="75" cx="80" cy="80" opacity="0"/>'
        '<rect width="160" height="160" fill="white"/>'
    )
    inner = f'<path {PEN} d="M60 80 L90 90"/><ellipse cx="100" cy="80" rx="8" ry="5" {PEN}/>'
    said = '<text x="5" y="5">liver</text><image href="x.png"/><use href="#a"/>'
    read = _import(tmp_path, _svg(hidden + COMMA + inner + said))
    assert [(s.kind, s.closed) for s in read.sketch.strokes] == [("outline", True), ("crease", True), ("crease", False)]
    for word in ("text", "picture", "copied", "frame"):
        assert any(word in note.lower() for note in read.notes), word


def test_a_run_of_the_same_painted_path_is_a_hole(tmp_path):
    ring = f'<path d="{_path(circle(50))}Z{_path(circle(20))}Z"/>'
    read = _import(tmp_path, _svg(ring))
    assert iou(silhouette(read.sketch, 256), disc(50, 256) & ~disc(20, 256)) > 0.99
    twice = f'<path d="{_path(circle(50))}Z{_path(circle(48))}Z"/>'  # a line as a drawing program outlines it
    assert len(_import(tmp_path, _svg(twice)).sketch.strokes) == 1


def test_open_lines_are_joined_and_told(tmp_path):
    points = circle(50)
    body = "".join(f'<path {PEN} d="{_path(points[part])}"/>' for part in (slice(3, 98), slice(102, 200)))
    read = _import(tmp_path, _svg(body + f'<path {PEN} d="M70 80L90 85"/>'))
    assert iou(silhouette(read.sketch, 256), disc(50, 256)) > 0.98
    assert [stroke.kind for stroke in read.sketch.strokes] == ["outline", "crease"]
    assert any("joined" in note for note in read.notes)
    assert sum("open by" in note for note in read.notes) == 2
    nearly = _import(tmp_path, _svg(f'<path {PEN} d="{_path(points[:-3])}"/>'))
    assert nearly.sketch.strokes[0].closed
    assert any("at the right" in note for note in nearly.notes)


def test_a_scale_bar_in_an_svg(tmp_path):
    bar = f'<path {PEN} d="M20 150h60M20 147v6M80 147v6"/>'
    read = _import(tmp_path, _svg(COMMA + bar), scale=Scale("bar", 30.0))
    assert read.mm_per_unit == pytest.approx(0.5)
    assert len(read.sketch.strokes) == 1
    opened = COMMA.replace("Q 40 140 30 100 Z", "Q 40 140 33 108")
    assert _import(tmp_path, _svg(opened + bar), scale=Scale("bar", 30.0)).mm_per_unit == pytest.approx(0.5)


def test_several_shapes_are_refused_unless_meant(tmp_path):
    two = '<circle cx="40" cy="80" r="30"/><circle cx="120" cy="80" r="25"/><circle cx="80" cy="20" r="2"/>'
    with pytest.raises(SketchError, match="2 closed shapes"):
        _import(tmp_path, _svg(two))
    assert len(_import(tmp_path, _svg(two), several=True).sketch.of_kind(["outline"])) == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_prologs_encodings_and_byte_order_marks(encoding, tmp_path):
    named = "latin-1" if encoding == "latin-1" else encoding.removesuffix("-sig")
    text = _svg(COMMA, before=f'<?xml version="1.0" encoding="{named}"?>\n<!-- ü -->\n<!DOCTYPE svg>\n')
    assert _import(tmp_path, text.encode(encoding)).sketch.strokes


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
BAD = {
    "no shape": (_svg(""), "no lines"),
    "a text": (_svg("<text>liver</text>"), "no lines"),
    "half open": (_svg(f'<path {PEN} d="{_path(circle(50)[:110])}"/>'), "encloses nothing"),
    "a line": (_svg(f'<line x1="5" y1="5" x2="90" y2="90" {PEN}/>'), "encloses nothing"),
    "zero box": (_svg(COMMA, 'viewBox="0 0 0 160"'), "no size"),
    "negative box": (_svg(COMMA, 'viewBox="0 0 -5 160"'), "no size"),
    "nan box": (_svg(COMMA, 'viewBox="0 0 nan nan"'), "no size"),
    "zero page": (_svg(COMMA, 'width="0" height="0"'), "no size"),
    "infinite": (_svg(f'<path {PEN} d="M0 0L1e300 0L0 5Z"/>'), "beyond all paper"),
    "many digits": (_svg(f'<path {PEN} d="M0 0L{"9" * 5000} 0L0 5Z"/>'), "beyond all paper"),
    "blown up": (_svg('<g transform="scale(1e6)"><g transform="scale(1e6)"><path d="M0 0h5v5z"/></g></g>'), "beyond"),
    "deep": (_svg("<g>" * 100_000), f"{DEEPEST} deep"),
    "deep in defs": (_svg("<defs>" * 1_000), f"{DEEPEST} deep"),
    "many": (_svg("<g/>" * (MOST_ELEMENTS + 1)), "elements"),
    "many points": (_svg(f'<path {PEN} d="M0 0{"h1v1" * 200_000}"/>'), "too many points"),
    "many polygons": (_svg(f'<polygon points="{"1 2 " * 400_000}"/>'), "points"),
    "many lines": (_svg(f'<path {PEN} d="{"M0 0h1v1" * 3000}"/>'), "too many for a sketch"),
    "cut": (_svg(COMMA)[:-20], "damaged"),
    "other xml": ("<?xml version='1.0'?><html/>", "no SVG"),
    "bomb": (_svg("<text>&a11;</text>", before=f'<!DOCTYPE svg [<!ENTITY a0 "ha">{BOMB}]>'), "entities"),
    "flat bomb": (_svg("&a;" * 5000, before=f'<!DOCTYPE svg [<!ENTITY a "{"x" * 400}">]>'), "entities"),
    "outer entity": (_svg("&a;", before='<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), "entities"),
    "unknown encoding": (_svg(COMMA, before='<?xml version="1.0" encoding="klingon"?>'), "damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_drawing_is_refused_in_one_line(name, tmp_path):
    text, said = BAD[name]
    with pytest.raises(SketchError, match=said) as caught:
        _import(tmp_path, text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_short_entities_of_older_programs_are_read(tmp_path):
    text = _svg(COMMA, 'viewBox="0 0 160 160" a="&ns;"', before='<!DOCTYPE svg [<!ENTITY ns "http://ns.example">]>')
    assert _import(tmp_path, text).sketch.strokes
