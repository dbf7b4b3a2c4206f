"""`sketch2ct generate`: a sketch and a text (or a mask, or a former result) → mask, volume, report and picture."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..options import TOKEN_VARIABLE, Device
from .several import asked_organs, organ_fields, require_alone

if TYPE_CHECKING:
    from ...generation.settings import Settings
    from .running import Outcome

_SHAPES = ("sketch", "second_sketch", "contour", "text", "description", "mask", "edit")  # what says which shape


def generate(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    sketch: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Outline: JSON, SVG, PNG, JPEG. Again for other views: coronal:FILE."),
    ] = None,
    scale: Annotated[
        list[str] | None, typer.Option(help="Size of a --sketch, in turn: paper, typical, width:180mm, bar:50mm, …")
    ] = None,
    contour: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Cut on a slice: JSON, or axial@-12.5:FILE, mm from the first outline."),
    ] = None,
    contour_scale: Annotated[str, typer.Option(help="Size of contours that are pictures, as --scale.")] = "",
    second_sketch: Annotated[Path | None, typer.Option(help="Older name of a second --sketch.")] = None,
    second_view: Annotated[str, typer.Option(help="Older name of VIEW: before a second --sketch.")] = "",
    second_scale: Annotated[str, typer.Option(help="Older name of a second --scale.")] = "",
    text: Annotated[str, typer.Option(help="Geometry in words and numbers: 'about 1.4 litres, 21 cm wide'.")] = "",
    description: Annotated[Path | None, typer.Option(help="Description file (JSON).")] = None,
    structure: Annotated[
        str, typer.Option(help="liver, spleen, left_kidney, right_kidney, aorta or left_atrium.")
    ] = "",
    mask: Annotated[Path | None, typer.Option(help="A mask file: run the second stage alone.")] = None,
    label: Annotated[str | None, typer.Option(help="Label value, or segment by name, in --mask.")] = None,
    grid: Annotated[str, typer.Option(help="Of --mask's result: own (the file's, the default) or cube.")] = "",
    request: Annotated[Path | None, typer.Option(help="Several organs: a JSON file, see request.schema.json.")] = None,
    context: Annotated[Path | None, typer.Option(help="Neighbouring organs: .seg.nrrd, or a map of labels.")] = None,
    layout: Annotated[
        Path | None, typer.Option(help="Organs and tissues to paint the CT from: a layout.seg.nrrd, edited or not.")
    ] = None,
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
    paint: Annotated[bool, typer.Option(help="Paint the CT from a layout drawn around the mask.")] = True,
    full_hu: Annotated[
        bool, typer.Option("--full-hu", help="Air and bone of a painted CT with usual values beyond −125…275 HU.")
    ] = False,
    spacing: Annotated[
        float | None, typer.Option(help="Voxel edge in mm of what is written, finer than the cube's: of painted CTs.")
    ] = None,
    pictures: Annotated[bool, typer.Option(help="Also draw preview.png and report.png.")] = True,
    format: Annotated[str, typer.Option(help="Of mask and volume: nrrd, nifti or dicom (extra 'dicom').")] = "nrrd",
    preset: Annotated[str, typer.Option(help="Shipped preset; default by default.")] = "",
    models: Annotated[
        Path | None, typer.Option(help="Model folder, or a bundle, in place of the shipped preset.")
    ] = None,
    device: Device = "auto",
    server: Annotated[str, typer.Option(help="URL of a `sketch2ct serve` that does the work.")] = "",
    token: Annotated[str, typer.Option(help="Its token.", envvar=TOKEN_VARIABLE, show_envvar=True)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Make a 3D mask and a synthetic scan from drawings and a sentence, or change one that was made.

    Either may be missing: numbers and words alone give a solid organ of that size, a vessel needs its drawing. Up to
    three outlines are each drawn from another side; any number of contours are cuts on slices. With --edit, outlines
    replace the former ones in turn, and contours all former ones.

    Example: sketch2ct generate --sketch liver.json --text "about 1.4 litres" --structure liver --out result

    With cuts: sketch2ct generate --sketch liver.json --contour cut.json --contour axial@-30:low.png --out result

    Then: sketch2ct generate --edit result --sketch changed.json --out changed

    A scan for a mask that there is: sketch2ct generate --mask liver.nrrd --structure liver --out result

    A scan that follows an edited layout: sketch2ct generate --layout layout.seg.nrrd --structure liver --out result

    Several organs: sketch2ct generate --request organs.json --out result
    """
    from ...generation.asking import asked_drawings, organ_of_layout, steps_of, takes_own_grid
    from ...generation.conversion import require_convertible
    from ...generation.organs.drawing_files import DrawingFiles
    from ...generation.result_folder import check_writable, require_result_folder
    from ..usage import given_options, void_of_generate
    from . import inputs, running

    started, given = time.monotonic(), given_options(ctx)
    if request is not None:
        require_alone(given)
    default_steps = steps_of(quality)  # a wrong quality is refused beside --steps too
    void_of_generate(given)
    files = DrawingFiles()
    organ_of_it = layout is not None and not set(given) & set(_SHAPES)  # the layout's own organ gets the scan
    has_mask = mask is not None or organ_of_it
    if mask is None:
        sketches, scales = inputs.with_second(sketch, scale, second_sketch, second_view, second_scale)
        files = DrawingFiles(sketches, scales, contour or (), contour_scale, inputs.tell_drawing)
    inputs.check_strength(strength)
    own_grid = takes_own_grid(grid, has_mask=mask is not None)
    count = default_steps if steps is None else steps
    sampling: dict[str, Any] = {
        "sampler": sampler,
        "match_volume": match_volume,
        "follow": follow,
        "draws": draws,
        "paint": paint,
        "spacing_mm": spacing,
        "full_hu": full_hu,
    }
    place = running.Place(models, preset, device)
    there: dict[str, Any] = {"model": {"preset": preset}, "pictures": pictures}
    if server:
        running.refuse_local(models=models, device=device)
        there["sampling"] = sampling | {"steps": count, "guidance": inputs.guidance_of(guidance, dict)}
        there["sampling"]["spread"] = noise_strength  # its name in the protocol
    address = running.ServerAddress(server, token)
    running.introduce(place, address)
    if request is not None:
        require_result_folder(out, [request, context])
        check_writable(out)
        with running.own_process(drawing=pictures and not server) as pool:
            organs = asked_organs(request, given, _settings(guidance, count, noise_strength, sampling), context)
            require_convertible(format, with_volume=organs.with_volume)
            if server:
                attached = running.Files(context=context)
                outcome = running.run_there(address, there | organ_fields(organs), out, attached, format)
            else:
                outcome = running.run_organs(organs, place, out, pictures, format, pool)
        _show(outcome, 1, time.monotonic() - started, as_json=as_json)
        return
    former = inputs.former_result(edit, mask)
    stated = inputs.description_of(text, description, structure, former)
    drawings = asked_drawings(*files.read(stated.structure, former), former, stated.structure, has_mask=has_mask)
    require_convertible(format, with_volume=volume or has_mask)
    require_result_folder(out, [mask, context, layout])
    check_writable(out)
    wanted: dict[str, Any] = {"seed": seed, "candidates": candidates, "with_volume": volume or has_mask}
    if server:
        from ...service.client.drawings import drawing_fields

        asked = {"description": stated.model_dump(), **there, **wanted, **drawing_fields(drawings)}
        attached = running.Files(mask, label, own_grid, edit, strength, context, layout)
        outcome = running.run_there(address, asked, out, attached, format)
    else:
        with running.own_process(drawing=pictures) as pool:
            from ...generation.layouts.files import read_layout
            from ...generation.request import GenerationRequest
            from ...generation.volumes.context_files import read_context

            settings = _settings(guidance, count, noise_strength, sampling)
            neighbours = None if context is None else read_context(context)
            regions = None if layout is None else read_layout(layout)
            body = None if mask is None else inputs.read_mask_file(mask, label)
            if organ_of_it and regions is not None:
                body = organ_of_layout(regions, stated.structure)
            changed: dict[str, Any] = {"former": former, "strength": strength, "mask": body, "own_grid": own_grid}
            asked_one = GenerationRequest(
                stated, drawings, settings=settings, context=neighbours, layout=regions, **changed, **wanted
            )
            outcome = running.run_here(asked_one, place, out, pictures, format, pool)
    _show(outcome, candidates, time.monotonic() - started, as_json=as_json)


def _settings(guidance: str, steps: int, noise_strength: float | None, sampling: dict[str, Any]) -> Settings:
    """What the options of sampling come to."""
    from ...diffusion import Scales
    from ...generation.settings import Settings
    from .inputs import guidance_of

    return Settings(steps, steps, guidance_of(guidance, Scales), noise_strength=noise_strength, **sampling)


def _show(outcome: Outcome, candidates: int, seconds: float, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(outcome.report, allow_nan=False))
        return
    print(outcome.report["verdict"])
    for note in outcome.notes:
        print(f"  note: {note}")
    if outcome.agreement is not None:
        open_ml, dice = (outcome.agreement[name] for name in ("disagreement_ml", "pairwise_dice"))
        print(f"  {candidates} candidates: two of them differ by {open_ml:.0f} mL (mean Dice {dice:.3f})")
    if outcome.next_contour is not None:
        print("  {sentence} Draw it and add {option}".format(**outcome.next_contour))
    for name, path in outcome.paths.items():
        print(f"  {name:<12} {path}")
    print(f"SYNTHETIC, for research, not for diagnosis. {seconds:.1f} s.")
