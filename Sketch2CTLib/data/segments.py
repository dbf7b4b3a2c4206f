"""What a Slicer segmentation (.seg.nrrd) tells of its segments: names, label values, layers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

_SEGMENT = re.compile(r"Segment(\d{1,6})_(ID|Name|LabelValue|Layer|Tags)")
_LETTERS = 40  # of a name that a message repeats
_MOST_NAMED = 12


@dataclass(frozen=True)
class Segment:
    """One segment of a header.

    Args:
        name: For people; the id where there is none.
        id: Unique in the file.
        value: Of its voxels.
        layer: Where they lie.
        tags: As written, 'key:value|key:value|'.
    """

    name: str
    id: str
    value: int
    layer: int
    tags: str = ""

    def body(self, layers: NDArray[np.generic]) -> NDArray[np.bool_]:
        """(D, H, W) where it is, of (D, H, W, L) voxels."""
        return np.asarray(layers[..., self.layer] == self.value)


def read_segments(fields: Mapping[str, str], file: str, layers: int) -> list[Segment]:
    """The segments that a header tells, in their order; none for a plain label map.

    Args:
        fields: Of the header.
        file: Its name, for messages.
        layers: How many numbers a voxel has.

    Raises:
        InputError: A value or layer is no whole number, or there is no such layer.
    """
    fields_by_segment: dict[int, dict[str, str]] = {}
    for key, text in fields.items():
        match = _SEGMENT.fullmatch(key)
        if match is not None:
            fields_by_segment.setdefault(int(match[1]), {})[match[2]] = text
    return [_segment(number, one, file, layers) for number, one in sorted(fields_by_segment.items())]


def _segment(number: int, fields: Mapping[str, str], file: str, layers: int) -> Segment:
    name = (fields.get("Name") or fields.get("ID") or f"Segment {number}").strip()
    try:
        value, layer = int(fields.get("LabelValue", 1)), int(fields.get("Layer", number if layers > 1 else 0))
    except ValueError:
        layer = -1
    if not 0 <= layer < layers:
        raise InputError(
            f"'{file}' does not say where its segment '{name[:_LETTERS]}' lies.", hint="Export the segmentation again."
        )
    return Segment(name, fields.get("ID", ""), value, layer, fields.get("Tags", ""))


def listed(segments: Sequence[Segment]) -> str:
    """Names for a message, with their numbers where those tell them apart."""
    numbers = [one.value for one in segments]
    numbers_differ = len(set(numbers)) == len(numbers)
    names = [
        f"'{one.name[:_LETTERS]}'" + (f" ({one.value})" if numbers_differ else "") for one in segments[:_MOST_NAMED]
    ]
    more = len(segments) - _MOST_NAMED
    return ", ".join([*names, *([f"{more} more"] if more > 0 else [])])
