"""Autoencoders and denoisers: modules only; no files, schedules or devices."""

from .autoencoder import AutoencoderConfig, LatentAutoencoder, channels_last
from .denoiser import Denoiser, DenoiserConfig

__all__ = ["AutoencoderConfig", "Denoiser", "DenoiserConfig", "LatentAutoencoder", "channels_last"]
