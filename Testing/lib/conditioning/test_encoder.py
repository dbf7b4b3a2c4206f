"""The condition encoder: every condition matters, dropped ones do not, tokens form a sequence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from Sketch2CTLib.conditioning import ConditionBatch, ConditionEncoder, ConditionerConfig, ConditionTokens
from Sketch2CTLib.conditioning.encoder import VIEW_NAMES, join_batches
from Sketch2CTLib.conditioning.fusion import AttentionRouting, squash
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
TWO = replace(CONFIG, sketches=2, lift_width=6, coordinates=True, pooled_dim=12)
CONTOURS = replace(TWO, contour_parts=2)


def some_batch(n: int = 2, seed: int = 0, sketches: int = 1) -> ConditionBatch:
    g = torch.Generator().manual_seed(seed)
    return ConditionBatch(
        pictures=torch.randn(n, sketches, 2, 128, 128, generator=g),
        lifted=torch.randn(n, sketches, 2, 16, 16, generator=g),
        views=torch.arange(sketches).expand(n, -1),
        text=torch.randn(n, 8, 384, generator=g),
        text_known=torch.ones(n, 8, dtype=torch.bool),
        z_scores=torch.randn(n, 5, generator=g),
        known=torch.ones(n, 5, dtype=torch.bool),
        box=torch.rand(n, 9, generator=g),
        structure=torch.arange(n) % 3,
        has_sketch=torch.ones(n, sketches, dtype=torch.bool),
        contours=torch.randn(n, 2, 16, 16, 16, generator=g),
    )


def same(first: ConditionTokens, second: ConditionTokens) -> bool:
    pairs = zip(vars(first).values(), vars(second).values(), strict=True)
    return all(a is b or torch.allclose(a, b, atol=1e-6) for a, b in pairs)


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


@pytest.fixture(scope="module", params=[1, 2])
def any_encoder(request: pytest.FixtureRequest) -> ConditionEncoder:
    torch.manual_seed(0)
    return ConditionEncoder(CONFIG if request.param == 1 else TWO).eval()


CHANGES = {
    "pictures": torch.zeros_like,
    "lifted": torch.zeros_like,
    "text": torch.zeros_like,
    "z_scores": torch.zeros_like,
    "known": torch.zeros_like,
    "box": lambda value: torch.full_like(value, float("nan")),
    "structure": lambda value: torch.full_like(value, 2),
    "views": lambda value: (value + 1) % len(VIEW_NAMES),
    "has_sketch": torch.zeros_like,
}


@torch.no_grad()
@pytest.mark.parametrize("name", CHANGES)
def test_every_condition_changes_something(any_encoder: ConditionEncoder, name: str) -> None:
    batch = some_batch(sketches=any_encoder.config.sketches)
    changed = replace(batch, **{name: CHANGES[name](getattr(batch, name))})
    assert not same(any_encoder(batch), any_encoder(changed))


@torch.no_grad()
def test_dropped_conditions_leave_no_trace(any_encoder: ConditionEncoder) -> None:
    batches = [some_batch(seed=seed, sketches=any_encoder.config.sketches) for seed in (1, 2)]
    out = [any_encoder(batch.lacking("sketch", "numbers", "words")) for batch in batches]
    assert same(*out)
    assert not any(part.isnan().any() for part in vars(out[0]).values() if part is not None)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["sketch", "numbers", "words"])
def test_one_kind_can_be_lacking_alone(any_encoder: ConditionEncoder, kind: str) -> None:
    batch = some_batch(sketches=any_encoder.config.sketches)
    told = {"sketch": "pictures", "numbers": "z_scores", "words": "text"}
    for other, name in told.items():
        changed = replace(batch, **{name: torch.zeros_like(getattr(batch, name))})
        gone = same(any_encoder(batch.lacking(kind)), any_encoder(changed.lacking(kind)))
        assert gone == (other == kind), other


@torch.no_grad()
def test_a_batch_of_two_is_two_batches_of_one(any_encoder: ConditionEncoder) -> None:
    a, b = (some_batch(1, seed, any_encoder.config.sketches) for seed in (3, 4))
    joined = any_encoder(join_batches([a, b]))
    for row, one in enumerate((a, b)):
        for part, whole in zip(vars(any_encoder(one)).values(), vars(joined).values(), strict=True):
            if part is not None:
                torch.testing.assert_close(whole[row], part[0], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_the_order_of_two_sketches_does_not_matter_in_space() -> None:
    torch.manual_seed(0)
    encoder = ConditionEncoder(TWO).eval()
    batch = some_batch(sketches=2)
    turned = {name: getattr(batch, name).flip(1) for name in ("pictures", "lifted", "views", "has_sketch")}
    out = [encoder(one).spatial for one in (batch, replace(batch, **turned))]
    torch.testing.assert_close(*out)


@torch.no_grad()
def test_a_missing_second_sketch_leaves_the_first_alone() -> None:
    torch.manual_seed(0)
    encoder = ConditionEncoder(TWO).eval()
    first, second = some_batch(seed=1, sketches=2), some_batch(seed=2, sketches=2)
    hidden = torch.tensor([[True, False], [True, False]])
    mixed = replace(first, pictures=first.pictures.clone(), lifted=first.lifted.clone(), has_sketch=hidden)
    mixed.pictures[:, 1], mixed.lifted[:, 1] = second.pictures[:, 1], second.lifted[:, 1]
    assert same(encoder(replace(first, has_sketch=hidden)), encoder(mixed))


@pytest.mark.parametrize("config", [CONFIG, TWO])
def test_every_weight_gets_a_gradient(config: ConditionerConfig) -> None:
    torch.manual_seed(0)
    encoder = ConditionEncoder(config)
    some = torch.tensor([True, True, False, False])
    batch = some_batch(4, sketches=config.sketches).without(sketch=some, numbers=~some, words=some)
    batch = replace(batch, views=torch.tensor([[0, 1], [1, 2], [2, 0], [0, 2]])[:, : config.sketches])
    out = encoder(batch)
    sum(part.square().sum() for part in vars(out).values() if part is not None).backward()
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
    with pytest.raises(ConfigError, match="lift width"):
        ConditionerConfig(sketches=2, lifted_sketch=True)


@torch.no_grad()
def test_contours_change_the_spatial_channels_alone_and_go_with_the_sketches() -> None:
    torch.manual_seed(0)
    encoder = ConditionEncoder(CONTOURS).eval()
    batch = some_batch(sketches=2)
    out = encoder(batch)
    assert out.spatial.shape[1] == CONTOURS.spatial_channels == TWO.spatial_channels + 16
    other = encoder(replace(batch, contours=-batch.contours))
    assert torch.equal(out.tokens, other.tokens) and not torch.allclose(out.spatial, other.spatial)
    assert torch.equal(out.spatial[:, :-16], other.spatial[:, :-16])
    dropped = batch.lacking("sketch")
    assert not dropped.contours.any() and not dropped.has_sketch.any()
