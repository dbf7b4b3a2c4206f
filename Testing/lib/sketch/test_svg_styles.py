"""What style sheets hide, move and paint in an SVG, copies of shapes, and files as drawing programs write them."""

from __future__ import annotations

import gzip
import time

import numpy as np
import pytest
from sketch_bodies import circle, disc, iou, paper

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.sketch import silhouette
from Sketch2CTLib.sketch.drawings.importing import import_drawing
from Sketch2CTLib.sketch.drawings.scale import Scale
from Testing.timing import slowness

PEN = 'fill="none" stroke="black"'
BARE = '<circle cx="80" cy="80" r="50"/>'
ROUND = f'<circle cx="80" cy="80" r="50" {PEN}/>'
BOX = '<path id="guide" class="x hid" d="M5 5H155V155H5Z" {}/>'


def _svg(body: str, attributes: str = 'viewBox="0 0 160 160"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{body}</svg>'


def _import(tmp_path, text, **arguments):
    (tmp_path / "a.svg").write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_drawing(tmp_path / "a.svg", **{"plane": paper(), "scale": Scale("paper"), **arguments})


def _boxed(sheet: str, attributes: str = PEN) -> str:
    return f"<style>{sheet}</style>{ROUND}{BOX.format(attributes)}"


HIDDEN = {
    "class": _boxed(".hid{display:none}"),
    "id": _boxed("#guide{display:none}"),
    "compound": _boxed("svg .y, .x.hid { display : none }"),
    "child": _boxed("svg > path{visibility:hidden}"),
    "attribute": _boxed('path[class~="hid"]{display:none}'),
    "media": _boxed("@media screen { #guide{display:none} } @media print { circle{display:none} }"),
    "size of the screen": _boxed("@media screen and (min-width: 1px) { #guide{display:none} }"),
    "import and comment": _boxed("@import url(http://example.org/a.css); /* .a{} */ #guide{display:none}"),
    "cdata": _boxed("<![CDATA[ #guide{display:none} ]]>"),
    "weight": _boxed("#guide{display:none} .hid{display:inline} path{display:inline}"),
    "importance": _boxed(".hid{display:none !important} #guide{display:inline}"),
    "over the attribute": _boxed("#guide{display:none}", f'{PEN} display="inline"'),
    "late": ROUND + BOX.format(PEN) + "<defs><style>.hid{display:none}</style></defs>",
    "opacity": _boxed(".hid{opacity:.0}"),
    "opacity in percent": _boxed(".hid{opacity:0%}"),
    "no colour": _boxed(".hid{stroke:rgba(0,0,0,0)}"),
    "clear colour": _boxed(".hid{stroke:#0000}"),
    "no pen": _boxed(".hid{stroke-width:0px}"),
    "clear pen": _boxed(".hid{stroke-opacity:0.0}"),
    "hidden group": f'{ROUND}<g style="visibility:hidden">{BOX.format(PEN)}</g>',
    "style attribute": ROUND + BOX.format(f'style="display:none !important" {PEN}'),
    "shown in a hidden group": f'<g visibility="hidden">{BOX.format(PEN)}<g style="visibility:visible">{ROUND}</g></g>',
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_a_file_hides_is_not_drawn(name, tmp_path):
    read = _import(tmp_path, _svg(HIDDEN[name]))
    assert len(read.sketch.strokes) == 1
    assert iou(silhouette(read.sketch, 256), disc(50, 256)) > 0.99


SMALL = f'<circle r="5" {PEN}/>'
MOVED = {
    "style": f'<g style="transform:translate(80px, 80px) scale(10)">{SMALL}</g>',
    "sheet": f"<style>g{{transform:translate(80px,80px)}}circle{{transform:scale(10)}}</style><g>{SMALL}</g>",
    "matrix": f'<g style="transform: matrix(10, 0, 0, 10, 80, 80)">{SMALL}</g>',
    "over the attribute": f'<g style="transform:translate(80px,80px) scale(10)" transform="scale(3)">{SMALL}</g>',
    "turn": f'<g style="transform:translate(80px,80px) rotate(0.25turn) scaleX(10) scaleY(10)">{SMALL}</g>',
    "origin": f'<circle cx="80" cy="80" r="5" {PEN} style="transform:scale(10);transform-origin:50% 50%"/>',
    "origin in words": f'<circle cx="80" cy="80" r="5" {PEN} style="transform:scale(10);transform-origin:center"/>',
    "millimetres": f'<g style="transform:translate(21.16667mm,21.16667mm) scale(10)">{SMALL}</g>',
    "none": f'<g style="transform:none" transform="scale(3)">{ROUND}</g>',
    "copy": f'<defs><circle id="c" r="5" {PEN}/></defs><use href="#c" transform="scale(10)" x="8" y="8"/>',
    "copy of a group": f'<defs><g id="c">{SMALL}</g></defs>'
    '<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#c" transform="translate(80 80) scale(10)"/>',
    "symbol": f'<symbol id="c" viewBox="-5 -5 10 10">{SMALL}</symbol><use href="#c" x="30" y="30" width="100" '
    'height="100"/>',
    "styled copy": '<defs><circle id="c" cx="80" cy="80" r="50"/></defs><use href="#c" style="fill:none;stroke:red"/>',
    "aligned": f'<svg width="160" height="400" viewBox="-80 -80 160 160" preserveAspectRatio="xMinYMin meet">'
    f'<circle r="50" {PEN}/></svg>',
    "switch": f'<switch><foreignObject requiredExtensions="http://ns.adobe.com/"/><g>{ROUND}</g>'
    f"{BOX.format(PEN)}</switch>",
}


@pytest.mark.parametrize("name", MOVED)
def test_transforms_and_copies_are_followed(name, tmp_path):
    read = _import(tmp_path, _svg(MOVED[name]))
    assert len(read.sketch.strokes) == 1
    assert iou(silhouette(read.sketch, 256), disc(50, 256)) > 0.99


@pytest.mark.parametrize("prefix", ["svg", "s"])
def test_any_prefix_of_the_svg_names(prefix, tmp_path):
    text = _svg(f'<style>#guide{{display:none}}</style><g id="guide">{BOX.format(PEN)}</g>{ROUND}')
    text = (
        text.replace("<", f"<{prefix}:").replace(f"<{prefix}:/", f"</{prefix}:").replace("xmlns=", f"xmlns:{prefix}=")
    )
    read = _import(tmp_path, text)
    assert iou(silhouette(read.sketch, 256), disc(50, 256)) > 0.99
    assert len(read.sketch.strokes) == 1


def test_elements_of_other_names_are_not_drawn(tmp_path):
    other = '<i:path xmlns:i="http://example.org/i" d="M5 5H155V155H5Z"/>'
    assert len(_import(tmp_path, _svg(other + ROUND)).sketch.strokes) == 1


def test_an_svgz_is_read_and_a_damaged_one_refused(tmp_path):
    packed = gzip.compress(_svg(ROUND + " " * 9000).encode())
    assert iou(silhouette(_import(tmp_path, packed).sketch, 256), disc(50, 256)) > 0.99
    with pytest.raises(SketchError, match="cut off"):
        _import(tmp_path, packed[:-12])
    with pytest.raises(SketchError, match="64 MB"):
        _import(tmp_path, gzip.compress(_svg(ROUND).encode() + b" " * 65_000_000))
    with pytest.raises(SketchError, match="neither"):
        _import(tmp_path, gzip.compress(b"hello"))


# An outline of 132 × 97 mm beside a guide that the file hides, on a page in mm.
EGG = circle(50) * [1.32, 0.97]
SHEETS = {
    "#guide{display:none}": 1.0,
    "svg .hid, .x.hid {display:none} @media screen { .a{fill:none} }": 1.0,
    "#guide{display:none} #all{transform:scale(0.5)}": 0.5,
}


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("late", [False, True])
def test_sizes_in_mm_hold_under_style_sheets(sheet, late, tmp_path):
    path = "M" + " ".join(f"{100 + x:.3f},{80 - y:.3f}" for x, y in EGG) + "Z"
    drawn = f'<g id="all"><path d="{path}" {PEN}/></g>{BOX.format(PEN)}'
    styled = f"<style>{sheet}</style>"
    text = _svg(drawn + styled if late else styled + drawn, 'width="200mm" height="160mm" viewBox="0 0 200 160"')
    read = _import(tmp_path, text, scale=None, plane=PlaneFrame.standard("axial", 320.0))
    spans = np.ptp(read.sketch.strokes[0].points_mm, axis=0)
    assert spans == pytest.approx(np.array([132.0, 97.0]) * SHEETS[sheet], rel=0.002)


LAUGHS = "".join(f'<g id="a{n}">{f"""<use href="#a{n - 1}"/>""" * 10}</g>' for n in range(1, 9))
HEAVY = {
    "copies of copies": f'<defs><circle id="a0" r="5"/>{LAUGHS}</defs><use href="#a8"/>{ROUND}',
    "many rules": f"<style>{'.a{fill:none}' * 15_000}</style>" + '<g class="a"/>' * 20_000 + ROUND,
    "deep selectors": "<style>* * * * * * g{fill:none} a~b~c{fill:none}</style>" + "<g>" * 90 + ROUND + "</g>" * 90,
    "many transforms": f'<g transform="{"rotate(1) " * 100_000}">{ROUND}</g>',
    "one line of millions": f'<path d="M0 0{"h1" * 1_000_000}"/>',
}


@pytest.mark.parametrize("name", HEAVY)
def test_files_that_would_never_end_are_done_soon(name, tmp_path):
    start = time.thread_time()
    try:
        _import(tmp_path, _svg(HEAVY[name]))
    except SketchError as error:
        assert "\n" not in str(error)
    assert time.thread_time() - start < 10 * slowness(time.thread_time)


def test_a_copy_of_itself_is_left_out(tmp_path):
    read = _import(tmp_path, _svg(f'<g id="a">{ROUND}<use href="#a"/></g><use href="other.svg#b"/>'))
    assert len(read.sketch.of_kind(["outline"])) == 1
    assert any("copied shape" in note for note in read.notes)


def test_shapes_of_another_namespace_are_not_drawn(tmp_path):
    text = (
        '<svg:svg xmlns:svg="http://www.w3.org/2000/svg" viewBox="0 0 160 160">'
        f'<svg:circle cx="80" cy="80" r="50" {PEN}/>'
        f'<g xmlns="http://example.org/other"><circle cx="80" cy="80" r="75" {PEN}/></g></svg:svg>'
    )
    drawn = _import(tmp_path, text)
    assert len(drawn.sketch.strokes) == 1
    assert iou(silhouette(drawn.sketch, 160), disc(50, 160)) > 0.97


@pytest.mark.parametrize("cut", ['clip-path="url(#c)"', 'style="clip-path:url(#c)"', 'mask="url(#c)"'])
def test_what_is_not_clipped_is_said(tmp_path, cut):
    clip = '<defs><clipPath id="c"><rect width="80" height="160"/></clipPath></defs>'
    drawn = _import(tmp_path, _svg(f"{clip}<g {cut}>{ROUND}</g>"))
    assert any("clip paths and masks are not applied" in note.lower() for note in drawn.notes)
    assert not any("clip" in note.lower() for note in _import(tmp_path, _svg(ROUND)).notes)
