"""`sketch2ct generate`: a sketch and a text (or a mask, or a former result) → mask, volume, report and picture."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..description.model import GeometryDescription
    from ..frames import PlaneFrame
    from ..generation.state import Former
    from ..generation.task import Task
    from ..sketch import Sketch

TOKEN_VARIABLE = "SKETCH2CT_TOKEN"
_GUIDED = ("sketch", "numbers", "words")
_OTHER_VIEW = {"axial": "coronal", "coronal": "sagittal", "sagittal": "coronal"}


@dataclass(frozen=True)
class Told:
    """What a run has to say at its end, wherever it ran."""

    report: dict[str, Any]
    notes: tuple[str, ...]
    agreement: dict[str, float] | None
    paths: dict[str, Path]


def generate(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    sketch: Annotated[Path | None, typer.Option(help="Sketch: strokes (JSON), SVG, PNG, JPEG.")] = None,
    scale: Annotated[str, typer.Option(help="Size of a drawing: paper, typical, width:180mm, bar:50mm, …")] = "",
    second_sketch: Annotated[Path | None, typer.Option(help="The same organ drawn on another view.")] = None,
    second_view: Annotated[str, typer.Option(help="View of a second drawing: coronal, sagittal or axial.")] = "",
    second_scale: Annotated[str, typer.Option(help="Size of the second drawing, as --scale.")] = "",
    text: Annotated[str, typer.Option(help="Geometry in words and numbers: 'about 1.4 litres, 21 cm wide'.")] = "",
    description: Annotated[Path | None, typer.Option(help="Description file (JSON).")] = None,
    structure: Annotated[
        str, typer.Option(help="liver, spleen, left_kidney, right_kidney, aorta or left_atrium.")
    ] = "",
    mask: Annotated[Path | None, typer.Option(help="A mask file: run the second stage alone.")] = None,
    label: Annotated[str | None, typer.Option(help="Label value, or segment by name, in --mask.")] = None,
    grid: Annotated[str, typer.Option(help="Of --mask's result: own (the file's, the default) or cube.")] = "",
    context: Annotated[Path | None, typer.Option(help="Neighbouring organs: .seg.nrrd, or a map of labels.")] = None,
    edit: Annotated[Path | None, typer.Option(help="Folder of a former result: change it, keep the rest.")] = None,
    strength: Annotated[float, typer.Option(help="How far --edit may go: 0 keeps the shape, 1 draws anew.")] = 0.4,
    candidates: Annotated[int, typer.Option(help="How many masks to draw; best first.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result on the same machine.")] = 1,
    quality: Annotated[str, typer.Option(help="preview (8 steps), standard (25) or fine (50).")] = "standard",
    steps: Annotated[int | None, typer.Option(help="Denoising steps of each stage, in place of --quality.")] = None,
    guidance: Annotated[str, typer.Option(help="2, or sketch=1.5,numbers=2,words=1 (1 where not named).")] = "",
    sampler: Annotated[str, typer.Option(help="dpm++ or ddpm.")] = "dpm++",
    match_volume: Annotated[bool, typer.Option(help="Shift the surface to meet an asked volume.")] = True,
    follow: Annotated[bool, typer.Option(help="Project onto the drawn silhouettes and the stated extents.")] = True,
    draws: Annotated[int | None, typer.Option(help="Draws averaged into one mask; the preset's by default.")] = None,
    noise_strength: Annotated[
        float | None, typer.Option("--noise-strength", "--spread", help="0 the likeliest shape … 1 any that fits.")
    ] = None,
    volume: Annotated[bool, typer.Option(help="Also make the CT or MRI volume.")] = True,
    pictures: Annotated[bool, typer.Option(help="Also draw preview.png and report.png.")] = True,
    preset: Annotated[str, typer.Option(help="Shipped preset; default by default.")] = "",
    models: Annotated[Path | None, typer.Option(help="Model folder in place of the shipped preset.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    server: Annotated[str, typer.Option(help="URL of a `sketch2ct serve` that does the work.")] = "",
    token: Annotated[str, typer.Option(help="Its token.", envvar=TOKEN_VARIABLE, show_envvar=True)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Make a 3D mask and a synthetic scan from a drawing or two and a sentence, or change one that was made.

    Either may be missing: numbers and words alone give a solid organ of that size, a vessel needs its drawing.

    Example: sketch2ct generate --sketch liver.json --text "about 1.4 litres" --structure liver --out result

    Then: sketch2ct generate --edit result --sketch changed.json --out changed

    A scan for a mask that there is: sketch2ct generate --mask liver.nrrd --structure liver --out result
    """
    from ..errors import InputError
    from ..generation.asking import asked_drawings, steps_of, takes_own_grid
    from ..generation.result_folder import check_writable, require_result_folder
    from .void_options import given_options, void_of_generate

    started = time.monotonic()
    void_of_generate(given_options(ctx))
    if mask is not None:
        sketch, second_sketch, scale, second_view, second_scale, volume = None, None, "", "", "", True
    former = _former(edit, mask)
    told = _description(text, description, structure, former)
    first = _sketch(sketch, told.structure, scale, former)
    second = _second(second_sketch, second_view, second_scale, first, told.structure)
    first, second = asked_drawings(first, second, former, told.structure, has_mask=mask is not None)
    if not 0.0 <= strength <= 1.0:
        raise InputError(f"--strength must lie in 0…1, got {strength}.", hint="0 keeps the shape, 1 draws it anew.")
    own_grid = takes_own_grid(grid, has_mask=mask is not None)
    usual = steps_of(quality)
    count = usual if steps is None else steps
    require_result_folder(out, [mask, context])
    check_writable(out)
    how: dict[str, Any] = {
        "sampler": sampler,
        "match_volume": match_volume,
        "follow": follow,
        "draws": draws,
        "noise_strength": noise_strength,
    }
    drawn: dict[str, Any] = {"seed": seed, "candidates": candidates, "with_volume": volume}
    if server:
        from .served import Files, Server, refuse_local, run_there

        refuse_local(models=models, device=device)
        how["spread"] = how.pop("noise_strength")  # its name in the protocol
        sampling = {"steps": count, "guidance": guidance_of(guidance, dict), **how}
        asked = {"description": told.model_dump(), "sampling": sampling, "model": {"preset": preset}, **drawn}
        asked |= {"pictures": pictures}
        asked |= {"sketch": first and first.to_dict(), "second_sketch": second and second.to_dict()}
        files = Files(mask, label, own_grid, edit, strength, context)
        made = run_there(Server(server, token), asked, out, files)
    else:
        from ..diffusion import Scales
        from ..generation.run import Job
        from ..generation.settings import Settings
        from ..generation.task import Task
        from ..generation.volumes.context_files import read_context

        settings = Settings(count, count, guidance_of(guidance, Scales), **how)
        beside = None if context is None else read_context(context)
        job = Job(told, first, settings=settings, second=second, context=beside, **drawn)
        given = None if mask is None else _mask(mask, label)
        made = _run_here(Task(job, former, strength, given, own_grid), Place(models, preset, device), out, pictures)
    _tell(made, candidates, time.monotonic() - started, as_json=as_json)


