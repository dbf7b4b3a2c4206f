"""Seconds per stage and peak memory of a preset, with random weights: speed depends on shapes alone."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from .. import __version__, catalog
from ..conditioning.encoder import join_batches
from ..conditioning.geometry import NumberScaler
from ..diffusion import SampleRequest, Scales, Schedule, classifier_free, sample
from ..errors import ResourceError
from ..frames import PlaneFrame, VoxelGrid
from ..generation.conditions import condition_batch
from ..generation.model.device import autocast, multiplies_bf16, torch_device
from ..generation.model.presets import Preset
from ..generation.model.residual import MaskPrior
from ..generation.model.stages import ImageConditions, MaskStage, image_stage, mask_cells, mask_stage
from ..generation.placement import OUTPUT_VOXELS
from ..generation.report.build import build_report
from ..generation.report.evidence import Asked, Drawn
from ..generation.request import PlacedRequest
from ..generation.values import MaskVolume
from ..networks import build_coder, channels_last
from ..sketch import Sketch, Stroke, silhouette

STRUCTURE = "liver"
GUIDANCE = 1.5  # any scale other than 1 costs a second evaluation a step


@dataclass(frozen=True)
class StageTime:
    """Median and fastest seconds of a stage over `repeats` runs after a warm-up."""

    median_s: float
    fastest_s: float
    repeats: int


def bench_preset(
    preset: Preset, *, device: str = "auto", repeats: int = 3, guidance: float = GUIDANCE, mixed: bool = True
) -> dict[str, Any]:
    """Seconds of conditions, one denoising step of each stage, decoding and report; parameters; peak memory so far.

    The peak is the process' own (and the GPU's, where there is one): run one preset a process for a clean number.

    Args:
        preset: Its shapes; device: Where they are timed.
        repeats: The number of timed runs a stage.
        guidance: Of the mask stage; at 1 a step is one evaluation.
        mixed: False computes in float32 everywhere.
    """
    where = torch_device(device)
    stage, image_denoiser = mask_stage(preset).to(where).eval(), image_stage(preset).to(where).eval()
    prior_mean = MaskPrior(preset).to(where).eval() if preset.mask_prior else None
    coders = [build_coder(c).to(where).eval() for c in (preset.mask_autoencoder, preset.image_autoencoder)]
    for coder in coders:
        channels_last(coder)
    request = example_request()
    scaler = NumberScaler(tuple(f"q{n}" for n in range(preset.conditioner.quantities)), frozenset(), {})
    latent = torch.randn(1, *preset.mask_latent_shape, device=where)
    image_latent = torch.randn(1, *preset.image_latent_shape, device=where)
    scales, times = Scales.of(guidance), dict[str, StageTime]()
    with torch.no_grad(), autocast(where, enabled=mixed):

        def conditions() -> Any:
            batch = condition_batch([request], scaler, preset.conditioner).to(where)
            joined = join_batches([batch, *(batch.lacking(*kinds) for _, kinds in scales.groups)])
            if isinstance(stage, MaskStage):
                return stage.conditioner(joined)
            assert prior_mean is not None
            return prior_mean.conditions(joined)

        encoded = conditions()
        schedule = Schedule(preset.schedule)
        guided = classifier_free(lambda z, t: stage.denoise(z, t, encoded), [scale for scale, _ in scales.groups])

        def sampled(steps: int) -> Any:
            return sample(guided, SampleRequest(preset.mask_latent_shape, (1,), steps), schedule, device=where)

        field = torch.randn(1, 1, *(preset.voxels,) * 3, device=where)
        cells = mask_cells(field, preset.mask_latent_shape[1])
        zero = torch.zeros(1, dtype=torch.int64, device=where)
        painted = torch.randn(1, preset.image_latent_shape[0] + 1, *preset.image_latent_shape[1:], device=where)
        prior = ImageConditions(latent, cells, zero, zero, painted if image_denoiser.sees_labels else None)
        stages: dict[str, Callable[[], Any]] = {
            "conditions": conditions,
            "mask_denoising_step_guided": lambda: sampled(1),
            "mask_decode": lambda: coders[0].decode(latent),
            "mask_encode": lambda: coders[0].encode(field),
            "volume_denoising_step": lambda: image_denoiser(image_latent, zero, prior),
            "volume_decode": lambda: coders[1].decode(image_latent),
            "report": _report_once,
        }
        ceiling, gflop = matrix_ceiling_gflop_s(where, mixed=mixed), dict[str, float]()
        for name, run in stages.items():
            times[name] = _timed(run, where, repeats)
            gflop[name] = counted_gflop(run)
    return {
        "preset": preset.name,
        "voxels": preset.voxels,
        "latent": {"mask": preset.mask_latent_shape, "volume": preset.image_latent_shape},
        "parameters_m": {
            name: round(sum(p.numel() for p in module.parameters()) / 1e6, 2)
            for name, module in (
                *([("mask_prior", prior_mean)] if prior_mean is not None else []),
                ("mask_stage", stage),
                ("volume_stage", image_denoiser),
                ("mask_autoencoder", coders[0]),
                ("image_autoencoder", coders[1]),
            )
        },
        "seconds": {name: vars(value) for name, value in times.items()},
        "gflop": {name: round(value, 3) for name, value in gflop.items()},
        "matrix_ceiling_gflop_s": round(ceiling, 1),
        "share_of_ceiling": {
            name: round(value / times[name].fastest_s / ceiling, 4) for name, value in gflop.items() if value
        },
        "chain_25_steps_s": round(_chain_seconds(times, 25, preset), 3),
        "chain_1000_steps_s": round(_chain_seconds(times, 1000, preset), 1),
        "peak_memory_mb": peak_memory_mb(where),
    }


def in_own_process(preset: str, options: Sequence[str]) -> dict[str, Any]:
    """What `bench_preset` tells in a process of its own, whose peak of memory is a preset's alone.

    Args:
        preset: Its name; options: Of `sketch2ct bench`.

    Raises:
        ResourceError: It fails.
    """
    command = [sys.executable, "-m", "Sketch2CTLib", "bench", "--one", "--preset", preset, "--against", "", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise ResourceError(f"The benchmark of '{preset}' failed ({last}).", hint="Is there enough memory?")
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def paper_reference(device: str) -> dict[str, Any]:
    """The paper's chain, from its parts: 1000 DDPM steps a stage without guidance, float32, eager, its autoencoders.

    Random weights: speed depends on shapes alone. A few steps are timed, and scaled.

    Raises:
        ResourceError: It fails, most likely for lack of memory.
    """
    told = in_own_process("paper", ["--device", device, "--repeats", "2", "--float32", "--guidance", "1"])
    return {
        "chain_s": told["chain_1000_steps_s"],
        "note": "paper, float32; 2 steps of each stage timed after a warm-up, scaled to 1000",
        **{name: told[name] for name in ("seconds", "gflop", "matrix_ceiling_gflop_s", "peak_memory_mb")},
    }


def _chain_seconds(times: dict[str, StageTime], steps: int, preset: Preset) -> float:
    """A sampled mask and its volume, `steps` each, from the parts: the preset's draws; the smooth change apart."""
    draw = steps * times["mask_denoising_step_guided"].median_s + times["mask_decode"].median_s
    volume = (
        times["mask_encode"].median_s
        + steps * times["volume_denoising_step"].median_s
        + times["volume_decode"].median_s
    )
    return times["conditions"].median_s + preset.draws * draw + volume + times["report"].median_s


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    return {
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "processor": platform.processor() or platform.machine(),
        "gpu": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "sketch2ct": __version__,
    }


