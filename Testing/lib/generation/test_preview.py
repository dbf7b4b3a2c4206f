from dataclasses import replace

import numpy as np
import pytest

from Sketch2CTLib.errors import OutputError
from Sketch2CTLib.frames import VIEWS, VoxelGrid
from Sketch2CTLib.generation.report.build import build_report
from Sketch2CTLib.generation.report.panels import center_voxel, scale_bar_mm, shaded_view
from Sketch2CTLib.generation.report.preview import render_preview
from Sketch2CTLib.generation.results import Candidate
from Sketch2CTLib.generation.values import ImageVolume, MaskVolume

GRID = VoxelGrid.ras_cube((0, 0, 0), 320.0, 48)


def ball(center_kji, radius=8):
    distance = sum((axis - c) ** 2 for axis, c in zip(np.indices(GRID.shape_kji), center_kji, strict=True))
    return distance <= radius**2


def candidate(with_image=True):
    mask = MaskVolume(ball((30, 20, 34)), GRID, "liver")
    image = ImageVolume(np.where(mask.body, 100, -50), GRID) if with_image else None
    report = build_report(mask, asked={"volume_ml": 700.0}, measured={"volume_ml": mask.volume_ml})
    return Candidate(mask, image, report)


@pytest.mark.parametrize("with_image", [True, False])
def test_the_preview_is_a_png_of_its_size(tmp_path, with_image):
    from skimage.io import imread

    path = tmp_path / "preview.png"
    render_preview(candidate(with_image), (), path)
    picture = imread(path)
    assert picture.shape[:2] == (900, 1500)
    assert (picture[:5, :5, :3] == 255).all()  # dark on white
    assert (picture[..., :3].min(axis=2) < 60).mean() > 0.005
    assert [p.name for p in tmp_path.iterdir()] == ["preview.png"]


def test_an_empty_mask_has_a_preview(tmp_path):
    mask = MaskVolume(np.zeros(GRID.shape_kji), GRID, "spleen")
    render_preview(Candidate(mask, None, build_report(mask, asked={"volume_ml": 1.0})), (), tmp_path / "p.png")
    assert (tmp_path / "p.png").stat().st_size > 0


def test_the_sketch_is_drawn_where_it_lies(tmp_path):
    from skimage.io import imread

    sketching = pytest.importorskip("Sketch2CTLib.sketch")
    from Sketch2CTLib.frames import PlaneFrame

    angle = np.linspace(0, 2 * np.pi, 60)
    stroke = sketching.Stroke(np.stack([50 * np.cos(angle) - 80, 50 * np.sin(angle)], axis=1), closed=True)
    dark = []
    for shift_mm in (0.0, 160.0):  # paper further to the patient's left moves the drawing to the right
        plane = PlaneFrame.standard("axial", 320.0, (-shift_mm, 0, 0))
        render_preview(candidate(), [sketching.Sketch((stroke,), plane, "liver")], tmp_path / "p.png")
        panel = imread(tmp_path / "p.png")[130:480, 60:400, :3].max(axis=2) < 90
        dark.append(np.nonzero(panel)[1].mean())
    assert dark[1] - dark[0] > 50


def test_an_unwritable_place_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        render_preview(candidate(), (), tmp_path / "file" / "preview.png")


def test_right_is_left_on_paper_and_near_hides_far():
    # Two balls on one axial line of sight: a small one lies lower (nearer to the viewer), a large one higher.
    right = MaskVolume(ball((24, 24, 40), 5), GRID, "liver")
    picture = shaded_view(right, VIEWS["axial"])
    columns = np.flatnonzero(picture[..., 3].any(axis=0))
    assert picture.shape == (48, 48, 4) and columns.max() < 24  # i → R, drawn at the left
    near = shaded_view(MaskVolume(ball((10, 24, 24), 8), GRID, "liver"), VIEWS["axial"])
    far = shaded_view(MaskVolume(ball((37, 24, 24), 8), GRID, "liver"), VIEWS["axial"])
    assert near[24, 24, 0] > far[24, 24, 0]
    both = shaded_view(MaskVolume(ball((10, 24, 24), 4) | ball((36, 24, 24), 9), GRID, "liver"), VIEWS["axial"])
    assert both[24, 24, 0] > both[24, 30, 0]


