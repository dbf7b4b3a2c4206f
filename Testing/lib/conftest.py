"""One prepared folder and one tiny run for all rooms, made once for all processes of a run, on demand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first process to ask for it fills, and the others wait for; nobody writes into it later."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    finished = folder.with_suffix(".finished")
    with FileLock(folder.with_suffix(".lock")):
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            finished.touch()
    return folder


@pytest.fixture(scope="session")
def prepared_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tiny import prepared_folder  # imports torch, which light rooms' tests do without

    return made_once(tmp_path_factory, "tiny", prepared_folder) / "prepared"


@pytest.fixture(scope="session")
def run_dir(prepared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tiny import tiny_model, tiny_preset

    tiny_preset()  # known to every process, whichever of them trains
    return made_once(tmp_path_factory, "tiny_run", lambda out: tiny_model(prepared_dir, out))


class Bright:
    """Finds as a segmenter would whatever is brighter than soft tissue."""

    def knows(self, structure: str, modality: str) -> bool:
        return True

    def find(self, image, structure):
        return image.values > 100


@pytest.fixture
def quick_segmenter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Volumes are checked in no time; the shipped segmenter takes longer than all of a tiny model's networks."""
    for user in ("run", "organs.run"):
        monkeypatch.setattr(f"Sketch2CTLib.generation.{user}.shipped_segmenter", lambda device: Bright())
