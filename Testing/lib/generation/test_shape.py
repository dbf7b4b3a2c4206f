"""The checks of a mask's shape in its report: like a real organ or not, a tube or a torn ribbon."""

from __future__ import annotations

import json

import numpy as np
import pytest

from Sketch2CTLib.catalog import STRUCTURE_NAMES
from Sketch2CTLib.description import surface_ranges as module
from Sketch2CTLib.description.surface_ranges import LOW_IS_BAD, SHAPE_NAMES, surface_ranges, usual
from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.report.build import build_report
from Sketch2CTLib.generation.report.report import told_grade
from Sketch2CTLib.generation.report.shape import ShapeCheck, check_shape
from Sketch2CTLib.generation.values import MaskVolume
from Sketch2CTLib.training_ranges import TrainingRange

VOXELS = 80
AORTA = VoxelGrid.ras_cube((0, 0, 0), 220.0, VOXELS)  # voxels of 2.75 mm, an abdominal aorta's own
DEEP, UP, ACROSS = (np.indices(AORTA.shape_kji) - (VOXELS - 1) / 2) * 2.75


def aorta(width_mm, depth_mm):
    """A vessel of that cross-section along the patient, bent a little."""
    bent = 8 * np.cos(DEEP / 40)
    return MaskVolume(
        ((UP - bent) / (depth_mm / 2)) ** 2 + (ACROSS / (width_mm / 2)) ** 2 < (abs(DEEP) < 90), AORTA, "aorta"
    )


def reported(mask):
    return build_report(mask, {"volume_ml": mask.volume_ml})


def known(name="roughness_mm", **ends):
    numbers = {"low": 0.3, "p05": 0.32, "p95": 0.36, "high": 0.38} | ends
    return TrainingRange(name, 90, median=0.34, mean=0.34, sd=0.01, **numbers)


@pytest.mark.parametrize("structure", STRUCTURE_NAMES)
def test_every_structure_has_ranges_of_real_masks(structure):
    ranges = surface_ranges(structure)
    vessel = structure in ("aorta", "aortic_tree")
    assert set(ranges) == set(SHAPE_NAMES if vessel else SHAPE_NAMES[:6])
    for found in ranges.values():
        assert found.cases >= 10
        assert found.low <= found.p05 <= found.median <= found.p95 <= found.high


def test_a_shipped_range_holds_no_staircase():
    assert surface_ranges("spleen")["flat_share"].high < 0.1
    record = json.loads(module.resource_path("Catalog", "surface_ranges.json").read_text())
    assert "chaos_mr" not in {name for names in record["datasets"].values() for name in names}
    assert "6 mm" in record["left_out"] and "--ranges" in record["command"]


def test_a_damaged_file_is_one_clear_error(tmp_path, monkeypatch):
    (tmp_path / "Catalog").mkdir()
    (tmp_path / "Catalog" / "surface_ranges.json").write_text('{"format": "other"}')
    monkeypatch.setenv("SKETCH2CT_RESOURCES", str(tmp_path))
    module._all.cache_clear()
    try:
        with pytest.raises(ConfigError, match="surfaces of real masks"):
            surface_ranges("liver")
    finally:
        module._all.cache_clear()


@pytest.mark.parametrize(("value", "met", "is_usual"), [(0.34, True, True), (0.37, True, False), (0.5, False, False)])
def test_rougher_than_real_ones_is_missed_and_a_little_room_is_left(value, met, is_usual):
    check = ShapeCheck("roughness_mm", value, known())
    assert (check.met, usual("roughness_mm", value, known())) == (met, is_usual)
    assert check.to_dict()["usual"] is is_usual
    assert check.expected == "0.30 to 0.38 mm"


def test_smoother_than_real_ones_is_noted_and_no_fault():
    smooth, rough = ShapeCheck("roughness_mm", 0.1, known()), ShapeCheck("roughness_mm", 0.5, known())
    assert (smooth.met, smooth.smoother) == (True, True) and (rough.met, rough.smoother) == (False, False)
    assert smooth.to_dict()["usual"] is False, "evaluate masks counts both sides"
    grid = VoxelGrid.ras_cube((0, 0, 0), 200.0, VOXELS)  # voxels of 2.5 mm, a liver's own
    report = reported(MaskVolume(np.sqrt(DEEP**2 + UP**2 + ACROSS**2) / 1.1 < 70, grid, "liver"))
    assert report.grade == "met" and "warning" not in report.verdict and "smoother" not in report.verdict
    surface = report.to_dict()["surface"]
    assert surface["missed"] == [] and surface["warnings"] == []
    (note,) = surface["notes"]
    assert note.startswith("The surface is smoother than a real liver's (0.1") and "no fault" in note


