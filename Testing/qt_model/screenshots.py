"""Pictures of the module for the README and the tutorial: `python Testing/qt_model/screenshots.py Resources/Tutorial`.

The panels are the module's own code on the PySide6 model, in light and dark; the views beside them are Slicer's scene,
cut and rendered off-screen. The liver comes from the real worker with the shipped weights.

    panel_NAME_light.png, panel_NAME_dark.png    sketch, geometry, generate, results, setup
    panel_contours_light.png, …                  the sketch panel with a contour over the scan
    panel_organs_light.png, …                    three organs in the list, one of them on the canvas
    panel_server_light.png, …                    the generate panel with the address of a server, which answered
    dataset_sheet.png                            the contact sheet of a small data set
    session_light.png, session_dark.png          the module's sections beside three slices and the surface
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import numpy as np  # noqa: E402
import qt  # noqa: E402
import slicer_core_app  # noqa: E402
import views  # noqa: E402
from PIL import Image  # noqa: E402

from Sketch2CTLib.description.merging import description_of_text  # noqa: E402
from Sketch2CTLib.frames import view as standard_view  # noqa: E402
from Sketch2CTLib.sketch import Sketch  # noqa: E402

ROOT = slicer_model.pythonqt_model.ROOT
PANELS = ("sketch", "geometry", "generate", "results", "setup")
TEXT = "About 1.5 litres, 20 cm wide, 15 cm deep and 17 cm high, with a smooth surface."
WIDTH, VIEW = 560, 640  # of the module's panel and of each view beside it, in pixels
RUN_S = 300.0
SERVER = "http://127.0.0.1:8000"
WIDEST, COLORS = 1600, 256


def palette(dark):
    """The usual colours of Slicer's light and dark styles."""
    made = qt.QPalette()
    roles = {
        "Window": ("#efefef", "#323232"),
        "WindowText": ("#000000", "#ffffff"),
        "Base": ("#ffffff", "#1c1c1c"),
        "AlternateBase": ("#f7f7f7", "#282828"),
        "PlaceholderText": ("#707070", "#9a9a9a"),
        "Text": ("#000000", "#ffffff"),
        "Button": ("#e6e6e6", "#444444"),
        "ButtonText": ("#000000", "#ffffff"),
        "ToolTipBase": ("#ffffdc", "#505050"),
        "ToolTipText": ("#000000", "#ffffff"),
        "Highlight": ("#308cc6", "#2a82da"),
        "HighlightedText": ("#ffffff", "#ffffff"),
        "Mid": ("#b8b8b8", "#232323"),
        "Link": ("#0057ae", "#6fb7ff"),
    }
    for name, colors in roles.items():
        made.setColor(getattr(qt.QPalette, name), qt.QColor(colors[dark]))
    for name in ("Text", "WindowText", "ButtonText"):
        made.setColor(qt.QPalette.Disabled, getattr(qt.QPalette, name), qt.QColor("#8a8a8a"))
    return made


def fill(controller):
    """The bundled sketch and sentence on the panels."""
    sketch = Sketch.from_dict(json.loads((ROOT / "Resources/Sketches/liver_sketch.json").read_text(encoding="utf-8")))
    window = controller.window
    window.set_structure("liver")
    window.sketch.set_drawings((sketch,))
    description = description_of_text(TEXT, "liver")
    window.geometry.set_description(description, TEXT)
    controller.session.sketch_changed()


def generate(controller):
    """A run of the real worker, two candidates at preview quality; the first is accepted."""
    from dataclasses import replace

    panel = controller.window.generate
    panel.set_settings(replace(panel.settings(), quality="preview", candidates=2, seed=5, with_volume=True))
    controller.apply()
    if not slicer_model.spin(lambda: not controller.run.is_running, RUN_S) or not controller.results.folder:
        raise SystemExit("The worker brought no result.")
    controller.results.accept(0)
    slicer_model.spin(lambda: controller.results._steps.are_done, 10)


def contours(controller):
    """Cuts of the accepted liver on two axial slices and a coronal one: drawn contours for the pictures."""
    from Sketch2CTUI.backend.task_script import cut_of_mask

    window, sketch = controller.window, controller.window.sketch
    window.refresh_choices()
    mask_kji, grid = window.surroundings.segments.mask(window.surroundings.segments.choices()[0][0])
    middle = grid.to_ras(np.argwhere(mask_kji).mean(axis=0)[::-1])
    for view, offset_mm in (("axial", 25.0), ("coronal", 5.0), ("axial", -30.0)):
        sketch.add_contour(view, round(float(middle[standard_view(view).axis_ras])) + offset_mm)
        sketch.canvas.set_strokes(cut_of_mask(mask_kji, grid, sketch.canvas.plane, "liver").strokes)
    sketch.choose(0)


def organs(controller):
    """A spleen and a left kidney, drawn by hand, beside the liver."""
    window = controller.window
    for name, number, text in (("spleen", 1, "200 mL, 10 cm high"), ("left_kidney", 1, "165 mL, smooth")):
        window.ui.addOrganButton.click()
        window.ui.structureBox.currentIndex = window.ui.structureBox.findData(name)
        path = ROOT / "Testing" / "hand_drawn" / name / f"{number:02d}.json"
        window.sketch.canvas.set_strokes(Sketch.from_dict(json.loads(path.read_text(encoding="utf-8"))).strokes)
        window.geometry.set_text(text)


