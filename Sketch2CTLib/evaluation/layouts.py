"""How good layouts are: anatomy against training layouts, what is kept and missing, beside two baselines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from ..catalog import label_value
from ..data.deformation import deformation, deformed
from ..data.layout import Layout
from ..data.prepared import PreparedLayout
from ..data.regions import pieces
from ..errors import DatasetError
from ..frames import VoxelGrid, resample
from ..generation.layouts.checks import faults
from ..generation.layouts.drawing import FRAME, RANGES, LayoutSettings, draw_layout
from ..generation.layouts.finish import finished, shares_on
from ..generation.layouts.measures import LayoutRanges, centroids_ras, contacts, cut_organs, volumes_ml
from ..generation.model.layout_stage import ORGANS, TISSUES, LayoutFrame, LayoutStage, coarse_grid
from ..generation.model.loaded import LAYOUT_STAGE, LoadedModels
from ..generation.values import MaskVolume
from .table import CaseRow, Column, EvaluationTable, summarise

ASKED: tuple[tuple[str, ...], ...] = (
    ("liver",),
    ("left_kidney",),
    ("aorta",),
    ("liver", "spleen"),
    ("left_kidney", "right_kidney", "aorta"),
)
COLUMNS: tuple[Column, ...] = (
    Column("dice_organs", "Dice organs"),
    Column("dice_tissues", "Dice tissues"),
    Column("centroid_mm", "centroid off mm", digits=1, higher_is_better=False),
    Column("volume_ratio", "volume ratio", digits=2, higher_is_better=None),
    Column("volumes_usual", "volumes usual", digits=0, percent=True),
    Column("places_usual", "places usual", digits=0, percent=True),
    Column("contacts_true", "contacts F1", digits=2),
    Column("missing", "organs missing", digits=1, higher_is_better=False),
    Column("pieces", "pieces an organ", digits=2, higher_is_better=False),
    Column("changed", "given voxels changed", digits=0, higher_is_better=False),
    Column("faults", "faults", digits=1, higher_is_better=False),
    Column("nearest", "Dice nearest training", digits=3, higher_is_better=None),
    Column("diversity", "Dice of two seeds", digits=3, higher_is_better=None),
    Column("seconds", "s", digits=1, higher_is_better=False),
)
ORGAN_COLUMNS: tuple[Column, ...] = (
    Column("volume_ratio", "volume ÷ training median", digits=2, higher_is_better=None),
    Column("offset_mm", "offset from usual mm", digits=1, higher_is_better=False),
    Column("offset_own_mm", "offset from own mm", digits=1, higher_is_better=False),
    Column("dice", "Dice with own", higher_is_better=True),
)
_WARP_ITERATIONS = 40
_LEAST_OWN_ML = 1.0  # of an organ that a case has


@dataclass(frozen=True)
class LayoutEvaluation:
    """What is measured.

    Args:
        asked: Sets of organs that are given, in turn.
        seeds: Of the samples.
        settings: How samples are drawn.
        baselines: Whether the two baselines are measured too.
    """

    asked: Sequence[tuple[str, ...]] = ASKED
    seeds: tuple[int, ...] = (1, 2)
    settings: LayoutSettings = field(default_factory=LayoutSettings)
    baselines: bool = True


@dataclass(frozen=True, eq=False)
class _Case:
    """A case with organs given, on the region's grid; training layouts moved to where theirs of the organs lie so."""

    key: str
    own: Layout
    masks: tuple[MaskVolume, ...]
    train: Mapping[str, Layout]

    @property
    def given(self) -> tuple[str, ...]:
        return tuple(mask.structure for mask in self.masks)


