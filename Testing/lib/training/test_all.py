"""`train all`: parts that share a budget, a corpus planned from its own pace, a killed run that goes on."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import tiny_preset

from Sketch2CTLib.data.prepared import PreparedCase, PreparedSet
from Sketch2CTLib.errors import ConfigError, DatasetError, OutputError, WeightsError
from Sketch2CTLib.training import pace, recipes
from Sketch2CTLib.training import train_all as everything
from Sketch2CTLib.training.corpus import CorpusConfig
from Sketch2CTLib.training.plan import Plan, planned_copies
from Sketch2CTLib.training.recipes import RECIPES, PresetRecipe, Recipe
from Sketch2CTLib.training.train_all import WholeRequest, train_all
from Sketch2CTLib.weights import ModelFolder


class Clock:
    """Seconds that pass only where the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def cases(train: dict[str, int], val: int) -> list[PreparedCase]:
    records = [{"structure": s, "split": "train"} for s, n in train.items() for _ in range(n)]
    return [PreparedCase(Path(), r) for r in (*records, *({"structure": "liver", "split": "val"} for _ in range(val)))]


def test_copies_are_shortened_alike_until_they_fit() -> None:
    some, config = cases({"liver": 10, "spleen": 5}, 4), CorpusConfig(copies={"liver": 20, "other": 10})
    assert planned_copies(config, some, 2, 1.0, 300.0) == {"liver": 20, "other": 10}
    half = planned_copies(config, some, 2, 1.0, 130.0)
    assert half == {"liver": 10, "other": 5}
    assert planned_copies(config, some, 2, 1.0, 34.0) == {"liver": 2, "other": 2}
    assert planned_copies(config, some, 2, 1.0, 33.0) is None


def test_time_is_shared_out_and_kept_over_calls(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "plan.json"
    weights = {"a": 1.0, "b": 3.0}
    plan = Plan.opened(path, "tiny", (), 100.0, clock)
    plan.begin("a", weights)
    clock.now += 10
    plan.tick("a")
    plan.save()
    again = Plan.opened(path, "tiny", (), 100.0, clock)
    again.begin("a", weights)
    assert again.left_of("a") == pytest.approx(15)
    again.begin("b", {"b": 3.0})
    assert again.left_of("b") == pytest.approx(90)
    longer = Plan.opened(path, "tiny", (), 200.0, clock)
    longer.begin("a", weights)
    assert longer.left_of("a") == pytest.approx(190 / 4)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "x"}', '{"format": "sketch2ct.plan", "version": 1}'])
def test_a_damaged_plan_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(ConfigError, match="is damaged"):
        Plan.opened(tmp_path / "plan.json", "tiny", (), None, Clock())


def test_the_documented_table_is_the_table() -> None:
    rows: dict[tuple[str, str], tuple[float, ...]] = {}
    preset = ""
    for line in (recipes.__doc__ or "").splitlines():
        words = line.replace("(", "").replace(")", "").split()
        if "corpus" in words and "–" in words:
            preset = words[0]
            rows[preset, "corpus"] = (float(words[-1]),)
        elif words and words[0] in recipes.STAGES:
            rows[preset, words[0]] = tuple(float(word) for word in words[1:])
    wanted: dict[tuple[str, str], tuple[float, ...]] = {}
    for name in ("small", "default", "paper"):
        wanted[name, "corpus"] = (RECIPES[name].corpus_share,)
        for stage, r in RECIPES[name].stages.items():
            wanted[name, stage] = (r.steps, r.batch, r.cuda_batch, r.lr, r.share)
    assert rows == wanted


@pytest.fixture
def tiny_recipe() -> Iterator[None]:
    """A recipe of the tiny preset: seconds a stage."""
    stages = {stage: Recipe(4, 2, 2, 1e-3, 10, warmup=2) for stage in recipes.STAGES}
    corpus = CorpusConfig(copies={"other": 3}, drawings=2)
    RECIPES["tiny"] = PresetRecipe(stages, corpus=corpus, least_s=0.5, least_steps=4)
    yield
    del RECIPES["tiny"]


def tiny_whole(data: Path, out: Path, **rest: Any) -> WholeRequest:
    defaults: dict[str, Any] = {"workers": 1, "device": "cpu", "precision": "32-true"}
    return WholeRequest(data, out, tiny_preset(), **defaults | rest)


@pytest.mark.usefixtures("tiny_recipe")
def test_all_stages_are_trained_once(prepared_dir: Path, run_dir: Path, tmp_path: Path) -> None:
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    reports = train_all(tiny_whole(prepared_dir, tmp_path))
    assert [r.name for r in reports] == ["corpus", *recipes.STAGES]
    assert all(r.finished for r in reports)
    assert [r.steps for r in reports] == [14, 4, 4, 4, 4, 4], "the corpus that lay there is used as it is"
    hashes = ModelFolder(tmp_path / "models").hashes()
    assert train_all(tiny_whole(prepared_dir, tmp_path)) == reports
    assert ModelFolder(tmp_path / "models").hashes() == hashes
    with pytest.raises(ConfigError, match="begun with structures all, not liver"):
        train_all(tiny_whole(prepared_dir, tmp_path, structures=("liver",)))


