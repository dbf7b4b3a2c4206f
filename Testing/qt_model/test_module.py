"""Sketch2CT.py on the model: registration, the .ui file, the window without pydantic, closing and reloading."""

import importlib.util
import os
import subprocess
import sys
import types

import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import results_on_disk  # noqa: E402
import slicer_core_app  # noqa: E402

import Sketch2CTLib  # noqa: E402
from Sketch2CTLib.offered import offered_structures  # noqa: E402

ROOT = slicer_model.pythonqt_model.ROOT
SECTIONS = ("sketch", "geometry", "generate", "results", "setup", "about")


@pytest.fixture(scope="module")
def module():
    return slicer_model.module()


@pytest.fixture
def widget():
    slicer_core_app.fresh_scene()
    made = slicer_model.open_module()
    yield made
    made.cleanup()
    made.parent.close()
    made.parent.deleteLater()


def test_the_category_and_the_notice(module):
    parent = types.SimpleNamespace()
    module.Sketch2CT(parent)
    assert (parent.title, parent.categories) == ("Sketch2CT", ["Image Synthesis"])
    assert "not for diagnosis" in parent.helpText


def test_the_library_is_found_one_folder_up_without_importing_it(module, monkeypatch, tmp_path):
    logic = module.Sketch2CTLogic()
    assert logic.libraryFolder() == str(ROOT / "Sketch2CTLib")
    assert logic.libraryVersion() == Sketch2CTLib.__version__
    monkeypatch.setattr(module, "__file__", str(tmp_path / "Sketch2CT" / "Sketch2CT.py"))
    assert logic.libraryFolder() is None and logic.libraryVersion() is None
    with pytest.raises(RuntimeError, match="Reinstall"):
        logic.makeLibraryImportable()


def test_a_script_gets_nodes_of_a_result(module, tmp_path):
    slicer_core_app.fresh_scene()
    results_on_disk.event(tmp_path, candidates=2)
    segmentation, volume = module.Sketch2CTLogic().loadResult(tmp_path, "liver", candidate=1)
    assert segmentation.GetSegmentation().GetSegment("liver") is not None
    assert volume.GetName().startswith("SYNTHETIC")
    results_on_disk.event(tmp_path / "mask", with_volume=False)
    assert module.Sketch2CTLogic().loadResult(tmp_path / "mask", "liver")[1] is None
    results_on_disk.organs_event(tmp_path / "organs")
    segmentation, volume = module.Sketch2CTLogic().loadResult(tmp_path / "organs", "liver")
    assert list(segmentation.GetSegmentation().GetSegmentIDs()) == ["liver", "spleen"] and volume is not None


def test_a_missing_library_is_one_sentence_in_the_panel(module, monkeypatch, tmp_path):
    import qt

    monkeypatch.setattr(module, "__file__", str(tmp_path / "Sketch2CT" / "Sketch2CT.py"))
    parent = qt.QWidget()
    parent.setLayout(qt.QVBoxLayout())
    widget = module.Sketch2CTWidget(parent)
    widget.setup()
    assert "was not found" in parent.layout().itemAt(0).widget().text
    widget.enter(), widget.exit(), widget.cleanup()


def test_the_ui_file_has_the_six_sections(widget):
    for name in SECTIONS:
        button = getattr(widget.ui, f"{name}Button")
        assert button.text and button.layout().count() == 1, f"{name} holds its panel"
    assert [getattr(widget.ui, f"{name}Button").collapsed for name in SECTIONS] == [False] * 3 + [True] * 3


def test_every_structure_can_be_chosen_and_the_panels_follow(widget):
    box = widget.ui.structureBox
    assert [box.itemData(n) for n in range(box.count)] == list(offered_structures())
    heard = []
    widget.controller.window.on_structure.add(heard.append)
    box.currentIndex = 3
    assert heard == ["right_kidney"] and widget.controller.window.structure == "right_kidney"


def test_an_older_session_keeps_a_structure_that_is_not_offered(widget):
    window = widget.controller.window
    assert window.ui.structureBox.findData("aortic_tree") == -1
    window.set_structure("aortic_tree", quiet=True)
    assert window.structure == "aortic_tree"


def test_about_says_what_it_is_for(widget):
    text = widget.ui.aboutLabel.text
    assert "not for diagnosis" in text and Sketch2CTLib.__version__ in text and "Nothing leaves this computer" in text


