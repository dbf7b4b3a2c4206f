"""Labels as a DICOM segmentation that refers to the slices of its scan (extra 'dicom')."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import catalog
from ..atomic import written_beside
from .dicom_series import MANUFACTURER, Slices, mark_synthetic, new_uid
from .labelled import LabelledVolume
from .needed import require_dicom

_ALGORITHM = "Sketch2CT"


def write_segmentation(volume: LabelledVolume, slices: Sequence[Path], path: Path) -> None:
    """Writes the labels as one binary segmentation, a segment a structure, coded as the catalog says.

    Args:
        volume: Labels and scan.
        slices: The scan's files, as `write_series` gave them.
        path: Of the segmentation.

    Raises:
        MissingDependency: The extra 'dicom' is not installed.
        OutputError: It cannot be written.
    """
    require_dicom()
    import highdicom as hd
    import numpy as np
    from pydicom import dcmread

    labels = np.ascontiguousarray(volume.labels[Slices.of(volume.grid).order])
    version = volume.fields.get("Sketch2CT_Version", "0")
    segmentation = hd.seg.Segmentation(
        source_images=[dcmread(one) for one in slices],
        pixel_array=labels,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[_described(number, name, version) for number, name in enumerate(volume.structures, 1)],
        series_instance_uid=new_uid(volume, "series of the segmentation"),
        series_number=2,
        sop_instance_uid=new_uid(volume, "segmentation"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=_ALGORITHM,
        software_versions=version,
        device_serial_number=volume.fields.get("Sketch2CT_Seed", "0"),
        content_description="Synthetic segmentation",
        content_label="SYNTHETIC",
        omit_empty_frames=False,
        series_description=f"Synthetic segmentation: {volume.title}"[:64],
    )
    mark_synthetic(segmentation, volume)
    for segment, name in zip(segmentation.SegmentSequence, volume.structures, strict=True):
        _add_side(segment, name)
    segmentation.DimensionOrganizationSequence[0].DimensionOrganizationUID = new_uid(volume, "dimensions")
    for dimension in segmentation.DimensionIndexSequence:
        dimension.DimensionOrganizationUID = new_uid(volume, "dimensions")
    date, time = volume.made.strftime("%Y%m%d"), volume.made.strftime("%H%M%S")
    for keyword in ("ContentDate", "SeriesDate", "InstanceCreationDate"):
        setattr(segmentation, keyword, date)
    for keyword in ("ContentTime", "SeriesTime", "InstanceCreationTime"):
        setattr(segmentation, keyword, time)
    for equipment in segmentation.get("ContributingEquipmentSequence", []):  # the library's own entry
        equipment.ContributionDateTime = date + time
    with written_beside(path) as beside:
        segmentation.save_as(beside, enforce_file_format=True)


def _described(number: int, name: str, version: str) -> Any:
    import highdicom as hd
    from pydicom.sr.codedict import codes

    structure = catalog.structure(name)
    code = structure.code
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=structure.title,
        segmented_property_category=hd.sr.CodedConcept("123037004", "SCT", "Anatomical Structure"),
        segmented_property_type=hd.sr.CodedConcept(code.value, code.scheme, code.meaning),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=_ALGORITHM, family=codes.DCM.ArtificialIntelligence, version=version
        ),
        display_color=hd.color.CIELabColor.from_rgb(*structure.color_rgb),
    )


def _add_side(segment: Any, name: str) -> None:
    """Left and right are modifiers of the type."""
    import highdicom as hd

    side = catalog.structure(name).side
    if side is not None:
        modifier = hd.sr.CodedConcept(side.value, side.scheme, side.meaning)
        segment.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [modifier]
