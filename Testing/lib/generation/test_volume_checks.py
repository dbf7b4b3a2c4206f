"""The checks of a volume: a plausible one passes, each kind of failure is named, nothing is judged without a range."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import ndimage

from Sketch2CTLib.errors import MaskError
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.generation.values import ImageVolume, MaskVolume
from Sketch2CTLib.generation.volumes.checks import TITLES, VolumeCheck, VolumeChecks, allowed, check_volume, judged
from Sketch2CTLib.generation.volumes.scan_look import FOUND_AGAIN, MEAN, scan_ranges
from Sketch2CTLib.training_ranges import TrainingRange

GRID = VoxelGrid.ras_cube((0, 0, 0), 320.0, 64)


def ball() -> np.ndarray:
    k, j, i = np.ogrid[:64, :64, :64]
    return (k - 31.5) ** 2 + (j - 31.5) ** 2 + (i - 31.5) ** 2 < 18**2


def typical() -> dict[str, float]:
    return {name: found.median for name, found in scan_ranges("liver", "CT").items()}


class Finds:
    """A segmenter that marks what is brighter than half."""

    def __init__(self, *, knows: bool = True) -> None:
        self.known = knows

    def knows(self, structure: str, modality: str) -> bool:
        return self.known

    def find(self, image: ImageVolume, structure: str) -> np.ndarray:
        return image.values > 40


def scan(body: np.ndarray, sigma: float = 0.6, inside: float = 100.0) -> ImageVolume:
    noise = np.random.default_rng(0).normal(0, 9, body.shape)
    soft = ndimage.gaussian_filter(np.where(body, inside, -20.0), sigma)
    return ImageVolume((soft + noise).astype(np.int16), GRID, "CT")


def test_a_typical_look_passes_everything():
    checks = judged(typical(), "liver", "CT")
    assert checks.fine and checks.warning is None
    assert all(check.met for check in checks.checks)


@pytest.mark.parametrize("name", [name for name in TITLES if name != "found_again_dice"])
def test_each_value_out_of_its_range_is_named(name):
    for wrong in (-500.0, 900.0):
        checks = judged(typical() | {name: wrong}, "liver", "CT")
        assert [check.name for check in checks.missed] == [name]
        assert checks.warning is not None and TITLES[name] in checks.warning and "instead of" in checks.warning


def test_a_volume_is_measured_and_the_organ_found_again():
    mask = MaskVolume(ball(), GRID, "liver")
    good = {check.name: check for check in check_volume(scan(ball()), mask, Finds()).checks}
    assert list(good) == list(TITLES)
    assert good["mean"].met and good["spread"].met and good["found_again_dice"].value > 0.97
    moved = check_volume(scan(np.roll(ball(), 14, axis=2)), mask, Finds())
    assert {"spread", "border_sharpness"} <= {check.name for check in moved.missed}
    assert next(check.value for check in moved.checks if check.name == "found_again_dice") < 0.7
    dark = check_volume(scan(ball(), inside=-90.0), mask)
    assert "mean" in {check.name for check in dark.missed}


def test_without_a_segmenter_that_knows_the_organ_it_is_not_looked_for():
    mask = MaskVolume(ball(), GRID, "liver")
    for segmenter in (None, Finds(knows=False)):
        assert "found_again_dice" not in {check.name for check in check_volume(scan(ball()), mask, segmenter).checks}


def test_nothing_is_judged_without_a_range():
    checks = judged({"mean": 40.0}, "aortic_tree", "CT")
    assert checks.fine and [check.met for check in checks.checks] == [None]
    assert checks.checks[0].expected == "not known" and checks.checks[0].found == "40 HU"


def test_a_dice_has_only_a_lower_end():
    known = TrainingRange("found_again_dice", 10, 0.9, 0.88, 0.05, 0.3, 0.96, 0.5, 0.95)
    low, high = allowed(known)
    assert high is None and low == pytest.approx(0.72)


def test_it_is_ready_for_json():
    told = check_volume(scan(ball()), MaskVolume(ball(), GRID, "liver")).to_dict()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["checks"]["mean"]["unit"] == "HU" and len(told["checks"]["mean"]["expected"]) == 2


def test_an_empty_mask_is_refused():
    with pytest.raises(MaskError):
        check_volume(scan(ball()), MaskVolume(np.zeros_like(ball()), GRID, "liver"))


def test_a_miss_is_told_with_as_many_digits_as_it_takes():
    check = VolumeCheck(FOUND_AGAIN, 0.8684, 0.8704, None)
    warning = VolumeChecks("liver", "CT", (check,)).warning
    assert warning.endswith("0.868 instead of at least 0.870")
    mean = VolumeCheck(MEAN, 131.2, 85.0, 131.0, "HU")
    assert (mean.found, mean.expected) == ("131.2 HU", "85.0 to 131.0 HU")
    fine = VolumeCheck(MEAN, 100.0, 85.0, 131.0, "HU")
    assert (fine.found, fine.expected) == ("100 HU", "85 to 131 HU")
