"""The service around real networks: every fault of memory, disk and weights."""

from __future__ import annotations

import errno
import shutil
import time
from pathlib import Path

import pytest
from chain_requests import WAIT_S, asked, result_of

from Sketch2CTLib.generation.model.loaded import LoadedModels
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.service.config import EngineConfig
from Sketch2CTLib.service.engine import Engine
from Sketch2CTLib.service.memory import Footprint, MemoryPlan, free_memory_mb, ladder, used_memory_mb
from Sketch2CTLib.service.protocol.events import Event, Failed, Planned, Progress, Result
from Sketch2CTLib.service.protocol.messages import Load, Unload
from Sketch2CTLib.service.reporting import ProgressEstimator

pytestmark = pytest.mark.usefixtures("quick_segmenter")


def test_networks_stay_until_they_are_unloaded(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(EngineConfig(models=models, device="cpu"))
    loads: list[str] = []
    usual = LoadedModels.network

    def counted(self: LoadedModels, name: str) -> object:
        if name not in self._networks:
            loads.append(name)
        return usual(self, name)

    monkeypatch.setattr(LoadedModels, "network", counted)
    loaded = engine.submit(Load(id="l")).wait(WAIT_S)
    assert loaded.has_volume and loaded.preset == "untrained" and set(loaded.structures) == {"liver", "spleen"}
    count = len(loads)
    result_of(engine, asked("a"))
    assert len(loads) == count == 4, "no network is loaded twice"
    assert len(engine.state().loaded) == 1
    assert engine.submit(Unload(id="u")).wait(WAIT_S).models == 1
    assert engine.state().loaded == ()
    engine.close()


def test_memory_is_asked_for_before_and_a_smaller_plan_is_tried_and_told(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("Sketch2CTLib.service.memory.SAMPLE_BYTES_PER_VOXEL", 20_000.0)
    small, large = (MemoryPlan("cpu", n).need_mb(Footprint(1.0, 1.0, 16)) for n in (1, 64))
    assert small < 1000 and large > 5000
    cap = used_memory_mb() + 1500
    engine = Engine(EngineConfig(models=models, device="cpu", memory_mb=cap))
    ticket = engine.submit(asked("a", candidates=2, with_volume=False, sampling={"steps": 1, "batch": 64}))
    last = ticket.wait(WAIT_S)
    plans = [event for event in ticket.history() if isinstance(event, Planned)]
    assert isinstance(last, Result) and plans[-1].batch < 64 and "MB are needed" in plans[-1].reason
    assert any("MB are needed" in note for note in last.notes)
    engine.close()
    none = Engine(EngineConfig(models=models, device="cpu", memory_mb=used_memory_mb() + 1))
    last = none.submit(asked("a")).wait(WAIT_S)
    assert isinstance(last, Failed) and last.code == "out_of_memory" and "are free" in last.message
    none.close()


def test_memory_that_is_kept_for_the_next_job_is_no_shortage(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_mb = [3000.0]
    monkeypatch.setattr("Sketch2CTLib.service.runner.used_memory_mb", lambda: 500.0 + kept_mb[0])
    monkeypatch.setattr("Sketch2CTLib.service.runner.return_freed_memory", lambda: kept_mb.__setitem__(0, 0.0))
    engine = Engine(EngineConfig(models=models, device="cpu", memory_mb=3400.0))
    ticket = engine.submit(asked("a", with_volume=False, sampling={"steps": 1}))
    last = ticket.wait(WAIT_S)
    engine.close()
    assert isinstance(last, Result) and not any("MB are needed" in note for note in last.notes)
    assert [event.reason for event in ticket.history() if isinstance(event, Planned)] == [""]


def test_memory_that_runs_out_is_answered_with_smaller_plans(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(EngineConfig(models=models, device="cpu"))
    usual, batches = Pipeline.masks, []

    def hungry(self: Pipeline, request: object, seeds: object, settings: object, **rest: object) -> object:
        batches.append((settings.batch, self.hooks.stage is not None))
        if len(batches) < 3:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return usual(self, request, seeds, settings, **rest)

    monkeypatch.setattr(Pipeline, "masks", hungry)
    ticket = engine.submit(asked("a", candidates=2, sampling={"steps": 1, "batch": 2}))
    assert isinstance(ticket.wait(WAIT_S), Result)
    assert batches == [(2, False), (1, False), (1, True)]
    assert [e.offload for e in ticket.history() if isinstance(e, Planned)] == [False, False, True]
    monkeypatch.setattr(Pipeline, "masks", lambda *a, **k: (_ for _ in ()).throw(MemoryError()))
    assert engine.submit(asked("b")).wait(WAIT_S).code == "out_of_memory"
    monkeypatch.setattr(Pipeline, "masks", usual)
    result_of(engine, asked("c", with_volume=False))
    engine.close()


def test_the_ladder_goes_down_to_the_cpu() -> None:
    told = [(plan.device, plan.batch, plan.offload) for plan in ladder("cuda:0", 4)]
    assert told == [
        ("cuda:0", 4, False),
        ("cuda:0", 2, False),
        ("cuda:0", 1, False),
        ("cuda:0", 1, True),
        ("cpu", 1, False),
        ("cpu", 1, True),
    ]
    needs = [plan.need_mb(Footprint(100.0, 60.0, 64)) for plan in ladder("cpu", 4)]
    assert needs == sorted(needs, reverse=True)
    assert free_memory_mb("cpu", 100.0, 90.0) == pytest.approx(10.0)


def test_damaged_weights_are_named_and_other_weights_go_on(models: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(models, broken)
    path = broken / "mask_diffusion.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    engine = Engine(EngineConfig(models=models, device="cpu"))
    for name in ("a", "b"):
        last = engine.submit(asked(name, model={"models": str(broken)})).wait(WAIT_S)
        assert isinstance(last, Failed) and last.code == "bad_weights" and path.name in last.message
    result_of(engine, asked("c", with_volume=False))
    engine.close()


def test_a_full_disk_has_its_code(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(EngineConfig(models=models, device="cpu"))

    def full(*arguments: object, **rest: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("Sketch2CTLib.generation.files.write_nrrd", full)
        assert engine.submit(asked("a", with_volume=False)).wait(WAIT_S).code == "disk_full"
        patched.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1, 1, 0))
        assert engine.submit(asked("b")).wait(WAIT_S).code == "disk_full"
    assert not list(engine.folder.glob("job-*"))
    result_of(engine, asked("c", with_volume=False))
    engine.close()


def test_a_clock_that_is_set_changes_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    jumps = iter(range(10**9, 0, -(10**5)))
    monkeypatch.setattr(time, "time", lambda: float(next(jumps)))
    live: list[Event] = []
    ticket = engine.submit(asked("clock"))
    ticket.subscribe(live.append)
    result = ticket.wait(WAIT_S)
    assert isinstance(result, Result) and 0 < result.seconds < WAIT_S
    told = [e for e in live if isinstance(e, Progress) and e.stage in ("mask", "volume")]
    assert any(e.eta_s is not None for e in told), "only the first step of all has nothing to go by"
    assert all((e.eta_s is None or 0 <= e.eta_s < WAIT_S) and 0 <= e.elapsed_s < WAIT_S for e in told)


def test_the_time_left_follows_the_steps() -> None:
    now = [0.0]
    step_seconds: dict[str, float] = {}
    estimator = ProgressEstimator({"mask": 4, "volume": 5}, {"volume": 2}, step_seconds, clock=lambda: now[0])
    assert estimator.at("mask", 0, 4).eta_s is None
    now[0] = 2.0
    assert estimator.at("mask", 1, 4).eta_s == pytest.approx(3 * 2 + 10 * 2), "an unknown stage goes like this one"
    now[0] = 8.0
    estimator.at("mask", 4, 4)
    estimator.at("volume", 0, 5)
    now[0] = 13.0
    told = estimator.at("volume", 5, 5)
    assert (told.step, told.steps, told.eta_s, told.elapsed_s) == (5, 10, pytest.approx(5.0), 13.0)
    assert estimator.at("volume", 0, 5).step == 5, "the second candidate"
    now[0] = 18.0
    assert estimator.at("volume", 5, 5).eta_s == 0.0
    again = ProgressEstimator({"mask": 4, "volume": 5}, {"volume": 2}, step_seconds, clock=lambda: now[0])
    assert again.at("mask", 0, 4).eta_s == pytest.approx(4 * 2 + 10 * 1), "former jobs are remembered"
