"""What a request costs with the default preset's shapes: evaluations of each network, FLOPs, the largest tensor.

Counted, never timed; limits are what was counted, and a tenth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from Sketch2CTLib.description.merging import description_of_text
from Sketch2CTLib.evaluation.bench import example_request
from Sketch2CTLib.generation.chain import chosen_model, run_chain
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.request import GenerationRequest
from Sketch2CTLib.generation.settings import Settings

STEPS = 4
ROOM = 1.1


@dataclass
class Cost:
    """Calls of each part, giga-FLOPs, and bytes of the largest tensor that an operation made."""

    calls: Counter[str] = field(default_factory=Counter)
    gflop: float = 0.0
    largest_mb: float = 0.0


class _Largest(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        made = function(*arguments, **(keywords or {}))
        if any(returned.alias_info is not None for returned in function._schema.returns):
            return made  # a view, or in place
        for one in made if isinstance(made, tuple | list) else (made,):
            if isinstance(one, torch.Tensor):
                self.bytes = max(self.bytes, one.numel() * one.element_size())
        return made


@contextmanager
def counted(pipeline: Pipeline) -> Iterator[Cost]:
    """Counts what is done with the networks of a pipeline."""
    cost, models = Cost(), pipeline.mask_models
    stage, prior = models.network("mask_diffusion"), models.network("mask_prior")
    parts = {
        "prior": prior.net,
        "prior's conditions": prior.conditioner,
        "mask denoiser": stage.net,
        "volume denoiser": models.network("image_diffusion").net,
        "layout stage": models.network("layout_diffusion").net,
        "painter": models.network("image_painter").net,
    }
    hooks = []
    for name, part in parts.items():
        hooks.append(part.register_forward_pre_hook(lambda *_, name=name: cost.calls.update([name])))
    for name in ("mask_autoencoder", "image_autoencoder"):
        coder = models.network(name)
        for way in ("encode", "decode"):
            _count_calls(coder, way, f"{name} {way}", cost.calls)
    try:
        with _Largest() as largest, FlopCounterMode(display=False) as flops:
            yield cost
    finally:
        for hook in hooks:
            hook.remove()
        for name in ("mask_autoencoder", "image_autoencoder"):
            for way in ("encode", "decode"):
                del models.network(name).__dict__[way]
    cost.gflop, cost.largest_mb = flops.get_total_flops() / 1e9, largest.bytes / 1e6


def _count_calls(owner: Any, method: str, name: str, calls: Counter[str]) -> None:
    own = getattr(owner, method)

    def counting(*arguments: Any) -> Any:
        calls.update([name])
        return own(*arguments)

    owner.__dict__[method] = counting


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    model = chosen_model(None, "default")
    return Pipeline(model, device="cpu", volumes=model)


def cost_of(pipeline: Pipeline, *, paint: bool = True, **asked: Any) -> Cost:
    drawing = example_request().sketches[0]
    request = GenerationRequest(
        description_of_text("about 1.4 litres, smooth", "liver"),
        [drawing],
        settings=Settings(STEPS, STEPS, paint=paint),
        **asked,
    )
    with counted(pipeline) as cost:
        run_chain(request, pipeline)
    return cost


def test_a_request_evaluates_each_network_as_often_as_it_must(pipeline: Pipeline) -> None:
    cost = cost_of(pipeline, paint=False)
    assert cost.calls == {
        "prior": 1,
        "prior's conditions": 1,
        "volume denoiser": STEPS,
        "mask_autoencoder decode": 2,  # for the stretch of the mean, and the mask
        "mask_autoencoder encode": 2,  # of the stretched mean, and for the volume stage
        "image_autoencoder encode": 1,  # of the painted labels
        "image_autoencoder decode": 1,
    }
    assert 221.1 / ROOM < cost.gflop < 221.1 * ROOM
    assert cost.largest_mb < 16.8 * ROOM  # 128³ voxels in float64


def test_a_painted_ct_evaluates_the_layout_stage_and_the_painter(pipeline: Pipeline) -> None:
    cost = cost_of(pipeline)
    assert cost.calls == {
        "prior": 1,
        "prior's conditions": 1,
        "layout stage": 1,  # its mean
        "painter": 1,
        "mask_autoencoder decode": 2,
        "mask_autoencoder encode": 1,
    }
    assert 444.2 / ROOM < cost.gflop < 444.2 * ROOM
    assert cost.largest_mb < 134.3 * ROOM  # 16 channels of the painter at 128³ voxels


def test_candidates_share_prior_and_conditions(pipeline: Pipeline) -> None:
    cost = cost_of(pipeline, candidates=3, with_volume=False)
    assert cost.calls["prior's conditions"] == 1
    assert cost.calls["mask denoiser"] == 2 * STEPS  # the first is the prior's mean
    assert 217.8 / ROOM < cost.gflop < 217.8 * ROOM
    assert cost.largest_mb < 10.0 * ROOM
