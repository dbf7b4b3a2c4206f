"""`sketch2ct generate`: a sketch and a text (or a mask) → mask, volume, report and picture."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..description.model import GeometryDescription
    from ..generation.pipeline import Pipeline, Progress
    from ..generation.run import Job
    from ..generation.values import GenerationResult
    from ..sketch import Sketch


def generate(
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    sketch: Annotated[Path | None, typer.Option(help="Sketch: strokes (JSON), SVG, PNG, JPEG.")] = None,
    scale: Annotated[str, typer.Option(help="Size of a drawing: paper, typical, width:180mm, bar:50mm, …")] = "",
    text: Annotated[str, typer.Option(help="Geometry in words and numbers: 'about 1.4 litres, 21 cm wide'.")] = "",
    description: Annotated[Path | None, typer.Option(help="Description file (JSON).")] = None,
    structure: Annotated[str, typer.Option(help="liver, spleen, left_kidney, …")] = "",
    mask: Annotated[Path | None, typer.Option(help="A mask file: run the second stage alone.")] = None,
    label: Annotated[int | None, typer.Option(help="Label value in --mask.")] = None,
    candidates: Annotated[int, typer.Option(help="How many masks to draw; best first.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same result.")] = 1,
    steps: Annotated[int, typer.Option(help="Denoising steps of each stage.")] = 25,
    guidance: Annotated[float | None, typer.Option(help="Classifier-free guidance scale.")] = None,
    sampler: Annotated[str, typer.Option(help="dpm++ or ddpm.")] = "dpm++",
    match_volume: Annotated[bool, typer.Option(help="Shift the surface to meet an asked volume.")] = True,
    follow: Annotated[bool, typer.Option(help="Project onto the drawn silhouette and the stated extents.")] = True,
    draws: Annotated[int | None, typer.Option(help="Draws averaged into one mask; the preset's by default.")] = None,
    volume: Annotated[bool, typer.Option(help="Also make the CT or MRI volume.")] = True,
    preset: Annotated[str, typer.Option(help="Shipped preset.")] = "small",
    models: Annotated[Path | None, typer.Option(help="Model folder in place of the shipped preset.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Make a 3D mask and a synthetic scan from a drawing and a sentence.

    Example: sketch2ct generate --sketch liver.json --text "about 1.4 litres" --structure liver --out result
    """
    from rich.console import Console
    from rich.progress import Progress as Bar

    from ..generation.files import check_writable, write_result
    from ..generation.pipeline import Pipeline, Settings, find_model
    from ..generation.run import Job

    started = time.monotonic()
    told = _description(text, description, structure)
    told.merged()  # what contradicts itself is refused before a model is loaded
    drawing = _sketch(sketch, told.structure, mask, scale)
    settings = Settings(steps, steps, guidance, sampler, match_volume, follow, draws)
    job = Job(told, drawing, seed, candidates, volume, settings)
    check_writable(out)
    pipeline = Pipeline(find_model(models, preset), device=device)
    console = Console(stderr=True)
    with Bar(console=console, disable=not console.is_terminal) as bar:
        tasks = {name: bar.add_task(name, visible=False) for name in ("mask", "volume")}

        def show(stage: str, step: int, of: int) -> None:
            bar.update(tasks[stage], completed=step, total=of, visible=True)

        result = _run(job, pipeline, mask, label, show)
    paths = write_result(result, out)
    if as_json:
        print(json.dumps(result.best.report.to_dict(), allow_nan=False))
        return
    print(result.best.report.verdict)
    for note in result.best.report.notes:
        print(f"  note: {note}")
    for name, path in paths.items():
        print(f"  {name:<12} {path}")
    print(f"SYNTHETIC, for research, not for diagnosis. {time.monotonic() - started:.1f} s.")


def _run(job: Job, pipeline: Pipeline, mask: Path | None, label: int | None, progress: Progress) -> GenerationResult:
    from ..generation.run import generate as run
    from ..generation.run import volume_from_mask

    if mask is None:
        return run(job, pipeline, progress=progress)
    from ..data.masks import read_mask

    body, grid = read_mask(mask, label)
    return volume_from_mask(body, grid, job.description.structure, pipeline, job, progress=progress)


def _description(text: str, path: Path | None, structure: str) -> GeometryDescription:
    """The description of a text or a file as given; the file names its structure, otherwise --structure must."""
    from .. import catalog
    from ..description.model import GeometryDescription
    from ..errors import InputError

    if path is not None and text:
        raise InputError("Both --text and --description are given.", hint="Give one of them.")
    if path is not None:
        told = GeometryDescription.read(path)
        if structure and catalog.structure(structure).name != told.structure:
            raise InputError(
                f"--structure is '{structure}' but the description is of '{told.structure}'.", hint="Drop --structure."
            )
        return told
    if not structure:
        raise InputError("No structure is given.", hint=f"Add --structure {'|'.join(catalog.STRUCTURE_NAMES)}.")
    return GeometryDescription.checked(structure=structure, text=text)


def _sketch(path: Path | None, structure: str, mask: Path | None, scale: str) -> Sketch | None:
    """The drawing on the structure's default plane (a JSON sketch knows its own); what was changed goes to stderr."""
    from .. import catalog
    from ..errors import SketchError
    from ..frames import PlaneFrame
    from ..sketch import Scale, import_drawing

    if path is None:
        if mask is None:
            raise SketchError("No sketch is given.", hint="Add --sketch FILE, or --mask FILE for the second stage.")
        return None
    wanted = catalog.structure(structure)
    plane = PlaneFrame.standard(wanted.view, wanted.cube_mm)
    read = import_drawing(path, plane=plane, structure=wanted.name, scale=Scale.parse(scale) if scale else None)
    for note in read.notes:
        print(f"sketch: {note}", file=sys.stderr)
    return read.sketch
