"""Which organs of a case can be learned from: whole ones, of a size that is possible, without large lesions."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..errors import DatasetError
from ..frames import VoxelGrid
from .spec import CutRule, DatasetSpec, LesionRule

Labels = NDArray[np.uint8]


def with_lesions(labels: Labels, raw: NDArray[Any], grid: VoxelGrid, rule: LesionRule) -> dict[str, float]:
    """Gives each piece of a lesion to the nearest organ, in place.

    Args:
        labels: (D, H, W) catalog values; raw: the file's values; grid: of both.
        rule: Which values are lesions, and of which organs.

    Returns:
        Lesion in mL by organ.
    """
    from scipy import ndimage

    lesions, count = ndimage.label(np.isin(raw, rule.labels), np.ones((3, 3, 3)))
    owned = dict.fromkeys(rule.organs, 0.0)
    present = [name for name in rule.organs if (labels == catalog.label_value(name)).any()]
    if not count or not present:
        return owned
    spacing_kji = grid.spacing_mm[::-1]
    distances = np.stack(
        [ndimage.distance_transform_edt(labels != catalog.label_value(n), sampling=spacing_kji) for n in present]
    )
    for piece, box in enumerate(ndimage.find_objects(lesions, count), 1):
        place = lesions[box] == piece
        nearest = int(np.argmin([distance[box][place].min() for distance in distances]))
        labels[box][place] = catalog.label_value(present[nearest])
        owned[present[nearest]] += int(place.sum()) * grid.voxel_ml
    return owned


def require_usable(spec: DatasetSpec, case: str, name: str, mask: NDArray[np.bool_], grid: VoxelGrid) -> None:
    """Checks an organ against the set's rules.

    Raises:
        DatasetError: The field of view cuts it, or it is smaller than it can be.
    """
    title = catalog.structure(name).title.lower()
    volume_ml = float(np.count_nonzero(mask)) * grid.voxel_ml
    least = spec.smallest_ml.get(name, 0.0)
    if volume_ml < least:
        raise DatasetError(f"The {title} of '{case}' has {volume_ml:.0f} mL, less than {least:.0f} mL.")
    faces = cut_faces(spec, case, name, mask)
    if faces:
        raise DatasetError(f"The {title} of '{case}' is cut by the field of view ({faces}).")


def cut_faces(spec: DatasetSpec, case: str, name: str, mask: NDArray[np.bool_]) -> str:
    """The faces of the scan that cut an organ, in words; empty where it is whole or the set has no rule."""
    match spec.cut:
        case None:
            return ""
        case CutRule(by="listed", file=file, set=listed) if file is not None:
            entry = _listed((spec.root / file).resolve(), listed or "").get(case, {}).get(name.replace("_", " "))
            return str(entry[1]) if entry else ""
    ends = [(axis, end) for axis in range(3) for end in (0, -1) if mask.take(end, axis).any()]
    return ", ".join(f"{'last' if end else 'first'} voxels along {'kji'[axis]}" for axis, end in ends)


@lru_cache(maxsize=4)
def _listed(path: Path, name: str) -> dict[str, dict[str, Any]]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["cases"][name])
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise DatasetError(
            f"'{path}' does not list the cut organs of '{name}' ({error}).", hint="See CutRule in data/spec.py."
        ) from error
