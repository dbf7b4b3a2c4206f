"""How near a mask comes to the masks that the model was trained on, without shipping those masks.

Each training mask is kept as 128 numbers: its signed distance field, truncated as the mask stage sees it and pooled to
16³ cells, under one fixed projection with random signs. Lengths survive such a projection, so that the distance of two
projections estimates the root mean square difference of the two fields, in mm over the cube, within about 5 %; shapes
cannot be drawn back from it. A mask is centred on its bounding box first, as prepared cases are: a training mask moved
aside is still found.

Reference: Achlioptas, "Database-friendly random projections: Johnson–Lindenstrauss with binary coins", JCSS 2003.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..errors import ConfigError, GridError, WeightsError
from ..frames import VoxelGrid, bounding_box, signed_distance_mm
from ..weights import ModelFolder
from .model.presets import MASK_TRUNCATION
from .nearest_case import COPY_SHARE, NearestCase
from .values import MaskVolume

Floats = NDArray[np.float32]

COMPONENT = "mask_memory"
CELLS = 16
NUMBERS = 128
_SIGNS_SEED = b"sketch2ct mask memory 1"
_CONFIG_KEYS = ("structures", "cases")


@dataclass(frozen=True, eq=False)
class MaskMemory:
    """Projections of the training masks of one model.

    Args:
        cases: Structure → names of its cases, 'dataset/case'.
        projections: Structure → (cases, 128) float32, see `projection`.

    Raises:
        ConfigError: Names and projections do not fit each other, or hold numbers that are not finite.
    """

    cases: Mapping[str, tuple[str, ...]]
    projections: Mapping[str, Floats]
    _spacings: dict[str, tuple[float, float] | None] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for structure, names in self.cases.items():
            rows = self.projections.get(structure)
            if rows is None or rows.shape != (len(names), NUMBERS) or not names or not np.isfinite(rows).all():
                raise ConfigError(f"The memory of the '{structure}' is damaged.", hint="Make it again from the cases.")

    @classmethod
    def fit(cls, masks: Iterable[tuple[str, MaskVolume]]) -> MaskMemory:
        """The memory of (case name, mask) pairs; empty masks are left out."""
        names: dict[str, list[str]] = {}
        rows: dict[str, list[Floats]] = {}
        for name, mask in masks:
            if not mask.is_empty:
                names.setdefault(mask.structure, []).append(name)
                rows.setdefault(mask.structure, []).append(projection(mask))
        return cls({s: tuple(n) for s, n in names.items()}, {s: np.stack(r) for s, r in rows.items()})

    def nearest(self, mask: MaskVolume) -> NearestCase | None:
        """The training mask that is most like a mask; None for an empty one, or where its structure is not known.

        Raises:
            GridError: The mask does not lie on a cube of a multiple of 16 voxels.
        """
        if mask.is_empty or mask.structure not in self.cases:
            return None
        distances = _distances_mm(projection(mask)[None], self.projections[mask.structure])[0]
        at = int(np.argmin(distances))
        usual, closest = self.spacing_mm(mask.structure) or (None, None)
        distance = float(distances[at])
        copied = usual is not None and distance < COPY_SHARE * usual
        return NearestCase(self.cases[mask.structure][at], distance, usual, closest, copied)

    def spacing_mm(self, structure: str) -> tuple[float, float] | None:
        """(median, smallest) distance of a training mask to the nearest other one; None with fewer than two."""
        if structure not in self._spacings:
            rows = self.projections[structure]
            between = _distances_mm(rows, rows)
            np.fill_diagonal(between, np.inf)
            to_next = between.min(axis=1)
            self._spacings[structure] = (float(np.median(to_next)), float(to_next.min())) if len(rows) > 1 else None
        return self._spacings[structure]

    def save(self, models: ModelFolder, provenance: dict[str, Any], *, preset: str) -> None:
        """Writes it beside the networks of a model folder, as the component 'mask_memory' (half precision).

        Raises:
            OutputError: The folder cannot be written.
        """
        structures = list(self.cases)
        config = {"structures": structures, "cases": [list(self.cases[s]) for s in structures]}
        if structures:
            rows = _Rows(np.concatenate([self.projections[s] for s in structures]))
            models.save_component(COMPONENT, rows, config, provenance, preset=preset)

    @classmethod
    def load(cls, models: ModelFolder) -> MaskMemory | None:
        """The memory of a model folder; None where it has none.

        Raises:
            WeightsError: It is damaged, or of another kind.
        """
        entry = models.index()["components"].get(COMPONENT)
        if entry is None:
            return None
        state = models.load_state(COMPONENT)
        try:
            names = {
                str(s): tuple(map(str, n)) for s, n in zip(*(entry["config"][k] for k in _CONFIG_KEYS), strict=True)
            }
            ends = np.cumsum([len(n) for n in names.values()])
            rows = np.split(state["rows"].numpy().astype(np.float32), ends)
            if len(rows.pop()):
                raise ValueError("more rows than cases")
            return cls(names, dict(zip(names, rows, strict=True)))
        except (KeyError, TypeError, ValueError, ConfigError) as error:
            raise WeightsError(
                f"The '{COMPONENT}' of the model in '{models.folder}' does not fit ({error}).",
                hint="Make it again from the prepared cases.",
            ) from error


def projection(mask: MaskVolume) -> Floats:
    """(128,) float32: a centred mask's field under the random signs; lengths of differences are RMS mm over the cube.

    Raises:
        GridError: The mask does not lie on a cube of a multiple of 16 voxels.
        MaskError: It is empty.
    """
    return _signs() @ centred_field(mask).ravel()


def centred_field(mask: MaskVolume) -> Floats:
    """(16, 16, 16) mean truncated signed distance in mm of the mask, moved so that its bounding box is in the middle.

    Raises:
        GridError: The mask does not lie on a cube of a multiple of 16 voxels.
        MaskError: It is empty.
    """
    voxels = mask.grid.shape_kji[0]
    if set(mask.grid.shape_kji) != {voxels} or voxels % CELLS or np.ptp(mask.grid.spacing_mm) > 1e-3:
        raise GridError(
            f"A mask of {mask.grid.shape_kji} voxels cannot be compared with the training masks.",
            hint=f"Put it on a cube of a multiple of {CELLS} voxels.",
        )
    limit_mm = MASK_TRUNCATION * float(mask.grid.size_mm[0])
    return _pooled(signed_distance_mm(_centred(mask.body, mask.grid), mask.grid.spacing_mm, reach_mm=limit_mm))


def _centred(body: NDArray[np.bool_], grid: VoxelGrid) -> NDArray[np.bool_]:
    box = bounding_box(body)
    moved = np.zeros_like(body)
    place = []
    for span, voxels in zip(box, grid.shape_kji, strict=True):
        first = (voxels - (span.stop - span.start)) // 2
        place.append(slice(first, first + span.stop - span.start))
    moved[tuple(place)] = body[box]
    return moved


def _pooled(values: Floats) -> Floats:
    side = values.shape[0] // CELLS
    cells = values.reshape(CELLS, side, CELLS, side, CELLS, side)  # kji, each as (cell, voxel in it)
    return np.asarray(cells.mean(axis=(1, 3, 5)), dtype=np.float32)


@cache
def _signs() -> Floats:
    """(128, 4096) ±1/√(128 · 4096), the same on every machine and for every version of numpy."""
    count = NUMBERS * CELLS**3
    bits = np.unpackbits(np.frombuffer(hashlib.shake_256(_SIGNS_SEED).digest(count // 8), dtype=np.uint8))
    return ((bits.astype(np.float32) * 2.0 - 1.0) / np.sqrt(count, dtype=np.float32)).reshape(NUMBERS, CELLS**3)


def _distances_mm(first: Floats, second: Floats) -> Floats:
    """(n, m) distances between the rows."""
    return np.asarray(np.linalg.norm(first[:, None] - second[None], axis=-1), dtype=np.float32)


class _Rows(nn.Module):
    """Projections as a module, since a model folder stores modules."""

    def __init__(self, rows: Floats) -> None:
        super().__init__()
        self.register_buffer("rows", torch.from_numpy(rows))
