"""Mask → sketch → the same silhouette, on the right side, with the creases where surfaces step back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from sketch_bodies import CENTER_RAS, SIZE_MM, comma, cube, iou, points_ras, ring, two_balls

from Sketch2CTLib.errors import GridError, InputError, MaskError, ResourceError
from Sketch2CTLib.frames import VIEWS, VoxelGrid, project
from Sketch2CTLib.sketch import LEVELS, Sketch, Stroke, extract_contour, extract_sketch, silhouette
from Sketch2CTLib.sketch.extraction import _field, _padded
from Sketch2CTLib.sketch.surface import rendering
from Sketch2CTLib.sketch.surface.casting import cast


@pytest.mark.parametrize("view", list(VIEWS))
@pytest.mark.parametrize("body", [comma, two_balls, ring])
def test_the_filled_outline_is_the_masks_projection(body, view):
    mask = body(cube())
    sketch = extract_sketch(mask, cube(), view, structure="liver")
    assert iou(silhouette(sketch, 64), project(mask, VIEWS[view])) >= 0.98
    assert all(stroke.closed for stroke in sketch.of_kind(["outline"]))
    assert sketch.plane.size_mm == (SIZE_MM, SIZE_MM)
    assert np.allclose(sketch.plane.center_ras, CENTER_RAS)
    assert sketch.structure == "liver"


def test_the_patients_right_is_at_the_left_of_an_axial_picture():
    filled = silhouette(extract_sketch(comma(cube()), cube(), "axial"), 64)
    assert filled.sum(axis=0).argmax() < 32  # the fat body is at R
    assert np.nonzero(filled[:, 52])[0].mean() < np.nonzero(filled[:, 20])[0].mean()  # the tail is more anterior


def test_a_thin_branch_survives():
    points = points_ras(cube())
    tube = (np.abs(points[..., 0]) < 3.8) & (np.abs(points[..., 1]) < 3.8) & (np.abs(points[..., 2]) < 70)
    sketch = extract_sketch(tube, cube(), "sagittal")
    assert iou(silhouette(sketch, 64), project(tube, VIEWS["sagittal"])) >= 0.98


def test_parts_of_less_than_a_hundredth_are_left_out_and_others_kept():
    points = points_ras(cube(128))
    big = (points**2).sum(-1) < 50**2
    medium = ((points - [60, 60, 0]) ** 2).sum(-1) < 9**2
    small = ((points - [-60, 60, 0]) ** 2).sum(-1) < 2**2
    sketch = extract_sketch(big | medium | small, cube(128), "axial", level="outline")
    assert len(sketch.strokes) == 2


def test_small_parts_that_add_up_are_kept():
    """Twelve beads of half a percent each beside a large body: a vessel tree's projection looks like this."""
    points = points_ras(cube(128))
    body = (points**2).sum(-1) < 40**2
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    beads = [[65 * np.cos(a), 65 * np.sin(a), 0] for a in angle]
    for bead in beads:
        body |= ((points - bead) ** 2).sum(-1) < 3.2**2
    sketch = extract_sketch(body, cube(128), "axial", level="outline")
    assert iou(silhouette(sketch, 128), project(body, VIEWS["axial"])) >= 0.98
    assert len(sketch.strokes) >= 11


def test_one_voxel_is_a_sketch():
    mask = np.zeros((64, 64, 64), dtype=np.uint8)
    mask[20, 30, 40] = 1
    filled = silhouette(extract_sketch(mask, cube(), "axial"), 64)
    assert np.array_equal(filled, project(mask > 0, VIEWS["axial"]))


def test_levels_add_creases_and_nothing_else():
    mask = two_balls(cube())
    drawn = {level: extract_sketch(mask, cube(), "axial", level=level) for level in LEVELS}
    lengths = [sum(s.length_mm for s in drawn[level].of_kind(["crease"])) for level in LEVELS]
    assert lengths[0] == 0
    assert 0 < lengths[1] < lengths[2]
    assert len({drawn[level].of_kind(["outline"]) for level in LEVELS}) == 1


def _on_the_edge_of_the_small_ball(sketch: Sketch) -> float:
    """Share of the circle (10, 5), radius 20 mm, that has a crease within 3 mm."""
    small = sketch.plane.from_ras(np.array([10.0, 5.0, -30.0]) + CENTER_RAS)
    creases = np.concatenate([_dense(s.path_mm) for s in sketch.of_kind(["crease"])])
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    rim = small + 20 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return float((np.linalg.norm(rim[:, None] - creases[None], axis=2).min(axis=1) < 3).mean())


def _dense(path):
    return np.concatenate([np.linspace(a, b, 20) for a, b in pairwise(path)])


def test_a_surface_in_front_of_another_makes_a_crease_where_it_ends():
    assert _on_the_edge_of_the_small_ball(extract_sketch(two_balls(cube()), cube(), "axial")) > 0.8


def test_the_viewer_sees_the_near_side():
    mask = two_balls(cube())[::-1]  # the small ball now lies behind the large one
    sketch = extract_sketch(np.ascontiguousarray(mask), cube(), "axial")
    assert not sketch.of_kind(["crease"])  # and what is smooth has no creases


