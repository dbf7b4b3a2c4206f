"""Latents of a corpus, encoded once and cached beside the run, keyed by the autoencoder's weights.

Processes that train together encode a share each, and read one file, mapped, so that a machine holds it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import header_data_from_array_1_0, write_array_header_1_0
from numpy.typing import NDArray
from torch import Tensor

from ..atomic import written_beside
from ..errors import OutputError
from ..generation.model.device import autocast
from ..networks import Coder
from .processes import barrier, count, is_first, rank, shared
from .samples import Corpus

BATCH = 8


def cached_latents(
    corpus: Corpus, kind: str, autoencoder: Coder, key: str, folder: Path, *, device: str = "cpu"
) -> NDArray[np.float16]:
    """(N, C, d, h, w) posterior means of every copy, mapped from their file.

    Args:
        kind: `target` (mask fields) or `image`.
        key: SHA-256 of the autoencoder; with kind and corpus size it names the cache file.

    Raises:
        OutputError: The folder cannot be written, or is another one on another machine.
    """
    path = folder / f"latents_{kind}_{key[:16]}_{len(corpus)}_{corpus.fingerprint()[:16]}.npy"
    if not shared(path.is_file()):
        fetch = corpus.targets if kind == "target" else corpus.images
        starts = range(0, len(corpus), BATCH)
        mine = [np.arange(start, min(start + BATCH, len(corpus))) for start in starts[rank() :: count()]]
        shares = [path.with_name(f".{path.stem}.{number}-of-{count()}.npy") for number in range(count())]
        own = path if count() == 1 else shares[rank()]
        _write(own, _encoded(autoencoder.to(device).eval(), fetch, mine, device), sum(map(len, mine)))
        barrier()
        if count() > 1 and is_first():
            _write(path, _in_turn(shares, len(starts)), len(corpus))
            for share in shares:
                share.unlink(missing_ok=True)
        barrier()
    if not path.is_file():
        raise OutputError(
            f"'{folder}' is not the same folder on every machine.", hint="Give an --out that all machines reach."
        )
    return np.load(path, mmap_mode="r")


def _encoded(
    autoencoder: Coder, fetch: Callable[[NDArray[np.int64]], Tensor], blocks: Sequence[NDArray[np.int64]], device: str
) -> Iterator[NDArray[np.float16]]:
    """The posterior means of blocks of rows."""
    with torch.no_grad(), autocast(device):
        for rows in blocks:
            mean = autoencoder.encode(fetch(rows).to(device))[0]
            yield mean.float().cpu().numpy().astype(np.float16)


def _in_turn(shares: Sequence[Path], blocks: int) -> Iterator[NDArray[np.float16]]:
    """All blocks, dealt out to the shares one by one."""
    dealt = [np.load(share, mmap_mode="r") for share in shares[:blocks]]
    for block in range(blocks):
        first = block // len(shares) * BATCH
        yield dealt[block % len(shares)][first : first + BATCH]


def _write(path: Path, blocks: Iterator[NDArray[np.float16]], rows: int) -> None:
    """Writes blocks as one array of so many rows, a block at a time."""
    with written_beside(path) as beside, beside.open("wb") as stream:
        for number, block in enumerate(blocks):
            if number == 0:
                header = header_data_from_array_1_0(np.empty((0, *block.shape[1:]), block.dtype))
                write_array_header_1_0(stream, header | {"shape": (rows, *block.shape[1:])})
            stream.write(np.ascontiguousarray(block).tobytes())
