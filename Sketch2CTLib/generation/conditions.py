"""From what a user gave to a ConditionBatch; training takes the same path, so that both see the same things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .. import catalog
from ..conditioning import VIEW_NAMES, ConditionBatch, ConditionerConfig
from ..conditioning.contours import CrossSection, contour_field, signed_distance_2d
from ..conditioning.fusion import SKETCH_CHANNELS, SKETCH_PIXELS
from ..conditioning.geometry import NumberScaler
from ..conditioning.lifted import box_numbers, sketch_channels
from ..conditioning.text import TEXT_DIM, encode_sentences
from ..errors import WeightsError
from ..frames import VoxelGrid
from ..frames import view as standard_view
from ..sketch import Sketch, rasterise, silhouette
from .placement import contour_position_mm
from .request import PlacedRequest

TEXT_SLOTS = 8


def sketch_arrays(
    sketch: Sketch, cube_mm: float, lifted_pixels: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(2, 128, 128) channels for the capsules and (2, P, P) channels to lift, both on the cube's face."""
    small = _channels(sketch, cube_mm, SKETCH_PIXELS)
    return small, small if lifted_pixels == SKETCH_PIXELS else _channels(sketch, cube_mm, lifted_pixels)


def _channels(sketch: Sketch, cube_mm: float, pixels: int) -> NDArray[np.float32]:
    ink = rasterise(sketch, pixels, size_mm=cube_mm)
    return sketch_channels(ink, silhouette(sketch, pixels, size_mm=cube_mm))


def text_slots(sentences: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(8, 384) sentence vectors and (8,) which slots are filled; sentences beyond the eighth are joined to it."""
    kept = list(sentences[: TEXT_SLOTS - 1])
    if len(sentences) >= TEXT_SLOTS:
        kept.append(" ".join(sentences[TEXT_SLOTS - 1 :]))
    vectors = np.zeros((TEXT_SLOTS, TEXT_DIM), dtype=np.float32)
    vectors[: len(kept)] = encode_sentences(kept)
    return vectors, np.arange(TEXT_SLOTS) < len(kept)


def condition_batch(
    requests: Sequence[PlacedRequest], scaler: NumberScaler, config: ConditionerConfig
) -> ConditionBatch:
    """The batch of several requests.

    Raises:
        WeightsError: A request has more sketches than the model takes.
    """
    rows = [_row(request, scaler, config) for request in requests]
    return ConditionBatch(**{name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]})


def _row(request: PlacedRequest, scaler: NumberScaler, config: ConditionerConfig) -> dict[str, NDArray[Any]]:
    wanted = catalog.structure(request.structure)
    text, text_known = text_slots(request.sentences)
    z_scores, known = scaler.z_scores(wanted.name, request.numbers)
    return _drawn(request, config) | {
        "text": text,
        "text_known": text_known,
        "z_scores": z_scores,
        "known": known,
        "box": box_numbers(request.numbers, wanted.cube_mm),
        "structure": np.array(catalog.place(wanted.name)),
        "contours": _lifted_contours(request, config),
    }


def _lifted_contours(request: PlacedRequest, config: ConditionerConfig) -> NDArray[np.float32]:
    """The contours' part of a row; of no cells where the model takes none."""
    size, cube_mm = config.cells * config.contour_parts, catalog.structure(request.structure).cube_mm
    contours = request.contours if size else ()
    return contour_field([cross_section(one, cube_mm, _offset_mm(one, request.grid)) for one in contours], size)


def _drawn(request: PlacedRequest, config: ConditionerConfig) -> dict[str, NDArray[Any]]:
    """The sketches' part of a row; a slot without a sketch is all zeros."""
    wanted, count = catalog.structure(request.structure), config.sketches
    if len(request.silhouettes) > count:
        most = "one sketch only" if count == 1 else f"{count} sketches at most"
        raise WeightsError(f"This model takes {most}.", hint="Drop the last one, or take another preset.")
    pictures = np.zeros((count, SKETCH_CHANNELS, SKETCH_PIXELS, SKETCH_PIXELS), dtype=np.float32)
    lifted = np.zeros((count, SKETCH_CHANNELS, config.picture_pixels, config.picture_pixels), dtype=np.float32)
    for slot, sketch in enumerate(request.silhouettes):
        pictures[slot], lifted[slot] = sketch_arrays(sketch, wanted.cube_mm, config.picture_pixels)
    names = [sketch.plane.view for sketch in request.silhouettes] or [wanted.view]
    views = fill_views([VIEW_NAMES.index(name) for name in names], count)
    drawn = np.arange(count) < len(request.silhouettes)
    return {"pictures": pictures, "lifted": lifted, "views": np.array(views), "has_sketch": drawn}


def fill_views(views: Sequence[int], count: int) -> list[int]:
    """The given views, and as many others as it takes to name one for each of `count` sketches."""
    return [*views, *(view for view in range(len(VIEW_NAMES)) if view not in views)][:count]


def _offset_mm(contour: Sketch, grid: VoxelGrid) -> float:
    """How far a contour's plane lies from the cube's middle, along the array axis that it is perpendicular to."""
    axis = standard_view(contour.plane.view).axis_ras
    return contour_position_mm(contour) - float(grid.center_ras @ grid.axis_ras(axis))


def cross_section(contour: Sketch, cube_mm: float, offset_mm: float) -> CrossSection:
    """A contour on a plane of the cube, as conditions take it.

    Args:
        contour: Drawn on a plane that is parallel to a face of the cube and centred on it.
        cube_mm: Edge of the cube.
        offset_mm: Of the plane from the cube's middle, along the array axis that it is perpendicular to.
    """
    plane = standard_view(contour.plane.view)
    filled = plane.from_picture(silhouette(contour, SKETCH_PIXELS, size_mm=cube_mm))
    return CrossSection(plane.axis_kji, offset_mm / cube_mm, signed_distance_2d(np.ascontiguousarray(filled)))
