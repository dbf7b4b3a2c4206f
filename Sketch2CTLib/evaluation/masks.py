"""`sketch2ct evaluate masks`: real cases asked for by their own sketch and numbers, measured against themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..data.prepared import PreparedCase, PreparedSet
from ..description.words import sentences
from ..errors import DatasetError
from ..generation.conditions import Request
from ..generation.pipeline import Pipeline, Settings
from ..sketch import Sketch, extract_sketch, silhouette
from .baselines import BASELINES, Baseline
from .overlap import assd_mm, dice, hd95_mm, silhouette_iou, volume_error
from .placing import centroid_from_numbers
from .table import CaseRow

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class MaskEvaluation:
    """What to measure.

    Args:
        split: Cases to measure.
        structures: Only these; all that the model knows and the folder holds if empty.
        settings: How masks are drawn.
        seed: Seed of the first sample.
        shuffle: Also ask with sketches and with numbers of another case, to show that both are used.
        train_split: Where baselines learn from.
    """

    split: str = "val"
    structures: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    seed: int = 1
    shuffle: bool = True
    train_split: str = "train"


def evaluate_masks(
    prepared: PreparedSet,
    pipeline: Pipeline,
    config: MaskEvaluation,
    *,
    learn_from: PreparedSet | None = None,
    progress: Progress | None = None,
) -> list[CaseRow]:
    """Rows of every case and method.

    Methods: `sketch2ct` (as shipped: the mean of the preset's draws), `single_draw` (one draw), `network_alone` (one
    draw, no projection, no level shift), `sketch_shuffled`, `numbers_shuffled`, and the baselines, which are given the
    true volume, silhouette and centre of mass; they learn from the training split of `learn_from` (default: the same
    folder).

    Raises:
        DatasetError: The folder has no such cases.
    """
    wanted = config.structures or pipeline.structures
    cases = [c for name in wanted for c in prepared.cases(config.split, name)]
    if not cases:
        raise DatasetError(f"'{prepared.folder}' has no '{config.split}' cases of {', '.join(wanted)}.")
    rows: list[CaseRow] = []
    for name in dict.fromkeys(c.structure for c in cases):
        of_structure = [c for c in cases if c.structure == name]
        baselines = fitted_baselines((learn_from or prepared).cases(config.train_split, name), name)
        asked = [AskedCase.of(c) for c in of_structure]
        for position, one in enumerate(asked):
            if progress:
                progress(len({(r.structure, r.case) for r in rows}), len(cases), one.case.key)
            other = asked[(position + 1) % len(asked)] if config.shuffle and len(asked) > 1 else None
            rows += _measure_case(one, other, pipeline, baselines, config)
    return rows


@dataclass(frozen=True)
class AskedCase:
    """A real case with the sketch and numbers that are asked of it."""

    case: PreparedCase
    mask: NDArray[np.bool_]
    sketch: Sketch
    numbers: dict[str, float]

    @classmethod
    def of(cls, case: PreparedCase) -> AskedCase:
        """The case with its own extracted sketch and measured numbers."""
        mask = case.mask()
        structure = catalog.structure(case.structure)
        sketch = extract_sketch(mask, case.grid, structure.view, structure=structure.name)
        return cls(case, mask, sketch, case.metrics)

    def request(self, *, sketch: Sketch | None = None, numbers: dict[str, float] | None = None) -> Request:
        """What is asked; another case's sketch or numbers in place of its own, if given."""
        told = self.numbers if numbers is None else numbers
        words = sentences(self.case.structure, told)
        return Request(self.case.structure, self.sketch if sketch is None else sketch, told, tuple(words))


def _measure_case(
    one: AskedCase, other: AskedCase | None, pipeline: Pipeline, baselines: Sequence[Baseline], config: MaskEvaluation
) -> list[CaseRow]:
    grid = one.case.grid

    def draw(request: Request, settings: Settings) -> NDArray[np.bool_]:
        return pipeline.masks(request, grid, (config.seed,), settings)[0].mask.body

    single = replace(config.settings, draws=1)
    alone = replace(single, follow=False, match_volume=False)
    bodies = {
        "sketch2ct": draw(one.request(), config.settings),
        "single_draw": draw(one.request(), single),
        "network_alone": draw(one.request(), alone),
    }
    if other is not None:
        bodies["sketch_shuffled"] = draw(one.request(sketch=other.sketch), config.settings)
        bodies["numbers_shuffled"] = draw(one.request(numbers=other.numbers), config.settings)
    outline = silhouette(one.sketch, grid.shape_kji[0], size_mm=float(grid.size_mm[0]))
    asked_ml = one.numbers["volume_ml"]
    centroid_ras = centroid_from_numbers(one.numbers, grid)
    for baseline in baselines:
        bodies[baseline.name] = baseline.predict(outline, asked_ml, grid, centroid_ras=centroid_ras)
    return [_row(one, method, body, outline) for method, body in bodies.items()]


def _row(one: AskedCase, method: str, body: NDArray[np.bool_], outline: NDArray[np.bool_]) -> CaseRow:
    grid, asked_ml = one.case.grid, one.numbers["volume_ml"]
    error = volume_error(float(body.sum()) * grid.voxel_ml, asked_ml)
    values = {
        "dice": dice(one.mask, body),
        "hd95_mm": hd95_mm(one.mask, body, grid.spacing_mm),
        "assd_mm": assd_mm(one.mask, body, grid.spacing_mm),
        "sketch_iou": silhouette_iou(outline, body, one.sketch.plane.view),
        "volume_error": error,
        "volume_error_abs": abs(error),
    }
    return CaseRow(method, one.case.structure, f"{one.case.dataset}/{one.case.case}", values)


def fitted_baselines(train: Sequence[PreparedCase], structure: str) -> list[Baseline]:
    """Every baseline, fitted to the training cases of a structure; none without training cases."""
    if not train:
        return []
    masks = [case.mask() for case in train]
    grids = [case.grid for case in train]
    view = catalog.structure(structure).view
    return [kind.fit(masks, grids, view) for kind in BASELINES]
