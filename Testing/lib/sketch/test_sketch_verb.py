"""`sketch2ct sketch`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from sketch_bodies import CENTER_RAS, comma, cube, iou

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.frames import VIEWS, VoxelGrid, project, write_nrrd
from Sketch2CTLib.sketch import load_sketch, silhouette


@pytest.fixture(scope="module")
def mask_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels 2 (the comma) and 5 (two opposite corners), i and j stored the other way round, 2.5 × 2.5 × 5 mm."""
    affine = np.diag([-2.5, -2.5, 5.0, 1.0])
    affine[:3, 3] = np.add(CENTER_RAS, [78.75, 78.75, -77.5])
    grid = VoxelGrid((32, 64, 64), affine)
    labels = comma(grid).astype(np.uint8) * 2
    labels[0, 0, 0] = labels[-1, -1, -1] = 5
    path = tmp_path_factory.mktemp("mask") / "mask.nrrd"
    write_nrrd(path, labels, grid)
    return path


def test_it_writes_a_sketch_and_a_picture_centred_on_the_organ(mask_file, tmp_path, capsys):
    out, png = tmp_path / "new" / "s.json", tmp_path / "s.png"
    arguments = ["sketch", str(mask_file), "--label", "2", "--structure", "spleen", "--out", str(out)]
    assert main([*arguments, "--png", str(png), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    drawn = load_sketch(out)
    assert summary["digest"] == drawn.digest()
    assert (drawn.structure, drawn.plane.view, drawn.plane.size_mm[0]) == ("spleen", "axial", 192.0)
    filled = silhouette(drawn, 96)
    own = VoxelGrid.ras_cube(drawn.plane.center_ras, 192.0, 96)
    assert iou(filled, project(comma(own), VIEWS["axial"])) > 0.95
    rows, columns = np.nonzero(filled)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(47.5, abs=2)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(47.5, abs=2)
    picture = cv2.imread(str(png), cv2.IMREAD_GRAYSCALE)
    assert picture[0, 0] == 255
    assert (picture < 64).sum() > 1000


def test_without_a_structure_the_paper_is_a_quarter_larger_than_the_organ(mask_file, tmp_path):
    out = tmp_path / "s.json"
    assert main(["sketch", str(mask_file), "--label", "2", "--view", "coronal", "--out", str(out)]) == 0
    drawn = load_sketch(out)
    points = np.concatenate([stroke.points_mm for stroke in drawn.strokes])
    assert drawn.plane.size_mm[0] / np.ptp(points, axis=0).max() == pytest.approx(1.25, rel=0.05)
    assert drawn.plane.view == "coronal"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "--label"),
        (["--label", "3"], "no label 3"),
        (["--label", "2", "--structure", "brain"], "Unknown structure"),
        (["--label", "2", "--view", "top"], "Unknown view"),
        (["--label", "2", "--level", "all"], "Unknown level"),
        (["--label", "5", "--structure", "left_atrium"], "more than the 128 mm"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(mask_file, tmp_path, capsys, more, said):
    assert main(["sketch", str(mask_file), "--out", str(tmp_path / "s.json"), *more]) == 2
    told = capsys.readouterr().err.strip()
    assert said in told
    assert "\n" not in told
    assert not (tmp_path / "s.json").exists()


def test_empty_and_flat_masks_are_refused(tmp_path, capsys):
    write_nrrd(tmp_path / "empty.nrrd", np.zeros((64, 64, 64), np.uint8), cube())
    write_nrrd(tmp_path / "flat.nrrd", np.ones((1, 64, 64), np.uint8), VoxelGrid((1, 64, 64), np.eye(4)))
    for name, said in (("empty", "empty"), ("flat", "single slice"), ("none", "no file")):
        assert main(["sketch", str(tmp_path / f"{name}.nrrd"), "--out", str(tmp_path / "s.json")]) == 2
        assert said in capsys.readouterr().err


def test_a_picture_of_a_sketch_comes_back_where_and_as_large_as_it_was(mask_file, tmp_path, capsys):
    first, png, again = tmp_path / "first.json", tmp_path / "first.png", tmp_path / "again.json"
    base = ["sketch", str(mask_file), "--label", "2", "--structure", "spleen", "--level", "outline"]
    assert main([*base, "--out", str(first), "--png", str(png)]) == 0
    assert main(["sketch", str(png), "--structure", "spleen", "--out", str(again), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert told["from"] == "drawing" and told["paper_mm"] == 192.0
    assert iou(silhouette(load_sketch(first), 128), silhouette(load_sketch(again), 128)) > 0.97


def test_a_drawing_gets_its_size_from_the_scale(mask_file, tmp_path, capsys):
    png, out = tmp_path / "d.png", tmp_path / "d.json"
    assert (
        main(["sketch", str(mask_file), "--label", "2", "--level", "outline", "--out", str(out), "--png", str(png)])
        == 0
    )
    arguments = ["sketch", str(png), "--structure", "spleen", "--scale", "width:80mm", "--out", str(out)]
    assert main(arguments) == 0
    points = np.concatenate([stroke.points_mm for stroke in load_sketch(out).strokes])
    assert np.ptp(points[:, 0]) == pytest.approx(80, abs=1)
    assert "80 mm wide" in capsys.readouterr().out


def test_an_svg_is_a_drawing(tmp_path):
    svg, out = tmp_path / "d.svg", tmp_path / "d.json"
    svg.write_text('<svg width="100mm" height="100mm" viewBox="0 0 100 100"><circle cx="50" cy="50" r="30"/></svg>')
    assert main(["sketch", str(svg), "--structure", "spleen", "--out", str(out)]) == 0
    points = load_sketch(out).strokes[0].points_mm
    assert np.linalg.norm(points, axis=1) == pytest.approx(np.full(len(points), 30.0), abs=0.2)


@pytest.mark.parametrize(
    ("content", "scale", "said"),
    [(b"{}", "typical", "not a sketch"), (b"<svg/>", "typical", "SVG"), (b"\x89PNG\r\n\x1a\n", "paper", "damaged")],
)
def test_bad_drawings_are_one_line(tmp_path, capsys, content, scale, said):
    path = tmp_path / "d.bin"
    path.write_bytes(content)
    out = tmp_path / "s.json"
    assert main(["sketch", str(path), "--structure", "liver", "--scale", scale, "--out", str(out)]) == 2
    told = capsys.readouterr().err.strip()
    assert said in told and "\n" not in told
    assert not out.exists()


def test_an_unknown_scale_names_the_choices(tmp_path, capsys):
    path = tmp_path / "d.svg"
    path.write_text("<svg/>")
    assert main(["sketch", str(path), "--structure", "liver", "--scale", "big", "--out", str(tmp_path / "s.json")]) == 2
    assert "bar:50mm" in capsys.readouterr().err


@pytest.mark.parametrize(("content", "said"), [(b"%PDF-1.7\n", "is a PDF"), (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC")])
def test_a_document_is_named_as_a_drawing_not_as_a_mask(tmp_path, capsys, content, said):
    path = tmp_path / "drawing.bin"
    path.write_bytes(content)
    assert main(["sketch", str(path), "--structure", "liver", "--out", str(tmp_path / "s.json")]) == 2
    told = capsys.readouterr().err
    assert "bad_sketch" in told and said in told and "\n" not in told.strip()
