"""The catalog: names found however they are written, values that files can hold."""

import pytest

from Sketch2CTLib.catalog import (
    NEIGHBOUR_LABELS,
    STRUCTURE_NAMES,
    STRUCTURES,
    label_value,
    structure,
    terminology_entry,
)
from Sketch2CTLib.errors import UnknownStructure
from Sketch2CTLib.frames import VIEWS


def test_the_structures_of_the_first_version_are_there():
    assert {"liver", "aorta", "left_atrium", "spleen", "left_kidney", "right_kidney"} <= set(STRUCTURE_NAMES)


@pytest.mark.parametrize("written", ["left_kidney", "Left Kidney", " left-kidney ", "kidney_left", "LEFT_KIDNEY"])
def test_a_name_is_found_however_it_is_written(written):
    assert structure(written).name == "left_kidney"


def test_an_unknown_name_is_quoted_with_the_choices():
    with pytest.raises(UnknownStructure, match=r"'brain'.*liver.*left_atrium") as caught:
        structure("brain")
    assert caught.value.exit_status == 2


def test_names_and_aliases_are_unambiguous():
    keys = [key for entry in STRUCTURES for key in (entry.name, *entry.aliases)]
    assert len(keys) == len(set(keys))


def test_labels_fit_a_byte_and_are_unique():
    labels = [entry.label for entry in STRUCTURES] + list(NEIGHBOUR_LABELS.values())
    assert len(labels) == len(set(labels))
    assert all(1 <= label <= 255 for label in labels)


@pytest.mark.parametrize("entry", STRUCTURES, ids=lambda entry: entry.name)
def test_every_entry_can_be_used(entry):
    assert entry.view in VIEWS
    assert 64 <= entry.cube_mm <= 1024
    assert entry.modality in ("CT", "MR")
    assert entry.code.scheme == "SCT" and entry.code.value.isdigit()
    assert all(0 <= channel <= 255 for channel in entry.color_rgb)


# The largest bounding boxes measured on the training scans, as the module's docstring tables them.
@pytest.mark.parametrize(
    ("name", "largest_mm"),
    [("liver", 304), ("left_kidney", 139), ("aorta", 350), ("aortic_tree", 690), ("left_atrium", 127)],
)
def test_the_cube_holds_the_largest_measured_body(name, largest_mm):
    assert structure(name).cube_mm >= largest_mm


def test_sides_are_told_apart_by_their_codes():
    left, right = structure("left_kidney"), structure("right_kidney")
    assert left.code == right.code
    assert (left.side.value, right.side.value) == ("7771000", "24028007")


def test_label_values_cover_structures_and_neighbours():
    assert label_value("liver") == 1
    assert label_value("kidney_right") == structure("right_kidney").label
    assert label_value("pancreas") == NEIGHBOUR_LABELS["pancreas"]
    with pytest.raises(UnknownStructure):
        label_value("brain")


def test_terminology_is_written_as_slicer_does():
    assert terminology_entry("liver") == (
        "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure"
        "~SCT^10200004^Liver~^^~Anatomic codes - DICOM master list~^^~^^"
    )
    assert "~SCT^64033007^Kidney~SCT^7771000^Left~" in terminology_entry("left_kidney")
    with pytest.raises(UnknownStructure):
        terminology_entry("wing")
