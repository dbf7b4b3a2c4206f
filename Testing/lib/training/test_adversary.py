"""The critic learns from its own loss alone, and the maker from what is left."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from Sketch2CTLib.networks.critic import PatchCritic
from Sketch2CTLib.training.adversarial.losses import adversary_losses, crop_places


def losses() -> tuple[PatchCritic, nn.Conv3d, dict[str, Tensor]]:
    torch.manual_seed(0)
    critic, maker = PatchCritic(1, channels=(4, 4, 4)), nn.Conv3d(1, 1, 3, padding=1)
    real, noise = torch.randn(1, 1, 16, 16, 16), torch.randn(1, 1, 16, 16, 16)
    return critic, maker, adversary_losses(critic, critic, real, maker(noise))


def learned(module: nn.Module) -> bool:
    return any(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in module.parameters())


@pytest.mark.parametrize(
    ("part", "of_critic", "of_maker"), [("critic", True, False), ("fooled", False, True), ("matched", False, True)]
)
def test_each_part_teaches_one_of_the_two(part: str, of_critic: bool, of_maker: bool) -> None:
    critic, maker, parts = losses()
    parts[part].backward()
    assert (learned(critic), learned(maker)) == (of_critic, of_maker)
    assert all(p.requires_grad for p in critic.parameters())


def test_what_is_the_same_is_matched() -> None:
    critic = PatchCritic(1, channels=(4, 4, 4)).eval()
    one = torch.randn(1, 1, 16, 16, 16)
    parts = adversary_losses(critic, critic, one, one.clone())
    assert float(parts["matched"]) == pytest.approx(0.0, abs=1e-6)
    assert float(parts["critic"]) >= 1.99


def test_crops_lie_inside_and_short_axes_are_whole() -> None:
    assert crop_places(lambda most: most - 1, (10, 6, 3), 4) == (slice(6, 10), slice(2, 6), slice(0, 4))
