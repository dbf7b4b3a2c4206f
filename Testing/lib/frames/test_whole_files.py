"""Files that are cut, damaged, of another kind or not files at all: one line, never a volume of zeros."""

import gzip
import os
import re
import sys
import warnings

import numpy as np
import pytest
import SimpleITK as sitk

from Sketch2CTLib.errors import GridError, InputError
from Sketch2CTLib.frames import VolumeWarning, header_voxels, read_volume

VALUES = np.random.default_rng(3).integers(0, 250, (9, 20, 22)).astype(np.uint8)
KINDS = ["a.nii", "a.nii.gz", "raw.nrrd", "a.nrrd", "a.nhdr", "raw.mha", "a.mha", "a.mhd", "a.hdr"]
PACKED = ["a.nii.gz", "a.nrrd", "a.nhdr", "a.mha", "a.mhd"]


def written(folder, name, values=VALUES):
    """The file to be read, and the one with its voxels."""
    sitk.WriteImage(sitk.GetImageFromArray(values), str(folder / name), useCompression=not name.startswith("raw"))
    largest = max(folder.iterdir(), key=lambda one: one.stat().st_size)
    return folder / name, largest


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.999])
def test_a_file_that_is_cut_off_is_refused(tmp_path, name, share, capfd):
    path, voxels = written(tmp_path, name)
    assert (read_volume(path)[0] == VALUES).all()
    voxels.write_bytes(voxels.read_bytes()[: int(voxels.stat().st_size * share)])
    with pytest.raises(InputError) as caught:
        read_volume(path)
    assert "\n" not in str(caught.value) and caught.value.hint
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", PACKED)
def test_a_checksum_that_does_not_hold_is_refused(tmp_path, name):
    path, voxels = written(tmp_path, name)
    content = bytearray(voxels.read_bytes())
    content[len(content) * 2 // 3] ^= 0x10
    voxels.write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"damaged|cut off"):
        read_volume(path)


@pytest.mark.parametrize("name", ["a.nhdr", "a.mhd", "a.hdr"])
def test_voxels_in_a_file_that_is_missing_are_named(tmp_path, name):
    path, voxels = written(tmp_path, name)
    voxels.unlink()
    with pytest.raises(InputError, match="are not there"):
        read_volume(path)


def test_what_follows_the_packed_voxels_is_left_alone(tmp_path):
    path, _ = written(tmp_path, "a.nii.gz")
    path.write_bytes(path.read_bytes() + b"\0" * 512)
    assert (read_volume(path)[0] == VALUES).all()
    content = gzip.decompress(path.read_bytes()[:-512])
    path.write_bytes(gzip.compress(content[:400]) + gzip.compress(content[400:]))
    assert (read_volume(path)[0] == VALUES).all(), "gzip files may be strung together"


@pytest.mark.parametrize(
    ("name", "other"), [("a.nii.gz", "a.nii"), ("a.nii", "a.nii.gz"), ("a.nii.gz", "a.nrrd"), ("a.nrrd", "a.nii")]
)
def test_the_bytes_say_what_a_file_is_not_its_name(tmp_path, name, other):
    path, _ = written(tmp_path, name)
    path = path.rename(tmp_path / other)
    assert (read_volume(path)[0] == VALUES).all()
    assert header_voxels(path) == VALUES.size


@pytest.mark.parametrize("name", ["a.vtk", "a.tif", "a.mrc", "a.gipl"])
def test_kinds_whose_wholeness_nobody_can_tell_are_refused_by_name(tmp_path, name):
    path, _ = written(tmp_path, name)
    with pytest.raises(InputError, match=r"whether a [A-Z]+ file is whole"):
        read_volume(path)


@pytest.mark.skipif(os.name != "posix" or sys.platform == "darwin", reason="file names are always Unicode there")
def test_a_name_that_is_not_utf8_is_read(tmp_path):
    path, _ = written(tmp_path, "a.nrrd")
    path = path.rename(tmp_path / os.fsdecode(b"gr\xf6\xdfe.nrrd"))
    assert (read_volume(path)[0] == VALUES).all()


def dicom(path, uid=b"1.2.840.10008.5.1.4.1.1.2"):
    path.write_bytes(b"\0" * 128 + b"DICM" + uid + b"\0" * 200)


