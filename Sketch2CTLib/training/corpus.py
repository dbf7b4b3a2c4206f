"""The corpus: augmented copies of every prepared case, with their own numbers, sketches and words, cached on disk.

Copies are warped in 3D; numbers and sketches are taken from the warped mask, so what is asked is always true of it.
One npz file a case: an interrupted build goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .. import catalog
from ..atomic import write_text, written_beside
from ..data.cubes import signed_distance_mm
from ..data.intensity import to_unit
from ..data.prepared import PreparedCase, PreparedSet
from ..description.metrics import measure
from ..description.words import sentences
from ..errors import Sketch2CTError
from ..frames import VoxelGrid
from ..generation.conditions import sketch_arrays
from ..generation.fields import mask_field, pooled
from ..generation.presets import Preset
from ..sketch import extract_sketch, redraw
from .warp import WarpStrength, centred, random_field, refined, sample_volume

VERSION = 1
LEVELS = ("creases", "outline", "detailed")


@dataclass(frozen=True)
class CorpusConfig:
    """How many copies, and how they are made.

    Args:
        copies: Warped copies a case, by structure; `other` for the rest. Copy 0 is always unwarped.
        drawings: Sketches a copy: the first clean, the others redrawn as people draw.
        warp: Strength of the warps.
        seed: Seed of everything random.
    """

    copies: dict[str, int] = field(default_factory=lambda: {"liver": 20, "left_atrium": 5, "other": 6})
    drawings: int = 4
    warp: WarpStrength = field(default_factory=WarpStrength)
    seed: int = 1

    def copies_of(self, case: PreparedCase) -> int:
        """Copies of a case; validation cases are never warped."""
        return self.copies.get(case.structure, self.copies["other"]) if case.split == "train" else 1


def build_corpus(
    prepared: PreparedSet,
    folder: Path,
    preset: Preset,
    config: CorpusConfig,
    *,
    structures: Iterable[str] = catalog.STRUCTURE_NAMES,
    workers: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> None:
    """Builds what is missing; finished cases are kept if case, preset and configuration are the same.

    Raises:
        OutputError: The folder cannot be written.
    """
    wanted = set(structures)
    cases = [case for case in prepared if case.structure in wanted]
    jobs = [(case, _part_path(folder, case), preset, config) for case in cases]
    open_jobs = [job for job in jobs if not _is_current(job[1], _stamp(job[0], preset, config))]
    done = len(jobs) - len(open_jobs)
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        for key in pool.map(_build_part, open_jobs):
            done += 1
            if progress:
                progress(done, len(jobs), key)
    index = {"version": VERSION, "parts": [str(job[1].relative_to(folder).as_posix()) for job in jobs]}
    write_text(folder / "corpus.json", json.dumps(index, indent=1))


def _part_path(folder: Path, case: PreparedCase) -> Path:
    return folder / "parts" / (case.key.replace("/", "__") + ".npz")


def _stamp(case: PreparedCase, preset: Preset, config: CorpusConfig) -> str:
    shape = {"voxels": preset.voxels, "sdf": preset.signed_distance, "pixels": preset.conditioner.picture_pixels}
    parts = [case.record, shape, asdict(config), config.copies_of(case), VERSION]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _is_current(path: Path, stamp: str) -> bool:
    try:
        with np.load(path) as part:
            return str(part["stamp"]) == stamp
    except (OSError, ValueError, KeyError, EOFError):
        return False


def _build_part(job: tuple[PreparedCase, Path, Preset, CorpusConfig]) -> str:
    case, path, preset, config = job
    mask, image, grid = case.mask(), case.image(), case.grid
    signed = signed_distance_mm(mask, grid.spacing_mm)
    unit = to_unit(image, case.modality or "CT") if image is not None else None
    copies = []
    for copy in range(config.copies_of(case)):
        rng = np.random.default_rng([config.seed, _number(case.key), copy])
        try:
            copies.append(_copy(case, grid, signed, unit, preset, config, rng, warped=copy > 0))
        except Sketch2CTError:
            if copy == 0:
                raise
    arrays = {name: np.stack([c[name] for c in copies]) for name in copies[0] if name != "record"}
    records = [c["record"] for c in copies]
    arrays["records"] = np.array(json.dumps(records))
    arrays["stamp"] = np.array(_stamp(case, preset, config))
    arrays["case"] = np.array(
        json.dumps({k: case.record[k] for k in ("case", "dataset", "structure", "split", "modality")})
    )
    _write_npz(path, arrays)
    return case.key


def _copy(
    case: PreparedCase,
    grid: VoxelGrid,
    signed: NDArray[np.float32],
    unit: NDArray[np.float32] | None,
    preset: Preset,
    config: CorpusConfig,
    rng: np.random.Generator,
    *,
    warped: bool,
) -> dict[str, Any]:
    """One copy: mask field, image, drawings, numbers and words."""
    if warped:
        coarse = centred(signed, random_field(rng, config.warp, signed.shape[0] // 2))
        positions = refined(coarse, signed.shape[0])
        mask = sample_volume(signed, positions) > 0
        unit = sample_volume(unit, positions) if unit is not None else None
    else:
        mask = signed > 0
    structure = catalog.structure(case.structure)
    numbers = measure(mask, grid, tubular=structure.tubular)
    level = LEVELS[int(rng.integers(len(LEVELS)))] if warped else "creases"
    clean = extract_sketch(mask, grid, structure.view, level=level, structure=structure.name)
    drawings = [clean, *(redraw(clean, rng) for _ in range(config.drawings - 1))]
    pairs = [sketch_arrays(d, structure.cube_mm, preset.conditioner.picture_pixels) for d in drawings]
    return {
        "target": _quantised(mask_field(mask, grid, preset)),
        "image": _quantised(pooled(unit, preset.voxels)) if unit is not None else np.zeros(0, np.int8),
        "pictures": _quantised(np.stack([p[0] for p in pairs])),
        "lifted": _quantised(np.stack([p[1] for p in pairs])),
        "record": {"numbers": numbers, "sentences": list(sentences(structure.name, numbers))},
    }


def _quantised(values: NDArray[np.float32]) -> NDArray[np.int8]:
    return np.rint(np.clip(values, -1.0, 1.0) * 127.0).astype(np.int8)


def _number(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big")


def _write_npz(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    with written_beside(path) as beside:
        np.savez_compressed(beside, allow_pickle=False, **arrays)
