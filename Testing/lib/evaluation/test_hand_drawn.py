"""The freehand test set: how it is drawn, how it is stored, and what is stored."""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from Sketch2CTLib.catalog import STRUCTURE_NAMES, structure
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import DatasetError, SketchError
from Sketch2CTLib.evaluation import hand_drawn, pen
from Sketch2CTLib.evaluation.hand_drawn import draw_by_hand, hand_drawn_set, store_hand_drawn
from Sketch2CTLib.frames import PlaneFrame, VoxelGrid, project, view
from Sketch2CTLib.sketch import Sketch, Stroke, extract_sketch, silhouette, sketch_schema

FOLDER = Path(__file__).parents[2] / "hand_drawn"
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.json"))
GRID = VoxelGrid.ras_cube((12.0, -30.0, 45.0), 160.0, 64)


def body():
    """A fat ellipsoid at the patient's right, a thin one to the left, front and top."""
    k, j, i = np.meshgrid(*(np.arange(64),) * 3, indexing="ij")
    points = GRID.to_ras(np.stack([i, j, k], axis=-1)) - (12.0, -30.0, 45.0)
    fat = (((points - (20, -5, -8)) / (38, 30, 34)) ** 2).sum(-1) < 1
    return fat | ((((points - (-32, 12, 20)) / (34, 16, 14)) ** 2).sum(-1) < 1)


@pytest.fixture(scope="module")
def mask():
    return body()


@pytest.fixture(scope="module")
def clean(mask):
    return extract_sketch(mask, GRID, "axial", structure="liver")


@pytest.fixture(scope="module")
def many(clean):
    """Forty drawings of one body."""
    return [draw_by_hand(clean, np.random.default_rng(seed)) for seed in range(40)]


@pytest.fixture(scope="module")
def stored():
    """The stored set, by file."""
    return {one.file: one for one in hand_drawn_set(FOLDER)}


def iou(one, other):
    return float((one & other).sum() / (one | other).sum())


def test_the_same_seed_gives_the_same_drawing_and_another_another(clean, many):
    assert draw_by_hand(clean, np.random.default_rng(3)).digest() == many[3].digest()
    assert len({drawn.digest() for drawn in many}) == len(many)


def test_a_freehand_drawing_is_near_the_clean_one_but_not_it(clean, many):
    filled = silhouette(clean, 256)
    overlap = [iou(silhouette(drawn, 256), filled) for drawn in many]
    assert 0.90 < np.median(overlap) < 0.97
    assert min(overlap) > 0.8
    assert max(overlap) < 0.99


@pytest.mark.parametrize("name", ["axial", "coronal", "sagittal"])
def test_left_and_right_stay(mask, name):
    clean = extract_sketch(mask, GRID, name)
    flat = project(mask, view(name))
    for seed in range(5):
        drawn = draw_by_hand(clean, np.random.default_rng(seed))
        filled = silhouette(drawn, 64)
        assert drawn.plane == clean.plane
        assert iou(filled, flat) > iou(filled[:, ::-1], flat) + 0.1
        assert iou(filled, flat) > iou(filled[::-1], flat) + 0.1


def test_it_is_drawn_in_a_few_lifted_strokes_from_the_top_left(many):
    counts, beginnings = set(), []
    for drawn in many:
        assert not any(stroke.closed for stroke in drawn.strokes)
        counts.add(len(drawn.of_kind(["outline"])))
        points = np.concatenate([stroke.points_mm for stroke in drawn.of_kind(["outline"])])
        along = points[:, 0] - points[:, 1]
        first = drawn.strokes[0].points_mm[0]
        beginnings.append((first[0] - first[1] - along.min()) / np.ptp(along))
    assert min(counts) >= 2
    assert len(counts) >= 4
    assert np.median(beginnings) < 0.1


def test_points_are_those_of_a_tablet(many):
    for drawn in many:
        points = np.concatenate([stroke.points_mm for stroke in drawn.strokes])
        assert points == pytest.approx(np.round(points, 1), abs=1e-9)
        assert 150 < len(points) < 2500
    pressed = [drawn for drawn in many if drawn.strokes[0].pressure is not None]
    assert 0 < len(pressed) < len(many)
    for drawn in pressed:
        for stroke in drawn.strokes:
            assert stroke.pressure.max() > 1.5 * max(stroke.pressure[0], stroke.pressure[-1])


