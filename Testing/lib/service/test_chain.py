"""The service around real networks: the command line's own files, every way in, cancelling at every stage."""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import replace
from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
from chain_requests import SKETCH, SKETCH_PATH, TEXT, WAIT_S, asked, result_of
from following import follow

from Sketch2CTLib.cli.generate.running import Files, run_with
from Sketch2CTLib.cli.main import main
from Sketch2CTLib.frames import VoxelGrid, to_sitk, write_nrrd
from Sketch2CTLib.generation.request import DEFAULT_STRENGTH
from Sketch2CTLib.service.client import Client
from Sketch2CTLib.service.client.local import LocalTransport
from Sketch2CTLib.service.config import EngineConfig
from Sketch2CTLib.service.engine import Engine
from Sketch2CTLib.service.memory import MemoryPlan
from Sketch2CTLib.service.protocol.events import Event, Failed, Preview, Progress, Result
from Sketch2CTLib.service.protocol.messages import EditInput, Generate

HERE = Path(__file__).parent


def test_a_worker_writes_what_the_command_line_writes(models: Path, tmp_path: Path) -> None:
    arguments = ["--models", str(models), "--steps", "2", "--device", "cpu", "--seed", "5", "--candidates", "2"]
    told = ["--sketch", str(SKETCH_PATH), "--structure", "liver", "--text", TEXT, "--out", str(tmp_path / "cli")]
    assert main(["generate", *arguments, *told]) == 0
    command = [sys.executable, str(HERE / "untrained_worker.py"), "--models", str(models), "--device", "cpu"]
    asked_for = {"structure": "liver", "text": TEXT, "sketch": SKETCH, "seed": 5, "candidates": 2}
    with Client(LocalTransport(command)) as client:
        made = run_with(client, {**asked_for, "sampling": {"steps": 2}}, tmp_path / "worker")
    names = {p.relative_to(tmp_path / "cli") for p in (tmp_path / "cli").rglob("*") if p.is_file()}
    assert {Path(name) for name in made.paths} == names and len(names) > 8
    for name in names:
        ours, theirs = (tmp_path / place / name for place in ("worker", "cli"))
        assert ours.read_bytes() == theirs.read_bytes(), name


def organs(path: Path) -> tuple[Path, Path]:
    """A mask in one file, and in another, on another grid, its neighbours as a segmentation."""
    affine = np.diag([-3.0, 2.5, -4.0, 1.0])
    affine[:3, 3] = (80.0, -60.0, 50.0)
    grid = VoxelGrid((30, 50, 50), affine)
    mask, labels = np.zeros(grid.shape_kji, np.uint8), np.zeros((40, 40, 40), np.uint8)
    mask[8:20, 15:35, 10:30] = 3
    labels[5:35, 5:35, :8], labels[:5] = 1, 2
    sitk.WriteImage(to_sitk(mask, grid), str(path / "m.nii.gz"))
    told = {"Segment0_Name": "Spleen", "Segment0_LabelValue": "1", "Segment1_Name": "?", "Segment1_LabelValue": "2"}
    write_nrrd(path / "o.seg.nrrd", labels, VoxelGrid.ras_cube((20.0, 0.0, 0.0), 300.0, 40), told)
    return path / "m.nii.gz", path / "o.seg.nrrd"


@pytest.mark.usefixtures("quick_segmenter")
@pytest.mark.parametrize("grid", ["own", "cube"])
def test_a_mask_with_its_neighbours_comes_out_the_same(models: Path, engine: Engine, tmp_path: Path, grid: str) -> None:
    mask, context = organs(tmp_path)
    arguments = ["--models", str(models), "--steps", "2", "--device", "cpu", "--seed", "5", "--grid", grid]
    told = ["--mask", str(mask), "--context", str(context), "--structure", "liver", "--out", str(tmp_path / "cli")]
    assert main(["generate", *arguments, *told]) == 0
    files = Files(mask, None, grid == "own", context=context).fields()
    result = result_of(engine, Generate(id=f"n-{grid}", structure="liver", seed=5, sampling={"steps": 2}, **files))
    for file in result.files:
        ours, theirs = (folder / file.name for folder in (tmp_path / "cli", Path(result.folder)))
        assert ours.read_bytes() == theirs.read_bytes(), file.name
    assert json.loads((tmp_path / "cli" / "report.json").read_text())["context"] == ["spleen"]
    shape = nrrd.read(str(tmp_path / "cli" / "volume.nrrd"))[0].shape
    assert shape == ((50, 50, 30) if grid == "own" else (128, 128, 128))


