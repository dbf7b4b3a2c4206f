"""A segment's numbers, measured by a process of its own."""

from __future__ import annotations

from collections.abc import Callable

from Sketch2CTLib import catalog
from Sketch2CTLib.frames import VoxelGrid

from ..backend.tasks import SegmentTask


def measuring(mask_kji, grid: VoxelGrid, structure: str, on_done: Callable, on_failed: Callable) -> SegmentTask:
    """A mask that is being measured.

    Args:
        mask_kji: (D, H, W), non-zero inside.
        grid: Its grid.
        structure: Catalog name; tubes get a centreline.
        on_done: Called with quantity name → value.
        on_failed: Called with a message and a hint; also where the mask is empty.
    """
    task = {"task": "measure", "tubular": catalog.structure(structure).tubular}
    return SegmentTask(mask_kji, grid, task, lambda answer: on_done(answer["numbers"]), on_failed)
