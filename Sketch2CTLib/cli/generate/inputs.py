"""What `sketch2ct generate` reads: guidance, masks, former results, descriptions and drawings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...description.model import GeometryDescription
    from ...frames import PlaneFrame
    from ...generation.state import Former
    from ...sketch import Sketch

_GUIDED = ("sketch", "numbers", "words")
_OTHER_VIEW = {"axial": "coronal", "coronal": "sagittal", "sagittal": "coronal"}


def guidance_of(text: str, scales: Any) -> Any:
    """What --guidance says: one number for all conditions, a number for each, or nothing.

    Args:
        text: As given.
        scales: `Scales`, or dict for a message.
    """
    from ...errors import ConfigError

    if not text.strip():
        return None
    hint = "Write 2, or sketch=1.5,numbers=2,words=1."
    try:
        if "=" not in text:
            return float(text) if scales is dict else scales.of(float(text))
        pairs = [part.split("=") for part in text.split(",")]
        named = {name.strip(): float(value) for name, value in pairs}
    except ValueError as error:
        raise ConfigError(f"The guidance '{text[:60]}' cannot be read.", hint=hint) from error
    if not named.keys() <= set(_GUIDED) or len(named) < len(pairs):
        raise ConfigError(f"The guidance '{text[:60]}' must name {', '.join(_GUIDED)}, each once.", hint=hint)
    return scales(**named)


def check_strength(strength: float) -> None:
    """Checks how far an edit may go.

    Raises:
        InputError: It is no share.
    """
    from ...errors import InputError

    if not 0.0 <= strength <= 1.0:
        raise InputError(f"--strength must lie in 0…1, got {strength}.", hint="0 keeps the shape, 1 draws it anew.")


def read_mask_file(path: Path, label: str | None) -> Any:
    """(D, H, W) bool body of a label in a mask file, and its grid."""
    from ...data.masks import read_mask
    from ...generation.volumes.own_grid import require_usual_size

    require_usual_size(path, "mask")
    return read_mask(path, label)


def former_result(folder: Path | None, mask: Path | None) -> Former | None:
    """The result to edit, read from its folder; None where no folder is given."""
    from ...errors import InputError
    from ...generation.state import read_state

    if folder is None:
        return None
    if mask is not None:
        raise InputError("Both --edit and --mask are given.", hint="Give one of them.")
    return read_state(folder)


def description_of(text: str, path: Path | None, structure: str, former: Former | None) -> GeometryDescription:
    """The description of a text or a file as given; the file names its structure, otherwise --structure must.

    An edit keeps the former description where no other one is given.
    """
    from ...description.model import GeometryDescription
    from ...errors import InputError
    from ...generation.asking import asked_description

    if path is not None and text:
        raise InputError("Both --text and --description are given.", hint="Give one of them.")
    given = GeometryDescription.read(path) if path is not None else None
    return asked_description(given, text, structure, former)


def first_sketch(path: Path | None, structure: str, scale: str, former: Former | None) -> Sketch | None:
    """The drawing on the structure's default plane, or the former one's (a JSON sketch knows its own)."""
    from ... import catalog
    from ...frames import PlaneFrame

    if path is None:
        return None if former is None else former.sketch
    wanted = catalog.structure(structure)
    plane = PlaneFrame.standard(wanted.view, wanted.cube_mm)
    if former is not None and former.sketch is not None:
        plane = former.sketch.plane
    return _drawing(path, structure, plane, scale)[0]


def second_sketch(path: Path | None, view: str, scale: str, first: Sketch | None, structure: str) -> Sketch | None:
    """The second drawing; one that is no JSON lies on the view that is named, beside the first."""
    from ... import catalog
    from ...errors import SketchError
    from ...frames import PlaneFrame
    from ...frames import view as standard_view
    from ...generation.placement import beside

    if path is None:
        if view or scale:
            raise SketchError("A second view is named without a drawing.", hint="Add --second-sketch FILE.")
        return None
    if first is None:
        raise SketchError("A second sketch is given without a first.", hint="Give it as --sketch.")
    wanted = standard_view(view).name if view else _OTHER_VIEW[first.plane.view]
    plane = PlaneFrame.standard(wanted, catalog.structure(structure).cube_mm)
    drawing, has_plane = _drawing(path, structure, plane, scale)
    if view and drawing.plane.view != wanted:
        raise SketchError(
            f"The second sketch's own plane is {drawing.plane.view}, not {wanted}.", hint="Drop --second-view."
        )
    return drawing if has_plane else beside(drawing, first)


def _drawing(path: Path, structure: str, plane: PlaneFrame, scale: str) -> tuple[Sketch, bool]:
    """A drawing, and whether its file says where it lies; what was changed in it goes to stderr."""
    from ...sketch import Scale, file_kind, import_drawing

    read = import_drawing(path, plane=plane, structure=structure, scale=Scale.parse(scale) if scale else None)
    for note in read.notes:
        print(f"sketch: {note}", file=sys.stderr)
    return read.sketch, file_kind(path.read_bytes()) == "json"