@pytest.mark.usefixtures("quick_segmenter")
def test_neighbours_come_by_path_data_or_job(engine: Engine, tmp_path: Path) -> None:
    _, context = organs(tmp_path)
    spleen = asked("spleen", structure="spleen", sketch=None, text="", mask={"path": str(organs(tmp_path)[0])})
    result_of(engine, spleen)
    ways = {
        "path": {"path": str(context)},
        "data": {"data": base64.b64encode(context.read_bytes()).decode()},
        "former": {"job": "spleen"},
    }
    scans = {}
    for way, upload in ways.items():
        made = result_of(engine, asked(f"c-{way}", context=upload))
        assert made.report["notes"] and not list(Path(made.folder).glob("input.*"))
        assert any("beside the spleen of the context" in note for note in made.notes)
        scans[way] = next(file.sha256 for file in made.files if file.name == "volume.nrrd")
    assert scans["path"] == scans["data"] != scans["former"]


@pytest.mark.usefixtures("quick_segmenter")
def test_every_step_is_told_and_masks_come_before_their_scans(engine: Engine) -> None:
    events = list(follow(engine.submit(asked("steps", candidates=2)), timeout_s=WAIT_S))
    live: list[Event] = []
    ticket = engine.submit(asked("live", candidates=2))
    ticket.subscribe(live.append)
    ticket.wait(WAIT_S)
    steps = [(e.stage, e.step, e.steps) for e in live if isinstance(e, Progress)]
    assert {("mask", n, 4) for n in range(5)} <= set(steps) and {("volume", n, 4) for n in range(5)} <= set(steps)
    assert steps == sorted(steps, key=lambda s: ("load", "mask", "report", "volume", "write").index(s[0]))
    assert all(e.eta_s is not None for e in live if isinstance(e, Progress) and e.stage == "mask")
    shown = [e for e in live if isinstance(e, Preview)]
    assert [(e.candidate, e.of) for e in shown] == [(1, 2), (2, 2)]
    kinds = [(e.kind, getattr(e, "stage", "")) for e in live]
    assert kinds.index(("preview", "")) < kinds.index(("volume" and "progress", "volume"))
    preview = nrrd.read(str(Path(shown[0].folder) / shown[0].file.name))[0]
    assert preview.shape == (128, 128, 128) and preview.any()
    assert isinstance(events[-1], Result) and events[-1].candidates[0].folder == "."


