import math

import numpy as np
import pytest

from Sketch2CTLib.description.metrics import measure
from Sketch2CTLib.description.quantities import QUANTITIES, QUANTITY_NAMES, check_numbers
from Sketch2CTLib.errors import MaskError
from Sketch2CTLib.frames import VoxelGrid
from Testing.timing import best_s

ISOTROPIC = (1.0, 1.0, 1.0)
PREPARED = (2.5, 2.5, 2.5)
THICK = (0.8, 0.8, 5.0)
SPACINGS = [ISOTROPIC, PREPARED, THICK]


@pytest.mark.parametrize("spacing", SPACINGS)
def test_ball(bodies, spacing):
    radius = 30.0
    grid = bodies.make_grid((40, 40, 40), spacing)
    found = measure(bodies.ball(grid, radius), grid)
    assert found["volume_ml"] == pytest.approx(4 / 3 * math.pi * radius**3 / 1000, rel=0.01)
    assert found["surface_area_cm2"] == pytest.approx(4 * math.pi * radius**2 / 100, rel=0.02)
    assert found["sphericity"] == pytest.approx(1.0, abs=0.02)
    assert found["compactness"] == pytest.approx(found["sphericity"] ** 3)
    for name in ("max_diameter_mm", "min_diameter_mm", "major_axis_mm", "minor_axis_mm", "extent_si_mm"):
        assert found[name] == pytest.approx(2 * radius, abs=0.5 * max(spacing) + 0.6), name
    assert (found["components"], found["holes"]) == (1, 0)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_ellipsoid(bodies, spacing):
    half = (60.0, 35.0, 20.0)
    grid = bodies.make_grid((70, 45, 30), spacing)
    found = measure(bodies.ellipsoid(grid, half), grid)
    assert found["volume_ml"] == pytest.approx(4 / 3 * math.pi * math.prod(half) / 1000, rel=0.01)
    assert found["surface_area_cm2"] == pytest.approx(bodies.ellipsoid_area_cm2(*half), rel=0.02)
    axes = [found[f"{name}_axis_mm"] for name in ("major", "middle", "minor")]
    assert axes == pytest.approx([120, 70, 40], rel=0.03)
    assert found["elongation"] == pytest.approx(120 / 70, rel=0.02)
    assert found["flatness"] == pytest.approx(70 / 40, rel=0.04)
    assert [found[f"spread_{a}_mm"] for a in ("rl", "ap", "si")] == pytest.approx(np.array(half) / 5**0.5, rel=0.03)
    assert found["max_diameter_mm"] == pytest.approx(120, rel=0.01)
    assert found["min_diameter_mm"] == pytest.approx(40, rel=0.02)


@pytest.mark.parametrize("spacing", [ISOTROPIC, PREPARED])
def test_box(bodies, spacing):
    half = (40.0, 25.0, 15.0)
    grid = bodies.make_grid((50, 40, 40), spacing)
    found = measure(bodies.box(grid, half), grid)
    assert found["volume_ml"] == pytest.approx(120.0)
    assert [found[f"extent_{a}_mm"] for a in ("rl", "ap", "si")] == pytest.approx([80, 50, 30])
    assert [found[f"spread_{a}_mm"] for a in ("rl", "ap", "si")] == pytest.approx(2 * np.array(half) / 12**0.5)
    assert found["surface_area_cm2"] == pytest.approx(158.0, rel=0.02)
    assert found["max_diameter_mm"] == pytest.approx(2 * math.hypot(*half), rel=0.03)
    assert found["min_diameter_mm"] == pytest.approx(30.0, rel=0.01)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_torus_has_one_hole(bodies, spacing):
    grid = bodies.make_grid((60, 60, 30), spacing)
    found = measure(bodies.torus(grid, 35, 14), grid)
    assert (found["components"], found["holes"]) == (1, 1)
    assert found["volume_ml"] == pytest.approx(2 * math.pi**2 * 35 * 14**2 / 1000, rel=0.04)
    assert found["surface_area_cm2"] == pytest.approx(4 * math.pi**2 * 35 * 14 / 100, rel=0.03)
    assert found["max_diameter_mm"] == pytest.approx(98, rel=0.025)


