"""One whole run: a checked request → candidates with reports and provenance, ranked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any

from .. import __version__, catalog
from ..data.layout import Layout
from ..description.merging import merge_description
from ..description.metrics import measure
from ..errors import MaskError, SketchError
from ..frames import VoxelGrid
from ..sketch import Sketch
from .candidates import agreement_of, candidate_score, candidate_seeds
from .memory import MaskMemory
from .painting.finer import finer, require_possible
from .pipeline import Pipeline
from .placement import OUTPUT_VOXELS, on_cube
from .report.build import build_report
from .report.evidence import Asked, Drawn, Making
from .report.report import Report
from .request import GenerationRequest, PlacedRequest
from .results import Candidate, GenerationResult
from .settings import Progress
from .values import ImageVolume, MaskSample, MaskVolume, Provenance
from .volumes.checks import check_volume
from .volumes.context import Neighbours
from .volumes.own_grid import ScannedMask, mask_in_cube, on_own_grid, require_own_grid
from .volumes.segmenting import shipped_segmenter


def generate(request: GenerationRequest, pipeline: Pipeline, *, progress: Progress | None = None) -> GenerationResult:
    """Draws masks anew: first the answer, which is the posterior mean, then candidates, best first.

    Of all masks of the asked volume the most probable voxels of the posterior mean have the largest expected Dice;
    candidates show what the request leaves open. With a stated noise strength, or a model without a prior, all are
    samples, and the best by `candidate_score` is the answer.

    Silhouettes bound the mask; their extents are compared with the stated ones, and told in the report's notes, but not
    asked as numbers.

    Raises:
        DescriptionError: The description's text is wrong or contradicts its numbers.
        SketchError: A drawing does not fit its cube, or the drawings are not of one organ.
        WeightsError: The model does not know the structure, or takes fewer drawings.
    """
    placed = PlacedRequest.of(request)
    require_possible(request, placed.grid, pipeline)
    seeds = candidate_seeds(request.seed, request.candidates)
    samples = pipeline.masks(placed, seeds, request.settings, progress=progress)
    return ranked(request, placed, samples, pipeline, progress=progress)


def ranked(
    request: GenerationRequest,
    placed: PlacedRequest,
    samples: Sequence[MaskSample],
    pipeline: Pipeline,
    *,
    edit: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> GenerationResult:
    """The result of drawn masks: reports, scans, ranks, agreement and provenance.

    Args:
        request: What they were drawn for.
        placed: The same in its cube.
        samples: The masks.
        pipeline: What drew them.
        edit: Strength and origin of an edit, for the provenance.
        progress: Called as (stage, step, of).
    """
    memory = MaskMemory.load(pipeline.folder)
    beside = neighbours_of(request, placed.grid, pipeline)
    makings = [Making(one.level_shift_mm, depth_scale=one.depth_scale) for one in samples]
    drawn: list[tuple[MaskSample, Report, ImageVolume | None]] = []
    with ThreadPoolExecutor(1) as beside_the_scan:  # a report is one core's work, and so is much of a layout
        reports = [
            beside_the_scan.submit(report_of, one.mask, placed, beside=beside, memory=memory, making=making)
            for one, making in zip(samples, makings, strict=True)
        ]
        try:
            for at in range(len(samples)):
                if progress is not None:
                    progress("report", at, len(samples))  # a place to cancel
            for sample, report in zip(samples, reports, strict=True):
                scan = None
                if request.with_volume and pipeline.has_images and not sample.mask.is_empty:
                    scan = _scan(request, sample.mask, sample.seed, beside, pipeline, progress)
                drawn.append((sample, report.result(), scan))
        finally:
            beside_the_scan.shutdown(wait=False, cancel_futures=True)
    answers = int(edit is None and request.settings.noise_strength is None and pipeline.preset.mask_prior is not None)
    drawn[answers:] = sorted(drawn[answers:], key=lambda one: -candidate_score(one[1]))
    candidates = [
        Candidate(sample.mask, scan, _checked(sample.mask, scan, report, pipeline), sample.latent)
        for sample, report, scan in drawn
    ]
    seeds = [sample.seed for sample, *_ in drawn]
    provenance = replace(_provenance(request, pipeline, placed.numbers, seeds, beside), edit=edit)
    provenance = painted_from(provenance, request.layout, candidates[0].image)
    agreement = agreement_of([candidate.mask for candidate in candidates])
    fine = _finer(candidates, seeds, request, pipeline, progress)
    return GenerationResult(tuple(candidates), placed.drawings, provenance, request.description, agreement, fine)


def volume_from_mask(
    request: GenerationRequest, pipeline: Pipeline, *, progress: Progress | None = None
) -> ScannedMask:
    """The second stage alone: a mask on any grid → its cube, with a scan, and both on the mask's grid again.

    Numbers are measured on the mask's own grid wherever the result is written; the checks of the scan are of the cube.
    A mask that is followed is compared with the drawings too, and a later edit may start from it.

    Args:
        request: With the mask.
        pipeline: What draws the scan.
        progress: Called as (stage, step, of).

    Raises:
        MaskError: There is no mask, it is empty, does not fit the structure's cube, or its own grid is too large.
        ConfigError: There is a context, and the model takes none.
    """
    wanted = catalog.structure(request.description.structure)
    if request.mask is None or not request.mask[0].any():
        raise MaskError("The mask is empty.", hint="Check the label value.")
    mask, grid = request.mask
    if request.own_grid:
        require_own_grid(grid)
    body = mask_in_cube(mask, grid, wanted, OUTPUT_VOXELS)
    if not request.own_grid:
        require_possible(request, body.grid, pipeline)
    beside = neighbours_of(request, body.grid, pipeline)
    image = _scan(request, body, request.seed, beside, pipeline, progress)
    merged = merge_description(request.description)
    measured = measure(mask, grid, tubular=wanted.tubular)
    drawings, notes = _compared(request, body)
    wanted_numbers = Asked.of(merged, (*beside.notes_on(body), *notes))
    drawn = _drawn(drawings, body.grid)
    report = _checked(body, image, build_report(body, wanted_numbers, drawn, measured=measured), pipeline)
    latent = pipeline.latent(body) if request.followed else None
    made, own = Candidate(body, image, report, latent), None
    if request.own_grid:
        own, beyond = on_own_grid(made, mask, grid)
        filled = "is air" if request.settings.full_hu else "has the lowest value of its window"
        made, own = (_with_beyond(one, beyond, wanted, filled) for one in (made, own))
    provenance = _provenance(request, pipeline, merged.stated.numbers, [request.seed], beside)
    settings = {**provenance.settings, "grid": "own" if request.own_grid else "cube"}
    provenance = replace(provenance, settings=settings, models=pipeline.hashes())
    provenance = painted_from(provenance, request.layout, image)
    fine = () if request.own_grid else _finer([made], [request.seed], request, pipeline, progress)
    asked = request.description if request.followed else None
    return ScannedMask((made,), drawings, provenance, asked, finer=fine, own=own)


def _compared(request: GenerationRequest, mask: MaskVolume) -> tuple[tuple[Sketch, ...], tuple[str, ...]]:
    """The drawings that a mask which is followed is compared with, on its cube, and why there are none."""
    if not request.followed or not request.drawings:
        return (), ()
    try:
        return on_cube(request.drawings, mask.grid, mask.structure)[0], ()
    except SketchError as error:
        return (), (f"The drawings are not compared with the edited mask: {error.message}",)


def _finer(
    candidates: Sequence[Candidate],
    seeds: Sequence[int],
    request: GenerationRequest,
    pipeline: Pipeline,
    progress: Progress | None,
) -> tuple[Candidate, ...]:
    """The candidates on the voxels that are asked for; none where the cube's are."""
    spacing_mm = request.settings.spacing_mm
    if spacing_mm is None:
        return ()
    made = []
    for number, (one, seed) in enumerate(zip(candidates, seeds, strict=True)):
        if progress is not None:
            progress("finer", number, len(candidates))
        made.append(one if one.mask.is_empty else finer(one, seed, request.settings, pipeline))
    return tuple(made)


