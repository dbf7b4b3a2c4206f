"""What the tests of `sketch2ct generate` ask for: drawings, neighbours, and a run on a tiny model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from synthetic import make_scan

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.frames import PlaneFrame, VoxelGrid, write_nrrd
from Sketch2CTLib.resources import resource_path
from Sketch2CTLib.sketch import Sketch, Stroke, load_sketch

SKETCH = str(resource_path("Sketches", "liver_sketch.json"))
DRAWING = str(resource_path("Sketches", "liver_drawing.png"))
DRAWN = ("--sketch", SKETCH, "--structure", "liver")


def run(models: str, out: Path, *arguments: str) -> int:
    return main(["generate", "--models", models, "--steps", "2", "--device", "cpu", "--out", str(out), *arguments])


def organs(path: Path) -> str:
    """The neighbours of `make_scan(2)` as a segmentation: its spleen, its liver, and what nobody knows."""
    labels, _, grid = make_scan(2)
    labels[:4, :10, :10] = 9
    names = {1: "Spleen", 6: "liver", 9: "Tumour"}
    told = {
        f"Segment{n}_{key}": text
        for n, (value, name) in enumerate(names.items())
        for key, text in {"ID": f"S{n}", "Name": name, "LabelValue": str(value), "Layer": "0"}.items()
    }
    write_nrrd(path, labels, grid, told)
    return str(path)


def second_view(path: Path, wider: float = 1.0) -> str:
    """A coronal ellipse as wide as the bundled liver sketch, on a plane of its own."""
    first = load_sketch(SKETCH)
    points = first.plane.to_ras(np.concatenate([stroke.points_mm for stroke in first.of_kind(("outline",))]))
    low, high = points.min(axis=0), points.max(axis=0)
    plane = PlaneFrame.standard("coronal", 320.0, (low + high) / 2)
    angle = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    half = (wider * (high - low)[0] / 2, 80.0)
    outline = np.stack([half[0] * np.cos(angle), half[1] * np.sin(angle)], axis=1)
    Sketch((Stroke(outline, closed=True),), plane, "liver").save(path)
    return str(path)


def cut_of_a_mask(folder: Path) -> str:
    """The contour of a ball of 60 mm, 10 mm above its middle, as `sketch --contour-at` draws it."""
    grid = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 160.0, 64)
    k, j, i = np.meshgrid(*(np.arange(64) - 31.5,) * 3, indexing="ij")
    write_nrrd(folder / "ball.nrrd", ((i**2 + j**2 + k**2) * 2.5**2 < 60**2).astype(np.uint8), grid)
    arguments = ["--view", "axial", "--contour-at", "10", "--out", str(folder / "cut.json")]
    assert main(["sketch", str(folder / "ball.nrrd"), *arguments]) == 0
    return str(folder / "cut.json")


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
