"""Presets: one frozen value each that says every shape and constant of the chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ...catalog import STRUCTURE_NAMES, rows
from ...conditioning import ConditionerConfig
from ...diffusion import ScheduleConfig
from ...errors import ConfigError
from ...networks import AutoencoderConfig, CoderConfig, DenoiserConfig, FilmUNetConfig, PatchAutoencoderConfig

MASK_TRUNCATION = 1.0 / 16.0


@dataclass(frozen=True)
class Preset:
    """Everything that shapes the two stages.

    Args:
        name: paper, default, small, or a test's own.
        voxels: Edge of the generated cube.
        signed_distance: Whether the mask stage sees a truncated signed distance (else binary −1/1).
        conditioner: Fusion of sketch, words and numbers.
        mask_autoencoder, mask_denoiser: Stage 1; a modulated U-Net draws around the prior mean, see ResidualMaskStage.
        image_autoencoder, image_denoiser: Stage 2.
        schedule: Noise schedule of both stages.
        guidance: Default classifier-free scale of the mask stage.
        image_guidance: Weight of what the network adds around the organ of a CT and of an MR, see
            `LabelImageDenoiser.guided`.
        organ_temperature: Of the noise from which a scan's organ is drawn; below 1 it is more even.
        draws: Default number of draws whose mean field becomes one mask.
        noise_strength: How far samples stray from the prior mean by default, see Settings.
        prior_conditioner, mask_prior: A network of its own for the prior mean; None: the denoiser's first evaluation.
    """

    name: str
    voxels: int
    conditioner: ConditionerConfig
    mask_autoencoder: CoderConfig
    mask_denoiser: DenoiserConfig | FilmUNetConfig
    image_autoencoder: CoderConfig
    image_denoiser: DenoiserConfig | FilmUNetConfig
    signed_distance: bool = True
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    guidance: float = 1.0
    image_guidance: tuple[float, float] = (1.0, 1.0)
    organ_temperature: float = 1.0
    draws: int = 1
    noise_strength: float = 1.0
    prior_conditioner: ConditionerConfig | None = None
    mask_prior: FilmUNetConfig | None = None

    @property
    def mask_latent_shape(self) -> tuple[int, int, int, int]:
        """(C, d, h, w) of a mask latent."""
        return _latent_shape(self.voxels, self.mask_autoencoder)

    @property
    def image_latent_shape(self) -> tuple[int, int, int, int]:
        """(C, d, h, w) of an image latent."""
        return _latent_shape(self.voxels, self.image_autoencoder)

    @property
    def request_conditioner(self) -> ConditionerConfig:
        """What a request's tensors hold: all that the denoiser or the prior looks at."""
        prior = self.prior_conditioner or self.conditioner
        most = {
            name: max(getattr(self.conditioner, name), getattr(prior, name)) for name in ("sketches", "contour_parts")
        }
        return replace(self.conditioner, **most)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return asdict(self)


def _latent_shape(voxels: int, config: CoderConfig) -> tuple[int, int, int, int]:
    cells = voxels // config.compression
    return (config.latent_channels, cells, cells, cells)


def build_preset(
    name: str,
    *,
    voxels: int,
    mask_autoencoder: CoderConfig,
    image_autoencoder: CoderConfig,
    channels: tuple[int, ...] = (),
    image_channels: tuple[int, ...] | None = None,
    lifted: bool = True,
    pooled: bool = False,
    conditioner: dict[str, Any] | None = None,
    prior: tuple[int, int, int] | None = None,
    prior_conditioner: dict[str, Any] | None = None,
    around_prior: bool = False,
    label_image: tuple[int, int, int] | None = None,
    **rest: Any,
) -> Preset:
    """A preset whose parts fit each other.

    Args:
        channels, image_channels: Widths of the two denoisers with attention, if there are any.
        lifted: Whether sketch and numbers are lifted, and numbers have tokens.
        pooled: Whether numbers, structure and words also join the time embedding.
        conditioner: Further fields of ConditionerConfig; rest: of Preset.
        prior: Widths of the prior, if there shall be one; prior_conditioner: further fields of its ConditionerConfig.
        around_prior: Whether a network of the prior's widths draws masks around its mean; without, a U-Net with
            attention draws them.
        label_image: Widths of a modulated U-Net that draws scans; without, a U-Net with attention draws them.
    """
    encoder = ConditionerConfig(
        structures=len(STRUCTURE_NAMES),
        lifted_sketch=lifted,
        geometry_tokens=lifted,
        cells=voxels // mask_autoencoder.compression,
        pooled_dim=4 * channels[0] if pooled else 0,
        **conditioner or {},
    )
    latent_channels = mask_autoencoder.latent_channels
    denoiser: DenoiserConfig | FilmUNetConfig | None = None
    if prior is not None:
        shown = {"width": PRIOR_WIDTH, "capsules": 0, "pooled_dim": PRIOR_POOLED} | (prior_conditioner or {})
        prior_encoder = replace(encoder, **shown)
        shape = FilmUNetConfig(latent_channels, prior_encoder.spatial_channels, PRIOR_POOLED, prior)
        rest |= {"prior_conditioner": prior_encoder, "mask_prior": shape}
        if around_prior:
            encoder = prior_encoder
            denoiser = replace(shape, spatial_channels=shape.spatial_channels + 2 * latent_channels)
    if denoiser is None:
        attention = (False,) + (True,) * (len(channels) - 1)
        denoiser = DenoiserConfig(
            latent_channels, encoder.spatial_channels, channels, attention, encoder.context_dim, pooled=pooled
        )
    return Preset(
        name=name,
        voxels=voxels,
        conditioner=encoder,
        mask_autoencoder=mask_autoencoder,
        mask_denoiser=denoiser,
        image_autoencoder=image_autoencoder,
        image_denoiser=_image_denoiser(mask_autoencoder, image_autoencoder, image_channels or channels, label_image),
        **rest,
    )


