"""The objective: zero for a perfect denoiser, a function of the generator's state alone."""

from __future__ import annotations

import torch
from torch import Tensor

from Sketch2CTLib.diffusion import Schedule, ScheduleConfig, v_loss


def test_a_perfect_denoiser_has_no_loss() -> None:
    schedule = Schedule(ScheduleConfig())
    x0 = torch.randn(6, 2, 3, generator=torch.Generator().manual_seed(1))

    def perfect(z: Tensor, t: Tensor) -> Tensor:
        alpha = schedule.alpha_bar[t].float().view(-1, 1, 1)
        noise = (z - alpha.sqrt() * x0) / (1 - alpha).sqrt()
        return schedule.velocity(x0, noise, t)

    assert v_loss(perfect, x0, schedule, torch.Generator().manual_seed(2)).max() < 1e-6


def test_the_generator_decides_everything() -> None:
    schedule = Schedule(ScheduleConfig())
    x0 = torch.randn(6, 2, 3)
    losses = [v_loss(lambda z, t: z, x0, schedule, torch.Generator().manual_seed(s)) for s in (3, 3, 4)]
    assert torch.equal(losses[0], losses[1])
    assert not torch.equal(losses[0], losses[2])


def test_min_snr_weighs_noisy_steps_less() -> None:
    schedule = Schedule(ScheduleConfig())
    x0 = torch.zeros(64, 4)
    plain = v_loss(lambda z, t: torch.zeros_like(z), x0, schedule, torch.Generator().manual_seed(5))
    weighed = v_loss(
        lambda z, t: torch.zeros_like(z), x0, schedule, torch.Generator().manual_seed(5), min_snr_gamma=5.0
    )
    t = torch.randint(0, 1000, (64,), generator=torch.Generator().manual_seed(5))
    ratio = weighed / plain
    assert ratio[t.argmax()] < 0.2 * ratio[t.argsort()[20]]


def test_the_noisiest_share_stands_at_the_last_step() -> None:
    schedule, seen = Schedule(ScheduleConfig()), []

    def watch(z: Tensor, t: Tensor) -> Tensor:
        seen.append(t)
        return torch.zeros_like(z)

    for share in (0.0, 0.25, 1.0):
        v_loss(watch, torch.zeros(2000, 2), schedule, torch.Generator().manual_seed(1), noisiest=share)
    shares = [float((t == 999).float().mean()) for t in seen]
    assert shares[0] < 0.01
    assert 0.2 < shares[1] < 0.3
    assert shares[2] == 1.0


def test_channels_count_by_their_weights() -> None:
    schedule, x0 = Schedule(ScheduleConfig()), torch.zeros(4, 2, 3, 3)

    def wrong_in_the_second(z: Tensor, t: Tensor) -> Tensor:
        right = z / schedule.alpha_bar[t].rsqrt().float().view(-1, 1, 1, 1)  # a stand-in with errors in both
        right[:, 1] += 100.0
        return right

    losses = [
        v_loss(wrong_in_the_second, x0, schedule, torch.Generator().manual_seed(1), weights=torch.tensor(w)).mean()
        for w in ([1.0, 1.0], [2.0, 0.0])
    ]
    assert losses[1] < 0.01 * losses[0]
