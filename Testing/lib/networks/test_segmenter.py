"""The segmenter's network: shapes, what it is told matters, its shipped shape is small."""

from __future__ import annotations

import pytest
import torch

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.networks.segmenter import SegmenterConfig, SegmenterNet

TINY = SegmenterConfig(voxels=16, stem=2, channels=(8, 16), deep_blocks=1, told=8)


def net() -> SegmenterNet:
    torch.manual_seed(0)
    return SegmenterNet(TINY).eval()


def told(structure: int, modality: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([structure]), torch.tensor([modality])


def test_one_logit_a_voxel():
    x = torch.randn(2, 1, 16, 16, 16)
    assert net()(x, torch.tensor([0, 4]), torch.tensor([0, 1])).shape == x.shape


def test_what_it_is_told_changes_what_it_finds():
    module = net()
    for block in module.modules():  # MONAI starts the second convolutions at zero, and the condition lies before them
        if hasattr(block, "conv2"):
            torch.nn.init.normal_(block.conv2.conv.weight, std=0.05)
    x = torch.randn(1, 1, 16, 16, 16)
    liver, spleen, liver_mr = (module(x, *told(*pair)) for pair in ((0, 0), (1, 0), (0, 1)))
    assert not torch.allclose(liver, spleen) and not torch.allclose(liver, liver_mr)


def test_every_weight_learns():
    module = net()
    x = torch.randn(2, 1, 16, 16, 16)
    for _ in range(2):  # in the first step the zero convolutions hold back what lies before them
        module(x, torch.tensor([0, 1]), torch.tensor([0, 1])).square().mean().backward()
        with torch.no_grad():
            for weights in module.parameters():
                weights -= 0.1 * weights.grad
    assert all(weights.grad.abs().sum() > 0 for weights in module.parameters())


def test_the_shipped_shape_fits_in_five_megabytes():
    numbers = sum(weights.numel() for weights in SegmenterNet(SegmenterConfig()).parameters())
    assert 2 * numbers <= 5e6


@pytest.mark.parametrize("wrong", [{"channels": (9, 16)}, {"channels": ()}, {"stem": 3}, {"voxels": 6}])
def test_shapes_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError):
        SegmenterConfig(**{"voxels": 16, "channels": (8, 16), "stem": 2} | wrong)
