"""`sketch2ct train`: one stage or all of them on a prepared folder; a killed run goes on where it stopped."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import Data, Device, RayAddress
from .terminal import progress_bars

if TYPE_CHECKING:
    from ..training.train_all import PartReport

_STAGE = (
    "all; or, in order: mask-autoencoder, mask-prior, mask-diffusion, image-autoencoder, image-diffusion; "
    "or segmenter, layout, layout-sharpener or painter, which 'all' leaves out."
)
_BUDGET = "Time box, former calls counted: 25min, 2h. As many steps as fit; with --steps it stops, resumably."
_MOST_WORKERS = 16
_PRECISIONS = ("auto", "32-true", "bf16-mixed")


def parse_duration(text: str) -> float:
    """'25min', '2h', '90s' or plain seconds → seconds.

    Raises:
        ConfigError: The text is none of these.
    """
    from ..errors import ConfigError

    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|min|m|h)?\s*", text, re.ASCII)
    if match is None or float(match[1]) <= 0:
        raise ConfigError(f"'{text}' is no duration.", hint="Write 90s, 25min or 2h.")
    return float(match[1]) * {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}[match[2] or "s"]


def train(
    stage: Annotated[str, typer.Argument(help=_STAGE)],
    data: Data,
    out: Annotated[Path, typer.Option(help="Run folder: corpus, checkpoints, curve.csv, pictures, models/.")],
    preset: Annotated[str, typer.Option(help="Shapes and recipe: small (quick to try), default or paper.")] = "small",
    budget: Annotated[str | None, typer.Option(help=_BUDGET)] = None,
    stages: Annotated[str, typer.Option(help="With 'all': comma-separated stages; those that the data allow.")] = "",
    no_volume: Annotated[bool, typer.Option("--no-volume", help="With 'all': the mask stages only.")] = False,
    steps: Annotated[int | None, typer.Option(help="One stage: optimiser steps of the whole run.")] = None,
    batch: Annotated[int | None, typer.Option(help="One stage: samples a step.")] = None,
    lr: Annotated[float | None, typer.Option(help="One stage: peak learning rate.")] = None,
    validate_every: Annotated[int | None, typer.Option(help="One stage: steps between validations.")] = None,
    structures: Annotated[str, typer.Option(help="Comma-separated; those of the preset by default.")] = "",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that build the corpus, about 1 GB each; one a core by default.")
    ] = None,
    ray_address: RayAddress = "",
    device: Device = "auto",
    devices: Annotated[
        int,
        typer.Option(min=1, help="Devices of this machine that share each batch, with a process each."),
    ] = 1,
    nodes: Annotated[int, typer.Option(min=1, help="Machines that train together; torchrun starts it on each.")] = 1,
    accumulate: Annotated[
        int, typer.Option(min=1, help="Parts in which a device computes its share of a batch, where memory is short.")
    ] = 1,
    precision: Annotated[
        str, typer.Option(help=f"{', '.join(_PRECISIONS)}; auto is bf16-mixed where the device multiplies it.")
    ] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 1,
    patients: Annotated[
        int | None,
        typer.Option(min=1, help="Learn from so many training patients, for learning curves; all by default."),
    ] = None,
    start_from: Annotated[
        str, typer.Option(help="A model folder, or a shipped preset, whose mask networks are trained on.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON summary.")] = False,
) -> None:
    """Train all stages or one, or go on with it.

    Example: sketch2ct train all --data prepared --out runs/default --preset default --budget 25min

    A learning curve: sketch2ct train mask-prior --data prepared --out runs/60 --preset default --patients 60

    On eight GPUs: sketch2ct train all --data prepared --out runs/default --preset default --devices 8

    Of structures of your own: sketch2ct train all --data prepared --out run --preset default --start-from default
    """
    arguments = dict(locals())
    from .. import own_structures
    from ..catalog import structure
    from ..errors import ConfigError
    from .launching import launch
    from .torchrun import started_by_torchrun

    if precision not in _PRECISIONS:
        raise ConfigError(f"Unknown precision '{precision}'.", hint=f"Choose {', '.join(_PRECISIONS)}.")
    if devices * nodes > 1 and not started_by_torchrun():
        launch(devices, nodes, train, arguments)
        return
    introduced = own_structures.read(data)
    names = tuple(structure(s).name for s in structures.split(",") if s.strip())
    budget_s = parse_duration(budget) if budget else None
    single = {"steps": steps, "batch": batch, "lr": lr, "validate_every": validate_every}
    place = {"device": device, "devices": devices, "nodes": nodes, "accumulate": accumulate, "seed": seed}
    place["precision"] = None if precision == "auto" else precision
    common = {"structures": names, "workers": workers or min(_MOST_WORKERS, os.cpu_count() or 1)}
    common["ray_address"] = ray_address
    common["patients"] = patients
    if start_from:
        common["start_from"] = _start(start_from)
    if stage == "all":
        if given := [name for name, value in single.items() if value is not None]:
            option = f"--{given[0].replace('_', '-')}"
            raise ConfigError(f"'train all' takes no {option}.", hint="Each stage has its own; train that stage alone.")
        reports = _train_all(data, out, preset, **common, **place, budget_s=budget_s, stages=_stages(stages, no_volume))
    else:
        if stages or no_volume:
            raise ConfigError(f"--stages and --no-volume are for 'train all', not for '{stage}'.")
        reports = [_train_one(stage, data, out, preset, common, **single, **place, budget_s=budget_s)]
    if not _tells():
        return
    if introduced:
        _keep_surfaces(data, out / "models")
    if as_json:
        print(json.dumps({"models": str(out / "models"), "parts": [asdict(report) for report in reports]}))
        return
    for report in reports:
        print(_line(report))
    print(f"Weights: {out / 'models'}")


def _keep_surfaces(data: Path, models: Path) -> None:
    """Tells a model folder what the surfaces of the user's own structures are like, where it does not know it yet."""
    from .. import own_structures
    from ..data.prepared import PreparedSet
    from ..errors import DatasetError
    from ..evaluation.masks.surfaces import surface_range_statistics, surface_rows
    from ..training.own import keep_structures

    own = [one.name for one in own_structures.read(models)]
    if all(own_structures.statistics("surface_ranges", name) for name in own):
        return
    prepared = PreparedSet(data)
    try:
        rows = surface_rows([prepared], "train", own)
    except DatasetError:
        return  # of masks on thick slices nothing is told
    keep_structures(prepared, models, own, surface_range_statistics(rows)["structures"])


