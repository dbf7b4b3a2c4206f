"""A scene of slicer-core for every test, and results as a generation writes them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import slicer_core_app

slicer_core_app.start()


@pytest.fixture
def scene():
    yield slicer_core_app.fresh_scene()
    slicer_core_app.fresh_scene()


@pytest.fixture
def result(tmp_path):
    """A liver result of two candidates in a folder."""
    import slicer_bodies

    return slicer_bodies.write_result(tmp_path / "result", structure="liver", candidates=2)
