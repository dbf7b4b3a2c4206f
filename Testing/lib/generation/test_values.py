import numpy as np
import pytest

from Sketch2CTLib.errors import ConfigError, GridError, MaskError, UnknownStructure
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.report.build import build_report
from Sketch2CTLib.generation.results import Candidate, GenerationResult
from Sketch2CTLib.generation.values import ImageVolume, MaskVolume, Provenance

GRID = VoxelGrid.ras_cube((0, 0, 0), 320.0, 16)


def block(structure="liver", grid=GRID):
    labels = np.zeros(grid.shape_kji, dtype=bool)
    labels[4:8, 4:8, 4:8] = True
    return MaskVolume(labels, grid, structure)


def candidate(mask=None, image=None):
    mask = mask or block()
    return Candidate(mask, image, build_report(mask, asked={}, measured={}))


def test_a_mask_is_uint8_read_only_and_its_own_copy():
    source = np.zeros((16, 16, 16), dtype=np.int64)
    source[2, 3, 4] = 1
    mask = MaskVolume(source, GRID, "Liver")
    source[:] = 1
    assert mask.labels.dtype == np.uint8 and mask.labels.sum() == 1 and mask.structure == "liver"
    assert mask.body.dtype == bool and mask.body[2, 3, 4]
    assert mask.volume_ml == pytest.approx(8.0)  # one voxel of 20 mm
    with pytest.raises(ValueError):
        mask.labels[0, 0, 0] = 1


@pytest.mark.parametrize("labels", [np.zeros((16, 16)), np.zeros((1, 16, 16)), np.full((16, 16, 16), 2)])
def test_what_is_no_mask_is_refused(labels):
    with pytest.raises(MaskError):
        MaskVolume(labels, GRID, "liver")


def test_a_mask_with_nan_is_refused():
    with pytest.raises(MaskError):
        MaskVolume(np.full((16, 16, 16), np.nan), GRID, "liver")


def test_a_mask_must_fit_its_grid_and_the_catalog():
    with pytest.raises(GridError, match="does not fit"):
        MaskVolume(np.zeros((8, 8, 8)), GRID, "liver")
    with pytest.raises(UnknownStructure):
        MaskVolume(np.zeros((16, 16, 16)), GRID, "tail")


def test_an_empty_mask_is_refused_where_a_body_is_needed():
    empty = MaskVolume(np.zeros((16, 16, 16)), GRID, "liver")
    assert empty.is_empty and empty.volume_ml == 0.0
    with pytest.raises(MaskError, match="empty"):
        empty.require_body()
    assert block().require_body().volume_ml > 0


def test_an_image_rounds_to_int16_and_keeps_its_range():
    image = ImageVolume(np.full((16, 16, 16), -124.6), GRID)
    assert image.values.dtype == np.int16 and (image.values == -125).all()
    for bad in (np.full((16, 16, 16), np.nan), np.full((16, 16, 16), 4e4)):
        with pytest.raises(GridError):
            ImageVolume(bad, GRID)
    with pytest.raises(ConfigError):
        ImageVolume(np.zeros((16, 16, 16)), GRID, "PET")


def test_mask_and_scan_of_a_candidate_share_a_grid():
    other = VoxelGrid.ras_cube((1, 0, 0), 320.0, 16)
    with pytest.raises(GridError):
        candidate(image=ImageVolume(np.zeros((16, 16, 16)), other))


def test_a_result_needs_candidates_of_one_structure():
    provenance = Provenance("0", {}, 1, 2, {"sketch": 1.0}, (), "", "small")
    with pytest.raises(ConfigError):
        GenerationResult((), (), provenance)
    with pytest.raises(ConfigError):
        GenerationResult((candidate(), candidate(block("spleen"))), (), provenance)
    first, second = candidate(), candidate()
    assert GenerationResult([first, second], (), provenance).best is first
