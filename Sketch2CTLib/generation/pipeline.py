"""The chain: request → mask latents → masks → image latents → images → result. One callback, one seed a sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .. import catalog
from ..conditioning import ConditionTokens
from ..conditioning.encoder import join_batches
from ..conditioning.geometry import NumberScaler
from ..diffusion import SampleRequest, Schedule, classifier_free, corrected, noise_for_seeds, sample
from ..errors import ConfigError, WeightsError
from ..frames import VoxelGrid
from ..networks import Coder, build_coder, channels_last
from ..offered import require_offered
from ..weights import ModelFolder
from .conditions import Request, condition_batch
from .depth import open_size
from .model.device import torch_device
from .model.fields import mask_field
from .model.precision import autocast
from .model.presets import Preset, preset
from .model.stages import MaskPrior, MaskStage, image_stage
from .projection import Bounds, finished, latent_correction
from .settings import Progress, Settings, Start, stepwise
from .values import ImageVolume, MaskVolume
from .volumes.scans import ScanRequest, draw_scan, labels_taken, refused_labels

OUTPUT_VOXELS = 128
_ENDS = ("borders", "fields_of_view")  # of the extras
VOLUME_STAGE = frozenset({"image_autoencoder", "image_diffusion"})


@dataclass(frozen=True, eq=False)
class MaskSample:
    """One drawn mask.

    Args:
        mask: On the output grid.
        field: (V, V, V) decoded mask field in [−1, 1].
        level_shift_mm: How far the surface was moved to meet the asked volume (positive: outwards).
        seed: Its seed.
        latent: (C, d, h, w) what it was decoded from; a later edit may start there.
        depth_scale: How far the body was stretched along the only drawing's view to meet the asked volume.
    """

    mask: MaskVolume
    field: NDArray[np.float32]
    level_shift_mm: float
    seed: int
    latent: NDArray[np.float32]
    depth_scale: float = 1.0


class Pipeline:
    """Loaded networks of one model folder.

    Args:
        models: The folder; its model.json names the preset.
        device: auto, cpu, cuda, cuda:N or mps.
        volumes: Another folder, whose volume stage is used where this one has none.

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
        index = models.index()
        self.models, self.device = models, torch_device(device)
        self.preset = custom or preset(index["preset"])
        self.schedule = Schedule(self.preset.schedule)
        self.extras: dict[str, Any] = index["extras"]
        self._loaded: dict[str, torch.nn.Module] = {}
        borrows = volumes is not None and not set(index["components"]) >= VOLUME_STAGE
        self._lender = Pipeline(volumes, device=device) if borrows and volumes is not None else None

    @property
    def has_images(self) -> bool:
        """Whether there is a volume stage."""
        return self._lender is not None or set(self.models.index()["components"]) >= VOLUME_STAGE

    @property
    def scan_recipe(self) -> dict[str, Any]:
        """What scans depend on beside the weights, ready for JSON: how they are drawn, and how organs and scans end."""
        owner = self._lender or self
        preset = owner.preset
        drawn = {"guidance": list(preset.image_guidance), "organ_temperature": preset.organ_temperature}
        return drawn | {name: owner.extras.get(name, {}) for name in _ENDS}

    def hashes(self) -> dict[str, str]:
        """Component → SHA-256 of the weights in use."""
        own = self.models.hashes()
        if self._lender is None:
            return own
        lent = {f"{self._lender.preset.name}/{name}": digest for name, digest in self._lender.models.hashes().items()}
        return own | {key: lent[key] for key in lent if not key.endswith(("mask_prior", "mask_diffusion"))}

    @property
    def structures(self) -> tuple[str, ...]:
        """Structures that the mask stage was trained on."""
        return tuple(self.extra("number_scaler")["statistics"])

    @property
    def scaler(self) -> NumberScaler:
        """z-scores of numbers, as in training."""
        return NumberScaler.from_dict(self.extra("number_scaler"))

    def neighbours(self, structure: str) -> frozenset[int]:
        """Label values of neighbours that the volume stage knows in a structure's scans.

        Raises:
            ConfigError: It takes no labels.
        """
        owner = self._lender or self
        found = labels_taken(owner, ScanRequest().modality_of(structure))
        if not found:
            raise refused_labels(owner)
        return found

    def extra(self, name: str) -> Any:
        """What the model folder keeps beside its weights.

        Raises:
            WeightsError: It keeps nothing of that name.
        """
        if name not in self.extras:
            raise WeightsError(f"The model in '{self.models.folder}' lacks '{name}'.", hint="Train its stages first.")
        return self.extras[name]

    def network(self, name: str) -> Any:
        """A component, loaded at its first use, on the device and frozen.

        Raises:
            WeightsError: It is missing or damaged.
        """
        if name not in self._loaded:
            builders: dict[str, Callable[[], torch.nn.Module]] = {
                "mask_autoencoder": partial(build_coder, self.preset.mask_autoencoder),
                "image_autoencoder": partial(build_coder, self.preset.image_autoencoder),
                "mask_prior": partial(MaskPrior, self.preset),
                "mask_diffusion": partial(MaskStage, self.preset),
                "image_diffusion": partial(image_stage, self.preset),
            }
            network = builders[name]()
            self.models.load_into(name, network)
            network = network.to(self.device).eval().requires_grad_(False)
            if isinstance(network, Coder):
                channels_last(network)
            self._loaded[name] = network
        return self._loaded[name]

    def autocast(self) -> torch.autocast:
        """The precision that the networks run in."""
        return autocast(self.device)

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
        start: Start | None = None,
    ) -> list[MaskSample]:
        """Draws one mask a seed.

        Args:
            request: What to honour; its sketches are centred on the cube's faces.
            grid: The output cube.
            seeds: One a mask.
            settings: How to sample.
            progress: Called as (stage, step, of); it may raise Cancelled.
            start: A former result to start from.

        Raises:
            WeightsError: The model does not know the structure.
            ConfigError: The start is of another model.
        """
        wanted = catalog.structure(request.structure).name
        require_offered(wanted, self.models.folder)
        shape = self.preset.mask_latent_shape
        if start is not None and start.latent.shape != shape:
            raise ConfigError(f"A latent of shape {start.latent.shape} cannot be edited by a model of {shape}.")
        draws = settings.draws or self.preset.draws
        drawn = [one for seed in seeds for one in seed_family(seed, draws)]
        latents: list[Tensor] = []
        scales: list[float] = []
        for at in range(0, len(drawn), self._chunk(settings)):
            chunk = tuple(drawn[at : at + self._chunk(settings)])
            report = stepwise(progress, "mask", at, len(drawn), len(chunk))
            found, scale = self._mask_latents(request, chunk, settings, report, start)
            latents += found
            scales += [scale] * len(found)
        fields = [self._decoded(z) for z in latents]
        bounds = self._bounds(request, settings, grid.shape_kji[0])
        samples = []
        for position, seed in enumerate(seeds):
            family = slice(position * draws, (position + 1) * draws)
            field = np.asarray(np.mean(fields[family], axis=0), dtype=np.float32)
            latent = torch.stack(latents[family]).mean(dim=0).cpu().numpy()
            body, shift_mm = finished(field, grid, bounds, request.numbers if settings.match_volume else {})
            scale = scales[position * draws]
            samples.append(MaskSample(MaskVolume(body, grid, wanted), field, shift_mm, seed, latent, scale))
        return samples

    def _bounds(self, request: Request, settings: Settings, voxels: int) -> Bounds:
        if not settings.follow:
            return Bounds(())
        return Bounds.of(request.sketches, request.numbers, request.structure, voxels)

    @torch.no_grad()
    def _mask_latents(
        self,
        request: Request,
        seeds: tuple[int, ...],
        settings: Settings,
        on_step: Callable[[int, int], None] | None,
        start: Start | None,
    ) -> tuple[list[Tensor], float]:
        """(C, d, h, w) scaled latents, one a seed, and how far the prior mean was stretched in depth."""
        scale = 1.0
        with self.autocast():
            denoise = self._denoiser(request, settings)
            strength = self.preset.noise_strength if settings.noise_strength is None else settings.noise_strength
            if start is not None:
                origin, strength = torch.from_numpy(start.latent).to(self.device), start.strength
            elif strength < 1.0:
                origin, scale = self._deepened(self._prior_mean(request, denoise), request, settings)
            else:
                origin = None
            if strength == 0.0 and origin is not None:
                return [origin for _ in seeds], scale
            wanted = SampleRequest(self.preset.mask_latent_shape, seeds, settings.steps, settings.sampler, strength)  # type: ignore[arg-type]
            drawn = sample(denoise, wanted, self.schedule, device=self.device, on_step=on_step, origin=origin)
            return list(drawn), scale

    def _deepened(self, latent: Tensor, request: Request, settings: Settings) -> tuple[Tensor, float]:
        """A prior mean stretched to the stated size where that is open, and the factor of a drawing's depth."""
        bounds = self._bounds(request, settings, self.preset.voxels)
        size = open_size(request, bounds, self.preset.voxels, match_volume=settings.match_volume)
        if size is None:
            return latent, 1.0
        coder, factor = self.network("mask_autoencoder"), self.extra("mask_latent_scale")
        before = coder.decode(latent[None] / factor)[0, 0].float()
        field, scale = size.scaled(before)
        return (latent, scale) if field is before else ((coder.encode(field[None, None])[0][0] * factor).float(), scale)

    def _denoiser(self, request: Request, settings: Settings) -> Callable[[Tensor, Tensor], Tensor]:
        """(z_t, t) → v under the request, guided and corrected."""
        stage: MaskStage = self.network("mask_diffusion")
        batch = condition_batch([request], self.scaler, self.preset.conditioner).to(self.device)
        groups = settings.scales(self.preset).groups
        parts = stage.conditioner(join_batches([batch, *(batch.lacking(*kinds) for _, kinds in groups)]))

        def denoise_parts(z: Tensor, t: Tensor) -> Tensor:
            return stage.denoise(z, t, _repeated(parts, len(z) // (len(groups) + 1)))

        denoise = classifier_free(denoise_parts, [scale for scale, _ in groups])
        bounds = self._bounds(request, settings, self.preset.voxels)
        if not self.preset.signed_distance or bounds.free:
            return denoise
        coder: Coder = self.network("mask_autoencoder")
        factor = self.extra("mask_latent_scale")
        correct = latent_correction(
            bounds,
            coder,
            factor,
            voxel_ml=(catalog.structure(request.structure).cube_mm / self.preset.voxels) ** 3 / 1000.0,
            volume_ml=request.numbers.get("volume_ml") if settings.match_volume else None,
        )
        return corrected(denoise, self.schedule, correct, below=self.preset.schedule.steps // 2)

    def _prior_mean(self, request: Request, denoise: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        """(C, d, h, w) the mean of what the request leaves open; the same for every seed.

        Without a prior of its own it is the clean latent as the denoiser sees it from pure noise: noise and its
        negative together leave no linear trace of it.
        """
        if self.preset.mask_prior is not None:
            batch = condition_batch([request], self.scaler, self.preset.conditioner).to(self.device)
            return self.network("mask_prior")(batch)[0].float()
        one = noise_for_seeds(self.preset.mask_latent_shape, [torch.Generator().manual_seed(0)])
        noise = torch.cat([one, -one]).to(self.device)
        t = torch.full((2,), self.preset.schedule.steps - 1, dtype=torch.int64, device=self.device)
        return self.schedule.x0_from_velocity(noise, denoise(noise, t).float(), t).mean(dim=0)

    @torch.no_grad()
    def _decoded(self, latent: Tensor) -> NDArray[np.float32]:
        """(V, V, V) field of a scaled latent."""
        with self.autocast():
            field = self.network("mask_autoencoder").decode(latent[None] / self.extra("mask_latent_scale"))
        return field[0, 0].float().cpu().numpy()

    @torch.no_grad()
    def latent(self, mask: MaskVolume) -> NDArray[np.float32]:
        """(C, d, h, w) scaled latent of a mask on a cube, which a later edit may start from."""
        field = torch.from_numpy(mask_field(mask.body, mask.grid, self.preset))[None, None].to(self.device)
        with self.autocast():
            encoded = self.network("mask_autoencoder").encode(field)[0][0]
        return np.asarray((encoded.float() * self.extra("mask_latent_scale")).cpu().numpy(), dtype=np.float32)

    @torch.no_grad()
    def image(
        self,
        mask: MaskVolume,
        seed: int,
        settings: Settings,
        *,
        modality: str | None = None,
        labels: NDArray[np.uint8] | None = None,
        progress: Progress | None = None,
    ) -> ImageVolume:
        """Draws the scan of a mask on a cube, on the mask's own grid.

        Args:
            mask: The organ.
            seed: Of the noise; the same one keeps the look of an edited mask's scan.
            settings: How to sample.
            modality: CT or MR; the structure's own by default.
            labels: (D, H, W) catalog label values of neighbours, on the mask's grid; 0 where nothing is known.
            progress: Called as (stage, step, of); it may raise Cancelled.

        Raises:
            WeightsError: The folder has no volume stage.
            ConfigError: The modality is unknown, or the model does not take labels.
        """
        if self._lender is not None:
            return self._lender.image(mask, seed, settings, modality=modality, labels=labels, progress=progress)
        return draw_scan(self, mask, seed, settings, ScanRequest(modality, labels), progress=progress)


def seed_family(seed: int, count: int) -> tuple[int, ...]:
    """The seed itself, then seeds that follow from it; the first k are the same for any count ≥ k."""
    later = np.random.SeedSequence(seed).generate_state(max(count - 1, 1), dtype=np.uint64) >> np.uint64(2)
    return (seed, *(int(s) for s in later[: count - 1]))


def _repeated(parts: ConditionTokens, n: int) -> ConditionTokens:
    """The conditions of each part of guidance, repeated for n samples."""
    return ConditionTokens(*(None if c is None else c.repeat_interleave(n, dim=0) for c in vars(parts).values()))  # type: ignore[arg-type]


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
