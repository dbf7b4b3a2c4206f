"""Geometry tokens: every number z-scored, in Fourier features, with an embedding of its own for 'unknown'."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

FREQUENCIES = 6


class NumberScaler:
    """Numbers → z-scores, per structure, by the mean and standard deviation seen in training.

    Args:
        names: Quantities, in token order.
        log: Which of them are compared by ratio (volumes, areas, lengths).
        statistics: structure → name → (mean, standard deviation) of the (log) value.
    """

    def __init__(
        self, names: tuple[str, ...], log: frozenset[str], statistics: Mapping[str, Mapping[str, tuple[float, float]]]
    ) -> None:
        self.names, self.log, self.statistics = names, log, statistics

    def z_scores(self, structure: str, numbers: Mapping[str, float]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """(Q,) z-scores, clipped to ±8 and zero where unknown, and (Q,) which are known."""
        values = np.zeros(len(self.names), dtype=np.float32)
        known = np.zeros(len(self.names), dtype=bool)
        table = self.statistics.get(structure, {})
        for position, name in enumerate(self.names):
            if name not in numbers or name not in table:
                continue
            mean, std = table[name]
            value = self._scaled(name, float(numbers[name]))
            values[position] = np.clip((value - mean) / max(std, 1e-6), -8.0, 8.0)
            known[position] = True
        return values, known

    def _scaled(self, name: str, value: float) -> float:
        return float(np.log(max(value, 1e-6))) if name in self.log else value

    @classmethod
    def fit(
        cls, names: tuple[str, ...], log: frozenset[str], samples: Mapping[str, list[Mapping[str, float]]]
    ) -> NumberScaler:
        """The scaler of structure → measured numbers of its training cases."""
        scaler = cls(names, log, {})
        statistics: dict[str, dict[str, tuple[float, float]]] = {}
        for structure, rows in samples.items():
            statistics[structure] = {}
            for name in names:
                values = [scaler._scaled(name, row[name]) for row in rows if name in row]
                if values:
                    std = float(np.std(values)) if np.std(values) > 1e-4 else 1.0
                    statistics[structure][name] = (float(np.mean(values)), std)
        return cls(names, log, statistics)

    def to_dict(self) -> dict[str, object]:
        """As JSON-ready data, kept with the weights."""
        return {"names": list(self.names), "log": sorted(self.log), "statistics": self.statistics}

    @classmethod
    def from_dict(cls, payload: Mapping[str, object]) -> NumberScaler:
        """Undoes `to_dict`."""
        statistics = {s: {n: tuple(v) for n, v in t.items()} for s, t in payload["statistics"].items()}  # type: ignore[attr-defined]
        return cls(tuple(payload["names"]), frozenset(payload["log"]), statistics)  # type: ignore[arg-type, call-overload]


class GeometryTokens(nn.Module):
    """z-scores (N, Q) and known flags (N, Q) → tokens (N, Q, context_dim)."""

    def __init__(self, quantities: int, context_dim: int, width: int = 64) -> None:
        super().__init__()
        self.name = nn.Parameter(torch.randn(quantities, width) * 0.2)
        self.unknown = nn.Parameter(torch.randn(quantities, width) * 0.02)
        self.value = nn.Linear(2 * FREQUENCIES + 1, width)
        self.project = nn.Sequential(nn.SiLU(), nn.Linear(width, context_dim))
        self.frequencies: Tensor
        self.register_buffer("frequencies", torch.pi * 2.0 ** torch.arange(-3, FREQUENCIES - 3), persistent=False)

    def forward(self, z_scores: Tensor, known: Tensor) -> Tensor:
        """One token a quantity; an unknown one carries no value."""
        angles = z_scores.unsqueeze(-1) * self.frequencies
        features = torch.cat([z_scores.unsqueeze(-1), angles.sin(), angles.cos()], dim=-1)
        value = known.unsqueeze(-1) * self.value(features) + (~known).unsqueeze(-1) * self.unknown
        return self.project(value + self.name)
