"""A context out of a file: a Slicer segmentation by its segments' names or terminology, or a map of label values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...data.masks import whole_labels
from ...data.segments import Segment, read_segments
from ...errors import InputError
from ...frames import VoxelGrid, bounding_box, read_layers
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


def read_context(path: Path) -> Context:
    """The labels of neighbours in a file.

    A file with Slicer's segment fields (.seg.nrrd) is read by its segments: name, terminology, then id; what the
    catalog does not know is left out and noted. Any other file is a label map with the catalog's label values.

    Raises:
        InputError: It is missing, unreadable, too large, empty, or holds nothing that the catalog knows.
    """
    require_usual_size(path, "context")
    try:
        layers, grid, fields = read_layers(path)
        segments = read_segments(fields, path.name, layers.shape[-1])
    except InputError as error:
        raise InputError(f"The context cannot be used: {error.message}", hint=error.hint) from error
    if not layers.any():
        raise InputError(f"The context '{path.name}' is empty.", hint="Check that its segments were exported.")
    labels, unknown = _by_segment(layers, segments) if segments else _by_value(layers, path)
    if not labels.any():
        raise _nothing_known(path, segments, unknown)
    are = "is" if len(unknown) == 1 else "are"
    notes = (f"The context's {_some(unknown)} {are} not known and left out.",) if unknown else ()
    return _cropped(labels, grid, notes)


def _nothing_known(path: Path, segments: list[Segment], unknown: list[str]) -> InputError:
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


def _structure(segment: Segment) -> str:
    """The catalog's name of a segment: by its name, its terminology, then its id; empty if unknown."""
    return _named(segment.name) or _coded(segment.tags) or _named(segment.id)


def _by_segment(layers: NDArray[Any], segments: list[Segment]) -> tuple[NDArray[np.uint8], list[str]]:
    """Label values, the later segment where two overlap, and the names of unknown segments that hold voxels."""
    labels, unknown = np.zeros(layers.shape[:3], dtype=np.uint8), list[str]()
    for one in segments:
        body, structure = one.body(layers), _structure(one)
        if structure:
            labels[body] = catalog.label_value(structure)
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
    try:
        values = whole_labels(values, path.name)
    except InputError as error:
        raise InputError(f"The context cannot be used: {error.message}", hint=error.hint) from error
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
    names |= {alias: one.name for one in catalog.structures() for alias in (*one.aliases, one.title)}
    return {_words(alias): name for alias, name in names.items()}


def _named(name: str) -> str:
    """The catalog's name of a segment by its own name; empty if unknown."""
    return _known_words().get(_words(name[:200]), "")


def _coded(tags: str) -> str:
    """The catalog's name of a segment by its terminology entry; empty if unknown."""
    entry = next((tag.partition(":")[2] for tag in tags.split("|") if tag.startswith("TerminologyEntry:")), "")
    parts = [part.split("^") for part in entry.split("~")]
    if len(parts) < 4 or any(len(part) < 2 for part in parts[2:4]) or parts[2][0] != "SCT":
        return ""
    return _known_codes().get((parts[2][1], parts[3][1]), "")


def _known_codes() -> dict[tuple[str, str], str]:
    """Where two structures have one code, the first of the catalog."""
    own = {(one.code.value, one.side.value if one.side else ""): one.name for one in reversed(catalog.structures())}
    return _CODES | own
