"""The linear code of patches: exact where it should be, orthonormal, the same at every run, trainable at its seams."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.networks import PatchAutoencoder, PatchAutoencoderConfig, build_coder


def balls(count: int, voxels: int = 32, seed: int = 0) -> torch.Tensor:
    """(N, 1, V, V, V) truncated signed distances of balls."""
    rng = np.random.default_rng(seed)
    axis = torch.arange(voxels, dtype=torch.float32)
    grid = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"))
    volumes = []
    for _ in range(count):
        center = torch.tensor(rng.uniform(0.4, 0.6, 3) * voxels, dtype=torch.float32)[:, None, None, None]
        away = (grid - center).square().sum(0).sqrt()
        volumes.append(((rng.uniform(0.2, 0.35) * voxels - away) / 4).clamp(-1, 1)[None])
    return torch.stack(volumes)


def fitted(**changes: object) -> PatchAutoencoder:
    settings = {"patch": 8, "latent_channels": 12, "width": 16, "stem": 4, "norm_groups": 8} | changes
    coder = PatchAutoencoder(PatchAutoencoderConfig(**settings))  # type: ignore[arg-type]
    coder.fit_basis(balls(4, seed=seed) for seed in range(3))
    return coder.eval()


def dice(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(2 * ((a > 0) & (b > 0)).sum() / ((a > 0).sum() + (b > 0).sum()))


def test_shapes_and_compression():
    coder = fitted(patch=4, latent_channels=5, stem=2)
    mean, sigma = coder.encode(balls(2))
    assert mean.shape == sigma.shape == (2, 5, 8, 8, 8)
    assert coder.decode(mean).shape == (2, 1, 32, 32, 32)
    assert coder.config.compression == 4


def test_a_few_components_hold_an_unseen_surface():
    unseen = balls(3, seed=9)
    quality = [dice(c.decode(c.encode(unseen)[0]), unseen) for c in (fitted(latent_channels=n) for n in (4, 12, 40))]
    assert quality == sorted(quality)
    assert quality[0] > 0.93 and quality[1] > 0.97 and quality[2] > 0.985


def test_all_components_are_lossless_and_the_basis_is_orthonormal():
    coder = fitted(patch=2, latent_channels=8, stem=2, res_blocks=0)
    unseen = balls(1, seed=9)
    assert torch.allclose(coder.decode(coder.encode(unseen)[0]), unseen, atol=1e-4)
    assert torch.allclose(coder.basis @ coder.basis.T, torch.eye(8), atol=1e-5)


@pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])
def test_whitening_changes_the_latent_and_not_the_volume(whitening):
    coder, plain = fitted(whitening=whitening), fitted(whitening=0.0)
    unseen = balls(1, seed=9)
    z, reference = coder.encode(unseen)[0], plain.encode(unseen)[0]
    assert torch.allclose(coder.linear(z), plain.linear(reference), atol=1e-4)
    spreads = torch.cat([coder.encode(balls(4, seed=s))[0] for s in range(3)]).std(dim=(0, 2, 3, 4))
    ratio = float(spreads.max() / spreads.min())
    assert (ratio < 4) if whitening == 1.0 else (ratio > 4)


def test_fitting_again_gives_the_same_code():
    first, second = fitted(), fitted()
    assert torch.equal(first.basis, second.basis) and torch.equal(first.spread, second.spread)


def test_patches_without_a_surface_come_back_exact():
    coder = fitted(latent_channels=3)
    for level in (-1.0, 1.0):
        flat = torch.full((1, 1, 32, 32, 32), level)
        assert torch.allclose(coder.decode(coder.encode(flat)[0]), flat, atol=1e-5)


def test_the_finish_adds_nothing_before_training_and_learns_the_seams():
    torch.manual_seed(0)
    coder = fitted(latent_channels=4, width=32)
    unseen = balls(2, seed=9)
    z = coder.encode(unseen)[0]
    assert torch.equal(coder.decode(z), coder.linear(z))
    before = float((coder.linear(z) - unseen).abs().mean())
    optimizer = torch.optim.Adam(coder.parameters(), lr=1e-3)
    for step in range(60):
        batch = balls(2, seed=step + 20)
        loss = (
            (coder(batch, [torch.Generator().manual_seed(9 * step + n) for n in range(len(batch))])[0] - batch)
            .abs()
            .mean()
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float((coder.decode(z) - unseen).abs().mean()) < 0.96 * before


def test_gradients_pass_through_the_linear_decoding():
    coder = fitted()
    z = coder.encode(balls(1))[0].requires_grad_()
    coder.linear(z).sum().backward()
    assert z.grad is not None and torch.isfinite(z.grad).all() and z.grad.abs().sum() > 0


def test_noise_is_told_as_the_posteriors_spread():
    coder = fitted(noise=0.1)
    mean, sigma = coder.encode(balls(1))
    assert (sigma > 0).all()
    noisy = coder(balls(1), [torch.Generator().manual_seed(1)])[0]
    assert not torch.equal(noisy, coder.decode(mean))


def test_weights_carry_the_basis():
    coder, other = fitted(), PatchAutoencoder(fitted().config)
    other.load_state_dict(coder.state_dict())
    assert torch.equal(other.basis, coder.basis)


def test_volumes_without_a_surface_are_refused():
    coder = PatchAutoencoder(PatchAutoencoderConfig(norm_groups=8, width=16))
    with pytest.raises(ConfigError, match="patches hold a surface"):
        coder.fit_basis([torch.full((1, 1, 32, 32, 32), -1.0)])


@pytest.mark.parametrize(
    "wrong",
    [
        {"patch": 5},
        {"patch": 4, "stem": 8},
        {"patch": 2, "stem": 2, "latent_channels": 9},
        {"width": 20},
        {"whitening": 2},
    ],
)
def test_configurations_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError):
        PatchAutoencoderConfig(**wrong)


def test_the_configuration_decides_the_kind():
    assert isinstance(build_coder(PatchAutoencoderConfig(norm_groups=8, width=16)), PatchAutoencoder)


def test_a_stride_decodes_the_same_voxels_fewer_of_them():
    torch.manual_seed(0)
    coder = PatchAutoencoder(PatchAutoencoderConfig(8, 4))
    z = torch.randn(2, 4, 2, 2, 2)
    assert torch.allclose(coder.linear(z, 2), coder.linear(z)[..., ::2, ::2, ::2])
