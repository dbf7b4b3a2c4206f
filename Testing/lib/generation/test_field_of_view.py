"""Scans of a kind that always ends in one box end there, and the organ is never cut."""

from __future__ import annotations

import numpy as np
import pytest

from Sketch2CTLib.generation.volumes.field_of_view import FieldOfView, fields_of_view

EDGE_MM = 128.0


def scan(rng: np.random.Generator, size: tuple[int, int, int] = (28, 44, 60), shift: int = 0) -> np.ndarray:
    found = np.full((64, 64, 64), -0.6, dtype=np.float32)
    start = [32 - s // 2 for s in size]
    box = tuple(slice(a + shift, a + shift + s) for a, s in zip(start, size, strict=True))
    found[box] = rng.uniform(-0.5, 0.9, size).astype(np.float32)
    return found


def test_a_common_box_is_found_in_mm_and_kept_with_the_weights() -> None:
    rng = np.random.default_rng(0)
    kept = fields_of_view([("left_atrium", "MR", scan(rng)) for _ in range(6)], {"left_atrium": EDGE_MM})
    found = FieldOfView.from_dict(kept["left_atrium MR"])
    assert found.size_mm == (56.0, 88.0, 120.0) and found.outside == pytest.approx(-0.6)
    assert found.offset_mm == (0.0, 0.0, 0.0)
    moved = FieldOfView.fit([scan(rng, (28, 44, 56), shift=-2) for _ in range(6)], EDGE_MM)
    assert moved is not None and moved.offset_mm == (-4.0, -4.0, -4.0)


def test_no_box_is_taken_from_scans_that_differ_fill_the_cube_or_are_few() -> None:
    rng = np.random.default_rng(0)
    sizes = [(12, 12, 12), (60, 20, 20), (20, 60, 20), (40, 12, 40), (16, 16, 60), (60, 12, 12)]
    assert FieldOfView.fit([scan(rng, size) for size in sizes], EDGE_MM) is None
    assert FieldOfView.fit([rng.uniform(-1, 1, (16, 16, 16)).astype(np.float32)] * 6, EDGE_MM) is None
    assert FieldOfView.fit([scan(rng)] * 3, EDGE_MM) is None
    assert fields_of_view([("liver", "CT", np.full((8, 8, 8), -1, np.float32))] * 6, {"liver": 320.0}) == {}


def test_outside_is_padding_inside_stays_and_the_organ_is_whole() -> None:
    view = FieldOfView((40.0, 40.0, 40.0), (0.0, 0.0, 0.0), -0.6)
    unit = np.random.default_rng(1).uniform(-0.9, 1.0, (64, 64, 64)).astype(np.float32)
    body = np.zeros((64, 64, 64), dtype=bool)
    body[30:34, 30:34, 8:12] = True
    seen = view.applied(unit, body, EDGE_MM)
    core = (slice(22, 42),) * 3
    assert np.array_equal(seen[core], np.maximum(unit[core], -0.6))
    assert np.array_equal(seen[body], np.maximum(unit[body], -0.6)), "the box grows to hold the organ"
    assert (seen[:, :, :5] == np.float32(-0.6)).all() and (seen[:21] == np.float32(-0.6)).all()
    finer = view.applied(
        unit.repeat(2, 0).repeat(2, 1).repeat(2, 2), body.repeat(2, 0).repeat(2, 1).repeat(2, 2), EDGE_MM
    )
    assert np.array_equal(finer[::2, ::2, ::2][core], seen[core]), "millimetres, not voxels"
