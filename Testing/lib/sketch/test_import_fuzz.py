"""Any bytes may be handed in: a drawing or one clear line comes out, soon."""

from __future__ import annotations

import struct
import time
import zlib
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sketch_bodies import comma, cube

from Sketch2CTLib.errors import InputError, SketchError
from Sketch2CTLib.sketch import extract_sketch, rasterise
from Sketch2CTLib.sketch.drawings.header import with_paper_size
from Sketch2CTLib.sketch.drawings.importing import ImportedDrawing, import_drawing
from Sketch2CTLib.sketch.drawings.picture import MOST_BYTES
from Sketch2CTLib.sketch.drawings.scale import Scale
from Testing.timing import slowness

_LONGEST_S = 5.0  # of one import
_FUZZ = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@cache
def _valid() -> dict[str, bytes]:
    drawn = extract_sketch(comma(cube(32)), cube(32), "axial")
    picture = 255 - rasterise(drawn, 160)
    png = cv2.imencode(".png", picture)[1].tobytes()
    path = "M30 100C30 50 100 40 130 60S150 110 100 130Q40 140 30 100A5 9 30 0 1 40 90Z"
    svg = (
        '<?xml version="1.0" encoding="utf-8"?><svg width="160mm" height="160mm" viewBox="0 0 160 160">'
        f'<style>.a{{fill:none}}</style><g transform="rotate(3) scale(.9)"><path class="a" stroke="#000" d="{path}"/>'
        '<line x1="40" y1="50%" x2="9" y2="9" stroke="red"/><circle cx="80" cy="80" r="4"/></g></svg>'
    )
    return {
        "png": with_paper_size(png, 160.0),
        "jpeg": cv2.imencode(".jpg", picture)[1].tobytes(),
        "svg": svg.encode(),
        "json": drawn.to_json().encode(),
    }


def _survives(content: bytes, folder, **arguments) -> None:
    path = folder / "drawing"
    path.write_bytes(content)
    start = time.monotonic()
    try:
        read = import_drawing(path, structure="liver", **arguments)
        assert isinstance(read, ImportedDrawing)
        assert all(np.isfinite(stroke.points_mm).all() for stroke in read.sketch.strokes)
    except InputError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 1000
    took_s = time.monotonic() - start
    assert took_s < _LONGEST_S or took_s < _LONGEST_S * slowness()


@pytest.mark.parametrize("kind", ["png", "jpeg", "svg", "json"])
def test_the_seeds_of_these_tests_are_read(kind, tmp_path):
    (tmp_path / "a").write_bytes(_valid()[kind])
    assert import_drawing(tmp_path / "a", structure="liver").sketch.strokes


@pytest.mark.alone
@_FUZZ
@given(content=st.binary(max_size=2000), kind=st.sampled_from(["", "png", "jpeg", "svg", "json"]))
def test_any_bytes_after_any_beginning(content, kind, tmp_path):
    start = {"": b"", "svg": b"<svg ", "json": b'{"format":"sketch2ct.sketch",'}.get(kind, _valid().get(kind, b"")[:60])
    _survives(start + content, tmp_path)


@pytest.mark.alone
@_FUZZ
@given(
    kind=st.sampled_from(["png", "jpeg", "svg", "json"]),
    places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=8),
    cut=st.one_of(st.none(), st.integers(0, 10**6)),
)
def test_changed_and_cut_files(kind, places, cut, tmp_path):
    content = bytearray(_valid()[kind])
    for at, value in places:
        content[at % len(content)] = value
    _survives(bytes(content[: cut % len(content)] if cut is not None else content), tmp_path)


_NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.integers(-(10**12), 10**12).map(str),
    st.sampled_from(["", "-", ".", "1e999", "1e-999", "nan", "0", "-0", "9" * 400, "1e", "+.5.5", "50%", "3em", "1 1"]),
)
_VALUES = st.one_of(
    _NUMBERS,
    st.lists(st.one_of(st.sampled_from("MmLlHhVvCcSsQqTtAaZz,"), _NUMBERS), max_size=30).map(" ".join),
    st.lists(_NUMBERS, max_size=6).map(
        lambda values: f"matrix({','.join(values)}) rotate({values[0] if values else ''})"
    ),
    st.text(st.characters(exclude_characters='<&"', exclude_categories=["Cs", "Cc"]), max_size=20),
)
_KEYS = st.sampled_from(
    ["d", "points", "x", "y", "width", "height", "rx", "ry", "r", "cx", "cy", "x1", "y1", "x2", "y2", "transform",
     "viewBox", "style", "class", "fill", "stroke", "preserveAspectRatio", "display", "opacity"]
)  # fmt: skip
_TAGS = ["svg", "g", "path", "line", "polyline", "polygon", "rect", "circle", "ellipse", "text", "use", "style", "defs"]


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def build(tag: str, attributes: dict[str, str], inner: list[str]) -> str:
        written = " ".join(f'{key}="{value}"' for key, value in attributes.items())
        return f"<{tag} {written}>{''.join(inner)}</{tag}>"

    return st.builds(
        build, st.sampled_from(_TAGS), st.dictionaries(_KEYS, _VALUES, max_size=6), st.lists(children, max_size=4)
    )


@pytest.mark.alone
@_FUZZ
@given(
    body=st.recursive(st.just(""), _element, max_leaves=12),
    page=st.dictionaries(st.sampled_from(["width", "height", "viewBox", "transform"]), _VALUES, max_size=3),
    scale=st.sampled_from([None, Scale("paper"), Scale("bar", 50.0), Scale("width", 90.0), Scale("unit", 0.5)]),
)
def test_any_svg(body, page, scale, tmp_path):
    written = " ".join(f'{key}="{value}"' for key, value in page.items())
    _survives(f"<svg {written}>{body}</svg>".encode("utf-8", "replace"), tmp_path, scale=scale)


@pytest.mark.alone
@_FUZZ
@given(
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    seed=st.integers(0, 10**6),
    levels=st.integers(1, 4),
    scale=st.sampled_from([None, Scale("paper"), Scale("bar", 50.0), Scale("height", 90.0), Scale("unit", 0.5)]),
)
def test_any_picture(shape, seed, levels, scale, tmp_path):
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, levels + 1, np.maximum(1, np.array(shape) // 8)) * (255 // (levels + 1))
    picture = cv2.resize(blocks.astype(np.uint8), shape, interpolation=cv2.INTER_NEAREST)
    _survives(cv2.imencode(".png", picture)[1].tobytes(), tmp_path, scale=scale)


@pytest.mark.alone
@_FUZZ
@given(
    lines=st.lists(st.lists(st.tuples(st.floats(-200, 200), st.floats(-200, 200)), min_size=1, max_size=12), max_size=8)
)
def test_any_open_strokes(lines, tmp_path):
    strokes = ",".join(f'{{"points_mm":{[list(point) for point in line]}}}' for line in lines)
    whole = _valid()["json"].decode()
    head, tail = whole.index('"strokes":['), whole.rindex("]")
    _survives(f'{whole[:head]}"strokes":[{strokes}{whole[tail:]}'.encode(), tmp_path)


@pytest.mark.parametrize("size", [(20_000, 20_000), (2**31 - 1, 2**31 - 1), (1, 70_000_000)])
def test_a_huge_picture_is_refused_before_it_is_decoded(size, tmp_path):
    header = b"IHDR" + struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0)
    bomb = zlib.compress(bytes(10_000_000), 9)
    content = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    data = b"IDAT" + bomb
    content += struct.pack(">I", len(bomb)) + data + struct.pack(">I", zlib.crc32(data))
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(SketchError, match="megapixels"):
        import_drawing(tmp_path / "a.png", structure="liver")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(MOST_BYTES + 1_000_000)
    with pytest.raises(SketchError, match="65 MB"):
        import_drawing(tmp_path / "a.png", structure="liver")


@pytest.mark.alone
def test_thousands_of_chunks_and_fill_bytes_are_walked_quickly(tmp_path):
    png = _valid()["png"]
    empty = struct.pack(">I", 0) + b"tEXt" + struct.pack(">I", zlib.crc32(b"tEXt"))
    _survives(png[:33] + empty * 300_000 + png[33:], tmp_path)
    _survives(b"\xff\xd8" + b"\xff" * 3_000_000, tmp_path)
