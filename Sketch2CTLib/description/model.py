"""GeometryDescription: what an organ shall be like in numbers and words, checked, and its JSON file.

    {"structure": "liver",
     "numbers": {"volume_ml": 1400, "extent_rl_mm": 210},
     "words": {"surface_smoothness": "smooth"},
     "text": "about 18 cm deep"}

A number that is left out is unknown. The text fills what numbers and words leave unknown; where both speak, the
explicit number or word wins.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from .. import catalog
from ..atomic import write_text
from ..errors import DescriptionError, InputError
from .consistency import check_consistent
from .quantities import QUANTITY_NAMES, check_numbers
from .words import WORD_NAMES, sentences

MAX_TEXT = 4000
MAX_WORD = 200


class GeometryDescription(BaseModel):
    """The description of one structure; build it with `checked`, `from_text` or `load`.

    Args:
        structure: Catalog name or alias; kept as the name.
        numbers: Quantity name → value, any subset; see `quantities`.
        words: Geometric word → value, any subset; see `words`.
        text: Free text, read by `merged`.

    Raises:
        DescriptionError: A number is unknown, NaN, negative or absurd, or two contradict each other.
        UnknownStructure: The catalog has no such structure.
        ValidationError: Something is of the wrong type (`checked` makes it a DescriptionError).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    structure: str = Field(description=f"One of {', '.join(catalog.STRUCTURE_NAMES)}.")
    numbers: dict[str, float] = Field(
        default_factory=dict,
        description="Known geometric numbers; leave out what is unknown.",
        json_schema_extra={"propertyNames": {"enum": list(QUANTITY_NAMES)}},
    )
    words: dict[str, str] = Field(
        default_factory=dict,
        description="Geometric words, never diagnostic.",
        json_schema_extra={"propertyNames": {"enum": list(WORD_NAMES)}},
    )
    text: str = Field(default="", max_length=MAX_TEXT, description="Free text; numbers win over it.")

    @field_validator("structure")
    @classmethod
    def _known_structure(cls, name: str) -> str:
        return catalog.structure(name).name

    @field_validator("numbers", mode="before")
    @classmethod
    def _known_numbers(cls, numbers: Any) -> Any:
        if not isinstance(numbers, Mapping):
            return numbers
        for name, value in numbers.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise DescriptionError(f"{name} must be a number, got {value!r}.", hint="Leave out what is unknown.")
        return check_numbers(numbers)

    @field_validator("words")
    @classmethod
    def _known_words(cls, words: dict[str, str]) -> dict[str, str]:
        for name, value in words.items():
            if name not in WORD_NAMES:
                raise DescriptionError(f"Unknown word '{name}'.", hint=f"Choose from {', '.join(WORD_NAMES)}.")
            if not value.strip() or len(value) > MAX_WORD:
                raise DescriptionError(f"The word '{name}' needs 1 to {MAX_WORD} characters.")
        return {name: words[name].strip() for name in WORD_NAMES if name in words}

    @model_validator(mode="after")
    def _consistent(self) -> GeometryDescription:
        check_consistent(self.numbers)
        return self

    @classmethod
    def checked(cls, data: Mapping[str, Any] | None = None, **fields: Any) -> GeometryDescription:
        """The description of JSON-like data.

        Raises:
            DescriptionError: Anything is wrong with it.
            UnknownStructure: The catalog has no such structure.
        """
        try:
            return cls.model_validate({**(data or {}), **fields})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "description"
            allowed = ", ".join(cls.model_fields)
            raise DescriptionError(
                f"Description: '{where}': {first['msg'].lower()}.", hint=f"The fields are {allowed}."
            ) from error

    @classmethod
    def from_text(cls, text: str, structure: str) -> GeometryDescription:
        """The description that a text gives, its numbers and words filled in.

        Raises:
            DescriptionError: The text's numbers are negative, absurd or contradict each other.
            UnknownStructure: The catalog has no such structure.
        """
        return cls.checked(structure=structure, text=text).merged()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GeometryDescription:
        """The description in a JSON file, merged with its text.

        Raises:
            InputError: The file is missing or cannot be read.
            DescriptionError: It is not JSON, or something in it is wrong.
        """
        path = Path(path)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"'{path}' cannot be read ({reason}).", hint="Check the path.") from error
        except ValueError as error:
            raise DescriptionError(f"'{path.name}' is not valid JSON ({error}).") from error
        if not isinstance(data, dict):
            raise DescriptionError(f"'{path.name}' holds no JSON object.", hint='Write {"structure": "liver", …}.')
        return cls.checked(data).merged()

    def merged(self) -> GeometryDescription:
        """The same, with the text's numbers and words where none are given explicitly; explicit ones win.

        Raises:
            DescriptionError: The text's numbers are wrong, or contradict the explicit ones.
        """
        from .parse import parse_text

        read = parse_text(self.text, self.structure)
        return GeometryDescription.checked(
            structure=self.structure, text=self.text, numbers=read.numbers | self.numbers, words=read.words | self.words
        )

    def sentences(self) -> tuple[str, ...]:
        """What a model reads: sentences from the numbers, in the given words where there are any."""
        return sentences(self.structure, self.numbers, self.words)

    def to_json(self) -> str:
        """Indented JSON, as `load` reads it."""
        return json.dumps(self.model_dump(), indent=2, ensure_ascii=False, allow_nan=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the JSON file; it appears whole or not at all.

        Raises:
            OutputError: The folder cannot be written or the disk is full.
        """
        write_text(path, self.to_json() + "\n")
