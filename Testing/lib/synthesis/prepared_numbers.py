"""A prepared folder of numbers alone: bodies of one shape and many sizes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from Sketch2CTLib.data.prepared import FORMAT, VERSION


def write_prepared(folder: Path, count: int) -> None:
    rng = np.random.default_rng(1)
    cases = []
    for number in range(count):
        size, extents = np.exp(rng.normal(0, 0.1)), np.exp(rng.normal(0, 0.02, size=3)) * [200.0, 160.0, 170.0]
        metrics = {"volume_ml": 1400.0 * size**3, "surface_area_cm2": 900.0 * size**2, "max_diameter_mm": 240.0 * size}
        for axis, extent in zip(("rl", "ap", "si"), extents, strict=True):
            metrics[f"extent_{axis}_mm"] = extent * size
        named = {"case": f"c{number}", "patient": f"p{number}", "dataset": "made", "structure": "liver"}
        cases.append({**named, "split": "train", "metrics": metrics})
    (folder / "manifest.json").write_text(
        json.dumps({"format": FORMAT, "version": VERSION, "skipped": [], "cases": cases})
    )
