"""A sketch from a file: our own JSON, or a picture of a drawing."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from .. import catalog
from ..errors import SketchError
from ..frames import PlaneFrame
from .header import is_picture
from .model import Sketch
from .picture import read_bytes, sketch_from_bytes

_MAX_JSON_BYTES = 64_000_000


def load_sketch(
    path: str | os.PathLike[str], *, plane: PlaneFrame | None = None, structure: str | None = None
) -> Sketch:
    """The sketch in a file; what the file is, its first bytes tell.

    Args:
        path: A sketch's JSON, or a PNG or JPEG.
        plane: Where a picture's paper lies; by default the structure's own view and cube, centred on the origin.
            JSON brings its own plane.
        structure: What was drawn, where the file does not say.

    Raises:
        SketchError: Missing, empty, unreadable, or a picture without a plane and structure.
        UnknownStructure: The catalog has no such structure.
    """
    known = catalog.structure(structure) if structure is not None else None
    content = read_bytes(path)
    if not is_picture(content):
        sketch = _from_json(content, Path(path).name)
        return replace(sketch, structure=known.name) if known is not None and sketch.structure is None else sketch
    if plane is None:
        if known is None:
            raise SketchError(
                f"'{Path(path).name}' is a picture: nothing tells how large it is and where it lies.",
                hint="Give the structure or a plane.",
            )
        plane = PlaneFrame.standard(known.view, known.cube_mm)
    return sketch_from_bytes(content, Path(path).name, plane=plane, structure=known.name if known else None)


def _from_json(content: bytes, name: str) -> Sketch:
    if len(content) > _MAX_JSON_BYTES:
        raise SketchError(
            f"'{name}' has {len(content) // 1_000_000} MB, too much for a sketch.", hint="Check the file."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SketchError(f"'{name}' is neither a sketch's JSON nor a PNG or JPEG picture.") from error
    if not text.lstrip().startswith("{"):
        raise SketchError(f"'{name}' is neither a sketch's JSON nor a PNG or JPEG picture.")
    return Sketch.from_json(text)
