"""The downstream table for people and machines, and its chart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ... import catalog
from ...atomic import write_text
from ...generation.pipeline import Pipeline
from ..masks.plots import save
from ..table import CaseRow, EvaluationTable, summarise
from .downstream import DOWNSTREAM_COLUMNS, SOURCES, Downstream, gains

SHARE_TO_REACH = 0.95
_COLORS = {"real": "tab:gray", "synthetic": "tab:orange", "both": "tab:blue"}


class DownstreamReport:
    """Rows of a study, summed up.

    Args:
        rows: What `evaluate_downstream` gave.
        told: How the segmenters were trained and the scans drawn, ready for JSON.

    Raises:
        ConfigError: There are no rows.
    """

    def __init__(self, rows: Sequence[CaseRow], told: dict[str, Any]) -> None:
        rng = np.random.default_rng(1)
        self.rows, self.told = tuple(rows), told
        self.table: EvaluationTable = summarise(rows, rng, columns=DOWNSTREAM_COLUMNS)
        self.gains = gains(rows, rng)

    def to_text(self, width: int = 120) -> str:
        """The table, and below it both questions answered for each structure."""
        lines = [self.table.to_text(title="segmenters tested on real validation scans", width=width)]
        for name, found in self.gains.items():
            share, gain = found["synthetic_share"], found["both_gain"]
            part = "–" if share is None else f"{100 * share:.1f} %"
            between = "" if gain["low"] is None else f" [{gain['low']:+.3f}, {gain['high']:+.3f}]"
            lines.append(
                f"{name} (n {found['n']}): synthetic alone {part} of real (to reach {100 * SHARE_TO_REACH:.0f} %), "
                f"both − real {gain['value']:+.3f}{between} (to reach > 0)"
            )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """As strict JSON."""
        return self.table.to_dict() | {"gains": self.gains, "study": self.told}

    def write(self, path: Path) -> None:
        """Writes the JSON, whole or not at all.

        Raises:
            OutputError: The file cannot be written.
        """
        write_text(path, json.dumps(self.to_dict(), indent=1, allow_nan=False))

    def draw(self, folder: Path) -> Path:
        """A dot a validation case, a line at each mean with its interval; the PNG file.

        Raises:
            OutputError: The folder cannot be written.
        """
        names = list(dict.fromkeys(row.structure for row in self.rows))
        figure = Figure(figsize=(1.5 * len(names) + 2.5, 4.0), dpi=110, layout="constrained")
        axes = figure.subplots()
        step = 0.8 / len(SOURCES)
        for at, name in enumerate(names):
            for position, source in enumerate(SOURCES):
                values = [r.values["dice"] for r in self.rows if (r.structure, r.method) == (name, source)]
                x = at + (position - (len(SOURCES) - 1) / 2) * step
                color, label = _COLORS[source], source if at == 0 else None
                axes.plot([x] * len(values), values, "o", color=color, markersize=4, alpha=0.6, label=label)
                interval = next(r for r in self.table.rows if (r.structure, r.method) == (name, source)).intervals[
                    "dice"
                ]
                axes.plot([x - step / 3, x + step / 3], [interval.value] * 2, color=color, linewidth=2)
                if np.isfinite(interval.low):
                    axes.plot([x, x], [interval.low, interval.high], color=color, linewidth=1)
        axes.set_xticks(range(len(names)), [catalog.structure(name).title for name in names], fontsize=8, rotation=15)
        axes.set_ylabel("Dice on real validation scans")
        axes.grid(axis="y", alpha=0.3)
        figure.legend(loc="outside upper center", ncols=len(SOURCES), fontsize=8, frameon=False)
        path = folder / "downstream.png"
        save(path, figure)
        return path


def study_told(study: Downstream, pipeline: Pipeline, fitted: dict[str, Any]) -> dict[str, Any]:
    """What a study depends on, ready for JSON: also the key of its row log.

    Args:
        study: What is compared.
        pipeline: What draws the scans.
        fitted: How segmenters are trained: steps, batch, shape.
    """
    return {
        "structures": list(study.structures),
        "copies": study.copies,
        "seeds": list(study.seeds),
        "limit": study.limit,
        "voxels": study.voxels,
        "seed": study.seed,
        "image_steps": study.settings.image_steps,
        "preset": pipeline.preset.name,
        "models": pipeline.hashes(),
        "scan_recipe": pipeline.scan_recipe,
        "segmenter": fitted,
    }
