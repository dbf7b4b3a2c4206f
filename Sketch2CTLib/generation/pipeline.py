"""The chain: request → mask latents → masks → image latents → images. One callback, one seed a sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..data.layout import Layout
from ..frames import VoxelGrid
from ..offered import require_offered
from ..weights import ModelFolder
from .layouts.drawing import DrawnLayout, LayoutSettings, draw_layout
from .mask_stage import MaskStageRun, mask_latent
from .model.device import torch_device
from .model.loaded import LAYOUT_STAGE, MASK_STAGE, PAINTER, SHARPENER, VOLUME_STAGE, LoadedModels
from .model.presets import Preset
from .painting.scan import BEYOND, organs_taken, paint_scan, paints, unpainted
from .request import PlacedRequest
from .settings import Progress, RunHooks, Settings, Start
from .values import ImageVolume, MaskSample, MaskVolume
from .volumes.scans import ScanRequest, draw_scan, labels_taken, refused_labels

_ENDS = ("borders", "fields_of_view")  # of the extras


class Pipeline:
    """The networks of both stages, and what each of them is asked.

    Args:
        models: A model folder; its model.json names the preset.
        device: auto, cpu, cuda, cuda:N or mps.
        custom: A preset in place of the named one.
        volumes: Another folder, whose volume stage is used where this one has none.

    Attributes:
        mask_models: Networks of the mask stage; volume_models: of the volume stage, None where there is none.
        hooks: Called while it works; to be set between runs.

    Raises:
        WeightsError: A component is missing or damaged.
    """

    def __init__(
        self,
        models: ModelFolder,
        *,
        device: str = "auto",
        custom: Preset | None = None,
        volumes: ModelFolder | None = None,
    ) -> None:
        self.folder, self.device = models, torch_device(device)
        self.mask_models = LoadedModels(models, self.device, custom)
        self.volume_models: LoadedModels | None = self.mask_models if self.mask_models.draw_volumes else None
        if self.volume_models is None and volumes is not None:
            self.volume_models = LoadedModels(volumes, self.device)
        self.hooks = RunHooks()

    @property
    def preset(self) -> Preset:
        """Of the mask stage."""
        return self.mask_models.preset

    @property
    def has_images(self) -> bool:
        """Whether there is a volume stage."""
        return self.volume_models is not None

    @property
    def loaded_models(self) -> tuple[LoadedModels, ...]:
        """The one or two sets of networks."""
        borrowed = self.volume_models is not None and self.volume_models is not self.mask_models
        return (self.mask_models, self.volume_models) if borrowed and self.volume_models else (self.mask_models,)

    @property
    def painting_models(self) -> LoadedModels:
        """Where layout stage and painter are: the model's own, or those of the borrowed volume stage."""
        return self.mask_models if self.mask_models.paints else self._volume_models()

    @property
    def loaded_mb(self) -> float:
        """Size of the weights in memory."""
        return sum(models.loaded_mb for models in self.loaded_models)

    @property
    def scan_recipe(self) -> dict[str, Any]:
        """What scans depend on beside the weights, ready for JSON: how they are drawn, and how organs and scans end."""
        models = self._volume_models()
        preset = models.preset
        drawn = {"guidance": list(preset.image_guidance), "organ_temperature": preset.organ_temperature}
        return drawn | {name: models.extras.get(name, {}) for name in _ENDS}

    def hashes(self, *, volumes: bool = True) -> dict[str, str]:
        """Component → SHA-256 of the weights in use; `volumes`: with those of a borrowed volume stage."""
        own = self.folder.hashes()
        if not volumes or len(self.loaded_models) == 1:
            return own
        borrowed = self._volume_models()
        others = {f"{borrowed.preset.name}/{name}": digest for name, digest in borrowed.folder.hashes().items()}
        return own | {key: others[key] for key in others if not key.endswith(MASK_STAGE[1:])}

    def neighbours(self, structure: str, *, paint: bool = True) -> frozenset[int]:
        """Label values of neighbours that are known in a structure's scans, drawn by the volume stage or painted.

        Raises:
            ConfigError: It takes no labels.
        """
        models, kind = self._volume_models(), ScanRequest().modality_of(structure)
        if paint and self.paints(structure, kind):
            return organs_taken(structure)
        labels = labels_taken(models, kind)
        if not labels:
            raise refused_labels(models)
        return labels

    def paints(self, structure: str, modality: str | None = None) -> bool:
        """Whether scans of a structure can be painted from layouts."""
        kind = ScanRequest(modality).modality_of(structure)
        return paints(self.painting_models, structure, kind)

    def needed(
        self, *, masks: bool = True, volumes: bool = True, painting: bool = False
    ) -> list[tuple[LoadedModels, str]]:
        """The networks that the stages use, in their order, with what holds them; a painter's only where asked."""
        own = [name for name in MASK_STAGE if masks and (name != "mask_prior" or self.preset.mask_prior)]
        needed = [(self.mask_models, name) for name in own]
        if volumes and self.volume_models is not None:
            later = [(self.volume_models, name) for name in ("mask_autoencoder", *VOLUME_STAGE)]
            needed += [pair for pair in later if pair not in needed]
        painters = self.painting_models
        if volumes and painting and painters.paints:
            drawing = (LAYOUT_STAGE, *([SHARPENER] if painters.sharpens else []), PAINTER)
            needed += [(painters, name) for name in drawing]
        return needed

    def masks(
        self,
        request: PlacedRequest,
        seeds: tuple[int, ...],
        settings: Settings,
        *,
        progress: Progress | None = None,
        start: Start | None = None,
    ) -> list[MaskSample]:
        """Draws one mask a seed; without a noise strength the first is the prior mean itself, where there is a prior.

        Args:
            request: What to honour, in its cube.
            seeds: One a mask.
            settings: How to sample.
            progress: Called as (stage, step, of); it may raise Cancelled.
            start: A former result to start from.

        Raises:
            WeightsError: The model does not know the structure.
            ConfigError: The start is of another model.
        """
        require_offered(catalog.structure(request.structure).name, self.folder.folder)
        self._begin("mask")
        mean_first = start is None and settings.noise_strength is None and self.preset.mask_prior is not None
        samples = MaskStageRun(self.mask_models, request, settings, self.hooks).draw(
            seeds, start=start, mean_first=mean_first, progress=progress
        )
        if self.hooks.mask is not None:
            for number, sample in enumerate(samples):
                self.hooks.mask(sample.mask, number, len(samples))
        return samples

    def latent(self, mask: MaskVolume) -> NDArray[np.float32]:
        """(C, d, h, w) scaled latent of a mask on a cube, which a later edit may start from."""
        return mask_latent(self.mask_models, mask)

    def image(
        self,
        mask: MaskVolume,
        seed: int,
        settings: Settings,
        *,
        modality: str | None = None,
        labels: NDArray[np.uint8] | None = None,
        layout: Layout | None = None,
        progress: Progress | None = None,
    ) -> ImageVolume:
        """Draws the scan of a mask on a cube, on the mask's own grid, or paints it from a layout.

        Args:
            mask: The organ.
            seed: Of the noise; the same one keeps the look of an edited mask's scan.
            settings: How to sample.
            modality: CT or MR; the structure's own by default.
            labels: (D, H, W) catalog label values of neighbours, on the mask's grid; 0 where nothing is known.
            layout: Organs and tissues to paint it from, what it leaves unknown is drawn; without one `settings.paint`
                says whether it is painted.
            progress: Called as (stage, step, of); it may raise Cancelled.

        Raises:
            WeightsError: There is no volume stage.
            ConfigError: The modality is unknown, the model does not take labels or a layout, or full HU are asked of a
                scan that is not painted.
        """
        request = ScanRequest(modality, labels, layout, settings.full_hu)
        if layout is not None or (settings.paint and self.paints(mask.structure, modality)):
            self._begin("layout")
            return paint_scan(self.painting_models, mask, seed, request, progress=progress)
        if settings.full_hu:
            raise unpainted(mask.structure, BEYOND)
        self._begin("volume")
        return draw_scan(self._volume_models(), mask, seed, settings, request, progress=progress)

    def layout(
        self,
        masks: Sequence[MaskVolume],
        seed: int,
        *,
        grid: VoxelGrid | None = None,
        settings: LayoutSettings | None = None,
        progress: Progress | None = None,
    ) -> DrawnLayout:
        """Draws the organs and tissues around some organs; see `draw_layout`.

        Raises:
            WeightsError: There is no layout stage.
        """
        self._begin("layout")
        return draw_layout(self.painting_models, masks, seed, grid, settings, progress=progress)

    def _begin(self, stage: str) -> None:
        if self.hooks.stage is not None:
            self.hooks.stage(stage)

    def _volume_models(self) -> LoadedModels:
        """Where the volume stage is looked for, and missed."""
        return self.volume_models or self.mask_models
