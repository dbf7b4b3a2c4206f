"""The chain: request → mask latents → masks → image latents → images → result. One callback, one seed a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .. import __version__, catalog
from ..conditioning.encoder import ConditionTokens, join_batches
from ..conditioning.geometry import NumberScaler
from ..data.cubes import main_components
from ..data.intensity import from_unit
from ..diffusion import SampleRequest, Schedule, classifier_free, corrected, sample
from ..errors import ConfigError, ResourceError, WeightsError
from ..frames import VoxelGrid
from ..networks import Coder, build_coder, channels_last
from ..weights import ModelFolder
from .conditions import Request, condition_batch
from .fields import enlarged, mask_field
from .presets import MASK_TRUNCATION, Preset, preset
from .projection import Bounds, latent_correction, shift_to_volume
from .stages import MODALITIES, ImageConditions, ImageStage, MaskStage, mask_cells
from .values import ImageVolume, MaskVolume

OUTPUT_VOXELS = 128
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Settings:
    """How to sample.

    Args:
        steps: Denoising steps of the mask stage; image_steps: of the volume stage.
        guidance: Classifier-free scale of the mask stage; None takes the preset's.
        sampler: dpm++ or ddpm.
        match_volume: Move the zero level so that an asked volume is met (within limits; the report says so).
        follow: Project onto the drawn silhouette and the stated extents, in the last half of sampling and at the end.
        draws: Draws whose mean field becomes one mask; 1 is a plain sample, None takes the preset's.
        batch: Samples at once; None: one on a CPU (bit-equal for any number of candidates), four on a GPU.
    """

    steps: int = 25
    image_steps: int = 25
    guidance: float | None = None
    sampler: str = "dpm++"
    match_volume: bool = True
    follow: bool = True
    draws: int | None = None
    batch: int | None = None

    def __post_init__(self) -> None:
        if not (1 <= self.steps <= 1000 and 1 <= self.image_steps <= 1000):
            raise ConfigError(f"Steps must lie in 1…1000, got {self.steps} and {self.image_steps}.")
        if self.draws is not None and not 1 <= self.draws <= 64:
            raise ConfigError(f"Draws must lie in 1…64, got {self.draws}.")
        if self.guidance is not None and not (np.isfinite(self.guidance) and 0 <= self.guidance <= 20):
            raise ConfigError(f"Guidance must lie in 0…20, got {self.guidance}.")


@dataclass(frozen=True, eq=False)
class MaskSample:
    """One drawn mask.

    Args:
        mask: On the output grid.
        field: (V, V, V) decoded mask field in [−1, 1].
        level_shift_mm: How far the surface was moved to meet the asked volume (positive: outwards).
        seed: Its seed.
    """

    mask: MaskVolume
    field: NDArray[np.float32]
    level_shift_mm: float
    seed: int


def torch_device(name: str) -> torch.device:
    """auto, cpu, cuda or cuda:N as a device.

    Raises:
        ResourceError: The device is not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"Unknown device '{name}'.", hint="Choose auto, cpu, cuda or cuda:N.") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ResourceError(f"The device '{name}' is not available.", hint="Choose --device cpu.")
    return device


