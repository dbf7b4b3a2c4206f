"""The structures that Sketch2CT knows: cube, default view, colour, codes. Torch-free, the single source of truth.

Cube sizes follow from extents measured on the training scans (bounding boxes in mm, R–L × A–P × S–I):

    structure                    n   median            largest          cube mm
    liver                       34   217 × 184 × 175   304 × 221 × 240      320
    spleen                      34    97 ×  95 ×  95   159 × 229 × 265      192 (one spleen of 3 litres does not fit)
    left, right kidney          34    70 ×  65 × 107    84 × 108 × 139      160
    aorta (abdominal part)      24    38 ×  72 × 233    82 × 125 × 350      352
    aortic vessel tree          14   104 × 118 × 425   188 × 159 × 690      704
    left atrium                 60   102 ×  58 ×  36   127 ×  81 ×  46      128
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import UnknownStructure

Modality = Literal["CT", "MR"]
_TERMINOLOGY = "Segmentation category and type - 3D Slicer General Anatomy list"
_REGIONS = "Anatomic codes - DICOM master list"


@dataclass(frozen=True)
class CodedTerm:
    """A term of a coding scheme, as DICOM and Slicer's terminologies write it."""

    value: str
    meaning: str
    scheme: str = "SCT"


@dataclass(frozen=True)
class Structure:
    """One anatomical structure.

    Args:
        name: Stable key, used in files and on the command line.
        title: Name for people.
        label: Value of this structure in prepared label cubes (1–255).
        cube_mm: Edge of the cube that holds it.
        view: Default view of its sketch; axial for volumetric organs, coronal or sagittal for tubular ones.
        tubular: Whether centreline numbers make sense.
        modality: Default modality of the second stage.
        color_rgb: Slicer's General Anatomy colour, 0–255.
        code: SNOMED CT type; side: optional laterality modifier.
    """

    name: str
    title: str
    label: int
    cube_mm: float
    view: Literal["axial", "coronal", "sagittal"]
    color_rgb: tuple[int, int, int]
    code: CodedTerm
    side: CodedTerm | None = None
    tubular: bool = False
    modality: Modality = "CT"
    aliases: tuple[str, ...] = ()


_LEFT = CodedTerm("7771000", "Left")
_RIGHT = CodedTerm("24028007", "Right")
_KIDNEY = CodedTerm("64033007", "Kidney")

STRUCTURES: tuple[Structure, ...] = (
    Structure("liver", "Liver", 1, 320.0, "axial", (221, 130, 101), CodedTerm("10200004", "Liver")),
    Structure("spleen", "Spleen", 2, 192.0, "axial", (157, 108, 162), CodedTerm("78961009", "Spleen")),
    Structure(
        "left_kidney", "Left kidney", 3, 160.0, "coronal", (185, 102, 83), _KIDNEY, _LEFT, aliases=("kidney_left",)
    ),
    Structure(
        "right_kidney", "Right kidney", 4, 160.0, "coronal", (185, 102, 83), _KIDNEY, _RIGHT, aliases=("kidney_right",)
    ),
    Structure(
        "aorta",
        "Aorta (abdominal part)",
        5,
        352.0,
        "sagittal",
        (224, 97, 76),
        CodedTerm("15825003", "Aorta"),
        tubular=True,
        aliases=("abdominal_aorta",),
    ),
    Structure(
        "aortic_tree",
        "Aortic vessel tree",
        6,
        704.0,
        "sagittal",
        (216, 101, 79),
        CodedTerm("15825003", "Aorta"),
        tubular=True,
        aliases=("whole_aorta",),
    ),
    Structure(
        "left_atrium",
        "Left atrium",
        7,
        128.0,
        "axial",
        (205, 83, 70),
        CodedTerm("82471001", "Left atrium"),
        modality="MR",
        aliases=("la",),
    ),
)

# Neighbours that appear in label cubes beside the target; not (yet) structures that can be generated.
NEIGHBOUR_LABELS: dict[str, int] = {
    "gallbladder": 20,
    "oesophagus": 21,
    "stomach": 22,
    "inferior_vena_cava": 23,
    "portal_and_splenic_veins": 24,
    "pancreas": 25,
    "right_adrenal_gland": 26,
    "left_adrenal_gland": 27,
}

STRUCTURE_NAMES: tuple[str, ...] = tuple(s.name for s in STRUCTURES)
_BY_NAME = {key: s for s in STRUCTURES for key in (s.name, *s.aliases)}


def structure(name: str) -> Structure:
    """The structure of that name or alias; spaces, hyphens and case do not matter.

    Raises:
        UnknownStructure: The catalog has none of that name.
    """
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    if key not in _BY_NAME:
        raise UnknownStructure(f"Unknown structure '{name}'.", hint=f"Choose one of {', '.join(STRUCTURE_NAMES)}.")
    return _BY_NAME[key]


def terminology_entry(name: str) -> str:
    """Slicer's terminology string of a structure: contexts, category, type, modifier, region.

    Raises:
        UnknownStructure: The catalog has none of that name.
    """
    entry = structure(name)
    codes = [f"{term.scheme}^{term.value}^{term.meaning}" if term else "^^" for term in (entry.code, entry.side)]
    return "~".join([_TERMINOLOGY, "SCT^123037004^Anatomical Structure", *codes, _REGIONS, "^^", "^^"])


def label_value(name: str) -> int:
    """The value of a structure or neighbour in prepared label cubes."""
    if name in NEIGHBOUR_LABELS:
        return NEIGHBOUR_LABELS[name]
    return structure(name).label
