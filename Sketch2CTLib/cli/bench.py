"""`sketch2ct bench`: seconds per stage and peak memory, beside the paper's preset; `bench service`: of the service."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .options import Device

bench = typer.Typer(add_completion=False)


@bench.callback(invoke_without_command=True)
def stages(
    context: typer.Context,
    preset: Annotated[str, typer.Option(help="default, paper or small: shapes with random weights.")] = "default",
    against: Annotated[str, typer.Option(help="Preset to stand beside it; empty for none.")] = "paper",
    repeats: Annotated[int, typer.Option(help="Timed runs a stage, after one warm-up.")] = 3,
    device: Device = "auto",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the numbers and the machine.")] = None,
    one: Annotated[bool, typer.Option("--one", hidden=True, help="Print one preset as JSON.")] = False,
) -> None:
    """Time every stage of a preset; each preset runs in a process of its own, so that peaks are clean.

    Example: sketch2ct bench --preset default --json bench.json

    Of the service: sketch2ct bench service --json
    """
    if context.invoked_subcommand is not None:
        return
    from ..atomic import write_text
    from ..evaluation.bench import bench_preset, machine
    from ..evaluation.published import published
    from ..generation.model.presets import preset as find_preset

    wanted = [find_preset(name) for name in dict.fromkeys(filter(None, (preset, against)))]
    if one:
        print(json.dumps(bench_preset(wanted[0], device=device, repeats=repeats)))
        return
    results = [_in_own_process(p.name, repeats, device) for p in wanted]
    payload = {"machine": machine(), "presets": results, "published": published()}
    _print_table(results)
    if json_file is not None:
        write_text(json_file, json.dumps(payload, indent=1))


@bench.command()
def service(
    preset: Annotated[str, typer.Option(help="One that there are weights of.")] = "default",
    device: Device = "cpu",
    runs: Annotated[int, typer.Option(help="Timed warm requests, locally and over HTTP.")] = 10,
    clients: Annotated[int, typer.Option(help="At once.")] = 50,
    jobs: Annotated[int, typer.Option(help="Of all clients.")] = 500,
    memory_jobs: Annotated[int, typer.Option(help="One after the other, while memory is watched.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers and the machine as JSON.")] = False,
) -> None:
    """Measure what the service adds to the networks, and how it holds under many clients.

    Example: sketch2ct bench service --json
    """
    from ..evaluation.bench import machine
    from ..service.bench import BenchConfig, bench_service

    config = BenchConfig(preset, device, runs, clients, jobs, memory_jobs)
    result = bench_service(config, lambda line: print(f"{line} …", file=sys.stderr))
    if as_json:
        print(json.dumps({"machine": machine(), "service": result}))
        return
    for way in ("local", "http"):
        told = {name: result[way][f"{name}_ms"]["median"] for name in ("overhead", "cancel", "step")}
        print(f"{way:<6}", ", ".join(f"{name} {value:.0f} ms" for name, value in told.items()))
    crowd = result["load"]
    told = {name: crowd[name] for name in ("jobs", "seconds", "lost", "answered_twice", "unlike_command_line")}
    print("load  ", ", ".join(f"{name} {value}" for name, value in told.items()), f", failed {len(crowd['failed'])}")
    print("memory", result["memory"]["growth_mb"], f"over {result['memory']['jobs']} jobs")


def _in_own_process(name: str, repeats: int, device: str) -> dict[str, Any]:
    from ..errors import ResourceError

    command = [sys.executable, "-m", "Sketch2CTLib", "bench", "--one", "--preset", name, "--against", ""]
    done = subprocess.run(
        [*command, "--repeats", str(repeats), "--device", device], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise ResourceError(f"The benchmark of '{name}' failed ({last}).", hint="Is there enough memory?")
    return json.loads(done.stdout.strip().splitlines()[-1])


def _print_table(results: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from ..evaluation.published import MAISI, NOTE

    table = Table("stage", *(r["preset"] for r in results), title="seconds (median)")
    for stage in results[0]["seconds"]:
        table.add_row(stage, *(f"{r['seconds'][stage]['median_s']:.3f}" for r in results))
    table.add_row("mask + volume, 25 steps each", *(f"{r['chain_25_steps_s']:.1f}" for r in results))
    table.add_row("peak memory, MB", *(f"{r['peak_memory_mb']['process']:.0f}" for r in results))
    Console().print(table)
    work = Table("stage", *(f"{r['preset']} {what}" for r in results for what in ("GFLOP", "% of ceiling")))
    for stage in results[0]["seconds"]:
        cells = ((f"{r['gflop'][stage]:.1f}", f"{100 * r['share_of_ceiling'].get(stage, 0):.0f}") for r in results)
        work.add_row(stage, *(cell for pair in cells for cell in pair))
    Console().print(work)
    others = Table("voxels", "peak GB", "MAISI, s", "MAISI-v2, s", title=NOTE)
    for size, row in MAISI.items():
        others.add_row(size, *(f"{value:g}" for value in row))
    Console().print(others)
