"""How many steps a run has, and the learning rate that follows: stated, or as many as a time budget holds.

Under a budget the first steps are timed, the number that fits is fixed once, validations included, and kept in the
checkpoint: a resumed run goes on along the same cosine. Only a machine that turns out slower or faster than it was at
the start moves the end of the cosine, so that the run still ends within its budget.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from ..errors import ConfigError

_SETTLE = 3  # steps of a call that are not timed: memory is allocated and kernels are chosen
_TIMED = 20
_PROBE_SHARE = 0.1  # of the budget; where steps are long, fewer are timed
_MARGIN = 0.03  # of the time left, for checkpoints, logs and the export
_VALIDATION_SHARE = 0.1  # of the time left, and at most so many validations:
_MOST_VALIDATIONS = 10
_REVIEW = 50  # steps between looks at the clock
_LATE, _EARLY = 0.03, 0.2  # of the budget: how far a forecast may miss it before the end moves
_WARMUP_PART = 5  # a short run warms up for a fifth of its steps
_LAST_RATE = 0.05  # of the peak


@dataclass(frozen=True)
class LoopConfig:
    """How long and how.

    Args:
        steps: Optimiser steps of the whole run; the learning rate falls to 5 % of its peak by then (cosine). None
            leaves them to `budget_s`.
        batch: Samples a step, on all devices together.
        lr: Peak learning rate of AdamW; warmup: steps of linear rise (at most a fifth of the run).
        ema: Decay of the averaged weights.
        weight_decay, betas: Of AdamW.
        clip: Gradient norm limit.
        seed: Seed of batches, noise and drop-out; with the step it decides everything random.
        validate_every: Steps between validations (and pictures); with `steps=None` at most ten, within a tenth of the
            time.
        checkpoint_s: Seconds between checkpoints.
        budget_s: With `steps`: stop (resumably) after so many seconds of this call; None runs to the end. With
            `steps=None`: seconds that the whole run may take, former calls counted.
        budget_of_s: What `budget_s` is a share of, if it is; messages speak of it.
        least_steps, most_steps: With `steps=None`: a budget that holds fewer is refused, one that holds more is not
            used up.
        device: auto, cpu, cuda, cuda:N or mps.
        devices, nodes: On how many devices of each of how many machines, each with a process of its own.
        accumulate: In how many parts, one after the other, each device computes its share of a batch.
        precision: Fabric's precision; None takes bf16-mixed where the device multiplies it, else 32-true.
    """

    steps: int | None
    batch: int = 8
    lr: float = 2e-4
    warmup: int = 100
    ema: float = 0.999
    weight_decay: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.99)
    clip: float = 1.0
    seed: int = 1
    validate_every: int = 500
    checkpoint_s: float = 240.0
    budget_s: float | None = None
    budget_of_s: float | None = None
    least_steps: int = 50
    most_steps: int | None = None
    device: str = "auto"
    devices: int = 1
    nodes: int = 1
    accumulate: int = 1
    precision: str | None = None

    def __post_init__(self) -> None:
        if (self.steps is not None and self.steps < 1) or self.batch < 1 or not self.lr > 0 or self.validate_every < 1:
            raise ConfigError(f"Training needs positive steps, batch, rate and validation interval, got {self}.")
        if self.steps is None and not (self.budget_s and self.budget_s > 0):
            raise ConfigError("Training needs a number of steps or a time budget.", hint="Give --steps or --budget.")
        if min(self.devices, self.nodes, self.accumulate) < 1:
            raise ConfigError(f"Training needs one or more devices, machines and parts of a batch, got {self}.")
        if self.batch % (self.processes * self.accumulate):
            raise ConfigError(
                f"A batch of {self.batch} cannot be shared out to {self.processes} devices in {self.accumulate} parts.",
                hint=f"Give a --batch that is a multiple of {self.processes * self.accumulate}.",
            )

    @property
    def processes(self) -> int:
        """How many devices train together."""
        return self.devices * self.nodes

    def parts(self, rank: int) -> list[range]:
        """Positions in the global batch that a device computes, a range for each part, all of one length."""
        size = self.batch // (self.processes * self.accumulate)
        first = rank * self.accumulate
        return [range(n * size, (n + 1) * size) for n in range(first, first + self.accumulate)]


@dataclass(frozen=True)
class Course:
    """What is fixed of a run: its end, its validations, and where the cosine stood when that was fixed.

    Args:
        steps: Optimiser steps of the whole run.
        validate_every: Steps between validations.
        start: Step at which this course began; done: part of the cosine behind it then.
        validation_s: Seconds of a validation.
    """

    steps: int
    validate_every: int
    start: int = 0
    done: float = 0.0
    validation_s: float = 0.0


class Pace:
    """Steps, learning rate and validations of a run.

    Args:
        name: Of the stage, for messages.
        config: Length, stated or left to the budget.
        clock: Seconds that only grow.
        spent_s: What former calls took.
        course: What the checkpoint says was fixed; ignored where the configuration states the steps.
    """

    def __init__(
        self,
        name: str,
        config: LoopConfig,
        clock: Callable[[], float],
        spent_s: float = 0.0,
        course: dict[str, Any] | None = None,
    ) -> None:
        self.name, self.config, self._clock = name, config, clock
        self._began, self._spent_s = clock(), spent_s
        self._seen, self._seen_s = 0, 0.0
        self._times: deque[float] = deque(maxlen=max(_TIMED, _REVIEW))
        self.course: Course | None = None
        if config.steps is not None:
            self.course = Course(config.steps, config.validate_every, self._warmup(config.steps))
        elif course is not None:
            self.course = Course(**course)

    @property
    def budgeted(self) -> bool:
        """Whether the number of steps is left to the budget."""
        return self.config.steps is None

    @property
    def seconds(self) -> float:
        """Seconds of the whole run so far, former calls counted."""
        return self._spent_s + self._clock() - self._began

    @property
    def steps(self) -> int | None:
        """Steps of the whole run, None until they are fixed."""
        return self.course.steps if self.course else None

    def kept(self) -> dict[str, Any] | None:
        """What a checkpoint keeps of it."""
        return asdict(self.course) if self.course and self.budgeted else None

    def open(self, step: int) -> bool:
        """Whether there are steps to do after `step` of them."""
        return self.course is None or step < self.course.steps

    def validates(self, step: int) -> bool:
        """Whether a validation is due after `step` steps."""
        return self.course is not None and (step % self.course.validate_every == 0 or step >= self.course.steps)

    def rate(self, step: int) -> float:
        """Learning rate of a step as a part of its peak: a linear rise, then a cosine down to 5 %."""
        course = self.course
        warmup = self.config.warmup if course is None else self._warmup(course.steps)
        if step < warmup:
            return (step + 1) / warmup
        if course is None:
            return 1.0
        return _LAST_RATE + (1.0 - _LAST_RATE) * 0.5 * (1.0 + math.cos(math.pi * self._done(course, step)))

    def took(self, seconds: float) -> None:
        """Notes the time of a step."""
        self._seen += 1
        self._seen_s += seconds
        if self._seen > _SETTLE:
            self._times.append(seconds)

    def to_be_fixed(self) -> bool:
        """Whether enough steps were timed to fix their number."""
        if self.course is not None or not self._seen:
            return False
        return len(self._times) >= _TIMED or self._clock() - self._began > _PROBE_SHARE * self._budget_s

    def fix(self, step: int, validation_s: float) -> None:
        """Fixes the number of steps after `step` of them.

        Raises:
            ConfigError: The budget does not hold `least_steps`.
        """
        usable, step_s = self._usable_s(), self._step_s()
        least = self.config.least_steps
        wanted = _VALIDATION_SHARE * usable // validation_s if validation_s > 0 else _MOST_VALIDATIONS
        for validations in (min(_MOST_VALIDATIONS, max(1.0, wanted)), 1.0):
            steps = step + self._capped(step, int((usable - validations * validation_s) / step_s))
            if steps >= least:
                break
        else:
            more_s = (max(0, least - step) + 1) * step_s + validation_s
            needed = self.seconds + more_s / (1.0 - _MARGIN)
            whole = self.config.budget_of_s or self._budget_s
            raise too_short(whole, f"{least} steps of {self.name}", needed * max(1.0, whole / self._budget_s))
        every = math.ceil(steps / validations)
        self.course = Course(steps, every, max(step, self._warmup(steps)), 0.0, validation_s)

    def review(self, step: int) -> bool:
        """Moves the end where the budget would be missed otherwise; True if it did (and a checkpoint is due)."""
        course = self.course
        if not self.budgeted or course is None or step >= course.steps or not self._times:
            return False
        left = self._budget_s - self.seconds
        seen_enough = len(self._times) >= _TIMED // 2 and step % max(1, min(_REVIEW, course.steps // 20)) == 0
        if left > 0 and not seen_enough:
            return False
        validations = math.ceil(course.steps / course.validate_every) - step // course.validate_every
        ahead = validations * course.validation_s
        late = ahead + (course.steps - step) * self._step_s() - left
        if -_EARLY * self._budget_s < late < _LATE * self._budget_s:
            return False
        steps = step + self._capped(step, int((self._usable_s() - ahead) / self._step_s()))
        if steps == course.steps:
            return False
        start = max(step, self._warmup(steps))
        self.course = Course(steps, course.validate_every, start, self._done(course, start), course.validation_s)
        return True

    @property
    def _budget_s(self) -> float:
        return self.config.budget_s or 0.0

    def _usable_s(self) -> float:
        return (1.0 - _MARGIN) * max(0.0, self._budget_s - self.seconds)

    def _step_s(self) -> float:
        mean = self._seen_s / max(1, self._seen)
        return max(median(self._times) if self._times else mean, 1e-6)

    def _capped(self, step: int, more: int) -> int:
        most = self.config.most_steps
        return max(0, more if most is None else min(more, most - step))

    def _warmup(self, steps: int) -> int:
        return min(self.config.warmup, max(1, steps // _WARMUP_PART))

    @staticmethod
    def _done(course: Course, step: int) -> float:
        if step <= course.start:
            return course.done
        part = (step - course.start) / max(1, course.steps - course.start)
        return min(1.0, course.done + (1.0 - course.done) * part)


def too_short(budget_s: float, what: str, needed_s: float) -> ConfigError:
    """The error of a budget that does not hold what it should."""
    least = told_duration(max(needed_s, budget_s), up=True)
    return ConfigError(
        f"{told_duration(budget_s)} is too short for {what}; at least {least} are needed.",
        hint=f"Give --budget {least} or more (the time already spent counts), or a smaller --preset.",
    )


def told_duration(seconds: float, *, up: bool = False) -> str:
    """'25s', '4min' or '2.5h'; rounded up where it is a least."""
    turn = math.ceil if up else round
    if seconds < 120:
        return f"{turn(seconds)}s"
    if seconds < 7200:
        return f"{turn(seconds / 60)}min"
    return f"{turn(seconds / 360) / 10:g}h"
