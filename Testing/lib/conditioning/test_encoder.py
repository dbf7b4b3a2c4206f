"""The condition encoder: every condition matters, dropped ones do not, tokens form a sequence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from Sketch2CTLib.conditioning import ConditionBatch, ConditionEncoder, ConditionerConfig
from Sketch2CTLib.conditioning.capsules import AttentionRouting, squash
from Sketch2CTLib.conditioning.encoder import join_batches
from Sketch2CTLib.conditioning.geometry import NumberScaler
from Sketch2CTLib.errors import ConfigError

CONFIG = ConditionerConfig(
    width=32,
    capsules=4,
    context_dim=16,
    quantities=5,
    structures=3,
    lifted_sketch=True,
    geometry_tokens=True,
    cells=8,
    picture_pixels=16,
)


def some_batch(n: int = 2, seed: int = 0) -> ConditionBatch:
    g = torch.Generator().manual_seed(seed)
    return ConditionBatch(
        pictures=torch.randn(n, 2, 128, 128, generator=g),
        lifted=torch.randn(n, 2, 16, 16, generator=g),
        views=("axial",) * n,
        text=torch.randn(n, 8, 384, generator=g),
        text_known=torch.ones(n, 8, dtype=torch.bool),
        z_scores=torch.randn(n, 5, generator=g),
        known=torch.ones(n, 5, dtype=torch.bool),
        box=torch.rand(n, 9, generator=g),
        structure=torch.arange(n) % 3,
        has_sketch=torch.ones(n, dtype=torch.bool),
    )


@pytest.fixture(scope="module")
def encoder() -> ConditionEncoder:
    torch.manual_seed(0)
    return ConditionEncoder(CONFIG).eval()


@torch.no_grad()
def test_shapes(encoder: ConditionEncoder) -> None:
    out = encoder(some_batch(3))
    assert out.tokens.shape == (3, 4 + 2 + 5, 16)
    assert out.spatial is not None
    assert out.spatial.shape == (3, CONFIG.spatial_channels, 8, 8, 8)


@torch.no_grad()
@pytest.mark.parametrize(
    "change",
    [
        {"pictures": torch.zeros(2, 2, 128, 128)},
        {"lifted": torch.zeros(2, 2, 16, 16)},
        {"text": torch.zeros(2, 8, 384)},
        {"z_scores": torch.zeros(2, 5)},
        {"known": torch.zeros(2, 5, dtype=torch.bool)},
        {"box": torch.full((2, 9), float("nan"))},
        {"structure": torch.tensor([2, 2])},
        {"views": ("coronal", "coronal")},
        {"has_sketch": torch.zeros(2, dtype=torch.bool)},
    ],
)
def test_every_condition_changes_something(encoder: ConditionEncoder, change: dict) -> None:
    batch = some_batch()
    first, second = encoder(batch), encoder(replace(batch, **change))
    same_tokens = torch.allclose(first.tokens, second.tokens, atol=1e-6)
    assert not (same_tokens and torch.allclose(first.spatial, second.spatial, atol=1e-6))


@torch.no_grad()
def test_dropped_conditions_leave_no_trace(encoder: ConditionEncoder) -> None:
    first, second = some_batch(seed=1), some_batch(seed=2)
    out = [encoder(batch.unconditional()) for batch in (first, second)]
    assert torch.allclose(out[0].tokens, out[1].tokens, atol=1e-6)
    assert torch.equal(out[0].spatial, out[1].spatial)
    assert not out[0].spatial.isnan().any()


@torch.no_grad()
def test_a_batch_of_two_is_two_batches_of_one(encoder: ConditionEncoder) -> None:
    a, b = some_batch(1, seed=3), some_batch(1, seed=4)
    joined = encoder(join_batches(a, b))
    torch.testing.assert_close(joined.tokens[0], encoder(a).tokens[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(joined.tokens[1], encoder(b).tokens[0], atol=1e-5, rtol=1e-4)


def test_every_weight_gets_a_gradient() -> None:
    torch.manual_seed(0)
    encoder = ConditionEncoder(CONFIG)
    batch = some_batch(4)
    some = torch.tensor([True, True, False, False])
    batch = batch.without(sketch=some, numbers=~some, words=some)
    out = encoder(batch)
    (out.tokens.square().sum() + out.spatial.sum()).backward()
    missing = [name for name, p in encoder.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert missing == []


def test_routing_is_a_mean_of_agreeing_votes() -> None:
    routing = AttentionRouting(types=2, in_dim=4, out_capsules=3, out_dim=5)
    primary = squash(torch.randn(2, 2 * 6, 4))
    out = routing(primary)
    assert out.shape == (2, 3, 5)
    assert (out.norm(dim=-1) < 1).all()
    shuffled = primary.reshape(2, 2, 6, 4)[:, :, torch.randperm(6)].reshape(2, 12, 4)
    torch.testing.assert_close(routing(shuffled), out, atol=1e-5, rtol=1e-4)


def test_scaler_knows_what_it_was_told() -> None:
    scaler = NumberScaler.fit(
        ("volume_ml", "sphericity"),
        frozenset({"volume_ml"}),
        {"liver": [{"volume_ml": v, "sphericity": s} for v, s in ((1000, 0.6), (2000, 0.7), (4000, 0.8))]},
    )
    again = NumberScaler.from_dict(scaler.to_dict())
    for one in (scaler, again):
        z, known = one.z_scores("liver", {"volume_ml": 2000.0})
        assert z[0] == pytest.approx(0.0, abs=1e-6)
        assert known.tolist() == [True, False]
        assert z[1] == 0.0
    z, known = scaler.z_scores("spleen", {"volume_ml": 2000.0})
    assert not known.any()
    assert np.isfinite(z).all()


def test_pictures_must_divide_into_cells() -> None:
    with pytest.raises(ConfigError, match="multiple"):
        ConditionerConfig(cells=16, picture_pixels=40)
