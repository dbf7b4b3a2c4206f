"""Layouts in files: a label map that Slicer reads as a segmentation, with a name, code and colour for each region."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...data.layout import Layout, present
from ...data.masks import whole_labels
from ...errors import InputError, MaskError
from ...frames import read_volume, write_nrrd
from ..headers import segment_fields

_BYTE = 255


def write_layout(path: Path, layout: Layout, provenance: Mapping[str, str] | None = None) -> None:
    """Writes a layout; label values stay those of the catalog.

    Args:
        path: A .seg.nrrd file.
        layout: What is written.
        provenance: Header fields that say where it comes from.

    Raises:
        OutputError: The folder cannot be written or the disk is full.
    """
    fields = dict(provenance or {})
    for number, (name, value) in enumerate(zip(layout.regions, present(layout.labels), strict=True)):
        fields |= segment_fields(number, name, value, layout.grid, dict(provenance or {}))
    write_nrrd(path, layout.labels, layout.grid, fields)


def read_layout(path: Path) -> Layout:
    """A layout that was written, or edited since: a map of the catalog's label values.

    Raises:
        MaskError: It is no label map, or holds a value that the catalog does not know.
    """
    try:
        values, grid, _ = read_volume(path)
    except InputError as error:
        raise MaskError(f"The layout cannot be used: {error.message}", hint=error.hint) from error
    labels = whole_labels(values, Path(path).name)
    if labels.min() < 0 or labels.max() > _BYTE:
        raise MaskError(
            f"'{Path(path).name}' holds label values from {labels.min()} to {labels.max()}, not those of a layout.",
            hint="Give a layout as it was written; edit its segments in Slicer without renumbering them.",
        )
    return Layout(labels.astype(np.uint8), grid)
