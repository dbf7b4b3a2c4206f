"""What a scanner did not see: some kinds of scans end in a box of one size, and a mask does not tell where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...frames import bounding_box

Floats = NDArray[np.float32]
MOST = 0.5  # of the cube: a larger field of view is left to the network
_ALIKE = 0.1  # standard deviation of the boxes' edges over the cube's edge
_DARK = 0.01  # above the padding, in [−1, 1]
_MARGIN_MM = 5.0  # that the box keeps around an organ
_FEWEST = 5  # scans


@dataclass(frozen=True)
class FieldOfView:
    """A box on the cube's own axes, (k, j, i).

    Args:
        size_mm: Its edges.
        offset_mm: Of its centre from the cube's.
        outside: The value there, in [−1, 1]; nothing inside is darker.
    """

    size_mm: tuple[float, float, float]
    offset_mm: tuple[float, float, float]
    outside: float

    @classmethod
    def fit(cls, scans: Sequence[Floats], edge_mm: float) -> FieldOfView | None:
        """The mean box of scans (V, V, V) in [−1, 1] on cubes of one size; None where none is small and common."""
        if len(scans) < _FEWEST:
            return None
        boxes = np.array([_lit(scan) for scan in scans]) / scans[0].shape[0] * edge_mm  # (N, 3, 2)
        sizes, centres = boxes[..., 1] - boxes[..., 0], boxes.mean(axis=2) - edge_mm / 2
        share = float(np.prod(sizes.mean(axis=0) / edge_mm))
        if share > MOST or max(sizes.std(axis=0).max(), centres.std(axis=0).max()) > _ALIKE * edge_mm:
            return None
        size, offset = (tuple(round(float(v), 1) for v in values.mean(axis=0)) for values in (sizes, centres))
        return cls(size, offset, round(float(np.mean([scan.min() for scan in scans])), 3))  # type: ignore[arg-type]

    def applied(self, unit: Floats, body: NDArray[np.bool_], edge_mm: float) -> Floats:
        """A scan (V, V, V) in [−1, 1] that ends where the scanner saw no more, but never within the organ.

        Args:
            body: The organ, of the same shape.
        """
        voxels = unit.shape[0]
        middle = np.array(self.offset_mm) / edge_mm * voxels + voxels / 2
        reach = np.array(self.size_mm) / edge_mm * voxels / 2
        low, high = np.rint(middle - reach), np.rint(middle + reach)
        if body.any():
            margin = _MARGIN_MM / edge_mm * voxels
            held = [(part.start - margin, part.stop + margin) for part in bounding_box(body)]
            low = np.minimum(low, np.floor([start for start, _ in held]))
            high = np.maximum(high, np.ceil([stop for _, stop in held]))
        inside = tuple(slice(max(0, int(a)), min(voxels, int(b))) for a, b in zip(low, high, strict=True))
        seen = np.full_like(unit, self.outside)
        seen[inside] = np.maximum(unit[inside], self.outside)
        return seen

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data, kept with the weights."""
        return asdict(self)

    @classmethod
    def from_dict(cls, payload: Mapping[str, Any]) -> FieldOfView:
        """Undoes `to_dict`."""
        return cls(tuple(payload["size_mm"]), tuple(payload["offset_mm"]), float(payload["outside"]))


def fields_of_view(
    scans: Sequence[tuple[str, str, Floats]], edges_mm: Mapping[str, float]
) -> dict[str, dict[str, Any]]:
    """'structure modality' → field of view, as kept with the weights, of kinds that have one.

    Args:
        scans: (structure, modality, scan in [−1, 1]) of cases as they were taken, not warped.
        edges_mm: structure → edge of its cube.
    """
    kinds: dict[tuple[str, str], list[Floats]] = {}
    for structure, modality, scan in scans:
        kinds.setdefault((structure, modality), []).append(scan)
    fields = {f"{s} {m}": FieldOfView.fit(of_kind, edges_mm[s]) for (s, m), of_kind in sorted(kinds.items())}
    return {kind: view.to_dict() for kind, view in fields.items() if view is not None}


def _lit(scan: Floats) -> list[tuple[int, int]]:
    """First and last-but-one index of what is not padding, along k, j, i."""
    lit = scan > scan.min() + _DARK
    return [(part.start, part.stop) for part in bounding_box(lit if lit.any() else np.ones_like(lit))]
