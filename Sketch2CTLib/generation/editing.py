"""Re-edit: a changed stroke or number re-samples from a former result, and leaves the rest as it was.

The former latent is noised by the strength and denoised under the new request (SDEdit). Away from changed strokes the
former surface stays: both signed distance fields are blended with a smooth weight, so that the surface has no seam.
Then the field is changed smoothly to the new drawing and volume, as in generation, of a changed stroke around it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import InputError
from ..frames import signed_distance_mm
from .candidates import candidate_seeds
from .change import Change, change_of
from .conformity import finished, targets_of
from .depth import open_size
from .model.presets import MASK_TRUNCATION
from .pipeline import Pipeline
from .report.rows import tolerance_of
from .request import GenerationRequest, PlacedRequest
from .results import GenerationResult
from .run import ranked
from .settings import Progress, Settings, Start
from .state import Former
from .values import MaskSample, MaskVolume

_FINE_VOXELS = 0.8
_SIGN = 1e-4  # field units: the least distance of a voxel that stays as it is

Floats = NDArray[np.float32]


def edit(request: GenerationRequest, pipeline: Pipeline, *, progress: Progress | None = None) -> GenerationResult:
    """A former result under a changed request.

    A changed stroke changes the mask along its view and around it; changed numbers or words change all of it, as far
    as the strength allows. With the same request, strength 0 gives the former mask back, bit for bit, and more gives a
    variation of it.

    Args:
        request: The whole new request, with the former result; its seeds are those of the candidates.
        pipeline: With the weights that made it.
        progress: Called as (stage, step, of).

    Raises:
        InputError: There is no former result, or it is of another structure.
        SketchError: A drawing lies on planes that are turned against the former ones, or does not fit its cube.
        WeightsError: The former result was made with other weights.

    Reference: Meng et al., "SDEdit", ICLR 2022.
    """
    former = request.former
    if former is None:
        raise InputError("No result to edit is given.", hint="Generate one first.")
    if request.description.structure != former.mask.structure:
        raise InputError(
            f"The result to edit is of the {former.mask.structure}, the request of the "
            f"{request.description.structure}.",
            hint="Generate the other structure anew.",
        )
    former.require_models(pipeline.hashes())
    change = change_of(request, former)
    seeds = candidate_seeds(request.seed, request.candidates)
    if change.weight is None and request.strength == 0.0:
        samples = [_kept(change, former, seed) for seed in seeds]
    else:
        samples = _changed(change, former, request, pipeline, seeds, progress)
    marks = {"strength": request.strength, "former": former.digest(), "local": change.is_local}
    return ranked(request, change.placed, samples, pipeline, edit=marks, progress=progress)


def _kept(change: Change, former: Former, seed: int) -> MaskSample:
    return MaskSample(change.base, signed_field(change.base), 0.0, seed, former.latent)


def _changed(
    change: Change,
    former: Former,
    request: GenerationRequest,
    pipeline: Pipeline,
    seeds: tuple[int, ...],
    progress: Progress | None,
) -> list[MaskSample]:
    """One mask a seed: re-sampled where the request changed."""
    placed, settings, strength = change.placed, request.settings, request.strength
    base = signed_field(change.base)
    if strength > 0.0:
        start = Start(pipeline.latent(change.base), strength)  # the former latent is of the mask before its change
        drawn: Sequence[MaskSample] = pipeline.masks(placed, seeds, settings, progress=progress, start=start)
    else:
        drawn = [_kept(change, former, seed) for seed in seeds]
    samples = []
    for one in drawn:
        body, shift_mm = _finished(change, base, signed_field(one.mask), settings)
        mask = MaskVolume(body, placed.grid, change.base.structure)
        latent = one.latent if mask.is_empty else pipeline.latent(mask)
        samples.append(replace(one, mask=mask, level_shift_mm=shift_mm, latent=latent))
    return samples


def signed_field(mask: MaskVolume) -> Floats:
    """(V, V, V) truncated signed distance of a mask on its own cube, in units of the truncation, positive inside.

    Smoothed by 0.8 voxels: the distances to voxels come in steps, at which a moved level would jump.
    """
    from scipy import ndimage

    if mask.is_empty:
        return np.full(mask.grid.shape_kji, -1.0, dtype=np.float32)
    distance = signed_distance_mm(mask.body, mask.grid.spacing_mm) / (MASK_TRUNCATION * float(mask.grid.size_mm[0]))
    return np.asarray(np.clip(ndimage.gaussian_filter(distance, _FINE_VOXELS), -1.0, 1.0), dtype=np.float32)


def _finished(change: Change, base: Floats, drawn: Floats, settings: Settings) -> tuple[NDArray[np.uint8], float]:
    """The body that meets the new request, and how far its surface was moved (mm).

    Args:
        change: Of the request.
        base: Field of the former mask.
        drawn: Field of a mask that was drawn for the new request, or the former one again.
        settings: Whether drawings and a volume are followed.
    """
    request, grid, weight = change.placed, change.placed.grid, change.weight
    targets = targets_of(request, follow=settings.follow)
    numbers = request.numbers if settings.match_volume else {}
    if weight is None or not change.is_local:
        return finished(_stretched(drawn, request, settings), grid, targets, numbers)
    still = np.where(change.base.body, np.maximum(base, _SIGN), np.minimum(base, -_SIGN))
    blended = np.where(weight == 0.0, still, base + weight * (drawn - base)).astype(np.float32)
    body, shift_mm = finished(blended, grid, targets, numbers, weight)
    volume_ml = numbers.get("volume_ml")
    if volume_ml:
        found_ml, allowed_ml = float(np.count_nonzero(body)) * grid.voxel_ml, _allowed(change, volume_ml)
        if abs(found_ml - volume_ml) > allowed_ml:  # then all of it changes, as little as the tolerance asks for
            nearest_ml = volume_ml + allowed_ml * float(np.sign(found_ml - volume_ml))
            whole = signed_field(MaskVolume(body, grid, change.base.structure))
            return finished(whole, grid, targets, {**numbers, "volume_ml": nearest_ml})
    return body, shift_mm


def _stretched(field: Floats, request: PlacedRequest, settings: Settings) -> Floats:
    """A field stretched along what the request leaves open, to what it states of it."""
    wanted = open_size(request, len(field), settings)
    return field if wanted is None else wanted.scaled(torch.from_numpy(field))[0].numpy()


def _allowed(change: Change, volume_ml: float) -> float:
    """The volume error up to which what was not changed stays: the tolerance, or what the former mask was off."""
    stated = change.placed.tolerances.get("volume_ml")
    tolerance = tolerance_of("volume_ml", volume_ml, 0.0) if stated is None else stated
    return max(tolerance, abs(change.base.volume_ml - volume_ml))
