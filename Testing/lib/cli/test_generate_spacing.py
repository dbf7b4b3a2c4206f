"""`sketch2ct generate --spacing`: finer voxels of a painted CT, or a refusal before anything is drawn."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from generating import DRAWN, run

from Sketch2CTLib.frames import read_volume

pytestmark = pytest.mark.usefixtures("quick_segmenter")


def test_the_command_writes_finer_voxels_and_says_where_it_was_checked(painting: str, tmp_path: Path) -> None:
    assert run(painting, tmp_path / "out", *DRAWN, "--spacing", "2.0", "--no-pictures") == 0
    mask, grid, _ = read_volume(tmp_path / "out" / "mask.seg.nrrd")
    scan, scan_grid, _ = read_volume(tmp_path / "out" / "volume.nrrd")
    assert mask.shape == scan.shape == (160,) * 3 and np.allclose(grid.spacing_mm, 2.0) and scan_grid == grid
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["grid"]["shape_kji"] == [160] * 3 and report["checked_on"]["shape_kji"] == [128] * 3
    assert run(painting, tmp_path / "cube", *DRAWN, "--no-volume", "--no-pictures") == 0
    coarse, own, _ = read_volume(tmp_path / "cube" / "mask.seg.nrrd")
    assert (mask > 0).sum() * grid.voxel_ml == pytest.approx((coarse > 0).sum() * own.voxel_ml, rel=0.01)


def test_what_is_not_painted_is_refused_before_anything_is_drawn(
    painting: str, models: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = {
        "must be painted": (painting, "--no-paint", "--spacing", "2.0"),
        "beyond the window must be painted": (painting, "--no-paint", "--full-hu"),
        "the window and at 2 mm must be painted": (painting, "--no-paint", "--full-hu", "--spacing", "2.0"),
        "coarser than": (painting, "--spacing", "9"),
        "must be painted.*model can": (models, "--spacing", "2.0"),
    }
    for told, (model, *options) in refused.items():
        capsys.readouterr()
        assert run(model, tmp_path / "out", *DRAWN, *options) == 2
        said = " ".join(capsys.readouterr().err.split())
        assert told.partition(".*")[0] in said and not (tmp_path / "out").exists()
    assert run(models, tmp_path / "mask", *DRAWN, "--no-volume", "--spacing", "2.0", "--no-pictures") == 0


def test_several_organs_have_the_voxels_of_their_region(
    painting: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = tmp_path / "organs.json"
    request.write_text(json.dumps({"organs": [{"structure": "liver", "text": "about 1.4 litres"}]}))
    assert run(painting, tmp_path / "out", "--request", str(request), "--spacing", "2.0") == 2
    assert "one organ" in " ".join(capsys.readouterr().err.split()) and not (tmp_path / "out").exists()


def test_full_hu_reach_beyond_the_window_and_the_header_and_report_say_so(painting: str, tmp_path: Path) -> None:
    assert run(painting, tmp_path / "out", *DRAWN, "--full-hu", "--no-pictures") == 0
    assert run(painting, tmp_path / "window", *DRAWN, "--no-pictures") == 0
    full, usual = (read_volume(tmp_path / name / "volume.nrrd")[0] for name in ("out", "window"))
    assert usual.min() >= -125 and usual.max() <= 275
    assert full.min() < -900
    inside = (usual > -60) & (usual < 225)
    assert (full[inside] == usual[inside]).mean() > 0.9
    header = (tmp_path / "out" / "volume.nrrd").read_bytes()[:20000]
    assert (
        b"Sketch2CT_Beyond_Window" in header
        and b"Beyond_Window" not in (tmp_path / "window" / "volume.nrrd").read_bytes()
    )
    assert any(
        "beyond the window" in note for note in json.loads((tmp_path / "out" / "report.json").read_text())["notes"]
    )
