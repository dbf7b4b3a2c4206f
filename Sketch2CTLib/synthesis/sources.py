"""Where requests come from: each source is an endless or finite run of rows, and a row becomes a request by chance that
follows from the plan alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from .. import catalog
from ..data.joint_numbers import joint_numbers, sample_together
from ..data.masks import read_mask
from ..description.model import GeometryDescription
from ..errors import InputError, SketchError
from ..evaluation.hand_drawn import draw_by_hand
from ..frames import PlaneFrame
from ..generation.asking import asked_drawings
from ..generation.request import GenerationRequest
from ..generation.settings import Settings
from ..generation.volumes.context_files import read_context
from ..generation.volumes.own_grid import require_usual_size
from ..sketch import Scale, Sketch, import_drawing
from ..sketch.model import Role
from .groups import organs_of
from .plan import SetPlan
from .rows import Drawing, RequestRow, read_rows

ASKED = ("volume_ml", "extent_rl_mm", "extent_ap_mm", "extent_si_mm")  # of a sampled request: what people state
MASK_SUFFIXES = (".nrrd", ".nii", ".nii.gz", ".mha", ".dcm")


@dataclass(frozen=True)
class Task:
    """One sample to make.

    Args:
        index: Its number, from 0.
        fields: Of its request; empty where it is sampled.
        line: Of the table that it stands in.
        folder: That its paths are relative to.
    """

    index: int
    fields: Mapping[str, Any]
    line: int | None = None
    folder: Path = Path()


def tasks(plan: SetPlan, given: Path | None) -> Iterator[Task]:
    """All tasks of a plan in order, made one after the other.

    Args:
        plan: The data set.
        given: The table, the request or the folder of masks; nothing where requests are sampled.

    Raises:
        InputError: It cannot be read.
    """
    if plan.source == "sampled" or given is None:
        yield from (Task(index, {}) for index in range(plan.count))
    elif plan.source == "table":
        rows = islice(read_rows(given), plan.count)
        yield from (Task(index, row, line, given.parent) for index, (line, row) in enumerate(rows))
    elif plan.source == "variations":
        row = read_request(given)
        yield from (Task(index, row, None, given.parent) for index in range(plan.count))
    else:
        files = mask_files(given)
        for index in range(plan.count):
            yield Task(index, {"mask": str(files[index % len(files)]), "structure": plan.structures[0]}, None, given)


def read_request(path: Path) -> dict[str, Any]:
    """The fields of one request in a JSON file.

    Raises:
        InputError: It cannot be read.
    """
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"The request '{path}' cannot be read ({error}).", hint="Give a JSON object.") from error
    if not isinstance(row, dict):
        raise InputError(f"The request '{path}' is no JSON object.", hint='Write {"structure": "liver", …}.')
    RequestRow.read(row)
    return row


def mask_files(folder: Path) -> list[Path]:
    """The mask files of a folder, by name.

    Raises:
        InputError: It is no folder, or holds none.
    """
    files = sorted(one for one in folder.iterdir() if one.name.endswith(MASK_SUFFIXES)) if folder.is_dir() else []
    if not files:
        raise InputError(f"'{folder}' holds no masks.", hint=f"Give a folder with {', '.join(MASK_SUFFIXES)} files.")
    return files


def inputs_digest(given: Path | None) -> str:
    """SHA-256 of what requests are read from; of a folder, of the names and sizes of its masks."""
    if given is None:
        return ""
    if given.is_dir():
        listed = [(one.name, one.stat().st_size) for one in mask_files(given)]
        return hashlib.sha256(json.dumps(listed).encode()).hexdigest()
    with given.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sampled_row(plan: SetPlan, task: Task, rng: np.random.Generator) -> RequestRow:
    """The request of a task, before anything is drawn for it.

    Args:
        plan: The data set.
        task: Its sample.
        rng: Of the attempt.

    Raises:
        InputError: The row cannot be used.
    """
    if plan.source == "sampled":
        organs = organs_of(plan.structures[task.index % len(plan.structures)])
        if len(organs) == 1:
            return RequestRow(structure=organs[0], numbers=_asked(joint_numbers(organs[0]).sample(rng)))
        drawn = sample_together(organs, rng)
        told = [{"structure": name, "numbers": _asked(drawn[name])} for name in organs]
        return RequestRow.model_validate({"organs": [{"description": one, "place": "usual"} for one in told]})
    if "error" in task.fields:
        raise InputError(f"The request cannot be read: {task.fields['error']}.", hint="Correct the table.")
    return RequestRow.read(task.fields)


def _asked(numbers: Mapping[str, float]) -> dict[str, float]:
    """What of a body's numbers is asked."""
    return {name: numbers[name] for name in ASKED}


