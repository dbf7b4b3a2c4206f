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
from ..conditioning import ConditionBatch
from ..conditioning.geometry import NumberScaler
from ..conditioning.lifted import box_numbers
from ..description.quantities import QUANTITIES
from ..errors import DatasetError
from ..generation.conditions import text_slots


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
    """All copies of one split.

    Args:
        folder: What `build_corpus` wrote.
        split: train or val.
        structures: Only these, if given.
        with_images: Keep only copies that have an image.

    Raises:
        DatasetError: The folder holds no corpus, or nothing of that kind.
    """

    def __init__(
        self, folder: Path, split: str, *, structures: frozenset[str] | None = None, with_images: bool = False
    ) -> None:
        try:
            index = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise DatasetError(
                f"'{folder}' holds no corpus ({error}).", hint="Training builds it; give --data."
            ) from error
        self.records: list[SampleRecord] = []
        arrays: dict[str, list[NDArray[np.int8]]] = {"target": [], "pictures": [], "lifted": [], "image": []}
        for name in index["parts"]:
            with np.load(folder / name) as part:
                case = json.loads(str(part["case"]))
                skip = case["split"] != split or (structures and case["structure"] not in structures)
                if skip or (with_images and case["modality"] is None):
                    continue
                for record in json.loads(str(part["records"])):
                    self.records.append(
                        SampleRecord(**case, numbers=record["numbers"], sentences=tuple(record["sentences"]))
                    )
                for key, kept in arrays.items():
                    if key != "image" or with_images:
                        kept.append(part[key])
        if not self.records:
            raise DatasetError(f"The corpus in '{folder}' has no {split} samples.", hint="Prepare more data.")
        self.target, self.pictures, self.lifted = (np.concatenate(arrays[k]) for k in ("target", "pictures", "lifted"))
        self.image = np.concatenate(arrays["image"]) if with_images else None

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
        return _floats(self.target[rows]).unsqueeze(1)

    def images(self, rows: NDArray[np.int64]) -> Tensor:
        """(n, 1, V, V, V) float32 images in [−1, 1]."""
        if self.image is None:
            raise DatasetError("This corpus was read without images.")
        return _floats(self.image[rows]).unsqueeze(1)


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
        self.views = [catalog.structure(r.structure).view for r in records]

    def batch(self, rows: NDArray[np.int64], drawings: NDArray[np.int64]) -> ConditionBatch:
        """The conditions of `rows`, each with the chosen drawing."""
        return ConditionBatch(
            pictures=_floats(self.corpus.pictures[rows, drawings]),
            lifted=_floats(self.corpus.lifted[rows, drawings]),
            views=tuple(self.views[r] for r in rows),
            text=torch.from_numpy(self.text[rows]),
            text_known=torch.from_numpy(self.text_known[rows]),
            z_scores=torch.from_numpy(self.z_scores[rows]),
            known=torch.from_numpy(self.known[rows]),
            box=torch.from_numpy(self.box[rows]),
            structure=torch.from_numpy(self.structure[rows]),
            has_sketch=torch.ones(len(rows), dtype=torch.bool),
        )


def drop_conditions(batch: ConditionBatch, rng: np.random.Generator, probability: float = 0.1) -> ConditionBatch:
    """Drops sketch, numbers and words independently; besides, a random subset of the numbers in half the samples."""
    n, quantities = batch.known.shape
    dropped = {k: torch.from_numpy(rng.random(n) < probability) for k in ("sketch", "numbers", "words")}
    batch = batch.without(**dropped)
    share = np.where(rng.random((n, 1)) < 0.5, 0.0, rng.random((n, 1)))
    lost = torch.from_numpy(rng.random((n, quantities)) < share)
    lost_box = torch.from_numpy(rng.random((n, 3)) < share).repeat(1, 3)
    fields: dict[str, Any] = dict(vars(batch))
    fields["known"] = batch.known & ~lost
    fields["box"] = torch.where(lost_box, torch.full_like(batch.box, float("nan")), batch.box)
    return ConditionBatch(**fields)


def _text_table(rows: list[tuple[str, ...]]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    from ..conditioning.text import encode_sentences

    encode_sentences(sorted({s for row in rows for s in row}))
    pairs = [text_slots(row) for row in rows]
    return np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])


def _floats(values: NDArray[np.int8]) -> Tensor:
    return torch.from_numpy(values).float() / 127.0
