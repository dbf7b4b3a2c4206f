"""Scans with a mask of one structure, real or generated, in small files that can be mapped: what segmenters learn from.

One npy file a scan: (2, V, V, V) int8, the image in [−1, 1] times 127 and the mask as 0 or 1. The file's name holds a
digest of what the scan depends on, so that a finished one is found again and an outdated one never is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...atomic import written_beside
from ...catalog import Modality
from ...data.intensity import to_unit
from ...data.prepared import PreparedCase
from ...errors import DatasetError
from ..model.fields import pooled

Floats = NDArray[np.float32]
_STEPS = 127.0
_HALF = 0.5


@dataclass(frozen=True)
class LabelledScan:
    """One structure in one scan.

    Args:
        key: Unique among the scans of a set.
        structure: Catalog name.
        modality: CT or MR.
        path: Its file.
    """

    key: str
    structure: str
    modality: Modality
    path: Path

    def read(self, voxels: int) -> tuple[Floats, NDArray[np.bool_]]:
        """(V, V, V) image in [−1, 1] and mask on a cube of `voxels`, which divides the stored one.

        Raises:
            DatasetError: The file is missing, damaged or of a size that cannot be averaged down.
        """
        try:
            stored = np.load(self.path, mmap_mode="r", allow_pickle=False)
            image, mask = stored[0], stored[1]
        except (OSError, ValueError, EOFError, IndexError) as error:
            raise DatasetError(
                f"The scan '{self.path}' cannot be read ({error}).", hint="Delete it, it is made again."
            ) from error
        if image.ndim != 3 or image.shape[0] % voxels:
            raise DatasetError(f"A scan of {image.shape} voxels cannot be brought to {voxels}.")
        return _sized(np.asarray(image, dtype=np.float32) / np.float32(_STEPS), np.asarray(mask) > 0, voxels)


def _sized(image: Floats, mask: NDArray[np.bool_], voxels: int) -> tuple[Floats, NDArray[np.bool_]]:
    if mask.shape[0] == voxels:
        return image, mask
    return pooled(image, voxels), pooled(mask.astype(np.float32), voxels) >= _HALF


def kept_scan(
    folder: Path,
    told: tuple[str, str, Modality],
    depends_on: Any,
    make: Callable[[], tuple[Floats, NDArray[np.bool_]]],
    *,
    voxels: int | None = None,
) -> LabelledScan:
    """The scan of that name in a folder; made if it is not there.

    Args:
        folder: Where the files lie.
        told: Key, structure and modality.
        depends_on: JSON-ready data that decide what `make` returns.
        make: Image in [−1, 1] and mask.
        voxels: What both are averaged down to before they are kept; as made by default.

    Raises:
        OutputError: The folder cannot be written.
    """
    key, structure, modality = told
    stamp = [key, depends_on, *([voxels] if voxels else [])]
    digest = hashlib.sha256(json.dumps(stamp, sort_keys=True).encode()).hexdigest()[:12]
    path = folder / f"{key.replace('/', '__')}__{digest}.npy"
    if not path.is_file():
        image, mask = make()
        image, mask = _sized(image, mask, voxels or len(mask))
        stored = np.stack([np.rint(np.clip(image, -1.0, 1.0) * _STEPS).astype(np.int8), mask.astype(np.int8)])
        with written_beside(path) as beside:
            np.save(beside, stored, allow_pickle=False)
    return LabelledScan(key, structure, modality, path)


def real_scans(cases: Iterable[PreparedCase], folder: Path, *, voxels: int | None = None) -> list[LabelledScan]:
    """The prepared cases that have an image, as scans kept in a folder, as large as prepared or smaller.

    Raises:
        OutputError: The folder cannot be written.
    """
    return [_real(case, folder, voxels) for case in cases if case.modality is not None]


def _real(case: PreparedCase, folder: Path, voxels: int | None) -> LabelledScan:
    modality: Modality = "MR" if case.modality == "MR" else "CT"

    def make() -> tuple[Floats, NDArray[np.bool_]]:
        image = case.image()
        if image is None:
            raise DatasetError(f"'{case.key}' has no image.")
        return to_unit(image, modality), case.mask()

    return kept_scan(folder, (case.key, case.structure, modality), case.record, make, voxels=voxels)
