"""Any text on any encoding, no empty path, notes in one line, devices refused by name."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.cli.terminal import make_speakable


@pytest.fixture
def kidney(tmp_path: Path) -> Path:
    k, j, i = np.indices((30, 30, 30)) - 15
    image = sitk.GetImageFromArray(((k / 12) ** 2 + (j / 8) ** 2 + (i / 8) ** 2 < 1).astype(np.uint8))
    image.SetSpacing((4.0, 4.0, 4.0))
    sitk.WriteImage(image, str(tmp_path / "kidney.nrrd"))
    return tmp_path / "kidney.nrrd"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_any_text_goes_out_on_any_encoding(kidney: Path, encoding: str) -> None:
    command = [sys.executable, "-m", "Sketch2CTLib", "describe", str(kidney), "--structure", "left_kidney"]
    done = subprocess.run(command, capture_output=True, env=os.environ | {"PYTHONIOENCODING": encoding}, check=False)
    assert done.returncode == 0 and b"Traceback" not in done.stderr
    assert "Volume" in done.stdout.decode(encoding)


def test_what_another_library_writes_in_no_encoding_can_be_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr("sys.stderr", stream)
    make_speakable()
    stream.write("5 × ≤ ")
    stream.buffer.write(b"S\xe7z")
    stream.seek(0)
    assert stream.read() == "5 x <= S\ufffdz"


@pytest.mark.parametrize("given", [["--out", ""], ["--out="]])
def test_an_empty_path_is_refused(kidney: Path, given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--mask", str(kidney), "--structure", "left_kidney", *given]) == 2
    assert "--out is empty" in capsys.readouterr().err
    assert main(["describe", str(kidney), "--structure", "left_kidney", "--png", ""]) == 2


@pytest.mark.parametrize("device", ["gpu", "xpu", "meta", "cuda:99", "cuda:x", "cpu:1", "mps:3"])
def test_an_unknown_or_missing_device_is_one_line(
    kidney: Path, device: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = kidney.parent / "out"
    given = ["--mask", str(kidney), "--structure", "left_kidney", "--device", device, "--out", str(out)]
    assert main(["generate", *given]) == 2
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert told.startswith("error [bad_config]") and "device" in told
    assert not out.exists()


def test_a_folder_of_other_things_is_refused_before_the_run(kidney: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--mask", str(kidney), "--structure", "left_kidney", "--out", str(kidney.parent)]
    assert main(["generate", *given]) == 2
    assert "holds no result" in capsys.readouterr().err
    assert [one.name for one in kidney.parent.iterdir()] == ["kidney.nrrd"]


@pytest.mark.skipif(os.name != "posix" or sys.platform == "darwin", reason="file names are always Unicode there")
def test_paths_that_are_not_utf8(kidney: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strange = kidney.rename(kidney.parent / os.fsdecode(b"gr\xf6\xdfe.nrrd"))
    assert main(["describe", str(strange), "--structure", "left_kidney", "--json"]) == 0
    out = kidney.parent / os.fsdecode(b"\xf6ut")
    assert main(["generate", "--mask", str(strange), "--structure", "left_kidney", "--out", str(out)]) == 2
    assert "not UTF-8" in capsys.readouterr().err and not out.exists()


def test_what_a_reader_notes_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = sitk.GetImageFromArray(np.pad(np.ones((8, 8, 8), np.uint8), 4))
    image.SetDirection((1, 0, 2e-4, 0, 1, 0, 0, 0, 1))
    sitk.WriteImage(image, str(tmp_path / "m.nrrd"))
    assert main(["describe", str(tmp_path / "m.nrrd"), "--structure", "spleen", "--json"]) == 0
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: ")]
