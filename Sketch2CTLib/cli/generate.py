"""`sketch2ct generate`: a sketch and a text (or a mask, or a former result) → mask, volume, report and picture."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..description.model import GeometryDescription
    from ..diffusion import Scales
    from ..frames import PlaneFrame
    from ..generation.pipeline import Pipeline, Progress
    from ..generation.run import Job
    from ..generation.state import Former
    from ..generation.values import GenerationResult
    from ..sketch import Sketch
    from ..weights import ModelFolder

STEPS_OF = {"preview": 8, "standard": 25, "fine": 50}
PRESETS_SHIPPED = ("default", "small")  # the first that there are weights of
_GUIDED = ("sketch", "numbers", "words")
_OTHER_VIEW = {"axial": "coronal", "coronal": "sagittal", "sagittal": "coronal"}


def generate(
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    sketch: Annotated[Path | None, typer.Option(help="Sketch: strokes (JSON), SVG, PNG, JPEG.")] = None,
    scale: Annotated[str, typer.Option(help="Size of a drawing: paper, typical, width:180mm, bar:50mm, …")] = "",
    second_sketch: Annotated[Path | None, typer.Option(help="The same organ drawn on another view.")] = None,
    second_view: Annotated[str, typer.Option(help="View of a second drawing: coronal, sagittal or axial.")] = "",
    second_scale: Annotated[str, typer.Option(help="Size of the second drawing, as --scale.")] = "",
    text: Annotated[str, typer.Option(help="Geometry in words and numbers: 'about 1.4 litres, 21 cm wide'.")] = "",
    description: Annotated[Path | None, typer.Option(help="Description file (JSON).")] = None,
    structure: Annotated[str, typer.Option(help="liver, spleen, left_kidney, …")] = "",
    mask: Annotated[Path | None, typer.Option(help="A mask file: run the second stage alone.")] = None,
    label: Annotated[int | None, typer.Option(help="Label value in --mask.")] = None,
    edit: Annotated[Path | None, typer.Option(help="Folder of a former result: change it, keep the rest.")] = None,
    strength: Annotated[float, typer.Option(help="How far --edit may go: 0 keeps the shape, 1 draws anew.")] = 0.4,
    candidates: Annotated[int, typer.Option(help="How many masks to draw; best first.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same result.")] = 1,
    quality: Annotated[str, typer.Option(help="preview (8 steps), standard (25) or fine (50).")] = "standard",
    steps: Annotated[int | None, typer.Option(help="Denoising steps of each stage, in place of --quality.")] = None,
    guidance: Annotated[str, typer.Option(help="2, or sketch=1.5,numbers=2,words=1 (1 where not named).")] = "",
    sampler: Annotated[str, typer.Option(help="dpm++ or ddpm.")] = "dpm++",
    match_volume: Annotated[bool, typer.Option(help="Shift the surface to meet an asked volume.")] = True,
    follow: Annotated[bool, typer.Option(help="Project onto the drawn silhouettes and the stated extents.")] = True,
    draws: Annotated[int | None, typer.Option(help="Draws averaged into one mask; the preset's by default.")] = None,
    spread: Annotated[float | None, typer.Option(help="0 the likeliest shape … 1 any that fits.")] = None,
    volume: Annotated[bool, typer.Option(help="Also make the CT or MRI volume.")] = True,
    preset: Annotated[str, typer.Option(help="Shipped preset: default, or small where that is not there.")] = "",
    models: Annotated[Path | None, typer.Option(help="Model folder in place of the shipped preset.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Make a 3D mask and a synthetic scan from a drawing or two and a sentence, or change one that was made.

    Example: sketch2ct generate --sketch liver.json --text "about 1.4 litres" --structure liver --out result

    Then: sketch2ct generate --edit result --sketch changed.json --out changed
    """
    from ..diffusion import Scales
    from ..errors import InputError
    from ..generation.files import check_writable, write_result
    from ..generation.pipeline import Pipeline
    from ..generation.run import Job
    from ..generation.settings import Settings

    started = time.monotonic()
    former = _former(edit, mask)
    told = _description(text, description, structure, former)
    told.merged()  # what contradicts itself is refused before a model is loaded
    first = _sketch(sketch, told.structure, mask, scale, former)
    second = _second(second_sketch, second_view, second_scale, first, told.structure)
    if former is not None and second_sketch is None and first is not None:
        second = former.second
    usual = _steps(quality)
    count = usual if steps is None else steps
    scales = guidance_of(guidance, Scales)
    settings = Settings(count, count, scales, sampler, match_volume, follow, draws, spread)
    job = Job(told, first, seed, candidates, volume, settings, second)
    if not 0.0 <= strength <= 1.0:
        raise InputError(f"--strength must lie in 0…1, got {strength}.", hint="0 keeps the shape, 1 draws it anew.")
    check_writable(out)
    pipeline = Pipeline(_model(models, preset), device=device, volumes=_lender() if volume else None)
    result = _shown(job, pipeline, mask, label, former, strength)
    paths = write_result(result, out)
    if as_json:
        print(json.dumps(result.best.report.to_dict(), allow_nan=False))
        return
    print(result.best.report.verdict)
    for note in result.best.report.notes:
        print(f"  note: {note}")
    if result.agreement is not None:
        open_ml, dice = (result.agreement.to_dict()[name] for name in ("disagreement_ml", "pairwise_dice"))
        print(f"  {candidates} candidates: two of them differ by {open_ml:.0f} mL (mean Dice {dice:.3f})")
    for name, path in paths.items():
        print(f"  {name:<12} {path}")
    print(f"SYNTHETIC, for research, not for diagnosis. {time.monotonic() - started:.1f} s.")