def test_masks_are_shown_while_they_are_drawn(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("Sketch2CTLib.service.runner.GLIMPSE_EVERY_S", 0.0)
    monkeypatch.setattr("Sketch2CTLib.service.warm._GLIMPSE_SHARE", 0.0)
    engine = Engine(EngineConfig(models=models, device="cpu"))
    live: list[Event] = []
    ticket = engine.submit(asked("a", with_volume=False, sampling={"steps": 5}, pictures=True))
    ticket.subscribe(live.append)
    watched = ticket.wait(WAIT_S)
    shown = [e for e in live if isinstance(e, Preview) and e.candidate == 0]
    assert 1 <= len(shown) <= 5
    assert [e for e in ticket.history() if isinstance(e, Preview)] == shown[-1:]
    assert len(list(ticket.folder.glob("glimpse_*"))) <= 3
    alone = result_of(engine, asked("b", with_volume=False, sampling={"steps": 5}, previews=False, pictures=True))
    assert {f.name: f.sha256 for f in alone.files} == {f.name: f.sha256 for f in watched.files}
    bare = result_of(engine, asked("c", with_volume=False, sampling={"steps": 1}))
    assert {f.name for f in bare.files} == {f.name for f in alone.files} - {"preview.png", "report.png"}
    engine.close()


@pytest.mark.usefixtures("quick_segmenter")
def test_an_edit_a_mask_and_uploads_do_the_same_by_job_path_and_data(engine: Engine, tmp_path: Path) -> None:
    assert EditInput(job="x").strength == DEFAULT_STRENGTH
    first = result_of(engine, asked("first", with_volume=False))
    state = Path(first.folder) / "state.safetensors"
    ways = {
        "job": {"job": "first"},
        "path": {"path": str(state)},
        "data": {"data": base64.b64encode(state.read_bytes()).decode()},
    }
    digests = set()
    for way, upload in ways.items():
        again = result_of(
            engine,
            Generate(id=f"e-{way}", seed=5, with_volume=False, sampling={"steps": 2}, edit={**upload, "strength": 0.0}),
        )
        assert not list(Path(again.folder).glob("input.*"))
        digests.add(next(file.sha256 for file in again.files if file.name == "report.json"))
    assert len(digests) == 1
    scan = result_of(engine, Generate(id="scan", structure="liver", mask={"job": "first"}, sampling={"steps": 2}))
    assert "volume.nrrd" in {file.name for file in scan.files}


def hostile_mask(tmp_path: Path, header: bytes) -> str:
    return base64.b64encode(b"NRRD0004\ntype: uint8\ndimension: 3\n" + header + b"\n\n" + b"\0" * 64).decode()


@pytest.mark.parametrize("header", [b"sizes: 4 4 4\ndata file: /etc/passwd", b"sizes: 99999 99999 99999", b"space: x"])
def test_a_mask_that_was_sent_opens_no_other_file_and_no_more_memory(
    engine: Engine, tmp_path: Path, header: bytes
) -> None:
    name = f"m{len(header)}"
    last = engine.submit(Generate(id=name, structure="liver", mask={"data": hostile_mask(tmp_path, header)})).wait(
        WAIT_S
    )
    assert isinstance(last, Failed) and last.code == "bad_mask"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"structure": "lung"}, "unknown_structure"),
        ({"structure": ""}, "bad_input"),
        ({"sketch": {"format": "nothing"}}, "bad_sketch"),
        ({"second_sketch": SKETCH}, "bad_sketch"),
        ({"text": "volume of -5 mL"}, "bad_description"),
        ({"text": "", "description": {"structure": "spleen"}}, "bad_input"),
        ({"text": "", "description": {"structure": "liver", "numbers": {"volume_ml": "many"}}}, "bad_description"),
        ({"model": {"preset": "../small"}}, "bad_config"),
        ({"model": {"preset": "nothing"}}, "bad_weights"),
        ({"model": {"models": "/nowhere"}}, "bad_weights"),
        ({"model": {"device": "toaster"}}, "bad_config"),
        ({"model": {"device": "cuda:77"}}, "bad_config"),
        ({"edit": {"job": "nobody"}}, "unknown_job"),
        ({"edit": {"data": "?"}}, "bad_message"),
        ({"edit": {"data": "aGVsbG8="}}, "bad_input"),
        ({"mask": {"path": "/nowhere.nrrd"}}, "bad_mask"),
        ({"context": {"path": "/nowhere.nrrd"}}, "bad_input"),
        ({"context": {"job": "nobody"}}, "unknown_job"),
        ({"context": {"data": "aGVsbG8="}}, "bad_mask"),
        ({"context": {"path": str(SKETCH_PATH)}, "with_volume": False}, "bad_input"),
    ],
)
def test_what_cannot_be_used_has_its_code(engine: Engine, fields: dict, code: str) -> None:
    engine_id = f"bad{abs(hash(str(fields)))}"
    last = engine.submit(asked(engine_id, **fields)).wait(WAIT_S)
    assert isinstance(last, Failed) and last.code == code, last
    assert last.message and not engine.ticket(engine_id).folder.exists()


@pytest.mark.usefixtures("quick_segmenter")
@pytest.mark.parametrize("stage", ["load", "mask", "preview", "volume", "write"])
def test_cancel_is_obeyed_at_every_stage(models: Path, stage: str) -> None:
    engine = Engine(EngineConfig(models=models, device="cpu"))
    ticket = engine.submit(asked("a", sampling={"steps": 3}))
    after: list[Event] = []

    def cancel(event: Event) -> None:
        if getattr(event, "stage", event.kind) == stage or after:
            after.append(event)
            engine.cancel("a")

    ticket.subscribe(cancel)
    last = ticket.wait(WAIT_S)
    assert isinstance(last, Failed) and last.code == "cancelled"
    assert len(after) <= 2, "no further step"
    assert not ticket.folder.exists()
    assert engine.close()


@pytest.mark.usefixtures("quick_segmenter")
def test_a_mask_file_that_was_sent_is_read(engine: Engine, tmp_path: Path) -> None:
    grid = VoxelGrid.ras_cube((0.0, 0.0, 0.0), 160.0, 32)
    k, j, i = np.indices(grid.shape_kji)
    ball = ((k - 16) ** 2 + (j - 16) ** 2 + (i - 16) ** 2 < 100).astype(np.uint8)
    write_nrrd(tmp_path / "m.nrrd", ball * 6, grid)
    upload = {"data": base64.b64encode((tmp_path / "m.nrrd").read_bytes()).decode(), "label": 6}
    request = Generate(id="ball", structure="liver", mask=upload, sampling={"steps": 1})
    assert "volume.nrrd" in {file.name for file in result_of(engine, request).files}
    assert replace(MemoryPlan("cpu", 1), batch=2).batch == 2
