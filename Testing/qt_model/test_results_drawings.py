"""Drawings in the results panel: a row for each with its agreement, and the contour that would help most."""

import json

import pytest
import pythonqt_model

pythonqt_model.install()
pythonqt_model.use_properties(__name__)

from results_shown import click, heard_by, shown  # noqa: E402
from Sketch2CTUI.results.tables import MEASURED, NAME, RESULT, SKETCH, WARNINGS  # noqa: E402
from test_results_report import report  # noqa: E402

NEXT = {
    "view": "coronal",
    "position_mm": -12.5,
    "open_cm2": 23.4,
    "sentence": "A coronal contour at A −12 mm would help most: there, two candidates differ by 23.4 cm².",
    "option": "--contour coronal@-12.5:FILE",
}


@pytest.fixture
def result(three_candidates):
    return three_candidates


def drawn(role, view, iou, position_mm=None):
    found = {"role": role, "view": view, "iou": iou, "contour_distance_mm": 1.25, "position_mm": position_mm}
    return {**found, "contour_hd95_mm": 3.0, "voxel_mm": 2.5, "followed": iou > 0.9}


def test_each_drawing_has_a_row_with_its_agreement(result, tmp_path):
    drawings = [drawn("silhouette", "axial", 0.97), drawn("contour", "axial", 0.62, 20.0)]
    drawings.append(drawn("contour", "coronal", 0.93, -35.4))
    (tmp_path / "report.json").write_text(json.dumps(report(drawings=drawings)), encoding="utf-8")
    panel = shown(result)
    table = panel.asked.table
    rows = {table.item(row, NAME).text(): [table.item(row, n).text() for n in (MEASURED, RESULT)] for row in range(7)}
    assert rows["Sketch, axial (IoU)"] == ["0.97", "✓ met"]
    assert rows["Contour, axial at S +20 mm (IoU)"] == ["0.62", "✗ off"]
    assert rows["Contour, coronal at A −35 mm (IoU)"] == ["0.93", "✓ met"]
    assert panel.table.widget.item(0, SKETCH).text() == "0.62", "the worst of all"
    assert "contour not followed" in panel.table.widget.item(0, WARNINGS).text()
    tips = [table.item(row, NAME).toolTip() for row in range(7)]
    assert any("the drawn contour and the cut of the mask" in tip and "1.2 mm apart" in tip for tip in tips)


def test_the_next_contour_is_one_line_with_a_button(result):
    folder, event = result
    panel = shown((folder, event | {"next_contour": NEXT}))
    calls = heard_by(panel.on_next_contour)
    assert panel.next_row.visible and panel.next_label.text == NEXT["sentence"]
    click(panel.next_button)
    assert calls == [("coronal", -12.5)]
    panel.clear()
    assert not panel.next_row.visible


@pytest.mark.parametrize(
    "odd", [None, 3, {}, {"view": "oblique", "position_mm": 1.0}, {"view": "axial", "position_mm": float("nan")}]
)
def test_without_a_readable_hint_there_is_no_line(result, odd):
    folder, event = result
    assert not shown((folder, event | {"next_contour": odd})).next_row.visible
