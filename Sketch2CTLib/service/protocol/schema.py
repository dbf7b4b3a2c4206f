"""The protocol as JSON Schema 2020-12, published as Resources/Schemas/service.schema.json."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from .events import AnyEvent
from .messages import VERSION, AnyRequest

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMAT = "sketch2ct.service"


def service_schema() -> dict[str, Any]:
    """JSON Schema of a line on stdin (`#/$defs/request`) and of a line on stdout (`#/$defs/event`)."""
    sides: dict[str, TypeAdapter[Any]] = {"request": TypeAdapter(AnyRequest), "event": TypeAdapter(AnyEvent)}
    defs: dict[str, Any] = {}
    for side, adapter in sides.items():
        schema = adapter.json_schema(ref_template="#/$defs/{model}", mode="validation")
        own = schema.pop("$defs")
        for name in own:
            own[name].get("properties", {}).get("kind", {}).pop("default", None)
            if "kind" in own[name].get("properties", {}):
                own[name]["required"] = ["kind", *own[name].get("required", [])]
        defs |= own
        defs[side] = schema
    return {
        "$schema": DIALECT,
        "$id": f"urn:{FORMAT}:{VERSION}",
        "title": "Sketch2CT service",
        "description": "A message of either side. Fields that are not named here are left out by the reader.",
        "anyOf": [{"$ref": f"#/$defs/{side}"} for side in sides],
        "$defs": dict(sorted(defs.items())),
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(service_schema(), indent=2, ensure_ascii=False) + "\n"
