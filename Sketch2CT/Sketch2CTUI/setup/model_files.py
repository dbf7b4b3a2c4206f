"""A model folder read without torch: its index, whether its files are whole, what it was trained for.

model.json is what `Sketch2CTLib.weights` writes: format, version, preset, components (name → file, sha256, config,
provenance) and extras.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import WeightsError

FORMAT, VERSION = "sketch2ct.model", 1
INDEX, CARD = "model.json", "README.md"
_MOST_INDEX_BYTES, _MOST_CARD_BYTES = 64 * 2**20, 2**20
_MOST_COMPONENTS = 64
_CHUNK = 4 * 2**20
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.safetensors")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HINT = "Choose a folder that 'sketch2ct train' wrote, with model.json and its .safetensors files."


def read_index(folder: Path) -> dict:
    """model.json of a folder, checked as far as the copying and listing of its files go.

    Raises:
        WeightsError: It is missing, unreadable, of another version, or names files that cannot be.
    """
    path = folder / INDEX
    try:
        if path.stat().st_size > _MOST_INDEX_BYTES:
            raise WeightsError(f"'{path}' is larger than a model.json can be.", hint=_HINT)
        index = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WeightsError(f"'{folder}' holds no usable {INDEX} ({error.strerror}).", hint=_HINT) from error
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"'{path}' is no JSON.", hint=_HINT) from error
    if not isinstance(index, dict) or index.get("format") != FORMAT or index.get("version") != VERSION:
        raise WeightsError(f"'{path}' is not a {FORMAT} of version {VERSION}.", hint=_HINT)
    _check_components(index.get("components"), path)
    return index


def components(index: dict) -> dict[str, tuple[str, str]]:
    """Component → (file name, SHA-256)."""
    return {str(name): (entry["file"], entry["sha256"]) for name, entry in index["components"].items()}


def size_mb(folder: Path, index: dict) -> float:
    """The size of the weight files that are there, in MB."""
    paths = [folder / name for name, _sha in components(index).values()]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 2**20


def check_file(path: Path, sha256: str) -> None:
    """Refuses a weight file that is missing, altered or no safetensors.

    Raises:
        WeightsError: What is wrong with it.
    """
    check_digest(path, sha256_of(path), sha256)
    check_header(path)


def check_digest(path: Path, digest: str, expected: str) -> None:
    """Refuses a digest that is not the expected one.

    Raises:
        WeightsError: It is another.
    """
    if digest != expected:
        raise WeightsError(
            f"The weight file '{path.name}' is damaged (SHA-256 {digest[:12]}…, expected {expected[:12]}…).",
            hint="Fetch the model again; a partial download or an edit is the usual cause.",
        )


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file.

    Raises:
        WeightsError: It is missing or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(
            f"The weight file '{path.name}' cannot be read ({error.strerror}).", hint="Fetch the model again."
        ) from error


def copy_hashed(source: Path, target: Path, on_bytes=None) -> str:
    """Copies a file and gives back its SHA-256, of what was written.

    Args:
        source, target: Files.
        on_bytes: Hears how many bytes were copied, piece by piece.

    Raises:
        OSError: It cannot be read or written.
    """
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("wb") as write:
        while piece := read.read(_CHUNK):
            digest.update(piece)
            write.write(piece)
            if on_bytes is not None:
                on_bytes(len(piece))
    return digest.hexdigest()


def check_header(path: Path) -> None:
    """Refuses a file that is no safetensors: its header is a length and JSON, its data end where the file does.

    Raises:
        WeightsError: It is none.
    """
    from Sketch2CTLib.bundles.content import tensor_shapes

    tensor_shapes(path, hint=_HINT)


def read_card(folder: Path) -> str:
    """README.md, '' where there is none."""
    try:
        with (folder / CARD).open(encoding="utf-8", errors="replace") as stream:
            return stream.read(_MOST_CARD_BYTES)
    except OSError:
        return ""


def structures_of(index: dict) -> tuple[str, ...]:
    """Catalog names of what it was trained for, as far as the index tells."""
    statistics = _dict(_dict(_dict(index.get("extras")).get("number_scaler")).get("statistics"))
    names = set(map(str, statistics))
    for entry in index["components"].values():
        config = _dict(entry.get("config"))
        if isinstance(config.get("structures"), list):
            names |= set(map(str, config["structures"]))
        cases = _dict(_dict(entry.get("provenance")).get("data")).get("cases")
        if isinstance(cases, list):  # 'set/case/structure'
            names |= {str(case).rsplit("/", 1)[-1] for case in cases}
    return tuple(name for name in catalog.names() if name in names)


def _check_components(entries, path: Path) -> None:
    if not isinstance(entries, dict) or not entries or len(entries) > _MOST_COMPONENTS:
        raise WeightsError(f"'{path}' lists no weight files.", hint=_HINT)
    for name, entry in entries.items():
        file = entry.get("file") if isinstance(entry, dict) else None
        sha256 = entry.get("sha256") if isinstance(entry, dict) else None
        if not isinstance(file, str) or not _FILE_NAME.fullmatch(file):
            raise WeightsError(f"'{path}' names no safetensors file for '{str(name)[:60]}'.", hint=_HINT)
        if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            raise WeightsError(f"'{path}' has no SHA-256 of '{file}'.", hint=_HINT)


def _dict(value) -> dict:
    return value if isinstance(value, dict) else {}
