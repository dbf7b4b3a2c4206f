"""A pipeline without networks: it returns the bodies that it is told to, and remembers what it was asked."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from tiny import tiny_preset

from Sketch2CTLib.conditioning.geometry import NumberScaler
from Sketch2CTLib.frames import signed_distance_mm
from Sketch2CTLib.generation.request import PlacedRequest
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import MaskSample, MaskVolume


class FakePipeline:
    """`draw(request, grid, seed) → (D, H, W) bool`; the field of each sample is the body's signed distance."""

    def __init__(self, draw, structure: str = "liver", sketches: int = 1) -> None:
        self.draw, tiny = draw, tiny_preset()
        self.preset = replace(tiny, conditioner=replace(tiny.conditioner, sketches=sketches))
        self.asked: list[tuple[PlacedRequest, tuple[int, ...], Settings]] = []
        statistics = {structure: {"volume_ml": (7.0, 0.2), "extent_si_mm": (5.0, 0.1)}}
        scaler = NumberScaler(tuple(statistics[structure]), frozenset(statistics[structure]), statistics)
        self.mask_models = SimpleNamespace(structures=(structure,), scaler=scaler)

    def masks(self, request, seeds, settings, *, progress=None, start=None) -> list[MaskSample]:
        grid = request.grid
        self.asked.append((request, seeds, settings))
        samples = []
        for seed in seeds:
            body = self.draw(request, grid, seed)
            field = np.clip(signed_distance_mm(body, grid.spacing_mm) / 20.0, -1, 1).astype(np.float32)
            mask = MaskVolume(body.astype(np.uint8), grid, request.structure)
            samples.append(MaskSample(mask, field, 0.0, seed, np.zeros((4, 4, 4, 4), dtype=np.float32)))
        return samples

    @property
    def requests(self) -> list[PlacedRequest]:
        return [request for request, _, _ in self.asked]
