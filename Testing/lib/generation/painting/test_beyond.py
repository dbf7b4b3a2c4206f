"""Values of a painted CT beyond its window: air and bone alone, repeatable, soft at borders."""

from __future__ import annotations

import numpy as np

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.layout import Layout
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.painting.beyond import beyond_window

EDGE = 32
GRID = VoxelGrid.ras_cube((0, 0, 0), 2.0 * EDGE, EDGE)


def scan() -> tuple[np.ndarray, Layout]:
    """A body with bone in it that is dense on the left and lung and gas beside it, in air."""
    labels = np.full((EDGE,) * 3, label_value("outside"), dtype=np.uint8)
    values = np.full((EDGE,) * 3, -125, dtype=np.int16)
    for name, box, hu in (
        ("fat", np.s_[2:30, 2:30, 2:30], -100),
        ("soft_tissue", np.s_[4:28, 4:28, 4:28], 50),
        ("bone", np.s_[6:26, 6:10, 6:26], 275),
        ("lung", np.s_[6:26, 12:18, 6:26], -125),
        ("gas", np.s_[6:26, 20:24, 6:26], -125),
    ):
        labels[box], values[box] = label_value(name), hu
    values[6:26, 6:10, 16:26] = 180  # spongy
    return values, Layout(labels, GRID)


def test_air_lung_and_dense_bone_have_their_usual_values_and_all_else_stays() -> None:
    values, layout = scan()
    full = beyond_window(values, layout, 1)
    inside = {
        "outside": np.s_[:1],
        "lung": np.s_[8:24, 14:16, 8:24],
        "gas": np.s_[8:24, 22, 8:24],
        "bone": np.s_[8:24, 7:9, 8:14],
    }
    means = {name: float(full[box].mean()) for name, box in inside.items()}
    assert abs(means["outside"] + 1000) < 5 and abs(means["lung"] + 880) < 15 and abs(means["gas"] + 985) < 10
    assert 350 < np.median(full[inside["bone"]]) < 600 and full[inside["bone"]].min() >= 275
    assert (full[8:24, 7:9, 18:24] == 180).all() and (full[10:20, 11, 10:20] == 50).all()
    assert ((full == values) | np.isin(layout.labels, [label_value(n) for n in inside]) | (values < -60)).all()


def test_borders_of_air_are_mixed_and_one_seed_gives_one_scan() -> None:
    values, layout = scan()
    full = beyond_window(values, layout, 1)
    skin = full[16, 16, 1:4].astype(int)  # outside, then fat
    assert -1000 < skin[0] < -700 and -400 < skin[1] < -105 and -103 < skin[2] <= -100
    assert np.array_equal(full, beyond_window(values, layout, 1))
    assert not np.array_equal(full, beyond_window(values, layout, 2))
    assert full.dtype == np.int16
