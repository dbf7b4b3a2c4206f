"""`sketch2ct sketch`: a mask → the sketch of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..catalog import Structure
    from ..frames import VoxelGrid
    from ..sketch import Sketch

_MARGIN = 1.25  # edge of the paper over the largest extent, where no structure tells it
_VOXELS = 192
_PNG_PIXELS = 1024


def sketch(
    mask: Annotated[Path, typer.Argument(help="Segmentation: NRRD, NIfTI or anything that SimpleITK reads.")],
    out: Annotated[Path, typer.Option(help="The sketch, a JSON file.")] = Path("sketch.json"),
    structure: Annotated[str | None, typer.Option(help="What the mask is of; sets the view and the paper.")] = None,
    view: Annotated[str | None, typer.Option(help="axial, coronal or sagittal; by default the structure's.")] = None,
    level: Annotated[str, typer.Option(help="How much to draw: outline, creases or detailed.")] = "creases",
    label: Annotated[int | None, typer.Option(help="Label value; needed where the mask has several.")] = None,
    png: Annotated[Path | None, typer.Option(help="Also a picture, black lines on white.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON summary.")] = False,
) -> None:
    """Draw the sketch of a mask.

    Example: sketch2ct sketch liver.nrrd --structure liver --level creases --out sketch.json --png sketch.png
    """
    from .. import catalog
    from ..data.masks import read_mask
    from ..sketch import extract_sketch

    known = catalog.structure(structure) if structure is not None else None
    found, grid = read_mask(mask, label)
    body, cube = _cube(found, grid, known)
    chosen = view or (known.view if known else "axial")
    drawn = extract_sketch(body, cube, chosen, level=level, structure=known.name if known else None)
    drawn.save(out)
    if png is not None:
        _write_png(drawn, png)
    summary = {
        "sketch": str(out),
        "png": str(png) if png is not None else None,
        "structure": drawn.structure,
        "label": label,
        "view": chosen,
        "level": level,
        "paper_mm": round(max(drawn.plane.size_mm), 3),
        "outlines": len(drawn.of_kind(("outline",))),
        "creases": len(drawn.of_kind(("crease",))),
        "digest": drawn.digest(),
    }
    if as_json:
        print(json.dumps(summary))
        return
    print(f"{summary['outlines']} outline(s) and {summary['creases']} crease(s), {chosen}, on {out}")


def _cube(body: NDArray[np.bool_], grid: VoxelGrid, known: Structure | None) -> tuple[NDArray[np.bool_], VoxelGrid]:
    """The body in an RAS cube, centred on its bounding box; the structure's cube, or one and a quarter extents."""
    import numpy as np

    from ..errors import MaskError
    from ..frames import VoxelGrid, resample

    kji = np.argwhere(body)
    faces_ijk = np.stack([kji.min(axis=0) - 0.5, kji.max(axis=0) + 0.5])[:, ::-1]
    corners = grid.to_ras([[faces_ijk[n >> axis & 1, axis] for axis in range(3)] for n in range(8)])
    least, most = corners.min(axis=0), corners.max(axis=0)
    extent = float((most - least).max())
    if known is not None and extent > known.cube_mm:
        raise MaskError(
            f"The mask reaches over {extent:.0f} mm, more than the {known.cube_mm:.0f} mm of '{known.name}'.",
            hint="Check the label and the structure, or leave the structure out.",
        )
    cube = VoxelGrid.ras_cube((least + most) / 2, known.cube_mm if known is not None else _MARGIN * extent, _VOXELS)
    moved = resample(body.astype(np.float32), grid, cube)
    return np.asarray(moved >= min(0.5, float(moved.max()) / 2)), cube


def _write_png(drawn: Sketch, path: Path) -> None:
    import cv2

    from ..errors import OutputError
    from ..sketch import rasterise
    from ..sketch.model import write_whole

    done, content = cv2.imencode(".png", 255 - rasterise(drawn, _PNG_PIXELS, width_mm=max(drawn.plane.size_mm) / 256))
    if not done:
        raise OutputError(f"The picture '{path}' cannot be encoded.")
    write_whole(path, content.tobytes())
