"""Layouts of scans: what is what, where it is known, smooth, and kept when it is brought to another grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from synthetic import write_set

from Sketch2CTLib import catalog
from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.layout import Layout
from Sketch2CTLib.data.prepare import prepare
from Sketch2CTLib.data.prepare_layouts import ras_region
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.data.spec import DatasetSpec
from Sketch2CTLib.data.tissues import body_of, ct_tissues
from Sketch2CTLib.errors import GridError, MaskError
from Sketch2CTLib.frames import VoxelGrid

SHAPE = (60, 70, 90)
SPACING = 3.0


def phantom() -> tuple[np.ndarray, np.ndarray]:
    """HU and organs of a trunk on a table: fat, muscle, spine, ribs, lung, bowel with contrast, gas and a liver."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij")
    hu = np.full(SHAPE, -125.0, dtype=np.float32)

    def oval(rx: float, ry: float) -> np.ndarray:
        return ((i - 45) / rx) ** 2 + ((j - 38) / ry) ** 2 <= 1

    hu[oval(38, 26)] = -100
    hu[oval(32, 21)] = 50
    hu[oval(28, 17)] = -95
    hu[oval(27, 16) & (k > 44)] = -125  # lung, up to the top
    ribs = oval(31, 20) & ~oval(28, 17) & (k > 36) & (k % 8 < 4) & (abs(i - 45) > 6)
    hu[ribs] = 230
    hu[(np.hypot(i - 45, j - 22) <= 6)] = 230  # spine
    hu[(np.hypot(i - 45, j - 22) <= 3)] = 160
    hu[np.sqrt((i - 60) ** 2 + (j - 45) ** 2 + (k - 15) ** 2) <= 5] = 270  # contrast in bowel
    hu[np.sqrt((i - 40) ** 2 + (j - 47) ** 2 + (k - 15) ** 2) <= 4] = -125  # gas in bowel
    hu[(j == 6) | (j == 5)] = -20  # table
    liver = np.sqrt((i - 62) ** 2 + (j - 40) ** 2 + (k - 34) ** 2) <= 9
    hu[liver] = 110
    rng = np.random.default_rng(0)
    return np.clip(hu + rng.normal(0, 6, SHAPE), -125, 275).astype(np.float32), np.where(liver, 1, 0).astype(np.uint8)


@pytest.fixture(scope="module")
def tissues() -> np.ndarray:
    hu, organs = phantom()
    return ct_tissues(ndimage.gaussian_filter(hu, 0.3), organs, SPACING)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ((10, 60, 5), "outside"),
        ((20, 5, 45), "object"),
        ((20, 38, 10), "fat"),
        ((20, 20, 20), "fat"),
        ((20, 38, 14), "soft_tissue"),
        ((30, 22, 45), "bone"),
        ((50, 38, 40), "lung"),
        ((15, 47, 40), "gas"),
        ((15, 45, 60), "bright"),
    ],
)
def test_each_tissue_is_found_in_its_place(tissues: np.ndarray, place: tuple[int, int, int], name: str) -> None:
    around = tissues[tuple(slice(p - 1, p + 2) for p in place)]
    assert catalog.region_of(int(np.bincount(around.ravel()).argmax())).name == name


def test_the_spine_is_one_filled_piece_and_ribs_are_bone(tissues: np.ndarray) -> None:
    bone = tissues == label_value("bone")
    assert bone[20, 22, 39:52].all(), "the marrow belongs to the bone"
    k, j, i = np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij")
    oval = lambda rx, ry: ((i - 45) / rx) ** 2 + ((j - 38) / ry) ** 2 <= 1  # noqa: E731
    ribs = oval(30.5, 19.5) & ~oval(29, 18) & (k > 40) & (k % 8 < 3) & (k % 8 > 0)
    assert bone[ribs].mean() > 0.8


def test_no_grain_is_left(tissues: np.ndarray) -> None:
    for value in np.unique(tissues):
        labelled, count = ndimage.label(tissues == value)
        if count:
            assert np.bincount(labelled.ravel())[1:].min() * SPACING**3 / 1000 >= 0.3


def test_the_body_holds_what_it_encloses_and_not_the_table() -> None:
    hu, _ = phantom()
    body = body_of(hu, SPACING)
    assert body[50, 38, 45] and body[15, 47, 40] and not body[20, 5, 45] and not body[20, 66, 5]
    assert ndimage.label(body)[1] == 1


