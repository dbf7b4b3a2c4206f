"""The painter's task: layout → scan on crops, against a critic that is shown the layout too.

Both learn at once: one loss is the sum of the critic's, on a scan that is not traced back to the painter, and of the
painter's, through a critic that is held still.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ...catalog import label_value
from ...data.layout import UNKNOWN
from ...data.prepared import PreparedCase, PreparedLayout
from ...generation.model.layout_stage import ORGANS, TISSUES
from ...generation.model.loaded import PAINTER
from ...generation.painting.acquisition import as_acquired, grain
from ...generation.painting.drawing import STYLES, painted
from ...generation.painting.styles import ScanStyles
from ...networks import channels_last
from ...networks.critic import PatchCritic
from ...networks.noisy_unet import noise_field
from ...networks.painter import Painter, PainterConfig
from ...weights import ModelFolder
from ..batch_part import BatchPart, noise_generators
from ..loop import TaskSettings
from ..pictures import save_slices
from .losses import adversary_losses
from .painted_scans import CropSource, painted_scans, styles_of

CROP = 64
POOLED = 4  # voxels over which a painted scan shall have the real one's means
ALIKE, CLOSE = 20.0, 2.0  # weights of that, and of each voxel's difference
MATCHED = 2.0  # weight of the difference in what the critic sees of the painted and of the real scan
WARMUP = 200  # steps in which the critic gains its weight
_SHOWN = 4
_SEEN = 6  # channels in which the critic is shown a class
_MAGNIFIED = 8.0  # grain is a twentieth of the range


class PaintingPair(nn.Module):
    """A painter and its critic, trained at once."""

    def __init__(self, config: PainterConfig) -> None:
        super().__init__()
        self.painter = Painter(config)
        self.seen = nn.Embedding(len(config.values), _SEEN)
        self.critic = PatchCritic(2 + _SEEN + config.style_dim)

    def judged(self, scan: Tensor, picture: Tensor, classes: Tensor, style: Tensor) -> tuple[Tensor, list[Tensor]]:
        """What the critic says of a scan (N, 1, D, H, W), which is shown with its layout, style and grain."""
        told = style[:, :, None, None, None].expand(-1, -1, *scan.shape[2:])
        magnified = _MAGNIFIED * (scan - picture)
        return self.critic(torch.cat([scan, magnified, self.seen(classes).movedim(-1, 1), told], dim=1))  # type: ignore[no-any-return]


class PainterTask:
    """Painting.

    Args:
        train, val: Prepared cubes; layouts: of their scans.
        models: Where the weights go; preset: what they are filed under.
        settings: Seed, shares by structure.
        config: Shape.

    Raises:
        DatasetError: No cube has an image and a layout.
    """

    name = PAINTER

    def __init__(
        self,
        train: Sequence[PreparedCase],
        val: Sequence[PreparedCase],
        layouts: Sequence[PreparedLayout],
        models: ModelFolder,
        settings: TaskSettings,
        config: PainterConfig | None = None,
        *,
        preset: str,
        crop: int = CROP,
    ) -> None:
        values = (UNKNOWN, *(label_value(name) for name in (*TISSUES, *ORGANS)))
        self.config = config or PainterConfig(values)
        self.models, self.preset, self.seed = models, preset, settings.seed
        folder = settings.cache / "painted"
        self.scans = painted_scans(train, layouts, folder)
        self.val = painted_scans(val, layouts, folder) if val else []
        torch.manual_seed(settings.seed)
        self.module: nn.Module = PaintingPair(self.config)
        channels_last(self._pair)
        index = self._pair.painter.index.numpy()
        kinds = len(self.config.values)
        styles = styles_of(self.scans, index, kinds)
        self.styles = ScanStyles.fit(list(styles.values()))
        chances = self._chances(settings)
        self.source = CropSource(self.scans, styles, chances, crop)

    @property
    def _pair(self) -> PaintingPair:
        assert isinstance(self.module, PaintingPair)
        return self.module

    def _chances(self, settings: TaskSettings) -> NDArray[np.float64]:
        """Of each cube to be drawn: by its structure's share, whatever the number of its cubes."""
        names = [one.case.structure for one in self.scans]
        other = settings.shares.get("other", 1.0)
        chances = np.array([settings.shares.get(name, other) / names.count(name) for name in names])
        return np.asarray(chances / chances.sum())

    def loss(self, module: nn.Module, part: BatchPart) -> tuple[Tensor, dict[str, float]]:
        """The critic's loss plus the painter's, of a part of the step's batch."""
        assert isinstance(module, PaintingPair)
        rngs = part.generators(self.seed, 1)
        device = next(module.parameters()).device
        crops = self.source.drawn(rngs)
        real, labels, numbers = (one.to(device) for one in (crops.image, crops.labels, crops.numbers))
        classes = module.painter.classes_of(labels)
        picture = _picture(classes, crops.picture_values.to(device))
        levels = len(self.config.channels)
        generators = noise_generators(rngs)
        white = noise_field(labels.shape[1:], levels, generators)
        noise = [one.to(device) for one in (grain(white[0], crops.spacings[:, 0]), *white[1:])]
        phase = torch.cat([torch.rand(1, generator=one) for one in generators])
        made = as_acquired(module.painter(classes, picture, numbers, noise), crops.spacings[:, 1], phase)
        parts = adversary_losses(
            module.critic, lambda scan: module.judged(scan, picture, classes, numbers), real, made
        ) | {
            "alike": F.l1_loss(F.avg_pool3d(made, POOLED), F.avg_pool3d(real, POOLED)),
            "close": F.l1_loss(made, real),
        }
        share = min(1.0, part.step / WARMUP)
        judgement = share * (parts["fooled"] + MATCHED * parts["matched"])
        whole = parts["critic"] + judgement + ALIKE * parts["alike"] + CLOSE * parts["close"]
        return whole, {name: float(one.detach()) for name, one in parts.items()}

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """Real cubes beside painted ones; how far apart means, spreads and fine details lie."""
        shown, numbers = [], {"mean_error": [], "spread_ratio": [], "detail_ratio": []}  # type: ignore[var-annotated]
        for place in np.linspace(0, len(self.val) - 1, min(_SHOWN, len(self.val))).astype(int):
            scan = self.val[int(place)]
            real = scan.image.astype(np.float32)
            made = painted(module.painter, scan.coarse_layout, self.styles.drawn(step), step)
            shown.append((real, made))
            numbers["mean_error"].append(abs(float(made.mean() - real.mean())))
            numbers["spread_ratio"].append(float(made.std() / real.std()))
            numbers["detail_ratio"].append(_detail(made) / _detail(real))
        if shown:
            save_slices(folder / f"step_{step:06d}.png", shown)
        return {name: float(np.mean(values)) for name, values in numbers.items() if values}

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the painter alone, and the styles that it may draw."""
        assert isinstance(module, PaintingPair)
        told = {"cases": sorted({one.case.key for one in self.scans})}
        extras = {STYLES: self.styles.to_dict()}
        self.models.save_component(
            self.name,
            module.painter,
            self.config.to_dict(),
            provenance | {"data": told},
            preset=self.preset,
            extras=extras,
        )


def _picture(classes: Tensor, values: Tensor) -> Tensor:
    """(N, 1, D, H, W) the usual value of each voxel's class."""
    return torch.stack([row[one] for row, one in zip(values, classes, strict=True)])[:, None]


def _detail(volume: NDArray[np.float32]) -> float:
    """Mean size of the difference between neighbouring voxels."""
    return float(np.mean([np.abs(np.diff(volume, axis=axis)).mean() for axis in range(3)]))
