"""A context out of a file: a Slicer segmentation by its segments' names or terminology, or a map of label values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..errors import InputError
from ..frames import VoxelGrid, bounding_box, from_sitk, read_volume, to_sitk
from .context import Context, joined, known_labels
from .own_grid import require_usual_size

_MOST_NAMED = 8  # segments or labels that a message names
_LETTERS = 40  # of each
_FILLERS = frozenset({"the", "of", "and", "gland", "organ", "abdominal", "segment", "heart"})
_SYNONYMS = {
    "esophagus": "oesophagus",
    "gall bladder": "gallbladder",
    "ivc": "inferior_vena_cava",
    "vena cava": "inferior_vena_cava",
    "vena cava inferior": "inferior_vena_cava",
    "postcava": "inferior_vena_cava",
    "portal vein": "portal_and_splenic_veins",
    "splenic vein": "portal_and_splenic_veins",
    "portal vein and splenic vein": "portal_and_splenic_veins",
    "adrenal right": "right_adrenal_gland",
    "adrenal left": "left_adrenal_gland",
    "suprarenal right": "right_adrenal_gland",
    "suprarenal left": "left_adrenal_gland",
    "renal left": "left_kidney",
    "renal right": "right_kidney",
    "aortic vessel": "aortic_tree",
}
# SNOMED CT, as in Slicer's General Anatomy list: (type, modifier) → name; a modifier is Left or Right.
_LEFT, _RIGHT = "7771000", "24028007"
_CODES = {
    ("28231008", ""): "gallbladder",
    ("32849002", ""): "oesophagus",
    ("69695003", ""): "stomach",
    ("64131007", ""): "inferior_vena_cava",
    ("32764006", ""): "portal_and_splenic_veins",
    ("35819009", ""): "portal_and_splenic_veins",
    ("15776009", ""): "pancreas",
    ("23451007", _RIGHT): "right_adrenal_gland",
    ("23451007", _LEFT): "left_adrenal_gland",
    ("29392005", ""): "right_adrenal_gland",
    ("38360009", ""): "left_adrenal_gland",
    ("9846003", ""): "right_kidney",
    ("18639004", ""): "left_kidney",
}
_SEGMENT = re.compile(r"Segment(\d{1,6})_(ID|Name|LabelValue|Layer|Tags)")


@dataclass(frozen=True)
class _Segment:
    """One segment of a header: its name, its voxels' value and layer, and its catalog name, empty if unknown."""

    name: str
    value: int
    layer: int
    structure: str


def read_context(path: Path) -> Context:
    """The labels of neighbours in a file.

    A file with Slicer's segment fields (.seg.nrrd) is read by its segments: name, terminology, then id; what the
    catalog does not know is left out and noted. Any other file is a label map with the catalog's label values.

    Raises:
        InputError: It is missing, unreadable, too large, empty, or holds nothing that the catalog knows.
    """
    require_usual_size(path, "context")
    try:
        layers, grid, fields = _layers(path)
        to_sitk(np.zeros((2, 2, 2), dtype=np.uint8), VoxelGrid((2, 2, 2), grid.ijk_to_ras))  # refuses sheared grids
    except InputError as error:
        raise InputError(f"The context cannot be used: {error.message}", hint=error.hint) from error
    if not layers.any():
        raise InputError(f"The context '{path.name}' is empty.", hint="Check that its segments were exported.")
    segments = _segments(fields, path, layers.shape[-1])
    labels, unknown = _by_segment(layers, segments) if segments else _by_value(layers, path)
    if not labels.any():
        raise _nothing_known(path, segments, unknown)
    are = "is" if len(unknown) == 1 else "are"
    notes = (f"The context's {_some(unknown)} {are} not known and left out.",) if unknown else ()
    return _cropped(labels, grid, notes)


def _nothing_known(path: Path, segments: list[_Segment], unknown: list[str]) -> InputError:
    names = known_labels()
    if segments and not unknown:
        return InputError(f"The segments of the context '{path.name}' are empty.", hint="Check the export.")
    if segments:
        return InputError(
            f"No segment of the context '{path.name}' is known ({_some(unknown)}).",
            hint=f"Name them {', '.join(name.replace('_', ' ') for name in names)}.",
        )
    return InputError(
        f"No label of the context '{path.name}' is known ({_some(unknown)}).",
        hint=f"Known are {', '.join(f'{value} {name}' for name, value in names.items())}.",
    )


def _cropped(labels: NDArray[np.uint8], grid: VoxelGrid, notes: tuple[str, ...]) -> Context:
    """The box that holds something: a scan's labels are mostly empty."""
    box = bounding_box(labels > 0)
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras([one.start for one in box][::-1])
    part = np.ascontiguousarray(labels[box])
    return Context(part, VoxelGrid(part.shape, affine), notes)


