"""A model folder: one safetensors file a network, and `model.json` that says what they are.

Weights are half precision, or (`compact`) 8-bit: of a matrix or kernel with many numbers, whole numbers from −127 to
127 and beside them, under the same name with SCALE after it, the step of each output channel.

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

from .. import own_structures
from ..errors import OutputError, WeightsError

FORMAT = "sketch2ct.model"
VERSION = 1
SCALE = "__scale"
_MOST = 127  # of a byte with its sign
_MANY = 4096  # numbers of a tensor, from which bytes save anything worth it


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
        """The content of model.json; the structures of the user's own that it was trained on join the catalog.

        Raises:
            WeightsError: It is missing, unreadable, or of another version.
            ConfigError: Its structures cannot be used.
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
        own_structures.read(self.folder)
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
        return _whole(state)

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
        entry = {"config": config, "provenance": provenance}
        return self._save(name, state, entry, preset=preset, extras=extras)

    def compact(self, name: str) -> Path:
        """Writes a component's weights anew in 8 bits, half of their size; its entry says so under `bits`.

        Raises:
            WeightsError: There is no such component, or it is damaged; OutputError: the folder cannot be written.
        """
        index, entry, state = self.index(), self.component(name), self.load_state(name)
        told = {"config": entry["config"], "provenance": entry["provenance"], "bits": 8}
        return self._save(name, _bytes(state), told, preset=index["preset"])

    def _save(
        self,
        name: str,
        state: dict[str, Tensor],
        entry: dict[str, Any],
        *,
        preset: str,
        extras: dict[str, Any] | None = None,
    ) -> Path:
        path = self.folder / f"{name}.safetensors"
        beside = path.with_name(f".{path.name}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_file(state, beside)
            os.replace(beside, path)
            fresh: dict[str, Any] = {"format": FORMAT, "version": VERSION, "components": {}, "extras": {}}
            index = self.index() if self.exists else fresh
            index["preset"] = preset
            index["components"][name] = {"file": path.name, "sha256": sha256_of(path), **entry}
            index["extras"].update(extras or {})
            part = self.folder / ".model.json.part"
            part.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
            os.replace(part, self.folder / "model.json")
        except OSError as error:
            raise OutputError(f"Weights cannot be written to '{self.folder}' ({error}).") from error
        return path


def _bytes(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Half-precision tensors, the large ones as bytes with a step for each output channel."""
    stored: dict[str, Tensor] = {}
    for key, value in state.items():
        if not value.is_floating_point():
            stored[key] = value
        elif value.ndim < 2 or value.numel() < _MANY:
            stored[key] = value.half()
        else:
            most = value.abs().flatten(1).amax(1)
            step = (most.float() / _MOST).clamp_min(torch.finfo(torch.float32).tiny)
            across = step.view(-1, *[1] * (value.ndim - 1))
            stored[key] = (value / across).round().clamp(-_MOST, _MOST).to(torch.int8).contiguous()
            stored[key + SCALE] = step
    return stored


def _whole(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """float32 tensors of a file, whichever way they are stored."""
    state: dict[str, Tensor] = {}
    for key, value in stored.items():
        if key.endswith(SCALE):
            continue
        step = stored.get(key + SCALE)
        if step is not None:
            state[key] = value.float() * step.float().view(-1, *[1] * (value.ndim - 1))
        else:
            state[key] = value.float() if value.is_floating_point() else value
    return state


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find_models(root: Path) -> list[ModelFolder]:
    """Every model folder below `root`, by name."""
    return [ModelFolder(path.parent) for path in sorted(root.glob("*/model.json"))]
