"""The modulated U-Net: what was asked decides the answer, everywhere and in every way."""

from __future__ import annotations

import pytest
import torch

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.networks import FilmUNet, FilmUNetConfig

CONFIG = FilmUNetConfig(latent_channels=3, spatial_channels=5, pooled_dim=8, channels=(8, 16, 8))


@pytest.fixture
def net() -> FilmUNet:
    torch.manual_seed(0)
    return FilmUNet(CONFIG)


def test_shapes_and_both_conditions_matter(net: FilmUNet) -> None:
    spatial, pooled = torch.randn(2, 5, 8, 8, 8), torch.randn(2, 8)
    answer = net(spatial, pooled)
    assert answer.shape == (2, 3, 8, 8, 8)
    assert not torch.allclose(answer, net(spatial, pooled + 1.0))
    moved = spatial.clone()
    moved[:, :, 0, 0, 0] += 3.0
    changed = (net(moved, pooled) - answer).abs().amax(dim=(0, 1))
    assert changed[0, 0, 0] > 1e-3
    assert changed[7, 7, 7] > 0, "the quarter resolution carries a change across the cube"


def test_every_weight_gets_a_gradient(net: FilmUNet) -> None:
    net(torch.randn(2, 5, 8, 8, 8), torch.randn(2, 8)).square().mean().backward()
    assert [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []


def test_it_learns_a_mean_of_what_is_open(net: FilmUNet) -> None:
    generator = torch.Generator().manual_seed(1)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    spatial, pooled = torch.ones(4, 5, 8, 8, 8), torch.zeros(4, 8)
    for _ in range(60):
        open_to_chance = 2.0 + torch.randn(4, 1, 1, 1, 1, generator=generator)
        loss = (net(spatial, pooled) - open_to_chance).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(net(spatial, pooled).mean()) == pytest.approx(2.0, abs=0.5)


def test_impossible_widths() -> None:
    with pytest.raises(ConfigError, match="multiples of 8"):
        FilmUNetConfig(3, 5, 8, channels=(8, 12, 8))
