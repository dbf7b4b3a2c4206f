"""A geometry panel that is open, and hands that type into it."""

import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import slicer_model  # noqa: E402
from panel_scene import Segments  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from Sketch2CTUI.geometry.panel import GeometryPanel  # noqa: E402

TEXT = "A happy liver of about 1.4 litres, 20 cm wide, with a smooth surface, says Anna"


def open_panel():
    """A geometry panel of the liver that notes what it says and what changes."""
    made = GeometryPanel(segments=Segments())
    made.set_structure("liver")
    made.said, made.changes = [], []
    made.on_message.add(made.said.append)
    made.on_changed.add(lambda: made.changes.append(made.text()))
    made.widget.resize(420, 700)
    made.widget.show()
    made.widget.activateWindow()  # no window manager does it here, and no box has the focus before
    return made


def row(panel, name):
    return panel.rows.rows[name]


def type_text(panel, text):
    QTest.keyClicks(panel.editor.widget, text)
    assert slicer_model.spin(lambda: not panel.editor.is_pending)


def type_value(panel, name, figures):
    box = row(panel, name).box
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, figures)
    QTest.keyClick(box, Qt.Key_Return)


def shown(label):
    document = qt.QTextDocument()
    document.setHtml(label.text)
    return document.toPlainText().replace("\xa0", " ")


def marked(panel):
    text, marks, found = panel.text(), panel.editor.marks(), []
    for at, kind in enumerate(marks):
        if kind and (at == 0 or marks[at - 1] != kind):
            found.append(["", kind])
        if kind:
            found[-1][0] += text[at]
    return [tuple(one) for one in found]
