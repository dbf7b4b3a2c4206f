"""Image values ⇄ the networks' range [−1, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError

# What the shipped models were trained on: the soft-tissue window of the CT set, robust z × 100 for MR.
WINDOWS: dict[str, tuple[float, float]] = {"CT": (-125.0, 275.0), "MR": (-300.0, 500.0)}


def window_of(modality: str) -> tuple[float, float]:
    """The stored values that become −1 and 1.

    Raises:
        ConfigError: The modality is neither CT nor MR.
    """
    if modality not in WINDOWS:
        raise ConfigError(f"Unknown modality '{modality}'.", hint=f"Choose one of {', '.join(WINDOWS)}.")
    return WINDOWS[modality]


def to_unit(values: NDArray[Any], modality: str) -> NDArray[np.float32]:
    """HU (CT) or robust z × 100 (MR) → [−1, 1], clipped."""
    low, high = window_of(modality)
    return np.clip((values.astype(np.float32) - low) / (high - low) * 2.0 - 1.0, -1.0, 1.0)


def from_unit(values: NDArray[Any], modality: str) -> NDArray[np.int16]:
    """Undoes `to_unit`, rounded to int16."""
    low, high = window_of(modality)
    unit = np.clip(values.astype(np.float32), -1.0, 1.0)
    return np.rint((unit + 1.0) / 2.0 * (high - low) + low).astype(np.int16)
