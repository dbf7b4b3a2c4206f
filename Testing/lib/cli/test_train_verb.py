"""`sketch2ct train`: the whole chain or one stage, told in a line a part; wrong calls in one line and exit 2."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from tiny import tiny_preset

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.cli.train import parse_duration
from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.training.corpus import CorpusConfig
from Sketch2CTLib.training.plan import Plan
from Sketch2CTLib.training.recipes import RECIPES, STAGES, PresetRecipe, Recipe


@pytest.fixture
def tiny(monkeypatch):
    """The tiny preset and a recipe of two steps a stage."""
    stages = {stage: Recipe(2, 2, 2, 1e-4, 10, warmup=2) for stage in STAGES}
    recipe = PresetRecipe(stages, corpus=CorpusConfig(copies={"other": 2}, drawings=2), least_s=1.0, least_steps=2)
    monkeypatch.setitem(RECIPES, "tiny", recipe)
    return tiny_preset()


@pytest.fixture
def run(prepared_dir, run_dir, tmp_path):
    """A run folder with a corpus; the arguments that name it."""
    shutil.copytree(run_dir / "corpus", tmp_path / "run" / "corpus")
    return ["--data", str(prepared_dir), "--out", str(tmp_path / "run"), "--preset", "tiny", "--device", "cpu"]


def refused(arguments, capsys):
    """The one line on stderr of a call that ends with 2."""
    assert main(["train", *arguments]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_all_tells_a_line_a_part(tiny, run, capsys, tmp_path):
    assert main(["train", "all", *run, "--stages", "mask-autoencoder"]) == 0
    corpus, coder, weights = capsys.readouterr().out.strip().splitlines()
    assert corpus.startswith("corpus: 14 copies in ")
    assert coder.startswith("mask-autoencoder: 2 steps in ") and "dice " in coder
    assert weights == f"Weights: {tmp_path / 'run' / 'models'}"
    assert main(["train", "all", *run, "--stages", "mask-autoencoder", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(part["name"], part["steps"], part["finished"]) for part in told["parts"]] == [
        ("corpus", 14, True),
        ("mask-autoencoder", 2, True),
    ]


def test_one_stage_goes_by_its_recipe_and_the_planned_corpus(tiny, run, capsys, tmp_path):
    recipe = RECIPES["tiny"]
    plan = Plan(tmp_path / "run" / "plan.json", "tiny", ())
    plan.copies = dict(recipe.corpus.copies)
    plan.save()
    RECIPES["tiny"] = replace(recipe, corpus=replace(recipe.corpus, copies={"other": 40}))
    parts = sorted((tmp_path / "run" / "corpus" / "parts").iterdir())
    before = [path.stat().st_mtime_ns for path in parts]
    assert main(["train", "mask-autoencoder", *run, "--steps", "3"]) == 0
    assert "mask-autoencoder: 3 steps in " in capsys.readouterr().out
    assert [path.stat().st_mtime_ns for path in parts] == before, "the corpus is not made anew"


def test_wrong_calls_are_refused_in_one_line(tiny, run, capsys, tmp_path):
    told = refused(["all", *run, "--budget", "2s"], capsys)
    assert "2s is too short for preset 'tiny' (mask-autoencoder, mask-prior, mask-diffusion, image-autoencoder" in told
    assert "at least 5s are needed" in told
    assert "Unknown preset 'huge'" in refused(["all", *run, "--preset", "huge"], capsys)
    assert "is not a prepared folder" in refused(["all", *run, "--data", str(tmp_path)], capsys)
    assert "'soon' is no duration" in refused(["all", *run, "--budget", "soon"], capsys)
    assert "takes no --steps" in refused(["all", *run, "--steps", "3"], capsys)
    assert "are for 'train all'" in refused(["mask-diffusion", *run, "--no-volume"], capsys)
    assert "Unknown stage 'masks'" in refused(["masks", *run], capsys)
    assert "Unknown precision 'fp8'" in refused(["all", *run, "--precision", "fp8"], capsys)
    assert "3 machines need torchrun on each" in refused(["all", *run, "--devices", "2", "--nodes", "3"], capsys)
    assert "cannot be shared out to 1 devices in 3 parts" in refused(
        ["mask-diffusion", *run, "--accumulate", "3"], capsys
    )

    assert "Unknown stage 'masks'" in refused(["all", *run, "--stages", "masks"], capsys)
    (tmp_path / "run" / "plan.json").write_text("{")
    assert "plan.json' is damaged" in refused(["all", *run], capsys)


def test_a_part_of_the_patients_is_trained_on_and_kept_to(tiny, run, capsys, tmp_path):
    out = ["--out", str(tmp_path / "part")]
    assert main(["train", "all", *run, *out, "--patients", "2", "--stages", "mask-autoencoder"]) == 0
    index = json.loads((tmp_path / "part" / "corpus" / "corpus.json").read_text())
    whole = json.loads((tmp_path / "run" / "corpus" / "corpus.json").read_text())
    assert index["patients"] == 2 and 0 < len(index["parts"]) < len(whole["parts"])
    capsys.readouterr()
    stage = ["mask-autoencoder", *run, *out]
    assert "was begun with 2 patients, not all" in refused([*stage, "--steps", "4"], capsys)
    assert main(["train", *stage, "--patients", "2", "--steps", "3"]) == 0
    capsys.readouterr()
    assert "was begun with all patients, not 2" in refused(["all", *run, "--patients", "2"], capsys)
    assert "training patients, not 400" in refused(
        ["all", *run, "--out", str(tmp_path / "n"), "--patients", "400"], capsys
    )
    assert "'painter' takes no number of patients" in refused(["painter", *run, "--patients", "2"], capsys)


def test_processes_of_torchrun_tell_what_is_wrong_once(tiny, run, capsys, monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "run")
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert "need 2 processes, and there are 1" in refused(["all", *run, "--devices", "2"], capsys)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert main(["train", "all", *run, "--devices", "2"]) == 2
    assert not capsys.readouterr().err


def test_a_damaged_checkpoint_is_refused_in_one_line(tiny, run, capsys, tmp_path):
    (tmp_path / "run" / "mask-autoencoder").mkdir()
    (tmp_path / "run" / "mask-autoencoder" / "checkpoint.pt").write_bytes(b"PK broken")
    assert "cannot be resumed" in refused(["all", *run, "--no-volume"], capsys)


@pytest.mark.parametrize(("text", "seconds"), [("25min", 1500), ("2h", 7200), ("90s", 90), ("90", 90), ("1.5h", 5400)])
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "min", "-3s", "0", "1d", "2 hours", "nan", "²s", "1e9h"])
def test_no_durations(text):
    with pytest.raises(ConfigError, match="is no duration"):
        parse_duration(text)
