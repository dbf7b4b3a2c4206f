"""One whole job: a checked request → candidates with reports and provenance, ranked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
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
from .conditions import Request
from .pipeline import OUTPUT_VOXELS, MaskSample, Pipeline, Progress, Settings, seed_family
from .placement import centred_sketch, cube_on_plane
from .report import Report, build_report
from .values import Candidate, GenerationResult, ImageVolume, MaskVolume, Provenance

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
    """

    description: GeometryDescription
    sketch: Sketch | None
    seed: int = 1
    candidates: int = 1
    with_volume: bool = True
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        if not 1 <= self.candidates <= MAX_CANDIDATES:
            raise ConfigError(f"Candidates must lie in 1…{MAX_CANDIDATES}, got {self.candidates}.")
        if not 0 <= self.seed < 2**62:
            raise ConfigError(f"The seed must be a whole number from 0 to 2⁶², got {self.seed}.")


def candidate_seeds(seed: int, count: int) -> tuple[int, ...]:
    """Seeds of candidates; the first is the seed itself, and the draws of two candidates never share one."""
    return (seed, *seed_family(seed + 2**61, count)[1:])


def generate(job: Job, pipeline: Pipeline, *, progress: Progress | None = None) -> GenerationResult:
    """Runs the chain; candidates come best first (sketch agreement, then numbers met).

    The drawing bounds the mask by its silhouette; its extents are compared with the stated ones, and told in the
    report's notes, but not asked as numbers.

    Raises:
        DescriptionError: The description's text is wrong or contradicts its numbers.
    """
    structure = catalog.structure(job.description.structure)
    sketch = centred_sketch(job.sketch, structure.name) if job.sketch is not None else None
    if sketch is not None:
        grid = cube_on_plane(sketch.plane, structure.cube_mm, OUTPUT_VOXELS)
    else:
        grid = VoxelGrid.ras_cube((0.0, 0.0, 0.0), structure.cube_mm, OUTPUT_VOXELS)
    merged = job.description.merge(drawn_extents(sketch) if sketch is not None else None)
    asked = merged.stated
    request = Request(structure.name, sketch, dict(asked.numbers), asked.sentences())
    samples = pipeline.masks(request, grid, candidate_seeds(job.seed, job.candidates), job.settings, progress=progress)
    outline = silhouette(sketch, OUTPUT_VOXELS, size_mm=structure.cube_mm) if sketch is not None else None
    drawn = [(sample, _report(sample, merged, outline, sketch)) for sample in samples]
    drawn.sort(key=lambda pair: -_score(pair[1]))
    candidates = tuple(
        Candidate(sample.mask, _volume(job, pipeline, sample, progress), report) for sample, report in drawn
    )
    seeds = [sample.seed for sample, _ in drawn]
    return GenerationResult(candidates, sketch, _provenance(job, pipeline, asked, seeds))


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
    report = build_report(body, **_request(merged))
    provenance = _provenance(job, pipeline, merged.stated, [job.seed])
    return GenerationResult((Candidate(body, image, report),), None, provenance)


def _request(merged: Merged) -> dict[str, Any]:
    """What a report says of the request itself."""
    return {
        "asked": merged.stated.numbers,
        "tolerances": merged.stated.tolerances,
        "notes": merged.sentences,
        "outside_range": [flag.sentence for flag in merged.flags],
    }


def _report(sample: MaskSample, merged: Merged, outline: NDArray[np.bool_] | None, sketch: Sketch | None) -> Report:
    return build_report(
        sample.mask,
        silhouette=outline,
        view=sketch.plane.view if sketch else None,
        level_shift_mm=sample.level_shift_mm,
        **_request(merged),
    )


def _score(report: Report) -> float:
    """Sketch IoU, plus a little for each number that was met."""
    agreement = report.silhouette.iou if report.silhouette is not None else 0.0
    share = report.met / len(report.numbers) if report.numbers else 0.0
    return agreement + 0.2 * share


def _volume(job: Job, pipeline: Pipeline, sample: MaskSample, progress: Progress | None) -> ImageVolume | None:
    if not job.with_volume or not pipeline.has_images or sample.mask.is_empty:
        return None
    return pipeline.image(sample.mask, sample.seed, job.settings, progress=progress)


def _provenance(job: Job, pipeline: Pipeline, asked: GeometryDescription, seeds: list[int]) -> Provenance:
    settings = job.settings
    scale = pipeline.preset.guidance if settings.guidance is None else settings.guidance
    return Provenance(
        tool_version=__version__,
        models=pipeline.models.hashes(),
        seed=job.seed,
        steps=settings.steps,
        guidance=float(scale),
        sketch_digest=job.sketch.digest() if job.sketch is not None else None,
        description=job.description.text,
        preset=pipeline.preset.name,
        settings=asdict(settings) | {"candidate_seeds": seeds, "numbers": dict(asked.numbers)},
    )
