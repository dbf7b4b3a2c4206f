"""In which precision networks run: bfloat16 where the hardware multiplies it, float32 elsewhere.

A processor without instructions for bfloat16 (AVX2 alone: most laptops) takes two hundred times as long for a
convolution in it as in float32.
"""

from __future__ import annotations

import torch

MIXED, WHOLE = "bf16-mixed", "32-true"  # as Lightning Fabric names them


def multiplies_bf16(device: torch.device | str) -> bool:
    """Whether a device has instructions for bfloat16; not taken for granted of others than CUDA and processors."""
    kind = torch.device(device)
    if kind.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if kind.type != "cpu":
        return False
    told = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return bool(told()) if told else torch.backends.cpu.get_cpu_capability() not in ("AVX2", "DEFAULT")


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