def _scan(
    request: GenerationRequest,
    mask: MaskVolume,
    seed: int,
    beside: Neighbours,
    pipeline: Pipeline,
    progress: Progress | None,
) -> ImageVolume:
    """The scan of one mask, beside what the request knows of the rest."""
    known = beside.labels
    return pipeline.image(mask, seed, request.settings, labels=known, layout=request.layout, progress=progress)


def _with_beyond(candidate: Candidate, beyond: float, wanted: catalog.Structure, filled: str) -> Candidate:
    """With a note of how much of the mask's own grid has no scan."""
    if beyond == 0.0:
        return candidate
    note = (
        f"{min(max(beyond, 0.001), 0.999):.1%} of the mask's own grid lies beyond the {wanted.cube_mm:.0f} mm cube "
        f"that the scan was made on: there the volume {filled}."
    )
    report = replace(candidate.report, notes=(*candidate.report.notes, note))
    return replace(candidate, report=report)


def neighbours_of(request: GenerationRequest, cube: VoxelGrid, pipeline: Pipeline) -> Neighbours:
    """What of a request's context stands in a cube.

    Raises:
        ConfigError: There is a context, and the model takes none.
    """
    if request.context is None:
        return Neighbours()
    structure = request.description.structure
    return request.context.around(cube, structure, pipeline.neighbours(structure, paint=request.paints))


