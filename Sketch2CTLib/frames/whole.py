"""Whether a volume file is whole: all bytes that its header promises are there, and its checksum holds.

ITK fills what a cut NIfTI lacks with zeros and ignores the checksum of a damaged one; MetaImage ignores its own.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError
from .volume_kind import META, NIFTI, NIFTI_GZ, NIFTI_PAIR, NRRD, VolumeKind, head_of

_CHUNK = 1 << 16  # packed bytes unpacked at once: at most a thousand times as many
_MOST_HEADER = 1 << 24
_GZIP, _ZLIB = 31, 15  # zlib's codes of the two wrappings
_HINT = "Copy or export it again."
_NRRD_BYTES = {
    **dict.fromkeys(("signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8", "uint8_t"), 1),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), 2),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), 2),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t", "uint", "unsigned int", "uint32", "uint32_t"), 4),
    **dict.fromkeys(("longlong", "long long", "long long int", "signed long long", "int64", "int64_t"), 8),
    **dict.fromkeys(("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"), 8),
    "float": 4,
    "double": 8,
}


def require_whole(path: Path, kind: VolumeKind) -> None:
    """Checks that a volume file is whole, as far as its kind lets one tell; ITK's readers check the other kinds.

    Raises:
        InputError: Bytes are missing, the checksum does not hold, or a file that the header names is not there.
    """
    try:
        if kind in (NIFTI, NIFTI_GZ, NIFTI_PAIR):
            _require_nifti(path, kind)
        elif kind == NRRD:
            _require_nrrd(path)
        elif kind == META:
            _require_meta(path)
    except OSError as error:
        raise InputError(f"'{path.name}' cannot be read ({error.strerror or error}).", hint="Check it.") from error


def _require_nifti(path: Path, kind: VolumeKind) -> None:
    head, zipped = head_of(path)
    if len(head) < 348:
        raise _short(path, len(head), 348)
    voxels, offset = _nifti_bytes(head)
    if kind != NIFTI_PAIR:
        _require_bytes(path, path, offset + voxels, 0, _GZIP if zipped else None)
        return
    stem = path.name.removesuffix(".gz").rpartition(".")[0]
    beside = [path.with_name(stem + suffix) for suffix in (".img", ".img.gz", ".IMG", ".IMG.GZ")]
    data = next((one for one in beside if one.is_file()), None)
    if data is None:
        raise InputError(f"The voxels of '{path.name}' are not there ('{stem}.img').", hint="Copy both files.")
    _require_bytes(path, data, offset + voxels, 0, _GZIP if data.suffix.lower() == ".gz" else None)


def _nifti_bytes(head: bytes) -> tuple[int, int]:
    """Bytes of the voxels, and what lies before them."""
    order = "<" if head[:2] in (b"\x5c\x01", b"\x1c\x02") else ">"
    if 540 in struct.unpack(order + "i", head[:4]) and len(head) >= 540:
        dim, bits = struct.unpack(order + "8q", head[16:80]), struct.unpack(order + "h", head[14:16])[0]
        offset = float(struct.unpack(order + "q", head[168:176])[0])
    else:
        dim, bits = struct.unpack(order + "8h", head[40:56]), struct.unpack(order + "h", head[72:74])[0]
        offset = struct.unpack(order + "f", head[108:112])[0]
    sizes = dim[1 : 1 + min(max(dim[0], 0), 7)]
    voxels = math.prod(max(int(one), 1) for one in sizes)
    return -(-voxels * bits // 8), int(offset) if math.isfinite(offset) and offset > 0 else 0


def _require_nrrd(path: Path) -> None:
    with path.open("rb") as stream:
        fields, start = _nrrd_header(stream)
    encoding, name = fields.get("encoding", "raw").lower(), fields.get("data file") or fields.get("datafile")
    if name and (name.startswith("LIST") or "%" in name):
        return  # many files: ITK misses each one that is not there
    data = path.parent / name if name else path
    if not data.is_file():
        raise InputError(f"The voxels of '{path.name}' are not there ('{name}').", hint="Copy both files.")
    sizes = fields.get("sizes", "").split()
    unit = _NRRD_BYTES.get(" ".join(fields.get("type", "").lower().split()))
    if unit is None or not sizes or not all(one.isdigit() for one in sizes):
        return  # ITK says what is wrong with it
    if set(fields) & {"line skip", "lineskip", "byte skip", "byteskip"} and encoding != "raw":
        return
    packed = _GZIP if encoding in ("gzip", "gz") else None
    if packed is not None or encoding == "raw":
        _require_bytes(path, data, unit * math.prod(map(int, sizes)), 0 if name else start, packed)


def _nrrd_header(stream: BinaryIO) -> tuple[dict[str, str], int]:
    """The fields of a header, and where the voxels start."""
    fields: dict[str, str] = {}
    read = 0
    for line in iter(stream.readline, b""):
        read += len(line)
        text = line.decode("latin-1").strip("\r\n")
        if not text or read > _MOST_HEADER:
            break
        key, colon, value = text.partition(": ")
        if colon and not text.startswith("#"):
            fields[key.lower().strip()] = value.strip()
    return fields, read


def _require_meta(path: Path) -> None:
    """The checksum of packed voxels; ITK counts the bytes of others itself."""
    head = path.open("rb").read(_MOST_HEADER)
    match = re.search(rb"^ElementDataFile\s*=\s*(.+?)\r?\n", head, flags=re.MULTILINE)
    if match is None or re.search(rb"^CompressedData\s*=\s*True", head, flags=re.MULTILINE | re.IGNORECASE) is None:
        return
    name = match[1].decode("utf-8", "replace").strip()
    data = path if name.upper() == "LOCAL" else path.parent / name
    if not data.is_file():
        raise InputError(f"The voxels of '{path.name}' are not there ('{name}').", hint="Copy both files.")
    _require_bytes(path, data, 0, match.end() if data == path else 0, _ZLIB)


def _require_bytes(path: Path, data: Path, needed: int, start: int, packed: int | None) -> None:
    """Checks that a file holds so many bytes after its start, packed or not."""
    if packed is None:
        size = data.stat().st_size - start
    else:
        with data.open("rb") as stream:
            stream.seek(start)
            size = _unpacked_bytes(stream, path, packed)
    if size < needed:
        raise _short(path, size, needed)


def _unpacked_bytes(stream: BinaryIO, path: Path, packed: int) -> int:
    """How many bytes a packed stream holds; whatever follows its end is left alone.

    Raises:
        InputError: It ends too soon, or its checksum does not hold.
    """
    count, rest, reader = 0, b"", zlib.decompressobj(packed)
    try:
        while True:
            block = rest or stream.read(_CHUNK)
            if not block:
                raise InputError(f"'{path.name}' is cut off: its packed voxels have no end.", hint=_HINT)
            count, rest = count + len(reader.decompress(block)), b""
            if not reader.eof:
                continue
            rest = reader.unused_data or stream.read(_CHUNK)
            if packed != _GZIP or not rest.startswith(b"\x1f\x8b"):
                return count
            reader = zlib.decompressobj(packed)  # gzip files may be strung together
    except zlib.error as error:
        raise InputError(f"'{path.name}' is damaged: its checksum does not hold ({error}).", hint=_HINT) from error


def _short(path: Path, size: int, needed: int) -> InputError:
    return InputError(f"'{path.name}' is cut off: {size:,} of {needed:,} bytes are there.", hint=_HINT)