def test_light_comes_from_the_upper_left():
    picture = shaded_view(MaskVolume(ball((24, 24, 24), 12), GRID, "liver"), VIEWS["coronal"])
    assert picture[18, 18, 0] > picture[30, 30, 0] + 0.1


def test_centre_and_scale_bar():
    assert center_voxel(MaskVolume(ball((30, 20, 34)), GRID, "liver")) == (30, 20, 34)
    assert [scale_bar_mm(w) for w in (320, 128, 704)] == [50, 20, 100]


def quarters(figure):
    """Share of each quarter of a page, below its title, that panels with something in them cover."""
    from matplotlib.transforms import Bbox

    figure.canvas.draw()
    width, height = figure.bbox.width, 0.88 * figure.bbox.height
    shares = []
    for left, bottom in ((0, 0), (width / 2, 0), (0, height / 2), (width / 2, height / 2)):
        quarter = Bbox.from_bounds(left, bottom, width / 2, height / 2)
        covered = 0.0
        for axes in figure.axes:
            boxes = [axes.bbox] if axes.axison else [text.get_window_extent() for text in axes.texts]
            boxes += [] if axes.axison else [patch.get_window_extent() for patch in axes.patches]
            meets = [Bbox.intersection(quarter, box) for box in boxes]
            if axes.axison:
                covered += sum(box.width * box.height for box in meets if box)
            elif any(meets):
                union = Bbox.union([box for box in meets if box])
                covered += union.width * union.height
        shares.append(covered / (quarter.width * quarter.height))
    return shares


def filled_pages(with_image, drawn, asked):
    """The least share that is covered of the quarters of preview and report with so many drawings."""
    from Sketch2CTLib.description.metrics import measure
    from Sketch2CTLib.generation.report.picture import report_figure
    from Sketch2CTLib.generation.report.preview import preview_figure
    from Sketch2CTLib.sketch import extract_sketch

    given = candidate(with_image)
    mask = given.mask
    sketch = extract_sketch(mask.body, GRID, "axial", structure="liver")
    drawings = [sketch, *(replace(sketch, role="contour") for _ in range(5))][:drawn]
    made = Candidate(mask, given.image, build_report(mask, asked, measured=measure(mask.body, GRID)))
    return min(min(quarters(page(made, drawings))) for page in (preview_figure, report_figure))


@pytest.mark.parametrize("with_image", [True, False])
@pytest.mark.parametrize("drawn", [0, 1])
@pytest.mark.parametrize("asked", [{}, {"volume_ml": 700.0}])
def test_no_quarter_of_a_page_is_empty(with_image, drawn, asked):
    assert filled_pages(with_image, drawn, asked) > 0.4


@pytest.mark.parametrize("with_image", [True, False])
@pytest.mark.parametrize("drawn", [2, 4, 6])
def test_several_drawings_leave_no_quarter_empty(with_image, drawn):
    assert filled_pages(with_image, drawn, {"volume_ml": 700.0}) > 0.25


def test_what_is_shown_fills_its_panel():
    from Sketch2CTLib.generation.report.close_up import close_up

    mask = candidate(False).mask
    for plane in VIEWS.values():
        left, right, bottom, top = close_up(mask, plane)
        assert right - left == pytest.approx(top - bottom)
        assert 17 * 320 / 48 < right - left < 0.6 * 320  # the ball's width, and not the cube's
    empty = MaskVolume(np.zeros(GRID.shape_kji), GRID, "liver")
    assert close_up(empty, VIEWS["axial"]) == (0.0, 320.0, 0.0, 320.0)