def guidance_of(text: str, scales: type[Scales]) -> float | Scales | None:
    """What --guidance says: one number for all conditions, a number for each, or nothing."""
    from ..errors import ConfigError

    if not text.strip():
        return None
    hint = "Write 2, or sketch=1.5,numbers=2,words=1."
    try:
        if "=" not in text:
            return scales.of(float(text))
        pairs = [part.split("=") for part in text.split(",")]
        named = {name.strip(): float(value) for name, value in pairs}
    except ValueError as error:
        raise ConfigError(f"The guidance '{text[:60]}' cannot be read.", hint=hint) from error
    if not named.keys() <= set(_GUIDED) or len(named) < len(pairs):
        raise ConfigError(f"The guidance '{text[:60]}' must name {', '.join(_GUIDED)}, each once.", hint=hint)
    return scales(**named)


def _steps(quality: str) -> int:
    from ..errors import ConfigError

    if quality not in STEPS_OF:
        raise ConfigError(f"Unknown quality '{quality}'.", hint=f"Choose one of {', '.join(STEPS_OF)}.")
    return STEPS_OF[quality]


def _model(folder: Path | None, preset: str) -> ModelFolder:
    """The folder given, or that of a shipped preset; the first that there is where none is named."""
    from ..generation.pipeline import find_model
    from ..resources import resource_path

    if folder is not None or preset:
        return find_model(folder, preset)
    wanted = PRESETS_SHIPPED[0]
    if not (resource_path("Models") / wanted / "model.json").is_file():
        wanted = PRESETS_SHIPPED[1]
        print(f"preset: '{wanted}' (there are no weights of '{PRESETS_SHIPPED[0]}' here)", file=sys.stderr)
    return find_model(None, wanted)


def _lender() -> ModelFolder | None:
    """The shipped volume stage, for a model that has none of its own."""
    from ..generation.pipeline import find_model
    from ..resources import resource_path

    name = PRESETS_SHIPPED[1]
    return find_model(None, name) if (resource_path("Models") / name / "model.json").is_file() else None


