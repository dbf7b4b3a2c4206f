"""One whole job: a checked request → candidates with reports and provenance, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__, catalog
from ..data.cubes import center_and_extent, main_components, mask_on_cube
from ..description.merging import Merged
from ..description.model import GeometryDescription
from ..errors import ConfigError, MaskError
from ..frames import VoxelGrid
from ..sketch import Sketch, silhouette
from ..sketch.extent import drawn_extents
from .candidates import agreement_of, candidate_score, candidate_seeds
from .conditions import Request
from .evidence import Asked, Drawn, Making
from .memory import MaskMemory
from .pipeline import OUTPUT_VOXELS, MaskSample, Pipeline, Progress
from .placement import Placement, place
from .report import Report, build_report
from .segmenting import shipped_segmenter
from .settings import Settings
from .values import Candidate, GenerationResult, ImageVolume, MaskVolume, Provenance
from .volume_checks import check_volume

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
    """

    description: GeometryDescription
    sketch: Sketch | None
    seed: int = 1
    candidates: int = 1
    with_volume: bool = True
    settings: Settings = field(default_factory=Settings)
    second: Sketch | None = None

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
    """

    job: Job
    placement: Placement
    merged: Merged
    notes: tuple[str, ...] = ()

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
        found = placement or place(name, job.sketch, job.second, OUTPUT_VOXELS)
        drawn: dict[str, float] = {}
        for sketch in reversed(found.sketches):  # the first one decides what both show
            drawn |= drawn_extents(sketch)
        return cls(job, found, job.description.merge(drawn))

    @property
    def grid(self) -> VoxelGrid:
        """The output cube."""
        return self.placement.grid

    @property
    def request(self) -> Request:
        """What the model shall honour."""
        told = self.merged.stated
        return Request(
            told.structure, self.placement.sketch, dict(told.numbers), told.sentences(), self.placement.second
        )


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
    memory = MaskMemory.load(pipeline.models)
    drawn = []
    for at, sample in enumerate(samples):
        if progress is not None:
            progress("report", at, len(samples))  # a place to cancel
        drawn.append((sample, _report(sample, order, memory)))
    drawn.sort(key=lambda pair: -candidate_score(pair[1]))
    candidates = []
    for sample, report in drawn:
        scan = _volume(order.job, pipeline, sample, progress)
        candidates.append(Candidate(sample.mask, scan, _checked(sample.mask, scan, report, pipeline), sample.latent))
    provenance = _provenance(order.job, pipeline, order.merged.stated, [sample.seed for sample, _ in drawn])
    return GenerationResult(
        tuple(candidates),
        order.placement.sketch,
        replace(provenance, edit=edit),
        order.placement.second,
        order.job.description,
        agreement_of([candidate.mask for candidate in candidates]),
    )


def volume_from_mask(
    mask: NDArray[np.bool_],
    grid: VoxelGrid,
    structure: str,
    pipeline: Pipeline,
    job: Job,
    *,
    progress: Progress | None = None,
) -> GenerationResult:
    """The second stage alone: a mask on any grid → its cube, with a scan.

    Raises:
        MaskError: The mask is empty or does not fit the structure's cube.
    """
    wanted = catalog.structure(structure)
    if not mask.any():
        raise MaskError("The mask is empty.", hint="Check the label value.")
    center, extent = center_and_extent(mask, grid)
    if extent.max() > wanted.cube_mm:
        size = " × ".join(f"{e:.0f}" for e in extent)
        raise MaskError(
            f"The mask ({size} mm) exceeds the {wanted.cube_mm:.0f} mm cube of the {wanted.title.lower()}.",
            hint="Check its spacing and the structure.",
        )
    cube = VoxelGrid.ras_cube(center, wanted.cube_mm, OUTPUT_VOXELS)
    body = MaskVolume(
        mask_on_cube(main_components(mask, 0.0), grid, cube).astype(np.uint8), cube, wanted.name
    ).require_body()
    image = pipeline.image(body, job.seed, job.settings, progress=progress)
    merged = job.description.merge()
    report = _checked(body, image, build_report(body, Asked.of(merged)), pipeline)
    provenance = _provenance(job, pipeline, merged.stated, [job.seed])
    return GenerationResult((Candidate(body, image, report),), None, provenance)


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
    told = Asked.of(order.merged, (*order.placement.notes, *order.notes))
    return build_report(sample.mask, told, drawn, making=Making(sample.level_shift_mm, nearest, sample.depth_scale))


def _volume(job: Job, pipeline: Pipeline, sample: MaskSample, progress: Progress | None) -> ImageVolume | None:
    if not job.with_volume or not pipeline.has_images or sample.mask.is_empty:
        return None
    return pipeline.image(sample.mask, sample.seed, job.settings, progress=progress)


def _provenance(job: Job, pipeline: Pipeline, asked: GeometryDescription, seeds: list[int]) -> Provenance:
    settings, preset = job.settings, pipeline.preset
    guidance = asdict(settings.scales(preset))
    in_force = {
        "draws": settings.draws or preset.draws,
        "spread": preset.spread if settings.spread is None else settings.spread,
        "guidance": guidance,
    }
    return Provenance(
        tool_version=__version__,
        models=pipeline.hashes(),
        seed=job.seed,
        steps=settings.steps,
        guidance=guidance,
        sketch_digest=job.sketch.digest() if job.sketch is not None else None,
        description=job.description.text,
        preset=preset.name,
        settings=asdict(settings) | in_force | {"candidate_seeds": seeds, "numbers": dict(asked.numbers)},
        second_digest=job.second.digest() if job.second is not None else None,
    )
