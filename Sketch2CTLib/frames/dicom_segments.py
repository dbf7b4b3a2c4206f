"""DICOM segmentations (SEG) and structure sets (RTSTRUCT) as layers of labels with the fields of a Slicer segmentation.

Needs pydicom and highdicom (extra 'dicom').
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import GridError, InputError, MissingDependency, install_hint
from .grid import LPS_RAS, VoxelGrid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Layers = NDArray[np.uint8]
Read = tuple[Layers, VoxelGrid, dict[str, str]]
Contours = list[NDArray[np.float64]]  # (N, 3) LPS mm each, closed

_PIXEL_MM = 1.0  # of a structure set that has no scan beside it
_MARGIN = 3  # pixels around it
_OFF_PLANE_MM = 0.1  # that the points of a contour may lie apart along the normal
_MOST_SEGMENTS = 255
_TERMINOLOGY = "Segmentation category and type - DICOM master list"
_LOST = "Put the structure set into the folder of its scan's slices."


def read_segmentation(path: Path) -> Read:
    """The layers of a DICOM segmentation: one with its segments' numbers where none overlap, else one a segment.

    Raises:
        InputError: It is damaged.
        GridError: Its frames are not the slices of one volume.
        MissingDependency: The extra 'dicom' is not installed.
    """
    with _dicom(path):
        import highdicom as hd

        segmentation = hd.seg.segread(path)
        if segmentation.segmentation_type == hd.seg.SegmentationTypeValues.FRACTIONAL:
            fractional = {"Segmentation_MasterRepresentation": "Fractional labelmap"}
        else:
            fractional = {}
        numbers = list(segmentation.segment_numbers)
        if not 0 < len(numbers) <= _MOST_SEGMENTS:
            raise InputError(f"'{path.name}' has {len(numbers)} segments.", hint="Export it again.")
        try:
            volume = segmentation.get_volume(combine_segments=False, segment_numbers=numbers)
        except (RuntimeError, ValueError) as error:
            raise GridError(
                f"The frames of '{path.name}' are not the slices of one volume ({error}).", hint="Export it again."
            ) from error
        array = np.asarray(volume.array)
        described = [segmentation.get_segment_description(number) for number in numbers]
    columns = np.asarray(volume.affine, dtype=np.float64)[:, [2, 1, 0, 3]]  # from slice, row, column to i, j, k
    layers = (array > 0).astype(np.uint8)
    segments = [(one.segment_label, _tags(one), _id(one)) for one in described]
    return _as_layers(layers, VoxelGrid(layers.shape[:3], LPS_RAS @ columns), segments, fractional)


def read_structure_set(path: Path) -> Read:
    """The regions of a structure set, filled: on the grid of the scan beside it, else on one of its own.

    Of one region the contours of a slice fill what an odd number of them encloses, so that holes stay open.

    Raises:
        InputError: It is damaged, or holds no closed contour.
        GridError: Its contours do not lie on the slices of a grid.
        MissingDependency: The extra 'dicom' is not installed.
    """
    with _dicom(path):
        from pydicom import dcmread

        structures = dcmread(path)
        names = {int(one.ROINumber): str(one.ROIName) for one in structures.StructureSetROISequence}
        regions = [
            (names.get(int(one.ReferencedROINumber), f"Region {one.ReferencedROINumber}"), contours)
            for one in structures.ROIContourSequence
            if (contours := list(_closed(one)))
        ]
        if not 0 < len(regions) <= _MOST_SEGMENTS:
            raise InputError(f"'{path.name}' has {len(regions)} regions with closed contours.", hint="Export it again.")
        grid = _scan_beside(path, structures) or _own_grid([one for _, some in regions for one in some], path)
    layers = np.stack([_filled(contours, grid, path) for _, contours in regions], axis=-1)
    return _as_layers(layers, grid, [(name, "", name) for name, _ in regions], {})


def stored_voxels(path: Path) -> int | None:
    """How many voxels a DICOM segmentation says that it holds; None of a structure set, which holds none."""
    with _dicom(path):
        from pydicom import dcmread

        header = dcmread(path, stop_before_pixels=True, specific_tags=["Rows", "Columns", "NumberOfFrames"])
    if "Rows" not in header:
        return None
    return int(header.Rows) * int(header.Columns) * int(header.get("NumberOfFrames", 1) or 1)


@contextmanager
def _dicom(path: Path) -> Iterator[None]:
    """Within it DICOM is read; whatever is wrong with the file is one line.

    Raises:
        InputError: The block could not read it.
        MissingDependency: A package is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"'{path.name}' is DICOM: reading it needs the package '{error.name}'.", hint=install_hint("dicom")
        ) from error
    except (InputError, MissingDependency):
        raise
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, RuntimeError, EOFError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"'{path.name}' cannot be read as DICOM ({reason}).", hint="Export it again.") from error


def _as_layers(
    bodies: Layers, grid: VoxelGrid, segments: Sequence[tuple[str, str, str]], fields: dict[str, str]
) -> Read:
    """One layer of numbers where no two bodies overlap, else theirs; with a field for each segment."""
    apart = int(bodies.sum(axis=-1, dtype=np.uint16).max(initial=0)) <= 1
    if apart:
        bodies = (bodies * np.arange(1, bodies.shape[-1] + 1, dtype=np.uint8)).sum(axis=-1, dtype=np.uint8)[..., None]
    for number, (name, tags, id) in enumerate(segments):
        told = {"ID": id, "Name": name, "Tags": tags}
        told |= {"LabelValue": str(number + 1 if apart else 1), "Layer": str(0 if apart else number)}
        fields |= {f"Segment{number}_{key}": text for key, text in told.items()}
    return np.ascontiguousarray(bodies), grid, fields


