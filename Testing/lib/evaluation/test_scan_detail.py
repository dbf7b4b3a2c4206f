"""Fine detail and seams of scans against bodies whose spectra are known; textures of slices that can be reckoned."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.evaluation.volumes.detail import detail_of, high_passed, seam_energy
from Sketch2CTLib.evaluation.volumes.over_cases import over_cases
from Sketch2CTLib.evaluation.volumes.textures import scaled, texture_vectors

SIZE = 64


@pytest.fixture
def noise(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0.0, 100.0, (SIZE,) * 3).astype(np.float32)


@pytest.fixture
def body() -> np.ndarray:
    inside = np.zeros((SIZE,) * 3, bool)
    inside[12:52, 12:52, 12:52] = True
    return inside


def kept_by_blur(sigma: float) -> float:
    """Share of the energy above half the Nyquist frequency that a Gaussian keeps of white noise."""
    taps = np.arange(-20, 21)
    weights = np.exp(-0.5 * (taps / sigma) ** 2)
    frequencies = np.arange(SIZE) / (2.0 * SIZE)
    response = np.cos(2 * np.pi * frequencies[:, None] * taps) @ (weights / weights.sum())
    gains = np.square(response[:, None, None] * response[None, :, None] * response[None, None, :])
    f = np.meshgrid(frequencies, frequencies, frequencies, indexing="ij")
    fine = np.square(f).sum(axis=0) > 0.25**2
    return float(gains[fine].mean())


@pytest.mark.parametrize("sigma", [0.5, 0.8])
def test_a_blur_takes_the_known_share_of_fine_detail(noise: np.ndarray, body: np.ndarray, sigma: float) -> None:
    sharp = detail_of(noise, body)
    soft = detail_of(ndimage.gaussian_filter(noise, sigma, truncate=8.0), body)
    for name in ("fine_inside", "fine_outside"):
        assert soft[name] / sharp[name] == pytest.approx(kept_by_blur(sigma), rel=0.1), name


def test_detail_is_told_inside_and_outside_apart(noise: np.ndarray, body: np.ndarray) -> None:
    told = detail_of(np.where(body, 40.0, noise), body)
    assert told["fine_inside"] < 0.05 * told["fine_outside"]
    assert detail_of(np.where(body, 0.0, 300.0), body)["fine_inside"] < 5.0, "the step of the organ is no detail"


def test_what_is_coarse_is_no_detail_at_faces_either() -> None:
    ramp = np.linspace(0.0, 1000.0, SIZE)[:, None, None] * np.ones((1, SIZE, SIZE))
    assert float(np.square(high_passed(ramp)).mean()) < 1.0


def test_patches_of_eight_are_found_and_others_are_not(noise: np.ndarray) -> None:
    smooth = ndimage.gaussian_filter(noise, 2.0)
    plain = seam_energy(smooth)
    assert 0.5 < plain < 1.6 and 0.5 < seam_energy(noise) < 1.6
    patches = np.kron(noise[:8, :8, :8], np.ones((8, 8, 8)))
    assert seam_energy(patches) > 100.0
    steps = ndimage.gaussian_filter(noise, 2.0) + 0.05 * patches
    assert seam_energy(steps) > 5.0 * plain, "steps of a twentieth of the noise"
    assert seam_energy(np.roll(steps, (3, 5, 2), (0, 1, 2))) > 5.0 * plain, "wherever the patches begin"
    fives = np.kron(noise[:13, :13, :13], np.ones((5, 5, 5)))[:SIZE, :SIZE, :SIZE]
    assert seam_energy(fives) < 2.0
    assert np.isnan(seam_energy(noise[:16, :16, :16])), "too few to tell"


def test_the_ratio_to_real_scans_is_paired() -> None:
    rows = [
        CaseRow(method, "liver", f"c{at}", {"fine_inside": factor * value})
        for method, factor in (("generated", 0.5), ("real", 1.0))
        for at, value in enumerate((10.0, 100.0, 1000.0))
    ]
    (one,) = over_cases(rows, np.random.default_rng(1))
    assert one.name == "fine_inside" and one.ratio == pytest.approx((0.5, 0.5, 0.5))
    assert (one.found, one.real) == pytest.approx((185.0, 370.0))
    assert one.low < one.found < one.high and one.floor[0] < one.real < one.floor[1]
    (alone,) = over_cases([row for row in rows if row.case == "c0"], np.random.default_rng(1))
    assert alone.ratio[0] == 0.5 and np.isnan(alone.ratio[1])


def test_textures_of_a_constant_and_of_stripes() -> None:
    stripes = torch.full((1, 32, 32), -1.0)
    stripes[:, :, ::2] = 1.0  # grey levels 0 and 31 in turn
    constant, striped = (texture_vectors(slices)[0] for slices in (torch.zeros(1, 32, 32), stripes))
    contrast, moment, correlation = slice(10, 13), slice(19, 22), slice(22, 25)
    assert constant[:5].tolist() == [0.0] * 5 and constant[contrast].tolist() == [0.0] * 3
    assert constant[moment].tolist() == pytest.approx([1.0] * 3)
    assert striped[1] == pytest.approx(1.0) and striped[4] == pytest.approx(1.0), "one bit"
    assert striped[contrast].tolist() == pytest.approx([0.75 * 31**2, 0.5 * 31**2, 0.5 * 31**2]), (
        "of the four neighbours"
    )
    assert striped[correlation].tolist() == pytest.approx([-0.5, 0.0, 0.0], abs=0.01)


def test_vectors_are_scaled_by_the_spread_of_real_ones() -> None:
    real = {"a": (torch.tensor([[0.0, 0.0], [2.0, 200.0]]),), "b": (torch.tensor([[4.0, 400.0]]),)}
    (plane,) = scaled({"a": (torch.tensor([[2.0, 200.0]]),)}, real)["a"]
    assert plane.tolist() == [[1.0, 1.0]]
