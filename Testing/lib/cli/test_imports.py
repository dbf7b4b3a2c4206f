"""What the command line imports: nothing heavy before a verb runs, and no whole framework for a part of it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from Sketch2CTLib.cli.main import VERBS

HEAVY = ("torch", "monai", "vtkmodules", "scipy", "matplotlib", "SimpleITK", "cv2", "skimage", "numpy")
FRAMEWORKS = (
    "monai",
    "transformers",
    "sentence_transformers",
    "diffusers",
    "matplotlib",
    "scipy.optimize",
    "torch._dynamo",
)


def imported(program: str) -> set[str]:
    """The modules that a program has imported at its end, in a Python of its own."""
    ending = "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program + ending], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *[[verb, "--help"] for verb in VERBS]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    found = imported(f"from Sketch2CTLib.cli.main import main; assert main({arguments!r}) == 0")
    assert not found & set(HEAVY)


def test_a_run_imports_no_framework_whole() -> None:
    found = imported(
        "import Sketch2CTLib.cli.generate.running, Sketch2CTLib.generation.chain, Sketch2CTLib.generation.asking\n"
        "from Sketch2CTLib.conditioning.text import encode_sentences\n"
        "from Sketch2CTLib.generation.model.presets import preset\n"
        "from Sketch2CTLib.generation.model.stages import image_stage, mask_stage\n"
        "from Sketch2CTLib.diffusion.solver import DpmSolver\n"
        "mask_stage(preset('default')), image_stage(preset('default')), encode_sentences(['The surface is smooth.'])"
    )
    assert "torch" in found
    assert not found & set(FRAMEWORKS)


def test_what_draws_pictures_and_refuses_input_needs_no_torch() -> None:
    found = imported(
        "from Sketch2CTLib.generation import asking, result_folder\n"
        "from Sketch2CTLib.generation.report import picture, preview\n"
    )
    assert not found & {"torch", *FRAMEWORKS} - {"matplotlib"}
