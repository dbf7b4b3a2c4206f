"""The memory that a job needs and that there is, and the plans to try when that is too little."""

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
    """The memory that a model takes.

    Args:
        mask_mb: Megabytes of the weights of the mask stage, as float32.
        volume_mb: Megabytes of the weights of the volume stage; 0 where no volume is wanted.
        voxels: The edge of the larger cube that is generated, in voxels.
    """

    mask_mb: float
    volume_mb: float
    voxels: int


@dataclass(frozen=True)
class MemoryPlan:
    """The device and the batch of a job, and whether networks are offloaded.

    Args:
        device: cpu or cuda:N.
        batch: The number of samples at once.
        offload: Whether the networks of one stage leave memory before the next.
    """

    device: str
    batch: int
    offload: bool = False

    def need_mb(self, model: Footprint) -> float:
        """The estimated memory in MB beyond what the process holds with nothing loaded."""
        stages = (model.mask_mb, model.volume_mb)
        weights = max(stages) if self.offload else sum(stages)
        output = OUTPUT_MB if self.device == "cpu" else 0.0
        return output + weights + self.batch * SAMPLE_BYTES_PER_VOXEL * model.voxels**3 / 1e6

    def event(self, need_mb: float, free_mb: float | None, reason: str = "") -> Planned:
        """The plan as an event, with what it needs and what there is."""
        return Planned(
            device=self.device,
            batch=self.batch,
            offload=self.offload,
            need_mb=round(need_mb, 1),
            free_mb=None if free_mb is None else round(free_mb, 1),
            reason=reason,
        )


def ladder(device: str, batch: int) -> tuple[MemoryPlan, ...]:
    """The plans from the largest down: fewer samples at once, then offloading, then the CPU."""
    first = MemoryPlan(device, batch)
    plans = [first]
    while plans[-1].batch > 1:
        plans.append(replace(first, batch=plans[-1].batch // 2))
    plans.append(MemoryPlan(device, 1, offload=True))
    if device != "cpu":
        plans += [MemoryPlan("cpu", 1), MemoryPlan("cpu", 1, offload=True)]
    return tuple(plans)


def free_memory_mb(device: str, cap_mb: float | None = None, used_mb: float = 0.0) -> float | None:
    """The memory in MB that a job may take on its device, within the bounds of a container; None if unknown.

    Args:
        device: cpu or cuda:N.
        cap_mb: The most that the service may use in all.
        used_mb: What the service uses of that.
    """
    free_mb = _gpu_mb(device) if device.startswith("cuda") else _machine_mb()
    if cap_mb is None:
        return free_mb
    return cap_mb - used_mb if free_mb is None else min(free_mb, cap_mb - used_mb)


def used_memory_mb() -> float:
    """The resident memory of this process in MB; 0 where the system does not tell."""
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
    return min((mb for mb in (_meminfo_mb(), _cgroup_mb(), _windows_mb()) if mb is not None), default=None)


def _meminfo_mb() -> float | None:
    """The memory that Linux can give without swapping."""
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return None if kilobytes is None else int(kilobytes) * 1024 / 1e6


def _cgroup_mb() -> float | None:
    """The limit of the container (cgroup version 2, else 1), less what is in use and cannot be dropped."""
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

    class MemoryStatus(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong) for name in ("total", "free", "page_total", "page_free", "v", "vf", "ve")
        ]

    status = MemoryStatus(length=ctypes.sizeof(MemoryStatus))
    return status.free / 1e6 if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else None