def _start(name: str) -> Path:
    """The model folder of that path, or that a preset is shipped in."""
    from ..generation.asking import shipped_presets
    from ..generation.model.loaded import find_model

    shipped = name in shipped_presets() and not Path(name).is_dir()
    return find_model(None if shipped else Path(name), name if shipped else "").folder


def _tells() -> bool:
    """Whether this process prints what came out: of several, the first."""
    from ..training.processes import is_first

    return is_first()


def _train_all(data: Path, out: Path, preset: str, **given: Any) -> list[PartReport]:
    from ..generation.model.presets import preset as find_preset
    from ..training.train_all import WholeRequest, train_all

    request = WholeRequest(data, out, find_preset(preset), **given)
    with progress_bars() as show:
        return train_all(request, progress=show)


def _train_one(stage: str, data: Path, out: Path, preset: str, common: dict[str, Any], **loop: Any) -> PartReport:
    from ..data.prepared import PreparedSet
    from ..errors import ConfigError
    from ..generation.model.presets import preset as find_preset
    from ..training.plan import corpus_config
    from ..training.recipes import APART, recipe_of, single_recipe, singles_of, trained_by_default
    from ..training.run import TrainRequest, stage_loop
    from ..training.run import train as run
    from ..training.train_all import PartReport

    shape, recipe = find_preset(preset), recipe_of(preset)
    if stage not in singles_of(shape):
        known = ", ".join(singles_of(shape))
        raise ConfigError(f"Unknown stage '{stage}' of the preset '{preset}'.", hint=f"Choose all or one of {known}.")
    if stage not in APART:  # which learn every structure that has images
        common["structures"] = common["structures"] or trained_by_default(recipe, PreparedSet(data))
    common["shares"] = dict(single_recipe(preset, stage).shares)
    common["corpus"] = corpus_config(out, recipe.corpus, loop["seed"])
    request = TrainRequest(stage, data, out, shape, stage_loop(shape, stage, **loop), **common)
    with progress_bars() as show:
        result = run(request, progress=show)
    return PartReport(stage, result.step, result.seconds, result.finished, result.last)


def _stages(text: str, no_volume: bool) -> tuple[str, ...] | None:
    """The stages that are asked for; None for all that the data allow."""
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    if no_volume:
        chosen = tuple(
            s for s in chosen or ("mask-autoencoder", "mask-prior", "mask-diffusion") if not s.startswith("image")
        )
    return chosen if chosen or no_volume else None


def _line(report: PartReport) -> str:
    numbers = ", ".join(f"{name} {value:.4g}" for name, value in report.numbers.items())
    what = "copies" if report.name == "corpus" else "steps"
    state = "" if report.finished else "; stopped by the time box, run the same command to go on"
    return f"{report.name}: {report.steps} {what} in {report.seconds:.0f} s{', ' if numbers else ''}{numbers}{state}"
