"""Find, verify, load and save weights: fp16 safetensors beside a model.json with config, provenance and SHA-256."""

from .store import ModelFolder, find_models

__all__ = ["ModelFolder", "find_models"]
