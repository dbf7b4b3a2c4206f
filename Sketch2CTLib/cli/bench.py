"""`sketch2ct bench`: seconds per stage and peak memory, beside the paper's preset; `bench service`: of the service."""

from __future__ import annotations

import json
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
    guidance: Annotated[float, typer.Option(help="Of the mask stage; at 1 a step is one evaluation.")] = 1.5,
    float32: Annotated[bool, typer.Option("--float32", help="No bfloat16.")] = False,
    one: Annotated[bool, typer.Option("--one", hidden=True, help="Print one preset as JSON.")] = False,
) -> None:
    """Time every stage of a preset; each preset runs in a process of its own, so that peaks are clean.

    Example: sketch2ct bench --preset default --json bench.json

    As a user calls it: sketch2ct bench chain

    Of the service: sketch2ct bench service --json
    """
    if context.invoked_subcommand is not None:
        return
    from ..atomic import write_text
    from ..evaluation.bench import bench_preset, in_own_process, machine
    from ..evaluation.published import published
    from ..generation.model.presets import preset as find_preset

    wanted = [find_preset(name) for name in dict.fromkeys(filter(None, (preset, against)))]
    if one:
        told = bench_preset(wanted[0], device=device, repeats=repeats, guidance=guidance, mixed=not float32)
        print(json.dumps(told))
        return
    options = ["--repeats", str(repeats), "--device", device, "--guidance", str(guidance)]
    results = [in_own_process(p.name, [*options, *(["--float32"] if float32 else [])]) for p in wanted]
    payload = {"machine": machine(), "presets": results, "published": published()}
    _print_table(results)
    if json_file is not None:
        write_text(json_file, json.dumps(payload, indent=1))


@bench.command()
def chain(
    preset: Annotated[str, typer.Option(help="One that there are weights of.")] = "default",
    device: Device = "auto",
    repeats: Annotated[int, typer.Option(help="Turns of all ways, after a warm-up.")] = 3,
    references: Annotated[int, typer.Option(help="Turns with the paper's settings, a minute or more each.")] = 1,
    costs: Annotated[bool, typer.Option(help="Also against candidates, steps and the cube's size.")] = True,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the numbers and the machine.")] = None,
) -> None:
    """Time a request as a user makes it, by turns: cold, by a warm worker, over HTTP, beside the paper's settings.

    Example: sketch2ct bench chain --json chain.json
    """
    from ..atomic import write_text
    from ..evaluation.bench import machine, paper_reference
    from ..evaluation.published import published
    from ..service.chain_bench import ChainBench, bench_chain

    config = ChainBench(preset, device, repeats, references, costs)
    result = bench_chain(config, lambda: paper_reference(device), lambda line: print(f"{line} …", file=sys.stderr))
    _print_chain(result)
    if json_file is not None:
        write_text(json_file, json.dumps({"machine": machine(), "chain": result, "published": published()}, indent=1))


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


def _print_table(results: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

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
    _print_published(Console())


def _print_chain(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    times = {(row["way"], row["what"]): row["times"] for row in result.get("times_the_reference", ())}
    table = Table(
        "way", "what", "seconds (median)", "fastest", "reference is slower by", title="A request, start to end"
    )
    for row in result["seconds"]:
        faster = times.get((row["way"], row["what"]))
        told = f"{faster:g} ×" if faster is not None else ""
        table.add_row(row["way"], row["what"], f"{row['median_s']:.2f}", f"{row['fastest_s']:.2f}", told)
    for one in result["reference"]:
        table.add_row("reference", one["note"], f"{one['chain_s']:.0f}", "", "")
    console.print(table)
    parts = Table("stage of a warm painted CT", "seconds")
    for name, seconds in result["warm_stages_s"].items():
        parts.add_row(name, f"{seconds:.2f}")
    console.print(parts)
    console.print("peak memory, MB:", ", ".join(f"{way} {mb}" for way, mb in result["peak_memory_mb"].items()))
    if result["costs"]:
        cost = Table("against", "of", "seconds", "exponent")
        for name, row in result["costs"].items():
            sizes = ", ".join(map(str, row["of"]))
            cost.add_row(name, sizes, ", ".join(f"{s:.2f}" for s in row["seconds"]), f"{row['exponent']:.2f}")
        console.print(cost)
    _print_published(console)


def _print_published(console: Any) -> None:
    from rich.table import Table

    from ..evaluation.published import MAISI, NOTE

    others = Table("voxels", "peak GB", "MAISI, s", "MAISI-v2, s", title=NOTE)
    for size, row in MAISI.items():
        others.add_row(size, *(f"{value:g}" for value in row))
    console.print(others)
