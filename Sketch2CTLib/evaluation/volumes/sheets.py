"""Blind sheets: shuffled slices of real and generated scans for a person to mark, with the key apart from them.

Nothing in a tile says where it comes from: the same cube, window and size, without outlines or letters; slices of one
scan are spread over all sheets. The right side of chance is 0.5: who marks that much right cannot tell them apart.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...atomic import write_text
from ...data.prepared import PreparedCase, PreparedSet
from ...errors import ConfigError, DatasetError, InputError
from ...frames import VIEWS
from ...generation.pipeline import Pipeline
from ...generation.report.panels import display_window
from ...generation.settings import Settings
from ..masks.plots import save
from .cases import GENERATED, REAL, StageScan, case_mask, case_name, real_scan
from .evaluation import manifest_digest
from .stages import StageRun, stage_of

FORMAT = "sketch2ct.sheets"
MARKS = "marks.csv"
COLUMNS, LINES = 4, 3
_WITHIN = (0.3, 0.7)  # of the organ along the view: where a slice is cut
_PIXELS = 384
_TILE_IN, _DPI = 3.0, 100
_HEADS = ("tile", "mark")
_WORDS = {"r": REAL, "real": REAL, "g": GENERATED, "generated": GENERATED}
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class SheetConfig:
    """What is shown.

    Args:
        split: Whose cases.
        structures: Only these, if given.
        stage: Name of `stages.STAGES`: what generated scans are made from.
        settings: How they are drawn.
        seed: Of the first scan, and of the order of tiles.
        limit: At most as many cases a structure and modality.
    """

    split: str = "val"
    structures: tuple[str, ...] = ()
    stage: str = "chain"
    settings: Settings = field(default_factory=Settings)
    seed: int = 1
    limit: int | None = None


@dataclass(frozen=True, eq=False)
class Tile:
    """One slice.

    Args:
        origin: real or generated.
        structure, case, view: What it shows.
        grey: (rows, columns) uint8.
    """

    origin: str
    structure: str
    case: str
    view: str
    grey: NDArray[np.uint8]


@dataclass(frozen=True)
class Marked:
    """How well a person told them apart.

    Args:
        right, marked: Tiles marked rightly, and all that were marked.
        low, high: 95 % interval of the share (Wilson).
        called_real: Shares of the real and of the generated tiles that were marked as real.
    """

    right: int
    marked: int
    low: float
    high: float
    called_real: tuple[float, float]

    @property
    def share(self) -> float:
        """Of the marks that are right."""
        return self.right / self.marked


def draw_sheets(
    folder: Path, key: Path, prepared: PreparedSet, pipeline: Pipeline, config: SheetConfig, progress: Progress
) -> list[Path]:
    """Writes the sheets, an empty form for the marks, and the key elsewhere.

    Real slices are shown: do not publish the sheets of scans that may not be passed on.

    Args:
        folder: Of sheet_01.png, sheet_02.png, … and marks.csv.
        key: A JSON file outside of the folder.
        prepared: The cases.
        pipeline: Draws their scans.
        config: Which, and how.
        progress: Told (done, all, case).

    Raises:
        ConfigError: The key would lie beside the sheets, or the stage is unknown.
        DatasetError: There are no scans.
        OutputError: The folder cannot be written.
    """
    if key.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(f"The key '{key}' would lie beside the sheets.", hint="Give --key a place outside of --out.")
    tiles = _tiles(prepared, pipeline, config, progress)
    order = np.random.default_rng([config.seed, len(tiles)]).permutation(len(tiles))
    shuffled = [tiles[at] for at in order]
    size = COLUMNS * LINES
    paths = []
    for first in range(0, len(shuffled), size):
        paths.append(folder / f"sheet_{first // size + 1:02d}.png")
        save(paths[-1], _sheet(shuffled[first : first + size], first + 1))
    rows = [f"{number}," for number in range(1, len(shuffled) + 1)]
    write_text(folder / MARKS, "\n".join([",".join(_HEADS), *rows]) + "\n")
    told = {
        "format": FORMAT,
        "version": 1,
        "stage": config.stage,
        "split": config.split,
        "seed": config.seed,
        "settings": config.settings.to_dict(),
        "models": pipeline.hashes(),
        "data": manifest_digest(prepared),
        "tiles": [
            {"tile": n, "origin": one.origin, "structure": one.structure, "case": one.case, "view": one.view}
            for n, one in enumerate(shuffled, 1)
        ],
    }
    write_text(key, json.dumps(told, indent=1, allow_nan=False) + "\n")
    return [*paths, folder / MARKS]


def _tiles(prepared: PreparedSet, pipeline: Pipeline, config: SheetConfig, progress: Progress) -> list[Tile]:
    stage, run = stage_of(config.stage), StageRun(pipeline, config.settings)
    cases = _cases(prepared, config)
    cases = [case for case in cases if stage.can(case, run)]
    if not cases:
        raise DatasetError(
            f"'{prepared.folder}' has no scans in '{config.split}' that the stage '{config.stage}' can draw.",
            hint="Check --split, --structures and --stage.",
        )
    tiles: list[Tile] = []
    for number, case in enumerate(cases):
        progress(number, len(cases), case_name(case))
        rng = np.random.default_rng([config.seed, number])
        real = StageScan(real_scan(case), case_mask(case))
        window = display_window(real.scan)
        for origin, one in ((REAL, real), (GENERATED, stage.draw(case, run, config.seed + number))):
            tiles += _slices(origin, case, one, window, rng)
    return tiles


def _cases(prepared: PreparedSet, config: SheetConfig) -> list[PreparedCase]:
    """The first cases of each structure and modality that have a scan."""
    kept: dict[tuple[str, str], list[PreparedCase]] = {}
    for case in prepared.cases(config.split):
        if case.modality is not None and (not config.structures or case.structure in config.structures):
            kept.setdefault((case.structure, case.modality), []).append(case)
    return [case for kind in sorted(kept) for case in kept[kind][: config.limit]]


def _slices(
    origin: str, case: PreparedCase, one: StageScan, window: tuple[float, float], rng: np.random.Generator
) -> list[Tile]:
    """A slice a view, anywhere in the middle part of the organ."""
    low, high = window
    tiles = []
    for name, plane in VIEWS.items():
        inside = np.flatnonzero(one.mask.body.any(axis=tuple(axis for axis in range(3) if axis != plane.axis_kji)))
        at = int(np.quantile(inside, rng.uniform(*_WITHIN))) if len(inside) else one.scan.values.shape[0] // 2
        values = plane.to_picture(np.take(one.scan.values, at, axis=plane.axis_kji)).astype(np.float32)
        grey = np.clip((values - low) / (high - low), 0.0, 1.0) * 255.0
        tiles.append(Tile(origin, case.structure, case_name(case), name, _resized(np.rint(grey).astype(np.uint8))))
    return tiles


def _resized(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.resize(grey, (_PIXELS, _PIXELS), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _sheet(tiles: Sequence[Tile], first: int) -> Figure:
    figure = Figure(figsize=(COLUMNS * _TILE_IN, LINES * (_TILE_IN + 0.3) + 0.3), dpi=_DPI)
    grid = figure.subplots(LINES, COLUMNS, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for number, (axes, tile) in enumerate(zip(grid, tiles, strict=False), first):
        axes.imshow(tile.grey, cmap="gray", vmin=0, vmax=255, interpolation="none")
        axes.set_title(str(number), fontsize=11, loc="left")
    figure.text(0.01, 0.995, f"Real or generated? Write r or g into {MARKS}.", fontsize=11, va="top")
    figure.subplots_adjust(0.01, 0.01, 0.99, 0.945, wspace=0.03, hspace=0.12)
    return figure


def read_marks(path: Path) -> dict[int, str]:
    """Tile → real or generated, of those that were marked.

    Raises:
        InputError: The file cannot be read, or a line says neither.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"The marks in '{path}' cannot be read ({error}).") from error
    marks: dict[int, str] = {}
    for line, row in enumerate(rows, 2):
        word = (row.get("mark") or "").strip().lower()
        if not word:
            continue
        number = (row.get("tile") or "").strip()
        if word not in _WORDS or not number.isdecimal():
            raise InputError(
                f"Line {line} of '{path.name}' is no mark: {number[:20]!r}, {word[:20]!r}.",
                hint="Write r (real) or g (generated) behind the number of a tile, or leave it empty.",
            )
        marks[int(number)] = _WORDS[word]
    if not marks:
        raise InputError(f"Nothing is marked in '{path.name}'.", hint="Write r (real) or g (generated) behind tiles.")
    return marks


