"""What the panels have done in a process of its own: measuring a mask, drawing it, asking a language model.

Run as a script: one JSON object comes in on stdin, one goes out on stdout.

    {"task": "measure", "mask": "mask.npy", "ijk_to_ras": [[…]], "tubular": false}    {"numbers": {…}}
    {"task": "draw", "mask": "mask.npy", "ijk_to_ras": [[…]], "views": ["axial"], "level": "creases",
     "structure": "liver"}                             {"sketches": [{…}]}
    {"task": "cut", "mask": "mask.npy", "ijk_to_ras": [[…]], "structure": "liver",
     "plane": {"view": "axial", "plane_to_ras": [[…]], "size_mm": [320, 320]}}
                                                       {"sketches": [{…}]}
    {"task": "describe", "url": "…", "model": "…", "structure": "liver", "numbers": {…}}
                                                       {"words": {…}, "summary": "…", "model": "…"}
    anything that fails                                {"error": {"code": …, "message": …, "hint": …}}
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import numpy as np

_MARGIN = 2  # voxels around a segment
_AIR = 1.05  # of a segment's longest edge, where it is larger than the structure's cube


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """The answer to one task; faults are a part of it."""
    from Sketch2CTLib.errors import Sketch2CTError

    tasks = {"measure": _measured, "draw": _drawn, "cut": _cut, "describe": _described}
    try:
        return tasks[task["task"]](task)
    except Sketch2CTError as error:
        return {"error": error.to_dict()}
    except ImportError as error:
        hint = "Click 'Repair' under Setup."
        return {"error": {"code": "missing_dependency", "message": f"A package is missing ({error}).", "hint": hint}}
    except MemoryError:
        hint = "Use a coarser segmentation, or close other programs."
        return {"error": {"code": "no_resources", "message": "There is not enough memory.", "hint": hint}}


def _measured(task: dict[str, Any]) -> dict[str, Any]:
    from Sketch2CTLib.description import measure

    return {"numbers": measure(*_mask(task), tubular=task["tubular"])}


def _drawn(task: dict[str, Any]) -> dict[str, Any]:
    mask = _mask(task)
    sketches = [drawn_from_mask(*mask, view, task["level"], task["structure"]) for view in task["views"]]
    return {"sketches": [sketch.to_dict() for sketch in sketches]}


def drawn_from_mask(mask_kji, grid, view: str, level: str, structure: str) -> Any:
    """The sketch of a segment on paper of the structure's size whose middle is the segment's.

    Raises:
        MaskError: It is empty or does not fit its grid.
    """
    from Sketch2CTLib import catalog
    from Sketch2CTLib.frames import PlaneFrame
    from Sketch2CTLib.sketch import Sketch, extract_sketch

    cut, around, middle, longest = _cut_out(np.asarray(mask_kji) > 0, grid)
    sketch = extract_sketch(cut, around, view, level=level, structure=structure)
    size = max(catalog.structure(structure).cube_mm, longest * _AIR)
    plane = PlaneFrame.standard(view, size, middle)
    strokes = tuple(
        replace(stroke, points_mm=plane.from_ras(sketch.plane.to_ras(stroke.points_mm))) for stroke in sketch.strokes
    )
    return Sketch(strokes, plane, structure)


def _cut(task: dict[str, Any]) -> dict[str, Any]:
    from Sketch2CTLib.frames import PlaneFrame

    plane = PlaneFrame(task["plane"]["view"], np.array(task["plane"]["plane_to_ras"]), tuple(task["plane"]["size_mm"]))
    return {"sketches": [cut_of_mask(*_mask(task), plane, task["structure"]).to_dict()]}


def cut_of_mask(mask_kji, grid, plane, structure: str) -> Any:
    """The contour of a segment on a plane. The grid is turned as it takes to make a turned plane a standard one.

    Raises:
        MaskError: It is empty, does not fit its grid, or is not cut by the plane.
    """
    from Sketch2CTLib.frames import PlaneFrame, VoxelGrid
    from Sketch2CTLib.frames import view as standard_view
    from Sketch2CTLib.sketch import Sketch, extract_contour

    middle = plane.position_mm * np.eye(3)[standard_view(plane.view).axis_ras]
    straight = PlaneFrame.standard(plane.view, plane.size_mm, middle)
    turn = straight.plane_to_ras @ np.linalg.inv(plane.plane_to_ras)
    turned = VoxelGrid(grid.shape_kji, turn @ grid.ijk_to_ras)
    cut = extract_contour(np.asarray(mask_kji) > 0, turned, plane.view, plane.position_mm)
    strokes = tuple(
        replace(stroke, points_mm=straight.from_ras(cut.plane.to_ras(stroke.points_mm))) for stroke in cut.strokes
    )
    return Sketch(strokes, plane, structure, "contour")


def _cut_out(body: np.ndarray, grid) -> tuple[np.ndarray, Any, np.ndarray, float]:
    """The body's box with a margin of nothing, its grid, its middle in RAS and its longest edge in RAS mm."""
    from Sketch2CTLib.errors import MaskError
    from Sketch2CTLib.frames import VoxelGrid

    if body.ndim != 3 or not body.any():
        raise MaskError(
            "The segment is empty: there is nothing to draw.", hint="Choose a segment that holds something."
        )
    if body.shape != grid.shape_kji:
        raise MaskError(f"A mask of shape {body.shape} does not fit its grid of {grid.shape_kji}.")
    spans = [np.flatnonzero(body.any(axis=tuple(other for other in range(3) if other != axis))) for axis in range(3)]
    low, high = np.array([span[0] for span in spans]), np.array([span[-1] for span in spans])
    cut = np.pad(body[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))], _MARGIN)
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] = grid.to_ras((low - _MARGIN)[::-1].astype(np.float64))
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=np.float64)
    reach = grid.to_ras(corners * (high - low + 1)[::-1] + low[::-1] - 0.5)
    longest = float(np.ptp(reach, axis=0).max())
    return cut, VoxelGrid(cut.shape, affine), (reach.min(axis=0) + reach.max(axis=0)) / 2, longest


def _mask(task: dict[str, Any]) -> tuple[Any, Any]:
    from Sketch2CTLib.frames import VoxelGrid

    mask_kji = np.load(task["mask"])
    return mask_kji, VoxelGrid(mask_kji.shape, np.array(task["ijk_to_ras"], dtype=float))


def _described(task: dict[str, Any]) -> dict[str, Any]:
    from Sketch2CTLib.description.llm import LlmDescriber, LlmSettings

    describer = LlmDescriber(LlmSettings(model=task["model"], base_url=task["url"]))
    description = describer.ask(describer.prompt(task["structure"], task["numbers"], {}))
    return {"words": description.words, "summary": description.summary, "model": description.model}


def main() -> None:
    """Reads the task, writes the answer."""
    task = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    sys.stdout.buffer.write(f"{json.dumps(answer(task))}\n".encode())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