def _shown(
    job: Job, pipeline: Pipeline, mask: Path | None, label: int | None, former: Former | None, strength: float
) -> GenerationResult:
    """The run with its progress on a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(console=console, disable=not console.is_terminal) as bar:
        tasks = {name: bar.add_task(name, visible=False) for name in ("mask", "volume")}

        def show(stage: str, step: int, of: int) -> None:
            bar.update(tasks[stage], completed=step, total=of, visible=True)

        if mask is not None:
            return _from_mask(job, pipeline, mask, label, show)
        if former is not None:
            from ..generation.editing import edit

            return edit(job, former, pipeline, strength, progress=show)
        from ..generation.run import generate as run

        return run(job, pipeline, progress=show)


def _from_mask(job: Job, pipeline: Pipeline, path: Path, label: int | None, progress: Progress) -> GenerationResult:
    from ..data.masks import read_mask
    from ..generation.run import volume_from_mask

    body, grid = read_mask(path, label)
    return volume_from_mask(body, grid, job.description.structure, pipeline, job, progress=progress)


def _former(folder: Path | None, mask: Path | None) -> Former | None:
    from ..errors import InputError
    from ..generation.state import read_state

    if folder is None:
        return None
    if mask is not None:
        raise InputError("Both --edit and --mask are given.", hint="Give one of them.")
    return read_state(folder)


def _description(text: str, path: Path | None, structure: str, former: Former | None) -> GeometryDescription:
    """The description of a text or a file as given; the file names its structure, otherwise --structure must.

    An edit keeps the former description where no other one is given.
    """
    from .. import catalog
    from ..description.model import GeometryDescription
    from ..errors import InputError

    if path is not None and text:
        raise InputError("Both --text and --description are given.", hint="Give one of them.")
    given = GeometryDescription.read(path) if path is not None else None
    if given is None and former is not None:
        given = former.description
        if text:
            given = GeometryDescription.checked(structure=given.structure, text=text)
    if given is not None:
        if structure and catalog.structure(structure).name != given.structure:
            what = "description" if path is not None else "result to edit"
            raise InputError(
                f"--structure is '{structure}' but the {what} is of '{given.structure}'.", hint="Drop --structure."
            )
        return given
    if not structure:
        raise InputError("No structure is given.", hint=f"Add --structure {'|'.join(catalog.STRUCTURE_NAMES)}.")
    return GeometryDescription.checked(structure=structure, text=text)


def _sketch(
    path: Path | None, structure: str, mask: Path | None, scale: str, former: Former | None = None
) -> Sketch | None:
    """The drawing on the structure's default plane (a JSON sketch knows its own); an edit keeps the former one."""
    from .. import catalog
    from ..errors import SketchError
    from ..frames import PlaneFrame

    if path is not None:
        wanted = catalog.structure(structure)
        plane = PlaneFrame.standard(wanted.view, wanted.cube_mm)
        if former is not None and former.sketch is not None:
            plane = former.sketch.plane
        return _drawing(path, structure, plane, scale)[0]
    if former is not None:
        return former.sketch
    if mask is None:
        raise SketchError("No sketch is given.", hint="Add --sketch FILE, or --mask FILE for the second stage.")
    return None


def _second(path: Path | None, view: str, scale: str, first: Sketch | None, structure: str) -> Sketch | None:
    """The second drawing; one that is no JSON lies on the view that is named, beside the first."""
    from .. import catalog
    from ..errors import SketchError
    from ..frames import PlaneFrame
    from ..frames import view as standard_view
    from ..generation.placement import beside

    if path is None:
        if view or scale:
            raise SketchError("A second view is named without a drawing.", hint="Add --second-sketch FILE.")
        return None
    if first is None:
        raise SketchError("A second sketch is given without a first.", hint="Give it as --sketch.")
    wanted = standard_view(view).name if view else _OTHER_VIEW[first.plane.view]
    plane = PlaneFrame.standard(wanted, catalog.structure(structure).cube_mm)
    drawing, has_plane = _drawing(path, structure, plane, scale)
    if view and drawing.plane.view != wanted:
        raise SketchError(
            f"The second sketch's own plane is {drawing.plane.view}, not {wanted}.", hint="Drop --second-view."
        )
    if drawing.plane.view == first.plane.view:
        raise SketchError(f"Both sketches are {first.plane.view}.", hint="Draw the second one on another view.")
    return drawing if has_plane else beside(drawing, first)


def _drawing(path: Path, structure: str, plane: PlaneFrame, scale: str) -> tuple[Sketch, bool]:
    """A drawing, and whether its file says where it lies; what was changed in it goes to stderr."""
    from ..sketch import Scale, file_kind, import_drawing

    read = import_drawing(path, plane=plane, structure=structure, scale=Scale.parse(scale) if scale else None)
    for note in read.notes:
        print(f"sketch: {note}", file=sys.stderr)
    return read.sketch, file_kind(path.read_bytes()) == "json"
