"""What a running job tells: its progress and the time that is left, previews, and its result with its files."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING

from .protocol.events import CandidateSummary, FileOut, Preview, Progress, Result
from .ticket import Ticket

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ..generation.chain import AnyResult
    from ..generation.organs.run import OrgansResult
    from ..generation.values import MaskVolume

StepSeconds = dict[str, float]  # stage → seconds of one step, as last measured
STAGES = ("mask", "volume")
MOST_PREVIEWS = 8
PREVIEW_FILE, GLIMPSE_FILE = "preview_{:02d}.nrrd", "glimpse_{:03d}.nrrd"
GLIMPSES_KEPT = 3  # the older ones are removed: only the latest is of use


class ProgressEstimator:
    """The progress of one job, by the seconds of its own steps and of those of former jobs.

    Args:
        expected: Stage → steps of one pass, in order; a stage may be left out.
        passes: Stage → number of passes: the volume stage has one for each candidate.
        step_seconds: The seconds of a step in former jobs; they are updated here.
        clock: Gives the time in seconds, and only ever goes forward.
    """

    def __init__(
        self,
        expected: dict[str, int],
        passes: dict[str, int],
        step_seconds: StepSeconds,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._steps, self._passes, self._step_seconds, self._clock = dict(expected), passes, step_seconds, clock
        self._begun = self._stage_begun = clock()
        self._stage, self._first, self._pass, self._last = "", 0, 0, -1

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
            self._step_seconds[stage] = (now - self._stage_begun) / (done - self._first)
        return Progress(
            stage=stage, step=done, steps=of, eta_s=self._eta(stage, of - done), elapsed_s=round(now - self._begun, 3)
        )

    def _eta(self, stage: str, left: int) -> float | None:
        """Seconds until the last step of the last stage; a stage that was never timed is taken to go like this one."""
        order = [name for name in STAGES if name in self._steps]
        later = order[order.index(stage) + 1 :] if stage in order else order if stage == "load" else []
        work = {name: self._steps[name] * self._passes.get(name, 1) for name in later}
        if stage in order and left:
            work[stage] = left
        times_s = [
            count * self._step_seconds.get(name, self._step_seconds.get(stage, nan)) for name, count in work.items()
        ]
        left_s = sum(times_s)
        return None if isnan(left_s) else round(left_s, 2)


def preview_drawn_masks(ticket: Ticket) -> Callable[[MaskVolume, int, int], None]:
    """A function that sends drawn masks, which wait for their scans, as previews."""

    def show(mask: MaskVolume, number: int, of: int) -> None:
        if number < MOST_PREVIEWS:
            _send_preview(ticket, mask, PREVIEW_FILE.format(number + 1), number + 1, of)

    return show


def preview_unfinished_masks(ticket: Ticket, candidates: int) -> Callable[[MaskVolume], None]:
    """A function that sends masks that are still being drawn as previews."""
    count = 0

    def glimpse(mask: MaskVolume) -> None:
        nonlocal count
        count += 1
        _send_preview(ticket, mask, GLIMPSE_FILE.format(count), 0, candidates)
        (ticket.folder / GLIMPSE_FILE.format(count - GLIMPSES_KEPT)).unlink(missing_ok=True)

    return glimpse


def _send_preview(ticket: Ticket, mask: MaskVolume, name: str, candidate: int, of: int) -> None:
    """Writes a mask as a preview and sends its event; an empty mask is left out."""
    from ..frames import write_nrrd

    ticket.check()
    if not mask.is_empty:
        path = ticket.folder / name
        write_nrrd(path, mask.labels, mask.grid, {"Synthetic": "1", "Sketch2CT_Preview": str(candidate)})
        file = _file_out(path, ticket.folder)
        ticket.say(Preview(file=file, candidate=candidate, of=of, folder=str(ticket.folder)))


def write_files(result: AnyResult, ticket: Ticket, pictures: bool, pool: Executor | None = None) -> Result:
    """Writes the files of a result to the job's folder; gives back the event that names them.

    Args:
        result: What was generated.
        ticket: The job.
        pictures: Whether pictures are among them; pool: draws those.
    """
    from ..generation.candidates import candidate_score, next_contour
    from ..generation.files import write_result
    from ..generation.organs.run import OrgansResult

    ticket.check()
    if isinstance(result, OrgansResult):
        return _write_organs(result, ticket, pictures, pool)
    paths = write_result(result, ticket.folder, merge=True, pictures=pictures, pool=pool)
    ticket.check()
    folders = [".", *(f"candidate_{n:02d}" for n in range(2, len(result.candidates) + 1))]
    summaries = [
        CandidateSummary(
            folder=folder, verdict=one.report.verdict, met=one.report.met, score=candidate_score(one.report)
        )
        for folder, one in zip(folders, result.candidates, strict=True)
    ]
    return Result(
        files=tuple(_file_out(path, ticket.folder) for path in paths.values()),
        folder=str(ticket.folder),
        candidates=tuple(summaries),
        report=result.best.report.to_dict(),
        notes=tuple(result.best.report.notes),
        agreement=None if result.agreement is None else result.agreement.to_dict(),
        next_contour=next_contour(result.agreement, result.drawings),
    )


def _write_organs(result: OrgansResult, ticket: Ticket, pictures: bool, pool: Executor | None) -> Result:
    """Several organs: a summary each, by the folder of the organ."""
    from ..generation.candidates import candidate_score
    from ..generation.organs.files import organs_document, write_organs

    paths = write_organs(result, ticket.folder, merge=True, pictures=pictures, pool=pool)
    ticket.check()
    summaries = [
        CandidateSummary(folder=name, verdict=one.verdict, met=one.met, score=candidate_score(one))
        for name, one in zip(result.structures, (organ.best.report for organ in result.results), strict=True)
    ]
    return Result(
        files=tuple(_file_out(path, ticket.folder) for path in paths.values()),
        folder=str(ticket.folder),
        candidates=tuple(summaries),
        report=organs_document(result, list(paths)),
        notes=result.notes,
    )


def _file_out(path: Path, folder: Path) -> FileOut:
    content = path.read_bytes()
    name = path.relative_to(folder).as_posix()
    return FileOut(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
