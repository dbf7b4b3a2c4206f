"""Small grey pictures that show how a training goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..atomic import written_beside
from ..frames import VIEWS


def save_slices(path: Path, pairs: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> None:
    """One column a pair of volumes (D, H, W) in [−1, 1]: the middle axial and coronal slice of each, wanted on top."""
    import cv2

    columns = []
    for wanted, found in pairs:
        tiles = []
        for name in ("axial", "coronal"):
            plane = VIEWS[name]
            middle = wanted.shape[plane.axis_kji] // 2
            for volume in (wanted, found):
                tiles.append(plane.to_picture(np.take(volume, middle, axis=plane.axis_kji)))
        columns.append(np.concatenate(tiles, axis=0))
    grey = np.clip((np.concatenate(columns, axis=1) + 1.0) * 127.5, 0, 255).astype(np.uint8)
    big = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    with written_beside(path) as beside:
        beside.write_bytes(cv2.imencode(".png", big)[1].tobytes())
