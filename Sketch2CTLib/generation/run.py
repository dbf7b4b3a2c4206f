"""One whole job: a checked request → candidates with reports and provenance, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__, catalog
from ..description.merging import Merged, merge_description
from ..description.metrics import measure
from ..description.model import GeometryDescription
from ..errors import ConfigError, MaskError
from ..frames import VoxelGrid
from ..sketch import Sketch, silhouette
from ..sketch.model import drawn_extents
from .candidates import agreement_of, candidate_score, candidate_seeds
from .conditions import Request
from .memory import MaskMemory
from .pipeline import OUTPUT_VOXELS, Pipeline
from .placement import Placement, place
from .report.build import build_report
from .report.evidence import Asked, Drawn, Making
from .report.report import Report
from .results import Candidate, GenerationResult
from .settings import Progress, Settings
from .values import ImageVolume, MaskSample, MaskVolume, Provenance
from .volumes.checks import check_volume
from .volumes.context import Context, Neighbours
from .volumes.own_grid import ScannedMask, mask_in_cube, on_own_grid, require_own_grid
from .volumes.segmenting import shipped_segmenter

MAX_CANDIDATES = 64


@dataclass(frozen=True)
class Job:
    """What a user asks for.

    Args:
        description: Structure, numbers and words; its text is merged in where it was not.
        sketch: The drawing; None draws from numbers and words alone.
        seed: Seed of the first candidate; the others follow from it.
        candidates: How many masks to draw.
        with_volume: Whether each mask gets a scan.
        settings: How to sample.
        second: A drawing of the same organ on another view.
        context: Neighbours that the scan shall show, where they lie in space.
    """

    description: GeometryDescription
    sketch: Sketch | None
    seed: int = 1
    candidates: int = 1
    with_volume: bool = True
    settings: Settings = field(default_factory=Settings)
    second: Sketch | None = None
    context: Context | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.candidates <= MAX_CANDIDATES:
            raise ConfigError(f"Candidates must lie in 1…{MAX_CANDIDATES}, got {self.candidates}.")
        if not 0 <= self.seed < 2**62:
            raise ConfigError(f"The seed must be a whole number from 0 to 2⁶², got {self.seed}.")


@dataclass(frozen=True)
class Order:
    """A job, read: where its drawings lie and what its numbers and words come to.

    Args:
        job: As given.
        placement: Its cube and the drawings on its faces.
        merged: Its description with its text read.
        notes: What else the report tells, one sentence each.
        beside: The neighbours in its cube.
    """

    job: Job
    placement: Placement
    merged: Merged
    notes: tuple[str, ...] = ()
    beside: Neighbours = field(default_factory=Neighbours)

    @classmethod
    def of(cls, job: Job, placement: Placement | None = None) -> Order:
        """What a job comes to.

        Args:
            job: The job.
            placement: Where its drawings lie; by default in the middle of a cube of their own.

        Raises:
            DescriptionError: The description's text is wrong or contradicts its numbers.
            SketchError: A drawing does not fit its cube, or the other one.
        """
        name = job.description.structure
        placed = placement or place(name, job.sketch, job.second, OUTPUT_VOXELS)
        drawn: dict[str, float] = {}
        for sketch in reversed(placed.sketches):  # the first one decides what both show
            drawn |= drawn_extents(sketch)
        merged = merge_description(job.description, drawn)
        return cls(job, placed, merged, () if placed.sketches else (_undrawn(merged, placed=placement is not None),))

    @property
    def grid(self) -> VoxelGrid:
        """The output cube."""
        return self.placement.grid

    @property
    def request(self) -> Request:
        """What the model shall honour."""
        stated = self.merged.stated
        return Request(stated.structure, self.placement.sketches, dict(stated.numbers), stated.sentences())


def _undrawn(merged: Merged, *, placed: bool) -> str:
    """What the report tells where there is no drawing: what the shape follows, and where it lies."""
    stated = merged.stated
    follows = "the numbers and words alone" if stated.numbers or stated.words else "what is usual in the training cases"
    where = "" if placed else "; it lies around the origin, along the patient's axes"
    return f"Nothing was drawn: the shape follows {follows}, and is not held against a drawing{where}."


def generate(job: Job, pipeline: Pipeline, *, progress: Progress | None = None) -> GenerationResult:
    """Runs the chain; candidates come best first, by `candidate_score`.

    The drawings bound the mask by their silhouettes; their extents are compared with the stated ones, and told in the
    report's notes, but not asked as numbers.

    Raises:
        DescriptionError: The description's text is wrong or contradicts its numbers.
        SketchError: A drawing does not fit its cube, or the two drawings are of one view or not of one organ.
        WeightsError: The model does not know the structure, or takes one drawing only.
    """
    order = Order.of(job)
    seeds = candidate_seeds(job.seed, job.candidates)
    samples = pipeline.masks(order.request, order.grid, seeds, job.settings, progress=progress)
    return ranked(order, samples, pipeline, progress=progress)


def ranked(
    order: Order,
    samples: Sequence[MaskSample],
    pipeline: Pipeline,
    *,
    edit: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> GenerationResult:
    """The result of drawn masks: reports, scans, ranks, agreement and provenance.

    Args:
        order: What they were drawn for.
        samples: The masks.
        pipeline: What drew them.
        edit: Strength and origin of an edit, for the provenance.
        progress: Called as (stage, step, of).
    """
    memory = MaskMemory.load(pipeline.folder)
    beside = neighbours_of(order.job, order.grid, pipeline)
    order = replace(order, beside=beside)
    drawn = []
    for at, sample in enumerate(samples):
        if progress is not None:
            progress("report", at, len(samples))  # a place to cancel
        drawn.append((sample, _report(sample, order, memory)))
    drawn.sort(key=lambda pair: -candidate_score(pair[1]))
    candidates = []
    for sample, report in drawn:
        scan = _volume(order, pipeline, sample, progress)
        candidates.append(Candidate(sample.mask, scan, _checked(sample.mask, scan, report, pipeline), sample.latent))
    seeds = [sample.seed for sample, _ in drawn]
    provenance = replace(_provenance(order.job, pipeline, order.merged.stated, seeds, beside), edit=edit)
    return GenerationResult(
        tuple(candidates),
        order.placement.sketch,
        provenance,
        order.placement.second,
        order.job.description,
        agreement_of([candidate.mask for candidate in candidates]),
    )


def volume_from_mask(
    mask: NDArray[np.bool_],
    grid: VoxelGrid,
    pipeline: Pipeline,
    job: Job,
    *,
    own_grid: bool = True,
    progress: Progress | None = None,
) -> ScannedMask:
    """The second stage alone: a mask on any grid → its cube, with a scan, and both on the mask's grid again.

    Args:
        mask: (D, H, W) on the grid.
        grid: Any size, spacing and direction.
        pipeline: What draws the scan.
        job: The request, of the structure that the mask shows; its drawings play no part.
        own_grid: Whether the result is written on the mask's own grid. Numbers are measured on that grid either way;
            the checks of the scan are of the cube.
        progress: Called as (stage, step, of).

    Raises:
        MaskError: The mask is empty, does not fit the structure's cube, or its own grid is too large.
        ConfigError: There is a context, and the model takes none.
    """
    wanted = catalog.structure(job.description.structure)
    if not mask.any():
        raise MaskError("The mask is empty.", hint="Check the label value.")
    if own_grid:
        require_own_grid(grid)
    body = mask_in_cube(mask, grid, wanted, OUTPUT_VOXELS)
    beside = neighbours_of(job, body.grid, pipeline)
    image = pipeline.image(body, job.seed, job.settings, labels=beside.labels, progress=progress)
    merged = merge_description(job.description)
    measured = measure(mask, grid, tubular=wanted.tubular)
    wanted_numbers = Asked.of(merged, beside.notes_on(body))
    report = _checked(body, image, build_report(body, wanted_numbers, measured=measured), pipeline)
    made, own = Candidate(body, image, report), None
    if own_grid:
        own, beyond = on_own_grid(made, mask, grid)
        made, own = (_with_beyond(one, beyond, wanted) for one in (made, own))
    provenance = _provenance(job, pipeline, merged.stated, [job.seed], beside)
    settings = {**provenance.settings, "grid": "own" if own_grid else "cube"}
    provenance = replace(provenance, settings=settings, models=pipeline.hashes())
    return ScannedMask((made,), None, provenance, own=own)


def _with_beyond(candidate: Candidate, beyond: float, wanted: catalog.Structure) -> Candidate:
    """With a note of how much of the mask's own grid has no scan."""
    if beyond == 0.0:
        return candidate
    note = (
        f"{min(max(beyond, 0.001), 0.999):.1%} of the mask's own grid lies beyond the {wanted.cube_mm:.0f} mm cube "
        "that the scan was made on: there the volume has the lowest value of its window."
    )
    report = replace(candidate.report, notes=(*candidate.report.notes, note))
    return replace(candidate, report=report)


