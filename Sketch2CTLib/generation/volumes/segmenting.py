"""Finding a structure in a scan on its cube: the segmenter as a loaded value."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ... import catalog
from ...data.intensity import to_unit
from ...data.masks import main_components
from ...errors import ConfigError, WeightsError
from ...networks import channels_last
from ...networks.segmenter import SegmenterConfig, SegmenterNet
from ...weights import ModelFolder
from ..model.device import autocast
from ..model.fields import enlarged, pooled
from ..model.stages import MODALITIES
from ..values import ImageVolume

COMPONENT = "segmenter"
FOLDER = "segmenter"
_AUTOCAST_VOXELS = 64  # below, half precision saves nothing
_LEAST_PIECE = 0.2  # of the largest piece: smaller ones are crumbs, every structure here is one body


class Segmenter:
    """A trained segmenter.

    Args:
        network: Its network.
        kinds: The (structure, modality) pairs that it was trained on; None for all.
        device: Where it runs.
    """

    def __init__(
        self, network: SegmenterNet, kinds: frozenset[tuple[str, str]] | None = None, device: str = "cpu"
    ) -> None:
        self.network = network.to(device).eval()
        self.kinds, self.device = kinds, torch.device(device)

    def knows(self, structure: str, modality: str) -> bool:
        """Whether it was trained to find the structure in such scans."""
        return self.kinds is None or (catalog.structure(structure).name, modality) in self.kinds

    def find(self, image: ImageVolume, structure: str) -> NDArray[np.bool_]:
        """(D, H, W) bool: the structure in a scan on the structure's own cube.

        Raises:
            WeightsError: It was not trained on that structure in such scans.
            ConfigError: The scan is not a cube.
        """
        name = catalog.structure(structure).name
        if not self.knows(name, image.modality):
            raise WeightsError(f"The segmenter was not trained on '{name}' in {image.modality} scans.")
        return self.marked(to_unit(image.values, image.modality), name, image.modality)

    def marked(self, unit: NDArray[np.float32], structure: str, modality: str) -> NDArray[np.bool_]:
        """(V, V, V) bool of a cube in [−1, 1]: its main pieces, without crumbs; see `logits` for sizes and errors."""
        return main_components(self.logits(unit, structure, modality) > 0, _LEAST_PIECE)

    @torch.no_grad()
    def logits(self, unit: NDArray[np.float32], structure: str, modality: str) -> NDArray[np.float32]:
        """(V, V, V) float32 of a cube in [−1, 1] of any size that fits the network's; positive inside.

        Raises:
            ConfigError: The cube is neither a multiple nor a fraction of the network's.
        """
        voxels, own = unit.shape[0], self.network.config.voxels
        if len(set(unit.shape)) != 1 or (voxels % own and own % voxels):
            raise ConfigError(f"A scan of {unit.shape} voxels cannot be segmented at {own}³.")
        sized = pooled(unit, own) if voxels >= own else enlarged(unit, own)
        x = torch.from_numpy(np.ascontiguousarray(sized, dtype=np.float32))[None, None].to(self.device)
        conditions = told_of([structure], [modality], self.device)
        with autocast(self.device, enabled=own >= _AUTOCAST_VOXELS):
            logits = self.network(x, *conditions).float()[0, 0].cpu().numpy()
        return enlarged(logits, voxels) if voxels >= own else pooled(logits, voxels)


def told_of(
    structures: list[str], modalities: list[str], device: torch.device | str
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the network is told of a batch: positions in the catalog and in MODALITIES."""
    names = [catalog.place(name) for name in structures]
    kinds = [MODALITIES.index(modality) for modality in modalities]
    return torch.tensor(names, device=device), torch.tensor(kinds, device=device)


def load_segmenter(folder: Path | None = None, *, device: str = "cpu") -> Segmenter:
    """The segmenter of a model folder; the shipped one by default.

    Raises:
        WeightsError: There is none, or it is damaged.
    """
    from ...resources import resource_path

    models = ModelFolder(folder if folder is not None else resource_path("Models", FOLDER))
    entry = models.component(COMPONENT)
    try:
        network = SegmenterNet(SegmenterConfig(**entry["config"]))
        kinds = _kinds(entry["provenance"])
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise WeightsError(f"The segmenter in '{models.folder}' has no usable configuration ({error}).") from error
    models.load_into(COMPONENT, network)
    channels_last(network)
    return Segmenter(network.requires_grad_(False), kinds, device)


@cache
def shipped_segmenter(device: str = "cpu") -> Segmenter | None:
    """The shipped segmenter, loaded once; None where its weights are not there.

    Raises:
        WeightsError: It is damaged.
    """
    from ...resources import resource_path

    models = ModelFolder(resource_path("Models", FOLDER))
    return load_segmenter(models.folder, device=device) if models.exists else None


def _kinds(provenance: dict[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset((structure, modality) for structure, modality in provenance["data"]["kinds"])
