"""A model folder becomes one file; the same folder gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__, catalog, own_structures
from ..atomic import written_beside
from ..errors import InputError, UnknownStructure, WeightsError
from ..own_structures import FILE
from ..training_ranges import training_ranges
from .content import (
    BUNDLE,
    CARD,
    FORMAT,
    INDEX,
    LICENSE,
    METADATA,
    MODELS,
    NAME,
    SIGNATURE,
    VERSION,
    read_model_index,
    structures_of,
    tensor_shapes,
)
from .signing import signed

_EPOCH = (1980, 1, 1, 0, 0, 0)  # of every entry: the bytes shall follow from the content
_SCHEMA = "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_20240725.json"
_PACKAGES = ("safetensors", "einops", "SimpleITK")


def pack(folder: Path, target: Path, *, name: str = "", author: str = "", key: Path | None = None) -> Path:
    """Packs a model folder.

    Args:
        folder: With model.json, its weights and perhaps README.md and LICENSE.
        target: The bundle, written whole or not at all.
        name: Of the model; the folder's by default.
        author: For the metadata.
        key: PEM file of an Ed25519 private key that signs it.

    Raises:
        WeightsError: A weight file is missing or altered.
        InputError: The name cannot be one, or the key cannot be used.
        OutputError: The bundle cannot be written.
    """
    name = name or folder.resolve().name
    if not NAME.fullmatch(name):
        raise InputError(
            f"'{name[:60]}' cannot be a model's name.", hint="Use letters, digits, '-' and '_' with --name."
        )
    files = _files(folder)
    index = read_model_index(files[f"{MODELS}/{INDEX}"].read_bytes(), str(folder))
    digests = {inside: _digest(path) for inside, path in files.items()}
    for entry in index["components"].values():
        inside = f"{MODELS}/{entry['file']}"
        if digests[inside] != entry["sha256"]:
            raise WeightsError(f"The weight file '{entry['file']}' is damaged.", hint="Fetch or train it again.")
        tensor_shapes(files[inside])
    metadata = _json(_metadata(name, index, author))
    listed = {inside: {"sha256": digests[inside], "bytes": path.stat().st_size} for inside, path in files.items()}
    listed[METADATA] = {"sha256": hashlib.sha256(metadata).hexdigest(), "bytes": len(metadata)}
    told = _json(_told(name, index, listed))
    texts = {BUNDLE: told, METADATA: metadata} | ({} if key is None else {SIGNATURE: _json(signed(told, key))})
    with written_beside(target) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
        for inside in sorted({*texts, *files}):
            content = texts[inside] if inside in texts else files[inside].read_bytes()
            entry = zipfile.ZipInfo(f"{name}/{inside}", _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return target


def _files(folder: Path) -> dict[str, Path]:
    """The files of a bundle, by their place in it.

    Raises:
        WeightsError: There is no model, or a weight file is missing.
    """
    try:
        index = read_model_index((folder / INDEX).read_bytes(), str(folder))
    except OSError as error:
        raise WeightsError(f"'{folder}' holds no model ({error.strerror}).", hint="Give a model folder.") from error
    own = [FILE] if own_structures.read(folder) else []
    names = [INDEX, *own, *(entry["file"] for entry in index["components"].values())]
    files = {f"{MODELS}/{name}": folder / name for name in names}
    missing = [path.name for path in files.values() if not path.is_file()]
    if missing:
        raise WeightsError(f"The weight file '{missing[0]}' is missing.", hint="Fetch or train the model again.")
    beside = {CARD: folder / "README.md", LICENSE: folder / LICENSE}
    return files | {inside: path for inside, path in beside.items() if path.is_file()}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _told(name: str, index: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
    entries, ranges = [], {}
    for structure in structures_of(index):
        try:
            entries.append(asdict(catalog.structure(structure)))
        except UnknownStructure:
            continue
        ranges[structure] = {number: asdict(one) for number, one in training_ranges(structure).items()}
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "made_by": f"Sketch2CT {__version__}",
        "preset": index.get("preset", ""),
        "structures": entries,
        "training_ranges": ranges,
        "files": files,
    }


def _metadata(name: str, index: dict[str, Any], author: str) -> dict[str, Any]:
    """As MONAI's schema asks for it; the network is the chain of all parts, from drawings to a volume."""
    structures = ", ".join(structures_of(index)) or "not told"
    image = {"type": "image", "format": "hounsfield", "modality": "CT", "num_channels": 1, "dtype": "int16"}
    labels = {"type": "image", "format": "segmentation", "num_channels": 1, "dtype": "uint8"}
    grid = {"spatial_shape": [128, 128, 128], "is_patch_data": False, "value_range": []}
    return {
        "schema": _SCHEMA,
        "version": "1.0.0",
        "changelog": {"1.0.0": "packed by Sketch2CT"},
        "monai_version": _version("monai"),
        "pytorch_version": _version("torch"),
        "numpy_version": _version("numpy"),
        "required_packages_version": {package: _version(package) for package in _PACKAGES},
        "name": name,
        "task": "From drawings, numbers and words to a 3D mask and a synthetic scan",
        "description": f"A Sketch2CT model of preset '{index.get('preset', '')}' for: {structures}.",
        "authors": author or "not told",
        "copyright": "See LICENSE and docs/README.md",
        "intended_use": "Research, not diagnosis",
        "network_data_format": {
            "inputs": {"mask": {**labels, **grid, "channel_def": {"0": "organ"}}},
            "outputs": {"volume": {**image, **grid, "channel_def": {"0": "scan"}}},
        },
    }


def _version(package: str) -> str:
    try:
        return version(package).partition("+")[0]
    except PackageNotFoundError:
        return ""
