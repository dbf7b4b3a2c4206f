"""One training loop for every stage: Fabric underneath, EMA, checkpoints, bit-exact resume, a curve and pictures.

Several processes, one a device, share each batch out and average their gradients (DistributedDataParallel); all hold
the same weights. What depends on time is decided by the first one's clock, and it alone validates and writes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..errors import ConfigError
from ..weights import ModelFolder
from .batch_part import BatchPart
from .checkpoint import RunState
from .pace import LoopConfig, Pace
from .processes import barrier, count, is_first, joined, rank, shared, shared_clock, together

Progress = Callable[[int, int | None, float], None]

_LOG_EVERY = 25


class TrainingTask(Protocol):
    """What a stage brings to the loop."""

    name: str
    module: nn.Module

    def loss(self, module: nn.Module, part: BatchPart) -> tuple[Tensor, dict[str, float]]:
        """The mean loss of some samples of a step, a function of the weights and the part alone, and what to log."""

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        """Validation numbers of the averaged weights; may write pictures to the folder."""

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        """Saves the averaged weights as a component."""


@dataclass(frozen=True)
class TaskSettings:
    """What every stage needs to know.

    Args:
        seed: As in the loop.
        shares: How often each structure is drawn; `other` for the rest.
        cache: Folder of encoded latents.
        device: Where latents are encoded.
        start: A model whose weights of the stage are the first, and whose scales are kept; None starts at random.
    """

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
        ConfigError: The budget is too short, the loss is no longer a number, or the devices are not there.
        WeightsError: The checkpoint in the folder is damaged or of another configuration.
        OutputError: The folder cannot be written.
        ProcessLost: Another process that trains with this one has ended.
    """
    with together():
        run = _Run(task, config, folder, clock)
        result = run.export(_trained(run, progress))
        barrier()  # what comes next finds the exported weights
    return result


def _trained(run: _Run, progress: Progress | None) -> dict[str, float]:
    """Runs the steps that are left, or those that fit the time; numbers of the last validation or step."""
    config, clock = run.config, run.clock
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
    return logs


class _Objective(nn.Module):
    """A task's loss as a forward pass, so that whatever the task calls of its network, gradients are averaged."""

    def __init__(self, task: TrainingTask) -> None:
        super().__init__()
        self.task, self.module = task, task.module

    def forward(self, step: int, first: int, end: int) -> tuple[Tensor, dict[str, float]]:
        """The loss of the samples from `first` to before `end`."""
        return self.task.loss(self.module, BatchPart(step, range(first, end)))


class _Run:
    """A task under way: weights, their average, optimiser, pace, checkpoint."""

    def __init__(self, task: TrainingTask, config: LoopConfig, folder: Path, clock: Callable[[], float]) -> None:
        self.task, self.config, self.folder = task, config, folder
        self.fabric = joined(config)
        self.clock = shared_clock(clock, self.fabric.device)
        if self.fabric.device.type == "cuda":
            torch.set_float32_matmul_precision("high")  # TF32 where autocast leaves float32
        torch.manual_seed(config.seed)
        module = task.module
        optimizer = torch.optim.AdamW(
            module.parameters(), lr=config.lr, betas=config.betas, weight_decay=config.weight_decay
        )
        averaged = torch.optim.swa_utils.AveragedModel(
            module, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.ema)
        )
        self.objective, self.optimizer = self.fabric.setup(_Objective(task), optimizer)
        self.module, self.averaged = module, averaged.to(self.fabric.device)
        self.state = RunState(folder, {"module": module, "averaged": averaged, "optimizer": self.optimizer})
        self.step, spent_s, course = self.state.load()
        if is_first():
            self.state.cut_curve(self.step)
        self.pace = Pace(task.name.replace("_", "-"), config, self.clock, spent_s, course)

    def train_step(self) -> tuple[float, dict[str, float]]:
        """One optimiser step; its loss and what else to log, of the whole batch."""
        config = self.config
        for group in self.optimizer.param_groups:
            group["lr"] = config.lr * self.pace.rate(self.step)
        parts = config.parts(rank())
        told = []
        for part in parts:
            with self.fabric.no_backward_sync(self.objective, enabled=part is not parts[-1]):
                loss, logs = self.objective(self.step, part.start, part.stop)
                self.fabric.backward(loss / len(parts))
            told.append({"loss": float(loss.detach()), **logs})  # waits for the device, so that the time is the step's
        logs = self._mean(told)
        loss = logs.pop("loss")
        if not math.isfinite(loss):
            raise ConfigError(
                f"The loss of '{self.task.name}' is not finite at step {self.step}.", hint="Lower the learning rate."
            )
        norm = self.fabric.clip_gradients(
            self.objective, self.optimizer, max_norm=config.clip, error_if_nonfinite=False
        )
        if norm is None or torch.isfinite(norm):
            self.optimizer.step()
        else:
            logs = logs | {"skipped": 1.0}
        self.optimizer.zero_grad(set_to_none=True)
        _average(self.averaged, self.module, self.step, config.ema)
        self.step += 1
        return loss, logs

    def _mean(self, told: list[dict[str, float]]) -> dict[str, float]:
        """Means over the parts of all devices."""
        values = torch.tensor([list(one.values()) for one in told], dtype=torch.float64).mean(0)
        if count() > 1:
            values = self.fabric.all_reduce(values.to(self.fabric.device), reduce_op="mean")
        return dict(zip(told[0], values.tolist(), strict=True))

    def validate(self) -> dict[str, float]:
        """Numbers of the averaged weights, also written to the curve; the first process finds them for all."""
        logs: dict[str, float] = {}
        if is_first():
            self.averaged.eval()
            with torch.no_grad():
                logs = self.task.validate(self.averaged.module, self.step, self.folder)
            self.log("val", logs)
        return shared(logs)

    def log(self, split: str, numbers: dict[str, float]) -> None:
        """Appends to the curve."""
        if is_first():
            self.state.log({"step": self.step, "split": split, **numbers})

    def save(self) -> None:
        """Writes a checkpoint."""
        seconds = self.pace.seconds
        if is_first():
            self.state.save(self.step, seconds, self.pace.kept())

    def export(self, logs: dict[str, float]) -> LoopResult:
        """Saves the averaged weights as a component."""
        finished, seconds = not self.pace.open(self.step), self.pace.seconds
        provenance = {
            "steps": self.step,
            "finished": finished,
            "seconds": round(seconds, 1),
            "loop": asdict(self.config),
            "torch": torch.__version__,
            "device": str(self.fabric.device),
            "validation": logs,
        }
        if is_first():
            self.averaged.eval()
            self.task.export(self.averaged.module, provenance)
        return LoopResult(self.step, finished, seconds, logs)


def _average(averaged: torch.optim.swa_utils.AveragedModel, module: nn.Module, step: int, decay: float) -> None:
    """EMA with a short memory at the start, so that early weights do not linger."""
    averaged.multi_avg_fn = torch.optim.swa_utils.get_ema_multi_avg_fn(min(decay, (1.0 + step) / (10.0 + step)))
    averaged.update_parameters(module)
