"""A tiny preset and a model folder of it with random weights: made in a second, good for everything but looks."""

from __future__ import annotations

from pathlib import Path

import torch

from Sketch2CTLib.description.quantities import QUANTITY_NAMES
from Sketch2CTLib.generation.model.presets import PRESETS, Preset, build_preset
from Sketch2CTLib.generation.model.stages import MaskStage, image_stage
from Sketch2CTLib.networks import AutoencoderConfig, build_coder
from Sketch2CTLib.weights import ModelFolder

STRUCTURES = {"liver": {"volume_ml": (7.0, 0.2)}, "spleen": {"volume_ml": (5.0, 0.3)}}


def known_preset() -> Preset:
    """16³ volumes, 4³ latents; known to the library under the name 'untrained'."""
    coder = AutoencoderConfig(2, (16, 16), 4, attention=False, norm_groups=8)
    conditioner = {"width": 32, "capsules": 4, "context_dim": 16, "picture_pixels": 16, "sketches": 2, "lift_width": 8}
    PRESETS["untrained"] = build_preset(
        "untrained",
        voxels=16,
        mask_autoencoder=coder,
        image_autoencoder=coder,
        channels=(16, 16),
        pooled=True,
        conditioner=conditioner,
        noise_strength=1.0,
        label_image=(16, 16, 16),
    )
    return PRESETS["untrained"]


def untrained_model(folder: Path) -> Path:
    """All networks of both stages and what they need beside weights."""
    preset = known_preset()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        networks = {
            "mask_autoencoder": build_coder(preset.mask_autoencoder),
            "image_autoencoder": build_coder(preset.image_autoencoder),
            "mask_diffusion": MaskStage(preset),
            "image_diffusion": image_stage(preset),
        }
    scaler: dict[str, object] = {"names": list(QUANTITY_NAMES), "log": ["volume_ml"], "statistics": STRUCTURES}
    extras: dict[str, object] = {
        "mask_latent_scale": 1.0,
        "image_latent_scale": 1.0,
        "image_prior_scale": 1.0,
        "number_scaler": scaler,
    }
    extras["palette"] = {"CT": {"0": -0.6, "1": 0.1, "2": 0.3}}
    for name, network in networks.items():
        ModelFolder(folder).save_component(name, network, {}, {}, preset=preset.name, extras=extras)
    return folder
