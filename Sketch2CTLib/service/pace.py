"""How far a job is and how long it will take, by the seconds of its own steps and of those of former jobs."""

from __future__ import annotations

import time
from collections.abc import Callable

from .protocol.events import Progress

Rates = dict[str, float]  # stage → seconds of one step, as last measured
STAGES = ("mask", "volume")


class Pace:
    """The progress of one job. Its clock only ever goes forward: a clock that is set does not matter.

    Args:
        expected: Stage → steps of one pass, in order; a stage may be left out.
        passes: Stage → how often it is passed through: the volume stage once a candidate.
        rates: What former jobs took; brought up to date here.
        clock: In seconds.
    """

    def __init__(
        self,
        expected: dict[str, int],
        passes: dict[str, int],
        rates: Rates,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._steps, self._passes, self._rates, self._clock = dict(expected), passes, rates, clock
        self._begun = self._stage_begun = clock()
        self._stage, self._first, self._pass, self._last = "", 0, 0, -1

    @property
    def elapsed_s(self) -> float:
        """Since the job began."""
        return self._clock() - self._begun

    def at(self, stage: str, step: int, steps: int) -> Progress:
        """The progress at `step` of `steps` of one pass, as the chain tells it, over all passes of the stage."""
        now = self._clock()
        if stage != self._stage:
            self._stage, self._first, self._stage_begun, self._pass = stage, step, now, 0
        elif step < self._last:
            self._pass += 1
        self._last = step
        self._steps[stage] = steps
        of = steps * max(self._passes.get(stage, 1), self._pass + 1)
        done = min(self._pass * steps + step, of)
        if done > self._first and stage in STAGES:
            self._rates[stage] = (now - self._stage_begun) / (done - self._first)
        return Progress(
            stage=stage, step=done, steps=of, eta_s=self._eta(stage, of - done), elapsed_s=round(now - self._begun, 3)
        )

    def _eta(self, stage: str, left: int) -> float | None:
        """Seconds until the last step of the last stage; a stage of unknown pace is taken to go like this one."""
        order = [name for name in STAGES if name in self._steps]
        later = order[order.index(stage) + 1 :] if stage in order else order if stage == "load" else []
        work = {name: self._steps[name] * self._passes.get(name, 1) for name in later}
        if stage in order and left:
            work[stage] = left
        paces = {name: self._rates.get(name, self._rates.get(stage)) for name in work}
        if any(pace is None for pace in paces.values()):
            return None
        return round(sum(count * (paces[name] or 0.0) for name, count in work.items()), 2)