@pytest.mark.parametrize("spacing", [*SPACINGS, (1.0, 1.0, 4.0)])
def test_straight_tube(bodies, spacing):
    """Also with an even number of voxels across, where thinning collapses."""
    grid = bodies.make_grid((20, 20, 110), spacing)
    found = measure(bodies.tube(grid, 10, 200), grid, tubular=True)
    assert found["centreline_length_mm"] == pytest.approx(200, abs=max(spacing) + 1)
    assert found["mean_cross_section_diameter_mm"] == pytest.approx(20, rel=0.06)
    assert found["max_cross_section_diameter_mm"] == pytest.approx(20, rel=0.06)
    assert found["tortuosity"] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_bent_tube(bodies, spacing):
    grid = bodies.make_grid((25, 90, 90), spacing)
    found = measure(bodies.half_torus(grid, 60, 10), grid, tubular=True)
    assert found["centreline_length_mm"] == pytest.approx(math.pi * 60, rel=0.02)
    assert found["mean_cross_section_diameter_mm"] == pytest.approx(20, rel=0.04)
    assert found["tortuosity"] == pytest.approx(math.pi / 2, rel=0.05)


def test_widening_tube_has_its_largest_diameter_at_the_wide_end(bodies):
    grid = bodies.make_grid((30, 30, 90), ISOTROPIC)
    p = bodies.points(grid)
    radius = 8 + 8 * (p[..., 2] + 80) / 160
    cone = (np.hypot(p[..., 0], p[..., 1]) <= radius) & (np.abs(p[..., 2]) <= 80)
    found = measure(cone, grid, tubular=True)
    assert found["mean_cross_section_diameter_mm"] == pytest.approx(24, rel=0.05)
    assert 28 < found["max_cross_section_diameter_mm"] < 33
    assert found["widest_si"] > 0.9 and found["centroid_si"] > 0.55


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, -1, 1), (1, -1, -1)])
def test_numbers_follow_the_patient_not_the_array(bodies, order, signs):
    """The same body, off-centre along each axis, on permuted and mirrored grids."""
    grid = bodies.make_grid((60, 50, 40), (1.0, 1.25, 1.6), order, signs)
    body = bodies.ellipsoid(grid, (40, 25, 15))
    body |= bodies.ball(grid, 18, center=(28, 0, 0)) | bodies.ball(grid, 14, center=(0, -25, 18))
    found = measure(body, grid)
    assert found["extent_rl_mm"] == pytest.approx(40 + 46, abs=2)
    assert found["extent_ap_mm"] == pytest.approx(39 + 25, abs=2.5)
    assert found["extent_si_mm"] == pytest.approx(32 + 18, abs=2.5)
    assert found["centroid_rl"] > 0.51
    assert found["widest_rl"] == pytest.approx(40 / 86, abs=0.03)
    assert found["centroid_ap"] == pytest.approx((37.5 + 0.5) / 64, abs=0.06)
    assert found["centroid_si"] == pytest.approx(0.40, abs=0.05)


def test_widest_section_is_told_from_its_mirror_image(bodies):
    grid = bodies.make_grid((40, 40, 40), ISOTROPIC)
    p = bodies.points(grid)
    cone = (np.hypot(p[..., 0], p[..., 1]) <= (p[..., 2] + 30) / 2) & (np.abs(p[..., 2]) <= 30)
    up, down = measure(cone, grid), measure(cone[::-1], grid)
    assert up["widest_si"] > 0.9 and down["widest_si"] < 0.1
    assert up["centroid_si"] == pytest.approx(0.75, abs=0.02)
    assert down["centroid_si"] == pytest.approx(0.25, abs=0.02)


def test_widest_section_of_a_box_is_its_middle(bodies):
    grid = bodies.make_grid((40, 40, 40), ISOTROPIC)
    found = measure(bodies.box(grid, (20, 12, 8), center=(9, -3, 4)), grid)
    assert [found[f"widest_{a}"] for a in ("rl", "ap", "si")] == pytest.approx([0.5] * 3)
    assert [found[f"centroid_{a}"] for a in ("rl", "ap", "si")] == pytest.approx([0.5] * 3)


def test_oblique_grid(bodies):
    straight = bodies.make_grid((60, 60, 60), ISOTROPIC)
    turned = bodies.turned(straight, 30)
    half = (45, 30, 20)
    first = measure(bodies.ellipsoid(straight, half), straight)
    second = measure(bodies.ellipsoid(turned, half), turned)
    for name in ("volume_ml", "extent_rl_mm", "extent_ap_mm", "spread_rl_mm", "surface_area_cm2", "max_diameter_mm"):
        assert second[name] == pytest.approx(first[name], rel=0.02), name
    assert second["widest_rl"] == pytest.approx(0.5, abs=0.03)


