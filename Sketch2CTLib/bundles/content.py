"""What a bundle holds, and what tells that two files are the same.

A ZIP with one folder, laid out as MONAI bundles are:

    NAME/configs/metadata.json     MONAI's metadata: version, packages, task, authors, inputs and outputs
    NAME/models/model.json         and the safetensors files that it names
    NAME/docs/README.md            the card; NAME/LICENSE
    NAME/bundle.json               format, version, preset, catalog entries, training ranges, SHA-256 of every file
    NAME/signature.json            of the author, where there is one: Ed25519 over bundle.json
"""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

from ..errors import WeightsError

FORMAT, VERSION = "sketch2ct.bundle", 1
MODEL_FORMAT, MODEL_VERSION = "sketch2ct.model", 1
BUNDLE, SIGNATURE, METADATA = "bundle.json", "signature.json", "configs/metadata.json"
INDEX, MODELS, CARD, LICENSE = "model.json", "models", "docs/README.md", "LICENSE"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.safetensors")
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_JSON = 64 * 2**20
AGAIN = "Fetch the bundle again, or ask its author for a new one."
_MOST_HEADER = 100 * 2**20


def read_model_index(text: bytes, where: str) -> dict[str, Any]:
    """model.json, checked as far as its files go.

    Raises:
        WeightsError: It is damaged, of another version, or names files that cannot be.
    """
    try:
        index = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"The {INDEX} of '{where}' is no JSON.", hint=AGAIN) from error
    if not isinstance(index, dict) or (index.get("format"), index.get("version")) != (MODEL_FORMAT, MODEL_VERSION):
        raise WeightsError(f"'{where}' holds no {MODEL_FORMAT} of version {MODEL_VERSION}.", hint=AGAIN)
    components = index.get("components")
    if not isinstance(components, dict) or not components:
        raise WeightsError(f"The model of '{where}' lists no weights.", hint=AGAIN)
    for name, entry in components.items():
        file, digest = (entry.get(key) if isinstance(entry, dict) else None for key in ("file", "sha256"))
        if not isinstance(file, str) or not FILE_NAME.fullmatch(file):
            raise WeightsError(f"The model of '{where}' names no safetensors file for '{name[:60]}'.", hint=AGAIN)
        if not isinstance(digest, str) or not SHA256.fullmatch(digest):
            raise WeightsError(f"The model of '{where}' has no SHA-256 of '{file}'.", hint=AGAIN)
    return index


def tensor_shapes(path: Path, hint: str = AGAIN) -> dict[str, tuple[int, ...]]:
    """The shapes of the tensors of a safetensors file, by its header alone.

    Raises:
        WeightsError: It is no such file: its header is a length and JSON, its data end where the file does.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            length = struct.unpack("<Q", stream.read(8))[0]
            if length > min(_MOST_HEADER, size - 8):
                raise ValueError("its header is longer than the file")
            header = json.loads(stream.read(length))
        tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
        if max((entry["data_offsets"][1] for entry in tensors.values()), default=0) != size - 8 - length:
            raise ValueError("its data do not fill the file")
        return {name: tuple(int(n) for n in entry["shape"]) for name, entry in tensors.items()}
    except (
        OSError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        struct.error,
        RecursionError,
    ) as error:
        raise WeightsError(f"The weight file '{path.name}' is no safetensors file ({error}).", hint=hint) from error


def structures_of(index: dict[str, Any]) -> tuple[str, ...]:
    """Names of what a model was trained for, as far as model.json tells."""
    try:
        return tuple(str(name) for name in index["extras"]["number_scaler"]["statistics"])
    except (KeyError, TypeError):
        return ()
