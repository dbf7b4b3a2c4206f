"""`sketch2ct bench`: seconds per stage and peak memory, beside the paper's preset."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer


def bench(
    preset: Annotated[str, typer.Option(help="small, default or paper.")] = "small",
    against: Annotated[str, typer.Option(help="Preset to stand beside it; empty for none.")] = "paper",
    repeats: Annotated[int, typer.Option(help="Timed runs a stage, after one warm-up.")] = 3,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the numbers and the machine.")] = None,
    one: Annotated[bool, typer.Option("--one", hidden=True, help="Print one preset as JSON.")] = False,
) -> None:
    """Time every stage of a preset; each preset runs in a process of its own, so that peaks are clean.

    Example: sketch2ct bench --preset small --json bench.json
    """
    from ..atomic import write_text
    from ..evaluation.bench import bench_preset, machine
    from ..generation.presets import preset as find_preset

    wanted = [find_preset(name) for name in dict.fromkeys(filter(None, (preset, against)))]
    if one:
        print(json.dumps(bench_preset(wanted[0], device=device, repeats=repeats)))
        return
    results = [_in_own_process(p.name, repeats, device) for p in wanted]
    payload = {"machine": machine(), "presets": results}
    _print_table(results)
    if json_file is not None:
        write_text(json_file, json.dumps(payload, indent=1))


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

    table = Table("stage", *(r["preset"] for r in results), title="seconds (median)")
    for stage in results[0]["seconds"]:
        table.add_row(stage, *(f"{r['seconds'][stage]['median_s']:.3f}" for r in results))
    table.add_row("mask + volume, 25 steps each", *(f"{r['chain_25_steps_s']:.1f}" for r in results))
    table.add_row("peak memory, MB", *(f"{r['peak_memory_mb']['process']:.0f}" for r in results))
    Console().print(table)
