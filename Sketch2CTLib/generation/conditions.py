"""From what a user gave to a ConditionBatch; training takes the same path, so that both see the same things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from .. import catalog
from ..conditioning import ConditionBatch, ConditionerConfig
from ..conditioning.fusion import SKETCH_CHANNELS, SKETCH_PIXELS
from ..conditioning.geometry import NumberScaler
from ..conditioning.lifted import box_numbers, sketch_channels
from ..conditioning.text import TEXT_DIM, encode_sentences
from ..sketch import Sketch, rasterise, silhouette

TEXT_SLOTS = 8


@dataclass(frozen=True)
class Request:
    """What one sample shall honour.

    Args:
        structure: Catalog name.
        sketch: Optional drawing.
        numbers: Known quantities.
        sentences: Words, one sentence each.
    """

    structure: str
    sketch: Sketch | None
    numbers: Mapping[str, float]
    sentences: tuple[str, ...]


def sketch_arrays(
    sketch: Sketch, cube_mm: float, lifted_pixels: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(2, 128, 128) channels for the capsules and (2, P, P) channels to lift, both on the cube's face."""
    pair = []
    for pixels in (SKETCH_PIXELS, lifted_pixels):
        ink = rasterise(sketch, pixels, size_mm=cube_mm)
        pair.append(sketch_channels(ink, silhouette(sketch, pixels, size_mm=cube_mm)))
    return pair[0], pair[1]


def text_slots(sentences: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(8, 384) sentence vectors and (8,) which slots are filled; sentences beyond the eighth are joined to it."""
    kept = list(sentences[: TEXT_SLOTS - 1])
    if len(sentences) >= TEXT_SLOTS:
        kept.append(" ".join(sentences[TEXT_SLOTS - 1 :]))
    vectors = np.zeros((TEXT_SLOTS, TEXT_DIM), dtype=np.float32)
    vectors[: len(kept)] = encode_sentences(kept)
    return vectors, np.arange(TEXT_SLOTS) < len(kept)


def condition_batch(requests: Sequence[Request], scaler: NumberScaler, config: ConditionerConfig) -> ConditionBatch:
    """The batch of several requests."""
    rows = [_row(request, scaler, config) for request in requests]
    stacked = {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}
    views = tuple(r.sketch.plane.view if r.sketch else catalog.structure(r.structure).view for r in requests)
    return ConditionBatch(views=views, **stacked)


def _row(request: Request, scaler: NumberScaler, config: ConditionerConfig) -> dict[str, NDArray[np.generic]]:
    wanted = catalog.structure(request.structure)
    shape = (SKETCH_CHANNELS, config.picture_pixels, config.picture_pixels)
    pictures = np.zeros((SKETCH_CHANNELS, SKETCH_PIXELS, SKETCH_PIXELS), dtype=np.float32)
    lifted = np.zeros(shape, dtype=np.float32)
    if request.sketch is not None:
        pictures, lifted = sketch_arrays(request.sketch, wanted.cube_mm, config.picture_pixels)
    text, text_known = text_slots(request.sentences)
    z_scores, known = scaler.z_scores(wanted.name, request.numbers)
    return {
        "pictures": pictures,
        "lifted": lifted,
        "text": text,
        "text_known": text_known,
        "z_scores": z_scores,
        "known": known,
        "box": box_numbers(request.numbers, wanted.cube_mm),
        "structure": np.array(catalog.STRUCTURE_NAMES.index(wanted.name)),
        "has_sketch": np.array(request.sketch is not None),
    }
