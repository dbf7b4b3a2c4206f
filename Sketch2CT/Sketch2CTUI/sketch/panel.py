"""The sketch panel: the drawings of a request, one of them on the canvas, their tools, and where they come from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import qt

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import Sketch2CTError
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.sketch import Sketch

from ..canvas.canvas import SketchCanvas
from ..canvas.sheets import CanvasSheet, CanvasSheets
from ..widgets.events import Listeners, slot
from ..widgets.layout import chosen, without_margins
from ..widgets.terms import organ_in_text, term
from ..widgets.translation import _
from .cuts import SliceLine, with_line
from .drawing_list import DrawingList
from .files import SketchFiles
from .keyboard import SketchKeys
from .planes import (
    beside_others,
    carried,
    contour_at,
    free_view,
    is_standard,
    main_sheet,
    next_slice,
    resized,
    seen_from,
)
from .segment import SegmentDrawing
from .sources import SourceRows
from .square import SquareHolder
from .toolbar import SketchToolbar

_PIXELS = 512  # of the picture behind
_OUT_OF_REACH = _("The picture behind does not reach the paper: place the paper on a slice view that shows it.")
_NOTHING_THERE = _("There is nothing to take it from: open or make one first.")
_THERE_ALREADY = _("There is a contour on this slice already: it is shown now.")
_TAKEN = _("There is a drawing on the {view} view already: choose it in the list, then place it.")


class SketchPanel:
    """Draws, and keeps the drawings in mm of the patient.

    Args:
        segments: `choices()` → [(key, title)] and `mask(key)` → (mask_kji, VoxelGrid); None hides the row.
        references: `choices()` and `picture(key, plane, pixels)` → uint8 (rows, columns) or None.
        placer: `choices()` and `plane(key, size_mm)` → PlaneFrame.

    Attributes:
        on_changed: Called after each edit, and when the paper moves.
        on_stroke: Called with each point of a line that is being drawn.
        on_message: Called with one sentence for the status line.
        home_ras: Where a paper lies that nobody has placed.
        home_of: Gives that place for another structure, by its catalog name.
        slice_line: The line that is being drawn in a slice view; None while none is.
    """

    def __init__(self, segments=None, references=None, placer=None) -> None:
        self.on_changed, self.on_stroke, self.on_message = Listeners(), Listeners(), Listeners()
        self._segments, self._references, self._placer = segments, references, placer
        self._structure, self._keys, self.slice_line = "", SketchKeys(self), None
        self.home_ras, self.home_of = (0.0, 0.0, 0.0), lambda _name: self.home_ras
        self.widget = qt.QWidget()
        self.toolbar, self.list, self.canvas = SketchToolbar(), DrawingList(), SketchCanvas()
        self._holder = SquareHolder(self.canvas)
        self.sources = SourceRows(segments, references, placer)
        self.drawing = SegmentDrawing(self.canvas, self.sources, self.on_message)
        self.files = SketchFiles(self.canvas, self.sources, self.on_message, lambda: self._structure)
        self._known = self.canvas.plane
        layout = without_margins(qt.QVBoxLayout(self.widget), 6)
        for part in (self.list, self.toolbar):
            layout.addWidget(part.widget)
        layout.addWidget(self._holder, 1)
        layout.addWidget(self.sources.widget)
        self._wire()
        self.set_structure(catalog.STRUCTURES[0].name)

    def _wire(self) -> None:
        canvas = self.canvas
        canvas.on_changed.add(self._edited)
        canvas.on_stroke.add(self.on_stroke)
        canvas.on_message.add(self.on_message)
        canvas.on_tool.add(self.toolbar.show_tool)
        canvas.on_key.add(slot(self._keys.pressed, self._fault))
        canvas.accessibleName = _("Paper")
        canvas.on_palette.add(self.toolbar.show_palette)
        self.toolbar.on_tool.add(canvas.set_tool)
        self.toolbar.on_kind.add(self._set_kind)
        self.toolbar.on_action.add(self._act)
        self.toolbar.on_eraser.add(self._set_eraser)
        for listeners, function in (
            (self.list.on_choose, self.choose),
            (self.list.on_add_view, self.add_view),
            (self.list.on_add_contour, self.add_contour),
            (self.list.on_remove, self.remove),
            (self.list.on_view, self.set_view),
            (self.list.on_position, self.set_position),
            (self.sources.on_draw_here, self.draw_here),
            (self.sources.on_place, self.place),
            (self.sources.on_reset, self.reset_plane),
            (self.sources.on_extract, self.extract),
            (self.sources.on_reference, self._show_reference),
        ):
            listeners.add(slot(function, self._fault))
        self.sources.on_opacity.add(canvas.set_reference_opacity)

    # ---- what others ask

    def set_structure(self, name: str) -> None:
        """The structure that is drawn: its view and paper. Lines keep their mm, a placed paper its place.

        Raises:
            UnknownStructure: The catalog has none of that name.
        """
        definition = catalog.structure(name)
        if definition.name == self._structure:
            return
        self._structure, before = definition.name, self.home_ras
        alone = len(self.canvas.sheets.all) == 1
        if not self.is_drawn:
            self.home_ras = self.home_of(definition.name)

        def fitted(sheet: CanvasSheet) -> CanvasSheet:
            if alone and sheet.role == "silhouette" and is_standard(sheet.plane, before):
                return replace(sheet, plane=PlaneFrame.standard(definition.view, definition.cube_mm, self.home_ras))
            return replace(sheet, plane=resized(sheet.plane, definition.cube_mm))

        self.canvas.revise(fitted)
        self._show_all()
        self.on_changed()

    def turn_to(self, name: str, sheets: CanvasSheets, home_ras: tuple[float, float, float]) -> None:
        """Shows the drawings of another organ with their own history; no listener is called."""
        self.drawing.stop()
        self.sources.ask_size(None)
        self._structure, self.home_ras = name, home_ras
        self.canvas.lay(sheets)
        self._show_all()

    @property
    def is_drawn(self) -> bool:
        """Whether there is a line on any drawing."""
        return any(sheet.strokes for sheet in self.canvas.sheets.all)

    def sketch(self) -> Sketch | None:
        """The drawing on the canvas; None where nothing is drawn.

        Raises:
            SketchError: It has more points than a sketch can hold.
        """
        return self._sketch_of(self.canvas.sheets.top)

    def drawings(self) -> tuple[Sketch, ...]:
        """All that is drawn, the views before the contours.

        Raises:
            SketchError: One has more points than a sketch can hold.
        """
        return self._drawings_of(self.canvas.sheets.all)

    def drawn_so_far(self) -> tuple[Sketch, ...]:
        """The same with the line that is being drawn.

        Raises:
            SketchError: One has more points than a sketch can hold.
        """
        sheets, line = self.canvas.sheets, self.slice_line
        if line is not None:
            return self._drawings_of(with_line(sheets.all, line)[0])
        return self._drawings_of(sheets.with_top(replace(sheets.top, strokes=self.canvas.strokes_so_far())))

    def set_drawings(self, drawings: tuple[Sketch, ...]) -> None:
        """Shows other drawings, as of a scene that was opened; the history begins anew, and no listener is called."""
        self.drawing.stop()
        sheets = [CanvasSheet(one.plane, one.role, one.strokes) for one in drawings]
        self.canvas.begin(sheets or [CanvasSheet(main_sheet(self.canvas.sheets.all).plane)])
        self._show_all()

    def shortcuts(self, on: bool) -> None:
        """Makes Ctrl+Z and Ctrl+Shift+Z while the panel is in use, and removes them."""
        self._keys.use(on)

    def refresh_choices(self) -> None:
        """The scene changed: its volumes, segments and slice views are listed again."""
        before = chosen(self.sources.reference)
        self.sources.refresh()
        if chosen(self.sources.reference) != before:
            self._show_reference(quiet=True)

    # ---- the drawings

    def choose(self, number: int) -> None:
        """Lays another drawing on the canvas; no edit."""
        self.canvas.choose(number)
        self._show_all()

    def add_view(self) -> None:
        """Adds an empty view from a further side, through the same centre. One edit."""
        sheets = self.canvas.sheets.all
        view = free_view(sheets)
        if view is not None:
            self._add(CanvasSheet(seen_from(main_sheet(sheets).plane, view)))

    def add_contour(self, view: str | None = None, position_mm: float | None = None) -> None:
        """Adds an empty contour. One edit, except where there is one on that slice: that one is shown.

        Args:
            view: The view whose slice it is; by default the present drawing's.
            position_mm: Where along the view it lies; by default through the middle, or beside the one there.
        """
        sheets = self.canvas.sheets
        view = sheets.top.plane.view if view is None else view
        if position_mm is None:
            self._add(CanvasSheet(next_slice(sheets.all, view), "contour"))
        else:
            self._add_on(seen_from(main_sheet(sheets.all).plane, view).at(position_mm))

    def draw_here(self, key) -> None:
        """Adds an empty contour on the slice that a slice view shows. One edit, as with `add_contour`."""
        seen = self._seen_by(key)
        if seen is not None:
            self._add_on(beside_others(seen, self.canvas.sheets.all))

    def draw_line(self, line: SliceLine) -> None:
        """Adds a line that was drawn on a slice to the contour there, or to a new one, and shows it. One edit.

        Raises:
            SketchError: See `cuts.with_line`.
        """
        self.canvas.set_sheets(*with_line(self.canvas.sheets.all, line))

    def remove(self) -> None:
        """Takes the drawing on the canvas out of the request. One edit."""
        sheets = self.canvas.sheets
        if len(sheets.all) > 1:
            left = [one for number, one in enumerate(sheets.all) if number != sheets.number]
            self.canvas.set_sheets(left, max(sheets.number - 1, 0))

    def _add_on(self, plane: PlaneFrame) -> None:
        """A contour on a plane; while nothing is drawn, the empty views go there too."""
        there = contour_at(self.canvas.sheets.all, plane)
        if there is not None:
            self.choose(there)
            self.on_message(_THERE_ALREADY)
            return
        if not self.is_drawn:
            sheets = [
                replace(one, plane=seen_from(plane, one.plane.view)) if one.role == "silhouette" else one
                for one in self.canvas.sheets.all
            ]
            self.canvas.set_sheets([*sheets, CanvasSheet(plane, "contour")], len(sheets))
        else:
            self._add(CanvasSheet(plane, "contour"))

    def _add(self, sheet: CanvasSheet) -> None:
        before = self.canvas.sheets.all
        self.canvas.set_sheets((*before, sheet), len(before))

    # ---- where the paper lies

    def set_view(self, name: str) -> None:
        """Draws from another side, through the same centre; lines keep their place on the paper. One edit."""
        self._move(seen_from(self.canvas.plane, name))

    def set_position(self, position_mm: float) -> None:
        """Lays a contour on another slice. Several that follow each other are one edit."""
        self._move(self.canvas.plane.at(float(position_mm)), "position")

    def place(self, key) -> None:
        """Lays the paper on a slice view: its plane and centre, and as large as the square that it shows. One edit.

        With a view all drawings move, so that they stay as they are to each other. A contour moves alone.
        """
        seen = self._seen_by(key)
        if seen is None:
            return
        sheets, top = self.canvas.sheets.all, self.canvas.sheets.top
        if top.role == "contour":
            self._move(beside_others(seen, [one for one in sheets if one is not top] or sheets))
        elif any(one.role == "silhouette" and one.plane.view == seen.view and one is not top for one in sheets):
            self.on_message(_TAKEN.format(view=term(seen.view)))
            return
        else:
            edge_mm = max(min(seen.size_mm), _reach_mm(top.strokes))
            self._move_all(PlaneFrame(seen.view, seen.plane_to_ras, (edge_mm, edge_mm)))
        self.on_message(
            _("The paper lies on the slice view now ({view}); the result appears where you draw.").format(
                view=term(seen.view)
            )
        )

    def reset_plane(self) -> None:
        """Lays a view back where nobody placed it, and all drawings with it; a contour among the others. One edit."""
        sheets, top = self.canvas.sheets.all, self.canvas.sheets.top
        if top.role == "silhouette":
            self._move_all(PlaneFrame.standard(top.plane.view, top.plane.size_mm, self.home_ras))
        else:
            others = [one for one in sheets if one is not top]
            self._move(seen_from(main_sheet(others or sheets).plane, top.plane.view))

    def _seen_by(self, key) -> PlaneFrame | None:
        """The plane of a slice view; None where there is none, which is told."""
        if self._placer is None or key is None:
            self.on_message(_NOTHING_THERE)
            return None
        return self._tried(lambda: self._placer.plane(key))

    def _move(self, plane: PlaneFrame, joint: str = "") -> None:
        sheets = self.canvas.sheets
        self.canvas.set_sheets(sheets.with_top(replace(sheets.top, plane=plane)), joint=joint)

    def _move_all(self, plane: PlaneFrame) -> None:
        top = self.canvas.sheets.top
        self.canvas.set_sheets(
            [
                replace(one, plane=plane if one is top else carried(one.plane, top.plane, plane))
                for one in self.canvas.sheets.all
            ]
        )

    # ---- edits

    def _edited(self) -> None:
        self._show_all()
        self.on_changed()

    def _show_all(self) -> None:
        """The list, the tools, the hint and the picture behind follow the canvas."""
        sheets = self.canvas.sheets
        self.list.show(sheets.all, sheets.number)
        self.toolbar.show_state(self.canvas)
        self._set_kind(self.toolbar.kind())
        title = organ_in_text(self._structure)
        if sheets.top.role == "contour":
            self.canvas.hint = _("Draw the cut through the {title} on this slice").format(title=title)
        elif sheets.top is main_sheet(sheets.all):
            self.canvas.hint = _("Draw the outline of the {title}").format(title=title)
        else:
            self.canvas.hint = _("Draw the {title} from here too").format(title=title)
        self.canvas.accessibleDescription = self.canvas.hint
        if self.canvas.plane != self._known:
            self._show_reference(quiet=True)

    def _act(self, method: str) -> None:
        getattr(self.canvas, method)()

    def _set_kind(self, kind: str) -> None:
        self.canvas.kind = kind

    def _set_eraser(self, mm: float) -> None:
        self.canvas.eraser_mm = float(mm)

    def _sketch_of(self, sheet: CanvasSheet) -> Sketch | None:
        return Sketch(sheet.strokes, sheet.plane, self._structure, sheet.role) if sheet.strokes else None

    def _drawings_of(self, sheets: tuple[CanvasSheet, ...]) -> tuple[Sketch, ...]:
        found = [one for one in map(self._sketch_of, sheets) if one is not None]
        return tuple(sorted(found, key=lambda one: one.role == "contour"))

    # ---- the picture behind, and a segment

    def _show_reference(self, key=None, quiet: bool = False) -> None:
        """Shows the chosen picture behind the canvas; `quiet` says nothing where it does not reach it."""
        key, picture = chosen(self.sources.reference), None
        self._known = plane = self.canvas.plane
        if self._references is not None and key is not None:
            picture = self._tried(lambda: self._references.picture(key, plane, _PIXELS))
            if picture is None and not quiet:
                self.on_message(_OUT_OF_REACH)
        self.canvas.set_reference(picture, self.sources.opacity.value / 100)

    def extract(self, key, level: str) -> None:
        """Has a segment drawn on the views, or on the contour that is shown; while that goes on, stops it."""
        if self.drawing.is_running:
            self.drawing.stop()
        elif self._segments is None or key is None:
            self.on_message(_NOTHING_THERE)
        else:
            mask = self._tried(lambda: self._segments.mask(key))
            if mask is not None:
                self.drawing.start(*mask, level, self._structure)

    def _fault(self, error: Sketch2CTError) -> None:
        self.on_message(str(error))

    def _tried(self, function):
        return self.files.tried(function)


def _reach_mm(strokes) -> float:
    """Edge of the smallest paper that holds all lines where they are."""
    return 2.0 * max((float(np.abs(stroke.points_mm).max()) for stroke in strokes), default=0.0)
