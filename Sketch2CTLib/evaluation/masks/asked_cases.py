"""Real cases and what is asked of a model for them: their own sketch, numbers and words, or less, or another's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...data.prepared import PreparedCase, PreparedSet
from ...description.words import sentences
from ...errors import DatasetError
from ...frames import VIEWS, bounding_box
from ...generation.request import PlacedRequest
from ...sketch import Sketch, extract_sketch, silhouette
from ...sketch.extraction import extract_contour
from ..hand_drawn import HandDrawn

# Own view → (array axis, how far through the organ's box) of the planes of one contour after the other.
CONTOUR_PLANES: Mapping[str, tuple[tuple[int, float], ...]] = {
    "axial": ((0, 0.5), (1, 0.5), (0, 0.25), (0, 0.75)),
    "coronal": ((1, 0.5), (0, 0.5), (0, 0.25), (0, 0.75)),
    "sagittal": ((1, 0.5), (0, 0.5), (0, 0.25), (0, 0.75)),
}
SECOND_VIEWS: Mapping[str, str] = {"axial": "coronal", "coronal": "sagittal", "sagittal": "coronal"}


@dataclass(frozen=True, eq=False)
class AskedCase:
    """A real case; its mask, sketches and numbers are read or drawn when first needed, once.

    Args:
        case: The prepared case.
        drawn: Hand-drawn sketches of it, on its structure's own view.
    """

    case: PreparedCase
    drawn: tuple[HandDrawn, ...] = ()

    @property
    def key(self) -> str:
        """dataset/case, unique within a structure."""
        return f"{self.case.dataset}/{self.case.case}"

    @property
    def structure(self) -> catalog.Structure:
        """The catalog's entry."""
        return catalog.structure(self.case.structure)

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """(D, H, W) bool, axes kji."""
        return self.case.mask()

    @cached_property
    def sketch(self) -> Sketch:
        """Extracted from the mask on the structure's own view."""
        return self._extracted(self.structure.view)

    @cached_property
    def second(self) -> Sketch:
        """Extracted on the view of `SECOND_VIEWS`."""
        return self._extracted(SECOND_VIEWS[self.structure.view])

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Measured on the mask."""
        return self.case.metrics

    @cached_property
    def outline(self) -> NDArray[np.bool_]:
        """(P, P) bool, the filled sketch on the face of the case's cube."""
        return self.filled(self.sketch)

    def filled(self, sketch: Sketch) -> NDArray[np.bool_]:
        """(P, P) bool, a sketch filled at the resolution of the case's cube."""
        return silhouette(sketch, self.case.grid.shape_kji[0], size_mm=float(self.case.grid.size_mm[0]))

    def request(self, numbers: Mapping[str, float] | None = None) -> PlacedRequest:
        """What is asked: its own sketch, its numbers or those given in their place, and words that follow from them."""
        stated = self.numbers if numbers is None else numbers
        words = sentences(self.case.structure, stated)
        return PlacedRequest(self.case.structure, (self.sketch,), stated, words, self.case.grid)

    def contours(self, count: int) -> tuple[Sketch, ...]:
        """The first of `CONTOUR_PLANES`, drawn; fewer where a plane misses the organ."""
        box = bounding_box(self.mask)
        drawn = []
        for axis_kji, share in CONTOUR_PLANES[self.structure.view][:count]:
            first, stop = box[axis_kji].start, box[axis_kji].stop
            layer = min(int(first + share * (stop - first)), stop - 1)
            if np.take(self.mask, layer, axis=axis_kji).any():
                ijk = np.zeros(3)
                ijk[2 - axis_kji] = layer
                position_mm = float(self.case.grid.to_ras(ijk[None])[0, 2 - axis_kji])
                view = next(name for name, one in VIEWS.items() if one.axis_kji == axis_kji)
                name = self.case.structure
                drawn.append(extract_contour(self.mask, self.case.grid, view, position_mm, structure=name))
        return tuple(drawn)

    def _extracted(self, view: str) -> Sketch:
        return extract_sketch(self.mask, self.case.grid, view, structure=self.case.structure)


@dataclass(frozen=True)
class Chosen:
    """One case to measure.

    Args:
        case: The case.
        other: Another case of the same structure and split, for shuffling; None where there is none.
        drawn: Its hand-drawn sketches.
    """

    case: PreparedCase
    other: PreparedCase | None
    drawn: tuple[HandDrawn, ...]


def choose_cases(
    prepared: PreparedSet,
    split: str,
    structures: Sequence[str],
    *,
    limit: int | None = None,
    hand_drawn: Sequence[HandDrawn] = (),
    drawings: int | None = None,
) -> list[Chosen]:
    """The cases of a split by structure; the other of each is the next one, whatever the limit.

    Args:
        prepared: The folder.
        split: train or val.
        structures: Catalog names.
        limit: At most as many cases a structure.
        hand_drawn: Stored sketches; those on another view than the structure's own are left out.
        drawings: At most as many hand-drawn sketches a case.

    Raises:
        DatasetError: The folder has no such cases.
    """
    chosen: list[Chosen] = []
    for name in structures:
        cases, own = prepared.cases(split, name), catalog.structure(name).view
        for at, case in enumerate(cases[:limit]):
            drawn = [one for one in hand_drawn if (one.case_key, one.view) == (case.key, own)]
            other = cases[(at + 1) % len(cases)] if len(cases) > 1 else None
            chosen.append(Chosen(case, other, tuple(drawn[:drawings])))
    if not chosen:
        raise DatasetError(f"'{prepared.folder}' has no '{split}' cases of {', '.join(structures)}.")
    return chosen
