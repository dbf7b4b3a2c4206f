"""A scene of slicer-core for every test, and results as a generation writes them; left out where it cannot load."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

MISSING = ""
try:
    import slicer_core_app

    slicer_core_app.start()
except ImportError as error:  # a library of the system, or the package of the extra 'test'
    MISSING = str(error)
    collect_ignore_glob = ["test_*.py"]


def pytest_terminal_summary(terminalreporter):
    if MISSING:
        terminalreporter.write_line(
            f"NOT RUN: the tests on Slicer's scene, Testing/slicer ({MISSING}). On Debian: apt install libgl1 libegl1.",
            yellow=True,
        )


@pytest.fixture
def scene():
    yield slicer_core_app.fresh_scene()
    slicer_core_app.fresh_scene()


@pytest.fixture
def result(tmp_path):
    """A liver result of two candidates in a folder."""
    import slicer_bodies

    return slicer_bodies.write_result(tmp_path / "result", structure="liver", candidates=2)
