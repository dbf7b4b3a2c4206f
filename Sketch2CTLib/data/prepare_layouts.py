"""Layouts of scans: labelled organs and tissue classes of the whole field of view, on an isotropic RAS grid."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..frames import VoxelGrid, resample, write_nrrd
from .layout import Layout, labels_on
from .spec import DatasetSpec
from .tissues import ct_tissues, mr_tissues

SPACING_MM = 3.0
VERSION = 2  # of the meaning of tissues; 1: gaps in bones were filled in another way
FILE = "layout.nrrd"
_SOFTENED_MM = 0.8


@dataclass(frozen=True, eq=False)
class LabelledImage:
    """A scan as its files have it.

    Args:
        labels: (D, H, W) label values of organs, 0 elsewhere.
        grid: Of any axis order and direction.
        image: (D, H, W) HU or robust z-score × 100.
    """

    labels: NDArray[np.uint8]
    grid: VoxelGrid
    image: NDArray[np.float32]


def layout_stamp(cubes_stamp: str) -> str:
    """Changes with the case's files and definition, and with the meaning of layouts."""
    return hashlib.sha256(f"{cubes_stamp}|{VERSION}|{SPACING_MM}".encode()).hexdigest()


def write_layout(spec: DatasetSpec, case: str, scan: LabelledImage, folder: Path, out_dir: Path) -> dict[str, Any]:
    """Writes a scan's layout and gives its entry of the manifest."""
    layout = layout_of(scan, spec.modality or "CT")
    path = folder / FILE
    write_nrrd(path, layout.labels, layout.grid)
    return {
        "case": case,
        "patient": spec.patient_of(case),
        "dataset": spec.name,
        "modality": spec.modality,
        "split": "train",
        "layout": path.relative_to(out_dir).as_posix(),
        "organs": sorted(set(spec.labels.values())),
        "ijk_to_ras": layout.grid.ijk_to_ras.tolist(),
        "shape_kji": list(layout.grid.shape_kji),
    }


def layout_of(scan: LabelledImage, modality: str) -> Layout:
    """Organs and tissues of the whole field of view."""
    from scipy import ndimage

    grid = ras_region(scan.grid)
    soft = ndimage.gaussian_filter(scan.image, _SOFTENED_MM / scan.grid.spacing_mm[::-1])
    image = resample(soft, scan.grid, grid, fill=float(scan.image.min()))
    organs = labels_on(scan.labels, scan.grid, grid)
    tissues = (ct_tissues if modality == "CT" else mr_tissues)(image, organs, SPACING_MM)
    return Layout(np.where(organs > 0, organs, tissues).astype(np.uint8), grid)


def ras_region(grid: VoxelGrid, spacing_mm: float = SPACING_MM) -> VoxelGrid:
    """The isotropic RAS grid that fills the box around a grid."""
    last = np.array(grid.shape_kji[::-1]) - 0.5
    corners = grid.to_ras(
        [[(-0.5, end)[bit] for bit, end in zip(bits, last, strict=True)] for bits in np.ndindex(2, 2, 2)]
    )
    low, high = corners.min(axis=0), corners.max(axis=0)
    count = np.maximum(2, np.floor((high - low) / spacing_mm + 1e-6)).astype(int)
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = (low + high) / 2 - spacing_mm * (count - 1) / 2
    return VoxelGrid((int(count[2]), int(count[1]), int(count[0])), affine)
