"""`sketch2ct evaluate organs`: several organs in one request beside each of them alone."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ..options import CasesJson, Data, Device, MaskSteps, Models, Preset, Split
from ..terminal import progress_bar
from .shared import TABLE_WIDTH, model_of, names_of


def organs(
    data: Data,
    split: Split = "val",
    together: Annotated[
        list[str] | None, typer.Option(help="Organs that are asked for at once, liver,spleen; again for more.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most as many scans a set of organs.")] = None,
    seed: Annotated[int, typer.Option(help="Of the masks.")] = 1,
    steps: MaskSteps = 25,
    models: Models = None,
    preset: Preset = None,
    device: Device = "auto",
    json_file: CasesJson = None,
) -> None:
    """Several organs of one scan asked for at once, by their own sketches and numbers, beside each of them alone.

    Example: sketch2ct evaluate organs --data prepared --together liver,spleen --json organs.json
    """
    from ...atomic import write_text
    from ...data.prepared import PreparedSet
    from ...evaluation.masks.together import SETS, TogetherEvaluation, evaluate_together
    from ...generation.pipeline import Pipeline
    from ...generation.settings import Settings

    sets = tuple(names_of(text) for text in together or ()) or SETS
    config = TogetherEvaluation(sets, split, limit, seed, Settings(steps=steps))
    pipeline = Pipeline(model_of(models, preset), device=device)
    with progress_bar("organs") as progress:
        table = evaluate_together(PreparedSet(data), pipeline, config, progress=progress)
    print(table.to_text(title=f"several organs in one request, {split} split", width=TABLE_WIDTH))
    if json_file is not None:
        write_text(json_file, json.dumps({"split": split} | table.to_dict(), indent=1, allow_nan=False))
