"""The JSON Schema of a sketch's file, version 1; published as Resources/Schemas/sketch.schema.json."""

from __future__ import annotations

import json
from typing import Any

from ..frames import VIEWS
from .limits import MOST_POINTS, MOST_STROKES
from .model import FARTHEST_MM, FORMAT, KINDS, VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def sketch_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of what `Sketch.to_json` writes and `Sketch.from_json` reads.

    Fields that it does not name are allowed: later versions may add some, and readers leave them out.
    """
    return {
        "$schema": DIALECT,
        "$id": f"urn:{FORMAT}:{VERSION}",
        "title": "Sketch2CT sketch",
        "description": "Strokes in mm on a plane in the patient. Points (u, v): u right and v up from the middle of "
        f"the paper. All strokes together have at most {MOST_POINTS} points.",
        "type": "object",
        "required": ["format", "version", "plane", "strokes"],
        "properties": {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            "structure": {
                "description": "What was drawn: a name of the catalog, or null.",
                "type": ["string", "null"],
                "maxLength": 100,
            },
            "plane": {"$ref": "#/$defs/plane"},
            "strokes": {
                "description": "In the order in which they were drawn.",
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_STROKES,
                "items": {"$ref": "#/$defs/stroke"},
            },
        },
        "$defs": {"plane": _plane(), "stroke": _stroke()},
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(sketch_schema(), indent=2, ensure_ascii=False) + "\n"


def _plane() -> dict[str, Any]:
    row = {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}}
    return {
        "description": "The paper: a rectangle in the patient.",
        "type": "object",
        "required": ["view", "size_mm", "plane_to_ras"],
        "properties": {
            "view": {"description": "The standard view that the plane is closest to.", "enum": list(VIEWS)},
            "size_mm": {
                "description": "Width and height in mm.",
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"type": "number", "exclusiveMinimum": 0, "maximum": 2 * FARTHEST_MM},
            },
            "plane_to_ras": {
                "description": "Rows of a 4×4 matrix in mm; its columns are u, v, the normal (unit vectors at right "
                "angles) and the middle of the paper, in RAS.",
                "type": "array",
                "minItems": 4,
                "maxItems": 4,
                "items": row,
            },
        },
    }


def _stroke() -> dict[str, Any]:
    coordinate = {"type": "number", "minimum": -FARTHEST_MM, "maximum": FARTHEST_MM}
    return {
        "type": "object",
        "required": ["points_mm"],
        "properties": {
            "kind": {
                "description": "An outline bounds the silhouette, a crease lies inside it.",
                "enum": list(KINDS),
                "default": "outline",
            },
            "closed": {
                "description": "Whether the last point is joined to the first.",
                "type": "boolean",
                "default": False,
            },
            "points_mm": {
                "description": "Points (u, v) in mm.",
                "type": "array",
                "minItems": 1,
                "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": coordinate},
            },
            "pressure": {
                "description": "One number a point where a pen told it; 0.5 is the usual line width.",
                "type": ["array", "null"],
                "items": {"type": "number", "minimum": 0, "maximum": 1},
            },
        },
    }
