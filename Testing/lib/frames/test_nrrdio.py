"""Volumes in files: exact there and back, honest about what cannot be read or written."""

import os

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from Sketch2CTLib.errors import GridError, InputError, OutputError
from Sketch2CTLib.frames import read_volume, write_nrrd


def leftovers(folder):
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_what_is_written_is_read_back(any_grid, rng, tmp_path, dtype):
    array = rng.integers(0, 200, size=any_grid.shape_kji).astype(dtype)
    write_nrrd(tmp_path / "volume.nrrd", array, any_grid)
    read, grid, _ = read_volume(tmp_path / "volume.nrrd")
    assert read.dtype == dtype
    np.testing.assert_array_equal(read, array)
    np.testing.assert_allclose(grid.ijk_to_ras, any_grid.ijk_to_ras, rtol=0, atol=1e-9)


def test_header_fields_are_there_for_every_reader(oblique_grid, tmp_path):
    path = tmp_path / "volume.nrrd"
    fields = {"Synthetic": "1", "Description": "about 1.4 litres, smooth", "Seed": "7"}
    write_nrrd(path, np.zeros(oblique_grid.shape_kji, np.int16), oblique_grid, fields)
    _, _, read = read_volume(path)
    assert {key: read[key] for key in fields} == fields
    _, header = nrrd.read(str(path))
    assert {key: header[key] for key in fields} == fields
    assert header["encoding"] == "gzip"
    assert header["space"] == "left-posterior-superior"


def test_another_program_finds_the_voxels_at_the_same_place(oblique_grid, tmp_path):
    write_nrrd(tmp_path / "volume.nrrd", np.zeros(oblique_grid.shape_kji, np.uint8), oblique_grid)
    _, header = nrrd.read(str(tmp_path / "volume.nrrd"))
    lps = np.array([3.0, 4.0, 5.0]) @ header["space directions"] + header["space origin"]
    np.testing.assert_allclose(lps * [-1, -1, 1], oblique_grid.to_ras((3, 4, 5)), atol=1e-9)


def test_nifti_is_read(oblique_grid, rng, tmp_path):
    array = rng.integers(-100, 100, size=oblique_grid.shape_kji).astype(np.int16)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((1.0, 2.0, 3.0))
    image.SetOrigin((-5.0, -6.0, 7.0))
    sitk.WriteImage(image, str(tmp_path / "scan.nii.gz"))
    read, grid, _ = read_volume(tmp_path / "scan.nii.gz")
    np.testing.assert_array_equal(read, array)
    np.testing.assert_allclose(grid.to_ras((0, 0, 0)), [5.0, 6.0, 7.0], atol=1e-5)
    np.testing.assert_allclose(grid.to_ras((1, 1, 1)), [4.0, 4.0, 10.0], atol=1e-5)


def test_a_written_file_replaces_the_old_one_and_leaves_nothing_beside_it(oblique_grid, tmp_path):
    for value in (1, 2):
        write_nrrd(tmp_path / "volume.nrrd", np.full(oblique_grid.shape_kji, value, np.uint8), oblique_grid)
    assert leftovers(tmp_path) == ["volume.nrrd"]
    assert (read_volume(tmp_path / "volume.nrrd")[0] == 2).all()


def test_missing_folders_are_made(oblique_grid, tmp_path):
    write_nrrd(tmp_path / "a" / "b" / "v.nrrd", np.zeros(oblique_grid.shape_kji, np.uint8), oblique_grid)
    assert (tmp_path / "a" / "b" / "v.nrrd").is_file()


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match=r"no file.*nowhere\.nrrd"):
        read_volume(tmp_path / "nowhere.nrrd")


@pytest.mark.parametrize("name", ["notes.nrrd", "notes.nii.gz", "notes.txt"])
def test_a_file_that_is_no_volume_is_said(tmp_path, name):
    (tmp_path / name).write_text("not a volume")
    with pytest.raises(InputError, match="cannot be read") as caught:
        read_volume(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_truncated_file_is_said(oblique_grid, rng, tmp_path):
    path = tmp_path / "volume.nrrd"
    write_nrrd(path, rng.integers(0, 255, size=oblique_grid.shape_kji).astype(np.uint8), oblique_grid)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="is cut off"):
        read_volume(path)


@pytest.mark.parametrize("size", [(8, 8), (8, 8, 1), (1, 8, 8)], ids=["2D", "one slice", "one column"])
def test_a_single_slice_is_refused(tmp_path, size):
    sitk.WriteImage(sitk.Image(size, sitk.sitkUInt8), str(tmp_path / "slice.nrrd"))
    with pytest.raises(GridError, match="3D volume is needed"):
        read_volume(tmp_path / "slice.nrrd")


def test_a_series_of_volumes_is_refused(tmp_path):
    sitk.WriteImage(sitk.Image((4, 4, 4, 3), sitk.sitkUInt8), str(tmp_path / "series.nrrd"))
    with pytest.raises(GridError, match="4D"):
        read_volume(tmp_path / "series.nrrd")


def test_a_fourth_axis_of_one_is_dropped(tmp_path):
    sitk.WriteImage(sitk.Image((5, 4, 3, 1), sitk.sitkUInt8), str(tmp_path / "padded.nrrd"))
    assert read_volume(tmp_path / "padded.nrrd")[0].shape == (3, 4, 5)


def test_colours_are_refused(tmp_path):
    sitk.WriteImage(sitk.Image((4, 4, 4), sitk.sitkVectorUInt8, 3), str(tmp_path / "rgb.nrrd"))
    with pytest.raises(GridError, match="3 values a voxel"):
        read_volume(tmp_path / "rgb.nrrd")


def test_a_zero_spacing_in_the_header_is_said(oblique_grid, tmp_path):
    header = {
        "space": "left-posterior-superior",
        "space directions": np.diag([1.0, 1.0, 0.0]),
        "space origin": [0, 0, 0],
    }
    nrrd.write(str(tmp_path / "flat.nrrd"), np.zeros((4, 4, 4), np.uint8), header)
    with pytest.raises(InputError):
        read_volume(tmp_path / "flat.nrrd")


def test_a_folder_that_is_a_file_cannot_be_written(oblique_grid, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_nrrd(tmp_path / "taken" / "v.nrrd", np.zeros(oblique_grid.shape_kji, np.uint8), oblique_grid)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_cannot_be_written(oblique_grid, tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            write_nrrd(tmp_path / "v.nrrd", np.zeros(oblique_grid.shape_kji, np.uint8), oblique_grid)
    finally:
        tmp_path.chmod(0o700)


def test_a_refused_array_leaves_the_old_file(oblique_grid, tmp_path):
    write_nrrd(tmp_path / "v.nrrd", np.ones(oblique_grid.shape_kji, np.uint8), oblique_grid)
    with pytest.raises(GridError):
        write_nrrd(tmp_path / "v.nrrd", np.ones((2, 2, 2), np.uint8), oblique_grid)
    assert leftovers(tmp_path) == ["v.nrrd"]
    assert (read_volume(tmp_path / "v.nrrd")[0] == 1).all()
