"""A draft: the likeliest mask of drawings and numbers on a coarse grid, some 50 ms of one core.

The prior mean alone, decoded without the finish of its code, stretched along what the drawings leave open, and cut at
the level of the asked volume: no sampling and no words, which change little (measured on eight hand-drawn requests:
Dice 0.970–0.974 with the prior mean at 128³ with them, 0.970–0.972 without; the rest is the coarse grid).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ..errors import WeightsError
from ..networks import PatchAutoencoder, with_onednn
from ..offered import require_offered
from .conformity import MAX_SHIFT
from .depth import open_size
from .mask_stage import MaskStageRun
from .model.loaded import LoadedModels
from .placement import cube_of, on_cube
from .request import GenerationRequest, PlacedRequest
from .settings import Settings
from .values import MaskVolume

DRAFT_VOXELS = 64


class Drafter:
    """Draws drafts with the prior of a model.

    Args:
        models: Networks of the mask stage on the CPU; the prior is changed in place, so that nothing else may use them.

    Raises:
        WeightsError: The model has no prior, or a component is missing or damaged.
    """

    def __init__(self, models: LoadedModels) -> None:
        if models.preset.mask_prior is None:
            raise WeightsError(
                f"The model '{models.folder.folder.name}' has no prior and draws no drafts.",
                hint="Generate in its place, or take another preset.",
            )
        self._models = models
        self._prior = with_onednn(models.network("mask_prior"))

    @torch.inference_mode()
    def draw(self, asked: GenerationRequest, voxels: int = DRAFT_VOXELS) -> tuple[MaskVolume, tuple[str, ...]]:
        """The mask of a request on `voxels`³ over its cube, and notes on its drawings.

        Raises:
            DescriptionError: The description contradicts itself.
            SketchError: A drawing does not fit its cube, or the other one.
            WeightsError: The model does not know the structure, or takes fewer drawings.
        """
        name = asked.description.structure
        grid = cube_of(name, asked.drawings, voxels)
        notes = on_cube(asked.drawings, grid, name)[1]
        request = replace(PlacedRequest.of(asked, grid), sentences=())
        require_offered(request.structure, self._models.folder.folder)
        body = most_probable(self._field(request), request.numbers.get("volume_ml"), grid.voxel_ml)
        return MaskVolume(body.view(np.uint8), grid, name), notes

    def _field(self, request: PlacedRequest) -> NDArray[np.float32]:
        """The prior's field on the request's cube, stretched to what is stated of an open depth or size."""
        voxels = request.grid.shape_kji[0]
        latent = self._prior(MaskStageRun(self._models, request, Settings()).batch).float()
        size = (voxels, voxels, voxels)
        whole = self._decoded(latent)
        is_finer = whole.shape[-1] > voxels
        field = (F.adaptive_avg_pool3d(whole, size) if is_finer else F.interpolate(whole, size, mode="trilinear"))[0, 0]
        wanted = open_size(request, voxels, Settings())
        return (field if wanted is None else wanted.scaled(field)[0]).numpy()

    def _decoded(self, latent: Tensor) -> Tensor:
        coder = self._models.network("mask_autoencoder")
        decode = coder.linear if isinstance(coder, PatchAutoencoder) else coder.decode
        return decode(latent / self._models.extra("mask_latent_scale")).float()


def most_probable(field: NDArray[np.float32], volume_ml: float | None, voxel_ml: float) -> NDArray[np.bool_]:
    """The voxels of the largest values whose volume is the asked one, or those above zero where none is asked.

    Args:
        field: (V, V, V), positive inside.
        volume_ml: Is met as far as a level within ± MAX_SHIFT goes.
        voxel_ml: Size of a voxel.
    """
    if volume_ml is None:
        return np.asarray(field > 0)
    count = min(max(round(volume_ml / voxel_ml), 1), field.size)
    level = float(np.partition(field, field.size - count, axis=None)[field.size - count])
    return np.asarray(field >= min(max(level, -MAX_SHIFT), MAX_SHIFT))