def _id(segment: Dataset) -> str:
    kind = segment.SegmentedPropertyTypeCodeSequence[0]
    return str(kind.CodeMeaning)


def _tags(segment: Dataset) -> str:
    """The terminology of a segment, as Slicer writes it."""
    category, kind = segment.SegmentedPropertyCategoryCodeSequence[0], segment.SegmentedPropertyTypeCodeSequence[0]
    side = next(iter(kind.get("SegmentedPropertyTypeModifierCodeSequence", [])), None)
    codes = [
        "^^" if one is None else f"{one.CodingSchemeDesignator}^{one.CodeValue}^{one.CodeMeaning}"
        for one in (category, kind, side)
    ]
    return f"TerminologyEntry:{'~'.join([_TERMINOLOGY, *codes, '', '^^', '^^'])}|"


def _closed(region: Any) -> Iterator[NDArray[np.float64]]:
    """The closed contours of a region, LPS mm."""
    for one in region.get("ContourSequence", []):
        if str(one.ContourGeometricType).startswith("CLOSED"):
            yield np.asarray(one.ContourData, dtype=np.float64).reshape(-1, 3)


def _scan_beside(path: Path, structures: Dataset) -> VoxelGrid | None:
    """The grid of the series that a structure set refers to, where its slices lie in the same folder."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    wanted = {
        str(series.SeriesInstanceUID)
        for frame in structures.get("ReferencedFrameOfReferenceSequence", [])
        for study in frame.get("RTReferencedStudySequence", [])
        for series in study.get("RTReferencedSeriesSequence", [])
    }
    slices = []
    for one in sorted(path.parent.iterdir()):
        if one == path or not one.is_file():
            continue
        try:
            header = dcmread(one, stop_before_pixels=True)
        except (InvalidDicomError, OSError):
            continue
        if str(header.get("SeriesInstanceUID", "")) in wanted and "ImagePositionPatient" in header:
            slices.append(header)
    if len(slices) < 2:
        return None
    return _grid_of(slices, path)


def _grid_of(slices: list[Dataset], path: Path) -> VoxelGrid:
    """The grid of slices.

    Raises:
        GridError: They are not evenly spaced.
    """
    row, column = np.asarray(slices[0].ImageOrientationPatient, dtype=np.float64).reshape(2, 3)
    normal = np.cross(row, column)
    positions = np.array([one.ImagePositionPatient for one in slices], dtype=np.float64)
    positions = positions[np.argsort(positions @ normal)]
    steps = np.diff(positions @ normal)
    if np.ptp(steps) > _OFF_PLANE_MM or steps.min() <= 0:
        raise GridError(f"The slices beside '{path.name}' are not evenly spaced.", hint="Resample the scan first.")
    down, across = (float(mm) for mm in slices[0].PixelSpacing)
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([row * across, column * down, normal * steps.mean()])
    affine[:3, 3] = positions[0]
    return VoxelGrid((len(slices), int(slices[0].Rows), int(slices[0].Columns)), LPS_RAS @ affine)


def _own_grid(contours: Contours, path: Path) -> VoxelGrid:
    """A grid of axial slices at the contours' own planes.

    Raises:
        GridError: They are not axial, or on one slice alone.
    """
    if any(np.ptp(one[:, 2]) > _OFF_PLANE_MM for one in contours):
        raise GridError(f"The contours of '{path.name}' are not axial.", hint=_LOST)
    planes = np.unique(np.round([one[0, 2] for one in contours], 3))
    steps = np.diff(planes)
    steps = steps[steps > _OFF_PLANE_MM]
    if not len(steps):
        raise GridError(f"The contours of '{path.name}' lie on one slice.", hint=_LOST)
    step = float(steps.min())
    points = np.concatenate(contours)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    first = np.floor(low / _PIXEL_MM) * _PIXEL_MM - _MARGIN * _PIXEL_MM
    width, height = (int(n) for n in np.ceil((high - first) / _PIXEL_MM) + _MARGIN)
    affine = np.diag([_PIXEL_MM, _PIXEL_MM, step, 1.0])
    affine[:3, 3] = [*first, planes[0]]
    return VoxelGrid((round(float(planes[-1] - planes[0]) / step) + 1, height, width), LPS_RAS @ affine)


def _filled(contours: Contours, grid: VoxelGrid, path: Path) -> Layers:
    """(D, H, W) what an odd number of contours encloses.

    Raises:
        GridError: A contour lies between the slices or beyond the grid.
    """
    from skimage.draw import polygon

    body = np.zeros(grid.shape_kji, dtype=np.uint8)
    for one in contours:
        points = grid.to_ijk(one * LPS_RAS.diagonal()[:3])
        layer = round(float(points[:, 2].mean()))
        if np.abs(points[:, 2] - layer).max() > 0.5 or not 0 <= layer < grid.shape_kji[0]:
            raise GridError(f"A contour of '{path.name}' lies on no slice of its scan.", hint=_LOST)
        rows, columns = polygon(points[:, 1], points[:, 0], grid.shape_kji[1:])
        body[layer, rows, columns] ^= 1
    return body
