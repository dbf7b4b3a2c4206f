"""The painter and its critic: shapes, noise, how far a change reaches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.networks import Painter, PainterConfig
from Sketch2CTLib.networks.critic import PatchCritic
from Sketch2CTLib.networks.noisy_unet import NoisyUNet, NoisyUNetConfig, noise_field

SMALL = PainterConfig((0, 1, 4, 200), channels=(4, 4, 8, 8), deep_blocks=1, embedded=2, pooled_dim=4)


def network() -> Painter:
    torch.manual_seed(0)
    painter = Painter(SMALL)
    for name, value in painter.named_parameters():
        if name.endswith("noise"):
            value.data.fill_(0.3)
    return painter.eval()


def given(edge: int = 32, seed: int = 1) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, ...]]:
    generator = torch.Generator().manual_seed(seed)
    classes = torch.randint(0, 4, (1, edge, edge, edge), generator=generator)
    return classes, classes[:, None] / 4.0, torch.zeros(1, 4), noise_field((edge, edge, edge), 4, [generator])


def test_a_configuration_survives_json_and_foreign_labels_are_the_first_class() -> None:
    assert PainterConfig.from_dict(SMALL.to_dict()) == SMALL and SMALL.multiple == 8
    assert Painter(SMALL).classes_of(torch.tensor([0, 4, 200, 7])).tolist() == [0, 2, 3, 0]
    with pytest.raises(ConfigError, match="different bytes"):
        PainterConfig((1, 1))


def test_noise_decides_beside_the_layout_and_the_style() -> None:
    painter = network()
    classes, picture, style, noise = given()
    other = noise_field((32, 32, 32), 4, [torch.Generator().manual_seed(9)])
    with torch.no_grad():
        first, again = (painter(classes, picture, style, noise) for _ in range(2))
        changed = [painter(classes, picture, style, other), painter(classes, picture, style + 1.0, noise)]
    assert first.shape == (1, 1, 32, 32, 32) and torch.equal(first, again)
    assert torch.equal(first, changed[1]), "a style says nothing before it is trained"
    assert not torch.allclose(first, changed[0])


def test_each_sample_of_a_batch_is_painted_alone() -> None:
    painter = network()
    one, two = given(seed=1), given(seed=2)
    pairs = [torch.cat(parts) for parts in zip(one[:3], two[:3], strict=True)]
    noise = [torch.cat(parts) for parts in zip(one[3], two[3], strict=True)]
    with torch.no_grad():
        both = painter(*pairs, noise)
        torch.testing.assert_close(both[:1], painter(*one), atol=1e-5, rtol=0)
        torch.testing.assert_close(both[1:], painter(*two), atol=1e-5, rtol=0)


def test_a_change_reaches_no_farther_than_a_tile_allows() -> None:
    painter = network()
    classes, picture, style, noise = given(128)
    moved = classes.clone()
    moved[:, :8] = 3 - moved[:, :8]
    with torch.no_grad():
        apart = (painter(classes, picture, style, noise) - painter(moved, picture, style, noise)).abs()
    reach = int(np.flatnonzero(apart.amax((0, 1, 3, 4)).numpy() > 0).max()) - 7
    assert 8 < reach < 64


def test_halves_of_the_noise_are_normal() -> None:
    field = noise_field((64, 64, 64), 4, [torch.Generator().manual_seed(0)])
    assert [tuple(part.shape[2:]) for part in field] == [(64,) * 3, (32,) * 3, (16,) * 3, (8,) * 3]
    assert all(abs(float(part.std()) - 1.0) < 0.1 for part in field)


def test_the_critic_judges_patches_and_does_not_magnify() -> None:
    torch.manual_seed(0)
    critic = PatchCritic(3, channels=(4, 8, 8)).eval()
    one = torch.randn(2, 3, 16, 16, 16)
    scores, features = critic(one)
    assert scores.shape == (2, 1, 4, 4, 4) and [f.shape[1] for f in features] == [4, 8, 8]
    other, _ = critic(one + 1e-3 * torch.randn_like(one))
    assert 0 < float((scores - other).abs().max()) < 0.1


@pytest.mark.parametrize("samples", [1, 2])
def test_without_gradients_blocks_give_the_same_with_fewer_passes(samples: int) -> None:
    torch.manual_seed(4)
    net = NoisyUNet(NoisyUNetConfig(3, 1, (8, 16), pooled_dim=4)).to(memory_format=torch.channels_last_3d)
    with torch.no_grad():
        for name, one in net.named_parameters():
            if "film" in name or "noise" in name or "second" in name:
                one.normal_(0.0, 0.3)  # as trained: a new network ignores them
    generators = [torch.Generator().manual_seed(n) for n in range(samples)]
    noise = noise_field((8, 8, 8), 2, generators)
    shown, told = torch.randn(samples, 3, 8, 8, 8), torch.randn(samples, 4)
    asked = net(shown, noise, told)
    with torch.no_grad():
        found = net(shown, noise, told)
    assert asked.abs().max() > 0.5
    torch.testing.assert_close(found, asked.detach(), rtol=1e-3, atol=1e-4)