class LayoutMeasurement:
    """Measures the layout stage of a model on cases.

    Args:
        models: With a layout stage.
        train: Layouts that it was trained on; baselines and nearest neighbours come from them.
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
        self.train = {one.key: one.layout() for one in train}
        if not self.train:
            raise DatasetError("There are no training layouts to compare with.", hint="Prepare a CT set with images.")
        self.centroids = {key: centroids_ras(layout) for key, layout in self.train.items()}
        self.medians = _median_volumes(self.train.values())

    def tables(
        self, cases: Sequence[PreparedLayout], *, progress: Callable[[int, int, str], None] | None = None
    ) -> tuple[EvaluationTable, EvaluationTable]:
        """(by given organs and method, by neighbour organ and method)."""
        rows: list[CaseRow] = []
        organs: list[CaseRow] = []
        of = len(cases) * len(self.config.asked)
        for number, (prepared, asked) in enumerate((c, a) for c in cases for a in self.config.asked):
            if progress:
                progress(number, of, f"{prepared.key} {'+'.join(asked)}")
            case = self._case(prepared, asked)
            if case is None:
                continue
            for method, layouts, seconds in self._methods(case):
                values, by_organ = self._measured(case, layouts, seconds)
                rows.append(CaseRow(method, " + ".join(asked), case.key, values))
                organs += [CaseRow(method, organ, f"{case.key} {'+'.join(asked)}", v) for organ, v in by_organ.items()]
        rng = np.random.default_rng(1)
        ordered = sorted(organs, key=lambda row: ORGANS.index(row.structure))
        return summarise(rows, rng, columns=COLUMNS), summarise(ordered, rng, columns=ORGAN_COLUMNS)

    def _case(self, prepared: PreparedLayout, asked: tuple[str, ...]) -> _Case | None:
        layout = prepared.layout()
        centroids = {name: place for name, place in centroids_ras(layout).items() if name in asked}
        if set(centroids) != set(asked):
            return None
        grid = self.frame.grid(centroids, self.stage.config)
        own = layout.on(grid)
        masks = tuple(MaskVolume(own.body_of(name).astype(np.uint8), grid, name) for name in asked)
        framed = {key: self._framed(key, asked, grid) for key in self.train}
        return _Case(prepared.key, own, masks, {key: moved for key, moved in framed.items() if moved is not None})

    def _methods(self, case: _Case) -> Iterable[tuple[str, list[Layout], float]]:
        grid = case.own.grid
        given = {mask.structure: mask.body for mask in case.masks}
        mean = LayoutSettings(strength=0.0)
        for name, settings, seeds in (
            ("mean of the stage", mean, (1,)),
            ("samples", self.config.settings, self.config.seeds),
        ):
            began = time.perf_counter()
            drawn = [draw_layout(self.models, case.masks, seed, grid, settings).layout for seed in seeds]
            yield name, drawn, (time.perf_counter() - began) / len(seeds)
        if self.config.baselines:
            with torch.no_grad():
                shares = self.stage.scores(torch.zeros((1, *self.stage.config.latent_shape)))[0]
                yield (
                    "mean layout",
                    [finished(shares_on(shares, grid, grid), self.stage.config.code.values, grid, given)],
                    np.nan,
                )
            began = time.perf_counter()
            warped = self._warped(case, given)
            yield "nearest training, warped", [warped], time.perf_counter() - began

    def _framed(self, key: str, asked: Sequence[str], grid: VoxelGrid) -> Layout | None:
        """A training layout, moved so that it lies as the case does by the given organs."""
        found = {name: place for name, place in self.centroids[key].items() if name in asked}
        if set(found) != set(asked):
            return None
        layout = self.train[key]
        affine = layout.grid.ijk_to_ras.copy()
        affine[:3, 3] -= self.frame.origin(found) - grid.center_ras
        return Layout(layout.labels, VoxelGrid(layout.grid.shape_kji, affine))

    def _warped(self, case: _Case, given: Mapping[str, NDArray[np.bool_]]) -> Layout:
        """The training layout whose organs are most like the given ones, deformed so that they meet."""
        if not case.train:
            raise DatasetError(f"No training layout holds {', '.join(case.given)}.")
        grid = coarse_grid(case.own.grid.center_ras, self.stage.config)
        wanted = _quickly_on(case.own, grid)

        def overlap(layout: Layout) -> float:
            near = _quickly_on(layout, grid)
            return _mean([_dice(near == label_value(n), wanted == label_value(n)) for n in case.given])

        best = max(case.train.values(), key=overlap)
        fixed, moving = (_picture(layout.on(grid), case.given) for layout in (case.own, best))
        displacement = deformation(fixed, moving, float(grid.spacing_mm[0]), iterations=_WARP_ITERATIONS)
        return deformed(best, case.own.grid, displacement, grid).with_organs(given)

    def _measured(
        self, case: _Case, layouts: list[Layout], seconds: float
    ) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
        layout, known = layouts[0], case.own.labels > 0
        neighbours = [name for name in ORGANS if name not in case.given and case.own.volume_ml(name) >= _LEAST_OWN_ML]
        centroids, own = centroids_ras(layout), centroids_ras(case.own)
        volumes, own_volumes = volumes_ml(layout), volumes_ml(case.own)
        there = [name for name in neighbours if name in centroids]
        whole = [name for name in there if name not in cut_organs(case.own) | cut_organs(layout)]
        by_organ = {
            name: {
                "volume_ratio": volumes[name] / self.medians.get(name, np.nan),
                "offset_mm": self._offset_mm(name, centroids, case.given),
                "offset_own_mm": float(np.linalg.norm(centroids[name] - own[name])) if name in own else np.nan,
                "dice": _dice(layout.body_of(name) & known, case.own.body_of(name)),
            }
            for name in there
        }
        ratios = [np.log(volumes[name] / own_volumes[name]) for name in whole if name in own_volumes]
        touching, truly = contacts(layout), contacts(case.own)
        values = {
            "dice_organs": _mean([_dice(layout.body_of(n) & known, case.own.body_of(n)) for n in neighbours]),
            "dice_tissues": _mean(
                [_dice(layout.body_of(n) & known, case.own.body_of(n)) for n in TISSUES if case.own.body_of(n).any()]
            ),
            "centroid_mm": _mean([by_organ[name]["offset_own_mm"] for name in there]),
            "volume_ratio": float(np.exp(np.mean(ratios))) if ratios else np.nan,
            "volumes_usual": 1.0 - len(self.ranges.odd_volumes({n: volumes[n] for n in whole})) / max(1, len(whole)),
            "places_usual": 1.0 - len(self.ranges.odd_places(centroids, case.given)) / max(1, len(there)),
            "contacts_true": 2.0 * len(touching & truly) / max(1, len(touching) + len(truly)),
            "missing": float(len(neighbours) - len(there)),
            "pieces": _mean([float(len(pieces(layout.body_of(name), corners=True)[1]) - 1) for name in there]),
            "changed": float(sum(int((layout.body_of(m.structure) != m.body).sum()) for m in case.masks)),
            "faults": float(len(faults(layout, case.given, self.ranges))),
            "nearest": max((_alike(layout, one) for one in case.train.values()), default=np.nan),
            "diversity": _alike(layouts[0], layouts[1]) if len(layouts) > 1 else np.nan,
            "seconds": seconds,
        }
        return values, by_organ

    def _offset_mm(self, name: str, centroids: Mapping[str, NDArray[np.float64]], given: Sequence[str]) -> float:
        """How far an organ lies from where it usually does about the given ones."""
        offsets = [
            float(np.linalg.norm(centroids[name] - centroids[other] - np.array(self.ranges.offsets_mm[key][0])))
            for other in given
            if (key := f"{name}|{other}") in self.ranges.offsets_mm and other in centroids
        ]
        return _mean(offsets)


def _quickly_on(layout: Layout, grid: VoxelGrid) -> NDArray[np.uint8]:
    """Label values on another grid, the nearest voxel's; 0 beyond the layout."""
    return resample(layout.labels, layout.grid, grid, interpolation="nearest")


