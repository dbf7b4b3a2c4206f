"""A request on its way to the networks: all that is asked, then what each sample shall honour in its cube."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..apart import told_apart
from ..data.layout import Layout
from ..description.flags import grouped
from ..description.merging import Merged, merge_description
from ..description.model import GeometryDescription
from ..description.quantities import quantity
from ..errors import ConfigError
from ..frames import VoxelGrid
from ..sketch import Sketch
from ..sketch.model import drawn_extents, of_role, require_views
from .placement import OUTPUT_VOXELS, contour_title, cube_of, on_cube
from .settings import Settings
from .state import Former
from .volumes.context import Context

MAX_CANDIDATES = 64
DEFAULT_STRENGTH = 0.4
_BEYOND = 0.05  # of a stated extent, that a contour may span more of before it is told


@dataclass(frozen=True, eq=False)
class GenerationRequest:
    """What a user asks for: masks of a description and drawings, a former result changed, or the scan of a mask.

    Args:
        description: Structure, numbers and words; its text is merged in where it was not.
        drawings: Silhouettes on different views, the main one first, and contours; any number, none too.
        seed: Seed of the first candidate; the others follow from it.
        candidates: How many masks to draw.
        with_volume: Whether each mask gets a scan.
        settings: How to sample.
        context: Neighbours that the scan shall show, where they lie in space.
        layout: Organs and tissues that the scan is painted from; what it leaves unknown is drawn.
        former: The result that is changed.
        strength: How far it may be changed: 0 keeps its shape and only follows drawings and numbers, 1 draws anew.
        mask: (D, H, W) bool with its grid, which only gets a scan; the drawings play no part then.
        own_grid: Whether a mask and its scan are written on the mask's own grid.
        followed: Whether the mask is a result's that a person edited: drawings are compared with it, and a later edit
            may start from it.

    Raises:
        ConfigError: A number is out of range, or there is a context or a layout and no volume is made.
        SketchError: Two silhouettes are of one view.
    """

    description: GeometryDescription
    drawings: tuple[Sketch, ...] = ()
    seed: int = 1
    candidates: int = 1
    with_volume: bool = True
    settings: Settings = field(default_factory=Settings)
    context: Context | None = None
    layout: Layout | None = None
    former: Former | None = None
    strength: float = DEFAULT_STRENGTH
    mask: tuple[NDArray[np.bool_], VoxelGrid] | None = None
    own_grid: bool = True
    followed: bool = False

    def __post_init__(self) -> None:
        require_views(self.drawings)
        if not 1 <= self.candidates <= MAX_CANDIDATES:
            raise ConfigError(f"Candidates must lie in 1…{MAX_CANDIDATES}, got {self.candidates}.")
        if not 0 <= self.seed < 2**62:
            raise ConfigError(f"The seed must be a whole number from 0 to 2⁶², got {self.seed}.")
        if not 0.0 <= self.strength <= 1.0:
            raise ConfigError(f"The strength of an edit must lie in 0…1, got {self.strength}.")
        if self.context is not None and not self.needs_volume:
            raise ConfigError("A context is given, and no volume is made.", hint="Drop one of them.")
        if self.layout is not None and not self.needs_volume:
            raise ConfigError("A layout is given, and no volume is made.", hint="Drop one of them.")

    @property
    def needs_volume(self) -> bool:
        """Whether the volume stage takes part."""
        return self.with_volume or self.mask is not None

    @property
    def paints(self) -> bool:
        """Whether scans are painted from layouts where the model can."""
        return self.layout is not None or self.settings.paint

    @property
    def draws_masks(self) -> bool:
        """Whether the mask stage takes part."""
        return self.mask is None

    @property
    def scans(self) -> int:
        """How many scans are made at the most."""
        return self.candidates if self.draws_masks else 1


@dataclass(frozen=True)
class PlacedRequest:
    """What each sample shall honour: the request read, and its drawings where they lie in the output cube.

    Args:
        structure: Catalog name.
        drawings: Silhouettes on the cube's faces, the main one first, and contours on planes along them.
        numbers: Known quantities.
        sentences: Words, one sentence each.
        grid: The output cube.
        tolerances: Stated absolute tolerances by quantity name.
        notes: What disagreed in the request and how it was taken, one sentence each.
        outside_range: What of it lay outside the training range, one sentence each.

    Raises:
        SketchError: Two silhouettes are of one view.
    """

    structure: str
    drawings: tuple[Sketch, ...]
    numbers: Mapping[str, float]
    sentences: tuple[str, ...]
    grid: VoxelGrid
    tolerances: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    outside_range: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_views(self.drawings)

    @classmethod
    def of(cls, request: GenerationRequest, grid: VoxelGrid | None = None) -> PlacedRequest:
        """What a request comes to.

        Args:
            request: The request.
            grid: The cube, for drawings that belong to a former one; by default one around the drawings.

        Raises:
            DescriptionError: The description's text is wrong or contradicts its numbers.
            SketchError: A drawing does not fit its cube, or the other ones.
        """
        name = request.description.structure
        cube = cube_of(name, request.drawings, OUTPUT_VOXELS) if grid is None else grid
        drawings, notes = on_cube(request.drawings, cube, name)
        merged = read_beside(request.description, drawings)
        stated = merged.stated
        notes = (*notes, *_exceeded(stated.numbers, drawings))
        if not drawings:
            notes = (*notes, _undrawn(merged, placed=grid is not None))
        return cls(
            stated.structure,
            drawings,
            dict(stated.numbers),
            stated.sentences(),
            cube,
            dict(stated.tolerances),
            (*notes, *merged.sentences),
            tuple(flag.sentence for flag in merged.flags),
        )

    @property
    def silhouettes(self) -> tuple[Sketch, ...]:
        """The shadows along the views, the main one first."""
        return of_role(self.drawings, "silhouette")

    @property
    def contours(self) -> tuple[Sketch, ...]:
        """The cuts in their planes."""
        return of_role(self.drawings, "contour")

    @property
    def sketches(self) -> tuple[Sketch, ...]:
        """The silhouettes."""
        return self.silhouettes


def read_beside(description: GeometryDescription, drawings: Sequence[Sketch]) -> Merged:
    """A description with its text read, beside the extents that silhouettes show; the first decides what two show.

    Raises:
        DescriptionError: The text is wrong or contradicts the numbers.
    """
    drawn: dict[str, float] = {}
    for sketch in reversed(of_role(drawings, "silhouette")):
        drawn |= drawn_extents(sketch)
    return merge_description(description, drawn)


def _exceeded(numbers: Mapping[str, float], drawings: Sequence[Sketch]) -> list[str]:
    """Where a contour alone spans more than the extent that is stated: a cut is never larger than its organ."""
    notes = []
    for contour in of_role(drawings, "contour"):
        for name, span_mm in drawn_extents(contour).items():
            stated = numbers.get(name)
            if stated is not None and span_mm > stated * (1.0 + _BEYOND):
                texts = told_apart((stated, span_mm), grouped)
                title = contour_title(contour)
                notes.append(f"{quantity(name).title}: {texts[0]} mm as stated, but the {title} spans {texts[1]} mm.")
    return notes


def _undrawn(merged: Merged, *, placed: bool) -> str:
    """What the report tells where there is no drawing: what the shape follows, and where it lies."""
    stated = merged.stated
    follows = "the numbers and words alone" if stated.numbers or stated.words else "what is usual in the training cases"
    where = "" if placed else "; it lies around the origin, along the patient's axes"
    return f"Nothing was drawn: the shape follows {follows}, and is not held against a drawing{where}."
