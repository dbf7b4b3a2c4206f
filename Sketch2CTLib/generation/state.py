"""The state of a candidate in a small file, so that a later edit starts where it ended.

`state.safetensors` beside each mask: its latent (float16), its voxels (packed bits, deflated), and as JSON in the
header the cube, the drawings on it, the description, and the hashes of the weights that made it.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..description.model import GeometryDescription
from ..errors import GridError, InputError, MaskError, Sketch2CTError, WeightsError
from ..frames import VoxelGrid
from ..sketch import Sketch
from .result_folder import STATE_FILE
from .results import GenerationResult
from .values import MaskVolume

FORMAT = "sketch2ct.state"
VERSION = 2
VERSIONS = (1, 2)  # that are read; 1 knows two sketches
MOST_BYTES = 32_000_000
MASK_STAGE = ("mask_autoencoder", "mask_diffusion")
_MOST_VOXELS = 512


@dataclass(frozen=True, eq=False)
class Former:
    """A result that is to be edited.

    Args:
        mask: As it was written.
        latent: (C, d, h, w) float32 that sampling starts from.
        drawings: Silhouettes on the faces of the mask's cube, the main one first, and contours on planes along them.
        description: What was asked in numbers and words.
        models: Component → SHA-256 of the weights of the mask stage.
    """

    mask: MaskVolume
    latent: NDArray[np.float32]
    drawings: tuple[Sketch, ...]
    description: GeometryDescription
    models: dict[str, str]

    @classmethod
    def of(cls, result: GenerationResult, index: int = 0) -> Former | None:
        """A candidate of a result (0 = the best); None where it was not generated from a description."""
        candidate, description = result.candidates[index], result.description
        if candidate.latent is None or description is None:
            return None
        models = {name: digest for name, digest in result.provenance.models.items() if name in MASK_STAGE}
        return cls(candidate.mask, candidate.latent, result.drawings, description, models)

    def digest(self) -> str:
        """SHA-256 of the mask and where it lies."""
        return hashlib.sha256(self.mask.labels.tobytes() + self.mask.grid.ijk_to_ras.tobytes()).hexdigest()

    def require_models(self, models: dict[str, str]) -> None:
        """Checks that the weights at hand made this result.

        Raises:
            WeightsError: They did not.
        """
        for name in MASK_STAGE:
            if self.models.get(name) != models.get(name):
                theirs, ours = ((m.get(name) or "none")[:12] for m in (self.models, models))
                raise WeightsError(
                    f"The result to edit was made with other weights ('{name}' {theirs}…, here {ours}…).",
                    hint="Choose the --preset or --models that it was made with, or generate it again.",
                )


def write_state(former: Former, path: str | os.PathLike[str]) -> None:
    """Writes the file; about 150 kB for a latent of 16 × 16³."""
    from safetensors.numpy import save_file

    bits = zlib.compress(np.packbits(former.mask.labels).tobytes(), 9)
    tensors: dict[str, NDArray[Any]] = {
        "latent": former.latent.astype(np.float16),
        "mask": np.frombuffer(bits, dtype=np.uint8),
    }
    header = {
        "format": FORMAT,
        "version": VERSION,
        "structure": former.mask.structure,
        "shape_kji": former.mask.grid.shape_kji,
        "ijk_to_ras": former.mask.grid.ijk_to_ras.tolist(),
        "drawings": [one.to_dict() for one in former.drawings],
        "description": former.description.model_dump(),
        "models": former.models,
        "sha256": _content_hash(tensors),
    }
    save_file(tensors, str(path), metadata={"state": json.dumps(header, allow_nan=False)})


def read_state(path: str | os.PathLike[str]) -> Former:
    """The state in a file, or in a result's folder.

    Raises:
        InputError: It is missing, damaged, of another kind or version, or larger than 32 MB.
    """
    path = Path(path)
    path = path / STATE_FILE if path.is_dir() else path
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise InputError(
            f"'{path}' cannot be read: there is no result to edit ({getattr(error, 'strerror', None) or error}).",
            hint=f"Give a folder that 'sketch2ct generate' wrote; it holds '{STATE_FILE}'.",
        ) from error
    if size > MOST_BYTES:
        raise InputError(f"'{path}' has {size / 1e6:.0f} MB; a state is smaller.", hint="Check the file.")
    header, tensors = _opened(path)
    try:
        return _former(header, tensors)
    except (KeyError, TypeError, ValueError, zlib.error, Sketch2CTError) as error:
        reason = error.message if isinstance(error, Sketch2CTError) else str(error) or type(error).__name__
        raise _damaged(path, reason) from error


def _opened(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get("state", ""))
            tensors = {name: np.asarray(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT or header.get("version") not in VERSIONS:
        known = " or ".join(map(str, VERSIONS))
        raise _damaged(path, f"it is no {FORMAT} of version {known}")
    return header, tensors


def _former(header: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Former:
    if header["sha256"] != _content_hash(tensors):
        raise ValueError("its content does not fit its SHA-256")
    shape = tuple(int(n) for n in header["shape_kji"])
    if len(shape) != 3 or not all(2 <= n <= _MOST_VOXELS for n in shape):
        raise GridError(f"a cube of {shape} voxels cannot be")
    count = int(np.prod(shape))
    unpacked = zlib.decompressobj().decompress(tensors["mask"].tobytes(), count // 8 + 2)  # never more than is due
    labels = np.unpackbits(np.frombuffer(unpacked, dtype=np.uint8), count=count).reshape(shape)
    if len(unpacked) != (count + 7) // 8:
        raise MaskError("its mask is cut short")
    grid = VoxelGrid(shape, np.array(header["ijk_to_ras"], dtype=np.float64))
    first_version = header["version"] == 1
    drawings = [header["sketch"], header["second_sketch"]] if first_version else header["drawings"]
    return Former(
        MaskVolume(labels, grid, str(header["structure"])),
        tensors["latent"].astype(np.float32),
        tuple(Sketch.from_dict(one) for one in drawings if one is not None),
        GeometryDescription.checked(header["description"]),
        {str(name): str(digest) for name, digest in dict(header["models"]).items()},
    )


def _content_hash(tensors: dict[str, NDArray[Any]]) -> str:
    content = hashlib.sha256()
    for name in sorted(tensors):
        content.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        content.update(np.ascontiguousarray(tensors[name]).tobytes())
    return content.hexdigest()


def _damaged(path: Path, reason: str) -> InputError:
    text = " ".join(reason.split())[:200]
    return InputError(f"'{path}' is damaged ({text}).", hint="Generate the result again.")
