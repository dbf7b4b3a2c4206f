"""Several devices: batches, losses and weights as of one, files of the first alone, one line where a process dies."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_request
from tried_processes import STEPS, begun, losses, lost, refused, trained

from Sketch2CTLib.cli.launching import launch
from Sketch2CTLib.errors import ConfigError, ResourceError
from Sketch2CTLib.training.batch_part import BatchPart
from Sketch2CTLib.training.pace import LoopConfig
from Sketch2CTLib.training.processes import joined
from Sketch2CTLib.training.recipes import SEGMENTER, STAGES
from Sketch2CTLib.training.run import make_task
from Sketch2CTLib.weights import ModelFolder

ALL = (*(stage for stage in STAGES if "autoencoder" not in stage), "mask-autoencoder", "image-autoencoder", SEGMENTER)
AGAIN = "mask-diffusion"
ALIKE = 1e-3  # of the weights
SHOWN = 1.01e-4  # losses are told with four digits behind the point


@dataclass(frozen=True)
class Both:
    """The same training in one process and in two."""

    one: Path
    two: Path
    heard_by_one: dict[str, list[float]]
    heard_by_two: dict[str, list[float]]


@pytest.fixture(scope="module")
def both(prepared_dir: Path, run_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Both:
    out = tmp_path_factory.mktemp("processes")
    given = {"data": str(prepared_dir), "run": str(run_dir), "out": str(out), "stages": list(ALL), "again": AGAIN}
    launch(2, 1, trained, given)
    one = begun(run_dir, out / "one")
    heard = {stage: losses(prepared_dir, one, stage) for stage in ALL}
    return Both(one, out / "whole", heard, json.loads((out / "heard-0.json").read_text()))


def rows(folder: Path) -> dict[tuple[str, str, str], float]:
    """The curve of a run; each row stands there once."""
    with (folder / "curve.csv").open() as stream:
        read = [(tuple(row[:3]), float(row[3])) for row in list(csv.reader(stream))[1:]]
    assert len(dict(read)) == len(read)
    return dict(read)  # type: ignore[arg-type]


def apart(first: Path, second: Path, name: str) -> float:
    """How far two stored networks are apart, as a part of their size; 0 if they are the same to the bit."""
    states = [ModelFolder(folder / "models").load_state(name) for folder in (first, second)]
    away = sum(float((states[0][key].double() - states[1][key].double()).square().sum()) for key in states[0])
    return float(np.sqrt(away / sum(float(value.double().square().sum()) for value in states[0].values())))


@pytest.mark.parametrize("stage", ALL)
def test_two_processes_learn_as_one_does(both: Both, stage: str) -> None:
    one, two = both.heard_by_one[stage], both.heard_by_two[stage]
    assert len(one) == STEPS and one[0] != one[-1]
    assert np.allclose(one, two, rtol=1e-3, atol=SHOWN)
    curves = [rows(folder / stage) for folder in (both.one, both.two)]
    assert curves[0].keys() == curves[1].keys() and curves[0]
    assert apart(both.one, both.two, stage.replace("-", "_")) < ALIKE


def test_the_first_process_alone_hears_and_writes(both: Both) -> None:
    other = json.loads((both.two.parent / "heard-1.json").read_text())
    assert not any(other.values())
    assert sorted(p.name for p in both.two.iterdir()) == sorted(p.name for p in both.one.iterdir())


def test_shares_of_latents_become_the_file_that_one_process_writes(both: Both) -> None:
    names = sorted(path.name for path in (both.one / "cache").glob("*.npy"))
    assert names == sorted(path.name for path in (both.two / "cache").glob("*.npy")), "no share is left over"
    for name in names:
        one, two = (np.load(folder / "cache" / name) for folder in (both.one, both.two))
        assert one.dtype == two.dtype == np.float16 and np.allclose(one, two, atol=1e-3)


def test_a_training_in_parts_is_the_same_to_the_bit(both: Both) -> None:
    assert len(both.heard_by_two["parted"]) == STEPS
    assert both.heard_by_two["parted"] == both.heard_by_two["undivided"]
    parted, undivided = both.two.parent / "parted", both.two.parent / "undivided"
    assert apart(parted, undivided, AGAIN.replace("-", "_")) == 0.0


def test_one_process_goes_on_with_what_two_began(both: Both, run_dir: Path, prepared_dir: Path) -> None:
    changed = both.two.parent / "changed"
    assert len(both.heard_by_two["changed"]) == STEPS // 2
    rest = losses(prepared_dir, changed, AGAIN)
    alone = losses(prepared_dir, begun(run_dir, both.two.parent / "alone"), AGAIN)
    assert np.allclose(both.heard_by_two["changed"] + rest, alone, rtol=1e-3, atol=SHOWN)
    assert apart(changed, both.two.parent / "alone", AGAIN.replace("-", "_")) < ALIKE


@pytest.mark.parametrize("stage", ALL)
def test_a_batch_is_the_mean_of_its_parts(stage: str, prepared_dir: Path, run_dir: Path, tmp_path: Path) -> None:
    task = make_task(tiny_request(stage, prepared_dir, begun(run_dir, tmp_path / "run"), 4, batch=4))
    with torch.no_grad():
        whole = float(task.loss(task.module, BatchPart.whole(3, 4))[0])
        parts = [float(task.loss(task.module, BatchPart(3, range(n, n + 1)))[0]) for n in range(4)]
    assert len(set(parts)) == 4, "the samples differ"
    assert np.mean(parts) == pytest.approx(whole, rel=1e-4)


def test_gradients_in_parts_are_those_of_the_batch(prepared_dir: Path, run_dir: Path, tmp_path: Path) -> None:
    folders = [begun(run_dir, tmp_path / name) for name in ("whole", "parts")]
    heard = [losses(prepared_dir, folder, AGAIN, accumulate=n) for folder, n in zip(folders, (1, 4), strict=True)]
    assert np.allclose(*heard, rtol=1e-3, atol=SHOWN)
    assert apart(*folders, AGAIN.replace("-", "_")) < ALIKE


def test_a_killed_process_ends_the_others_with_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ResourceError, match=r"Process 1 of the 2 .* SIGKILL; the others were stopped") as caught:
        launch(2, 1, lost, {})
    assert "goes on from the last checkpoint" in caught.value.hint and "\n" not in str(caught.value)
    told = capfd.readouterr().err
    assert "exitcode" not in told and "Traceback" not in told and "signal" not in told


def test_what_one_process_refuses_is_told_as_it_is() -> None:
    with pytest.raises(ConfigError) as caught:
        launch(2, 1, refused, {})
    assert str(caught.value) == "A wrong thing. Mend it."


def test_positions_are_dealt_out_once() -> None:
    config = LoopConfig(2, batch=24, devices=2, nodes=2, accumulate=3)
    parts = [part for rank in range(4) for part in config.parts(rank)]
    assert [place for part in parts for place in part] == list(range(24))
    assert {len(part) for part in parts} == {2}


def test_what_cannot_be_shared_out_is_refused() -> None:
    with pytest.raises(ConfigError, match="batch of 6 cannot be shared out to 4 devices") as caught:
        LoopConfig(2, batch=6, devices=4)
    assert "multiple of 4" in caught.value.hint
    with pytest.raises(ConfigError, match="one or more devices"):
        LoopConfig(2, devices=0)
    with pytest.raises(ConfigError, match="need 2 processes, and there are 1"):
        joined(LoopConfig(2, devices=2, device="cpu"))
    with pytest.raises(ConfigError, match="torchrun on each"):
        launch(2, 3, lost, {})
