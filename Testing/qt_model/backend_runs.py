"""Runs of the backend on scripted workers, and an event loop that turns until something is so."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pythonqt_model

qt = pythonqt_model.install()
pythonqt_model.use_properties(__name__)

from Sketch2CTUI.backend.backend import Backend  # noqa: E402
from Sketch2CTUI.generate.settings import GenerateSettings  # noqa: E402

SERVICE_TESTS = pythonqt_model.ROOT / "Testing" / "lib" / "service"
SCRIPTED = (sys.executable, str(SERVICE_TESTS / "scripted_worker.py"))
WAIT_S = 300.0  # at the longest, on a machine that does other things too; what is waited for ends it
LONG = "steps=3000 delay=0.01"


def spin(until, seconds=WAIT_S):
    """Turns the event loop until a function is true; whether it came true in time."""
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        qt.QApplication.instance().processEvents(qt.QEventLoop.AllEvents, 10)
        time.sleep(0.001)
    return bool(until())


class Heard:
    """What a run told, in order."""

    def __init__(self):
        self.events, self.ends = [], []

    def functions(self):
        return {
            "on_progress": self.events.append,
            "on_preview": self.events.append,
            "on_done": self.ends.append,
            "on_failed": self.ends.append,
        }

    @property
    def end(self):
        (one,) = self.ends
        return one

    def kinds(self):
        return {event.kind for event in self.events}


def begun(heard):
    """Waits for the first step of a run."""
    assert spin(lambda: "progress" in heard.kinds())


def asked(text="", **fields):
    return {"kind": "generate", "structure": "liver", "text": text, **fields}


class Bench:
    """A backend whose settings a test changes."""

    def __init__(self, command=SCRIPTED, **settings):
        self.settings, self.token, self.log = GenerateSettings(**settings), "", []
        self.backend = Backend(lambda: self.settings, lambda: self.token, command=command, interval_ms=10)
        self.backend.on_log.add(self.log.append)

    def start(self, text="", **fields):
        heard = Heard()
        return self.backend.submit(asked(text, **fields), **heard.functions()), heard

    def run(self, text="", **fields):
        """A run to its end; the last event."""
        run, heard = self.start(text, **fields)
        assert spin(lambda: run.is_over), f"no end, but {heard.kinds()}"
        return heard.end

    def draft(self, text="", **fields):
        """A draft to its answer."""
        ends = []
        asked = {"kind": "draft", "structure": "liver", "text": text, **fields}
        self.backend.draft(asked, ends.append, ends.append)
        assert spin(lambda: ends)
        return ends[0]

    def fetch(self, event, folder):
        came, failed = [], []
        fetch = self.backend.fetch(event, folder, came.append, failed.append)
        assert spin(lambda: fetch.is_over)
        assert len(came) + len(failed) == 1
        return (came or failed)[0]

    def stop(self):
        """Ends it, and waits for its worker."""
        pid = self.backend.pid
        self.backend.stop()
        assert spin(lambda: not is_alive(pid))


def is_alive(pid):
    """Whether a process runs; one that ended and was not waited for does not."""
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return not stat.parent.parent.is_dir()


class ServedProcess:
    """A server of scripted jobs in a process of its own."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [sys.executable, str(SERVICE_TESTS / "http" / "serve_scripted.py"), *SCRIPTED],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(pythonqt_model.ROOT), "TMPDIR": self._folder.name},
        )
        self.url = self.process.stdout.readline().rsplit(" ", 1)[-1].strip()
        assert self.url.startswith("http://127.0.0.1:")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self._folder.cleanup()
