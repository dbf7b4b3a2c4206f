"""DICOM segmentations and structure sets, read as masks and contexts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from Sketch2CTLib.data.masks import read_mask
from Sketch2CTLib.errors import GridError, InputError
from Sketch2CTLib.formats import LabelledVolume
from Sketch2CTLib.formats.dicom_seg import write_segmentation
from Sketch2CTLib.formats.dicom_series import write_series
from Sketch2CTLib.frames import VoxelGrid, header_voxels, read_layers
from Sketch2CTLib.generation.volumes.context_files import read_context

RADIUS_MM, STEP_MM = 20.0, 3.0


def scan(shape=(16, 40, 44)):
    affine = np.diag([1.5, 1.5, STEP_MM, 1.0])
    affine[:3, 3] = [-30.0, -25.0, 100.0]
    labels = np.zeros(shape, dtype=np.uint8)
    labels[3:9, 10:20, 12:22] = 1
    labels[9:12, 10:20, 25:35] = 2
    values = np.where(labels > 0, 60, -80).astype(np.int16)
    return LabelledVolume(labels, ("spleen", "left_kidney"), VoxelGrid(shape, affine), values)


def structure_set(path: Path, rings, *, series: str = "1.2.3") -> Path:
    """A structure set of circles: rings are (name, [(centre LPS, radius mm), …])."""
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid

    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, RTStructureSetStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    one = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    one.SOPClassUID, one.SOPInstanceUID = RTStructureSetStorage, meta.MediaStorageSOPInstanceUID
    one.Modality = "RTSTRUCT"
    referred, study, frame = Dataset(), Dataset(), Dataset()
    referred.SeriesInstanceUID = series
    study.RTReferencedSeriesSequence, frame.RTReferencedStudySequence = [referred], [study]
    one.ReferencedFrameOfReferenceSequence = [frame]
    one.StructureSetROISequence, one.ROIContourSequence = [], []
    for number, (name, circles) in enumerate(rings, start=1):
        told, region = Dataset(), Dataset()
        told.ROINumber, told.ROIName, region.ReferencedROINumber = number, name, number
        region.ContourSequence = []
        for (x, y, z), radius in circles:
            turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
            points = np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn), np.full_like(turn, z)])
            contour = Dataset()
            contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
            contour.ContourData = [f"{value:.6g}" for value in points.ravel()]
            region.ContourSequence.append(contour)
        one.StructureSetROISequence.append(told)
        one.ROIContourSequence.append(region)
    one.save_as(path, enforce_file_format=True)
    return path


def tube(name="Liver", middle=(10.0, -20.0), inner: float = 0.0):
    """A cylinder along the body, hollow with an inner radius."""
    circles = [((*middle, 50.0 + STEP_MM * n), RADIUS_MM) for n in range(10)]
    return name, circles + [((*middle, 50.0 + STEP_MM * n), inner) for n in range(10) if inner]


def test_a_dicom_segmentation_is_a_mask_and_a_context(tmp_path: Path) -> None:
    volume = scan()
    slices = write_series(volume, tmp_path / "volume")
    path = tmp_path / "seg.dcm"
    write_segmentation(volume, slices, path)
    body, grid = read_mask(path, "Left kidney")
    assert np.count_nonzero(body) == np.count_nonzero(volume.labels == 2)
    middle = grid.to_ras(np.argwhere(body)[:, ::-1]).mean(axis=0)
    wanted = volume.grid.to_ras(np.argwhere(volume.labels == 2)[:, ::-1]).mean(axis=0)
    assert np.abs(middle - wanted).max() < 1e-4
    assert np.array_equal(np.unique(read_context(path).labels), [0, 2, 3])  # the catalog's own values
    assert header_voxels(path) >= volume.labels.size
    with pytest.raises(InputError, match="holds 2 segments"):
        read_mask(path)


def test_a_structure_set_is_filled_on_its_own_planes(tmp_path: Path) -> None:
    path = structure_set(tmp_path / "rs.dcm", [tube()])
    body, grid = read_mask(path)
    assert np.allclose(grid.spacing_mm, [1.0, 1.0, STEP_MM])
    volume_ml = np.count_nonzero(body) * grid.voxel_ml
    assert volume_ml == pytest.approx(np.pi * RADIUS_MM**2 * 10 * STEP_MM / 1000, rel=0.01)
    middle = grid.to_ras(np.argwhere(body)[:, ::-1]).mean(axis=0)
    assert np.allclose(middle, [-10.0, 20.0, 50.0 + STEP_MM * 4.5], atol=0.1)  # RAS of the LPS middle
    assert np.array_equal(np.unique(read_context(path).labels), [0, 1])
    assert header_voxels(path) is None


def test_a_ring_within_a_ring_is_a_hole(tmp_path: Path) -> None:
    body, grid = read_mask(structure_set(tmp_path / "rs.dcm", [tube(inner=10.0)]))
    volume_ml = np.count_nonzero(body) * grid.voxel_ml
    assert volume_ml == pytest.approx(np.pi * (RADIUS_MM**2 - 10.0**2) * 10 * STEP_MM / 1000, rel=0.02)


def test_a_structure_set_beside_its_scan_lies_on_the_scans_grid(tmp_path: Path) -> None:
    volume = scan()
    slices = write_series(volume, tmp_path)
    series = str(pydicom.dcmread(slices[0]).SeriesInstanceUID)
    rings = ("Spleen", [((5.0, 0.0, 100.0 + STEP_MM * n), 12.0) for n in range(4, 9)])
    body, grid = read_mask(structure_set(tmp_path / "rs.dcm", [rings], series=series))
    assert body.shape == volume.grid.shape_kji and np.allclose(grid.spacing_mm, volume.grid.spacing_mm)
    middle = grid.to_ras(np.argwhere(body)[:, ::-1]).mean(axis=0)
    assert np.allclose(middle, [-5.0, 0.0, 100.0 + STEP_MM * 6], atol=0.2)


def test_regions_that_overlap_are_layers_of_their_own(tmp_path: Path) -> None:
    path = structure_set(tmp_path / "rs.dcm", [tube(), tube("GTV", inner=10.0)])
    layers, _, fields = read_layers(path)
    assert layers.shape[-1] == 2 and fields["Segment1_Layer"] == "1"
    whole, hollow = (np.count_nonzero(read_mask(path, name)[0]) for name in ("Liver", "GTV"))
    assert hollow < whole


def test_what_is_no_such_file_is_told(tmp_path: Path) -> None:
    path = structure_set(tmp_path / "rs.dcm", [tube()])
    (tmp_path / "cut.dcm").write_bytes(path.read_bytes()[:600])
    with pytest.raises(InputError, match=r"cannot be read as DICOM|regions"):
        read_mask(tmp_path / "cut.dcm")
    flat = structure_set(tmp_path / "flat.dcm", [("Liver", [((0.0, 0.0, 5.0), 20.0)])])
    with pytest.raises(InputError, match="one slice"):
        read_mask(flat)
    with pytest.raises(GridError, match="one slice"):
        read_layers(flat)