def _image_denoiser(
    mask: CoderConfig, image: CoderConfig, channels: tuple[int, ...], label_image: tuple[int, int, int] | None
) -> DenoiserConfig | FilmUNetConfig:
    """Stage 2 sees the mask's latent and the mask itself, averaged over each latent cell.

    A denoiser of label images also sees the labels, painted each with its usual value, as the image coder has them, and
    where there are any.
    """
    seen = mask.latent_channels + 1
    if label_image is not None:
        beside = image.latent_channels + seen + image.latent_channels + 1
        return FilmUNetConfig(image.latent_channels, beside, LABEL_IMAGE_POOLED, label_image)
    attention = (False,) + (True,) * (len(channels) - 1)
    return DenoiserConfig(image.latent_channels, seen, channels, attention, IMAGE_CONTEXT_DIM)


IMAGE_CONTEXT_DIM = 128
LABEL_IMAGE_POOLED = 128
PRIOR_WIDTH = 32
PRIOR_POOLED = 128
_PAPER_AUTOENCODER = AutoencoderConfig(1, (32, 64, 64), 3, attention=True)

PRESETS: dict[str, Preset] = {
    "paper": build_preset(
        "paper",
        voxels=128,
        mask_autoencoder=_PAPER_AUTOENCODER,
        image_autoencoder=_PAPER_AUTOENCODER,
        channels=(32, 64, 64),
        lifted=False,
        signed_distance=False,
        guidance=1.0,
    ),
    "default": build_preset(
        "default",
        voxels=128,
        mask_autoencoder=PatchAutoencoderConfig(8, 16),
        image_autoencoder=PatchAutoencoderConfig(8, 96),
        label_image=(96, 96, 64),
        conditioner={"picture_pixels": 128, "lift_width": 32, "coordinates": True, "context_dim": 256},
        prior=(48, 56, 48),
        prior_conditioner={"sketches": 3, "contour_parts": 2},
        around_prior=True,
        noise_strength=1.0,
        image_guidance=(1.6, 1.2),
        organ_temperature=0.85,
    ),
    "small": build_preset(
        "small",
        voxels=64,
        mask_autoencoder=AutoencoderConfig(2, (32, 64), 4, attention=False),
        image_autoencoder=AutoencoderConfig(2, (32, 64), 8, attention=False),
        channels=(48, 64, 64),
        image_channels=(32, 64, 64),
        conditioner={"width": 128, "capsules": 16, "context_dim": 256, "picture_pixels": 64},
        draws=4,
        guidance=1.5,
    ),
}


def of_structures(shape: Preset, trained: Iterable[str]) -> Preset:
    """A preset whose networks have a row for each of these structures, of the user's own as well.

    Raises:
        UnknownStructure: The catalog has none of that name.
    """
    count, prior = rows(trained), shape.prior_conditioner
    return replace(
        shape,
        conditioner=replace(shape.conditioner, structures=count),
        prior_conditioner=prior and replace(prior, structures=count),
    )


def preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        ConfigError: There is no such preset.
    """
    if name not in PRESETS:
        raise ConfigError(f"Unknown preset '{name}'.", hint=f"Choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
