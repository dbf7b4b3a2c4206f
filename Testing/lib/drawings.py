"""Drawings of an egg-shaped liver, and a pipeline without networks that answers with bodies of its own."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from Sketch2CTLib.description import GeometryDescription
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.generation.model.presets import PRESETS
from Sketch2CTLib.generation.request import GenerationRequest
from Sketch2CTLib.generation.settings import Settings, Start
from Sketch2CTLib.generation.values import MaskSample, MaskVolume
from Sketch2CTLib.sketch import Sketch, Stroke

MODELS = {"mask_autoencoder": "aa" * 32, "mask_diffusion": "bb" * 32, "image_diffusion": "cc" * 32}


def egg(
    view: str = "axial",
    half_mm: tuple[float, float] = (90.0, 70.0),
    center_mm: tuple[float, float] = (0.0, 0.0),
    center_ras: tuple[float, float, float] = (0.0, 0.0, 0.0),
    bump_mm: float = 0.0,
) -> Sketch:
    """An ellipse on a view; a bump raises its upper edge at the right of the paper."""
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    points = np.stack([half_mm[0] * np.cos(angle), half_mm[1] * np.sin(angle)], axis=1)
    points[:, 1] += bump_mm * np.exp(-(((angle - 0.9) / 0.25) ** 2))
    return Sketch((Stroke(points + center_mm, closed=True),), PlaneFrame.standard(view, 400.0, center_ras), "liver")


def liver_request(*drawings: Sketch, text: str = "", **rest: object) -> GenerationRequest:
    """A request without a scan, of an egg where nothing else is drawn."""
    told = GeometryDescription.checked(structure="liver", text=text)
    usual = {"with_volume": False, "settings": Settings(steps=2)}
    return GenerationRequest(told, drawings or (egg(),), **usual | rest)  # type: ignore[arg-type]


class DrawnBodies:
    """A pipeline whose masks are eggs as high as their seed decides; an edit flattens them with its strength."""

    def __init__(self, models: dict[str, str] = MODELS) -> None:
        self.folder = SimpleNamespace(index=lambda: {"components": {}})
        self.hashes = lambda volumes=True: models
        self.preset, self.has_images = PRESETS["small"], False
        self.calls: list[Start | None] = []

    def masks(self, request, seeds, settings, *, progress=None, start=None):
        """One egg a seed."""
        self.calls.append(start)
        return [self._egg(request.grid, seed, 0.0 if start is None else start.strength) for seed in seeds]

    def latent(self, mask: MaskVolume) -> np.ndarray:
        """Its share of the cube, 16 times."""
        return np.full((2, 2, 2, 2), mask.labels.mean(), dtype=np.float32)

    def _egg(self, grid, seed: int, strength: float) -> MaskSample:
        voxels = grid.shape_kji[0]
        k, j, i = np.meshgrid(*(np.arange(voxels) - (voxels - 1) / 2,) * 3, indexing="ij")
        half = voxels * np.array([0.281, 0.219, (0.153 + 0.005 * (seed % 3)) * (1.0 - 0.2 * strength)])
        radius = np.sqrt((i / half[0]) ** 2 + (j / half[1]) ** 2 + (k / half[2]) ** 2)
        field = np.clip((1.0 - radius) * half.mean() / 8.0, -1, 1).astype(np.float32)
        mask = MaskVolume(field > 0, grid, "liver")
        return MaskSample(mask, field, 0.0, seed, self.latent(mask))
