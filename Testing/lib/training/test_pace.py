"""The pace of a run: a length that fits its budget, one schedule over kills, a full disk and half a curve mended."""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from Sketch2CTLib.errors import ConfigError, OutputError
from Sketch2CTLib.training.batch_part import BatchPart
from Sketch2CTLib.training.loop import LoopConfig, LoopResult, fit
from Sketch2CTLib.training.pace import Pace


class Clock:
    """Seconds that pass only where the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Line(nn.Module):
    """One weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))


class TimedTask:
    """Fits one weight to noise; a step and a validation take their time of the clock."""

    name = "timed_task"

    def __init__(self, clock: Clock, step_s: Callable[[int], float], validation_s: float = 4.0) -> None:
        self.clock, self.step_s, self.validation_s = clock, step_s, validation_s
        self.module: nn.Module = Line()
        self.exported: dict[str, Any] = {}

    def loss(self, module: nn.Module, part: BatchPart) -> tuple[Tensor, dict[str, float]]:
        self.clock.now += self.step_s(part.step)
        goal = torch.randn(1, generator=torch.Generator().manual_seed(part.step))
        return (next(module.parameters()) - goal).square().mean(), {}

    def validate(self, module: Any, step: int, folder: Path) -> dict[str, float]:
        self.clock.now += self.validation_s
        return {"weight": float(next(module.parameters()).detach())}

    def export(self, module: nn.Module, provenance: dict[str, Any]) -> None:
        self.exported = provenance


def budgeted(budget_s: float, **rest: Any) -> LoopConfig:
    return LoopConfig(None, budget_s=budget_s, device="cpu", precision="32-true", **rest)


def timed_run(folder: Path, config: LoopConfig, step_s: Callable[[int], float]) -> tuple[LoopResult, float]:
    """The result, and the seconds that it took."""
    clock = Clock()
    result = fit(TimedTask(clock, step_s), config, folder, clock=clock)
    return result, clock.now - 1000.0


def curve(folder: Path) -> list[list[str]]:
    with (folder / "curve.csv").open() as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize("step_s", [0.05, 0.7])
def test_a_run_fills_its_budget_and_ends_with_its_cosine(step_s: float, tmp_path: Path) -> None:
    result, seconds = timed_run(tmp_path, budgeted(300.0), lambda step: 30 * step_s if step == 0 else step_s)
    assert result.finished
    assert 0.85 * 300 < seconds <= 300
    validated = [int(row[0]) for row in curve(tmp_path) if row[1] == "val"]
    assert validated[-1] == result.step
    assert 4 * len(validated) < 0.2 * 300


@pytest.mark.parametrize("factor", [2.0, 0.4])
def test_a_machine_that_changes_its_pace_does_not_move_the_end(factor: float, tmp_path: Path) -> None:
    result, seconds = timed_run(tmp_path, budgeted(400.0), lambda step: 0.5 if step < 150 else 0.5 * factor)
    assert result.finished
    assert 0.75 * 400 < seconds <= 1.1 * 400


def test_more_steps_than_are_of_use_are_not_made(tmp_path: Path) -> None:
    result, seconds = timed_run(tmp_path, budgeted(300.0, most_steps=120), lambda step: 0.1)
    assert (result.step, result.finished) == (120, True)
    assert seconds < 60


def test_a_short_budget_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"25s is too short for 100 steps of timed-task; at least (.*) are needed"
    ) as e:
        timed_run(tmp_path, budgeted(25.0, least_steps=100), lambda step: 1.0)
    named = e.value.message.split("at least ")[1].split("s ")[0]
    result, _ = timed_run(tmp_path / "again", budgeted(float(named), least_steps=100), lambda step: 1.0)
    assert result.step >= 100


def test_the_rate_rises_and_falls_to_a_twentieth() -> None:
    pace = Pace("x", LoopConfig(1000, warmup=100), Clock())
    rates = [pace.rate(step) for step in range(1000)]
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == pytest.approx(1.0) == rates[100]
    assert all(a >= b for a, b in pairwise(rates[100:]))
    assert rates[-1] == pytest.approx(0.05, abs=1e-3)


def test_a_moved_end_leaves_no_jump_in_the_rate() -> None:
    clock = Clock()
    pace = Pace("x", budgeted(100.0, warmup=10), clock)
    for _ in range(30):
        clock.now += 0.1
        pace.took(0.1)
    pace.fix(30, 0.0)
    for _ in range(300):
        clock.now += 0.2
        pace.took(0.2)
    steps, rates = pace.steps, [pace.rate(step) for step in range(400)]
    moved = next(step for step in range(330, 400) if pace.review(step))
    assert pace.steps is not None and steps is not None and pace.steps < steps
    assert pace.rate(moved) == pytest.approx(rates[moved])
    assert pace.rate(pace.steps - 1) < 0.06


def test_a_killed_budgeted_run_follows_the_same_schedule(tmp_path: Path) -> None:
    config = budgeted(120.0, warmup=30, checkpoint_s=5.0)
    timed_run(tmp_path / "whole", config, lambda step: 0.25)

    def until(killed: int) -> Callable[[int], float]:
        def step_s(step: int) -> float:
            if step == killed:
                raise KeyboardInterrupt
            return 0.25

        return step_s

    for killed in (10, 77, 200):  # before the length is fixed, and twice after it
        with pytest.raises(KeyboardInterrupt):
            timed_run(tmp_path / "killed", config, until(killed))
    result, _ = timed_run(tmp_path / "killed", config, lambda step: 0.25)
    assert result.finished
    assert curve(tmp_path / "killed") == curve(tmp_path / "whole")


def test_a_half_written_curve_is_mended(tmp_path: Path) -> None:
    timed_run(tmp_path, LoopConfig(30, device="cpu", precision="32-true"), lambda step: 0.1)
    whole = curve(tmp_path)
    with (tmp_path / "curve.csv").open("a") as stream:
        stream.write("3\0")
    timed_run(tmp_path, LoopConfig(30, device="cpu", precision="32-true"), lambda step: 0.1)
    assert curve(tmp_path) == whole


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*_: object) -> None:
        raise RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed")

    monkeypatch.setattr(torch, "save", short)
    with pytest.raises(OutputError, match="No space left"):
        timed_run(tmp_path, LoopConfig(2, device="cpu", precision="32-true"), lambda step: 0.1)
