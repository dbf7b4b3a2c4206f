"""The chain's values: a mask, an image, where candidates agree, what they were made from. Frozen and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..data.layout import Layout
from ..errors import ConfigError, GridError, MaskError
from ..frames import VIEWS, VoxelGrid


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
        if not bool(((labels == 0) | (labels == 1)).all()):
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
class MaskSample:
    """One drawn mask.

    Args:
        mask: On the output grid.
        field: (V, V, V) decoded mask field in [−1, 1].
        level_shift_mm: How far the surface was moved to meet the asked volume (positive: outwards).
        seed: Its seed.
        latent: (C, d, h, w) what it was decoded from; a later edit may start there.
        depth_scale: How far the body was stretched along the only drawing's view to meet the asked volume.
    """

    mask: MaskVolume
    field: NDArray[np.float32]
    level_shift_mm: float
    seed: int
    latent: NDArray[np.float32]
    depth_scale: float = 1.0


@dataclass(frozen=True, eq=False)
class ImageVolume:
    """A scan on a grid.

    Args:
        values: (D, H, W) whole numbers within int16, axes kji: HU for CT, robust z-score × 100 for MR.
        grid: The voxel grid.
        modality: CT or MR.
        layout: What it was painted from, on the same grid; None where it was not painted.
        notes: What is to tell of its making, one sentence each.

    Raises:
        GridError: It does not have the grid's shape, or holds values outside int16.
        ConfigError: The modality is neither CT nor MR.
    """

    values: NDArray[np.int16]
    grid: VoxelGrid
    modality: catalog.Modality = "CT"
    layout: Layout | None = None
    notes: tuple[str, ...] = ()

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
        guidance: Classifier-free guidance scale by kind of condition: sketch, numbers, words.
        drawings: 'role', 'view' and 'sha256' of each drawing, in their order.
        description: The words as given.
        preset: Name of the preset.
        settings: Further settings, ready for JSON.
        edit: Of a re-edited result: its 'strength' and the 'former' result's digest.
    """

    tool_version: str
    models: Mapping[str, str]
    seed: int
    steps: int
    guidance: Mapping[str, float]
    drawings: Sequence[Mapping[str, str]]
    description: str
    preset: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    edit: Mapping[str, Any] | None = None

    def digests(self, role: str) -> list[str]:
        """SHA-256 of the drawings of a role."""
        return [one["sha256"] for one in self.drawings if one["role"] == role]

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        first, second, *_ = [*self.digests("silhouette"), None, None]
        return {
            "tool_version": self.tool_version,
            "preset": self.preset,
            "models": dict(self.models),
            "seed": self.seed,
            "steps": self.steps,
            "guidance": dict(self.guidance),
            "sketch_digest": first,
            "second_sketch_digest": second,
            "drawings": [dict(one) for one in self.drawings],
            "description": self.description,
            "edit": None if self.edit is None else dict(self.edit),
            "settings": dict(self.settings),
        }


@dataclass(frozen=True, eq=False)
class AgreementMap:
    """Where several candidates agree.

    Args:
        share: (D, H, W) float32, axes kji: share of the candidates that hold each voxel, 0–1.
        grid: Of all candidates.
        dice: Mean Dice of each candidate with the others, in the candidates' order.

    Raises:
        GridError: The map does not have the grid's shape.
    """

    share: NDArray[np.float32]
    grid: VoxelGrid
    dice: tuple[float, ...]

    def __post_init__(self) -> None:
        _check_fits(self.share, self.grid, "map")
        object.__setattr__(self, "share", _frozen_array(self.share, np.float32))

    def to_dict(self) -> dict[str, float]:
        """How much is open, ready for JSON.

        Returns:
            `common_ml` that all hold, `union_ml` that any holds, `disagreement_ml` by which two candidates drawn at
            random differ, `entropy_bits` a voxel inside the union (0 agreed, 1 half against half), and the mean
            `pairwise_dice`.
        """
        inside = self.share[self.share > 0].astype(np.float64)
        voxel_ml, count = self.grid.voxel_ml, len(self.dice)
        differing = 2.0 * inside * (1.0 - inside) * count / max(count - 1, 1)
        open_part = inside[inside < 1]
        bits = -open_part * np.log2(open_part) - (1 - open_part) * np.log2(1 - open_part)
        return {
            "common_ml": float(np.count_nonzero(inside >= 1)) * voxel_ml,
            "union_ml": len(inside) * voxel_ml,
            "disagreement_ml": float(differing.sum()) * voxel_ml,
            "entropy_bits": float(bits.sum()) / max(len(inside), 1),
            "pairwise_dice": float(np.mean(self.dice)),
        }

    def most_open_plane(self) -> tuple[str, float, float] | None:
        """The slice over which the candidates disagree most, where a contour would say most.

        Returns:
            The view, the RAS coordinate along it in mm, and the area in cm² by which two candidates drawn at random
            differ there; None where all agree.
        """
        share, count = self.share.astype(np.float64), len(self.dice)
        differing = 2.0 * share * (1.0 - share) * count / max(count - 1, 1)
        best: tuple[str, float, float] | None = None
        for one in VIEWS.values():
            sums = differing.sum(axis=tuple(axis for axis in range(3) if axis != one.axis_kji))
            layer, spacing_mm = int(sums.argmax()), float(self.grid.spacing_mm[one.axis_ras])
            area_cm2 = float(sums[layer]) * self.grid.voxel_ml * 10.0 / spacing_mm
            if area_cm2 > (0.0 if best is None else best[2]):
                offset_mm = (layer + 0.5 - len(sums) / 2) * spacing_mm
                middle_mm = float(self.grid.center_ras @ self.grid.axis_ras(one.axis_ras))
                best = one.name, middle_mm + offset_mm, area_cm2
        return best
