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
from ..generation.chain import AnyRequest, AnyResult, chosen_model, run_any, run_chain, volume_folder
from ..generation.headers import provenance_fields
from ..generation.layouts.files import write_layout
from ..generation.model.presets import Preset
from ..generation.organs.labelled import labelled_organs
from ..generation.organs.run import OrgansResult, summary
from ..generation.pipeline import Pipeline
from ..generation.report.rows import plain
from ..generation.request import GenerationRequest
from ..generation.results import Candidate
from ..generation.settings import Settings
from ..generation.volumes.own_grid import ScannedMask
from ..service.memory import used_memory_mb
from ..sketch import extract_sketch
from ..weights.store import sha256_of
from .groups import TOGETHER
from .layout import layout_name, sample_name, write_sample
from .organs import gate_reasons, organs_request, reports_of
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
            result = run_any(request, self.pipeline)
            told = {"seed": request.seed, "attempt": attempt, "request": asked, **_told(result)}
            reasons = gate_reasons(self.plan.gate, reports_of(result))
            volume = None if reasons else self._labelled(result, task)
            if volume is not None:
                reasons = unseen(volume)
            if volume is not None and not reasons:
                return {"status": "accepted", "rejected": rejected, **told, **self._written(result, volume, task)}
            rejected.append(" and ".join(reasons))
            if task.fields.get("seed") is not None:
                break  # it would be the same again
        return {"status": "rejected", "rejected": rejected, **told}

    def _request(self, task: Task, attempt: int) -> tuple[AnyRequest, dict[str, Any]]:
        """The request of an attempt, and what of it the record tells."""
        rng = np.random.default_rng(self.plan.seeds(task.index, attempt))
        row = sampled_row(self.plan, task, rng)
        drawn = self.plan.source == "sampled" and self.plan.drawn
        if row.organs:
            several = organs_request(row, self.plan, task, rng)
            if drawn:
                several = replace(several, organs=tuple(self._drawn(one, rng) for one in several.organs))
            return several, {"organs": {one.description.structure: _asked(one) for one in several.organs}}
        request = request_of(row, self.plan, task, rng)
        if drawn:
            request = self._drawn(request, rng)
        asked = row.model_dump(exclude_defaults=True, exclude={"sketches", "contours"})
        return request, {**asked, **_asked(request)}

    def _drawn(self, request: GenerationRequest, rng: np.random.Generator) -> GenerationRequest:
        """A request with the freehand sketch of a mask that its numbers were drawn to."""
        loose = Settings(min(self.plan.steps, _FEW_STEPS), 1, noise_strength=_LOOSE)
        first = replace(request, with_volume=False, settings=loose, seed=int(rng.integers(2**62)))
        mask = run_chain(first, self.pipeline).best.mask.require_body()
        structure = request.description.structure
        clean = extract_sketch(mask.body, mask.grid, _view(structure), structure=structure)
        return with_drawing(request, by_hand(clean, rng))

    def _labelled(self, result: AnyResult, task: Task) -> LabelledVolume:
        """A result as files hold it."""
        name = sample_name(tuple(reports_of(result)), task.index)
        if isinstance(result, OrgansResult):
            volume = labelled_organs(result, name)
            return replace(volume, fields=_fields(volume.fields, name), made=datetime.fromisoformat(self.plan.created))
        best = result.own if isinstance(result, ScannedMask) and result.own is not None else result.best
        return labelled(best, name, provenance_fields(result.provenance), self.plan.created)

    def _written(self, result: AnyResult, volume: LabelledVolume, task: Task) -> dict[str, Any]:
        """Writes the files of a result; their names with sizes and hashes."""
        scan = result.scan if isinstance(result, OrgansResult) else result.best.image
        names = write_sample(volume, self.plan, volume.title, self.out)
        if scan is not None and scan.layout is not None:
            names.append(layout_name(self.plan, volume.title))
            write_layout(self.out / names[-1], scan.layout, volume.fields)
        files: Mapping[str, Any] = {
            one: {"sha256": sha256_of(self.out / one), "bytes": (self.out / one).stat().st_size} for one in names
        }
        write_thumbnail(volume, task.index, self.out)
        return {"name": volume.title, "modality": volume.modality, "files": files}


def _asked(request: GenerationRequest) -> dict[str, Any]:
    """What of a request of one organ the record tells beside its row."""
    digests = [one.digest() for one in request.drawings]
    return {"numbers": dict(request.description.numbers), "drawings": digests}


def _told(result: AnyResult) -> dict[str, Any]:
    """What of a result the record tells: the report of its organ, or of several, and of the whole."""
    reports = {name: report.to_dict() for name, report in reports_of(result).items()}
    if not isinstance(result, OrgansResult):
        ((name, report),) = reports.items()
        return {"structure": name, "report": report}
    told = {"structure": TOGETHER.join(reports), "organs": reports, "verdict": summary(result)}
    return told | {"notes": list(result.notes)}


def unseen(volume: LabelledVolume) -> list[str]:
    """Why a sample of several organs is rejected whose labels do not show one of them."""
    seen = set(np.unique(volume.labels).tolist())
    missing = [name for number, name in enumerate(volume.structures, start=1) if number not in seen]
    return [f"{name}: beyond the scan" for name in missing if len(volume.structures) > 1]


def labelled(best: Candidate, name: str, fields: Mapping[str, str], created: str) -> LabelledVolume:
    """A candidate as files hold it."""
    image = best.image
    return LabelledVolume(
        best.mask.labels,
        (best.mask.structure,),
        best.mask.grid,
        None if image is None else image.values,
        "CT" if image is None else image.modality,
        _fields(fields, name),
        title=name,
        made=datetime.fromisoformat(created),
    )


def _fields(provenance: Mapping[str, str], name: str) -> dict[str, str]:
    return {**provenance, "Sketch2CT_Sample": name, "Sketch2CT_Version": __version__}


def _view(structure: str) -> str:
    from .. import catalog

    return catalog.structure(structure).view
