"""Model folders whose layouts are the mean of toy trunks, and whose painter gives each class its usual value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from layout_bodies import TINY, trunk

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.layout import UNKNOWN
from Sketch2CTLib.generation.layouts.drawing import FRAME, RANGES
from Sketch2CTLib.generation.layouts.measures import LayoutRanges
from Sketch2CTLib.generation.model.layout_sharpener import LayoutSharpener, SharpenerConfig
from Sketch2CTLib.generation.model.layout_stage import ORGANS, TISSUES, LayoutStage, region_grid
from Sketch2CTLib.generation.model.loaded import LAYOUT_STAGE, PAINTER, SHARPENER
from Sketch2CTLib.generation.painting.drawing import STYLES
from Sketch2CTLib.generation.painting.styles import ScanStyles, Style
from Sketch2CTLib.networks import Painter, PainterConfig
from Sketch2CTLib.training.layout_copies import framed
from Sketch2CTLib.weights import ModelFolder

VALUES = (UNKNOWN, *(label_value(name) for name in (*TISSUES, *ORGANS)))
PLAIN = PainterConfig(VALUES, channels=(4, 4, 4, 4), deep_blocks=1, embedded=2, pooled_dim=4)
USUAL = {"liver": 0.2, "spleen": 0.35, "fat": -0.8, "bone": 0.9, "outside": -1.0, "soft_tissue": -0.1}


def plain_style(noise: float = 0.05) -> Style:
    """Classes at their usual values."""
    values = np.zeros(len(VALUES), dtype=np.float32)
    for name, value in USUAL.items():
        values[VALUES.index(label_value(name))] = value
    return Style(values, noise, 1.0, 1.0)


def _preset(folder: ModelFolder) -> str:
    return str(folder.index()["preset"]) if folder.exists else "small"


def add_layouts(folder: ModelFolder, seeds: Sequence[int] = range(8)) -> None:
    """A layout stage that has learned nothing but the mean of trunks."""
    trunks = {f"toy/{seed}": trunk(seed) for seed in seeds}
    cases, frame = framed(trunks)
    stage = LayoutStage(TINY)
    maps = []
    for case in cases:
        labels = case.layout.on(region_grid(case.origin_ras, TINY), "outside").labels
        maps.append(torch.from_numpy(labels.copy())[None])
    stage.fit_statistics(maps, [torch.ones_like(one, dtype=torch.bool) for one in maps])
    extras = {FRAME: dict(frame.centres_mm), RANGES: LayoutRanges.of(trunks.values()).to_dict()}
    folder.save_component(LAYOUT_STAGE, stage, TINY.to_dict(), {}, preset=_preset(folder), extras=extras)


def add_sharpener(folder: ModelFolder, noise: float = 0.0) -> None:
    """A sharpener that adds nothing to the shares, or what its noise makes of it."""
    torch.manual_seed(0)
    config = SharpenerConfig(len(TINY.code.values), (8, 8, 8), 1)
    sharpener = LayoutSharpener(config)
    torch.nn.init.normal_(sharpener.net.outward.weight, 0.0, noise)
    torch.nn.init.zeros_(sharpener.net.outward.bias)  # type: ignore[arg-type]
    folder.save_component(SHARPENER, sharpener, config.to_dict(), {}, preset=_preset(folder))


def add_painter(folder: ModelFolder) -> None:
    """A painter that adds nothing to the usual values."""
    painter = Painter(PLAIN)
    torch.nn.init.zeros_(painter.net.outward.weight)
    torch.nn.init.zeros_(painter.net.outward.bias)  # type: ignore[arg-type]
    extras = {STYLES: ScanStyles.fit([plain_style()]).to_dict()}
    folder.save_component(PAINTER, painter, PLAIN.to_dict(), {}, preset=_preset(folder), extras=extras)


def painting_models(folder: Path) -> ModelFolder:
    """Both."""
    models = ModelFolder(folder)
    add_layouts(models)
    add_painter(models)
    return models
