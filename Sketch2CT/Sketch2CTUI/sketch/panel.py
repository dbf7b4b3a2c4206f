"""The sketch panel: one canvas or two, their tools, and where a drawing comes from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import qt

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import Sketch2CTError
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.sketch import Scale, Sketch, import_drawing

from ..widgets.events import Listeners, slot
from ..widgets.layout import chosen, without_margins
from ..widgets.translation import _
from .pair import CanvasPair, SegmentDrawing, is_standard, resized, seen_from
from .sources import SourceRows, ViewRow
from .toolbar import SketchToolbar

_PIXELS = 512  # of the picture behind
_FILES = "Drawings (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.gif *.svg *.svgz *.json);;All files (*)"
_GUESSED = "what is usual"  # how `import_drawing` names a size that the file does not tell
_ASK_SIZE = "The file does not tell how large its sheet is: give its longer edge in mm if this is not the size."
_OUT_OF_REACH = "The picture behind does not reach the paper: place the paper on a slice view that shows it."
_NOTHING_THERE = "There is nothing to take it from: open or make one first."
_OTHER_VIEW = "The file holds a drawing on the {} view, this paper is {}: choose that second view, then import again."
_SHORTCUTS = (("Ctrl+Z", "undo"), ("Ctrl+Shift+Z", "redo"), ("Ctrl+Y", "redo"))


class SketchPanel:
    """Draws, and keeps the drawing in mm of the patient.

    Args:
        segments: `choices()` → [(key, title)] and `mask(key)` → (mask_kji, VoxelGrid); None hides the row.
        references: `choices()` and `picture(key, plane, pixels)` → uint8 (rows, columns) or None.
        placer: `choices()` and `plane(key, size_mm)` → PlaneFrame.

    Attributes:
        on_changed: Called after each edit, and when the paper moves.
        on_stroke: Called with each point of a line that is being drawn.
        on_message: Called with one sentence for the status line.
        choose_file: Asks for the file to import; returns its path, or an empty text.
    """

    def __init__(self, segments=None, references=None, placer=None) -> None:
        self.on_changed, self.on_stroke, self.on_message = Listeners(), Listeners(), Listeners()
        self._segments, self._references, self._placer = segments, references, placer
        self._structure, self._shortcuts, self._file = "", [], None
        self.widget = qt.QWidget()
        self.toolbar, self.view_row, self.pair = SketchToolbar(), ViewRow(), CanvasPair()
        self.sources = SourceRows(segments, references, placer)
        self.canvas, self.second = self.pair.first, self.pair.second
        self.drawing = SegmentDrawing(self.pair, self.sources, self.on_message)
        self.active, self._known = self.canvas, self.canvas.plane
        self.choose_file = self._ask_file
        layout = without_margins(qt.QVBoxLayout(self.widget), 6)
        for part, share in ((self.toolbar, 0), (self.view_row, 0)):
            layout.addWidget(part.widget, share)
        layout.addWidget(self.pair, 1)
        layout.addWidget(self.sources.widget)
        self._wire()
        self.set_structure(catalog.STRUCTURES[0].name)
        self.toolbar.show_state(self.canvas)

    def _wire(self) -> None:
        for canvas in (self.canvas, self.second):
            canvas.on_changed.add(self._edited)
            canvas.on_stroke.add(self.on_stroke)
            canvas.on_message.add(self.on_message)
            canvas.on_pressed.add(self._activate)
            canvas.on_tool.add(self._tool_by_key)
        self.canvas.on_palette.add(self.toolbar.show_palette)
        self.toolbar.on_tool.add(self._set_tool)
        self.toolbar.on_kind.add(self._set_kind)
        self.toolbar.on_action.add(self._act)
        self.toolbar.on_eraser.add(self._set_eraser)
        self.view_row.on_view.add(self.set_view)
        self.view_row.on_second.add(self._set_second)
        self.sources.on_reference.add(slot(self._show_reference, self._fault))
        self.sources.on_opacity.add(self._set_opacity)
        self.sources.on_place.add(slot(self.place, self._fault))
        self.sources.on_reset.add(self.reset_plane)
        self.sources.on_extract.add(slot(self.extract, self._fault))
        self.sources.on_import.add(slot(self._import, self._fault))
        self.sources.on_size.add(slot(self._import_sized, self._fault))

    # ---- what others ask

    def set_structure(self, name: str) -> None:
        """The structure that is drawn: its view and paper. Lines keep their mm, a placed paper its place.

        Raises:
            UnknownStructure: The catalog has none of that name.
        """
        definition = catalog.structure(name)
        if definition.name == self._structure:
            return
        self._structure = definition.name
        for canvas, first in ((self.canvas, "Draw the outline of the {}"), (self.second, "Draw the {} from here too")):
            canvas.hint = first.format(definition.title.lower())
        plane = self.canvas.plane
        if is_standard(plane):
            self._lay(PlaneFrame.standard(definition.view, definition.cube_mm))
        else:
            self._lay(resized(plane, definition.cube_mm))

    def sketch(self) -> Sketch | None:
        """The drawing; None where nothing is drawn.

        Raises:
            SketchError: It has more points than a sketch can hold.
        """
        return self._sketch_of(self.canvas)

    def second_sketch(self) -> Sketch | None:
        """The second drawing; None where nothing is drawn on it or it is switched off."""
        return self._sketch_of(self.second) if self.pair.has_second else None

    def drawn_so_far(self) -> tuple[Sketch | None, Sketch | None]:
        """The two drawings with the line that is being drawn; None where nothing is drawn.

        Raises:
            SketchError: One has more points than a sketch can hold.
        """
        canvases = (self.canvas, self.second if self.pair.has_second else None)
        drawn = [(one, one.strokes_so_far()) if one is not None else (None, ()) for one in canvases]
        first, second = (Sketch(strokes, one.plane, self._structure) if strokes else None for one, strokes in drawn)
        return first, second

    def set_sketches(self, sketch: Sketch | None, second: Sketch | None = None) -> None:
        """Shows other drawings, as of a scene that was opened; the history begins anew, and no listener is called."""
        self.drawing.stop()
        plane = sketch.plane if sketch is not None else self.canvas.plane
        self.canvas.set_strokes(sketch.strokes if sketch is not None else (), undoable=False, plane=plane)
        self._show_pair(second is not None)
        self.view_row.show(plane.view, second.plane.view if second is not None else None)
        linked = seen_from(plane, self.view_row.second_view())
        own = second.plane if second is not None else linked
        self.second.set_strokes(second.strokes if second is not None else (), undoable=False, plane=own)
        self._known = plane
        self._show_reference(quiet=True)
        self.toolbar.show_state(self.active)

    def shortcuts(self, on: bool) -> None:
        """Makes Ctrl+Z and Ctrl+Shift+Z while the panel is in use, and removes them."""
        for shortcut in self._shortcuts:
            shortcut.enabled = False
            shortcut.deleteLater()
        self._shortcuts = []
        for keys, action in _SHORTCUTS if on else ():
            shortcut = qt.QShortcut(qt.QKeySequence(keys), self.widget)
            shortcut.context = qt.Qt.WidgetWithChildrenShortcut
            shortcut.connect("activated()", self._undo if action == "undo" else self._redo)
            self._shortcuts.append(shortcut)

    def refresh_choices(self) -> None:
        """The scene changed: its volumes, segments and slice views are listed again."""
        before = chosen(self.sources.reference)
        self.sources.refresh()
        if chosen(self.sources.reference) != before:
            self._show_reference(quiet=True)

    # ---- where the paper lies

    def set_view(self, name: str) -> None:
        """Draws from another side, through the same centre; lines keep their place on the paper. One edit."""
        self._move(seen_from(self.canvas.plane, name))

    def place(self, key) -> None:
        """Lays the paper on a slice view: its plane and centre, and as large as the square that it shows. One edit."""
        if self._placer is None or key is None:
            self.on_message(_NOTHING_THERE)
            return
        seen = self._tried(lambda: self._placer.plane(key))
        if seen is not None:
            edge_mm = max(min(seen.size_mm), _reach_mm(self.canvas.strokes()))
            self._move(PlaneFrame(seen.view, seen.plane_to_ras, (edge_mm, edge_mm)))
            self.on_message(f"The paper lies on the slice view now ({seen.view}); the result appears where you draw.")

    def reset_plane(self) -> None:
        """Lays the paper back around the origin. One edit."""
        self._move(PlaneFrame.standard(self.canvas.plane.view, self.canvas.plane.size_mm))

    def _move(self, plane: PlaneFrame) -> None:
        """Lays the paper elsewhere, as an edit of the first canvas: its undo lays it back."""
        if plane == self.canvas.plane:
            self._lay(plane)
            return
        self._activate(self.canvas)
        self.canvas.set_strokes(self.canvas.strokes(), plane=plane)

    def _lay(self, plane: PlaneFrame) -> None:
        if plane != self.canvas.plane:
            self.canvas.set_plane(plane)
        self._follow()
        self.on_changed()

    def _follow(self) -> None:
        """The first paper moved: the second one, the view and the picture behind go with it."""
        self._known = plane = self.canvas.plane
        self.view_row.show(plane.view, self.view_row.second_view() if self.pair.has_second else None)
        self.second.set_plane(seen_from(plane, self.view_row.second_view()))
        self._show_reference(quiet=True)

    def _set_second(self, view: str | None) -> None:
        self._show_pair(view is not None)
        if view is not None:
            self.second.set_plane(seen_from(self.canvas.plane, view))
            self._show_reference(quiet=True)
        self.on_changed()

    def _show_pair(self, on: bool) -> None:
        self.pair.show_second(on)
        self._activate(self.active if on else self.canvas)

    # ---- edits

    def _edited(self) -> None:
        if self.canvas.plane != self._known:  # an extraction or an import, or one that was undone
            self._follow()
        self.toolbar.show_state(self.active)
        self.on_changed()

    def _activate(self, canvas) -> None:
        self.active = canvas
        for one in (self.canvas, self.second):
            one.marked = self.pair.has_second and one is canvas
            one.update()
        self.toolbar.show_state(canvas)

    def _act(self, method: str) -> None:
        getattr(self.active, method)()

    def _undo(self) -> None:
        self.active.undo()

    def _redo(self) -> None:
        self.active.redo()

    def _set_tool(self, name: str) -> None:
        for canvas in (self.canvas, self.second):
            if canvas.tool.name != name:
                canvas.set_tool(name)

    def _tool_by_key(self, name: str) -> None:
        self.toolbar.show_tool(name)
        self._set_tool(name)

    def _set_kind(self, kind: str) -> None:
        self.canvas.kind = self.second.kind = kind

    def _set_eraser(self, mm: float) -> None:
        self.canvas.eraser_mm = self.second.eraser_mm = float(mm)

    def _sketch_of(self, canvas) -> Sketch | None:
        strokes = canvas.strokes()
        return Sketch(strokes, canvas.plane, self._structure) if strokes else None

    # ---- the picture behind

    def _show_reference(self, key=None, quiet: bool = False) -> None:
        """Shows the chosen picture behind the canvases; `quiet` says nothing where it does not reach them."""
        key = chosen(self.sources.reference)
        for canvas in (self.canvas, self.second) if self.pair.has_second else (self.canvas,):
            picture = None
            if self._references is not None and key is not None:
                picture = self._tried(lambda target=canvas: self._references.picture(key, target.plane, _PIXELS))
                if picture is None and not quiet:
                    self.on_message(_OUT_OF_REACH)
            canvas.set_reference(picture, self.sources.opacity.value / 100)

    def _set_opacity(self, opacity: float) -> None:
        for canvas in (self.canvas, self.second):
            canvas.set_reference_opacity(opacity)

    # ---- other sources

    def extract(self, key, level: str) -> None:
        """Has a segment drawn on the views that are shown; while that goes on, stops it."""
        if self.drawing.is_running:
            self.drawing.stop()
        elif self._segments is None or key is None:
            self.on_message(_NOTHING_THERE)
        else:
            mask = self._tried(lambda: self._segments.mask(key))
            if mask is not None:
                self.drawing.start(*mask, level, self._structure)

    def import_file(self, path, edge_mm: float | None = None) -> None:
        """Reads a drawing onto the canvas in use; one edit.

        Args:
            path: A picture, an SVG file, or a sketch's JSON.
            edge_mm: Longer edge of its sheet; by default what the file tells, else the organ's usual size.
        """
        canvas = self.active
        plane = canvas.plane if edge_mm is None else resized(canvas.plane, edge_mm)
        scale = None if edge_mm is None else Scale("paper")
        imported = self._tried(lambda: import_drawing(path, structure=self._structure, plane=plane, scale=scale))
        if imported is None:
            return
        own = imported.sketch.plane
        if canvas is self.second and own.view != canvas.plane.view:
            self.on_message(_OTHER_VIEW.format(own.view, canvas.plane.view))
            return
        guessed = edge_mm is None and imported.scale_source.startswith(_GUESSED)
        self._file = path if guessed or edge_mm is not None else None
        self.sources.ask_size(edge_mm or (max(canvas.plane.size_mm) if guessed else None))
        moves = own != plane and canvas is self.canvas
        canvas.set_strokes(imported.sketch.strokes, plane=own if moves else None)
        self.on_message(" ".join((*imported.notes, *((_ASK_SIZE,) if guessed else ()))))

    def _import(self) -> None:
        path = self.choose_file()
        if path:
            self.import_file(path)

    def _import_sized(self, edge_mm: float) -> None:
        if self._file is not None:
            self.import_file(self._file, edge_mm)

    def _ask_file(self) -> str:
        answer = qt.QFileDialog.getOpenFileName(self.widget, _("Import a drawing"), str(Path.home()), _FILES)
        return answer if isinstance(answer, str) else answer[0]

    def _fault(self, error: Sketch2CTError) -> None:
        self.on_message(str(error))

    def _tried(self, function):
        """The function's result; None where it failed, which is shown in one sentence, and the sketch stays."""
        qt.QApplication.setOverrideCursor(qt.QCursor(qt.Qt.WaitCursor))
        try:
            return function()
        except Sketch2CTError as error:
            self.on_message(str(error))
        except ImportError as error:
            self.on_message(f"This needs the Python package '{error.name}': click 'Install' under Setup.")
        finally:
            qt.QApplication.restoreOverrideCursor()
        return None


def _reach_mm(strokes) -> float:
    """Edge of the smallest paper that holds all lines where they are."""
    return 2.0 * max((float(np.abs(stroke.points_mm).max()) for stroke in strokes), default=0.0)
