"""Shaded pictures of a mask: what lies where, at which scale, and that any mask gives one."""

import cv2
import numpy as np
import pytest
from sketch_bodies import CENTER_RAS, comma, cube, iou, points_ras

from Sketch2CTLib.errors import GridError, InputError, MaskError
from Sketch2CTLib.frames import VIEWS, VoxelGrid, project
from Sketch2CTLib.sketch.surface import rendering
from Sketch2CTLib.sketch.surface.snapshot import snapshots
from Testing.timing import best_s


def picture(png):
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)


def shape_of(page):
    """The largest dark region: the body without letters and bar."""
    count, parts, sizes, _ = cv2.connectedComponentsWithStats((page < 250).astype(np.uint8))
    assert count > 1
    return parts == 1 + sizes[1:, cv2.CC_STAT_AREA].argmax()


def trimmed(flat):
    rows, columns = np.flatnonzero(flat.any(1)), np.flatnonzero(flat.any(0))
    return flat[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def overlap(page, body, view):
    """IoU of the pictured shape with the projection, both in their bounding boxes."""
    seen = trimmed(shape_of(page)).astype(np.uint8)
    true = trimmed(project(body, VIEWS[view])).astype(np.uint8)
    return iou(seen > 0, cv2.resize(true, seen.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)


@pytest.fixture(scope="module")
def body():
    return comma(cube())


@pytest.mark.parametrize("view", list(VIEWS))
def test_the_shape_is_seen_as_slicer_shows_it(body, view):
    page = picture(snapshots(body, cube(), [view])[view])
    assert page.shape == (512, 512)
    right_way = overlap(page, body, view)
    assert right_way > 0.95
    assert overlap(page[:, ::-1], body, view) < right_way - 0.15
    assert overlap(page[::-1], body, view) < right_way - 0.1


def test_the_patients_right_is_at_the_pictures_left():
    """A ball at the right, back and bottom, beside a small one that holds the frame open."""
    points = points_ras(cube())
    for view, (row, column) in {"axial": (1, 0), "coronal": (1, 0), "sagittal": (1, 1)}.items():
        big = ((points - (30, -30, -30)) ** 2).sum(-1) < 25**2
        small = ((points - (-45, 45, 45)) ** 2).sum(-1) < 8**2
        page = shape_of(picture(snapshots(big | small, cube(), [view])[view]))
        rows, columns = np.nonzero(page)
        assert (rows.mean() > 256, columns.mean() > 256) == (bool(row), bool(column))


@pytest.mark.parametrize("view", list(VIEWS))
def test_the_letters_stand_at_their_edges(body, view):
    page = picture(snapshots(body, cube(), [view])[view])
    rim = {
        "left": page[220:292, 2:40],
        "right": page[220:292, -40:-2],
        "top": page[2:40, 220:292],
        "bottom": page[-40:-2, 220:292],
    }
    for letter, where in zip(VIEWS[view].letters, rim, strict=True):
        scores = {written: match(rim[where], written) for written in "RLAPSI"}
        assert max(scores, key=scores.get) == letter, (where, scores)


def match(region, letter):
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, 25, 2)
    (width, height), _ = cv2.getTextSize(letter, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)
    stamp = np.full((height + 4, width + 4), 255, np.uint8)
    cv2.putText(stamp, letter, (2, height + 2), cv2.FONT_HERSHEY_SIMPLEX, scale, 0, 2, cv2.LINE_AA)
    ground = cv2.copyMakeBorder(region, 6, 6, 6, 6, cv2.BORDER_CONSTANT, value=255)
    return float(cv2.matchTemplate(ground, stamp, cv2.TM_CCOEFF_NORMED).max())


def test_all_views_have_one_scale(body):
    heights = {}
    for view, png in snapshots(body, cube()).items():
        shape = trimmed(shape_of(picture(png)))
        heights[view] = shape.shape
    assert heights["axial"][1] == pytest.approx(heights["coronal"][1], abs=2)  # right–left
    assert heights["coronal"][0] == pytest.approx(heights["sagittal"][0], abs=2)  # top–bottom
    assert heights["axial"][0] == pytest.approx(heights["sagittal"][1], abs=2)  # front–back


def test_the_bar_is_as_long_as_it_says():
    half = 60
    body = (np.abs(points_ras(cube(80))) < half).all(-1)
    page = picture(snapshots(body, cube(80), ["axial"])["axial"])
    edge_px = trimmed(shape_of(page)).shape[1]
    row = max(range(470, 505), key=lambda r: int((page[r] < 128).sum()))
    ink = np.flatnonzero(page[row, :150] < 128)
    bar_px = ink[-1] - ink[0]
    assert bar_px / edge_px == pytest.approx(20 / (2 * half), rel=0.05)


def test_the_order_and_direction_of_the_grid_make_no_difference(body):
    straight = picture(snapshots(body, cube(), ["axial"])["axial"])
    grid = cube()
    affine = grid.ijk_to_ras.copy()
    affine[:3, 0] *= -1
    affine[:3, 3] = grid.to_ras([grid.shape_kji[2] - 1, 0, 0])
    swapped = affine[:, [2, 1, 0, 3]]
    turned = np.ascontiguousarray(np.swapaxes(body[:, :, ::-1], 0, 2))
    again = picture(snapshots(turned, VoxelGrid(turned.shape, swapped), ["axial"])["axial"])
    assert iou(shape_of(straight), shape_of(again)) > 0.99


def test_thick_slices_are_seen_without_stairs():
    affine = np.diag([2.0, 2.0, 8.0, 1.0])
    affine[:3, 3] = np.subtract(CENTER_RAS, [79, 79, 76])
    grid = VoxelGrid((20, 80, 80), affine)
    ball = (points_ras(grid) ** 2).sum(-1) < 50**2
    shape = trimmed(shape_of(picture(snapshots(ball, grid, ["coronal"])["coronal"])))
    half_widths = shape.sum(1)
    rows = np.arange(len(shape)) - (len(shape) - 1) / 2
    round_widths = 2 * np.sqrt(np.maximum((len(shape) / 2) ** 2 - rows**2, 0))
    middle = slice(len(shape) // 6, -len(shape) // 6)
    assert np.abs(half_widths[middle] / round_widths[middle] - 1).max() < 0.1


@pytest.mark.parametrize("where", [(0, 0, 0), (31, 31, 31)])
def test_a_single_voxel_at_the_border_is_seen(where):
    mask = np.zeros((32, 32, 32), bool)
    mask[where] = True
    for png in snapshots(mask, cube(32)).values():
        assert shape_of(picture(png)).sum() > 1000


def test_a_thread_one_voxel_thin_is_seen():
    mask = np.zeros((400, 40, 40), bool)
    mask[5:395, 20, 20] = True
    page = picture(snapshots(mask, VoxelGrid(mask.shape, np.diag([0.7, 0.7, 0.7, 1.0])), ["coronal"])["coronal"])
    assert trimmed(shape_of(page)).shape[0] > 350


def test_a_large_mask_takes_little_longer_than_a_small_one():
    """Of 64 times the voxels."""
    pages = {}

    def seconds(scale):
        mask = np.zeros((125 * scale, 100 * scale, 100 * scale), np.uint8)
        mask[12 * scale : 112 * scale, 12 * scale : 87 * scale, 12 * scale : 87 * scale] = 3
        grid = VoxelGrid(mask.shape, np.diag([2.0 / scale] * 3 + [1.0]))
        return best_s(lambda: pages.update({scale: snapshots(mask, grid, ["sagittal"])["sagittal"]}), times=2)

    snapshots(comma(cube()), cube(), ["axial"])
    assert seconds(4) < 16 * seconds(1)
    page = picture(pages[4])
    assert trimmed(shape_of(page)).shape[0] / trimmed(shape_of(page)).shape[1] == pytest.approx(4 / 3, rel=0.05)


def test_without_opengl_it_is_the_same_view(body, monkeypatch):
    with_it = snapshots(body, cube())
    monkeypatch.setattr(rendering, "render_with_opengl", refuse)
    without = snapshots(body, cube())
    for view in VIEWS:
        assert iou(shape_of(picture(with_it[view])), shape_of(picture(without[view]))) > 0.97


def refuse(*_):
    from Sketch2CTLib.errors import ResourceError

    raise ResourceError("no OpenGL")


def test_the_same_mask_gives_the_same_bytes(body):
    assert snapshots(body, cube(), pixels=256) == snapshots(body * 7, cube(), pixels=256)


def test_a_picture_holds_pixels_and_nothing_else(body):
    png = snapshots(body, cube(), ["axial"])["axial"]
    kinds, at = [], 8
    while at < len(png):
        kinds.append(png[at + 4 : at + 8])
        at += 12 + int.from_bytes(png[at : at + 4], "big")
    assert set(kinds) == {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.parametrize(
    ("mask", "views", "pixels", "error"),
    [
        (np.zeros((8, 8, 8)), ["axial"], 512, MaskError),
        (np.ones((8, 8)), ["axial"], 512, MaskError),
        (np.ones((8, 8, 9)), ["axial"], 512, MaskError),
        (np.ones((8, 8, 8)), ["top"], 512, GridError),
        (np.ones((8, 8, 8)), ["axial"], 8, InputError),
        (np.ones((8, 8, 8)), ["axial"], 100_000, InputError),
    ],
)
def test_what_cannot_be_pictured(mask, views, pixels, error):
    with pytest.raises(error):
        snapshots(mask, cube(8), views, pixels=pixels)
