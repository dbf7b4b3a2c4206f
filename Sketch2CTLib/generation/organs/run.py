"""One run for several organs: masks of each, joined without overlap, their reports, and one scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...frames import resample
from ..candidates import candidate_seeds
from ..memory import MaskMemory
from ..pipeline import Pipeline
from ..request import PlacedRequest
from ..results import GenerationResult
from ..run import ranked, report_of
from ..settings import Progress
from ..values import ImageVolume, MaskSample, MaskVolume
from ..volumes.checks import VolumeChecks, check_volume
from ..volumes.context import joined
from ..volumes.segmenting import shipped_segmenter
from .joining import OrganLabels, joined_organs, kept_of
from .making_room import room_for
from .request import OrgansRequest, PlacedOrgan, placed_organs, shifted, shifted_grid, told_offset

_TOLD_OUTSIDE = 0.005  # of an organ, from which it is told that the scan does not show it whole


@dataclass(frozen=True, eq=False)
class OrgansResult:
    """Several organs and one scan of them.

    Args:
        results: One an organ, in the request's order; their masks do not overlap where they are the best.
        joint: The best of each as one label map.
        scan: Of all of them, on the cube of the largest organ; None without a volume stage.
        notes: What is to tell of the whole, one sentence each.
        scan_checks: Whether the scan looks real, on the organ whose cube it fills.
    """

    results: tuple[GenerationResult, ...]
    joint: OrganLabels
    scan: ImageVolume | None
    notes: tuple[str, ...] = ()
    scan_checks: VolumeChecks | None = None

    @property
    def structures(self) -> tuple[str, ...]:
        """Catalog names, in order."""
        return self.joint.asked


def generate_organs(request: OrgansRequest, pipeline: Pipeline, *, progress: Progress | None = None) -> OrgansResult:
    """Draws each organ as `run.generate` does, settles where they overlap, and paints one scan.

    Raises:
        Sketch2CTError: As `run.generate`, of any organ; its message says of which.
    """
    organs = placed_organs(request)
    placed, drawn = [], []
    for at, organ in enumerate(organs):
        told = _of_organ(progress, at, len(organs))
        one = PlacedRequest.of(organ.request, organ.grid)
        placed.append(replace(one, notes=(*organ.notes, *one.notes)))
        seeds = candidate_seeds(organ.request.seed, organ.request.candidates)
        drawn.append(pipeline.masks(one, seeds, request.settings, progress=told))
    placed, drawn = _with_room(organs, placed, drawn)
    results = []
    for organ, one, samples in zip(organs, placed, drawn, strict=True):
        asked = replace(organ.request, drawings=one.drawings, settings=request.settings)
        results.append(ranked(asked, one, samples, pipeline, progress=progress))
    joint = joined_organs([result.best.mask for result in results])
    memory = MaskMemory.load(pipeline.folder)
    results = [_settled(result, one, joint, memory) for result, one in zip(results, placed, strict=True)]
    scan: ImageVolume | None = None
    notes: tuple[str, ...] = ()
    checks: VolumeChecks | None = None
    if request.with_volume and pipeline.has_images:
        scan, notes = _scan(request, [result.best.mask for result in results], joint, pipeline, progress)
        if scan is not None:
            main = next(one.best.mask for one in results if one.best.mask.grid == scan.grid)
            checks = check_volume(scan, main, shipped_segmenter(str(pipeline.device)))
    return OrgansResult(tuple(results), joint, scan, notes, checks)


def _with_room(
    organs: Sequence[PlacedOrgan], placed: Sequence[PlacedRequest], drawn: Sequence[Sequence[MaskSample]]
) -> tuple[list[PlacedRequest], list[list[MaskSample]]]:
    """All organs, those whose place is not stated moved out of the others, one after the other."""
    requests, samples = list(placed), [list(one) for one in drawn]
    settled = [samples[at][0].mask for at, organ in enumerate(organs) if organ.freedom_mm is None]
    for at, organ in enumerate(organs):
        body = samples[at][0].mask
        if organ.freedom_mm is None:
            continue
        if not body.is_empty:
            move = room_for(body, settled, organ.freedom_mm)
            samples[at] = [replace(one, mask=_shifted_mask(one.mask, move)) for one in samples[at]]
            requests[at] = _shifted_request(requests[at], move)
        settled.append(samples[at][0].mask)
    return requests, samples


def _shifted_mask(mask: MaskVolume, move_mm: NDArray[np.float64]) -> MaskVolume:
    return replace(mask, grid=shifted_grid(mask.grid, move_mm))


def _shifted_request(request: PlacedRequest, move_mm: NDArray[np.float64]) -> PlacedRequest:
    if not move_mm.any():
        return request
    drawings = tuple(shifted(one, move_mm) for one in request.drawings)
    note = f"It was moved {told_offset(move_mm)}, out of its neighbours."
    grid = shifted_grid(request.grid, move_mm)
    return replace(request, drawings=drawings, grid=grid, notes=(*request.notes, note))


def _settled(
    result: GenerationResult, placed: PlacedRequest, joint: OrganLabels, memory: MaskMemory | None
) -> GenerationResult:
    """The result with its best mask as it is beside the others, and measured so."""
    best = result.best
    mask = kept_of(best.mask, joint)
    if mask is best.mask:
        return result
    told = replace(placed, notes=(*placed.notes, *joint.notes_on(mask.structure)))
    report = report_of(mask, told, memory=memory, making=best.report.making)
    return replace(result, candidates=(replace(best, mask=mask, report=report), *result.candidates[1:]))


def _of_organ(progress: Progress | None, at: int, count: int) -> Progress | None:
    """Steps of one organ among all of them."""
    if progress is None:
        return None

    def told(stage: str, step: int, of: int) -> None:
        progress(stage, at * of + step, count * of)

    return told


def _scan(
    request: OrgansRequest,
    masks: Sequence[MaskVolume],
    joint: OrganLabels,
    pipeline: Pipeline,
    progress: Progress | None,
) -> tuple[ImageVolume | None, tuple[str, ...]]:
    """The scan on the cube of the largest organ, the others beside it; and what of them it does not show."""
    bodies = [mask for mask in masks if not mask.is_empty]
    if not bodies:
        return None, ()
    main = max(bodies, key=lambda mask: float(mask.grid.size_mm[0]))
    notes: list[str] = []
    labels = None
    if len(bodies) > 1 or request.context is not None:
        taken = pipeline.neighbours(main.structure, paint=request.settings.paint)
        own = catalog.structure(main.structure).label
        here = resample(np.where(joint.labels == own, 0, joint.labels), joint.grid, main.grid, interpolation="nearest")
        if request.context is not None:
            beside = request.context.around(main.grid, main.structure, taken)
            notes += beside.notes
            if beside.labels is not None:
                here = np.where((here == 0) & ~main.body, beside.labels, here)
        known = np.isin(here, sorted(taken))
        labels = np.where(known, here, 0).astype(np.uint8)
        notes += _unseen([one for one in bodies if one is not main], main, frozenset(taken))
    scan = pipeline.image(main, request.seed, request.settings, labels=labels, progress=progress)
    return scan, (*notes, *scan.notes)


def _unseen(others: Sequence[MaskVolume], main: MaskVolume, taken: frozenset[int]) -> list[str]:
    """What the scan does not show of the other organs."""
    notes = []
    for mask in others:
        title = catalog.structure(mask.structure).title.lower()
        if catalog.structure(mask.structure).label not in taken:
            notes.append(f"The volume stage does not know the {title} beside the {main.structure.replace('_', ' ')}.")
            continue
        points = mask.grid.to_ras(np.argwhere(mask.body)[:, ::-1])
        ijk = main.grid.to_ijk(points)
        outside = ((ijk < -0.5) | (ijk > np.array(main.grid.shape_kji[::-1]) - 0.5)).any(axis=1).mean()
        if outside > _TOLD_OUTSIDE:
            cube = f"{float(main.grid.size_mm[0]):.0f} mm cube of the {catalog.structure(main.structure).title.lower()}"
            notes.append(f"{outside:.0%} of the {title} lies beyond the {cube}, where the scan ends.")
    return notes


def summary(result: OrgansResult) -> str:
    """One sentence: how many of the organs meet what was asked of them."""
    titles = [catalog.structure(name).title.lower() for name in result.structures]
    met = [title for title, one in zip(titles, result.results, strict=True) if one.best.report.grade == "met"]
    if len(met) == len(titles):
        return f"All {len(titles)} organs met: {joined(titles)}."
    short = [title for title in titles if title not in met]
    return f"{len(met)} of {len(titles)} organs met; {joined(short)} not wholly."