def neighbours_of(job: Job, cube: VoxelGrid, pipeline: Pipeline) -> Neighbours:
    """What of a job's context stands in a cube.

    Raises:
        ConfigError: There is a context, and the model takes none.
    """
    if job.context is None:
        return Neighbours()
    return job.context.around(cube, job.description.structure, pipeline.neighbours(job.description.structure))


def _checked(mask: MaskVolume, scan: ImageVolume | None, report: Report, pipeline: Pipeline) -> Report:
    """The report, with the checks of the scan."""
    if scan is None or mask.is_empty:
        return report
    return replace(report, volume=check_volume(scan, mask, shipped_segmenter(str(pipeline.device))))


def _report(sample: MaskSample, order: Order, memory: MaskMemory | None) -> Report:
    cube_mm = float(order.grid.size_mm[0])
    drawn = [
        Drawn(silhouette(sketch, OUTPUT_VOXELS, size_mm=cube_mm), sketch.plane.view)
        for sketch in order.placement.sketches
    ]
    nearest = memory.nearest(sample.mask) if memory is not None else None
    wanted = Asked.of(order.merged, (*order.placement.notes, *order.notes, *order.beside.notes_on(sample.mask)))
    return build_report(sample.mask, wanted, drawn, making=Making(sample.level_shift_mm, nearest, sample.depth_scale))


