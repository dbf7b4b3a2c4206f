"""What `sketch2ct generate` reads: guidance, masks, former results, descriptions and drawings."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...sketch.model import of_role

if TYPE_CHECKING:
    from ...description.model import GeometryDescription
    from ...frames import PlaneFrame
    from ...generation.organs.document import DrawingReader, OrganEntry
    from ...generation.state import Former
    from ...sketch import Sketch

_GUIDED = ("sketch", "numbers", "words")
_PLANE = re.compile(r"(?P<view>axial|coronal|sagittal)@(?P<mm>[+-]?\d+(\.\d+)?):(?P<file>.+)")
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


def with_second(
    sketches: Sequence[str] | None, scales: Sequence[str] | None, second: Path | None, view: str, scale: str
) -> tuple[list[str], list[str]]:
    """The files and scales of the silhouettes, with those that the older options of a second sketch name.

    Raises:
        SketchError: A second sketch has no first, or something is said of a second one and there is none.
    """
    from ...errors import SketchError
    from ...frames import view as standard_view

    files, sizes = list(sketches or ()), list(scales or ())
    if second is None:
        if view or scale:
            raise SketchError("A second view is named without a drawing.", hint="Add a second --sketch.")
        return files, sizes
    if not files:
        raise SketchError("A second sketch is given without a first.", hint="Give it as --sketch.")
    sizes = [*sizes[:1], *[""] * (1 - len(sizes)), scale, *sizes[1:]]
    named = f"{standard_view(view).name}:{second}" if view else str(second)
    return [files[0], named, *files[1:]], sizes


@dataclass(frozen=True)
class DrawingFiles:
    """What the command line names of drawings.

    Args:
        sketches: Files of silhouettes, each perhaps with its view before it: 'coronal:side.png'.
        scales: The size of each, in their order; fewer than there are sketches, and empty ones, say nothing.
        contours: Files of cuts; those that do not know their plane with it before them: 'axial@-12.5:cut.png'.
        contour_scale: The size of the contours that do not know theirs.
    """

    sketches: Sequence[str] = ()
    scales: Sequence[str] = ()
    contours: Sequence[str] = ()
    contour_scale: str = ""

    def read(self, structure: str, former: Former | None) -> tuple[list[Sketch], list[Sketch] | None]:
        """The silhouettes and, where any are named, the contours.

        Args:
            structure: What they show.
            former: The result to edit, whose planes they may lie on.

        Raises:
            SketchError: A file cannot be used, or does not say where it lies.
        """
        sketches: list[Sketch] = []
        for number, named in enumerate(self.sketches):
            scale = self.scales[number] if number < len(self.scales) else ""
            sketches.append(_silhouette(named, scale, sketches, structure, former))
        before = () if former is None else of_role(former.drawings, "silhouette")
        first = next(iter((*sketches, *before)), None)
        contours: list[Sketch] = []
        for named in self.contours:
            contours.append(_contour(named, self.contour_scale, first, structure))
            first = first or contours[0]
        return sketches, contours or None


def entry_drawings(folder: Path) -> DrawingReader:
    """Reads the drawings of an entry of a request's file, whose names of files are seen from its folder."""
    from ...sketch import Sketch

    def read(entry: OrganEntry, structure: str) -> tuple[list[Sketch], list[Sketch]]:
        sketches, contours = (
            [_within(folder, one) if isinstance(one, str) else Sketch.from_dict(one) for one in drawings]
            for drawings in (entry.sketches, entry.contours)
        )
        files = DrawingFiles(
            [one for one in sketches if isinstance(one, str)],
            [entry.scale] * len(sketches),
            [one for one in contours if isinstance(one, str)],
            entry.scale,
        )
        shadows, cuts = files.read(structure, None)
        own = ([one for one in drawings if isinstance(one, Sketch)] for drawings in (sketches, contours))
        return [*next(own), *shadows], [*(replace(one, role="contour") for one in next(own)), *(cuts or [])]

    return read


