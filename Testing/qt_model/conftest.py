"""Where Qt or Slicer's scene cannot be loaded, the panels' tests are left out, and the summary says so."""

import gc
import json

import pytest

MISSING = ""
try:
    import slicer_model

    slicer_model.install()
except ImportError as error:  # a library of the system, such as libEGL.so.1, or the packages of the extra 'test'
    MISSING = str(error)
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="module", autouse=True)
def no_collection_while_widgets_are_made(request):
    """Python's collector runs between the files: within PySide6's constructors it has ended the process (abort).

    `test_file_task` tests the collector itself.
    """
    gc.collect()
    if "test_file_task" not in request.module.__name__:
        gc.disable()
    yield
    gc.enable()
    gc.collect()


@pytest.fixture
def bench():
    """A backend on a worker whose jobs are scripted."""
    from backend_runs import Bench

    made = Bench()
    yield made
    made.stop()


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """(the module's widget, its controller, a `FakeBackend`)."""
    from controller_bench import FakeBackend, open_module_on

    backend = FakeBackend()
    widget = open_module_on(backend, monkeypatch, tmp_path)
    yield widget, widget.controller, backend
    widget.cleanup()
    widget.parent.close()
    widget.parent.deleteLater()


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The event of a result of two candidates, whose files are there."""
    import results_on_disk

    return results_on_disk.event(tmp_path_factory.mktemp("result"), candidates=2)


def pytest_terminal_summary(terminalreporter):
    if MISSING:
        terminalreporter.write_line(
            f"NOT RUN: the panels' tests, Testing/qt_model ({MISSING}). On Debian: apt install libegl1 libgl1 "
            "libxkbcommon0 libdbus-1-3 libfontconfig1.",
            yellow=True,
        )


@pytest.fixture
def three_candidates(tmp_path):
    """Three candidates on disk, and the Result event's dict."""
    from test_results_report import report

    reports = [report(), report(volume_ml=1100.0, iou=0.80), report(volume_ml=1560.0, iou=0.95)]
    folders = [".", "candidate_02", "candidate_03"]
    for folder, one in zip(folders, reports, strict=True):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "report.json").write_text(json.dumps(one), encoding="utf-8")
    (tmp_path / "agreement.nrrd").write_bytes(b"NRRD")
    summaries = [
        {"folder": folder, "verdict": "Met.", "met": 2, "score": score}
        for folder, score in zip(folders, (0.91, 0.55, 0.874), strict=True)
    ]
    agreement = {"common_ml": 1370.4, "union_ml": 1628.75, "pairwise_dice": 0.9139}
    event = {"candidates": summaries, "report": reports[0], "notes": ["Of the run."], "agreement": agreement}
    return str(tmp_path), {**event, "seconds": 9.5}
