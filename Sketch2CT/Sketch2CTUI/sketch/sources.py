"""The rows of the sketch panel below the canvas: picture behind, place, extract, import and save."""

from __future__ import annotations

import qt

from Sketch2CTLib.sketch import LEVELS

from ..widgets.events import Listeners
from ..widgets.layout import choose, chosen, combo_box, fill, label_of, push_button, row, without_margins
from ..widgets.translation import _

_LEVEL_TITLES = {"outline": _("Outline"), "creases": _("Main lines"), "detailed": _("All lines")}
_OPACITY = 50  # percent
_EXTRACT, _STOP = _("Extract from segment"), _("Stop")


class SourceRows:
    """What a drawing can be begun from, or drawn over; rows without a source are hidden.

    Args:
        segments, references, placer: See the sketch panel.
    """

    def __init__(self, segments, references, placer) -> None:
        self._sources = {"segment": segments, "reference": references, "slice": placer}
        self.on_reference, self.on_opacity, self.on_place = Listeners(), Listeners(), Listeners()
        self.on_reset, self.on_extract, self.on_import, self.on_size = (Listeners() for _ in range(4))
        self.on_draw_here, self.on_save = Listeners(), Listeners()
        self._extracts = False
        self.widget = qt.QWidget()
        self._grid = without_margins(qt.QGridLayout(self.widget), 5)
        self._grid.setColumnStretch(1, 1)
        self._add(_("Behind"), self._reference_row(), references is not None, self.reference)
        self._add(_("Place"), self._place_row(), placer is not None, self.slice)
        self._add(_("Segment"), self._segment_row(), segments is not None, self.segment)
        self._add(_("File"), self._file_row(), True)
        self.ask_size(None)
        self.refresh()

    def refresh(self) -> None:
        """Reads all choices again; what is chosen stays where it is still there."""
        for name, box in (("reference", self.reference), ("slice", self.slice), ("segment", self.segment)):
            source = self._sources[name]
            fill(box, source.choices() if source is not None else [], _("Nothing") if name == "reference" else None)
        self.place.enabled = self.draw_here.enabled = chosen(self.slice) is not None
        self.extract.enabled = chosen(self.segment) is not None or self._extracts
        self.opacity.enabled = chosen(self.reference) is not None

    def show_extracting(self, going_on: bool) -> None:
        """A segment is being drawn: its button stops that."""
        self._extracts = bool(going_on)
        self.extract.text = _STOP if going_on else _EXTRACT
        self.segment.enabled = self.level.enabled = not going_on
        self.refresh()

    def ask_size(self, longer_edge_mm: float | None) -> None:
        """Asks for the size of the sheet that was imported, or with None no longer does."""
        self.size_row.visible = longer_edge_mm is not None
        if longer_edge_mm is not None:
            self.size.value = longer_edge_mm

    def _add(self, title: str, widget, shown: bool, buddy=None) -> None:
        number, label = self._grid.rowCount(), qt.QLabel(title)
        if buddy is not None:
            label.setBuddy(buddy)
        self._grid.addWidget(label, number, 0)
        self._grid.addWidget(widget, number, 1)
        label.visible = widget.visible = shown

    def _reference_row(self):
        self.reference = combo_box(
            _("A picture behind the drawing: the slice or a projection of a volume or a segment.")
        )
        self.opacity = qt.QSlider(qt.Qt.Horizontal)
        self.opacity.minimum, self.opacity.maximum, self.opacity.value = 0, 100, _OPACITY
        self.opacity.toolTip = _("How strongly the picture behind is shown, in percent.")
        self.opacity.accessibleName = _("Opacity of the picture behind")
        self.opacity.minimumWidth = 70
        self.reference.connect("currentIndexChanged(int)", self._reference_chosen)
        self.opacity.connect("valueChanged(int)", lambda value: self.on_opacity(value / 100))
        return row((self.reference, 3), (self.opacity, 2))

    def _place_row(self):
        self.slice = combo_box(_("The slice view that a paper is laid on."))
        self.slice.accessibleName = _("Slice view")
        self.draw_here = push_button(
            _("Draw contour here"),
            _("Add the contour on the slice that this view shows now, and draw it: the cut through the organ there."),
            lambda: self.on_draw_here(chosen(self.slice)),
        )
        self.place = push_button(
            _("Place on slice view"),
            _(
                "Lay the paper on that slice view: its plane and centre. The result appears where you draw. With a "
                "view all drawings move, a contour moves alone."
            ),
            lambda: self.on_place(chosen(self.slice)),
        )
        self.reset = push_button(
            _("Reset"),
            _("Lay a view back where it lay at first, and all drawings with it; a contour back through their middle."),
            lambda: self.on_reset(),
        )
        holder = qt.QWidget()
        lines = without_margins(qt.QVBoxLayout(holder))
        lines.addWidget(row((self.slice, 1), self.reset))
        lines.addWidget(row((self.draw_here, 1), (self.place, 1)))
        return holder

    def _segment_row(self):
        self.segment = combo_box(_("The segment that is drawn."))
        levels = [(level, _LEVEL_TITLES.get(level, level)) for level in LEVELS]
        self.level = combo_box(_("How much of the inside is drawn: none, the main folds, or all that is seen."), levels)
        self.level.accessibleName = _("Detail of the drawing")
        choose(self.level, "creases")
        self.extract = push_button(
            _EXTRACT,
            _("Draw the segment as it is seen from each view of the list; where a contour is chosen, its cut there."),
            lambda: self.on_extract(chosen(self.segment), chosen(self.level)),
        )
        return row((self.segment, 3), (self.level, 2), self.extract)

    def _file_row(self):
        button = push_button(
            _("Import picture…"),
            _(
                "Read a drawing from a file: PNG, JPEG, WebP, TIFF or GIF (also a photo of a sheet), SVG, "
                "or a sketch that was saved as JSON, which knows whether it is a view or a contour and where it lies."
            ),
            lambda: self.on_import(),
        )
        self.save = push_button(
            _("Save…"),
            _("Write the chosen drawing into a file (JSON), with the place where it lies, for later or for sketch2ct."),
            lambda: self.on_save(),
        )
        self.size = qt.QDoubleSpinBox()
        self.size.minimum, self.size.maximum = 1.0, 10000.0
        self.size.decimals, self.size.suffix = 0, " mm"
        self.size.toolTip = _("Length of the longer edge of the imported sheet, in mm.")
        use = push_button(
            _("Use"), _("Read the file again with a sheet of this size."), lambda: self.on_size(float(self.size.value))
        )
        self.size_row = row(label_of(self.size, _("Longer edge of the sheet")), self.size, use)
        return row(button, self.save, None, self.size_row)

    def _reference_chosen(self, _index) -> None:
        self.opacity.enabled = chosen(self.reference) is not None
        self.on_reference(chosen(self.reference))