def _checked(mask: MaskVolume, scan: ImageVolume | None, report: Report, pipeline: Pipeline) -> Report:
    """The report, with the checks of the scan."""
    if scan is None or mask.is_empty:
        return report
    checks = check_volume(scan, mask, shipped_segmenter(str(pipeline.device)))
    return replace(report, volume=checks, notes=(*report.notes, *scan.notes))


def painted_from(provenance: Provenance, given: Layout | None, scan: ImageVolume | None) -> Provenance:
    """The provenance, with what a scan was painted from: the regions, a digest of them, and whether they were given."""
    if scan is None or scan.layout is None:
        return provenance
    told = {
        "given": given is not None,
        "regions": list(scan.layout.regions),
        "sha256": hashlib.sha256(scan.layout.labels.tobytes()).hexdigest(),
    }
    return replace(provenance, settings={**provenance.settings, "layout": told})


def report_of(
    mask: MaskVolume,
    placed: PlacedRequest,
    *,
    beside: Neighbours | None = None,
    memory: MaskMemory | None = None,
    making: Making | None = None,
) -> Report:
    """One mask against a request.

    Args:
        mask: On the request's cube.
        placed: The request.
        beside: Neighbours of the scan, for their notes.
        memory: Training masks, to look for the nearest.
        making: What was done to meet the request; its nearest case is looked for anew.
    """
    drawn = _drawn(placed.drawings, placed.grid)
    nearest = memory.nearest(mask) if memory is not None else None
    notes = (*(beside.notes_on(mask) if beside is not None else ()), *placed.notes)
    wanted = Asked(placed.numbers, placed.tolerances, notes, placed.outside_range)
    return build_report(mask, wanted, drawn, making=replace(making or Making(), nearest=nearest))


def _drawn(drawings: Sequence[Sketch], grid: VoxelGrid) -> list[Drawn]:
    return [Drawn.of(drawing, OUTPUT_VOXELS, float(grid.size_mm[0])) for drawing in drawings]


def _provenance(
    request: GenerationRequest,
    pipeline: Pipeline,
    numbers: Mapping[str, float],
    seeds: list[int],
    beside: Neighbours,
) -> Provenance:
    settings, preset = request.settings, pipeline.preset
    guidance = asdict(settings.scales(preset))
    in_force: dict[str, Any] = {
        "draws": settings.draws or preset.draws,
        "spread": preset.noise_strength if settings.noise_strength is None else settings.noise_strength,
        "guidance": guidance,
        "candidate_seeds": seeds,
        "numbers": dict(numbers),
    }
    if request.context is not None:
        in_force["context"] = beside.record()
    return Provenance(
        tool_version=__version__,
        models=pipeline.hashes(volumes=request.with_volume),
        seed=request.seed,
        steps=settings.steps,
        guidance=guidance,
        drawings=tuple({"role": one.role, "view": one.plane.view, "sha256": one.digest()} for one in request.drawings),
        description=request.description.text,
        preset=preset.name,
        settings=settings.to_dict() | in_force,
    )
