"""One sample: its request drawn, judged by the gate, drawn anew where that rejects it, written, and recorded."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .. import __version__
from ..errors import MissingDependency, OutputError, ResourceError, Sketch2CTError
from ..formats import LabelledVolume
from ..generation.chain import chosen_model, run_chain, volume_folder
from ..generation.headers import provenance_fields
from ..generation.model.presets import Preset
from ..generation.pipeline import Pipeline
from ..generation.report.rows import plain
from ..generation.request import GenerationRequest
from ..generation.results import Candidate, GenerationResult
from ..generation.settings import Settings
from ..generation.volumes.own_grid import ScannedMask
from ..service.memory import used_memory_mb
from ..sketch import extract_sketch
from ..weights.store import sha256_of
from .layout import sample_name, write_sample
from .pictures import write_thumbnail
from .plan import SetPlan
from .records import read_record, write_record
from .sources import Task, by_hand, request_of, sampled_row, with_drawing

_ENDS_ALL = (OutputError, ResourceError, MissingDependency)  # no other sample would fare better
_FAULTS = (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError)
_LOOSE = 0.9  # noise strength of the mask that a sampled request's sketch is drawn after
_FEW_STEPS = 12


@dataclass(frozen=True)
class Source:
    """Which weights a worker loads.

    Args:
        models: Model folder; the shipped preset without.
        preset: Name of a shipped preset.
        device: auto, cpu, cuda or cuda:N.
        custom: A preset in place of the named one.
    """

    models: Path | None = None
    preset: str = ""
    device: str = "cpu"
    custom: Preset | None = None

    def load(self, *, volumes: bool) -> Pipeline:
        """The pipeline; its networks are read when first needed.

        Raises:
            WeightsError: There are no such weights.
        """
        model = chosen_model(self.models, self.preset)
        borrowed = volume_folder() if volumes else None
        return Pipeline(model, device=self.device, custom=self.custom, volumes=borrowed)


class Maker:
    """Makes samples of one plan with one set of networks.

    Args:
        plan: The data set.
        source: The weights.
        out: Its folder.
    """

    def __init__(self, plan: SetPlan, source: Source, out: Path) -> None:
        torch.set_num_threads(plan.threads)
        self.plan, self.out = plan, out
        self.pipeline = source.load(volumes=plan.with_volume or plan.source == "masks")

    def make(self, task: Task) -> dict[str, Any]:
        """Makes a sample, whole or not at all, and gives back its record; one that is done stays as it is.

        Raises:
            OutputError: The folder cannot be written.
            ResourceError: Memory or the device is missing.
            MissingDependency: A package is missing.
        """
        done = read_record(self.out, task.index)
        if done is not None:
            return done
        begun = time.monotonic()
        record: dict[str, Any] = {
            "index": task.index,
            "line": task.line,
            "name": "",
            "rejected": [],
            "files": {},
            "error": None,
        }
        try:
            record |= self._made(task)
        except _ENDS_ALL:
            raise
        except Sketch2CTError as error:
            record |= {"status": "failed", "error": error.to_dict()}
        except _FAULTS as error:
            told = {"code": "fault", "message": f"{type(error).__name__}: {str(error)[:500]}", "hint": ""}
            record |= {"status": "failed", "error": told}
        record["bytes"] = sum(one["bytes"] for one in record["files"].values())
        record["memory_mb"] = round(used_memory_mb())
        record["seconds"] = round(time.monotonic() - begun, 3)
        write_record(self.out, plain(record))
        return record

    def _made(self, task: Task) -> dict[str, Any]:
        rejected: list[str] = []
        for attempt in range(self.plan.attempts):
            request, asked = self._request(task, attempt)
            result = run_chain(request, self.pipeline)
            report = result.best.report
            reasons = self.plan.gate.reasons(report)
            told = {"seed": request.seed, "attempt": attempt, "request": asked, "structure": report.structure}
            told |= {"report": report.to_dict()}
            if not reasons:
                return {"status": "accepted", "rejected": rejected, **told, **self._written(result, task)}
            rejected.append(" and ".join(reasons))
            if task.fields.get("seed") is not None:
                break  # it would be the same again
        return {"status": "rejected", "rejected": rejected, **told}

    def _request(self, task: Task, attempt: int) -> tuple[GenerationRequest, dict[str, Any]]:
        """The request of an attempt, and what of it the record tells."""
        rng = np.random.default_rng(self.plan.seeds(task.index, attempt))
        row = sampled_row(self.plan, task, rng)
        request = request_of(row, self.plan, task, rng)
        if self.plan.source == "sampled" and self.plan.drawn:
            request = self._drawn(request, rng)
        numbers = dict(request.description.numbers)
        digests = [one.digest() for one in request.drawings]
        asked = row.model_dump(exclude_defaults=True, exclude={"sketches", "contours"})
        return request, {**asked, "numbers": numbers, "drawings": digests}

    def _drawn(self, request: GenerationRequest, rng: np.random.Generator) -> GenerationRequest:
        """A request with the freehand sketch of a mask that its numbers were drawn to."""
        loose = Settings(min(self.plan.steps, _FEW_STEPS), 1, noise_strength=_LOOSE)
        first = replace(request, with_volume=False, settings=loose, seed=int(rng.integers(2**62)))
        mask = run_chain(first, self.pipeline).best.mask.require_body()
        structure = request.description.structure
        clean = extract_sketch(mask.body, mask.grid, _view(structure), structure=structure)
        return with_drawing(request, by_hand(clean, rng))

    def _written(self, result: GenerationResult, task: Task) -> dict[str, Any]:
        """Writes the files of a result; their names with sizes and hashes."""
        best = result.own if isinstance(result, ScannedMask) and result.own is not None else result.best
        name = sample_name(best.mask.structure, task.index)
        volume = labelled(best, name, provenance_fields(result.provenance), self.plan.created)
        names = write_sample(volume, self.plan, name, self.out)
        files: Mapping[str, Any] = {
            one: {"sha256": sha256_of(self.out / one), "bytes": (self.out / one).stat().st_size} for one in names
        }
        write_thumbnail(volume, task.index, self.out)
        return {"name": name, "modality": volume.modality, "files": files}


def labelled(best: Candidate, name: str, fields: Mapping[str, str], created: str) -> LabelledVolume:
    """A candidate as files hold it. A layout of several organs would come in here, with more structures than one."""
    image = best.image
    return LabelledVolume(
        best.mask.labels,
        (best.mask.structure,),
        best.mask.grid,
        None if image is None else image.values,
        "CT" if image is None else image.modality,
        {**fields, "Sketch2CT_Sample": name, "Sketch2CT_Version": __version__},
        title=name,
        made=datetime.fromisoformat(created),
    )


def _view(structure: str) -> str:
    from .. import catalog

    return catalog.structure(structure).view
