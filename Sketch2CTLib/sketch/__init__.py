"""Sketches: strokes in mm on a plane, their pictures, and where they come from.

`extract_sketch` draws a mask, `extract_contour` its cut in a plane, `import_drawing` reads a picture, an SVG or
strokes, `redraw` draws a sketch again as a person would; `rasterise` and `silhouette` turn any of them into arrays.
`edits` changes strokes, `History` undoes; `sketch_schema` describes the file.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import edits
from .edits import History
from .model import Sketch, Stroke
from .raster import rasterise, silhouette

if TYPE_CHECKING:
    from .augmentation import redraw
    from .drawings.header import file_kind, with_paper_size
    from .drawings.importing import ImportedDrawing, import_drawing, load_sketch
    from .drawings.picture import sketch_from_picture
    from .drawings.repair import closed_outlines
    from .drawings.scale import Scale
    from .extraction import LEVELS, extract_contour, extract_sketch
    from .schema import sketch_schema

# What a canvas needs loads at once; what reads files and masks when it is asked for.
_LATER = {
    "LEVELS": "extraction",
    "ImportedDrawing": "drawings.importing",
    "Scale": "drawings.scale",
    "closed_outlines": "drawings.repair",
    "extract_contour": "extraction",
    "extract_sketch": "extraction",
    "file_kind": "drawings.header",
    "import_drawing": "drawings.importing",
    "load_sketch": "drawings.importing",
    "redraw": "augmentation",
    "sketch_from_picture": "drawings.picture",
    "sketch_schema": "schema",
    "with_paper_size": "drawings.header",
}

__all__ = [
    "LEVELS",
    "History",
    "ImportedDrawing",
    "Scale",
    "Sketch",
    "Stroke",
    "closed_outlines",
    "edits",
    "extract_contour",
    "extract_sketch",
    "file_kind",
    "import_drawing",
    "load_sketch",
    "rasterise",
    "redraw",
    "silhouette",
    "sketch_from_picture",
    "sketch_schema",
    "with_paper_size",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LATER[name]}", __name__), name)
