"""Sketches: strokes in mm on a plane, their pictures, and where they come from.

`extract_sketch` draws a mask, `sketch_from_picture` reads a drawing, `redraw` draws a sketch again as a person would;
`rasterise` and `silhouette` turn any of them into arrays.
"""

from .augmentation import redraw
from .extraction import LEVELS, extract_sketch
from .load import load_sketch
from .model import Sketch, Stroke
from .picture import sketch_from_picture
from .raster import rasterise, silhouette

__all__ = [
    "LEVELS",
    "Sketch",
    "Stroke",
    "extract_sketch",
    "load_sketch",
    "rasterise",
    "redraw",
    "silhouette",
    "sketch_from_picture",
]
