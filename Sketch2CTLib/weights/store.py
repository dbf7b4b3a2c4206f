"""A model folder: one safetensors file a network, and `model.json` that says what they are.

model.json
  format, version, preset
  components: name → {file, sha256, config, provenance}
  extras: anything the networks need beside weights (number scaler, latent scale, …)
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..errors import OutputError, WeightsError

FORMAT = "sketch2ct.model"
VERSION = 1


class ModelFolder:
    """A folder of weights.

    Args:
        folder: Where `model.json` lies; it need not exist before the first `save_component`.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    @property
    def exists(self) -> bool:
        """Whether there is a model.json."""
        return (self.folder / "model.json").is_file()

    def index(self) -> dict[str, Any]:
        """The content of model.json.

        Raises:
            WeightsError: It is missing, unreadable, or of another version.
        """
        path = self.folder / "model.json"
        try:
            index = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise WeightsError(
                f"'{self.folder}' holds no usable model ({error}).", hint="Give --models a folder that training wrote."
            ) from error
        if not isinstance(index, dict) or index.get("format") != FORMAT or index.get("version") != VERSION:
            raise WeightsError(f"'{path}' is not a {FORMAT} of version {VERSION}.", hint="Train or fetch it again.")
        return index

    def component(self, name: str) -> dict[str, Any]:
        """A component's entry of model.json."""
        components = self.index()["components"]
        if name not in components:
            raise WeightsError(
                f"The model in '{self.folder}' has no '{name}'.", hint=f"It holds: {', '.join(sorted(components))}."
            )
        return components[name]

    def hashes(self) -> dict[str, str]:
        """Component → SHA-256."""
        return {name: entry["sha256"] for name, entry in sorted(self.index()["components"].items())}

    def load_state(self, name: str) -> dict[str, Tensor]:
        """A component's verified state dict, float32.

        Raises:
            WeightsError: The file is missing, truncated or altered.
        """
        entry = self.component(name)
        path = self.folder / entry["file"]
        if not path.is_file():
            raise WeightsError(f"The weight file '{path}' is missing.", hint="Fetch or train the model again.")
        digest = sha256_of(path)
        if digest != entry["sha256"]:
            raise WeightsError(
                f"The weight file '{path.name}' is damaged (SHA-256 {digest[:12]}…, expected {entry['sha256'][:12]}…).",
                hint="Fetch the model again; a partial download or an edit is the usual cause.",
            )
        try:
            state = load_file(path)
        except (SafetensorError, OSError, ValueError) as error:
            raise WeightsError(f"The weight file '{path.name}' is no safetensors file ({error}).") from error
        return {key: value.float() if value.is_floating_point() else value for key, value in state.items()}

    def load_into(self, name: str, module: nn.Module) -> None:
        """Loads a component into a module of the same shape."""
        try:
            module.load_state_dict(self.load_state(name))
        except RuntimeError as error:
            first = str(error).strip().splitlines()[-1].strip()
            raise WeightsError(f"The weights '{name}' do not fit their network ({first}).") from error

    def save_component(
        self,
        name: str,
        module: nn.Module,
        config: dict[str, Any],
        provenance: dict[str, Any],
        *,
        preset: str,
        extras: dict[str, Any] | None = None,
    ) -> Path:
        """Writes fp16 weights and their entry; files appear whole or not at all.

        Raises:
            OutputError: The folder cannot be written.
        """
        state = {
            key: value.detach().cpu().contiguous().to(torch.float16 if value.is_floating_point() else value.dtype)
            for key, value in module.state_dict().items()
        }
        path = self.folder / f"{name}.safetensors"
        beside = path.with_name(f".{path.name}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_file(state, beside)
            os.replace(beside, path)
            fresh: dict[str, Any] = {"format": FORMAT, "version": VERSION, "components": {}, "extras": {}}
            index = self.index() if self.exists else fresh
            index["preset"] = preset
            index["components"][name] = {
                "file": path.name,
                "sha256": sha256_of(path),
                "config": config,
                "provenance": provenance,
            }
            index["extras"].update(extras or {})
            part = self.folder / ".model.json.part"
            part.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
            os.replace(part, self.folder / "model.json")
        except OSError as error:
            raise OutputError(f"Weights cannot be written to '{self.folder}' ({error}).") from error
        return path


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find_models(root: Path) -> list[ModelFolder]:
    """Every model folder below `root`, by name."""
    return [ModelFolder(path.parent) for path in sorted(root.glob("*/model.json"))]
