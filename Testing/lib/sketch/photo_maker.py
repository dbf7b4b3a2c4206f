"""Synthetic phone photos of a pencil drawing on paper: perspective, uneven light, a shadow, grain, blur, JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from Sketch2CTLib.sketch import Sketch, rasterise


@dataclass(frozen=True)
class PhotoStyle:
    """How a photo is taken; each is drawn from a generator by `random`."""

    tilt_deg: tuple[float, float]
    turn_deg: float
    distance: float
    gradient: tuple[float, float]
    vignette: float
    shadow: float
    pencil: float
    table: float
    noise: float
    blur: float
    ruled: bool = False
    ruling: float = 0.86
    squared: bool = True
    whole_sheet: bool = True

    @classmethod
    def random(cls, rng: np.random.Generator, **changes: object) -> PhotoStyle:
        values = {
            "tilt_deg": tuple(rng.uniform(-15, 15, 2) / np.sqrt(2)),
            "turn_deg": float(rng.uniform(-6, 6)),
            "distance": float(rng.uniform(1.25, 1.45)),
            "gradient": tuple(rng.uniform(-0.3, 0.3, 2)),
            "vignette": float(rng.uniform(0.1, 0.35)),
            "shadow": float(rng.uniform(0.55, 0.8)),
            "pencil": float(rng.uniform(0.35, 0.6)),
            "table": float(rng.uniform(0.15, 0.5)),
            "noise": float(rng.uniform(2, 6)),
            "blur": float(rng.uniform(0.6, 1.4)),
        }
        return cls(**{**values, **changes})


def drawn_sheet(sketch: Sketch, style: PhotoStyle, rng: np.random.Generator, aspect: float = 2**0.5) -> NDArray:
    """The share of light that the sheet throws back, (rows, columns) float32; the sketch's plane in its middle."""
    height, width = 1000, round(1000 * aspect)
    ink = rasterise(sketch, height, width_mm=max(sketch.plane.size_mm) / 160).astype(np.float32) / 255
    grain = cv2.GaussianBlur(rng.normal(0, 1, ink.shape).astype(np.float32), (0, 0), 1.5)
    ink *= np.clip(style.pencil + 0.25 * grain, 0.15, 0.9)
    sheet = np.full((height, width), 0.93, np.float32)
    left = (width - height) // 2
    sheet[:, left : left + height] *= 1 - ink
    if style.ruled:
        for line in range(60, height, 40):
            sheet[line : line + 2] *= style.ruling
        for line in range(60, width if style.squared else 0, 40):
            sheet[:, line : line + 2] *= style.ruling
    return sheet


def photograph(sketch: Sketch, style: PhotoStyle, rng: np.random.Generator, columns: int = 1600) -> bytes:
    """A JPEG of the sheet lying on a table."""
    sheet = drawn_sheet(sketch, style, rng)
    rows = round(columns * 0.75)
    seen, covered = _seen(sheet, style, rows, columns)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (rows, columns)).astype(np.float32), (0, 0), 4) * 0.1
    table = np.clip(style.table * (1 + grain), 0.05, 0.9)
    photo = (covered * seen + (1 - covered) * table) * _light(style, rng, rows, columns)
    photo = cv2.GaussianBlur(photo * 255, (0, 0), style.blur) + rng.normal(0, style.noise, photo.shape)
    return cv2.imencode(".jpg", np.clip(photo, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()


def _seen(sheet: NDArray, style: PhotoStyle, rows: int, columns: int) -> tuple[NDArray, NDArray]:
    """The sheet through a camera, and how much of each pixel it covers."""
    height, width = sheet.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    flat = (corners - [width / 2, height / 2]) / width
    lift, swing, turn = np.radians([*style.tilt_deg, style.turn_deg])
    rotation = cv2.Rodrigues(np.array([lift, 0, 0]))[0] @ cv2.Rodrigues(np.array([0, swing, 0]))[0]
    rotation = rotation @ cv2.Rodrigues(np.array([0, 0, turn]))[0]
    space = np.column_stack([flat, np.zeros(4)]) @ rotation.T
    focal = 0.78 * columns
    nearness = style.distance if style.whole_sheet else 0.62
    depth = space[:, 2] + nearness * 0.78
    pixels = space[:, :2] / depth[:, None] * focal + [columns / 2, rows / 2]
    matrix = cv2.getPerspectiveTransform((corners - 0.5).astype(np.float32), pixels.astype(np.float32))
    how = {"flags": cv2.INTER_AREA, "borderMode": cv2.BORDER_CONSTANT, "borderValue": 0}
    covered = cv2.warpPerspective(np.ones_like(sheet), matrix, (columns, rows), **how)
    seen = cv2.warpPerspective(sheet, matrix, (columns, rows), **how)
    return seen / np.maximum(covered, 1e-3), covered


def _light(style: PhotoStyle, rng: np.random.Generator, rows: int, columns: int) -> NDArray:
    """A lamp from one side, the lens's darker corners, and the edge of a shadow."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    light = 0.85 * (1 + style.gradient[0] * x + style.gradient[1] * y) * (1 - style.vignette * (x**2 + y**2) / 2)
    angle, shift = rng.uniform(0, 2 * np.pi), rng.uniform(-0.4, 0.4)
    side = 1 / (1 + np.exp(-(np.cos(angle) * x + np.sin(angle) * y - shift) / rng.uniform(0.005, 0.05)))
    return np.clip(light * (1 - (1 - style.shadow) * side), 0, 1.1)
