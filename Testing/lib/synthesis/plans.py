"""Plans of tiny data sets, and their makers without Ray."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tiny import tiny_preset

from Sketch2CTLib.synthesis.gate import Gate
from Sketch2CTLib.synthesis.making import Maker, Source
from Sketch2CTLib.synthesis.plan import SetPlan
from Sketch2CTLib.synthesis.sources import tasks

ANY = Gate(grade="any", copies=False)  # networks that were trained for a moment meet nothing


def tiny_source(models: Path) -> Source:
    return Source(models, "", "cpu", tiny_preset())


def tiny_plan(**changed: object) -> SetPlan:
    usual = {"source": "sampled", "count": 3, "structures": ("liver",), "steps": 2, "attempts": 1, "gate": ANY}
    usual |= {"with_volume": False, "created": "2026-01-02T03:04:05"}
    return SetPlan(**(usual | changed))  # type: ignore[arg-type]


def made(plan: SetPlan, models: Path, out: Path, given: Path | None = None) -> list[dict]:
    """The records of all samples, made in this process."""
    maker = Maker(plan, tiny_source(models), out)
    return [maker.make(task) for task in tasks(plan, given)]


def digests(out: Path) -> dict[str, str]:
    """SHA-256 of the samples' files."""
    parts = ("images", "labels", "imagesTr", "labelsTr")
    files = [one for part in parts for one in sorted((out / part).glob("*")) if one.is_file()]
    return {one.relative_to(out).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}
