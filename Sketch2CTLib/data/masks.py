"""One mask out of a label map or a segmentation in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MaskError
from ..frames import VoxelGrid, bounding_box, read_layers, resample
from .segments import Segment, listed, read_segments

_ROUNDING = 1e-3  # what a label may be away from a whole number
_OVERSHOOT = 0.1  # of a probability that was resampled by splines
_MOST_LABELS = 300  # beyond it they are a scan's values
_MOST_SHOWN = 12


def read_mask(path: Path, label: int | str | None = None) -> tuple[NDArray[np.bool_], VoxelGrid]:
    """One label of a label map, or one segment of a segmentation, as (mask kji, grid).

    Args:
        path: The file.
        label: A label value, or a segment's name; not needed where there is only one.

    Raises:
        MaskError: The file is not a 3D label map, is empty, cut off, damaged or of an impossible size, lacks the label,
            or holds several and none was named.
    """
    try:
        layers, grid, fields = read_layers(path)
        segments = read_segments(fields, path.name, layers.shape[-1])
    except InputError as error:
        raise MaskError(f"The mask cannot be used: {error.message}", hint=error.hint) from error
    if segments:
        _require_binary(fields, path)
        body = _chosen_segment(segments, layers, label, path).body(layers)
    else:
        body = _chosen_label(layers, label, path)
    _require_possible(body, grid, path)
    return body, grid


def whole_labels(values: NDArray[Any], name: str) -> NDArray[Any]:
    """A label map's values as whole numbers; those within a thousandth of one are rounded.

    Args:
        values: Of any shape.
        name: Of the file, for the message.

    Raises:
        MaskError: They are not whole: it says what the file looks like.
    """
    if values.dtype.kind in "biu":
        return values
    if values.dtype.kind != "f":
        raise MaskError(f"'{name}' holds complex numbers, not labels.", hint="Give a label map of whole numbers.")
    if not np.isfinite(values).all():
        raise MaskError(f"'{name}' holds NaN or infinite values.", hint="Give a label map of whole numbers.")
    whole = np.rint(values)
    if float(np.abs(values - whole).max(initial=0.0)) > _ROUNDING:
        raise _not_whole(values, name)
    low, high = float(whole.min(initial=0.0)), float(whole.max(initial=0.0))
    if low < -(2**31) or high >= 2**31:
        raise _is_scan(name, low, high)
    return whole.astype(np.int32)


def _not_whole(values: NDArray[Any], name: str) -> MaskError:
    low, high = float(values.min()), float(values.max())
    if low >= -_OVERSHOOT and high <= 1.0 + _OVERSHOOT:
        return MaskError(
            f"'{name}' looks like a probability map (values from {low:.3g} to {high:.3g}), not like labels.",
            hint=f"Threshold it, at {high / 2:.2g} for instance, and save the label map.",
        )
    return MaskError(
        f"'{name}' is no label map: its values, from {low:.4g} to {high:.4g}, are not whole numbers.",
        hint="Threshold it if it is a scan or a field; if it was resampled, do that again with nearest neighbour.",
    )


def _is_scan(name: str, low: float, high: float) -> MaskError:
    return MaskError(
        f"'{name}' looks like a scan (values from {low:.0f} to {high:.0f}), not like labels.",
        hint="Give its segmentation.",
    )


def _chosen_label(layers: NDArray[Any], label: int | str | None, path: Path) -> NDArray[np.bool_]:
    if layers.shape[-1] > 1:
        raise MaskError(
            f"The mask cannot be used: '{path.name}' has {layers.shape[-1]} values a voxel, one is needed.",
            hint="Save the structure alone, as a label map.",
        )
    values = whole_labels(layers[..., 0], path.name)
    present = _present(values)
    if len(present) > _MOST_LABELS:
        raise _is_scan(path.name, min(present), max(present))
    if not present:
        raise MaskError(f"The mask '{path.name}' is empty.", hint="Check that the segment was exported.")
    shown = ", ".join(map(str, present[:_MOST_SHOWN])) + (", …" if len(present) > _MOST_SHOWN else "")
    if label is None and len(present) > 1:
        raise MaskError(f"'{path.name}' holds {len(present)} labels ({shown}).", hint="Choose one with --label.")
    chosen = present[0] if label is None else _number(label)
    if chosen is None:
        raise MaskError(
            f"'{path.name}' names no segments, '{label}' cannot be found.", hint=f"Its labels are {shown}: give one."
        )
    _refuse_background(chosen)
    if chosen not in present:
        raise MaskError(f"'{path.name}' has no label {chosen}.", hint=f"It holds {shown}.")
    return np.asarray(values == chosen)


def _present(values: NDArray[Any]) -> list[int]:
    """The labels of a map, less the background, in order."""
    if values.dtype == np.uint8:
        values_present = np.flatnonzero(np.bincount(values.ravel(), minlength=256))
    else:
        values_present = np.unique(values)
    return [int(one) for one in values_present if one != 0]


def _number(label: int | str) -> int | None:
    try:
        return int(label)
    except ValueError:
        return None


def _refuse_background(label: int) -> None:
    if label == 0:
        raise MaskError("Label 0 is the background, never a structure.", hint="Choose another --label.")


def _chosen_segment(segments: Sequence[Segment], layers: NDArray[Any], label: int | str | None, path: Path) -> Segment:
    """The segment that is meant.

    Raises:
        MaskError: It is empty, there is none such, or it is not clear which.
    """
    choose = "Choose one with --label, by its name" + (" or number." if layers.shape[-1] == 1 else ".")
    if label is None:
        filled = [one for one in segments if one.body(layers).any()]
        if not filled:
            raise MaskError(f"The segments of '{path.name}' are empty.", hint="Check the export.")
        if len(filled) > 1:
            raise MaskError(f"'{path.name}' holds {len(filled)} segments: {listed(filled)}.", hint=choose)
        return filled[0]
    matches = _matching(segments, label)
    if not matches:
        raise MaskError(f"'{path.name}' has no segment '{label}'.", hint=f"It holds {listed(segments)}.")
    if len(matches) > 1:
        raise MaskError(f"'{label}' means {len(matches)} segments of '{path.name}': {listed(matches)}.", hint=choose)
    if not matches[0].body(layers).any():
        raise MaskError(f"The segment '{matches[0].name}' of '{path.name}' is empty.", hint="Check the export.")
    return matches[0]


def _matching(segments: Sequence[Segment], label: int | str) -> list[Segment]:
    """The segments of that name; if there is none, those of that id, then those of that label value."""
    wanted, number = str(label).strip().casefold(), _number(label)
    for of in ("name", "id"):
        matches = [one for one in segments if str(getattr(one, of)).casefold() == wanted]
        if matches:
            return matches
    if number is not None:
        _refuse_background(number)
    return [one for one in segments if one.value == number]


def _require_binary(fields: dict[str, str], path: Path) -> None:
    kinds = [fields.get(f"Segmentation_{one}Representation", "") for one in ("Source", "Master")]
    if any(kind.startswith("Fractional") for kind in kinds):
        raise MaskError(
            f"'{path.name}' is a fractional segmentation, its voxels are shares.",
            hint="In 3D Slicer: convert it to a binary labelmap and save it again.",
        )


def _require_possible(body: NDArray[np.bool_], grid: VoxelGrid, path: Path) -> None:
    """Refuses a body that no organ can be: a wrong spacing shows here first."""
    from ..description.quantities import quantity

    volume_ml, most_ml = float(np.count_nonzero(body)) * grid.voxel_ml, quantity("volume_ml").high
    sizes = np.array([one.stop - one.start for one in bounding_box(body)])[::-1] * grid.spacing_mm
    longest, most_mm = float(sizes.max()), quantity("extent_si_mm").high
    if volume_ml <= most_ml and longest <= most_mm:
        return
    spacing = " × ".join(f"{one:.4g}" for one in grid.spacing_mm)
    raise MaskError(
        f"The mask '{path.name}' is impossibly large: {volume_ml:,.0f} mL, {longest / 10:,.0f} cm long.",
        hint=f"Check the label and the spacing of its header ({spacing} mm).",
    )


def main_components(mask: NDArray[np.bool_], min_fraction: float) -> NDArray[np.bool_]:
    """The mask without 26-connected components smaller than a fraction of the largest."""
    from scipy import ndimage

    labelled, count = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    if count <= 1:
        return mask
    sizes = np.bincount(labelled.ravel())
    sizes[0] = 0
    is_large = sizes >= min_fraction * sizes.max()
    is_large[0] = False
    return np.asarray(is_large[labelled])


def labels_on_cube(labels: NDArray[Any], grid: VoxelGrid, cube: VoxelGrid) -> NDArray[np.uint8]:
    """A whole label map on a cube by nearest neighbour (context beside the target)."""
    return resample(labels.astype(np.uint8), grid, cube, interpolation="nearest")
