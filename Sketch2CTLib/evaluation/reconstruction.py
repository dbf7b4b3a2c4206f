"""`sketch2ct evaluate reconstruction`: what a mask autoencoder keeps of real masks: the ceiling of the mask stage."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from ..data.prepared import PreparedCase, PreparedSet
from ..errors import DatasetError
from ..frames import VoxelGrid
from ..generation.fields import enlarged, mask_field
from ..generation.presets import Preset
from ..networks import Coder
from .overlap import assd_mm, dice, hd95_mm
from .table import CaseRow, Column

RECONSTRUCTION_COLUMNS: tuple[Column, ...] = (
    Column("dice", "Dice", digits=4),
    Column("hd95_mm", "HD95 mm", digits=2, higher_is_better=False),
    Column("assd_mm", "ASSD mm", digits=2, higher_is_better=False),
    Column("volume_error", "volume error", "median", 2, True, None),
    Column("decode_s", "decode s", "median", 3, False, False),
)
Progress = Callable[[int, int, str], None]


def evaluate_reconstruction(
    prepared: PreparedSet,
    preset: Preset,
    coder: Coder,
    *,
    split: str = "val",
    structures: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> list[CaseRow]:
    """One row a case: the mask against itself after encoding and decoding, compared on the case's own grid.

    Args:
        prepared: Prepared folder.
        preset: Says how masks become fields.
        coder: A trained mask autoencoder, on its device.
        split: Cases to measure.
        structures: Only these; all that the folder holds if empty.
        progress: Told (done, all, case).

    Raises:
        DatasetError: The folder has no such cases.
    """
    cases = [case for case in prepared.cases(split) if not structures or case.structure in structures]
    if not cases:
        raise DatasetError(f"'{prepared.folder}' has no such '{split}' cases.", hint="Check the split and structures.")
    rows = []
    for at, case in enumerate(cases):
        if progress:
            progress(at, len(cases), case.key)
        rows.append(_row(case, preset, coder))
    return rows


def _row(case: PreparedCase, preset: Preset, coder: Coder) -> CaseRow:
    mask, grid = case.mask(), case.grid
    field, seconds = reconstructed(mask, grid, preset, coder)
    body = enlarged(field, grid.shape_kji[0]) > 0
    values = {
        "dice": dice(mask, body),
        "hd95_mm": hd95_mm(mask, body, grid.spacing_mm),
        "assd_mm": assd_mm(mask, body, grid.spacing_mm),
        "volume_error": float(body.sum()) / float(mask.sum()) - 1.0,
        "decode_s": seconds,
    }
    return CaseRow(preset.name, case.structure, f"{case.dataset}/{case.case}", values)


@torch.no_grad()
def reconstructed(
    mask: NDArray[np.bool_], grid: VoxelGrid, preset: Preset, coder: Coder
) -> tuple[NDArray[np.float32], float]:
    """(decoded field (V, V, V), seconds of decoding) of a mask."""
    device = next(coder.buffers(), next(coder.parameters(), torch.zeros(1))).device
    field = torch.from_numpy(mask_field(mask, grid, preset))[None, None].to(device)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        z = coder.encode(field)[0]
        start = time.perf_counter()
        decoded = coder.decode(z)
        found = decoded.float().cpu()[0, 0].numpy()
    return found, time.perf_counter() - start
