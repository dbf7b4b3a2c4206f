import json
import shutil

import pytest

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.resources import resource_path


def test_every_shipped_weight_is_whole_and_all_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["state"] for row in rows} == {"whole"}
    told = {(row["model"], row["component"]): row for row in rows}
    assert "liver" in told["default", "image_diffusion"]["structures"]
    assert told["segmenter", "segmenter"]["megabytes"] <= 5.0
    assert sum(row["megabytes"] for row in rows) <= 40.0


def test_a_damaged_weight_is_named(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(resource_path("Models", "segmenter"), tmp_path / "segmenter")
    weights = tmp_path / "segmenter" / "segmenter.safetensors"
    weights.chmod(0o644)
    weights.write_bytes(weights.read_bytes()[:-1])
    assert main(["models", "--folder", str(tmp_path)]) == 2
    assert "segmenter/segmenter: damaged" in capsys.readouterr().err
