"""The linear part of v: the best there is for Gaussian channels."""

from __future__ import annotations

import torch

from Sketch2CTLib.diffusion import Preconditioning, SampleRequest, Schedule, ScheduleConfig, sample

SCHEDULE = Schedule(ScheduleConfig())
STD = torch.tensor([0.2, 0.6, 1.0, 3.0])


def drawn(n: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    clean = torch.randn(n, 4, 8, generator=generator) * STD[None, :, None]
    return clean, torch.randn(n, 4, 8, generator=generator)


def test_nothing_linear_does_better_and_the_remainder_is_as_large_as_it_says() -> None:
    clean, noise = drawn(4000)
    for step in (20, 400, 900):
        t = torch.full((len(clean),), step)
        z_t, v = SCHEDULE.add_noise(clean, noise, t), SCHEDULE.velocity(clean, noise, t)
        linear = Preconditioning.at(t, z_t, STD, SCHEDULE)
        left = v - linear.c_skip * z_t
        shared = (left * z_t).mean(dim=(0, 2)) / (left.std(dim=(0, 2)) * z_t.std(dim=(0, 2)))
        assert shared.abs().max() < 0.03
        assert torch.allclose(left.std(dim=(0, 2)), linear.c_out[0, :, 0], rtol=0.03)
        assert torch.allclose((z_t * linear.c_in).std(dim=(0, 2)), torch.ones(4), rtol=0.03)


def test_alone_it_samples_gaussian_channels_of_the_right_variance() -> None:
    def denoise(z_t: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return Preconditioning.at(t, z_t, STD, SCHEDULE).c_skip * z_t

    z = sample(denoise, SampleRequest((4, 8, 8, 8), (1, 2, 3, 4), 25), SCHEDULE)
    assert torch.allclose(z.std(dim=(0, 2, 3, 4)), STD, rtol=0.12)
