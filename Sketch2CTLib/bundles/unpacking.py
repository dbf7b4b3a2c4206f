"""A bundle becomes a model folder again: only once every name, size, hash and version in it is as it should be."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from .. import catalog, own_structures
from ..errors import ConfigError, OutputError, WeightsError
from .content import (
    AGAIN,
    BUNDLE,
    CARD,
    FORMAT,
    INDEX,
    MODELS,
    MOST_JSON,
    NAME,
    SHA256,
    SIGNATURE,
    VERSION,
    read_model_index,
    tensor_shapes,
)
from .signing import verified

_MOST_FILES, _MOST_BYTES = 200, 16 * 2**30
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SUFFIXES = (".json", ".md", ".txt", ".safetensors")
_PLAIN = ("LICENSE",)
_STORED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 2**20
OWN = f"{MODELS}/{own_structures.FILE}"


@dataclass(frozen=True)
class Unpacked:
    """A model that came out of a bundle.

    Args:
        name: Its name.
        folder: Where it lies now.
        signed_by: Fingerprint of the author's key; '' of an unsigned bundle, 'unchecked' where it could not be checked.
        told: bundle.json.
    """

    name: str
    folder: Path
    signed_by: str
    told: Mapping[str, Any]


def unpack(bundle: Path, into: Path, *, trusted: Path | None = None) -> Unpacked:
    """Unpacks a bundle as a folder of its name, whole or not at all.

    Args:
        bundle: The file.
        into: The folder that gets the model's own.
        trusted: PEM file of a public key whose signature is asked for.

    Raises:
        WeightsError: The bundle was altered, is of another version, or holds what no model has.
        OutputError: There is a model of that name already, or the folder cannot be written.
    """
    with unpacked_beside(bundle, into, trusted=trusted) as made:
        target = into / made.name
        if target.exists():
            raise OutputError(f"There is '{target}' already.", hint="Remove it first, or choose another --into.")
        made.folder.rename(target)
    return Unpacked(made.name, target, made.signed_by, made.told)


@contextmanager
def unpacked_beside(bundle: Path, into: Path, *, trusted: Path | None = None) -> Iterator[Unpacked]:
    """A bundle unpacked in a hidden folder inside another, which is gone at the end unless it was moved.

    Raises:
        WeightsError: The bundle was altered, is of another version, or holds what no model has.
        OutputError: The folder cannot be written.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".bundle-", dir=into))
    except OSError as error:
        raise OutputError(f"'{into}' cannot be written ({error.strerror}).", hint="Choose another folder.") from error
    try:
        made = _unpacked(bundle, beside, trusted)
        beside.chmod(0o755)
        yield made
    except OSError as error:
        raise OutputError(f"'{into}' cannot be written ({error.strerror}).", hint="Free some space.") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _unpacked(bundle: Path, folder: Path, trusted: Path | None) -> Unpacked:
    try:
        with zipfile.ZipFile(bundle) as archive:
            name, entries = _entries(archive, bundle)
            told, text = _table(archive, entries, bundle)
            signature = _object(archive, entries[SIGNATURE], bundle) if SIGNATURE in entries else None
            signer = verified(text, signature, trusted)
            _require_same(told, name, entries, bundle)
            for inside, entry in entries.items():
                if inside not in (BUNDLE, SIGNATURE):
                    _extract(archive, entry, folder / _flat(inside), told["files"][inside], bundle)
            (folder / BUNDLE).write_bytes(text)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise WeightsError(f"'{bundle.name}' is no bundle, or damaged ({error}).", hint=AGAIN) from error
    except FileNotFoundError as error:
        raise WeightsError(f"There is no bundle '{bundle}'.", hint="Check the path.") from error
    _check_model(folder, bundle)
    return Unpacked(name, folder, signer, told)


def _entries(archive: zipfile.ZipFile, bundle: Path) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """The bundle's name, and its files by their place below it.

    Raises:
        WeightsError: A name leaves the folder, or is no plain file's.
    """
    listed = [entry for entry in archive.infolist() if not entry.is_dir()]
    if not 0 < len(listed) <= _MOST_FILES or sum(entry.file_size for entry in listed) > _MOST_BYTES:
        raise WeightsError(f"'{bundle.name}' holds too many or too large files.", hint=AGAIN)
    entries: dict[str, zipfile.ZipInfo] = {}
    roots = set()
    for entry in listed:
        # `orig_filename` is the name as written: zipfile itself turns backslashes and cuts it at a NUL.
        parts = entry.orig_filename.split("/")
        mode = stat.S_IFMT(entry.external_attr >> 16)
        if (
            not 2 <= len(parts) <= 4
            or not all(_PART.fullmatch(part) for part in parts)
            or mode not in (0, stat.S_IFREG)
        ):
            raise WeightsError(f"'{bundle.name}' holds '{entry.orig_filename[:80]}', which is refused.", hint=AGAIN)
        inside = "/".join(parts[1:])
        if PurePosixPath(inside).suffix not in _SUFFIXES and inside not in _PLAIN:
            raise WeightsError(f"'{bundle.name}' holds '{inside[:80]}', which is no part of a model.", hint=AGAIN)
        if entry.flag_bits & 1 or entry.compress_type not in _STORED:
            raise WeightsError(f"'{inside[:80]}' in '{bundle.name}' is encrypted or packed otherwise.", hint=AGAIN)
        if inside.lower() in {one.lower() for one in entries}:
            raise WeightsError(f"'{bundle.name}' holds '{inside[:80]}' twice.", hint=AGAIN)
        roots.add(parts[0])
        entries[inside] = entry
    name = next(iter(roots))
    if len(roots) > 1 or not NAME.fullmatch(name):
        raise WeightsError(f"'{bundle.name}' must hold one folder.", hint=AGAIN)
    return name, entries


