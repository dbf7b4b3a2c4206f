"""`evaluate reconstruction`: what a mask autoencoder keeps, on a linear code that is good from the start."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from tiny import tiny_preset, tiny_request

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.data.intensity import window_of
from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import DatasetError
from Sketch2CTLib.evaluation.masks.reconstruction import evaluate_reconstruction
from Sketch2CTLib.generation.model.presets import PRESETS
from Sketch2CTLib.networks import PatchAutoencoderConfig, build_coder
from Sketch2CTLib.training.diffusion import load_autoencoder
from Sketch2CTLib.training.run import train
from Sketch2CTLib.weights import ModelFolder


@pytest.fixture(scope="module")
def patch_run(prepared_dir, tmp_path_factory):
    """A mask autoencoder of patches, its basis fitted and its finish trained for two steps."""
    coder = PatchAutoencoderConfig(patch=4, latent_channels=12, stem=2, width=16, res_blocks=1, norm_groups=8)
    preset = replace(tiny_preset(), name="tiny_patches", mask_autoencoder=coder)
    PRESETS[preset.name] = preset
    out = tmp_path_factory.mktemp("patches")
    train(replace(tiny_request("mask-autoencoder", prepared_dir, out, 2), preset=preset))
    return out, preset


def test_a_fitted_code_is_good_before_it_is_trained(patch_run, prepared_dir):
    out, preset = patch_run
    coder = load_autoencoder(ModelFolder(out / "models"), "mask_autoencoder", preset)
    rows = evaluate_reconstruction(PreparedSet(prepared_dir), preset, coder)
    assert {row.structure for row in rows} == {"liver", "spleen"}
    livers = [row.values for row in rows if row.structure == "liver"]
    assert min(v["dice"] for v in livers) > 0.78  # 16³ voxels
    blank = build_coder(preset.mask_autoencoder).eval()
    unfitted = evaluate_reconstruction(PreparedSet(prepared_dir), preset, blank, structures=("liver",))
    assert unfitted[0].values["dice"] < livers[0]["dice"]


def test_the_command_prints_and_writes_the_table(patch_run, prepared_dir, tmp_path, capsys):
    out, path = tmp_path / "r.json", patch_run[0] / "models"
    arguments = ["evaluate", "reconstruction", "--data", str(prepared_dir), "--models", str(path), "--json", str(out)]
    assert main(arguments) == 0
    written = json.loads(out.read_text())
    assert written["preset"] == "tiny_patches"
    assert {row["structure"] for row in written["rows"]} == {"liver", "spleen"}
    assert "HD95" in capsys.readouterr().out


def test_scans_are_compared_in_hu(run_dir, prepared_dir, tmp_path, capsys):
    tiny_preset()
    out, path = tmp_path / "r.json", run_dir / "models"
    arguments = ["evaluate", "reconstruction", "--scans", "--data", str(prepared_dir), "--models", str(path)]
    assert main([*arguments, "--json", str(out)]) == 0
    rows = json.loads(out.read_text())["rows"]
    assert {row["method"] for row in rows} == {"tiny CT"} and "SSIM" in capsys.readouterr().out
    coder = load_autoencoder(ModelFolder(path), "image_autoencoder", tiny_preset())

    class Perfect(torch.nn.Module):
        def encode(self, field):
            return (field.float(),)

        def decode(self, z):
            return z + 0.1  # of the window's half

    prepared = PreparedSet(prepared_dir)
    shifted = evaluate_reconstruction(prepared, tiny_preset(), Perfect(), structures=("liver",), scans=True)
    half = (window_of("CT")[1] - window_of("CT")[0]) / 2
    assert shifted[0].values["organ_bias"] == pytest.approx(0.1 * half, rel=0.05)
    found = evaluate_reconstruction(prepared, tiny_preset(), coder, structures=("liver",), scans=True)
    assert found[0].values["psnr_db"] < shifted[0].values["psnr_db"], "trained for two steps"


def test_no_such_cases(patch_run, prepared_dir):
    _, preset = patch_run
    with pytest.raises(DatasetError, match="no such 'val' cases"):
        evaluate_reconstruction(
            PreparedSet(prepared_dir), preset, build_coder(preset.mask_autoencoder), structures=("aorta",)
        )
