"""A request for several organs, and where those lie whose drawings do not say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...apart import told_apart
from ...errors import ConfigError
from ...frames import PlaneFrame, VoxelGrid
from ...relations import usual_middle
from ...sketch import Sketch
from ..placement import OUTPUT_VOXELS, cube_of
from ..request import GenerationRequest
from ..settings import Settings
from ..volumes.context import Context, joined

MOST_ORGANS = 16
_AXES = (("left", "right"), ("back", "front"), ("bottom", "top"))


@dataclass(frozen=True, eq=False)
class OrgansRequest:
    """What a user asks for of several organs at once.

    Args:
        organs: A request for each, of different structures of one modality; they make no scans of their own.
        unplaced: Structures whose drawings do not say where they lie among the others, or that have none.
        with_volume: Whether one scan of all of them is made.
        context: Neighbours that nobody asked for and that the scan shall show.

    Raises:
        ConfigError: Fewer than one or too many organs, one asked for twice, or organs of two modalities.
    """

    organs: tuple[GenerationRequest, ...]
    unplaced: frozenset[str] = frozenset()
    with_volume: bool = True
    context: Context | None = None
    seed: int = 1
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        names = [organ.description.structure for organ in self.organs]
        if not 1 <= len(names) <= MOST_ORGANS:
            raise ConfigError(f"A request is for 1…{MOST_ORGANS} organs, got {len(names)}.")
        twice = [_title(name) for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice:
            raise ConfigError(f"The {joined(twice)} is asked for twice.", hint="Put all of an organ into one entry.")
        modalities = {catalog.structure(name).modality for name in names}
        if len(modalities) > 1:
            raise ConfigError(
                f"One scan does not show {joined([_title(name) for name in names])}: some are of CT, some of MR.",
                hint="Ask for them apart.",
            )
        if any(organ.former is not None or organ.mask is not None for organ in self.organs):
            raise ConfigError("An organ among several cannot be a mask or an edit.", hint="Ask for it apart.")
        if self.settings.spacing_mm is not None:
            raise ConfigError("Finer voxels are of one organ alone.", hint="Leave the spacing out.")
        organs = tuple(replace(one, with_volume=False, context=None) for one in self.organs)
        object.__setattr__(self, "organs", organs)

    @property
    def structures(self) -> tuple[str, ...]:
        """Catalog names, in order."""
        return tuple(organ.description.structure for organ in self.organs)

    @property
    def candidates(self) -> int:
        """Masks of all organs together."""
        return sum(organ.candidates for organ in self.organs)

    @property
    def needs_volume(self) -> bool:
        """Whether the volume stage takes part."""
        return self.with_volume

    @property
    def draws_masks(self) -> bool:
        """Whether the mask stage takes part: always."""
        return True

    @property
    def scans(self) -> int:
        """How many scans are made at the most: one of all organs."""
        return 1


@dataclass(frozen=True, eq=False)
class PlacedOrgan:
    """An organ with its cube in the frame of the patient.

    Args:
        request: Its drawings where they lie now.
        grid: Its cube.
        notes: How it came to lie there, one sentence each.
        freedom_mm: (3,) how far along R, A, S it may usually lie from there; None where its place is stated.
    """

    request: GenerationRequest
    grid: VoxelGrid
    notes: tuple[str, ...] = ()
    freedom_mm: NDArray[np.float64] | None = None


def placed_organs(request: OrgansRequest) -> tuple[PlacedOrgan, ...]:
    """Each organ in one frame: where it is drawn, or where it usually lies beside those that are.

    Without any that says where it lies, the first one lies around the origin.

    Raises:
        SketchError: A drawing does not fit its cube.
    """
    cubes = {one.description.structure: cube_of(one.description.structure, one.drawings, OUTPUT_VOXELS)
             for one in request.organs}  # fmt: skip
    fixed = [name for name in request.structures if name not in request.unplaced] or [request.structures[0]]
    middles: dict[str, NDArray[np.float64]] = {name: cubes[name].center_ras for name in fixed}
    placed = []
    for organ in request.organs:
        name = organ.description.structure
        if name in fixed:
            placed.append(PlacedOrgan(organ, cubes[name]))
            continue
        placed.append(_beside(organ, cubes[name], {one: middles[one] for one in fixed}))
    return tuple(placed)


def _beside(organ: GenerationRequest, cube: VoxelGrid, middles: Mapping[str, NDArray[np.float64]]) -> PlacedOrgan:
    """The organ where it usually lies beside others; its drawings go along."""
    name = organ.description.structure
    found = usual_middle(name, middles)
    if found is None:
        note = f"Where the {_title(name)} lies is not drawn, and no training scan shows it beside the others."
        return PlacedOrgan(organ, cube, (f"{note} It lies where its drawing is.",))
    usual, freedom_mm = found
    offset = usual - cube.center_ras
    drawings = tuple(shifted(one, offset) for one in organ.drawings)
    first = next(iter(middles))
    told = told_offset(usual - middles[first])
    note = f"Where the {_title(name)} lies is not drawn: it lies where it usually does, {told} of the {_title(first)}."
    return PlacedOrgan(replace(organ, drawings=drawings), shifted_grid(cube, offset), (note,), freedom_mm)


def shifted_grid(grid: VoxelGrid, offset_mm: NDArray[np.float64]) -> VoxelGrid:
    """The grid moved by R, A, S mm."""
    affine = grid.ijk_to_ras.copy()
    affine[:3, 3] += offset_mm
    return VoxelGrid(grid.shape_kji, affine)


def shifted(drawing: Sketch, offset_mm: NDArray[np.float64]) -> Sketch:
    """The drawing moved by R, A, S mm."""
    matrix = drawing.plane.plane_to_ras.copy()
    matrix[:3, 3] += offset_mm
    return replace(drawing, plane=PlaneFrame(drawing.plane.view, matrix, drawing.plane.size_mm))


def told_offset(offset_mm: NDArray[np.float64]) -> str:
    """'121 mm to the left, 43 mm to the back and 13 mm to the top'."""
    parts = [
        f"{told_apart((abs(float(mm)),), '{:.0f}'.format)[0]} mm to the {ends[int(mm > 0)]}"
        for mm, ends in zip(offset_mm, _AXES, strict=True)
        if abs(mm) >= 0.5
    ]
    return joined(parts) if parts else "in the middle"


def _title(name: str) -> str:
    return catalog.structure(name).title.lower()
