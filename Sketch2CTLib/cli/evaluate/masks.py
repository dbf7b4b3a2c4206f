"""`sketch2ct evaluate masks`, `compare`, `conditions` and `reconstruction`: the first stage and what goes into it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..options import (
    CasesJson,
    Data,
    Device,
    FolderStructures,
    HandDrawnFolder,
    Models,
    Preset,
    SharedStructures,
    Split,
    TableCsv,
    TableJson,
    Workers,
)
from ..terminal import progress_bar
from .shared import TABLE_WIDTH, model_of, names_of

if TYPE_CHECKING:
    from ...data.prepared import PreparedSet
    from ...evaluation.conditions.evaluation import ConditionsEvaluation
    from ...evaluation.hand_drawn import HandDrawn

FORMER_NAMES = {"draft": "sketch2ct", "prior_mean": "sketch2ct"}  # of methods, understood for one version


def masks(
    data: Data,
    split: Split = "val",
    structures: SharedStructures = "",
    models: Models = None,
    preset: Preset = None,
    name: Annotated[str, typer.Option(help="Name of this evaluation in the JSON, for 'evaluate compare'.")] = "",
    methods: Annotated[str, typer.Option(help="Comma-separated, as in the caption; all by default.")] = "",
    limit: Annotated[int | None, typer.Option(help="At most as many cases a structure.")] = None,
    hand_drawn: HandDrawnFolder = None,
    drawings: Annotated[int, typer.Option(help="At most as many hand-drawn sketches a case.")] = 3,
    steps: Annotated[int, typer.Option(help="Denoising steps.")] = 25,
    guidance: Annotated[float | None, typer.Option(help="Guidance scale; the preset's by default.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the first sample.")] = 1,
    baselines_from: Annotated[
        Path | None, typer.Option(help="Prepared folder whose train split the baselines learn from; --data by default.")
    ] = None,
    workers: Workers = None,
    plots: Annotated[Path | None, typer.Option(help="Folder for charts, and pictures of best and worst cases.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all as JSON; cut off, it goes on.")] = None,
    csv_file: TableCsv = None,
    device: Device = "auto",
) -> None:
    """Masks drawn from each case's own sketch and numbers, against the case itself and trivial baselines.

    With --json the rows are kept beside it as they come: the same command goes on where it was cut off.

    Example: sketch2ct evaluate masks --data prepared --hand-drawn Testing/hand_drawn --json masks.json --plots plots
    """
    from ...data.prepared import PreparedSet
    from ...evaluation.hand_drawn import hand_drawn_set
    from ...evaluation.masks.evaluation import MaskEvaluation, evaluate_masks, partial_path
    from ...evaluation.masks.report import MaskReport
    from ...evaluation.row_log import RowLog
    from ...evaluation.workers import usual_workers
    from ...generation.pipeline import Pipeline
    from ...generation.settings import Settings

    prepared, learn_from = PreparedSet(data), PreparedSet(baselines_from) if baselines_from else None
    config = MaskEvaluation(
        split,
        names_of(structures),
        Settings(steps=steps, guidance=guidance),
        seed,
        tuple(FORMER_NAMES.get(part.strip(), part.strip()) for part in methods.split(",") if part.strip()),
        limit,
        tuple(hand_drawn_set(hand_drawn)) if hand_drawn is not None else (),
        drawings,
    )
    pipeline = Pipeline(model_of(models, preset), device=device)
    key = config.key(prepared, pipeline, learn_from)
    log = RowLog(partial_path(json_file) if json_file else None, key)
    if log.rows:
        typer.echo(f"Going on with {len(log.rows)} rows of '{log.path}'.", err=True)
    count = workers if workers is not None else usual_workers(str(pipeline.device))
    with progress_bar("masks") as progress:
        rows = evaluate_masks(
            prepared, pipeline, config, learn_from=learn_from, log=log, workers=count, progress=progress
        )
    report = MaskReport.of(rows, name or pipeline.preset.name, pipeline.preset.name, config)
    print(report.to_text())
    report.write(json_file, csv_file, key)
    log.remove()
    if plots is not None:
        from ...evaluation.masks.pictures import draw_pictures
        from ...evaluation.masks.plots import draw_charts

        paths = draw_charts(plots, rows) + draw_pictures(plots, rows, prepared, pipeline, config)
        typer.echo(f"Plots: {', '.join(path.name for path in paths)} in '{plots}'.", err=True)


def compare(
    evaluations: Annotated[list[Path], typer.Argument(help="JSON files of 'evaluate masks', the first is the base.")],
    method: Annotated[str, typer.Option(help="The method to compare.")] = "sketch2ct",
    json_file: TableJson = None,
    csv_file: TableCsv = None,
) -> None:
    """One method of several models side by side, on the cases that all of them were measured on.

    Example: sketch2ct evaluate compare paper.json lifted.json default.json --json ablations.json
    """
    import numpy as np

    from ...atomic import write_text
    from ...evaluation.masks.ablations import compared, read_evaluation

    table = compared([read_evaluation(path) for path in evaluations], method, np.random.default_rng(1))
    print(table.to_text(title=f"'{method}', cases that all evaluations have in common", width=TABLE_WIDTH))
    if json_file is not None:
        write_text(json_file, json.dumps(table.to_dict() | {"method": method}, indent=1, allow_nan=False))
    if csv_file is not None:
        write_text(csv_file, table.to_csv())


def conditions(
    data: Data,
    split: Annotated[str, typer.Option(help="train, val, or all.")] = "all",
    structures: FolderStructures = "",
    hand_drawn: HandDrawnFolder = None,
    plots: Annotated[Path | None, typer.Option(help="Folder for pictures: five cases a structure.")] = None,
    training_ranges: Annotated[
        Path | None, typer.Option(help="Also write the range of each number in the train split here.")
    ] = None,
    relations: Annotated[
        Path | None, typer.Option(help="Also write where organs lie beside each other in the train split here.")
    ] = None,
    former_training_ranges: Annotated[Path | None, typer.Option("--usual", hidden=True)] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all tables as JSON.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the redrawn sketches.")] = 1,
) -> None:
    """How well masks become sketches, numbers and words; needs no network weights.

    Example: sketch2ct evaluate conditions --data prepared --hand-drawn Testing/hand_drawn --json conditions.json
    """
    from ...atomic import write_text
    from ...data.prepared import PreparedSet, training_range_statistics
    from ...data.relations import relation_statistics
    from ...errors import ConfigError
    from ...evaluation.conditions.evaluation import ConditionsEvaluation, evaluate_conditions
    from ...evaluation.conditions.tables import fixed_tables, tables_to_text
    from ...evaluation.hand_drawn import hand_drawn_set

    if split not in ("train", "val", "all"):
        raise ConfigError(f"Unknown split '{split}'.", hint="Choose train, val or all.")
    prepared = PreparedSet(data)
    stored = hand_drawn_set(hand_drawn) if hand_drawn is not None else []
    names = names_of(structures)
    config = ConditionsEvaluation(None if split == "all" else split, names, hand_drawn=stored, seed=seed)
    with progress_bar("conditions") as progress:
        tables = evaluate_conditions(prepared, config, progress=progress)
    tables |= fixed_tables()
    print(tables_to_text(tables))
    if plots is not None:
        _condition_plots(plots, prepared, config)
    ranges_file = training_ranges or former_training_ranges
    if ranges_file is not None:
        write_text(ranges_file, json.dumps(training_range_statistics([prepared]), indent=1) + "\n")
    if relations is not None:
        write_text(relations, json.dumps(relation_statistics([prepared]), indent=1) + "\n")
    if json_file is not None:
        write_text(json_file, json.dumps({"split": split, "seed": seed, "tables": tables}, indent=1, allow_nan=False))


def _condition_plots(folder: Path, prepared: PreparedSet, config: ConditionsEvaluation) -> None:
    from ... import catalog
    from ...evaluation.conditions.pictures import condition_sheet

    stored: dict[str, list[HandDrawn]] = {}
    for drawn in config.hand_drawn:
        stored.setdefault(drawn.case_key, []).append(drawn)
    for name in config.structures or catalog.names():
        cases = prepared.cases(config.split, name)
        first = sorted(cases, key=lambda case: case.key not in stored)[:5]
        if first:
            condition_sheet(folder / f"{name}.png", first, stored, seed=config.seed)


def reconstruction(
    data: Data,
    split: Split = "val",
    structures: FolderStructures = "",
    models: Models = None,
    preset: Preset = None,
    json_file: CasesJson = None,
    device: Device = "auto",
    *,
    scans: Annotated[bool, typer.Option("--scans", help="The scans, in HU, in place of the masks.")] = False,
) -> None:
    """What an autoencoder keeps of real masks, or of real scans: the ceiling of its stage.

    Example: sketch2ct evaluate reconstruction --data prepared --scans --json reconstruction.json
    """
    import numpy as np

    from ...atomic import write_text
    from ...data.prepared import PreparedSet
    from ...evaluation.masks.reconstruction import RECONSTRUCTION_COLUMNS, SCAN_COLUMNS, evaluate_reconstruction
    from ...evaluation.table import summarise
    from ...generation.model.device import torch_device
    from ...generation.model.presets import preset as find_preset
    from ...training.diffusion import load_autoencoder

    folder = model_of(models, preset)
    shape = find_preset(str(folder.index()["preset"]))
    name, columns = ("image_autoencoder", SCAN_COLUMNS) if scans else ("mask_autoencoder", RECONSTRUCTION_COLUMNS)
    coder = load_autoencoder(folder, name, shape).to(torch_device(device))
    names = names_of(structures)
    with progress_bar("reconstruction") as progress:
        rows = evaluate_reconstruction(
            PreparedSet(data),
            shape,
            coder,
            split=split,
            structures=names,
            scans=scans,
            progress=progress,
        )
    table = summarise(rows, np.random.default_rng(1), columns=columns)
    print(table.to_text(title=f"{shape.name} preset, {split} split"))
    if json_file is not None:
        payload = table.to_dict() | {"preset": shape.name, "models": folder.hashes(), "split": split}
        write_text(json_file, json.dumps(payload, indent=1, allow_nan=False))