def test_a_layout_refuses_what_means_nothing() -> None:
    grid = VoxelGrid.ras_cube((0, 0, 0), 30, 10)
    with pytest.raises(MaskError, match="value 99"):
        Layout(np.full((10, 10, 10), 99, np.uint8), grid)
    with pytest.raises(GridError):
        Layout(np.zeros((9, 10, 10), np.uint8), grid)


def test_regions_keep_volume_and_place_on_another_grid() -> None:
    grid = VoxelGrid.ras_cube((10, -20, 5), 240, 80)
    k, j, i = np.meshgrid(*(np.arange(80),) * 3, indexing="ij")
    labels = np.full((80, 80, 80), label_value("fat"), np.uint8)
    labels[np.sqrt((i - 30) ** 2 + (j - 40) ** 2 + (k - 50) ** 2) <= 14] = label_value("liver")
    labels[np.hypot(i - 60, j - 40) <= 5] = label_value("aorta")
    moved = Layout(labels, grid).on(VoxelGrid.ras_cube((12, -18, 4), 200, 100))
    assert moved.volume_ml("liver") == pytest.approx(Layout(labels, grid).volume_ml("liver"), rel=0.02)
    middle = moved.grid.to_ras(np.argwhere(moved.body_of("liver"))[:, ::-1].mean(0))
    np.testing.assert_allclose(middle, grid.to_ras([30, 40, 50]), atol=0.5)
    assert moved.regions == ("liver", "aorta", "fat")


def test_beyond_a_layout_nothing_is_known_or_what_is_asked() -> None:
    grid = VoxelGrid.ras_cube((0, 0, 0), 30, 10)
    layout = Layout(np.full((10, 10, 10), label_value("fat"), np.uint8), grid)
    wide = VoxelGrid.ras_cube((0, 0, 0), 60, 20)
    assert set(np.unique(layout.on(wide).labels)) == {0, label_value("fat")}
    assert set(np.unique(layout.on(wide, "outside").labels)) == {label_value("outside"), label_value("fat")}


def test_an_organ_that_is_set_is_kept_to_the_voxel_and_its_former_place_is_filled() -> None:
    grid = VoxelGrid.ras_cube((0, 0, 0), 60, 20)
    labels = np.full((20, 20, 20), label_value("fat"), np.uint8)
    labels[5:9, 5:9, 5:9] = label_value("liver")
    body = np.zeros((20, 20, 20), bool)
    body[10:15, 10:15, 10:15] = True
    layout = Layout(labels, grid).with_organs({"liver": body})
    assert np.array_equal(layout.body_of("liver"), body)
    assert (layout.labels[5:9, 5:9, 5:9] == label_value("fat")).all()


def test_the_region_fills_the_scan_whatever_its_direction() -> None:
    affine = np.diag([-1.5, 2.0, 5.0, 1.0])
    affine[:3, 3] = (40, -30, 7)
    grid = VoxelGrid((20, 60, 70), affine)
    region = ras_region(grid)
    np.testing.assert_allclose(np.diag(region.ijk_to_ras)[:3], 3.0)
    np.testing.assert_allclose(region.center_ras, grid.center_ras, atol=1e-9)
    assert (np.abs(region.size_mm - [105, 120, 100]) < 3).all()


def test_scans_get_a_layout_once_and_label_sets_get_none(tmp_path: Path) -> None:
    path = write_set(tmp_path / "scans", 3, val="c2")
    first = prepare(DatasetSpec.load(path), tmp_path / "out")
    again = prepare(DatasetSpec.load(path), tmp_path / "out")
    assert (first.layouts, again.layouts) == (3, 0)
    layouts = PreparedSet(tmp_path / "out").layouts()
    assert [one.split for one in layouts] == ["train", "train", "val"]
    layout = layouts[0].layout()
    assert "liver" in layout.regions and "liver" in layouts[0].organs
    liver = PreparedSet(tmp_path / "out").cases(structure="liver")[0]
    assert layout.volume_ml("liver") == pytest.approx(liver.metrics["volume_ml"], rel=0.05)
    path.write_text(
        "".join(
            line
            for line in path.read_text().splitlines(True)
            if "image" not in line and "intensity" not in line and "modality" not in line
        )
    )
    assert prepare(DatasetSpec.load(path), tmp_path / "labels").layouts == 0