def test_topology(bodies):
    grid = bodies.make_grid((60, 40, 40), ISOTROPIC)
    shell = bodies.ball(grid, 20, center=(-30, 0, 0)) & ~bodies.ball(grid, 10, center=(-30, 0, 0))
    found = measure(shell | bodies.ball(grid, 15, center=(30, 0, 0)), grid)
    assert (found["components"], found["holes"]) == (2, 1)


def test_label_noise_of_a_voxel_is_no_hole(bodies):
    grid = bodies.make_grid((40, 40, 40), ISOTROPIC)
    body = bodies.ball(grid, 25)
    body[40, 40, 40] = False
    assert measure(body, grid)["holes"] == 0


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 5), (2, 1, 1), (1, 7, 7)])
def test_tiny_bodies_have_possible_numbers(shape):
    grid = VoxelGrid.ras_cube((0, 0, 0), 20, 20)
    mask = np.zeros(grid.shape_kji, dtype=np.uint8)
    mask[tuple(slice(3, 3 + n) for n in shape)] = 3
    from Sketch2CTLib.description.consistency import check_consistent

    found = measure(mask, grid, tubular=True)
    assert check_numbers(found) == found
    check_consistent(found)
    assert found["volume_ml"] == pytest.approx(math.prod(shape) / 1000)


def test_scattered_voxels_have_numbers_that_agree():
    from Sketch2CTLib.description.consistency import check_consistent

    grid = VoxelGrid.ras_cube((0, 0, 0), 60, 60)
    for seed in range(4):
        mask = np.random.default_rng(seed).random(grid.shape_kji) < 2e-4
        check_consistent(measure(mask, grid))


def test_body_at_the_border_of_its_grid_is_closed():
    grid = VoxelGrid.ras_cube((0, 0, 0), 20, 20)
    found = measure(np.ones(grid.shape_kji, dtype=bool), grid)
    assert found["surface_area_cm2"] == pytest.approx(24.0, rel=0.05)
    assert found["extent_ap_mm"] == pytest.approx(20)


def test_names_and_order(bodies):
    grid = bodies.make_grid((30, 30, 60), PREPARED)
    body = bodies.tube(grid, 12, 90)
    assert tuple(measure(body, grid, tubular=True)) == QUANTITY_NAMES
    solid = tuple(q.name for q in QUANTITIES if not q.tubular)
    assert tuple(measure(body, grid)) == solid
    quick = measure(body, grid, tubular=True, precise=False)
    assert tuple(quick) == solid
    assert quick == measure(body, grid)


def test_quick_measuring_grows_with_the_voxels(bodies):
    """A guard against something quadratic: eight times the voxels would take 64 times as long."""

    def seconds(voxels):
        grid = VoxelGrid.ras_cube((0, 0, 0), 320, voxels)
        body = bodies.ellipsoid(grid, (110, 95, 90))
        measure(body, grid, precise=False)
        return best_s(lambda: measure(body, grid, precise=False))

    assert seconds(64) < 20 * seconds(32)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.zeros((8, 8, 8)), "empty"),
        (np.ones((8, 8)), "3D"),
        (np.ones((1, 8, 8)), "3D"),
        (np.ones((4, 8, 8)), "does not fit"),
    ],
)
def test_masks_that_cannot_be_measured(mask, said):
    grid = VoxelGrid.ras_cube((0, 0, 0), 8, 8)
    with pytest.raises(MaskError, match=said):
        measure(mask, grid)


@pytest.mark.parametrize(
    ("spacing_mm", "said"), [(1000.0, "volume of 8e\\+09 mL, 20,000 mL is the most"), (1e-3, "the least")]
)
def test_a_size_that_no_organ_can_have_is_refused_not_clamped(spacing_mm, said):
    """A spacing in another unit passed as an organ of 20,000 mL."""
    mask = np.zeros((30, 30, 30), dtype=bool)
    mask[5:25, 5:25, 5:25] = True
    with pytest.raises(MaskError, match=said):
        measure(mask, VoxelGrid(mask.shape, np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])))


def test_a_long_thin_body_is_refused_by_its_extent():
    mask = np.zeros((40, 4, 4), dtype=bool)
    mask[1:39, 1:3, 1:3] = True
    with pytest.raises(MaskError, match="extent top–bottom of 3,800 mm, 2,000 mm is the most"):
        measure(mask, VoxelGrid(mask.shape, np.diag([1.0, 1.0, 100.0, 1.0])))
