"""The files that a run passes between Apply and the nodes: a plugin of pytest that watches two tests of the panels.

Of the backend's test every file of the module, the client and the protocol in which code runs counts: a request goes
out to a worker, its answers come in, its files are fetched. Of the controller's test those count that stand on the call
stack when the request is handed over, when the result is, and when nodes are made; panels that only show something do
not. `measure_house` runs it; the files are written, one a line, to the file that SKETCH2CT_APPLY_PATH names.
"""

import os
import sys
import threading
from pathlib import Path

import pytest

OURS = ("/Sketch2CTUI/", "/service/client/", "/service/protocol/")
MAKES_NODES = ("AddNode", "AddNewNodeByClass")  # of vtkMRMLScene
DOUBLES = ("controller_bench.py", "test_controller.py")  # the test's stand-in of the backend, and the test itself
BACKEND_TEST = "test_backend.py"
APPLY = ("apply", "controller.py")  # the function that the click calls, and its file
files: set[str] = set()
was_clicked = False  # what the test's preparations do, as to draw, is no part of the path


def is_ours(name):
    """Whether a source file belongs to the module, the client or the protocol."""
    return any(part in name for part in OURS)


def note_running(frame, event, _):
    """A profile function: notes each of our files in which a function starts."""
    if event == "call" and frame.f_code.co_name != "<module>" and is_ours(frame.f_code.co_filename):
        files.add(frame.f_code.co_filename)


def note_stack(frame, event, function):
    """A profile function: notes our files on the call stack where the backend's stand-in starts or a node is made."""
    global was_clicked
    was_clicked = was_clicked or (frame.f_code.co_name, Path(frame.f_code.co_filename).name) == APPLY
    if not was_clicked:
        return
    handed_over = event == "call" and frame.f_code.co_filename.endswith(DOUBLES)
    if not handed_over and (event != "c_call" or getattr(function, "__name__", "") not in MAKES_NODES):
        return
    stack = []
    while frame is not None:
        if is_ours(frame.f_code.co_filename):
            if frame.f_code.co_name == "<module>" or frame.f_code.co_name.endswith("Event"):
                return  # an import, or a widget that paints itself
            stack.append(frame.f_code.co_filename)
        frame = frame.f_back
    files.update(stack)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """Watches the test itself, without its fixtures."""
    profile = note_running if item.path.name == BACKEND_TEST else note_stack
    threading.setprofile(profile)
    sys.setprofile(profile)
    yield
    sys.setprofile(None)
    threading.setprofile(None)


def pytest_sessionfinish():
    """Writes the files, relative to the folder that pytest runs in."""
    root = Path.cwd()
    short = sorted(Path(name).relative_to(root).as_posix() for name in files)
    Path(os.environ["SKETCH2CT_APPLY_PATH"]).write_text("\n".join(short), encoding="utf-8")
