"""`sketch2ct evaluate`: tables of how good the models are, on any prepared folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..data.prepared import PreparedSet
    from ..evaluation.conditions import ConditionsEvaluation
    from ..evaluation.hand_drawn import HandDrawn
    from ..weights import ModelFolder

PRESET = "default"
SMALL_PRESET = "small"
TABLE_WIDTH = 200

evaluate = typer.Typer(help="Measure the models on a prepared folder.", no_args_is_help=True)


@evaluate.callback()
def _evaluate() -> None:
    """Measure the models on a prepared folder."""


def _names(structures: str) -> tuple[str, ...]:
    """'liver, aorta' → catalog names."""
    from ..catalog import structure

    return tuple(structure(name).name for name in structures.split(",") if name.strip())


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal, told (done, all, case); nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title)
        yield lambda at, of, case: bar.update(task, completed=at, total=of, description=case)


def _model(models: Path | None, preset: str | None) -> ModelFolder:
    """The model asked for; without a choice the default preset, or the small one where its weights are not there."""
    from ..errors import WeightsError
    from ..generation.pipeline import find_model

    if models is not None or preset is not None:
        return find_model(models, preset or PRESET)
    try:
        return find_model(None, PRESET)
    except WeightsError:
        typer.echo(f"The weights of the '{PRESET}' preset are not here: measuring '{SMALL_PRESET}'.", err=True)
        return find_model(None, SMALL_PRESET)


@evaluate.command()
def masks(
    data: Annotated[Path, typer.Option(help="Prepared folder (see 'sketch2ct prepare').")],
    split: Annotated[str, typer.Option(help="Cases to measure: train or val.")] = "val",
    structures: Annotated[str, typer.Option(help="Comma-separated; all that model and folder share by default.")] = "",
    models: Annotated[Path | None, typer.Option(help="Model folder; the shipped preset by default.")] = None,
    preset: Annotated[str | None, typer.Option(help="Shipped preset; default, or small without its weights.")] = None,
    name: Annotated[str, typer.Option(help="Name of this evaluation in the JSON, for 'evaluate compare'.")] = "",
    methods: Annotated[str, typer.Option(help="Comma-separated, as in the caption; all by default.")] = "",
    limit: Annotated[int | None, typer.Option(help="At most as many cases a structure.")] = None,
    hand_drawn: Annotated[Path | None, typer.Option(help="Folder of stored hand-drawn sketches.")] = None,
    drawings: Annotated[int, typer.Option(help="At most as many hand-drawn sketches a case.")] = 3,
    steps: Annotated[int, typer.Option(help="Denoising steps.")] = 25,
    guidance: Annotated[float | None, typer.Option(help="Guidance scale; the preset's by default.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the first sample.")] = 1,
    baselines_from: Annotated[
        Path | None, typer.Option(help="Prepared folder whose train split the baselines learn from; --data by default.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; one a core on a CPU, by default one on a GPU.")
    ] = None,
    plots: Annotated[Path | None, typer.Option(help="Folder for charts, and pictures of best and worst cases.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all as JSON; cut off, it goes on.")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write the table as CSV.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
) -> None:
    """Masks drawn from each case's own sketch and numbers, against the case itself and trivial baselines.

    With --json the rows are kept beside it as they come: the same command goes on where it was cut off.

    Example: sketch2ct evaluate masks --data prepared --hand-drawn Testing/hand_drawn --json masks.json --plots plots
    """
    from ..data.prepared import PreparedSet
    from ..evaluation.hand_drawn import hand_drawn_set
    from ..evaluation.mask_report import MaskReport
    from ..evaluation.masks import MaskEvaluation, evaluate_masks, partial_path
    from ..evaluation.row_log import RowLog
    from ..evaluation.workers import usual_workers
    from ..generation.pipeline import Pipeline
    from ..generation.settings import Settings

    config = MaskEvaluation(
        split,
        _names(structures),
        Settings(steps=steps, guidance=guidance),
        seed,
        tuple(part.strip() for part in methods.split(",") if part.strip()),
        limit,
        tuple(hand_drawn_set(hand_drawn)) if hand_drawn is not None else (),
        drawings,
    )
    prepared, learn_from = PreparedSet(data), PreparedSet(baselines_from) if baselines_from else None
    pipeline = Pipeline(_model(models, preset), device=device)
    key = config.key(prepared, pipeline, learn_from)
    log = RowLog(partial_path(json_file) if json_file else None, key)
    if log.rows:
        typer.echo(f"Going on with {len(log.rows)} rows of '{log.path}'.", err=True)
    count = workers if workers is not None else usual_workers(str(pipeline.device))
    with _progress("masks") as progress:
        rows = evaluate_masks(
            prepared, pipeline, config, learn_from=learn_from, log=log, workers=count, progress=progress
        )
    report = MaskReport.of(rows, name or pipeline.preset.name, pipeline.preset.name, config)
    print(report.to_text())
    report.write(json_file, csv_file, key)
    log.remove()
    if plots is not None:
        from ..evaluation.mask_pictures import draw_pictures
        from ..evaluation.mask_plots import draw_charts

        paths = draw_charts(plots, rows) + draw_pictures(plots, rows, prepared, pipeline, config)
        typer.echo(f"Plots: {', '.join(path.name for path in paths)} in '{plots}'.", err=True)


@evaluate.command()
def compare(
    evaluations: Annotated[list[Path], typer.Argument(help="JSON files of 'evaluate masks', the first is the base.")],
    method: Annotated[str, typer.Option(help="The method to compare.")] = "sketch2ct",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the table as JSON.")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write the table as CSV.")] = None,
) -> None:
    """One method of several models side by side, on the cases that all of them were measured on.

    Example: sketch2ct evaluate compare paper.json lifted.json default.json --json ablations.json
    """
    import numpy as np

    from ..atomic import write_text
    from ..evaluation.ablations import compared, read_evaluation

    table = compared([read_evaluation(path) for path in evaluations], method, np.random.default_rng(1))
    print(table.to_text(title=f"'{method}', cases that all evaluations have in common", width=TABLE_WIDTH))
    if json_file is not None:
        write_text(json_file, json.dumps(table.to_dict() | {"method": method}, indent=1, allow_nan=False))
    if csv_file is not None:
        write_text(csv_file, table.to_csv())


@evaluate.command()
def conditions(
    data: Annotated[Path, typer.Option(help="Prepared folder (see 'sketch2ct prepare').")],
    split: Annotated[str, typer.Option(help="train, val, or all.")] = "all",
    structures: Annotated[str, typer.Option(help="Comma-separated; all that the folder holds by default.")] = "",
    hand_drawn: Annotated[Path | None, typer.Option(help="Folder of stored hand-drawn sketches.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Folder for pictures: five cases a structure.")] = None,
    usual: Annotated[Path | None, typer.Option(help="Also write the usual ranges of the train split here.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all tables as JSON.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the redrawn sketches.")] = 1,
) -> None:
    """How well masks become sketches, numbers and words; needs no network weights.

    Example: sketch2ct evaluate conditions --data prepared --hand-drawn Testing/hand_drawn --json conditions.json
    """
    from ..atomic import write_text
    from ..data.prepared import PreparedSet
    from ..data.statistics import usual_statistics
    from ..errors import ConfigError
    from ..evaluation.condition_tables import fixed_tables, tables_to_text
    from ..evaluation.conditions import ConditionsEvaluation, evaluate_conditions
    from ..evaluation.hand_drawn import hand_drawn_set

    if split not in ("train", "val", "all"):
        raise ConfigError(f"Unknown split '{split}'.", hint="Choose train, val or all.")
    prepared = PreparedSet(data)
    stored = hand_drawn_set(hand_drawn) if hand_drawn is not None else []
    names = _names(structures)
    config = ConditionsEvaluation(None if split == "all" else split, names, hand_drawn=stored, seed=seed)
    with _progress("conditions") as progress:
        tables = evaluate_conditions(prepared, config, progress=progress)
    tables |= fixed_tables()
    print(tables_to_text(tables))
    if plots is not None:
        _condition_plots(plots, prepared, config)
    if usual is not None:
        write_text(usual, json.dumps(usual_statistics([prepared]), indent=1) + "\n")
    if json_file is not None:
        write_text(json_file, json.dumps({"split": split, "seed": seed, "tables": tables}, indent=1, allow_nan=False))


def _condition_plots(folder: Path, prepared: PreparedSet, config: ConditionsEvaluation) -> None:
    from .. import catalog
    from ..evaluation.condition_pictures import condition_sheet

    stored: dict[str, list[HandDrawn]] = {}
    for drawn in config.hand_drawn:
        stored.setdefault(drawn.case_key, []).append(drawn)
    for name in config.structures or catalog.STRUCTURE_NAMES:
        cases = prepared.cases(config.split, name)
        first = sorted(cases, key=lambda case: case.key not in stored)[:5]
        if first:
            condition_sheet(folder / f"{name}.png", first, stored, seed=config.seed)


@evaluate.command()
def reconstruction(
    data: Annotated[Path, typer.Option(help="Prepared folder (see 'sketch2ct prepare').")],
    split: Annotated[str, typer.Option(help="Cases to measure: train or val.")] = "val",
    structures: Annotated[str, typer.Option(help="Comma-separated; all that the folder holds by default.")] = "",
    models: Annotated[Path | None, typer.Option(help="Model folder; the shipped preset by default.")] = None,
    preset: Annotated[str | None, typer.Option(help="Shipped preset; default, or small without its weights.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the table and every case as JSON.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
) -> None:
    """What the mask autoencoder keeps of real masks: the ceiling of the mask stage.

    Example: sketch2ct evaluate reconstruction --data prepared --preset small --json reconstruction.json
    """
    import numpy as np

    from ..atomic import write_text
    from ..data.prepared import PreparedSet
    from ..evaluation.reconstruction import RECONSTRUCTION_COLUMNS, evaluate_reconstruction
    from ..evaluation.table import summarise
    from ..generation.pipeline import torch_device
    from ..generation.presets import preset as find_preset
    from ..training.diffusion import load_autoencoder

    folder = _model(models, preset)
    shape = find_preset(str(folder.index()["preset"]))
    coder = load_autoencoder(folder, "mask_autoencoder", shape).to(torch_device(device))
    names = _names(structures)
    with _progress("reconstruction") as progress:
        rows = evaluate_reconstruction(
            PreparedSet(data),
            shape,
            coder,
            split=split,
            structures=names,
            progress=progress,
        )
    table = summarise(rows, np.random.default_rng(1), columns=RECONSTRUCTION_COLUMNS)
    print(table.to_text(title=f"{shape.name} preset, {split} split"))
    if json_file is not None:
        payload = table.to_dict() | {"preset": shape.name, "models": folder.hashes(), "split": split}
        write_text(json_file, json.dumps(payload, indent=1, allow_nan=False))


@evaluate.command()
def volumes(
    data: Annotated[Path, typer.Option(help="Prepared folder (see 'sketch2ct prepare').")],
    split: Annotated[str, typer.Option(help="Masks that get scans: train or val.")] = "val",
    structures: Annotated[str, typer.Option(help="Comma-separated; all that have scans by default.")] = "",
    models: Annotated[Path | None, typer.Option(help="Model folder; the shipped preset by default.")] = None,
    preset: Annotated[str | None, typer.Option(help="Shipped preset; default, or small without its weights.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Denoising steps.")] = 25,
    seed: Annotated[int, typer.Option(help="Seed of the first scan.")] = 1,
    limit: Annotated[int | None, typer.Option(help="At most as many masks a structure and modality.")] = None,
    labels: Annotated[bool, typer.Option("--labels", help="Give the labelled neighbours besides.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the table as JSON.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
) -> None:
    """Scans drawn for real masks, beside real scans: Fréchet distance and its floor, diversity, adherence, copies.

    Example: sketch2ct evaluate volumes --data prepared --json volumes.json
    """
    from ..data.prepared import PreparedSet
    from ..evaluation.features import EfficientNetLite
    from ..evaluation.volume_report import VolumeReport
    from ..evaluation.volumes import VolumeEvaluation, evaluate_volumes
    from ..generation.pipeline import Pipeline
    from ..generation.segmenting import shipped_segmenter
    from ..generation.settings import Settings
    from ..generation.task import volume_lender

    pipeline = Pipeline(_model(models, preset), device=device, volumes=volume_lender())
    extractor = EfficientNetLite(str(pipeline.device))
    config = VolumeEvaluation(split, _names(structures), Settings(image_steps=steps), seed, limit, labels)
    with _progress("volumes") as progress:
        groups = evaluate_volumes(
            PreparedSet(data), pipeline, config, extractor, shipped_segmenter(str(pipeline.device)), progress=progress
        )
    told = {"extractor": extractor.name, "preset": pipeline.preset.name, "models": pipeline.hashes(), "seed": seed}
    report = VolumeReport(groups, told | {"split": split, "steps": steps, "labels": labels})
    print(report.to_text())
    if json_file is not None:
        report.write(json_file)


@evaluate.command()
def downstream(
    data: Annotated[Path, typer.Option(help="Prepared folder (see 'sketch2ct prepare').")],
    out: Annotated[Path, typer.Option(help="Run folder: drawn scans, segmenters; a study that was cut off goes on.")],
    structures: Annotated[str, typer.Option(help="Comma-separated; all that have scans by default.")] = "",
    models: Annotated[Path | None, typer.Option(help="Model folder; the shipped preset by default.")] = None,
    preset: Annotated[str | None, typer.Option(help="Shipped preset; default, or small without its weights.")] = None,
    copies: Annotated[int, typer.Option(help="Scans drawn a training mask; the second and later of warped masks.")] = 2,
    seeds: Annotated[str, typer.Option(help="Comma-separated; one training a source and seed.")] = "1,2,3",
    limit: Annotated[int | None, typer.Option(help="At most as many training scans a structure and modality.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Optimiser steps of each segmenter.")] = 400,
    batch: Annotated[int, typer.Option(min=1, help="Scans a step.")] = 2,
    image_steps: Annotated[int, typer.Option(min=1, help="Denoising steps of a scan.")] = 25,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the table and every case as JSON.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Folder for the chart.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
) -> None:
    """Segmenters trained on real, generated and both kinds of scans at equal steps, tested on real ones.

    Example: sketch2ct evaluate downstream --data prepared --out runs/downstream --structures liver --json d.json
    """
    from dataclasses import asdict

    from ..data.prepared import PreparedSet
    from ..errors import ConfigError
    from ..evaluation.downstream import Downstream, evaluate_downstream, generated_scans
    from ..evaluation.downstream_report import DownstreamReport, study_told
    from ..evaluation.row_log import RowLog
    from ..generation.pipeline import Pipeline
    from ..generation.settings import Settings
    from ..training.pace import LoopConfig
    from ..training.segmenter import LITTLE, little_fit

    try:
        chosen = tuple(int(seed) for seed in seeds.split(",") if seed.strip())
    except ValueError as error:
        raise ConfigError(f"'{seeds}' are no seeds.", hint="Write whole numbers, 1,2,3.") from error
    study = Downstream(_names(structures), copies, chosen, limit, settings=Settings(image_steps=image_steps))
    prepared, pipeline = PreparedSet(data), Pipeline(_model(models, preset), device=device)
    loop = LoopConfig(steps, batch=batch, lr=4e-3, warmup=20, ema=0.98, device=device)
    fitted = {"steps": steps, "batch": batch, "lr": loop.lr, "shape": asdict(LITTLE)}
    told = study_told(study, pipeline, fitted)
    with _progress("scans") as progress:
        drawn = generated_scans(prepared, pipeline, out / "drawn", study, progress)
    log, fit = RowLog(out / "rows.json", told), little_fit(out / "segmenters", loop)
    with _progress("segmenters") as progress:
        rows = evaluate_downstream(prepared, drawn, fit, study, out / "real", log=log, progress=progress)
    report = DownstreamReport(rows, told)
    print(report.to_text(TABLE_WIDTH))
    if json_file is not None:
        report.write(json_file)
    if plots is not None:
        typer.echo(f"Plot: '{report.draw(plots)}'.", err=True)


@evaluate.command()
def scans(
    data: Annotated[Path, typer.Option(help="Prepared folder (see 'sketch2ct prepare').")],
    split: Annotated[str, typer.Option(help="Scans to check: train or val.")] = "val",
    segmenter: Annotated[Path | None, typer.Option(help="Model folder; the shipped segmenter by default.")] = None,
    ranges: Annotated[Path | None, typer.Option(help="Also measure the ranges anew and write them here.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the table and every case as JSON.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
) -> None:
    """The checks of generated volumes on real scans, which should meet them, and the segmenter's ceiling.

    Example: sketch2ct evaluate scans --data prepared --json scans.json
    """
    import numpy as np

    from ..atomic import write_text
    from ..data.prepared import PreparedSet
    from ..evaluation.scan_statistics import CHECK_COLUMNS, scan_rows, scan_statistics
    from ..evaluation.table import summarise
    from ..generation.pipeline import torch_device
    from ..generation.segmenting import load_segmenter

    prepared, finder = PreparedSet(data), load_segmenter(segmenter, device=str(torch_device(device)))
    with _progress("scans") as progress:
        rows = scan_rows(prepared, split, finder, progress=progress)
        if ranges is not None:
            known = scan_statistics(scan_rows(prepared, "train", progress=progress), scan_rows(prepared, "val", finder))
            write_text(ranges, json.dumps(known, indent=1) + "\n")
    table = summarise(rows, np.random.default_rng(1), columns=CHECK_COLUMNS)
    print(table.to_text(title=f"real scans, {split} split", width=TABLE_WIDTH))
    if json_file is not None:
        write_text(json_file, json.dumps(table.to_dict() | {"split": split}, indent=1, allow_nan=False))
