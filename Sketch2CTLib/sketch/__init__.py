"""Sketches: strokes in mm on a plane, their pictures, and where they come from.

`extract_sketch` draws a mask, `import_drawing` reads a picture, an SVG or strokes, `redraw` draws a sketch again as a
person would; `rasterise` and `silhouette` turn any of them into arrays. `edits` changes strokes, `History` undoes;
`sketch_schema` describes the file.
"""

from . import edits
from .augmentation import redraw
from .drawings.header import file_kind, with_paper_size
from .drawings.importing import ImportedDrawing, import_drawing
from .drawings.picture import sketch_from_picture
from .drawings.repair import closed_outlines
from .drawings.scale import Scale
from .extraction import LEVELS, extract_sketch
from .history import History
from .load import load_sketch
from .model import Sketch, Stroke
from .raster import rasterise, silhouette
from .schema import sketch_schema

__all__ = [
    "LEVELS",
    "History",
    "ImportedDrawing",
    "Scale",
    "Sketch",
    "Stroke",
    "closed_outlines",
    "edits",
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
