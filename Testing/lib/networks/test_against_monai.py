"""The denoiser's U-Net is MONAI's: names, first weights and answers, to the bit."""

from __future__ import annotations

import pytest
import torch
from monai.networks.nets import DiffusionModelUNet
from torch import nn

from Sketch2CTLib.networks import Denoiser, DenoiserConfig
from Sketch2CTLib.networks.time_waves import cosines_then_sines, sines_then_cosines

CONFIGS = [
    DenoiserConfig(4, 3, (32, 48, 32), (False, True, True), 24, 16, 1, pooled=True),
    DenoiserConfig(3, 0, (16, 32), (True, True), 40, 8, 2),
]


def monai_of(config: DenoiserConfig, seed: int) -> DiffusionModelUNet:
    """MONAI's own network of a configuration."""
    heads = tuple(c if a else 0 for c, a in zip(config.channels, config.attention, strict=True))
    torch.manual_seed(seed)
    unet = DiffusionModelUNet(
        spatial_dims=3,
        in_channels=config.latent_channels + config.spatial_channels,
        out_channels=config.latent_channels,
        channels=config.channels,
        num_res_blocks=config.res_blocks,
        attention_levels=config.attention,
        num_head_channels=heads,
        norm_num_groups=config.norm_groups,
        with_conditioning=True,
        cross_attention_dim=config.context_dim,
        transformer_num_layers=1,
        use_flash_attention=True,
        num_class_embeds=1 if config.pooled else None,
    )
    if config.pooled:
        unet.class_embedding = nn.Identity()
    return unet


@pytest.mark.parametrize("config", CONFIGS)
def test_names_and_first_weights_are_monais(config: DenoiserConfig) -> None:
    torch.manual_seed(5)
    own, theirs = Denoiser(config).unet.state_dict(), monai_of(config, 5).state_dict()
    assert list(own) == list(theirs)  # the order too: optimisers count on it
    assert all(torch.equal(own[name], theirs[name]) for name in own)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("config", CONFIGS)
def test_answers_are_monais(config: DenoiserConfig, precision: torch.dtype) -> None:
    theirs, own = monai_of(config, 1), Denoiser(config).unet
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for values in theirs.parameters():
            values.copy_(0.1 * torch.randn(values.shape, generator=generator))
    own.load_state_dict(theirs.state_dict())
    x = torch.randn(2, config.latent_channels + config.spatial_channels, 8, 8, 8, generator=generator)
    t, context = torch.tensor([3, 950]), torch.randn(2, 5, config.context_dim, generator=generator)
    pooled = torch.randn(2, config.pooled_dim, generator=generator) if config.pooled else None
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == torch.bfloat16):
        assert torch.equal(own(x, t, context, pooled), theirs(x, t, context, class_labels=pooled))


def test_waves_are_monais_and_diffusers() -> None:
    from diffusers.models.embeddings import get_timestep_embedding
    from monai.networks.nets.diffusion_model_unet import get_timestep_embedding as of_monai

    t = torch.arange(0, 1000, 7)
    assert torch.equal(cosines_then_sines(t, 48), of_monai(t, 48))
    assert torch.equal(sines_then_cosines(t, 64), get_timestep_embedding(t, 64, downscale_freq_shift=1))
