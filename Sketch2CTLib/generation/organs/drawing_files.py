"""Files of drawings as they are named: 'coronal:side.png', 'axial@-12.5:cut.png', or a sketch that knows its plane."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ... import catalog
from ...errors import InputError, SketchError
from ...frames import VIEWS, PlaneFrame
from ...sketch import Scale, Sketch, file_kind, import_drawing
from ...sketch.model import of_role
from ..placement import beside

if TYPE_CHECKING:
    from ..state import Former
    from .document import DrawingReader, OrganEntry

Tell = Callable[[str], None]
_PLANE = re.compile(r"(?P<view>axial|coronal|sagittal)@(?P<mm>[+-]?\d+(\.\d+)?):(?P<file>.+)")
_OTHER_VIEW = {"axial": "coronal", "coronal": "sagittal", "sagittal": "coronal"}


def _unheard(note: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class DrawingFiles:
    """Files of drawings, as the command line and a request's file name them.

    Args:
        sketches: Files of silhouettes, each perhaps with its view before it: 'coronal:side.png'.
        scales: The size of each, in their order; fewer than there are sketches, and empty ones, say nothing.
        contours: Files of cuts; those that do not know their plane with it before them: 'axial@-12.5:cut.png'.
        contour_scale: The size of the contours that do not know theirs.
        tell: Called with what was changed in a drawing, one sentence each.
    """

    sketches: Sequence[str] = ()
    scales: Sequence[str] = ()
    contours: Sequence[str] = ()
    contour_scale: str = ""
    tell: Tell = _unheard

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
            sketches.append(self._silhouette(named, scale, sketches, structure, former))
        before = () if former is None else of_role(former.drawings, "silhouette")
        first = next(iter((*sketches, *before)), None)
        contours: list[Sketch] = []
        for named in self.contours:
            contours.append(self._contour(named, first, structure))
            first = first or contours[0]
        return sketches, contours or None

    def _silhouette(
        self, named: str, scale: str, drawn: Sequence[Sketch], structure: str, former: Former | None
    ) -> Sketch:
        """A silhouette on the view that is named before its file, on its own, or on the next one that is free.

        Args:
            named: 'FILE' or 'VIEW:FILE'.
            scale: Its size, '' where nothing is said.
            drawn: Those before it; the first of them decides where a drawing lies that does not know it itself.
            structure: What it shows.
            former: The result to edit, whose first plane the first drawing lies on.
        """
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
        drawing, has_plane = self._drawing(path, structure, plane, scale)
        if view and drawing.plane.view != view:
            raise SketchError(f"The plane of '{path}' is {drawing.plane.view}, not {view}.", hint=f"Drop '{view}:'.")
        if drawing.role == "contour":
            raise SketchError(f"'{path}' holds a contour.", hint="Give it as --contour.")
        return drawing if has_plane or not drawn else beside(drawing, drawn[0])

    def _contour(self, named: str, first: Sketch | None, structure: str) -> Sketch:
        """A contour on its own plane, or on the one named before its file, middle on middle of the first drawing.

        Args:
            named: 'FILE' or 'VIEW@MM:FILE'; MM from the middle of the first drawing to the right, front or top.
            first: The first drawing; the origin without one.
            structure: What it shows.
        """
        placed = _PLANE.fullmatch(named)
        path = Path(placed["file"] if placed else named)
        size_mm = catalog.structure(structure).cube_mm
        plane = PlaneFrame.standard(placed["view"] if placed else "axial", size_mm)
        drawing, has_plane = self._drawing(path, structure, plane, self.contour_scale)
        if has_plane and placed:
            raise SketchError(f"'{path}' says itself where it lies.", hint=f"Drop '{placed['view']}@{placed['mm']}:'.")
        if not (has_plane or placed):
            raise SketchError(
                f"The contour '{path}' does not say on which plane it lies.",
                hint="Write --contour axial@-12.5:FILE, in mm from the middle of the first drawing.",
            )
        drawing = replace(drawing, role="contour")
        return drawing if placed is None else beside(drawing, first, float(placed["mm"]))

    def _drawing(self, path: Path, structure: str, plane: PlaneFrame, scale: str) -> tuple[Sketch, bool]:
        """A drawing, and whether its file says where it lies; what was changed in it is told."""
        if path == Path():
            raise InputError("The path of a drawing is empty.", hint="Give a path.")
        read = import_drawing(path, plane=plane, structure=structure, scale=Scale.parse(scale) if scale else None)
        for note in read.notes:
            self.tell(note)
        return read.sketch, file_kind(path.read_bytes()) == "json"


def entry_drawings(folder: Path, tell: Tell = _unheard) -> DrawingReader:
    """Reads the drawings of an entry of a request's file, whose names of files are seen from its folder.

    Args:
        folder: Of the file.
        tell: Called with what was changed in a drawing, one sentence each.
    """

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
            tell,
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
