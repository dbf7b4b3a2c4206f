"""Pictures drawn by processes are those drawn here, and are drawn here where the processes have ended."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from Sketch2CTLib import catalog
from Sketch2CTLib.generation.drawing_processes import drawing_processes
from Sketch2CTLib.generation.files import AwaitedPicture


def note(text: str, path: Path) -> None:
    """Stands for what draws a picture."""
    path.write_text(text, encoding="utf-8")


class Broken(Executor):
    """A pool whose processes end while they draw, or have ended before."""

    def __init__(self, *, before: bool) -> None:
        self.before = before

    def submit(self, *_asked: Any, **_named: Any) -> Future[Any]:
        if self.before:
            raise BrokenProcessPool
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool())
        return future


def test_no_process_is_begun_where_no_picture_is_wanted() -> None:
    with drawing_processes(wanted=False) as pool:
        assert pool is None


def test_structures_of_the_users_own_are_drawn_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalog._OWN, "pancreas_of_mine", catalog.structure("liver"))
    with drawing_processes(wanted=True) as pool:
        assert pool is None


def test_a_picture_is_in_its_file_when_it_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with drawing_processes(wanted=True) as pool:
        pictures = [AwaitedPicture(pool, note, str(n), tmp_path / f"{n}.txt") for n in range(3)]
        for picture in pictures:
            picture.finish()
    assert [(tmp_path / f"{n}.txt").read_text() for n in range(3)] == ["0", "1", "2"]


def test_pictures_are_drawn_here_without_processes(tmp_path: Path) -> None:
    for number, pool in enumerate((None, Broken(before=False), Broken(before=True))):
        path = tmp_path / f"{number}.txt"
        AwaitedPicture(pool, note, "drawn", path).finish()
        assert path.read_text() == "drawn"
