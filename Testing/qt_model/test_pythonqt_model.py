"""The model refuses what PythonQt 4.1 on Qt 5.15 was seen to refuse, in its words; timers are right in both."""

import gc
import weakref

import pytest
import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
import slicer_model  # noqa: E402
from Sketch2CTUI.widgets import events  # noqa: E402
from Sketch2CTUI.widgets.file_task import FileTask  # noqa: E402


def test_a_property_that_is_a_static_method_too_cannot_be_set():
    timer = qt.QTimer()
    with pytest.raises(AttributeError, match="Slot 'singleShot' can not be overwritten on QTimer object"):
        timer.singleShot = True

    class Own(qt.QTimer):
        pass

    with pytest.raises(AttributeError, match="Slot 'singleShot' can not be overwritten on Own object"):
        Own().singleShot = True


def test_plain_objects_take_no_new_attributes_and_none_of_qt6():
    with pytest.raises(AttributeError, match="'colour' does not exist on QLabel and creating new attributes"):
        qt.QLabel().colour = 3
    with pytest.raises(AttributeError, match="'contentsMargins' does not exist on QVBoxLayout"):
        qt.QVBoxLayout().contentsMargins = qt.QMargins(0, 0, 0, 0)
    with pytest.raises(AttributeError, match="'accessibleIdentifier' does not exist on QPushButton"):
        qt.QPushButton().accessibleIdentifier = "x"


def test_a_method_cannot_be_set_also_on_the_heads_of_a_table():
    table = qt.QTableWidget(0, 2)
    header = table.horizontalHeader()
    for name in ("sectionsClickable", "setSectionResizeMode"):
        with pytest.raises(AttributeError, match=f"'{name}' "):
            setattr(header, name, True)
    heard = []
    header.connect("sectionClicked(int)", heard.append)
    header.sectionClicked.emit(1)
    assert heard == [1]


def test_a_layout_has_its_margins_by_a_method():
    layout = qt.QHBoxLayout()
    layout.setContentsMargins(1, 2, 3, 4)
    margins = layout.contentsMargins
    assert (margins.left(), margins.top(), margins.right(), margins.bottom()) == (1, 2, 3, 4)


def test_a_single_shot_rings_once_after_each_start():
    rung = []
    one = events.single_shot(1, lambda: rung.append(1))
    assert not one.active
    one.start()
    assert slicer_model.spin(lambda: rung)
    assert not slicer_model.spin(lambda: len(rung) > 1, 0.05)
    one.start()
    assert slicer_model.spin(lambda: len(rung) == 2)
    events.end_of(one)


def test_a_file_task_is_gone_after_its_end_where_signals_hold_their_functions(monkeypatch):
    """As in PythonQt: a timer's signal holds the function until the timer is deleted."""
    held = {}

    def connect(self, signal, slot):
        held.setdefault(id(self), []).append(slot)
        identity = id(self)
        self.destroyed.connect(lambda *_: held.pop(identity, None))
        return pythonqt_model.connect(self, signal, slot)

    monkeypatch.setattr(qt.QTimer, "connect", connect)
    came = []
    task = FileTask(lambda check: 5, came.append, came.append)
    reference = weakref.ref(task)
    assert slicer_model.spin(lambda: came) and came == [5]
    del task
    slicer_model.spin(lambda: not held)
    gc.collect()
    assert reference() is None, "what it wrote, a mask perhaps, is not kept for ever"