@pytest.mark.usefixtures("tiny_recipe")
def test_a_killed_whole_goes_on_within_its_budget(
    prepared_dir: Path, run_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "_MOST_VALIDATIONS", 1)  # they take no time of the test's clock, but of the tester's
    shutil.copytree(run_dir / "corpus", tmp_path / "corpus")
    request = tiny_whole(prepared_dir, tmp_path, budget_s=20.0, stages=("mask-diffusion", "mask-autoencoder"))

    clock, parts = Clock(), set()

    def step(part: str, done: int, of: int | None, text: str, *, kill: bool = True) -> None:
        clock.now += 0.2
        parts.add(part)
        if kill and part == "mask-diffusion" and done > 35:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_all(request, progress=step, clock=clock)
    first = ModelFolder(tmp_path / "models").hashes()
    assert set(first) == {"mask_autoencoder"}
    fixed = torch.load(tmp_path / "mask-diffusion" / "checkpoint.pt", weights_only=True)
    assert 0 < fixed["step"] < fixed["course"]["steps"]
    parts.clear()
    reports = train_all(request, progress=partial(step, kill=False), clock=clock)
    assert parts == {"mask-diffusion"}, "the finished stage is skipped"
    assert ModelFolder(tmp_path / "models").hashes()["mask_autoencoder"] == first["mask_autoencoder"]
    assert all(r.finished for r in reports)
    assert fixed["course"]["steps"] == reports[-1].steps, "the schedule is that of the first call"
    assert 0.8 * 20.0 < clock.now - 1000.0 <= 1.05 * 20.0
    (tmp_path / "models" / "mask_diffusion.safetensors").unlink()
    index = json.loads((tmp_path / "models" / "model.json").read_text())
    del index["components"]["mask_diffusion"]
    (tmp_path / "models" / "model.json").write_text(json.dumps(index))
    (tmp_path / "mask-diffusion" / "checkpoint.pt").write_bytes(b"PK broken")
    with pytest.raises(WeightsError, match="cannot be resumed"):
        train_all(request)


@pytest.mark.usefixtures("tiny_recipe")
def test_the_corpus_is_planned_from_its_own_pace(
    prepared_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    built: list[tuple[str, int]] = []

    def build(chosen: list[PreparedCase], folder: Path, preset: object, config: CorpusConfig, **rest: Any) -> None:
        clock.now += 5.0  # processes start
        for number, case in enumerate(chosen):
            clock.now += 2.0 * config.copies_of(case)
            rest["progress"](number + 1, len(chosen), case.key)
        built.append((folder.name, sum(map(config.copies_of, chosen))))

    monkeypatch.setattr(everything, "build_corpus", build)
    whole = everything._Whole(tiny_whole(prepared_dir, tmp_path, budget_s=237.0), None, clock)
    whole.corpus()
    assert built == [(".probe", 6), ("corpus", 14)], "20 copies would not fit"
    assert whole.plan.spent_s["corpus"] <= whole.plan.allotted_s["corpus"]
    kept = json.loads((tmp_path / "plan.json").read_text())["copies"]
    again = everything._Whole(tiny_whole(prepared_dir, tmp_path, budget_s=237.0), None, clock)
    again.corpus()
    assert built[-1] == ("corpus", 14), "the second call does not measure and plan anew"
    assert len(built) == 3 and again.plan.copies == kept
    with pytest.raises(ConfigError, match=r"30s is too short for a corpus of 2 copies of each of 8 cases; at least"):
        everything._Whole(tiny_whole(prepared_dir, tmp_path / "short", budget_s=30.0), None, clock).corpus()


@pytest.mark.usefixtures("tiny_recipe")
def test_bad_requests_are_refused_before_any_work(prepared_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"1s is too short for preset 'tiny' \(corpus, mask-autoencoder"):
        train_all(tiny_whole(prepared_dir, tmp_path, budget_s=1.0))
    with pytest.raises(DatasetError, match="is not a prepared folder"):
        train_all(tiny_whole(tmp_path, tmp_path))
    with pytest.raises(DatasetError, match="no train cases of aorta"):
        train_all(tiny_whole(prepared_dir, tmp_path, structures=("aorta",)))
    with pytest.raises(ConfigError, match="Unknown stage 'mask'"):
        tiny_whole(prepared_dir, tmp_path, stages=("mask",))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("tiny_recipe")
def test_label_only_data_train_the_mask_stages(prepared_dir: Path, tmp_path: Path) -> None:
    data = tmp_path / "labels"
    shutil.copytree(prepared_dir, data)
    manifest = json.loads((data / "manifest.json").read_text())
    manifest["cases"] = [case | {"image": None, "modality": None} for case in manifest["cases"]]
    (data / "manifest.json").write_text(json.dumps(manifest))
    assert not any(case.record["image"] for case in PreparedSet(data))
    run = everything._Whole(tiny_whole(data, tmp_path / "out"), None, Clock())
    assert run.stages == ("mask-autoencoder", "mask-prior", "mask-diffusion")
    with pytest.raises(DatasetError, match="has no images"):
        everything._Whole(tiny_whole(data, tmp_path / "out", stages=("image-autoencoder",)), None, Clock())


def test_a_disk_that_is_full_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan.opened(tmp_path / "plan.json", "tiny", (), 10.0, Clock())

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OutputError, match="No space left"):
        plan.begin("corpus", {"corpus": 1.0})
