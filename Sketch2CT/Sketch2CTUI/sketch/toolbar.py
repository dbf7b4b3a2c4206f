"""The tools of the sketch panel: what to draw with, what kind of line, and what to do with the drawing."""

from __future__ import annotations

import qt

from ..canvas.keys import shown_keys
from ..widgets.events import Listeners
from ..widgets.help import help_button
from ..widgets.icons import icon, icon_button
from ..widgets.layout import row, without_margins
from ..widgets.translation import _

_TOOLS = (
    (
        "pen",
        _("Pen"),
        _("draw freehand. A line that comes back to its start closes, one that begins at an open end goes on."),
    ),
    ("line", _("Straight line"), _("drag from end to end. Ends snap to open ends; Shift keeps to steps of 45°.")),
    ("eraser", _("Eraser"), _("rub lines out. A pen's other end does the same. Size in mm beside.")),
    ("move", _("Move"), _("drag a line. Beside all lines, or with Shift, the whole drawing moves.")),
)
_ACTIONS = (
    ("undo", _("Undo"), _("take the last edit back.")),
    ("redo", _("Redo"), _("bring back what was undone.")),
    ("smooth", _("Smooth"), _("take the tremble out of all lines; their size stays.")),
    ("mirror", _("Mirror"), _("turn the drawing left to right about the paper's middle.")),
    ("clear", _("Clear"), _("empty the paper. Undo brings the drawing back.")),
)
_LOOKS = (
    ("zoom_in", _("Zoom in"), _("look closer; the wheel does it about the pointer.")),
    ("zoom_out", _("Zoom out"), _("look from farther away, as with the wheel.")),
    ("fit", _("Whole paper"), _("show all of it. Drag with the middle button, or with Space held, to move the paper.")),
)
_KINDS = (
    ("outline", _("Outline"), _("lines that bound the organ: what lies inside is filled once they close.")),
    (
        "crease",
        _("Inner line"),
        _("lines inside the outline, where the surface folds or steps back: thinner and blue."),
    ),
)
_LOOK_METHODS = {"fit": "zoom_to_fit"}
_ERASER_STEPS = {"smaller_eraser": 0.8, "larger_eraser": 1.25}
_ERASER_TIP = _("Diameter of the eraser in mm; the keys , and . make it smaller and larger.")


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
        tools = [self._tool(*one) for one in _TOOLS]
        actions = [self._action(*one) for one in _ACTIONS]
        looks = [self._action(*one) for one in _LOOKS]
        layout.addWidget(row(*tools, _rule(), *actions, None, *looks, spacing=2))
        kinds = [self._kind(*one) for one in _KINDS]
        eraser = self._eraser_label(), self._eraser_size()
        layout.addWidget(row(qt.QLabel(_("Draw")), *kinds, None, *eraser, help_button("sketch")))

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
        for name, _title, _text in (*_TOOLS, *_ACTIONS, *_LOOKS):
            self._buttons[name].icon = icon(name, self._buttons[name].palette)

    def button(self, name: str):
        """The button of that name."""
        return self._buttons[name]

    def press(self, action: str) -> None:
        """Does what a key of the canvas asks of the toolbar: another kind of line, another size of the eraser."""
        if action in self._buttons:
            self._buttons[action].click()
        elif action in _ERASER_STEPS:
            self.eraser_size.value = self.eraser_size.value * _ERASER_STEPS[action]

    def _icon_button(self, name: str, title: str, text: str):
        button = self._buttons[name] = icon_button(name, title, with_key(title, text, _LOOK_METHODS.get(name, name)))
        return button

    def _tool(self, name: str, title: str, text: str):
        button = self._icon_button(name, title, text)
        button.checkable = True
        self._tools.addButton(button)
        button.connect("clicked()", lambda: self.on_tool(name))
        return button

    def _action(self, name: str, title: str, text: str):
        button = self._icon_button(name, title, text)
        button.connect("clicked()", lambda: self.on_action(_LOOK_METHODS.get(name, name)))
        return button

    def _kind(self, name: str, title: str, text: str):
        button = self._buttons[name] = qt.QRadioButton(title)
        button.toolTip = with_key(title, text, name)
        self._kinds.addButton(button)
        button.connect("clicked()", lambda: self.on_kind(name))
        return button

    def _eraser_label(self):
        self.eraser_label = qt.QLabel(_("Eraser"))
        self.eraser_label.toolTip = _ERASER_TIP
        return self.eraser_label

    def _eraser_size(self):
        self.eraser_size = qt.QDoubleSpinBox()
        self.eraser_size.decimals, self.eraser_size.suffix = 0, " mm"
        self.eraser_size.minimum, self.eraser_size.maximum, self.eraser_size.value = 1.0, 200.0, 10.0
        self.eraser_size.toolTip, self.eraser_size.accessibleName = _ERASER_TIP, _("Size of the eraser")
        self.eraser_label.setBuddy(self.eraser_size)
        self.eraser_size.connect("valueChanged(double)", self.on_eraser)
        return self.eraser_size


def with_key(title: str, text: str, does: str) -> str:
    """A tooltip that names the tool, its key and what it is for."""
    return _("{name} ({keys}): {text}").format(name=title, keys=shown_keys(does), text=text)


def _rule():
    line = qt.QFrame()
    line.frameShape, line.frameShadow = qt.QFrame.VLine, qt.QFrame.Sunken
    return line
