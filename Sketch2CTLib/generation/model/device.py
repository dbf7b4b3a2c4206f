"""Which device runs the networks, and in which precision: bfloat16 where the hardware multiplies it, float32 elsewhere.

A processor without instructions for bfloat16 (AVX2 alone: most laptops) takes two hundred times as long for a
convolution in it as in float32.
"""

from __future__ import annotations

import re

import torch

from ...errors import ConfigError

MIXED, WHOLE = "bf16-mixed", "32-true"  # as Lightning Fabric names them
_DEVICE = re.compile(r"cpu|cuda(:\d{1,3})?|mps")


def torch_device(name: str) -> torch.device:
    """auto, cpu, cuda, cuda:N or mps as a device; auto takes the fastest that is there.

    Raises:
        ConfigError: It is none of them, or not on this machine.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if has_mps() else "cpu")
    if _DEVICE.fullmatch(name) is None:
        raise ConfigError(f"Unknown device '{name[:40]}'.", hint="Choose auto, cpu, cuda, cuda:N or mps.")
    kind, _, number = name.partition(":")
    missing = (kind == "cuda" and int(number or 0) >= torch.cuda.device_count()) or (kind == "mps" and not has_mps())
    if missing:
        raise ConfigError(f"The device '{name}' is not on this machine.", hint="Choose --device auto or cpu.")
    return torch.device(name)


def has_mps() -> bool:
    """Whether Apple's graphics processor is there and this torch can use it."""
    return bool(torch.backends.mps.is_available())


def multiplies_bf16(device: torch.device | str) -> bool:
    """Whether a device has instructions for bfloat16; not taken for granted of others than CUDA and processors."""
    kind = torch.device(device)
    if kind.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if kind.type != "cpu":
        return False
    supported = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return bool(supported()) if supported else torch.backends.cpu.get_cpu_capability() not in ("AVX2", "DEFAULT")


def autocast(device: torch.device | str, *, enabled: bool = True) -> torch.autocast:
    """The precision in which networks run on a device.

    Args:
        device: cpu, cuda, cuda:N or a torch device.
        enabled: False for float32 wherever it runs.
    """
    kind = torch.device(device)
    return torch.autocast(kind.type, dtype=torch.bfloat16, enabled=enabled and multiplies_bf16(kind))


def training_precision(device: torch.device | str) -> str:
    """The precision in which networks are trained on a device, as Fabric names it."""
    return MIXED if multiplies_bf16(device) else WHOLE