def _volume(order: Order, pipeline: Pipeline, sample: MaskSample, progress: Progress | None) -> ImageVolume | None:
    job = order.job
    if not job.with_volume or not pipeline.has_images or sample.mask.is_empty:
        return None
    return pipeline.image(sample.mask, sample.seed, job.settings, labels=order.beside.labels, progress=progress)


def _provenance(
    job: Job, pipeline: Pipeline, asked: GeometryDescription, seeds: list[int], beside: Neighbours
) -> Provenance:
    settings, preset = job.settings, pipeline.preset
    guidance = asdict(settings.scales(preset))
    in_force: dict[str, Any] = {
        "draws": settings.draws or preset.draws,
        "spread": preset.noise_strength if settings.noise_strength is None else settings.noise_strength,
        "guidance": guidance,
        "candidate_seeds": seeds,
        "numbers": dict(asked.numbers),
    }
    if job.context is not None:
        in_force["context"] = beside.record()
    return Provenance(
        tool_version=__version__,
        models=pipeline.hashes(volumes=job.with_volume),
        seed=job.seed,
        steps=settings.steps,
        guidance=guidance,
        sketch_digest=job.sketch.digest() if job.sketch is not None else None,
        description=job.description.text,
        preset=preset.name,
        settings=settings.to_dict() | in_force,
        second_digest=job.second.digest() if job.second is not None else None,
    )
