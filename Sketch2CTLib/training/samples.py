"""The corpus in memory, and the conditions of its copies, each drawn from a generator of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .. import catalog
from ..conditioning import VIEW_NAMES, ConditionBatch, ConditionerConfig
from ..conditioning.contours import CrossSection, contour_field, signed_distance_2d
from ..conditioning.encoder import join_batches
from ..conditioning.geometry import NumberScaler
from ..conditioning.lifted import CENTROIDS, EXTENTS, TRUNCATION, WIDEST, box_numbers
from ..description.quantities import QUANTITIES
from ..errors import DatasetError
from ..generation.conditions import text_slots
from .corpus import FIELDS, VERSION, field_path


@dataclass(frozen=True)
class SampleRecord:
    """One copy: where it comes from and what was measured on it."""

    case: str
    dataset: str
    structure: str
    split: str
    modality: str | None
    numbers: dict[str, float]
    sentences: tuple[str, ...]


class Corpus:
    """All copies of one split; fields and images stay on disk, mapped.

    Args:
        folder: What `build_corpus` wrote.
        split: train or val.
        structures: Only these, if given.
        with_images: Keep only copies that have an image.

    Attributes:
        pictures: (N, views, drawings, 2, 128, 128) int8; lifted: the same at the preset's resolution.

    Raises:
        DatasetError: The folder holds no corpus, or nothing of that kind.
    """

    def __init__(
        self, folder: Path, split: str, *, structures: frozenset[str] | None = None, with_images: bool = False
    ) -> None:
        self.records: list[SampleRecord] = []
        drawn: dict[str, list[NDArray[np.int8]]] = {"pictures": [], "lifted": []}
        self._fields: dict[str, list[NDArray[Any]]] = {name: [] for name in FIELDS}
        self._place: list[tuple[int, int]] = []  # of each copy: its part, its row there
        for path in _parts(folder):
            with np.load(path) as part:
                case = json.loads(str(part["case"]))
                skip = case["split"] != split or (structures and case["structure"] not in structures)
                if skip or (with_images and case["modality"] is None):
                    continue
                for row, record in enumerate(json.loads(str(part["records"]))):
                    description = {"numbers": record["numbers"], "sentences": tuple(record["sentences"])}
                    self.records.append(SampleRecord(**case, **description))
                    self._place.append((len(self._fields["target"]), row))
                for name in FIELDS if with_images else FIELDS[:1]:
                    self._fields[name].append(np.load(field_path(path, name), mmap_mode="r"))
                drawn["pictures"].append(part["pictures"])
                drawn["lifted"].append(part["lifted"] if "lifted" in part else part["pictures"][:0])
        if not self.records:
            raise DatasetError(f"The corpus in '{folder}' has no {split} samples.", hint="Prepare more data.")
        self.pictures = np.concatenate(drawn["pictures"])
        lifted = np.concatenate(drawn["lifted"])
        self.lifted = lifted if len(lifted) else self.pictures

    def __len__(self) -> int:
        return len(self.records)

    @property
    def voxels(self) -> int:
        """Edge of the mask fields."""
        return int(self._fields["target"][0].shape[-1])

    def fingerprint(self) -> str:
        """Hex digest of what the copies are, for caches."""
        text = json.dumps([[r.case, r.structure, r.split, r.numbers] for r in self.records], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def fit_scaler(self) -> NumberScaler:
        """z-score statistics of every number, by structure."""
        names = tuple(q.name for q in QUANTITIES)
        log = frozenset(q.name for q in QUANTITIES if q.log)
        rows: dict[str, list[Mapping[str, float]]] = {}
        for record in self.records:
            rows.setdefault(record.structure, []).append(record.numbers)
        return NumberScaler.fit(names, log, rows)

    def weights(self, shares: Mapping[str, float] | None = None) -> NDArray[np.float64]:
        """(N,) drawing probabilities: each structure its share (all alike by default), its copies evenly."""
        structures = np.array([r.structure for r in self.records])
        present = sorted(set(structures))
        raw = {s: (shares or {}).get(s, (shares or {}).get("other", 1.0)) for s in present}
        total = sum(raw.values())
        probabilities = np.zeros(len(structures))
        for name in present:
            chosen = structures == name
            probabilities[chosen] = raw[name] / total / chosen.sum()
        return probabilities

    def targets(self, rows: NDArray[np.int64]) -> Tensor:
        """(n, 1, V, V, V) float32 mask fields in [−1, 1]."""
        return self._mapped("target", rows)

    def images(self, rows: NDArray[np.int64]) -> Tensor:
        """(n, 1, V, V, V) float32 images in [−1, 1]."""
        return self._mapped("image", rows)

    def labels(self, rows: NDArray[np.int64]) -> Tensor:
        """(n, 1, v, v, v) uint8 catalog values of all that is labelled; v is V, or half of it."""
        return torch.from_numpy(self._stacked("labels", rows)).unsqueeze(1)

    def section(self, row: int, axis_kji: int, index: int) -> NDArray[np.bool_]:
        """(V, V) bool, the organ of a copy on one plane of voxels, axes in array order."""
        part, place = self._place[row]
        return np.asarray(np.take(self._fields["target"][part][place], index, axis=axis_kji) > 0)

    def _mapped(self, name: str, rows: NDArray[np.int64]) -> Tensor:
        return _floats(self._stacked(name, rows)).unsqueeze(1)

    def _stacked(self, name: str, rows: NDArray[np.int64]) -> NDArray[Any]:
        if not self._fields[name]:
            raise DatasetError("This corpus was read without images.")
        places = [self._place[int(row)] for row in rows]
        return np.stack([self._fields[name][part][row] for part, row in places])


def _parts(folder: Path) -> list[Path]:
    try:
        index = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise DatasetError(f"'{folder}' holds no corpus ({error}).", hint="Training builds it; give --data.") from error
    if index.get("version") != VERSION:
        raise DatasetError(f"The corpus in '{folder}' is of an older version.", hint="Training builds it anew.")
    return [folder / name for name in index["parts"]]


class ConditionSource:
    """Conditions of corpus rows, with sentence vectors and z-scores computed once.

    Args:
        corpus: The copies.
        scaler: z-scores of their numbers.
        asked: What a model takes: how many sketches, and contours on which grid.
    """

    def __init__(self, corpus: Corpus, scaler: NumberScaler, asked: ConditionerConfig) -> None:
        self.corpus = corpus
        self.sketches, self.contour_cells = asked.sketches, asked.cells * asked.contour_parts
        records = corpus.records
        slots = _text_table([r.sentences for r in records])
        self.text, self.text_known = slots
        scored = [scaler.z_scores(r.structure, r.numbers) for r in records]
        self.z_scores = np.stack([s[0] for s in scored])
        self.known = np.stack([s[1] for s in scored])
        self.box = np.stack([box_numbers(r.numbers, catalog.structure(r.structure).cube_mm) for r in records])
        self.structure = np.array([catalog.place(r.structure) for r in records])
        self.view = np.array([VIEW_NAMES.index(catalog.structure(r.structure).view) for r in records])

    def batch(
        self,
        rows: NDArray[np.int64],
        drawings: NDArray[np.int64],
        views: NDArray[np.int64] | None = None,
        has_sketch: NDArray[np.bool_] | None = None,
        sections: Sequence[Sequence[CrossSection]] | None = None,
    ) -> ConditionBatch:
        """The conditions of `rows`.

        Args:
            rows: (N,) copies.
            drawings: (N,) which drawing of each.
            views: (N, K) views of up to K sketches; the structure's own view, alone, if None.
            has_sketch: (N, K) bool; every sketch if None.
            sections: The contours of each; none if None.
        """
        shown = self.view[rows, None] if views is None else views
        has = np.ones(shown.shape, dtype=bool) if has_sketch is None else has_sketch
        at = (rows[:, None], shown, drawings[:, None])
        fields = [contour_field(one, self.contour_cells) for one in sections or [()] * len(rows)]
        return ConditionBatch(
            pictures=_floats(self.corpus.pictures[at]),
            lifted=_floats(self.corpus.lifted[at]),
            views=torch.from_numpy(shown),
            text=torch.from_numpy(self.text[rows]),
            text_known=torch.from_numpy(self.text_known[rows]),
            z_scores=torch.from_numpy(self.z_scores[rows]),
            known=torch.from_numpy(self.known[rows]),
            box=torch.from_numpy(self.box[rows]),
            structure=torch.from_numpy(self.structure[rows]),
            has_sketch=torch.from_numpy(has),
            contours=torch.from_numpy(np.stack(fields)),
        )

    def some_batch(self, rows: NDArray[np.int64], rngs: Sequence[np.random.Generator]) -> ConditionBatch:
        """Conditions as people give them: mostly the usual view, sometimes others, with contours or contours alone.

        Args:
            rows: (N,) copies.
            rngs: The generator of each, so that its conditions do not depend on the others.
        """
        return join_batches([self._some(rows[i : i + 1], rng) for i, rng in enumerate(rngs)])

    def _some(self, rows: NDArray[np.int64], rng: np.random.Generator) -> ConditionBatch:
        n, views = len(rows), len(VIEW_NAMES)
        drawings = rng.integers(self.corpus.pictures.shape[2], size=n)
        counts = self._contour_counts(n, rng)
        sections = [self.contours(int(row), int(count), rng) for row, count in zip(rows, counts, strict=True)]
        if self.sketches == 1:
            return drop_conditions(self.batch(rows, drawings, sections=sections), rng)
        first = np.where(rng.random(n) < OTHER_VIEW, rng.integers(views, size=n), self.view[rows])
        way = rng.integers(1, 3, size=n)
        shown = np.stack([first, (first + way) % views, (first - way) % views], axis=1)[:, : self.sketches]
        second = rng.random(n) < SECOND_SKETCH
        third = second & (rng.random(n) < THIRD_SKETCH)
        alone = (counts > 0) & (rng.random(n) < CONTOURS_ALONE)
        has = np.stack([np.ones(n, dtype=bool), second, third], axis=1)[:, : self.sketches] & ~alone[:, None]
        return drop_conditions(self.batch(rows, drawings, shown, has, sections), rng)

    def _contour_counts(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        drawn = rng.random(n) < (SOME_CONTOURS if self.contour_cells else 0.0)
        return np.where(drawn, np.minimum(rng.geometric(CONTOUR_STOP, size=n), MOST_CONTOURS), 0)

    def contours(self, row: int, count: int, rng: np.random.Generator) -> list[CrossSection]:
        """Cross-sections of a copy on planes at random places within it, the lines off as those of people are."""
        extents = self.box[row, :3]
        sections = []
        for _ in range(count):
            axis_kji = int(rng.choice(3, p=CONTOUR_AXES))
            reach = PLANES_WITHIN * float(extents[2 - axis_kji])
            section = self.contour(row, axis_kji, float(rng.uniform(-reach, reach)), rng)
            if section is not None:
                sections.append(section)
        return sections

    def contour(
        self, row: int, axis_kji: int, position: float, rng: np.random.Generator | None = None
    ) -> CrossSection | None:
        """The cross-section of a copy on the voxels' plane nearest to a position; None where the plane misses it.

        Args:
            row: The copy.
            axis_kji: The array axis that the plane is perpendicular to.
            position: From the cube's middle, in edges of the cube.
            rng: Draws the errors of a hand; None for the true line.
        """
        voxels = self.corpus.voxels
        index = min(max(int((position + 0.5) * voxels), 0), voxels - 1)
        filled = self.corpus.section(row, axis_kji, index)
        if not filled.any():
            return None
        signed = signed_distance_2d(filled)
        if rng is not None:
            signed = np.clip(signed + _hand_errors(rng, voxels), -1.0, 1.0).astype(np.float32)
        return CrossSection(axis_kji, (index + 0.5) / voxels - 0.5, signed)


def _hand_errors(rng: np.random.Generator, pixels: int) -> NDArray[np.float32]:
    """(P, P) smooth displacements of a line along its normal, in units of the truncated distance."""
    import cv2

    deviation = rng.choice(HAND_ERRORS) / pixels / TRUNCATION
    coarse = rng.normal(0.0, deviation, (HAND_CELLS, HAND_CELLS)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (pixels, pixels), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


OTHER_VIEW = 0.15
SECOND_SKETCH = 0.3
THIRD_SKETCH = 0.3  # of those with a second
SOME_CONTOURS = 0.5  # of the samples have contours
CONTOUR_STOP = 0.4  # chance that a contour is the last
MOST_CONTOURS = 6
CONTOURS_ALONE = 0.25  # of those with contours have no silhouette
CONTOUR_AXES = (0.5, 0.25, 0.25)  # how often along k (axial), j and i
PLANES_WITHIN = 0.45  # of the extent, from the middle
HAND_ERRORS = (0.0, 0.5, 1.0, 1.5)  # voxels, one drawn for each line
HAND_CELLS = 7
SOME_NUMBERS = 0.2  # of the samples know a random part of the numbers only
FEW_NUMBERS = 0.45  # know just those that people state
_VOLUME = ("volume_ml",)
STATED_TOGETHER: tuple[tuple[str, ...], ...] = (
    (),  # drawings alone
    (),
    _VOLUME,
    _VOLUME,
    EXTENTS,
    (*_VOLUME, *EXTENTS),
    (*_VOLUME, *EXTENTS),
    (*_VOLUME, EXTENTS[0]),
    (*_VOLUME, EXTENTS[1]),
    (*_VOLUME, EXTENTS[2]),
    ("major_axis_mm", "middle_axis_mm", "minor_axis_mm"),
)
_NAMES = tuple(q.name for q in QUANTITIES)
_IN_BOX = [_NAMES.index(name) for name in (*EXTENTS, *WIDEST, *CENTROIDS)]
_STATED = np.array([[name in together for name in _NAMES] for together in STATED_TOGETHER])


def drop_conditions(batch: ConditionBatch, rng: np.random.Generator, probability: float = 0.1) -> ConditionBatch:
    """Drops sketches, numbers and words independently; besides, some samples know some numbers only.

    Those are a random part, or a set that people state together: the volume alone, the extents, and the like. Words
    that follow from numbers would tell them all: few numbers come without words.
    """
    n = len(batch)
    dropped = {k: torch.from_numpy(rng.random(n) < probability) for k in ("sketch", "numbers", "words")}
    kind = rng.random(n)
    few, some = kind < FEW_NUMBERS, (kind >= FEW_NUMBERS) & (kind < FEW_NUMBERS + SOME_NUMBERS)
    dropped["words"] |= torch.from_numpy(few)
    batch = batch.without(**dropped)
    share = np.where(some, rng.random(n), 0.0)
    kept = rng.random((n, len(_NAMES))) >= share[:, None]
    kept[few] = _STATED[rng.integers(len(STATED_TOGETHER), size=int(few.sum()))]
    fields: dict[str, Any] = dict(vars(batch))
    fields["known"] = batch.known & torch.from_numpy(kept)
    lost_box = torch.from_numpy(~kept[:, _IN_BOX])
    fields["box"] = torch.where(lost_box, torch.full_like(batch.box, float("nan")), batch.box)
    return ConditionBatch(**fields)


def _text_table(rows: list[tuple[str, ...]]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    from ..conditioning.text import encode_sentences

    encode_sentences(sorted({s for row in rows for s in row}))
    pairs = [text_slots(row) for row in rows]
    return np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])


def _floats(values: NDArray[np.int8]) -> Tensor:
    return torch.from_numpy(values).float() / 127.0
