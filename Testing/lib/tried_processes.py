"""What the processes of a training do in tests; functions of a module, so that they can be started anew."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import torch
from tiny import tiny_preset, tiny_request

from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.training.pace import LoopConfig
from Sketch2CTLib.training.processes import barrier, count, first_alone, is_first, joined, rank, together
from Sketch2CTLib.training.run import train

STEPS = 6


def losses(data: Path, out: Path, stage: str, *, calls: int = 1, **loop: object) -> list[float]:
    """The losses of a stage, step by step, as this process hears them; in so many calls of one step, if several."""
    told: list[float] = []

    def heard(part: str, step: int, of: int | None, text: str) -> None:
        if text.startswith("loss"):
            told.append(float(text.split()[1]))

    if calls > 1:
        loop |= {"budget_s": 0.0}  # it stops after a step
    settings = {"batch": 4, "lr": 3e-3, "devices": count_asked()} | loop
    for _ in range(calls):
        train(tiny_request(stage, data, out, STEPS, **settings), progress=heard)
    return told


def count_asked() -> int:
    """How many processes there are, before they are joined."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def begun(run: Path, out: Path) -> Path:
    """A run folder with a corpus and the models of all stages."""
    for part in ("corpus", "models"):
        shutil.copytree(run / part, out / part)
    return out


def trained(data: str, run: str, out: str, stages: list[str], again: str) -> None:
    """Trains all stages, and one stage in parts; the first process writes the losses that it hears."""
    torch.set_num_threads(1)
    tiny_preset()
    joined(LoopConfig(STEPS, device="cpu", devices=count_asked()))
    folders = {name: Path(out) / name for name in ("whole", "undivided", "parted", "changed")}
    with first_alone():
        if is_first():
            for folder in folders.values():
                begun(Path(run), folder)
    heard = {stage: losses(Path(data), folders["whole"], stage) for stage in stages}
    heard["undivided"] = losses(Path(data), folders["undivided"], again)
    heard["parted"] = losses(Path(data), folders["parted"], again, calls=STEPS)
    heard["changed"] = losses(Path(data), folders["changed"], again, calls=STEPS // 2)
    (Path(out) / f"heard-{rank()}.json").write_text(json.dumps(heard))
    print(f"process {rank()} of {count()}")


def lost() -> None:
    """The second process is killed, while the first waits for it."""
    joined(LoopConfig(STEPS, device="cpu", devices=count_asked()))
    if rank() == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    with together():
        barrier()


def refused() -> None:
    """The second process refuses something."""
    joined(LoopConfig(STEPS, device="cpu", devices=count_asked()))
    if rank() == 1:
        raise ConfigError("A wrong thing.", hint="Mend it.")
    with together():
        barrier()
