"""One labelled scan in NIfTI, NRRD and DICOM: read back by independent readers on the same grid."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from Sketch2CTLib.errors import ConfigError, GridError, MissingDependency
from Sketch2CTLib.formats import LabelledVolume, needed, written_files
from Sketch2CTLib.formats.writing import MASK_OF, SCAN_OF
from Sketch2CTLib.frames import VoxelGrid, from_sitk, read_layers, read_volume

SHAPE = (12, 20, 28)
FIELDS = {"Synthetic": "1", "Sketch2CT_Version": "0.3.0", "Sketch2CT_Seed": "7", "Sketch2CT_Preset": "tiny"}


def turned_grid() -> VoxelGrid:
    """Uneven spacing, a turn of 20° about the long axis, and a middle away from the origin."""
    turn = np.deg2rad(20.0)
    axes = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]])
    affine = np.eye(4)
    affine[:3, :3] = axes * [1.25, 1.5, 2.5]
    affine[:3, 3] = [-33.123456, 17.7654321, -201.5]
    return VoxelGrid(SHAPE, affine)


def cube_grid() -> VoxelGrid:
    affine = np.diag([2.5, 2.5, 2.5, 1.0])
    affine[:3, 3] = [-40.0, -30.0, 120.0]
    return VoxelGrid(SHAPE, affine)


def kidneys(grid: VoxelGrid, modality: str = "CT") -> LabelledVolume:
    k, j, i = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for number, middle in enumerate((8, 20), start=1):
        labels[(i - middle) ** 2 + (j - 9) ** 2 + (k - 5) ** 2 < 17] = number
    values = (np.where(labels > 0, 110, -60) + 3 * i + j - 7 * k).astype(np.int16)
    made = datetime(2026, 1, 2, 3, 4, 5)
    return LabelledVolume(labels, ("left_kidney", "right_kidney"), grid, values, modality, FIELDS, "sample 1", made)


def mapped(image: sitk.Image, grid: VoxelGrid) -> np.ndarray:
    """The voxels of an image at the voxel centres of a grid; fails where they are not the same places."""
    seen = from_sitk(image)
    points = grid.to_ras(np.stack(np.meshgrid(*map(np.arange, SHAPE[::-1]), indexing="ij"), axis=-1))
    places = seen.to_ijk(points)
    whole = np.rint(places).astype(int)
    off_mm = np.abs((places - whole) * seen.spacing_mm).max()
    assert off_mm < 1e-4, f"the voxels lie {off_mm:.2g} mm apart"
    values = sitk.GetArrayFromImage(image)
    return values[whole[..., 2], whole[..., 1], whole[..., 0]].transpose(2, 1, 0)


@pytest.mark.parametrize("grid", [turned_grid(), cube_grid()], ids=["turned", "cube"])
@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_simpleitk_reads_a_dicom_series_on_the_same_grid(tmp_path: Path, grid: VoxelGrid, modality: str) -> None:
    volume = kidneys(grid, modality)
    names = written_files(volume, tmp_path, "dicom")
    assert len(names) == 1 + SHAPE[0]
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "volume")))
    image = reader.Execute()
    assert np.array_equal(mapped(image, grid), volume.values)


@pytest.mark.parametrize("grid", [turned_grid(), cube_grid()], ids=["turned", "cube"])
def test_a_dicom_segmentation_lies_on_its_scan(tmp_path: Path, grid: VoxelGrid) -> None:
    import highdicom as hd

    volume = kidneys(grid)
    written_files(volume, tmp_path, "dicom")
    series = hd.imread(tmp_path / "volume" / "0001.dcm")
    segmentation = hd.seg.segread(tmp_path / "mask.dcm")
    read = segmentation.get_volume(combine_segments=True)
    assert np.count_nonzero(read.array == 1) == np.count_nonzero(volume.labels == 1)
    assert segmentation.FrameOfReferenceUID == series.FrameOfReferenceUID
    assert [one.segment_label for one in segmentation.SegmentSequence] == ["Left kidney", "Right kidney"]
    layers, own, _ = read_layers(tmp_path / "mask.dcm")
    points = own.to_ras(np.argwhere(layers[..., 0] == 2)[:, ::-1])
    places = grid.to_ijk(points)
    assert np.abs(places - np.rint(places)).max() < 1e-4
    at = np.rint(places).astype(int)
    assert set(volume.labels[at[:, 2], at[:, 1], at[:, 0]]) == {2}
    assert len(points) == np.count_nonzero(volume.labels == 2)


def test_every_instance_says_that_it_is_synthetic_and_is_new(tmp_path: Path) -> None:
    from pydicom import dcmread

    volume = kidneys(cube_grid())
    written_files(volume, tmp_path / "a", "dicom")
    written_files(replace(volume, title="sample 2"), tmp_path / "b", "dicom")
    read = {name: [dcmread(one) for one in sorted((tmp_path / name).rglob("*.dcm"))] for name in "ab"}
    for one in [*read["a"], *read["b"]]:
        assert one.SyntheticData == "YES"
        assert one.Manufacturer == "Sketch2CT" and one.SoftwareVersions == "0.3.0"
    scans = [one for one in read["a"] if one.Modality == "CT"]
    assert all("SYNTHETIC" in one.ImageComments and "Sketch2CT_Seed" in one.ImageComments for one in scans)
    assert len({one.SOPInstanceUID for one in read["a"] + read["b"]}) == len(read["a"] + read["b"])
    assert len({one.StudyInstanceUID for one in read["a"]}) == 1
    assert read["a"][0].StudyInstanceUID != read["b"][0].StudyInstanceUID
    assert read["a"][0].PatientID != read["b"][0].PatientID


@pytest.mark.parametrize("form", ["nrrd", "nifti", "dicom"])
def test_the_same_content_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    digests = []
    for name in ("a", "b"):
        names = written_files(kidneys(turned_grid()), tmp_path / name, form)
        digests.append([hashlib.sha256((tmp_path / name / one).read_bytes()).hexdigest() for one in names])
    assert digests[0] == digests[1]


@pytest.mark.parametrize("form", ["nrrd", "nifti"])
def test_nrrd_and_nifti_hold_labels_and_scan(tmp_path: Path, form: str) -> None:
    volume = kidneys(turned_grid())
    written_files(volume, tmp_path, form)
    for name, wanted in ((MASK_OF[form], volume.labels), (SCAN_OF[form], volume.values)):
        array, grid, _ = read_volume(tmp_path / name)
        assert np.array_equal(array, wanted)
        assert np.abs(grid.ijk_to_ras - volume.grid.ijk_to_ras).max() < 1e-4


def test_a_nrrd_segmentation_names_every_organ(tmp_path: Path) -> None:
    written_files(kidneys(cube_grid()), tmp_path, "nrrd")
    _, _, fields = read_volume(tmp_path / "mask.seg.nrrd")
    assert [fields[f"Segment{n}_ID"] for n in (0, 1)] == ["left_kidney", "right_kidney"]
    assert fields["Segment1_LabelValue"] == "2" and fields["Synthetic"] == "1"
    assert "SCT^24028007^Right" in fields["Segment1_Tags"]


def test_what_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    volume = kidneys(cube_grid())
    with pytest.raises(ConfigError, match="refers to a scan"):
        written_files(replace(volume, values=None), tmp_path, "dicom")
    with pytest.raises(ConfigError, match="Unknown format 'tiff'"):
        written_files(volume, tmp_path, "tiff")
    with pytest.raises(GridError, match="one shape"):
        replace(volume, values=volume.values[1:])
    with pytest.raises(ConfigError, match="no structure"):
        replace(volume, structures=("left_kidney",))
    monkeypatch.setattr(needed, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"pip install -e \"\.\[dicom\]\""):
        written_files(volume, tmp_path, "dicom")
