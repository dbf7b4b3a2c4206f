"""`sketch2ct evaluate`: tables of how good the models are, on any prepared folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

evaluate = typer.Typer(help="Measure the models on a prepared folder.", no_args_is_help=True)


@evaluate.callback()
def _evaluate() -> None:
    """Measure the models on a prepared folder."""


@evaluate.command()
def masks(
    data: Annotated[Path, typer.Option(help="Prepared folder (see 'sketch2ct prepare').")],
    split: Annotated[str, typer.Option(help="Cases to measure: train or val.")] = "val",
    structures: Annotated[str, typer.Option(help="Comma-separated; all that model and folder share by default.")] = "",
    models: Annotated[Path | None, typer.Option(help="Model folder; the shipped preset by default.")] = None,
    preset: Annotated[str, typer.Option(help="Shipped preset.")] = "small",
    steps: Annotated[int, typer.Option(help="Denoising steps.")] = 25,
    guidance: Annotated[float | None, typer.Option(help="Guidance scale; the preset's by default.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the sample.")] = 1,
    baselines_from: Annotated[
        Path | None, typer.Option(help="Prepared folder whose train split the baselines learn from; --data by default.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the table and every case as JSON.")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write every case as CSV.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
) -> None:
    """Masks drawn from each case's own sketch and numbers, against the case itself and trivial baselines.

    Example: sketch2ct evaluate masks --data prepared --split val --structures liver --json table.json
    """
    import numpy as np
    from rich.console import Console
    from rich.progress import Progress

    from ..atomic import write_text
    from ..catalog import structure
    from ..data.prepared import PreparedSet
    from ..evaluation.masks import MaskEvaluation, evaluate_masks
    from ..evaluation.table import summarise
    from ..generation.pipeline import Pipeline, Settings, find_model

    prepared = PreparedSet(data)
    pipeline = Pipeline(find_model(models, preset), device=device)
    names = tuple(structure(s).name for s in structures.split(",") if s.strip())
    config = MaskEvaluation(split, names, Settings(steps=steps, guidance=guidance), seed)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("masks")
        rows = evaluate_masks(
            prepared,
            pipeline,
            config,
            learn_from=PreparedSet(baselines_from) if baselines_from else None,
            progress=lambda at, of, case: bar.update(task, completed=at, total=of, description=case),
        )
    table = summarise(rows, np.random.default_rng(seed))
    print(table.to_text(title=f"{pipeline.preset.name} preset, {split} split, {steps} steps"))
    if json_file is not None:
        payload = table.to_dict() | {"preset": pipeline.preset.name, "models": pipeline.models.hashes(), "steps": steps}
        write_text(json_file, json.dumps(payload | {"split": split, "seed": seed}, indent=1, allow_nan=False))
    if csv_file is not None:
        write_text(csv_file, table.to_csv())
