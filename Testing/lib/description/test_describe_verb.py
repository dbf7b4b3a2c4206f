import json

import numpy as np
import pytest

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.description import GeometryDescription
from Sketch2CTLib.frames import write_nrrd


@pytest.fixture
def mask_file(bodies, tmp_path):
    grid = bodies.make_grid((60, 50, 40), (2, 2, 2), signs=(-1, -1, 1))
    labels = np.zeros(grid.shape_kji, dtype=np.uint8)
    labels[bodies.ellipsoid(grid, (50, 40, 30))] = 6
    labels[:3, :3, :3] = 1
    write_nrrd(tmp_path / "mask.nrrd", labels, grid)
    return tmp_path / "mask.nrrd"


def test_table_and_text(mask_file, capsys):
    assert main(["describe", str(mask_file), "--structure", "liver", "--label", "6"]) == 0
    out = capsys.readouterr().out
    assert "Extent right–left" in out and "100" in out
    assert "The liver has a volume of about 250 mL" in out
    assert "The liver is one connected piece with no holes." in out


def test_json_and_file(mask_file, tmp_path, capsys):
    out = tmp_path / "description.json"
    arguments = ["describe", str(mask_file), "--structure", "liver", "--label", "6", "--json", "--out", str(out)]
    assert main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["numbers"]["volume_ml"] == pytest.approx(4 / 3 * np.pi * 60, rel=0.01)
    assert GeometryDescription.load(out).numbers == printed["numbers"]


def test_any_label_when_none_is_given(mask_file, capsys):
    assert main(["describe", str(mask_file), "--structure", "liver", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["numbers"]["components"] == 2


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--structure", "liver", "--label", "9"], "Its labels are: 1, 6"),
        (["--structure", "tail"], "Unknown structure 'tail'"),
    ],
)
def test_bad_input_is_one_line(mask_file, capsys, extra, said):
    assert main(["describe", str(mask_file), *extra]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1


def test_missing_file(tmp_path, capsys):
    assert main(["describe", str(tmp_path / "none.nrrd"), "--structure", "liver"]) == 2
    assert "none.nrrd" in capsys.readouterr().err
