"""Networks that stay loaded between jobs, are watched while they work, and leave memory when they are told to."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from ..errors import WeightsError
from ..frames import VoxelGrid
from ..generation.conditions import Request
from ..generation.model.fields import enlarged
from ..generation.pipeline import VOLUME_STAGE, MaskSample, Pipeline
from ..generation.settings import Settings
from ..generation.values import ImageVolume, MaskVolume
from ..weights import ModelFolder
from .plan import Footprint

MASK_STAGE = ("mask_autoencoder", "mask_prior", "mask_diffusion")
_FLOAT32_OVER_FP16 = 2.0
_GLIMPSE_SHARE = 10.0  # a glimpse is followed by ten times as long without one
_MOST_KEPT = 2  # models; a third one takes the place of the oldest


@dataclass(frozen=True)
class Watch:
    """What a job wants to know of the networks that work for it.

    Args:
        check: Called before a network is used; it may raise Cancelled.
        mask: Called with (mask, number from 0, of) as soon as a mask is drawn that waits for more.
        offload: Whether the networks of one stage leave memory before the next.
        with_volume: Whether a lent volume stage counts as part of the model.
        glimpse: Called now and then with the mask that a sample would become if it ended here.
        glimpse_every_s: At least so far apart, and never more than a tenth of the time.
    """

    check: Callable[[], None] = lambda: None
    mask: Callable[[MaskVolume, int, int], None] | None = None
    offload: bool = False
    with_volume: bool = True
    glimpse: Callable[[MaskVolume], None] | None = None
    glimpse_every_s: float = 2.0


class WarmPipeline(Pipeline):
    """A pipeline under watch: it can be stopped between any two uses of a network, and lets go of networks.

    Args:
        models: The model folder.
        device: auto, cpu, cuda, cuda:N or mps.
        lender: The folder whose volume stage is used where this one has none.
    """

    def __init__(self, models: ModelFolder, device: str, lender: ModelFolder | None = None) -> None:
        super().__init__(models, device=device, volumes=lender)
        self.watch = Watch()
        self._grid: VoxelGrid | None = None
        self._next_glimpse_s = 0.0
        if self._lender is not None and lender is not None:
            self._lender = _Lent(lender, device, self)

    def hashes(self) -> dict[str, str]:
        """As of a pipeline that has no lender, where the job needs none."""
        return super().hashes() if self.watch.with_volume else self.models.hashes()

    def warm(self, *, masks: bool = True, volumes: bool = True, loaded: Callable[[int, int], None]) -> None:
        """Loads the networks of the stages now; `loaded` is called as (done, of).

        Raises:
            WeightsError: One is missing or damaged.
        """
        needed = list(self._needed(masks=masks, volumes=volumes))
        for done, (owner, name) in enumerate(needed):
            loaded(done, len(needed))
            owner.network(name)
        loaded(len(needed), len(needed))

    def release(self) -> None:
        """Lets go of all networks."""
        self._loaded.clear()
        if self._lender is not None:
            self._lender._loaded.clear()
        freed(self.device.type)

    def footprint(self, *, volumes: bool = True) -> Footprint:
        """What the model takes when it is loaded."""
        sizes = {True: 0.0, False: 0.0}
        for owner, name in self._needed(masks=True, volumes=volumes):
            entry = owner.models.component(name)
            sizes[name in VOLUME_STAGE] += (owner.models.folder / entry["file"]).stat().st_size / 1e6
        mask_mb, volume_mb = (sizes[late] * _FLOAT32_OVER_FP16 for late in (False, True))
        return Footprint(mask_mb, volume_mb, self.preset.voxels)

    @property
    def loaded_mb(self) -> float:
        """Weights in memory."""
        owners = (self, self._lender) if self._lender is not None else (self,)
        networks = [network for owner in owners for network in owner._loaded.values()]
        return sum(p.numel() * p.element_size() for n in networks for p in n.parameters()) / 1e6

    def _needed(self, *, masks: bool, volumes: bool) -> list[tuple[Pipeline, str]]:
        """Whose networks a job uses, and which."""
        own = [(self, name) for name in MASK_STAGE if masks and (name != "mask_prior" or self.preset.mask_prior)]
        if not volumes or not self.has_images:
            return list(own)
        owner = self._lender or self
        return [
            *own,
            *((owner, name) for name in ("mask_autoencoder", *sorted(VOLUME_STAGE)) if (owner, name) not in own),
        ]

    def network(self, name: str) -> Any:
        """As `Pipeline.network`; every use of one is a place to stop at."""
        self.watch.check()
        return super().network(name)

    def masks(
        self, request: Request, grid: VoxelGrid, seeds: tuple[int, ...], settings: Settings, **rest: Any
    ) -> list[MaskSample]:
        """As `Pipeline.masks`; each drawn mask is shown."""
        self._grid = grid
        if self.watch.offload:
            self._drop(self._lender or self, VOLUME_STAGE)
        drawn = super().masks(request, grid, seeds, settings, **rest)
        for number, sample in enumerate(drawn):
            if self.watch.mask is not None:
                self.watch.mask(sample.mask, number, len(drawn))
        return drawn

    def image(self, mask: MaskVolume, seed: int, settings: Settings, **rest: Any) -> ImageVolume:
        """As `Pipeline.image`."""
        if self.watch.offload:
            self._drop(self, MASK_STAGE if self._lender is not None else ("mask_prior", "mask_diffusion"))
        return super().image(mask, seed, settings, **rest)

    def _denoiser(self, request: Request, settings: Settings) -> Callable[[Tensor, Tensor], Tensor]:
        """As of `Pipeline`; now and then what it sees is decoded and shown, which changes nothing of the sample."""
        denoise = super()._denoiser(request, settings)
        if self.watch.glimpse is None:
            return denoise
        self._next_glimpse_s = time.monotonic() + self.watch.glimpse_every_s

        def seen(z: Tensor, t: Tensor) -> Tensor:
            velocity = denoise(z, t)
            if time.monotonic() >= self._next_glimpse_s:
                self._show(self.schedule.x0_from_velocity(z[:1], velocity[:1].float(), t[:1])[0], request.structure)
            return velocity

        return seen

    def _show(self, latent: Tensor, structure: str) -> None:
        begun = time.monotonic()
        if self._grid is not None and self.watch.glimpse is not None:
            body = enlarged(self._decoded(latent), self._grid.shape_kji[0]) > 0
            self.watch.glimpse(MaskVolume(body.astype(np.uint8), self._grid, structure))
        now = time.monotonic()
        self._next_glimpse_s = now + max(self.watch.glimpse_every_s, _GLIMPSE_SHARE * (now - begun))

    def _drop(self, owner: Pipeline, names: Sequence[str] | frozenset[str]) -> None:
        for name in names:
            owner._loaded.pop(name, None)
        freed(self.device.type)


class _Lent(Pipeline):
    """The lender's pipeline, under the borrower's watch."""

    def __init__(self, models: ModelFolder, device: str, borrower: WarmPipeline) -> None:
        super().__init__(models, device=device)
        self._borrower = borrower

    def network(self, name: str) -> Any:
        """As `WarmPipeline.network`."""
        self._borrower.watch.check()
        return super().network(name)


class Shelf:
    """The pipelines that are kept warm; used from the compute thread alone."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, str], WarmPipeline] = {}

    def pipeline(self, models: ModelFolder, device: str, lender: ModelFolder | None) -> WarmPipeline:
        """The pipeline of a folder on a device, made where it is not kept; files that changed are read anew.

        Raises:
            WeightsError: A file is missing or damaged.
            ResourceError: The device is not there.
        """
        key = (str(models.folder.resolve()), _stamp(models.folder), device)
        found = self._kept.pop(key, None) or WarmPipeline(models, device, lender)
        while len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept))).release()
        self._kept[key] = found  # the last used stands last
        return found

    def drop(self, *, keep: WarmPipeline | None = None) -> int:
        """Lets go of all pipelines, or of all but one; how many held networks."""
        gone = {key: kept for key, kept in self._kept.items() if kept is not keep}
        count = sum(kept.loaded_mb > 0 for kept in gone.values())
        for key, pipeline in gone.items():
            pipeline.release()
            del self._kept[key]
        return count

    def names(self) -> tuple[str, ...]:
        """What is in memory, as 'folder on device'."""
        kept = tuple(self._kept.values())
        return tuple(f"{one.models.folder.name} on {one.device}" for one in kept if one.loaded_mb > 0)


def freed(device: str) -> None:
    """Gives memory that is no longer used back to the machine."""
    import gc

    gc.collect()
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()


def _stamp(folder: Path) -> int:
    try:
        return (folder / "model.json").stat().st_mtime_ns
    except OSError as error:
        raise WeightsError(f"There are no weights in '{folder}'.", hint="Choose another preset or folder.") from error
