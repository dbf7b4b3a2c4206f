"""The canvas: paper in mm on which a person draws. Strokes are data; what is on the screen is painted from them.

It shows one sheet of several, and edits of all of them are undone here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import qt

from Sketch2CTLib.errors import Sketch2CTError
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.sketch import Stroke, edits

from ..widgets.events import Listeners
from ..widgets.painting import picture_to_image
from .beside import BesideOrgan
from .decor import MARGIN, Colors, caption, paint_caption, paint_hint, paint_letters, paint_scale_bar
from .input import CanvasInput
from .layers import Layers
from .sheets import CanvasSheet, CanvasSheets
from .strokes import added
from .tools import REACH, TOOLS
from .viewport import Viewport

_PAPER_MM = 320.0
_SMOOTHING = 0.0125  # of the paper's longer edge: detail of this size goes
_ZOOM_STEP = 1.25


class SketchCanvas(qt.QWidget):
    """Sheets of paper on planes in the patient, one of them to be seen, and the tools to draw on it.

    Args:
        parent: Widget that holds it; a Python reference must be kept too.

    Attributes:
        on_changed: Called after each committed edit, undo and redo.
        on_stroke: Called with each point of a line that is being drawn.
        on_message: Called with one sentence where an edit cannot be.
        on_tool: Called with the name of a tool that was chosen by key.
        on_key: Called with what the panel around it shall do, of `keys.PANEL_KEYS`.
        on_palette: Called when the colours changed.
        kind: The kind of new strokes, `outline` or `crease`.
        eraser_mm: Diameter of the eraser.
        hint: What an empty paper says.
        sheets: All sheets; change them by the canvas.
    """

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.on_changed, self.on_message, self.on_stroke = Listeners(), Listeners(), Listeners()
        self.on_tool, self.on_palette, self.on_key = Listeners(), Listeners(), Listeners()
        self.kind, self.eraser_mm, self.hint = "outline", 10.0, ""
        self.sheets = CanvasSheets(CanvasSheet(PlaneFrame.standard("axial", _PAPER_MM)))
        self.layers, self.viewport = Layers(), Viewport(1, 1)
        self._reference = self._colors = None
        self._is_fitted, self._stale, self._lifted, self._offset = True, True, (), (0.0, 0.0)
        self._tools = {name: tool(self) for name, tool in TOOLS.items()}
        self._input = CanvasInput(self)
        self.tool = self._tools["pen"]
        self.mouseTracking = True
        self.focusPolicy = qt.Qt.StrongFocus
        self.minimumWidth, self.minimumHeight = 220, 220
        self.sizePolicy = qt.QSizePolicy(qt.QSizePolicy.Expanding, qt.QSizePolicy.Expanding)
        self.show_cursor()

    # ---- the drawing

    @property
    def plane(self) -> PlaneFrame:
        """Where the paper lies."""
        return self.sheets.top.plane

    def strokes(self) -> tuple[Stroke, ...]:
        """The committed strokes, in mm on the plane."""
        return self.sheets.top.strokes

    def strokes_so_far(self) -> tuple[Stroke, ...]:
        """The committed strokes, and the one that is being drawn."""
        growing = self.tool.growing() if self._input.is_drawing else None
        return self.strokes() if growing is None else (*self.strokes(), growing)

    def set_strokes(self, strokes, *, plane: PlaneFrame | None = None) -> None:
        """Replaces the drawing; one edit.

        Args:
            strokes: The new strokes, in mm on the plane.
            plane: Paper to go with it; undoing brings the present one back.
        """
        top = self.sheets.top
        self.set_sheets(self.sheets.with_top(replace(top, strokes=tuple(strokes), plane=plane or top.plane)))

    def set_sheets(self, sheets, top: int | None = None, joint: str = "") -> None:
        """Other sheets; one edit. See `sheets.CanvasSheets.do`."""
        self.stop()
        if self._laid(lambda: self.sheets.do(sheets, top, joint)):
            self._edited()

    def begin(self, sheets) -> None:
        """Other sheets, as of a scene that was opened: the history begins anew, and nobody is told."""
        self.stop()
        self._laid(lambda: self.sheets.reset(sheets))
        self.refresh_ink()

    def lay(self, sheets: CanvasSheets) -> None:
        """The sheets of another organ, with the history that they have; nobody is told."""
        self.stop()
        self.sheets = sheets
        self.zoom_to_fit()
        self.refresh_ink()

    def set_beside(self, organs: tuple[BesideOrgan, ...]) -> None:
        """Shows drawings of other organs faintly behind."""
        self.layers.beside.organs = organs
        self.refresh()

    def revise(self, change: Callable[[CanvasSheet], CanvasSheet]) -> None:
        """Changes all sheets, also those of the past; nobody is told. See `sheets.CanvasSheets.revise`."""
        self.stop()
        self._laid(lambda: self.sheets.revise(change))
        self.refresh_ink()

    def choose(self, number: int) -> None:
        """Shows another sheet; nobody is told, for nothing changed."""
        self.stop()
        self._laid(lambda: self.sheets.choose(number))
        self.refresh_ink()

    def commit(self, strokes) -> None:
        """The end of an edit; None gives it up."""
        sheets = None if strokes is None else self.sheets.with_top(replace(self.sheets.top, strokes=tuple(strokes)))
        if sheets is None or not self.sheets.do(sheets):
            self.refresh_ink()
        else:
            self._edited()

    def add_stroke(self, stroke: Stroke) -> None:
        """One more stroke, joined with those whose open ends it touches."""
        try:
            edits.add(self.strokes(), stroke)  # refuses more than a sketch can hold
            self.commit(added(self.strokes(), stroke, REACH / self.viewport.scale))
        except Sketch2CTError as error:
            self.refresh_ink()
            self.on_message(str(error))

    def can_undo(self) -> bool:
        """Whether there is an earlier drawing."""
        return self.sheets.can_undo

    def can_redo(self) -> bool:
        """Whether something was undone."""
        return self.sheets.can_redo

    def undo(self) -> None:
        """Undoes one edit, and shows the sheet that it changed; an edit that is under way is given up instead."""
        if not self.stop() and self.can_undo():
            self._laid(self.sheets.undo)
            self._edited()

    def redo(self) -> None:
        """Redoes one edit."""
        if not self.stop() and self.can_redo():
            self._laid(self.sheets.redo)
            self._edited()

    def clear(self) -> None:
        """Removes all strokes."""
        self.stop()
        self.commit(())

    def mirror(self) -> None:
        """Mirrors the drawing left to right about the paper's middle."""
        self.stop()
        self.commit(edits.mirror(self.strokes()))

    def smooth(self) -> None:
        """Takes the tremble out of all lines."""
        self.stop()
        self.commit(edits.smooth(self.strokes(), _SMOOTHING * max(self.plane.size_mm)))

    def _laid(self, change: Callable[[], Any]) -> Any:
        """Lets a function change the sheets; paper of another size is shown whole."""
        before = self.plane.size_mm
        outcome = change()
        if self.plane.size_mm != before:
            self.zoom_to_fit()
        self.refresh()
        return outcome

    def _edited(self) -> None:
        self.refresh_ink()
        self.on_changed()

    # ---- paper, picture, tools

    def set_reference(self, image, opacity: float = 0.5) -> None:
        """A picture behind the drawing that covers the paper exactly.

        Args:
            image: (rows, columns) or (rows, columns, 3) uint8, row 0 on top; None takes it away.
            opacity: 0–1.
        """
        self._reference = None if image is None else (picture_to_image(image), min(max(float(opacity), 0.0), 1.0))
        self.refresh()

    def set_reference_opacity(self, opacity: float) -> None:
        """Shows the picture behind stronger or fainter, 0–1."""
        if self._reference is not None:
            self._reference = (self._reference[0], min(max(float(opacity), 0.0), 1.0))
            self.refresh()

    @property
    def has_reference(self) -> bool:
        """Whether there is a picture behind the drawing."""
        return self._reference is not None

    def set_tool(self, name: str) -> None:
        """`pen`, `line`, `eraser` or `move`; an edit that is under way is given up."""
        self.stop()
        self.tool.leave()
        self.tool = self._tools[name]
        self.show_cursor()
        self.on_tool(name)

    def tool_named(self, name: str):
        """One of the tools, for a pen's eraser end."""
        return self._tools[name]

    def stop(self) -> bool:
        """Gives up an edit that is under way; whether there was one."""
        return self._input.stop()

    def show_cursor(self, name: str = "") -> None:
        """The tool's cursor, or another one while panning."""
        self.cursor = qt.QCursor(getattr(qt.Qt, name or self.tool.cursor))

    # ---- what is shown

    def zoom_to_fit(self) -> None:
        """Shows the whole paper."""
        self._is_fitted = True
        self.look(Viewport.fitted(max(self.width, 1), max(self.height, 1), self.plane.size_mm, MARGIN), fitted=True)

    def zoom_in(self) -> None:
        """Zooms in about the middle."""
        self.look(self.viewport.zoomed(_ZOOM_STEP, self.width / 2, self.height / 2))

    def zoom_out(self) -> None:
        """Zooms out about the middle."""
        self.look(self.viewport.zoomed(1 / _ZOOM_STEP, self.width / 2, self.height / 2))

    def look(self, viewport: Viewport, *, fitted: bool = False) -> None:
        """Shows another part of the paper; the drawing is not touched."""
        self._is_fitted, self.viewport = fitted, viewport
        self.refresh()

    def refresh(self) -> None:
        """Paints everything anew at the next opportunity."""
        self._stale, self._colors = True, None
        self.update()

    def refresh_ink(self) -> None:
        """Paints the committed strokes anew; nothing is being drawn any more."""
        self._lifted = ()
        self._stale = True
        self.drop_live()

    def drop_live(self) -> None:
        """Empties the live layer."""
        self._offset = (0.0, 0.0)
        if self.layers.live is not None:
            self.layers.clear_live()
        self.update()

    def lift(self, numbers) -> None:
        """Takes strokes onto the live layer, to be moved there."""
        self._lifted, self._stale = tuple(numbers), True
        self.update()

    def shift_live(self, x: float, y: float) -> None:
        """Moves the live layer by pixels."""
        self._offset = (x, y)
        self.update()

    def update_around(self, points, reach: float) -> None:
        """Asks for a repaint of a rectangle around points in pixels."""
        xs, ys = [point[0] for point in points], [point[1] for point in points]
        left, top = int(min(xs) - reach) - 1, int(min(ys) - reach) - 1
        width, height = int(max(xs) + reach) + 2 - left, int(max(ys) + reach) + 2 - top
        self.update(qt.QRect(left, top, width, height))

    def ink_color(self):
        """The colour of the stroke that is being drawn."""
        return self.colors().crease if self.kind == "crease" else self.colors().outline

    def colors(self) -> Colors:
        """The colours of the present palette."""
        if self._colors is None:
            self._colors = Colors.of(self.palette)
        return self._colors

    def prepare(self) -> None:
        """Makes the layers fit the widget and its screen, and paints what is stale."""
        width, height, ratio = max(self.width, 1), max(self.height, 1), float(self.devicePixelRatioF())
        if not self.layers.fits(width, height, ratio):
            self.layers.resize(width, height, ratio)
            self._stale = True
        if (self.viewport.width, self.viewport.height) != (width, height):
            fitted = Viewport.fitted(width, height, self.plane.size_mm, MARGIN)
            self.viewport = fitted if self._is_fitted else self.viewport.resized(width, height)
            self._stale = True
        if self._stale:
            self._stale = False
            self._paint_layers()

    def _paint_layers(self) -> None:
        colors, strokes = self.colors(), self.strokes()
        self.layers.paint_ground(self.viewport, self.sheets, colors, self._reference)
        rest = tuple(stroke for number, stroke in enumerate(strokes) if number not in self._lifted)
        self.layers.paint_ink(rest, self.viewport, colors, self.has_reference)
        if self._lifted:
            self.layers.paint_over([strokes[number] for number in self._lifted], self.viewport, colors)

    def _paint(self, painter) -> None:
        colors = self.colors()
        painter.setRenderHint(qt.QPainter.Antialiasing, True)
        painter.drawImage(qt.QPointF(0.0, 0.0), self.layers.ground)
        painter.drawImage(qt.QPointF(0.0, 0.0), self.layers.ink)
        painter.drawImage(qt.QPointF(*self._offset), self.layers.live)
        paint_letters(painter, self.viewport, self.plane, colors)
        paint_scale_bar(painter, self.viewport, colors)
        paint_caption(painter, self.viewport, caption(self.sheets.top), colors)
        if self.hint and not self.strokes() and not self._input.is_drawing:
            paint_hint(painter, self.viewport, self.hint, colors)
        self.tool.paint(painter, colors)

    # ---- Qt's overrides: thin, for exceptions in them are swallowed inside Slicer

    def paintEvent(self, _event):
        self.prepare()
        painter = qt.QPainter(self)
        try:
            self._paint(painter)
        finally:
            painter.end()

    def mousePressEvent(self, event):
        self._input.mouse_press(event)

    def mouseMoveEvent(self, event):
        self._input.mouse_move(event)

    def mouseReleaseEvent(self, event):
        self._input.mouse_release(event)

    def tabletEvent(self, event):
        self._input.tablet(event)

    def wheelEvent(self, event):
        self._input.wheel(event)

    def keyPressEvent(self, event):
        self._input.key_press(event)

    def keyReleaseEvent(self, event):
        self._input.key_release(event)

    def focusOutEvent(self, _event):
        self._input.focus_lost()

    def leaveEvent(self, _event):
        self.tool.leave()

    def changeEvent(self, event):
        if event.type() == qt.QEvent.PaletteChange and getattr(self, "layers", None) is not None:
            self.refresh()
            self.on_palette()

    def sizeHint(self):
        return qt.QSize(420, 420)
