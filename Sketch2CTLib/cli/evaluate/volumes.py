"""`sketch2ct evaluate volumes`, `downstream` and `scans`: the second stage beside real scans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..options import (
    CasesJson,
    Data,
    Device,
    ImageSteps,
    MaskSteps,
    Models,
    Plots,
    Preset,
    ScannedStructures,
    TableJson,
)
from ..terminal import progress_bar
from .shared import TABLE_WIDTH, listed, model_of, names_of, seeds_of


def volumes(
    data: Data,
    split: Annotated[str, typer.Option(help="Masks that get scans: train or val.")] = "val",
    structures: ScannedStructures = "",
    models: Models = None,
    preset: Preset = None,
    steps: Annotated[int, typer.Option(min=1, help="Denoising steps.")] = 25,
    seed: Annotated[int, typer.Option(help="Seed of the first scan.")] = 1,
    limit: Annotated[int | None, typer.Option(help="At most as many masks a structure and modality.")] = None,
    labels: Annotated[bool, typer.Option("--labels", help="Give the labelled neighbours besides.")] = False,
    stages: Annotated[str, typer.Option(help="Comma-separated, all by default: codec, layout, mask, chain.")] = "",
    paint: Annotated[bool, typer.Option(help="Paint CTs from layouts, where the model can.")] = True,
    mask_steps: MaskSteps = 25,
    astra: Annotated[bool, typer.Option("--astra", help="Also a 3D distance on CT (14 s a scan).")] = False,
    cache: Annotated[Path | None, typer.Option(help="Folder that keeps what networks see in scans.")] = None,
    plots: Plots = None,
    json_file: TableJson = None,
    device: Device = "auto",
) -> None:
    """Scans of real cases beside real scans, by stage: distances and their floors, detail, seams, adherence, copies.

    Example: sketch2ct evaluate volumes --data prepared --json volumes.json --plots plots
    """
    from ...data.prepared import PreparedSet
    from ...evaluation.volumes.astra import AstraEncoder
    from ...evaluation.volumes.evaluation import VolumeEvaluation, evaluate_volumes
    from ...evaluation.volumes.features import EfficientNetLite
    from ...evaluation.volumes.report import VolumeReport
    from ...evaluation.volumes.sets import Seeing
    from ...evaluation.volumes.vectors import VectorCache
    from ...generation.chain import volume_folder
    from ...generation.pipeline import Pipeline
    from ...generation.settings import Settings
    from ...generation.volumes.segmenting import shipped_segmenter

    prepared = PreparedSet(data)
    pipeline = Pipeline(model_of(models, preset), device=device, volumes=volume_folder())
    where = str(pipeline.device)
    encoder = AstraEncoder(where) if astra else None
    seeing, segmenter = Seeing(EfficientNetLite(where), VectorCache(cache), encoder), shipped_segmenter(where)
    settings = Settings(steps=mask_steps, image_steps=steps, paint=paint)
    config = VolumeEvaluation(split, names_of(structures), settings, seed, limit, labels, listed(stages))
    with progress_bar("volumes") as progress:
        groups = evaluate_volumes(prepared, pipeline, config, seeing, segmenter, progress=progress)
    report = VolumeReport(groups, config.key(prepared, pipeline, seeing, segmenter is not None))
    print(report.to_text())
    if json_file is not None:
        report.write(json_file)
    if plots is not None:
        from ...evaluation.volumes.pictures import draw_volume_pictures
        from ...evaluation.volumes.plots import draw_volume_charts

        paths = draw_volume_charts(plots, groups)
        paths += draw_volume_pictures(plots, groups, prepared, pipeline, config, segmenter)
        typer.echo(f"Plots: {', '.join(path.name for path in paths)} in '{plots}'.", err=True)


def downstream(
    data: Data,
    out: Annotated[Path, typer.Option(help="Run folder: drawn scans, segmenters; a study that was cut off goes on.")],
    structures: ScannedStructures = "",
    models: Models = None,
    preset: Preset = None,
    copies: Annotated[int, typer.Option(help="Scans drawn a training mask; the second and later of warped masks.")] = 2,
    seeds: Annotated[str, typer.Option(help="Comma-separated; one training a source and seed.")] = "1,2,3",
    limit: Annotated[int | None, typer.Option(help="At most as many training scans a structure and modality.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Optimiser steps of each segmenter.")] = 400,
    batch: Annotated[int, typer.Option(min=1, help="Scans a step.")] = 2,
    image_steps: ImageSteps = 25,
    json_file: CasesJson = None,
    plots: Annotated[Path | None, typer.Option(help="Folder for the chart.")] = None,
    device: Device = "auto",
) -> None:
    """Segmenters trained on real, generated and both kinds of scans at equal steps, tested on real ones.

    Example: sketch2ct evaluate downstream --data prepared --out runs/downstream --structures liver --json d.json
    """
    from ...data.prepared import PreparedSet
    from ...evaluation.row_log import RowLog
    from ...evaluation.volumes.downstream import Downstream, evaluate_downstream, generated_scans
    from ...evaluation.volumes.downstream_report import DownstreamReport, study_told
    from ...generation.chain import volume_folder
    from ...generation.pipeline import Pipeline
    from ...generation.settings import Settings
    from ...training.segmenter import little_training

    settings = Settings(image_steps=image_steps)
    study = Downstream(names_of(structures), copies, seeds_of(seeds), limit, settings=settings)
    prepared = PreparedSet(data)
    pipeline = Pipeline(model_of(models, preset), device=device, volumes=volume_folder())
    fit_in, fitted = little_training(steps, batch, device)
    study_facts = study_told(study, pipeline, fitted)
    with progress_bar("scans") as progress:
        drawn = generated_scans(prepared, pipeline, out / "drawn", study, progress)
    log, fit = RowLog(out / "rows.json", study_facts), fit_in(out / "segmenters")
    with progress_bar("segmenters") as progress:
        rows = evaluate_downstream(prepared, drawn, fit, study, out / "real", log=log, progress=progress)
    report = DownstreamReport(rows, study_facts)
    print(report.to_text(TABLE_WIDTH))
    if json_file is not None:
        report.write(json_file)
    if plots is not None:
        typer.echo(f"Plot: '{report.draw(plots)}'.", err=True)


def scans(
    data: Data,
    split: Annotated[str, typer.Option(help="Scans to check: train or val.")] = "val",
    segmenter: Annotated[Path | None, typer.Option(help="Model folder; the shipped segmenter by default.")] = None,
    ranges: Annotated[Path | None, typer.Option(help="Also measure the ranges anew and write them here.")] = None,
    json_file: CasesJson = None,
    device: Device = "auto",
) -> None:
    """The checks of generated volumes on real scans, which should meet them, and the segmenter's ceiling.

    Example: sketch2ct evaluate scans --data prepared --json scans.json
    """
    import numpy as np

    from ...atomic import write_text
    from ...data.prepared import PreparedSet
    from ...evaluation.table import summarise
    from ...evaluation.volumes.scan_statistics import CHECK_COLUMNS, scan_rows, scan_statistics
    from ...generation.model.device import torch_device
    from ...generation.volumes.segmenting import load_segmenter

    prepared, finder = PreparedSet(data), load_segmenter(segmenter, device=str(torch_device(device)))
    with progress_bar("scans") as progress:
        rows = scan_rows(prepared, split, finder, progress=progress)
        if ranges is not None:
            known = scan_statistics(scan_rows(prepared, "train", progress=progress), scan_rows(prepared, "val", finder))
            write_text(ranges, json.dumps(known, indent=1) + "\n")
    table = summarise(rows, np.random.default_rng(1), columns=CHECK_COLUMNS)
    print(table.to_text(title=f"real scans, {split} split", width=TABLE_WIDTH))
    if json_file is not None:
        write_text(json_file, json.dumps(table.to_dict() | {"split": split}, indent=1, allow_nan=False))
