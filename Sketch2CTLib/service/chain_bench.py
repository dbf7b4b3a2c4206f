"""Seconds of the chain as a user calls it, beside the paper's settings, in one run; and what makes it dear.

The ways take turns, so that whatever else the machine does falls on all of them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ConfigError, OutputError
from .bench import BenchConfig, children_of, example_fields, resident_peak_mb, served
from .client import Client
from .client.local import LocalTransport

KINDS: Mapping[str, Mapping[str, Any]] = {
    "painted CT": {"with_volume": True, "sampling": {}},
    "CT by the volume stage": {"with_volume": True, "sampling": {"paint": False}},
    "mask alone": {"with_volume": False, "sampling": {}},
    "preview of a mask": {"with_volume": False, "sampling": {"quality": "preview"}, "pictures": False},
}
_OPTIONS = {
    "painted CT": (),
    "CT by the volume stage": ("--no-paint",),
    "mask alone": ("--no-volume",),
    "preview of a mask": ("--no-volume", "--quality", "preview", "--no-pictures"),
}
DRAFT = "draft"
_DRAFTS = 10  # a turn
_PATIENCE_S = 3600.0
_CANDIDATES, _STEPS, _EDGES = (2, 4, 8), (5, 10, 25, 50), (64, 96, 128, 160)


@dataclass(frozen=True)
class ChainBench:
    """What is measured.

    Args:
        preset: One that there are weights of; device: Where it runs.
        repeats: Turns of all ways.
        references: How many of the turns time the paper's settings, which take a minute each.
        costs: Whether cost is measured against candidates, steps and the cube's size.
        serve, work, command: Commands of the server, the worker and the command line, in place of the usual ones.

    Raises:
        ConfigError: A number is out of range.
    """

    preset: str = "default"
    device: str = "auto"
    repeats: int = 3
    references: int = 1
    costs: bool = True
    serve: tuple[str, ...] | None = None
    work: tuple[str, ...] | None = None
    command: tuple[str, ...] = (sys.executable, "-m", "Sketch2CTLib")

    def __post_init__(self) -> None:
        if self.repeats < 1 or not 0 <= self.references <= self.repeats:
            raise ConfigError(
                f"{self.repeats} turns with {self.references} of the reference cannot be.",
                hint="Give --repeats of 1 or more, and no more --references.",
            )

    @property
    def model(self) -> list[str]:
        """As options of the command line."""
        return ["--preset", self.preset, "--device", self.device]


def bench_chain(
    config: ChainBench, reference: Callable[[], dict[str, Any]], announce: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """All measurements, as they are written to JSON.

    Args:
        config: What is measured.
        reference: Times the paper's settings; its `chain_s` is what the ways are compared with.
        announce: Called with each part as it begins.
    """
    turns: dict[tuple[str, str], list[float]] = {}
    peaks: dict[str, float] = {}
    stages: list[dict[str, float]] = []
    references: list[dict[str, Any]] = []
    with (
        Client(LocalTransport(config.work, arguments=() if config.work else config.model)) as worker,
        served(BenchConfig(config.preset, config.device, serve=config.serve)) as (url, server),
        Client.server(url) as remote,
    ):
        for turn in range(-1, config.repeats):  # the first one warms up
            announce(f"turn {turn + 1} of {config.repeats}" if turn >= 0 else "warm-up")
            for kind, fields in KINDS.items():
                seconds, spent = _answered(worker, turn + 1, fields)
                turns.setdefault(("warm worker", kind), []).append(seconds)
                if kind == "painted CT":
                    stages.append(spent)
                turns.setdefault(("HTTP", kind), []).append(_answered(remote, turn + 1, fields)[0])
                if turn >= 0:
                    cold_s, peak_mb = _cold(config, kind, turn)
                    turns.setdefault(("cold command line", kind), []).append(cold_s)
                    peaks["cold command line"] = max(peaks.get("cold command line", 0.0), peak_mb)
            for way, client in (("warm worker", worker), ("HTTP", remote)):
                turns.setdefault((way, DRAFT), []).extend(_drafted(client) for _ in range(_DRAFTS))
            if 0 <= turn < config.references:
                announce("reference")
                references.append(reference())
        for way, parent in (("warm worker", os.getpid()), ("HTTP", server.pid)):
            peaks[way] = max(map(resident_peak_mb, children_of(parent)), default=0.0)
        for warmed in ("warm worker", "HTTP"):
            for kind in KINDS:
                del turns[warmed, kind][0]
            del turns[warmed, DRAFT][:_DRAFTS]
        costs = _costs(worker, config, announce) if config.costs else {}
    result: dict[str, Any] = {
        "preset": config.preset,
        "seconds": [{"way": way, "what": kind, **_summary(found)} for (way, kind), found in turns.items()],
        "warm_stages_s": {name: round(statistics.median(one[name] for one in stages[1:]), 3) for name in stages[-1]},
        "peak_memory_mb": {way: round(mb) for way, mb in peaks.items()},
        "reference": references,
        "costs": costs,
    }
    if references:
        slow = statistics.median(one["chain_s"] for one in references)
        result["times_the_reference"] = [
            {"way": row["way"], "what": row["what"], "times": round(slow / row["median_s"], 1)}
            for row in result["seconds"]
            if KINDS.get(row["what"], {}).get("with_volume")  # the others draw less than the reference
        ]
    return result


def growth(sizes: Sequence[float], seconds: Sequence[float]) -> dict[str, float]:
    """How seconds grow with a size: the exponent of the best power law, by least squares of the logarithms.

    Args:
        sizes, seconds: Above 0, of equal length, of two or more.
    """
    exponent, offset = np.polyfit(np.log(sizes), np.log(seconds), 1)
    residual = np.log(seconds) - (exponent * np.log(sizes) + offset)
    return {"exponent": round(float(exponent), 2), "rms_of_log": round(float(np.sqrt(np.mean(residual**2))), 3)}


def _answered(client: Client, seed: int, fields: Mapping[str, Any]) -> tuple[float, dict[str, float]]:
    """Seconds from a request to its files in a folder, and of each stage until the next begins."""
    begun: dict[str, float] = {}
    start = time.perf_counter()

    def hear(event: Any) -> None:
        if event.kind == "progress":
            begun.setdefault(event.stage, time.perf_counter() - start)

    with tempfile.TemporaryDirectory() as folder:
        result = client.generate(on_event=hear, **example_fields(seed, **fields)).result(_PATIENCE_S)
        client.save(result, folder)
        total = time.perf_counter() - start
    client.forget(result.job).wait(_PATIENCE_S)
    ends = [*list(begun.values())[1:], total]
    return total, {name: end - first for (name, first), end in zip(begun.items(), ends, strict=True)}


def _drafted(client: Client) -> float:
    """Seconds from drawings and a number to the mask of a draft, decoded."""
    fields = {name: found for name, found in example_fields(0).items() if name in ("structure", "text", "sketch")}
    start = time.perf_counter()
    client.draft(**fields).wait(_PATIENCE_S)
    return time.perf_counter() - start


def _cold(config: ChainBench, kind: str, seed: int) -> tuple[float, float]:
    """Seconds of the command line from its start to its end, and the peak of its memory in MB."""
    fields = example_fields(seed)
    with tempfile.TemporaryDirectory() as folder:
        drawing = Path(folder) / "drawing.json"
        drawing.write_text(json.dumps(fields["sketch"]), encoding="utf-8")
        command = [*config.command, "generate", "--structure", fields["structure"]]
        command += ["--text", fields["text"], "--sketch", str(drawing), "--seed", str(seed), *_OPTIONS[kind]]
        command += [*config.model, "--out", str(Path(folder) / "out")]
        with (Path(folder) / "log").open("w+") as log:
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=log, stderr=log)
            peak_mb = _waited(process)
            seconds = time.perf_counter() - start
            if process.returncode != 0:
                log.seek(0)
                raise OutputError(f"The command line failed ({log.read()[-300:].strip()}).")
    return seconds, peak_mb


def _waited(process: subprocess.Popen[bytes]) -> float:
    """The peak of a process' memory in MB once it has ended; 0 where the system does not tell."""
    if not hasattr(os, "wait4"):
        process.wait()
        return 0.0
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_maxrss / 1024  # KiB


