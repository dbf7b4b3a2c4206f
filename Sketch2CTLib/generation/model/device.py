"""Which device runs the networks."""

from __future__ import annotations

import re

import torch

from ...errors import ConfigError

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
