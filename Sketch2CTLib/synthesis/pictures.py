"""Contact sheets: three slices of each of the first samples with the organ's contour, small, many on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import written_beside
from ..formats import LabelledVolume
from .records import reports_of

FOLDER = "previews"
PIXELS = 128  # of a slice
A_SHEET, SHEETS = 24, 2
_COLUMNS = 4
_CONTOURS = ((255, 196, 60), (90, 200, 250), (120, 220, 120), (240, 130, 200), (200, 160, 255), (255, 130, 90))
_SHADE = (221, 130, 101)
_WINDOWS = {"CT": (-150.0, 250.0), "MR": (-150.0, 400.0)}
_CAPTION = 14

Picture = NDArray[np.uint8]


def write_thumbnail(volume: LabelledVolume, index: int, out: Path) -> None:
    """Writes three slices through the organ's middle side by side, of the samples that a sheet may show.

    Raises:
        OutputError: It cannot be written.
    """
    if index >= A_SHEET * SHEETS * 2 or not volume.labels.any():
        return
    from PIL import Image

    slices = [_slice(volume, axis) for axis in range(3)]
    with written_beside(out / FOLDER / f"{volume.title}.png") as beside:
        Image.fromarray(np.concatenate(slices, axis=1)).save(beside)


def write_sheets(records: Iterable[Mapping[str, Any]], out: Path) -> list[Path]:
    """Writes the contact sheets of the first accepted samples; their paths.

    Raises:
        OutputError: One cannot be written.
    """
    accepted = ((one, out / FOLDER / f"{one['name']}.png") for one in records if one["status"] == "accepted")
    named = list(islice(((record, path) for record, path in accepted if path.is_file()), A_SHEET * SHEETS))
    return [_sheet(named[at : at + A_SHEET], at // A_SHEET, out) for at in range(0, len(named), A_SHEET)]


def _sheet(named: list[tuple[Mapping[str, Any], Path]], number: int, out: Path) -> Path:
    from PIL import Image, ImageDraw

    width, height = 3 * PIXELS, PIXELS + _CAPTION
    rows = -(-len(named) // _COLUMNS)
    page = Image.new("RGB", (width * min(len(named), _COLUMNS), height * rows), (20, 20, 24))
    draw = ImageDraw.Draw(page)
    for at, (record, path) in enumerate(named):
        x, y = at % _COLUMNS * width, at // _COLUMNS * height
        with Image.open(path) as one:
            page.paste(one, (x, y + _CAPTION))
        volumes = [report["measured"].get("volume_ml", 0.0) for report in reports_of(record).values()]
        told = " + ".join(f"{ml:.0f}" for ml in volumes)
        draw.text((x + 4, y + 1), f"{record['name']}  {told} mL", fill=(220, 220, 220))
    path = out / f"contact_sheet_{number + 1}.png"
    with written_beside(path) as beside:
        page.save(beside)
    return path


def _slice(volume: LabelledVolume, axis: int) -> Picture:
    """(PIXELS, PIXELS, 3) the slice through the organ's middle across an axis of kji, as Slicer shows it.

    Of a mask without a scan, how deep it is.
    """
    body = np.asarray(volume.labels > 0)
    middle = int(np.argwhere(body)[:, axis].mean())
    numbers = range(1, len(volume.structures) + 1)
    organs = [np.asarray(volume.labels == number) for number in numbers]
    has_scan = volume.values is not None
    flat = [np.asarray(one.take(middle, axis=axis) if has_scan else one.any(axis=axis)) for one in organs]
    if volume.values is not None:
        low, high = _WINDOWS[volume.modality]
        across = np.asarray(volume.values.take(middle, axis=axis), dtype=np.float32)
        grey = np.clip((across - low) / (high - low), 0, 1)
        colours: Picture = np.repeat((grey * 255).astype(np.uint8)[..., None], 3, axis=2)
    else:
        sums = np.asarray(body.sum(axis=axis))
        depth = sums / max(int(sums.max()), 1)
        colours = (depth[..., None] * np.array(_SHADE)).astype(np.uint8)
    spacing = volume.grid.spacing_mm[::-1]
    rows_mm, columns_mm = (float(spacing[other]) for other in range(3) if other != axis)
    upright = colours[::-1, ::-1]  # the patient's right and front are left and top
    contours = [one[::-1, ::-1] for one in flat]
    return _fitted(upright, contours, rows_mm, columns_mm)


def _fitted(colours: Picture, bodies: Sequence[NDArray[np.bool_]], rows_mm: float, columns_mm: float) -> Picture:
    """A slice with true proportions in a square, and the contour of each organ drawn on it."""
    import cv2

    height, width = colours.shape[0] * rows_mm, colours.shape[1] * columns_mm
    scale = PIXELS / max(height, width)
    size = (max(int(width * scale), 1), max(int(height * scale), 1))
    picture = cv2.resize(np.ascontiguousarray(colours), size, interpolation=cv2.INTER_AREA)
    for number, body in enumerate(bodies):
        filled = cv2.resize(np.ascontiguousarray(body).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        lines, _ = cv2.findContours(filled, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, lines, -1, _CONTOURS[number % len(_CONTOURS)], 1)
    square = np.zeros((PIXELS, PIXELS, 3), dtype=np.uint8)
    top, left = (PIXELS - size[1]) // 2, (PIXELS - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = picture
    return square
