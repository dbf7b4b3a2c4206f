"""The structures that Sketch2CT knows: cube, default view, colour, codes. Torch-free, the single source of truth.

Cube sizes follow from extents measured on the training scans (bounding boxes in mm, R–L × A–P × S–I):

    structure                    n   median            largest          cube mm
    liver                       34   217 × 184 × 175   304 × 221 × 240      320
    spleen                      34    97 ×  95 ×  95   159 × 229 × 265      192 (one spleen of 3 litres does not fit)
    left, right kidney          34    70 ×  65 × 107    84 × 108 × 139      160
    aorta (abdominal part)      24    38 ×  72 × 233    82 × 125 × 350      352
    aortic vessel tree          14   104 × 118 × 425   188 × 159 × 690      704
    left atrium                 60   102 ×  58 ×  36   127 ×  81 ×  46      128

Structures of the user's own join them at run time (`join`): a data set, a model or a server brings their entries, see
`own_structures`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .errors import ConfigError, UnknownStructure

Modality = Literal["CT", "MR"]
_TERMINOLOGY = "Segmentation category and type - 3D Slicer General Anatomy list"
_PLACES = "Anatomic codes - DICOM master list"


@dataclass(frozen=True)
class CodedTerm:
    """A term of a coding scheme, as DICOM and Slicer's terminologies write it."""

    value: str
    meaning: str
    scheme: str = "SCT"


_ANATOMY = CodedTerm("123037004", "Anatomical Structure")


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
        code: SNOMED CT type; side: optional laterality modifier; category: Slicer's category of the code.
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
    category: CodedTerm = _ANATOMY


LEFT, RIGHT = CodedTerm("7771000", "Left"), CodedTerm("24028007", "Right")
_KIDNEY = CodedTerm("64033007", "Kidney")

