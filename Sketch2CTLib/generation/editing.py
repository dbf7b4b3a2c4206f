"""Re-edit: a changed stroke or number re-samples from a former result, and leaves the rest as it was.

The former latent is noised by the strength and denoised under the new request (SDEdit). Away from changed strokes the
former surface stays: both signed distance fields are blended with a smooth weight, so that the surface has no seam.
Then the field is projected onto the new drawing and moved towards the asked volume, as in generation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ..data.masks import main_components
from ..errors import InputError
from ..frames import signed_distance_mm
from .candidates import candidate_seeds
from .change import Change, change_of
from .model.fields import enlarged
from .model.presets import MASK_TRUNCATION
from .pipeline import Pipeline
from .projection import MAX_SHIFT, Bounds
from .report.rows import tolerance_of
from .request import GenerationRequest
from .results import GenerationResult
from .run import ranked
from .settings import Progress, Settings, Start
from .state import Former
from .values import MaskSample, MaskVolume

LOCAL_SHIFT = 0.15  # field units: what a changed part may be moved so that the whole has the asked volume
_FINE_VOXELS = 0.8
_STEPS = 10  # of bisection: a thousandth of the range

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
    finish = _finisher(change, base, settings)
    samples = []
    for one in drawn:
        body, level = finish(enlarged(one.field, placed.grid.shape_kji[0]))
        mask = MaskVolume(body.astype(np.uint8), placed.grid, change.base.structure)
        shift_mm = level * float(placed.grid.size_mm[0]) * MASK_TRUNCATION
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


def _finisher(change: Change, base: Floats, settings: Settings) -> Callable[[Floats], tuple[NDArray[np.bool_], float]]:
    """Fields → the body within its bounds, and how far its surface was moved in field units."""
    request, grid, weight = change.placed, change.placed.grid, change.weight
    bounds = Bounds(())
    if settings.follow:
        bounds = Bounds.of(request.sketches, request.numbers, request.structure, grid.shape_kji[0])
    share = np.ones_like(base) if weight is None else weight
    volume_ml = request.numbers.get("volume_ml") if settings.match_volume else None
    one_piece = request.numbers.get("components") == 1

    def finish(field: Floats) -> tuple[NDArray[np.bool_], float]:
        blended = base + share * (field - base)
        body, level = _moved(blended, share, change.base, bounds, volume_ml)
        if volume_ml and change.is_local:
            found_ml, allowed_ml = float(np.count_nonzero(body)) * grid.voxel_ml, _allowed(change, volume_ml)
            if abs(found_ml - volume_ml) > allowed_ml:  # then all of it moves, as little as the tolerance asks for
                nearest_ml = volume_ml + allowed_ml * np.sign(found_ml - volume_ml)
                body, level = _moved(blended, np.ones_like(share), change.base, bounds, float(nearest_ml))
        return (main_components(body, 1.0) if one_piece and body.any() else body), level

    return finish


def _moved(
    field: Floats, share: Floats, base: MaskVolume, bounds: Bounds, volume_ml: float | None
) -> tuple[NDArray[np.bool_], float]:
    """The body of a field whose level is moved in proportion to `share`; where that is 0 the base stays."""
    values, free, kept = torch.from_numpy(field), torch.from_numpy(share), share == 0.0

    def body_at(level: float) -> NDArray[np.bool_]:
        body = (bounds.project(values + free * level) > 0).numpy()
        return np.where(kept, base.body, body)

    if volume_ml is None:
        return body_at(0.0), 0.0
    limit = LOCAL_SHIFT if kept.any() else MAX_SHIFT
    low, high = -limit, limit
    for _ in range(_STEPS):
        middle = (low + high) / 2
        small = np.count_nonzero(body_at(middle)) * base.grid.voxel_ml < volume_ml
        low, high = (middle, high) if small else (low, middle)
    level = (low + high) / 2
    return body_at(level), level


def _allowed(change: Change, volume_ml: float) -> float:
    """The volume error up to which what was not changed stays: the tolerance, or what the former mask was off."""
    stated = change.placed.tolerances.get("volume_ml")
    tolerance = tolerance_of("volume_ml", volume_ml, 0.0) if stated is None else stated
    return max(tolerance, abs(change.base.volume_ml - volume_ml))
