"""One training loop for every stage: Fabric underneath, EMA, checkpoints, bit-exact resume, a curve and pictures."""

from __future__ import annotations

import csv
import errno
import os
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
from ..generation.model.device import torch_device, training_precision
from ..weights import ModelFolder
from .pace import LoopConfig, Pace

Progress = Callable[[int, int | None, float], None]

_CHECKPOINT = "checkpoint.pt"
_COLUMNS = ("step", "split", "name", "value")
_LOG_EVERY = 25
_DAMAGED = (RuntimeError, KeyError, EOFError, ValueError, OSError, TypeError, AttributeError, pickle.UnpicklingError)


class TrainingTask(Protocol):
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
        start: A model whose weights of the stage are the first, and whose scales are kept; None starts at random.
    """

    batch: int
    seed: int
    cache: Path
    shares: Mapping[str, float] = field(default_factory=dict)
    device: str = "cpu"
    start: ModelFolder | None = None


@dataclass
class LoopResult:
    """Where a run ended."""

    step: int
    finished: bool
    seconds: float
    last: dict[str, float]


def fit(
    task: TrainingTask,
    config: LoopConfig,
    folder: Path,
    *,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> LoopResult:
    """Trains (or goes on training) a task; checkpoints and the curve lie in `folder`.

    Raises:
        ConfigError: The budget is too short, or the loss is no longer a number.
        WeightsError: The checkpoint in the folder is damaged or of another configuration.
        OutputError: The folder cannot be written.
    """
    run = _Run(task, config, folder, clock)
    began = saved = clock()
    logs: dict[str, float] = {}
    while run.pace.open(run.step):
        before = clock()
        loss, logs = run.train_step()
        if progress:
            progress(run.step, run.pace.steps, loss)
        if run.step % _LOG_EVERY == 0:
            run.log("train", {"loss": loss, **logs})
        run.pace.took(clock() - before)
        fixed = run.pace.to_be_fixed()
        if fixed:
            before = clock()
            logs = run.validate()
            run.pace.fix(run.step, clock() - before)
        moved = run.pace.review(run.step)
        if not fixed and run.pace.validates(run.step):
            logs = run.validate()
        now = clock()
        out_of_time = config.steps is not None and config.budget_s is not None and now - began > config.budget_s
        due = now - saved > config.checkpoint_s and run.pace.steps is not None
        if due or fixed or moved or out_of_time or not run.pace.open(run.step):
            run.save()
            saved = now
        if out_of_time:
            break
    return run.export(logs)


class _Run:
    """A task under way: weights, their average, optimiser, pace, checkpoint."""

    def __init__(self, task: TrainingTask, config: LoopConfig, folder: Path, clock: Callable[[], float]) -> None:
        self.task, self.config, self.folder = task, config, folder
        precision: Any = config.precision or training_precision(_device_of(config.device))
        self.fabric = Fabric(
            accelerator=_accelerator(config.device), devices=_devices(config.device), precision=precision
        )
        if self.fabric.device.type == "cuda":
            torch.set_float32_matmul_precision("high")  # TF32 where autocast leaves float32
        torch.manual_seed(config.seed)
        module = task.module
        optimizer = torch.optim.AdamW(
            module.parameters(), lr=config.lr, betas=(0.9, 0.99), weight_decay=config.weight_decay
        )
        averaged = torch.optim.swa_utils.AveragedModel(
            module, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.ema)
        )
        self.wrapped, self.optimizer = self.fabric.setup(module, optimizer)
        self.module, self.averaged = module, averaged.to(self.fabric.device)
        self.state = _State(folder, {"module": module, "averaged": averaged, "optimizer": self.optimizer})
        self.step, spent_s, course = self.state.load()
        self.pace = Pace(task.name.replace("_", "-"), config, clock, spent_s, course)

    def train_step(self) -> tuple[float, dict[str, float]]:
        """One optimiser step; its loss and what else to log."""
        config = self.config
        for group in self.optimizer.param_groups:
            group["lr"] = config.lr * self.pace.rate(self.step)
        with self.fabric.autocast():
            loss, logs = self.task.loss(self.module, self.step)
        if not torch.isfinite(loss):
            raise ConfigError(
                f"The loss of '{self.task.name}' is not finite at step {self.step}.", hint="Lower the learning rate."
            )
        self.fabric.backward(loss)
        norm = self.fabric.clip_gradients(self.wrapped, self.optimizer, max_norm=config.clip, error_if_nonfinite=False)
        if norm is None or torch.isfinite(norm):
            self.optimizer.step()
        else:
            logs = logs | {"skipped": 1.0}
        self.optimizer.zero_grad(set_to_none=True)
        _average(self.averaged, self.module, self.step, config.ema)
        self.step += 1
        return float(loss.detach()), logs  # waits for the device, so that the time is the step's

    def validate(self) -> dict[str, float]:
        """Numbers of the averaged weights, also written to the curve."""
        self.averaged.eval()
        with torch.no_grad():
            logs = self.task.validate(self.averaged.module, self.step, self.folder)
        self.log("val", logs)
        return logs

    def log(self, split: str, numbers: dict[str, float]) -> None:
        """Appends to the curve."""
        self.state.log({"step": self.step, "split": split, **numbers})

    def save(self) -> None:
        """Writes a checkpoint."""
        self.state.save(self.step, self.pace.seconds, self.pace.kept())

    def export(self, logs: dict[str, float]) -> LoopResult:
        """Saves the averaged weights as a component."""
        finished = not self.pace.open(self.step)
        provenance = {
            "steps": self.step,
            "finished": finished,
            "seconds": round(self.pace.seconds, 1),
            "loop": asdict(self.config),
            "torch": torch.__version__,
            "device": str(self.fabric.device),
            "validation": logs,
        }
        self.averaged.eval()
        self.task.export(self.averaged.module, provenance)
        return LoopResult(self.step, finished, self.pace.seconds, logs)


def _average(averaged: torch.optim.swa_utils.AveragedModel, module: nn.Module, step: int, decay: float) -> None:
    """EMA with a short memory at the start, so that early weights do not linger."""
    averaged.multi_avg_fn = torch.optim.swa_utils.get_ema_multi_avg_fn(min(decay, (1.0 + step) / (10.0 + step)))
    averaged.update_parameters(module)


def _accelerator(device: str) -> str:
    return _device_of(device).split(":")[0]


def _device_of(device: str) -> str:
    return str(torch_device(device))


def _devices(device: str) -> list[int] | int:
    return [int(device.split(":")[1])] if ":" in device else 1


def spent_seconds(folder: Path) -> float:
    """What the run in `folder` took until its last checkpoint; 0 without one."""
    path = folder / _CHECKPOINT
    return float(_read_checkpoint(path)["seconds"]) if path.is_file() else 0.0


def _read_checkpoint(path: Path) -> dict[str, Any]:
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        return saved | {"step": int(saved["step"]), "seconds": float(saved["seconds"])}
    except _DAMAGED as error:
        raise _not_resumable(path, error) from error


def _not_resumable(path: Path, error: Exception) -> WeightsError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return WeightsError(
        f"The checkpoint '{path}' cannot be resumed ({reason}).",
        hint="Remove it to start again, or name another --out.",
    )


class _State:
    """Checkpoint and curve of a run."""

    def __init__(self, folder: Path, parts: dict[str, Any]) -> None:
        self.folder, self.parts = folder, parts
        self.path, self.curve = folder / _CHECKPOINT, folder / "curve.csv"

    def load(self) -> tuple[int, float, dict[str, Any] | None]:
        """Step, seconds and course of the last checkpoint, (0, 0, None) without one; cuts what the curve has beyond."""
        if not self.path.is_file():
            self._cut_curve(0)
            return 0, 0.0, None
        saved = _read_checkpoint(self.path)
        try:
            for name, part in self.parts.items():
                part.load_state_dict(saved[name])
        except _DAMAGED as error:
            raise _not_resumable(self.path, error) from error
        self._cut_curve(saved["step"])
        return saved["step"], saved["seconds"], saved.get("course")

    def save(self, step: int, seconds: float, course: dict[str, Any] | None) -> None:
        """Writes beside and renames, so that a kill never leaves half a checkpoint."""
        payload = {name: part.state_dict() for name, part in self.parts.items()}
        with written_beside(self.path) as beside:
            try:
                torch.save(payload | {"step": step, "seconds": seconds, "course": course}, beside)
            except RuntimeError as error:  # how torch tells that a write fell short
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error

    def log(self, row: dict[str, Any]) -> None:
        """Appends long-format rows: step, split, name, value."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = not self.curve.exists()
        with self.curve.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            if fresh:
                writer.writerow(_COLUMNS)
            for name, value in row.items():
                if name not in ("step", "split"):
                    writer.writerow((row["step"], row["split"], name, repr(value)))

    def _cut_curve(self, step: int) -> None:
        if not self.curve.is_file():
            return
        with self.curve.open(newline="", encoding="utf-8", errors="replace") as stream:
            rows = [row for row in csv.reader(line.replace("\0", "") for line in stream) if len(row) == len(_COLUMNS)]
        kept = [_COLUMNS, *(row for row in rows if row[0].isdigit() and int(row[0]) <= step)]
        with written_beside(self.curve) as beside, beside.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(kept)
