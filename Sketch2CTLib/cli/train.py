"""`sketch2ct train`: one stage on a prepared folder; a killed run goes on where its last checkpoint stands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

STAGE_HELP = "mask-autoencoder, mask-diffusion, image-autoencoder or image-diffusion (train them in this order)."


def parse_duration(text: str) -> float:
    """'25min', '2h', '90s' or plain seconds → seconds.

    Raises:
        ConfigError: The text is none of these.
    """
    from ..errors import ConfigError

    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|min|m|h)?\s*", text)
    if match is None or float(match[1]) <= 0:
        raise ConfigError(f"'{text}' is no duration.", hint="Write 90s, 25min or 2h.")
    return float(match[1]) * {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}[match[2] or "s"]


def train(
    stage: Annotated[str, typer.Argument(help=STAGE_HELP)],
    data: Annotated[Path, typer.Option(help="Prepared folder (see 'sketch2ct prepare').")],
    out: Annotated[Path, typer.Option(help="Run folder: corpus, checkpoints, curve.csv, pictures, models/.")],
    preset: Annotated[str, typer.Option(help="small, default or paper.")] = "small",
    steps: Annotated[int | None, typer.Option(help="Optimiser steps of the whole run.")] = None,
    batch: Annotated[int | None, typer.Option(help="Samples a step.")] = None,
    lr: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    budget: Annotated[str | None, typer.Option(help="Stop, resumably, after this time: 25min, 2h.")] = None,
    structures: Annotated[str, typer.Option(help="Comma-separated; all by default.")] = "",
    validate_every: Annotated[int, typer.Option(help="Steps between validations and sample pictures.")] = 500,
    workers: Annotated[int, typer.Option(help="Processes that build the corpus.")] = 2,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON summary.")] = False,
) -> None:
    """Train one stage, or go on with it.

    Example: sketch2ct train mask-autoencoder --data prepared --out runs/small --preset small --budget 2h
    """
    from rich.console import Console
    from rich.progress import Progress, TimeRemainingColumn

    from ..catalog import structure
    from ..errors import ConfigError
    from ..generation.presets import preset as find_preset
    from ..training.loop import LoopConfig
    from ..training.run import DEFAULT_BATCH, DEFAULT_LR, DEFAULT_STEPS, STAGES, TrainRequest
    from ..training.run import train as run

    if stage not in STAGES:
        raise ConfigError(f"Unknown stage '{stage}'.", hint=f"Choose one of {', '.join(STAGES)}.")
    loop = LoopConfig(
        steps=steps or DEFAULT_STEPS[stage],
        batch=batch or DEFAULT_BATCH[stage],
        lr=lr or DEFAULT_LR[stage],
        seed=seed,
        validate_every=validate_every,
        budget_s=parse_duration(budget) if budget else None,
        device=device,
    )
    names = tuple(structure(s).name for s in structures.split(",") if s.strip())
    request = TrainRequest(stage, data, out, find_preset(preset), loop, structures=names, workers=workers)  # type: ignore[arg-type]
    console = Console(stderr=True)
    with Progress(
        *Progress.get_default_columns(), TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        tasks = {name: bar.add_task(name, visible=False) for name in ("corpus", stage)}

        def show(part: str, done: int, of: int, text: str) -> None:
            bar.update(tasks[part], completed=done, total=of, description=f"{part} {text}", visible=True)

        result = run(request, progress=show)
    summary = {"stage": stage, "step": result.step, "finished": result.finished, "seconds": round(result.seconds, 1)}
    if as_json:
        print(json.dumps(summary | {"validation": result.last}))
        return
    state = "finished" if result.finished else "stopped by the time budget, run the same command to go on"
    print(f"{stage}: step {result.step} of {loop.steps} in {result.seconds:.0f} s, {state}. Weights: {out / 'models'}")
