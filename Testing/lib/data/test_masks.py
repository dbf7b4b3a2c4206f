"""Reading one mask out of a file: what cannot be used is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from Sketch2CTLib.data.cubes import main_components
from Sketch2CTLib.data.masks import read_mask
from Sketch2CTLib.errors import MaskError


def write(path: Path, values: np.ndarray) -> Path:
    sitk.WriteImage(sitk.GetImageFromArray(values), str(path))
    return path


def test_the_only_label_is_taken(tmp_path: Path) -> None:
    values = np.zeros((4, 5, 6), np.uint8)
    values[1:3, 2, 3] = 7
    mask, grid = read_mask(write(tmp_path / "m.nrrd", values))
    assert mask.sum() == 2
    assert grid.shape_kji == (4, 5, 6)


@pytest.mark.parametrize(
    ("values", "label", "message"),
    [
        (np.zeros((4, 5, 6), np.uint8), None, "empty"),
        (np.ones((5, 6), np.uint8), None, "3D"),
        (np.ones((1, 5, 6), np.uint8), None, "single slice"),
        (np.arange(3, dtype=np.uint8).reshape(3, 1, 1) * np.ones((3, 4, 4), np.uint8), None, "2 labels"),
        (np.ones((4, 5, 6), np.uint8), 3, "no label 3"),
        (np.full((4, 5, 6), np.nan, np.float32), None, "NaN"),
    ],
)
def test_unusable_masks(tmp_path: Path, values: np.ndarray, label: int | None, message: str) -> None:
    with pytest.raises(MaskError, match=message):
        read_mask(write(tmp_path / "m.nrrd", values), label)


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match="no file"):
        read_mask(tmp_path / "none.nrrd")
    (tmp_path / "bad.nrrd").write_text("hello")
    with pytest.raises(MaskError, match="cannot be read"):
        read_mask(tmp_path / "bad.nrrd")


def test_small_pieces_leave_and_the_ground_never_joins() -> None:
    mask = np.zeros((12, 12, 12), dtype=bool)
    mask[1:7, 1:7, 1:7] = mask[10, 10, 10] = True
    assert np.array_equal(main_components(mask, 0.0), mask), "none is too small"
    assert main_components(mask, 0.1).sum() == 216
