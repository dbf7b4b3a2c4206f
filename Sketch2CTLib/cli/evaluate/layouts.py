"""`sketch2ct evaluate layouts`: organs and tissues around given organs, beside two baselines and real layouts."""

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
    seeds: Annotated[str, typer.Option(help="Of the layouts; two say how much they differ.")] = "1,2",
    strength: Annotated[
        float | None, typer.Option(help="Also samples that stray so far from the mean: 0 not, 1 all the way.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Denoising steps of such a sample.")] = 4,
    limit: Annotated[int | None, typer.Option(min=1, help="At most as many cases.")] = None,
    baselines: Annotated[
        bool, typer.Option(help="Also the mean layout and the nearest training layout, warped.")
    ] = True,
    plots: Annotated[
        Path | None, typer.Option(help="Folder for charts, and each case as colour slices in three planes.")
    ] = None,
    models: Annotated[Path | None, typer.Option(help="Model folder in place of the shipped preset.")] = None,
    preset: Annotated[str | None, typer.Option(help="Shipped preset; default by default.")] = None,
    device: Device = "auto",
    json_file: CasesJson = None,
) -> None:
    """Measure drawn layouts beside real ones: volumes, places, contacts, pieces, copies; Dice for information.

    Training layouts of the case's own patient are left out of all that it is compared with.

    Example: sketch2ct evaluate layouts --data prepared --organs liver --organs liver,spleen --plots plots
    """
    from ...atomic import write_text
    from ...data.prepared import PreparedSet
    from ...evaluation.layouts.evaluation import ASKED, LayoutEvaluation, LayoutMeasurement
    from ...evaluation.layouts.pictures import draw_sheet
    from ...evaluation.layouts.plots import draw_layout_charts
    from ...generation.model.device import torch_device
    from ...generation.model.loaded import LoadedModels

    prepared = PreparedSet(data)
    asked = tuple(names_of(text) for text in organs or ()) or ASKED
    config = LayoutEvaluation(asked, seeds_of(seeds), strength, steps, baselines)
    loaded = LoadedModels(model_of(models, preset), torch_device(device))
    measurement = LayoutMeasurement(loaded, prepared.layouts("train", "CT"), config)
    cases = list(prepared.layouts(split, "CT"))[:limit]
    sheets: list[Path] = []
    with progress_bar("layouts") as progress:
        tables = measurement.tables(
            cases,
            progress=progress,
            shown=None if plots is None else lambda case, drawn: sheets.append(draw_sheet(plots, case, drawn)),
        )
    for table, title in ((tables.given, "given organs"), (tables.neighbours, "neighbours")):
        print(table.to_text(title=f"layouts by {title}, {split} split", width=TABLE_WIDTH))
    if json_file is not None:
        write_text(json_file, json.dumps({"split": split} | tables.to_dict(), indent=1, allow_nan=False))
    if plots is not None:
        paths = draw_layout_charts(plots, tables) + sheets
        typer.echo(f"Plots: {', '.join(path.name for path in paths)} in '{plots}'.", err=True)