def _picture(layout: Layout, names: Sequence[str]) -> NDArray[np.float32]:
    """The given organs alone, each a grey of its own, softened so that demons find the way from afar."""
    from scipy import ndimage

    picture = np.zeros(layout.labels.shape, dtype=np.float32)
    for position, name in enumerate(names):
        picture += (1.0 + 0.3 * position) * ndimage.gaussian_filter(layout.body_of(name).astype(np.float32), 1.5)
    return picture


def _alike(layout: Layout, other: Layout) -> float:
    """Mean Dice of organs and bone of two layouts, on the first one's grid."""
    on = other.labels if other.grid == layout.grid else _quickly_on(other, layout.grid)
    known = on > 0
    pairs = [(layout.labels == value, on == value) for value in map(label_value, (*ORGANS, "bone"))]
    return _mean([_dice(mine & known, own) for mine, own in pairs if own.any()])


def _dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    whole = int(one.sum()) + int(other.sum())
    return 2.0 * int((one & other).sum()) / whole if whole else float("nan")


def _mean(values: Sequence[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


def _median_volumes(layouts: Iterable[Layout]) -> dict[str, float]:
    seen: dict[str, list[float]] = {}
    for layout in layouts:
        for name, volume in volumes_ml(layout).items():
            seen.setdefault(name, []).append(volume)
    return {name: float(np.median(found)) for name, found in seen.items()}
