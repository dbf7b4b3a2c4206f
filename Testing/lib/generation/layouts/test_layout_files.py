"""A layout comes back from its file; what is none is refused in one line; Slicer's fields name each region."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from layout_bodies import trunk

from Sketch2CTLib.data.segments import read_segments
from Sketch2CTLib.errors import MaskError
from Sketch2CTLib.frames import read_layers, write_nrrd
from Sketch2CTLib.generation.layouts.files import read_layout, write_layout
from Sketch2CTLib.generation.result_folder import LAYOUT_FILE


def test_a_layout_comes_back(tmp_path: Path) -> None:
    layout = trunk(3, 10.0)
    write_layout(tmp_path / LAYOUT_FILE, layout, {"Synthetic": "1"})
    again = read_layout(tmp_path / LAYOUT_FILE)
    assert np.array_equal(again.labels, layout.labels)
    np.testing.assert_allclose(again.grid.ijk_to_ras, layout.grid.ijk_to_ras, atol=1e-6)


def test_each_region_is_a_segment_with_its_code(tmp_path: Path) -> None:
    layout = trunk(3, 10.0)
    write_layout(tmp_path / LAYOUT_FILE, layout, {"Synthetic": "1"})
    layers, _, fields = read_layers(tmp_path / LAYOUT_FILE)
    assert fields["Synthetic"] == "1"
    segments = {one.id: one for one in read_segments(fields, LAYOUT_FILE, layers.shape[-1])}
    assert set(segments) == set(layout.regions)
    assert np.array_equal(segments["bone"].body(layers), layout.body_of("bone"))
    assert "SCT^55603005^Adipose tissue" in segments["fat"].tags


@pytest.mark.parametrize(
    ("value", "message"), [(99, "value 99"), (300, "from 300 to 300"), (0.5, "whole numbers|probability")]
)
def test_what_is_no_layout_is_refused(tmp_path: Path, value: float, message: str) -> None:
    grid = trunk(0, 20.0).grid
    write_nrrd(tmp_path / "other.nrrd", np.full(grid.shape_kji, value, np.float32), grid)
    with pytest.raises(MaskError, match=message):
        read_layout(tmp_path / "other.nrrd")
