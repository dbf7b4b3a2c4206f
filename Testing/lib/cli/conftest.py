"""Shared by the tests of the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from painting_models import add_layouts, add_painter

from Sketch2CTLib.weights import ModelFolder


@pytest.fixture(scope="module")
def models(run_dir: Path) -> str:
    from tiny import tiny_preset

    tiny_preset()
    return str(run_dir / "models")


@pytest.fixture(scope="module")
def painting(models: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tiny model, with a layout stage and a painter."""
    folder = tmp_path_factory.mktemp("painting") / "models"
    shutil.copytree(models, folder)
    for add in (add_layouts, add_painter):
        add(ModelFolder(folder))
    return str(folder)
