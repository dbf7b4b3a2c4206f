"""A scan of a mask: the layout around it is drawn, or given, and painted."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ...catalog import label_value
from ...data.intensity import from_unit
from ...data.layout import UNKNOWN, Layout
from ...errors import ConfigError
from ..layouts.drawing import FRAME, draw_layout
from ..model.layout_stage import ORGANS
from ..model.loaded import PAINTER, LoadedModels
from ..settings import Progress
from ..values import ImageVolume, MaskVolume
from ..volumes.scans import ScanRequest
from .beyond import NOTE, beyond_window
from .drawing import STYLES, painted
from .styles import ScanStyles

BEYOND = "with values beyond the window"
_MODALITY: Literal["CT"] = "CT"  # of the layouts and scans that both networks learned from


def paints(models: LoadedModels, structure: str, modality: str) -> bool:
    """Whether the scans of a structure are painted from layouts."""
    return models.paints and modality == _MODALITY and structure in models.extras.get(FRAME, {})


def unpainted(structure: str, what: str) -> ConfigError:
    """What is told of a scan that must be painted, and is not.

    Args:
        structure: Catalog name.
        what: Of the scan, that painting alone gives.
    """
    return ConfigError(
        f"A scan of the {structure.replace('_', ' ')} {what} must be painted.",
        hint="Leave that out, or take --no-volume; CT alone is painted, where the model can.",
    )


def organs_taken(structure: str) -> frozenset[int]:
    """Label values of the neighbours that a layout around a structure is made beside."""
    return frozenset(label_value(name) for name in ORGANS if name != structure)


def paint_scan(
    models: LoadedModels, mask: MaskVolume, seed: int, request: ScanRequest, *, progress: Progress | None = None
) -> ImageVolume:
    """The scan of a mask, on the mask's own grid, with the layout that it was painted from.

    Args:
        models: Loaded networks, with a layout stage and a painter.
        mask: On a cube; the layout keeps it to the voxel.
        seed: Of layout, style and noise.
        request: Neighbours and a layout that are known.
        progress: Called as (stage, step, of); it may raise Cancelled.

    Raises:
        WeightsError: A network is missing.
        ConfigError: The modality is not CT, or the structure stands in no layout.
        MaskError: The mask is empty.
    """
    if not paints(models, mask.structure, request.modality_of(mask.structure)):
        raise ConfigError(
            f"A layout is given, and this model paints no {request.modality_of(mask.structure)} of the "
            f"{mask.structure.replace('_', ' ')} from one.",
            hint="Leave the layout out, or choose a model with a layout stage and a painter.",
        )
    layout, notes = _layout(models, mask.require_body(), seed, request, progress)
    models.before_use()
    style = ScanStyles.from_dict(models.extra(STYLES)).drawn(seed)
    if progress is not None:
        progress("volume", 0, 1)
    unit = painted(models.network(PAINTER), layout, style, seed)
    if progress is not None:
        progress("volume", 1, 1)
    values = from_unit(unit, _MODALITY)
    if request.full_hu:
        values, notes = beyond_window(values, layout, seed), (*notes, NOTE)
    return ImageVolume(values, mask.grid, _MODALITY, layout=layout, notes=notes)


def finer_scan(
    models: LoadedModels, scan: ImageVolume, mask: MaskVolume, seed: int, *, full_hu: bool = False
) -> ImageVolume:
    """A painted scan anew on a finer grid, from the same layout, in the same style.

    Args:
        models: Loaded networks, with a painter.
        scan: On the cube of a mask, painted.
        mask: The same organ on finer voxels of the same cube.
        seed: That the scan was painted with.
        full_hu: Whether it shall have values beyond the window.

    Raises:
        ConfigError: The scan was not painted.
    """
    if scan.layout is None:
        raise ConfigError(
            f"A finer {scan.modality} needs one that is painted.",
            hint="Leave the spacing out; CT alone is painted, where the model can.",
        )
    models.before_use()
    layout = scan.layout.on(mask.grid).with_organs({mask.structure: mask.body})
    style = ScanStyles.from_dict(models.extra(STYLES)).drawn(seed)
    unit = painted(models.network(PAINTER), layout, style, seed)
    values = from_unit(unit, scan.modality)
    return ImageVolume(beyond_window(values, layout, seed) if full_hu else values, mask.grid, scan.modality)


def _layout(
    models: LoadedModels, mask: MaskVolume, seed: int, request: ScanRequest, progress: Progress | None
) -> tuple[Layout, tuple[str, ...]]:
    """The given layout with the mask in it, or one that is drawn around the mask; what the former leaves open too."""
    own = {mask.structure: mask.body}
    given = None if request.layout is None else request.layout.on(mask.grid)
    if given is not None and (given.labels != UNKNOWN).all():
        return given.with_organs(own), ()
    beside = given
    if request.labels is not None:
        known = request.labels if given is None else np.where(given.labels == UNKNOWN, request.labels, given.labels)
        beside = Layout(known.astype(np.uint8), mask.grid)
    drawn = draw_layout(models, [mask], seed, mask.grid, beside=beside, progress=progress)
    if given is None:
        return drawn.layout, drawn.notes
    merged = np.where(given.labels == UNKNOWN, drawn.layout.labels, given.labels).astype(np.uint8)
    return Layout(merged, mask.grid).with_organs(own), drawn.notes
