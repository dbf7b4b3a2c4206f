"""Autoencoders and denoisers: modules only; no files, schedules or devices."""

from .autoencoder import AutoencoderConfig, LatentAutoencoder, channels_last
from .coder import Coder
from .denoiser import Denoiser, DenoiserConfig
from .film_unet import FilmUNet, FilmUNetConfig
from .onednn import OneDnnConv3d, with_onednn
from .painter import Painter, PainterConfig
from .patches import PatchAutoencoder, PatchAutoencoderConfig

CoderConfig = AutoencoderConfig | PatchAutoencoderConfig


def build_coder(config: CoderConfig) -> Coder:
    """The autoencoder of a configuration."""
    return PatchAutoencoder(config) if isinstance(config, PatchAutoencoderConfig) else LatentAutoencoder(config)


__all__ = [
    "AutoencoderConfig",
    "Coder",
    "CoderConfig",
    "Denoiser",
    "DenoiserConfig",
    "FilmUNet",
    "FilmUNetConfig",
    "LatentAutoencoder",
    "OneDnnConv3d",
    "Painter",
    "PainterConfig",
    "PatchAutoencoder",
    "PatchAutoencoderConfig",
    "build_coder",
    "channels_last",
    "with_onednn",
]
