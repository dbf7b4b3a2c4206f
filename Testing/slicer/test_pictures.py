"""What users see, drawn off the screen by Slicer's own displayable managers, against pictures that were looked at.

`python Testing/slicer/test_pictures.py` writes the pictures anew; look at them before they are committed: the wide part
lies at the patient's right, which is the left of every picture but the sagittal one, the arm points to his left, the
foot down.
"""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import slicer_bodies
import slicer_core_app
import slicer_views
from PIL import Image

from Sketch2CTLib.frames import PlaneFrame, VoxelGrid

PICTURES = Path(__file__).parent / "pictures"
NAMES = ("slice_with_segmentation", "surface", "reference_projection")
MEAN_DIFFERENCE = 4.0  # grey values of 255: edges and lights differ a little between drivers
PIXELS = 200
LARGEST_BYTES = 30_000


def drawn() -> dict[str, np.ndarray]:
    """The three pictures, of one scene."""
    slicer_core_app.start()  # puts the module's folder on the path
    from Sketch2CTUI.nodes import result_nodes
    from Sketch2CTUI.nodes.loading import CandidateFiles
    from Sketch2CTUI.nodes.reference import SceneReferences

    slicer_core_app.fresh_scene()
    with tempfile.TemporaryDirectory() as folder:
        grid = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 320.0, 96)
        result = slicer_bodies.write_result(Path(folder), grid=grid, masks=[slicer_bodies.body(grid)], noise=False)
        shown = result_nodes.accept(result_nodes.show_candidate(CandidateFiles(result, 0), structure="liver"))
    node = slicer_core_app.slice_view("Green")
    node.SetFieldOfView(320.0, 320.0, 1.0)
    plane = PlaneFrame.standard("coronal", 320.0)
    reference = SceneReferences().picture(f"projection|{shown.volume.GetID()}", plane, PIXELS)
    pictures = (
        slicer_views.slice_picture("Green", PIXELS),
        slicer_views.solid_picture((0.0, -1.0, 0.0), pixels=PIXELS),
        np.repeat(reference[..., None], 3, axis=2),
    )
    slicer_core_app.fresh_scene()
    return dict(zip(NAMES, pictures, strict=True))


@pytest.fixture(scope="module")
def now():
    return drawn()


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_what_was_looked_at(now, name):
    path = PICTURES / f"{name}.png"
    kept = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert path.stat().st_size <= LARGEST_BYTES
    assert now[name].shape == kept.shape == (PIXELS, PIXELS, 3)
    assert np.abs(now[name] - kept).mean() <= MEAN_DIFFERENCE
    for mirrored in (kept[:, ::-1], kept[::-1]):
        assert np.abs(now[name] - mirrored).mean() > 2 * MEAN_DIFFERENCE


def test_the_segmentation_lies_on_the_scan_in_its_own_colour(now):
    """Where the scan is bright the overlay is; the liver's colour is redder than the grey beneath it."""
    red, _, blue = now["slice_with_segmentation"].astype(int).transpose(2, 0, 1)
    overlay, bright = red - blue > 25, red > 150
    assert (overlay & bright).sum() > 0.9 * bright.sum() > 1000
    left, right = overlay[:, : PIXELS // 2].sum(), overlay[:, PIXELS // 2 :].sum()
    assert left > 2 * right > 0  # the wide part is at the patient's right


def write_pictures() -> None:
    """Writes the pictures that the tests compare with."""
    PICTURES.mkdir(exist_ok=True)
    for name, picture in drawn().items():
        Image.fromarray(picture).quantize(64).save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    write_pictures()
