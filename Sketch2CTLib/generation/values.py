"""The chain's values: a mask, an image, what they were made from, and a whole result. Frozen and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..errors import ConfigError, GridError, MaskError
from ..frames import VoxelGrid

if TYPE_CHECKING:
    from ..sketch import Sketch
    from .report import Report


def _check_fits(array: NDArray[Any], grid: VoxelGrid, what: str) -> None:
    if tuple(array.shape) != grid.shape_kji:
        raise GridError(
            f"A {what} of shape {tuple(array.shape)} does not fit a grid of {grid.shape_kji}.",
            hint="Array axes are k, j, i.",
        )


def _frozen_array(values: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """A read-only C-contiguous copy."""
    copy = np.array(values, dtype=dtype, order="C")
    copy.setflags(write=False)
    return copy


@dataclass(frozen=True, eq=False)
class MaskVolume:
    """A binary segmentation of one structure on a grid.

    Args:
        labels: (D, H, W) 0 or 1 (bool or any integer type; stored as uint8), axes kji. May be empty: see require_body.
        grid: The voxel grid.
        structure: Name or alias in the catalog; stored as its name.

    Raises:
        MaskError: It is not 3D or holds other values than 0 and 1.
        GridError: It does not have the grid's shape.
        UnknownStructure: The catalog has no such structure.
    """

    labels: NDArray[np.uint8]
    grid: VoxelGrid
    structure: str

    def __post_init__(self) -> None:
        labels = np.asarray(self.labels)
        if labels.ndim != 3 or min(labels.shape) < 2:
            raise MaskError(f"A mask must be 3D, got shape {labels.shape}.", hint="Give a volume, not a single slice.")
        if not bool(np.isin(labels, (0, 1)).all()):
            raise MaskError(
                "A mask must hold only 0 and 1, this one holds other values.", hint="Choose one label of the label map."
            )
        _check_fits(labels, self.grid, "mask")
        object.__setattr__(self, "labels", _frozen_array(labels, np.uint8))
        object.__setattr__(self, "structure", catalog.structure(self.structure).name)

    @property
    def body(self) -> NDArray[np.bool_]:
        """(D, H, W) bool, a view of the labels."""
        return self.labels.view(np.bool_)

    @property
    def is_empty(self) -> bool:
        """Whether no voxel is set."""
        return not bool(self.labels.any())

    @property
    def volume_ml(self) -> float:
        """Volume of the set voxels in mL."""
        return float(np.count_nonzero(self.labels)) * self.grid.voxel_ml

    def require_body(self) -> MaskVolume:
        """Itself, if it has at least one voxel.

        Raises:
            MaskError: The mask is empty.
        """
        if self.is_empty:
            raise MaskError(f"The mask of the {self.structure} is empty.", hint="Check the label value.")
        return self


@dataclass(frozen=True, eq=False)
class ImageVolume:
    """A scan on a grid.

    Args:
        values: (D, H, W) whole numbers within int16, axes kji: HU for CT, robust z-score × 100 for MR.
        grid: The voxel grid.
        modality: CT or MR.

    Raises:
        GridError: It does not have the grid's shape, or holds values outside int16.
        ConfigError: The modality is neither CT nor MR.
    """

    values: NDArray[np.int16]
    grid: VoxelGrid
    modality: catalog.Modality = "CT"

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if self.modality not in ("CT", "MR"):
            raise ConfigError(f"Unknown modality '{self.modality}'.", hint="Choose CT or MR.")
        _check_fits(values, self.grid, "scan")
        if not np.isfinite(values).all() or values.min() < -32768 or values.max() > 32767:
            raise GridError("A scan's values must be finite and within int16.", hint="Give HU, or z-scores × 100.")
        whole = values if np.issubdtype(values.dtype, np.integer) else np.rint(values)
        object.__setattr__(self, "values", _frozen_array(whole, np.int16))


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from; enough to make it again.

    Args:
        tool_version: Version of Sketch2CTLib.
        models: Model name → SHA-256 of its weights.
        seed: Seed of the first candidate.
        steps: Denoising steps.
        guidance: Classifier-free guidance scale.
        sketch_digest: SHA-256 of the sketch, None without one.
        description: The words as given.
        preset: Name of the preset.
        settings: Further settings, ready for JSON.
    """

    tool_version: str
    models: Mapping[str, str]
    seed: int
    steps: int
    guidance: float
    sketch_digest: str | None
    description: str
    preset: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {
            "tool_version": self.tool_version,
            "preset": self.preset,
            "models": dict(self.models),
            "seed": self.seed,
            "steps": self.steps,
            "guidance": self.guidance,
            "sketch_digest": self.sketch_digest,
            "description": self.description,
            "settings": dict(self.settings),
        }


@dataclass(frozen=True, eq=False)
class Candidate:
    """One generated mask, its scan if there is one, and how it measures up.

    Raises:
        GridError: Mask and scan do not share one grid.
    """

    mask: MaskVolume
    image: ImageVolume | None
    report: Report

    def __post_init__(self) -> None:
        if self.image is not None and self.image.grid != self.mask.grid:
            raise GridError("The mask and the scan of a candidate must share one grid.")


@dataclass(frozen=True, eq=False)
class GenerationResult:
    """Candidates, best first, and what they were made from.

    Raises:
        ConfigError: There is no candidate, or the candidates are of several structures.
    """

    candidates: tuple[Candidate, ...]
    sketch: Sketch | None
    provenance: Provenance

    def __post_init__(self) -> None:
        object.__setattr__(self, "candidates", tuple(self.candidates))
        if not self.candidates:
            raise ConfigError("A result needs at least one candidate.")
        if len({c.mask.structure for c in self.candidates}) > 1:
            raise ConfigError("All candidates of a result must be of one structure.")

    @property
    def best(self) -> Candidate:
        """The first candidate."""
        return self.candidates[0]