STRUCTURES: tuple[Structure, ...] = (
    Structure("liver", "Liver", 1, 320.0, "axial", (221, 130, 101), CodedTerm("10200004", "Liver")),
    Structure("spleen", "Spleen", 2, 192.0, "axial", (157, 108, 162), CodedTerm("78961009", "Spleen")),
    Structure(
        "left_kidney", "Left kidney", 3, 160.0, "coronal", (185, 102, 83), _KIDNEY, LEFT, aliases=("kidney_left",)
    ),
    Structure(
        "right_kidney", "Right kidney", 4, 160.0, "coronal", (185, 102, 83), _KIDNEY, RIGHT, aliases=("kidney_right",)
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


@dataclass(frozen=True)
class Region:
    """A neighbour or a tissue: what stands in label cubes and layouts, and cannot be generated alone.

    Args:
        name, title, label, color_rgb, code, side: As of a structure.
        category: Slicer's category of the code.
    """

    name: str
    title: str
    label: int
    color_rgb: tuple[int, int, int]
    code: CodedTerm
    side: CodedTerm | None = None
    category: CodedTerm = _ANATOMY


_ADRENAL = CodedTerm("23451007", "Adrenal gland")

# Neighbours that appear in label cubes beside the target; not (yet) structures that can be generated.
NEIGHBOURS: tuple[Region, ...] = (
    Region("gallbladder", "Gallbladder", 20, (139, 150, 98), CodedTerm("28231008", "Gallbladder")),
    Region("oesophagus", "Oesophagus", 21, (211, 171, 143), CodedTerm("32849002", "Esophagus")),
    Region("stomach", "Stomach", 22, (216, 132, 105), CodedTerm("69695003", "Stomach")),
    Region("inferior_vena_cava", "Inferior vena cava", 23, (0, 151, 206), CodedTerm("64131007", "Inferior vena cava")),
    Region(
        "portal_and_splenic_veins", "Portal and splenic veins", 24, (0, 112, 165), CodedTerm("32764006", "Portal vein")
    ),
    Region("pancreas", "Pancreas", 25, (249, 180, 111), CodedTerm("15776009", "Pancreas")),
    Region("right_adrenal_gland", "Right adrenal gland", 26, (249, 186, 150), _ADRENAL, RIGHT),
    Region("left_adrenal_gland", "Left adrenal gland", 27, (249, 186, 150), _ADRENAL, LEFT),
)
NEIGHBOUR_LABELS: dict[str, int] = {one.name: one.label for one in NEIGHBOURS}

_TISSUE = CodedTerm("85756007", "Tissue")
_SUBSTANCE = CodedTerm("91720002", "Body Substance")
_OBJECT = CodedTerm("260787004", "Physical object")

# What fills a layout between the organs. `object` is a table, a blanket or an arm cut by the field of view; `bright` is
# contrast in bowel and vessels; the last three are thirds of an MR scan's body, from dark to bright.
TISSUES: tuple[Region, ...] = (
    Region("outside", "Air outside of the body", 40, (10, 12, 20), CodedTerm("15158005", "Air"), category=_SUBSTANCE),
    Region("object", "Table and other objects", 41, (90, 90, 120), _OBJECT, category=_OBJECT),
    Region("gas", "Gas in the body", 42, (60, 90, 150), CodedTerm("74947009", "Gas"), category=_SUBSTANCE),
    Region("lung", "Lung", 43, (110, 150, 180), CodedTerm("39607008", "Lung")),
    Region("fat", "Fat", 44, (230, 220, 70), CodedTerm("55603005", "Adipose tissue"), category=_TISSUE),
    Region(
        "soft_tissue",
        "Muscle and other soft tissue",
        45,
        (150, 80, 70),
        CodedTerm("87784001", "Soft tissue"),
        category=_TISSUE,
    ),
    Region(
        "bright",
        "Contrast in bowel and vessels",
        46,
        (250, 250, 250),
        CodedTerm("385420005", "Contrast agent"),
        category=_SUBSTANCE,
    ),
    Region("bone", "Bone", 47, (241, 214, 145), CodedTerm("272673000", "Bone"), category=_TISSUE),
    Region("dark_tissue", "Dark third of the body in MR", 48, (70, 60, 60), _TISSUE, category=_TISSUE),
    Region("grey_tissue", "Middle third of the body in MR", 49, (130, 110, 105), _TISSUE, category=_TISSUE),
    Region("bright_tissue", "Bright third of the body in MR", 50, (200, 185, 180), _TISSUE, category=_TISSUE),
)

# Of Sketch2CT itself; `structures` gives those of the user's own as well.
STRUCTURE_NAMES: tuple[str, ...] = tuple(s.name for s in STRUCTURES)
_BY_NAME = {key: s for s in STRUCTURES for key in (s.name, *s.aliases)}
_OWN: dict[str, Structure] = {}  # in the order in which they joined
_REGIONS: dict[str, Region] = {one.name: one for one in (*NEIGHBOURS, *TISSUES)}
_TISSUE_NAMES = {one.name for one in TISSUES}
_OWN_ROWS = 255  # for every label value


def structures() -> tuple[Structure, ...]:
    """All structures: those of Sketch2CT, then those of the user's own that have joined."""
    return (*STRUCTURES, *_OWN.values())


def names() -> tuple[str, ...]:
    """The names of all structures, in the same order."""
    return (*STRUCTURE_NAMES, *_OWN)


def all_regions() -> tuple[Structure | Region, ...]:
    """All structures, neighbours and tissues; a neighbour that became a structure is there once."""
    return (*structures(), *(one for one in (*NEIGHBOURS, *TISSUES) if one.name not in _OWN))


def join(own: Iterable[Structure]) -> None:
    """Lets structures of the user's own join the catalog, all or none; one that is there already stays as it is.

    A neighbour may become a structure: it keeps its label value, so that cubes that hold it as a neighbour still do.

    Raises:
        ConfigError: A name, an alias or a label value is another structure's, or one of that name is defined otherwise.
    """
    joined = dict(_OWN)
    for one in own:
        if joined.get(one.name) != one:
            _require_free(one, (*STRUCTURES, *joined.values()))
            joined[one.name] = one
    _OWN.update(joined)


def _require_free(one: Structure, taken: tuple[Structure, ...]) -> None:
    if one.name in _TISSUE_NAMES:
        raise ConfigError(f"'{one.name}' is the name of a tissue of layouts.", hint="Choose another name.")
    for other in taken:
        if other.name == one.name:
            kind = "a structure of Sketch2CT" if other in STRUCTURES else "known already, and defined otherwise"
            raise ConfigError(f"'{one.name}' is {kind}.", hint="Choose another name, or use its definition as it is.")
        if same := {one.name, *one.aliases} & {other.name, *other.aliases}:
            raise ConfigError(f"'{min(same)}' is a name of '{other.name}' too.", hint="Choose another name or alias.")
    known: tuple[Structure | Region, ...] = (*taken, *NEIGHBOURS, *TISSUES)
    for region in known:
        if (region.label == one.label) != (region.name == one.name):
            raise ConfigError(
                f"The label value {one.label} of '{one.name}' is not free: '{region.name}' has {region.label}.",
                hint="Leave 'label' out, or choose another from 60 to 249.",
            )


def structure(name: str) -> Structure:
    """The structure of that name or alias; spaces, hyphens and case do not matter.

    Raises:
        UnknownStructure: The catalog has none of that name.
    """
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    found = _BY_NAME.get(key) or next((one for one in _OWN.values() if key in (one.name, *one.aliases)), None)
    if found is None:
        raise UnknownStructure(f"Unknown structure '{name}'.", hint=f"Choose one of {', '.join(names())}.")
    return found


def place(name: str) -> int:
    """The row of a structure in the tables of networks, from 0: its label value less one.

    Raises:
        UnknownStructure: The catalog has none of that name.
    """
    return structure(name).label - 1


def rows(trained: Iterable[str]) -> int:
    """How many rows such tables have in networks for these structures; more where any is the user's own.

    Raises:
        UnknownStructure: The catalog has none of that name.
    """
    return max((_OWN_ROWS for name in trained if structure(name).name in _OWN), default=len(STRUCTURES))


def region(name: str) -> Structure | Region:
    """The structure, neighbour or tissue of that name.

    Raises:
        UnknownStructure: The catalog has none of that name.
    """
    return _REGIONS[name] if name in _REGIONS and name not in _OWN else structure(name)


def region_of(label: int) -> Structure | Region:
    """What a label value of prepared cubes and layouts means.

    Raises:
        UnknownStructure: The catalog has no such value.
    """
    for one in all_regions():
        if one.label == label:
            return one
    raise UnknownStructure(f"No structure or tissue has the label value {label}.", hint="See catalog.py.")


def terminology_entry(name: str) -> str:
    """Slicer's terminology string of a structure, neighbour or tissue: contexts, category, type, modifier, region.

    Raises:
        UnknownStructure: The catalog has none of that name.
    """
    entry = region(name)
    codes = [
        f"{term.scheme}^{term.value}^{term.meaning}" if term else "^^"
        for term in (entry.category, entry.code, entry.side)
    ]
    return "~".join([_TERMINOLOGY, *codes, _PLACES, "^^", "^^"])


def label_value(name: str) -> int:
    """The value of a structure, neighbour or tissue in prepared label cubes and layouts."""
    return region(name).label


def organ_value(name: str) -> int:
    """The value of a structure or neighbour in prepared label cubes and layouts.

    Raises:
        UnknownStructure: It is a tissue, or the catalog has none of that name.
    """
    return NEIGHBOUR_LABELS[name] if name in NEIGHBOUR_LABELS else structure(name).label
