"""The drawings of the request as a list: views and contours, which of them lies on the canvas, and where it lies."""

from __future__ import annotations

import qt

from Sketch2CTLib.frames import VIEWS
from Sketch2CTLib.frames import view as standard_view

from ..canvas.sheets import CanvasSheet
from ..widgets.events import Listeners
from ..widgets.layout import check_box, choose, chosen, combo_box, fill, push_button, row, without_margins
from ..widgets.terms import view_title
from ..widgets.translation import _
from .planes import MOST_CONTOURS, free_view

_FEWEST_ROWS, _MOST_ROWS = 3, 5  # that are seen at once
_FARTHEST_MM = 5000.0
_EMPTY = _("{drawing} (empty)")
_TIPS = {
    "silhouette": _("The organ as it is seen from this side: its outline, wherever the paper lies in depth."),
    "contour": _("The cut through the organ on this slice."),
}


class DrawingList:
    """The list, its buttons, and the row that says where the chosen drawing lies.

    Attributes:
        on_choose: Called with the number of a drawing.
        on_add_view, on_add_contour, on_remove: Called without arguments.
        on_view: Called with the name of a view.
        on_position: Called with mm along the contour's view.
        on_slices: Called with whether contours are drawn in the slice views themselves.
        on_curves: Called with whether contours are shown there.
    """

    def __init__(self) -> None:
        self.on_choose, self.on_add_view, self.on_add_contour = Listeners(), Listeners(), Listeners()
        self.on_remove, self.on_view, self.on_position = Listeners(), Listeners(), Listeners()
        self.on_slices, self.on_curves = Listeners(), Listeners()
        self._titles: list[str] = []
        self.list = qt.QListWidget()
        self.list.toolTip = _(
            "The drawings of this request. Click one to draw on it (PgUp and PgDown on the paper); what the others say "
            "is shown in green."
        )
        self.list.accessibleName = _("Drawings")
        self.list.alternatingRowColors = True
        self.add_view_button = push_button(
            _("Add view"),
            _("Draw the organ from a further side, at right angles: it decides what the first leaves open. Key: V."),
            lambda: self.on_add_view(),
        )
        self.add_contour_button = push_button(
            _("Add contour"),
            _("Draw the cut through the organ on a slice; its plane and position are chosen below. Key: C."),
            lambda: self.on_add_contour(),
        )
        self.slices_button = push_button(
            _("Draw on slices"),
            _(
                "Draw contours in the slice views themselves, each on the slice that the view shows (Alt+D): the left "
                "button draws there; Ctrl+Z undoes, Esc gives a line up, and once more ends it."
            ),
            lambda: self.on_slices(bool(self.slices_button.checked)),
        )
        self.slices_button.checkable = True
        self.slices_button.shortcut = qt.QKeySequence("Alt+D")
        self.slices_button.accessibleName = _("Draw contours on the slice views")
        self.curves_check = check_box(
            _("Show contours in the views"),
            _("Show the drawn contours as curves in the slice views, where they lie, and in the 3D view."),
            lambda shown: self.on_curves(bool(shown)),
        )
        self.remove_button = push_button(
            _("Remove"), _("Take the chosen drawing out of the request. Undo brings it back."), lambda: self.on_remove()
        )
        self.widget = qt.QWidget()
        self._build(without_margins(qt.QGridLayout(self.widget)))
        self.list.connect("currentRowChanged(int)", self._chosen)

    def _build(self, grid) -> None:
        grid.addWidget(self.list, 0, 0, 3, 1)
        for number, button in enumerate((self.add_view_button, self.add_contour_button, self.remove_button)):
            grid.addWidget(button, number, 1)
        grid.setColumnStretch(0, 1)
        self.view = combo_box(_("The side from which you draw. Lines that are drawn keep their place on the paper."))
        self.view.accessibleName = _("View of the drawing")
        self.position = qt.QDoubleSpinBox()
        self.position.minimum, self.position.maximum = -_FARTHEST_MM, _FARTHEST_MM
        self.position.decimals, self.position.suffix = 1, " mm"
        self.position.keyboardTracking = False
        self.position.accessibleName = _("Position of the slice")
        self.position.toolTip = _("Where the slice lies, in mm of the patient as Slicer tells them: R, A or S.")
        self.position_label = qt.QLabel(_("Slice at"))
        self.position_label.setBuddy(self.position)
        self.view_label = qt.QLabel(_("View"))
        self.view_label.setBuddy(self.view)
        place = row(self.view_label, self.view, None, self.position_label, self.position, spacing=6)
        grid.addWidget(place, 3, 0, 1, 2)
        grid.addWidget(row(self.slices_button, self.curves_check, None, spacing=6), 4, 0, 1, 2)
        self.curves_check.checked = True
        self.view.connect("currentIndexChanged(int)", lambda _index: self.on_view(chosen(self.view)))
        self.position.connect("valueChanged(double)", self.on_position)

    def show(self, sheets: tuple[CanvasSheet, ...], number: int) -> None:
        """Shows the drawings without calling the listeners.

        Args:
            sheets: All of them.
            number: The one that lies on the canvas.
        """
        boxes = self.list, self.view, self.position
        before = [box.blockSignals(True) for box in boxes]
        self._fill_list(sheets)
        self.list.currentRow = number
        top = sheets[number]
        taken = {one.plane.view for one in sheets if one.role == "silhouette" and one is not top}
        free = [name for name in VIEWS if top.role == "contour" or name not in taken]
        fill(self.view, [(name, view_title(name)) for name in free])
        choose(self.view, top.plane.view)
        is_contour = top.role == "contour"
        for widget in (self.position, self.position_label):
            widget.visible = is_contour
        if is_contour:
            self.position.prefix = f"{'RAS'[standard_view(top.plane.view).axis_ras]} "
            self.position.value = top.plane.position_mm
        self.curves_check.visible = any(one.role == "contour" and one.strokes for one in sheets)
        self.add_view_button.enabled = free_view(sheets) is not None
        self.add_contour_button.enabled = sum(one.role == "contour" for one in sheets) < MOST_CONTOURS
        self.remove_button.enabled = len(sheets) > 1
        for box, was in zip(boxes, before, strict=True):
            box.blockSignals(was)

    def show_on_slices(self, on: bool) -> None:
        """Whether contours are drawn in the slice views, without calling the listeners."""
        self.slices_button.checked = bool(on)

    def _fill_list(self, sheets: tuple[CanvasSheet, ...]) -> None:
        titles = [one.title if one.strokes else _EMPTY.format(drawing=one.title) for one in sheets]
        if titles == self._titles:
            return
        self._titles = titles
        self.list.clear()
        for number, (title, sheet) in enumerate(zip(titles, sheets, strict=True)):
            self.list.addItem(title)
            self.list.item(number).setToolTip(_TIPS[sheet.role])
        rows = min(max(len(titles), _FEWEST_ROWS), _MOST_ROWS)
        self.list.setFixedHeight(int(rows * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth))

    def _chosen(self, number: int) -> None:
        if number >= 0:
            self.on_choose(number)
