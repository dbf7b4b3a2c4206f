"""Neighbouring organs that are known: their labels on a grid of their own, and what of them a cube holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...data.masks import labels_on_cube
from ...frames import VoxelGrid
from ..values import MaskVolume

_TOLD_OVERLAP = 0.01  # of a neighbour, from which it is told that the mask covers it


@dataclass(frozen=True, eq=False)
class Context:
    """Labels of organs, anywhere in space.

    Args:
        labels: (D, H, W) uint8 label values of the catalog, axes kji; 0 where nothing is known.
        grid: Any spacing and direction.
        notes: What of its file could not be used, one sentence each.
    """

    labels: NDArray[np.uint8]
    grid: VoxelGrid
    notes: tuple[str, ...] = ()

    def around(self, cube: VoxelGrid, structure: str, taken: Iterable[int]) -> Neighbours:
        """What of it stands beside a structure in a cube.

        Args:
            cube: Where the mask and its scan lie.
            structure: What the mask shows; its own label is left out.
            taken: Label values that the volume stage knows.
        """
        given = set(np.unique(self.labels).tolist()) - {0}
        own = given & _labels_of(structure)
        foreign = given - own - set(taken)
        notes = list(self.notes)
        if own:
            notes.append(f"The {listed(own)} of the context is left out: the mask decides what is {_title(structure)}.")
        if foreign:
            notes.append(f"The volume stage does not know the {listed(foreign)} of the context, which is left out.")
        kept = np.where(np.isin(self.labels, sorted(own | foreign)), 0, self.labels).astype(np.uint8)
        labels = labels_on_cube(kept, self.grid, cube)
        present = sorted(set(np.unique(labels).tolist()) - {0})
        if present:
            notes.append(f"The scan is made beside the {listed(present)} of the context.")
        else:
            notes.append(_nothing(given - own - foreign, cube))
        return Neighbours(labels if present else None, tuple(name_of(label) for label in present), tuple(notes))


@dataclass(frozen=True, eq=False)
class Neighbours:
    """What a scan is made beside.

    Args:
        labels: (D, H, W) label values on the cube; None where there is no neighbour.
        structures: Catalog names.
        notes: What was left out, and what is used, one sentence each.
    """

    labels: NDArray[np.uint8] | None = None
    structures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """For the provenance: the structures, and a digest of their voxels."""
        digest = None if self.labels is None else hashlib.sha256(self.labels.tobytes()).hexdigest()
        return {"structures": list(self.structures), "sha256": digest}

    def notes_on(self, mask: MaskVolume) -> tuple[str, ...]:
        """The notes, and how much of the neighbours a mask covers: there it is the mask that counts."""
        if self.labels is None:
            return self.notes
        whole, covered = (np.bincount(part.ravel(), minlength=256) for part in (self.labels, self.labels[mask.body]))
        shares = {label: covered[label] / whole[label] for label in np.flatnonzero(whole).tolist() if label}
        told = [f"{s:.0%} of the {_title(name_of(label))}" for label, s in shares.items() if s >= _TOLD_OVERLAP]
        if not told:
            return self.notes
        return (*self.notes, f"The mask covers {joined(told)} of the context: there the mask counts.")


def name_of(label: int) -> str:
    """The catalog's name of a label value."""
    return catalog.region_of(label).name


def known_labels() -> dict[str, int]:
    """Name → label value of all structures and neighbours of the catalog."""
    return {one.name: one.label for one in catalog.structures()} | catalog.NEIGHBOUR_LABELS


def listed(labels: Iterable[int]) -> str:
    """'spleen, left kidney and aorta'."""
    return joined([_title(name_of(label)) for label in sorted(labels)])


def joined(words: Sequence[str]) -> str:
    """'a, b and c'."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _title(name: str) -> str:
    return name.replace("_", " ")


def _labels_of(structure: str) -> set[int]:
    """The label of a structure, and of others under the same code: the aorta is a part of its tree."""
    wanted = catalog.structure(structure)
    return {one.label for one in catalog.structures() if (one.code, one.side) == (wanted.code, wanted.side)}


def _nothing(usable: set[int], cube: VoxelGrid) -> str:
    if not usable:
        return "The context holds no neighbour: the scan is made without it."
    middle = ", ".join(f"{axis} {value:.0f}" for axis, value in zip("RAS", cube.center_ras, strict=True))
    size = float(cube.size_mm.max())
    return f"Nothing of the context lies in the {size:.0f} mm cube around {middle} mm: the scan is made without it."
