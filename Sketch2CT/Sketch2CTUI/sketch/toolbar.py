"""The tools of the sketch panel: what to draw with, what kind of line, and what to do with the drawing."""

from __future__ import annotations

import qt

from ..widgets.events import Listeners
from ..widgets.icons import icon, icon_button
from ..widgets.layout import row, without_margins
from ..widgets.translation import _

_TOOLS = (
    (
        "pen",
        "Pen (P): draw freehand. A line that comes back to its start closes, one that begins at an open end goes on.",
    ),
    ("line", "Straight line (L): drag from end to end. Ends snap to open ends; Shift keeps to steps of 45°."),
    ("eraser", "Eraser (E): rub lines out. A pen's other end does the same. Size in mm beside."),
    ("move", "Move (M): drag a line. Beside all lines, or with Shift, the whole drawing moves."),
)
_ACTIONS = (
    ("undo", "Undo the last edit (Ctrl+Z)."),
    ("redo", "Redo what was undone (Ctrl+Shift+Z)."),
    ("smooth", "Smooth all lines: takes the tremble out, keeps the size."),
    ("mirror", "Mirror the drawing left to right about the paper's middle."),
    ("clear", "Clear the paper. Undo brings the drawing back."),
)
_LOOKS = (
    ("zoom_in", "Zoom in (+ or the wheel, about the pointer)."),
    ("zoom_out", "Zoom out (- or the wheel)."),
    ("fit", "Show the whole paper (F). Drag with the middle button, or with Space held, to move the paper."),
)
_KINDS = (
    ("outline", "Outline", "Lines that bound the organ: what lies inside is filled once they close."),
    ("crease", "Inner line", "Lines inside the outline, where the surface folds or steps back: thinner and blue."),
)
_LOOK_METHODS = {"fit": "zoom_to_fit", "zoom_in": "zoom_in", "zoom_out": "zoom_out"}


class SketchToolbar:
    """Rows of tool buttons.

    Attributes:
        widget: The rows.
        on_tool, on_kind: Called with a name.
        on_action: Called with the name of the canvas's method.
        on_eraser: Called with the diameter in mm.
    """

    def __init__(self) -> None:
        self.on_tool, self.on_kind = Listeners(), Listeners()
        self.on_action, self.on_eraser = Listeners(), Listeners()
        self._buttons = {}
        self.widget = qt.QWidget()
        self._tools, self._kinds = qt.QButtonGroup(self.widget), qt.QButtonGroup(self.widget)
        self._build(qt.QVBoxLayout(self.widget))
        self.show_tool("pen")
        self._buttons["outline"].checked = True

    def _build(self, layout) -> None:
        without_margins(layout)
        tools = [self._tool(name, tip) for name, tip in _TOOLS]
        actions = [self._action(name, tip, name) for name, tip in _ACTIONS]
        looks = [self._action(name, tip, _LOOK_METHODS[name]) for name, tip in _LOOKS]
        layout.addWidget(row(*tools, _rule(), *actions, None, *looks, spacing=2))
        kinds = [self._kind(*one) for one in _KINDS]
        layout.addWidget(row(qt.QLabel(_("Draw")), *kinds, None, self._eraser_label(), self._eraser_size()))

    def show_tool(self, name: str) -> None:
        """Marks the tool in use without calling the listeners."""
        self._buttons[name].checked = True

    def kind(self) -> str:
        """The kind of line that is chosen."""
        return "crease" if self._buttons["crease"].checked else "outline"

    def show_state(self, canvas) -> None:
        """Enables what can be done with the canvas's drawing."""
        is_drawn = bool(canvas.strokes())
        for name, possible in (("undo", canvas.can_undo()), ("redo", canvas.can_redo())):
            self._buttons[name].enabled = possible
        for name in ("smooth", "mirror", "clear"):
            self._buttons[name].enabled = is_drawn
        is_contour = canvas.sheets.top.role == "contour"
        self._buttons["crease"].enabled = not is_contour  # a cut has no folds
        if is_contour:
            self._buttons["outline"].checked = True

    def show_palette(self) -> None:
        """Paints the icons in the present palette."""
        for name, _tip in (*_TOOLS, *_ACTIONS, *_LOOKS):
            self._buttons[name].icon = icon(name, self._buttons[name].palette)

    def button(self, name: str):
        """The button of that name."""
        return self._buttons[name]

    def _icon_button(self, name: str, tip: str):
        button = self._buttons[name] = icon_button(name, tip)
        return button

    def _tool(self, name: str, tip: str):
        button = self._icon_button(name, tip)
        button.checkable = True
        self._tools.addButton(button)
        button.connect("clicked()", lambda: self.on_tool(name))
        return button

    def _action(self, name: str, tip: str, method: str):
        button = self._icon_button(name, tip)
        button.connect("clicked()", lambda: self.on_action(method))
        return button

    def _kind(self, name: str, title: str, tip: str):
        button = self._buttons[name] = qt.QRadioButton(title)
        button.toolTip = tip
        self._kinds.addButton(button)
        button.connect("clicked()", lambda: self.on_kind(name))
        return button

    def _eraser_label(self):
        label = qt.QLabel(_("Eraser"))
        label.toolTip = _("Diameter of the eraser in mm.")
        return label

    def _eraser_size(self):
        self.eraser_size = qt.QDoubleSpinBox()
        self.eraser_size.decimals, self.eraser_size.suffix = 0, " mm"
        self.eraser_size.minimum, self.eraser_size.maximum, self.eraser_size.value = 1.0, 200.0, 10.0
        self.eraser_size.toolTip = _("Diameter of the eraser in mm.")
        self.eraser_size.connect("valueChanged(double)", self.on_eraser)
        return self.eraser_size


def _rule():
    line = qt.QFrame()
    line.frameShape, line.frameShadow = qt.QFrame.VLine, qt.QFrame.Sunken
    return line
