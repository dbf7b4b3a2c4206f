"""The user's own data: the commands of Resources/Tutorial/own_data.md, on synthetic scans, with two steps a stage."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
import uvicorn
from safetensors.torch import save_file
from synthetic import scan_grid
from tiny import tiny_around_preset

from Sketch2CTLib import catalog, own_structures
from Sketch2CTLib.bundles import pack, unpack
from Sketch2CTLib.cli.main import STRUCTURES_VARIABLE, main
from Sketch2CTLib.conditioning.geometry import NumberScaler
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.description.quantities import QUANTITY_NAMES
from Sketch2CTLib.errors import ConfigError, WeightsError
from Sketch2CTLib.frames import to_sitk
from Sketch2CTLib.generation.model.presets import PRESETS, Preset
from Sketch2CTLib.generation.model.residual import MaskPrior
from Sketch2CTLib.generation.model.stages import mask_stage
from Sketch2CTLib.networks import build_coder
from Sketch2CTLib.offered import offered_structures
from Sketch2CTLib.service.config import EngineConfig
from Sketch2CTLib.service.engine import Engine
from Sketch2CTLib.service.http.app import GracefulServer, ServeConfig, create_app
from Sketch2CTLib.service.protocol.lines import encoded
from Sketch2CTLib.service.worker import Worker
from Sketch2CTLib.training.corpus import CorpusConfig
from Sketch2CTLib.training.recipes import RECIPES, STAGES, PresetRecipe, Recipe
from Sketch2CTLib.training_ranges import training_ranges
from Sketch2CTLib.weights import ModelFolder
from Sketch2CTLib.weights.store import sha256_of

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "Resources" / "Tutorial" / "own_data.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
DEFINITION = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1]
QUICK = {
    "--preset default --start-from default": "--preset small --start-from begun",
    "--budget 2h": "--workers 1 --device cpu --precision 32-true",
    "--methods sketch2ct": "--methods sketch2ct --steps 2 --limit 1 --workers 1 --device cpu",
    "--out result": "--out result --steps 2 --device cpu",
    "--out from_server": "--out from_server --steps 2",
}
CASES = 4


@pytest.fixture(autouse=True)
def own_catalog(monkeypatch):
    """Structures of the user's own leave with the test."""
    monkeypatch.setattr(catalog, "_OWN", {})
    monkeypatch.setattr(own_structures, "_STATISTICS", {kind: {} for kind in own_structures.KINDS})


@pytest.fixture
def tiny_small(monkeypatch):
    """'small' with 16³ networks that draw around a prior, and the steps of a moment."""
    stages = {stage: Recipe(2, 2, 2, 1e-4, 10, warmup=2) for stage in STAGES}
    recipe = PresetRecipe(stages, corpus=CorpusConfig(copies={"other": 1}, drawings=2), least_s=1.0, least_steps=2)
    monkeypatch.setitem(RECIPES, "small", recipe)
    monkeypatch.setitem(PRESETS, "small", replace(tiny_around_preset(), name="small"))
    return PRESETS["small"]


def begin(folder: Path, preset: Preset) -> None:
    """A model of the mask stage with random weights, which knows livers."""
    models = ModelFolder(folder)
    torch.manual_seed(1)
    scaler = NumberScaler(QUANTITY_NAMES, frozenset(), {"liver": {"volume_ml": (1500.0, 300.0)}})
    extras = {"mask_latent_scale": 1.0, "number_scaler": scaler.to_dict()}
    networks = {
        "mask_autoencoder": build_coder(preset.mask_autoencoder),
        "mask_prior": MaskPrior(preset),
        "mask_diffusion": mask_stage(preset),
    }
    for name, network in networks.items():
        models.save_component(name, network, {}, {}, preset=preset.name, extras=extras)


@pytest.fixture
def serve():
    """Starts a server whose worker is of this process, where the test's preset is known; gives its address."""
    running = []

    def start(models: Path) -> str:
        app = create_app(ServeConfig(grace_s=0, models=models, warm=False), ChainTransport)
        server = GracefulServer(uvicorn.Config(app, port=0, log_level="warning"), app, 0)
        started = threading.Event()
        server.on_start = started.set
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        assert started.wait(60)
        running.append((server, thread))
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(60)


class ChainTransport:
    """A worker of this process, on the model that a server names."""

    def __init__(self, config: ServeConfig, folder: Path) -> None:
        self.engine = Engine(EngineConfig(folder=folder, models=config.models, device="cpu"))

    def exchange(self, request, hear) -> None:
        Worker(self.engine, hear).answer(encoded(request))

    def close(self) -> None:
        self.engine.close()


