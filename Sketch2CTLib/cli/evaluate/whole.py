"""`sketch2ct evaluate all` and `gallery`: every measurement in one go, and pictures of what the chain makes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

from ..options import Data, Device, ImageSteps, MaskSteps, Models, Plots, Preset, SharedStructures, Workers
from ..terminal import progress_bar
from .shared import listed, model_of, names_of, seeds_of

_BATCH = 2  # scans a step of the downstream segmenters


def gallery(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder for the pictures, README.md and index.json.")],
    split: Annotated[str, typer.Option(help="Cases to show: train or val.")] = "val",
    structures: SharedStructures = "",
    models: Models = None,
    preset: Preset = None,
    masks: Annotated[
        Path | None, typer.Option(help="JSON of 'evaluate masks', so that no case is ranked anew.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Rank at most as many cases a structure.")] = None,
    steps: MaskSteps = 25,
    image_steps: ImageSteps = 25,
    seed: Annotated[int, typer.Option(help="Seed of mask and scan.")] = 1,
    workers: Workers = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the index here.")] = None,
    device: Device = "auto",
) -> None:
    """Small pictures of sketch, mask and scan: best, median and worst case a structure. Shows no real scan.

    Example: sketch2ct evaluate gallery --data prepared --split val --out Resources/Gallery
    """
    from ...atomic import write_text
    from ...data.prepared import PreparedSet
    from ...evaluation.gallery import known_rows, shown_cases, write_gallery
    from ...evaluation.masks.evaluation import MaskEvaluation, evaluate_masks
    from ...evaluation.workers import usual_workers
    from ...generation.chain import volume_folder
    from ...generation.pipeline import Pipeline
    from ...generation.settings import Settings
    from ...generation.volumes.segmenting import shipped_segmenter

    prepared = PreparedSet(data)
    pipeline = Pipeline(model_of(models, preset), device=device, volumes=volume_folder())
    settings = Settings(steps=steps, image_steps=image_steps)
    config = MaskEvaluation(split, names_of(structures), settings, seed, ("sketch2ct",), limit)
    if masks is not None:
        rows = known_rows(masks, config.key(prepared, pipeline))
    else:
        count = workers if workers is not None else usual_workers(str(pipeline.device))
        with progress_bar("masks") as progress:
            rows = evaluate_masks(prepared, pipeline, config, workers=count, progress=progress)
    with progress_bar("pictures") as progress:
        segmenter = shipped_segmenter(str(pipeline.device))
        shown = shown_cases(rows, prepared, pipeline, config, segmenter, progress=progress)
    command = ["sketch2ct", "evaluate", "gallery", "--data", "PREPARED", "--split", split, "--out", "Resources/Gallery"]
    for option, value, usual in (
        ("--structures", structures, ""),
        ("--preset", preset, None),
        ("--limit", limit, None),
        ("--steps", steps, 25),
        ("--image-steps", image_steps, 25),
        ("--seed", seed, 1),
    ):
        command += [option, str(value)] if value != usual else []
    provenance = {
        "command": shlex.join(command),
        "split": split,
        "preset": pipeline.preset.name,
        "models": pipeline.hashes(),
    }
    index = write_gallery(out, shown, provenance | {"steps": steps, "image_steps": image_steps, "seed": seed})
    if json_file is not None:
        write_text(json_file, json.dumps(index, indent=1, allow_nan=False) + "\n")
    size = sum((out / name).stat().st_size for name in {*(one.file for one in shown), index["contact_sheet"]})
    print(f"{len(shown)} cases and a contact sheet in '{out}', {size / 1e6:.2f} MB.")


def whole(
    data: Data,
    json_file: Annotated[Path, typer.Option("--json", help="Write all as JSON; each part is kept beside it.")],
    split: Annotated[str, typer.Option(help="Cases to measure: train or val; downstream always tests on val.")] = "val",
    structures: SharedStructures = "",
    models: Models = None,
    preset: Preset = None,
    skip: Annotated[str, typer.Option(help="Comma-separated parts to leave out: masks, volumes, downstream.")] = "",
    limit: Annotated[int | None, typer.Option(help="At most as many cases a structure (and modality).")] = None,
    methods: Annotated[str, typer.Option(help="Of masks: comma-separated, all by default.")] = "",
    hand_drawn: Annotated[Path | None, typer.Option(help="Of masks: folder of stored hand-drawn sketches.")] = None,
    steps: MaskSteps = 25,
    image_steps: ImageSteps = 25,
    seed: Annotated[int, typer.Option(help="Seed of the first sample of each part.")] = 1,
    copies: Annotated[int, typer.Option(help="Of downstream: scans drawn a training mask.")] = 2,
    seeds: Annotated[str, typer.Option(help="Of downstream: one training a source and seed.")] = "1,2,3",
    train_steps: Annotated[int, typer.Option(min=1, help="Of downstream: optimiser steps of each segmenter.")] = 400,
    workers: Workers = None,
    plots: Plots = None,
    device: Device = "auto",
) -> None:
    """Masks, volumes and downstream one after the other, and one table of all targets.

    The same command goes on where it was cut off: finished parts are not measured again.

    Example: sketch2ct evaluate all --data prepared --split val --json all.json --plots plots --skip downstream
    """
    from ...data.prepared import PreparedSet
    from ...evaluation.evaluate_all import PART_NAMES, check_skipped, finished, part_path, summary, write
    from ...evaluation.hand_drawn import hand_drawn_set
    from ...evaluation.masks.evaluation import MaskEvaluation
    from ...evaluation.parts import Bench, downstream_part, masks_part, volumes_part
    from ...evaluation.volumes.downstream import Downstream
    from ...evaluation.volumes.evaluation import VolumeEvaluation
    from ...evaluation.volumes.features import EfficientNetLite
    from ...evaluation.volumes.sets import Seeing
    from ...evaluation.volumes.vectors import VectorCache
    from ...evaluation.workers import usual_workers
    from ...generation.chain import volume_folder
    from ...generation.pipeline import Pipeline
    from ...generation.settings import Settings
    from ...generation.volumes.segmenting import shipped_segmenter
    from ...training.segmenter import little_training

    left_out = listed(skip)
    check_skipped(left_out)
    prepared, names = PreparedSet(data), names_of(structures)
    pipeline = Pipeline(model_of(models, preset), device=device, volumes=volume_folder())
    settings, where = Settings(steps=steps, image_steps=image_steps), str(pipeline.device)
    drawn = tuple(hand_drawn_set(hand_drawn)) if hand_drawn is not None else ()
    chosen = listed(methods)
    of_masks = MaskEvaluation(split, names, settings, seed, chosen, limit, drawn)
    of_volumes = VolumeEvaluation(split, names, settings, seed, limit)
    study = Downstream(names, copies, seeds_of(seeds), limit, settings=settings, seed=seed)
    done = []
    for name in (name for name in PART_NAMES if name not in left_out):
        with progress_bar(name) as progress:
            bench = Bench(prepared, pipeline, json_file, progress)
            if name == "masks":
                count = workers if workers is not None else usual_workers(where)
                part = masks_part(bench, of_masks, workers=count)
            elif name == "volumes":
                seeing = Seeing(EfficientNetLite(where), VectorCache())
                part = volumes_part(bench, of_volumes, seeing, shipped_segmenter(where))
            else:
                work = json_file.with_name(f"{json_file.stem}.downstream")
                part = downstream_part(bench, study, little_training(train_steps, _BATCH, device), work)
            done.append(finished(part, json_file))
        if done[-1].reused:
            typer.echo(f"Measured before: '{part_path(json_file, name)}'.", err=True)
        print(f"\n{name.upper()}\n\n{done[-1].told.to_text()}")
    print(f"\nALL TARGETS\n\n{summary(done)}")
    write(json_file, done)
    if plots is not None:
        paths = [path for one in done for path in one.told.draw(plots / one.part.name)]
        typer.echo(f"Plots: {len(paths)} pictures in '{plots}'.", err=True)