def read_key(path: Path) -> list[Mapping[str, Any]]:
    """What each tile is.

    Raises:
        InputError: It is no key of sheets.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise ValueError("another format")
        return list(told["tiles"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"'{path}' is no key of sheets ({error}).", hint="Give the file that 'evaluate sheets' wrote as --key."
        ) from error


def judged_marks(marks: Mapping[int, str], tiles: Sequence[Mapping[str, Any]]) -> dict[str, Marked]:
    """How well they were told apart: 'all', then by structure and by view.

    Raises:
        InputError: A tile that was marked is not in the key.
    """
    known = {int(tile["tile"]): tile for tile in tiles}
    foreign = sorted(set(marks) - set(known))
    if foreign:
        raise InputError(f"The key knows no tile {foreign[0]}.", hint="Give the marks of the same sheets.")
    groups: dict[str, list[int]] = {"all": sorted(marks)}
    for number in groups["all"]:
        for name in (known[number]["structure"], known[number]["view"]):
            groups.setdefault(str(name), []).append(number)
    return {name: _judged([(known[n]["origin"], marks[n]) for n in numbers]) for name, numbers in groups.items()}


def _judged(pairs: Sequence[tuple[str, str]]) -> Marked:
    from scipy.stats import binomtest

    right = sum(origin == mark for origin, mark in pairs)
    interval = binomtest(right, len(pairs)).proportion_ci(method="wilson")
    called = []
    for origin in (REAL, GENERATED):
        own = [mark for true, mark in pairs if true == origin]
        called.append(sum(mark == REAL for mark in own) / len(own) if own else float("nan"))
    return Marked(right, len(pairs), float(interval.low), float(interval.high), (called[0], called[1]))