@pytest.mark.parametrize("view", list(VIEWS))
def test_the_stairs_of_thick_slices_are_no_creases(view):
    """A smooth body in slices of 5 mm on voxels of 1.25 mm."""
    points = points_ras(cube(128))
    stepped = points[..., 2] // 5.0 * 5.0 + 2.5
    body = (points[..., 0] / 60) ** 2 + (points[..., 1] / 45) ** 2 + (stepped / 50) ** 2 < 1
    creases = extract_sketch(body, cube(128), view, level="creases").of_kind(["crease"])
    if view == "axial":
        assert not creases
    for crease in creases:  # from the side the last slabs stand off by centimetres: these steps are there
        assert np.abs(crease.points_mm[:, 1]).min() > 35


def test_creases_keep_off_the_outline():
    sketch = extract_sketch(comma(cube()), cube(), "coronal", level="detailed")
    rim = np.concatenate([_dense(s.path_mm) for s in sketch.of_kind(["outline"])])
    for crease in sketch.of_kind(["crease"]):
        assert np.linalg.norm(crease.points_mm[:, None] - rim[None], axis=2).min() > 0.5


def test_the_same_mask_gives_the_same_sketch():
    mask = comma(cube())
    first = extract_sketch(mask, cube(), "coronal", level="detailed")
    extract_sketch(two_balls(cube()), cube(), "axial", level="detailed")
    assert extract_sketch(mask, cube(), "coronal", level="detailed").digest() == first.digest()


def test_a_flipped_anisotropic_grid_gives_the_same_drawing():
    affine = np.diag([-2.0, -2.0, 4.0, 1.0])
    affine[:3, 3] = np.add(CENTER_RAS, [79, 79, -78])
    grid = VoxelGrid((40, 80, 80), affine)
    sketch = extract_sketch(comma(grid), grid, "coronal")
    expected = extract_sketch(comma(cube(80)), cube(80), "coronal")
    moved = [
        Stroke(expected.plane.from_ras(sketch.plane.to_ras(s.points_mm)), s.kind, s.closed) for s in sketch.strokes
    ]
    pictures = [silhouette(Sketch(tuple(s), expected.plane), 80, size_mm=SIZE_MM) for s in (moved, expected.strokes)]
    assert iou(*pictures) > 0.94  # on slices of 4 mm the body itself is 72 mm high, not 76


@pytest.mark.parametrize("view", list(VIEWS))
def test_without_opengl_the_same_picture_is_cast(view):
    mask = comma(cube())
    plane = extract_sketch(mask, cube(), view, level="outline").plane
    picture = cast(_field(mask), _padded(cube()), plane, 128)
    body = np.kron(project(mask, VIEWS[view]), np.ones((2, 2), dtype=bool))
    assert iou(picture.inside, body) > 0.95
    try:
        rendered = rendering.render_with_opengl(_field(mask), _padded(cube()), plane, 128)
    except ResourceError:
        pytest.skip("this machine has no OpenGL")
    both = picture.inside & rendered.inside
    assert iou(picture.inside, rendered.inside) > 0.95
    height = (picture.depth_mm - rendered.depth_mm)[both]
    assert np.median(np.abs(height - np.median(height))) < 0.5
    assert np.corrcoef(picture.shading[both], rendered.shading[both])[0, 1] > 0.8


def test_extraction_works_without_opengl(monkeypatch):
    def refuse() -> None:
        raise ResourceError("no OpenGL")

    monkeypatch.setattr(rendering, "_scene", refuse)
    assert _on_the_edge_of_the_small_ball(extract_sketch(two_balls(cube()), cube(), "axial")) > 0.8


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.zeros((64, 64, 64)), "empty"),
        (np.ones((64, 64)), "3D"),
        (np.ones((1, 64, 64)), "3D"),
        (np.ones((32, 64, 64)), "does not fit"),
    ],
)
def test_bad_masks_are_refused(mask, said):
    with pytest.raises(MaskError, match=said):
        extract_sketch(mask, cube(), "axial")


def test_unknown_views_and_levels_are_refused_with_the_choices():
    with pytest.raises(GridError, match="axial, coronal, sagittal"):
        extract_sketch(comma(cube()), cube(), "top")
    with pytest.raises(InputError, match="outline, creases, detailed"):
        extract_sketch(comma(cube()), cube(), "axial", level="all")


@pytest.mark.parametrize(("view", "axis"), [("axial", 2), ("coronal", 1), ("sagittal", 0)])
@pytest.mark.parametrize("offset_mm", [0.0, 31.0, -45.0])
def test_the_contour_of_a_ball_has_the_radius_of_its_circle(view: str, axis: int, offset_mm: float):
    """√(60² − d²) at d mm from the middle of a ball of 60 mm."""
    grid = cube(128)
    ball = (points_ras(grid) ** 2).sum(-1) < 60**2
    contour = extract_contour(ball, grid, view, CENTER_RAS[axis] + offset_mm, structure="liver")
    assert contour.role == "contour" and contour.plane.center_ras[axis] == CENTER_RAS[axis] + offset_mm
    (stroke,) = contour.strokes
    radii = np.linalg.norm(stroke.points_mm, axis=1)
    assert radii.mean() == pytest.approx(np.sqrt(60**2 - offset_mm**2), abs=0.7)
    assert radii.std() < 0.6


def test_a_plane_that_misses_the_mask_is_told():
    with pytest.raises(MaskError, match=r"axial plane at S \+500 mm does not cut the mask") as error:
        extract_contour(two_balls(cube()), cube(), "axial", 500.0)
    assert "It reaches from S" in error.value.hint