class Pipeline:
    """Loaded networks of one model folder.

    Args:
        models: The folder; its model.json names the preset.
        device: auto, cpu, cuda or cuda:N.

    Raises:
        WeightsError: A component is missing or damaged.
    """

    def __init__(self, models: ModelFolder, *, device: str = "auto", custom: Preset | None = None) -> None:
        index = models.index()
        self.models, self.device = models, torch_device(device)
        self.preset = custom or preset(index["preset"])
        self.schedule = Schedule(self.preset.schedule)
        self.extras: dict[str, Any] = index["extras"]
        self._loaded: dict[str, torch.nn.Module] = {}

    @property
    def has_images(self) -> bool:
        """Whether the folder holds the volume stage."""
        return {"image_autoencoder", "image_diffusion"} <= set(self.models.index()["components"])

    @property
    def structures(self) -> tuple[str, ...]:
        """Structures that the mask stage was trained on."""
        return tuple(self._extra("number_scaler")["statistics"])

    @property
    def scaler(self) -> NumberScaler:
        """z-scores of numbers, as in training."""
        return NumberScaler.from_dict(self._extra("number_scaler"))

    def _extra(self, name: str) -> Any:
        if name not in self.extras:
            raise WeightsError(f"The model in '{self.models.folder}' lacks '{name}'.", hint="Train its stages first.")
        return self.extras[name]

    def _network(self, name: str) -> Any:
        if name not in self._loaded:
            builders: dict[str, Callable[[], torch.nn.Module]] = {
                "mask_autoencoder": partial(build_coder, self.preset.mask_autoencoder),
                "image_autoencoder": partial(build_coder, self.preset.image_autoencoder),
                "mask_diffusion": partial(MaskStage, self.preset),
                "image_diffusion": partial(ImageStage, self.preset),
            }
            network = builders[name]()
            self.models.load_into(name, network)
            network = network.to(self.device).eval().requires_grad_(False)
            if isinstance(network, Coder):
                channels_last(network)
            self._loaded[name] = network
        return self._loaded[name]

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def _chunk(self, settings: Settings) -> int:
        return settings.batch or (1 if self.device.type == "cpu" else 4)

    def masks(
        self,
        request: Request,
        grid: VoxelGrid,
        seeds: tuple[int, ...],
        settings: Settings,
        *,
        progress: Progress | None = None,
    ) -> list[MaskSample]:
        """Draws one mask a seed.

        Args:
            request: What to honour; its sketch is centred on the cube's face.
            grid: The output cube.
            progress: Called as (stage, step, of); it may raise Cancelled.
        """
        wanted = catalog.structure(request.structure).name
        if wanted not in self.structures:
            raise WeightsError(
                f"The model in '{self.models.folder}' was not trained on '{wanted}'.",
                hint=f"It knows {', '.join(self.structures)}.",
            )
        draws = settings.draws or self.preset.draws
        drawn = [one for seed in seeds for one in seed_family(seed, draws)]
        fields: list[NDArray[np.float32]] = []
        for start in range(0, len(drawn), self._chunk(settings)):
            chunk = tuple(drawn[start : start + self._chunk(settings)])
            fields += self._mask_fields(request, chunk, settings, progress, start, len(drawn))
        bounds = self._bounds(request, settings, grid.shape_kji[0])
        samples = []
        for position, seed in enumerate(seeds):
            family = np.stack(fields[position * draws : (position + 1) * draws])
            field = np.asarray(family.mean(axis=0), dtype=np.float32)
            body, shift_mm = finished(field, grid, bounds, request.numbers if settings.match_volume else {})
            samples.append(MaskSample(MaskVolume(body, grid, wanted), field, shift_mm, seed))
        return samples

    def _bounds(self, request: Request, settings: Settings, voxels: int) -> Bounds:
        if not settings.follow:
            return Bounds(None, 0, None)
        return Bounds.of(request.sketch, request.numbers, request.structure, voxels)

    @torch.no_grad()
    def _mask_fields(
        self, request: Request, seeds: tuple[int, ...], settings: Settings, progress: Progress | None, at: int, of: int
    ) -> list[NDArray[np.float32]]:
        stage: MaskStage = self._network("mask_diffusion")
        batch = condition_batch([request], self.scaler, self.preset.conditioner).to(self.device)
        scale = self.preset.guidance if settings.guidance is None else settings.guidance
        with self._autocast():
            both = stage.conditioner(join_batches(batch, batch.unconditional()))

            def denoise_pair(z: Tensor, t: Tensor) -> Tensor:
                return stage.denoise(z, t, _repeated(both, len(z) // 2))

            def denoise_plain(z: Tensor, t: Tensor) -> Tensor:
                return stage.denoise(z, t, ConditionTokens(*(_first(c, len(z)) for c in vars(both).values())))

            denoise = denoise_plain if scale == 1.0 else classifier_free(denoise_pair, scale)
            coder: Coder = self._network("mask_autoencoder")
            factor = self._extra("mask_latent_scale")
            bounds = self._bounds(request, settings, self.preset.voxels)
            if self.preset.signed_distance and not bounds.free:
                correct = latent_correction(
                    bounds, lambda x: coder.decode(x / factor), lambda f: coder.encode(f)[0] * factor
                )
                denoise = corrected(denoise, self.schedule, correct, below=self.preset.schedule.steps // 2)
            wanted = SampleRequest(self.preset.mask_latent_shape, seeds, settings.steps, settings.sampler)  # type: ignore[arg-type]
            report = _stepwise(progress, "mask", at, of, len(seeds))
            z = sample(denoise, wanted, self.schedule, device=self.device, on_step=report)
            parts = [coder.decode(one) for one in (z / factor).split(1)]
        return [part[0, 0].float().cpu().numpy() for part in parts]

    @torch.no_grad()
    def image(
        self,
        mask: MaskVolume,
        seed: int,
        settings: Settings,
        *,
        modality: str | None = None,
        progress: Progress | None = None,
    ) -> ImageVolume:
        """Draws the scan of a mask on a cube, on the mask's own grid.

        Raises:
            WeightsError: The folder has no volume stage.
        """
        kind = modality or catalog.structure(mask.structure).modality
        if kind not in MODALITIES:
            raise ConfigError(f"Unknown modality '{kind}'.", hint=f"Choose one of {', '.join(MODALITIES)}.")
        stage: ImageStage = self._network("image_diffusion")
        conditions = self._image_conditions(mask.require_body(), kind)
        with self._autocast():
            wanted = SampleRequest(self.preset.image_latent_shape, (seed,), settings.image_steps)
            z = sample(
                lambda z_t, t: stage(z_t, t, conditions),
                wanted,
                self.schedule,
                device=self.device,
                on_step=_stepwise(progress, "volume", 0, 1, 1),
            )
            decoded = self._network("image_autoencoder").decode(z / self._extra("image_latent_scale"))
        unit = enlarged(decoded[0, 0].float().cpu().numpy(), mask.grid.shape_kji[0])
        return ImageVolume(from_unit(unit, kind), mask.grid, kind)  # type: ignore[arg-type]

    def _image_conditions(self, mask: MaskVolume, modality: str) -> ImageConditions:
        field = torch.from_numpy(mask_field(mask.body, mask.grid, self.preset))[None, None].to(self.device)
        with self._autocast():
            latent = self._network("mask_autoencoder").encode(field)[0].float()
        return ImageConditions(
            mask_latent=latent * self._extra("image_prior_scale"),
            mask_cells=mask_cells(field, self.preset.mask_latent_shape[1]),
            structure=torch.tensor([catalog.STRUCTURE_NAMES.index(mask.structure)]),
            modality=torch.tensor([MODALITIES.index(modality)]),
        ).to(self.device)


def seed_family(seed: int, count: int) -> tuple[int, ...]:
    """The seed itself, then seeds that follow from it; the first k are the same for any count ≥ k."""
    later = np.random.SeedSequence(seed).generate_state(max(count - 1, 1), dtype=np.uint64) >> np.uint64(2)
    return (seed, *(int(s) for s in later[: count - 1]))


def finished(
    field: NDArray[np.float32], grid: VoxelGrid, bounds: Bounds, numbers: Mapping[str, float]
) -> tuple[NDArray[np.uint8], float]:
    """The body of a field on the output grid, within its bounds, and how far its surface was moved (mm, outwards).

    Args:
        numbers: An asked `volume_ml` moves the surface; `components` of 1 keeps the largest piece alone.
    """
    fine = bounds.project(torch.from_numpy(enlarged(field, grid.shape_kji[0]))).numpy()
    body, level = shift_to_volume(fine, bounds, grid.voxel_ml, numbers.get("volume_ml"))
    if numbers.get("components") == 1 and body.any():
        body = main_components(body, 1.0)
    return body.astype(np.uint8), level * float(grid.size_mm[0]) * MASK_TRUNCATION


def _first(condition: Tensor | None, n: int) -> Tensor:
    return condition[:1].expand(n, *condition.shape[1:]) if condition is not None else None  # type: ignore[return-value]


def _repeated(both: ConditionTokens, n: int) -> ConditionTokens:
    """Conditional and unconditional conditions, each repeated for n samples."""
    spatial = both.spatial.repeat_interleave(n, dim=0) if both.spatial is not None else None
    return ConditionTokens(both.tokens.repeat_interleave(n, dim=0), spatial)


def _stepwise(progress: Progress | None, stage: str, at: int, of: int, count: int) -> Callable[[int, int], None] | None:
    """Steps of one chunk as steps of the whole stage."""
    if progress is None:
        return None
    return lambda step, steps: progress(stage, at * steps + step * count, of * steps)


def default_provenance_models(models: ModelFolder) -> tuple[str, dict[str, str]]:
    """(tool version, weight hashes)."""
    return __version__, models.hashes()


def find_model(folder: Path | None, preset_name: str) -> ModelFolder:
    """The model folder given, or the shipped one of a preset.

    Raises:
        WeightsError: There is none.
    """
    from ..resources import resource_path

    chosen = ModelFolder(folder) if folder is not None else ModelFolder(resource_path("Models", preset_name))
    if not chosen.exists:
        raise WeightsError(
            f"There are no weights in '{chosen.folder}'.",
            hint="Train them with 'sketch2ct train', or choose another --preset or --models.",
        )
    return chosen