def test_folders_are_named_with_what_to_do(tmp_path, capfd):
    for name, told in (("empty", "is a folder"), ("series", "DICOM series"), ("seg", r"\(SEG\)"), ("files", "a.nrrd")):
        (tmp_path / name).mkdir()
        if name == "series":
            dicom(tmp_path / name / "IM0001")
        if name == "seg":
            (tmp_path / name / "below").mkdir()
            dicom(tmp_path / name / "below" / "1.dcm", b"1.2.840.10008.5.1.4.1.1.66.4")
        if name == "files":
            written(tmp_path / name, "a.nrrd")
        with pytest.raises(InputError, match="folder") as caught:
            read_volume(tmp_path / name)
        assert re.search(told, str(caught.value))
        assert header_voxels(tmp_path / name) is None
    with pytest.raises(InputError, match="cannot be read as DICOM"):
        read_volume(tmp_path / "seg" / "below" / "1.dcm")
    assert capfd.readouterr() == ("", ""), "no library writes to the terminal"


def test_things_that_are_no_files(tmp_path):
    (tmp_path / "empty.nii.gz").write_bytes(b"")
    (tmp_path / "loop.nrrd").symlink_to(tmp_path / "loop.nrrd")
    os.mkfifo(tmp_path / "pipe.nrrd")
    for name, told in (("empty.nii.gz", "0 bytes"), ("loop.nrrd", "leads to no file"), ("pipe.nrrd", "not a regular")):
        with pytest.raises(InputError, match=told):
            read_volume(tmp_path / name)


def test_a_series_of_volumes_says_how_many(tmp_path):
    sitk.WriteImage(sitk.Image((4, 4, 4, 3), sitk.sitkUInt8), str(tmp_path / "four.nii.gz"))
    with pytest.raises(GridError, match=r"4D \(4×4×4×3: 3 volumes in one file\)") as caught:
        read_volume(tmp_path / "four.nii.gz")
    assert "slice" not in str(caught.value)


def sform(path, rows, code=1):
    """Sets the sform of a NIfTI file; rows in RAS."""
    content = bytearray(path.read_bytes())
    content[254:256] = np.int16(code).tobytes()
    content[280:328] = np.array(rows, dtype="<f4").tobytes()
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(("shear", "taken"), [(4e-4, True), (5e-3, False)])
def test_a_small_shear_is_taken_with_a_note_and_more_is_refused(tmp_path, shear, taken):
    path, _ = written(tmp_path, "a.nii")
    sform(path, [[1.5, 0, 3 * shear, 0], [0, 1.5, 0, 0], [0, 0, 3, 0]])
    content = bytearray(path.read_bytes())
    content[252:254] = np.int16(0).tobytes()
    content[80:92] = np.array([1.5, 1.5, 3.0], dtype="<f4").tobytes()
    path.write_bytes(bytes(content))
    if not taken:
        with pytest.raises(GridError, match="sheared") as caught:
            read_volume(path)
        assert "resample" in caught.value.hint
        return
    with pytest.warns(VolumeWarning, match="sheared by 0.0004"):
        _, grid, _ = read_volume(path)
    axes = grid.ijk_to_ras[:3, :3] / grid.spacing_mm
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-7)
    np.testing.assert_allclose(grid.spacing_mm, [1.5, 1.5, 3.0], rtol=1e-5)


def test_two_positions_that_differ_are_noted(tmp_path):
    path, _ = written(tmp_path, "a.nii")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_volume(path)
    sform(path, [[-1, 0, 0, 40], [0, -1, 0, 0], [0, 0, 1, 0]])
    with pytest.warns(VolumeWarning, match="differ by up to 40 mm"):
        read_volume(path)


def test_two_sizes_of_a_voxel_are_refused(tmp_path):
    path, _ = written(tmp_path, "a.nii")
    sform(path, [[1.5, 0, 0, 0], [0, 1.5, 0, 0], [0, 0, 3, 0]])
    with pytest.raises(GridError, match=r"two sizes of a voxel: 1 × 1 × 1 mm .* 1.5 × 1.5 × 3 mm"):
        read_volume(path)


@pytest.mark.parametrize(("spacing", "told"), [(1000.0, "spans 22 m"), (0.001, "finer than any scan")])
def test_impossible_sizes_are_refused_by_name(tmp_path, spacing, told):
    image = sitk.GetImageFromArray(VALUES)
    image.SetSpacing((spacing,) * 3)
    sitk.WriteImage(image, str(tmp_path / "a.nrrd"))
    with pytest.raises(GridError, match=told) as caught:
        read_volume(tmp_path / "a.nrrd")
    assert "spacing" in caught.value.hint
