"""`sketch2ct evaluate sheets` and `marks`: real and generated slices, told apart by a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import Data, Device, ImageSteps, MaskSteps, Models, Preset, ScannedStructures
from ..terminal import progress_bar
from .shared import TABLE_WIDTH, model_of, names_of


def sheets(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder of the sheets and of the form for the marks.")],
    key: Annotated[Path, typer.Option(help="JSON file that tells which is which; outside of --out.")],
    split: Annotated[str, typer.Option(help="Cases to show: val or train.")] = "val",
    structures: ScannedStructures = "",
    stage: Annotated[str, typer.Option(help="What scans are made from: chain, mask, layout or codec.")] = "chain",
    paint: Annotated[bool, typer.Option(help="Paint CTs from layouts, where the model can.")] = True,
    limit: Annotated[int | None, typer.Option(min=1, help="At most as many cases a structure and modality.")] = None,
    seed: Annotated[int, typer.Option(help="Of the scans and of the order.")] = 1,
    steps: MaskSteps = 25,
    image_steps: ImageSteps = 25,
    models: Models = None,
    preset: Preset = None,
    device: Device = "auto",
) -> None:
    """Blind sheets: shuffled slices of real and generated scans for a person to mark; 'evaluate marks' counts.

    Example: sketch2ct evaluate sheets --data prepared --out sheets --key sheets_key.json --structures liver
    """
    from ...data.prepared import PreparedSet
    from ...evaluation.volumes.sheets import SheetConfig, draw_sheets
    from ...generation.chain import volume_folder
    from ...generation.pipeline import Pipeline
    from ...generation.settings import Settings

    settings = Settings(steps=steps, image_steps=image_steps, paint=paint)
    config = SheetConfig(split, names_of(structures), stage, settings, seed, limit)
    pipeline = Pipeline(model_of(models, preset), device=device, volumes=volume_folder())
    with progress_bar("sheets") as progress:
        paths = draw_sheets(out, key, PreparedSet(data), pipeline, config, progress)
    typer.echo(f"{len(paths) - 1} sheets and '{paths[-1].name}' in '{out}'; the key is '{key}'.")


def marks(
    marks_file: Annotated[Path, typer.Argument(metavar="MARKS", help="marks.csv, filled in: r or g for each tile.")],
    key: Annotated[Path, typer.Option(help="The key that 'evaluate sheets' wrote.")],
) -> None:
    """How well a person told real from generated slices: the share of right marks, 0.5 by chance, with its interval.

    Example: sketch2ct evaluate marks sheets/marks.csv --key sheets_key.json
    """
    from rich.console import Console
    from rich.table import Table

    from ...evaluation.volumes.sheets import judged_marks, read_key, read_marks

    table = Table(title="Told apart")
    for head in ("tiles", "marked", "right", "95 %", "real called real", "generated called real"):
        table.add_column(head, justify="left" if head == "tiles" else "right")
    for name, one in judged_marks(read_marks(marks_file), read_key(key)).items():
        real, generated = (f"{share:.2f}" for share in one.called_real)
        table.add_row(name, str(one.marked), f"{one.share:.2f}", f"{one.low:.2f}–{one.high:.2f}", real, generated)
    Console(width=TABLE_WIDTH).print(table)
