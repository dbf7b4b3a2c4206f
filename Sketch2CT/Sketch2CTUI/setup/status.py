"""Sentences of the setup panel about the machine and its device."""

from __future__ import annotations

import html

from .machine import in_words


def facts_text(status) -> str:
    """Versions, disk, memory and graphics card as rich text, one fact a line."""
    machine, torch = status.machine, status.torch
    slicer = machine.slicer or "not running inside Slicer"
    build = f"{torch.version}, {status.build}" if torch.version else "not installed"
    facts = (
        ("Sketch2CT", status.library),
        ("Slicer", slicer),
        ("Python", machine.python),
        ("PyTorch", build),
        ("Free disk", in_words(machine.disk_free_mb)),
        ("Free memory", in_words(machine.memory_free_mb)),
        ("Graphics card", machine.gpu or "none that PyTorch can use was found"),
    )
    rows = "".join(
        f"<tr><td>{name}:&nbsp;</td><td>{html.escape(value, quote=False)}</td></tr>" for name, value in facts
    )
    return f"<table>{rows}</table>"


def device_sentence(answer, gpu: str) -> tuple[str, bool]:
    """What the worker's answer says of its device, and whether that is as it should be.

    Args:
        answer: The fields or the event of `loaded`, `planned`, `state` or `ready`; may hold device, device_name,
            free_mb, seconds, tool_version.
        gpu: What the machine has, see `machine.graphics_card`.
    """
    told = answer if isinstance(answer, dict) else {name: getattr(answer, name, None) for name in _FIELDS}
    device = str(told.get("device") or "")
    if not device:
        version = str(told.get("tool_version") or "")
        return f"The worker answers{f' (Sketch2CT {version})' if version else ''}.", True
    named = f"{device} ({told['device_name']})" if told.get("device_name") else device
    free, seconds = told.get("free_mb"), told.get("seconds")
    more = f", {in_words(free)} free" if isinstance(free, int | float) else ""
    more += f", ready in {seconds:.1f} s" if isinstance(seconds, int | float) and seconds else ""
    if device == "cpu":
        if gpu == "NVIDIA driver":
            return "The worker computes on the processor although an NVIDIA card is there: click 'Repair'.", False
        return f"The worker computes on the processor{more}.", True
    return f"The worker computes on {named}{more}.", True


_FIELDS = ("device", "device_name", "free_mb", "seconds", "tool_version")
