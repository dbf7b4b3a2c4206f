"""What is written out of MONAI and diffusers is theirs: names, first weights and answers, to the bit."""

from __future__ import annotations

import pytest
import torch
from monai.networks.nets.diffusion_model_unet import DiffusionUNetResnetBlock

from Sketch2CTLib.networks.residual_block import ResidualBlock
from Sketch2CTLib.networks.time_waves import sines_then_cosines

SHAPES = [(16, 16, 24, 8), (8, 16, 12, 4)]  # inward, outward, embedding, groups


def both(shape: tuple[int, int, int, int], seed: int) -> tuple[ResidualBlock, DiffusionUNetResnetBlock]:
    inward, outward, embedding, groups = shape
    torch.manual_seed(seed)
    own = ResidualBlock(inward, outward, embedding, groups)
    torch.manual_seed(seed)
    return own, DiffusionUNetResnetBlock(3, inward, embedding, outward, norm_num_groups=groups)


@pytest.mark.parametrize("shape", SHAPES)
def test_names_and_first_weights_of_the_block_are_monais(shape: tuple[int, int, int, int]) -> None:
    own, theirs = (block.state_dict() for block in both(shape, 5))
    assert list(own) == list(theirs)  # the order too: optimisers count on it
    assert all(torch.equal(own[name], theirs[name]) for name in own)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", SHAPES)
def test_answers_of_the_block_are_monais(shape: tuple[int, int, int, int], precision: torch.dtype) -> None:
    own, theirs = both(shape, 1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for values in theirs.parameters():
            values.copy_(0.1 * torch.randn(values.shape, generator=generator))
    own.load_state_dict(theirs.state_dict())
    x, told = torch.randn(2, shape[0], 8, 8, 8, generator=generator), torch.randn(2, shape[2], generator=generator)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == torch.bfloat16):
        assert torch.equal(own(x, told), theirs(x, told))


def test_waves_are_those_of_diffusers() -> None:
    from diffusers.models.embeddings import get_timestep_embedding

    t = torch.arange(0, 1000, 7)
    assert torch.equal(sines_then_cosines(t, 64), get_timestep_embedding(t, 64, downscale_freq_shift=1))
