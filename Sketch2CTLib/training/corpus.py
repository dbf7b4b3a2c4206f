"""The corpus: augmented copies of every prepared case, with their own numbers, sketches and words, cached on disk.

Copies are warped in 3D, some of them part of the way towards another patient; numbers and sketches are taken from the
warped mask, so what is asked is always true of it.
One npz file a case, and its fields beside it, uncompressed, so that they can be mapped: an interrupted build goes on
where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .. import catalog, own_structures
from ..atomic import write_text, written_beside
from ..conditioning.fusion import SKETCH_PIXELS
from ..data.intensity import to_unit
from ..data.prepared import PreparedCase
from ..description.metrics import measure
from ..description.words import sentences
from ..errors import ResourceError, Sketch2CTError
from ..frames import VIEWS, signed_distance_mm
from ..generation.conditions import sketch_arrays
from ..generation.model.fields import mask_field, pooled
from ..generation.model.presets import Preset
from ..sketch import extract_sketch, redraw
from ..workers import Workers, shared_out
from .patients import first_patients, require_same_patients
from .towards import part_of_way, smallest_jacobian, way_towards
from .warp import WarpStrength, centred, composed, random_field, refined, sample_labels, sample_volume

VERSION = 2
LEVELS = ("creases", "outline", "detailed")
VIEW_ORDER = tuple(VIEWS)  # of the drawings of a copy
FIELDS = ("target", "image", "labels")
FARTHEST = 0.7  # part of the way to another patient
LEAST_JACOBIAN = 0.2  # of the way to another patient; where it is less, the copy goes less far


@dataclass(frozen=True)
class CorpusConfig:
    """How many copies, and how they are made.

    Args:
        copies: Warped copies a case, by structure; `other` for the rest. Copy 0 is always unwarped.
        drawings: Sketches a copy and view: the first clean, the others redrawn as people draw.
        warp: Strength of the warps.
        towards: Share of the warped copies of solid organs that go part of the way towards another patient of the
            training set. Vessels, whose registration reaches a Dice of 0.75 where organs reach 0.94, never do.
        seed: Seed of everything random.
    """

    copies: dict[str, int] = field(
        default_factory=lambda: {"liver": 8, "aorta": 14, "spleen": 14, "left_atrium": 6, "other": 3}
    )
    drawings: int = 3
    warp: WarpStrength = field(default_factory=WarpStrength)
    towards: float = 0.5
    seed: int = 1

    def copies_of(self, case: PreparedCase) -> int:
        """Copies of a case; validation cases are never warped."""
        return self.copies.get(case.structure, self.copies["other"]) if case.split == "train" else 1

    def partners_of(self, case: PreparedCase, others: Sequence[PreparedCase]) -> dict[int, PreparedCase]:
        """By copy, the case towards which it goes: another training patient's, of the same structure.

        Args:
            case: The case that is copied.
            others: All cases; those of the same patient and of validation are passed by.
        """
        if catalog.structure(case.structure).tubular:
            return {}
        usable = [
            c for c in others if c.structure == case.structure and c.split == "train" and c.patient != case.patient
        ]
        rng = np.random.default_rng([self.seed, _number(case.key), 0])
        going = [copy for copy in range(1, self.copies_of(case)) if rng.random() < self.towards]
        return {copy: usable[int(rng.integers(len(usable)))] for copy in going} if usable else {}


def build_corpus(
    prepared: Iterable[PreparedCase],
    folder: Path,
    preset: Preset,
    config: CorpusConfig,
    *,
    structures: Iterable[str] | None = None,
    workers: int = 1,
    ray_address: str = "",
    patients: int | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> None:
    """Builds what is missing; finished cases are kept if case, preset and configuration are the same.

    The files do not depend on who builds them: processes of this machine, or with an address workers of a Ray cluster.
    Of the training patients the first `patients` are learned from, see `patients.first_patients`; all if None.

    Raises:
        MissingDependency, ResourceError: Ray is not installed, or cannot be reached.
        OutputError: The folder cannot be written.
        ConfigError: There are fewer patients, or the folder holds the corpus of another number of them.
    """
    wanted = set(catalog.names() if structures is None else structures)
    require_same_patients(folder, patients)
    cases = first_patients((case for case in prepared if case.structure in wanted), patients)
    jobs = [_Job(case, _part_path(folder, case), preset, config, config.partners_of(case, cases)) for case in cases]
    open_jobs = [job for job in jobs if not _is_current(job)]
    done = len(jobs) - len(open_jobs)
    folder.mkdir(parents=True, exist_ok=True)
    built = _built(open_jobs, workers)
    if ray_address:
        built = shared_out(_build_part_on_one_thread, open_jobs, folder, Workers(workers, ray_address))
    for key in built:
        done += 1
        if progress:
            progress(done, len(jobs), key)
    index: dict[str, Any] = {"version": VERSION}
    index["parts"] = [str(job.path.relative_to(folder).as_posix()) for job in jobs]
    if patients is not None:
        index["patients"] = patients
    write_text(folder / "corpus.json", json.dumps(index, indent=1))


def _built(jobs: list[_Job], workers: int) -> Iterator[str]:
    """Keys of finished parts, in order; when it is left early, parts that wait are not begun."""
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
    )
    try:
        yield from pool.map(_build_part, jobs)
    except BrokenProcessPool as error:
        raise ResourceError(
            "A process that builds the corpus was killed, most likely for want of memory.",
            hint="Call it again with fewer --workers; what is built is kept.",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def field_path(part: Path, name: str) -> Path:
    """Where a part keeps its mask fields (`target`) and images (`image`), (n, V, V, V) int8, and `labels`.

    Labels are uint8 catalog values of all that is labelled, at half the resolution; they and images go together.
    """
    return part.with_suffix(f".{name}.npy")


@dataclass(frozen=True)
class _Job:
    """One case of the corpus."""

    case: PreparedCase
    path: Path
    preset: Preset
    config: CorpusConfig
    partners: dict[int, PreparedCase]

    def stamp(self) -> str:
        """Digest of all that the part depends on."""
        preset = self.preset
        shape = {"voxels": preset.voxels, "sdf": preset.signed_distance, "pixels": preset.conditioner.picture_pixels}
        parts = [self.case.record, shape, asdict(self.config), self.config.copies_of(self.case), VERSION]
        parts.append({copy: partner.record for copy, partner in self.partners.items()})
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _part_path(folder: Path, case: PreparedCase) -> Path:
    return folder / "parts" / (case.key.replace("/", "__") + ".npz")


def _is_current(job: _Job) -> bool:
    try:
        with np.load(job.path) as part:
            fields = FIELDS if job.case.modality is not None else FIELDS[:1]
            return str(part["stamp"]) == job.stamp() and all(field_path(job.path, f).is_file() for f in fields)
    except (OSError, ValueError, KeyError, EOFError):
        return False


def _build_part_on_one_thread(job: _Job) -> str:
    torch.set_num_threads(1)
    return _build_part(job)


def _build_part(job: _Job) -> str:
    own_structures.read(job.case.folder)  # in a process of its own
    case, config = job.case, job.config
    image = case.image()
    signed = signed_distance_mm(case.mask(), case.grid.spacing_mm)
    unit = to_unit(image, case.modality or "CT") if image is not None else None
    copies: list[dict[str, Any]] = []
    for copy in range(config.copies_of(case)):
        rng = np.random.default_rng([config.seed, _number(case.key), copy])
        try:
            positions = _positions(job, copy, signed, rng) if copy else None
            copies.append(_copy(job, _Scan(signed, unit, case.labels()), rng, positions))
        except Sketch2CTError:
            if copy == 0:
                raise
    for name in FIELDS:
        stack = [c.pop(name) for c in copies if name in c]
        if stack:
            _write_npy(field_path(job.path, name), np.stack(stack))
    arrays = {name: np.stack([c[name] for c in copies]) for name in copies[0] if name != "record"}
    arrays["records"] = np.array(json.dumps([c["record"] for c in copies]))
    arrays["stamp"] = np.array(job.stamp())
    arrays["case"] = np.array(
        json.dumps({k: case.record[k] for k in ("case", "dataset", "structure", "split", "modality")})
    )
    _write_npz(job.path, arrays)
    return case.key


@dataclass(frozen=True, eq=False)
class _Scan:
    """What is warped: signed distance, image in [−1, 1] if there is one, labels; (D, H, W) each."""

    signed: NDArray[np.float32]
    unit: NDArray[np.float32] | None
    labels: NDArray[np.uint8]


def _positions(job: _Job, copy: int, signed: NDArray[np.float32], rng: np.random.Generator) -> Tensor:
    """Where a warped copy is read from the case, at half its resolution."""
    warp = random_field(rng, job.config.warp, signed.shape[0] // 2)
    partner = job.partners.get(copy)
    if partner is not None:
        edge = np.float32(job.case.grid.spacing_mm[0] * signed.shape[0])
        other = signed_distance_mm(partner.mask(), partner.grid.spacing_mm)
        way = way_towards(signed / edge, other / np.float32(partner.grid.spacing_mm[0] * other.shape[0]))
        part = rng.uniform(0.2, FARTHEST)
        while part > 0.05 and smallest_jacobian(part_of_way(way, part)) < LEAST_JACOBIAN:
            part *= 0.8
        warp = composed(part_of_way(way, part), warp)
    return centred(signed, warp)


def _copy(job: _Job, scan: _Scan, rng: np.random.Generator, coarse: Tensor | None) -> dict[str, Any]:
    """The case itself, or a warp of it: mask field, image, labels, drawings in every view, numbers and words."""
    signed, unit, labels = scan.signed, scan.unit, scan.labels[::2, ::2, ::2]
    mask, grid, preset = signed > 0, job.case.grid, job.preset
    warped = coarse is not None
    if coarse is not None:
        positions = refined(coarse, signed.shape[0])
        mask = sample_volume(signed, positions) > 0
        unit = sample_volume(unit, positions) if unit is not None else None
        labels = sample_labels(scan.labels, coarse)
    structure = catalog.structure(job.case.structure)
    numbers = measure(mask, grid, tubular=structure.tubular)
    copy = _drawn(job, mask, rng, LEVELS[int(rng.integers(len(LEVELS)))] if warped else "creases")
    copy["target"] = _quantised(mask_field(mask, grid, preset))
    copy["record"] = {"numbers": numbers, "sentences": list(sentences(structure.name, numbers))}
    if unit is not None:
        copy["image"] = _quantised(pooled(unit, preset.voxels))
        step = max(1, labels.shape[0] // preset.voxels)
        copy["labels"] = np.ascontiguousarray(labels[::step, ::step, ::step])
    return copy


def _drawn(job: _Job, mask: NDArray[np.bool_], rng: np.random.Generator, level: str) -> dict[str, Any]:
    """Pictures of a mask's sketches in every view: the first clean, the others redrawn."""
    structure, pixels = catalog.structure(job.case.structure), job.preset.conditioner.picture_pixels
    pairs = []
    for view in VIEW_ORDER:
        clean = extract_sketch(mask, job.case.grid, view, level=level, structure=structure.name)
        drawings = [clean, *(redraw(clean, rng) for _ in range(job.config.drawings - 1))]
        pairs.append([sketch_arrays(d, structure.cube_mm, pixels) for d in drawings])
    shown = {"pictures": _quantised(np.stack([[p[0] for p in row] for row in pairs]))}
    if pixels != SKETCH_PIXELS:
        shown["lifted"] = _quantised(np.stack([[p[1] for p in row] for row in pairs]))
    return shown


def _quantised(values: NDArray[np.float32]) -> NDArray[np.int8]:
    return np.rint(np.clip(values, -1.0, 1.0) * 127.0).astype(np.int8)


def _number(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big")


def _write_npy(path: Path, array: NDArray[Any]) -> None:
    with written_beside(path) as beside:
        np.save(beside, array, allow_pickle=False)


def _write_npz(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    with written_beside(path) as beside:
        np.savez_compressed(beside, allow_pickle=False, **arrays)
