"""`sketch2ct generate` on a model that paints: the layout is a file of the result, and one given back is followed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from generating import DRAWN, SKETCH, run, written
from layout_bodies import trunk
from painting_models import USUAL

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.intensity import from_unit
from Sketch2CTLib.data.layout import Layout
from Sketch2CTLib.frames import read_volume, write_nrrd
from Sketch2CTLib.generation.layouts.files import read_layout, write_layout

pytestmark = pytest.mark.usefixtures("quick_segmenter")
NO_PICTURES = "--no-pictures"


def hu(name: str) -> int:
    return int(from_unit(np.array([USUAL[name]]), "CT")[0])


def test_the_layout_is_a_segmentation_of_the_result(painting: str, tmp_path: Path) -> None:
    assert run(painting, tmp_path / "out", *DRAWN, NO_PICTURES, "--no-paint") == 0
    assert not (tmp_path / "out" / "layout.seg.nrrd").exists()
    assert run(painting, tmp_path / "out", *DRAWN, NO_PICTURES) == 0
    layout = read_layout(tmp_path / "out" / "layout.seg.nrrd")
    mask, grid, _ = read_volume(tmp_path / "out" / "mask.seg.nrrd")
    scan, _, _ = read_volume(tmp_path / "out" / "volume.nrrd")
    np.testing.assert_allclose(layout.grid.ijk_to_ras, grid.ijk_to_ras, atol=1e-4)
    assert np.array_equal(layout.body_of("liver"), mask > 0)
    assert np.unique(scan[layout.body_of("fat")]).tolist() == pytest.approx([hu("fat")], abs=1)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    told = report["provenance"]["settings"]["layout"]
    assert "layout.seg.nrrd" in report["files"] and told["given"] is False
    assert {"liver", "fat", "bone"} <= set(told["regions"])
    assert run(painting, tmp_path / "out", *DRAWN, NO_PICTURES, "--no-volume") == 0
    assert not (tmp_path / "out" / "layout.seg.nrrd").exists()


def test_an_edited_layout_is_followed(painting: str, tmp_path: Path) -> None:
    own = trunk(3, 8.0)
    labels = own.labels.copy()
    labels[:, :6] = label_value("bone")
    write_layout(tmp_path / "l.seg.nrrd", Layout(labels, own.grid))
    given = ("--layout", str(tmp_path / "l.seg.nrrd"), "--structure", "liver", NO_PICTURES)
    assert run(painting, tmp_path / "out", *given) == 0
    drawn = read_layout(tmp_path / "out" / "layout.seg.nrrd")
    again = Layout(labels, own.grid).on(drawn.grid)
    assert (drawn.labels == again.labels)[again.labels > 0].mean() > 0.99
    scan = read_volume(tmp_path / "out" / "volume.nrrd")[0]
    assert np.abs(scan[drawn.body_of("bone")] - hu("bone")).max() <= 1
    assert json.loads((tmp_path / "out" / "report.json").read_text())["provenance"]["settings"]["layout"]["given"]
    assert run(painting, tmp_path / "drawn", "--sketch", SKETCH, *given) == 0
    mask = read_volume(tmp_path / "drawn" / "mask.seg.nrrd")[0] > 0
    assert np.array_equal(read_layout(tmp_path / "drawn" / "layout.seg.nrrd").body_of("liver"), mask)


def test_a_layout_that_cannot_be_used_is_refused_in_one_line(
    models: str, painting: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = trunk(3, 8.0)
    path, foreign, bare = tmp_path / "l.seg.nrrd", tmp_path / "f.nrrd", tmp_path / "b.seg.nrrd"
    write_layout(path, own)
    write_nrrd(foreign, np.full(own.grid.shape_kji, 251, np.uint8), own.grid)
    labels = np.where(own.labels == label_value("spleen"), label_value("fat"), own.labels).astype(np.uint8)
    write_layout(bare, Layout(labels, own.grid))
    text = written(tmp_path / "t.nrrd", "hello")
    refused = {
        "paints no CT": (models, "--layout", str(path), "--structure", "liver"),
        "means nothing": (painting, "--layout", str(foreign), "--structure", "liver"),
        "no volume is made": (painting, *DRAWN, "--layout", str(path), "--no-volume"),
        "cannot be used": (painting, "--layout", str(text), "--structure", "liver"),
        "shows no spleen": (painting, "--layout", str(bare), "--structure", "spleen"),
    }
    for told, (folder, *arguments) in refused.items():
        assert run(folder, tmp_path / "out", *arguments, NO_PICTURES) == 2, told
        assert told in capsys.readouterr().err
        assert not (tmp_path / "out" / "report.json").exists()
