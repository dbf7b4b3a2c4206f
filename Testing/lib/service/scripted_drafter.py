"""A drafter that does what the request's text says, without networks: a ball whose radius in voxels is `radius=N`.

Words of the text: radius=N, delay=SECONDS, fail, die.
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.service.drafter import main
from Sketch2CTLib.service.protocol.bits import packed
from Sketch2CTLib.service.protocol.events import Drafted
from Sketch2CTLib.service.protocol.messages import Draft


def draft(request: Draft) -> Drafted:
    said = dict(word.partition("=")[::2] for word in request.text.split())
    time.sleep(float(said.get("delay", 0)))
    if "die" in said:
        os._exit(3)
    if "fail" in said:
        raise SketchError("It cannot be drawn.")
    grid = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 320.0, request.voxels)
    middle = (request.voxels - 1) / 2
    axes = np.ogrid[[slice(request.voxels)] * 3]
    body = sum((axis - middle) ** 2 for axis in axes) <= float(said.get("radius", 10)) ** 2
    return Drafted(
        id=request.id,
        structure=request.structure,
        shape_kji=grid.shape_kji,
        ijk_to_ras=grid.ijk_to_ras.tolist(),
        mask=packed(body),
        volume_ml=float(body.sum()) * grid.voxel_ml,
        notes=(f"process {os.getpid()}",),
    )


if __name__ == "__main__":
    sys.exit(main(answer=draft))
