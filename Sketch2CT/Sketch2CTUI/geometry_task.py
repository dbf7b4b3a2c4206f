"""What the panels have done in a process of its own: measuring a mask, drawing it, asking a language model.

Run as a script: one JSON object comes in on stdin, one goes out on stdout.

    {"task": "measure", "mask": "mask.npy", "ijk_to_ras": [[…]], "tubular": false}    {"numbers": {…}}
    {"task": "draw", "mask": "mask.npy", "ijk_to_ras": [[…]], "views": ["axial"], "level": "creases",
     "structure": "liver"}                             {"sketches": [{…}]}
    {"task": "describe", "url": "…", "model": "…", "structure": "liver", "numbers": {…}}
                                                       {"words": {…}, "summary": "…", "model": "…"}
    anything that fails                                {"error": {"code": …, "message": …, "hint": …}}
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """The answer to one task; faults are a part of it."""
    from Sketch2CTLib.errors import Sketch2CTError

    tasks = {"measure": _measured, "draw": _drawn, "describe": _described}
    try:
        return tasks[asked["task"]](asked)
    except Sketch2CTError as error:
        return {"error": error.to_dict()}
    except ImportError as error:
        hint = "Click 'Repair' under Setup."
        return {"error": {"code": "missing_dependency", "message": f"A package is missing ({error}).", "hint": hint}}
    except MemoryError:
        hint = "Use a coarser segmentation, or close other programs."
        return {"error": {"code": "no_resources", "message": "There is not enough memory.", "hint": hint}}


def _measured(asked: dict[str, Any]) -> dict[str, Any]:
    from Sketch2CTLib.description import measure

    return {"numbers": measure(*_mask(asked), tubular=asked["tubular"])}


def _drawn(asked: dict[str, Any]) -> dict[str, Any]:
    from sketch_planes import drawn_from_mask  # beside this script

    mask = _mask(asked)
    drawn = [drawn_from_mask(*mask, view, asked["level"], asked["structure"]) for view in asked["views"]]
    return {"sketches": [sketch.to_dict() for sketch in drawn]}


def _mask(asked: dict[str, Any]) -> tuple[Any, Any]:
    from Sketch2CTLib.frames import VoxelGrid

    mask_kji = np.load(asked["mask"])
    return mask_kji, VoxelGrid(mask_kji.shape, np.array(asked["ijk_to_ras"], dtype=float))


def _described(asked: dict[str, Any]) -> dict[str, Any]:
    from Sketch2CTLib.description.llm import LlmDescriber, LlmSettings

    describer = LlmDescriber(LlmSettings(model=asked["model"], base_url=asked["url"]))
    found = describer.ask(describer.prompt(asked["structure"], asked["numbers"], {}))
    return {"words": found.words, "summary": found.summary, "model": found.model}


def main() -> None:
    """Reads the task, writes the answer."""
    asked = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    sys.stdout.buffer.write(f"{json.dumps(answer(asked))}\n".encode())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
