"""The file of a request for several organs, and its JSON Schema (Resources/Schemas/request.schema.json).

    {"format": "sketch2ct.request", "version": 1, "seed": 1,
     "organs": [{"structure": "liver", "sketches": ["liver.json"], "text": "about 1.4 litres"},
                {"structure": "spleen", "text": "200 mL", "place": "usual"}]}

A drawing stands in the file itself, as sketch.schema.json says, or is the name of a file beside it, as `--sketch` and
`--contour` take it ('coronal:side.png', 'axial@-12.5:cut.png').
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...description.model import GeometryDescription
from ...description.schema import DIALECT
from ...errors import ConfigError, InputError, Sketch2CTError
from ...sketch import Sketch
from .request import MOST_ORGANS

if TYPE_CHECKING:
    from ..request import GenerationRequest

FORMAT: Literal["sketch2ct.request"] = "sketch2ct.request"
VERSION: Literal[1] = 1
_MOST_BYTES = 32_000_000
_HINT = "Its form is that of request.schema.json."


class OrganEntry(BaseModel):
    """One organ of a request: what was drawn and said of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    structure: str = Field(default="", max_length=100, description="Catalog name; a description names it too.")
    text: str = Field(default="", max_length=4000, description="Geometry in words and numbers.")
    description: dict[str, Any] | None = Field(
        default=None, description="As description.schema.json says; not beside text."
    )
    sketches: tuple[str | dict[str, Any], ...] = Field(
        default=(), max_length=3, description="Silhouettes: names of files, or as sketch.schema.json says."
    )
    contours: tuple[str | dict[str, Any], ...] = Field(
        default=(), max_length=64, description="Cuts on slices: names of files, or as sketch.schema.json says."
    )
    scale: str = Field(default="", max_length=100, description="Size of drawings that are pictures, as --scale.")
    place: Literal["auto", "drawn", "usual"] = Field(
        default="auto",
        description="Where it lies: as drawn, or where it usually does beside the others. 'auto' takes what is drawn "
        "but for pictures and for drawings on paper around the origin, which only the first organ keeps.",
    )
    candidates: int = Field(default=1, ge=1, le=64)


class RequestDocument(BaseModel):
    """A request for several organs and one scan of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["sketch2ct.request"] = FORMAT
    version: Literal[1] = VERSION
    seed: int = Field(default=1, ge=0, lt=2**62)
    with_volume: bool = Field(default=True, description="Whether one scan of all organs is made.")
    organs: tuple[OrganEntry, ...] = Field(min_length=1, max_length=MOST_ORGANS)

    @classmethod
    def read(cls, path: Path) -> RequestDocument:
        """The document of a file.

        Raises:
            InputError: It cannot be read, is no JSON, or not of this form.
        """
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise InputError(f"'{path}' is too large for a request.", hint=_HINT)
            return cls.checked(json.loads(path.read_text(encoding="utf-8")), str(path))
        except OSError as error:
            raise InputError(f"'{path}' cannot be read ({error.strerror or error}).", hint="Check the path.") from error
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"'{path}' is no JSON ({error}).", hint=_HINT) from error

    @classmethod
    def checked(cls, record: object, name: str = "The request") -> RequestDocument:
        """The document of JSON-like data.

        Raises:
            InputError: It is not of this form; the message names the first field that is wrong.
        """
        try:
            return cls.model_validate(record)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise InputError(f"{name}: {where}: {first['msg'].lower()}.", hint=_HINT) from error


DrawingReader = Callable[[OrganEntry, str], tuple[list[Sketch], list[Sketch]]]


def organ_requests(
    document: RequestDocument, read: DrawingReader
) -> tuple[tuple[GenerationRequest, ...], frozenset[str]]:
    """The requests of a document, and the structures whose place it does not say.

    Args:
        document: The document.
        read: Gives silhouettes and contours of an entry of a structure, from its files or its own records.

    Raises:
        Sketch2CTError: An entry cannot be used; the message says which.
    """
    from ..asking import asked_description, asked_drawings
    from ..request import GenerationRequest

    organs, unplaced, at_origin = [], set(), False
    for number, entry in enumerate(document.organs, start=1):
        try:
            given = GeometryDescription.checked(entry.description) if entry.description is not None else None
            description = asked_description(given, entry.text, entry.structure, None)
            sketches, contours = read(entry, description.structure)
            drawings = asked_drawings(sketches, contours, None, description.structure, has_mask=False)
        except Sketch2CTError as error:
            raise type(error)(f"Organ {number}: {error.message}", hint=error.hint) from error
        organs.append(GenerationRequest(description, drawings, seed=document.seed, candidates=entry.candidates))
        centred = not drawings or all(abs(one.plane.center_ras).max() < 1e-6 for one in drawings[:1])
        pictures = any(isinstance(one, str) and not one.lower().endswith(".json") for one in entry.sketches)
        if entry.place == "usual" or (entry.place == "auto" and (not drawings or pictures or (centred and at_origin))):
            unplaced.add(description.structure)
        at_origin = at_origin or centred
    if not organs:
        raise ConfigError("A request needs at least one organ.")
    return tuple(organs), frozenset(unplaced)


def request_schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    schema = RequestDocument.model_json_schema()
    return {"$schema": DIALECT, "$id": f"urn:{FORMAT}:{VERSION}", **schema}


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(request_schema(), indent=2, ensure_ascii=False) + "\n"
