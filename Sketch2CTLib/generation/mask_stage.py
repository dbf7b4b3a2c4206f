"""The mask stage under one request: conditions and prior mean computed once, then a mask a seed is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..conditioning import ConditionBatch
from ..conditioning.encoder import join_batches
from ..diffusion import SampleRequest, classifier_free, noise_for_seeds, sample
from ..errors import ConfigError
from ..networks import FilmUNetConfig
from .conditions import condition_batch
from .conformity import finished, targets_of
from .depth import open_size
from .model.fields import enlarged, mask_field
from .model.loaded import LoadedModels
from .model.residual import MeanConditions
from .request import PlacedRequest
from .settings import Progress, RunHooks, Settings, Start, seed_family, stepwise
from .values import MaskSample, MaskVolume

SMOOTHING_VOXELS = 5.0  # standard deviation, of the preset's voxels; a patch has 8
Denoise = Callable[[Tensor, Tensor], Tensor]


@dataclass(eq=False)
class MaskStageRun:
    """One request to the mask stage.

    Args:
        models: Networks of the mask stage.
        request: What to honour, in its cube.
        settings: How to sample.
        hooks: What else wants to see the masks while they come.
    """

    models: LoadedModels
    request: PlacedRequest
    settings: Settings
    hooks: RunHooks = field(default_factory=RunHooks)
    _decoded: dict[bytes | None, NDArray[np.float32]] = field(default_factory=dict, init=False, repr=False)

    @torch.no_grad()
    def draw(
        self,
        seeds: Sequence[int],
        *,
        start: Start | None = None,
        mean_first: bool = False,
        progress: Progress | None = None,
    ) -> list[MaskSample]:
        """One mask a seed.

        Args:
            seeds: One a mask.
            start: A former result to start from.
            mean_first: Whether the first mask is the prior mean itself, for which nothing is drawn.
            progress: Called as (stage, step, of); it may raise Cancelled.

        Raises:
            ConfigError: The start is of another model.
        """
        shape = self.models.preset.mask_latent_shape
        if start is not None and start.latent.shape != shape:
            raise ConfigError(f"A latent of shape {start.latent.shape} cannot be edited by a model of {shape}.")
        draws = self.settings.draws or self.models.preset.draws
        drawn_before = draws if mean_first else 0
        families = [one for seed in seeds[int(mean_first) :] for one in seed_family(seed, draws)]
        size = self.settings.batch or (1 if self.models.device.type == "cpu" else 4)
        count = drawn_before + len(families)
        if mean_first and progress is not None:
            progress("mask", 0, count * self.settings.steps)
        latents: list[Tensor] = [self._mean_latent()] * drawn_before if mean_first else []
        for at in range(0, len(families), size):
            chunk = tuple(families[at : at + size])
            on_step = stepwise(progress, "mask", drawn_before + at, count, len(chunk))
            latents += self._latents(chunk, start, on_step)
        fields = [self._field(z, start) for z in latents]
        targets = targets_of(self.request, follow=self.settings.follow)
        numbers = self.request.numbers if self.settings.match_volume else {}
        follows_mean = start is None and (self._around or self._strength(start) < 1.0)
        depth_scale = self._prior_mean[1] if follows_mean else 1.0
        samples = []
        for position, seed in enumerate(seeds):
            family = slice(position * draws, (position + 1) * draws)
            mean = np.asarray(np.mean(fields[family], axis=0), dtype=np.float32)
            latent = torch.stack(latents[family]).mean(dim=0).cpu().numpy()
            body, shift_mm = finished(mean, self.request.grid, targets, numbers)
            mask = MaskVolume(body, self.request.grid, self.request.structure)
            samples.append(MaskSample(mask, mean, shift_mm, seed, latent, depth_scale))
        return samples

    def _field(self, latent: Tensor, start: Start | None) -> NDArray[np.float32]:
        """(V, V, V) the mask field of a sample.

        A stage that draws around a mean draws each patch of a field with its own errors: what a sample has beside the
        mean, or beside the result it started from, is smoothed over more than a patch, the mean itself is not.
        """
        from scipy import ndimage

        origin = self._origin(start)
        if latent is origin:
            return self._decoded_origin(start)
        field = decoded_field(self.models, latent)
        if origin is None or not self._around:
            return field
        beside = self._decoded_origin(start)
        return np.asarray(beside + ndimage.gaussian_filter(field - beside, SMOOTHING_VOXELS), dtype=np.float32)

    @property
    def _around(self) -> bool:
        """Whether samples are drawn around the prior mean whatever their strength."""
        return isinstance(self.models.preset.mask_denoiser, FilmUNetConfig)

    def _origin(self, start: Start | None) -> Tensor | None:
        """(C, d, h, w) what samples are drawn around: a former result, or the prior mean where there is a prior."""
        if start is not None:
            return torch.from_numpy(start.latent).to(self.models.device)
        if self.models.preset.mask_prior is None and self._strength(start) == 1.0:
            return None
        return self._mean_latent()

    def _decoded_origin(self, start: Start | None) -> NDArray[np.float32]:
        """The mask field of what samples are drawn around, decoded once."""
        key = None if start is None else start.latent.tobytes()
        if key not in self._decoded:
            origin = self._origin(start)
            assert origin is not None
            self._decoded[key] = decoded_field(self.models, origin)
        return self._decoded[key]

    def _mean_latent(self) -> Tensor:
        with self.models.autocast():
            return self._prior_mean[0]

    def _strength(self, start: Start | None) -> float:
        if start is not None:
            return start.strength
        chosen = self.settings.noise_strength
        return self.models.preset.noise_strength if chosen is None else chosen

    def _latents(
        self, seeds: tuple[int, ...], start: Start | None, on_step: Callable[[int, int], None] | None
    ) -> list[Tensor]:
        """(C, d, h, w) scaled latents, one a seed."""
        strength, models = self._strength(start), self.models
        with models.autocast():
            origin = self._origin(start) if start is not None or strength < 1.0 else None
            if strength == 0.0 and origin is not None:
                return [origin for _ in seeds]
            wanted = SampleRequest(
                models.preset.mask_latent_shape,
                seeds,
                self.settings.steps,
                self.settings.sampler,  # type: ignore[arg-type]
                strength,
            )
            denoise, unit = self._watched(self._denoise, start), self._stage.unit
            begun = None if origin is None else origin / unit
            drawn = sample(denoise, wanted, models.schedule, device=models.device, on_step=on_step, origin=begun)
            return list(drawn * unit)

    def _watched(self, denoise: Denoise, start: Start | None) -> Denoise:
        """The denoiser; what it sees of the clean mask is shown to the hook, which changes nothing of the sample."""
        glimpse = self.hooks.glimpse
        if glimpse is None:
            return denoise

        def seen(z: Tensor, t: Tensor) -> Tensor:
            velocity = denoise(z, t)
            clean = self.models.schedule.x0_from_velocity(z[:1], velocity[:1].float(), t[:1])[0]
            glimpse(lambda: self._mask_of(clean * self._stage.unit, start))
            return velocity

        return seen

    def _mask_of(self, latent: Tensor, start: Start | None) -> MaskVolume:
        body = enlarged(self._field(latent, start), self.request.grid.shape_kji[0]) > 0
        return MaskVolume(body.astype(np.uint8), self.request.grid, self.request.structure)

    @cached_property
    def batch(self) -> ConditionBatch:
        """The request as tensors, for the prior and the denoiser."""
        models = self.models
        return condition_batch([self.request], models.scaler, models.preset.request_conditioner).to(models.device)

    @property
    def _stage(self) -> Any:
        """The denoiser: a MaskStage or a ResidualMaskStage."""
        return self.models.network("mask_diffusion")

    @property
    def _parts(self) -> ConditionBatch:
        """The request, then what each part of guidance leaves out of it."""
        groups = self.settings.scales(self.models.preset).groups
        return join_batches([self.batch, *(self.batch.lacking(*kinds) for _, kinds in groups)])

    @cached_property
    def _told(self) -> MeanConditions:
        """What the prior says of the request and of the parts of guidance, once for mean and samples."""
        told: MeanConditions = self.models.network("mask_prior").conditions(self._parts)
        return told

    @cached_property
    def _conditions(self) -> Any:
        """What the denoiser reads, for each part."""
        if not self._around:
            return self._stage.conditioner(self._parts)
        told = self._told
        means = torch.cat([self._prior_mean[0][None].to(told.mean), told.mean[1:]])
        return replace(told, mean=means)  # the request's may be stretched to what it states

    @cached_property
    def _denoise(self) -> Denoise:
        """(z_t, t) → v under the request, guided."""
        models = self.models
        stage, conditions = self._stage, self._conditions
        groups = self.settings.scales(models.preset).groups

        def denoise_parts(z: Tensor, t: Tensor) -> Tensor:
            return stage.denoise(z, t, _repeated(conditions, len(z) // (len(groups) + 1)))

        return classifier_free(denoise_parts, [scale for scale, _ in groups])

    @cached_property
    def _prior_mean(self) -> tuple[Tensor, float]:
        """(C, d, h, w) mean of what the request leaves open, stretched to a stated size where that is open; the factor.

        Without a prior of its own it is the clean latent as the denoiser sees it from pure noise: noise and its
        negative together leave no linear trace of it.
        """
        models, preset = self.models, self.models.preset
        if preset.mask_prior is not None:
            mean = (self._told.mean if self._around else models.network("mask_prior")(self.batch))[0].float()
        else:
            one = noise_for_seeds(preset.mask_latent_shape, [torch.Generator().manual_seed(0)])
            noise = torch.cat([one, -one]).to(models.device)
            t = torch.full((2,), preset.schedule.steps - 1, dtype=torch.int64, device=models.device)
            mean = models.schedule.x0_from_velocity(noise, self._denoise(noise, t).float(), t).mean(dim=0)
        return self._stretched(mean)

    def _stretched(self, latent: Tensor) -> tuple[Tensor, float]:
        voxels = self.models.preset.voxels
        size = open_size(self.request, voxels, self.settings)
        if size is None:
            return latent, 1.0
        coder, factor = self.models.network("mask_autoencoder"), self.models.extra("mask_latent_scale")
        before = coder.decode(latent[None] / factor)[0, 0].float()
        after, scale = size.scaled(before)
        if after is before:
            self._decoded[None] = before.cpu().numpy()
            return latent, scale
        return (coder.encode(after[None, None])[0][0] * factor).float(), scale


@torch.no_grad()
def decoded_field(models: LoadedModels, latent: Tensor) -> NDArray[np.float32]:
    """(V, V, V) mask field of a scaled latent (C, d, h, w)."""
    with models.autocast():
        decoded = models.network("mask_autoencoder").decode(latent[None] / models.extra("mask_latent_scale"))
    return decoded[0, 0].float().cpu().numpy()


@torch.no_grad()
def mask_latent(models: LoadedModels, mask: MaskVolume) -> NDArray[np.float32]:
    """(C, d, h, w) scaled latent of a mask on a cube, which a later edit may start from."""
    signed = torch.from_numpy(mask_field(mask.body, mask.grid, models.preset))[None, None].to(models.device)
    with models.autocast():
        encoded = models.network("mask_autoencoder").encode(signed)[0][0]
    return np.asarray((encoded.float() * models.extra("mask_latent_scale")).cpu().numpy(), dtype=np.float32)


def _repeated(conditions: Any, n: int) -> Any:
    """The conditions of each part of guidance, repeated for n samples."""
    parts = vars(conditions).items()
    return replace(conditions, **{k: None if part is None else part.repeat_interleave(n, dim=0) for k, part in parts})
