"""Autoencoders and denoisers: modules only; no files, schedules or devices."""

from .autoencoder import AutoencoderConfig, LatentAutoencoder
from .denoiser import Denoiser, DenoiserConfig

__all__ = ["AutoencoderConfig", "Denoiser", "DenoiserConfig", "LatentAutoencoder"]
