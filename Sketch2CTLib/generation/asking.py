"""What is asked, put together from what was given: the same for the command line and the service. Torch-free.

A description comes from a file, a text or a former result; drawings come from the user or from a former result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..data.layout import Layout
from ..description.merging import merge_description
from ..description.model import GeometryDescription
from ..errors import ConfigError, InputError, MaskError, SketchError
from ..frames import VoxelGrid
from ..offered import offered_structures
from ..resources import resource_path
from ..sketch import Sketch
from ..sketch.model import of_role, require_views
from .state import Former

STEPS_OF = {"preview": 8, "standard": 25, "fine": 50}
PRESETS_SHIPPED = ("default",)  # the first that there are weights of
GRIDS = ("own", "cube")  # that a mask and its scan are written on
VOLUME_PRESET = "default"  # whose volume stage serves models without one


def steps_of(quality: str) -> int:
    """Denoising steps of a quality.

    Raises:
        ConfigError: There is no such quality.
    """
    if quality not in STEPS_OF:
        raise ConfigError(f"Unknown quality '{quality}'.", hint=f"Choose one of {', '.join(STEPS_OF)}.")
    return STEPS_OF[quality]


def takes_own_grid(grid: str, *, has_mask: bool) -> bool:
    """Whether a result is written on the grid of the mask that was given.

    Args:
        grid: own, cube, or nothing: the mask's own where there is one.
        has_mask: Whether a mask is given.

    Raises:
        ConfigError: There is no such grid.
    """
    if grid not in ("", *GRIDS):
        raise ConfigError(f"Unknown grid '{grid}'.", hint=f"Choose one of {', '.join(GRIDS)}.")
    if grid == "own" and not has_mask:
        raise ConfigError("A result has a grid of its own only where a mask is given.", hint="Add --mask FILE.")
    return has_mask and grid != "cube"


def shipped_presets() -> tuple[str, ...]:
    """The shipped presets that there are weights of, the preferred one first."""
    return tuple(name for name in PRESETS_SHIPPED if (resource_path("Models") / name / "model.json").is_file())


def asked_description(
    given: GeometryDescription | None, text: str, structure: str, former: Former | None
) -> GeometryDescription:
    """The description as given, or of the text, or that of the result to edit; its text is read already once.

    Args:
        given: A description that names its structure.
        text: Words and numbers in its place.
        structure: Needed with a text; must agree with the rest otherwise.
        former: The result to edit; its description is kept where there is no other.

    Raises:
        InputError: No structure is given, or two that differ, or both a description and a text.
        DescriptionError: The text is wrong or contradicts the numbers.
        UnknownStructure: The catalog has no such structure.
    """
    if given is not None and text:
        raise InputError("Both a text and a description are given.", hint="Give one of them.")
    what = "description"
    if given is None and former is not None:
        given, what = former.description, "result to edit"
        if text:
            given = GeometryDescription.checked(structure=given.structure, text=text)
    if given is None:
        if not structure:
            raise InputError("No structure is given.", hint=f"Name one of {', '.join(offered_structures())}.")
        given = GeometryDescription.checked(structure=structure, text=text)
    elif structure and catalog.structure(structure).name != given.structure:
        raise InputError(
            f"The structure is '{structure}' but the {what} is of '{given.structure}'.", hint="Drop the structure."
        )
    merge_description(given)  # what contradicts itself is refused before a model is loaded
    return given


def organ_of_layout(layout: Layout, structure: str) -> tuple[NDArray[np.bool_], VoxelGrid]:
    """The organ that a layout shows, as the mask that is to get a scan.

    Raises:
        MaskError: The layout does not show it.
    """
    name = catalog.structure(structure).name
    body = layout.body_of(name)
    if not body.any():
        raise MaskError(
            f"The layout shows no {name.replace('_', ' ')}.", hint="Name another structure, or give a sketch or a mask."
        )
    return body, layout.grid


def asked_drawings(
    sketches: Sequence[Sketch],
    contours: Sequence[Sketch] | None,
    former: Former | None,
    structure: str,
    *,
    has_mask: bool,
    whole: bool = False,
) -> tuple[Sketch, ...]:
    """The drawings: those given, or those of the result to edit; without any, numbers and words decide alone.

    Args:
        sketches: Silhouettes that are given; of the former ones, the first are replaced and the others stay.
        contours: Cuts that are given in place of all former ones; None keeps those.
        former: The result to edit.
        structure: What they show.
        has_mask: Whether a mask is given, which needs none.
        whole: Whether the silhouettes given are all there are: no former one stays.

    Raises:
        SketchError: A vessel has no drawing, or two silhouettes are of one view.
    """
    before = () if former is None else former.drawings
    stay = () if whole else of_role(before, "silhouette")[len(sketches) :]
    shadows = (*sketches, *stay)
    cuts = of_role(before, "contour") if contours is None else tuple(contours)
    drawings = (*shadows, *cuts)
    if not drawings and not has_mask and former is None and catalog.structure(structure).tubular:
        raise SketchError(
            f"No sketch is given, and numbers and words alone do not tell the course of the '{structure}'.",
            hint="Draw its outline, or give a mask for its scan; solid organs need no drawing.",
        )
    require_views(drawings)
    return tuple(replace(one, structure=structure) if one.structure is None else one for one in drawings)
