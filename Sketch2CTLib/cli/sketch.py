"""`sketch2ct sketch`: a mask → the sketch of it; a drawing (picture, SVG, strokes) → a sketch in mm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
_HEAD_BYTES = 4096
_DRAWINGS = (".png", ".jpg", ".jpeg", ".svg", ".json")


def sketch(
    ctx: typer.Context,
    source: Annotated[
        Path, typer.Argument(help="A segmentation (NRRD, NIfTI, …), or a drawing (PNG, JPEG, SVG, sketch JSON).")
    ],
    out: Annotated[Path, typer.Option(help="The sketch, a JSON file.")] = Path("sketch.json"),
    structure: Annotated[str | None, typer.Option(help="What is shown; sets the view and the paper.")] = None,
    view: Annotated[str | None, typer.Option(help="axial, coronal or sagittal; by default the structure's.")] = None,
    level: Annotated[str, typer.Option(help="Of a mask, how much to draw: outline, creases or detailed.")] = "creases",
    label: Annotated[str | None, typer.Option(help="Label value or segment; needed where there are several.")] = None,
    contour_at: Annotated[
        float | None, typer.Option(help="Of a mask, its cut across the view, so many mm from the mask's middle.")
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(help="Of a drawing: paper, typical, width:180mm, height:12cm, bar:50mm or 0.25mm/px."),
    ] = None,
    png: Annotated[Path | None, typer.Option(help="Also a picture, black lines on white.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON summary.")] = False,
) -> None:
    """Draw the sketch of a mask or its contour on a slice, or read a drawing into strokes in mm.

    A contour's place grows towards the patient's right, front or top, and may be negative.

    Example: sketch2ct sketch liver.nrrd --structure liver --level creases --out sketch.json --png sketch.png

    Example: sketch2ct sketch liver.nrrd --structure liver --view coronal --contour-at -20 --out contour.json

    Example: sketch2ct sketch photo.jpg --structure liver --scale width:210mm --out sketch.json
    """
    from .. import catalog
    from .usage import SKETCH_OF_DRAWING, SKETCH_OF_MASK, given_options, tell_void

    known = catalog.structure(structure) if structure is not None else None
    is_drawing = _is_drawing(source)
    tell_void(given_options(ctx), SKETCH_OF_DRAWING if is_drawing else SKETCH_OF_MASK)
    if is_drawing:
        drawn, summary = _from_drawing(source, known, view, scale)
    else:
        drawn, summary = _from_mask(source, known, view, level if contour_at is None else contour_at, label)
    drawn.save(out)
    if png is not None:
        _write_png(drawn, png)
    summary |= {
        "sketch": str(out),
        "png": str(png) if png is not None else None,
        "structure": drawn.structure,
        "role": drawn.role,
        "view": drawn.plane.view,
        "paper_mm": round(max(drawn.plane.size_mm), 3),
        "outlines": len(drawn.of_kind(("outline",))),
        "creases": len(drawn.of_kind(("crease",))),
        "digest": drawn.digest(),
    }
    if as_json:
        print(json.dumps(summary))
        return
    for note in summary.get("notes", ()):
        print(note)
    print(f"{summary['outlines']} outline(s) and {summary['creases']} crease(s), {drawn.plane.view}, on {out}")


def _from_mask(
    path: Path, known: Structure | None, view: str | None, drawn_as: str | float, label: str | None
) -> tuple[Sketch, dict[str, Any]]:
    """The sketch at a level of detail, or the contour so many mm from the body's middle."""
    from ..data.masks import read_mask
    from ..frames import view as standard_view
    from ..sketch import extract_contour, extract_sketch

    mask, grid = read_mask(path, label)
    body, cube = _cube(mask, grid, known)
    chosen = view or (known.view if known else "axial")
    name = known.name if known else None
    if isinstance(drawn_as, str):
        drawn = extract_sketch(body, cube, chosen, level=drawn_as, structure=name)
        return drawn, {"from": "mask", "label": label, "level": drawn_as}
    position_mm = float(cube.center_ras[standard_view(chosen).axis_ras]) + drawn_as
    drawn = extract_contour(body, cube, chosen, position_mm, structure=name)
    return drawn, {"from": "mask", "label": label, "position_mm": position_mm}


def _from_drawing(
    path: Path, known: Structure | None, view: str | None, scale: str | None
) -> tuple[Sketch, dict[str, Any]]:
    from ..frames import PlaneFrame
    from ..sketch import Scale, import_drawing

    plane = PlaneFrame.standard(view or known.view, known.cube_mm) if known is not None else None
    read = import_drawing(
        path,
        structure=known.name if known else None,
        plane=plane,
        scale=Scale.parse(scale) if scale is not None else None,
    )
    summary = {
        "from": "drawing",
        "scale": read.scale_source,
        "mm_per_unit": read.mm_per_unit,
        "notes": list(read.notes),
    }
    return read.sketch, summary


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


def _is_drawing(path: Path) -> bool:
    """Whether the file begins like a picture, a document, an SVG or JSON; an empty one is a mask's reader's to tell."""
    from ..sketch import file_kind
    from ..sketch.drawings.header import foreign_kind

    if not path.is_file():
        return path.suffix.lower() in _DRAWINGS
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return file_kind(head) is not None or foreign_kind(head) is not None


def _write_png(drawn: Sketch, path: Path) -> None:
    import cv2

    from ..atomic import written_beside
    from ..errors import OutputError
    from ..sketch import rasterise, with_paper_size

    paper_mm = max(drawn.plane.size_mm)
    done, content = cv2.imencode(".png", 255 - rasterise(drawn, _PNG_PIXELS, width_mm=paper_mm / 256))
    if not done:
        raise OutputError(f"The picture '{path}' cannot be encoded.")
    with written_beside(path) as beside:
        beside.write_bytes(with_paper_size(content.tobytes(), paper_mm))
