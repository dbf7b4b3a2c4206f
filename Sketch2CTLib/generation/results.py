"""What the chain gives back: candidates with their reports, best first. Frozen and checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..description.model import GeometryDescription
from ..errors import ConfigError, GridError
from ..sketch import Sketch
from .report.report import Report
from .values import AgreementMap, ImageVolume, MaskVolume, Provenance


@dataclass(frozen=True, eq=False)
class Candidate:
    """One generated mask, its scan if there is one, and how it measures up.

    Args:
        mask: The mask; image: its scan; report: against its request.
        latent: (C, d, h, w) that a later edit may start from; None for a mask that was not generated.

    Raises:
        GridError: Mask and scan do not share one grid.
    """

    mask: MaskVolume
    image: ImageVolume | None
    report: Report
    latent: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.image is not None and self.image.grid != self.mask.grid:
            raise GridError("The mask and the scan of a candidate must share one grid.")


@dataclass(frozen=True, eq=False)
class GenerationResult:
    """Candidates, best first, and what they were made from.

    Args:
        candidates: All of one structure.
        drawings: Silhouettes on the cube's faces, the main one first, and contours on planes along them.
        provenance: What they were made with.
        description: What was asked in numbers and words, for a later edit.
        agreement: Where the candidates agree; None for one candidate.
        finer: The candidates on finer voxels, as they are written; empty where the cube's are.

    Raises:
        ConfigError: There is no candidate, or the candidates are of several structures.
    """

    candidates: tuple[Candidate, ...]
    drawings: tuple[Sketch, ...]
    provenance: Provenance
    description: GeometryDescription | None = None
    agreement: AgreementMap | None = None
    finer: tuple[Candidate, ...] = ()

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
