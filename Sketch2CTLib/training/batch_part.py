"""Which samples of a step are computed at once, and what each of them draws: a function of seed, step and position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True)
class BatchPart:
    """Samples of one step's global batch that one device computes at once.

    A sample draws from a generator of its own, so that neither the number of devices nor the accumulation of gradients
    changes it. A loss is the mean over its samples: then that of the whole batch is the mean over its parts.

    Args:
        step: Optimiser step.
        positions: Of the samples in the global batch.
    """

    step: int
    positions: range

    @classmethod
    def whole(cls, step: int, batch: int) -> BatchPart:
        """All samples of a step."""
        return cls(step, range(batch))

    def generators(self, seed: int, *stream: int) -> list[np.random.Generator]:
        """One generator a sample; each `stream` of the same seed has others."""
        return [np.random.default_rng([seed, *stream, self.step, position]) for position in self.positions]


def drawn_rows(rngs: Sequence[np.random.Generator], probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) a row for each generator, by the rows' probabilities."""
    return np.array([rng.choice(len(probabilities), p=probabilities) for rng in rngs])


def noise_generators(rngs: Sequence[np.random.Generator]) -> list[torch.Generator]:
    """One generator of torch a sample, on the CPU, seeded by a draw of the sample's own."""
    return [torch.Generator().manual_seed(int(rng.integers(2**62))) for rng in rngs]
