"""A sketch from a file, in short: `import_drawing` without its notes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from .. import catalog
from ..frames import PlaneFrame
from .drawings.header import file_kind
from .drawings.importing import import_drawing, sketch_from_json
from .drawings.picture import read_bytes
from .drawings.scale import Scale
from .model import Sketch


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
