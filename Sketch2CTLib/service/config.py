"""The configuration of a service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError


@dataclass(frozen=True)
class EngineConfig:
    """The configuration of a service.

    Args:
        folder: Holds the results, each job's in a folder of its own; None makes one.
        clean: Whether the folder is removed at the end; one that was made always is.
        preset, models, device: The weights (a shipped preset or a folder) and the device where a request names none.
        queue_limit: The most jobs that may wait; more are answered `busy`.
        keep: The most finished jobs that are kept; the oldest are forgotten with their files. None keeps all, for a
            caller that forgets them itself.
        memory_mb: The memory that may be used, where less than the machine has.

    Raises:
        ConfigError: A number is out of range.
    """

    folder: Path | None = None
    preset: str = ""
    models: Path | None = None
    device: str = "auto"
    queue_limit: int = 32
    keep: int | None = 32
    memory_mb: float | None = None
    clean: bool = False

    def __post_init__(self) -> None:
        if self.queue_limit < 0 or (self.keep is not None and self.keep < 1):
            raise ConfigError(f"A queue of {self.queue_limit} jobs that keeps {self.keep} cannot be.")
        if self.memory_mb is not None and not self.memory_mb > 0:
            raise ConfigError(f"The memory must be more than 0 MB, got {self.memory_mb}.")
