"""One training loop for every stage: Fabric underneath, EMA, checkpoints, bit-exact resume, a curve and pictures."""

from __future__ import annotations

import csv
import pickle
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from ..atomic import written_beside
from ..errors import ConfigError, WeightsError


@dataclass(frozen=True)
class LoopConfig:
    """How long and how.

    Args:
        steps: Optimiser steps of the whole run; the learning rate falls to 5 % of its peak by then (cosine).
        batch: Samples a step.
        lr: Peak learning rate of AdamW; warmup: steps of linear rise.
        ema: Decay of the averaged weights.
        clip: Gradient norm limit.
        seed: Seed of batches, noise and drop-out; with the step it decides everything random.
        validate_every: Steps between validations (and pictures).
        checkpoint_s: Seconds between checkpoints.
        budget_s: Stop (resumably) after so many seconds; None runs to the end.
        device: auto, cpu, cuda or cuda:N.
        precision: Fabric's precision, bf16-mixed by default.
    """

    steps: int
    batch: int = 8
    lr: float = 2e-4
    warmup: int = 100
    ema: float = 0.999
    clip: float = 1.0
    seed: int = 1
    validate_every: int = 500
    checkpoint_s: float = 240.0
    budget_s: float | None = None
    device: str = "auto"
    precision: str = "bf16-mixed"

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < 1 or not self.lr > 0:
            raise ConfigError(f"Training needs positive steps, batch and learning rate, got {self}.")


