"""The drawings of a request as fields of the protocol."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...sketch import Sketch
from ...sketch.model import of_role

MOST_OF_OLDER = 2  # outlines that a service knows which is older than contours


def drawing_fields(drawings: Iterable[Sketch]) -> dict[str, Any]:
    """The fields of drawings; one or two outlines in those that older services know too."""
    given = tuple(drawings)
    sketches, contours = ([one.to_dict() for one in of_role(given, role)] for role in ("silhouette", "contour"))
    if contours or len(sketches) > MOST_OF_OLDER:
        return {"sketches": sketches, "contours": contours}
    return dict(zip(("sketch", "second_sketch"), sketches, strict=False))