def _costs(worker: Client, config: ChainBench, announce: Callable[[str], None]) -> dict[str, Any]:
    """Seconds against candidates and steps of the mask stage, and of the painter against the edge of the cube."""
    fields = KINDS["mask alone"]
    tables: dict[str, tuple[Sequence[int], list[float]]] = {}
    announce("cost against candidates")
    tables["candidates"] = (_CANDIDATES, [])
    for count in _CANDIDATES:
        tables["candidates"][1].append(_answered(worker, 1, {**fields, "candidates": count})[0])
    announce("cost against steps")
    tables["steps"] = (_STEPS, [])
    for steps in _STEPS:
        sampling = {"steps": steps, "spread": 1.0}
        tables["steps"][1].append(_answered(worker, 1, {**fields, "sampling": sampling})[0])
    announce("cost against the edge of the cube")
    tables["edge of a painted cube"] = (_EDGES, _painting_seconds(config, _EDGES))
    return {
        name: {"of": list(sizes), "seconds": [round(s, 3) for s in seconds], **growth(sizes, seconds)}
        for name, (sizes, seconds) in tables.items()
    }


def _painting_seconds(config: ChainBench, edges: Sequence[int]) -> list[float]:
    """Of a layout of one class, the second time."""
    from ..catalog import label_value
    from ..data.layout import Layout
    from ..frames import VoxelGrid
    from ..generation.chain import chosen_model
    from ..generation.model.device import torch_device
    from ..generation.model.loaded import PAINTER, LoadedModels
    from ..generation.painting.drawing import STYLES, painted
    from ..generation.painting.styles import ScanStyles

    models = LoadedModels(chosen_model(None, config.preset), torch_device(config.device))
    painter, style = models.network(PAINTER), ScanStyles.from_dict(models.extra(STYLES)).drawn(1)
    found = []
    for edge in edges:
        labels = np.full((edge, edge, edge), label_value("fat"), dtype=np.uint8)
        layout = Layout(labels, VoxelGrid.ras_cube((0, 0, 0), 2.5 * edge, edge))
        for _ in range(2):
            start = time.perf_counter()
            painted(painter, layout, style, 1)
            seconds = time.perf_counter() - start
        found.append(seconds)
    return found


def _summary(seconds: Sequence[float]) -> dict[str, float]:
    return {"median_s": round(statistics.median(seconds), 3), "fastest_s": round(min(seconds), 3), "n": len(seconds)}