def test_a_pen_is_slow_where_a_line_bends():
    corner = np.array([[-50.0, 0.0], [0.0, 0.0], [0.0, 50.0]])
    slow = []
    for seed in range(10):
        hand = pen.Pen(np.random.default_rng(seed), 70.0, 20.0, 0.2, 100.0, 100.0, None)
        points, _ = pen.follow(hand, corner)
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        near = np.linalg.norm(points[1:], axis=1) < 4
        slow.append(np.median(steps[near]) / np.median(steps[~near]))
    assert np.median(slow) < 0.6


@pytest.mark.parametrize(
    "points",
    [
        np.array([[0.0, 0.0]]),
        np.array([[1.0, 1.0], [1.0, 1.0]]),
        np.array([[0.0, 0.0], [0.3, 0.0], [0.0, 0.3]]),
        np.array([[-79.0, -79.0], [79.0, -79.0], [79.0, 79.0], [-79.0, 79.0]]),
    ],
)
def test_odd_sketches_are_drawn_on_their_paper(points):
    for closed in (True, False):
        sketch = Sketch(
            (Stroke(points, "outline", closed), Stroke(points, "crease")), PlaneFrame.standard("axial", 160.0)
        )
        for seed in range(10):
            drawn = draw_by_hand(sketch, np.random.default_rng(seed))
            assert all(np.abs(stroke.points_mm).max() <= 80 for stroke in drawn.strokes)


def test_training_never_sees_this_hand():
    library = Path(hand_drawn.__file__).parents[1]
    for module in (hand_drawn, pen):
        names = {
            f"{node.module}.{alias.name}"
            for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        assert not any("augmentation" in name or name.endswith(("redraw", "soften")) for name in names)
    for path in (library / "training").glob("*.py"):
        assert "hand_drawn" not in path.read_text(encoding="utf-8")


def test_drawing_the_set_again_gives_the_same_files(prepared_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(hand_drawn, "LEAST", 6)
    prepared = PreparedSet(prepared_dir)
    drawn = store_hand_drawn(prepared, tmp_path / "one")
    store_hand_drawn(prepared, tmp_path / "two")
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.json"))
    assert len(files) == len(drawn) + 1
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert hand_drawn_set(tmp_path / "one") == drawn
    assert {one.case_key for one in drawn} == {case.key for case in prepared.cases("val")}
    (tmp_path / "one" / files[-1]).unlink()
    with pytest.raises(SketchError):
        hand_drawn_set(tmp_path / "one")


@pytest.mark.parametrize(
    "text", [None, "", "[]", '{"format": "other"}', '{"format": "sketch2ct.hand_drawn", "version": 1}']
)
def test_a_folder_without_an_index_is_refused(text, tmp_path):
    if text is not None:
        (tmp_path / "index.json").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"index\.json"):
        hand_drawn_set(tmp_path)


def test_the_index_names_every_stored_file_and_there_are_enough(stored):
    assert set(FILES) == set(stored)
    own = Counter(one.structure for one in stored.values() if one.view == structure(one.structure).view)
    assert set(own) == set(STRUCTURE_NAMES)
    assert min(own.values()) >= 20
    assert len({one.seed for one in stored.values()}) == len(stored)


def test_the_set_is_small():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*")) < 1_500_000


@pytest.mark.parametrize("file", FILES)
def test_a_stored_sketch_can_be_used(stored, file):
    one = stored[file]
    half = np.array(one.sketch.plane.size_mm) / 2
    assert one.sketch.structure == one.structure == one.case_key.split("/")[2]
    assert one.sketch.plane.view == one.view
    assert max(one.sketch.plane.size_mm) == structure(one.structure).cube_mm
    assert all((np.abs(stroke.points_mm) <= half).all() for stroke in one.sketch.strokes)
    assert 0.003 < silhouette(one.sketch, 128).mean() < 0.6


def test_stored_sketches_fit_the_schema(stored):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(sketch_schema())
    for one in stored.values():
        validator.validate(json.loads((FOLDER / one.file).read_text(encoding="utf-8")))
