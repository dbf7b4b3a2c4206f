"""The corpus in memory, and batches of it as a function of (seed, step) alone, so that a resumed run sees the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .. import catalog
from ..conditioning import VIEW_NAMES, ConditionBatch
from ..conditioning.geometry import NumberScaler
from ..conditioning.lifted import CENTROIDS, EXTENTS, WIDEST, box_numbers
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
    """Conditions of corpus rows, with sentence vectors and z-scores computed once."""

    def __init__(self, corpus: Corpus, scaler: NumberScaler) -> None:
        self.corpus = corpus
        records = corpus.records
        slots = _text_table([r.sentences for r in records])
        self.text, self.text_known = slots
        scored = [scaler.z_scores(r.structure, r.numbers) for r in records]
        self.z_scores = np.stack([s[0] for s in scored])
        self.known = np.stack([s[1] for s in scored])
        self.box = np.stack([box_numbers(r.numbers, catalog.structure(r.structure).cube_mm) for r in records])
        self.structure = np.array([catalog.STRUCTURE_NAMES.index(r.structure) for r in records])
        self.view = np.array([VIEW_NAMES.index(catalog.structure(r.structure).view) for r in records])

    def batch(
        self,
        rows: NDArray[np.int64],
        drawings: NDArray[np.int64],
        views: NDArray[np.int64] | None = None,
        has_sketch: NDArray[np.bool_] | None = None,
    ) -> ConditionBatch:
        """The conditions of `rows`.

        Args:
            rows: (N,) copies.
            drawings: (N,) which drawing of each.
            views: (N, K) views of up to K sketches; the structure's own view, alone, if None.
            has_sketch: (N, K) bool; every sketch if None.
        """
        shown = self.view[rows, None] if views is None else views
        has = np.ones(shown.shape, dtype=bool) if has_sketch is None else has_sketch
        at = (rows[:, None], shown, drawings[:, None])
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
        )

    def some_batch(self, rows: NDArray[np.int64], rng: np.random.Generator, sketches: int = 1) -> ConditionBatch:
        """Conditions as people give them: mostly the usual view, sometimes another, sometimes a second sketch."""
        n, views = len(rows), len(VIEW_NAMES)
        drawings = rng.integers(self.corpus.pictures.shape[2], size=n)
        if sketches == 1:
            return drop_conditions(self.batch(rows, drawings), rng)
        first = np.where(rng.random(n) < OTHER_VIEW, rng.integers(views, size=n), self.view[rows])
        second = (first + rng.integers(1, views, size=n)) % views
        has = np.stack([np.ones(n, dtype=bool), rng.random(n) < SECOND_SKETCH], axis=1)
        return drop_conditions(self.batch(rows, drawings, np.stack([first, second], axis=1), has), rng)


OTHER_VIEW = 0.15
SECOND_SKETCH = 0.3
SOME_NUMBERS = 0.25  # of the samples know a random part of the numbers only
FEW_NUMBERS = 0.25  # know just those that people state
_VOLUME = ("volume_ml",)
STATED_TOGETHER = (
    _VOLUME,
    EXTENTS,
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
