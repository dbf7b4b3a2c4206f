"""Samplers against the analytic denoiser of a Gaussian, and their independence of the batch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from Sketch2CTLib.diffusion import SampleRequest, Scales, Schedule, ScheduleConfig, classifier_free, sample
from Sketch2CTLib.errors import Cancelled, ConfigError

MEAN, STD = 0.5, 0.3


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    return Schedule(ScheduleConfig())


def gaussian_denoiser(schedule: Schedule):
    """The exact velocity of x₀ ~ N(MEAN, STD²)."""

    def velocity(z: Tensor, t: Tensor) -> Tensor:
        alpha = schedule.alpha_bar[t].float().view(-1, 1)
        gain = STD**2 * alpha.sqrt() / (alpha * STD**2 + 1 - alpha)
        x0 = MEAN + gain * (z - alpha.sqrt() * MEAN)
        noise = (z - alpha.sqrt() * x0) / (1 - alpha).sqrt()
        return alpha.sqrt() * noise - (1 - alpha).sqrt() * x0

    return velocity


@pytest.mark.parametrize(("sampler", "steps"), [("dpm++", 10), ("dpm++", 20), ("dpm++", 25), ("ddpm", 500)])
def test_meets_the_analytic_gaussian(schedule: Schedule, sampler: str, steps: int) -> None:
    z = sample(gaussian_denoiser(schedule), SampleRequest((4096,), (1, 2, 3, 4), steps, sampler), schedule)
    assert z.mean().item() == pytest.approx(MEAN, abs=0.02)
    assert z.std().item() == pytest.approx(STD, rel=0.05)


@pytest.mark.parametrize("sampler", ["dpm++", "ddpm"])
def test_a_sample_depends_on_its_seed_alone(schedule: Schedule, sampler: str) -> None:
    denoise = gaussian_denoiser(schedule)
    together = sample(denoise, SampleRequest((64,), (5, 6, 7), 20, sampler), schedule)
    alone = sample(denoise, SampleRequest((64,), (6,), 20, sampler), schedule)
    assert torch.equal(together[1], alone[0])
    assert not torch.equal(together[0], together[1])


def test_a_low_temperature_keeps_the_mean_and_narrows_the_spread_where_it_is_low(schedule: Schedule) -> None:
    temperature = torch.ones(1, 4096)
    temperature[:, 2048:] = 0.5
    z = sample(gaussian_denoiser(schedule), SampleRequest((4096,), (1, 2, 3, 4), 25), schedule, temperature=temperature)
    usual, cool = z[:, :2048], z[:, 2048:]
    assert cool.mean().item() == pytest.approx(MEAN, abs=0.02) and usual.std().item() == pytest.approx(STD, rel=0.05)
    assert cool.std().item() == pytest.approx(0.5 * STD, rel=0.08)


def test_velocity_algebra_is_inverted(schedule: Schedule) -> None:
    generator = torch.Generator().manual_seed(0)
    x0, noise = torch.randn(5, 3, 4, generator=generator), torch.randn(5, 3, 4, generator=generator)
    t = torch.tensor([0, 1, 500, 998, 999])
    z = schedule.add_noise(x0, noise, t)
    back = schedule.x0_from_velocity(z, schedule.velocity(x0, noise, t), t)
    torch.testing.assert_close(back, x0, atol=1e-4, rtol=1e-4)


def constant_parts(values: tuple[float, ...]):
    def parts(z: Tensor, t: Tensor) -> Tensor:
        return torch.cat([torch.full_like(chunk, v) for chunk, v in zip(z.chunk(len(values)), values, strict=True)])

    return parts


def test_guidance_extrapolates_away_from_what_lacks_the_condition() -> None:
    z, t = torch.zeros(3, 5), torch.zeros(3, dtype=torch.int64)
    assert classifier_free(constant_parts((2.0,)), [])(z, t).unique().item() == 2.0
    assert classifier_free(constant_parts((2.0, 1.0)), [0.0])(z, t).unique().item() == 1.0
    assert classifier_free(constant_parts((2.0, 1.0)), [2.5])(z, t).unique().item() == 3.5
    both = classifier_free(constant_parts((2.0, 1.0, 4.0)), [2.0, 1.5])(z, t)
    assert both.unique().item() == 2.0 + 1.0 * 1.0 + 0.5 * -2.0


def test_scales_cost_one_evaluation_for_each_different_one() -> None:
    assert Scales().groups == ()
    assert Scales.of(1.5).groups == ((1.5, ("sketch", "numbers", "words")),)
    assert Scales(2.0, 1.0, 3.0).groups == ((2.0, ("sketch",)), (3.0, ("words",)))
    assert Scales(2.0, 2.0, 1.0).groups == ((2.0, ("sketch", "numbers")),)
    for wrong in (-0.1, 21.0, float("nan")):
        with pytest.raises(ConfigError, match="numbers"):
            Scales(numbers=wrong)


@pytest.mark.parametrize("sampler", ["dpm++", "ddpm"])
def test_a_weak_edit_stays_near_its_origin(schedule: Schedule, sampler: str) -> None:
    denoise, origin = gaussian_denoiser(schedule), torch.full((512,), 0.9)
    moved = []
    for strength in (0.02, 0.3, 1.0):
        wanted = SampleRequest((512,), (3,), 20, sampler, strength)
        moved.append(float((sample(denoise, wanted, schedule, origin=origin) - origin).abs().mean()))
    assert moved[0] < 0.25 and moved[0] < moved[1] < moved[2]
    plain = sample(denoise, SampleRequest((512,), (3,), 20, sampler), schedule)
    whole = sample(denoise, SampleRequest((512,), (3,), 20, sampler, 1.0), schedule, origin=origin)
    assert torch.equal(plain, whole)


@pytest.mark.parametrize("strength", [0.01, 0.4, 0.9])
def test_an_edit_takes_as_many_steps_as_were_asked(schedule: Schedule, strength: float) -> None:
    seen: list[int] = []

    def count(z: Tensor, t: Tensor) -> Tensor:
        seen.append(int(t[0]))
        return torch.zeros_like(z)

    sample(count, SampleRequest((4,), (1,), 8, strength=strength), schedule, origin=torch.zeros(4))
    assert seen == sorted(seen, reverse=True)
    assert max(seen) <= max(1, round(strength * 999))
    assert len(seen) == 8 or strength == 0.01


def test_cancelling_stops_before_the_next_step(schedule: Schedule) -> None:
    seen = []

    def stop_at_three(step: int, of: int) -> None:
        seen.append(step)
        if step == 3:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        sample(gaussian_denoiser(schedule), SampleRequest((4,), (1,), 10), schedule, on_step=stop_at_three)
    assert seen == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "request_of",
    [
        lambda: SampleRequest((4,), (1,), 0),
        lambda: SampleRequest((4,), ()),
        lambda: SampleRequest((4,), (1,), 5, "x"),
        lambda: SampleRequest((4,), (1,), 5, strength=0.0),
    ],
)
def test_impossible_requests_are_refused(request_of) -> None:
    with pytest.raises(ConfigError):
        request_of()
