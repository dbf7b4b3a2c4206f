"""A drawing in a file → a sketch in mm, and what was seen and changed on the way, in words."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from ... import catalog
from ...catalog import Structure
from ...errors import SketchError
from ...frames import PlaneFrame
from ..model import Sketch
from .drawing import Drawing, Line
from .header import FileKind, file_kind, refuse_by_name
from .picture import drawing_from_picture, read_bytes
from .repair import closed_outlines, gap_notes
from .scale import CHOICES, Scale, fitted

_UNREADABLE = "is neither a sketch's JSON nor a picture (PNG, JPEG, WebP, TIFF, GIF) nor an SVG."


@dataclass(frozen=True)
class ImportedDrawing:
    """A drawing as a sketch.

    Args:
        sketch: Closed outlines and creases in mm on the plane.
        notes: What was seen and changed, each a sentence for the person who drew it.
        mm_per_unit: mm of one pixel of the file, one px of an SVG page, or one mm of a sketch's JSON.
        scale_source: What the size was taken from.
    """

    sketch: Sketch
    notes: tuple[str, ...]
    mm_per_unit: float
    scale_source: str


def import_drawing(
    path: str | os.PathLike[str],
    *,
    structure: str | None = None,
    plane: PlaneFrame | None = None,
    scale: Scale | None = None,
    several: bool = False,
) -> ImportedDrawing:
    """The drawing in a file: a picture (also a photo of a sheet), SVG, or a sketch's JSON; its first bytes tell.

    Args:
        path: The file.
        structure: What was drawn, where the file does not say.
        plane: Where the paper lies; by default the structure's own view and cube. JSON brings its own plane.
        scale: How large the drawing is; by default what the file says, else the structure's usual size.
        several: Whether more than one closed shape is meant, as of a vessel cut by the paper's edge.

    Raises:
        SketchError: Missing, empty, unreadable, beyond the limits, without one closed outline, or of unknown size.
        UnknownStructure: The catalog has no such structure.
    """
    known = catalog.structure(structure) if structure is not None else None
    content, name = read_bytes(path), Path(path).name
    refuse_by_name(content, name)
    kind = file_kind(content)
    if kind == "json":
        return _from_sketch(sketch_from_json(content, name), known, scale)
    where = plane if plane is not None else _own_plane(known, name, kind)
    return _from_drawing(_drawing(content, name, kind, scale, several), where, known, scale)


def sketch_from_json(content: bytes, name: str) -> Sketch:
    """The sketch in the bytes of a JSON file, as it was saved."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SketchError(f"'{name}' {_UNREADABLE}") from error
    return Sketch.from_json(text)


def _own_plane(known: Structure | None, name: str, kind: FileKind | None) -> PlaneFrame:
    if kind is None:
        raise SketchError(f"'{name}' {_UNREADABLE}", hint="Save the drawing as PNG or SVG.")
    if known is None:
        what = "an SVG" if kind == "svg" else "a picture"
        raise SketchError(
            f"'{name}' is {what}: nothing tells how large it is and where it lies.",
            hint=f"Give the structure, or a plane and a scale ({CHOICES}).",
        )
    return PlaneFrame.standard(known.view, known.cube_mm)


def _drawing(content: bytes, name: str, kind: FileKind | None, scale: Scale | None, several: bool) -> Drawing:
    if kind == "svg":
        from .vector import drawing_from_svg

        return drawing_from_svg(content, name, several=several)
    if kind is None:
        raise SketchError(f"'{name}' {_UNREADABLE}", hint="Save the drawing as PNG or SVG.")
    # Pixels of the file have one size only where the file is not seen in perspective.
    flat = scale is not None and scale.kind == "unit"
    return drawing_from_picture(content, name, several=several, straighten=not flat)


def _from_drawing(drawing: Drawing, plane: PlaneFrame, known: Structure | None, scale: Scale | None) -> ImportedDrawing:
    fit = fitted(drawing, scale, plane, known.name if known is not None else None)
    low, high = drawing.box
    notes = (*drawing.notes, *gap_notes(drawing.gaps, fit.mm_per_unit, low, high), *fit.notes)
    return ImportedDrawing(fit.sketch, notes, fit.mm_per_unit, fit.source)


def _from_sketch(sketch: Sketch, known: Structure | None, scale: Scale | None) -> ImportedDrawing:
    """A sketch's JSON is in mm on a plane of its own; a scale makes it larger or smaller."""
    if known is not None and sketch.structure is None:
        sketch = replace(sketch, structure=known.name)
    closed, notes = closed_outlines(sketch)
    if scale is None or scale.kind == "paper":
        return ImportedDrawing(closed, notes, 1.0, "the sketch's own mm")
    if scale.kind in ("bar", "unit"):
        raise SketchError(f"The scale '{scale}' does not fit a sketch in mm.", hint="Give a width or a height.")
    lines = tuple(Line(stroke.points_mm, stroke.kind, stroke.closed) for stroke in closed.strokes)
    named = known.name if known is not None else closed.structure
    fit = fitted(Drawing(lines, sketch.plane.size_mm, "mm"), scale, sketch.plane, named)
    strokes = tuple(
        replace(stroke, points_mm=fit.on_plane(stroke.points_mm)) for stroke in closed.strokes
    )  # keeps the pressure
    return ImportedDrawing(replace(closed, strokes=strokes), (*notes, *fit.notes), fit.mm_per_unit, fit.source)


def load_sketch(
    path: str | os.PathLike[str],
    *,
    plane: PlaneFrame | None = None,
    structure: str | None = None,
    scale: Scale | None = None,
) -> Sketch:
    """The sketch in a file; what the file is, its first bytes tell. A sketch's JSON comes back as it was saved.

    Args:
        path: A sketch's JSON, a PNG, a JPEG or an SVG.
        plane: Where a picture's paper lies; by default the structure's own view and cube, centred on the origin.
            JSON brings its own plane.
        structure: What was drawn, where the file does not say.
        scale: How large a picture is; by default what the file says, else the structure's usual size.

    Raises:
        SketchError: Missing, empty, unreadable, not one closed outline, or a picture without a plane and structure.
        UnknownStructure: The catalog has no such structure.
    """
    known = catalog.structure(structure) if structure is not None else None
    if scale is None:
        content = read_bytes(path)
        if file_kind(content) == "json":
            sketch = sketch_from_json(content, Path(path).name)
            return replace(sketch, structure=known.name) if known is not None and sketch.structure is None else sketch
    return import_drawing(path, structure=structure, plane=plane, scale=scale).sketch
