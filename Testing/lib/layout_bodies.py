"""Trunks of label maps whose organs stand where a trunk has them, and a layout stage trained on them for a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.layout import Layout
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.model.layout_stage import ORGANS, TISSUES, LayoutConfig
from Sketch2CTLib.networks.label_code import LabelCodeConfig
from Sketch2CTLib.training.pace import LoopConfig

TINY = LayoutConfig(
    shape_kji=(24, 16, 24),
    spacing_mm=16.0,
    code=LabelCodeConfig(tuple(label_value(n) for n in (*TISSUES, *ORGANS)), patch=2, latent_channels=16, every=1),
    channels=(16, 16, 16),
    deep_blocks=1,
    pooled_dim=16,
)
# RAS of centroids and radii in mm
_PLACES = {
    "liver": ((70, 20, 40), (60, 50, 55)),
    "spleen": ((-90, -30, 40), (30, 35, 40)),
    "left_kidney": ((-60, -40, -50), (25, 25, 45)),
    "right_kidney": ((60, -40, -60), (25, 25, 45)),
    "stomach": ((-45, 45, 40), (30, 25, 35)),
}


def trunk(seed: int = 0, spacing_mm: float = 8.0) -> Layout:
    """A trunk of some size: fat, muscle, a spine, an aorta before it and five organs; right is right."""
    rng = np.random.default_rng(seed)
    size, shift = float(rng.uniform(0.9, 1.1)), rng.uniform(-20, 20, 3)
    count = np.array([int(400 / spacing_mm), int(260 / spacing_mm), int(360 / spacing_mm)])
    affine = np.diag([spacing_mm] * 3 + [1.0])
    affine[:3, 3] = -spacing_mm * (count - 1) / 2 + shift
    grid = VoxelGrid((int(count[2]), int(count[1]), int(count[0])), affine)
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij")
    x, y, z = np.moveaxis((grid.to_ras(np.stack([i, j, k], axis=-1)) - shift) / size, -1, 0)
    labels = np.full(grid.shape_kji, label_value("outside"), np.uint8)
    labels[(x / 165) ** 2 + (y / 110) ** 2 <= 1] = label_value("fat")
    labels[(x / 145) ** 2 + (y / 92) ** 2 <= 1] = label_value("soft_tissue")
    labels[np.hypot(x, y + 60) <= 22] = label_value("bone")
    labels[np.hypot(x + 8, y + 22) <= 13] = label_value("aorta")
    for name, (center, radii) in _PLACES.items():
        inside = sum(((v - c) / r) ** 2 for v, c, r in zip((x, y, z), center, radii, strict=True)) <= 1
        labels[inside] = label_value(name)
    return Layout(labels, grid)


@dataclass(frozen=True)
class PreparedTrunk:
    """What tasks ask of a prepared layout."""

    seed: int
    modality: str = "CT"

    @property
    def key(self) -> str:
        """As of a data set of toys."""
        return f"toy/{self.seed}"

    @property
    def patient(self) -> str:
        """Each trunk is a patient's."""
        return self.key

    @property
    def record(self) -> dict[str, object]:
        """What decides it."""
        return {"seed": self.seed}

    def layout(self) -> Layout:
        """The trunk."""
        return trunk(self.seed)


def short_loop(steps: int, **more: object) -> LoopConfig:
    """A loop of few steps in float32, the same to the bit."""
    settings = {"batch": 2, "lr": 4e-3, "warmup": 5, "ema": 0.9, "device": "cpu", "precision": "32-true"} | more
    return LoopConfig(steps, **settings)  # type: ignore[arg-type]
