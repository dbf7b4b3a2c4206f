"""Where Qt or Slicer's scene cannot be loaded, the panels' tests are left out, and the summary says so."""

import pytest

MISSING = ""
try:
    import slicer_model

    slicer_model.install()
except ImportError as error:  # a library of the system, such as libEGL.so.1, or the packages of the extra 'test'
    MISSING = str(error)
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def bench():
    """A backend on a worker whose jobs are scripted."""
    from backend_runs import Bench

    made = Bench()
    yield made
    made.stop()


def pytest_terminal_summary(terminalreporter):
    if MISSING:
        terminalreporter.write_line(
            f"NOT RUN: the panels' tests, Testing/qt_model ({MISSING}). On Debian: apt install libegl1 libgl1 "
            "libxkbcommon0 libdbus-1-3 libfontconfig1.",
            yellow=True,
        )
