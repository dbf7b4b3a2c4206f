"""Scans kept for segmenters: as prepared, made once, made anew when they should be."""

from __future__ import annotations

import numpy as np
import pytest

from Sketch2CTLib.data.intensity import to_unit
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.generation.volumes.labelled import kept_scan, real_scans


def test_a_real_scan_is_the_prepared_one(prepared_dir, tmp_path):
    case = PreparedSet(prepared_dir).cases("val", "liver")[0]
    (scan,) = real_scans([case], tmp_path)
    image, mask = scan.read(128)
    assert (scan.key, scan.structure, scan.modality) == (case.key, "liver", "CT")
    assert np.array_equal(mask, case.mask())
    assert np.abs(image - to_unit(case.image(), "CT")).max() < 0.5 / 127 + 1e-6


def test_a_smaller_cube_is_the_mean_of_the_large_one(prepared_dir, tmp_path):
    (scan,) = real_scans(PreparedSet(prepared_dir).cases("val", "liver"), tmp_path)
    (whole, body), (small, less) = scan.read(128), scan.read(32)
    assert small.shape == less.shape == (32, 32, 32)
    assert small[10, 20, 5] == pytest.approx(whole[40:44, 80:84, 20:24].mean(), abs=1e-5)
    assert less.mean() == pytest.approx(body.mean(), rel=0.05)
    with pytest.raises(DatasetError, match="brought to 48"):
        scan.read(48)
    (kept,) = real_scans(PreparedSet(prepared_dir).cases("val", "liver"), tmp_path, voxels=32)
    assert kept.path != scan.path and np.abs(kept.read(32)[0] - small).max() <= 1.01 / 127
    assert np.array_equal(kept.read(32)[1], less)


def test_a_scan_is_made_once_and_anew_when_it_depends_on_something_else(tmp_path):
    made = []

    def make():
        made.append(1)
        return np.full((4, 4, 4), -3.0, np.float32), np.ones((4, 4, 4), bool)

    told = ("set/a/liver", "liver", "CT")
    first = kept_scan(tmp_path, told, {"steps": 1}, make)
    assert kept_scan(tmp_path, told, {"steps": 1}, make).path == first.path and len(made) == 1
    assert kept_scan(tmp_path, told, {"steps": 2}, make).path != first.path and len(made) == 2
    assert (first.read(4)[0] == -1.0).all()


def test_a_damaged_file_is_one_clear_error(tmp_path):
    scan = kept_scan(tmp_path, ("a", "liver", "CT"), 1, lambda: (np.zeros((4,) * 3, np.float32), np.ones((4,) * 3)))
    scan.path.write_bytes(scan.path.read_bytes()[:90])
    with pytest.raises(DatasetError, match="cannot be read"):
        scan.read(4)
