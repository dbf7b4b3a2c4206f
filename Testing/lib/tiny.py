"""A tiny preset and a trained-for-a-moment model, so that the whole chain runs in seconds on a CPU."""

from __future__ import annotations

from pathlib import Path

from synthetic import write_set

from Sketch2CTLib.data.prepare import prepare
from Sketch2CTLib.data.spec import DatasetSpec
from Sketch2CTLib.generation.model.presets import PRESETS, Preset, build_preset
from Sketch2CTLib.networks import AutoencoderConfig
from Sketch2CTLib.training.corpus import CorpusConfig
from Sketch2CTLib.training.loop import LoopConfig
from Sketch2CTLib.training.run import STAGES, TrainRequest, train


def tiny_preset() -> Preset:
    """16³ volumes, 4³ latents, two sketches, samples around a prior mean; known to the library as 'tiny'."""
    coder = AutoencoderConfig(2, (16, 16), 4, attention=False, norm_groups=8)
    preset = build_preset(
        "tiny",
        voxels=16,
        mask_autoencoder=coder,
        image_autoencoder=coder,
        channels=(16, 16),
        pooled=True,
        conditioner={
            "width": 32,
            "capsules": 4,
            "context_dim": 16,
            "picture_pixels": 16,
            "sketches": 2,
            "lift_width": 8,
            "coordinates": True,
        },
        prior=(16, 16, 16),
        label_image=(16, 16, 16),
        noise_strength=0.7,
    )
    PRESETS["tiny"] = preset
    return preset


def tiny_around_preset() -> Preset:
    """The tiny preset with masks drawn around its prior mean; known to the library as 'tiny_around'."""
    tiny = tiny_preset()
    preset = build_preset(
        "tiny_around",
        voxels=16,
        mask_autoencoder=tiny.mask_autoencoder,
        image_autoencoder=tiny.image_autoencoder,
        channels=(16, 16),
        conditioner={"picture_pixels": 16, "lift_width": 8, "coordinates": True, "context_dim": 16, "sketches": 2},
        prior=(16, 16, 16),
        prior_conditioner={"sketches": 3, "contour_parts": 1},
        around_prior=True,
        noise_strength=0.7,
    )
    PRESETS[preset.name] = preset
    return preset


def prepared_folder(root: Path) -> Path:
    """Four synthetic patients, prepared."""
    prepare(DatasetSpec.load(write_set(root / "scans")), root / "prepared")
    return root / "prepared"


def tiny_request(stage: str, data: Path, out: Path, steps: int, **loop: object) -> TrainRequest:
    """A request that takes seconds; float32, since bf16 convolutions over 2³ cells give NaN gradients on some CPUs."""
    settings = {"batch": 2, "warmup": 2, "validate_every": 1000, "device": "cpu", "precision": "32-true"} | loop
    return TrainRequest(
        stage,  # type: ignore[arg-type]
        data,
        out,
        tiny_preset(),
        LoopConfig(steps, **settings),  # type: ignore[arg-type]
        corpus=CorpusConfig(copies={"other": 2}, drawings=2),
        workers=1,
    )


def tiny_model(data: Path, out: Path, steps: int = 4) -> Path:
    """All four stages, `steps` each; returns the model folder."""
    for stage in STAGES:
        train(tiny_request(stage, data, out, steps))
    return out / "models"
