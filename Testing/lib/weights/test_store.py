"""Model folders: fp16 round trips, and every kind of damage named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from Sketch2CTLib.errors import WeightsError
from Sketch2CTLib.weights import ModelFolder, find_models


@pytest.fixture
def saved(tmp_path: Path) -> ModelFolder:
    folder = ModelFolder(tmp_path / "tiny")
    folder.save_component("net", nn.Linear(3, 4), {"in": 3}, {"steps": 7}, preset="small", extras={"scale": 0.5})
    return folder


def test_round_trip_in_half_precision(saved: ModelFolder) -> None:
    net = nn.Linear(3, 4)
    saved.load_into("net", net)
    again = saved.load_state("net")
    assert torch.equal(net.weight, again["weight"])
    assert torch.equal(net.weight, net.weight.half().float())
    index = saved.index()
    assert index["preset"] == "small"
    assert index["components"]["net"]["provenance"] == {"steps": 7}
    assert index["extras"] == {"scale": 0.5}
    assert [m.folder for m in find_models(saved.folder.parent)] == [saved.folder]


def test_a_second_component_keeps_the_first(saved: ModelFolder) -> None:
    saved.save_component("other", nn.Linear(1, 1), {}, {}, preset="small", extras={"more": 1})
    assert set(saved.hashes()) == {"net", "other"}
    assert saved.index()["extras"] == {"scale": 0.5, "more": 1}


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_damaged_weights_are_named(saved: ModelFolder, damage: str) -> None:
    path = saved.folder / "net.safetensors"
    if damage == "remove":
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[-1] ^= 0xFF
        path.write_bytes(data if damage == "flip" else data[:-5])
    with pytest.raises(WeightsError, match=r"net\.safetensors"):
        saved.load_state("net")


def test_weights_of_another_shape_are_refused(saved: ModelFolder) -> None:
    with pytest.raises(WeightsError, match="do not fit"):
        saved.load_into("net", nn.Linear(3, 5))


@pytest.mark.parametrize("content", ["", "{", json.dumps({"format": "else"}), json.dumps([1])])
def test_a_broken_index_is_named(saved: ModelFolder, content: str) -> None:
    (saved.folder / "model.json").write_text(content)
    with pytest.raises(WeightsError):
        saved.index()


def test_unknown_component_lists_the_known(saved: ModelFolder) -> None:
    with pytest.raises(WeightsError, match="It holds: net"):
        saved.load_state("nothing")


def test_eight_bits_are_half_the_size_and_hardly_change_the_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv3d(16, 32, 3), nn.Linear(8, 8), nn.BatchNorm1d(8))
    with torch.no_grad():
        network[0].weight *= torch.logspace(-4, 0, 32).view(-1, 1, 1, 1, 1)  # channels of very different size
        network[0].weight[3] = 0
    folder = ModelFolder(tmp_path)
    whole = folder.save_component("net", network, {"a": 1}, {"steps": 2}, preset="small").stat().st_size
    before = folder.load_state("net")
    assert folder.compact("net").stat().st_size < 0.6 * whole
    entry, after = folder.component("net"), folder.load_state("net")
    assert (entry["bits"], entry["config"], entry["provenance"]) == (8, {"a": 1}, {"steps": 2})
    assert after.keys() == before.keys()
    for key, value in before.items():
        assert after[key].shape == value.shape and after[key].dtype == value.dtype
        most = value.abs().flatten(1).amax(1) if value.ndim > 1 else value.abs()
        apart = (after[key] - value).abs()
        apart = apart.flatten(1).amax(1) if value.ndim > 1 else apart
        assert bool((apart <= most / 127 * 0.51 + 1e-6).all()), key
    folder.load_into("net", network)
    assert folder.compact("net").stat().st_size < 0.6 * whole, "again and again"
    with pytest.raises(WeightsError, match="has no 'other'"):
        folder.compact("other")
