"""The second stage: from a mask on a cube, and what is known around it, to a scan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ... import catalog
from ...data.intensity import from_unit
from ...data.layout import Layout
from ...diffusion import SampleRequest, sample
from ...errors import ConfigError, MaskError
from ...offered import require_offered
from ..model.fields import enlarged, mask_field
from ..model.loaded import LoadedModels
from ..model.stages import MODALITIES, ImageConditions, LabelImageDenoiser, mask_cells
from ..settings import Progress, Settings, stepwise
from ..values import ImageVolume, MaskVolume
from .borders import Border
from .field_of_view import FieldOfView
from .painting import Palette, painted_conditions, with_body

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ScanRequest:
    """What a scan shall show beside its mask.

    Args:
        modality: CT or MR; the structure's own if None.
        labels: (D, H, W) catalog label values of neighbours on the mask's grid, 0 where nothing is known.
        layout: Organs and tissues, anywhere in space, that it is painted from; drawn where it is None or knows nothing.
        full_hu: Whether a painted CT has values beyond the window, see `painting.beyond`.
    """

    modality: str | None = None
    labels: NDArray[np.uint8] | None = None
    layout: Layout | None = None
    full_hu: bool = False

    def modality_of(self, structure: str) -> str:
        """The modality.

        Raises:
            ConfigError: It is none that the networks know.
        """
        kind = self.modality or catalog.structure(structure).modality
        if kind not in MODALITIES:
            raise ConfigError(f"Unknown modality '{kind}'.", hint=f"Choose one of {', '.join(MODALITIES)}.")
        return kind


@torch.no_grad()
def draw_scan(
    models: LoadedModels,
    mask: MaskVolume,
    seed: int,
    settings: Settings,
    request: ScanRequest,
    *,
    progress: Progress | None = None,
) -> ImageVolume:
    """The scan of a mask, on the mask's own grid; see `Pipeline.image`."""
    require_offered(mask.structure, models.folder.folder)
    kind = request.modality_of(mask.structure)
    stage = models.network("image_diffusion")
    conditions = _conditions(models, mask.require_body(), kind, request.labels)
    organ, draw = _organ_cells(models, mask), stage
    if isinstance(stage, LabelImageDenoiser):  # not in the organ: its values would shift
        weight = models.preset.image_guidance[MODALITIES.index(kind)]
        draw = partial(stage.guided, weight=1.0 + (weight - 1.0) * (1.0 - organ))
    with models.autocast():
        wanted = SampleRequest(models.preset.image_latent_shape, (seed,), settings.image_steps)
        z = sample(
            lambda z_t, t: draw(z_t, t, conditions),
            wanted,
            models.schedule,
            device=models.device,
            on_step=stepwise(progress, "volume", 0, 1, 1),
            temperature=1.0 - (1.0 - models.preset.organ_temperature) * organ,
        )
        decoded = models.network("image_autoencoder").decode(z / models.extra("image_latent_scale"))
    unit = _mended(models, enlarged(decoded[0, 0].float().cpu().numpy(), mask.grid.shape_kji[0]), mask, kind)
    return ImageVolume(from_unit(unit, kind), mask.grid, kind)  # type: ignore[arg-type]


def _mended(models: LoadedModels, unit: Floats, mask: MaskVolume, modality: str) -> Floats:
    """A scan (D, H, W) in [−1, 1] with what latents of patches cannot draw: the organ's border, the scan's own end.

    How both look in real scans of the kind is kept with the weights; older ones know nothing of it.
    """
    kind, edge_mm = f"{mask.structure} {modality}", float(mask.grid.size_mm[0])
    border, view = (models.extras.get(name, {}).get(kind) for name in ("borders", "fields_of_view"))
    if border is not None:
        unit = Border.from_dict(border).applied(unit, mask.body, edge_mm)
    return unit if view is None else FieldOfView.from_dict(view).applied(unit, mask.body, edge_mm)


def labels_taken(models: LoadedModels, modality: str) -> frozenset[int]:
    """Label values of neighbours that a volume stage knows; none where it takes no labels."""
    if not models.network("image_diffusion").sees_labels:
        return frozenset()
    known = Palette.from_dict(models.extra("palette")).knows(modality)
    return frozenset(int(label) for label in known.nonzero())


def refused_labels(models: LoadedModels) -> ConfigError:
    """The error of a volume stage that takes no labels."""
    return ConfigError(
        f"The volume stage of the preset '{models.preset.name}' does not take labels of neighbours.",
        hint="Leave them out, or choose a model whose volume stage is of the preset 'default'.",
    )


def _organ_cells(models: LoadedModels, mask: MaskVolume) -> Tensor:
    """(1, 1, d, h, w): 1 in the latent cells that hold a part of the organ."""
    body = torch.from_numpy(mask.body.astype(np.float32))[None, None].to(models.device)
    return torch.nn.functional.adaptive_max_pool3d(body, models.preset.image_latent_shape[1:])


def _conditions(
    models: LoadedModels, mask: MaskVolume, modality: str, labels: NDArray[np.uint8] | None
) -> ImageConditions:
    preset = models.preset
    field = torch.from_numpy(mask_field(mask.body, mask.grid, preset))[None, None].to(models.device)
    with models.autocast():
        latent = models.network("mask_autoencoder").encode(field)[0].float()
    painted = None
    if models.network("image_diffusion").sees_labels:
        painted = _painted(models, mask, field, modality, labels)
    elif labels is not None:
        raise refused_labels(models)
    return ImageConditions(
        mask_latent=latent * models.extra("image_prior_scale"),
        mask_cells=mask_cells(field, preset.mask_latent_shape[1]),
        structure=torch.tensor([catalog.place(mask.structure)]),
        modality=torch.tensor([MODALITIES.index(modality)]),
        painted=painted,
    ).to(models.device)


def _painted(
    models: LoadedModels, mask: MaskVolume, field: Tensor, modality: str, labels: NDArray[Any] | None
) -> Tensor:
    """The labels as training shows them: whole at half the resolution, the body to the voxel."""
    shape = mask.grid.shape_kji
    given = np.zeros(shape, dtype=np.uint8) if labels is None else np.asarray(labels)
    if given.shape != shape:
        raise MaskError(f"Labels of shape {given.shape} do not fit the mask's grid of {shape}.")
    step = shape[0] // min(models.preset.voxels, LABEL_VOXELS)
    coarse = torch.from_numpy(np.ascontiguousarray(given[::step, ::step, ::step]))[None, None].to(models.device)
    own = catalog.structure(mask.structure).label
    palette = Palette.from_dict(models.extra("palette"))
    coder, factor = models.network("image_autoencoder"), models.extra("image_latent_scale")
    return painted_conditions(with_body(coarse, field, [own]), [modality], palette, coder, factor)


LABEL_VOXELS = 64
