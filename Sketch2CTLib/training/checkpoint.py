"""Checkpoint and curve of a run: written whole or not at all, read again by whatever number of processes."""

from __future__ import annotations

import csv
import errno
import os
import pickle
from pathlib import Path
from typing import Any

import torch

from ..atomic import written_beside
from ..errors import WeightsError

_CHECKPOINT = "checkpoint.pt"
_COLUMNS = ("step", "split", "name", "value")
_DAMAGED = (RuntimeError, KeyError, EOFError, ValueError, OSError, TypeError, AttributeError, pickle.UnpicklingError)


def spent_seconds(folder: Path) -> float:
    """What the run in `folder` took until its last checkpoint; 0 without one."""
    path = folder / _CHECKPOINT
    return float(_read_checkpoint(path)["seconds"]) if path.is_file() else 0.0


def _read_checkpoint(path: Path) -> dict[str, Any]:
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        return saved | {"step": int(saved["step"]), "seconds": float(saved["seconds"])}
    except _DAMAGED as error:
        raise _not_resumable(path, error) from error


def _not_resumable(path: Path, error: Exception) -> WeightsError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return WeightsError(
        f"The checkpoint '{path}' cannot be resumed ({reason}).",
        hint="Remove it to start again, or name another --out.",
    )


class RunState:
    """Checkpoint and curve of a run."""

    def __init__(self, folder: Path, parts: dict[str, Any]) -> None:
        self.folder, self.parts = folder, parts
        self.path, self.curve = folder / _CHECKPOINT, folder / "curve.csv"

    def load(self) -> tuple[int, float, dict[str, Any] | None]:
        """Step, seconds and course of the last checkpoint, (0, 0, None) without one."""
        if not self.path.is_file():
            return 0, 0.0, None
        saved = _read_checkpoint(self.path)
        try:
            for name, part in self.parts.items():
                part.load_state_dict(saved[name])
        except _DAMAGED as error:
            raise _not_resumable(self.path, error) from error
        return saved["step"], saved["seconds"], saved.get("course")

    def save(self, step: int, seconds: float, course: dict[str, Any] | None) -> None:
        """Writes beside and renames, so that a kill never leaves half a checkpoint."""
        payload = {name: part.state_dict() for name, part in self.parts.items()}
        with written_beside(self.path) as beside:
            try:
                torch.save(payload | {"step": step, "seconds": seconds, "course": course}, beside)
            except RuntimeError as error:  # how torch tells that a write fell short
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error

    def log(self, row: dict[str, Any]) -> None:
        """Appends long-format rows: step, split, name, value."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = not self.curve.exists()
        with self.curve.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            if fresh:
                writer.writerow(_COLUMNS)
            for name, value in row.items():
                if name not in ("step", "split"):
                    writer.writerow((row["step"], row["split"], name, repr(value)))

    def cut_curve(self, step: int) -> None:
        """Takes from the curve what lies beyond a step, as a killed run leaves it."""
        if not self.curve.is_file():
            return
        with self.curve.open(newline="", encoding="utf-8", errors="replace") as stream:
            rows = [row for row in csv.reader(line.replace("\0", "") for line in stream) if len(row) == len(_COLUMNS)]
        kept = [_COLUMNS, *(row for row in rows if row[0].isdigit() and int(row[0]) <= step)]
        with written_beside(self.curve) as beside, beside.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(kept)
