"""Work on Ray: every job once, also where a worker is killed; what a worker refuses ends it all."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from Sketch2CTLib import workers
from Sketch2CTLib.errors import DatasetError, MissingDependency, OutputError, ResourceError
from Sketch2CTLib.workers import Workers, known_folder, require_same_folder, shared_out


def test_every_job_is_done_though_a_worker_is_killed(tmp_path: Path) -> None:
    def killed_once(job: int) -> int:
        marker = tmp_path / "was-killed"
        if job == 1 and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return job

    assert sorted(shared_out(killed_once, range(6), tmp_path, Workers(2))) == list(range(6))
    assert [path.name for path in tmp_path.iterdir()] == ["was-killed"], "nothing else is left"


def test_what_a_worker_refuses_is_told_as_it_is(tmp_path: Path) -> None:
    done: list[int] = []

    def refused(job: int) -> int:
        if job == 2:
            raise DatasetError("A wrong job.", hint="Mend it.")
        return job

    with pytest.raises(DatasetError, match=r"A wrong job\. Mend it\."):
        for job in shared_out(refused, range(50), tmp_path, Workers(1)):
            done.append(job)
    assert set(done) <= {0, 1, 3, 4}, "the others have not begun"


def test_one_worker_needs_no_ray() -> None:
    assert Workers(1).alone and not Workers(2).alone and not Workers(0).alone
    assert not Workers(1, "head:6379").alone


def test_another_folder_is_told(tmp_path: Path) -> None:
    with known_folder(tmp_path / "one") as token:
        require_same_folder(tmp_path / "one", token)
        with pytest.raises(OutputError, match="not the same folder"):
            require_same_folder(tmp_path / "two", token)
    assert not list((tmp_path / "one").iterdir())


def test_without_ray_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"'ray'.*\[synthesize\]"):
        list(shared_out(str, range(2), tmp_path, Workers(2)))


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="Ray cannot be reached on no-address"):
        list(shared_out(str, range(2), tmp_path, Workers(2, "no-address")))
