"""The JSON Schema of a sketch's file, versions 1 and 2; published as Resources/Schemas/sketch.schema.json.

The models say what a file holds; `Sketch.from_json` reads it by its own means, so that time and memory stay bounded.
Fields that they do not name are allowed: later versions may add some, and readers leave them out.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ..frames.plane import ViewName
from .limits import MOST_POINTS, MOST_STROKES
from .model import FARTHEST_MM, FORMAT, LONGEST_NAME, VERSION, Role, StrokeKind

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_Coordinate = Annotated[float, Field(ge=-FARTHEST_MM, le=FARTHEST_MM)]
_Point = Annotated[list[_Coordinate], Field(min_length=2, max_length=2)]
_Edge = Annotated[float, Field(gt=0, le=2 * FARTHEST_MM)]
_Row = Annotated[list[float], Field(min_length=4, max_length=4)]
_Pressure = Annotated[float, Field(ge=0, le=1)]


class PlaneFile(BaseModel):
    """The paper: a rectangle in the patient."""

    view: ViewName = Field(description="The standard view that the plane is closest to.")
    size_mm: list[_Edge] = Field(description="Width and height in mm.", min_length=2, max_length=2)
    plane_to_ras: list[_Row] = Field(
        description="Rows of a 4×4 matrix in mm; its columns are u, v, the normal (unit vectors at right angles) "
        "and the middle of the paper, in RAS.",
        min_length=4,
        max_length=4,
    )


class StrokeFile(BaseModel):
    """One line of a drawing."""

    kind: StrokeKind = Field("outline", description="An outline bounds the silhouette, a crease lies inside it.")
    closed: bool = Field(False, description="Whether the last point is joined to the first.")
    points_mm: list[_Point] = Field(description="Points (u, v) in mm.", min_length=1)
    pressure: list[_Pressure] | None = Field(
        None, description="One number a point where a pen told it; 0.5 is the usual line width."
    )


class SketchFile(BaseModel):
    """Strokes in mm on a plane in the patient. Points (u, v): u right and v up from the middle of the paper."""

    format: Literal["sketch2ct.sketch"]
    version: Literal[1, 2] = Field(description="1 is written for silhouettes, 2 for contours.")
    structure: Annotated[str, Field(max_length=LONGEST_NAME)] | None = Field(
        None, description="What was drawn: a name of the catalog, or null."
    )
    role: Role = Field(
        "silhouette",
        description="A silhouette is the organ's shadow along the plane's normal, a contour is the cut through the "
        "organ in the plane itself. Files of version 1 have no role: they hold silhouettes.",
    )
    plane: PlaneFile
    strokes: list[StrokeFile] = Field(
        description=f"In the order in which they were drawn; together at most {MOST_POINTS} points.",
        min_length=1,
        max_length=MOST_STROKES,
    )


def sketch_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of what `Sketch.to_json` writes and `Sketch.from_json` reads."""
    schema = SketchFile.model_json_schema()
    return {"$schema": DIALECT, "$id": f"urn:{FORMAT}:{VERSION}", **schema, "title": "Sketch2CT sketch"}


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(sketch_schema(), indent=2, ensure_ascii=False) + "\n"