def peak_memory_mb(device: torch.device) -> dict[str, float]:
    """Largest resident size of the process so far, and of the GPU's allocations."""
    peak = {"process": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}
    if device.type == "cuda":
        peak["gpu"] = round(torch.cuda.max_memory_allocated(device) / 2**20, 1)
    return peak


def example_request() -> PlacedRequest:
    """An ellipse with two numbers: the same work as a real request."""
    structure = catalog.structure(STRUCTURE)
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    points = np.stack([105 * np.cos(angle), 80 * np.sin(angle)], axis=1)
    plane = PlaneFrame.standard(structure.view, structure.cube_mm)
    sketch = Sketch((Stroke(points, closed=True),), plane, structure.name)
    words = ("The liver has a volume of about 1500 mL.",)
    grid = VoxelGrid.ras_cube((0, 0, 0), structure.cube_mm, OUTPUT_VOXELS)
    return PlacedRequest(structure.name, (sketch,), {"volume_ml": 1500.0}, words, grid)


def _report_once() -> Any:
    request = example_request()
    structure = catalog.structure(STRUCTURE)
    grid = VoxelGrid.ras_cube((0, 0, 0), structure.cube_mm, 128)
    axis = np.linspace(-1, 1, 128)
    body = (axis[:, None, None] / 0.5) ** 2 + (axis[:, None] / 0.55) ** 2 + (axis / 0.65) ** 2 < 1
    mask = MaskVolume(body.astype(np.uint8), grid, STRUCTURE)
    outline = silhouette(request.silhouettes[0], 128)
    return build_report(mask, Asked(request.numbers), (Drawn(outline, structure.view),))


def counted_gflop(run: Callable[[], Any]) -> float:
    """Billions of floating-point operations of the products and convolutions of a run, counted by torch."""
    with FlopCounterMode(display=False) as counter:
        run()
    return float(counter.get_total_flops()) / 1e9


def matrix_ceiling_gflop_s(device: torch.device, edge: int = 2048, repeats: int = 3, mixed: bool = True) -> float:
    """The most that a device was seen to do: the fastest product of two square matrices, in the networks' precision."""
    precision = torch.bfloat16 if mixed and multiplies_bf16(device) else torch.float32
    one = torch.randn(edge, edge, device=device).to(precision)
    return 2 * edge**3 / 1e9 / _timed(lambda: one @ one, device, repeats).fastest_s


def _timed(run: Callable[[], Any], device: torch.device, repeats: int) -> StageTime:
    run()
    seconds = []
    for _ in range(repeats):
        _wait(device)
        started = time.perf_counter()
        run()
        _wait(device)
        seconds.append(time.perf_counter() - started)
    return StageTime(round(statistics.median(seconds), 5), round(min(seconds), 5), repeats)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
