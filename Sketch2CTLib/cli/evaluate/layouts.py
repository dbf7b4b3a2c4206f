"""`sketch2ct evaluate layouts`: organs and tissues around given organs, beside two baselines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..options import CasesJson, Data, Device
from ..terminal import progress_bar
from .shared import TABLE_WIDTH, model_of, names_of, seeds_of


def layouts(
    data: Data,
    split: Annotated[str, typer.Option(help="Cases to measure: val, or train.")] = "val",
    organs: Annotated[
        list[str] | None, typer.Option(help="Organs that are given, liver,spleen; again for more.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="Of the samples; two say how much they differ.")] = "1,2",
    strength: Annotated[float, typer.Option(help="How far samples stray from the mean: 0 not, 1 all the way.")] = 1.0,
    steps: Annotated[int, typer.Option(min=1, help="Denoising steps of a sample.")] = 8,
    baselines: Annotated[
        bool, typer.Option(help="Also the mean layout and the nearest training layout, warped.")
    ] = True,
    models: Annotated[Path | None, typer.Option(help="Model folder in place of the shipped preset.")] = None,
    preset: Annotated[str | None, typer.Option(help="Shipped preset; default by default.")] = None,
    device: Device = "auto",
    json_file: CasesJson = None,
) -> None:
    """Measure drawn layouts on real ones: volumes, places, contacts, pieces, copies, and Dice for information.

    Example: sketch2ct evaluate layouts --data prepared --organs liver --organs liver,spleen
    """
    from ...atomic import write_text
    from ...data.prepared import PreparedSet
    from ...evaluation.layouts import ASKED, LayoutEvaluation, LayoutMeasurement
    from ...generation.layouts.drawing import LayoutSettings
    from ...generation.model.device import torch_device
    from ...generation.model.loaded import LoadedModels

    prepared = PreparedSet(data)
    asked = tuple(names_of(text) for text in organs or ()) or ASKED
    settings = LayoutSettings(strength, steps, attempts=1)
    config = LayoutEvaluation(asked, seeds_of(seeds), settings, baselines)
    loaded = LoadedModels(model_of(models, preset), torch_device(device))
    measurement = LayoutMeasurement(loaded, prepared.layouts("train", "CT"), config)
    with progress_bar("layouts") as progress:
        tables = measurement.tables(prepared.layouts(split, "CT"), progress=progress)
    for table, title in zip(tables, ("given organs", "neighbours"), strict=True):
        print(table.to_text(title=f"layouts by {title}, {split} split", width=TABLE_WIDTH))
    if json_file is not None:
        told = {"split": split, "given": tables[0].to_dict(), "neighbours": tables[1].to_dict()}
        write_text(json_file, json.dumps(told, indent=1, allow_nan=False))