def request_of(row: RequestRow, plan: SetPlan, task: Task, rng: np.random.Generator) -> GenerationRequest:
    """A row of one organ as the chain takes it; of variations with numbers and drawings varied.

    Args:
        row: The request.
        plan: The data set.
        task: Its sample.
        rng: Of the attempt.

    Raises:
        InputError: Something of it cannot be used.
    """
    own = row.model_dump(include={"text", "numbers", "words", "tolerances", "unknown"}, exclude_defaults=True)
    if row.description is not None and own:
        raise InputError(f"Both a description and {', '.join(own)} are given.", hint="Give one of them.")
    structure = row.structure or (row.description or {}).get("structure") or plan.organs[0]
    description = GeometryDescription.checked((row.description or own) | {"structure": structure})
    drawings: list[Sketch] = []
    if row.mask is None:
        shadows = [
            _drawing(one, "silhouette", row, description.structure, task.folder) for one in _listed(row.sketches)
        ]
        cuts = [_drawing(one, "contour", row, description.structure, task.folder) for one in _listed(row.contours)]
        drawings = list(asked_drawings(shadows, cuts, None, description.structure, has_mask=plan.source == "sampled"))
    if plan.source == "variations" and row.mask is None:
        description, drawings = varied(description, drawings, plan.vary, common_size(plan.vary, rng), rng)
    seed = int(rng.integers(2**62)) if row.seed is None else row.seed
    return GenerationRequest(
        description,
        tuple(drawings),
        seed=seed,
        with_volume=plan.with_volume or row.mask is not None,
        settings=settings_of(plan),
        context=None if row.context is None else read_context(task.folder / row.context),
        mask=None if row.mask is None else _mask(task.folder / row.mask, row.label),
        own_grid=row.mask is not None,
    )


def settings_of(plan: SetPlan) -> Settings:
    """How samples are drawn."""
    return Settings(plan.steps, plan.steps, noise_strength=plan.noise_strength, paint=plan.paint, full_hu=plan.full_hu)


def with_drawing(request: GenerationRequest, sketch: Sketch) -> GenerationRequest:
    """A request with a drawing."""
    return replace(request, drawings=(sketch,))


def by_hand(sketch: Sketch, rng: np.random.Generator) -> Sketch:
    """A clean sketch as someone draws it freehand."""
    return draw_by_hand(sketch, rng)


def common_size(vary: float, rng: np.random.Generator) -> float:
    """The logarithm of a factor of size that all numbers of a variation share."""
    return float(rng.normal(0.0, vary / 3.0))


def varied(
    description: GeometryDescription, drawings: Sequence[Sketch], vary: float, size: float, rng: np.random.Generator
) -> tuple[GeometryDescription, list[Sketch]]:
    """Numbers off by a common factor of size and a little each; drawings drawn again by hand.

    Volumes change with the cube of the factor, areas with its square.

    Args:
        description: The numbers.
        drawings: Of the same organ.
        vary: The spread.
        size: Logarithm of the factor.
        rng: Of the attempt.
    """
    numbers = dict(description.numbers)
    for name in numbers:
        power = {"ml": 3.0, "cm2": 2.0, "mm": 1.0}.get(name.rsplit("_", 1)[-1])
        if power is not None:
            numbers[name] = float(f"{numbers[name] * np.exp(power * size + rng.normal(0.0, vary / 10.0)):.4g}")
    fields = description.model_dump() | {"numbers": numbers}
    return GeometryDescription.checked(fields), [draw_by_hand(one, rng) for one in drawings]


def _listed(given: Drawing | list[Drawing] | None) -> list[Drawing]:
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _drawing(given: Drawing, role: Role, row: RequestRow, structure: str, folder: Path) -> Sketch:
    """A drawing of a row: JSON as it stands, or a file; pictures lie on the structure's own view."""
    if isinstance(given, dict):
        sketch = Sketch.from_dict(given)
    else:
        wanted = catalog.structure(structure)
        plane = PlaneFrame.standard(wanted.view, wanted.cube_mm)
        scale = Scale.parse(row.scale) if row.scale else None
        sketch = import_drawing(folder / given, plane=plane, structure=structure, scale=scale).sketch
    if sketch.role != role:
        raise SketchError(f"A {sketch.role} is given as a {role}.", hint="Give it under its own name.")
    return sketch


def _mask(path: Path, label: str | int | None) -> Any:
    require_usual_size(path, "mask")
    return read_mask(path, label)