def test_icons_can_be_seen_in_light_and_dark(widget):
    import qt

    usual = qt.QPalette(qt.QApplication.palette())
    panels = widget.controller.window
    buttons = {"sketch": panels.sketch.toolbar.button("clear"), "geometry": panels.geometry.buttons["clear"]}
    try:
        for ground, ink in (("#323232", "#ffffff"), ("#efefef", "#000000")):
            palette = qt.QPalette(usual)
            for role in (qt.QPalette.Window, qt.QPalette.Button, qt.QPalette.Base):
                palette.setColor(role, qt.QColor(ground))
            for role in (qt.QPalette.ButtonText, qt.QPalette.WindowText, qt.QPalette.Text):
                palette.setColor(role, qt.QColor(ink))
            qt.QApplication.setPalette(palette)
            slicer_model.turns(10)
            for name, button in buttons.items():
                image = button.icon.pixmap(20, 20, qt.QIcon.Normal).toImage()
                inks = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
                assert {one.name() for one in inks if one.alpha() == 255} == {ink}, name
    finally:
        qt.QApplication.setPalette(usual)


def test_controls_of_the_ui_file_have_tooltips(widget):
    for name in ("structureBox", "questionYesButton", "questionNoButton", "statusLabel"):
        assert getattr(widget.ui, name).toolTip


def test_a_widget_without_a_parent_sets_itself_up(module):
    slicer_core_app.fresh_scene()
    made = module.Sketch2CTWidget()
    assert made.controller is not None and made.controller.window.is_complete
    made.cleanup()


def test_opening_closing_and_opening_again_leaves_one_observer_each(widget):
    count = len(widget.Observations)
    for _ in range(3):
        widget.exit()
        widget.enter()
    assert len(widget.Observations) == count == 5


def test_reload_reads_the_panels_again(widget):
    before = sys.modules["Sketch2CTUI.session.controller"]
    kept = {name: found for name, found in sys.modules.items() if name.startswith("Sketch2CTUI")}
    try:
        widget.onReload()
        assert "Sketch2CTUI.session.controller" not in sys.modules and widget.controller is None
        slicer_model.pythonqt_model.install()
        again = slicer_model.open_module()
        assert sys.modules["Sketch2CTUI.session.controller"] is not before
        assert again.controller.window.is_complete
        again.cleanup()
    finally:
        sys.modules.update(kept)


def test_the_self_test_for_users_passes(module):
    module.Sketch2CTTest().runTest()


CODE = """
import sys
from importlib.abc import MetaPathFinder
class Blocked(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in {blocked!r} else found(name, package)
import slicer_model
slicer = slicer_model.install()
widget = slicer_model.open_module()
window = widget.controller.window
print(window.is_complete, window.ui.setupButton.collapsed, window.ui.sketchButton.visible, window.ui.statusLabel.text)
widget.onSceneStartClose(), widget.onSceneEndClose(), widget.onNodesChanged(), widget.exit()
heavy = {{"torch", "cv2", "skimage", "pydantic", "SimpleITK", "scipy"}} & set(sys.modules)
print(sorted(heavy))
widget.cleanup()
"""


def in_a_fresh_python(blocked):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "Testing" / "qt_model"), str(ROOT)])
    code = CODE.format(blocked=blocked)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


def test_without_pydantic_the_setup_panel_stands_alone_and_says_why():
    state, heavy = in_a_fresh_python(["pydantic", "torch", "cv2", "skimage"])
    assert state.startswith("False False False") and "click 'Install' under Setup" in state
    assert heavy == "[]"


def test_opening_the_module_imports_nothing_heavy():
    state, heavy = in_a_fresh_python(["torch", "cv2", "skimage"])
    assert state.startswith("True True True")
    assert set(eval(heavy)) <= {"pydantic"}


def test_what_is_missing_is_built_after_the_install(widget, monkeypatch):
    """The same window, once with and once without the package."""
    from Sketch2CTUI.session import controller
    from Sketch2CTUI.session import window as panel_window

    there = importlib.util.find_spec
    monkeypatch.setattr(panel_window, "find_spec", lambda name: None)
    ui = slicer.util.childWidgetVariables(slicer.util.loadUI(widget.resourcePath("UI/Sketch2CT.ui")))
    made = controller.Controller(ui)
    assert not made.window.is_complete and "not installed" in ui.statusLabel.text
    made.enter(), made.scene_closing(), made.scene_closed(), made.scene_loaded(), made.nodes_changed(), made.exit()
    monkeypatch.setattr(panel_window, "find_spec", there)
    made.window.setup.on_changed()
    assert made.window.is_complete and made.backend is not None and ui.statusLabel.text == ""
    made.cleanup()