def write_scans(folder: Path) -> None:
    """Pairs of a long body (11) with a large one beside it (6)."""
    folder.mkdir()
    for number in range(CASES):
        rng, grid = np.random.default_rng(number), scan_grid(flipped=number % 2 == 1)
        k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij")
        points = grid.to_ras(np.stack([i, j, k], axis=-1)) - grid.center_ras
        labels = np.zeros(grid.shape_kji, dtype=np.uint8)
        labels[(((points - [60, 0, 20]) / rng.uniform(35, 45, 3)) ** 2).sum(-1) < 1] = 6
        labels[(((points - [-20, 0, 0]) / (rng.uniform(0.9, 1.1, 3) * [45, 16, 20])) ** 2).sum(-1) < 1] = 11
        image = np.where(labels == 6, 110, np.where(labels == 11, 90, 20)) + rng.normal(0, 10, labels.shape)
        sitk.WriteImage(to_sitk(labels, grid), str(folder / f"p{number:02d}_label.nii.gz"))
        sitk.WriteImage(to_sitk(image.astype(np.int16), grid), str(folder / f"p{number:02d}_ct.nii.gz"))


def commands() -> list[list[str]]:
    """The page's commands in order, made quick; what they print is not of this process' environment."""
    lines = [line for block in BLOCKS for line in block.splitlines() if line.startswith("sketch2ct ")]
    for slow, quick in QUICK.items():
        lines = [line.replace(slow, quick) for line in lines]
    return [shlex.split(line)[1:] for line in lines]


def test_the_commands_of_the_page(tiny_small, quick_segmenter, serve, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_scans(Path("scans"))
    begin(Path("begun"), tiny_small)
    Path("pancreas.yaml").write_text(DEFINITION, encoding="utf-8")
    seen = []
    for words in commands():
        seen.append(words[0])
        if words[0] == "serve":
            address = serve(Path(words[2]))
        elif "--server" in words:
            words[words.index("--server") + 1] = address
            told = subprocess.run(
                [sys.executable, "-m", "Sketch2CTLib", *words],
                cwd=tmp_path,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert told.returncode == 0, told.stderr
        else:
            assert main(words) == 0, (words, capsys.readouterr().err)
    assert set(seen) >= {"structures", "prepare", "train", "generate", "evaluate", "parse", "models", "serve"}

    prepared = PreparedSet(tmp_path / "prepared")
    assert prepared.own == ("pancreas",) and {case.structure for case in prepared} == {"pancreas"}
    assert len(prepared) == CASES
    volumes = [case.metrics["volume_ml"] for case in prepared.cases("train")]
    known = training_ranges("pancreas")["volume_ml"]
    assert known.cases == CASES - 1
    assert known.low == pytest.approx(min(volumes), rel=1e-3) and known.high == pytest.approx(max(volumes), rel=1e-3)
    assert offered_structures(tmp_path / "models" / "pancreas") == ("pancreas",)
    for folder in ("result", "from_server"):
        header = sitk.ReadImage(str(tmp_path / folder / "mask.seg.nrrd"))
        tags = header.GetMetaData("Segment0_Tags")
        assert "SCT^15776009^Pancreas" in tags
        assert header.GetMetaData("Segment0_Name") == "Pancreas"
        assert json.loads((tmp_path / folder / "report.json").read_text())["structure"] == "pancreas"
        assert (sitk.GetArrayViewFromImage(header) > 0).sum() > 0
        assert (tmp_path / folder / "layout.seg.nrrd").is_file(), "its CT is painted by the shipped networks"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("pancreas: {view: coronal}", "'pancreas' has no cube_mm"),
        ("pancreas: {cube_mm: 192, vew: coronal}", "unknown field 'vew'"),
        ("pancreas: {cube_mm: 192, view: front}", "view"),
        ("pancreas: {cube_mm: 192, code: Pancras}", "Is it 'Pancreas'?"),
        ("thingummy: {cube_mm: 192}", "Slicer's terminology has no 'Thingummy'"),
        ("liver: {cube_mm: 192}", "'liver' is a structure of Sketch2CT"),
        ("pancreas: {cube_mm: 192, label: 3}", "label value 3"),
        ("pancreas: 192", "must be a mapping"),
    ],
)
def test_a_wrong_definition_is_told_in_a_line(line, told, tmp_path, capsys):
    text = DEFINITION.replace("pancreas: {cube_mm: 192, view: coronal}", line)
    assert text != DEFINITION
    (tmp_path / "scans").mkdir()
    (tmp_path / "wrong.yaml").write_text(text, encoding="utf-8")
    assert main(["prepare", str(tmp_path / "wrong.yaml"), "--out", str(tmp_path / "prepared")]) == 2
    (line_told,) = capsys.readouterr().err.strip().splitlines()
    assert "[bad_dataset]" in line_told and told in line_told
    assert not (tmp_path / "prepared").exists()