def test_fewer_spikes_and_rounder_vessels_are_no_fault():
    assert ShapeCheck("opened_share", 0.0, known("opened_share")).met is True
    assert ShapeCheck("roundness_median", 2.0, known("roundness_median")).met is True
    assert "roundness_median" in LOW_IS_BAD
    assert ShapeCheck("flat_share", 0.1, None).met is None


def test_values_beside_a_range_are_told_apart():
    check = ShapeCheck("opened_share", 0.05004, known("opened_share", low=0.0, p05=0.01, p95=0.04, high=0.04999))
    assert check.beyond == "5.004 %, at most 4.999 % in training"


def test_a_tube_is_met_and_a_ribbon_of_the_same_volume_is_not():
    round_one, ribbon = reported(aorta(24, 24)), reported(aorta(48, 11))
    assert not round_one.torn and "torn" not in round_one.verdict
    assert round_one.grade == "met"
    assert ribbon.torn and ribbon.grade == "partly met"
    assert "warning: the vessel is torn or ribbon-like (roundness 0." in ribbon.verdict
    told = ribbon.to_dict()["tube"]
    assert {"roundness_median", "roundness_p05"} <= set(told["missed"])
    assert told["warnings"][0].startswith("The vessel is torn or ribbon-like")
    check = told["checks"]["roundness_median"]
    assert check["value"] < check["real_range"][0] and check["met"] is False


def test_a_ribbon_torn_by_slits_is_flagged():
    ribbon = aorta(26, 14)
    slits = (np.abs(np.sin(DEEP / 7)) < 0.45) & (UP > -2)
    torn = reported(MaskVolume(ribbon.body & ~slits, AORTA, "aorta"))
    assert torn.torn and torn.grade == "partly met"


def test_a_crumpled_liver_is_met_but_unlike_a_real_one():
    grid = VoxelGrid.ras_cube((0, 0, 0), 200.0, VOXELS)  # voxels of 2.5 mm, a liver's own
    jagged = 6 * np.sign(np.sin(DEEP / 2.2) * np.sin(UP / 2.2) * np.sin(ACROSS / 2.2))
    report = reported(MaskVolume(np.sqrt(DEEP**2 + UP**2 + ACROSS**2) / 1.1 + jagged < 70, grid, "liver"))
    assert report.grade == "met" and told_grade(report).startswith("Met, but")
    assert told_grade(report).endswith("unlike a real liver")
    assert "warning: the surface is rougher than a real liver's (" in report.verdict
    told = report.to_dict()
    assert "roughness_mm" in told["surface"]["missed"] and told["tube"] is None
    assert told["surface"]["checks"]["roughness_mm"]["value"] == told["roughness_mm"]
    json.dumps(told, allow_nan=False)


def test_voxels_of_another_size_are_measured_and_not_judged():
    grid = VoxelGrid.ras_cube((0, 0, 0), 400.0, VOXELS)
    mask = MaskVolume(np.sqrt(DEEP**2 + UP**2 + ACROSS**2) < 60, grid, "liver")
    report = reported(mask)
    assert report.verdict.startswith("Met:")
    checks = report.to_dict()["surface"]["checks"]
    assert checks["roughness_mm"]["value"] > 0 and checks["roughness_mm"]["real_range"] is None
    assert report.to_dict()["surface"]["missed"] == []


def test_pieces_that_were_asked_for_are_no_fault_of_the_surface():
    grid = VoxelGrid.ras_cube((0, 0, 0), 200.0, VOXELS)
    body = np.sqrt(DEEP**2 + UP**2 + ACROSS**2) < 50
    body[4:14, 4:14, 4:14] = True
    mask = MaskVolume(body, grid, "liver")
    beside = "more lies beside the main piece"
    assert beside in build_report(mask, {"volume_ml": mask.volume_ml}).verdict
    assert beside not in build_report(mask, {"components": 2.0}).verdict


def test_an_empty_mask_has_no_shape():
    empty = build_report(MaskVolume(np.zeros(AORTA.shape_kji), AORTA, "aorta"), {"volume_ml": 60.0})
    assert empty.shape is None and empty.to_dict()["surface"] is None
    assert check_shape(empty_mask := MaskVolume(np.zeros(AORTA.shape_kji), AORTA, "aorta"), {}).surface == ()
    assert empty_mask.is_empty