def take_organs(controller, widget, out, dark):
    """The organ list and the canvas, the spleen in front."""
    qt.QApplication.setPalette(palette(dark))
    controller.organs.choose(1)
    ui, root = controller.window.ui, widget.parent
    for _ in range(4):
        root.resize(WIDTH, root.sizeHint.height())
        slicer_model.spin(lambda: False, 0.3)
    bottom = ui.sketchButton.mapTo(root, qt.QPoint(0, ui.sketchButton.height)).y()
    save(root.grab(qt.QRect(0, 0, WIDTH, bottom)), out / f"panel_organs_{'dark' if dark else 'light'}.png")


def take_server(controller, out, dark):
    """The generate panel as it looks after 'Test connection'."""
    from dataclasses import replace

    qt.QApplication.setPalette(palette(dark))
    panel = controller.window.generate
    before = panel.settings()
    told = []
    controller.backend.test_connection(told.append, lambda failed: told.append(failed.message))  # this computer's own
    slicer_model.spin(lambda: told, RUN_S)
    panel.set_settings(replace(before, where="server", url=SERVER))
    panel.show_note(told[0].replace("This computer", SERVER))
    slicer_model.spin(lambda: False, 0.3)
    save(panel.widget.grab(), out / f"panel_server_{'dark' if dark else 'light'}.png")
    panel.show_note("")
    panel.set_settings(before)


def sheet(out):
    """The contact sheet of a data set of eight livers, as `sketch2ct synthesize` writes it."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "Dataset501_Liver"
        words = ["--structure", "liver", "--count", "8", "--seed", "3", "--quality", "preview", "--format", "nnunet"]
        command = [sys.executable, "-m", "Sketch2CTLib", "synthesize", *words, "--out", str(made)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
        shutil.copy(made / "contact_sheet_1.png", out / "dataset_sheet.png")
    save(qt.QPixmap(str(out / "dataset_sheet.png")), out / "dataset_sheet.png")


def save(picture, path):
    """A PNG of few colours, at most `WIDEST` wide: it shall not weigh on every clone."""
    if picture.width() > WIDEST:
        picture = picture.scaledToWidth(WIDEST, qt.Qt.SmoothTransformation)
    picture.save(str(path))
    with Image.open(path) as full:
        small = full.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def montage(columns, pictures):
    """The module's sections in columns, the four views in a square at their right."""
    gap = 8
    heights = [sum(one.height() + gap for one in column) for column in columns]
    height = max(heights)
    view = (height - gap) // 2
    width = sum(column[0].width() + gap for column in columns) + 2 * view + gap
    made = qt.QPixmap(width, height)
    made.fill(qt.QApplication.palette().color(qt.QPalette.Window))
    painter = qt.QPainter(made)
    left = 0
    for column in columns:
        top = 0
        for one in column:
            painter.drawPixmap(left, top, one)
            top += one.height() + gap
        left += column[0].width() + gap
    for number, picture in enumerate(pictures):
        place = qt.QRect(left + number % 2 * (view + gap), number // 2 * (view + gap), view, view)
        painter.drawPixmap(place, picture)
    painter.end()
    return made


def pixmap(rgb):
    """(rows, columns, 3) uint8 as a picture of Qt."""
    rows, columns = rgb.shape[:2]
    image = qt.QImage(rgb.tobytes(), columns, rows, 3 * columns, qt.QImage.Format_RGB888)
    return qt.QPixmap.fromImage(image.copy())


def take(controller, widget, out, dark):
    """All pictures in one style."""
    style = "dark" if dark else "light"
    qt.QApplication.setPalette(palette(dark))
    for name in PANELS:
        getattr(controller.window.ui, f"{name}Button").collapsed = False
    window, root = controller.window, widget.parent
    slicer_model.spin(lambda: False, 0.3)
    if controller.results.folder:  # inks were chosen for the palette before
        window.results.show(controller.results.folder, controller.results.result)
    window.results.seconds_label.visible = False  # of the machine that makes the pictures
    window.setup.refresh()
    for _ in range(4):  # the canvas is as high as it is wide: it asks for its height when it has its width
        root.resize(WIDTH, root.sizeHint.height())
        slicer_model.spin(lambda: False, 0.5)
    for name in PANELS:
        save(getattr(window, name).widget.grab(), out / f"panel_{name}_{style}.png")
    behind = window.sketch.sources.reference
    window.sketch.choose(1)
    behind.currentIndex = next(number for number in range(behind.count) if "slice" in behind.itemText(number))
    slicer_model.spin(lambda: False, 0.2)
    save(window.sketch.widget.grab(), out / f"panel_contours_{style}.png")
    behind.currentIndex = 0
    window.sketch.choose(0)
    nodes = controller.results.nodes
    pictures = [pixmap(one) for one in views.four_views(nodes.segmentation, nodes.volume, VIEW)]
    ui = window.ui
    columns = [[ui.sketchButton.grab(), ui.generateButton.grab()], [ui.geometryButton.grab(), ui.resultsButton.grab()]]
    save(montage(columns, pictures), out / f"session_{style}.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path, help="folder of the pictures")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    qt.QApplication.setStyle("Fusion")
    slicer_core_app.fresh_scene()
    widget = slicer_model.open_module()
    try:
        fill(widget.controller)
        generate(widget.controller)
        contours(widget.controller)
        for dark in (False, True):
            take(widget.controller, widget, out, dark)
            take_server(widget.controller, out, dark)
        organs(widget.controller)
        for dark in (False, True):
            take_organs(widget.controller, widget, out, dark)
    finally:
        widget.cleanup()
    sheet(out)
    print("\n".join(sorted(path.name for path in out.glob("*.png"))))


if __name__ == "__main__":
    main()