def _within(folder: Path, named: str) -> str:
    """'VIEW:FILE' or 'VIEW@MM:FILE' with the file in a folder."""
    placed = _PLANE.fullmatch(named)
    head, colon, rest = named.partition(":")
    if placed or (colon and head in _OTHER_VIEW):
        return f"{head}:{folder / rest}"
    return str(folder / named)


def _silhouette(named: str, scale: str, drawn: Sequence[Sketch], structure: str, former: Former | None) -> Sketch:
    """A silhouette on the view that is named before its file, on its own, or on the next one that is free.

    Args:
        named: 'FILE' or 'VIEW:FILE'.
        scale: Its size, '' where nothing is said.
        drawn: Those before it; the first of them decides where a drawing lies that does not know it itself.
        structure: What it shows.
        former: The result to edit, whose first plane the first drawing lies on.
    """
    from ... import catalog
    from ...errors import SketchError
    from ...frames import VIEWS, PlaneFrame
    from ...generation.placement import beside

    head, colon, rest = named.partition(":")
    view, path = (head, Path(rest)) if colon and head in VIEWS else ("", Path(named))
    wanted = catalog.structure(structure)
    before = () if former is None else of_role(former.drawings, "silhouette")[:1]
    if drawn:
        taken = [one.plane.view for one in drawn]
        free = [name for name in (_OTHER_VIEW[taken[0]], *VIEWS) if name not in taken]
        plane = PlaneFrame.standard(view or (free or taken)[0], wanted.cube_mm)
    elif before and view in ("", before[0].plane.view):
        plane = before[0].plane
    else:
        plane = PlaneFrame.standard(view or wanted.view, wanted.cube_mm)
    drawing, has_plane = _drawing(path, structure, plane, scale)
    if view and drawing.plane.view != view:
        raise SketchError(f"The plane of '{path}' is {drawing.plane.view}, not {view}.", hint=f"Drop '{view}:'.")
    if drawing.role == "contour":
        raise SketchError(f"'{path}' holds a contour.", hint="Give it as --contour.")
    return drawing if has_plane or not drawn else beside(drawing, drawn[0])


def _contour(named: str, scale: str, first: Sketch | None, structure: str) -> Sketch:
    """A contour on its own plane, or on the one that is named before its file, middle on middle of the first drawing.

    Args:
        named: 'FILE' or 'VIEW@MM:FILE'; MM from the middle of the first drawing to the patient's right, front or top.
        scale: The size of one that does not know it, '' where nothing is said.
        first: The first drawing; the origin without one.
        structure: What it shows.
    """
    from ... import catalog
    from ...errors import SketchError
    from ...frames import PlaneFrame
    from ...generation.placement import beside

    placed = _PLANE.fullmatch(named)
    path = Path(placed["file"] if placed else named)
    size_mm = catalog.structure(structure).cube_mm
    plane = PlaneFrame.standard(placed["view"] if placed else "axial", size_mm)
    drawing, has_plane = _drawing(path, structure, plane, scale)
    if has_plane and placed:
        raise SketchError(f"'{path}' says itself where it lies.", hint=f"Drop '{placed['view']}@{placed['mm']}:'.")
    if not (has_plane or placed):
        raise SketchError(
            f"The contour '{path}' does not say on which plane it lies.",
            hint="Write --contour axial@-12.5:FILE, in mm from the middle of the first drawing.",
        )
    drawing = replace(drawing, role="contour")
    return drawing if placed is None else beside(drawing, first, float(placed["mm"]))


def _drawing(path: Path, structure: str, plane: PlaneFrame, scale: str) -> tuple[Sketch, bool]:
    """A drawing, and whether its file says where it lies; what was changed in it goes to stderr."""
    from ...errors import InputError
    from ...sketch import Scale, file_kind, import_drawing

    if path == Path():
        raise InputError("The path of a drawing is empty.", hint="Give a path.")
    read = import_drawing(path, plane=plane, structure=structure, scale=Scale.parse(scale) if scale else None)
    for note in read.notes:
        print(f"sketch: {note}", file=sys.stderr)
    return read.sketch, file_kind(path.read_bytes()) == "json"