class Task(Protocol):
    """What a stage brings to the loop."""

    name: str
    module: nn.Module

    def loss(self, module: nn.Module, step: int) -> tuple[Tensor, dict[str, float]]:
        """The loss of a step (a function of the weights and the step alone) and what to log."""

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """Validation numbers of the averaged weights; may write pictures to the folder."""

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the averaged weights as a component."""


@dataclass(frozen=True)
class TaskSettings:
    """What every stage needs to know.

    Args:
        batch, seed: As in the loop.
        shares: How often each structure is drawn; `other` for the rest.
        cache: Folder of encoded latents.
        device: Where latents are encoded.
    """

    batch: int
    seed: int
    cache: Path
    shares: Mapping[str, float] = field(default_factory=dict)
    device: str = "cpu"


@dataclass
class LoopResult:
    """Where a run ended."""

    step: int
    finished: bool
    seconds: float
    last: dict[str, float]


def fit(
    task: Task, config: LoopConfig, folder: Path, *, progress: Callable[[int, int, float], None] | None = None
) -> LoopResult:
    """Trains (or goes on training) a task; checkpoints and the curve lie in `folder`.

    Raises:
        WeightsError: The checkpoint in the folder is damaged or of another configuration.
        OutputError: The folder cannot be written.
    """
    fabric = Fabric(
        accelerator=_accelerator(config.device), devices=_devices(config.device), precision=config.precision
    )
    torch.manual_seed(config.seed)
    module = task.module
    optimizer = torch.optim.AdamW(module.parameters(), lr=config.lr, betas=(0.9, 0.99), weight_decay=1e-4)
    averaged = torch.optim.swa_utils.AveragedModel(
        module, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.ema)
    )
    wrapped, optimizer = fabric.setup(module, optimizer)
    averaged.to(fabric.device)
    state = _State(folder, config, module, averaged, optimizer)
    step, spent = state.load()
    started = saved = time.monotonic()
    logs: dict[str, float] = {}
    while step < config.steps:
        for group in optimizer.param_groups:
            group["lr"] = config.lr * _schedule(step, config)
        with fabric.autocast():
            loss, logs = task.loss(module, step)
        if not torch.isfinite(loss):
            raise ConfigError(
                f"The loss of '{task.name}' is not finite at step {step}.", hint="Lower the learning rate."
            )
        fabric.backward(loss)
        norm = fabric.clip_gradients(wrapped, optimizer, max_norm=config.clip, error_if_nonfinite=False)
        if norm is None or torch.isfinite(norm):
            optimizer.step()
        else:
            logs = logs | {"skipped": 1.0}
        optimizer.zero_grad(set_to_none=True)
        _average(averaged, module, step, config.ema)
        step += 1
        now = time.monotonic()
        if progress:
            progress(step, config.steps, float(loss.detach()))
        if step % 25 == 0:
            state.log({"step": step, "split": "train", "loss": float(loss.detach()), **logs})
        if step % config.validate_every == 0 or step == config.steps:
            logs = _validate(task, averaged, step, folder)
            state.log({"step": step, "split": "val", **logs})
        out_of_time = config.budget_s is not None and now - started > config.budget_s
        if now - saved > config.checkpoint_s or out_of_time or step == config.steps:
            state.save(step, spent + time.monotonic() - started)
            saved = now
        if out_of_time:
            break
    seconds = spent + time.monotonic() - started
    provenance = {"steps": step, "seconds": round(seconds, 1), "loop": asdict(config), "torch": torch.__version__}
    averaged.eval()
    task.export(averaged.module, provenance | {"device": str(fabric.device), "validation": logs})
    return LoopResult(step, step >= config.steps, seconds, logs)


def _average(averaged: torch.optim.swa_utils.AveragedModel, module: nn.Module, step: int, decay: float) -> None:
    """EMA with a short memory at the start, so that early weights do not linger."""
    averaged.multi_avg_fn = torch.optim.swa_utils.get_ema_multi_avg_fn(min(decay, (1.0 + step) / (10.0 + step)))
    averaged.update_parameters(module)


def _validate(task: Task, averaged: torch.optim.swa_utils.AveragedModel, step: int, folder: Path) -> dict[str, float]:
    averaged.eval()
    with torch.no_grad():
        return task.validate(averaged.module, step, folder)


def _schedule(step: int, config: LoopConfig) -> float:
    """Linear warm-up, then a cosine down to 5 %."""
    if step < config.warmup:
        return (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return 0.05 + 0.95 * 0.5 * (1.0 + float(torch.cos(torch.tensor(torch.pi * done))))


def _accelerator(device: str) -> str:
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device.split(":")[0]


def _devices(device: str) -> list[int] | int:
    return [int(device.split(":")[1])] if ":" in device else 1


class _State:
    """Checkpoint and curve of a run."""

    def __init__(
        self,
        folder: Path,
        config: LoopConfig,
        module: nn.Module,
        averaged: nn.Module,
        optimizer: torch.optim.Optimizer,
    ) -> None:
        self.folder, self.config = folder, config
        self.parts: dict[str, Any] = {"module": module, "averaged": averaged, "optimizer": optimizer}
        self.path, self.curve = folder / "checkpoint.pt", folder / "curve.csv"

    def load(self) -> tuple[int, float]:
        """Step and seconds of the last checkpoint; (0, 0) without one. The curve loses what came after it."""
        if not self.path.is_file():
            return 0, 0.0
        try:
            saved = torch.load(self.path, map_location="cpu", weights_only=True)
            for name, part in self.parts.items():
                part.load_state_dict(saved[name])
        except (RuntimeError, KeyError, EOFError, ValueError, OSError, pickle.UnpicklingError) as error:
            raise WeightsError(
                f"The checkpoint '{self.path}' cannot be resumed ({str(error).splitlines()[0]}).",
                hint="Remove it to start again, or name another --out.",
            ) from error
        self._cut_curve(saved["step"])
        return saved["step"], saved["seconds"]

    def save(self, step: int, seconds: float) -> None:
        """Writes beside and renames, so that a kill never leaves half a checkpoint."""
        payload = {name: part.state_dict() for name, part in self.parts.items()}
        with written_beside(self.path) as beside:
            torch.save(payload | {"step": step, "seconds": seconds}, beside)

    def log(self, row: dict[str, Any]) -> None:
        """Appends long-format rows: step, split, name, value."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = not self.curve.exists()
        with self.curve.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            if fresh:
                writer.writerow(("step", "split", "name", "value"))
            for name, value in row.items():
                if name not in ("step", "split"):
                    writer.writerow((row["step"], row["split"], name, repr(value)))

    def _cut_curve(self, step: int) -> None:
        if not self.curve.is_file():
            return
        with self.curve.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))
        with self.curve.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(rows[:1] + [row for row in rows[1:] if int(row[0]) <= step])
