"""`sketch2ct evaluate reconstruction`: what autoencoders keep of real masks and scans: the ceiling of each stage."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from ...data.intensity import to_unit, window_of
from ...data.prepared import PreparedCase, PreparedSet
from ...errors import DatasetError
from ...frames import VoxelGrid
from ...generation.model.device import autocast
from ...generation.model.fields import enlarged, mask_field, pooled
from ...generation.model.presets import Preset
from ...networks import Coder
from ..overlap import assd_mm, dice, hd95_mm
from ..table import CaseRow, Column
from ..volumes.cases import real_scan

RECONSTRUCTION_COLUMNS: tuple[Column, ...] = (
    Column("dice", "Dice", digits=4),
    Column("hd95_mm", "HD95 mm", digits=2, higher_is_better=False),
    Column("assd_mm", "ASSD mm", digits=2, higher_is_better=False),
    Column("volume_error", "volume error", "median", 2, True, None),
    Column("decode_s", "decode s", "median", 3, False, False),
)
SCAN_COLUMNS: tuple[Column, ...] = (
    Column("psnr_db", "PSNR dB", digits=1),
    Column("ssim", "SSIM"),
    Column("error", "|error|", digits=1, higher_is_better=False),
    Column("error_95", "|error|, 95th percentile", digits=1, higher_is_better=False),
    Column("organ_error", "|error| in the organ", digits=1, higher_is_better=False),
    Column("organ_bias", "error of the organ's mean", digits=1, higher_is_better=None),
)  # errors in HU, of MR in robust z × 100
Progress = Callable[[int, int, str], None]


def evaluate_reconstruction(
    prepared: PreparedSet,
    preset: Preset,
    coder: Coder,
    *,
    split: str = "val",
    structures: tuple[str, ...] = (),
    scans: bool = False,
    progress: Progress | None = None,
) -> list[CaseRow]:
    """One row a case: the mask, or the scan, against itself after encoding and decoding, on the case's own grid.

    Args:
        prepared: Prepared folder.
        preset: Says how masks become fields.
        coder: A trained autoencoder of masks (of scans), on its device.
        split: Cases to measure.
        structures: Only these; all that the folder holds if empty.
        scans: Scans in place of masks, of the cases that have one; columns are `SCAN_COLUMNS`.
        progress: Told (done, all, case).

    Raises:
        DatasetError: The folder has no such cases.
    """
    cases = [case for case in prepared.cases(split) if not structures or case.structure in structures]
    if scans:
        cases = [case for case in cases if case.modality is not None]
    if not cases:
        raise DatasetError(f"'{prepared.folder}' has no such '{split}' cases.", hint="Check the split and structures.")
    rows = []
    for at, case in enumerate(cases):
        if progress:
            progress(at, len(cases), case.key)
        rows.append(_scan_row(case, preset, coder) if scans else _row(case, preset, coder))
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


def _scan_row(case: PreparedCase, preset: Preset, coder: Coder) -> CaseRow:
    """Against the scan as training sees it, clipped to its window and at the preset's resolution."""
    from monai.metrics.regression import PSNRMetric, SSIMMetric

    scan = real_scan(case)
    real = pooled(to_unit(scan.values, scan.modality), preset.voxels)
    decoded = np.clip(coded(real, coder)[0], -1.0, 1.0)
    pair = [torch.from_numpy(values)[None, None] for values in (decoded, real)]
    low, high = window_of(scan.modality)
    error, organ = (decoded - real) * (high - low) / 2.0, mask_field(case.mask(), case.grid, preset) > 0
    values = {
        "psnr_db": float(PSNRMetric(max_val=2.0)(*pair)),
        "ssim": float(SSIMMetric(spatial_dims=3, data_range=2.0)(*pair)),
        "error": float(np.abs(error).mean()),
        "error_95": float(np.percentile(np.abs(error), 95)),
        "organ_error": float(np.abs(error[organ]).mean()),
        "organ_bias": float(error[organ].mean()),
    }
    return CaseRow(f"{preset.name} {scan.modality}", case.structure, f"{case.dataset}/{case.case}", values)


def reconstructed(
    mask: NDArray[np.bool_], grid: VoxelGrid, preset: Preset, coder: Coder
) -> tuple[NDArray[np.float32], float]:
    """(decoded field (V, V, V), seconds of decoding) of a mask."""
    return coded(mask_field(mask, grid, preset), coder)


@torch.no_grad()
def coded(field: NDArray[np.float32], coder: Coder) -> tuple[NDArray[np.float32], float]:
    """(a field (V, V, V) after encoding and decoding by an autoencoder on its device, seconds of decoding)."""
    device = next(coder.buffers(), next(coder.parameters(), torch.zeros(1))).device
    with autocast(device):
        z = coder.encode(torch.from_numpy(field)[None, None].to(device))[0]
        start = time.perf_counter()
        decoded = coder.decode(z)
        found = decoded.float().cpu()[0, 0].numpy()
    return found, time.perf_counter() - start