def test_a_neighbour_cannot_be_a_target_undefined(tmp_path, capsys):
    text = re.sub(r"structures:\n.*\n", "", DEFINITION)
    (tmp_path / "scans").mkdir()
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    assert main(["prepare", str(tmp_path / "own.yaml"), "--out", str(tmp_path / "prepared")]) == 2
    assert "define it under 'structures'" in capsys.readouterr().err


def bundled(folder: Path, cube_mm: float = 192.0) -> Path:
    """A model folder of one small file, with a structure of the user's own, as a bundle."""
    catalog.join(own_structures.defined({"gizmo": {"cube_mm": cube_mm, "code": "Bladder"}}))
    folder.mkdir()
    save_file({"x": torch.zeros(3)}, folder / "segmenter.safetensors")
    entry = {"file": "segmenter.safetensors", "sha256": sha256_of(folder / "segmenter.safetensors")}
    index = {
        "format": "sketch2ct.model",
        "version": 1,
        "preset": "small",
        "components": {"segmenter": entry | {"config": {}, "provenance": {}}},
        "extras": {"number_scaler": {"statistics": {"gizmo": {}}}},
    }
    (folder / "model.json").write_text(json.dumps(index))
    own_structures.write(folder, own_structures.document(["gizmo"], {"training_ranges": {"gizmo": RANGES}}))
    return pack(folder, folder.parent / "gizmo.zip", name="gizmo")


ONE = {"cases": 3, "median": 5.0, "mean": 5.0, "sd": 1.0, "low": 4.0, "high": 6.0, "p05": 4.1, "p95": 5.9}
RANGES = {"volume_ml": ONE}


def test_a_bundle_brings_its_structure_to_where_nobody_knows_it(tmp_path, monkeypatch):
    bundle = bundled(tmp_path / "gizmo")
    monkeypatch.setattr(catalog, "_OWN", {})
    monkeypatch.setattr(own_structures, "_STATISTICS", {kind: {} for kind in own_structures.KINDS})
    made = unpack(bundle, tmp_path / "models")
    assert catalog.structure("gizmo").cube_mm == 192.0
    assert own_structures.read(made.folder)[0].code.value == "89837001"
    assert training_ranges("gizmo")["volume_ml"].high == 6.0


def test_a_bundle_whose_structure_is_defined_otherwise_is_refused(tmp_path, monkeypatch):
    bundle = bundled(tmp_path / "gizmo")
    monkeypatch.setattr(catalog, "_OWN", {})
    catalog.join(own_structures.defined({"gizmo": {"cube_mm": 96, "code": "Bladder"}}))
    with pytest.raises(WeightsError, match="known already, and defined otherwise"):
        unpack(bundle, tmp_path / "models")
    assert catalog.structure("gizmo").cube_mm == 96.0


def test_damaged_numbers_of_a_structure_are_told(tmp_path):
    catalog.join(own_structures.defined({"gizmo": {"cube_mm": 96, "code": "Bladder"}}))
    told = own_structures.document(["gizmo"], {"training_ranges": {"gizmo": {"volume_ml": {"cases": 3}}}})
    own_structures.introduce(told)
    with pytest.raises(ConfigError, match="ranges of 'gizmo' cannot be read"):
        training_ranges("gizmo")


def test_commands_without_a_model_find_structures_by_the_variable(tmp_path, monkeypatch, capsys):
    bundled(tmp_path / "gizmo")
    catalog._OWN.clear()
    asked = ["parse", "a gizmo of 5 mL", "--structure", "gizmo", "--json"]
    assert main(asked) == 2 and "Unknown structure 'gizmo'" in capsys.readouterr().err
    monkeypatch.setenv(STRUCTURES_VARIABLE, str(tmp_path / "gizmo"))
    assert main(asked) == 0
    assert json.loads(capsys.readouterr().out)["numbers"] == {"volume_ml": 5.0}
    monkeypatch.setenv(STRUCTURES_VARIABLE, str(tmp_path))
    assert main(asked) == 2 and "holds no structures.json" in capsys.readouterr().err
