"""How much memory a job may need, how much there is, and what to try when that is too little."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from .protocol.events import Planned

GPU_BATCH = 4  # samples at once, as `Settings.batch` takes by default
OUTPUT_MB = 400.0  # measured on a CPU: masks, distances, report and pictures at 128³, whatever the preset
SAMPLE_BYTES_PER_VOXEL = 130.0  # of the preset's cube, for each sample at once; measured on small, less on default
_MEMINFO, _STATM = Path("/proc/meminfo"), Path("/proc/self/statm")
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Footprint:
    """What a model holds in memory.

    Args:
        mask_mb: Weights of the mask stage, as float32.
        volume_mb: Weights of the volume stage; 0 where none is asked.
        voxels: Edge of the larger cube that is generated.
    """

    mask_mb: float
    volume_mb: float
    voxels: int


@dataclass(frozen=True)
class Plan:
    """How a job is run.

    Args:
        device: cpu or cuda:N.
        batch: Samples at once; None leaves it to the pipeline.
        offload: Whether the networks of one stage leave memory before the next.
    """

    device: str
    batch: int
    offload: bool = False

    def need_mb(self, model: Footprint) -> float:
        """Memory beyond what the process holds with nothing loaded, estimated; see OUTPUT_MB for where from."""
        stages = (model.mask_mb, model.volume_mb)
        weights = max(stages) if self.offload else sum(stages)
        output = OUTPUT_MB if self.device == "cpu" else 0.0
        return output + weights + self.batch * SAMPLE_BYTES_PER_VOXEL * model.voxels**3 / 1e6

    def told(self, need_mb: float, free_mb: float | None, reason: str = "") -> Planned:
        """As an event."""
        return Planned(
            device=self.device,
            batch=self.batch,
            offload=self.offload,
            need_mb=round(need_mb, 1),
            free_mb=None if free_mb is None else round(free_mb, 1),
            reason=reason,
        )


def ladder(device: str, batch: int) -> tuple[Plan, ...]:
    """Plans from the usual one down: fewer samples at once, then offloading, then the CPU."""
    first = Plan(device, batch)
    plans = [first]
    while plans[-1].batch > 1:
        plans.append(replace(first, batch=plans[-1].batch // 2))
    plans.append(Plan(device, 1, offload=True))
    if device != "cpu":
        plans += [Plan("cpu", 1), Plan("cpu", 1, offload=True)]
    return tuple(plans)


def free_memory_mb(device: str, cap_mb: float | None = None, used_mb: float = 0.0) -> float | None:
    """Memory that a job may take: of the GPU, or of the machine and of what confines this process; None if unknown.

    Args:
        device: cpu or cuda:N.
        cap_mb: What the service may use in all; used_mb: what of it is in use.
    """
    found = _gpu_mb(device) if device.startswith("cuda") else _machine_mb()
    if cap_mb is None:
        return found
    left = cap_mb - used_mb
    return left if found is None else min(found, left)


def used_memory_mb() -> float:
    """What this process holds; 0 where that cannot be told."""
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _gpu_mb(device: str) -> float | None:
    import torch

    free, _ = torch.cuda.mem_get_info(torch.device(device))
    reserved = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)  # torch's own, free again
    return (free + reserved) / 1e6


def _machine_mb() -> float | None:
    known = [mb for mb in (_meminfo_mb(), _cgroup_mb(), _windows_mb()) if mb is not None]
    return min(known) if known else None


def _meminfo_mb() -> float | None:
    """What Linux would give without swapping."""
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return None if kilobytes is None else int(kilobytes) * 1024 / 1e6


def _cgroup_mb() -> float | None:
    """What a container leaves: its limit, less what is in use and cannot be dropped (version 2, else 1)."""
    for limit, usage in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            most = (_CGROUP / limit).read_text(encoding="ascii").strip()
            used = int((_CGROUP / usage).read_text(encoding="ascii"))
            stat = (_CGROUP / limit).with_name("memory.stat").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            continue
        if most.isdigit() and int(most) < 2**60:
            cache = int(stat[stat.index("inactive_file") + 1]) if "inactive_file" in stat else 0
            return max(int(most) - used + cache, 0) / 1e6
    return None


def _windows_mb() -> float | None:
    if sys.platform != "win32":
        return None
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong) for name in ("total", "free", "page_total", "page_free", "v", "vf", "ve")
        ]

    status = Status(length=ctypes.sizeof(Status))
    return status.free / 1e6 if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else None
