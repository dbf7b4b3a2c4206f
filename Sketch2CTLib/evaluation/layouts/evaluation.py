"""`sketch2ct evaluate layouts`: drawn layouts of cases whose own are known, beside two baselines and the real ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...data.layout import Layout
from ...data.prepared import PreparedLayout
from ...errors import DatasetError
from ...frames import VoxelGrid
from ...generation.layouts.drawing import FRAME, RANGES, LayoutSettings, draw_layout
from ...generation.layouts.measures import LayoutRanges, centroids_ras
from ...generation.model.layout_stage import ORGANS, LayoutFrame, LayoutStage
from ...generation.model.loaded import LAYOUT_STAGE, LoadedModels
from ...generation.values import MaskVolume
from ..table import CaseRow, Column, EvaluationTable, summarise
from .baselines import mean_layout, nearest_warped
from .distribution import Anatomy, Distribution
from .measures import COLUMNS, ORGAN_COLUMNS, Case, case_values, on_nearest, organ_values, pair_values

SHIPPED, SAMPLES, MEAN, WARPED, REAL, TRAINING = (
    "as shipped",
    "samples",
    "mean layout",
    "nearest training, warped",
    "real",
    "real, training",
)
ASKED: tuple[tuple[str, ...], ...] = (
    ("liver",),
    ("left_kidney",),
    ("aorta",),
    ("liver", "spleen"),
    ("left_kidney", "right_kidney", "aorta"),
)
PAIR_COLUMNS: tuple[Column, ...] = (Column("touch", "touch", digits=0, percent=True, higher_is_better=None),)
Pairs = dict[tuple[str, str], float]
Shown = Callable[[Case, Mapping[str, Layout]], None]


@dataclass(frozen=True)
class LayoutEvaluation:
    """What is measured.

    Args:
        asked: Sets of organs that are given, in turn.
        seeds: Of the layouts; how alike those of two seeds are is told, of real ones and baselines how alike they and
            training layouts are.
        samples: How far samples stray from the mean, drawn beside the layouts as shipped; None draws none.
        steps: Denoising steps of a sample.
        baselines: Whether the two baselines are measured too.
    """

    asked: Sequence[tuple[str, ...]] = ASKED
    seeds: tuple[int, ...] = (1, 2)
    samples: float | None = None
    steps: int = LayoutSettings.steps
    baselines: bool = True


@dataclass(frozen=True, eq=False)
class LayoutTables:
    """What was measured.

    Args:
        given: By given organs and method, the measures of `COLUMNS`.
        neighbours: By neighbour organ and method, those of `ORGAN_COLUMNS`.
        pairs: By pair of organs and method, the share of layouts in which they touch.
    """

    given: EvaluationTable
    neighbours: EvaluationTable
    pairs: EvaluationTable

    def to_dict(self) -> dict[str, object]:
        """As strict JSON."""
        return {name: getattr(self, name).to_dict() for name in ("given", "neighbours", "pairs")}


class LayoutMeasurement:
    """Measures the layout stage of a model on cases.

    Args:
        models: With a layout stage.
        train: Layouts that it was trained on; baselines, nearest neighbours and the distribution come from them, but
            for those of the case's own patient.
        config: What is measured.

    Raises:
        WeightsError: The model has no layout stage.
        DatasetError: There are no training layouts.
    """

    def __init__(self, models: LoadedModels, train: Iterable[PreparedLayout], config: LayoutEvaluation) -> None:
        self.models, self.config = models, config
        self.stage: LayoutStage = models.network(LAYOUT_STAGE)
        self.frame = LayoutFrame({name: (x, y, z) for name, (x, y, z) in models.extra(FRAME).items()})
        self.ranges = LayoutRanges.from_dict(models.extra(RANGES))
        cases = list(train)
        self.train = {one.key: one.layout() for one in cases}
        self.patients = {one.key: one.patient for one in cases}
        if not self.train:
            raise DatasetError("There are no training layouts to compare with.", hint="Prepare a CT set with images.")
        self.anatomy = {key: Anatomy.of(layout) for key, layout in self.train.items()}

    def tables(
        self,
        cases: Sequence[PreparedLayout],
        *,
        progress: Callable[[int, int, str], None] | None = None,
        shown: Shown | None = None,
    ) -> LayoutTables:
        """Measures all cases.

        Args:
            cases: With layouts of their own.
            progress: Told (done, all, what).
            shown: Given each case and the first layout of each method.

        Raises:
            ConfigError: None of the cases has the organs that are given.
        """
        rows: list[CaseRow] = []
        organs: list[CaseRow] = []
        pairs = [CaseRow(TRAINING, _titled(p), key, {"touch": v}) for key in self.train for p, v in self._pairs(key)]
        known = sorted({pair for one in self.anatomy.values() for pair in _pairs_of(one)})
        of = len(cases) * len(self.config.asked)
        for number, (prepared, asked) in enumerate((c, a) for c in cases for a in self.config.asked):
            if progress:
                progress(number, of, f"{prepared.key} {'+'.join(asked)}")
            case = self._case(prepared, asked)
            if case is None:
                continue
            first: dict[str, Layout] = {}
            name = f"{case.key} {'+'.join(asked)}"
            for method, layouts, seconds in self._methods(case):
                first[method] = layouts[0]
                values = case_values(case, layouts, self.ranges) | {"seconds": seconds}
                rows.append(CaseRow(method, " + ".join(asked), case.key, values))
                by_organ = organ_values(case, layouts[0])
                organs += [CaseRow(method, organ, name, found) for organ, found in by_organ.items()]
                touching = pair_values(layouts[0], known)
                pairs += [CaseRow(method, _titled(pair), name, {"touch": value}) for pair, value in touching.items()]
            if shown:
                shown(case, first)
        rng = np.random.default_rng(1)
        ordered = sorted(organs, key=lambda row: ORGANS.index(row.structure))
        return LayoutTables(
            summarise(rows, rng, columns=COLUMNS),
            summarise(ordered, rng, columns=ORGAN_COLUMNS),
            summarise(pairs, rng, columns=PAIR_COLUMNS),
        )

    def _pairs(self, key: str) -> Iterator[tuple[tuple[str, str], float]]:
        """Pairs of organs that a training layout holds, and whether they touch."""
        one = self.anatomy[key]
        return ((pair, float(pair in one.touching)) for pair in _pairs_of(one))

    def _case(self, prepared: PreparedLayout, asked: tuple[str, ...]) -> Case | None:
        """The case on the region's grid about the given organs; None where it lacks one of them."""
        layout = prepared.layout()
        centroids = {name: place for name, place in centroids_ras(layout).items() if name in asked}
        if set(centroids) != set(asked):
            return None
        grid = self.frame.grid(centroids, self.stage.config)
        own = layout.on(grid)
        others = [key for key, patient in self.patients.items() if patient != prepared.patient]
        found = {key: self._framed(key, asked, grid) for key in others}
        moved = {key: one for key, one in found.items() if one is not None}
        return Case(
            prepared.key,
            own,
            {name: own.body_of(name) for name in asked},
            moved,
            {key: on_nearest(one, grid) for key, one in moved.items()},
            Distribution.of(self.anatomy[key] for key in others),
        )

    def _methods(self, case: Case) -> Iterator[tuple[str, list[Layout], float]]:
        """(method, its layouts, seconds of one)."""
        kinds = {SHIPPED: LayoutSettings()}
        if self.config.samples is not None:
            kinds[SAMPLES] = LayoutSettings(self.config.samples, self.config.steps)
        masks = [MaskVolume(body.astype(np.uint8), case.own.grid, name) for name, body in case.given.items()]
        for name, settings in kinds.items():
            began = time.perf_counter()
            drawn = [draw_layout(self.models, masks, s, case.own.grid, settings).layout for s in self.config.seeds]
            yield name, drawn, (time.perf_counter() - began) / len(self.config.seeds)
        if self.config.baselines:
            yield MEAN, [mean_layout(self.stage, case.own, case.given)], float("nan")
            if case.train:
                began = time.perf_counter()
                warped = nearest_warped(self.stage, case.own, case.given, case.train)
                yield WARPED, [warped], time.perf_counter() - began
        yield REAL, [case.own], float("nan")

    def _framed(self, key: str, asked: Sequence[str], grid: VoxelGrid) -> Layout | None:
        """A training layout, moved so that it lies as the case does by the given organs."""
        found = {name: place for name, place in self.anatomy[key].centroids.items() if name in asked}
        if set(found) != set(asked):
            return None
        layout = self.train[key]
        affine = layout.grid.ijk_to_ras.copy()
        affine[:3, 3] -= self.frame.origin(found) - grid.center_ras
        return Layout(layout.labels, VoxelGrid(layout.grid.shape_kji, affine))


def _pairs_of(one: Anatomy) -> list[tuple[str, str]]:
    """Pairs of organs that a layout holds, by name."""
    names = sorted(one.volumes_ml)
    return [(a, b) for position, a in enumerate(names) for b in names[position + 1 :]]


def _titled(pair: tuple[str, str]) -> str:
    return " – ".join(pair)
