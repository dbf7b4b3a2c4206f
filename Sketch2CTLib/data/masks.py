"""One mask out of a label map file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MaskError
from ..frames import VoxelGrid, read_volume


def read_mask(path: Path, label: int | None = None) -> tuple[NDArray[np.bool_], VoxelGrid]:
    """A label of a label map as (mask kji, grid); without `label` there must be only one.

    Raises:
        MaskError: The file is not a 3D label map, is empty, lacks the label, or holds several and none was named.
    """
    try:
        values, grid, _ = read_volume(path)
    except InputError as error:
        raise MaskError(f"The mask cannot be used: {error.message}", hint=error.hint) from error
    if not np.isfinite(values).all():
        raise MaskError(f"'{path.name}' holds NaN or infinite values.", hint="Give a label map of whole numbers.")
    present = [int(v) for v in np.unique(values) if v != 0]
    if not present:
        raise MaskError(f"The mask '{path.name}' is empty.", hint="Check that the segment was exported.")
    if label is None and len(present) > 1:
        shown = ", ".join(map(str, present[:12]))
        raise MaskError(f"'{path.name}' holds {len(present)} labels ({shown}).", hint="Choose one with --label.")
    chosen = present[0] if label is None else label
    if chosen not in present:
        raise MaskError(f"'{path.name}' has no label {chosen}.", hint=f"It holds {', '.join(map(str, present[:12]))}.")
    return values == chosen, grid
