"""Synthetic scans: ellipsoid organs with a tail to the patient's left, on awkward grids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from Sketch2CTLib.catalog import structure
from Sketch2CTLib.frames import VoxelGrid, to_sitk
from Sketch2CTLib.generation.values import MaskVolume

YAML = """
name: {name}
root: .
label_pattern: "{{case}}_label.nii.gz"
image_pattern: "{{case}}_ct.nii.gz"
modality: CT
intensity: {{kind: window, low: -125, high: 275}}
labels: {{6: liver, 1: spleen}}
split: {{val: [{val}]}}
"""


def organ(
    points_ras: NDArray[np.float64], center: NDArray[np.float64], radii_mm: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """A fat ellipsoid on the patient's right with a thinner one to the left: no mirror symmetry."""
    fat = (((points_ras - center - [25, 0, 0]) / radii_mm) ** 2).sum(-1) < 1
    thin = (((points_ras - center + [35, -5, -10]) / (radii_mm * 0.6)) ** 2).sum(-1) < 1
    return fat | thin


def scan_grid(shape_kji: tuple[int, int, int] = (30, 60, 64), *, flipped: bool = False) -> VoxelGrid:
    """4 × 4 × 6 mm; `flipped` turns i and j the other way round, as many scans are stored."""
    sign = -1.0 if flipped else 1.0
    affine = np.diag([sign * 4.0, sign * 4.0, 6.0, 1.0])
    affine[:3, 3] = [30.0, -20.0, 5.0]
    return VoxelGrid(shape_kji, affine)


def liver_ball(radius: float = 30.0) -> MaskVolume:
    """A ball of so many voxels in the middle of the liver's cube."""
    grid = VoxelGrid.ras_cube((0.0, 0.0, 0.0), structure("liver").cube_mm, 128)
    at = np.stack(np.meshgrid(*(np.arange(128) - 63.5,) * 3, indexing="ij"))
    return MaskVolume((np.sqrt((at**2).sum(axis=0)) < radius).astype(np.uint8), grid, "liver")


def make_scan(seed: int, *, flipped: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.int16], VoxelGrid]:
    """Labels (6 liver, 1 spleen), CT values and grid of one synthetic patient."""
    rng = np.random.default_rng(seed)
    grid = scan_grid(flipped=flipped)
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij")
    points = grid.to_ras(np.stack([i, j, k], axis=-1))
    middle = grid.center_ras + np.array([20.0, 0.0, 0.0])
    labels = np.zeros(grid.shape_kji, dtype=np.uint8)
    labels[organ(points, middle, rng.uniform(35, 45, 3))] = 6
    labels[(((points - middle - [-70, -40, 0]) / rng.uniform(18, 22, 3)) ** 2).sum(-1) < 1] = 1
    image = np.where(labels == 6, 110, np.where(labels == 1, 130, 20)) + rng.normal(0, 10, labels.shape)
    return labels, image.astype(np.int16), grid


def write_set(folder: Path, cases: int = 4, *, name: str = "toy", val: str = "c3") -> Path:
    """A folder of `cases` image/label pairs named c0…, every second one stored flipped; returns the YAML."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(cases):
        labels, image, grid = make_scan(number, flipped=number % 2 == 1)
        sitk.WriteImage(to_sitk(labels, grid), str(folder / f"c{number}_label.nii.gz"))
        sitk.WriteImage(to_sitk(image, grid), str(folder / f"c{number}_ct.nii.gz"))
    path = folder / f"{name}.yaml"
    path.write_text(YAML.format(name=name, val=val), encoding="utf-8")
    return path
