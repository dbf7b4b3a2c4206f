"""What a training that starts from another model begins with: weights, scales, and the networks below its stage."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..conditioning import ConditionEncoder
from ..conditioning.geometry import NumberScaler
from ..errors import ConfigError, WeightsError
from ..generation.model.loaded import MASK_STAGE
from ..generation.model.presets import Preset
from ..generation.model.residual import MaskPrior
from ..networks import FilmUNetConfig, build_coder
from ..weights import ModelFolder
from .samples import Corpus


def load_widened(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Loads weights into a network that may see more channels and know more structures than theirs.

    New channels count nothing at first; a new structure begins as the mean of the known ones.

    Raises:
        WeightsError: They are of another network.
    """
    widened = dict(state)
    for name, part in module.named_modules():
        if isinstance(part, ConditionEncoder):
            prefix = f"{name}." if name else ""
            given = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
            widened |= {prefix + key: value for key, value in part.with_more_structures(given).items()}
    for name, own in module.state_dict().items():
        given_one = widened.get(name)
        if given_one is None or given_one.ndim < 2 or given_one.shape == own.shape:
            continue
        if given_one.shape[1] < own.shape[1]:
            widened[name] = torch.zeros_like(own)
            widened[name][:, : given_one.shape[1]] = given_one
    try:
        module.load_state_dict(widened)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise WeightsError(
            f"The weights to start from are of another network ({reason}).", hint="Name a model of the same preset."
        ) from error


def kept_scales(start: ModelFolder, train: Corpus) -> tuple[float, NumberScaler]:
    """Scale of latents and z-scores of numbers of the model to start from; of structures that it lacks, the corpus'."""
    extras = start.index()["extras"]
    kept, own = NumberScaler.from_dict(extras["number_scaler"]), train.fit_scaler()
    learned = {record.structure for record in train.records}
    statistics = {name: kept.statistics.get(name) or own.statistics[name] for name in sorted(learned)}
    return float(extras["mask_latent_scale"]), NumberScaler(kept.names, kept.log, statistics)


STARTED_FROM = "started_from"  # of a model's extras: component → SHA-256 of the weights that its training began with


def require_same_start(start: ModelFolder | None, models: ModelFolder) -> None:
    """Does nothing where a run goes on as it was begun: its scales are those of the model that it started from.

    Raises:
        ConfigError: It was begun from a model, and now from none or from another.
    """
    begun = models.index()["extras"].get(STARTED_FROM) if models.exists else None
    if begun and begun != (start and _digests(start)):
        raise ConfigError(
            f"'{models.folder.parent}' was begun from another model, or from one that is not named now.",
            hint="Give the same --start-from as at first, or another --out.",
        )


def _digests(start: ModelFolder) -> dict[str, str]:
    return {name: digest for name, digest in start.hashes().items() if name in MASK_STAGE}


def share_networks(start: ModelFolder, models: ModelFolder, preset: Preset, stage: str) -> None:
    """Puts into a run folder what a stage is trained on top of, from the model to start from.

    That is the mask autoencoder, whose latents the weights are of, and below a denoiser that draws around a prior the
    prior, where the folder has none of its own.

    Raises:
        WeightsError: The model lacks it, or the run folder has another autoencoder.
    """
    name = "mask_autoencoder"
    entry = start.component(name)
    if not models.exists or name not in models.index()["components"]:
        coder = build_coder(preset.mask_autoencoder)
        start.load_into(name, coder)
        extras = {STARTED_FROM: _digests(start)}
        models.save_component(name, coder, entry["config"], entry["provenance"], preset=preset.name, extras=extras)
    elif models.component(name)["sha256"] != entry["sha256"]:
        raise WeightsError(
            "The run folder has another mask autoencoder than the model to start from.", hint="Name another --out."
        )
    around_prior = stage == "mask-diffusion" and isinstance(preset.mask_denoiser, FilmUNetConfig)
    if around_prior and "mask_prior" not in models.index()["components"]:
        prior, below = MaskPrior(preset), start.component("mask_prior")
        load_widened(prior, start.load_state("mask_prior"))
        models.save_component("mask_prior", prior, below["config"], below["provenance"], preset=preset.name)
