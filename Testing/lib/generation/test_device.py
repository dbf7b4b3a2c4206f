"""Networks run in half precision only where the hardware multiplies it."""

from __future__ import annotations

import pytest
import torch

from Sketch2CTLib.generation.model import device


@pytest.mark.parametrize(
    ("has", "dtype", "name"), [(True, torch.bfloat16, "bf16-mixed"), (False, torch.float32, "32-true")]
)
def test_a_processor_without_bfloat16_computes_in_float32(
    has: bool, dtype: torch.dtype, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: has, raising=False)
    layer = torch.nn.Linear(4, 4)
    with device.autocast("cpu"):
        assert layer(torch.ones(1, 4)).dtype == dtype
    assert device.training_precision("cpu") == name


def test_half_precision_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "multiplies_bf16", lambda device: True)
    with device.autocast("cpu", enabled=False):
        assert torch.nn.Linear(4, 4)(torch.ones(1, 4)).dtype == torch.float32


def test_an_older_torch_is_judged_by_its_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None, raising=False)
    for capability, expected in (("AVX2", False), ("DEFAULT", False), ("AVX512", True)):
        monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda told=capability: told)
        assert device.multiplies_bf16("cpu") is expected
