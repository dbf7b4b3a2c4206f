"""Labels as a picture: every labelled voxel painted with its usual value, so that the image coder can say where it is.

An average over latent cells blurs a border by a centimetre; the painted picture's latent keeps it to the voxel, for any
number of organs at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ...networks import Coder

_LABELS = 256
_FEW_VOXELS = 50  # fewer of a label say nothing of its usual value


@dataclass(frozen=True)
class Palette:
    """The usual value of each label in [−1, 1], by modality.

    Args:
        values: modality → label value → mean; label 0 is everything unlabelled.
    """

    values: Mapping[str, Mapping[int, float]]

    @classmethod
    def fit(cls, scans: Sequence[tuple[str, NDArray[np.float32], NDArray[np.uint8]]]) -> Palette:
        """The palette of (modality, image in [−1, 1], labels) of one shape each."""
        sums: dict[str, NDArray[np.float64]] = {}
        for modality, image, labels in scans:
            table = sums.setdefault(modality, np.zeros((2, _LABELS)))
            table[0] += np.bincount(labels.ravel(), weights=image.ravel().astype(np.float64), minlength=_LABELS)
            table[1] += np.bincount(labels.ravel(), minlength=_LABELS)
        return cls(
            {
                modality: {
                    int(label): round(float(total[label] / count[label]), 4)
                    for label in np.flatnonzero(count >= _FEW_VOXELS)
                }
                for modality, (total, count) in sorted(sums.items())
            }
        )

    def table(self, modality: str) -> Tensor:
        """(256,) float32: a value for every label; what it does not know is as unlabelled."""
        known = self.values.get(modality, {})
        table = torch.full((_LABELS,), float(known.get(0, 0.0)))
        for label, value in known.items():
            table[label] = value
        return table

    def knows(self, modality: str) -> Tensor:
        """(256,) bool: labels that it has a value for, but for 0."""
        table = torch.zeros(_LABELS, dtype=torch.bool)
        table[[label for label in self.values.get(modality, {}) if label != 0]] = True
        return table

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data, kept with the weights."""
        return {modality: {str(k): v for k, v in table.items()} for modality, table in self.values.items()}

    @classmethod
    def from_dict(cls, payload: Mapping[str, Mapping[str, float]]) -> Palette:
        """Undoes `to_dict`."""
        return cls({m: {int(k): float(v) for k, v in table.items()} for m, table in payload.items()})


def paint(labels: Tensor, modalities: Sequence[str], palette: Palette) -> tuple[Tensor, Tensor]:
    """Pictures and where they are labelled.

    Args:
        labels: (N, 1, V, V, V) integer label values, 0…255.
        modalities: Of each.
        palette: Of the model.

    Returns:
        (N, 1, V, V, V) float32 in [−1, 1], and the same shape, 1 where there is a known label.
    """
    whole = labels.long()
    pictures = torch.stack([palette.table(m).to(one.device)[one] for one, m in zip(whole, modalities, strict=True)])
    known = torch.stack([palette.knows(m).to(one.device)[one] for one, m in zip(whole, modalities, strict=True)])
    return pictures, known.float()


def painted_conditions(
    labels: Tensor, modalities: Sequence[str], palette: Palette, coder: Coder, factor: float
) -> Tensor:
    """(N, C + 1, d, h, w): the latents of the painted pictures, and the labelled share of each cell.

    Args:
        labels: (N, 1, V, V, V) label values.
        modalities: Of each.
        palette: Of the model.
        coder: The image coder.
        factor: The latents' scale.
    """
    pictures, known = paint(labels, modalities, palette)
    latent = coder.encode(pictures)[0].float() * factor
    return torch.cat([latent, F.avg_pool3d(known, known.shape[-1] // latent.shape[-1])], dim=1)


def with_body(labels: Tensor, field: Tensor, label: Sequence[int]) -> Tensor:
    """Label maps, enlarged to the bodies' resolution and overlaid with them.

    Args:
        labels: (N, 1, v, v, v) uint8, v a divisor of V.
        field: (N, 1, V, V, V) mask fields, positive inside.
        label: The body's label value in each.
    """
    factor = field.shape[-1] // labels.shape[-1]
    for axis in (2, 3, 4):
        labels = labels.repeat_interleave(factor, dim=axis)
    own = torch.tensor(label, dtype=labels.dtype, device=labels.device).view(-1, 1, 1, 1, 1)
    cleared = torch.where(labels == own, torch.zeros_like(labels), labels)
    return torch.where(field > 0, own.expand_as(labels), cleared)
