"""Shapes of autoencoders and denoisers, and the losslessness of space-to-depth."""

from __future__ import annotations

import pytest
import torch

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.networks import AutoencoderConfig, Denoiser, DenoiserConfig, LatentAutoencoder
from Sketch2CTLib.networks.space_to_depth import depth_to_space, space_to_depth


@pytest.mark.parametrize(
    ("stem", "channels", "latent", "cells"),
    [(1, (8, 16, 16), 3, 4), (2, (8, 16), 4, 4), (4, (16, 16), 8, 2), (2, (8,), 4, 8)],
)
def test_autoencoder_shapes(stem: int, channels: tuple[int, ...], latent: int, cells: int) -> None:
    config = AutoencoderConfig(stem, channels, latent, attention=False, norm_groups=8)
    coder = LatentAutoencoder(config)
    x = torch.randn(2, 1, 16, 16, 16)
    mean, sigma = coder.encode(x)
    assert mean.shape == sigma.shape == (2, latent, cells, cells, cells)
    assert config.compression == 16 // cells
    assert coder.decode(mean).shape == x.shape


def test_autoencoder_noise_comes_from_the_generator() -> None:
    coder = LatentAutoencoder(AutoencoderConfig(2, (8, 8), 2, attention=False, norm_groups=8))
    x = torch.randn(1, 1, 16, 16, 16)
    first, second = (coder(x, [torch.Generator().manual_seed(1)])[0] for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_space_to_depth_is_lossless(factor: int) -> None:
    x = torch.arange(2 * 3 * 8**3, dtype=torch.float32).reshape(2, 3, 8, 8, 8)
    folded = space_to_depth(x, factor)
    assert folded.shape == (2, 3 * factor**3, *(8 // factor,) * 3)
    assert torch.equal(depth_to_space(folded, factor), x)


def test_space_to_depth_keeps_places() -> None:
    x = torch.zeros(1, 1, 4, 4, 4)
    x[0, 0, 2, 1, 3] = 1.0
    folded = space_to_depth(x, 2)
    assert folded[0, :, 1, 0, 1].sum() == 1.0


def test_denoiser_uses_tokens_and_space() -> None:
    config = DenoiserConfig(2, 3, (8, 8), (False, True), 16, norm_groups=4)
    net = Denoiser(config).eval()
    for weights in net.parameters():  # MONAI starts its output projections at zero: give them something to say
        if not weights.any():
            torch.nn.init.normal_(weights, std=0.1)
    z, t, tokens, space = (
        torch.randn(2, 2, 8, 8, 8),
        torch.tensor([3, 900]),
        torch.randn(2, 5, 16),
        torch.randn(2, 3, 8, 8, 8),
    )
    plain = net(z, t, tokens, space)
    assert plain.shape == z.shape
    assert not torch.allclose(plain, net(z, t, torch.randn(2, 5, 16), space), atol=1e-6)
    assert not torch.allclose(plain, net(z, t, tokens, torch.randn(2, 3, 8, 8, 8)), atol=1e-6)
    assert not torch.allclose(plain, net(z, t.flip(0), tokens, space), atol=1e-6)


def test_bad_shapes_are_refused() -> None:
    with pytest.raises(ConfigError, match="stem"):
        AutoencoderConfig(3)
    with pytest.raises(ConfigError, match="norm groups"):
        AutoencoderConfig(1, (20, 40))
    with pytest.raises(ConfigError, match="attention"):
        DenoiserConfig(channels=(8, 8), attention=(True,))
