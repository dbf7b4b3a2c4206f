"""Drawings in files: read onto the canvas or beside what is there, and written with the place where they lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt

from Sketch2CTLib.errors import Sketch2CTError
from Sketch2CTLib.sketch import Scale, Sketch, file_kind, import_drawing

from ..canvas.sheets import CanvasSheet
from ..widgets.events import slot
from ..widgets.translation import _
from .planes import contour_at, resized

_FILES = _("Drawings (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.gif *.svg *.svgz *.json);;All files (*)")
_SKETCHES = _("Sketches (*.json)")
_GUESSED = "what is usual"  # how `import_drawing` names a size that the file does not tell
_ASK_SIZE = _("The file does not tell how large its sheet is: give its longer edge in mm if this is not the size.")
_NOTHING_DRAWN = _("Nothing is drawn here: draw something first, or choose another drawing in the list.")
_HEAD_BYTES = 4096


class SketchFiles:
    """Imports and saves drawings.

    Args:
        canvas: The canvas with all sheets.
        sources: The rows with the buttons.
        say: Called with one sentence.
        structure: Gives the catalog name of what is drawn.

    Attributes:
        choose_file: Asks for the file to import; returns its path, or an empty text.
        choose_target: Asks for the file to write, given a name; returns its path, or an empty text.
    """

    def __init__(self, canvas, sources, say: Callable[[str], None], structure: Callable[[], str]) -> None:
        self._canvas, self._sources, self._say, self._structure = canvas, sources, say, structure
        self._file: str | Path | None = None  # whose size is asked for
        self.choose_file, self.choose_target = self._ask_file, self._ask_target
        sources.on_import.add(slot(self._import, self._fault))
        sources.on_size.add(slot(self._import_sized, self._fault))
        sources.on_save.add(slot(self._save, self._fault))

    def import_file(self, path, edge_mm: float | None = None) -> None:
        """Reads a drawing; one edit. A picture goes onto the canvas; a saved sketch knows its place and its role.

        Args:
            path: A picture, an SVG file, or a sketch's JSON.
            edge_mm: Longer edge of its sheet; by default what the file tells, else the organ's usual size.
        """
        plane = self._canvas.plane if edge_mm is None else resized(self._canvas.plane, edge_mm)
        scale = None if edge_mm is None else Scale("paper")
        imported = self.tried(lambda: import_drawing(path, structure=self._structure(), plane=plane, scale=scale))
        if imported is None:
            return
        guessed = edge_mm is None and imported.scale_source.startswith(_GUESSED)
        self._file = path if guessed or edge_mm is not None else None
        self._sources.ask_size(edge_mm or (max(self._canvas.plane.size_mm) if guessed else None))
        if _is_sketch(path):
            self._lay(imported.sketch)
        else:
            self._canvas.set_strokes(imported.sketch.strokes)
        self._say(" ".join((*imported.notes, *((_ASK_SIZE,) if guessed else ()))))

    def save(self, path) -> None:
        """Writes the drawing on the canvas as a sketch's JSON.

        Raises:
            SketchError: It has more points than a sketch can hold.
            OutputError: The file cannot be written.
        """
        top = self._canvas.sheets.top
        Sketch(top.strokes, top.plane, self._structure(), top.role).save(path)
        self._say(_("Saved as '{path}': {title}.").format(title=top.title, path=path))

    def tried(self, function):
        """The function's result; None where it failed, which is told in one sentence, and the sketch stays."""
        qt.QApplication.setOverrideCursor(qt.QCursor(qt.Qt.WaitCursor))
        try:
            return function()
        except Sketch2CTError as error:
            self._say(str(error))
        except ImportError as error:
            self._say(_("This needs the Python package '{name}': click 'Install' under Setup.").format(name=error.name))
        finally:
            qt.QApplication.restoreOverrideCursor()
        return None

    # ---- inside

    def _lay(self, sketch: Sketch) -> None:
        """A saved sketch in place of the drawing of its view or slice, or of an empty one; else beside the others."""
        sheets = self._canvas.sheets
        if sketch.role == "contour":
            there = contour_at(sheets.all, sketch.plane)
        else:
            shown = ((one.role, one.plane.view) for one in sheets.all)
            there = next((number for number, one in enumerate(shown) if one == (sketch.role, sketch.plane.view)), None)
        if there is None and sheets.top.role == sketch.role and not sheets.top.strokes:
            there = sheets.number
        new = CanvasSheet(sketch.plane, sketch.role, sketch.strokes)
        if there is None:
            self._canvas.set_sheets((*sheets.all, new), len(sheets.all))
        else:
            after = [new if number == there else one for number, one in enumerate(sheets.all)]
            self._canvas.set_sheets(after, there)

    def _import(self) -> None:
        path = self.choose_file()
        if path:
            self.import_file(path)

    def _import_sized(self, edge_mm: float) -> None:
        if self._file is not None:
            self.import_file(self._file, edge_mm)

    def _save(self) -> None:
        top = self._canvas.sheets.top
        if not top.strokes:
            self._say(_NOTHING_DRAWN)
            return
        words = self._structure(), top.plane.view, *(() if top.role == "silhouette" else ("contour",))
        path = self.choose_target(f"{'_'.join(words)}.json")
        if path:
            self.save(path)

    def _ask_file(self) -> str:
        answer = qt.QFileDialog.getOpenFileName(self._sources.widget, _("Import a drawing"), str(Path.home()), _FILES)
        return answer if isinstance(answer, str) else answer[0]

    def _ask_target(self, name: str) -> str:
        answer = qt.QFileDialog.getSaveFileName(
            self._sources.widget, _("Save the drawing"), str(Path.home() / name), _SKETCHES
        )
        return answer if isinstance(answer, str) else answer[0]

    def _fault(self, error: Sketch2CTError) -> None:
        self._say(str(error))


def _is_sketch(path) -> bool:
    with open(path, "rb") as file:
        return file_kind(file.read(_HEAD_BYTES)) == "json"