def _layers(path: Path) -> tuple[NDArray[Any], VoxelGrid, dict[str, str]]:
    """(D, H, W, layers) voxels, grid and header fields; segments that overlap lie in several layers."""
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        several = reader.GetNumberOfComponents() > 1
        image = reader.Execute() if several else None
    except RuntimeError:
        image = None  # said by the usual reader
    if image is None:
        values, grid, fields = read_volume(path)
        return values[..., None], grid, fields
    fields = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    return sitk.GetArrayFromImage(image), from_sitk(image), fields


def _segments(fields: dict[str, str], path: Path, layers: int) -> list[_Segment]:
    """What a header tells of segments, in their order; nothing for a plain label map.

    Raises:
        InputError: A value or layer is no whole number, or there is no such layer.
    """
    told: dict[int, dict[str, str]] = {}
    for key, text in fields.items():
        match = _SEGMENT.fullmatch(key)
        if match is not None:
            told.setdefault(int(match[1]), {})[match[2]] = text
    segments = []
    for number, one in sorted(told.items()):
        name = (one.get("Name") or one.get("ID") or f"Segment {number}").strip()
        try:
            value, layer = int(one.get("LabelValue", 1)), int(one.get("Layer", number if layers > 1 else 0))
        except ValueError as error:
            raise _damaged(path, name) from error
        if not 0 <= layer < layers:
            raise _damaged(path, name)
        found = _named(name) or _coded(one.get("Tags", "")) or _named(one.get("ID", ""))
        segments.append(_Segment(name, value, layer, found))
    return segments


def _damaged(path: Path, name: str) -> InputError:
    return InputError(
        f"The context '{path.name}' does not say where its segment '{name[:_LETTERS]}' lies.", hint="Export it again."
    )


def _by_segment(layers: NDArray[Any], segments: list[_Segment]) -> tuple[NDArray[np.uint8], list[str]]:
    """Label values, the later segment where two overlap, and the names of unknown segments that hold voxels."""
    labels, unknown = np.zeros(layers.shape[:3], dtype=np.uint8), list[str]()
    for one in segments:
        body = layers[..., one.layer] == one.value
        if one.structure:
            labels[body] = catalog.label_value(one.structure)
        elif body.any():
            unknown.append(f"'{one.name[:_LETTERS]}'")
    return labels, unknown


def _by_value(layers: NDArray[Any], path: Path) -> tuple[NDArray[np.uint8], list[str]]:
    """Label values as they stand, and those that the catalog does not have.

    Raises:
        InputError: There are several values a voxel, or one is no whole number.
    """
    values = layers[..., 0]
    if layers.shape[-1] > 1:
        raise InputError(
            f"The context '{path.name}' has {layers.shape[-1]} values a voxel.", hint="Give a segmentation."
        )
    if values.dtype.kind == "f" and not (np.isfinite(values).all() and (values == np.rint(values)).all()):
        raise InputError(f"The context '{path.name}' is no label map: its values are not whole.", hint="Give labels.")
    known = sorted(known_labels().values())
    present = np.unique(values)
    unknown = [f"label {value:.0f}" for value in present.tolist() if value != 0 and value not in known]
    return np.where(np.isin(values, known), values, 0).astype(np.uint8), unknown


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return joined([*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])])


def _words(name: str) -> frozenset[str]:
    """The words of a name in any order: 'Kidney, left', 'left_kidney' and 'LeftKidney' are the same."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return frozenset(re.findall(r"[a-z]+|\d+", parted.lower())) - _FILLERS


def _known_words() -> dict[frozenset[str], str]:
    names = {name: name for name in known_labels()} | _SYNONYMS
    names |= {alias: one.name for one in catalog.STRUCTURES for alias in (*one.aliases, one.title)}
    return {_words(alias): name for alias, name in names.items()}


def _named(name: str) -> str:
    """The catalog's name of a segment by its own name; empty if unknown."""
    return _KNOWN_WORDS.get(_words(name[:200]), "")


def _coded(tags: str) -> str:
    """The catalog's name of a segment by its terminology entry; empty if unknown."""
    entry = next((tag.partition(":")[2] for tag in tags.split("|") if tag.startswith("TerminologyEntry:")), "")
    parts = [part.split("^") for part in entry.split("~")]
    if len(parts) < 4 or any(len(part) < 2 for part in parts[2:4]) or parts[2][0] != "SCT":
        return ""
    return _KNOWN_CODES.get((parts[2][1], parts[3][1]), "")


def _known_codes() -> dict[tuple[str, str], str]:
    """Where two structures have one code, the first of the catalog."""
    own = {(one.code.value, one.side.value if one.side else ""): one.name for one in reversed(catalog.STRUCTURES)}
    return _CODES | own


_KNOWN_WORDS = _known_words()
_KNOWN_CODES = _known_codes()
