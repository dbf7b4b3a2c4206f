"""What the `sketch2ct evaluate` commands share: structures by name, a progress bar, the model that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..evaluation.volumes.downstream import Fit
    from ..weights import ModelFolder

PRESET = "default"
TABLE_WIDTH = 200


def names_of(structures: str) -> tuple[str, ...]:
    """'liver, aorta' → catalog names."""
    from ..catalog import structure

    return tuple(structure(name).name for name in structures.split(",") if name.strip())


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal, told (done, all, case); nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title)
        yield lambda at, of, case: bar.update(task, completed=at, total=of, description=case)


def model_of(models: Path | None, preset: str | None) -> ModelFolder:
    """The model asked for; without a choice the default preset.

    Raises:
        WeightsError: There are no weights of it.
    """
    from ..generation.model.loaded import find_model

    return find_model(models, preset or PRESET)


def seeds_of(text: str) -> tuple[int, ...]:
    """'1,2,3' → (1, 2, 3)."""
    from ..errors import ConfigError

    try:
        return tuple(int(seed) for seed in text.split(",") if seed.strip())
    except ValueError as error:
        raise ConfigError(f"'{text}' are no seeds.", hint="Write whole numbers, 1,2,3.") from error


def little_training(steps: int, batch: int, device: str) -> tuple[Callable[[Path], Fit], dict[str, Any]]:
    """How the downstream study trains segmenters in a folder, and that as JSON values."""
    from dataclasses import asdict

    from ..training.pace import LoopConfig
    from ..training.segmenter import LITTLE, little_fit

    loop = LoopConfig(steps, batch=batch, lr=4e-3, warmup=20, ema=0.98, device=device)
    told = {"steps": steps, "batch": batch, "lr": loop.lr, "shape": asdict(LITTLE)}
    return lambda folder: little_fit(folder, loop), told