@dataclass(frozen=True)
class Place:
    """Which weights run, and on what."""

    models: Path | None
    preset: str
    device: str


def _run_here(task: Task, place: Place, out: Path, pictures: bool) -> Told:
    """The run in this process, with its progress on a terminal."""
    from ..generation.asking import PRESETS_SHIPPED
    from ..generation.files import write_result
    from ..generation.pipeline import Pipeline
    from ..generation.task import chosen_model, volume_folder

    model = chosen_model(place.models, place.preset)
    if place.models is None and not place.preset and model.folder.name != PRESETS_SHIPPED[0]:
        print(f"preset: '{model.folder.name}' (there are no weights of '{PRESETS_SHIPPED[0]}' here)", file=sys.stderr)
    volumes = volume_folder() if task.needs_volume else None
    pipeline = Pipeline(model, device=place.device, volumes=volumes)
    with shown_progress() as show:
        result = task.run(pipeline, progress=show)
    report = result.best.report
    agreement = None if result.agreement is None else result.agreement.to_dict()
    paths = write_result(result, out, pictures=pictures)
    return Told(report.to_dict(), tuple(report.notes), agreement, paths)


@contextmanager
def shown_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar a stage on a terminal; gives what moves them, (stage, step, of)."""
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    console = Console(stderr=True)
    with Bar(console=console, disable=not console.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, step: int, of: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage)
            bar.update(tasks[stage], completed=step, total=of)

        yield show


def _tell(made: Told, candidates: int, seconds: float, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(made.report, allow_nan=False))
        return
    print(made.report["verdict"])
    for note in made.notes:
        print(f"  note: {note}")
    if made.agreement is not None:
        open_ml, dice = (made.agreement[name] for name in ("disagreement_ml", "pairwise_dice"))
        print(f"  {candidates} candidates: two of them differ by {open_ml:.0f} mL (mean Dice {dice:.3f})")
    for name, path in made.paths.items():
        print(f"  {name:<12} {path}")
    print(f"SYNTHETIC, for research, not for diagnosis. {seconds:.1f} s.")


def guidance_of(text: str, scales: Any) -> Any:
    """What --guidance says: one number for all conditions, a number for each, or nothing.

    Args:
        text: As given.
        scales: `Scales`, or dict for a message.
    """
    from ..errors import ConfigError

    if not text.strip():
        return None
    hint = "Write 2, or sketch=1.5,numbers=2,words=1."
    try:
        if "=" not in text:
            return float(text) if scales is dict else scales.of(float(text))
        pairs = [part.split("=") for part in text.split(",")]
        named = {name.strip(): float(value) for name, value in pairs}
    except ValueError as error:
        raise ConfigError(f"The guidance '{text[:60]}' cannot be read.", hint=hint) from error
    if not named.keys() <= set(_GUIDED) or len(named) < len(pairs):
        raise ConfigError(f"The guidance '{text[:60]}' must name {', '.join(_GUIDED)}, each once.", hint=hint)
    return scales(**named)


def _mask(path: Path, label: str | None) -> Any:
    from ..data.masks import read_mask
    from ..generation.volumes.own_grid import require_usual_size

    require_usual_size(path, "mask")
    return read_mask(path, label)


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
    from ..description.model import GeometryDescription
    from ..errors import InputError
    from ..generation.asking import asked_description

    if path is not None and text:
        raise InputError("Both --text and --description are given.", hint="Give one of them.")
    given = GeometryDescription.read(path) if path is not None else None
    return asked_description(given, text, structure, former)


def _sketch(path: Path | None, structure: str, scale: str, former: Former | None) -> Sketch | None:
    """The drawing on the structure's default plane, or the former one's (a JSON sketch knows its own)."""
    from .. import catalog
    from ..frames import PlaneFrame

    if path is None:
        return None if former is None else former.sketch
    wanted = catalog.structure(structure)
    plane = PlaneFrame.standard(wanted.view, wanted.cube_mm)
    if former is not None and former.sketch is not None:
        plane = former.sketch.plane
    return _drawing(path, structure, plane, scale)[0]


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
    return drawing if has_plane else beside(drawing, first)


def _drawing(path: Path, structure: str, plane: PlaneFrame, scale: str) -> tuple[Sketch, bool]:
    """A drawing, and whether its file says where it lies; what was changed in it goes to stderr."""
    from ..sketch import Scale, file_kind, import_drawing

    read = import_drawing(path, plane=plane, structure=structure, scale=Scale.parse(scale) if scale else None)
    for note in read.notes:
        print(f"sketch: {note}", file=sys.stderr)
    return read.sketch, file_kind(path.read_bytes()) == "json"
