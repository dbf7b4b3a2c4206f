"""Reading one mask out of a file: what cannot be used is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from Sketch2CTLib.data.masks import main_components, read_mask
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


def ball(dtype: type = np.uint8) -> np.ndarray:
    k, j, i = np.indices((20, 20, 20)) - 10
    return (k * k + j * j + i * i < 50).astype(dtype)


def segmentation(path: Path, layers: list[np.ndarray], *segments: tuple[str, int, int]) -> Path:
    """A .seg.nrrd with (name, value, layer) segments."""
    stacked = np.stack(layers, axis=-1) if len(layers) > 1 else layers[0]
    image = sitk.GetImageFromArray(stacked, isVector=len(layers) > 1)
    for number, (name, value, layer) in enumerate(segments):
        for key, told in (("ID", f"id{number}"), ("Name", name), ("LabelValue", value), ("Layer", layer)):
            image.SetMetaData(f"Segment{number}_{key}", str(told))
    sitk.WriteImage(image, str(path))
    return path


def test_floats_a_hair_from_whole_are_labels_and_0_is_none(tmp_path: Path) -> None:
    almost = np.where(ball() == 1, 0.99999994, 1e-7).astype(np.float32)
    mask, _ = read_mask(write(tmp_path / "m.nii.gz", almost))
    assert np.array_equal(mask, ball() == 1)
    for label in (0, "0"):
        with pytest.raises(MaskError, match="background"):
            read_mask(tmp_path / "m.nii.gz", label)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (ball(np.float32) * 0.5, "probability map"),
        (ball(np.float32) * np.linspace(0, 1.002, 20, dtype=np.float32), "probability map"),
        (np.linspace(-1000, 2000, 8000, dtype=np.float32).reshape(20, 20, 20), "not whole"),
        (np.arange(8000, dtype=np.int16).reshape(20, 20, 20) - 1000, "looks like a scan"),
    ],
    ids=["half", "probabilities", "field", "scan"],
)
def test_what_is_no_label_map_is_named_by_what_it_looks_like(tmp_path: Path, values: np.ndarray, told: str) -> None:
    with pytest.raises(MaskError, match=told) as caught:
        read_mask(write(tmp_path / "m.nrrd", values))
    assert caught.value.hint


def test_segments_that_share_a_layer_are_chosen_by_name_or_number(tmp_path: Path) -> None:
    labels = ball() * 2
    labels[0] = 1
    path = segmentation(tmp_path / "m.seg.nrrd", [labels], ("Skin", 1, 0), ("Left kidney", 2, 0))
    with pytest.raises(MaskError, match=r"2 segments: 'Skin' \(1\), 'Left kidney' \(2\)") as caught:
        read_mask(path)
    assert "--label" in caught.value.hint and "name or number" in caught.value.hint
    for label in (2, "2", "left KIDNEY", "id1"):
        assert np.array_equal(read_mask(path, label)[0], labels == 2)
    with pytest.raises(MaskError, match="no segment 'Liver'") as caught:
        read_mask(path, "Liver")
    assert "'Skin' (1)" in caught.value.hint


def test_segments_in_layers_are_chosen_by_name(tmp_path: Path) -> None:
    wide = np.ones((20, 20, 20), np.uint8)
    wide[0] = 0
    path = segmentation(tmp_path / "m.seg.nrrd", [ball(), wide], ("Liver", 1, 0), ("Margin", 1, 1))
    assert np.array_equal(read_mask(path, "Margin")[0], wide == 1)
    assert np.array_equal(read_mask(path, "liver")[0], ball() == 1)
    with pytest.raises(MaskError, match="2 segments: 'Liver', 'Margin'"):
        read_mask(path)
    with pytest.raises(MaskError, match="'1' means 2 segments"):
        read_mask(path, 1)


def test_the_only_segment_that_holds_something_is_taken(tmp_path: Path) -> None:
    path = segmentation(tmp_path / "m.seg.nrrd", [ball()], ("Liver", 1, 0), ("Empty", 2, 0))
    assert read_mask(path)[0].any()
    with pytest.raises(MaskError, match=r"'Empty'.*is empty"):
        read_mask(path, "Empty")
    with pytest.raises(MaskError, match="is empty"):
        read_mask(segmentation(tmp_path / "none.seg.nrrd", [ball() * 0]))


def test_an_impossible_body_is_refused_by_its_size(tmp_path: Path) -> None:
    image = sitk.GetImageFromArray(ball())
    image.SetSpacing((30.0, 30.0, 30.0))
    sitk.WriteImage(image, str(tmp_path / "m.nrrd"))
    with pytest.raises(MaskError, match=r"impossibly large: .* mL") as caught:
        read_mask(tmp_path / "m.nrrd")
    assert "spacing" in caught.value.hint
