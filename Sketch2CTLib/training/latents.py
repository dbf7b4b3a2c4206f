"""Latents of a corpus, encoded once and cached beside the run, keyed by the autoencoder's weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..atomic import written_beside
from ..generation.model.device import autocast
from ..networks import Coder
from .samples import Corpus

BATCH = 8


def cached_latents(
    corpus: Corpus, kind: str, autoencoder: Coder, key: str, folder: Path, *, device: str = "cpu"
) -> NDArray[np.float16]:
    """(N, C, d, h, w) posterior means of every copy.

    Args:
        kind: `target` (mask fields) or `image`.
        key: SHA-256 of the autoencoder; with kind and corpus size it names the cache file.
    """
    path = folder / f"latents_{kind}_{key[:16]}_{len(corpus)}_{corpus.fingerprint()[:16]}.npy"
    if path.is_file():
        return np.load(path)
    fetch: Callable[[NDArray[np.int64]], Tensor] = corpus.targets if kind == "target" else corpus.images
    autoencoder = autoencoder.to(device).eval()
    parts = []
    with torch.no_grad(), autocast(device):
        for start in range(0, len(corpus), BATCH):
            rows = np.arange(start, min(start + BATCH, len(corpus)))
            mean = autoencoder.encode(fetch(rows).to(device))[0]
            parts.append(mean.float().cpu().numpy().astype(np.float16))
    latents = np.concatenate(parts)
    with written_beside(path) as beside:
        np.save(beside, latents, allow_pickle=False)
    return latents