def _table(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], bundle: Path) -> tuple[dict[str, Any], bytes]:
    """bundle.json, read and as it stands.

    Raises:
        WeightsError: There is none, or it is of another version.
    """
    if BUNDLE not in entries:
        raise WeightsError(f"'{bundle.name}' is no bundle of Sketch2CT: it has no {BUNDLE}.", hint=AGAIN)
    text = _read(archive, entries[BUNDLE], bundle)
    told = _parsed(text, bundle)
    version = told.get("version")
    if told.get("format") != FORMAT or not isinstance(version, int):
        raise WeightsError(f"'{bundle.name}' is no {FORMAT}.", hint=AGAIN)
    if version > VERSION:
        raise WeightsError(
            f"'{bundle.name}' is of version {version}, and this Sketch2CT reads up to {VERSION}.",
            hint="Install a newer Sketch2CT.",
        )
    return told, text


def _require_same(told: dict[str, Any], name: str, entries: dict[str, zipfile.ZipInfo], bundle: Path) -> None:
    """Checks the table against what is there, and its structures against the catalog.

    Raises:
        WeightsError: They differ.
    """
    files = told.get("files")
    if not isinstance(files, dict) or told.get("name") != name:
        raise WeightsError(f"'{bundle.name}' does not list its files.", hint=AGAIN)
    there = set(entries) - {BUNDLE, SIGNATURE}
    differing = sorted(there.symmetric_difference(files))
    if differing:
        what = "is missing" if differing[0] in files else "is not listed"
        raise WeightsError(f"'{differing[0][:80]}' {what} in '{bundle.name}'.", hint=AGAIN)
    for inside, entry in files.items():
        digest, size = (entry.get(key) if isinstance(entry, dict) else None for key in ("sha256", "bytes"))
        if not isinstance(digest, str) or not SHA256.fullmatch(digest) or size != entries[inside].file_size:
            raise WeightsError(f"'{inside[:80]}' in '{bundle.name}' is not as it is listed.", hint=AGAIN)
    for entry in told.get("structures") or []:
        _require_known(entry, bundle, brings_own=OWN in files)


def _require_known(entry: Any, bundle: Path, *, brings_own: bool) -> None:
    try:
        name, label, cube_mm = str(entry["name"]), entry["label"], float(entry["cube_mm"])
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"'{bundle.name}' does not tell its structures.", hint=AGAIN) from error
    if name not in catalog.STRUCTURE_NAMES:
        if not brings_own:
            raise WeightsError(
                f"'{bundle.name}' is for the structure '{name[:60]}', which this Sketch2CT does not know.",
                hint="Install the Sketch2CT that it was made with.",
            )
        return  # its entry is looked at when the file that brings it is
    known = catalog.structure(name)
    if (known.label, known.cube_mm) != (label, cube_mm):
        raise WeightsError(
            f"'{bundle.name}' takes the {name} in another cube or under another label than this Sketch2CT.",
            hint="Install the Sketch2CT that it was made with.",
        )


def _extract(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, listed: dict[str, Any], bundle: Path
) -> None:
    """Writes one file, never more bytes of it than are listed.

    Raises:
        WeightsError: It is not what is listed.
    """
    digest, left = hashlib.sha256(), int(listed["bytes"])
    with archive.open(entry) as source, target.open("xb") as sink:
        while piece := source.read(_CHUNK):
            left -= len(piece)
            if left < 0:
                break
            digest.update(piece)
            sink.write(piece)
    if left != 0 or digest.hexdigest() != listed["sha256"]:
        raise WeightsError(f"'{target.name}' in '{bundle.name}' was altered.", hint=AGAIN)


def _flat(inside: str) -> str:
    """Where a file of a bundle lies in a model folder: weights, index, card and licence beside each other."""
    if inside == CARD:
        return "README.md"
    return PurePosixPath(inside).name


def _check_model(folder: Path, bundle: Path) -> None:
    """Checks that the weights are those that model.json names, and are safetensors.

    Raises:
        WeightsError: They are not.
    """
    if not (folder / INDEX).is_file():
        raise WeightsError(f"'{bundle.name}' has no {MODELS}/{INDEX}.", hint=AGAIN)
    index = read_model_index((folder / INDEX).read_bytes(), bundle.name)
    try:
        own_structures.read(folder)
    except ConfigError as error:
        raise WeightsError(
            f"The structures of '{bundle.name}' cannot be used: {error.message}", hint=error.hint
        ) from error
    for entry in index["components"].values():
        path = folder / entry["file"]
        if not path.is_file():
            raise WeightsError(f"'{entry['file']}' is missing in '{bundle.name}'.", hint=AGAIN)
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != entry["sha256"]:
                raise WeightsError(f"'{entry['file']}' is not the file that {INDEX} names.", hint=AGAIN)
        tensor_shapes(path)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, bundle: Path) -> bytes:
    with archive.open(entry) as source:
        text = source.read(MOST_JSON + 1)
    if len(text) > MOST_JSON:
        raise WeightsError(f"A table of '{bundle.name}' is too large.", hint=AGAIN)
    return text


def _parsed(text: bytes, bundle: Path) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"A table of '{bundle.name}' is no JSON.", hint=AGAIN) from error
    if not isinstance(told, dict):
        raise WeightsError(f"A table of '{bundle.name}' is no object.", hint=AGAIN)
    return told


def _object(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, bundle: Path) -> dict[str, Any]:
    return _parsed(_read(archive, entry, bundle), bundle)
