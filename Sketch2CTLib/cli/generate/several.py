"""`sketch2ct generate --request`: several organs of one file, in this process or on a server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...generation.organs.request import OrgansRequest
    from ...generation.settings import Settings

_DRAWINGS = ("sketch", "scale", "contour", "contour_scale", "second_sketch", "second_view", "second_scale")
_SAID = ("layout", "text", "description", "structure", "mask", "label", "grid", "edit", "strength", "candidates")


def require_alone(given: Mapping[str, Any]) -> None:
    """Refuses options that say of one organ what a request's file says of each.

    Raises:
        InputError: One is given.
    """
    from ...errors import InputError

    both = next((name for name in (*_DRAWINGS, *_SAID) if name in given), None)
    if both is None:
        return
    option = f"--{both.replace('_', '-')}"
    raise InputError(f"Both --request and {option} are given.", hint=f"Say it in the request's file, or drop {option}.")


def asked_organs(path: Path, given: Mapping[str, Any], settings: Settings, context: Path | None) -> OrgansRequest:
    """The request of a file; a seed or a --no-volume on the command line counts before the file's.

    Raises:
        Sketch2CTError: The file or a drawing of it cannot be used.
    """
    from ...generation.organs.document import RequestDocument, organ_requests
    from ...generation.organs.drawing_files import entry_drawings
    from ...generation.organs.request import OrgansRequest
    from ...generation.volumes.context_files import read_context
    from .inputs import tell_drawing

    document = RequestDocument.read(path)
    document = document.model_copy(update={"seed": given.get("seed", document.seed)})
    organs, unplaced = organ_requests(document, entry_drawings(path.parent, tell_drawing))
    return OrgansRequest(
        organs,
        unplaced,
        with_volume=document.with_volume and given.get("volume", True),
        context=None if context is None else read_context(context),
        seed=document.seed,
        settings=settings,
    )


def organ_fields(request: OrgansRequest) -> dict[str, Any]:
    """The fields of `generate` that say the same to a server, which reads no files of this machine."""
    from ...sketch.model import ROLES, of_role

    organs = []
    for organ in request.organs:
        name = organ.description.structure
        sketches, contours = ([one.to_dict() for one in of_role(organ.drawings, role)] for role in ROLES)
        place = "usual" if name in request.unplaced else "drawn"
        entry = {"description": organ.description.model_dump(), "place": place, "candidates": organ.candidates}
        organs.append({**entry, "sketches": sketches, "contours": contours})
    return {"organs": organs, "seed": request.seed, "with_volume": request.with_volume}
