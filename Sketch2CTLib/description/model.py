"""GeometryDescription: what an organ shall be like in numbers and words, checked, and its JSON file.

    {"structure": "liver",
     "numbers": {"volume_ml": {"value": 1.4, "unit": "L", "tolerance": 0.1}, "extent_rl_mm": 210,
                 "max_diameter_mm": "24 cm", "sphericity": "unknown"},
     "words": {"surface_smoothness": "smooth"},
     "text": "about 18 cm deep"}

A number that is left out may be filled by the text or the drawing, one that is 'unknown' may not; see `stated` for its
forms and `merging` for what wins. The description itself holds values and tolerances in each quantity's own unit, and
writes them so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, field_validator, model_validator

from .. import catalog
from ..atomic import write_text
from ..errors import DescriptionError, InputError
from .consistency import check_consistent
from .quantities import QUANTITIES, QUANTITY_NAMES, quantity, short
from .schema import (
    DIALECT,
    FORMAT,
    VERSION,
    kind_of,
    numbers_schema,
    tolerances_schema,
    unknown_schema,
    words_schema,
    written_forms,
)
from .stated import UNKNOWN, Stated, read_stated, read_tolerance
from .words import WORD_NAMES, sentences

MAX_TEXT = 4000
MAX_WORD = 200


class GeometryDescription(BaseModel):
    """The description of one structure; build it with `checked`, `from_text` or `load`.

    Args:
        structure: Catalog name or alias; kept as the name.
        numbers: Quantity name → number, any subset, in any form of `stated`; kept as values in the quantity's unit.
        tolerances: Quantity name → absolute tolerance of a number, in the quantity's unit.
        unknown: Quantities that are explicitly unknown: neither text nor drawing fills them.
        words: Geometric word → value, any subset; see `words`.
        text: Free text, read by `merged`.

    Raises:
        DescriptionError: A number is unknown, NaN, negative or absurd, or some contradict each other.
        UnknownStructure: The catalog has no such structure.
        ValidationError: Something is of the wrong type (`checked` makes it a DescriptionError).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    structure: str = Field(
        description="What is described.",
        json_schema_extra={"examples": ["liver", "spleen", "left_kidney"]},
        max_length=100,
    )
    numbers: Annotated[dict[str, float], WithJsonSchema(numbers_schema())] = Field(default_factory=dict)
    tolerances: Annotated[dict[str, float], WithJsonSchema(tolerances_schema())] = Field(default_factory=dict)
    unknown: Annotated[tuple[str, ...], WithJsonSchema(unknown_schema())] = ()
    words: Annotated[dict[str, str], WithJsonSchema(words_schema(MAX_WORD))] = Field(default_factory=dict)
    text: str = Field(default="", max_length=MAX_TEXT, description="Free text; numbers and words win over it.")

    @model_validator(mode="before")
    @classmethod
    def _stated_numbers(cls, data: Any) -> Any:
        """Numbers of every form → values, tolerances and unknowns."""
        if not isinstance(data, Mapping):
            return data
        numbers = data.get("numbers", {})
        tolerances, unknown = data.get("tolerances", {}), data.get("unknown", ())
        if not (isinstance(numbers, Mapping) and isinstance(tolerances, Mapping) and isinstance(unknown, list | tuple)):
            return data  # the fields themselves say what is wrong
        read = {name: read_stated(name, number) for name, number in numbers.items()}
        outside = {name: read_tolerance(name, tolerance) for name, tolerance in tolerances.items()}
        return {**data, **_sorted(read, outside, unknown)}

    @field_validator("structure")
    @classmethod
    def _known_structure(cls, name: str) -> str:
        return catalog.structure("".join(c if c.isprintable() else "?" for c in name)).name

    @field_validator("words")
    @classmethod
    def _known_words(cls, words: dict[str, str]) -> dict[str, str]:
        for name, value in words.items():
            if name not in WORD_NAMES:
                raise DescriptionError(f"Unknown word '{short(name)}'.", hint=f"Choose from {', '.join(WORD_NAMES)}.")
            if not value.strip() or len(value) > MAX_WORD:
                raise DescriptionError(f"The word '{name}' needs 1 to {MAX_WORD} characters.")
        return {name: " ".join(words[name].split()) for name in WORD_NAMES if name in words}

    @model_validator(mode="after")
    def _consistent(self) -> GeometryDescription:
        check_consistent(self.numbers, self.tolerances)
        return self

    @classmethod
    def checked(cls, data: Mapping[str, Any] | None = None, **fields: Any) -> GeometryDescription:
        """The description of JSON-like data.

        Raises:
            DescriptionError: Anything is wrong with it.
            UnknownStructure: The catalog has no such structure.
        """
        if data is not None and not isinstance(data, Mapping):
            raise DescriptionError(f"A description is an object of fields, got {short(data)}.", hint=_FORM)
        try:
            return cls.model_validate({**(data or {}), **fields})
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(short(part) for part in first["loc"]) or "description"
            allowed = ", ".join(cls.model_fields)
            raise DescriptionError(
                f"Description: '{where}': {short(first['msg'].lower())}.", hint=f"The fields are {allowed}."
            ) from error

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> GeometryDescription:
        """The description in a JSON file as it stands there, its text not yet read.

        Raises:
            InputError: The file is missing or cannot be read.
            DescriptionError: It is not JSON, larger than a megabyte, or something in it is wrong.
        """
        data = read_json(path)
        if not isinstance(data, dict):
            raise DescriptionError(f"'{Path(path).name}' holds no JSON object.", hint=_FORM)
        return cls.checked(data)

    def stated(self) -> dict[str, Stated]:
        """Every number with its tolerance and every explicit unknown, as `numbers` takes them."""
        known = {name: Stated(value, self.tolerances.get(name)) for name, value in self.numbers.items()}
        return known | {name: Stated(None) for name in self.unknown}

    def sentences(self) -> tuple[str, ...]:
        """What a model reads: sentences from the numbers, in the given words where there are any."""
        return sentences(self.structure, self.numbers, self.words)

    def to_json(self) -> str:
        """Indented JSON, as `load` reads it; tolerances and unknowns only where there are any."""
        record = {
            name: value for name, value in self.model_dump().items() if value or name not in ("tolerances", "unknown")
        }
        return json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the JSON file; it appears whole or not at all.

        Raises:
            OutputError: The folder cannot be written or the disk is full.
        """
        write_text(path, self.to_json() + "\n")


_FORM = 'Write {"structure": "liver", "numbers": {"volume_ml": 1400}}.'


def _sorted(read: dict[str, Stated], outside: dict[str, float], unknown: list[Any] | tuple[Any, ...]) -> dict[str, Any]:
    """The three fields in token order.

    Raises:
        DescriptionError: A number is known and unknown, or a tolerance has no number or is given twice.
    """
    for name in unknown:
        if not isinstance(name, str):
            raise DescriptionError(f"'unknown' is a list of names, got {short(name)}.")
        if read.get(quantity(name).name, Stated(None)).value is not None:
            raise DescriptionError(f"{quantity(name).title} ({name}) is given and said to be unknown.")
    for name in outside:
        number = read.get(name, Stated(None))
        if number.value is None or number.tolerance is not None:
            why = "is given twice" if number.value is not None else "has no number"
            raise DescriptionError(f"The tolerance of {quantity(name).title.lower()} ({name}) {why}.")
    hidden = {name for name, number in read.items() if number.value is None} | set(unknown)
    tolerances = {name: number.tolerance for name, number in read.items() if number.tolerance is not None} | outside
    return {
        "numbers": {name: read[name].value for name in QUANTITY_NAMES if name in read and name not in hidden},
        "tolerances": {name: tolerances[name] for name in QUANTITY_NAMES if name in tolerances},
        "unknown": tuple(name for name in QUANTITY_NAMES if name in hidden),
    }


MOST_BYTES = 1_000_000


def read_json(path: str | os.PathLike[str]) -> Any:
    """What a JSON file of at most a megabyte holds.

    Raises:
        InputError: The file is missing or cannot be read.
        DescriptionError: It is too large, too deep, no JSON in UTF-8, or has a key twice.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"'{short(str(path))}' cannot be read ({reason}).", hint="Check the path.") from error
    if len(raw) > MOST_BYTES:
        raise DescriptionError(f"'{path.name}' has more than {MOST_BYTES / 1e6:g} MB.", hint="Check the file.")
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_object)
    except RecursionError as error:
        raise DescriptionError(f"'{path.name}' is nested too deeply.", hint="Check the file.") from error
    except ValueError as error:
        raise DescriptionError(f"'{path.name}' is not valid JSON ({short(str(error))}).") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DescriptionError(f"'{short(twice)}' is given twice.", hint="Keep one of them.")
    return fields


def description_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of what `load_description` reads and `save` writes."""
    made = GeometryDescription.model_json_schema()
    made["properties"]["numbers"] = numbers_schema(short=True)
    kinds = {kind_of(wanted): wanted for wanted in QUANTITIES}
    return {
        "$schema": DIALECT,
        "$id": f"urn:{FORMAT}:{VERSION}",
        **made,
        "title": "Sketch2CT description",
        "description": "What an organ shall be like, in numbers and words. Every number is optional; one that is left "
        f"out may be filled by the text or a drawing, one that is '{UNKNOWN}' or null may not.",
        "$defs": {kind: {"anyOf": written_forms(wanted)} for kind, wanted in kinds.items()},
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(description_schema(), indent=2, ensure_ascii=False) + "\n"
